"""A layer as one would type it, with its sizes and options."""

import re
from typing import Any

from nnparity.oracles.porting import window_options as windows
from nnparity.oracles.porting.options import LAYER_NAMES


def call(framework: str, kind: str, sizes, chosen) -> str:
    """The layer, as one would type it; sizes that are not known stand by their names."""
    n = {name: sizes.get(name, name) for name in ("input", "hidden", "units", "vocabulary", "features", "filters",
                                                  "height", "width", "channels")}
    if kind.startswith("conv") and "channels/groups" in sizes:
        n["channels"] = sizes["channels/groups"] * windows.groups_of(chosen)
    size = f"({n['height']}, {n['width']})" if kind == "conv2d" else f"{n['width']}"
    written: dict[str, Any] = dict(chosen)
    arguments = {
        "dense": (n["input"], n["units"]), "embedding": (n["vocabulary"], n["features"]),
        "conv1d": (n["channels"], n["filters"], size), "conv2d": (n["channels"], n["filters"], size),
        "batch_norm": (n["channels"],), "layer_norm": (n["features"],), **dict.fromkeys(("gru", "lstm", "simple_rnn"),
                                                                                       (n["input"], n["hidden"]))}[kind]
    if framework == "onnx":
        return _node(kind, n, written)
    if framework in ("keras", "linen") and kind != "embedding":
        arguments = () if kind.endswith("_norm") else arguments[1:]  # they find the input's size themselves
    if framework in ("flax", "linen") and kind == "conv1d":
        arguments = (*arguments[:-1], f"({size},)")
    for name in ("gate_fn", "activation_fn"):
        if name in written:
            written[name] = _Name(f"{'nnx' if framework == 'flax' else 'linen'}.{written[name]}")
    always: dict[str, Any] = {"torch": {"batch_first": True}, "keras": {"return_sequences": True}}.get(framework, {})
    written = (always if kind in ("gru", "lstm", "simple_rnn") else {}) | written
    if framework == "flax":
        written["rngs"] = _Name("nnx.Rngs(0)")
    layer = LAYER_NAMES[framework][kind]
    return f"{layer}({', '.join([*map(str, arguments), *(f'{k}={v!r}' for k, v in written.items())])})"


class _Name(str):
    """Source text that stands for itself."""

    __repr__ = str.__str__


def _node(kind, n, chosen) -> str:
    """onnx.helper.make_node with the operator's inputs in their order."""
    bias = chosen.pop("bias", True)
    inputs = {"dense": ["X", "B", "C"], "embedding": ["data", "X"], "conv1d": ["X", "W", "B"], "conv2d": ["X", "W", "B"],
              "batch_norm": ["X", "scale", "B", "input_mean", "input_var"], "layer_norm": ["X", "Scale", "B"]}
    names = inputs.get(kind, ["X", "W", "R", "B"])
    if not bias:
        names = names[:-1]
    attributes = {"hidden_size": _number(n["hidden"])} if kind in ("gru", "lstm", "simple_rnn") else {}
    written = ", ".join([f"{LAYER_NAMES['onnx'][kind]!r}", f"{names}", "['Y']",
                         *(f"{k}={v!r}" for k, v in (attributes | chosen).items())])
    return f"onnx.helper.make_node({written})"


def _number(value):
    return value if not isinstance(value, str) or re.fullmatch(r"\d+", value) else _Name(value)
