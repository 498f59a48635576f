"""A comparison as a page: both networks side by side, coloured by error. It needs no other file, network or script."""

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from nnparity.reports.files import replacing
from nnparity.reports.models.outcome import Outcome
from nnparity.reports.models.told import alone, ending, inherent
from nnparity.reports.page.summary import units


def page(found: Outcome) -> str:
    """Everything that came from a person's models is escaped."""
    made = Environment(loader=PackageLoader("nnparity.reports.models"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)
    made.filters["units"] = units
    a, b = found.frameworks
    rows = found.rows
    return made.get_template("compare.html.j2").render(
        found=found, rows=rows, a=a, b=b, ending=ending(found), inherent=inherent(found), alone=alone(found),
        agreeing=sum(r.verdict == "agrees" for r in rows))


def write(path: Path, found: Outcome) -> None:
    """The page as a file, whole or not at all. Raises OSError."""
    text = page(found)
    with replacing(path) as (unfinished,):
        unfinished.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
