"""The page of a report: the diagnosis, the formula with what is wrong marked, a picture of got - expected, for every kind of
answer; whole in itself, well-formed, and readable on a phone."""

import re
import textwrap
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from typer.testing import CliRunner

import nnparity
from nnparity import cases
from nnparity.reference_impl.layers.gru import gru as reference_gru
from nnparity.reference_impl.mistakes import MISTAKES, plant
from nnparity.reports.checking import heat, heat_svg, html, words
from nnparity.reports.checking.heat import Panel, furthest, pictured
from nnparity.reports.cli import app
from nnparity.reports.formula import side_by_side

VOID = {"meta", "br", "link", "img", "hr", "input"}
TEMPLATES = Path(html.__file__).parent / "templates"


class Tags(HTMLParser):
    """Every tag closed in order, and the text."""

    def __init__(self, page):
        super().__init__()
        self.open, self.text, self.links, self.tags = [], "", [], []
        self.feed(page)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "srcset", "data", "poster")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, _attrs):
        self.tags.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.open)

    def handle_data(self, data):
        self.text += data


def shown(report):
    """The text of a page, which is whole, well-formed, alone, and as wide as a phone."""
    page = report.html()
    tags = Tags(page)
    assert not tags.links and "url(" not in page and "@import" not in page and not {"script", "iframe"} & set(tags.tags)
    for svg in re.findall(r"<svg.*?</svg>", page, re.S):
        assert int(ElementTree.fromstring(svg).get("width")) <= 390 - 2 * 16
    assert report._repr_html_().startswith("<style>") and Tags(report._repr_html_()).tags
    return " ".join(tags.text.split())


def gru(params, inputs, cotangents, **options):
    outputs, vjp = reference_gru(params, inputs, **options)
    return dict(outputs), vjp(cotangents)


def dense(params, inputs, cotangents):
    x, dy = inputs["x"], cotangents["y"]
    return {"y": x @ params["kernel"] + params["bias"]}, {
        "kernel": x.T @ dy, "bias": dy.sum(0), "x": dy @ params["kernel"].T}


def changed(change):
    """A dense layer, and what is done to its answer."""
    def wrong(params, inputs, cotangents):
        outputs, grads = dense(params, inputs, cotangents)
        change(outputs, grads)
        return outputs, grads
    return nnparity.check(wrong, "dense", case="vector")


def test_a_right_network_has_no_picture():
    report = nnparity.check(gru)
    said = shown(report)
    assert re.search(r"(\d+) of \1 cases agree \(outputs and all gradients\)\.", said) and "<svg" not in report.html()
    assert "expected entry" not in said and not report.answers


def test_a_named_cause_comes_first_with_its_formula_and_a_picture():
    report = nnparity.check(lambda p, i, c: gru(p, i, c, update="replace"), "gru")
    said, page = shown(report), report.html()
    assert said.index("update gate swapped") < said.index("0 of 8 cases agree") < said.index("Where it differs")
    assert 'ask for it: update="replace"' in said and 'class="differs"' in page and "what was asked for" in said
    assert page.count("<figure>") == heat.ARRAYS and "(gate, from unit, unit)" in said and "gate z" in said
    assert "(example, time step, feature)" in said and "Marked is what stands in one of them alone" in said


def test_a_mistake_shows_the_right_line():
    planted, mistake = plant(MISTAKES["gru-no-time"]).layers["gru"], MISTAKES["gru-no-time"]

    def wrong(params, inputs, cotangents):
        outputs, vjp = planted(params, inputs)
        return dict(outputs), vjp(cotangents)
    said = shown(nnparity.check(wrong, "gru"))
    assert said.index(mistake.title) < said.index("what was computed") < said.index("what was asked for") < said.index("as code")
    for line in (f"- {mistake.wrong}", f"+ {mistake.right}", "nnparity explain gru-no-time"):
        assert " ".join(line.split()) in said


def test_what_nobody_can_explain_is_shown_all_the_same():
    rng = np.random.default_rng(0)

    def noise(outputs, grads):
        outputs["y"] += rng.normal(size=outputs["y"].shape)
        grads["kernel"] += rng.normal(size=grads["kernel"].shape)
    report = changed(noise)
    said = shown(report)
    assert report.rows[0].verdict == "unexplained" and "unexplained" in said and "<figure>" in report.html(), said


def test_what_raised_says_so_without_a_picture():
    def fail(_outputs, _grads):
        raise ValueError("<b>no</b>")
    said = shown(changed(fail))
    assert "errored" in said and "<b>no</b>" in said and "expected entry" not in said


def test_a_wrong_shape_and_a_missing_array_have_words_in_place_of_a_picture():
    def reshape(outputs, grads):
        outputs["y"] = outputs["y"][:-1]
        del grads["bias"]
    report = changed(reshape)
    said = shown(report)
    assert "shape (" in said and "missing; the answer has" in said
    assert not {h.path for h in pictured(report)[1]} & {"outputs/y", "grads/bias"}


def test_no_gradients_at_all():
    assert "No gradients came back" in shown(changed(lambda _outputs, grads: grads.clear()))


def test_nan_is_black_and_said():
    def spoil(outputs, grads):
        grads["kernel"][1, 2] = np.nan
        outputs["y"][0, 1] = np.inf
        outputs["y"][1, 0] += 1
    report = changed(spoil)
    said, page = shown(report), report.html()
    assert "black no number" in said and heat_svg.NO_NUMBER in page and "nan at 1 elements" in said


def test_a_scalar_has_a_line_and_no_picture():
    def squared_error(_params, inputs, _cotangents):
        difference = inputs["x"] - inputs["target"]
        n = difference.size
        return {"loss": np.float64(np.mean(difference**2)) + 1}, {"x": 2 * difference / n}
    report = nnparity.check(squared_error, case="mean")
    said = shown(report)
    scalars = [a for row in report.rows for a in row.agreements if a.size == 1 and not a.ok]
    assert scalars, report.explain()
    assert scalars[0].path in said and scalars[0].path not in {h.path for h in pictured(report)[1]}


def test_a_training_has_its_steps_as_an_axis():
    def adam(parameter, gradient, state, _step, learning_rate, _config):
        return parameter - learning_rate * gradient, state
    report = nnparity.check(adam, case="hat-float64")
    row, found = pictured(report)
    assert found and all(h.axes[0] == "training step" for h in found) and "training step" in shown(report), report.explain()
    assert found[0].columns == "training step" and found[0].column_labels[0] == "1"
    assert "step 1 of" in report.summary


@pytest.mark.parametrize("shape, words", [
    ((40, 50), "each cell is the difference furthest from zero"), ((9, 3, 4), "4 of 9 of axis axis 0 are shown"),
    ((2, 3, 4, 5), "over all 3 of axis axis 1")])
def test_a_large_array_is_reduced_and_says_so(shape, words):
    d = np.zeros(shape)
    d[tuple(n - 1 for n in shape)] = -0.25
    d[(0,) * len(shape)] = 0.125
    agreement = nnparity.check(lambda p, i, c: gru(p, i, c, update="replace"), "gru", case="generic").rows[0].agreements[0]
    made = heat.heat(cases.named("gru-after-float64-generic"), heat.Agreement(path="grads/unknown"), d, 1.0)
    assert agreement.path and words in "; ".join(made.notes)
    assert made.largest == 0.25 and sum((p.cells == -0.25).sum() for p in made.panels) == 1
    assert len(made.panels) <= heat.PANELS and made.panels[0].cells.shape <= (heat.ROWS, heat.COLUMNS)
    assert made.panels[0].cells.shape == (len(made.row_labels), len(made.column_labels))


def test_the_furthest_from_zero_keeps_its_sign_and_nan_wins():
    assert furthest(np.array([[1.0, -3.0, 2.0]]), 1).tolist() == [-3.0]
    assert np.isnan(furthest(np.array([[1.0, np.nan, 9.0]]), 1)).all()


def test_within_rounding_is_white_and_anything_else_is_not():
    d, unit = heat.differences(np.array([1.0, 2.0 + 1e-16, 3.1]), np.array([1.0, 2.0, 3.0]), np.full(3, 1e-12))
    assert unit == 3.0 and d[0] == d[1] == 0 and d[2] == pytest.approx(0.1 / 3)
    assert heat_svg.shade(0.0) == heat_svg.WHITE != heat_svg.shade(1e-12)
    assert len({heat_svg.shade(part / heat_svg.STEPS) for part in range(-heat_svg.STEPS, heat_svg.STEPS + 1)}) == 21
    assert heat_svg.shade(1.0) != heat_svg.shade(-1.0) and heat_svg.shade(float("nan")) == heat_svg.NO_NUMBER
    drawn = "".join(heat_svg.cells(Panel("", np.array([[0.5, -0.5]])), 0, 0, 10, 0.5))
    assert heat_svg.shade(1.0) in drawn and heat_svg.shade(-1.0) in drawn


def test_only_what_differs_is_marked():
    wrong, right = side_by_side(r"\frac{\partial L}{\partial b} = \frac{1}{B} \sum_b \delta_b",
                                r"\frac{\partial L}{\partial b} = \sum_b \delta_b")
    assert wrong.count("differs") == 1 and "<mfrac class=\"differs\"><mrow><mn>1</mn>" in wrong and "differs" not in right
    assert "differs" not in "".join(side_by_side("a = b", "a = b")) + "".join(side_by_side("", "a = b"))
    assert "differs" not in "".join(side_by_side("a = b + c", r"\nabla x \cdot y^{T} z \neq 1"))  # written in two ways
    wrong, right = side_by_side("-t a", "-t a + b c")  # the term that is missing is marked where it stands
    assert "differs" not in wrong and right.count("differs") == 3
    assert "<script>" not in "".join(side_by_side(r"\text{<script>}", r"<script>"))


def test_the_command_writes_the_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(textwrap.dedent("""
        def dense(params, inputs, cotangents):
            return {"y": inputs["x"] @ params["kernel"]}, {}
        """))
    done = CliRunner().invoke(app, ["check", "mine.py", "--case", "vector", "--html", "out.html"])
    text = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert done.exit_code == 1 and "written: out.html" in done.output and "mine.py: dense, 1 cases" in text and Tags(text).tags
    done = CliRunner().invoke(app, ["check", "mine.py", "--case", "vector", "--html", "nowhere/out.html"])
    assert done.exit_code == 2 and "--html nowhere/out.html cannot be written" in " ".join(done.output.split())


def test_a_phone_and_the_dark_are_thought_of():
    css, page = ((TEMPLATES / name).read_text() for name in ("report.css", "page.html.j2"))
    assert "prefers-color-scheme: dark" in css and "prefers-color-scheme: dark" in page and "width=device-width" in page
    assert ".nnparity .wide { overflow-x: auto" in css
    body = (TEMPLATES / "report.html.j2").read_text()
    assert body.count("<table>") == body.count('<div class="wide"><table>')  # a wide table scrolls by itself, not the page


def test_one_message_is_told_once_and_where_the_names_are():
    def mine(params, inputs, cotangents):
        return {"y": inputs["X"] @ params["kernel"]}, cotangents
    report = nnparity.check(mine, "gru")
    said = report.explain(80)
    assert len(report.rows) == 8 and said.count("KeyError: 'X'") == 1 and "and 7 more with the same message" in said
    assert "`nnparity list --layer gru` prints every name and layout" in said and max(map(len, said.splitlines())) <= 80


def test_several_causes_are_told_only_where_a_further_answer_came():
    def averaged(params, inputs, cotangents):  # of rows alone: it raises on the case that would tell the causes apart
        outputs, grads = dense(params, inputs, cotangents)
        return outputs, grads | {"bias": grads["bias"] / len(inputs["x"])}
    report = nnparity.check(averaged, "dense", case="vector")
    assert report.told is not None and report.told.row.verdict == "errored" and words.apart(report.told) == ()
    assert "explain the same numbers" not in report.explain() + shown(report) and "or: gradient of bias" in shown(report)

    def general(params, inputs, cotangents):
        x, dy = inputs["x"], cotangents["y"]
        rows = x.reshape(-1, x.shape[-1]), dy.reshape(-1, dy.shape[-1])
        return {"y": x @ params["kernel"] + params["bias"]}, {
            "kernel": rows[0].T @ rows[1], "bias": rows[1].mean(0), "x": dy @ params["kernel"].T}
    report = nnparity.check(general, "dense", case="vector")
    assert report.told is not None and report.told.row.agreements
    assert all(text in " ".join(report.explain().split()) and text in shown(report) for text in words.apart(report.told))
    assert words.apart(report.told)[0] == "2 causes explain the same numbers"
