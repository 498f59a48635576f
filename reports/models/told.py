"""A comparison in words, 80 columns."""

from io import StringIO

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from nnparity.reports.models.outcome import Outcome
from nnparity.reports.page.summary import units as short

WIDTH = 80


def text(found: Outcome) -> str:
    """As `print` shows it."""
    out = StringIO()
    tell(found, Console(file=out, width=WIDTH, highlight=False, markup=False, emoji=False))
    return out.getvalue().rstrip("\n")


def tell(found: Outcome, console: Console) -> None:
    a, b = found.frameworks
    rows = found.rows
    console.print(Text(f"A {a}, B {b}: {sum(r.verdict == 'agrees' for r in rows)} of {len(rows)} layers agree", style="bold"))
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("A", "B", "weights", "output", "gradients", "training", "verdict"):
        table.add_column(name, justify="right" if name in ("output", "gradients", "training") else "left", overflow="fold")
    for r in rows:
        style = {"agrees": "", "differs": "red", "no partner": "yellow", "not asked": "dim"}[r.verdict]
        numbers = ("" if v is None else short(v) for v in (r.output, r.gradients, r.training))
        table.add_row(r.layer_a or "-", r.layer_b or "-", r.weights, *numbers, r.verdict, style=style)
    console.print(table)
    console.print(Text("errors: of B's layer fed A's input, in units of what rounding allows; 1 and below agrees", style="dim"))
    if not found.loaded and (found.walk.links or any(step.weights for step in found.walk.steps)):
        console.print(Text("weights: B came with its own; A's were moved into a copy", style="dim"))
    for group in found.groups:
        f = group.first
        console.print()
        names = [f"{name} of {side.upper()}" for side in "ba" if (name := group.names(side))]
        where = f"  {f.where}" if f.where and not group.places else ""
        console.print(Text(", ".join(names), style="bold").append(where, style="default"))
        told(group.words + (" (in training)" if f.mode == "training" else ""), console)
        if f.change:
            told(f"What to do: {group.change}", console)
        if f.row:
            told(f"See: nnparity conventions {f.row}", console)
        if group.places:
            told(f"All {len(group.places)}: {', '.join(group.places)}", console)
    if found.inherent:
        console.print()
        told(inherent(found), console)
    if found.alone:
        console.print()
        told(alone(found), console)
    console.print()
    console.print(Text(ending(found)))


def inherent(found: Outcome) -> str:
    """What no option of either framework could mend."""
    if not found.inherent:
        return ""
    one, layers = found.inherent[0], ", ".join(f.layer_b for f in found.inherent)
    return ("Comes with the move, neither has an option: the running variance is that of a batch divided by "
            f"{one.value_a} in A, by {one.value_b} in B. After training, evaluation differs a little, more for smaller "
            f"batches ({layers})")


def alone(found: Outcome) -> str:
    """Arrays that one of the two layers has and the other has not."""
    if not found.alone:
        return ""
    which = ", ".join(f"{array} of {layer} ({side.upper()})" for side, layer, array in found.alone)
    return (f"Only one of the two has: {which}. As they are held here they change nothing (zeros, or a factor of 1); where both "
            "models are trained they are learnt")


def ending(found: Outcome) -> str:
    own = ""
    if found.as_they_are is not None:
        own = f"\nAs they are, each in its own precision: apart by {found.as_they_are:.1g} of their size."
    if not found.trains:
        return f"{compared(found)}{own}\nAn ONNX graph has no gradients and does not train: outputs in evaluation were compared."
    return compared(found) + own


def compared(found: Outcome) -> str:
    if found.ok:
        return f"The outputs agree to {found.after:.1g} of their size, layer by layer and whole."
    they = "they" if found.loaded else "the outputs"
    if found.before == float("inf"):
        started = "B did not run"
    else:
        started = f"The outputs were apart by {found.before:.2g} of their size" if found.loaded else "B's weights were its own"
    if found.after < 1e-6:
        return f"{started}; with A's weights and these changes in a copy of B {they} are apart by {found.after:.1g}."
    return f"{started}."


def told(words: str, console: Console) -> None:
    console.print(Padding(Text(words), (0, 0, 0, 2), expand=False))
