"""A report as a page: what a notebook shows, and the file that `nnparity check --html` writes. It needs no other file, network,
script or style sheet; everything that was somebody else's text is escaped."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from nnparity.reports.checking import heat_svg, words
from nnparity.reports.checking.heat import index_words, pictured
from nnparity.reports.checking.outcome import Outcome
from nnparity.reports.comparison.foreign import plain
from nnparity.reports.files import replacing
from nnparity.reports.formula import side_by_side
from nnparity.reports.page.summary import units
from nnparity.reports.verdicts.verdict import VERDICTS

TONES = {"fine": "good", "open": "warn", "differs": "bad", "silent": "bad", "absent": "soft"}
TONE = {name: "warn" if verdict.style == "yellow" else TONES[verdict.kind] for name, verdict in VERDICTS.items()}


@cache
def environment() -> Environment:
    made = Environment(loader=PackageLoader("nnparity.reports.checking"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"plain": plain, "units": units}
    made.globals |= {"TONE": TONE, "words": words, "side_by_side": side_by_side}
    return made


def fragment(report: Outcome) -> str:
    """One report, with its styles: what a notebook shows."""
    return f"<style>{style()}</style>\n{section(report)}"


def page(reports: Sequence[Outcome]) -> str:
    """A whole page of one or several reports, light or dark as the reader has it, on a phone too."""
    return environment().get_template("page.html.j2").render(
        reports=reports, style=style(), sections=[Markup(section(report)) for report in reports])  # made by the template below


def write(path: Path, reports: Sequence[Outcome]) -> None:
    """The page as a file, whole or not at all. Raises OSError."""
    text = page(reports)
    with replacing(path) as (unfinished,):
        unfinished.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")


def style() -> Markup:
    return Markup(environment().get_template("report.css").render())


def section(report: Outcome) -> str:
    return environment().get_template("report.html.j2").render(report=report, **picture(report))


def picture(report: Outcome) -> dict[str, Any]:
    """The row that is shown in detail, its heat maps, their scale, and where each of its arrays is worst, in words."""
    row, heats = pictured(report)
    if row is None:
        return {"shown": None, "maps": [], "scale": "", "where": {}}
    case = next(case for case in report.cases if case.name == row.case)
    largest = max((heat.largest for heat in heats), default=0.0)
    return {"shown": row, "scale": heat_svg.legend(largest) if largest else "",
            "maps": [(heat, heat_svg.svg(heat, largest)) for heat in heats],
            "where": {a.path: index_words(case, a) for a in row.agreements}}
