"""Which gate of a recurrent layer is wrong? From what was returned alone: the states of all steps, and the last cell state.

A step takes the state before it to the state after it. Where the state is returned (y), each step can be repeated from the
state that the implementation itself had before it, so that a fault of one step does not hide in those that follow. Assuming
all other gates right, the new state says what a suspected gate must have been; a gate that would have to leave its range
cannot be the only one that is wrong. What its pre-activation is off by says more: the same everywhere is a bias, linear in x
the kernel, linear in the state the recurrent kernel.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reference_impl.layers import gru, lstm, simple_rnn
from nnparity.reports.diagnosis.rewritings import GATE_NAMES

UNROLL = {"gru": gru.unroll, "lstm": lstm.unroll, "simple_rnn": simple_rnn.unroll}
RANGE = {"sigmoid": (0, 1), "hard_sigmoid": (0, 1), "tanh": (-1, 1), "relu": (0, np.inf), "linear": (-np.inf, np.inf)}
INVERSE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "tanh": np.arctanh, "sigmoid": lambda y: np.log(y) - np.log1p(-y), "linear": lambda y: y}
SQUASH: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "tanh": np.tanh, "linear": lambda s: s, "relu": lambda s: np.maximum(s, 0)}
FITS = 1e-6  # of the largest: a pre-activation that is off by this little is explained


@dataclass
class Suspect:
    """One gate, taken alone: what it is, and what it would have to be for the new state to come out as it did (n, hidden).
    `terms` are what its pre-activation is a sum over: name -> (n, features), or (n, hidden, features) where a gate scales it."""

    name: str
    activation: str
    value: np.ndarray
    needed: np.ndarray
    terms: Mapping[str, np.ndarray]

    def able(self, off) -> bool:
        low, high = RANGE[self.activation]
        needed = self.needed[off]
        return bool(np.isfinite(needed).all() and ((needed >= low) & (needed <= high)).all())

    def term(self, off) -> str:
        """The one term that explains what its pre-activation is off by in all examples and steps; "" where none or too few."""
        if self.activation not in INVERSE:
            return ""
        inverse = INVERSE[self.activation]
        delta = np.where(off, inverse(self.needed) - inverse(self.value), 0)
        if not np.isfinite(delta).all():
            return ""
        for name, features in self.terms.items():
            if len(delta) > features.shape[-1] and all(
                    linear(features if features.ndim == 2 else features[:, unit], delta[:, unit], np.abs(delta).max())
                    for unit in range(delta.shape[1])):
                return name
        return ""


def linear(features, target, scale) -> bool:
    solution, *_ = np.linalg.lstsq(features, target)
    return bool(np.abs(features @ solution - target).max() <= FITS * scale)


def in_gates(case: Case, answer: Result, t: int) -> str:
    """Sentences about step t, the first at which y is off. Empty where nothing can be said."""
    y, kind = answer.outputs["y"], case.network[0].kind
    if not np.isfinite(y).all():
        return ""
    with np.errstate(all="ignore"):
        return " ".join(of_cell(case, answer, t) if kind == "lstm" else of_states(case, y))


# ----------------------------------------------------------------------------------- GRU and simple RNN: y is the state


def of_states(case: Case, y) -> Iterator[str]:
    """Every step repeated from the state that was returned before it."""
    B, T, H = y.shape
    kind, config = case.network[0].kind, case.network[0].config
    start = case.inputs.get("h0", np.zeros((B, H), y.dtype))
    before = np.concatenate([start[:, None], y[:, :-1]], 1).reshape(B * T, H)
    x, new = case.inputs["x"].reshape(B * T, 1, -1), y.reshape(B * T, H)
    outputs, (step,) = UNROLL[kind](case.params, {"x": x, "h0": before}, **config)
    off = wrong(new, outputs["h_n"])
    steps = np.flatnonzero(off.reshape(B, T, H).any((0, 2)))
    if 0 < len(steps) < T:
        yield (f"Each step repeated from the state that was returned before it: only step{'s' * (len(steps) > 1)} "
               f"{', '.join(map(str, steps))} {'are' if len(steps) > 1 else 'is'} off"
               + (": look at the state that the layer starts from." if list(steps) == [0] else "."))
    if off.any():
        activation = Suspect("the state", config.get("activation", "tanh"), outputs["h_n"], new, terms(x[:, 0], before))
        suspects = list(of_gru(config, step, x[:, 0], before, new)) if kind == "gru" else [activation]
        yield from verdict(suspects, off, lambda row: f"step {row % T}, example {row // T}")


def terms(x, before) -> dict[str, np.ndarray]:
    return {"bias": np.ones((len(x), 1)), "kernel": x, "recurrent kernel": before}


def of_gru(config, step, x, before, new) -> Iterator[Suspect]:
    """h' = z ⊙ h + (1 - z) ⊙ n solved for z, for n, and for the r in n."""
    h, r, z, u, n = (step[key] for key in "hrzun")
    keep, after = config.get("update", "keep") == "keep", config.get("reset", "after") == "after"
    old = z if keep else 1 - z
    n_needed = (new - old * h) / (1 - old)
    yield Suspect("z", "sigmoid", z, (new - n) / (h - n) if keep else (new - h) / (n - h), terms(x, before))
    product = {"recurrent bias": r[..., None], "recurrent kernel": r[..., None] * before[:, None]} if after else {
        "recurrent kernel": r * before}
    yield Suspect("n", "tanh", n, n_needed, terms(x, before) | product)
    if after:  # before the product, r of one unit reaches all candidates
        yield Suspect("r", "sigmoid", r, r + (np.arctanh(n_needed) - np.arctanh(n)) / u, terms(x, before))


# ------------------------------------------------------------------------------------------------- LSTM: the cell is hidden


def of_cell(case: Case, answer: Result, t: int) -> Iterator[str]:
    """Step t alone: the states before it are right, as far as y shows. The cell after it is known where it is the last one."""
    config = case.network[0].config
    _, steps = lstm.unroll(case.params, case.inputs, **config)
    h, s, i, f, g, o = (steps[t][key] for key in "hcifgo")
    cell, gate = config.get("cell_activation", "tanh"), config.get("gate_activation", "sigmoid")
    squash = SQUASH.get(cell)
    new, right = answer.outputs["y"][:, t], f * s + i * g
    if squash is None or config.get("peepholes"):
        return  # the output gate sees the cell: no gate stands alone
    given = answer.outputs.get("c_n") if t == len(steps) - 1 else None
    if given is not None and given.shape != s.shape:
        given = None
    x, off = case.inputs["x"][:, t], wrong(new, o * squash(right))
    output = Suspect("o", gate, o, new / squash(right), terms(x, h))
    if given is not None and not wrong(given, right).any():
        yield "The cell state after it, c_n, is right: the output gate is wrong, or what it multiplies."
        yield from verdict([output], off, lambda row: f"example {row}")
        return
    if given is not None and not wrong(new, o * squash(given)).any():
        yield "The state follows from the returned c_n as it should: the output gate is right, the cell is not."
        needed, suspects, off = given, [], wrong(given, right)
    elif cell not in INVERSE:
        return
    else:
        needed, suspects = INVERSE[cell](new / o), [output]
    a = config.get("activation", "tanh")
    suspects += [Suspect("i", gate, i, (needed - f * s) / g, terms(x, h)),
                 Suspect("f", gate, f, (needed - i * g) / s, terms(x, h)),
                 Suspect("g", a, g, (needed - f * s) / i, terms(x, h))]
    yield from verdict(suspects, off, lambda row: f"example {row}")


# ------------------------------------------------------------------------------------------------------------ in words


def wrong(got, expected) -> np.ndarray:
    """Elements that are off by more than half of the digits."""
    return np.abs(got - expected) > np.sqrt(np.finfo(got.dtype).eps) * max(1, np.abs(expected).max())


def verdict(suspects, off, where) -> Iterator[str]:
    """Which of the suspects could be wrong alone; nothing where no state is off by more than half of the digits."""
    if not off.any():
        return
    able = [s for s in suspects if s.able(off)]
    unable = [s.name for s in suspects if not s.able(off)]
    if not able:
        if len(suspects) == 1:
            yield (f"{suspects[0].name} left the range of {suspects[0].activation}: another activation, or something is added "
                   "behind it.")
        elif suspects:
            yield "No single gate can be the cause: the mix of old state and candidate is wrong, or several gates are."
        return
    row, unit = (int(n) for n in np.argwhere(off)[0])
    numbers = "; ".join(f"{s.name} would be {s.needed[row, unit]:.6g}, expected {s.value[row, unit]:.6g}" for s in able)
    names = ("gate " if len(suspects) > 1 else "") + " or ".join(s.name for s in able)
    others = f"; {' and '.join(unable)} would have to leave {'their' if len(unable) > 1 else 'its'} range" if unable else ""
    yield f"Taken alone, {names} could be wrong there{others} ({where(row)}, unit {unit}: {numbers})."
    for s in able:
        if term := s.term(off):
            how = "by the same amount in every example" if term == "bias" else f"by a linear function of its {term}'s input"
            yield f"The pre-activation of {s.name} is off {how}: look at its {term}."
            return


def returned_states(name: str) -> str:
    """y is right and this last state is not."""
    if name == "c_n":
        return "y is right, and with it every cell state that it was made of: something else is returned as c_n."
    return "y is right, so every state is: what is returned as h_n is not the last of them."


def gates_apart(case: Case, asked: Result, expected: Result, allowed: Result, names) -> str:
    """Which gates of a wrong gradient are wrong, and at which steps that of x is."""
    said = []
    for layer in case.layers:
        letters = GATE_NAMES.get(layer.kind, "")
        gated = [layer.qualify(name) for name in ("kernel", "recurrent_kernel", "bias", "recurrent_bias")] if letters else []
        for name in [name for name in names if name in gated]:
            off = differing(name, asked, expected, allowed)
            if off is None or len(off) != len(letters):
                continue
            gates = [letter for letter, gate in zip(letters, off) if gate.any()]
            rest = ", the others right." if len(gates) < len(off) else "."
            said.append(f"Of {name} the gates {', '.join(gates)} are wrong{rest}")
    if "x" in names and any(layer.kind in UNROLL for layer in case.layers) and "time" in case.sizes:
        off = differing("x", asked, expected, allowed)
        if off is not None and off.ndim == 3:
            said.append(at_steps(off.any((0, 2))))
    return " ".join(said)


def differing(name, asked, expected, allowed) -> np.ndarray | None:
    got, want = asked.grads.get(name), expected.grads.get(name)
    return None if got is None or want is None or got.shape != want.shape else ~(np.abs(got - want) <= allowed.grads[name])


def at_steps(off) -> str:
    """In words: at which steps of time the gradient of x is wrong."""
    T, steps = len(off), np.flatnonzero(off)
    late = int(T - 1 - steps[-1])  # right ones at the end, where the way back begins
    if len(steps) == T:
        return "That of x is wrong at every step, the last included: look at one step's own derivatives first."
    if late and len(steps) == T - late:
        return (f"That of x is right for the last {f'{late} steps' if late > 1 else 'step'} and wrong before: look at what is "
                "handed from a step to the one before it.")
    return f"That of x is wrong at step{'s' * (len(steps) > 1)} {', '.join(map(str, steps))} and right at the others."
