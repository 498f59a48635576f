"""A layer as one would type it, with its sizes and options."""

import re
from typing import Any

from nnparity.cases.kinds import CONVOLUTIONS, KINDS, RECURRENT
from nnparity.oracles.porting import window_options as windows
from nnparity.oracles.porting.options import LAYER_NAMES


def call(framework: str, kind: str, sizes, chosen) -> str:
    """The layer, as one would type it; sizes that are not known stand by their names."""
    n = {axis: sizes.get(axis, axis.replace(" ", "_")) for axes in KINDS[kind].arrays.values() for axis in axes}
    if kind in CONVOLUTIONS and "channels/groups" in sizes:
        n["channels"] = sizes["channels/groups"] * windows.groups_of(chosen)
    written: dict[str, Any] = dict(chosen)
    window = [str(n[axis]) for axis in KINDS[kind].params["kernel"][2:]] if kind in CONVOLUTIONS else []
    size = f"({', '.join(window)})" if len(window) > 1 else "".join(window)
    said = {"dense": ("input", "output"), "embedding": ("vocabulary", "features"), "batch_norm": ("channels",),
            "layer_norm": ("features",), **dict.fromkeys(CONVOLUTIONS, ("channels", "filters")),
            **dict.fromkeys(RECURRENT, ("input", "hidden"))}[kind]
    arguments = (*(n[axis] for axis in said), *([size] if window else ()))
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
    written = (always if kind in RECURRENT else {}) | written
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
    attributes = {"hidden_size": _number(n["hidden"])} if kind in RECURRENT else {}
    written = ", ".join([f"{LAYER_NAMES['onnx'][kind]!r}", f"{names}", "['Y']",
                         *(f"{k}={v!r}" for k, v in (attributes | chosen).items())])
    return f"onnx.helper.make_node({written})"


def _number(value):
    return value if not isinstance(value, str) or re.fullmatch(r"\d+", value) else _Name(value)
