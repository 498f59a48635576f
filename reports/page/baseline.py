"""What has changed since an earlier report: its tables are read again and held against this run's."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nnparity.reports.files import replacing
from nnparity.reports.page.described import TABLES
from nnparity.reports.page.summary import count, units
from nnparity.reports.page.tables import unguard
from nnparity.reports.verdicts.verdict import DISAGREES, NO_ANSWER

if TYPE_CHECKING:
    import pandas as pd

BAD = (*DISAGREES, *NO_ANSWER)
LESS_EXACT, WORTH_SAYING = 10.0, 0.1  # an array is less exact where its error is ten times larger and a tenth of what is allowed
SLOWER, SECONDS = 2.0, 1.0  # an implementation is slower where the same rows take twice as long, and a second longer
ROW = ["case", "implementation"]


class NoBaseline(ValueError):
    """The folder holds no report."""


@dataclass(frozen=True)
class Changes:
    """Lines that say what changed. `compared` counts the rows that both reports have."""

    baseline: str
    compared: int
    new: Sequence[str]  # disagrees or gives no answer now, and did not
    gone: Sequence[str]  # did, and does not now
    drift: Sequence[str]  # conventions that a framework computes otherwise
    less_exact: Sequence[str]
    slower: Sequence[str]

    @property
    def sections(self) -> list[tuple[str, Sequence[str]]]:
        return [("New disagreements", self.new), ("Disagreements that are gone", self.gone), ("Drift of conventions", self.drift),
                ("Less exact", self.less_exact), ("Slower", self.slower)]

    @property
    def tone(self) -> str:
        return "bad" if self.new else "warn" if self.drift or self.less_exact or self.slower or not self.compared else "good"

    @property
    def sentence(self) -> str:
        found = [f"{title[:1].lower()}{title[1:]}: {len(lines)}" for title, lines in self.sections if lines]
        said = "; ".join(found) or ("nothing has changed" if self.compared else "the reports have no row in common")
        return f"Since the baseline, of {count(self.compared, 'row')} in both: {said}."


def read(folder: Path) -> dict[str, "pd.DataFrame"]:
    """rows and cells of an earlier report. Raises NoBaseline."""
    import pandas as pd

    if not (folder / "rows.csv").exists():
        raise NoBaseline(f"{folder} holds no report: there is no rows.csv in it; give the folder of an earlier report")
    found = {name: pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values={"error": ["nan"], "seconds": ["nan"]},
                               dtype={column: "str" for column, (kind, _) in TABLES[name].columns.items() if kind == "str"})
             for name in ("rows", "cells") if (folder / f"{name}.csv").exists()}
    for table in found.values():
        for text in [str(column) for column in table.columns if table[column].dtype == "str"]:
            table[text] = table[text].map(unguard)
    if missing := {*ROW, "verdict", "path", "error", "seconds"} - {*found["rows"].columns}:
        raise NoBaseline(f"{folder}/rows.csv is no table of a report: it lacks the columns {', '.join(sorted(missing))}")
    return found


def changes(folder: Path, before: Mapping[str, "pd.DataFrame"], rows: "pd.DataFrame", cells: "pd.DataFrame") -> Changes:
    """What the tables of this run have otherwise than `before`; a row that only one report has is in no line."""
    arrays = before["rows"].merge(rows, on=[*ROW, "path"], suffixes=("_old", "_new"))
    whole = before["rows"].drop_duplicates(ROW).merge(rows.drop_duplicates(ROW), on=ROW, suffixes=("_old", "_new"))
    was, now = whole["verdict_old"].isin(BAD), whole["verdict_new"].isin(BAD)

    def told(part: "pd.DataFrame") -> list[str]:
        columns = ["implementation", "case", "verdict_old", "verdict_new"]
        return [f"{name}, {case}: {old} before, {new} now" for name, case, old, new in part[columns].values.tolist()]

    worse = arrays[(arrays["error_new"] > LESS_EXACT * arrays["error_old"]) & (arrays["error_new"] > WORTH_SAYING)]
    took = whole.groupby("implementation")[["seconds_old", "seconds_new"]].sum()
    slow = took[(took["seconds_new"] > SLOWER * took["seconds_old"]) & (took["seconds_new"] > took["seconds_old"] + SECONDS)]
    drift: list[str] = []
    if "cells" in before and len(cells):
        both = before["cells"].merge(cells, on=["convention", "column"], suffixes=("_old", "_new"))
        both = both[(both["state_old"] == "matched") & (both["state_new"].isin(("matched", "unmatched")))]
        other = both[both["variant_old"] != both["variant_new"]]
        columns = ["column", "convention", "variant_old", "version_old", "variant_new", "version_new"]
        drift = [f"{column}, {convention}: {was_variant} before ({was_version}), {variant or 'no known formula'} now ({version})"
                 for column, convention, was_variant, was_version, variant, version in other[columns].values.tolist()]
    return Changes(str(folder), len(whole), told(whole[now & ~was]), told(whole[was & ~now]), drift,
                   [f"{name}, {case}, {path}: {units(old)} × allowed before, {units(new)} now" for name, case, path, old, new in
                    worse[["implementation", "case", "path", "error_old", "error_new"]].values.tolist()],
                   [f"{name}: {old:.1f} s before, {new:.1f} s now"
                    for name, old, new in slow.reset_index().values.tolist()])


def write(folder: Path, found: Changes) -> Path:
    """changes.json in the folder."""
    path = folder / "changes.json"
    with replacing(path) as (unfinished,):
        unfinished.write_text(json.dumps({"sentence": found.sentence, **vars(found)}, indent=1) + "\n", encoding="utf-8")
    return path
