"""What older releases answer to the atlas's rows: versions/<column>-<version>.json, one file for each measurement.

    {"column": "onnx", "version": "onnx 1.16.2", "on": "2026-11-27", "sha256": "8c1f...", "rows": {
      "conv1d.same": {"variant": "symmetric", "answer": [...]}}}

A row is in it where the older release ran today's snippet and its answer is one of today's variants. What ran into a missing
function, or answered something else, is not: it cannot be told from a snippet that means something else over there.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nnparity.cases.recording import RecordingError

FOLDER = Path(__file__).parent / "atlas" / "versions"


@dataclass(frozen=True)
class Older:
    """The answers of one column with older releases."""

    column: str
    version: str  # "keras 3.0.5, tensorflow 2.21.0"; the first is the one that is older
    on: str
    rows: Mapping[str, Mapping]  # row id -> {"variant": ..., "answer": ...}

    @property
    def number(self) -> tuple[int, ...]:
        """(3, 0, 5), to put releases in order."""
        return number_of(self.version)


def number_of(version: str) -> tuple[int, ...]:
    """"keras 3.0.5, tensorflow 2.21.0" -> (3, 0, 5)."""
    return tuple(map(int, re.findall(r"\d+", version.partition(",")[0].rpartition(" ")[2])))


@cache
def older(folder: Path = FOLDER) -> tuple[Older, ...]:
    """All of them, a column's oldest first. Raises RecordingError where a file is not as it was written."""
    return tuple(sorted(map(_read, folder.glob("*.json")), key=lambda one: (one.column, one.number)))


def keep(one: Older, folder: Path = FOLDER) -> Path:
    """Write what an older release answered, in place of what is there of it."""
    path = folder / f"{one.column}-{'.'.join(map(str, one.number))}.json"
    folder.mkdir(exist_ok=True)
    path.write_text(_text(one), encoding="utf-8")
    return path


def _text(one: Older) -> str:
    """One line for each row, so that a difference between two recordings reads well."""
    head = {"column": one.column, "version": one.version, "on": one.on, "sha256": _sha(one)}
    rows = ",\n".join(f"  {json.dumps(id_)}: {json.dumps(cell, ensure_ascii=False)}" for id_, cell in one.rows.items())
    return "{\n" + "".join(f" {json.dumps(name)}: {json.dumps(value)},\n" for name, value in head.items()) + \
        f' "rows": {{\n{rows}\n }}\n}}\n'


def _sha(one: Older) -> str:
    return hashlib.sha256(json.dumps([one.column, one.version, one.on, one.rows]).encode()).hexdigest()


def _read(path: Path) -> Older:
    try:
        text = path.read_text(encoding="utf-8")
        told = json.loads(text)
        one = Older(told["column"], told["version"], told["on"], told["rows"])
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise RecordingError(f"{path.name} is damaged: it is no recording of an older release ({error}); restore it") from error
    if text != _text(one):
        raise RecordingError(f"{path.name} is damaged: it is not as it was written; restore it, or measure anew with that "
                             "release: `nnparity conventions --column NAME --record-older`")
    return one
