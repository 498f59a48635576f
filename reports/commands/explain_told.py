"""`nnparity explain`: the page of one mistake, or the list of all."""

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from nnparity.reference_impl.mistakes.mistake import Entry, Mistake
from nnparity.reports import catalogue
from nnparity.reports.formula import plain_text


def as_json(entries: Sequence[Entry]) -> list[dict]:
    return [{"id": e.id, "area": e.area, "title": e.title, "kind": catalogue.kind(e), "source": e.source, "symptom": e.symptom,
             "fix": e.fix, "correct": e.correct, "mistaken": e.mistaken, "case": e.case,
             **({"module": e.module, "function": e.edit.function, "right": e.right, "wrong": e.wrong} if isinstance(e, Mistake)
                else {})} for e in entries]


def tell(entry: Entry, console: Console) -> None:
    """One page: what it is, what one sees, both formulas, both lines, the case that exposes it, how to fix it."""
    console.print(Text(entry.title, style="bold yellow"))
    console.print(Text(f"{entry.id}  ·  {entry.area}  ·  {catalogue.kind(entry)}  ·  {catalogue.origin(entry)}", style="dim"))
    console.print()
    _part(console, "What you see", entry.symptom)
    if entry.mistaken:
        _part(console, "Wrong", plain_text(entry.mistaken), "red")
    if entry.correct:
        _part(console, "Right", plain_text(entry.correct), "green")
    _part(console, "What to do", entry.fix)
    if isinstance(entry, Mistake):
        for function, edits in groupby(entry.edits, key=lambda edit: edit.function):
            _part(console, "As code", f"in {function} of reference_impl/{entry.module.replace('.', '/')}.py, planted:")
            for edit in edits:
                _line(console, f"- {edit.right}", "green")
                _line(console, f"+ {edit.wrong}", "red")
    if entry.case:
        _part(console, "Exposed by", f"{entry.case}  (and others: `nnparity list --case {entry.case.split('-')[0]}`)")
    console.print()


def tell_all(console: Console) -> None:
    """A line an entry, by area."""
    for area, entries in catalogue.by_area().items():
        console.print(Text(f"\n{area} ({len(entries)})", style="bold"))
        for entry in entries:
            number = f" ({', '.join(catalogue.numbers(entry))})" if catalogue.numbers(entry) else ""
            console.print(Padding(Text(entry.id, style="cyan").append(f"  {entry.title}{number}", style="default"), (0, 0, 0, 2),
                                  expand=False))
    total = sum(map(len, catalogue.by_area().values()))
    console.print(Text(f"\n{total} mistakes; `nnparity explain ID` or `nnparity explain K31` for one of them", style="bold"))


def _part(console, heading, text, style=""):
    console.print(Text.assemble((f"{heading}: ", "bold"), (text, style)))


def _line(console, text, style):
    for line in text.splitlines():
        console.print(Padding(Text(line, style=style), (0, 0, 0, 4), expand=False))
