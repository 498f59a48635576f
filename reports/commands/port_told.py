"""`nnparity port`: where each array of a layer comes from when its weights move to another framework."""

import ast
from collections.abc import Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from nnparity.oracles.porting import STATELESS, PortError, plan
from nnparity.oracles.porting.forms.form import written
from nnparity.oracles.porting.frameworks import GET, PUT, TITLES
from nnparity.oracles.porting.planning import Plan, check_names


def parsed(options: Sequence[str]) -> dict[str, object]:
    """{"reset_after": False} from "reset_after=False"; what is no Python literal is a word. Raises PortError without a "="."""
    config = {}
    for given in options:
        name, equals, value = given.partition("=")
        if not equals or not name:
            raise PortError(f"--option {given!r}: expected is NAME=VALUE, as reset_after=False")
        try:
            config[name] = ast.literal_eval(value)
        except (SyntaxError, ValueError):
            config[name] = value
    return config


def image(text: str) -> tuple[int, ...]:
    """(4, 5, 3) from "4,5,3". Raises PortError for anything else."""
    try:
        axes = tuple(int(n) for n in text.split(",")) if text else ()
    except ValueError:
        axes = (0,)
    if axes and (len(axes) < 2 or min(axes) < 1):
        raise PortError(f"--flattened {text!r}: expected are two or more sizes, as 4,5,3")
    return axes


def tell(kind: str, source: str, target: str, options: Sequence[str], flattened: str, console: Console) -> None:
    """Print the weight map. Raises PortError for a wrong request, Refused where the target has no such variant."""
    check_names(kind, source, target)
    config, axes = parsed(options), image(flattened)
    if kind in STATELESS:
        console.print(f"{kind} has no weights: there is nothing to port.")
        if kind == "flatten":
            console.print("But the dense layer behind it: frameworks flatten images in the order in which they keep their "
                          f"axes. `nnparity port dense --from {source} --to {target} --flattened 4,5,3` rearranges its "
                          "rows; 4,5,3 are the axes that the source flattens.")
        return
    tell_plan(plan(kind, source, target, config, flattened=axes), console)


def tell_plan(made: Plan, console: Console) -> None:
    """Array by array, then the layer to build, Python to paste, and what the weights do not say."""
    console.print(Text(f"{made.kind}: {TITLES[made.source]} -> {TITLES[made.target]}", style="bold"))
    _indented(f"from  {made.source_call()}", console)
    _indented(f"to    {made.call()}", console)
    if made.options:
        _indented("set   " + ", ".join(f"{name}={value!r}" for name, value in made.options.items()), console, style="yellow")
    for array in made.mapped:
        console.print()
        console.print(Text(array.name, style="cyan").append(f"  {written(array.axes)}", style="default"))
        _indented("from  " + ("; ".join(array.sources) or "nothing"), console)
        for words in array.done:
            _indented(words, console)
    console.print(Text("\nPython (`source` and `target` are dicts of NumPy arrays)", style="bold"))
    for line in (*(f"# {line}" for line in GET[made.source]), *made.lines, *(f"# {line}" for line in PUT[made.target])):
        console.print(Text(line), soft_wrap=True)
    if made.notes:
        console.print(Text("\nMind", style="bold"))
        for note in made.notes:
            console.print(Padding(Text(f"- {note}"), (0, 0, 0, 0), expand=False))


def _indented(words: str, console: Console, **style) -> None:
    console.print(Padding(Text(words, **style), (0, 0, 0, 4), expand=False))
