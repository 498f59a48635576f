"""What each column answered when it was last recorded: recorded/<module>.json, one file for each module of rows.

    {"layer_norm.epsilon": {
      "sha256": "8c1f...",
      "keras": {"variant": 0.001, "answer": [...], "version": "keras 3.15.1, tensorflow 2.21.0", "on": "2026-11-26"}}}

`on` is the day on which the cell was first measured as it is.

Each row carries the SHA-256 of its id and its cells, and a file is exactly what `record` writes: whatever byte has changed, it
is a RecordingError that names the file, and the row where it lies in one.
"""

import datetime
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from nnparity.cases.atlas import MODULES, rows_of
from nnparity.cases.recording import RecordingError

FOLDER = Path(__file__).parent / "atlas" / "recorded"
RENEW = "restore it, or delete it and measure anew: `nnparity conventions --record`"


def load(folder: Path = FOLDER) -> dict[str, dict[str, dict]]:
    """{row id: {column: cell}} of all modules. Raises RecordingError where a file is damaged."""
    return {row: cells for module in MODULES for row, cells in _read(folder / f"{module}.json").items()}


def record(cells: Mapping[str, Mapping[str, dict]], covered: Mapping[str, set[str]], folder: Path = FOLDER) -> list[Path]:
    """Put these cells, {row id: {column: cell}}, in place of the recorded ones; the columns not given keep theirs.

    A cell that is measured again as it was keeps its day. Rows that are gone lose theirs,
    and so do columns that a row no longer runs (`covered`: row id -> columns with a snippet).
    Returns the files that changed. Raises RecordingError where a file is damaged: its other columns would be lost.
    """
    written, today = [], datetime.date.today().isoformat()
    for module in MODULES:
        path = folder / f"{module}.json"
        old = _read(path)
        new = {}
        for row in rows_of(module):
            before = old.get(row.id, {})
            now = cells.get(row.id, {})
            merged = before | {column: _dated(cell, before.get(column, {}), today) for column, cell in now.items()}
            new[row.id] = {column: merged[column] for column in sorted(merged) if column in covered[row.id]}
        if new != old:
            unfinished = path.with_suffix(".unfinished")
            unfinished.write_text(_text(new), encoding="utf-8")
            os.replace(unfinished, path)
            written.append(path)
    return written


def _dated(cell: Mapping, before: Mapping, today: str) -> dict:
    return {**cell, "on": before["on"] if {**cell, "on": before.get("on")} == before else today}


def _text(rows) -> str:
    """One line for each cell, so that a difference between two recordings reads well."""
    blocks = []
    for row, cells in rows.items():
        told = {"sha256": _sha(row, cells), **cells}
        lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(what, ensure_ascii=False, allow_nan=False)}"
                           for name, what in told.items())
        blocks.append(f" {json.dumps(row)}: {{\n{lines}\n }}")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def _sha(row: str, cells) -> str:
    return hashlib.sha256(json.dumps([row, cells]).encode()).hexdigest()


def _read(path: Path) -> dict:
    if not path.exists():
        return {}
    try:
        text = path.read_text(encoding="utf-8")
        rows = json.loads(text)
        stated = {row: cells.pop("sha256", None) for row, cells in rows.items()}
    except (OSError, ValueError, TypeError, AttributeError) as error:  # a UnicodeDecodeError is a ValueError
        raise RecordingError(f"{path.name} is damaged: it is no recording of the atlas ({error}); {RENEW}") from error
    for row, cells in rows.items():
        if stated[row] != _sha(row, cells):
            raise RecordingError(f"{path.name} is damaged: the row {row} differs from the SHA-256 it states; {RENEW}")
    if text != _text(rows):
        raise RecordingError(f"{path.name} is damaged: it is not as it was written; {RENEW}")
    return rows
