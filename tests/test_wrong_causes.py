"""What must never be said: causes that the numbers contradict. Code as strangers write it."""

import numpy as np
import pytest

import nnparity
from nnparity import cases, reference_impl
from nnparity.cases.case import Result
from nnparity.reports.checking.told import as_text
from nnparity.reports.diagnosis.cause import Cause, Words
from nnparity.reports.diagnosis.diagnose import diagnose
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.locate.axes import hint, patterns
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.together import together

LSTM = cases.named("lstm-one_bias-float64-generic")
DENSE = cases.named("dense-tanh-float64-generic")


def sig(z):
    return 1 / (1 + np.exp(-z))


class Cell:
    """An LSTM by its letters; `bias_of` and `weights_of` say whose arrays each gate's line has."""

    def __init__(self, params, weights_of, bias_of):
        self.W = {g: params["kernel"]["ifgo".index(weights_of.get(g, g))] for g in "ifgo"}
        self.U = {g: params["recurrent_kernel"]["ifgo".index(weights_of.get(g, g))] for g in "ifgo"}
        self.b = {g: params["bias"]["ifgo".index(bias_of.get(g, g))] for g in "ifgo"}

    def __call__(self, xs, h, c):
        ys = []
        for x in xs.swapaxes(0, 1):
            z = {g: x @ self.W[g] + h @ self.U[g] + self.b[g] for g in "ifgo"}
            c = sig(z["f"]) * c + sig(z["i"]) * np.tanh(z["g"])
            h = sig(z["o"]) * np.tanh(c)
            ys.append(h)
        return {"y": np.stack(ys, 1), "h_n": h, "c_n": c}


def outputs_of(weights_of, bias_of):
    x, h0, c0 = (LSTM.inputs[name] for name in ("x", "h0", "c0"))
    return Result(outputs=Cell(LSTM.params, weights_of, bias_of)(x, h0, c0), grads={})


@pytest.mark.parametrize("gate", "ifo")
@pytest.mark.parametrize("source", "ifo")
def test_a_gate_with_another_gates_weights_is_one_cause_in_each_direction(gate, source):
    if gate == source:
        return
    found = diagnose(LSTM, outputs_of({gate: source}, {gate: source}))
    words = {"i": "input", "f": "forget", "o": "output"}
    assert found[0].complete and len(found[0].causes) == 1
    assert found[0].title.startswith(f"{words[gate]} gate computed with the {words[source]} gate's weights")


def test_two_gates_that_took_over_a_third_ones_bias():
    found = diagnose(LSTM, outputs_of({}, {"f": "o", "i": "o"}))
    assert found[0].complete and found[0].title == "input gate and forget gate computed with the output gate's bias"


def test_outputs_in_reverse_order_are_no_two_reversals():
    case = cases.named("gru-after-float64-generic")
    right = reference_impl.run(case)
    turned = case.replaced(cotangents={**case.cotangents, "y": case.cotangents["y"][:, ::-1]}, exempt="outputs turned round")
    answer = Result(outputs={**right.outputs, "y": right.outputs["y"][:, ::-1]}, grads=reference_impl.run(turned).grads)
    found = diagnose(case, answer)
    assert found[0].complete and [len(one.causes) for one in found] == [1] and "reverse order of time" in found[0].title


def test_bias_gradients_made_of_another_gates_delta():
    right = reference_impl.run(LSTM)
    db = right.grads["bias"].copy()
    db[0] = db[3] = db[1]
    found = diagnose(LSTM, Result(outputs=right.outputs, grads={**right.grads, "bias": db}))
    assert found[0].complete
    assert found[0].title == "gradient of bias: input gate and output gate got that of the forget gate"


def by_differences(params, inputs, cotangents, h=1e-6):
    """Every derivative as (L(+h) - L(-h)) / 2h."""
    def forward():
        return np.tanh(inputs["x"] @ params["kernel"] + params["bias"])

    grads = {}
    for name, a in {**params, **inputs}.items():
        grads[name] = np.zeros_like(a)
        for at in np.ndindex(a.shape):
            kept, losses = a[at], []
            for moved in (kept + h, kept - h):
                a[at] = moved
                losses.append((forward() * cotangents["y"]).sum())
            a[at] = kept
            grads[name][at] = (losses[0] - losses[1]) / (2 * h)
    return {"y": forward()}, grads


def test_central_differences_are_no_fault_and_not_single_precision():
    report = nnparity.check(by_differences, "dense", activation="tanh", case="float64-generic")
    assert report.ok and {row.verdict for row in report.rows} == {"differences"} and not report.diagnosis
    assert "as exact as central differences" in as_text(report) and "single" not in as_text(report)


def test_differences_of_a_wrong_function_are_not_excused():
    """Where one case has another fault the small errors of the others are told as they are."""
    def sometimes(params, inputs, cotangents):
        outputs, grads = by_differences(params, inputs, cotangents)
        return outputs, {name: -g if inputs["x"].shape[-1] == inputs["x"].shape[0] else g for name, g in grads.items()}

    report = nnparity.check(sometimes, "dense", activation="tanh")
    assert not report.ok and "precision" in {row.verdict for row in report.rows}


def test_float32_on_the_way_is_still_single_precision():
    right = reference_impl.run(DENSE)

    def narrow(arrays):
        return {name: a.astype("float32").astype("float64") for name, a in arrays.items()}
    for outputs in (narrow(right.outputs), right.outputs):
        found = diagnose(DENSE, Result(outputs=outputs, grads=narrow(right.grads)))
        assert found[0].title == "computed in single precision"


@pytest.mark.parametrize(("factor", "named"), [(1 + 2e-13, False), (1 + 4e-8, True)])
def test_a_factor_of_one_and_a_little_is_a_float32_constant_only_where_float32_rounds_so(factor, named):
    right = reference_impl.run(DENSE)
    found = diagnose(DENSE, Result(outputs=right.outputs, grads={**right.grads, "kernel": factor * right.grads["kernel"]}))
    assert any("rounded to float32" in one.title for one in found) == named


def test_the_inner_positions_are_right_only_where_there_are_any():
    def said(off):
        return hint(patterns(off, ("example", "row", "column")))
    mostly, border = np.ones((2, 11, 12), bool), np.ones((2, 11, 12), bool)
    mostly[:, 5, :] = False
    border[:, 1:-1, 1:-1] = False
    assert "inner" in said(border) and said(mostly) == ""


STATES = []


def never_emptied(params, inputs, cotangents):
    STATES.append(np.tanh(inputs["x"] @ params["kernel"] + params["bias"]))
    y, = STATES
    da = cotangents["y"] * (1 - y * y)
    return {"y": y}, {"kernel": inputs["x"].T @ da, "bias": da.sum(0), "x": da @ params["kernel"].T}


def test_a_second_call_that_raises_is_told_with_its_error():
    report = nnparity.check(never_emptied, "dense", activation="tanh", case="float64-generic")
    troubles = [trouble for row in report.rows for trouble in row.troubles]
    assert troubles[0].id == "trouble-second-call-raises" and "too many values to unpack" in troubles[0].words
    assert "random" not in as_text(report)


def test_a_way_back_without_time_is_no_window_of_one_step():
    """The state's gradient starts anew at each step, and the forget gate has σ(f) where f(1 - f) belongs."""
    right = reference_impl.run(LSTM)
    x, h, c = (LSTM.inputs[name] for name in ("x", "h0", "c0"))
    K, R, b = (LSTM.params[name] for name in ("kernel", "recurrent_kernel", "bias"))
    grads = {name: np.zeros_like(a) for name, a in {**LSTM.params, **LSTM.inputs}.items()}
    last = x.shape[1] - 1
    for t in range(last + 1):
        before, cell = h, c
        i, f, g, o = (act(x[:, t] @ K[k] + h @ R[k] + b[k]) for k, act in enumerate((sig, sig, np.tanh, sig)))
        c = f * c + i * g
        h = o * np.tanh(c)
        dh = LSTM.cotangents["y"][:, t] + (LSTM.cotangents["h_n"] if t == last else 0)
        dc = dh * o * (1 - np.tanh(c)**2) + (LSTM.cotangents["c_n"] if t == last else 0)
        deltas = (dc * g * i * (1 - i), dc * cell * sig(f), dc * i * (1 - g * g), dh * np.tanh(c) * o * (1 - o))
        for k, delta in enumerate(deltas):
            grads["kernel"][k] += x[:, t].T @ delta
            grads["recurrent_kernel"][k] += before.T @ delta
            grads["bias"][k] += delta.sum(0)
            grads["x"][:, t] += delta @ K[k].T
            if t == 0:
                grads["h0"] += delta @ R[k].T
        if t == 0:
            grads["c0"] = dc * f
    assert np.allclose(h, right.outputs["h_n"])
    found = diagnose(LSTM, Result(outputs=right.outputs, grads=grads))
    assert not any("back;" in one.title or "no bug" in one.words for one in found)


def test_a_cause_of_one_case_in_three_is_no_headline():
    def row(case, *explanations):
        return Row(case=case, network="lstm", implementation="mine.py", version="", verdict="unexplained", diagnosis=explanations)
    transposed = Explanation(causes=(cause("kernel transposed", "mistake"),))
    unknown = Explanation(causes=(cause("the outputs differ", "unexplained"),), complete=False)
    found = together([row("square", transposed), row("generic", unknown), row("long", unknown)])
    assert [one.explanation for one in found] == [unknown, transposed]
    assert together([row("square", transposed), row("generic", unknown)])[0].explanation is transposed


def cause(title, verdict):
    return Cause(what=title, verdict=verdict, told=Words(label=title, title=title))


def test_an_array_that_is_zero_is_not_right_too():
    right = reference_impl.run(LSTM)
    noise = np.random.default_rng(3).standard_normal(right.grads["kernel"].shape)
    grads = {**right.grads, "kernel": right.grads["kernel"] + noise, "h0": np.zeros_like(right.grads["h0"])}
    found = diagnose(LSTM, Result(outputs=right.outputs, grads=grads))
    zero = [one for one in found if "gradient of h0 is zero" in one.title]
    assert zero
    for one in zero:
        assert not any("h0" in sentence for sentence in one.words.replace(";", ".").split(".") if "right too" in sentence)
