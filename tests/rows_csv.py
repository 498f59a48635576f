"""rows.csv read again, to be held against what was written."""

from pathlib import Path
from typing import TYPE_CHECKING

from nnparity.reports.page.tables import COLUMNS, FORMULA, TEXTS

if TYPE_CHECKING:  # half a second, which only a test that reads tables pays
    import pandas as pd


def unguard(text: str) -> str:
    """The text that was guarded against being taken for a formula."""
    return text[1:] if text.startswith("'") and FORMULA.match(text) else text


def read(csv: Path) -> "pd.DataFrame":
    """A rows.csv exactly as it was written: every digit, empty texts as empty texts."""
    import pandas as pd

    text = pd.read_csv(csv, dtype="str", keep_default_na=False)  # numbers as text: Python parses each to the nearest float
    return text.assign(composed=text["composed"] == "True", **{name: text[name].map(unguard) for name in TEXTS}).astype(COLUMNS)
