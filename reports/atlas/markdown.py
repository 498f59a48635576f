"""The atlas as a folder of Markdown pages that lives in the repository, so that it can be read without running anything.

It has an index, a page for each topic, one for each move from a framework to another, and one of what changed between releases.
"""

from pathlib import Path

import jinja2

from nnparity.cases.atlas import atlas
from nnparity.cases.atlas.symptoms import SYMPTOMS
from nnparity.cases.convention import GROUPS
from nnparity.oracles.atlas.columns import COLUMNS, snippet_of
from nnparity.reports.atlas import moving, versions
from nnparity.reports.atlas.matrix import Square
from nnparity.reports.atlas.measure import Cell, example
from nnparity.reports.atlas.notes import notes
from nnparity.reports.atlas.settings import parts
from nnparity.reports.atlas.view import agreed, computed_by, others, recorded_cells, who
from nnparity.reports.files import replacing

TEMPLATES = Path(__file__).parent
FOLDER = TEMPLATES.parent / "conventions"


def pages() -> dict[str, str]:
    """Name of a file -> its text, from the rows and their recorded measurements alone."""
    rows = tuple(atlas().values())
    cells = recorded_cells(rows, COLUMNS)
    env = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined, trim_blocks=True,
                             lstrip_blocks=True, keep_trailing_newline=True, autoescape=False)  # Markdown, and nobody's input
    env.filters["cell"] = lambda text: str(text).replace("|", "\\|").replace("\n", " ")
    env.filters["setting"] = lambda text: "".join(f"`{part}`" if code else part for code, part in parts(text))
    env.filters["short"], env.filters["size"] = short, size
    env.globals.update(
        columns=list(COLUMNS), cells=cells, computed_by=computed_by, who=who, others=others, example=example, agreed=agreed,
        notes=notes,
        snippet_of=snippet_of, borrowed=lambda name: bool(COLUMNS[name].of), name_of=moving.title,
        alike=lambda own: sum(agreed(cells[row.id]) is not None for row in own),
        versions=sorted({cell.version for line in cells.values() for cell in line.values() if cell.version}))
    groups = {group: own for group in GROUPS if (own := [row for row in rows if row.group == group])}
    found = {f"{group}.md": env.get_template("topic.md.j2").render(group=group, rows=own) for group, own in groups.items()}
    moved = {pair: moving.moves(rows, cells, *pair) for pair in moving.pairs()}
    for (here, there), points in moved.items():
        found[f"from-{here}-to-{there}.md"] = env.get_template("moving.md.j2").render(here=here, there=there, moves=points)
    found["symptoms.md"] = env.get_template("symptoms.md.j2").render(symptoms=SYMPTOMS, rows={row.id: row for row in rows})
    changed = versions.changes(rows, cells)
    found["changed.md"] = env.get_template("changed.md.j2").render(changes=changed, compared=versions.compared(cells))
    return {"README.md": env.get_template("index.md.j2").render(groups=groups, moved=moved, changed=len(changed)), **found}


def short(cell: Cell) -> str:
    """A cell of the table."""
    square = Square(cell, 0)
    return square.name + (f" ({', '.join(square.marks)})" if square.marks else "")  # "0.0 (tf.compat.v1)"


def size(apart: float) -> str:
    """How far two answers are apart, for people: 0.5, 3e-05."""
    return f"{apart:.2g}"


def write() -> Path:
    """All pages together; those of an earlier atlas that are none of this one are removed."""
    made = pages()
    FOLDER.mkdir(exist_ok=True)
    paths = [FOLDER / name for name in made]
    for old in FOLDER.glob("*.md"):
        if old not in paths:
            old.unlink()
    with replacing(*paths) as unfinished:
        for path, text in zip(unfinished, made.values(), strict=True):
            path.write_text(text, encoding="utf-8", newline="\n")
    return FOLDER


if __name__ == "__main__":
    print(write())
