"""Whichever side is wrong is named: the reference, a framework, or the framework-free derivative.

The frameworks' answers are the recorded ones, so that no framework is needed; the wrong reference is a world with an edit in it.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rows_csv

from nnparity import cases, oracles
from nnparity.cases import recording
from nnparity.cases.case import Result
from nnparity.reference_impl.mistakes import MISTAKES, plant, reaching, stale
from nnparity.reference_impl.mistakes.plant import world_from
from nnparity.reference_impl.mistakes.restore import restorations
from nnparity.reference_impl.mistakes.source import functions, source
from nnparity.reference_impl.reference import RIGHT
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.diagnosis.cause import Planted
from nnparity.reports.page import page, tables
from nnparity.reports.page.summary import Summary
from nnparity.reports.selfproof import kill_matrix as proof
from nnparity.reports.selfproof.kill_matrix import cases_for
from nnparity.reports.verdicts.outcome import verdicts
from nnparity.reports.verdicts.row import exit_code
from nnparity.reports.verdicts.witnesses import hear, words

GENERIC = cases.named("gru-after-float64-generic")
PLANTED = [m for m in MISTAKES.values() if m.area in ("gru", "lstm", "recurrent", "dense", "convolution")]


@pytest.fixture(scope="module")
def recorded():
    return {name: recording.load(name, cases.all_cases()) for name in oracles.NAMES}


def asked(recorded, *chosen, names=oracles.NAMES):
    """What each oracle has answered to these cases, as it comes from its process."""
    return {name: [Answer(case=case, result=known, version="recorded") if isinstance(known := recorded[name][case], Result) else
                   Answer(case=case, failure="unsupported", message=str(known)) for case in chosen] for name in names}


def answered(recorded, case):
    return {name: known for name in recorded if isinstance(known := recorded[name][case], Result)}


def edited(module, edits):
    """The reference with edits of a module, {right: wrong}, each in the one function that has its line."""
    texts = {(module, name): function.text for name, function in functions(module).items()}
    for right, wrong in edits.items():
        assert source(module).count(right) == 1
        (key,) = [key for key, text in texts.items() if right in text]
        texts[key] = texts[key].replace(right, wrong)
    return world_from({(module, name): text for (_, name), text in texts.items() if text != functions(module)[name].text})


def rows_of(outcome):
    return [row for rows in (*outcome.rows.values(), outcome.others) for row in rows if row.verdict != "unsupported"]


# ------------------------------------------------------------------------------------------------- the reference is wrong


@pytest.mark.parametrize("mistake", PLANTED, ids=lambda m: f"{m.part}-{m.id}")
def test_a_mistake_in_the_reference_is_ours(mistake, recorded):
    """On two cases that show it, those first that most frameworks have answered."""
    chosen = sorted(cases_for(mistake), key=lambda c: (-len(answered(recorded, c)), sum(a.size for a in c.params.values())))[:2]
    outcome = verdicts(asked(recorded, *chosen), plant(mistake))
    rows = rows_of(outcome)
    assert rows and {row.verdict for row in rows} == {"reference alone"}, [(row.case, row.verdict, row.message) for row in rows]
    assert exit_code(rows) == 1
    named = {row.diagnosis[0].causes[0].what: row.diagnosis[0].told for row in rows}
    assert all(isinstance(what, Planted) and what.mistake in MISTAKES for what in named)
    assert any(mistake.right == told.line and mistake.wrong.splitlines()[0] in told.wrong_line for told in named.values())
    for case in chosen:
        if len(answered(recorded, case)) > 1:
            hearing = outcome.hearings[case]
            assert hearing.odd == "reference" and "the reference is the odd one out: keras and torch agree" in words(hearing)


def test_the_third_judge_confirms_the_frameworks(recorded):
    outcome = verdicts(asked(recorded, GENERIC), plant(MISTAKES["gru-tanh-derivative-not-squared"]))
    total = Summary(rows_of(outcome))
    assert total.sentence.startswith(
        "In 1 case the reference is the odd one out: keras and torch agree with each other, and the complex step on our own "
        "forward pass confirms their gradient; its fault: ")
    assert total.tone == "bad" and [cause.implementation for cause in total.causes] == ["reference"]
    assert total.sentence in page.render(tuple(total.rows), generated="").replace("&#39;", "'")
    table = tables.frame(total.rows)
    assert set(table[table.error > 1].alone) == {"reference"} and set(table[table.error <= 1].alone) == {""}


def test_a_wrong_forward_pass_is_told_from_a_wrong_backward_pass(recorded):
    forward = hear(GENERIC, answered(recorded, GENERIC), plant(MISTAKES["gru-reset-left-out"]))
    assert "its forward pass is wrong" in words(forward) and set(forward.alone.values()) == {"reference"}
    assert "complex step" not in {name for array in forward.arrays for name in array.witnesses}


BIAS, BIASES = '"bias": da.sum((1, 2)),', 'grads["recurrent_bias"] = np.stack('
ONE_MORE = "da_z = dz * z * (1 - z)\n"
HALF = "+ through_r + through_z"


def place(text, below=0):
    """The file and line of the GRU in which this stands, or so many lines below."""
    before, _, _ = source("layers.gru").partition(text)
    return f"reference_impl/layers/gru.py:{before.count(chr(10)) + 1 + below}"


NEW_FAULTS = {  # that the catalogue does not have: edits of the GRU, what is said
    "another line": ({HALF: HALF.replace("through_z", "0.5 * through_z")}, f"a wrong line in {place(HALF)}"),
    "a line too many": ({ONE_MORE: f"{ONE_MORE}    da_z = 0.9 * da_z\n"}, f"a line too many in {place(ONE_MORE, below=1)}"),
    "two wrong lines": ({BIAS: BIAS.replace("da", "3.7 * da"), BIASES: BIASES.replace("np", "3.7 * np")},
                        "gradient of bias, recurrent_bias is off by the constant factor 3.7"),
    "two in the forward pass": ({"= R[:2], R[2], c[2]": "= R[:2], 1.1 * R[2], c[2]", '.get("h0", 0)': '.get("h0", 0) + 0.1'},
                                "outputs part at time step 0"),
}


@pytest.mark.parametrize("edits, said", NEW_FAULTS.values(), ids=NEW_FAULTS)
def test_a_fault_without_a_name_is_ours_and_located(edits, said, recorded):
    wrong = edited("layers.gru", edits)
    rows = rows_of(verdicts(asked(recorded, GENERIC, cases.named("gru-after-float32-generic")), wrong))
    assert {row.verdict for row in rows} == {"reference alone"} and exit_code(rows) == 1
    assert all(said in row.diagnosis[0].title for row in rows), [row.diagnosis[0].title for row in rows]


def test_a_reference_that_raises_is_a_row_and_exit_code_1(recorded):
    raising = edited("layers.gru", {"= R[:2], R[2], c[2]": "= R[:2], R[2], c[7]"})
    rows = rows_of(verdicts(asked(recorded, GENERIC), raising))
    assert {row.verdict for row in rows} == {"reference alone"} and exit_code(rows) == 1
    assert all("it has no answer (IndexError: index 7 is out of bounds" in row.message for row in rows)


def test_with_one_framework_gradients_have_three_witnesses_and_outputs_two(recorded):
    torch = {"torch": answered(recorded, GENERIC)["torch"]}
    backward = hear(GENERIC, torch, edited("layers.gru", {BIAS: BIAS.replace("da", "2 * da")}))
    assert backward.alone == {"grads/bias": "reference"}
    assert words(backward) == ("the reference is the odd one out: torch and the complex step on our own forward pass agree on "
                               "the gradient")
    forward = hear(GENERIC, torch, plant(MISTAKES["gru-reset-left-out"]))
    assert not forward.odd and words(forward) == "only reference and torch have an answer: which of them is wrong cannot be said"
    rows = rows_of(verdicts(asked(recorded, GENERIC, names=["torch"]), plant(MISTAKES["gru-reset-left-out"])))
    assert [row.verdict for row in rows] == ["reference alone"], "our source holds a known mistake, and without it all agree"


# ------------------------------------------------------------------------------------------------- the others are wrong


def with_array(answer, kind, name, change):
    arrays = getattr(answer, kind)
    return replace(answer, **{kind: {**arrays, name: change(arrays[name])}})


def test_a_framework_that_stands_alone_is_diagnosed(recorded):
    given = asked(recorded, GENERIC)
    (torch,) = given["torch"]
    given["torch"] = [replace(torch, result=with_array(torch.result, "grads", "kernel", lambda g: 2 * g))]
    outcome = verdicts(given)
    keras, torch = outcome.rows["keras"][0], outcome.rows["torch"][0]
    assert keras.verdict == "agrees" and keras.alone == {"grads/kernel": "torch"} and not keras.message
    assert torch.verdict == "mistake" and torch.diagnosis[0].title.startswith("gradient of kernel is 2 times too large")
    assert torch.message.startswith("torch is the odd one out: reference and keras agree with each other, and the complex step")


def test_frameworks_that_both_disagree_differently_are_not_outvoted(recorded):
    known = answered(recorded, GENERIC)
    wrong = {name: with_array(answer, "outputs", "y", lambda y, by=by: y + by)
             for by, (name, answer) in zip((0.1, 0.2), known.items())}
    hearing = hear(GENERIC, wrong)
    assert not hearing.odd and words(hearing) == "nobody stands alone on outputs/y: no two agree"


def test_a_complex_step_that_stands_alone_is_a_row(recorded):
    blind = edited("layers.gru", {"= z * h + (1 - z) * n if": "= z * np.real(h) + (1 - z) * n if"})
    outcome = verdicts(asked(recorded, GENERIC), blind)
    (row,) = outcome.others
    assert {other.verdict for rows in outcome.rows.values() for other in rows} == {"agrees"}
    assert row.implementation == "complex step" and exit_code(rows_of(outcome)) == 1
    assert row.message.startswith("the complex step is the odd one out: reference, keras and torch agree")


def test_a_forgotten_gradient_has_no_noise_and_is_ours_nevertheless(recorded):
    forgotten = hear(GENERIC, answered(recorded, GENERIC), edited("layers.gru", {BIAS: BIAS.replace("da", "0 * da")}))
    assert forgotten.alone == {"grads/bias": "reference"}


FEW = {str(case.layers): case for case in cases.all_cases() if case.dtype == "float64"}


@pytest.mark.parametrize("case", FEW.values(), ids=str)
def test_on_the_right_reference_nobody_stands_alone(case, recorded):
    hearing = hear(case, answered(recorded, case))
    assert hearing.arrays and not hearing.disputed and words(hearing) == ""


# ------------------------------------------------------------------------------------------------ the catalogue is stale


def test_every_mistake_fits_the_right_source_and_none_stands_in_it():
    assert stale() == {} and list(restorations(RIGHT)) == []


def test_a_stale_mistake_is_told_and_costs_nothing_else(monkeypatch):
    monkeypatch.setattr("nnparity.reference_impl.mistakes.stale", lambda: {"gru-reset-left-out": "its line is gone"})
    monkeypatch.setattr(proof, "stale", lambda: {"gru-reset-left-out": "its line is gone"})
    monkeypatch.setattr(page, "stale", lambda: {"gru-reset-left-out": "its line is gone"})
    assert MISTAKES["gru-reset-left-out"] not in reaching(GENERIC) and len(reaching(GENERIC)) > 20
    assert proof.kill_of("gru-reset-left-out", [GENERIC.name]) is None
    kill = proof.kill_of("gru-tanh-derivative-not-squared", [GENERIC.name])
    row = verdicts({"me": [Answer(case=GENERIC, result=Result(outputs={"y": np.zeros(3)}, grads={}))]}).rows["me"]
    html = page.render(tuple(row), kill_matrix=[kill], generated="")
    assert "1 mistake no longer fits the source and could not be planted: gru-reset-left-out" in html
    assert "its line is gone" in html


def test_nothing_is_remembered_of_a_stale_mistake():
    """It is named again, whichever test has asked the same case before without it."""
    row = verdicts({"me": [Answer(case=GENERIC, result=plant(MISTAKES["gru-reset-left-out"]).run(GENERIC))]}).rows["me"][0]
    assert row.diagnosis[0].key == (Planted("gru-reset-left-out"),) and row.diagnosis[0].complete


# ---------------------------------------------------------------------------------------- a file that has really changed

REPLAYED = """
import functools
from nnparity import oracles
from nnparity.cases import recording
from nnparity.cases.case import Result
from nnparity.reports import cli
from nnparity.reports.asking import isolate

recording._read = functools.cache(recording._read)

def answers(implementation, asked, timeout):
    for case in asked:
        known = recording.load(implementation.name, [case])[case]
        yield (isolate.Answer(case=case, result=known, version="recorded") if isinstance(known, Result) else
               isolate.Answer(case=case, failure="unsupported", message=str(known)))

oracles.missing, isolate.answers = lambda _name: [], answers
if __name__ == "__main__":
    cli.main()
"""
CHANGED = {
    "another line": ("gru-after-float64-square", "dn * (1 - n)", ("its fault: tanh' as 1 - n", "no longer fit the source")),
    "one more": ("gru-n10-float64", "dn * (1 - n**2); da_n = 0.9 * da_n", ("its fault: a line too many in reference_impl",)),
}


@pytest.mark.parametrize("case, wrong, said", CHANGED.values(), ids=CHANGED)
def test_report_on_a_changed_source(case, wrong, said, tmp_path):
    """The command on a copy of the tree with one line of the GRU changed; the oracles' answers are the recorded ones."""
    root, right = Path(__file__).parent.parent, "dn * (1 - n**2)"
    copy = tmp_path / "nnparity"
    copy.mkdir()
    shutil.copy(root / "__init__.py", copy)
    for package in ("cases", "oracles", "reference_impl", "reports"):
        shutil.copytree(root / package, copy / package, ignore=shutil.ignore_patterns("__pycache__", "latest"))
    gru = copy / "reference_impl" / "layers" / "gru.py"
    assert gru.read_text().count(right) == 1
    gru.write_text(gru.read_text().replace(right, wrong))
    (tmp_path / "replayed.py").write_text(REPLAYED)
    done = subprocess.run([sys.executable, "replayed.py", "report", "--case", case, "--out", "out"], cwd=tmp_path,
                          capture_output=True, text=True, timeout=300, env={**os.environ, "PYTHONPATH": "", "COLUMNS": "1000"})
    assert done.returncode == 1, done.stdout + done.stderr
    assert "the reference is the odd one out: keras and torch agree with each other, and the complex step" in done.stdout
    assert all(words in done.stdout for words in said), done.stdout
    assert "torch:" not in done.stdout and "keras:" not in done.stdout, "nobody else is blamed"
    table = rows_csv.read(tmp_path / "out" / "rows.csv")
    assert set(table.verdict) == {"reference alone"} and set(table.alone) == {"reference", ""}
