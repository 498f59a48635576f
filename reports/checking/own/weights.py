"""Which of somebody's arrays is which weight of a chain: by the object that it stands in, by its shape, by its place.

Where every layer with weights is an object of its own (layers[0].W, fc1.weight), each is read as one layer alone is; where all
weights stand side by side (W1, b1, W2, b2), by their shapes, and of several of one shape in the order in which they stand. What
that leaves open is asked for, never guessed.
"""

import re
from collections.abc import Mapping
from itertools import groupby

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.cases.kinds import KINDS
from nnparity.oracles.layouts import Layout
from nnparity.reports.checking.handed_in.guess import Asked, guessed, known_layout, renamed_paths
from nnparity.reports.checking.handed_in.weights import (
    Lies,
    Shape,
    Unclear,
    Weight,
    arranged,
    arrangements,
    covered,
    layout_of,
    parsed,
)
from nnparity.reports.checking.names import WrongObject

Shapes = Mapping[str, Shape]
Parts = list[tuple[Layer, Layout]]


def layout_for(shapes: Shapes, case: Case, name: str, said: Mapping[str, str] | None, frameworks: tuple[str, ...]) -> Layout:
    """How all weights lie in an object's arrays. Raises WrongObject with what is not clear and how to say it."""
    layers = [layer for layer in case.network if layer.own(case.params)]
    try:
        if said is not None:
            parts = as_said(said, shapes, case, layers)
        else:
            parts = by_object(shapes, case, layers, frameworks) or side_by_side(shapes, case, layers, frameworks)
    except (Unclear, Asked) as why:
        first = layers[0].qualify(next(iter(layers[0].own(case.params))))
        gated = next((layer for layer in layers if KINDS[layer.kind].gates), layers[0])
        proposal = {path: gated.qualify(text) for path, text in getattr(why, "proposal", {}).items()} or {"W1": first}
        lines = ", ".join(f'"{path}": "{text}"' for path, text in proposal.items())
        raise WrongObject(f"{name}: which of its arrays is which weight is not clear: {why}",
                          f'Say so: nnparity.adapt({name}, weights={{{lines}, ...}}), '
                          "with .T behind the name of one that stands transposed") from None
    return together(parts)


def together(parts: Parts) -> Layout:
    def pack(params):
        return {path: a for layer, layout in parts for path, a in layout.pack(layer.own(params)).items()}

    def unpack(arrays):
        found = {}
        for layer, layout in parts:
            found |= {layer.qualify(key): a for key, a in layout.unpack(arrays).items()}
        return found

    return Layout(pack, unpack)


def alone(layer: Layer, shapes: Shapes, params: Mapping[str, np.ndarray], frameworks: tuple[str, ...]) -> Layout:
    """One layer from the arrays of one object. A second bias that the network does not have is zero. Raises Unclear, Asked."""
    kind, own = layer.kind, set(shapes)
    if layout := known_layout(kind, shapes, params, frameworks):
        return within(layout, own)
    if kind in ("lstm", "simple_rnn") and "recurrent_bias" not in params:
        both = {**params, "recurrent_bias": np.zeros_like(params["bias"])}
        if layout := known_layout(kind, shapes, both, frameworks):
            return within(without_second_bias(layout), own)
    weights = guessed(kind, shapes, params)
    lies = arranged(params, weights, shapes, kind)
    complete(weights, kind, params)
    return layout_of(weights, lies, kind)


def without_second_bias(layout: Layout) -> Layout:
    return Layout(lambda params: layout.pack({**params, "recurrent_bias": np.zeros_like(params["bias"])}),
                  lambda arrays: {k: a for k, a in layout.unpack(arrays).items() if k != "recurrent_bias"})


def within(layout: Layout, own: set[str]) -> Layout:
    """Of arrays of a whole network, those of one layer."""
    return Layout(layout.pack, lambda arrays: layout.unpack({path: a for path, a in arrays.items() if path in own}))


def complete(weights: Mapping[str, Weight], kind: str, params: Mapping[str, np.ndarray]) -> None:
    """Raises Unclear where an array of ours has no place."""
    if lost := set(params) - covered(weights, kind):
        raise Unclear(f"no array is the {', '.join(sorted(lost))} of {kind}")


# ------------------------------------------------------------------------------------------------ an object a layer


def by_object(shapes: Shapes, case: Case, layers: list[Layer], frameworks: tuple[str, ...]) -> Parts | None:
    """Each layer's arrays in an object of its own, in the order of the chain; None where they do not stand so."""
    groups = [(owner, list(paths)) for owner, paths in groupby(shapes, key=owner_of)]
    if len(groups) != len(layers) or len({owner for owner, _ in groups}) < len(groups):
        return None
    parts: Parts = []
    turned = None
    for layer, (_, paths) in zip(layers, groups):
        leaves = {path: re.split(r"[./]", path)[-1] for path in paths}
        own = {leaves[path]: shapes[path] for path in paths}
        params = layer.own(case.params)
        try:
            layout = alone(layer, own, params, frameworks)
        except Unclear:
            if layer.kind != "dense" or turned is None:
                raise
            layout = square(own, params, turned)
        parts.append((layer, within(renamed_paths(layout, leaves), set(paths))))
        turned = stands_turned(layout, params) if layer.kind == "dense" else turned
    return parts


def stands_turned(layout: Layout, params: Mapping[str, np.ndarray]) -> bool:
    """Whether a kernel stands as (out, in)."""
    packed = layout.pack(params)
    return any(a.shape == params["kernel"].shape[::-1] and a.ndim == 2 and np.shares_memory(a, params["kernel"])
               and a.strides != params["kernel"].strides for a in packed.values())


def square(shapes: Shapes, params: Mapping[str, np.ndarray], turned: bool) -> Layout:
    """A square kernel stands as the one before it does."""
    weights = {path: Weight(("kernel",), turned=turned) if len([n for n in shape if n > 1]) == 2 else Weight(("bias",))
               for path, shape in shapes.items()}
    return layout_of(weights, arranged_so(weights, shapes, params), "dense")


def arranged_so(weights: Mapping[str, Weight], shapes: Shapes, params: Mapping[str, np.ndarray], kind="dense") -> dict[str, Lies]:
    ways = {path: arrangements(params, weight, kind, shapes[path]) for path, weight in weights.items()}
    if wrong := [path for path, found in ways.items() if not found]:
        raise Unclear(f"{wrong[0]} {shapes[wrong[0]]} has not the shape of {weights[wrong[0]]}")
    return {path: found[0] for path, found in ways.items()}


def owner_of(path: str) -> str:
    """layers[0] of layers[0].W, encoder.0 of encoder.0.weight; "" of what stands in the object itself."""
    return path.rpartition("/")[0] if "/" in path else path.rpartition(".")[0]


# ------------------------------------------------------------------------------------------------ all side by side


def side_by_side(shapes: Shapes, case: Case, layers: list[Layer], frameworks: tuple[str, ...]) -> Parts:
    """By shape, and of several of one shape by place. Raises Unclear, Asked."""
    plain = [layer for layer in layers if not KINDS[layer.kind].gates]
    gated = [layer for layer in layers if KINDS[layer.kind].gates]
    if len(gated) > 1:
        raise Unclear("two layers with gates stand side by side")
    wanted = {layer.qualify(key): (layer, key) for layer in plain for key in layer.own(case.params)}
    fits = {name: [path for path in shapes if arrangements(layer.own(case.params), Weight((key,)), layer.kind, shapes[path])]
            for name, (layer, key) in wanted.items()}
    placed = assigned(fits, shapes)
    left = {path: shape for path, shape in shapes.items() if path not in placed.values()}
    if left and not gated:
        raise Unclear(f"{', '.join(f'{path} {shape}' for path, shape in list(left.items())[:4])} has no place in the network")
    turned = {name: two_dimensional(case.params[name], shapes[path]) for name, path in placed.items()}
    known = {t for t in turned.values() if t is not None}
    parts: Parts = []
    for layer in plain:
        weights: dict[str, Weight] = {}
        for key, array in layer.own(case.params).items():
            path = placed[layer.qualify(key)]
            is_square = array.ndim == 2 and array.shape[0] == array.shape[1]
            if is_square and len(known) != 1:
                raise Unclear(f"{path} is square: it may stand transposed")
            weights[path] = Weight((key,), turned=is_square and known == {True})
        parts.append((layer, layout_of(weights, arranged_so(weights, shapes, layer.own(case.params), layer.kind), layer.kind)))
    for layer in gated:
        parts.append((layer, alone(layer, left, layer.own(case.params), frameworks)))
    return parts


def two_dimensional(array: np.ndarray, shape: Shape) -> bool | None:
    """Whether a matrix that is not square stands transposed."""
    if array.ndim != 2 or array.shape[0] == array.shape[1]:
        return None
    return tuple(n for n in shape if n > 1 or n in array.shape)[:2] == array.shape[::-1]


def assigned(fits: Mapping[str, list[str]], shapes: Shapes) -> dict[str, str]:
    """{our name: its path}. First what has one place alone; then as many of one shape as there are places, in their order."""
    left = {name: list(paths) for name, paths in fits.items()}
    found: dict[str, str] = {}
    while left:
        if empty := next((name for name, paths in left.items() if not paths), None):
            there = ", ".join(f"{path} {shape}" for path, shape in list(shapes.items())[:6])
            raise Unclear(f"no array has the shape of {empty}; there are {there or 'none'}")
        settled = next((names for name, paths in left.items()
                        if len(names := [n for n, other in left.items() if other == paths]) == len(paths)), None)
        if settled is None:
            open_ = next(iter(left))
            raise Unclear(f"{open_} could be {' or '.join(left[open_])}")
        places = left[settled[0]]
        found |= dict(zip(settled, places))
        left = {name: [p for p in paths if p not in places] for name, paths in left.items() if name not in settled}
    return found


# ------------------------------------------------------------------------------------------------ as somebody says


def as_said(said: Mapping[str, str], shapes: Shapes, case: Case, layers: list[Layer]) -> Parts:
    """{"W1": "dense_1/kernel", "Wf": "lstm/recurrent_kernel + kernel f"}. Raises Unclear, WrongObject."""
    weights: dict[str, dict[str, Weight]] = {layer.name: {} for layer in layers}
    for path, text in said.items():
        if path not in shapes:
            raise Unclear(f"there is no array {path!r}; there are {', '.join(shapes)}")
        layer = next((la for la in layers if f"{la.name}/" in text), layers[0] if len(layers) == 1 else None)
        if layer is None:
            raise Unclear(f"{text!r} names none of the layers {', '.join(la.name for la in layers)}")
        weights[layer.name][path] = parsed(text.replace(f"{layer.name}/", ""), layer.kind)
    parts: Parts = []
    for layer in layers:
        own, params = weights[layer.name], layer.own(case.params)
        complete(own, layer.kind, params)
        square = {path: weight for path, weight in own.items() if len(set(shapes[path])) < len(shapes[path]) == 2}
        lies = arranged(params, {path: weight for path, weight in own.items() if path not in square}, shapes, layer.kind)
        lies |= arranged_so(square, shapes, params, layer.kind)  # without .T it stands as ours does
        parts.append((layer, layout_of(own, lies, layer.kind)))
    return parts
