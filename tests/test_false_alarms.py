"""The right implementation is never accused, and a wrong one is never given a name that does not reproduce its numbers.

Thousands of generated cases: every case of the suite with its numbers shuffled, answered by implementations that are right
and round differently from the reference. No framework.
"""

from dataclasses import replace

import numpy as np
import pytest

from nnparity import cases, reference_impl
from nnparity.cases.case import Result
from nnparity.cases.known_deviations import deviation
from nnparity.cases.selection import network_of
from nnparity.reference_impl.judges import complex_step
from nnparity.reports.verdicts.judge import judge

# The case that is made for float32's own bound of a clip (1 - 1e-7 rounds to 1 - 1.2e-7 there) has no right answer in float64
ASKED = [case for case in cases.all_cases() if not case.training and "clip_beyond" not in case.name]
KINDS = sorted({network_of(case) for case in ASKED})
SHUFFLES = 8
RIGHT = ("agrees", "cannot judge")  # a shuffle may put a ReLU within rounding of its kink


def shuffled(case, seed):
    """The same question with the numbers of every array in another order: each keeps its range, its sign and its scale."""
    rng = np.random.default_rng(seed)

    def deal(arrays):
        return {k: rng.permuted(a.ravel()).reshape(a.shape) if k not in case.constants and a.dtype.kind == "f" else a
                for k, a in arrays.items()}

    return case.replaced(params=deal(case.params), inputs=deal(case.inputs), cotangents=deal(case.cotangents), golden=(),
                         exempt=case.exempt or "shuffled")


def rounded(result, dtype):
    return Result(**{kind: {k: a.astype(dtype) for k, a in getattr(result, kind).items()} for kind in ("outputs", "grads")})


def dead(case, answer):
    """A shuffle that leaves an array of zeros (dead ReLU units) is no valid question, nothing would be compared; nor is one that
    gives a label the probability 0, whose loss is infinite."""
    return any(not np.isfinite(a).all() or not a.any() and name not in case.zeros
               for arrays in (answer.outputs, answer.grads) for name, a in arrays.items())


@pytest.mark.parametrize("kind", KINDS)
def test_float32_answers_computed_in_float64_are_never_accused(kind):
    """As right as float32 can be."""
    for case in (c for c in ASKED if network_of(c) == kind and c.dtype == "float32"):
        for seed in range(SHUFFLES):
            asked = shuffled(case, seed)
            with np.errstate(divide="ignore"):
                answer = rounded(reference_impl.run(asked.astype("float64")), "float32")
            if dead(asked, answer):
                continue
            row = judge(asked, answer, implementation="right", version="")
            assert row.verdict in RIGHT, f"{case}, shuffle {seed}: {row.worst}"


@pytest.mark.parametrize("kind", KINDS)
def test_exact_derivatives_are_never_accused(kind):
    """The complex step on the forward pass: another way to the same gradients."""
    for case in [c for c in ASKED if network_of(c) == kind and c.dtype == "float64"
                 and not any(deviation(c.name, "complex step", f"grads/{name}") for name in c.differentiable)][:6]:
        asked = shuffled(case, 1)
        answer = complex_step(asked)
        if dead(asked, answer):
            continue
        row = judge(asked, answer, implementation="right", version="")
        assert row.verdict in RIGHT, f"{case}: {row.worst}"


@pytest.mark.parametrize("size", [1e-3, 1e-5])
@pytest.mark.parametrize("kind", KINDS)
def test_near_misses_are_never_named(kind, size):
    """Right numbers, each moved a little: no formula gives them."""
    case = next(c for c in ASKED if network_of(c) == kind and c.dtype == "float64" and not c.golden)
    rng = np.random.default_rng(0)
    right = reference_impl.run(case)
    moved = replace(right, **{kind: {k: a + size * np.abs(a).max() * rng.standard_normal(a.shape)
                                     for k, a in getattr(right, kind).items()} for kind in ("outputs", "grads")})
    if not all(a.size > 1 for a in moved.outputs.values()) and not moved.grads:
        pytest.skip("a single number")
    row = judge(case, moved, implementation="wrong", version="")
    assert row.verdict == "unexplained" and not any(e.complete for e in row.diagnosis), row.diagnosis[0]
