"""The report as a small site: pages that link each other, one stylesheet, one script, an index to search; works from file://."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

from nnparity.cases.atlas.symptoms import SYMPTOMS
from nnparity.cases.convention import AtlasRow
from nnparity.cases.known_deviations import DEVIATIONS
from nnparity.reference_impl.mistakes.mistake import Mistake
from nnparity.reports import catalogue
from nnparity.reports.atlas import matrix, moving, named, versions
from nnparity.reports.atlas.view import Cells, agreed, marks
from nnparity.reports.files import replacing
from nnparity.reports.page import described, page, picture
from nnparity.reports.page.index import Entry, as_script
from nnparity.reports.verdicts.row import Row

LINES = 250  # cases in the table of one page
GROUPS = 8  # causes in full on one page
STYLES = ("page.css", "site/site.css")  # what the one-page form has too, then what is the site's own
LISTED = ("networks", "layers", "frameworks", "conventions", "mistakes")  # a page that lists, and a folder of a page each
FOLDERS = (*LISTED, "moving", "names", "proof")


@dataclass
class Site:
    """The pages as they are made: address -> text; and what a search finds."""

    context: Mapping[str, Any]
    texts: dict[str, str] = field(default_factory=dict)
    index: list[Entry] = field(default_factory=list)
    addresses: dict[tuple[str, str], str] = field(default_factory=dict)  # (kind, id) -> "mistakes/softmax-diagonal.html"

    def __post_init__(self):
        self.env = page.environment()

    def address(self, kind: str, id: str) -> str:
        """Where the page of something is, one of its own for each, however it is called."""
        if (kind, id) not in self.addresses:
            stem = re.sub(r"[^a-z0-9_.-]+", "-", id.lower()).strip("-.")[:80] or "unnamed"
            taken, n = set(self.addresses.values()), 1
            while (found := f"{kind}/{stem}{f'~{n}' if n > 1 else ''}.html") in taken:
                n += 1
            self.addresses[kind, id] = found
        return self.addresses[kind, id]

    def add(self, address: str, template: str, title: str, find: tuple[str, str] | None = None, **own) -> None:
        """One page. `find` is what sort of thing a search says it is, and the words beside the title that lead to it."""
        root = "../" * address.count("/")

        def to(kind: str, id: str) -> str:
            if not id:
                return f"{root}{kind}.html"
            return root + (self.addresses.get((PLURAL[kind], id)) or f"{PLURAL[kind]}.html")

        self.texts[address] = self.env.get_template(f"site/{template}").render(
            self.context, root=root, to=to, here=address, title=title, **own)
        if find is not None:
            self.index.append(Entry(title, address, *find))


PLURAL = {"mistake": "mistakes", "layer": "layers", "network": "networks", "framework": "frameworks", "convention": "conventions"}


def write(folder: Path, rows: Iterable[Row], *, repeat: str = "nnparity report", changes=None, **parts) -> Path:
    """folder/index.html and the pages around it; `repeat` is the command that makes them again, `changes` what
    reports/page/baseline.py found, the rest as for page.write. Pages of an earlier report that are none of this one
    are removed.

    Raises ValueError where there are no rows.
    """
    made = pages(tuple(rows), repeat=repeat, changes=changes, **parts)
    folder.mkdir(parents=True, exist_ok=True)
    for sub in FOLDERS:
        (folder / sub).mkdir(exist_ok=True)
        for old in (folder / sub).glob("*.html"):
            if f"{sub}/{old.name}" not in made:
                old.unlink()
    paths = [folder / address for address in made]
    with replacing(*paths) as unfinished:
        for path, text in zip(unfinished, made.values(), strict=True):
            path.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
    return folder / "index.html"


def pages(rows: tuple[Row, ...], *, repeat: str = "nnparity report", changes=None, **parts) -> dict[str, str]:
    """Address -> text of every file of the site."""
    context = page.context(rows, **parts)
    site = Site(context | {"repeat": repeat, "changes": changes, "tables": described.TABLES, "examples": described.EXAMPLES,
                           "kill_pages": {}})
    layers = by_layer(rows)
    for kind, names in (("layers", layers), ("frameworks", frameworks(site)), ("mistakes", catalogue.CATALOGUE),
                        ("conventions", [row.id for row in context["atlas_rows"]]),
                        ("networks", [section.network.id for section in context["networks"]])):
        for name in names:
            site.address(kind, name)
    mistakes(site)
    conventions(site)
    networks(site)
    layer_pages(site, layers)
    framework_pages(site)
    disagreements(site)
    kill_maps(site)
    rest(site)
    site.texts["site.css"] = "".join((page.TEMPLATES / name).read_text(encoding="utf-8") for name in STYLES)
    site.texts["site.js"] = (page.TEMPLATES / "site" / "site.js").read_text(encoding="utf-8")
    site.texts["rows.js"] = rows_script(rows, layers, site)
    site.texts["search.js"] = as_script(site.index)
    return site.texts


def by_layer(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Layer -> the rows of networks that have it, by name."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        for layer in dict.fromkeys(row.network.split(" -> ")):
            found.setdefault(layer, []).append(row)
    return dict(sorted(found.items()))


def lines_of(rows: Iterable[Row]) -> dict[str, dict[str, Row]]:
    """Case -> implementation -> row."""
    found: dict[str, dict[str, Row]] = {}
    for row in rows:
        found.setdefault(row.case, {})[row.implementation] = row
    return found


def frameworks(site: Site) -> list[str]:
    """Who answered, and the columns of the atlas."""
    columns = (column for cells in site.context["atlas_cells"].values() for column in cells)
    return list(dict.fromkeys((*site.context["summary"].implementations, *columns)))


def mistakes(site: Site) -> None:
    for entry in catalogue.CATALOGUE.values():
        words = " ".join((entry.id, *catalogue.numbers(entry), entry.area, entry.symptom))
        site.add(site.address("mistakes", entry.id), "mistake.html.j2", entry.title, (f"mistake, {entry.area}", words), e=entry)
    site.add("mistakes.html", "mistakes.html.j2", "Mistakes", ("list", "catalogue"))


def conventions(site: Site) -> None:
    cells = site.context["atlas_cells"]
    for row in site.context["atlas_rows"]:
        words = " ".join((row.id, row.layer, row.group, *row.leads, row.title, *(variant.title for variant in row.variants),
                          *(switch for variant in row.variants for switch in variant.switch.values())))
        site.add(site.address("conventions", row.id), "convention.html.j2", row.question, (f"convention, {row.layer}", words),
                 row=row, cells=cells[row.id], squares=matrix.line(row, cells[row.id]))
    columns = list(dict.fromkeys(column for own in cells.values() for column in own))
    moved = {(here, there): moving.moves(site.context["atlas_rows"], cells, here, there) for here, there in moving.pairs()
             if {here, there} <= set(columns)}
    for (here, there), found in moved.items():
        names = moving.title(here), moving.title(there)
        site.add(f"moving/from-{here}-to-{there}.html", "moving.html.j2", f"Moving from {names[0]} to {names[1]}",
                 ("list", f"{here} {there} port migrate switch"), names=names, moves=found)
    things = named.things(site.context["atlas_rows"], cells) if set(named.COLUMNS) <= set(columns) else []
    for thing in things:
        words = " ".join((thing.layer, *(name for own in thing.names.values() for name in own)))
        site.add(f"names/{thing.layer}.html", "name.html.j2", thing.title, ("name", words), thing=thing)
    if things:
        site.add("names.html", "names.html.j2", "What is it called?", ("list", "names classes functions"), things=things)
    if columns:
        site.add("matrix.html", "matrix.html.j2", "All conventions at a glance", ("list", "matrix table compare frameworks"),
                 columns=columns, topics=topics(site.context["atlas_rows"], cells), agreed=agreed)
    if told := versions.histories(site.context["atlas_rows"], cells):
        site.add("versions.html", "versions.html.j2", "What changed between releases", ("list", "versions drift older upgrade"),
                 histories=told, titles={row.id: row.title for row in site.context["atlas_rows"]}, drawn=picture.drift(told))
    questions = {row.id: row.question for row in site.context["atlas_rows"]}
    if questions:
        site.add("symptoms.html", "symptoms.html.j2", "What do you see?", ("list", " ".join(each.seen for each in SYMPTOMS)),
                 symptoms=SYMPTOMS, questions=questions)
    site.add("conventions.html", "conventions.html.j2", "Conventions", ("list", "atlas which formula"), columns=columns,
             moved=moved, things=things, changed=bool(told), name_of=moving.title, agreed=agreed,
             drawn=picture.agreement(columns, cells))


def topics(rows: Iterable[AtlasRow], cells: Cells) -> dict[str, list[tuple[AtlasRow, list[matrix.Square]]]]:
    """Topic -> its questions, each with what every column answers."""
    found: dict[str, list[tuple[AtlasRow, list[matrix.Square]]]] = {}
    for row in rows:
        found.setdefault(row.group, []).append((row, matrix.line(row, cells[row.id])))
    return found


def networks(site: Site) -> None:
    for section in site.context["networks"]:
        own = section.network
        site.add(site.address("networks", own.id), "network.html.j2", f"{own.id} {own.title}",
                 ("network of the documents", f"{own.built} {own.document}"), section=section, network=own)
    site.add("networks.html", "networks.html.j2", "Networks of the documents", ("list", ""))


def layer_pages(site: Site, layers: Mapping[str, Sequence[Row]]) -> None:
    known = {layer.kind: layer for layer in site.context["layers"]}
    for name, rows in layers.items():
        own = [entry for entry in catalogue.CATALOGUE.values() if isinstance(entry, Mistake) and name in entry.kinds]
        atlas = [row for row in site.context["atlas_rows"] if row.layer == name]
        probes = [row for row in site.context["probes"] if row.network == name]
        address = site.address("layers", name)
        parts = chunks(lines_of(rows).items(), LINES)
        for number, part in enumerate(parts):
            site.add(numbered(address, number), "layer.html.j2", name, ("layer", "") if number == 0 else None,
                     layer=known.get(name), own=own, atlas=atlas, layer_probes=probes, lines=part, lines_each=LINES,
                     number=number, parts=len(parts), numbered=numbered, first=address,
                     implementations=list(dict.fromkeys(row.implementation for row in rows)))
    site.add("layers.html", "layers.html.j2", "Layers", ("list", "losses activations optimizers"), by_layer=layers,
             drawn=picture.distributions(site.context["rows"]))


def chunks(items: Iterable, size: int) -> list[list]:
    items = list(items)
    return [items[i:i + size] for i in range(0, len(items), size)]


def numbered(address: str, number: int) -> str:
    """The address of a page's continuation: gru.html, gru.2.html."""
    return address if number == 0 else address.removesuffix(".html") + f".{number + 1}.html"


def framework_pages(site: Site) -> None:
    summary, certificates = site.context["summary"], site.context["certificates"]
    for name in frameworks(site):
        asked = name in summary.implementations
        site.add(site.address("frameworks", name), "framework.html.j2", name,
                 ("framework", summary.implementations.get(name, "")), name=name, asked=asked, marks=marks,
                 deviations=[d for d in DEVIATIONS if d.oracle == name],
                 inexact=[c for c in certificates.of.get(name, ()) if not c.exact] if certificates else [])
    site.add("frameworks.html", "frameworks.html.j2", "Frameworks", ("list", "versions"), names=frameworks(site))


def disagreements(site: Site) -> None:
    groups = site.context["summary"].causes
    parts = chunks(groups, GROUPS) or [[]]
    for number, part in enumerate(parts):
        site.add(numbered("disagreements.html", number), "disagreements.html.j2", "Disagreements",
                 ("list", "what differs and why") if number == 0 else None, part=part, number=number, parts=len(parts),
                 numbered=numbered, first="disagreements.html", shown=3)


def kill_maps(site: Site) -> None:
    """Which case notices which mistake, a page for each area of the catalogue."""
    for area, mistakes, cases, drawn in site.context["kill_pictures"]:
        address = site.context["kill_pages"][area] = site.address("proof", area)
        site.add(address, "kills.html.j2", f"Which case notices which mistake: {area}",
                 ("self-proof", "kill matrix heat map planted"), area=area, mistakes=mistakes, cases=cases, drawn=drawn)


def rest(site: Site) -> None:
    """The pages of which there is one."""
    for name, title, words in PAGES:
        site.add(f"{name}.html", f"{name}.html.j2", title, ("page", words))


PAGES = (
    ("index", "Overview", ""), ("rows", "All rows", "table of every case"),
    ("proof", "Self-proof", "planted mistakes kill matrix"),
    ("mutation", "Mutation testing", "mutants survivors"), ("golden", "Golden figures", "printed numbers of documents"),
    ("certificates", "Certificates", "exactness mpmath float64"), ("campaign", "Campaign", "random networks detection"),
    ("tables", "Tables", "csv parquet pandas columns"), ("words", "Words", "verdicts glossary what the words mean"),
    ("changes", "What has changed", "baseline drift since"))


def rows_script(rows: Sequence[Row], layers: Mapping[str, Sequence[Row]], site: Site) -> str:
    """All rows for the table that the page of rows builds: names once, a row as numbers into them."""
    where: dict[str, tuple[str, int]] = {}
    for name, own in layers.items():
        for place, case in enumerate(lines_of(own)):
            where.setdefault(case, (numbered(site.address("layers", name), place // LINES), place))
    names: dict[str, dict[str, int]] = {"networks": {}, "implementations": {}, "verdicts": {}, "paths": {}, "pages": {}}

    def number(of: str, word: str) -> int:
        return names[of].setdefault(word, len(names[of]))

    lines = []
    for row in rows:
        worst, (address, place) = row.worst, where[row.case]
        error = None if worst is None or worst.problem else worst.error if isfinite(worst.error) else str(worst.error)
        lines.append([row.case, number("networks", row.network), number("implementations", row.implementation),
                      number("verdicts", row.verdict), "problem" if worst and worst.problem else error,
                      number("paths", worst.path if worst else row.message[:80]), len(row.agreements),
                      number("pages", f"{address}#case-{place}")])
    data = {**{name: list(words) for name, words in names.items()}, "rows": lines}
    return f"window.NNPARITY_ROWS = {json.dumps(data, separators=(',', ':'))};\n"
