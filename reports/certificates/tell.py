"""Which operations are not as exact as their type says, in a terminal of 80 columns."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nnparity.reports.certificates.certificate import ENOUGH, REFERENCE, Certificate, Certificates

PARTS = {"outputs/y": "value", "outputs/loss": "value", "grads/x": "slope"}


def tell(found: Certificates, console: Console, everything: bool = False) -> None:
    """The operations on which somebody is off, or all; how many are exact by implementation; what is flushed to zero."""
    shown = [line for line in found.lines if everything or not all(c.exact for c in line[1].values())]
    if shown:
        table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
        table.add_column("operation", overflow="fold", max_width=22)
        for heading in ("type", "array"):
            table.add_column(heading, no_wrap=True)
        for name in found.of:
            table.add_column(name, no_wrap=True)
        for (question, dtype, path), by in shown:
            array = PARTS.get(path, path.removeprefix("grads/"))
            table.add_row(question, dtype, array, *(_cell(by.get(name)) for name in found.of))
        console.print(table)
    console.print(f"Up to {ENOUGH:g}: units in the last place. Beyond: relative error and the argument at which it is largest; "
                  "in red where it is one of values of order one, else of small values alone.", style="dim")
    for name, own in found.of.items():
        console.print(_sentence(name, found.versions.get(name, ""), own, found.without.get(name, {})))
    for name, packages in found.missing.items():
        console.print(f"{name}: {packages} not installed; pip install -e '.[oracles]'", style="yellow")


def _cell(c: Certificate | None) -> Text:
    if c is None:
        return Text("-", style="dim")
    return Text(c.words, style="green" if c.exact else "bold red" if c.everywhere else "yellow")


def _sentence(name: str, version: str, own: Sequence[Certificate], without) -> str:
    good = sum(c.exact for c in own)
    words = f"{name} ({version}): {good} of {len(own)} arrays right to {ENOUGH:g} units in the last place."
    if flushed := list(dict.fromkeys(c.question for c in own if c.flushed)):
        words += f" Subnormal numbers become zero in {', '.join(flushed)}."
    if without:
        words += f" No answer to {', '.join(without)}."
    return words


def is_exact(found: Certificates) -> bool:
    """Whether the reference is, everywhere."""
    return all(c.exact for c in found.of[REFERENCE])
