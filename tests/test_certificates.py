"""The reference's operations against mpmath, over all magnitudes, and the command that asks the frameworks the same."""

import json

import numpy as np
import pytest
from rich.console import Console
from typer.testing import CliRunner

from nnparity import oracles, reference_impl
from nnparity.cases.case import Result
from nnparity.reference_impl.activations import ACTIVATIONS
from nnparity.reference_impl.layers import normalisation
from nnparity.reference_impl.losses import LOSSES

pytest.importorskip("mpmath")

from mpmath import mp, mpf

from nnparity.reports import cli
from nnparity.reports.certificates import ask, certificate, functions
from nnparity.reports.certificates.certificate import ENOUGH
from nnparity.reports.certificates.measure import certify, parts
from nnparity.reports.certificates.question import DTYPES, exact_answer, grid
from nnparity.reports.certificates.questions import QUESTIONS
from nnparity.reports.certificates.tell import tell
from nnparity.reports.comparison.compare import Agreement
from nnparity.reports.page import page
from nnparity.reports.verdicts.row import Row

DIRECTIONS = ("forward", "backward")


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_reference_is_exact(question, dtype, direction):
    """Four units in the last place: of the value itself, or of the scale that the question gives and says why."""
    with np.errstate(over="ignore", divide="ignore"):  # where the exact value is infinite
        found = certify(question, dtype, reference_impl.run(question.case(dtype)))
    of_direction = [c for c in found if c.direction == direction]
    assert of_direction
    for c in of_direction:
        assert c.exact and not c.flushed, f"{c.path}: {c.units:.3g} units at {c.argument:g}: got {c.got!r}, exact {c.right!r}"


def test_every_activation_loss_and_normalisation_is_asked():
    asked = {value for question in QUESTIONS.values() for layer in question.case("float64").layers
             for value in (layer.kind, layer.config.get("function"))}
    assert asked >= {*ACTIVATIONS, *LOSSES, "layer_norm", "batch_norm"}
    assert {"layer_norm", "batch_norm"} <= set(vars(normalisation))


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_grid_has_all_magnitudes_and_both_signs(dtype):
    a, info = grid(dtype), np.finfo(dtype)
    assert a.dtype == dtype and (np.sort(-a) == a).all() and a.max() == info.max
    assert np.abs(a).min() == info.smallest_subnormal
    decades = np.floor(np.log10(np.abs(a[a >= info.smallest_normal]).astype("float64")))
    assert np.diff(np.unique(decades)).max() <= 5


def test_a_scale_is_never_given_without_a_reason():
    for question in QUESTIONS.values():
        for path, (_, scale) in exact_answer(question, "float64").items():
            assert any(scale.ravel()) == (path in question.reason), f"{question.name}, {path}"
            assert len(question.reason.get(path, "three plain words").split()) > 2


def damaged(question, dtype, path, damage):
    """The worst element of the reference's answer with one array damaged."""
    with np.errstate(over="ignore", divide="ignore"):
        answer = reference_impl.run(question.case(dtype))
    group, _, name = path.partition("/")
    groups = {"outputs": dict(answer.outputs), "grads": dict(answer.grads)}
    groups[group][name] = damage(np.array(groups[group][name]))
    return next(c for c in certify(question, dtype, Result(**groups)) if c.path == path)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_tail_that_cancels_is_noticed(dtype):
    x = QUESTIONS["sigmoid"].case(dtype).inputs["x"]
    found = damaged(QUESTIONS["sigmoid"], dtype, "outputs/y", lambda y: (0.5 * (1 + np.tanh(0.5 * x))).astype(dtype) + 0 * y)
    assert found.units > 1e6 and found.argument < -8 and found.ordinary <= ENOUGH * np.finfo(dtype).eps
    assert found.relative > 0.99 and " at -" in found.words


def test_a_constant_of_single_precision_is_noticed_everywhere():
    found = damaged(QUESTIONS["linear"], "float64", "outputs/y", lambda y: y * (float(np.float32(0.7)) / 0.7))
    assert found.ordinary == pytest.approx(1.7e-8, rel=0.05) and found.words.startswith("2e-08 at ")


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_number_is_infinitely_wrong(wrong):
    def damage(y):
        y[17] = wrong
        return y
    found = damaged(QUESTIONS["tanh"], "float32", "outputs/y", damage)
    assert found.units == np.inf and found.argument == QUESTIONS["tanh"].case("float32").inputs["x"][17]


def test_a_subnormal_number_taken_for_zero_is_counted_apart():
    tiny = np.finfo("float64").smallest_normal
    found = damaged(QUESTIONS["linear"], "float64", "outputs/y", lambda y: np.where(np.abs(y) < tiny, 0, y))
    assert found.units == 0 and found.flushed == (np.abs(grid("float64")) < tiny).sum() > 5


def test_parts_of_an_exact_number():
    third = np.array([mpf(1) / 3, mp.mpf(10)**400, -mp.mpf(10)**400, mpf(0)], object)
    high, low = parts(third, np.finfo("float64").max)
    assert high[0] + mpf(low[0]) != high[0] and abs(mpf(high[0]) + mpf(low[0]) - third[0]) < 1e-32
    assert high[1:].tolist() == [np.inf, -np.inf, 0] and low[1:].tolist() == [0, 0, 0]


@pytest.mark.parametrize("value, slope", [
    (functions.sigmoid, functions.sigmoid_slope), (functions.tanh, functions.tanh_slope), (functions.elu, functions.elu_slope),
    (functions.gelu, functions.gelu_slope), (functions.gelu_tanh, functions.gelu_tanh_slope),
    (functions.silu, functions.silu_slope), (functions.softplus, functions.sigmoid)])
@pytest.mark.parametrize("at", [-9.5, -0.3, 0.7, 4.0])
def test_exact_derivatives_are_the_slopes_of_the_exact_values(value, slope, at):
    step = mpf(10)**-20
    measured = (value(mpf(at) + step) - value(mpf(at) - step)) / (2 * step)
    assert abs(measured - slope(mpf(at))) < mpf(10)**-30


def found_of_reference(name):
    return ask.measure((), [QUESTIONS[name]], 60)


def test_what_is_recorded_is_read_again(tmp_path):
    found = found_of_reference("selu")
    found.of["reference"] += [damaged(QUESTIONS["tanh"], "float64", "grads/x", lambda d: d * np.nan)]
    certificate.record(found, tmp_path / "recorded.json")
    again = certificate.recorded(tmp_path / "recorded.json")
    assert again.versions == found.versions and str(again.of) == str(found.of)
    assert certificate.recorded(tmp_path / "nothing.json") is None


def test_the_table_fits_80_columns(capsys):
    found = found_of_reference("binary_cross_entropy_logits")
    worst = damaged(QUESTIONS["binary_cross_entropy_logits"], "float64", "grads/x", lambda d: d * 0)
    found.of["torch"] = found.of["keras"] = [worst]
    found.missing["other"] = "other"
    tell(found, Console(width=80))
    out = capsys.readouterr().out
    assert "0 at " in out and "reference (numpy" in out and "other not installed" in out
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.live
def test_command_in_json():
    done = CliRunner().invoke(cli.app, ["certificates", "silu", "--oracle", "torch", "--json"])
    told = json.loads(done.stdout)
    assert done.exit_code == 0 and {c["question"] for c in told["certificates"]["reference"]} == {"silu"}
    assert ("torch" in told["certificates"]) != ("torch" in told["missing"])


@pytest.mark.parametrize("arguments, words", [(["no_such"], "no operation has 'no_such'"), (["--oracle", "abacus"], "no oracle"),
                                              (["silu", "--record"], "leave NAME")])
def test_wrong_usage_is_told(arguments, words):
    done = CliRunner().invoke(cli.app, ["certificates", *arguments])
    assert done.exit_code == 2 and words in done.output


@pytest.mark.live
@pytest.mark.parametrize("oracle, question, dtype, path, least, most", [
    ("torch", "hard_sigmoid", "float64", "grads/x", 1e-9, 1e-8),
    ("torch", "binary_cross_entropy_log_clamp", "float64", "grads/x", 1e-9, 1e-8),
    ("torch", "softplus", "float32", "outputs/y", 0, 1e-6), ("torch", "softplus", "float32", "grads/x", 0, 1e-6),
    ("keras", "gelu", "float64", "outputs/y", 1e-9, 1e-8), ("keras", "leaky_relu", "float64", "outputs/y", 1e-8, 1e-7)])
def test_what_a_framework_is_known_for_is_found(oracle, question, dtype, path, least, most):
    """Constants of single precision in float64, and softplus without overflow in the oracle's own form."""
    if missing := oracles.missing(oracle):
        pytest.skip(f"{', '.join(missing)} not installed")
    found = ask.measure([oracle], [QUESTIONS[question]], 120)
    c = next(c for c in found.of[oracle] if (c.dtype, c.path) == (dtype, path))
    assert least <= c.ordinary <= most


def test_the_recorded_certificates_are_of_these_questions_and_stand_on_the_page():
    kept = certificate.recorded()
    assert {c.question for c in kept.of["reference"]} == set(QUESTIONS) and all(c.exact for c in kept.of["reference"])
    html = page.render((Row(case="a", network="n", implementation="torch", version="1", verdict="agrees", agreements=(
        Agreement(path="outputs/y", error=0.5, allowed=1e-16, worst=(0,), got=1.0, expected=1.0, size=3),)),), generated="now")
    assert 'id="certificates"' in html
    told = next(c for c in kept.of["keras"] if (c.question, c.dtype, c.path) == ("gelu", "float64", "outputs/y"))
    assert told.everywhere and f">{told.words}" in html
