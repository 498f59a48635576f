"""A row: one case, one implementation, what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nnparity.reports.comparison.compare import Agreement
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.verdicts.troubles import Found
from nnparity.reports.verdicts.verdict import DISAGREES, NO_ANSWER, VERDICTS


@dataclass(frozen=True, kw_only=True)
class Row:
    """The verdict on one case × one implementation. `agreements` is empty where no answer came."""

    case: str
    network: str  # "gru", "dense -> softmax"
    implementation: str  # "torch", "keras", "my_gru.py"
    version: str
    verdict: str
    built: str = ""  # what was run, as one would type it
    composed: bool = False
    agreements: tuple[Agreement, ...] = ()
    diagnosis: tuple[Explanation, ...] = ()  # best first
    troubles: tuple[Found, ...] = ()  # what is wrong although the gradients may be right
    alone: Mapping[str, str] = field(default_factory=dict)  # array -> who stands alone there, see reports/verdicts/witnesses.py
    left_out: frozenset[str] = frozenset()  # what the code does not compute and was not asked: reports/verdicts/left_out.py
    message: str = ""  # why there is no answer: the error, the missing layer; who stands alone where something disagrees
    printed: str = ""  # what the implementation wrote to stdout and stderr
    seconds: float = field(default=float("nan"), compare=False)

    def __post_init__(self):
        if self.verdict not in VERDICTS:
            raise ValueError(f"{self.case}: {self.verdict!r} is no verdict; choose one of {', '.join(VERDICTS)}")
        if self.verdict == "agrees" and not self.agreements:
            raise ValueError(f"{self.case}: nothing was compared, so nothing agrees")

    @property
    def ok(self) -> bool:
        return self.verdict in ("agrees", "differences")

    @property
    def blamed(self) -> str:
        """Who is wrong, as far as this row says."""
        return "reference" if self.verdict == "reference alone" else self.implementation

    @property
    def worst(self) -> Agreement | None:
        """The array that is furthest off: a problem first, then the largest error."""
        return max(self.agreements, key=lambda a: (bool(a.problem), a.error), default=None)

    def part(self, group: str) -> tuple[Agreement, ...]:
        """The agreements on "outputs" or on "grads"."""
        return tuple(a for a in self.agreements if a.group == group)


def exit_code(rows: Sequence[Row]) -> int:
    """3 if an implementation gave no answer somewhere or nothing was compared, else 1 if anything disagrees, else 0."""
    if any(row.verdict in NO_ANSWER for row in rows) or not any(row.agreements for row in rows):
        return 3
    return int(any(row.verdict in DISAGREES for row in rows))
