"""The report as one HTML page: no network access, nothing executed but its own script, readable without it."""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isinf, isnan
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

from nnparity.cases.convention import Convention
from nnparity.cases.conventions import CONVENTIONS, EQUATIONS
from nnparity.oracles.atlas.columns import COLUMNS, snippet_of
from nnparity.reference_impl import network
from nnparity.reference_impl.mistakes import stale
from nnparity.reports import catalogue, certificates
from nnparity.reports.atlas import settings
from nnparity.reports.atlas import view as atlas_view
from nnparity.reports.atlas.measure import example
from nnparity.reports.atlas.notes import notes
from nnparity.reports.comparison.measured import Measured
from nnparity.reports.files import replacing
from nnparity.reports.formula import mathml, typeset
from nnparity.reports.page import picture, reproduce
from nnparity.reports.page.sections import NetworkSection
from nnparity.reports.page.summary import Summary, count, listed, units
from nnparity.reports.plain_step import plain_step
from nnparity.reports.selfproof.kill import Kill
from nnparity.reports.selfproof.mutation import Mutation
from nnparity.reports.verdicts.golden import GoldenRow
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.verdict import VERDICTS

TEMPLATES = Path(__file__).parent / "templates"
SHOWN = 10  # disagreeing rows of one cause that are shown in full
PAIRS = (("torch", "keras"), ("torch", "tensorflow"), ("torch", "jax"), ("torch", "onnx"), ("keras", "tensorflow"),
         ("keras", "jax"), ("keras", "onnx"), ("jax", "onnx"), ("onnx", "onnxruntime"), ("keras", "keras-torch"),
         ("keras", "keras-jax"))  # columns that the page's filter holds against each other
GROUPS = 60  # causes that are shown; the table below and rows.csv have all


def write(folder: Path, rows: Iterable[Row], *, kill_matrix: Sequence[Kill] = (), conventions: Sequence[Measured] = (),
          probes: Sequence[Row] = (), golden: Sequence[GoldenRow] = (), networks: Sequence[NetworkSection] = (),
          atlas: tuple = ((), {}), mutation: Mutation | None = None, campaign: Mapping | None = None,
          generated: str) -> Path:
    """folder/index.html. `generated` says when and from what, as it shall stand in the page's foot.

    Raises ValueError where there are no rows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "index.html"
    html = render(tuple(rows), kill_matrix=kill_matrix, conventions=conventions, probes=probes, golden=golden,
                  networks=networks, atlas=atlas, mutation=mutation, campaign=campaign, generated=generated)
    with replacing(path) as (unfinished,):
        unfinished.write_text(html, encoding="utf-8", errors="backslashreplace", newline="\n")
    return path


def render(rows: tuple[Row, ...], **parts) -> str:
    """Everything as one page. What enters is escaped by the template; only our own script and styles are not."""
    style, script = (Markup((TEMPLATES / name).read_text(encoding="utf-8")) for name in ("page.css", "page.js"))
    return environment().get_template("index.html.j2").render(
        **context(rows, **parts), to=anchor, style=style, script=script, style_hash=csp_hash(style), script_hash=csp_hash(script))


def anchor(kind: str, id: str) -> str:
    """Where something stands on the page that has everything."""
    return {"mistakes": "#catalogue", "rows": "#table"}.get(kind) or f"#{kind}-{id}"


def context(rows: tuple[Row, ...], *, kill_matrix: Sequence[Kill] = (), conventions: Sequence[Measured] = (),
            probes: Sequence[Row] = (), golden: Sequence[GoldenRow] = (), networks: Sequence[NetworkSection] = (),
            atlas: tuple = ((), {}), mutation: Mutation | None = None, campaign: Mapping | None = None,
            generated: str) -> dict[str, Any]:
    """What the templates are given. Raises ValueError where there are no rows."""
    summary = Summary(rows)
    return dict(
        summary=summary, rows=rows, probes=probes, golden=golden, networks=networks, generated=generated, kills=kill_matrix,
        atlas_rows=atlas[0], atlas_cells=atlas[1], atlas_pairs=PAIRS, computed_by=atlas_view.computed_by, who=atlas_view.who,
        others=atlas_view.others, notes=notes, snippet_of=snippet_of, borrowed=lambda name: bool(COLUMNS[name].of),
        mutation=mutation, campaign=campaign, catalogue=catalogue.by_area(),
        page_of={**{id: id for id in catalogue.CATALOGUE}, **catalogue.by_number()},
        kill_of={kill.id: kill for kill in kill_matrix}, stale=stale() if kill_matrix else {},
        groups=summary.causes[:GROUPS], groups_left=max(0, len(summary.causes) - GROUPS),
        layers=layers(conventions), picture=picture.errors(rows), kill_pictures=picture.kill_maps(kill_matrix), kill_pages={},
        glossary=VERDICTS,
        shown=SHOWN, groups_shown=GROUPS, several_networks=len({row.network for row in rows}) > 1, reference=network.version(),
        certificates=certificates.recorded(), enough=certificates.ENOUGH, builds=builds(rows))


def environment() -> jinja2.Environment:
    """Escapes everything, and fails on a name that the template misspells."""
    env = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined,
                             trim_blocks=True, lstrip_blocks=True)
    env.filters |= {
        "mathml": mathml, "typeset": typeset, "reproduce": reproduce.lines, "units": units, "digits": digits,
        "listed": listed, "counted": count, "index": lambda index: ", ".join(map(str, index)),
        "breakable": breakable, "with_version": with_version, "who": atlas_view.who,
        "release": picture.release_of, "setting": setting, "instead": settings.instead,
        "numbers": catalogue.numbers, "answer": atlas_view.shown, "example": example,
        "origin": catalogue.origin, "entry_kind": catalogue.kind, "slug": lambda verdict: verdict.replace(" ", "-")}
    env.tests |= {"exact_certificate": lambda c: c.exact, "link": is_link, "nan": isnan, "infinite": isinf}
    return env


def csp_hash(text: str) -> str:
    """The source expression that lets exactly this inline script or style through a Content-Security-Policy."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def is_link(source: str) -> bool:
    """Only https addresses become links: a javascript: or data: one stays text."""
    return source.startswith("https://") and source.isprintable() and " " not in source


def with_version(name: str, version: str) -> str:
    """torch 2.13.0, not torch torch 2.13.0."""
    return version if name in version else f"{name} {version}".strip()


def setting(text: str) -> Markup:
    """What to write, its code marked as such."""
    return Markup().join(Markup("<code>{}</code>").format(part) if code else escape(part) for code, part in settings.parts(text))


def breakable(name: str) -> Markup:
    """A name that may go on in the next line after "_" and ".": torch_uniform, 2.220446049250313e-16."""
    return Markup(re.sub(r"([_.])(?=.)", r"\1<wbr>", str(escape(name))))


def digits(value: float) -> str:
    """All digits that a float has."""
    return f"{value:.17g}"


@dataclass(frozen=True)
class LayerConventions:
    """One layer's conventions beside what was measured on it."""

    kind: str
    conventions: tuple[Convention, ...]
    measured: tuple[Measured, ...]

    @property
    def equations(self) -> list[list[tuple[str, bool]]]:
        """One line an equation, one cell a measured construction: (LaTeX, differs from the first column)."""
        columns = [EQUATIONS[self.kind](m.config) if m.config else () for m in self.measured]
        height = max(map(len, columns), default=0)
        padded = [(*column, *("",) * (height - len(column))) for column in columns]
        return [[(cell, cell != line[0]) for cell in line] for line in zip(*padded)]

    @property
    def distances(self) -> list[tuple[str, list[float]]]:
        """One line a variant: its name, and how far each measured construction is from it."""
        names = dict.fromkeys(name for m in self.measured for name in m.distances)
        return [(name, [m.distances.get(name, float("nan")) for m in self.measured]) for name in names]

    @property
    def step(self) -> str:
        """The reference's plain step, as source; empty where the layer has none."""
        return plain_step(self.kind)

    def computed_by(self, convention: Convention, value: str) -> list[Measured]:
        return [m for m in self.measured if m.config.get(convention.option) == value]


def layers(measured: Sequence[Measured]) -> list[LayerConventions]:
    """The layers of the catalogue and of the measurements, in the catalogue's order."""
    kinds = dict.fromkeys([*EQUATIONS, *(m.layer for m in measured)])
    return [LayerConventions(kind, tuple(c for c in CONVENTIONS.values() if c.layer == kind),
                             tuple(m for m in measured if m.layer == kind)) for kind in kinds]


def builds(rows: Iterable[Row]) -> Mapping[str, dict[str, int]]:
    """implementation -> what was run -> how often."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        if row.built:
            counts = found.setdefault(row.implementation, {})
            counts[row.built] = counts.get(row.built, 0) + 1
    return found
