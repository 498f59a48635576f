"""What is wrong although the gradients are right: the detectors of reference_impl/mistakes/troubles/detectors.py, run on what
can be seen of a case (its activations, weights and data) and of an implementation (what it does besides answering,
reports/asking/second_look.py).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reference_impl.activations import activate
from nnparity.reference_impl.mistakes import TROUBLES
from nnparity.reference_impl.mistakes.troubles import detectors
from nnparity.reference_impl.network import forward
from nnparity.reports.comparison.expectation import expectation

BOUNDED = ("sigmoid", "tanh", "softmax")  # activations that saturate; a ReLU is dead or alive
RECTIFIED = ("relu", "relu6")


@dataclass(frozen=True, kw_only=True)
class Found:
    """A trouble of the catalogue, and what was measured."""

    id: str
    title: str
    words: str
    fix: str
    fails: bool = False  # the implementation does not agree, whatever its first answer is


@dataclass(frozen=True, kw_only=True, eq=False)
class Units:
    """One dense layer at work: what comes in, its kernel, f(a), and |f'(a)| of every example and unit."""

    name: str
    activation: str
    x: np.ndarray
    kernel: np.ndarray
    activations: np.ndarray
    derivatives: np.ndarray


def dense_units(case: Case) -> Iterator[Units]:
    """The dense layers of a chain, as far as it is made of them alone; of a training, with its first weights. The derivative of a
    softmax is its diagonal."""
    x = case.inputs["x"]
    for link in case.network:
        if link.kind != "dense" or link.default:
            return
        own = {k: v for k, v in case.params.items() if link.own({k: v})}
        activation = link.config.get("activation", "linear")
        linear = {k: v for k, v in link.config.items() if k in ("bias", "bias_input")}
        options = {k: v for k, v in link.config.items() if k not in (*linear, "activation")}
        alone = case.replaced(network=(type(link)(link.kind, link.name, linear),), loss=None, l2=0.0, training=None, params=own,
                              inputs={"x": x}, constants=frozenset(), exempt="a look inside", golden=(), observed=frozenset(),
                              cotangents={"y": np.ones(1, x.dtype)})
        a = forward(alone, alone.params, alone.inputs)[0]["y"]
        y, pull = activate("dense", activation, a, options)
        derivatives = y * (1 - y) if activation == "softmax" else np.abs(pull(np.ones_like(y)))
        kernel = own[link.qualify("kernel")]
        yield Units(name=link.name or link.kind, activation=activation, x=x, kernel=kernel,
                    activations=y.reshape(-1, y.shape[-1]), derivatives=derivatives)
        x = y


def saturated_fraction(case: Case, layer: int | None = None) -> float:
    """The share of (example, unit) pairs with |f'(a)| below 0.01, over all dense layers of the chain or one of them."""
    layers = list(dense_units(case))
    chosen = layers if layer is None else [layers[layer]]
    return detectors.saturated(np.concatenate([units.derivatives.ravel() for units in chosen]))


@cache
def of_case(case: Case) -> tuple[Found, ...]:
    """Troubles of the question itself: its first saturated layer, and units that are dead or start alike."""
    found: dict[str, Found] = {}
    saturated = False
    for units in dense_units(case):
        tried: dict[str, str] = {}
        if units.activation in BOUNDED and not saturated:
            arrays = {"derivatives": units.derivatives, "kernel": units.kernel, "x": units.x}
            tried = {"unscaled-inputs": detectors.saturated_by_inputs(units.derivatives, units.x),
                     "positive-weights": detectors.saturated_by_positive_weights(**arrays),
                     "wide-weights": detectors.saturated_by_wide_weights(**arrays)}
            saturated = any(tried.values())
        if units.activation in RECTIFIED:
            tried["dead-units"] = detectors.dead_units(units.activations)
        if units.name != list(case.network)[-1].name:
            tried["identical-units"] = detectors.identical_units(units.kernel)
        for id, words in tried.items():
            if words:
                found.setdefault(id, told(id, f"Layer {units.name}: {words}"))
    return tuple(found.values())


def of_answer(result: Result, seen: Mapping, case: Case) -> tuple[Found, ...]:
    """Troubles of an implementation: what was seen while it was asked."""
    found = []
    if case.training and (words := moves_as_one(result, case)):
        found.append(told("one-scalar", words))
    if seen.get("modified"):
        names = seen["modified"]
        found.append(told("modified-in-place", f"{', '.join(names)} {'was' if len(names) == 1 else 'were'} changed in place."))
    if "again" in seen:
        first = {**result.outputs, **result.grads}
        again = seen["again"]
        stays = "A fresh import gives the first answer again." if seen["fresh"] else ""
        if "error" in again:
            raised = f"The second call with the same arrays raised: {again['error']}"
            found.append(told("second-call-raises", f"{raised} {stays}".strip()))
        elif seen["fresh"]:
            words = detectors.state_between_calls(first, {**again["outputs"], **again["grads"]})
            found.append(told("state-between-calls", f"{words} {stays}"))
        else:
            found.append(told("non-deterministic", "Asked twice, and once more after a fresh import: each answer is another."))
    if "extreme" in seen:
        extreme = seen["extreme"]
        words = (f"With logits 1000 larger it raised: {extreme['error']}" if "error" in extreme else
                 detectors.overflows({**extreme["outputs"], **extreme["grads"]}))
        found += [told("overflow", words)] if words else []
    if path := {name: a for name, a in result.outputs.items() if a.dtype.kind in "fc"}:
        words = detectors.not_finite(path) if "loss" in path and path["loss"].ndim == 1 else ""
        found += [told("not-finite", words)] if words else []
    return tuple(found)


def moves_as_one(result: Result, case: Case) -> str:
    """Of a training whose right first step moves each weight by its own number: whether another one moves all by the same."""
    right = expectation(case)[0].outputs
    if any(name not in result.outputs or result.outputs[name].shape != right[name].shape for name in case.params):
        return ""
    steps = (np.concatenate([(path[name][0] - start).ravel() for name, start in case.params.items()])
             for path in (result.outputs, right))
    got, wanted = map(detectors.one_scalar, steps)
    return got if not wanted else ""


def told(id: str, words: str) -> Found:
    trouble = TROUBLES[f"trouble-{id}"]
    source = f" ({trouble.source})" if trouble.source else ""
    return Found(id=trouble.id, title=trouble.title + source, words=words, fix=trouble.fix, fails=trouble.fails)
