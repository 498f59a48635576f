"""What every output of a recurrent layer sends to every step at or before it: the shares that its gradient is the sum of.

    dL/dθ = Σ_t Σ_{s ≤ t} share[t, s]        share[t, s]: of the output at step t, through the parameters (or the x) of step s

The table is made by the layer's own vjp, asked step by step.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnparity.cases.case import Arrays, Case
from nnparity.reference_impl.layers import gru, lstm, simple_rnn
from nnparity.reports.diagnosis.per_case import per_case

LAYERS: Mapping[str, tuple[Callable, Callable]] = {"gru": (gru.gru, gru.unroll), "lstm": (lstm.lstm, lstm.unroll),
          "simple_rnn": (simple_rnn.simple_rnn, simple_rnn.unroll)}
LONGEST = 16  # steps: a table of shares is quadratic in them
Own = dict[str, np.ndarray]  # arrays that are written here
STATES = {"h": ("h0", "h_n"), "c": ("c0", "c_n")}


@dataclass(frozen=True)
class Shares:
    """`of[name]` is (output, step, ...) of a parameter or of x, `start[name]` (output, ...) of an initial state;
    `before[name]` (output, step, ...) of the state before each step, under the initial state's name. float64."""

    case: Case
    of: Arrays
    start: Arrays
    before: Arrays
    whose: Mapping[int, Arrays]  # example -> the gradients that it alone gives

    @cached_property
    def steps(self) -> int:
        return self.case.inputs["x"].shape[1]

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset({*self.of, *self.start})

    def sum(self, name: str, chosen: np.ndarray) -> np.ndarray:
        """The shares (output, step) that are chosen, added up; of x those of each step stay there."""
        if name == "x":
            return np.einsum("ts,tsbi->bsi", chosen, self.of["x"])
        return np.tensordot(chosen, self.of[name], 2)


@per_case
def shares(case: Case) -> Shares | None:
    """The table of a case that is one recurrent layer; None of any other, or of too many steps."""
    layer = case.network[0] if len(case.network) == 1 and not case.loss and not case.training else None
    if layer is None or layer.kind not in LAYERS or layer.default or layer.config.get("truncate") is not None:
        return None
    B, T = case.inputs["x"].shape[:2]
    size = max(sum(a.size for a in case.params.values()), case.inputs["x"][:, 0].size)
    if not 1 < T <= LONGEST or T * T * size > 2**22:
        return None
    walk = Walk(case)
    of: Own = {}
    before: Own = {name: np.zeros((T, T, *a.shape)) for name, a in case.inputs.items() if name != "x"}
    for t in range(T):
        for s, grads in walk.back(walk.leaving(only=t)):
            for name, a in grads.items():
                if name not in ("h0", "c0"):
                    of.setdefault(name, np.zeros((T, T, *a.shape)))[t, s] = a
                elif name in before:
                    before[name][t, s] = a
    whose = {}
    for example in {0, B - 1}:
        mask = np.arange(B) == example
        whose[example] = walk.total(walk.leaving(examples=mask))
    return Shares(case, of, {name: a[:, 0] for name, a in before.items()}, before, whose)


Handed = Callable[[str, int], bool]  # whether step t hands the gradient of this state ("h", "c") on to the step before it


def always(_state: str, _t: int) -> bool:
    return True


class Walk:
    """Back through time, one step at a time, by the layer's own vjp of a sequence of one step."""

    def __init__(self, case: Case):
        layer = case.network[0]
        config = {option: value for option, value in layer.config.items() if option != "truncate"}
        function, unroll = LAYERS[layer.kind]
        params = {name: np.asarray(a, float) for name, a in case.params.items()}
        inputs = {name: np.asarray(a, float) for name, a in case.inputs.items()}
        _, steps = unroll(params, inputs, **config)
        self.cotangents = {name: np.asarray(a, float) for name, a in case.cotangents.items()}
        self.states = "hc" if layer.kind == "lstm" else "h"
        self.vjps = [function(params, {"x": inputs["x"][:, t:t + 1], **{STATES[s][0]: step[s] for s in self.states}}, **config)[1]
                     for t, step in enumerate(steps)]

    def leaving(self, *, only: int | None = None, examples: np.ndarray | None = None) -> list[Arrays]:
        """dL/d(state after each step) as far as it comes from outside: of one step's outputs alone, or of some examples."""
        last = len(self.vjps) - 1
        found: list[Arrays] = []
        for t in range(last + 1):
            here = {"h": self.cotangents["y"][:, t].copy()}
            if self.states == "hc":
                here["c"] = np.zeros_like(here["h"])
            for state in self.states:
                if t == last:
                    here[state] += self.cotangents[STATES[state][1]]
                if only not in (None, t):
                    here[state][...] = 0
                if examples is not None:
                    here[state][~examples] = 0
            found.append(here)
        return found

    def back(self, leaving: list[Arrays], handed: Handed = always) -> Iterator[tuple[int, Arrays]]:
        """(step, its gradients) from the last to the first;"""
        coming = {state: np.zeros_like(a) for state, a in leaving[0].items()}
        nothing = np.zeros_like(coming["h"])[:, None]
        for t in reversed(range(len(self.vjps))):
            now = {state: coming[state] + leaving[t][state] for state in self.states}
            if not any(a.any() for a in now.values()):
                continue
            grads = self.vjps[t]({"y": nothing, **{STATES[state][1]: a for state, a in now.items()}})
            yield t, {**grads, "x": grads["x"][:, 0]}
            coming = {state: grads[STATES[state][0]] * handed(state, t) for state in self.states}

    def total(self, leaving: list[Arrays], handed: Handed = always) -> Arrays:
        """All gradients of a walk."""
        found: Own = {}
        for t, grads in self.back(leaving, handed):
            x = np.zeros((len(grads["x"]), len(self.vjps), grads["x"].shape[-1]))
            x[:, t] = grads["x"]
            for name, a in {**grads, "x": x}.items():
                found[name] = a if name in ("h0", "c0") else found.get(name, 0) + a
        return found
