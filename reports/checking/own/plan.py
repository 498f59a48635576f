"""A network as somebody means it: kinds of layers with their sizes and options, before there are arrays.

    Planned("dense", {"units": 128}, {"activation": "relu"}), ..., loss Planned("softmax_cross_entropy"), l2 0.001
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from nnparity.cases.kinds import KINDS, RECURRENT
from nnparity.reference_impl.activations import ACTIVATIONS, OPTIONS
from nnparity.reference_impl.defaults import defaults
from nnparity.reports.checking.names import MEANT, WrongRequest, bare, did_you_mean

POOLS = ("max_pool1d", "max_pool2d", "average_pool1d", "average_pool2d")
CONVOLUTIONS = ("conv1d", "conv2d")
LOSSES = tuple(name for name, kind in KINDS.items() if kind.loss)
# kind -> what is said of its size, in the order in which it is said
SIZES: dict[str, tuple[str, ...]] = {"dense": ("units",), **dict.fromkeys(RECURRENT, ("units",)),
                                     **dict.fromkeys(CONVOLUTIONS, ("filters", "size")), **dict.fromkeys(POOLS, ("size",)),
                                     "embedding": ("vocabulary", "features"), "flatten": (), "layer_norm": (), "batch_norm": (),
                                     "dropout": ("rate",), "activation": (), "l2": ("rate",), "one_hot": ("classes",),
                                     **dict.fromkeys(LOSSES, ())}
SPELT = {"units": "outputs outfeatures features hidden hiddensize nhidden n out width outputdim",
         "filters": "outchannels channels out n", "size": "kernel kernelsize poolsize ksize window k f",
         "vocabulary": "vocab numembeddings vocabsize inputdim", "features": "embeddingdim dim outputdim units size",
         "rate": "p strength lambda lam alpha weight", "classes": "vocabulary vocab vocabsize n depth"}
ALSO = {"stride": "strides s", "padding": "pad p", "epsilon": "eps", "bias": "usebias"}
# a word that is an option's value by itself: "softmax_cross_entropy(sparse, sum)"
VALUES = {"sum": ("reduction", "sum"), "mean": ("reduction", "mean"), "batch_mean": ("reduction", "batch_mean"),
          "none": ("reduction", "none"), "sparse": ("labels", "sparse"), "one_hot": ("labels", "one_hot"),
          "half": ("scale", "half"), "full": ("scale", "full"), "logits": ("prediction", "logits"),
          "probabilities": ("prediction", "probabilities"), "same": ("padding", "same"), "valid": ("padding", "valid"),
          "input": ("target", "input"), "x": ("target", "input"), "nobias": ("bias", False), "no_bias": ("bias", False)}
ACTIVE = ("dense", *CONVOLUTIONS)  # layers into which an activation that follows them is drawn
PLAIN = {"simple_rnn": {"recurrent_bias": "none"}, "lstm": {"recurrent_bias": "none"},
         "gru": {"recurrent_bias": "inside", "reset": "after", "update": "keep"}}


class Unknown(WrongRequest):
    """A word that is not understood; `at` is its place among the layers, where one is known."""


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One layer. `sizes` are its own ("units", "size"), not those of its input; `bias` whether it has one."""

    kind: str
    sizes: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    bias: bool = True

    def __str__(self):
        options = [*(f"{v}" for v in self.sizes.values()), *([] if self.bias else ["bias=False"]),
                   *(f"{k}={v}" for k, v in self.config.items() if v != PLAIN.get(self.kind, {}).get(k))]
        return self.kind + (f"({', '.join(options)})" if options else "")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A chain of layers, the loss behind it, and λ of (λ/2) Σ W² over the kernels."""

    layers: tuple[Planned, ...]
    loss: Planned | None = None
    l2: float = 0.0
    one_hot: int = 0  # x is one of so many, in its last axis
    of_input: bool = False  # what is compared in the loss is x itself

    def __str__(self):
        return " ".join([*([f"one_hot({self.one_hot})"] if self.one_hot else []), *map(str, self.layers),
                         *([str(self.loss)] if self.loss else []), *(["of the input"] if self.of_input else []),
                         *([f"l2({self.l2:g})"] if self.l2 else [])])


def kind_of(name: str) -> tuple[str, dict[str, Any]]:
    """("dense", {}) of Linear, ("activation", {"function": "relu"}) of ReLU. Raises Unknown with what is called so nearly."""
    spelt = {**MEANT, **{bare(kind): kind for kind in SIZES}, "bias": "", "vanillarnn": "simple_rnn", "crossentropy":
             "softmax_cross_entropy", "weightdecay": "l2", "regularisation": "l2", "regularization": "l2", "l2penalty": "l2"}
    functions = {**{bare(f): f for f in ACTIVATIONS}, "swish": "silu", "logistic": "sigmoid"}
    if bare(name) in functions:
        return "activation", {"function": functions[bare(name)]}
    if (found := spelt.get(bare(name))) in SIZES:
        return str(found), {}
    near = [{**spelt, **functions}[key] for key in get_close_matches(bare(name), [*spelt, *functions], 3, 0.6)]
    raise Unknown(f"no layer is called {name!r}{did_you_mean(filter(None, near))}",
                  "" if near else "Layers are dense, conv2d, max_pool2d, flatten, lstm, gru, ..., relu, tanh, ..., and losses "
                  f"{', '.join(LOSSES)}")


def planned(name: str, positional: Sequence[Any] = (), named: Mapping[str, Any] = {}) -> Planned:  # noqa: B006
    """A layer from what is said of it: `conv2d(6, 5, relu)`, {"kind": "dense", "units": 10}. Raises Unknown."""
    kind, config = ("dense", {}) if bare(name) == "linear" and (positional or named) else kind_of(name)
    names, sizes, options = list(SIZES[kind]), {}, dict(config)
    for value in positional:
        left = [n for n in names if n not in sizes]
        if isinstance(value, str) and value in VALUES and VALUES[value][0] in allowed(kind):
            options[VALUES[value][0]] = VALUES[value][1]
        elif isinstance(value, str) and bare(value) in map(bare, ACTIVATIONS) and "activation" in allowed(kind):
            options["activation"] = kind_of(value)[1]["function"]
        elif left and not isinstance(value, str):
            sizes[left[0]] = value
        elif kind in POOLS and not isinstance(value, str):
            options["stride"] = value
        elif kind == "activation" and not isinstance(value, str) and OPTIONS[config["function"]]:
            options[OPTIONS[config["function"]][0]] = value
        else:
            raise Unknown(f"{name}: {value!r} says nothing about a {kind}; "
                          f"it takes {', '.join([*names, *allowed(kind)]) or 'nothing'}")
    for key, value in named.items():
        place = next((n for n in names if bare(key) in (n, *SPELT.get(n, "").split())), None)
        option = next((o for o in allowed(kind) if bare(key) in (bare(o), *ALSO.get(o, "").split())), None)
        if place:
            sizes[place] = value
        elif option == "activation" and isinstance(value, str):
            options[option] = kind_of(value)[1].get("function", value)
        elif option:
            options[option] = value
        else:
            known = [*names, *allowed(kind)]
            raise Unknown(f"{name}: {kind} has no {key!r}{did_you_mean(get_close_matches(key, known, 2, 0.6))}",
                          f"It takes {', '.join(known) or 'nothing'}")
    return finished(name, kind, sizes, options)


def finished(name: str, kind: str, sizes: dict[str, Any], options: dict[str, Any]) -> Planned:
    if missing := [n for n in SIZES[kind] if n not in sizes]:
        raise Unknown(f"{name} needs its {missing[0]}: {kind}({', '.join(SIZES[kind])})")
    for size, value in sizes.items():
        whole = value if isinstance(value, tuple) else (value,)
        if size != "rate" and not (value == "global" or all(isinstance(n, int) and n > 0 for n in whole)):
            raise Unknown(f"{name}: {size} is a number above 0, got {value!r}")
        if size == "rate" and not (isinstance(value, int | float) and value >= 0):
            raise Unknown(f"{name}: {value!r} is no number from 0 on")
    bias = options.pop("bias", True) if kind in (*ACTIVE, *RECURRENT) else True
    if isinstance(bias, str):
        bias = bias.lower() not in ("false", "none", "no")
    if isinstance(pad := options.get("padding"), int):
        options["padding"] = "valid" if pad == 0 else ((pad, pad),) * KINDS[kind].windows
    return Planned(kind=kind, sizes=sizes, config={**PLAIN.get(kind, {}), **options}, bias=bool(bias))


def allowed(kind: str) -> list[str]:
    """The options of a kind, beside its sizes."""
    if kind in ("l2", "one_hot"):
        return []
    known = [*defaults(kind)]
    more = ["bias"] if kind in (*ACTIVE, *RECURRENT) and "bias" not in known else []
    more += ["target"] if kind in LOSSES else []
    return [o for o in (*known, *more) if o not in ("axes", "bias_input", "size", "function")] + (
        ["slope", "alpha"] if kind in ("activation", *ACTIVE) else [])


def plan_of(layers: Iterable[Planned]) -> Plan:
    """The chain: activations drawn into the layer before them, dropout as it is in evaluation, the loss last. Raises Unknown."""
    chain: list[Planned] = []
    loss, l2, one_hot, of_input = None, 0.0, 0, False
    for layer in layers:
        if layer.kind == "l2":
            l2 = float(layer.sizes["rate"])
        elif layer.kind == "one_hot":
            if chain or loss or one_hot:
                raise Unknown("one_hot says what x is: it stands first")
            one_hot = layer.sizes["classes"]
        elif loss is not None:
            raise Unknown(f"{layer} stands behind the loss {loss}: a loss is the last of a network")
        elif layer.kind in LOSSES:
            of_input = layer.config.get("target") == "input"
            loss = replace(layer, config={o: v for o, v in layer.config.items() if o != "target"})
        elif layer.kind == "activation" and chain and chain[-1].kind in ACTIVE and "activation" not in chain[-1].config and (
                chain[-1].kind == "dense" or layer.config["function"] not in ("softmax", "log_softmax")):
            options = {o: v for o, v in layer.config.items() if o != "function"}
            chain[-1] = replace(chain[-1], config={**chain[-1].config, "activation": layer.config["function"], **options})
        elif layer.kind != "dropout":  # in evaluation it does nothing
            chain.append(layer)
    if not chain:
        raise Unknown("a network needs a layer")
    if l2 and loss is None:
        raise Unknown("l2 is a part of a loss, and this network has none", 'Add one: "... softmax_cross_entropy l2(0.001)"')
    return Plan(layers=tuple(chain), loss=loss, l2=l2, one_hot=one_hot, of_input=of_input)
