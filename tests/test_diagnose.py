"""The diagnosis names the cause, and only a cause that reproduces the numbers. No framework."""

from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from nnparity import cases, reference_impl
from nnparity.cases.case import Result
from nnparity.cases.layers.gru import VARIANTS
from nnparity.reference_impl.mistakes import MISTAKES, plant
from nnparity.reports.comparison.expectation import expectation
from nnparity.reports.diagnosis import stages
from nnparity.reports.diagnosis.cause import Cause, OtherConvention, Rewritten, Words
from nnparity.reports.diagnosis.diagnose import STAGES, diagnose
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.selfproof.kill_matrix import cases_for
from nnparity.reports.verdicts.golden import golden_rows
from nnparity.reports.verdicts.judge import judge

GENERIC, SQUARE, N10 = (cases.named(f"gru-{name}") for name in ("after-float64-generic", "after-float64-square", "n10-float64"))
GATED = ("kernel", "recurrent_kernel", "bias", "recurrent_bias")


def diagnosed(case, answer):
    return judge(case, answer, implementation="test", version="")


def changed(case, outputs=None, grads=None) -> Result:
    right = reference_impl.run(case)
    return Result(outputs={**right.outputs, **(outputs or {})}, grads={**right.grads, **(grads or {})})


def with_gates_in(order, case, **config) -> Result:
    """What an implementation answers that takes the gate blocks in another order."""
    inner = case.configured(**config)
    result = reference_impl.run(inner.replaced(
        params={k: a[list(order)] if k in GATED else a for k, a in case.params.items()}))
    undo = np.argsort(order)
    return Result(outputs=result.outputs, grads={k: g[undo] if k in GATED else g for k, g in result.grads.items()})


@pytest.mark.parametrize("case", [GENERIC, SQUARE], ids=str)
@pytest.mark.parametrize("variant", [v for v in VARIANTS if v != "after"])
def test_other_convention_is_named(variant, case):
    row = diagnosed(case, reference_impl.run(case.configured(**VARIANTS[variant])))
    differing = {OtherConvention("gru", option, value) for option, value in VARIANTS[variant].items()
                 if value != VARIANTS["after"][option]}
    assert row.verdict == "convention"
    assert set(row.diagnosis[0].key) == differing
    assert row.diagnosis[0].complete and row.diagnosis[0].switch


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=lambda m: f"{m.part}-{m.id}")
def test_planted_mistake_is_named(mistake):
    for case in cases_for(mistake)[:2]:  # generic and square
        with np.errstate(all="ignore"):  # some mistakes overflow
            answer = reference_impl.run(case, plant(mistake))
        row = diagnosed(case, answer)
        named = [e for e in row.diagnosis if e.complete]
        assert named, f"{case}: {row.diagnosis}"
        assert mistake.title in {e.title.removesuffix(f" ({mistake.source})") for e in named} or row.verdict == "convention"


def test_document_n10_swaps_the_update_gate():
    """The question's hand calculation: 0.73·0.76 + (1 - 0.73)·0 = 0.55 where Keras prints 0.2048."""
    def askers_gru(x, h):
        z = r = 1 / (1 + np.exp(-(x + h)))
        return z * np.tanh(x + r * h) + (1 - z) * h

    h, y = np.zeros(1), []
    for x in N10.inputs["x"][0]:
        y.append(h := askers_gru(x, h))
    assert f"{y[0][0]:.3f}" == "0.557"  # the question cuts it to 0.55
    row = diagnosed(N10, Result(outputs={"y": np.array(y)[None], "h_n": y[-1][None]}, grads={}))
    assert row.verdict == "convention"
    assert row.diagnosis[0].label == "gru.update=replace" and "K24" in row.diagnosis[0].title


def test_figure_that_document_n10_asks_about_is_explained():
    """0.55 printed alone, without the rest of the calculation."""
    (row,) = [row for row in golden_rows([cases.named("gru-n10-float32")]) if row.mistaken]
    assert (row.figure, row.value, row.met) == ("0.55", "0.20482421", False)
    assert row.explained.startswith("update gate swapped: it replaces the old state (K24): gives 0.5567")


@pytest.mark.parametrize("order", list(permutations(range(3)))[1:], ids=lambda order: "".join("rzn"[i] for i in order))
@pytest.mark.parametrize("case", [GENERIC, SQUARE], ids=str)
def test_gate_order_is_named(order, case):
    row = diagnosed(case, with_gates_in(order, case))
    assert row.diagnosis[0].label == f"gates {''.join('rzn'[i] for i in order)}" and row.verdict == "mistake"


def test_two_causes_at_once_are_named():
    """Packed z, r, n and reset before the product: the usual port from an older Keras."""
    row = diagnosed(GENERIC, with_gates_in((1, 0, 2), GENERIC, reset="before", recurrent_bias="none"))
    assert row.diagnosis[0].key == (OtherConvention("gru", "reset", "before"), OtherConvention("gru", "recurrent_bias", "none"),
                                    Rewritten(("gate order",), "zrn", ("",)))
    assert row.diagnosis[0].label == "gru.reset=before + gru.recurrent_bias=none + gates zrn"


@pytest.mark.parametrize("case", [GENERIC, SQUARE], ids=str)
def test_transposed_recurrent_kernel_is_named(case):
    turned = reference_impl.run(case.replaced(params={**case.params, "recurrent_kernel": case.params["recurrent_kernel"].mT}))
    answer = Result(outputs=turned.outputs, grads={**turned.grads, "recurrent_kernel": turned.grads["recurrent_kernel"].mT})
    assert diagnosed(case, answer).diagnosis[0].label == "recurrent_kernel transposed"


@pytest.mark.parametrize("factor, words", [
    (-1, "opposite sign"), (2, "size of batch"), (0.5, "half"), (5, "size of time"), (1 / 4, "constant factor 0.25"),
    (-5, "opposite sign"), (10, "batch × time"), (0.37, "constant factor 0.37"), (1.001, "constant factor 1.001")])
@pytest.mark.parametrize("names", [("bias",), tuple(reference_impl.run(GENERIC).grads)], ids=["one", "all"])
def test_factor_is_named(factor, words, names):
    right = reference_impl.run(GENERIC).grads
    row = diagnosed(GENERIC, changed(GENERIC, grads={name: right[name] * factor for name in names}))
    titles = [e.title for e in row.diagnosis if e.complete]
    assert row.verdict == "mistake" and any(words in title and all(name in title for name in names) for title in titles)


def test_gradients_under_each_others_names():
    right = reference_impl.run(GENERIC).grads
    row = diagnosed(GENERIC, changed(GENERIC, grads={"bias": right["recurrent_bias"], "recurrent_bias": right["bias"]}))
    assert "bias got the gradient of recurrent_bias" in row.diagnosis[0].title


@pytest.mark.parametrize("cast", [True, False], ids=["returned as float64", "returned as float32"])
def test_single_precision_inside_is_named(cast):
    single = reference_impl.run(GENERIC.astype("float32"))
    answer = Result(**{kind: {k: a.astype("float64") if cast else a for k, a in getattr(single, kind).items()}
                       for kind in ("outputs", "grads")})
    assert diagnosed(GENERIC, answer).verdict == "precision"


def test_time_first_outputs_are_named():
    y = reference_impl.run(GENERIC).outputs["y"]
    assert diagnosed(GENERIC, changed(GENERIC, outputs={"y": y.swapaxes(0, 1)})).diagnosis[0].label == "y time first"


def test_unexplained_outputs_say_where_they_part():
    y = reference_impl.run(GENERIC).outputs["y"].copy()
    y[1, 2:, 3] += 0.01
    (explanation,) = diagnosed(GENERIC, changed(GENERIC, outputs={"y": y})).diagnosis
    assert explanation.verdict == "unexplained"
    assert explanation.title == "outputs part at time step 2, example 1, unit 3"
    assert "the 2 steps before are right" in explanation.words and "grads/kernel" in explanation.words


def test_unexplained_gradient_says_which_gate_is_wrong_and_what_is_right():
    kernel = reference_impl.run(GENERIC).grads["kernel"].copy()
    kernel[1, 2, 3] += 1
    row = diagnosed(GENERIC, changed(GENERIC, grads={"kernel": kernel}))
    assert row.verdict == "unexplained" and not row.diagnosis[0].complete
    assert "Of kernel the gates z are wrong" in row.diagnosis[0].words
    assert "recurrent_kernel, bias, recurrent_bias, x, h0 is right" in row.diagnosis[0].words


@pytest.mark.parametrize("seed", range(5))
def test_random_numbers_are_never_explained(seed):
    """No cause is named for an answer that nothing reproduces."""
    rng = np.random.default_rng(seed)
    right = reference_impl.run(GENERIC)
    answer = Result(outputs={k: rng.standard_normal(a.shape) for k, a in right.outputs.items()},
                    grads={k: rng.standard_normal(a.shape) for k, a in right.grads.items()})
    row = diagnosed(GENERIC, answer)
    assert row.verdict == "unexplained" and not any(e.complete for e in row.diagnosis)


@pytest.mark.parametrize("times", [1.1, 1.6])
def test_a_little_beyond_the_allowed_error_is_unexplained_and_no_failure(times):
    """A hypothesis is allowed more than a verdict: the case's own formula then gives every number, and is no cause."""
    right, allowed = expectation(GENERIC, True)
    kernel = right.grads["kernel"].copy()
    kernel.flat[5] += times * allowed.grads["kernel"].flat[5]
    row = diagnosed(GENERIC, changed(GENERIC, grads={"kernel": kernel}))
    assert row.verdict == "unexplained" and not row.message
    assert [e.title for e in row.diagnosis] == ["outputs right, gradient of kernel wrong"]


@pytest.mark.parametrize("size", [1e-3, 1e-6, 1e-9])
def test_near_misses_are_never_explained(size):
    """Another convention's numbers, moved a little: not that convention."""
    other = reference_impl.run(GENERIC.configured(reset="before", recurrent_bias="outside"))
    rng = np.random.default_rng(0)
    moved = {k: a * (1 + size * rng.standard_normal(a.shape)) for k, a in other.outputs.items()}
    answer = Result(outputs=moved, grads=other.grads)
    assert not any(e.complete for e in diagnosed(GENERIC, answer).diagnosis)


def test_every_file_of_stages_is_in_the_list():
    files = {path.stem for path in Path(stages.__file__).parent.glob("[a-z]*.py")}
    assert {stage.__module__.rpartition(".")[2] for stage, _ in STAGES} == files


def test_a_stage_is_a_function_and_a_line(monkeypatch):
    """What a new one finds is told; one that looks further than the answer needs is not asked."""
    asked = []

    def rough(question):
        asked.append(question)
        return [Explanation(causes=(Cause(what="rough", verdict="mistake", told=Words(label="", title="")),), complete=False)]

    kernel = reference_impl.run(GENERIC).grads["kernel"].copy()
    kernel.flat[5] += 1
    answer = changed(GENERIC, grads={"kernel": kernel})
    monkeypatch.setattr("nnparity.reports.diagnosis.diagnose.STAGES", (*STAGES[:2], (rough, 2), *STAGES[2:]))
    assert ("rough",) not in {e.key for e in diagnose(GENERIC, answer)} and not asked
    monkeypatch.setattr("nnparity.reports.diagnosis.diagnose.STAGES", (*STAGES[:2], (rough, 0), *STAGES[2:]))
    assert ("rough",) in {e.key for e in diagnose(GENERIC, answer)} and len(asked) == 1


def test_a_brief_look_finds_single_causes_only():
    """What later answers of an implementation get, once two of them could not be explained."""
    single = with_gates_in((1, 0, 2), GENERIC)
    double = with_gates_in((1, 0, 2), GENERIC, reset="before", recurrent_bias="none")
    assert diagnose(GENERIC, single, brief=True)[0].label == diagnose(GENERIC, single)[0].label == "gates zrn"
    assert diagnose(GENERIC, double)[0].complete and not any(e.complete for e in diagnose(GENERIC, double, brief=True))
