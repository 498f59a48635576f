"""Code in other people's style, as its author wrote it: a right one agrees, and one with a mistake in a line is seen, under its
name or without one."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from typer.testing import CliRunner

import nnparity
from nnparity.cases.conventions import CONFIGS
from nnparity.reference_impl import LAYERS
from nnparity.reports.checking.names import activation_named, meant
from nnparity.reports.checking.request import choose_config
from nnparity.reports.checking.words import asked_for
from nnparity.reports.cli import app

FOLDER = Path(__file__).parent / "asked"


def written(name: str, right: str = "", wrong: str = "") -> ModuleType:
    """The file, with one line of it as somebody gets it wrong."""
    source = (FOLDER / f"{name}.py").read_text()
    assert right in source
    module = ModuleType(name)
    exec(compile(source.replace(right, wrong) if right else source, name, "exec"), module.__dict__)
    return module


def asked(module: ModuleType, name: str = "", **about) -> nnparity.Report:
    """The check of the only class of a module, or of what has this name."""
    classes = [v for v in vars(module).values() if isinstance(v, type)]
    return nnparity.check(getattr(module, name) if name else classes[0], **about)


# ------------------------------------------------------------------------------------------------------- activations

ACTIVATIONS = ("tanh", "sigmoid", "relu", "softmax", "leaky_relu")


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_class_of_an_activation_agrees(name):
    report = asked(written(name))
    assert report.ok and len(report.rows) == 3 and report.config["function"] == name, report.explain()


@pytest.mark.parametrize("name, right, wrong, said", [
    ("tanh", "1 - self.out ** 2", "1 - self.out", "tanh' without the square"),
    ("sigmoid", "self.output * (1 - self.output)", "(1 - self.output)", ""),
    ("relu", "self.mask = (x <= 0)", "self.mask = (x >= 0)", ""),
    ("softmax", "np.diagflat(single_output) - np.dot(single_output, single_output.T)",
     "np.diagflat(single_output * (1 - single_output))", "softmax derivative reduced to its diagonal"),
    ("softmax", "axis=1", "axis=0", ""),
    ("leaky_relu", "np.where(self.x > 0, 1, self.alpha)", "(self.x > 0)", "slope missing in the derivative"),
])
def test_a_mistake_in_a_class_of_an_activation_is_seen(name, right, wrong, said):
    report = asked(written(name, right, wrong))
    assert not report.ok and (said in report.summary), report.explain()


def test_a_slope_that_is_written_into_the_code_is_its_own():
    module = written("leaky_relu", "self.alpha)", "0.3)")
    module.LeakyReLU.forward = lambda self, x: setattr(self, "x", x) or np.where(x > 0, x, 0.3 * x)
    report = asked(module)
    assert report.ok and "its own slope=0.3" in report.rows[0].message


@pytest.mark.parametrize("name", ["sigmoid", "relu", "tanh", "elu"])
def test_a_function_and_its_derivative_beside_it_agree(name):
    report = asked(written("activation_pairs"), name)
    assert report.ok and report.network == "activation", report.explain()


def test_a_wrong_derivative_beside_a_function_is_named():
    report = asked(written("activation_pairs", "dZ[cache <= 0] = 0", "dZ[cache >= 0] = 0"), "relu")
    assert "mask the wrong way round" in report.summary
    assert not asked(written("activation_pairs", "1 - x ** 2", "1 - x"), "tanh").ok


def test_an_activation_without_a_derivative_is_told_what_is_missing():
    with pytest.raises(nnparity.WrongRequest, match="no backward pass beside it. Define softplus_backward"):
        asked(written("activation_pairs"), "softplus")


def test_a_file_is_asked_as_its_class_is():
    assert nnparity.check(str(FOLDER / "leaky_relu.py")).ok and nnparity.check(f"{FOLDER / 'activation_pairs.py'}:relu").ok


def test_an_activation_beside_a_layer_is_its_helper():
    assert nnparity.check(str(FOLDER / "lstm_vstack.py"), case="generic").network == "lstm"  # it defines a sigmoid too


@pytest.mark.parametrize("name, function", [
    ("Tanh", "tanh"), ("LeakyReLU", "leaky_relu"), ("Activation_Softmax", "softmax"), ("log_softmax", "log_softmax"),
    ("Swish", "silu"), ("sigmoid_prime", "sigmoid"), ("relu_or_tanh", ""), ("Train", ""), ("Linear", "")])
def test_the_activation_that_a_name_stands_for(name, function):
    assert activation_named(name) == function


def test_a_layer_is_what_its_name_says_before_an_activation():
    networks = ["activation", "dense", "softmax_cross_entropy"]
    assert meant("ReluDense", networks) == ("dense", 2) and meant("SoftmaxLoss", networks) == ("softmax_cross_entropy", 1)


# ---------------------------------------------------------------------------------------- one matrix on [h, x] or [x, h]

RECURRENT = {"lstm_vstack": {}, "lstm_hstack": {}, "rnn_vstack": {}, "rnn_init_h0": {},
             "gru_concat": {"reset": "before", "update": "replace"}}


@pytest.mark.parametrize("name", RECURRENT)
def test_one_matrix_on_h_and_x_is_recognised(name):
    report = asked(written(name), **RECURRENT[name])
    assert report.ok and len(report.rows) > 2, report.explain()


@pytest.mark.parametrize("name, right, wrong, said", [
    ("lstm_vstack", "dg = dc * i * (1 - g ** 2)", "dg = dc * i * g * (1 - g)", "sigmoid's derivative used for the candidate"),
    ("lstm_hstack", "            dc = dc * f\n", "            dc = np.zeros((B, H))\n", "no gradient from the next step's cell"),
    ("rnn_vstack", "da_prev = dconcat[:n]", "da_prev = dconcat[:n] * 0", "does not travel back through time"),
    ("rnn_init_h0", "self.db += d.sum", "self.db = d.sum", "bias"),
    ("gru_concat", "dn = dh * (1 - z) + drhx", "dn = drhx", "direct path to the old state forgotten"),
])
def test_a_mistake_behind_one_matrix_on_h_and_x_is_named(name, right, wrong, said):
    report = asked(written(name, right, wrong), **RECURRENT[name])
    assert not report.ok and said in report.summary, report.explain()


def test_an_order_that_a_wrong_forward_pass_does_not_show_is_asked_for():
    module = written("lstm_vstack", "h = o * np.tanh(c)", "h = i * np.tanh(c)")
    with pytest.raises(nnparity.WrongRequest, match="W holds all gates, in which order"):
        asked(module)


def test_time_first_is_read_from_the_forward_pass():
    module = written("rnn_init_h0")
    class First(module.RNN):
        def forward(self, x, h0=None):
            return super().forward(x.swapaxes(0, 1), h0).swapaxes(0, 1)
        def backward(self, dh):
            return super().backward(dh.swapaxes(0, 1)).swapaxes(0, 1)
    report = nnparity.check(First, "simple_rnn")
    assert report.ok, report.explain()


# ------------------------------------------------------------------------------------- whole networks of one output

ONE_OUTPUT = {"logreg": "dense(1) sigmoid bce", "planar": "dense(6) tanh dense(1) sigmoid bce"}


@pytest.mark.parametrize("name", ONE_OUTPUT)
def test_a_network_with_one_output_agrees(name):
    report = nnparity.check(next(v for v in vars(written(name)).values() if isinstance(v, type)), ONE_OUTPUT[name], x=(8, 5))
    assert report.ok, report.explain()


@pytest.mark.parametrize("name, right, wrong, said", [
    ("logreg", "dz = self.p - y", "dz = (self.p - y) * self.p * (1 - self.p)", "derivative multiplied twice"),
    ("planar", "(1 - self.A1 ** 2)", "(1 - self.A1)", "tanh' without the square"),
    ("planar", "self.db1 = dZ1.sum(axis=1, keepdims=True) / m", "self.db1 = dZ1.sum(axis=1, keepdims=True)", ""),
])
def test_a_mistake_in_a_network_with_one_output_is_seen(name, right, wrong, said):
    made = next(v for v in vars(written(name, right, wrong)).values() if isinstance(v, type))
    report = nnparity.check(made, ONE_OUTPUT[name], x=(8, 5))
    assert not report.ok and said in report.summary, report.explain()


# --------------------------------------------------------------------------------- a network id asks for one contract

CONTRACTS = [("n14", "n14_one_hot", {"labels": "one_hot"}, "labels=sparse"),
             ("n14", "n14_sparse", {"labels": "sparse"}, "labels=one_hot"),
             ("n02", "n02_logits", {"prediction": "logits"}, "prediction=probabilities"),
             ("n02", "n02_probabilities", {"prediction": "probabilities"}, "prediction=logits"),
             ("n21", "n21_without_bias", {"bias": False}, "bias=vector"),
             ("n21", "n21_with_bias", {"bias": True, "reduction": "sum"}, "bias=none")]


@pytest.mark.parametrize("network, name, options, other", CONTRACTS, ids=[name for _, name, _, _ in CONTRACTS])
def test_a_function_of_one_contract_of_a_network_agrees(network, name, options, other):
    function = getattr(written("networks"), name)
    chosen, unsaid = nnparity.check(function, network, **options), nnparity.check(function, network)
    assert chosen.ok and not any(row.verdict == "unsupported" for row in chosen.rows), chosen.explain()
    assert other in chosen.notes[0] and chosen.notes[0].startswith("Not asked: ")
    assert unsaid.ok and [row.case for row in unsaid.asked] == [row.case for row in chosen.rows]
    assert any(other in row.message for row in unsaid.rows if row.verdict == "unsupported")


@pytest.mark.parametrize("name, right, wrong, options, said", [
    ("n14_sparse", "* (z1 > 0)", "", {"labels": "sparse"}, "derivative left out"),
    ("n02_logits", "(p - t)", "(p - t) / len(t)", {"prediction": "logits"}, ""),
    ("n21_without_bias", "0.5 * ((y - inputs", "((y - inputs", {"bias": False}, ""),
])
def test_a_mistake_in_one_contract_is_seen(name, right, wrong, options, said):
    module = written("networks", right, wrong)
    report = nnparity.check(getattr(module, name), name[:3], **options)
    assert not report.ok and said in report.summary, report.explain()
    unsaid = nnparity.check(getattr(module, name), name[:3])
    assert not unsaid.ok and said in unsaid.summary, unsaid.explain()


def test_a_contract_that_is_asked_for_is_not_excused():
    assert not nnparity.check(written("networks").n14_sparse, "n14", labels="one_hot").ok


def test_the_command_line_asks_one_contract_too(tmp_path):
    (tmp_path / "mine.py").write_text((FOLDER / "networks.py").read_text().replace("def n14_sparse", "def n14"))
    result = CliRunner().invoke(app, ["check", str(tmp_path / "mine.py"), "--layer", "n14", "--convention", "labels=sparse"])
    assert result.exit_code == 0 and "3 of 3 cases agree" in result.output and "Not asked: labels=one_hot." in result.output
    refused = CliRunner().invoke(app, ["check", str(tmp_path / "mine.py"), "--layer", "n14", "--convention", "prediction=logits"])
    assert refused.exit_code == 2 and "choose from: labels=one_hot|sparse" in refused.output


# ------------------------------------------------------------------------------------------------------------- losses

LOSSES = {"MSE": ("squared_error", {"scale": "full", "reduction": "mean"}),
          "SoftmaxCrossEntropy": ("softmax_cross_entropy", {"labels": "sparse", "reduction": "mean"}),
          "CrossEntropy": ("categorical_cross_entropy", {"labels": "one_hot", "reduction": "mean"}),
          "BCELoss": ("binary_cross_entropy", {"prediction": "probabilities", "reduction": "mean"}),
          "BCEWithLogits": ("binary_cross_entropy", {"prediction": "logits", "reduction": "mean"}),
          "HalfSum": ("squared_error", {"scale": "half", "reduction": "sum"}),
          "Loss_MeanSquaredError": ("squared_error", {"scale": "full", "reduction": "mean"})}


@pytest.mark.parametrize("name", LOSSES)
def test_a_class_of_a_loss_agrees_as_its_author_wrote_it(name):
    kind, shown = LOSSES[name]
    report = asked(written("losses"), name)
    assert report.ok and report.network == kind and shown.items() <= report.config.items(), report.explain()
    assert len(report.rows) == 2


@pytest.mark.parametrize("name, right, wrong, said", [
    ("MSE", "/ self.y_pred.size", "/ len(self.y_pred)", "too large"),
    ("MSE", "return 2 * (self.y_pred", "return (self.y_pred", "2"),
    ("SoftmaxCrossEntropy", "return grad / n", "return grad", "1/N"),
    ("CrossEntropy", "-(self.y_true / self.y_pred)", "(self.y_true / self.y_pred)", ""),
    ("BCELoss", "/ (self.p * (1 - self.p)) / self.p.size", "/ self.p.size", ""),
    ("BCEWithLogits", "/ self.y.size", "/ len(self.y)", "too large"),
    ("HalfSum", "return dout * self.d", "return 2 * dout * self.d", "2"),
])
def test_a_mistake_in_a_class_of_a_loss_is_seen(name, right, wrong, said):
    report = asked(written("losses", right, wrong), name)
    assert not report.ok and said in report.summary, report.explain()


def test_a_loss_in_a_file_is_compared_under_its_own_options():
    report = nnparity.check(f"{FOLDER / 'losses.py'}:HalfSum", "squared_error", case="loss-squared_error")
    assert report.ok and len(report.asked) > 3, report.explain()
    assert any("compared under its own scale=half, reduction=sum" in row.message for row in report.rows)


def test_a_loss_is_told_which_one_it_is():
    with pytest.raises(nnparity.WrongRequest, match="gives the numbers of categorical_cross_entropy"):
        nnparity.check(written("losses").CrossEntropy, "softmax_cross_entropy")


# ---------------------------------------------------------------------------------- options of a recurrent layer, advice


def test_options_that_a_recurrent_function_reads_are_asked_after_the_plain_ones():
    module = written("options")
    report = nnparity.check(module.simple_rnn)
    assert report.ok and "simple_rnn-relu-float64-generic" in {row.case for row in report.asked}, report.explain()
    plain = [row.case.startswith("simple_rnn-tanh-") for row in report.rows]
    assert plain == sorted(plain, reverse=True) and any(row.case.startswith("simple_rnn-sigmoid") for row in report.rows
                                                        if row.verdict == "unsupported")
    named = nnparity.check(module.gru)
    left = {row.case: row.message for row in named.rows if row.verdict == "unsupported"}
    assert named.ok and "gru-before-float64-generic" in {row.case for row in named.asked}
    assert left["gru-after_replace-float64-generic"] == "no option update is looked at"


def test_a_mistake_under_one_option_alone_is_seen():
    report = nnparity.check(written("options", "(hs[t + 1] > 0) if relu", "1.0 if relu").simple_rnn)
    assert {row.case for row in report.asked if not row.ok} == {"simple_rnn-relu-float64-generic"}, report.explain()
    assert "derivative left out" in report.summary


def test_options_are_read_in_a_file_too_and_what_is_claimed_is_asked_alone():
    file = f"{FOLDER / 'options.py'}:gru"
    assert {"gru-before-float64-generic"} <= {row.case for row in nnparity.check(file, case="generic").asked}
    assert all(row.case.startswith("gru-before-") for row in nnparity.check(file, reset="before").rows)


def right_under(kind: str, config):
    def function(params, inputs, cotangents):
        outputs, vjp = LAYERS[kind](params, inputs, **config)
        return dict(outputs), vjp(cotangents)
    return function


def follows(kind: str, config, case: str) -> bool:
    """Whether what the diagnosis of a formula says to ask for is accepted, and is the formula; False where it has no case."""
    function, plain = right_under(kind, config), nnparity.check(right_under(kind, config), kind, case=case)
    best = next((found.explanation for found in plain.diagnosis if found.explanation.verdict == "convention"), None)
    if best is None:
        return False
    advised = eval(f"dict({asked_for(best, python=True)})")
    asked_again = nnparity.check(function, kind, case=case, **advised)
    assert asked_again.ok, asked_again.explain()
    words = asked_for(best, python=False).split(" ")[1::2]
    assert choose_config(kind, words) == choose_config(kind, advised)
    return True


@pytest.mark.parametrize("kind", CONFIGS)
def test_what_a_diagnosis_says_to_ask_for_is_accepted_and_agrees(kind):
    """Every formula of a recurrent layer, asked without options; what comes back says which to ask for."""
    followed = [config for config in CONFIGS[kind] if not config.get("peepholes") and follows(kind, config, "generic")]
    assert len(followed) >= {"gru": 8, "lstm": 5, "simple_rnn": 2}[kind]


# --------------------------------------------------------------------------------------------- batches of one's own


def test_a_training_loop_with_batches_of_its_own_is_told_what_is_asked():
    module = written("fit")
    report = nnparity.check(module.MLP, "dense(6) tanh dense(3) softmax_cross_entropy", x=(8, 5))
    assert report.ok and any(note.startswith("Its fit is not asked: batches that it draws are its own.") for note in report.notes)


@pytest.mark.parametrize("about", [{}, {"layer": "dense(1) sigmoid bce", "x": (8, 5)}])
def test_a_class_that_has_fit_alone_is_told_how_to_go_on(about):
    with pytest.raises(nnparity.WrongRequest, match=r"has fit and no backward pass.*Put what one batch gives into a method"):
        nnparity.check(written("fit_alone").LogisticRegression, **about)


def test_a_whole_network_whose_forward_pass_takes_the_target_is_no_loss():
    module = written("logreg")

    class Net(module.LogisticRegression):
        def forward(self, X, y):
            self.y = y
            super().forward(X)
            return self.p, super().loss(y)

        def backward(self):
            super().backward(self.y)

    report = nnparity.check(Net, "dense(1) sigmoid bce", x=(8, 5))
    assert report.ok, report.explain()


def test_a_recurrent_class_of_one_bias_is_asked_in_its_file():
    report = nnparity.check(str(FOLDER / "rnn_init_h0.py"))
    assert report.ok and len(report.asked) == 6 and all("recurrent_bias" in row.message for row in report.rows
                                                        if row.verdict == "unsupported")


def test_a_recurrent_function_is_given_no_option_of_its_activation():
    """It would have no parameter for it: simple_rnn(params, inputs, **config)."""
    def simple_rnn(params, inputs, cotangents, config):
        outputs, vjp = LAYERS["simple_rnn"](params, inputs, **config)
        return dict(outputs), vjp(cotangents)
    report = nnparity.check(simple_rnn)
    assert report.ok and len(report.asked) == len(report.rows) == 11, report.explain()
