"""The report: complete, self-contained, honest about nothing compared, and harmless whatever a row says."""

import base64
import csv
import hashlib
import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from math import inf, isnan, nan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rows_csv
from rich.console import Console

from nnparity import cases, reference_impl
from nnparity.cases.atlas import atlas
from nnparity.cases.case import Result
from nnparity.cases.conventions import CONFIGS, CONVENTIONS
from nnparity.cases.layers.gru import CASES
from nnparity.reports.atlas.measure import Cell
from nnparity.reports.commands import report_told as console
from nnparity.reports.comparison.compare import Agreement
from nnparity.reports.comparison.measured import Measured
from nnparity.reports.comparison.problem import Kind, Problem
from nnparity.reports.diagnosis.cause import Cause, Planted, Words
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.formula import mathml, typeset
from nnparity.reports.page import described, page, picture, reproduce, tables
from nnparity.reports.page.summary import Summary
from nnparity.reports.selfproof.kill import Kill
from nnparity.reports.verdicts.golden import golden_rows
from nnparity.reports.verdicts.judge import judge
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.verdict import VERDICTS

GENERATED = "nnparity 0.1.0, 2030-01-02"
CASE = cases.named("gru-after-float64-generic")
HOSTILE = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</script><script>alert(1)", "' onclick='alert(1)",
           "javascript:alert(1)", "{{ 7 * 7 }}", "</style><svg onload=alert(1)>", "[bold]x[/nonsense]", "\x1b[2J\x00\ud800")


def array(path="outputs/y", error=0.5, **about):
    about = {"allowed": 1e-15, "epsilons": 3.0, "worst": (0, 1, 2), "got": 0.1, "expected": 0.2, "size": 40} | about
    return Agreement(path=path, error=error, **about)


def row(case=CASE.name, implementation="torch", verdict="agrees", agreements=None, **about):
    about = {"network": "gru", "version": "1.0", "built": "GRU(4)", "seconds": 0.25} | about
    agreements = (array(), array("grads/kernel", 0.25)) if agreements is None else agreements
    return Row(case=case, implementation=implementation, verdict=verdict, agreements=agreements, **about)


def explained(text="update gate swapped", **about):
    about = {"label": "K24", "words": "The roles are exchanged.", "fix": "Exchange z and 1 - z.",
             "right": r"h' = z \odot h", "wrong": "h = (1 - z) * h", "switch": {"keras": "no option"}} | about
    return Explanation(causes=(Cause(what=Planted(about["label"]), verdict="mistake", told=Words(title=text, **about)),))


def wrong_row():
    """A real disagreement, judged: one element of the kernel's gradient is off by 0.1 %."""
    right = reference_impl.run(CASE)
    kernel = right.grads["kernel"].copy()
    kernel.flat[5] *= 1.001
    return judge(CASE, Result(outputs=right.outputs, grads={**right.grads, "kernel": kernel}), implementation="mine.py",
                 version="")


def everything(text):
    """Arguments of page.write with the text in every place that a person or a framework can fill."""
    hostile = explained(text, label=text, words=text, fix=text, switch={text: text}, right=rf"\text{{{text}}}", wrong=text)
    unlike = array("grads/" + text, problem=Problem(Kind.SHAPE, text))
    disagreeing = row(text, text, "mistake", (array(text), unlike), diagnosis=(hostile, hostile), network=text,
                      version=text, built=text, printed=text, message=text)
    errored = row(text, text, "errored", (), message=text, printed=text)
    return [disagreeing, errored, row()], dict(
        kill_matrix=[Kill(id=text, title=text, kind=text, right=text, wrong=text, noticed_by={text: True}, diagnosis=text)],
        conventions=[Measured(framework=text, version=text, layer="gru", config=CONFIGS["gru"][0], built=text,
                              distances={text: 0.5})],
        probes=[replace(disagreeing, verdict="convention")],
        golden=[replace(golden_rows(CASES)[0], case=text, source=text, why=text, figure=text, value=text)],
        generated=text)


class Elements(HTMLParser):
    """Every element of a page, and its text."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.words = [], []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return "".join(self.words)

    def count(self, wanted):
        return sum(tag == wanted for tag, _ in self.elements)


def written(tmp_path, rows, generated=GENERATED, **parts):
    return page.write(tmp_path, rows, generated=generated, **parts).read_text(encoding="utf-8")


@pytest.fixture
def full_page(tmp_path):
    kills = [Kill(id="m1", title="reset gate left out", kind="forward", right="r * h", wrong="h", noticed_by={CASE.name: True}),
             Kill(id="m2", title="bias doubled", kind="backward", right="b", wrong="2 * b", noticed_by={CASE.name: False})]
    measured = [Measured(framework="torch", version="torch 2", layer="gru", config=CONFIGS["gru"][0], built="GRU(4)",
                         distances={"after": 0.5, "before": 3e12})]
    return written(tmp_path, [row(), row(implementation="keras"), wrong_row()], kill_matrix=kills, conventions=measured,
                   golden=golden_rows(CASES), probes=[row("gru-default", verdict="convention", diagnosis=(explained(),))])


def test_every_row_appears(tmp_path):
    rows = [row(f"gru-{i}", verdict=verdict, agreements=() if verdict in ("errored", "timed out", "unsupported") else None)
            for i, verdict in enumerate(VERDICTS)]
    body = re.search(r'<table id="rows".*?<tbody>(.*?)</tbody>', written(tmp_path, rows), re.S)[1]
    assert re.findall(r"<tr><td>(gru-\d+)", body) == [r.case for r in rows]
    for r in rows:
        assert f">{r.verdict}<" in body


def test_the_page_needs_nothing_but_itself(full_page):
    """No address is ever loaded: the only ones are links that a person may follow."""
    for tag, attributes in Elements(full_page).elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "audio", "video", "form"}
        assert not attributes.keys() & {"src", "srcset", "action", "formaction", "background", "style", "xlink:href"}
        if "href" in attributes:
            assert attributes["href"].startswith({"a": ("#", "https://"), "use": "#", "image": "data:image/png;base64,"}[tag])
    assert "@import" not in full_page and "fetch(" not in full_page
    assert {address[:1] for address in re.findall(r"url\((.*?)\)", full_page)} <= {"#"}, "a picture's own parts"


def test_the_security_policy_lets_the_pages_own_script_run_and_no_other(full_page):
    policy = next(a["content"] for tag, a in Elements(full_page).elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    for tag in ("script", "style"):
        inline = re.findall(rf"<{tag}>(.*?)</{tag}>", full_page, re.S)
        assert len(inline) == 1
        digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_stay_words(tmp_path, text):
    """The elements and attributes of the page are the same whatever the rows say, and nothing runs."""
    rows, parts = everything(text)
    hostile = Elements(written(tmp_path, rows, **parts))
    rows, parts = everything("plain")
    harmless = Elements(written(tmp_path, rows, **parts))

    def shape(page):
        return [(tag, sorted(attributes)) for tag, attributes in page.elements if tag not in MATHML]

    assert shape(hostile) == shape(harmless)
    assert hostile.count("script") == 1
    for _, attributes in hostile.elements:
        assert not [name for name in attributes if name.startswith("on")]
        assert "javascript:" not in attributes.get("href", "")
    assert text.encode("utf-8", "backslashreplace").decode().replace("\0", "") in hostile.text.replace("\0", "")


MATHML = {"math", "mrow", "mi", "mo", "mn", "mtext", "msub", "msup", "code"}  # a formula that is none is shown as its source


@pytest.mark.parametrize("latex", [r"\text{<script>alert(1)</script>}", r"\href{javascript:alert(1)}{x}", r"\style{color:red}{x}",
                                   r"\text{<img src=x onerror=alert(1)>}", r"\frac", ""])
def test_formulas_bring_in_mathematics_only(latex):
    """The converter passes markup through; the page must not."""
    found = Elements(str(mathml(latex)))
    assert {tag for tag, _ in found.elements} <= MATHML
    assert not {name for _, attributes in found.elements for name in attributes} & {"href", "style", "class", "src", "onerror"}


@pytest.mark.parametrize("convention", CONVENTIONS.values(), ids=lambda c: c.id)
def test_every_formula_of_the_catalogue_is_typeset(convention):
    for variant in convention.variants:
        assert str(typeset(variant.formula)).startswith("<math"), variant.formula


def test_several_equations_are_typeset_one_a_line():
    """A space inside an equation, "\\; ", does not end it."""
    assert str(typeset(r"h' = z \odot h; a \; b")).count("<math") == 2 == str(typeset(r"h' = z \odot h; a \; b")).count("</math>")


def test_sources_become_links_only_where_they_are_https(tmp_path):
    golden = [replace(golden_rows(CASES)[0], source=source) for source in
              ("https://example.org/a", "javascript:alert(1)", "http://example.org/b", "https://x y", "data:text/html,x")]
    links = [a["href"] for tag, a in Elements(written(tmp_path, [row()], golden=golden)).elements if tag == "a"]
    assert [link for link in links if not link.startswith("#") and "example" in link or ":a" in link] == ["https://example.org/a"]


def test_headers_are_reachable_by_keyboard(full_page):
    head = re.search(r'<table id="rows".*?</thead>', full_page, re.S)[0]
    assert head.count("<th ") == head.count('<button type="button">') >= 6
    assert re.search(r'role="img" class="plot"><title>Observed against allowed error</title><desc>', full_page)


def test_a_disagreement_shows_the_worst_element_with_both_values(tmp_path):
    wrong = wrong_row()
    html = Elements(written(tmp_path, [row(), wrong])).text
    worst = wrong.worst
    for words in (f"{worst.got:.17g}", f"{worst.expected:.17g}", f"[{', '.join(map(str, worst.worst))}]", "1 of 84"):
        assert words in html


def test_rows_with_one_cause_are_read_once(tmp_path):
    rows = [row(f"gru-{i}", "mine.py", "mistake", (array(error=10.0**i),), diagnosis=(explained(),)) for i in range(1, 100)]
    html = written(tmp_path, rows)
    assert html.partition('<section id="catalogue">')[0].count("update gate swapped") == 1
    assert "in 99 rows" in html and "and 89 rows more" in html
    assert html.index("1e+99") < html.index("1e+98")  # the furthest off first


def test_survivors_of_the_kill_matrix_are_named(full_page):
    assert "1 of 2 planted mistakes went unnoticed: bias doubled." in full_page


def test_conventions_stand_side_by_side(full_page):
    words = Elements(full_page).text
    for convention in CONVENTIONS.values():
        if convention.layer == "gru":
            assert convention.question in words and convention.consequence in words
    assert full_page.count("<math") >= 4 + 7  # the four equations as measured, and every variant's
    for line in ("z = activations.sigmoid(x @ K_z + b_z + h @ R_z + c_z)", "s_new = f * s + i * g", "φ(x @ K + b + h @ R + c)"):
        assert line in words


@pytest.mark.parametrize("agreements", [
    (array(error=nan, allowed=nan, got=nan, expected=nan, worst=(), size=0),), (array(error=inf, allowed=0.0, got=inf),),
    (array(problem=Problem(Kind.SHAPE, "shape (3, 4), expected (4, 3)"), worst=(), error=nan),),
    (array(error=3.0, allowed=5e-324),)],
    ids=["nan", "inf", "problem", "denormal"])
def test_what_is_no_number_is_still_reported(tmp_path, agreements):
    rows = [row(verdict="unexplained", agreements=agreements)]
    assert "unexplained" in written(tmp_path, rows)
    assert len(tables.frame(rows)) == 1
    console.summary(rows, Console(file=io.StringIO(), width=80))


@pytest.mark.parametrize("verdict", VERDICTS)
def test_rows_without_an_answer_are_no_agreement(tmp_path, verdict):
    if verdict == "agrees":
        with pytest.raises(ValueError, match="nothing was compared"):
            row(verdict=verdict, agreements=())
        return
    rows = [row(verdict=verdict, agreements=(), message="no such layer")]
    assert Summary(rows).tone == "bad" and Summary(rows).sentence.startswith("Nothing was compared")
    assert "Nothing was compared" in written(tmp_path, rows)


@pytest.mark.parametrize("report", [
    lambda rows, folder: page.write(folder, rows, generated=GENERATED), lambda rows, folder: tables.write(folder, rows),
    lambda rows, _: console.summary(rows, Console(file=io.StringIO()))], ids=["page", "tables", "console"])
def test_a_report_on_nothing_is_an_error(tmp_path, report):
    with pytest.raises(ValueError, match="nothing was compared"):
        report((), tmp_path)
    assert not list(tmp_path.rglob("*.*"))


def test_the_verdict_is_as_bad_as_the_worst_row():
    assert Summary([row()]).tone == "good"
    assert Summary([row(), row(verdict="convention")]).tone == "warn"
    open_ = Summary([row(), row(verdict="cannot judge")])
    assert open_.tone == "warn" and open_.sentence.startswith("Everything that can be judged agrees")
    assert "1 answer cannot be judged" in open_.sentence
    assert Summary([row(), row(verdict="unsupported", agreements=())]).tone == "good"
    for verdict in ("mistake", "unexplained", "precision"):
        assert Summary([row(), row(verdict=verdict)]).tone == "bad"
    assert Summary([row(), row(verdict="timed out", agreements=())]).tone == "bad"


def test_the_sentence_counts_every_row_once():
    unanswered = [row(verdict=verdict, agreements=()) for verdict in ("errored", "unsupported")]
    rows = [row(), row(), row(verdict="mistake"), *unanswered]
    assert Summary(rows).sentence == "1 of 4 answers disagrees (1 mistake); 1 of 4 gave no answer."
    assert sum(Summary(rows).verdicts.values()) == 5


# ------------------------------------------------------------------------------------------------------------ tables


def table_rows():
    return [row(), wrong_row(), row("a,b\"c\nd\re", "nan", seconds=nan), row(verdict="errored", agreements=(), message="é\n,"),
            row(verdict="unexplained", agreements=(array(error=inf), array("grads/x", 0.1 + 0.2, allowed=5e-324)))]


def test_the_table_has_a_line_for_every_array_and_every_row_without_one():
    frame = tables.frame(table_rows())
    assert len(frame) == 2 + 8 + 2 + 1 + 2
    assert list(frame.columns) == list(tables.COLUMNS)


def test_csv_gives_back_every_digit(tmp_path):
    import pandas as pd
    tables.write(tmp_path, table_rows())
    pd.testing.assert_frame_equal(rows_csv.read(tmp_path / "rows.csv"), tables.frame(table_rows()), check_exact=True)


def test_parquet_gives_back_every_digit(tmp_path):
    import pandas as pd
    pytest.importorskip("pyarrow")
    assert [path.name for path in tables.write(tmp_path, table_rows())] == [
        f"{name}.{ending}" for ending in ("csv", "parquet") for name in ("rows", "cells", "kills")]
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "rows.parquet"), tables.frame(table_rows()), check_exact=True)


def test_every_table_has_the_columns_and_types_that_its_description_says(tmp_path):
    pytest.importorskip("pyarrow")
    cells = {"gru.reset": {"torch": Cell(row=atlas()["gru.reset"], column="torch", state="absent")}}
    kills = [Kill(id="m1", title="", kind="forward", right="", wrong="", noticed_by={"case": True})]
    tables.write(tmp_path, table_rows(), cells=cells, kills=kills)
    for name, table in described.TABLES.items():
        read = pd.read_parquet(tmp_path / f"{name}.parquet")
        assert len(read) and {column: str(kind) for column, kind in read.dtypes.items()} == {
            column: kind for column, (kind, _) in table.columns.items()}


def test_without_pyarrow_no_old_parquet_is_left(tmp_path, monkeypatch):
    (tmp_path / "rows.parquet").write_text("an older run")
    monkeypatch.setattr(tables, "find_spec", lambda _: None)
    assert tables.write(tmp_path, table_rows()) == [tmp_path / f"{name}.csv" for name in ("rows", "cells", "kills")]
    assert not (tmp_path / "rows.parquet").exists()


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_tables_hold_any_text(tmp_path, text):
    tables.write(tmp_path, everything(text)[0])
    assert rows_csv.read(tmp_path / "rows.csv")["case"][0] == tables.writable(text)


# ----------------------------------------------------------------------------------------------------------- console


def printed(rows):
    out = io.StringIO()
    console.summary(rows, Console(file=out, width=80))
    return out.getvalue()


def test_the_console_says_what_the_page_says():
    rows = [row(), row(implementation="keras", version="keras 3"), wrong_row()]
    text = printed(rows)
    for words in ("keras 3", "1 agrees", "mine.py"):
        assert words in text
    assert Summary(rows).sentence in text.replace("\n", " ")
    assert wrong_row().diagnosis[0].title[:40] in text


def test_the_console_fits_80_columns():
    long = row("gru-" + "x" * 200, "implementation-" + "y" * 100, "mistake", version="z" * 90, diagnosis=(explained("w" * 300),))
    assert max(map(len, printed([long]).splitlines())) <= 80


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_control_sequence_reaches_the_terminal(text):
    shown = printed(everything(text)[0])
    assert "\x1b" not in shown and "\0" not in shown
    assert shown.encode("utf-8")


# ----------------------------------------------------------------------------------------------------------- picture


def test_every_array_is_a_dot_or_is_counted_as_left_out():
    rows = [row(verdict="unexplained", agreements=tuple(array(error=e, allowed=a) for e, a in
                                                        [(0.5, 1e-15), (0.0, 1e-15), (2.0, 1e-7), (nan, 1e-7), (inf, 0.0)]))]
    drawn = picture.points(rows)
    assert (drawn.drawn, drawn.left_out, len(drawn.beyond), drawn.unlisted) == (3, 2, 1, 0)
    assert {name: series.arrays for name, series in drawn.series.items()} == {"torch: agrees": 2, "torch: disagrees": 1}
    assert picture.errors([row(verdict="errored", agreements=())]) is None


def test_the_picture_tells_what_the_banner_tells():
    """Known deviations are beyond the line, and are no disagreement: they have a series and a colour of their own."""
    rows = [row(), row(implementation="keras", verdict="known deviation", agreements=(array(error=1e6),)),
            row(verdict="cannot judge", agreements=(array(error=0.1),))]
    drawn = picture.points(rows)
    assert set(drawn.series) == {"torch: agrees", "keras: known deviation", "torch: cannot be judged"}
    assert len({series.colour for series in drawn.series.values()}) == 3
    assert not [name for name in drawn.series if "disagrees" in name] and Summary(rows).tone == "warn"
    for name in drawn.series:
        assert f"{name} ({drawn.series[name].arrays})" in picture.errors(rows).svg


def test_a_picture_is_the_same_each_time():
    assert picture.errors([row(), wrong_row()]).svg == picture.errors([row(), wrong_row()]).svg


def test_a_dot_lies_above_the_line_exactly_where_it_disagrees():
    rng = np.random.default_rng(0)
    arrays = [array(error=10 ** e, allowed=10 ** a) for e, a in zip(rng.uniform(-2, 4, 50), rng.uniform(-17, -3, 50))]
    drawn = picture.points([row(verdict="unexplained", agreements=tuple(arrays))])
    assert all(observed >= allowed for allowed, observed in drawn.series["torch: disagrees"].at)
    assert all(observed <= allowed for allowed, observed in drawn.series["torch: agrees"].at)
    assert len(drawn.beyond) == drawn.series["torch: disagrees"].arrays == sum(a.error > 1 for a in arrays) > 0


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_arrays_of_nothing_but_zeros_do_not_widen_the_axes(dtype):
    """They are allowed the smallest normal number; they stand at the left edge, above the line where they are beyond it."""
    tiny = float(np.finfo(dtype).tiny)
    others = (array(error=0.5, allowed=1e-15), array(error=0.5, allowed=3e-7))
    zeros = (array(error=0.0, allowed=tiny), array(error=1e-20 / tiny, allowed=tiny))
    drawn = picture.points([row(verdict="unexplained", agreements=(*others, *zeros))])
    assert drawn.decades == picture.points([row(agreements=others)]).decades == (-15, -6, -19, -6)
    assert drawn.drawn == 4 and {x for x, _ in drawn.series["torch: disagrees"].at} == {-15 * picture.GRID}
    assert all(y > x for x, y in drawn.series["torch: disagrees"].at)
    assert (-15 * picture.GRID, -19 * picture.GRID) in drawn.series["torch: agrees"].at
    assert "zeros at the left one" in " ".join((page.TEMPLATES / "picture.html.j2").read_text().split())


def test_a_known_deviation_has_its_colour_among_the_errors_by_layer():
    plain, known = [row()], [row(), row(implementation="keras", verdict="known deviation", agreements=(array(error=1e6),))]
    assert picture.KNOWN not in picture.distributions(plain) and "known deviation" not in picture.distributions(plain)
    assert picture.KNOWN in picture.distributions(known) and "known deviation" in picture.distributions(known)


def test_more_cases_than_can_be_named_are_numbered():
    def drawn(n):
        kill = Kill(id="m1", title="", kind="forward", right="", wrong="", noticed_by={f"case-{i}-": i > 0 for i in range(n)})
        return picture.kill_map("gru", [kill], list(kill.noticed_by))
    assert "case-1-" in drawn(picture.CASES_NAMED) and "m1" in drawn(picture.CASES_NAMED)
    assert "case-1-" not in drawn(picture.CASES_NAMED + 1) and "m1" in drawn(picture.CASES_NAMED + 1)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 1.0])
def test_the_share_of_agreement_can_be_read_on_its_colour(share):
    """With the contrast that WCAG asks of small text."""
    import matplotlib

    def luminance(colour):
        return sum(weight * (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
                   for weight, part in zip((0.2126, 0.7152, 0.0722), colour))
    paper = matplotlib.colormaps["Blues"](share)
    ink = [int(picture.ink_on(paper)[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    low, high = sorted((luminance(ink), luminance(paper)))
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_where_all_arrays_are_zeros_the_axes_are_theirs():
    drawn = picture.points([row(agreements=(array(error=0.0, allowed=float(np.finfo("float32").tiny)),))])
    assert drawn.decades[0] == -38


# --------------------------------------------------------------------------------------------- reproducing, golden, size


@pytest.mark.parametrize("agreement", [
    array("outputs/y", 3.0, worst=(0, 1, 2)), array("grads/kernel", nan, problem=Problem(Kind.SHAPE, "shape (1,)"), worst=()),
    array("grads/nonsense", nan, problem=Problem(Kind.UNKNOWN, "unknown; this case has x"), worst=()), array("nonsense", 3.0)],
    ids=["element", "shape", "unknown array", "no array"])
def test_the_lines_that_reproduce_a_disagreement_run(agreement, capsys):
    code = reproduce.lines(row(implementation="mine.py\nraise SystemExit", verdict="unexplained", agreements=(agreement,)))
    exec(code, {})
    assert capsys.readouterr().out


@pytest.mark.parametrize("agreement", [
    array("outputs/y", 3.0, worst=(0, 1, 2)), array("grads/kernel", nan, problem=Problem(Kind.SHAPE, "shape (1,)"), worst=()),
    array("grads/h0", nan, problem=Problem(Kind.MISSING, "missing; the answer has x"), worst=())],
    ids=["element", "shape", "missing array"])
def test_the_lines_for_an_oracle_ask_the_oracle(agreement, capsys, monkeypatch):
    """Framework-free: a stand-in answers in the oracle's place."""
    from nnparity import oracles
    monkeypatch.setattr(oracles, "load", lambda _: reference_impl)
    exec(reproduce.lines(row(implementation=oracles.NAMES[0], verdict="unexplained", agreements=(agreement,))), {})
    assert len(capsys.readouterr().out.split()) >= 2


def test_golden_rows_are_all_figures_of_the_cases():
    rows = golden_rows(cases.all_cases())
    assert len(rows) == sum(len(case.golden) for case in cases.all_cases()) > 0
    first = next(r for r in rows if r.case == "gru-n10-float32")
    assert (first.value, first.figure, first.met) == ("0.20482421", "0.20482421", True)


def test_twenty_thousand_rows_stay_small_and_quick(tmp_path):
    """3 MB at most, the catalogue apart; the script shows fifty rows at first, so a browser stays quick as well."""
    rng = np.random.default_rng(0)
    names = ("outputs/y", "outputs/h_n", "grads/kernel", "grads/recurrent_kernel", "grads/bias", "grads/x")
    rows = [row(f"gru-after_outside_replace-float64-generic-{i}", ("torch", "keras")[i % 2],
                agreements=tuple(array(p, e, allowed=10 ** a) for p, e, a in
                                 zip(names, rng.lognormal(-2, 0.5, 6).clip(0, 1), rng.normal(-14, 0.5, 6))))
            for i in range(20_000)]
    html = written(tmp_path, rows)
    assert html.count("<tr><td>gru-") == 20_000
    catalogue = html[html.index('<section id="catalogue">'):html.index('<section id="words">')]
    assert len(html.encode()) - len(catalogue.encode()) < 3e6
    assert not isnan(Summary(rows).worst[1].error)


@pytest.mark.parametrize("text", ["=1+1", "+x", "-x", "@x", "\t=x", "'=x", "''-", "'plain", "plain=", "x -y", "", "'"])
def test_no_cell_of_the_csv_is_a_formula(tmp_path, text):
    """What a spreadsheet would run gets an apostrophe, every text is read back as it was, and numbers stay numbers."""
    rows = [Row(case="c", network=text, implementation="i", version="v", verdict="errored", message=text, printed=text,
                seconds=-1.5)]
    tables.write(tmp_path, rows)
    with (tmp_path / "rows.csv").open(newline="") as file:
        line = next(csv.DictReader(file))
    assert not re.match(r"[=+\-@\t\r]", line["message"]) and line["seconds"] == "-1.5"
    read = rows_csv.read(tmp_path / "rows.csv").iloc[0]
    assert (read["message"], read["network"], read["printed"]) == (text, text, text)
    assert pd.read_parquet(tmp_path / "rows.parquet")["message"][0] == text, "no spreadsheet takes that for a formula"


def test_a_full_disk_leaves_the_old_files(tmp_path, monkeypatch):
    tables.write(tmp_path, table_rows())
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(*_, **__):
        raise OSError(28, "No space left on device")
    monkeypatch.setattr(pd.DataFrame, "to_parquet", full)
    with pytest.raises(OSError, match="No space"):
        tables.write(tmp_path, table_rows()[:1])
    (tmp_path / "index.html").write_text("old")
    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OSError, match="No space"):
        page.write(tmp_path, table_rows(), generated="now")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {**before, "index.html": b"old"}
