"""What the reference answers to a case, and the error allowed around it."""

from functools import cache

from nnparity import reference_impl
from nnparity.cases.case import Case, Result
from nnparity.reference_impl.noise import rounding_noise
from nnparity.reports.comparison.compare import allowance


@cache
def expectation(case: Case, thorough: bool = False) -> tuple[Result, Result]:
    """The reference's answer and the error allowed around it, `thorough` from many draws of the noise."""
    expected = reference_impl.run(case)
    return expected, allowance(expected, rounding_noise(case, thorough=thorough))
