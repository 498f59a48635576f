"""`nnparity list`: what a function is given, by the names of the layer, and which cases expose a mistake."""

import json

import pytest
from typer.testing import CliRunner

from nnparity import cases, reference_impl
from nnparity.reference_impl.mistakes import MISTAKES, plant
from nnparity.reports import catalogue
from nnparity.reports.cli import app
from nnparity.reports.commands.folded import folded
from nnparity.reports.comparison.compare import compare
from nnparity.reports.comparison.expectation import expectation


def listed(*arguments) -> list[dict]:
    result = CliRunner().invoke(app, ["list", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def told(*arguments) -> str:
    result = CliRunner().invoke(app, ["list", *arguments], env={"COLUMNS": "200"})
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("layer, lines", [
    ("conv2d", ("kernel  (filters, channels, kernel height, kernel width)", "x       (batch, channels, height, width)",
                "y       (batch, filters, output height, output width)")),
    ("gru", ("kernel            (3 gates, input, hidden)", "h_n               (batch, hidden)")),
    ("n10", ("kernel            (3 gates, input, hidden)", "x                 (batch, time, input)")),  # every length is 1 or 2
    ("conv2d -> max_pool2d -> conv2d", (
        "second/kernel  (filters of the second, filters of the first, kernel height, kernel width)",
        "y              (batch, filters of the second, output height, output width)")),
    ("n09", ("dense/kernel  (input, output)", "x             (batch, input)")),
    ("average_pool2d", ("y  (batch, channels, output height, output width)",)),
])
def test_axes_are_called_what_the_layer_calls_them(layer, lines):
    """Not what else happens to be as long."""
    output = told("--layer", layer)
    assert all(f"\n    {line}\n" in output for line in lines), output


def test_what_a_case_is_about_is_told():
    (case,) = listed("--case", "gru-n10-float32")
    assert (case["group"], case["documents"], case["flags"]) == ("gru", ["N10"], ["K24"])
    assert "gru-n10-float32  gru  K24\n" in told("--case", "gru-n10-float32")


@pytest.mark.parametrize("name", ["K31", "k31", "softmax-diagonal"])
def test_cases_that_expose_a_mistake(name):
    names = {case["case"] for case in listed("--mistake", name)}
    assert {case.name for case in cases.all_cases() if "K31" in case.flags} <= names
    assert "dense-softmax-float64-generic" in names and "n18-mlp-float32-half_squared" in names
    mistake = MISTAKES["softmax-diagonal"]
    for case in map(cases.named, names):
        wrong = compare(reference_impl.run(case, plant(mistake)), *expectation(case), zeros=case.zeros)
        assert not all(a.ok for a in wrong), case


def test_the_mistakes_stand_above_the_cases_that_expose_them():
    output = told("--mistake", "K38")
    for entry in catalogue.find("K38"):
        assert f"{entry.id}: {entry.title}\n" in output
    assert "n19-mlp-float64-batch_mean" in output and "gru" not in output


def test_of_two_mistakes_with_one_number_each_has_its_own_cases():
    names = {case["case"] for case in listed("--mistake", "gru-state-for-gradient")}
    assert names and all(name.startswith("gru-") for name in names)
    assert {case["case"] for case in listed("--mistake", "K09")} > names


def test_a_trouble_has_the_case_that_shows_it():
    assert [case["case"] for case in listed("--mistake", "K35")] == ["n18-mlp-float64-saturated"]


def test_a_mistake_within_a_layer():
    every, few = listed("--mistake", "K31"), listed("--mistake", "K31", "--layer", "n18")
    assert few and [case for case in every if case["documents"] == ["N18"]] == few


@pytest.mark.parametrize("arguments, words", [
    (["--mistake", "K99"], "no mistake is called 'K99'"),
    (["--mistake", "softmax-diagnal"], "do you mean softmax-diagonal"),
    (["--mistake", "K31", "--layer", "gru"], "none of these cases exposes 'K31'"),
    (["--mistake", ""], "no mistake is called ''"),
])
def test_a_mistake_that_is_none_is_wrong_usage(arguments, words):
    result = CliRunner().invoke(app, ["list", *arguments], env={"COLUMNS": "200"})
    assert result.exit_code == 2 and words in " ".join(result.output.split())


def test_every_numbered_mistake_is_exposed_by_a_case():
    assert all(listed("--mistake", number) for number in ("K01", "K16", "K22", "K34", "K52"))


@pytest.mark.parametrize("layer, lines", [
    ("lstm", ["peepholes        False | True", "forget_bias      0.0 | 1.0"]),
    ("conv2d", ["groups      1 | 2", "stride      1 | (2,3) | (1,2) | 2 | 3"])])
def test_options_stand_with_their_defaults_first(layer, lines):
    said = told("--layer", layer)
    assert all(line in said for line in lines), said


@pytest.mark.parametrize("layer", ["", "gru", "conv2d", "dense", "adam", "n08_training", "n18"])
def test_eighty_columns_are_enough(layer):
    """But for source, which can be copied as it is. A case's name stands first in its line."""
    arguments = ["--layer", layer] if layer else []
    result = CliRunner().invoke(app, ["list", *arguments], env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"})
    step = result.output.partition("One step, as the reference has it:")[2].partition("A function of it, in a file of yours:")[0]
    assert result.exit_code == 0 and max(len(line) for line in result.output.replace(step, "").splitlines()) <= 80
    names = {case.name for case in cases.all_cases()}
    if not arguments:
        assert names <= {line.partition(" ")[0] for line in result.output.splitlines()}


@pytest.mark.parametrize("text", ["y = f(x)" + "   a note that is long" * 4, "word " * 40, "    indented = 1,  " * 8, "x" * 100,
                                  "prose that is long enough to be broken, " * 3 + "\nand goes on\n\nA second one " * 9])
@pytest.mark.parametrize("width", [30, 80])
def test_folding_keeps_every_word_in_its_order(text, width):
    shown = folded(text, width)
    assert shown.split() == text.split()
    assert all(len(line) <= width or len(line.split()) == 1 for line in shown.splitlines())
    assert folded(text, 1000) == text
