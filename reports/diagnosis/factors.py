"""Constants that an array may be off by, and what each usually means. Some depend on the case's sizes, so that another case
can tell them apart: ½ and 1/batch are the same number for two examples and not for four."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import prod

import numpy as np

from nnparity.cases.case import Case


@dataclass(frozen=True, kw_only=True)
class Factor:
    """`value(case)` is the number, None where the case has no such size."""

    id: str
    value: Callable[[Case], float | None]
    meaning: str  # "divided by the size of batch ({n}): ..."; {n} is the factor or its inverse
    fix: str

    def words(self, case: Case) -> str:
        value = abs(self.value(case) or 1)
        n = value if value >= 1 else 1 / value
        return self.meaning.format(n=f"{n:.6g}")


def _size(*axes):
    def value(case):
        found = [case.sizes.get(axis) for axis in axes]
        return float(prod(found)) if all(found) else None
    return value


def _examples(case):
    """The length of x's first axis, whatever the case calls it."""
    x = case.inputs["x"]
    return float(len(x)) if x.ndim else None


def _negative(function):
    return lambda case: None if function(case) is None else -function(case)


def _inverse(function):
    return lambda case: None if not function(case) else 1 / function(case)


_SIZES = (("batch", _examples), ("time", _size("time")), ("batch × time", _size("batch", "time")),
          ("features", lambda case: float(case.inputs["x"].shape[-1]) if case.loss and not case.network else None),
          ("outputs", lambda case: float(case.cotangents["y"].shape[-1])
           if case.loss and np.ndim(case.cotangents.get("y")) else None),
          ("all elements", lambda case: float(case.inputs["x"].size) if case.loss and not case.network else
           float(case.cotangents["y"].size) if case.loss and "y" in case.cotangents else None))

POSITIVE = (
    *(factor for name, size in _SIZES for factor in (
        Factor(id=f"× {name}", value=size, fix=f"Check the reduction over {name}.",
               meaning=f"{{n}} times too large, the size of {name}: a sum where the reference takes the mean, or summed twice"),
        Factor(id=f"÷ {name}", value=_inverse(size), fix=f"A layer sums over {name}; a mean belongs to the loss.",
               meaning=f"divided by {{n}}, the size of {name}: a mean where the reference takes the sum"))),
    Factor(id="× 2", value=lambda _: 2.0, fix="Look for ½ in the loss, or a gradient accumulated twice.",
           meaning="twice too large: added twice, or the 2 of a square not cancelled by a 1/2"),
    Factor(id="÷ 2", value=lambda _: 0.5, fix="Look for a ½ in the loss that the other side does not have.",
           meaning="half: a ½ too many"),
)
OPPOSITE = Factor(id="× -1", value=lambda _: -1.0, meaning="of the opposite sign",
                  fix="dL/dw, not -dL/dw: the minus belongs to the update.")
FACTORS = (
    OPPOSITE,
    *POSITIVE,
    *(Factor(id=f"{f.id}, negative", value=_negative(f.value), meaning=f"{f.meaning}, and of the opposite sign", fix=f.fix)
      for f in POSITIVE),
)


def known_factors(factor: float, case: Case) -> Iterator[Factor]:
    """The factors that have a meaning and are this number in this case."""
    for known in FACTORS:
        value = known.value(case)
        by_size = abs(value or 1) == 1 and known is not OPPOSITE  # a size of one explains nothing
        if value and not by_size and abs(factor - value) <= 1e-9 * abs(value):
            yield known


def common_factor(got: np.ndarray, right: np.ndarray) -> float | None:
    """k with got = k·right as nearly as can be, or None where no factor comes near."""
    norm = float(np.vdot(right, right))
    if not norm or not np.isfinite(got).all():
        return None
    factor = float(np.vdot(right, got)) / norm
    if factor == 0 or np.abs(got - factor * right).max() > 1e-6 * np.abs(got).max():
        return None
    return factor
