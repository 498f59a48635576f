"""What has changed since a model was recorded: which layer gives other numbers on what it was given."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nnparity.oracles.models.answers import Answers, Asked, Called
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.models.step import far
from nnparity.reports.recordings.outcome import EPS, Outcome, Row
from nnparity.reports.recordings.recording import DTYPES, MODES, Recording, asked
from nnparity.reports.recordings.told import text


class Changes(Outcome):
    """`.ok`, `.rows`, `.json()`; printed, all of it in words."""

    def __str__(self) -> str:
        return text(self)


def since(model: Any, recording: Recording) -> Changes:
    """The model, with the recorded weights, asked what it was asked. Raises WrongRequest where it does not run, or its layers are
    others than they were."""
    units: dict[tuple[str, str, str], dict[str, float]] = {}
    facts: dict[str, Any] = {}
    for dtype in DTYPES:
        one = asked(model, recording.inputs, dtype)
        own = one.weights()
        facts = {"backend": one.backend, "versions": one.versions}
        try:
            one.load(recording.weights)
            for mode in MODES:
                right = recording.answers[mode, dtype]
                for key, error in errors(one, recording.inputs, right, mode == "training", EPS[dtype]).items():
                    units.setdefault(key, {})[f"{mode} {dtype}"] = error
        except ValueError as error:
            raise WrongRequest(f"the recorded weights do not fit: {error}") from None
        finally:
            one.load(own)
    return Changes(recording.facts, facts, tuple(Row(name, title, where, found) for (name, title, where), found in units.items()))


def errors(one: Asked, inputs: Sequence[np.ndarray], right: Answers, training: bool,
           eps: float) -> dict[tuple[str, str, str], float]:
    """{(name, class, where): error in units of what rounding allows}."""
    forced = one.ask(inputs, training, right.layers, gradients=False)
    if [c.title for c in forced.layers] != [c.title for c in right.layers]:
        raise WrongRequest(f"the model calls other layers than when it was recorded: {titles(forced.layers)} now, "
                           f"{titles(right.layers)} then")
    rng = np.random.default_rng(3)
    shaken = one.ask([shake(a, eps, rng) for a in inputs], training,
                     [replace(c, inputs=[shake(a, eps, rng) for a in c.inputs]) for c in right.layers], gradients=False)
    found: dict[tuple[str, str, str], float] = {}
    used: dict[str, int] = {}
    for call, now, moved in zip(right.layers, forced.layers, shaken.layers):
        count = used[call.name] = used.get(call.name, 0) + 1
        name = call.name if count == 1 else f"{call.name} ({count})"
        terms = max((float(np.prod(a.shape[1:])) for a in call.inputs), default=1.0)
        found[name, call.title, "between"] = worst(call.inputs, now.inputs, now.inputs, eps, 1.0)
        found[name, call.title, "layer"] = worst(call.outputs, now.outputs, moved.outputs, eps, terms)
    free, near = one.ask(inputs, training), one.ask([shake(a, eps, rng) for a in inputs], training)
    depth = 2.0**14 * (1 + len(right.layers))
    found["", "", "outputs"] = worst(right.outputs, free.outputs, near.outputs, eps, depth)
    for where, old, new, moved_ in (("gradients", right.gradients, free.gradients, near.gradients),
                                    ("statistics", right.after, free.after, near.after)):
        for name in old:
            found[name, "", where] = worst([old[name]], [new[name]], [moved_[name]], eps, depth) if name in new else np.inf
    return found


def worst(right: Sequence[np.ndarray], now: Sequence[np.ndarray], moved: Sequence[np.ndarray], eps: float, terms: float) -> float:
    """The largest error in units of what rounding allows: what inputs rounded once more make of it, and the sums inside."""
    found = 0.0
    for a, b, c in zip(right, now, moved):
        if a.dtype.kind != "f":
            found = max(found, 0.0 if np.array_equal(a, b) else np.inf)
            continue
        allowed = 16 * far(b, c) + (64 + 8 * np.sqrt(terms)) * eps * np.abs(a).max(initial=0.0)
        error = far(a, b)
        found = max(found, error / allowed if allowed > 0 else 0.0 if error == 0 else np.inf)
    return found


def shake(a: np.ndarray, eps: float, rng: np.random.Generator) -> np.ndarray:
    return (a * (1 + eps * rng.choice([-1, 1], a.shape))).astype(a.dtype) if a.dtype.kind == "f" else a


def titles(calls: Sequence[Called]) -> str:
    return ", ".join(c.title for c in calls[:12]) + (", ..." if len(calls) > 12 else "")
