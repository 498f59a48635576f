"""What happened to a gradient, as far as it can be told from numbers: an id and a sentence; and what it can be mixed up with."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nnparity.reports.gradcheck.factors import Factor
from nnparity.reports.gradcheck.judge import Comparison


@dataclass(frozen=True)
class Repair:
    """`family` is what happened, as an id; `words` goes on after "The gradient of W is ..."."""

    family: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Around:
    """What one array's gradient can be mixed up with: the arrays themselves, all comparisons, constants with a meaning."""

    params: Mapping[str, np.ndarray]
    comparisons: Mapping[str, Comparison]
    factors: list[Factor]
