"""A small question where nothing known gives the gradients: dL/dy is one at a single place of the outputs and zero elsewhere.

What comes back then is one term of each sum: of a pooling layer one window, of a convolution one position with every tap, of a
normalisation one number of one channel. It is read as it stands: where something arrives and where it belongs, by which factor.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nnparity import reference_impl
from nnparity.cases.case import Case
from nnparity.cases.kinds import KINDS
from nnparity.reference_impl.noise import rounding_noise
from nnparity.reports.asking.isolate import results
from nnparity.reports.comparison.compare import allowance
from nnparity.reports.diagnosis.cause import Unexplained
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.locate.axes import axes_of, place
from nnparity.reports.diagnosis.locate.numbers import readings, several
from nnparity.reports.verdicts.faults import spared
from nnparity.reports.verdicts.row import Row

LISTED = 3  # places that are written out


def asked_in_one_place(implementation, rows: Sequence[Row], cases: Sequence[Case], timeout: float) -> list[Row]:
    """The rows; the first one whose outputs are right and whose gradients nothing explains with what the small question says.

    A failure of ours costs nothing but the sentence; NNPARITY_DEBUG=1 raises.
    """
    by_name = {case.name: case for case in cases}
    chosen = next((row for row in rows if can_be_asked(row, by_name.get(row.case))), None)
    if chosen is None:
        return list(rows)
    said = ""
    with spared():
        said = one_place(implementation, by_name[chosen.case], timeout)
    if not said:
        return list(rows)
    told = replace(chosen, diagnosis=(with_note(chosen.diagnosis[0], said), *chosen.diagnosis[1:]))
    return [told if row is chosen else row for row in rows]


def can_be_asked(row: Row, case: Case | None) -> bool:
    """Whether only gradients are wrong, none of them is explained, and the outputs end a chain without time."""
    if case is None or row.verdict != "unexplained" or not row.diagnosis:
        return False
    if case.training or case.loss or "y" not in case.cotangents:
        return False
    if any(KINDS[layer.kind].recurrent or layer.default for layer in case.network):
        return False
    wrong = [a for a in row.agreements if not a.ok]
    return bool(wrong) and all(a.group == "grads" and not a.problem for a in wrong) and any(
        isinstance(cause.what, Unexplained) for cause in row.diagnosis[0].causes)


def with_note(one: Explanation, said: str) -> Explanation:
    return replace(one, note=f"{one.note} {said}".strip())


def one_place(implementation, case: Case, timeout: float) -> str:
    """What comes back for one place of dL/dy, in sentences; nothing where all of it is right or nothing came."""
    small = with_one_cotangent(case)
    answer = results(implementation, [small], timeout).get(small.name)
    if answer is None:
        return ""
    expected = reference_impl.run(small)
    allowed = allowance(expected, rounding_noise(small))
    sentences = [sentence for name, right in expected.grads.items() if name in answer.grads
                 for sentence in apart(small, name, np.asarray(answer.grads[name], float), right, allowed.grads[name])]
    if not sentences:
        return ""
    y = small.cotangents["y"]
    where = place([int(i) for i in np.argwhere(y)[0]], axes_of(small, "y", y.ndim))
    return f"Asked with dL/dy = 1 at {where} alone: {' '.join(sentences)}"


def with_one_cotangent(case: Case) -> Case:
    """The case with dL/dy one at the middle of its outputs and zero elsewhere."""
    y = np.zeros_like(case.cotangents["y"])
    y[tuple(n // 2 for n in y.shape)] = 1
    rest = {name: np.zeros_like(a) for name, a in case.cotangents.items() if name != "y"}
    return case.replaced(name=f"{case.name}-one-place", cotangents={"y": y, **rest}, golden=(), exempt="a small question",
                         catches="one term of every sum of the way back")


def apart(case: Case, name: str, got: np.ndarray, right: np.ndarray, allowed: np.ndarray) -> list[str]:
    """What is wrong with one gradient; nothing where it is right."""
    if got.shape != right.shape or not np.isfinite(got).all() or (np.abs(got - right) <= allowed).all():
        return []
    names = axes_of(case, name, got.ndim)
    there, meant = (np.abs(a) > allowed for a in (got, right))
    if not there.any():
        return [f"nothing arrives at {name}."]
    if (there == meant).all():
        k = float(np.vdot(right, got) / np.vdot(right, right))
        if (np.abs(got - k * right) <= 4 * allowed * max(1.0, abs(k))).all():
            return [f"{name} is {k:.6g} times the right one."]
        return [f"{name} is wrong where it should be non-zero and nowhere else.",
                *readings(got, right, allowed, names, case.params)]
    return [f"{name} is non-zero at {region(there, names)}; it should be at {region(meant, names)}."]


def region(there: np.ndarray, names: Sequence[str]) -> str:
    """The places one by one where they are few, else the stretch along each axis that holds them all."""
    if not there.any():
        return "no place"
    indices = np.argwhere(there)
    if len(indices) <= LISTED:
        return "; ".join(place([int(i) for i in index], names) for index in indices)
    ends = [(int(axis.min()), int(axis.max())) for axis in indices.T]
    return ", ".join(f"{name} {a}" if a == b else f"{several(name)} {a} to {b}" for name, (a, b) in zip(names, ends, strict=True))
