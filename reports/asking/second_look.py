"""What a user's function does besides answering: arrays that it changes, answers that differ from call to call, logits that
are too large for it. Runs in the process of the implementation; reports/verdicts/troubles.py judges what was seen.

    modified   names of the given arrays that were changed in place
    again      the outputs and gradients of a second call with the first case, if they differ from those of the first
    error      what the second call raised, if it did
    fresh      whether a freshly imported module gives the first answer again: then what differs was left behind by the call
    overlooked the options of the case that it did not look at, with what it is taken to have
    own        the options that its numbers show, whatever the case's are
    unused     names of the cotangents on which no gradient depends
    extreme    the answer to the same question with every logit 1000 larger, once for each kind of network
"""

import contextlib
import io
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reference_impl.mistakes.troubles.detectors import answers_differ

QUICK = 1.0  # seconds: a function that takes longer is asked once, so that nobody times out because of us
SHIFT = 1000.0  # exp(1000) overflows in every precision; in float64 a shift of 1000 costs the logits three digits


@dataclass(frozen=True, kw_only=True, eq=False)
class Watching(Result):
    """A result, and what was seen beside it."""

    seen: Mapping[str, Any] = field(default_factory=dict)


class Watched:
    """Asks a user's function, and watches. A function that keeps state is imported anew for every case, so that each case is
    judged by itself."""

    def __init__(self, imported: Callable, ask: Callable, explain: Callable):
        self.imported, self.ask, self.explain = imported, ask, explain
        self.function = imported()
        self.asked = False
        self.overlooked: dict[str, Any] = {}  # of the last call
        self.own: dict[str, Any] = {}
        self.changes: dict[str, Any] = {}  # what the second call of the first case showed
        self.shifted: set[tuple[str, ...]] = set()

    def run(self, case: Case) -> Result:
        function = self.imported() if self.changes.get("fresh") else self.function
        start = time.perf_counter()
        result, modified = self.call(function, case)
        left, own = self.overlooked, self.own
        quick = time.perf_counter() - start < QUICK
        if quick and not self.asked:
            self.asked = True
            self.changes = self.second(case, result)
        seen = {"modified": modified, "overlooked": left, "own": own, **self.changes}
        if quick and result.grads and not case.training:
            seen["unused"] = tuple(name for name in case.cotangents if self.ignores(function, case, name, result))
        kinds = tuple(layer.kind for layer in case.layers)
        if quick and kinds not in self.shifted and (larger := extreme(case)) is not None:
            self.shifted.add(kinds)
            seen["extreme"] = self.quietly(function, larger)
        return Watching(outputs=result.outputs, grads=result.grads, built=result.built, composed=result.composed, seen=seen)

    def call(self, function, case: Case) -> tuple[Result, tuple[str, ...]]:
        """The answer, and the names of the given arrays that are no longer what they were."""
        given = {**case.params, **case.inputs, **{f"cotangent of {k}": a for k, a in case.cotangents.items()}}
        before = {name: a.copy() for name, a in given.items()}
        result = self.ask(function, case)
        self.overlooked, self.own = dict(getattr(result, "overlooked", {})), dict(getattr(result, "own", {}))
        result = Result(outputs=copied(result.outputs), grads=copied(result.grads), built=result.built)  # not what it may change
        modified = tuple(name for name, a in given.items() if not np.array_equal(a, before[name], equal_nan=True))
        for name in modified:
            given[name][...] = before[name]
        return result, modified

    def second(self, case: Case, first: Result) -> dict[str, Any]:
        """What a second call with the same case shows."""
        again = self.quietly(self.function, case)
        if "error" not in again and not answers_differ(arrays_of(first), {**again["outputs"], **again["grads"]}):
            return {}
        try:
            fresh = self.quietly(self.imported(), case)
        except BaseException as error:
            fresh = {"error": str(error)}
        same = "error" not in fresh and not answers_differ(arrays_of(first), {**fresh["outputs"], **fresh["grads"]})
        return {"again": again, "fresh": same}

    def ignores(self, function, case: Case, name: str, first: Result) -> bool:
        """Whether the gradients stay what they are, to the last bit, when the cotangent of this output is another."""
        own = case.cotangents.keys() | case.observed
        if case.loss is None and (name in first.outputs or not first.outputs.keys() < own):
            return False  # of a layer that returns this output, or one of another name: there it is a mistake, and has its name
        other = {**case.cotangents, name: (0.25 - 1.5 * case.cotangents[name]).astype(case.dtype)}
        again = self.quietly(function, case.replaced(cotangents=other, golden=(), exempt=case.exempt or "another cotangent"))
        return "error" not in again and again["grads"].keys() == first.grads.keys() and all(
            np.array_equal(a, again["grads"][key], equal_nan=a.dtype.kind == "f") for key, a in first.grads.items())

    def quietly(self, function, case: Case) -> dict[str, Any]:
        """An answer beside the one that counts: what it prints or raises is not told as the user's answer."""
        try:
            with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()), \
                    warnings.catch_warnings(action="ignore"), np.errstate(all="ignore"):
                result, _ = self.call(function, case)
        except Exception as error:
            return {"error": self.explain(error)}
        return {"outputs": result.outputs, "grads": result.grads}


def copied(arrays: Mapping) -> dict[str, np.ndarray]:
    return {name: np.array(a) for name, a in arrays.items()}


def arrays_of(result: Result) -> dict[str, np.ndarray]:
    return {**result.outputs, **result.grads}


def extreme(case: Case) -> Case | None:
    """The same question with every logit of a softmax 1000 larger, which changes no probability; None where there is none."""
    if case.training or case.dtype != "float64" or any(layer.default for layer in case.network):
        return None
    last = case.network[-1] if case.network else None
    softmax = last is not None and "softmax" in str(last.config.get("activation", last.config.get("function", "")))
    logits = case.loss is not None and case.loss.kind == "softmax_cross_entropy"
    about = {"name": f"{case.name}, logits + {SHIFT:g}", "golden": (), "exempt": case.exempt or "a look at overflow"}
    if logits and last is None or softmax and last is not None and last.kind == "activation" and len(case.network) == 1:
        return case.replaced(inputs={**case.inputs, "x": case.inputs["x"] + SHIFT}, **about)
    if last is None or last.kind != "dense":
        return None
    bias = last.qualify("bias")
    if bias in case.params and (softmax or logits and last.config.get("activation", "linear") == "linear"):
        return case.replaced(params={**case.params, bias: case.params[bias] + SHIFT}, **about)
    return None
