"""What each column answered when it was last recorded: recorded/<module>.json, one file for each module of rows.

    {"layer_norm.epsilon": {"keras": {"variant": 0.001, "answer": [...], "version": "keras 3.15.1, tensorflow 2.21.0"}}}
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from cases.atlas import MODULES, rows_of

FOLDER = Path(__file__).parent / "recorded"


def load(folder: Path = FOLDER) -> dict[str, dict[str, dict]]:
    """{row id: {column: cell}} of all modules."""
    return {row: cells for module in MODULES for row, cells in _read(folder / f"{module}.json").items()}


def record(cells: Mapping[str, Mapping[str, dict]], covered: Mapping[str, set[str]], folder: Path = FOLDER) -> list[Path]:
    """Put these cells, {row id: {column: cell}}, in place of the recorded ones; the columns not given keep theirs.

    Rows that are gone lose theirs, and so do columns that a row no longer runs (`covered`: row id -> columns with a snippet).
    Returns the files that changed.
    """
    written = []
    for module in MODULES:
        path = folder / f"{module}.json"
        old = _read(path)
        new = {}
        for row in rows_of(module):
            merged = {**old.get(row.id, {}), **cells.get(row.id, {})}
            new[row.id] = {column: merged[column] for column in sorted(merged) if column in covered[row.id]}
        if new != old:
            unfinished = path.with_suffix(".unfinished")
            unfinished.write_text(_text(new), encoding="utf-8")
            os.replace(unfinished, path)
            written.append(path)
    return written


def _text(rows) -> str:
    """One line for each cell, so that a difference between two recordings reads well."""
    blocks = []
    for row, cells in rows.items():
        lines = ",\n".join(f"  {json.dumps(column)}: {json.dumps(cell, ensure_ascii=False, allow_nan=False)}"
                           for column, cell in cells.items())
        blocks.append(f" {json.dumps(row)}: {{\n{lines}\n }}")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def _read(path: Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
