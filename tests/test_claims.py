"""What somebody's code does not compute, or has no option for, is not held against it; what it does compute is."""

from itertools import product

import numpy as np
import pytest

import nnparity
from nnparity import cases, reference_impl
from nnparity.cases.conventions import lstm
from nnparity.cases.kinds import KINDS
from nnparity.reference_impl.layers.gru import gru as reference_gru
from nnparity.reference_impl.optimizers import OPTIMIZERS
from nnparity.reports.asking.options import Options
from nnparity.reports.checking.chosen import choose_cases
from nnparity.reports.checking.request import choose_config
from nnparity.reports.diagnosis.variants import choices, of_layer
from nnparity.reports.verdicts.left_out import left_out, narrowed


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class Net:
    """A network as people write it: it differentiates its own loss, and x gets no gradient."""

    def __init__(self, params, hidden=lambda a: a * (1 - a), axis_sum=np.sum, sign=1.0):
        self.W = [params[f"dense_{i}/kernel"] for i in (1, 2, 3)]
        self.b = [params[f"dense_{i}/bias"] for i in (1, 2, 3)]
        self.hidden, self.sum, self.sign = hidden, axis_sum, sign

    def forward(self, x):
        self.a = [x]
        for W, b in zip(self.W, self.b):
            self.a.append(sigmoid(self.a[-1] @ W + b))
        return self.a[-1]

    def backward(self, target):
        grads, delta = {}, self.sign * (self.a[-1] - target) * self.a[-1] * (1 - self.a[-1])
        for i in (2, 1, 0):
            grads[f"dense_{i + 1}/kernel"] = self.a[i].T @ delta
            grads[f"dense_{i + 1}/bias"] = self.sum(delta, 0)
            delta = delta @ self.W[i].T * self.hidden(self.a[i])
        return grads


def network(**wrong):
    def n07(params, inputs):
        net = Net(params, **wrong)
        y = net.forward(inputs["x"])
        return {"y": y, "loss": 0.5 * np.sum((y - inputs["target"]) ** 2)}, net.backward(inputs["target"])
    return n07


def test_right_network_with_its_own_loss_and_no_gradient_of_x_agrees_and_is_told_what_was_not_asked():
    report = nnparity.check(network())
    assert report.ok
    assert "not returned, so not asked: grads/x; the cotangents are not used" in report.rows[0].message
    assert "the gradients that came back" in report.explain()


def test_cotangents_that_are_taken_and_not_used_mean_the_loss_alone_too():
    right = network()

    def n07(params, inputs, cotangents):  # noqa: ARG001
        return right(params, inputs)
    assert nnparity.check(n07).ok


def test_only_the_loss_without_y_is_an_answer():
    right = network()

    def n07(params, inputs):
        outputs, grads = right(params, inputs)
        return {"loss": outputs["loss"]}, grads
    report = nnparity.check(n07)
    assert report.ok and "outputs/y" in report.rows[0].message


@pytest.mark.parametrize("wrong, named", [
    ({"hidden": np.ones_like}, "derivative"),
    ({"axis_sum": np.mean}, "mean"),
    ({"sign": -1.0}, "sign"),
    ({"hidden": lambda a: sigmoid(a) * (1 - sigmoid(a))}, "derivative"),
], ids=["derivative left out", "bias averaged", "sign", "derivative of the activation"])
def test_mistakes_are_named_in_what_came_back(wrong, named):
    report = nnparity.check(network(**wrong))
    best = report.diagnosis[0]
    assert not report.ok and best.complete and named in best.explanation.title


def test_a_gradient_that_is_missing_beside_others_of_its_kind_is_missing():
    right = network()

    def n07(params, inputs):
        outputs, grads = right(params, inputs)
        del grads["dense_2/bias"]
        return outputs, grads
    assert not nnparity.check(n07).ok


def test_a_layer_has_no_loss_of_its_own():
    def dense(params, inputs, back=True):
        y = inputs["x"] @ params["kernel"] + params["bias"]
        return {"y": y}, {"bias": np.ones_like(y).sum(0)} if back else {}

    def dense_with_gradients(params, inputs):
        return dense(params, inputs)

    def dense_forward(params, inputs):
        return dense(params, inputs, back=False)
    assert "takes no cotangents" in nnparity.check(dense_with_gradients, "dense", case="vector").rows[0].message
    assert nnparity.check(dense_forward, "dense", case="vector", forward_only=True).ok
    assert not nnparity.check(dense_forward, "dense", case="vector").ok


def of_gru(*outputs):
    def gru(params, inputs, cotangents):
        found, vjp = reference_gru(params, inputs)
        upstream = {name: cotangents[name] if name in outputs else np.zeros_like(a) for name, a in cotangents.items()}
        grads = vjp(upstream)
        return {name: found[name] for name in outputs}, {name: g for name, g in grads.items() if name not in ("x", "h0")}
    return gru


@pytest.mark.parametrize("outputs", [("y",), ("h_n",)], ids=["every step", "many to one"])
def test_recurrent_layer_may_return_every_step_or_its_last_state(outputs):
    report = nnparity.check(of_gru(*outputs), case="after-float64-generic")
    assert report.ok and "not returned" in report.rows[0].message


def test_an_output_of_another_name_is_missing():
    def gru(params, inputs, cotangents):
        outputs, grads = of_gru("y")(params, inputs, cotangents)
        return {"output": outputs["y"], "h_n": outputs["y"][:, -1]}, grads
    assert nnparity.check(gru, case="after-float64-generic").rows[0].verdict == "malformed"


def test_narrowed_question_is_the_same_object_for_the_same_answer():
    case = cases.named("n07-mlp-float64-generic")
    left = frozenset({"grads/x", "cotangents/y", "cotangents/loss"})
    assert narrowed(case, left) is narrowed(case, left) and narrowed(case, frozenset()) is case
    full = reference_impl.run(case)
    assert left_out(case, full, {}) == frozenset()
    assert "x" not in reference_impl.run(narrowed(case, left)).grads


# ------------------------------------------------------------------------------------------------------------- options


def adam_with(beta_1=0.9, beta_2=0.999, epsilon=1e-8, late=0):
    def adam(parameter, gradient, state, step, learning_rate, config):  # noqa: ARG001
        m = beta_1 * state.get("m", 0) + (1 - beta_1) * gradient
        v = beta_2 * state.get("v", 0) + (1 - beta_2) * gradient**2
        t = step + late
        new = parameter - learning_rate * (m / (1 - beta_1**t)) / (np.sqrt(v / (1 - beta_2**t)) + epsilon)
        return new, {"m": m, "v": v}
    return adam


@pytest.mark.parametrize("constants", [{}, {"epsilon": 1e-7}, {"beta_1": 0.5, "beta_2": 0.99}], ids=str)
def test_optimizer_is_compared_under_its_own_constants(constants):
    report = nnparity.check(adam_with(**constants))
    assert report.ok
    said = report.explain()
    assert "compared under its own" in said and all(f"{name}={value:g}" in said for name, value in constants.items())


def test_mistake_beside_own_constants_is_named():
    report = nnparity.check(adam_with(late=1))
    assert not report.ok and "exponent t + 1" in report.diagnosis[0].explanation.title


def test_plain_gradient_descent_agrees():
    def sgd(parameter, gradient, state, step, learning_rate, config):  # noqa: ARG001
        return parameter - learning_rate * gradient, state
    assert nnparity.check(sgd).ok


def test_options_of_a_layer_that_are_never_looked_at_are_not_asked():
    def dense(params, inputs, cotangents):
        x, dy, K, b = inputs["x"], cotangents["y"], params["kernel"], params.get("bias")
        rows = x.reshape(-1, x.shape[-1]), dy.reshape(-1, dy.shape[-1])
        grads = {"kernel": rows[0].T @ rows[1], "x": dy @ K.T}
        return {"y": x @ K + (0 if b is None else b)}, grads if b is None else {**grads, "bias": rows[1].sum(0)}
    report = nnparity.check(dense)
    assert report.ok and len(report.asked) >= 4
    assert "no option activation is looked at" in report.explain()


def test_options_of_the_signature_are_asked():
    def dense(params, inputs, cotangents, activation="linear"):
        a = inputs["x"] @ params["kernel"] + params["bias"]
        y, slope = (np.maximum(a, 0), a > 0) if activation == "relu" else (a, 1.0)
        delta = cotangents["y"] * slope
        return {"y": y}, {"kernel": inputs["x"].T @ delta, "bias": delta.sum(0), "x": delta @ params["kernel"].T}
    report = nnparity.check(dense, activation="relu")
    assert report.ok and {row.case for row in report.asked} == {"dense-relu-float64-generic"}
    tanh = nnparity.check(dense, activation="tanh")
    assert not tanh.ok  # it takes the option, and has it not


def test_what_is_not_implemented_is_not_asked():
    def conv1d(params, inputs, cotangents, config):  # noqa: ARG001
        raise NotImplementedError("stride")
    assert all(row.verdict == "unsupported" and "stride" in row.message for row in nnparity.check(conv1d, case="stride2").rows)


def test_options_know_what_was_looked_at():
    options = Options(a=1, b=2, c=3)
    assert options["a"] == 1 and options.get("b", 0) == 2 and options.read == {"a", "b"}
    assert {**options} == {"a": 1, "b": 2, "c": 3} and options.read == {"a", "b", "c"}


def test_config_has_every_option():
    seen = {}

    def conv2d(params, inputs, cotangents, config):  # noqa: ARG001
        seen.update(config)
        raise NotImplementedError
    nnparity.check(conv2d, case="conv2d-generic")
    assert seen == {"stride": 1, "dilation": 1, "groups": 1, "padding": "valid", "activation": "linear"}


def test_stride_of_a_pooling_is_its_size_where_nothing_is_said():
    seen = {}

    def max_pool2d(params, inputs, cotangents, config):  # noqa: ARG001
        seen.update(config)
        raise NotImplementedError
    nnparity.check(max_pool2d, case="max_pool2d-generic")
    assert seen["stride"] == seen["size"] and seen["padding"] == "valid"


# ----------------------------------------------------------------------------------------------------- one contract


def test_network_of_one_hot_labels_is_not_asked_about_class_numbers():
    def n14(params, inputs):
        w1, b1, w2, b2 = (params[k] for k in ("dense_1/kernel", "dense_1/bias", "dense_2/kernel", "dense_2/bias"))
        x, t = inputs["x"], inputs["target"]
        z = x @ w1 + b1
        h = np.maximum(z, 0)
        e = np.exp(h @ w2 + b2 - (h @ w2 + b2).max(1, keepdims=True))
        y = e / e.sum(1, keepdims=True)
        delta = (y - t) / len(x)
        back = delta @ w2.T * (z > 0)
        return {"y": y, "loss": -np.sum(t * np.log(np.clip(y, 1e-7, 1)), 1).mean()}, {
            "dense_1/kernel": x.T @ back, "dense_1/bias": back.sum(0),
            "dense_2/kernel": h.T @ delta, "dense_2/bias": delta.sum(0)}
    report = nnparity.check(n14)
    assert {row.case.rpartition("-")[0] for row in report.asked} == {"n14-mlp-float64-one_hot"} and len(report.asked) == 3
    assert "labels=sparse" in report.explain()


def test_case_of_saturated_weights_is_no_trouble_of_the_code():
    assert cases.named("n12-mlp-float64-unscaled")
    report = nnparity.check(network_n12, "n12")
    assert not any(row.troubles for row in report.rows)


def network_n12(params, inputs):
    a = [inputs["x"]]
    for i in (1, 2):
        a.append(sigmoid(a[-1] @ params[f"dense_{i}/kernel"] + params[f"dense_{i}/bias"]))
    return {"y": a[2], "loss": 0.5 * np.sum((a[2] - inputs["target"]) ** 2)}, {}


# ------------------------------------------------------------------------------------------------------------- advice


ADVICE = [(kind, c.option, v.value) for kind in (*KINDS, *OPTIMIZERS) for c in of_layer(kind) for v in choices(c)]


@pytest.mark.parametrize("kind, option, value", ADVICE, ids=map(str, ADVICE))
def test_every_advice_of_a_diagnosis_is_accepted(kind, option, value):
    config = choose_config(kind, {option: value})
    for case in choose_cases(cases.all_cases(), kind, config):
        assert reference_impl.run(case).outputs


def test_every_combination_of_an_lstms_conventions_can_be_asked():
    options = {c.option: [v.value for v in choices(c)] for c in lstm.CONVENTIONS}
    for values in product(*options.values()):
        config = choose_config("lstm", dict(zip(options, values)))
        assert choose_cases(cases.all_cases(), "lstm", config)


def always_biased(params, inputs, cotangents):
    """A right dense layer that has never heard of one without a bias."""
    x, K, b, dy = inputs["x"], params["kernel"], params["bias"], cotangents["y"]
    rows, delta = x.reshape(-1, x.shape[-1]), dy.reshape(-1, dy.shape[-1])
    return {"y": x @ K + b}, {"x": dy @ K.T, "kernel": rows.T @ delta, "bias": delta.sum(0)}


def test_code_that_always_takes_a_bias_is_not_asked_to_do_without():
    report = nnparity.check(always_biased, "dense", activation="linear")
    assert report.ok, report

    def other_key(params, inputs, cotangents):
        return always_biased({**params, "bias": params["gamma"]}, inputs, cotangents)
    asked = nnparity.check(other_key, "dense", activation="linear")
    assert not asked.ok and {row.verdict for row in asked.rows} >= {"errored"}, "a key that no case has is a mistake"


def test_a_key_that_the_case_has_is_no_excuse():
    """Its own dict has none of that name, where a batch is large."""
    def forgetful(params, inputs, cotangents):
        own = {} if len(inputs["x"]) > 2 else {"kernel": params["kernel"]}
        return always_biased({**params, "kernel": own["kernel"]}, inputs, cotangents)
    rows = nnparity.check(forgetful, "dense", activation="linear", bias="vector").rows
    assert {"agrees", "errored"} <= {row.verdict for row in rows}, [(row.case, row.verdict) for row in rows]


def test_where_nothing_is_answered_nothing_is_excused():
    def breaks(params, inputs, cotangents):  # noqa: ARG001
        params["bias"]
        raise ValueError("not yet")
    report = nnparity.check(breaks, "conv2d", stride=1, padding="valid", groups=1, dilation=1)
    messages = {row.message.split(":")[1].strip() for row in report.asked}
    assert {row.verdict for row in report.asked} == {"errored"} and messages == {"KeyError", "ValueError"}, report


class KeepsItsCell:
    """A right LSTM, one matrix a gate on [h, x]: forward takes x, gives h of all steps, and nobody sees c."""

    decays = True

    def __init__(self, input_size, hidden_size):
        H, Z = hidden_size, hidden_size + input_size
        self.H = H
        self.Wf, self.Wi, self.Wc, self.Wo = (np.random.randn(Z, H) * 0.1 for _ in range(4))
        self.bf, self.bi, self.bc, self.bo = (np.zeros(H) for _ in range(4))

    def forward(self, x):
        N, T, D = x.shape
        h = np.zeros((N, self.H))
        c = np.zeros((N, self.H))
        self.cache = []
        out = []
        for t in range(T):
            z = np.hstack([h, x[:, t]])
            f = sigmoid(z @ self.Wf + self.bf)
            i = sigmoid(z @ self.Wi + self.bi)
            g = np.tanh(z @ self.Wc + self.bc)
            o = sigmoid(z @ self.Wo + self.bo)
            c_prev = c
            c = f * c + i * g
            h = o * np.tanh(c)
            self.cache.append((z, f, i, g, o, c_prev, c))
            out.append(h)
        return np.stack(out, 1)

    def backward(self, dout):
        N, T, _ = dout.shape
        H = self.H
        self.dWf, self.dWi, self.dWc, self.dWo = (np.zeros_like(self.Wf) for _ in range(4))
        self.dbf, self.dbi, self.dbc, self.dbo = (np.zeros(H) for _ in range(4))
        dh_next = np.zeros((N, H))
        dc_next = np.zeros((N, H))
        dx = []
        for t in reversed(range(T)):
            z, f, i, g, o, c_prev, c = self.cache[t]
            dh = dout[:, t] + dh_next
            tc = np.tanh(c)
            do = dh * tc * o * (1 - o)
            dc = dh * o * (1 - tc**2) + dc_next
            df = dc * c_prev * f * (1 - f)
            di = dc * g * i * (1 - i)
            dg = dc * i * (1 - g**2)
            dz = 0
            for d, W, n in ((df, self.Wf, "f"), (di, self.Wi, "i"), (dg, self.Wc, "c"), (do, self.Wo, "o")):
                getattr(self, "dW" + n)[...] += z.T @ d
                getattr(self, "db" + n)[...] += d.sum(0)
                dz = dz + d @ W.T
            dh_next = dz[:, :H]
            dc_next = dc * f if self.decays else dc
            dx.append(dz[:, H:])
        return np.stack(dx[::-1], 1)


WEIGHTS = {f"{kind}{theirs}": f"{name} {gate}" for theirs, gate in zip("fico", "figo")
           for kind, name in (("W", "recurrent_kernel + kernel"), ("b", "bias"))}


def test_a_class_that_keeps_its_cell_state_is_not_asked_for_it():
    report = nnparity.check(nnparity.adapt(KeepsItsCell, weights=WEIGHTS), "lstm", case="generic")
    assert report.ok and "not returned, so not asked: outputs/c_n" in report.explain(), report


def test_its_mistakes_are_named_all_the_same():
    class WithoutDecay(KeepsItsCell):
        decays = False
    report = nnparity.check(nnparity.adapt(WithoutDecay, weights=WEIGHTS), "lstm", case="generic")
    assert report.diagnosis[0].explanation.title == "cell's gradient passed on without the forget gate"
