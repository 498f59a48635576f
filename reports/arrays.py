"""What can happen to one gradient array whose right value is known: a factor, a sign, another order, another array's place."""

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from cases.case import Case, Result
from reports.candidates import GATE_NAMES, Cause
from reports.compare import Agreement, compare_arrays


def array_causes(name: str, answer: Result, expected: Result, allowed: Result,
                 case: Case) -> tuple[Cause | None, Agreement | None]:
    """The first rewriting of the expected gradient `name` that equals the answer's, and how well it does."""
    got = answer.grads[name]
    for cause, candidate, limit in rewritings(name, got, expected, allowed, case):
        if candidate.shape == got.shape:
            agreement = compare_arrays(f"grads/{name}", got, candidate, limit, zero_expected=True)
            if agreement.ok:
                return cause, agreement
    return None, None


def rewritings(name, got, expected: Result, allowed: Result, case: Case) -> Iterator[tuple[Cause, np.ndarray, np.ndarray]]:
    right, limit = expected.grads[name], allowed.grads[name]

    def cause(what, title, words, fix):
        return Cause(verdict="mistake", id=f"gradient {what} of {name}", title=title, words=words, fix=fix)

    if not got.any():
        yield cause("zero", f"gradient of {name} is zero", f"Nothing reaches {name}: its gradient is zero everywhere.",
                    "Return the gradient; check that it is not detached, overwritten or left at its initial value."), \
            np.zeros_like(right), limit
    factor = common_factor(got, right) if got.shape == right.shape else None
    if factor is not None and abs(factor - 1) < 1e-6:
        yield Cause(verdict="precision", id=f"gradient scaled by a float32 constant of {name}",
                    title=f"gradient of {name} carries a constant that was rounded to float32",
                    words=f"The gradient of {name} is the reference times 1 {factor - 1:+.2g}.",
                    fix="Look for a constant or a literal that passes through float32."), \
            (right * factor).astype(right.dtype), limit * 2
    elif factor is not None:
        meaning, fix = factor_in_words(factor, case)
        yield cause(f"× {factor:.6g}", f"gradient of {name} is {meaning}",
                    f"The gradient of {name} is exactly {factor:.6g} times the reference: {meaning}.", fix), \
            (right * factor).astype(right.dtype), limit * abs(factor) * 2
    letters = GATE_NAMES.get(case.network[0].kind)
    if letters and right.ndim and len(right) == len(letters):
        for order in list(permutations(range(len(letters))))[1:]:
            written = ", ".join(letters[i] for i in order)
            yield cause(f"in gate order {written}", f"gradient of {name} packed in the gate order {written}",
                        f"The values are right; the gates stand in the order {written} instead of {', '.join(letters)}.",
                        "Pack gradients in the order of the weights."), right[list(order)], limit[list(order)]
    if right.ndim >= 2:
        yield cause("transposed", f"gradient of {name} transposed", "The last two axes of the gradient are exchanged.",
                    "x has (in), dy has (out): xᵀ dy is (in, out)."), right.mT, limit.mT
        for axis, what in ((1, "reversed along its second axis"), (0, "reversed along its first axis")):
            yield cause(what, f"gradient of {name} {what}",
                        f"The gradient of {name} is {what} (for a sequence: in reversed order of time).",
                        "Store the gradient of step t at step t."), np.flip(right, axis), np.flip(limit, axis)
        if right.ndim >= 3:
            yield cause("with its first axes exchanged", f"gradient of {name} with its first two axes exchanged",
                        f"The gradient of {name} has its first two axes exchanged.", "Return (batch, time, ...)."), \
                right.swapaxes(0, 1), limit.swapaxes(0, 1)
    for other, theirs in expected.grads.items():
        if other != name and theirs.shape == got.shape:
            yield cause(f"replaced by that of {other}", f"{name} got the gradient of {other}",
                        f"What is returned as the gradient of {name} is that of {other}.",
                        "Check the names in the returned dict."), theirs, allowed.grads[other]


def common_factor(got: np.ndarray, right: np.ndarray) -> float | None:
    """k with got = k·right as nearly as can be, or None where no factor comes near."""
    norm = float(np.vdot(right, right))
    if not norm or not np.isfinite(got).all():
        return None
    factor = float(np.vdot(right, got)) / norm
    if factor == 0 or np.abs(got - factor * right).max() > 1e-6 * np.abs(got).max():
        return None
    return factor


def factor_in_words(factor: float, case: Case) -> tuple[str, str]:
    """What a factor usually means, with the sizes of this case."""
    B, T = case.sizes.get("batch"), case.sizes.get("time")
    known = [(-1, "of the opposite sign", "dL/dw, not -dL/dw: the minus belongs to the update.")]
    for n, axis in ((B, "batch"), (T, "time"), (B * T if B and T else None, "batch × time")):
        if n and n > 1:
            known += [(n, f"{n} times too large, the size of {axis}: a sum where the reference takes the mean, or summed twice",
                       f"Check the reduction over {axis}."),
                      (1 / n, f"divided by {n}, the size of {axis}: a mean where the reference takes the sum",
                       f"A layer sums over {axis}; a mean belongs to the loss.")]
    known += [(2, "twice too large: added twice, or the 2 of a square not cancelled by a 1/2",
               "Look for ½ in the loss, or a gradient accumulated twice."),
              (0.5, "half: a ½ too many", "Look for a ½ in the loss that the other side does not have.")]
    known += [(-k, f"{meaning}, and of the opposite sign", fix) for k, meaning, fix in known[1:]]
    matches = [(meaning, fix) for k, meaning, fix in known if abs(factor - k) <= 1e-9 * abs(k)]
    if matches:
        return " or ".join(m for m, _ in matches), " ".join(f for _, f in matches)
    return (f"off by the constant factor {factor:.6g}",
            "One factor for the whole array: look for a scale, a rate, or a missing or doubled constant.")
