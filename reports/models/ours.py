"""A network in our own words as a model: "conv2d(6, 5) relu flatten dense(10)", run by the reference, forward and backward.

It is the model that is right: its formulas are those of reference_impl, its weights are drawn, and moved into what is compared.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.oracles.layouts.padding import per_axis
from nnparity.oracles.models.functions import USUAL
from nnparity.oracles.models.op import FIRST, Op, Trace
from nnparity.reference_impl.defaults import defaults
from nnparity.reference_impl.network import LAYERS
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.checking.own.cases import drawn
from nnparity.reports.checking.own.plan import Unknown
from nnparity.reports.checking.own.words import parsed

NAME = "ours"
FILE = re.compile(r"\.(py|keras|onnx|h5|pth?|pkl|safetensors)(:|$)")  # a folder may have a space in its name
SEED = 40
OF_FUNCTIONS = ("slope", "alpha", "axis", "approximate", "beta", "form", "threshold")  # options of activations
ACTIVE = ("dense", "conv1d", "conv2d")
# options of recurrent layers that other frameworks' formulas do not have; with them a layer is run, but not compared by settings
USUAL_FORM = {"recurrent_bias": ("separate", "inside", "outside", "none"), "peepholes": (False,), "truncate": (None,),
              "bias_input": (1.0,)}


class Runner:
    """`model` is the text. Its weights are drawn when the shape of its input is first known."""

    name = NAME

    def __init__(self, model: str, inputs: Sequence[np.ndarray] | None = None):  # noqa: ARG002
        try:
            self.plan = parsed(model)
        except Unknown as error:
            raise WrongRequest(str(error)) from None
        self.parts: dict[str, tuple[int, ...]] = {}
        self.weights: dict[str, dict[str, np.ndarray]] = {}
        self.case: Case | None = None

    def built(self, shape: tuple[int, ...]) -> Case:
        if self.case is None:
            self.case = drawn(self.plan, shape, SEED, "described", "a model that was moved")
            self.weights = {layer.name: dict(layer.own(self.case.params)) for layer in self.case.network}
            rng = np.random.default_rng(SEED)
            for layer in self.case.network:
                if layer.kind == "batch_norm":  # the statistics that it has met, which are drawn too
                    n = self.weights[layer.name]["gamma"].shape
                    met = {"running_mean": 0.1 * rng.normal(size=n), "running_variance": rng.uniform(0.5, 1.5, n)}
                    self.weights[layer.name] |= met
        return self.case

    def trace(self, inputs: Sequence[np.ndarray], training: bool = False, replace: Mapping[int, Callable] | None = None) -> Trace:
        trace = Trace(NAME)
        if len(inputs) != 1:
            trace.error = f"a described network has one input, it was given {len(inputs)}"
            return trace
        x = np.asarray(inputs[0])
        trace.values[0], trace.inputs, trace.outputs = x, (0,), (0,)
        try:
            for layer in self.built(x.shape).network:
                for op in self.ops(layer, x.ndim, training):
                    number = len(trace.ops)
                    x = replace[number]([x]) if replace and number in replace else op.call([x])[0]
                    op.inputs, op.outputs = trace.outputs, (len(trace.values),)
                    trace.values[len(trace.values)] = x
                    trace.outputs = op.outputs
                    trace.ops.append(op)
        except (ValueError, IndexError, WrongRequest) as error:
            trace.error = str(error)
        return trace

    def ops(self, layer: Layer, ndim: int, training: bool) -> list[Op]:
        """The layer, and its activation behind it."""
        config = {**defaults(layer.kind), **layer.config}
        function = config.pop("activation", "linear") if layer.kind in ACTIVE else "linear"
        kind, settings, axes = read(layer.kind, config, ndim, training)
        weights = self.weights[layer.name]
        own = dict(layer.config) | ({"activation": "linear"} if layer.kind in ACTIVE else {})
        own |= {"mode": "training" if training else "inference"} if layer.kind == "batch_norm" else {}
        options = {k: own.pop(k) for k in OF_FUNCTIONS if k in own and layer.kind in ACTIVE}
        found = [Op(layer.name, layer.kind, kind, settings, Computed(layer.kind, own, weights), weights=weights, axes=axes)]
        if function != "linear":
            kind, settings, _ = read("activation", {"function": function, **options}, ndim, training)
            found.append(Op(f"{layer.name}.{function}", function, kind, settings,
                            Computed("activation", {"function": function, **options}, {})))
        return found

    def plain(self, inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
        trace = self.trace(inputs)
        return [trace.values[v] for v in trace.outputs]

    as_it_is = plain

    def arrays(self, op: Op) -> dict[str, np.ndarray]:
        return dict(op.weights)

    def run(self, op: Op, inputs: Sequence[np.ndarray], cotangent: np.ndarray | None = None):
        """(outputs, gradients of the input, of the weights, and running statistics after it), by the reference's own backward."""
        call = op.call
        assert isinstance(call, Computed)
        outputs, pull = call.forward(np.asarray(inputs[0]))
        if cotangent is None:
            return [outputs["y"]], [], {}
        after = {name: a for name, a in outputs.items() if name.startswith("running")}
        grads = pull({name: cotangent if name == "y" else np.zeros_like(a) for name, a in outputs.items() if name not in after})
        return [outputs["y"]], [grads.pop("x", np.zeros(0))], {k: g for k, g in grads.items() if k in op.weights} | after

    def free(self) -> dict[str, np.ndarray]:
        return {}

    def vocabularies(self) -> list[int]:
        return [layer.sizes["vocabulary"] for layer in self.plan.layers if layer.kind == "embedding"]

    def masks(self) -> bool:
        return False


class Computed:
    """A layer of the reference."""

    def __init__(self, kind: str, config: Mapping[str, Any], weights: Mapping[str, np.ndarray]):
        self.kind, self.config, self.weights = kind, config, weights

    def forward(self, x: np.ndarray):
        states = {name: a for name, a in self.weights.items() if name.startswith("running")}
        params = {name: a for name, a in self.weights.items() if name not in states}
        return LAYERS[self.kind](params, {"x": x, **states}, **self.config)

    def __call__(self, inputs: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
        return (self.forward(np.asarray(inputs[0]))[0]["y"],)


def read(kind: str, config: Mapping[str, Any], ndim: int, training: bool) -> tuple[str, dict[str, Any], str]:
    """(kind, settings, axes) in the words in which calls are compared."""
    axes = ndim - 2
    if any(config[name] not in usual for name, usual in USUAL_FORM.items() if name in config):
        return "code", {}, ""
    match kind:
        case "dense" | "embedding":
            return kind, {"padding_row": None} if kind == "embedding" else {}, ""
        case "activation":
            name = {"relu6": "clipped_relu"}.get(config["function"], config["function"])
            told = {k: v for k, v in config.items() if k in USUAL.get(name, {})}
            return ("code" if config.keys() - {"function", *told} else kind), {"name": name, **USUAL.get(name, {}), **told}, ""
        case "conv1d" | "conv2d":
            return kind, {"stride": per_axis(config["stride"], axes), "dilation": per_axis(config["dilation"], axes),
                          "groups": config["groups"], "padding": config["padding"], "fill": "zeros"}, FIRST
        case "max_pool1d" | "max_pool2d" | "average_pool1d" | "average_pool2d" if config["size"] != "global":
            told = {name: config[name] for name in ("size", "stride", "padding", "divisor") if name in config}
            return kind, {**told, "ceil": False}, FIRST
        case "max_pool1d" | "max_pool2d" | "average_pool1d" | "average_pool2d":
            return "max" if kind.startswith("max") else "mean", {"over": tuple(range(2, ndim)), "keep": True}, FIRST
        case "batch_norm" if config["axis"] == 1 and config["momentum_of"] == "old":
            told = {k: config[k] for k in ("epsilon", "momentum", "running_divisor")}
            return kind, {**told, "training": training}, FIRST if ndim > 2 else ""
        case "layer_norm":
            return kind, {"epsilon": config["epsilon"], "axes": 1}, ""
        case "gru" if config["update"] == "keep":
            return kind, {"activation": "tanh", "gate_activation": "sigmoid", "reset": config["reset"], "valid": None}, ""
        case "lstm" if config["cell_activation"] == config["activation"] and not config["forget_bias"]:
            return kind, {"activation": config["activation"], "gate_activation": config["gate_activation"], "valid": None}, ""
        case "simple_rnn":
            return kind, {"activation": config["activation"], "gate_activation": "sigmoid", "valid": None}, ""
    return "code", {}, ""


def is_words(target: Any) -> bool:
    """Whether a model is a text that describes one, and not the place of a file."""
    return isinstance(target, str) and (" " in target.strip() or "(" in target) and not FILE.search(target)
