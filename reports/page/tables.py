"""Rows as a table: one line for each row × array, and one for each row without an answer."""

import re
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from nnparity.reports.comparison.compare import Agreement
from nnparity.reports.comparison.foreign import writable
from nnparity.reports.files import replacing
from nnparity.reports.verdicts.row import Row

if TYPE_CHECKING:  # half a second, which only a run that writes tables pays
    import pandas as pd

# column -> its type; the first block describes the row, the second the array, the third what became of it
COLUMNS = {
    "case": "str", "network": "str", "implementation": "str", "version": "str", "verdict": "str", "built": "str",
    "composed": "bool", "path": "str", "alone": "str",
    "error": "float64", "allowed": "float64", "epsilons": "float64", "worst": "str", "got": "float64",
    "expected": "float64", "wrong": "int64", "size": "int64", "problem": "str",
    "diagnosis": "str", "diagnosis_title": "str", "message": "str", "printed": "str", "seconds": "float64",
}
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


def write(folder: Path, rows: Sequence[Row]) -> list[Path]:
    """rows.csv in the folder, and rows.parquet where pyarrow is installed. Returns what was written."""
    table = frame(rows)
    folder.mkdir(parents=True, exist_ok=True)
    csv, parquet = folder / "rows.csv", folder / "rows.parquet"
    guarded = table.assign(**{name: table[name].map(guard) for name in TEXTS})
    if find_spec("pyarrow") is None:
        with replacing(csv) as (unfinished,):
            guarded.to_csv(unfinished, index=False, na_rep="nan")
        parquet.unlink(missing_ok=True)  # never leave an older run's table beside this one's
        return [csv]
    with replacing(csv, parquet) as unfinished:
        guarded.to_csv(unfinished[0], index=False, na_rep="nan")
        table.to_parquet(unfinished[1], index=False)
    return [csv, parquet]


def guard(text: str) -> str:
    """A text that a spreadsheet does not take for a formula: an apostrophe in front of what begins with = + - @ or a tab
    (after any apostrophes, so that no two texts become one)."""
    return f"'{text}" if FORMULA.match(text) else text


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
