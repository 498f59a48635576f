"""What is true of every layer of a kind: its gates, its states, and its arrays with the axes of each.

Everybody reads it here: the rules of a case, the layouts of the frameworks, the listing, the diagnosis. Options and their
defaults are stated by the signatures of the layers' functions (reference_impl/defaults.py).

An axis is called as in the layer's own documentation. REST stands for whatever axes a layer works along one by one, which are
steps of time; SPACE for the axes of an image or a signal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Axes = tuple[str, ...]

REST, SPACE = "...", "*"
SPATIAL: dict[int, Axes] = {0: (), 1: ("length",), 2: ("height", "width")}


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of layer. The arrays are those of the reference: name -> axes."""

    params: Mapping[str, Axes] = field(default_factory=dict)
    inputs: Mapping[str, Axes] = field(default_factory=dict)
    outputs: Mapping[str, Axes] = field(default_factory=dict)
    gates: str = ""  # a letter for each block along the axis "gates", in the reference's order
    peepholes: str = ""  # the gates that have a peephole, in the order of the array's rows
    states: str = ""  # a letter for each state: "h" enters as h0 and leaves as h_n
    windows: int = 0  # along how many axes a window slides

    @property
    def arrays(self) -> dict[str, Axes]:
        return {**self.outputs, **self.inputs, **self.params}

    @property
    def recurrent(self) -> bool:
        return bool(self.states)

    @property
    def loss(self) -> bool:
        return "target" in self.inputs


def _recurrent(gates: str = "", states: str = "h", peepholes: str = "") -> Kind:
    blocks, state = ("gates",) if gates else (), ("batch", "hidden")
    params = {"kernel": (*blocks, "input", "hidden"), "recurrent_kernel": (*blocks, "hidden", "hidden"),
              "bias": (*blocks, "hidden"), "recurrent_bias": (*blocks, "hidden")}
    return Kind(params=params | ({"peephole": ("peepholes", "hidden")} if peepholes else {}),
                inputs={"x": ("batch", "time", "input"), **{f"{s}0": state for s in states}},
                outputs={"y": ("batch", "time", "hidden"), **{f"{s}_n": state for s in states}},
                gates=gates, states=states, peepholes=peepholes)


def _convolution(windows: int) -> Kind:
    size = ("kernel",) if windows == 1 else ("kernel height", "kernel width")
    return Kind(params={"kernel": ("filters", "channels/groups", *size), "bias": ("filters",)},
                inputs={"x": ("batch", "channels", *SPATIAL[windows])}, outputs={"y": ("batch", "filters", *_slid(windows))},
                windows=windows)


def _pooling(windows: int) -> Kind:
    return Kind(inputs={"x": ("batch", "channels", *SPATIAL[windows])}, outputs={"y": ("batch", "channels", *_slid(windows))},
                windows=windows)


def _slid(windows: int) -> Axes:
    return tuple(f"output {axis}" for axis in SPATIAL[windows])


def _loss(features: str, own: Axes) -> Kind:
    """`own` are the axes of the losses before they are reduced."""
    return Kind(inputs=dict.fromkeys(("x", "target"), ("batch", REST, features)), outputs={"y": own})


ROWS, IMAGE = ("batch", REST, "features"), ("batch", "channels", SPACE)

KINDS: dict[str, Kind] = {
    "dense": Kind(params={"kernel": ("input", "output"), "bias": ("output",)}, inputs={"x": ("batch", REST, "input")},
                  outputs={"y": ("batch", REST, "output")}),
    "embedding": Kind(params={"table": ("vocabulary", "features")}, inputs={"x": ("batch", REST)}, outputs={"y": ROWS}),
    "conv1d": _convolution(1),
    "conv2d": _convolution(2),
    "batch_norm": Kind(params=dict.fromkeys(("gamma", "beta"), ("channels",)), outputs={"y": IMAGE},
                       inputs={"x": IMAGE, **dict.fromkeys(("running_mean", "running_variance"), ("channels",))}),
    "layer_norm": Kind(params=dict.fromkeys(("gamma", "beta"), ("features",)), inputs={"x": ROWS}, outputs={"y": ROWS}),
    "simple_rnn": _recurrent(),
    "lstm": _recurrent(gates="ifgo", states="hc", peepholes="ifo"),
    "gru": _recurrent(gates="rzn"),
    "activation": Kind(inputs={"x": ROWS}, outputs={"y": ROWS}),
    "average_pool1d": _pooling(1),
    "average_pool2d": _pooling(2),
    "dropout": Kind(inputs={"x": ROWS, "mask": ROWS}, outputs={"y": ROWS}),
    "flatten": Kind(inputs={"x": ("batch", "height", "width", "channels")}, outputs={"y": ("batch", "features")}),
    "max_pool1d": _pooling(1),
    "max_pool2d": _pooling(2),
    "sum": Kind(inputs={"x": ROWS}, outputs={"y": ("batch", REST, "1")}),
    "transpose": Kind(inputs={"x": ("batch", "channels", "time")}, outputs={"y": ("batch", "time", "channels")}),
    "squared_error": _loss("features", own=ROWS),
    "binary_cross_entropy": _loss("features", own=ROWS),
    "categorical_cross_entropy": _loss("classes", own=("batch", REST)),
    "softmax_cross_entropy": _loss("classes", own=("batch", REST)),
}
RECURRENT = tuple(name for name, kind in KINDS.items() if kind.recurrent)
CONVOLUTIONS = tuple(name for name, kind in KINDS.items() if kind.windows and kind.params)
GATES = {name: kind.gates for name, kind in KINDS.items() if kind.gates}  # of the layers that have any
GATE_WORDS = {"i": "input gate", "f": "forget gate", "g": "candidate", "o": "output gate", "r": "reset gate", "z": "update gate",
              "n": "candidate"}  # letter of a gate -> what it is called


def axes_of(case, name: str, ndim: int) -> Axes:
    """The axes of one of a case's arrays ("x", "y", "loss", "head/kernel"); () where its layer has no such array of so many."""
    layer, array = owner(case, name)
    return axes(layer.kind, array, ndim, layer.config) if layer else ()


def owner(case, name: str) -> tuple[Any, str]:
    """(layer, what it calls the array) of one of a case's arrays; no layer where there is no such array.

    The chain's x is that of its first layer, its y that of its last one; a loss alone returns its x as y.
    """
    prefix, _, array = name.rpartition("/")
    if name == "x" or (name == "y" and not case.network):
        return case.layers[0], "x"
    if name == "y":
        return case.network[-1], "y"
    if name == "loss":
        return case.loss, "y"
    return next((la for la in case.layers if la.name == prefix and array in KINDS[la.kind].arrays), None), array


def axes(kind: str, name: str, ndim: int, config: Mapping[str, Any]) -> Axes:
    """The axes of one array of a layer with this config; () where it has no such array of so many axes."""
    named = _under(config, kind, name, KINDS[kind].arrays.get(name, ()))
    left = ndim - len(named) + 1
    for rest, names in ((REST, ("time",) * max(left, 0)), (SPACE, SPATIAL.get(left, ()))):
        if rest in named:
            at = named.index(rest)
            named = (*named[:at], *names, *named[at + 1:])
    return named if len(named) == ndim else ()


def _under(config: Mapping[str, Any], kind: str, name: str, named: Axes) -> Axes:
    """What an option changes: a row for the bias, channels last, class numbers, what a reduction leaves."""
    if kind == "dense" and name == "kernel" and str(config.get("bias", "")).startswith("kernel"):
        return ("input and bias", "output")
    if kind == "batch_norm" and SPACE in named and config.get("axis", 1) != 1:
        return ("batch", SPACE, "channels")
    if name == "target" and config.get("labels") == "sparse":
        return named[:-1]
    if KINDS[kind].loss and name == "y":
        return {"none": named, "per_class": named[-1:]}.get(config.get("reduction", "mean"), ())
    return named
