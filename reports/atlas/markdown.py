"""The atlas as a Markdown page that lives in the repository, so that it can be read without running anything."""

from pathlib import Path

import jinja2

from nnparity.cases.atlas import atlas
from nnparity.cases.convention import GROUPS
from nnparity.oracles.atlas.columns import COLUMNS, snippet_of
from nnparity.reports.atlas.measure import Cell, example
from nnparity.reports.atlas.view import computed_by, others, recorded_cells, who

TEMPLATES = Path(__file__).parent
PAGE = TEMPLATES.parent / "CONVENTIONS.md"


def render() -> str:
    """The page, from the rows and their recorded measurements alone."""
    rows = tuple(atlas().values())
    cells = recorded_cells(rows, COLUMNS)
    env = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined, trim_blocks=True,
                             lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)  # Markdown, and nobody's input
    env.filters |= {"cell": lambda text: str(text).replace("|", "\\|").replace("\n", " "), "short": short}
    versions = dict.fromkeys(cell.version for line in cells.values() for cell in line.values() if cell.version)
    return env.get_template("conventions.md.j2").render(
        groups=[{"name": group, "rows": own} for group in GROUPS if (own := [row for row in rows if row.group == group])],
        columns=list(COLUMNS), cells=cells, versions=sorted(versions), computed_by=computed_by, who=who,
        others=others, example=example, snippet_of=snippet_of, borrowed=lambda name: bool(COLUMNS[name].of))


def short(cell: Cell) -> str:
    """A cell of the table."""
    if cell.variant:
        return who(cell).replace(cell.column, str(cell.variant.value), 1)  # "0.0 (tf.compat.v1)"
    return {"absent": "–", "unmatched": "other"}.get(cell.state, cell.state)


def write() -> Path:
    PAGE.write_text(render(), encoding="utf-8", newline="\n")
    return PAGE


if __name__ == "__main__":
    print(write())
