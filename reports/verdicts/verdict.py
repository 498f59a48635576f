"""What can become of an answer: each verdict with what it says to a person, how it looks, and what follows from it."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`kind` is what a count, an exit code or a banner needs to know:

    fine     nothing to do
    open     nothing is known to be wrong, and nothing to be right
    differs  the numbers are not those that were asked for
    silent   no answer came
    absent   there is no such layer, so nothing was asked
    """

    words: str
    kind: str
    style: str  # of rich


# in the order of a glossary; of those that differ, the ones to read first stand last
VERDICTS = {
    "agrees": Verdict(kind="fine", style="green", words="every output and every gradient is within the allowed error"),
    "differences": Verdict(kind="fine", style="green", words=(
        "every output is within the allowed error, and every gradient as near as central differences of the outputs come")),
    "known deviation": Verdict(kind="fine", style="cyan", words=(
        "off by no more than a measured and explained error of the framework, listed in cases/known_deviations.py")),
    "cannot judge": Verdict(kind="open", style="yellow", words=(
        "rounding alone could hide a fault here: the allowed error is too large for the verdict to mean anything")),
    "convention": Verdict(kind="differs", style="yellow", words="equals another correct formula of the catalogue"),
    "precision": Verdict(kind="differs", style="yellow", words=(
        "beyond the allowed error, but explained by a lower working precision")),
    "mistake": Verdict(kind="differs", style="red", words="equals a wrong formula that the catalogue has a name for"),
    "unexplained": Verdict(kind="differs", style="red", words="differs, and nothing in the catalogue reproduces the numbers"),
    "malformed": Verdict(kind="differs", style="red", words=(
        "not the answer that was asked for: names, shapes, dtypes, or nothing but nan; no formula can be read from it")),
    "reference alone": Verdict(kind="differs", style="red", words=(
        "the reference disagrees with every framework that has answered, and they agree: the fault is ours")),
    "errored": Verdict(kind="silent", style="bold red", words=(
        "the implementation raised an error or returned something that is no answer")),
    "timed out": Verdict(kind="silent", style="bold red", words="the implementation gave no answer in time"),
    "unsupported": Verdict(kind="absent", style="dim", words=(
        "the implementation has no such layer; never counted as agreement")),
}


def of_kind(*kinds: str) -> tuple[str, ...]:
    return tuple(name for name, verdict in VERDICTS.items() if verdict.kind in kinds)


DISAGREES = of_kind("differs")
NO_ANSWER = of_kind("silent")
QUIET = of_kind("fine", "open", "absent")  # nothing that a person has to look into
SEVERITY = (*reversed(DISAGREES), *NO_ANSWER)  # what to read first


def style(verdict: str) -> str:
    """Its colour in a terminal, as rich writes it."""
    return VERDICTS[verdict].style
