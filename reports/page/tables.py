"""Rows as a table: one line for each row × array, and one for each row without an answer."""

import re
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from nnparity.reports.atlas.measure import Cell
from nnparity.reports.comparison.compare import Agreement
from nnparity.reports.comparison.foreign import writable
from nnparity.reports.files import replacing
from nnparity.reports.page import described
from nnparity.reports.selfproof.kill import Kill
from nnparity.reports.verdicts.row import Row

if TYPE_CHECKING:  # half a second, which only a run that writes tables pays
    import pandas as pd

COLUMNS = {name: kind for name, (kind, _) in described.ROWS.columns.items()}
TEXTS = [name for name, kind in COLUMNS.items() if kind == "str"]
FORMULA = re.compile(r"'*[=+\-@\t]")
NO_ARRAY = Agreement(path="")


def frame(rows: Iterable[Row]) -> "pd.DataFrame":
    """All rows as a DataFrame with the columns of COLUMNS; `error` in units of what is allowed, `worst` as "0,2,1", `alone` who
    stands alone on that array.

    Raises ValueError where there are no rows: a report on nothing must not look like agreement.
    """
    import pandas as pd

    lines = [_line(row, agreement) for row in rows for agreement in row.agreements or (NO_ARRAY,)]
    if not lines:
        raise ValueError("nothing was compared: there is no row to report")
    return pd.DataFrame(lines).astype(COLUMNS)[list(COLUMNS)]


def cells_frame(cells: Mapping[str, Mapping[str, Cell]]) -> "pd.DataFrame":
    """What the atlas measured, one line a convention and framework; without lines where it measured nothing."""
    return _table(described.CELLS, [
        (row, cell.row.layer, cell.row.group, column, cell.version, cell.state, "" if cell.variant is None else
         str(cell.variant.value), cell.message) for row, own in cells.items() for column, cell in own.items()])


def kills_frame(kills: Iterable[Kill]) -> "pd.DataFrame":
    """Which case noticed which planted mistake, one line a pair; without lines where nothing was planted."""
    return _table(described.KILLS, [(kill.id, kill.title, kill.kind, kill.area, case, noticed)
                                    for kill in kills for case, noticed in kill.noticed_by.items()])


def _table(table, lines):
    import pandas as pd

    lines = [[writable(value) if isinstance(value, str) else value for value in line] for line in lines]
    return pd.DataFrame(lines, columns=list(table.columns)).astype({name: kind for name, (kind, _) in table.columns.items()})


def write(folder: Path, rows: Sequence[Row], *, cells: Mapping[str, Mapping[str, Cell]] | None = None,
          kills: Iterable[Kill] = ()) -> list[Path]:
    """rows.csv, cells.csv and kills.csv in the folder, and the same as .parquet where pyarrow is installed. Returns what was
    written."""
    frames = {"rows": frame(rows), "cells": cells_frame(cells or {}), "kills": kills_frame(kills)}
    folder.mkdir(parents=True, exist_ok=True)
    comma = [folder / f"{name}.csv" for name in frames]
    parquet = [folder / f"{name}.parquet" for name in frames]
    if find_spec("pyarrow") is None:
        for path in parquet:
            path.unlink(missing_ok=True)  # never leave an older run's table beside this one's
        parquet = []
    with replacing(*comma, *parquet) as unfinished:
        for path, table in zip(unfinished, frames.values(), strict=False):  # the first ones
            guarded(table).to_csv(path, index=False, na_rep="nan")
        for path, table in zip(unfinished[len(comma):], frames.values(), strict=False):  # all or none
            table.to_parquet(path, index=False)
    return [*comma, *parquet]


def guarded(table: "pd.DataFrame") -> "pd.DataFrame":
    """Its texts as a spreadsheet may read them."""
    return table.assign(**{name: table[name].map(guard) for name in table.columns if table[name].dtype == "str"})


def guard(text: str) -> str:
    """A text that a spreadsheet does not take for a formula: an apostrophe in front of what begins with = + - @ or a tab
    (after any apostrophes, so that no two texts become one)."""
    return f"'{text}" if FORMULA.match(text) else text


def unguard(text: str) -> str:
    """The text that was guarded."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def _line(row, agreement):
    best = row.diagnosis[0] if row.diagnosis else None
    line = {
        "case": row.case, "network": row.network, "implementation": row.implementation, "version": row.version,
        "verdict": row.verdict, "built": row.built, "composed": row.composed,
        "path": agreement.path, "alone": row.alone.get(agreement.path, ""),
        "error": agreement.error, "allowed": agreement.allowed, "epsilons": agreement.epsilons,
        "worst": ",".join(map(str, agreement.worst)), "got": agreement.got, "expected": agreement.expected,
        "wrong": agreement.wrong, "size": agreement.size, "problem": str(agreement.problem or ""),
        "diagnosis": best.label if best else "", "diagnosis_title": best.title if best else "",
        "message": row.message, "printed": row.printed, "seconds": row.seconds,
    }
    return {name: writable(value) if isinstance(value, str) else value for name, value in line.items()}
