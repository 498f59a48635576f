"""What has changed since a recording, in words, 80 columns."""

from io import StringIO
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from nnparity.reports.page.summary import units as short
from nnparity.reports.recordings.outcome import Outcome, Row

COLUMNS = ("evaluation float64", "evaluation float32", "training float64", "training float32")
STYLES = {"agrees": "", "single": "yellow", "differs": "red"}
WORDS = {
    "layer": "gives other numbers on what it was given", "outputs": "what the model returns differs, while each layer agrees",
    "between": "is handed other numbers, while all before it is as recorded",
    "gradients": "its gradient differs, while each layer agrees",
    "statistics": "its running statistics differ after a call in training",
}


def text(found: Outcome) -> str:
    out = StringIO()
    tell(found, Console(file=out, width=80, highlight=False, markup=False, emoji=False))
    return out.getvalue().rstrip("\n")


def side(facts: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items())
    return f"{facts['backend']} ({versions}" + (f", {facts['date']})" if "date" in facts else ")")


def tell(found: Outcome, console: Console) -> None:
    calls = [row for row in found.rows if row.where == "layer"]
    console.print(Text(f"{sum(row.verdict != 'differs' for row in calls)} of {len(calls)} calls agree", style="bold"))
    console.print(Text(f"recorded: {side(found.before)}"))
    console.print(Text(f"now:      {side(found.now)}"))
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("layer", overflow="fold")
    for name in COLUMNS:
        table.add_column(name.replace(" ", "\n").replace("evaluation", "eval").replace("training", "train"), justify="right")
    table.add_column("verdict")
    for row in [*calls, *(row for row in found.rows if row.where == "outputs"), *of_weights(found)]:
        table.add_row(row.name or row.where, *(short(row.units[c]) if c in row.units else "" for c in COLUMNS), row.verdict,
                      style=STYLES[row.verdict])
    console.print(table)
    console.print(Text("errors: of a layer fed what it was fed then, in units of what rounding allows; 1 and below agrees",
                       style="dim"))
    for row in found.differing:
        modes = ", ".join(key for key, u in row.units.items() if u > 1)
        what = f"{row.name} ({row.title})" if row.title else row.name
        console.print(Padding(Text(f"{what} {WORDS[row.where]}: {modes}".strip()), (1, 0, 0, 0), expand=False))
    if found.single:
        names = ", ".join(row.name for row in found.single[:6]) + (", ..." if len(found.single) > 6 else "")
        console.print(Padding(Text(f"In float64 one of the two computes in single precision: {names}. As the model is, in "
                                   "float32, they agree."), (1, 0, 0, 0), expand=False))


def of_weights(found: Outcome) -> list[Row]:
    """The worst gradient and statistic, one row each."""
    worst = []
    for where in ("gradients", "statistics"):
        rows = [row for row in found.rows if row.where == where]
        if rows:
            keys = {key for row in rows for key in row.units}
            worst.append(Row("", "", where, {key: max(row.units.get(key, 0.0) for row in rows) for key in keys}))
    return worst
