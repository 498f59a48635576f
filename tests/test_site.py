"""The report as a site: small pages, links that lead somewhere, nothing from a network, and what changed since an earlier one."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from posixpath import dirname, join, normpath

import pandas as pd
import pytest

from nnparity.oracles.atlas.columns import COLUMNS
from nnparity.reports.atlas import matrix, versions, view
from nnparity.reports.comparison.compare import Agreement
from nnparity.reports.page import baseline, described, picture, site, tables
from nnparity.reports.page.page import TEMPLATES
from nnparity.reports.selfproof.kill import Kill
from nnparity.reports.verdicts.row import Row

MOST = 300_000  # bytes of a page
ATLAS = view.rows_about(None)
CELLS = view.recorded_cells(ATLAS, COLUMNS)
KILLS = [Kill(id="softmax-diagonal", title="diagonal only", kind="backward", area="softmax", right="a", wrong="b",
              noticed_by={"gru-1": True})]


def row(case, implementation="torch", verdict="agrees", error=0.5, seconds=0.1):
    arrays = (Agreement(path="outputs/y", error=error, allowed=1e-15, epsilons=3.0, worst=(0, 1), got=0.1, expected=0.2, size=4),)
    return Row(case=case, network="gru", implementation=implementation, version="1.0", verdict=verdict, built="GRU(4)",
               agreements=arrays, seconds=seconds)


ROWS = [row(f"gru-{i}", name, error=0.4 + i / 2000) for i in range(600) for name in ("torch", "keras")]


@pytest.fixture(scope="module")
def pages():
    return site.pages(tuple(ROWS), kill_matrix=KILLS, atlas=(ATLAS, CELLS), generated="now")


class Found(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.elements = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.elements.append((tag, attributes))
        self.ids |= {attributes["id"]} if "id" in attributes else set()
        self.links += [attributes[name] for name in ("href", "src") if name in attributes and tag in ("a", "link", "script")]


def test_every_page_is_small(pages):
    large = {name: len(text) for name, text in pages.items() if name.endswith(".html") and len(text.encode()) >= MOST}
    assert not large and len(pages) > 800


def test_every_link_leads_somewhere_and_none_is_loaded_from_a_network(pages):
    found = {name: Found(text) for name, text in pages.items() if name.endswith(".html")}
    for name, page in found.items():
        for link in page.links:
            if link.startswith("https://"):
                continue  # for a person to follow
            address, _, place = link.partition("#")
            target = normpath(join(dirname(name), address)) if address else name
            assert target in pages, f"{name}: {link}"
            assert not place or "=" in place or place in found[target].ids, f"{name}: {link}"
        for tag, attributes in page.elements:
            assert tag not in {"iframe", "object", "embed", "base", "audio", "video", "form"} and "style" not in attributes
            if tag in ("link", "script"):
                assert not re.match(r"\w+:|//", attributes.get("href") or attributes.get("src"))


def test_wide_tables_scroll_by_themselves(pages):
    """Nothing but a table or source can be wider than a phone, and each of them has a box that scrolls."""
    for name in ("index.html", "layers/gru.html", "tables.html", "rows.html"):
        for before in re.findall(r"([^\n]*)\n?<table", pages[name]):
            assert 'class="scroll"' in before, name


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.j2")), ids=lambda path: path.name)
def test_every_table_of_a_template_stands_in_a_box_that_scrolls(template):
    """Also those of sections that a small run has none of, as the campaign's."""
    for before in re.findall(r"([^\n]*\n?[^\n]*)<table", template.read_text(encoding="utf-8")):
        assert 'class="scroll"' in before, before


def test_a_row_leads_to_its_line(pages):
    for place in re.findall(r"layers/[^\"]*", pages["rows.js"]):
        address, _, anchor = place.partition("#")
        assert f'id="{anchor}"' in pages[address]


def test_the_index_has_every_mistake_and_convention(pages):
    for folder in ("mistakes/", "conventions/"):
        assert all(f'"{name}"' in pages["search.js"] for name in pages if name.startswith(folder))


@pytest.mark.parametrize("code", described.EXAMPLES.values(), ids=range(len(described.EXAMPLES)))
def test_the_examples_run_in_the_folder_of_a_report(tmp_path, monkeypatch, capsys, code):
    tables.write(tmp_path, ROWS[:10], cells=CELLS, kills=KILLS)
    monkeypatch.chdir(tmp_path)
    exec(code, {})
    assert capsys.readouterr().out.strip()


def test_what_changed_is_told(tmp_path):
    old = [row("a"), row("b", verdict="unexplained", error=9.0), row("c", seconds=1.0), row("gone")]
    tables.write(tmp_path, old, cells=CELLS)
    before = baseline.read(tmp_path)
    same = baseline.changes(tmp_path, before, tables.frame([row("a")]), tables.cells_frame(CELLS))
    assert same.tone == "good" and "nothing has changed" in same.sentence and same.compared == 1
    id = next(id for id, own in CELLS.items() if own["torch"].variant is not None)
    cell = replace(CELLS[id]["torch"], variant=None, state="unmatched")
    cells = {**CELLS, id: {**CELLS[id], "torch": cell}}
    now = tables.frame([row("a", verdict="unexplained", error=50.0), row("b"), row("c", seconds=9.0), row("new")])
    found = baseline.changes(tmp_path, before, now, tables.cells_frame(cells))
    assert (found.compared, found.tone) == (3, "bad")
    assert found.new == ["torch, a: agrees before, unexplained now"]
    assert found.gone == ["torch, b: unexplained before, agrees now"]
    assert len(found.drift) == 1 and id in found.drift[0] and len(found.less_exact) == 1 and len(found.slower) == 1
    assert '"new"' in baseline.write(tmp_path, found).read_text()


def test_a_folder_without_a_report_is_refused(tmp_path):
    with pytest.raises(baseline.NoBaseline, match="holds no report"):
        baseline.read(tmp_path)
    pd.DataFrame({"case": ["a"]}).to_csv(tmp_path / "rows.csv")
    with pytest.raises(baseline.NoBaseline, match="lacks the columns"):
        baseline.read(tmp_path)


def test_the_kill_matrix_names_its_mistakes_an_area_a_page(pages):
    assert 'href="proof/softmax.html"' in pages["proof.html"] and "<svg" not in pages["proof.html"]
    page = pages["proof/softmax.html"]
    drawing, _, rest = page.partition("</svg>")
    assert "softmax-diagonal<" in drawing and "gru-1<" in drawing and 'href="../mistakes/softmax-diagonal.html"' in rest


def test_a_page_per_name(pages):
    """What a thing is called everywhere, what to write for the same numbers, where the frameworks differ."""
    page = pages["names/batch_norm.html"]
    for words in ("torch.nn.BatchNorm1d", "keras.layers.BatchNormalization", "flax.nnx.BatchNorm",
                  "BatchNormalization(epsilon=1e-05)", "what torch computes by default, in keras", "tf.compat.v1"):
        assert words in page, words
    assert 'names/batch_norm.html">batch norm<' in pages["names.html"] and "torch.nn.BatchNorm1d" in pages["search.js"]
    kept = re.findall(r"apart ([0-9.e-]+)", page)
    assert len(kept) > 5 and float(kept[0]) > 0.5 and [float(n) for n in kept] == sorted(map(float, kept), reverse=True)


def test_pages_for_those_who_move(pages):
    page = pages["moving/from-keras-to-torch.html"]
    assert "nnparity conventions --from keras --to torch" in page and "BatchNorm1d(n, eps=0.001)" in page
    assert "moving/from-keras-to-torch.html" in pages["conventions.html"]
    assert "write pad by hand: <code>F.pad(x, (0, 1))</code>, then <code>padding=0</code>" in page
    rotation = page.partition("conventions/rmsprop.rate_in.html")[2].partition("</li>")[0]
    assert "no option: write it out <math" in rotation


def test_what_all_agree_on_is_folded_away(pages):
    folded = pages["conventions.html"].partition("all that were measured agree</summary>")[2].partition("</details>")[0]
    own = [row.question for row in ATLAS if view.agreed(CELLS[row.id])]
    assert own and all(question.replace("'", "&#39;") in folded for question in own[:5])


def test_every_list_says_whose_function_it_is(pages):
    """Raw functions and those of old are named wherever a cell is shown, and a cell's own page has what it calls."""
    item = next(line for line in pages["conventions.html"].splitlines() if "conventions/gru.reset.html" in line)
    assert "tensorflow (tf.raw_ops)" in item
    item = next(line for line in pages["frameworks/tensorflow.html"].splitlines() if "conventions/gru.reset.html" in line)
    assert "tf.raw_ops" in item
    own = pages["conventions/gru.reset.html"].replace("<wbr>", "")
    assert "tf.raw_ops.GRUBlockCell" in own and "<code>keras.layers.GRU</code>" in own and "<code>torch.nn.GRUCell</code>" in own


class Matrix(HTMLParser):
    """The lines of the tables of matrix.html: (question's address, [(class, address, text) of each cell])."""

    def __init__(self, text):
        super().__init__()
        self.lines, self.at = [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "table":
            self.at = None
        elif tag == "tr":
            self.lines.append(["", []])
        elif tag in ("th", "td"):
            self.at = tag
            if tag == "td":
                self.lines[-1][1].append([attributes.get("class"), "", ""])
        elif tag == "a" and self.at == "td":
            self.lines[-1][1][-1][1] = attributes["href"]
        elif tag == "a" and self.at == "th":
            self.lines[-1][0] = attributes["href"]

    def handle_endtag(self, tag):
        self.at = None if tag == "table" else self.at

    def handle_data(self, data):
        if self.at == "td":
            self.lines[-1][1][-1][2] += data


def test_the_matrix_shows_what_was_measured_and_colours_what_is_alike(pages):
    lines = {address: cells for address, cells in Matrix(pages["matrix.html"]).lines if cells}
    differing = [row for row in ATLAS if not view.agreed(CELLS[row.id])]
    assert set(lines) == {f"conventions/{row.id}.html" for row in differing}
    for row in differing:
        shown, cells = lines[f"conventions/{row.id}.html"], CELLS[row.id]
        assert len(shown) == len(cells)
        for (colour, address, text), cell in zip(shown, cells.values()):
            assert (colour is None) == (cell.variant is None)
            if cell.variant:
                assert text.split()[0] == str(cell.variant.value).split()[0] and all(mark in text for mark in view.marks(cell))
                assert address == f"conventions/{row.id}.html#in-{cell.column}"
        colours = {(colour, cell.variant.value) for (colour, *_), cell in zip(shown, cells.values()) if cell.variant}
        assert len(colours) == len(dict(colours)) == len({value for _, value in colours}), "a colour for each variant"
        measured = [colour for colour, *_ in shown if colour]
        assert measured.count("k0") == max(map(measured.count, measured))


def test_a_cell_of_the_matrix_leads_to_the_setting_that_switches_it(pages):
    own = pages["conventions/batch_norm.epsilon.html"]
    line = own.partition('<tr id="in-keras">')[2].partition("</tr>")[0]
    assert ">0<wbr>" not in line and "0.<wbr>001" in line and "BatchNormalization(epsilon=1e-05)" in line
    assert "tf.compat.v1" in own.partition('<tr id="in-tensorflow">')[2].partition("</tr>")[0]


def luminance(colour):
    """Relative luminance as WCAG defines it."""
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_colours_of_the_matrix_are_enough_and_can_be_read_on(pages):
    inks = re.findall(r"--ink: (#\w{6})", pages["site.css"])
    light, dark = (re.findall(r"#\w{6}", own) for own in re.findall(r"\.matrix \{ (--k0[^}]*)\}", pages["site.css"]))
    most = max(square.kind for row in ATLAS for square in matrix.line(row, CELLS[row.id]))
    for ink, papers in zip(inks, (light, dark), strict=True):
        assert len(papers) > most
        for paper in papers:
            low, high = sorted((luminance(ink), luminance(paper)))
            assert (high + 0.05) / (low + 0.05) >= 4.5


def test_what_changed_between_releases_is_a_table_and_a_picture(pages):
    """A release a column, today's last: what each computes is what was recorded of it, and alike is of one colour."""
    told = versions.histories(ATLAS, CELLS)
    page = pages["versions.html"]
    assert told and 'href="versions.html"' in pages["conventions.html"] and "Drift over releases" in page
    lines = iter([(address, cells) for address, cells in Matrix(page).lines if cells])
    for own in told:
        assert own.versions[-1] == next(line[own.column].version for line in CELLS.values() if line[own.column].variant)
        for id_ in own.changed:
            address, cells = next(lines)
            assert address == f"conventions/{id_}.html" and len(cells) == len(own.versions)
            shown = [(colour, text.strip()) for colour, _, text in cells]
            for (colour, text), release in zip(shown, own.computed):
                assert (colour is None, text) == ((False, str(release[id_].value)) if id_ in release else (True, "–"))
            colours = {(colour, text) for colour, text in shown if colour}
            assert len(colours) == len(dict(colours)) == len({text for _, text in colours}) > 1
    assert next(lines, None) is None


def test_a_release_is_compared_where_both_answered():
    first, second = list(ATLAS[0].variants)[:2]
    computed = {"a": first, "b": first, "c": second}, {"a": first, "b": second}
    own = versions.History("torch", ("torch 1.0", "torch 2.0"), computed)
    assert own.changed == ["b"] and own.as_today == [(1, 2), (2, 2)]
    assert "torch 1.0" in picture.drift([own]) and "1 of 2" in picture.drift([own]) and picture.drift([]) is None
