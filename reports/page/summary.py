"""What a visitor wants to know first. One place, so that the page and the console never tell different stories."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, isnan

from nnparity.reports.comparison.compare import Agreement
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.verdict import DISAGREES, NO_ANSWER, SEVERITY, VERDICTS

MILD = ("convention", "cannot judge")  # verdicts that a person should read, and that are no fault


@dataclass(frozen=True)
class Disagreement:
    """Rows for which one side is to blame, for the same reason: ten thousand of them are one thing to read."""

    implementation: str
    verdict: str
    rows: tuple[Row, ...]  # the furthest off first

    @property
    def diagnosis(self) -> tuple[Explanation, ...]:
        return self.rows[0].diagnosis


@dataclass(frozen=True)
class Summary:
    """Counts over rows. Raises ValueError where there are none: a report on nothing must not look like agreement."""

    rows: Sequence[Row]

    def __post_init__(self):
        if not self.rows:
            raise ValueError("nothing was compared: there is no row to report")

    @cached_property
    def agreements(self) -> list[Agreement]:
        return [a for row in self.rows for a in row.agreements]

    @cached_property
    def arrays(self) -> int:
        return len(self.agreements)

    @cached_property
    def answered(self) -> int:
        """Rows in which something was compared."""
        return sum(bool(row.agreements) for row in self.rows)

    @cached_property
    def elements(self) -> int:
        return sum(a.size for a in self.agreements)

    @cached_property
    def implementations(self) -> dict[str, str]:
        """Name -> versions, in order of appearance."""
        versions: dict[str, dict[str, None]] = {}
        for row in self.rows:
            versions.setdefault(row.implementation, dict.fromkeys(()))[row.version] = None
        return {name: ", ".join(filter(None, seen)) for name, seen in versions.items()}

    @cached_property
    def verdicts(self) -> dict[str, int]:
        """Verdict -> how many rows, in the order of VERDICTS, those that occur."""
        return counted(row.verdict for row in self.rows)

    def verdicts_of(self, implementation: str) -> dict[str, int]:
        return counted(row.verdict for row in self.rows if row.implementation == implementation)

    @cached_property
    def disagreements(self) -> list[Row]:
        return [row for row in self.rows if row.verdict in DISAGREES]

    @cached_property
    def unanswered(self) -> list[Row]:
        return [row for row in self.rows if row.verdict in NO_ANSWER]

    @cached_property
    def causes(self) -> list[Disagreement]:
        """The disagreements by implementation and diagnosis, those without a name first."""
        return by_cause(self.disagreements, lambda row: row.diagnosis[0].key if row.diagnosis else None)

    @cached_property
    def failures(self) -> list[Disagreement]:
        """The rows without an answer by implementation and message."""
        return by_cause(self.unanswered, lambda row: row.message)

    @cached_property
    def worst(self) -> tuple[Row, Agreement] | None:
        """The largest error, in units of what is allowed, listed deviations apart; None where no error is a number."""
        return furthest(row for row in self.rows if row.verdict != "known deviation") or furthest(self.rows)

    @cached_property
    def worst_agreeing(self) -> tuple[Row, Agreement] | None:
        """The largest error among the rows that agree."""
        return furthest(row for row in self.rows if row.ok)

    @cached_property
    def problems(self) -> int:
        """Arrays that could not be compared number by number."""
        return sum(bool(a.problem) for a in self.agreements)

    @cached_property
    def alone(self) -> dict[str, int]:
        """Who stands alone, and on how many arrays; the one that does so most often first."""
        return dict(Counter(name for row in self.disagreements for name in row.alone.values()).most_common())

    @property
    def beside(self) -> str:
        """What was asked and is in no count of agreement or disagreement: a sentence, or nothing."""
        absent = self.verdicts.get("unsupported", 0)
        if not absent:
            return ""
        said = "1 question is" if absent == 1 else f"{count(absent, 'question')} are"
        return f"{said} about a layer or an option that the framework does not have: no agreement."

    @property
    def tone(self) -> str:
        """"good" where every answer agrees, "warn" where only conventions differ or something cannot be judged, else "bad"."""
        if not self.arrays or set(self.verdicts) & {*DISAGREES, *NO_ANSWER} - {*MILD}:
            return "bad"
        return "warn" if set(self.verdicts) & {*MILD} else "good"

    @property
    def ours(self) -> list[str]:
        """What is said first where the reference is the odd one out."""
        rows = [row for row in self.rows if row.verdict == "reference alone"]
        if not rows:
            return []
        title = next((row.diagnosis[0].title for row in rows if row.diagnosis), "no cause found")
        about_gradients = (row for row in rows if row.message and row.worst and row.worst.group == "grads")
        said = next(about_gradients, rows[0]).message
        return [f"In {count(len({row.case for row in rows}), 'case')} {said}; its fault: {title}"]

    @property
    def sentence(self) -> str:
        """One sentence that says how it stands."""
        if not self.arrays:
            return f"Nothing was compared: {count(len(self.rows), 'row')}, and none has an answer."
        asked = len(self.rows) - self.verdicts.get("unsupported", 0)
        parts = []
        if self.disagreements:
            kinds = listed(f"{n:,} {verdict}" for verdict, n in self.verdicts.items() if verdict in DISAGREES)
            parts.append(f"{len(self.disagreements):,} of {count(asked, 'answer')} "
                         f"{'disagrees' if len(self.disagreements) == 1 else 'disagree'} ({kinds})")
        if self.unanswered:
            parts.append(f"{len(self.unanswered):,} of {asked:,} gave no answer")
        if parts:
            return "; ".join([*self.ours, *parts]) + "."
        known, open_ = self.verdicts.get("known deviation", 0), self.verdicts.get("cannot judge", 0)
        but = f", but for {known:,} with a known and measured deviation of the framework" if known else ""
        left = (f" {count(open_, 'answer')} cannot be judged: the error that rounding allows there could hide a fault."
                if open_ else "")
        what = "Everything that can be judged agrees" if open_ else "Everything agrees"
        return (f"{what}: {count(self.answered, 'answer')}, {count(self.arrays, 'array')}, "
                f"every element within the error that rounding allows{but}.{left}")


def by_cause(rows: Iterable[Row], cause) -> list[Disagreement]:
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.blamed, row.verdict, cause(row)), []).append(row)
    found = [Disagreement(name, verdict, tuple(sorted(rows, key=distance, reverse=True)))
             for (name, verdict, _), rows in groups.items()]
    return sorted(found, key=lambda group: SEVERITY.index(group.verdict))


def distance(row: Row) -> float:
    """How far off a row is: its largest error, infinite where an array could not be compared."""
    return inf if row.worst is None or row.worst.problem or isnan(row.worst.error) else row.worst.error


def furthest(rows) -> tuple[Row, Agreement] | None:
    pairs = ((row, a) for row in rows for a in row.agreements if not isnan(a.error))
    return max(pairs, key=lambda pair: pair[1].error, default=None)


def counted(verdicts) -> dict[str, int]:
    counts = Counter(verdicts)
    return {verdict: counts[verdict] for verdict in VERDICTS if verdict in counts}


def count(n: int, noun: str) -> str:
    """1 row, 2,000 rows."""
    return f"{n:,} {noun}{'' if n == 1 else 's'}"


def listed(words) -> str:
    """a, b and c"""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def units(error: float) -> str:
    """An error in units of what is allowed, three digits."""
    if isnan(error):
        return "not a number"
    return "∞" if error == float("inf") else f"{error:.3g}"
