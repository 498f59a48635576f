"""The suite proves that it can fail: every planted fault is noticed, without a framework, on every run."""

import re
from collections import defaultdict

import numpy as np
import pytest

from nnparity import cases, reference_impl
from nnparity.cases.case import Case, Golden, InvalidCase, Result
from nnparity.cases.layers.gru import VARIANTS, gru_case
from nnparity.reference_impl.judges import complex_step
from nnparity.reference_impl.mistakes import MISTAKES, Edit, Line, Mistake, misfit, plant
from nnparity.reports.comparison.compare import compare, compare_arrays
from nnparity.reports.comparison.expectation import expectation
from nnparity.reports.comparison.problem import Kind
from nnparity.reports.selfproof.kill_matrix import batches, cases_for, kill_of
from nnparity.reports.verdicts.judge import judge

GENERIC = cases.named("gru-after-float64-generic")


def disagreements(answer: Result, case: Case = GENERIC) -> set[str]:
    return {a.path for a in compare(answer, *expectation(case), zeros=case.zeros) if not a.ok}


def answer_with(case=GENERIC, *, outputs=(), grads=()) -> Result:
    right = reference_impl.run(case)
    return Result(outputs={**right.outputs, **dict(outputs)}, grads={**right.grads, **dict(grads)})


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=lambda m: f"{m.part}-{m.id}")
def test_planted_mistake_is_noticed(mistake):
    """On every case that reaches the line, golden and stateless ones apart, which are not made for that."""
    for case in cases_for(mistake):
        with np.errstate(all="ignore"):  # some mistakes overflow
            answer = reference_impl.run(case, plant(mistake))
        wrong = disagreements(answer, case)
        assert wrong, f"{case} does not notice: {mistake.title}"
        if mistake.part == "backward":
            assert all(path.startswith("grads/") for path in wrong), f"{mistake.id} changes the outputs"


@pytest.mark.parametrize("mistake", [m for m in MISTAKES.values() if m.blind], ids=lambda m: m.id)
def test_cases_that_cannot_show_a_mistake_are_what_the_catalogue_says(mistake):
    """`blind` excuses a case only where the wrong formula gives the right numbers."""
    for part in mistake.blind:
        excused = [case for case in cases.all_cases() if part in case.name and case.dtype == "float64" and len(case.layers) == 1
                   and mistake.reaches(case)]
        assert excused, part
        assert not any(disagreements(reference_impl.run(case, plant(mistake)), case) for case in excused)


@pytest.mark.parametrize("mistake", [m for m in MISTAKES.values() if m.part == "backward"], ids=lambda m: m.id)
def test_complex_step_notices_wrong_backward_pass(mistake):
    """The third judge alone, with no right implementation to compare with."""
    world = plant(mistake)
    case = cases_for(mistake)[0]
    wrong = compare(reference_impl.run(case, world), complex_step(case, world), expectation(case)[1])
    assert any(not a.ok for a in wrong)


def test_the_report_plants_every_mistake_once():
    assert sorted(id for ids in batches() for id in ids) == sorted(MISTAKES)
    kill = kill_of("gru-update-swapped", [GENERIC.name, "gru-after-float64-square", "lstm-one_bias-float64-generic"])
    assert kill.noticed_by == {GENERIC.name: True, "gru-after-float64-square": True} and "update gate swapped" in kill.diagnosis
    assert kill_of("gru-update-swapped", ["lstm-one_bias-float64-generic"]) is None


def test_enough_mistakes_of_both_kinds():
    kinds = defaultdict(list)
    for mistake in MISTAKES.values():
        kinds[mistake.area, mistake.part].append(mistake)
    assert len(kinds["gru", "forward"]) + len(kinds["gru", "backward"]) >= 30
    assert min(len(kinds["gru", kind]) for kind in ("forward", "backward")) >= 10


def test_mistake_that_no_longer_fits_the_source_is_an_error():
    def entry(edit, module="layers.gru"):
        return Mistake(id="x", area="gru", module=module, part="forward", title="", edit=edit, symptom="", fix="", correct="",
                       mistaken="")

    stale = {"occurs 0 times in backward of gru.py": entry(Edit(function="backward", right="no such line", wrong="")),
             "occurs [2-9] times in backward": entry(Edit(function="backward", right="da_n[s]", wrong="0")),
             "layers.gru has no function 'backwards'": entry(Edit(function="backwards", right="dh = dh + dy[s]", wrong="")),
             "no function 'inner' inside of backward": entry(Edit(function="backward.inner", right="dh = dh + dy[s]", wrong="")),
             "layers.gone has no function": entry(Edit(function="backward", right="dh", wrong=""), module="layers.gone"),
             "is both the right and the wrong line": entry(Line("backward", "dh = dh + dy[s]").replacing("no such", ""))}
    for words, mistake in stale.items():
        with pytest.raises(ValueError, match=words):
            plant(mistake)
        assert re.search(words, misfit(mistake))


@pytest.mark.parametrize("name", reference_impl.run(GENERIC).grads)
def test_gradient_off_by_a_thousandth_is_noticed(name):
    right = reference_impl.run(GENERIC).grads[name]
    assert disagreements(answer_with(grads={name: right * 1.001})) == {f"grads/{name}"}


@pytest.mark.parametrize("size", [1e-3, 1e-6, 1e-9, 1e-12])
@pytest.mark.parametrize("name", reference_impl.run(GENERIC).grads)
def test_one_wrong_element_is_noticed(name, size):
    """Wherever it stands, also beside entries a thousand times as large."""
    right = reference_impl.run(GENERIC).grads[name]
    for index in (np.abs(right).argmin(), np.abs(right).argmax()):
        wrong = right.copy()
        wrong.flat[index] += size * np.abs(right).max()
        assert disagreements(answer_with(grads={name: wrong})) == {f"grads/{name}"}


@pytest.mark.parametrize("value, words", [(np.nan, "nan at 1 elements"), (np.inf, "+inf at 1"), (-np.inf, "-inf at 1")])
def test_non_finite_is_noticed(value, words):
    y = reference_impl.run(GENERIC).outputs["y"].copy()
    y[1, 2, 3] = value
    (a,) = [a for a in compare(answer_with(outputs={"y": y}), *expectation(GENERIC)) if not a.ok]
    assert a.path == "outputs/y" and words in a.problem.words and "[1, 2, 3]" in a.problem.words


def test_wrong_shape_dtype_and_names_are_problems_in_words():
    right = reference_impl.run(GENERIC)
    y = right.outputs["y"]
    problems = {a.path: str(a.problem) for a in compare(
        Result(outputs={"y": y.swapaxes(0, 1), "h_n": right.outputs["h_n"].astype("float32"), "c_n": y},
               grads={k: g for k, g in right.grads.items() if k != "h0"}), *expectation(GENERIC)) if not a.ok}
    assert problems == {
        "outputs/y": "shape (5, 2, 4), expected (2, 5, 4) (the same lengths in another order: two axes are exchanged)",
        "outputs/h_n": "dtype float32, expected float64",
        "outputs/c_n": "unknown; this case has y, h_n",
        "grads/h0": "missing; the answer has kernel, recurrent_kernel, bias, recurrent_bias, x",
    }


def test_always_zero_and_empty_answers_never_agree():
    zero = Result(outputs={k: 0 * a for k, a in reference_impl.run(GENERIC).outputs.items()},
                  grads={k: 0 * a for k, a in reference_impl.run(GENERIC).grads.items()})
    assert len(disagreements(zero)) == 8
    assert compare_arrays("y", np.zeros(3), np.zeros(3), np.zeros(3)).problem.kind is Kind.ZERO
    assert compare_arrays("y", np.zeros((0, 3)), np.zeros((0, 3)), np.zeros((0, 3))).problem.kind is Kind.EMPTY
    with pytest.raises(ValueError, match="nothing was compared"):
        compare(Result(outputs={}, grads={}), Result(outputs={}, grads={}), Result(outputs={}, grads={}))


@pytest.mark.parametrize("case", cases.all_cases(), ids=str)
def test_always_wrong_implementation_never_agrees(case):
    """An implementation that answers every question with random numbers of the right shape and dtype."""
    rng = np.random.default_rng(0)
    right = reference_impl.run(case)

    def noise(arrays):
        return {k: rng.standard_normal(a.shape).astype(a.dtype) for k, a in arrays.items()}

    wrong = disagreements(Result(outputs=noise(right.outputs), grads=noise(right.grads)), case)
    assert len(wrong) == len(right.outputs) + len(right.grads)


@pytest.mark.parametrize("broken, words", [
    (dict(params={"kernel": np.ones((3, 7, 4))}), "kernel is constant"),
    (dict(params={"bias": np.zeros((3, 4))}), "bias is zero"),
    (dict(inputs={"h0": np.zeros((2, 4))}), "h0 is zero"),
    (dict(cotangents={"y": np.ones((2, 5, 4))}), "cotangent of y is constant"),
    (dict(cotangents=None), "no cotangents"),
    (dict(sizes={"batch": 2, "time": 5, "input": 7, "hidden": 7}), "input and hidden are both 7"),
    (dict(sizes={"batch": 2, "time": 3, "input": 7, "hidden": 4}), "the number of gates"),
    (dict(sizes={"batch": 2, "time": 5, "input": 7}), "an axis of length [4] is not named"),
    (dict(sizes={"batch": 1, "time": 5, "input": 7, "hidden": 4}), "batch is 1, at least 2"),
    (dict(params={"bias": np.full((3, 4), np.nan)}), "nan or inf"),
    (dict(params={"bias": np.ones((3, 4), "float32")}), "one dtype"),
    (dict(catches=""), "say in `catches`"),
])
def test_case_that_could_not_find_a_fault_is_refused(broken, words):
    fields = {key: {**getattr(GENERIC, key), **value} if key in ("params", "inputs", "cotangents") and value else value or {}
              for key, value in broken.items() if key != "catches"}
    if "catches" in broken:
        fields = {"catches": ""}
    with pytest.raises(InvalidCase) as error:
        GENERIC.replaced(**fields)
    assert words in str(error.value)


def test_missing_cotangent_is_refused():
    with pytest.raises(ValueError, match="every output needs one"):
        reference_impl.run(GENERIC.replaced(cotangents={"y": GENERIC.cotangents["y"]}))


def test_misspelt_convention_is_refused():
    with pytest.raises(ValueError, match="'befor' is not a convention"):
        reference_impl.run(GENERIC.configured(reset="befor"))


def test_golden_figure_can_be_missed():
    golden = Golden("y", (0,), "0.2048", "someone")
    assert golden.is_met_by(0.20482) and not golden.is_met_by(0.2049) and not golden.is_met_by(0.5567)
    partly = Golden("y", (0,), "0.123456", "someone", decimals=3, why="rounded on the way")
    assert partly.is_met_by(0.12312) and not partly.is_met_by(0.124) and not partly.is_met_by(0.123456)


def test_right_answers_are_never_accused():
    """A few hundred random networks, with the noise of float32 as the working precision: no verdict but `agrees`."""
    rng = np.random.default_rng(5)
    for seed in range(200):
        variant = list(VARIANTS)[seed % len(VARIANTS)]
        batch, time, input, hidden = (int(n) for n in rng.permutation([2, 4, 5, 6, 7, 8])[:4])
        case = gru_case("random", VARIANTS[variant], seed=seed, scale=0.5, catches="false alarms", exempt="random sizes",
                        sizes={"batch": batch, "time": time, "input": input, "hidden": hidden})
        # the same network by another route: the batch in reverse order, so that every sum is rounded differently
        back = {k: a[::-1] for k, a in (*case.inputs.items(), *case.cotangents.items())}
        turned = reference_impl.run(case.replaced(inputs={k: back[k] for k in case.inputs},
                                                  cotangents={k: back[k] for k in case.cotangents}))
        answer = Result(outputs={k: a[::-1] for k, a in turned.outputs.items()},
                        grads={k: g[::-1] if k in case.inputs else g for k, g in turned.grads.items()})
        assert judge(case, answer, implementation="another route", version="").verdict == "agrees"
