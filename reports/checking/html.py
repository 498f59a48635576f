"""A report as a fragment of a page: what a notebook shows."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from nnparity.reports.checking.outcome import Outcome
from nnparity.reports.comparison.foreign import plain
from nnparity.reports.formula import typeset
from nnparity.reports.verdicts.verdict import style

COLOURS = {"green": "#1a7f37", "cyan": "#1a7f37", "yellow": "#9a6700", "red": "#cf222e", "bold red": "#cf222e", "dim": "#6e7781"}


@cache
def environment() -> Environment:
    made = Environment(loader=PackageLoader("nnparity.reports.checking"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True,
                       lstrip_blocks=True)
    made.filters |= {"typeset": typeset, "plain": plain}
    return made


def fragment(report: Outcome) -> str:
    """HTML that needs no other file, network or style sheet. Everything that was somebody else's text is escaped."""
    def colour(verdict: str) -> str:
        return COLOURS.get(style(verdict), "inherit")
    return environment().get_template("report.html.j2").render(report=report, colour=colour)
