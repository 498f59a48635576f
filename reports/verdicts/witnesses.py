"""Who stands alone? The reference, the frameworks and the framework-free derivative are heard together on one case.

Every pair is compared with the same allowed error. A witness that agrees with no other, where all others agree with each
other, is the odd one out: of three or more. Between two nothing can be said, and of two against two neither.

The complex step follows our own forward pass. It is a witness to gradients only where a framework confirms that forward pass;
where none does it says something else: whether our gradient is the derivative of our own forward pass, right or wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.cases.known_deviations import deviation
from nnparity.reference_impl.judges import complex_step
from nnparity.reference_impl.noise import rounding_noise
from nnparity.reference_impl.reference import RIGHT, World
from nnparity.reports.comparison.compare import allowance, compare_arrays
from nnparity.reports.comparison.expectation import expectation

REFERENCE, COMPLEX_STEP = "reference", "complex step"
TELLING = 1e-6  # of an array's scale: a witness that is known to be further off says nothing about that array
FOLLOWED = 50_000  # elements whose derivatives are taken one by one; a larger network is followed along a line, in a test
NEARER = 1e-3  # two that are a thousand times nearer to each other than to the reference agree, whatever the reference's noise


@dataclass(frozen=True, kw_only=True)
class Testimony:
    """One array: who has answered it, and which pairs agree."""

    path: str  # "grads/kernel"
    witnesses: tuple[str, ...]
    agreeing: frozenset[frozenset[str]]

    def agree(self, one: str, other: str) -> bool:
        return frozenset((one, other)) in self.agreeing

    @property
    def disputed(self) -> bool:
        return len(self.agreeing) < len(list(combinations(self.witnesses, 2)))

    @property
    def alone(self) -> str:
        """The one that agrees with no other, while three or more are heard and all others agree with each other; or nobody."""
        for one in self.witnesses if len(self.witnesses) > 2 else ():
            pairs = set(map(frozenset, combinations(self.witnesses, 2)))
            if self.agreeing == {pair for pair in pairs if one not in pair}:
                return one
        return ""


@dataclass(frozen=True, kw_only=True)
class Hearing:
    """One case: what the witnesses say about each array of it."""

    case: Case
    arrays: tuple[Testimony, ...]
    derived: bool | None = None  # whether our gradient is the derivative of our own forward pass; None where nobody has asked
    failure: str = ""  # why the reference has no answer

    @property
    def disputed(self) -> tuple[Testimony, ...]:
        return tuple(array for array in self.arrays if array.disputed)

    @property
    def alone(self) -> dict[str, str]:
        """array -> who stands alone there, where somebody does"""
        return {array.path: array.alone for array in self.arrays if array.alone}

    @property
    def odd(self) -> str:
        """The odd one out of the case: who stands alone on some array, if nobody else does on another."""
        if self.failure:
            return REFERENCE
        odd = set(self.alone.values())
        return odd.pop() if len(odd) == 1 else ""

    def against_reference(self, name: str) -> set[str]:
        """The arrays on which this witness and the reference disagree."""
        return {array.path for array in self.arrays
                if {name, REFERENCE} <= {*array.witnesses} and not array.agree(name, REFERENCE)}


@dataclass
class Witnesses:
    """What is known about one case before it is heard: answers by name, and the error allowed around the reference's."""

    case: Case
    answers: Mapping[str, Result]
    allowed: Result = field(default_factory=lambda: Result(outputs={}, grads={}))
    near: bool = False  # whether something was found so little beyond the allowed error that it must be known better

    def array(self, name: str, path: str) -> np.ndarray | None:
        kind, _, array = path.partition("/")
        return getattr(self.answers[name], kind).get(array)

    def speaks(self, name: str, path: str) -> bool:
        """A witness whose known deviation on an array is large says nothing about it; a complex step nothing about outputs."""
        known = deviation(self.case.name, name, path)
        return not (known and known.size > TELLING or name == COMPLEX_STEP and path.startswith("outputs/"))

    def agree(self, path: str, one: str, other: str) -> bool:
        """Whether two answers are the same to rounding and known deviations. An array that both lack is the same."""
        a, b, r = (self.array(name, path) if name in self.answers else None for name in (one, other, REFERENCE))
        if a is None or b is None:
            return a is b
        if a.shape != b.shape:
            return False
        kind, _, array = path.partition("/")
        allowed = getattr(self.allowed, kind).get(array)
        allowed = np.zeros(a.shape) if allowed is None or allowed.shape != a.shape else allowed
        scale = max(float(np.abs(c[np.isfinite(c)]).max(initial=0)) for c in (a, b))
        known = sum(2 * row.size for name in (one, other) if (row := deviation(self.case.name, name, path)))
        if REFERENCE not in (one, other):  # its noise may be as wrong as it is: nothing where a gradient was forgotten
            apart = min(distance(r, a), distance(r, b)) if r is not None else np.inf
            known += min(NEARER * apart / scale if scale else 0, np.sqrt(np.finfo(a.dtype).eps))
        agreement = compare_arrays(path, a, b, np.maximum(allowed, known * scale), zero_expected=True)
        self.near = self.near or agreement.near and REFERENCE in (one, other)
        return agreement.ok


def distance(r: np.ndarray, a: np.ndarray) -> float:
    """The largest difference; infinite where there is none to be taken."""
    if r.shape != a.shape or not np.array_equal(np.isfinite(r), np.isfinite(a)):
        return np.inf
    return float(np.abs(r - a)[np.isfinite(r)].max(initial=0))


def hear(case: Case, answers: Mapping[str, Result], world: World = RIGHT) -> Hearing:
    """What reference, frameworks (`answers` by name) and, in float64, the complex step say about each other. `world` is the
    reference that is heard. Where an answer lies a little beyond the allowed error, it is looked at again with many draws."""
    if failure := no_answer(case, world):
        return Hearing(case=case, failure=failure, arrays=testimonies(Witnesses(case, answers)))
    hearing, near = looked_at(case, answers, world, thorough=False)
    return looked_at(case, answers, world, thorough=True)[0] if near else hearing


def looked_at(case: Case, answers: Mapping[str, Result], world: World, thorough: bool) -> tuple[Hearing, bool]:
    """(hearing, whether something lies a little beyond the allowed error)"""
    expected, allowed = expected_in(case, world, thorough)
    known = Witnesses(case, {REFERENCE: expected, **answers}, allowed)
    return hearing_of(known, world), known.near


def hearing_of(known: Witnesses, world: World) -> Hearing:
    """The hearing with this allowed error."""
    case, expected, allowed = known.case, known.answers[REFERENCE], known.allowed
    answers = [name for name in known.answers if name != REFERENCE]
    if case.dtype != "float64" or case.training or (derivative := derivative_of(case, world)) is None:
        return Hearing(case=case, arrays=testimonies(known))
    all_four = Witnesses(case, {**known.answers, COMPLEX_STEP: derivative}, allowed)
    confirmed = any(all(known.agree(f"outputs/{array}", REFERENCE, name) for array in expected.outputs) for name in answers)
    derived = all(all_four.agree(path, REFERENCE, COMPLEX_STEP) for path in paths(all_four)
                  if all_four.speaks(COMPLEX_STEP, path))
    hearing = Hearing(case=case, arrays=testimonies(all_four if confirmed else known), derived=derived)
    known.near = known.near or all_four.near
    return hearing


def no_answer(case: Case, world: World = RIGHT) -> str:
    """Why the reference has no answer to a case: a wrong line may raise anything, and that is told. Empty where it has one."""
    try:
        expected_in(case, world)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def expected_in(case: Case, world: World, thorough: bool = False) -> tuple[Result, Result]:
    """What the reference answers in a world, and the error allowed around it. Raises whatever a wrong line raises."""
    if world is RIGHT:
        return expectation(case, thorough)
    with np.errstate(all="ignore"):
        answer = world.run(case)
        return answer, allowance(answer, rounding_noise(case, world, thorough))


def derivative_of(case: Case, world: World) -> Result | None:
    """The complex step; None where our forward pass cannot be followed, or not by one element of so many after the other."""
    if sum(a.size for a in case.differentiable.values()) > FOLLOWED:
        return None
    try:
        with np.errstate(all="ignore"):
            return complex_step(case, world)
    except Exception:  # as above: a forward pass that takes no complex numbers has no such derivative
        return None


def paths(known: Witnesses) -> list[str]:
    return list(dict.fromkeys(f"{kind}/{array}" for kind in ("outputs", "grads")
                              for answer in known.answers.values() for array in getattr(answer, kind)))


def testimonies(known: Witnesses) -> tuple[Testimony, ...]:
    found = []
    for path in paths(known):
        heard = tuple(name for name in known.answers if known.speaks(name, path))
        pairs = [frozenset(pair) for pair in combinations(heard, 2)]
        if REFERENCE not in heard or not all(known.agree(path, *pair) for pair in pairs if REFERENCE in pair):
            pairs = [pair for pair in pairs if known.agree(path, *sorted(pair))]  # else all are held to agree, through it
        found.append(Testimony(path=path, witnesses=heard, agreeing=frozenset(pairs)))
    return tuple(found)


# ------------------------------------------------------------------------------------------------------------ in words


def words(hearing: Hearing) -> str:
    """One sentence about a case on which somebody disagrees; nothing where all agree."""
    if hearing.failure:
        answered = listed(sorted({name for array in hearing.arrays for name in array.witnesses}))
        return f"the reference is the odd one out: it has no answer ({hearing.failure}), {answered} have"
    if not hearing.disputed:
        return ""
    odd = hearing.odd
    if not odd:
        return undecided(hearing)
    others = [name for name in most_heard(hearing).witnesses if name not in (odd, COMPLEX_STEP)]
    said = f"{'the ' if odd in (REFERENCE, COMPLEX_STEP) else ''}{odd} is the odd one out: "
    confirming = any(COMPLEX_STEP in array.witnesses and array.alone == odd for array in hearing.disputed)
    if len(others) == 1:  # by its gradient alone: the third witness is the complex step
        return f"{said}{others[0]} and the complex step on our own forward pass agree on the gradient"
    said += f"{listed(others)} agree with each other"
    if odd == COMPLEX_STEP:
        return f"{said}; it follows our forward pass, which must then do something that is no analytic function"
    if confirming:
        return f"{said}, and the complex step on our own forward pass confirms their gradient"
    if odd == REFERENCE and hearing.derived is not None:
        return f"{said}; its forward pass is wrong, and its gradient is {'' if hearing.derived else 'not '}the derivative of that"
    return said


def undecided(hearing: Hearing) -> str:
    """Why nobody is named."""
    most = most_heard(hearing)
    if len(most.witnesses) == 2:
        return f"only {' and '.join(most.witnesses)} have an answer: which of them is wrong cannot be said"
    several = list(dict.fromkeys(hearing.alone.values()))
    if len(several) > 1:
        return f"{listed(several)} stand alone, each on other arrays"
    pairs = [" with ".join(pair) for pair in sorted(map(sorted, most.agreeing))]
    return f"nobody stands alone on {most.path}: " + (f"{'; '.join(pairs)} agree" if pairs else "no two agree")


def most_heard(hearing: Hearing) -> Testimony:
    """The disputed array that most witnesses speak about."""
    return max(hearing.disputed, key=lambda array: len(array.witnesses))


def listed(names) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
