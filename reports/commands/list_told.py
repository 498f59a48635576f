"""`nnparity list`: the cases, and for one layer what a function of it is given and must give back."""

import inspect
import sys
from collections.abc import Sequence
from textwrap import indent

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from nnparity import cases
from nnparity.cases.case import Case
from nnparity.cases.kinds import axes_of, owner
from nnparity.cases.selection import is_about, network_of, trained_as
from nnparity.reference_impl import LAYERS
from nnparity.reference_impl.defaults import defaults
from nnparity.reference_impl.mistakes.mistake import Entry, Mistake
from nnparity.reference_impl.optimizers import OPTIMIZERS
from nnparity.reports import catalogue
from nnparity.reports.asking.training_contract import OPTIMIZER, TRAINING, resolved_options, training_config
from nnparity.reports.checking.chosen import options_of
from nnparity.reports.checking.request import known_options, typed
from nnparity.reports.commands.folded import folded
from nnparity.reports.plain_step import plain_step
from nnparity.reports.selfproof.kill_matrix import cases_for


def as_json(listed: Sequence[Case]) -> list[dict]:
    return [{"case": case.name, "group": case.group, "network": network_of(case), "dtype": str(case.dtype),
             "sizes": dict(case.sizes), "conventions": {la.qualify(o): v for la in case.layers for o, v in la.config.items()},
             "catches": case.catches, "flags": list(case.flags), "documents": list(case.documents), "source": case.source,
             "arrays": _shapes(case)} for case in listed]


def exposing(name: str, among: Sequence[Case]) -> tuple[list[Entry], list[Case]]:
    """The entries of the catalogue called so ("K31", "softmax-diagonal"), and which cases are proven to notice one of them.

    Proven are, by a test that plants it, those that it reaches and that are flagged with its number, and those that the
    self-proof asks (kill_matrix.py). A trouble is no formula that could be planted; it may have one case that shows it. Raises
    NoSuchEntry.
    """
    entries = catalogue.find(name)
    found = {case for entry in entries for case in _exposing(entry)}
    return entries, [case for case in among if case in found]


def _exposing(entry: Entry) -> list[Case]:
    if not isinstance(entry, Mistake):
        return [cases.named(entry.case)] if entry.case else []
    flagged = [case for case in cases.all_cases() if {*catalogue.numbers(entry)} & {*case.flags} and entry.reaches(case)]
    return [*flagged, *cases_for(entry)]


def tell(listed: Sequence[Case], console: Console) -> None:
    """Three lines a case: name, network and the documents' mistakes that it exposes; sizes; what it catches. A long name has a
    line to itself."""
    for case in listed:
        flags = "  " + " ".join(case.flags) if case.flags else ""
        name, network = Text(case.name, style="bold"), Text(network_of(case), style="cyan").append(flags, style="magenta")
        if len(name) + 2 + len(network) <= console.width:
            console.print(name.append("  ").append(network), soft_wrap=True)
        else:
            console.print(name, soft_wrap=True)
            console.print(Padding(network, (0, 0, 0, 4), expand=False))
        console.print(Padding(Text(_sizes(case), style="dim"), (0, 0, 0, 4), expand=False))
        console.print(Padding(Text(f"catches: {case.catches}"), (0, 0, 0, 4), expand=False))
    console.print(Text(f"{len(listed)} cases", style="bold"))


def tell_layer(name: str, case: Case, console: Console) -> None:
    """Equations and layouts of a layer, chain, training or network of the documents by its name, and every array that goes in
    and comes out of a function of it."""
    if case.training:
        tell_training(case, console)
        return
    for kind in dict.fromkeys(layer.kind for layer in case.layers):
        doc = sys.modules[LAYERS[kind].__module__].__doc__ if kind in LAYERS else None
        if doc:
            console.print(Text(folded(doc.strip(), console.width)), soft_wrap=True)
            console.print()
        if step := plain_step(kind):
            console.print(Text("One step, as the reference has it:", style="bold"))
            console.print(Text(indent(step, "    ")), soft_wrap=True)
    console.print(Text("A function of it, in a file of yours:", style="bold"))
    function = name if name.isidentifier() else "my_network"
    console.print(Text(f"    def {function}(params, inputs, cotangents): return outputs, grads\n"))
    if len(case.layers) > 1:
        console.print(Text("The chain, with the options that a fourth parameter `config` receives:", style="bold"))
        for layer in case.layers:
            options = ", ".join(f"{option}={value!r}" for option, value in layer.config.items())
            console.print(Text(folded(f"    {layer.name or layer.kind}: {layer.kind}({options})", console.width)), soft_wrap=True)
        console.print()
    width = max(len(name) for group in _shapes(case).values() for name in group)
    for group, names in _shapes(case).items():
        console.print(Text(f"{group:<11}", style="bold").append(WHAT[group], style="dim"))
        for name in names:
            console.print(Text(f"    {name:<{width}}  {_axes(case, group, name)}"))
    console.print(Text("Where a case has no such array (h0, recurrent_bias), it is missing from `params` or\n"
                       "`inputs`, and so is its gradient. Answer in the dtype that you were given.\n"))
    if len(case.layers) == 1:
        tell_options(case.layers[0].kind, console)


def tell_options(kind: str, console: Console) -> None:
    """The options of one layer: the default first, then what else can be asked for."""
    if kind not in LAYERS or not defaults(kind):
        return
    known = known_options(kind)
    asked = [options_of(case) for case in cases.all_cases() if is_about(case, kind) and len(case.network) == 1]
    words = "the default first; a fourth parameter `config` gets them"
    console.print(Text("options    ", style="bold").append(words, style="dim"))
    width = max(map(len, defaults(kind)))
    for option, default in defaults(kind).items():
        values = [*known.get(option, {}), *(typed(options[option]) for options in asked if option in options)]
        others = [value for value in dict.fromkeys(values) if value != typed(default)]
        console.print(Text(f"    {option:<{width}}  {typed(default)}{''.join(f' | {value}' for value in others)}"))
    console.print()


def tell_training(case: Case, console: Console) -> None:
    """What an optimizer or a whole training is asked, and what it must give back."""
    name = trained_as(case)
    if name in OPTIMIZERS:
        console.print(Text(f"{folded(inspect.getdoc(OPTIMIZERS[name]) or '', console.width)}\n"), soft_wrap=True)
        console.print(Text("A function of it, in a file of yours, run inside the reference's training loop:", style="bold"))
        console.print(Text(f"    def {name}({', '.join(OPTIMIZER)}):\n        return new_parameter, new_state\n"))
        console.print(Text("parameter and gradient are arrays of one shape. state is {} before the first\nstep and then what you "
                           "returned for this parameter; step counts from 1;\nlearning_rate is that of this step. config has:"))
        for option, value in resolved_options(case).items():
            console.print(Text(f"    {option:<14}{value!r}"))
        console.print()
        return
    console.print(Text("A function of it, in a file of yours:", style="bold"))
    console.print(Text(f"    def {name}({', '.join(TRAINING)}): return path\n"))
    width = max(map(len, (*case.params, *case.inputs)))
    for group, arrays in (("params", case.params), ("inputs", case.inputs)):
        console.print(Text(f"{group:<11}", style="bold").append(WHAT[group], style="dim"))
        for array, value in arrays.items():
            console.print(Text(f"    {array:<{width}}  {value.shape}"))
    config = training_config(case)
    console.print(Text("config", style="bold"))
    for key in ("optimizer", "options", "steps", "layers"):
        console.print(Text(folded(f"    {key:<{width}}  {config[key]!r}", console.width)), soft_wrap=True)
    console.print(Text(f"    {'learning_rates':<{width}}  one for each step\n    {'batches':<{width}}  the rows of x and target "
                       "that each step sees, a list for each step"))
    console.print(Text("path", style="bold").append("       you return, a dict", style="dim"))
    console.print(Text(f"    {'loss':<{width}}  (steps,), the loss of the step's rows before the step"))
    console.print(Text(f"    {'each parameter':<{width}}  (steps, ...), after the step\n"))


WHAT = {"params": "what the layer has learned", "inputs": "what it is given",
        "cotangents": "dL/d(output), one for each output", "outputs": "you return", "grads": "you return: dL/d(array)"}


def _arrays(case):
    return {"params": case.params, "inputs": case.inputs, "cotangents": case.cotangents,
            "outputs": case.cotangents, "grads": case.differentiable}


def _shapes(case) -> dict[str, dict[str, list[int]]]:
    return {group: {name: list(a.shape) for name, a in arrays.items()} for group, arrays in _arrays(case).items()}


def _axes(case, group, name) -> str:
    """(3 gates, input, hidden): the axes of an array by name; its lengths where its layer has no such array."""
    array, (layer, _) = _arrays(case)[group][name], owner(case, name)
    named = zip(axes_of(case, name, array.ndim), array.shape)
    return "(" + ", ".join([_axis(case, layer, axis, n) for axis, n in named] or map(str, array.shape)) + ")"


def _axis(case, layer, axis: str, n: int) -> str:
    """What the layer calls the axis; in a chain what the case calls it, where it has one name of that length: hidden 2."""
    if axis in ("gates", "peepholes"):
        return f"{n} {axis}"
    own = [size for size, length in case.sizes.items() if length == n]
    if len(case.layers) > 1 and len(own) == 1 and axis in BETWEEN_LAYERS:
        return own[0]
    return "channels" if axis == "channels/groups" and layer.config.get("groups", 1) == 1 else axis


# the axes along which one layer hands its numbers to the next
BETWEEN_LAYERS = ("input", "input and bias", "output", "hidden", "channels", "channels/groups", "filters", "features", "classes")


def _sizes(case) -> str:
    return f"{case.dtype}, " + ", ".join(f"{axis} {n}" for axis, n in case.sizes.items())
