"""Weights from one framework's layer to another's: the same numbers where the other wants them.

    ported = port("gru", arrays, source="keras", target="torch")
    ported.arrays      {"weight_ih_l0": ..., ...}        ported.options     what must be set on the target
    ported.call        "torch.nn.GRU(3, 4, batch_first=True)"

A port goes through the canonical arrays: `LAYOUTS[source]` unpacks them, `bridge` adds or drops what only one side has,
`LAYOUTS[target]` packs them. It imports no framework. Where the target computes no such formula it raises Refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnparity.cases.kinds import CONVOLUTIONS
from nnparity.oracles.layouts import LAYOUTS
from nnparity.oracles.porting.errors import PortError, Refused
from nnparity.oracles.porting.flattened import permuted_rows
from nnparity.oracles.porting.forms.form import sizes_of
from nnparity.oracles.porting.frameworks import TITLES
from nnparity.oracles.porting.options import LAYER_NAMES, defaults
from nnparity.oracles.porting.planning import KINDS, STATELESS, Plan, check_names, plan
from nnparity.oracles.porting.window_options import groups_of

FRAMEWORKS = tuple(TITLES)
IGNORED = {("torch", "batch_norm"): ("num_batches_tracked",)}  # a counter, not a number of the formula


@dataclass(frozen=True)
class Ported:
    """The target's arrays by the names of its framework, the options to set there, and the plan that made them."""

    arrays: dict[str, np.ndarray]
    options: Mapping[str, object]
    call: str
    plan: Plan | None


def port(kind: str, arrays: Mapping[str, np.ndarray], *, source: str, target: str, config: Mapping | None = None,
         flattened: Sequence[int] = ()) -> Ported:
    """The weights of a layer of `source` as the layer of `target` holds them.

    `arrays` by the names and in the layout of the source's framework; `config` are the options that the source's layer
    was built with, by its names for them, where they are not its defaults. For a dense layer behind a flatten,
    `flattened` are the axes of what was flattened, in the source's order: its rows are rearranged.

    Raises Refused where the target has no such variant, and PortError (which Refused is) for an unknown layer, framework
    or option, a missing or extra array, or a wrong shape.
    """
    check_names(kind, source, target)
    if not isinstance(arrays, Mapping):
        raise PortError(f"{kind}: arrays is a {type(arrays).__name__}, expected is a dict of arrays by name")
    arrays = {name: np.asarray(a) for name, a in arrays.items() if name not in IGNORED.get((source, kind), ())}
    if kind in STATELESS:
        if arrays:
            raise PortError(f"{kind} has no weights, but was given {', '.join(arrays)}")
        return Ported({}, {}, "", None)
    if (source, kind) == ("onnx", "lstm") and "P" in arrays:
        if np.any(arrays["P"] != 0):
            raise Refused("the ONNX LSTM has peepholes P that are not zero; no other framework's LSTM has any")
        arrays.pop("P")
    made = plan(kind, source, target, config, flattened=flattened)
    layer = LAYER_NAMES[source][kind]
    told = "".join(f", {name}={value!r}" for name, value in made.source_options.items())
    sizes = sizes_of(arrays, made.source_form, f"{layer}{told}", _hint(kind, source, made.source_options))
    groups = groups_of(made.options)
    if kind in CONVOLUTIONS and sizes["filters"] % groups:
        raise PortError(f"{layer}: {sizes['filters']} filters cannot be shared out among {groups} groups")
    if (source, kind) == ("onnx", "dense") and made.source_form.moved["kernel"] == (1, 0):
        arrays["B"] = arrays["B"].T
    params = LAYOUTS[source][kind].unpack(arrays)
    for step in made.steps:
        params = step.perform(params)
    packed = {name: np.array(a, order="C") for name, a in LAYOUTS[target][kind].pack(params).items()}
    return Ported(packed, made.options, made.call(sizes), made)


def _hint(kind: str, source: str, given: Mapping) -> str:
    """Options with which the layer holds other arrays."""
    known = defaults(source, kind)
    others = [f"{name}=False" for name, value in known.items() if value is True and name not in given
              and name != "use_fast_variance"]
    return f". If the layer was built with {' or '.join(others)}, say so in config" if others else ""


__all__ = ["FRAMEWORKS", "KINDS", "STATELESS", "PortError", "Ported", "Refused", "permuted_rows", "plan", "port"]
