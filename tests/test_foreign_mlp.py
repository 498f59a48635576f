"""Feed-forward networks and losses written by other people's habits, right and wrong: the diagnosis says which, and names it."""

import inspect
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

from nnparity import cases, reference_impl
from nnparity.reference_impl import World
from nnparity.reference_impl.mistakes import MISTAKES, plant
from nnparity.reports.asking.implementations import UserFile, as_result, config_of
from nnparity.reports.cli import app
from nnparity.reports.verdicts.judge import judge
from nnparity.reports.verdicts.run import rows_of

FOLDER = Path(__file__).parent / "foreign"

RIGHT = [
    ("mlp_columns", "n02", "n02-mlp-float64-generic"), ("mlp_nodes", "n04", "n04-mlp-float64-sigmoid"),
    ("mlp_nodes", "n04", "n04-mlp-float64-elu"), ("mlp_nodes", "n04", "n04-mlp-float64-leaky_relu"),
    ("mlp_layers", "n17", "n17-mlp-float64-generic"), ("softmax_layers", "n18", "n18-mlp-float64-half_squared"),
    ("softmax_layers", "n18", "n18-mlp-float64-cross_entropy"), ("mlp_bias_column", "n20", "n20-mlp-float64-generic"),
    ("mlp_bias_column", "n20", "n20-mlp-float64-procedural"), ("mlp_xor", "n08", "n08-mlp-float64-generic"),
    ("mlp_xor", "n19", "n19-mlp-float64-sum"), ("mlp_xor", "n19", "n19-mlp-float64-batch_mean"),
    ("losses", "softmax_cross_entropy", "loss-softmax_cross_entropy-mean-float64"),
    ("losses", "softmax_cross_entropy", "loss-softmax_cross_entropy-overflow-float64"),
    ("losses", "binary_cross_entropy", "loss-binary_cross_entropy-mean-float64"),
    ("losses", "squared_error", "loss-squared_error-mean-float64"),
    ("losses", "categorical_cross_entropy", "loss-categorical_cross_entropy-mean-float64"),
]

N02, N17, N18 = "n02-mlp-float64-generic", "n17-mlp-float64-generic", "n18-mlp-float64-half_squared"
N18_ENTROPY, N20, N08 = "n18-mlp-float64-cross_entropy", "n20-mlp-float64-generic", "n08-mlp-float64-generic"
MEAN = "loss-squared_error-mean-float64"

WRONG = [  # file, function, case, what an explanation of every number says
    ("mlp_columns", "relu_of_gradient", N02, "ReLU' taken of the upstream gradient"),
    ("mlp_columns", "softmax_derivative_again", N02, "the delta p - t multiplied by a softmax derivative again (K32)"),
    ("mlp_columns", "no_relu_derivative", N02, "activation's derivative left out (K33)"),
    ("mlp_columns", "last_example_only", N02, "gradient of the last example instead of the sum over the batch"),
    ("mlp_columns", "upstream_forgotten", N02, "loss differentiated alone: both upstream gradients ignored"),
    ("mlp_columns", "averaged", N02, "loss is divided by the number of examples"),
    ("mlp_nodes", "elu_at_output", "n04-mlp-float64-elu", "ELU' evaluated at the output"),
    ("mlp_nodes", "formula_of_activation_given_sum", "n04-mlp-float64-tanh", "tanh' in the form 1 - a²"),
    ("mlp_nodes", "formula_of_activation_given_sum", "n04-mlp-float64-sigmoid", "sigmoid' in the form a(1 - a)"),
    ("mlp_nodes", "error_sign", "n04-mlp-float64-tanh", "gradient of the squared error of the opposite sign"),
    ("mlp_nodes", "sigmoid_without_minus", "n04-mlp-float64-sigmoid", "sigmoid without the minus sign (K48)"),
    ("mlp_nodes", "leaky_slope_of_another_framework", "n04-mlp-float64-leaky_relu", "leaky ReLU with slope 0.2"),
    ("mlp_nodes", "no_slope_at_the_output", "n04-mlp-float64-sigmoid", "activation's derivative left out in layer dense_3"),
    ("mlp_layers", "loss_as_gradient", N17, "the loss value is used as its gradient (K30)"),
    ("mlp_layers", "two_forgotten", N17, "the 2 of the square missing in the gradient"),
    ("mlp_layers", "gradient_not_averaged", N17, "gradient lacks the factor 1/N that the loss has (K45)"),
    ("mlp_layers", "tanh_over_square", N17, "tanh' divided by z² instead of cosh² z"),
    ("mlp_layers", "relu_of_vector", N17, "ReLU takes the maximum over the vector"),
    ("mlp_layers", "diagonal_softmax", N17, "softmax derivative reduced to its diagonal"),
    ("mlp_layers", "softmax_over_batch", N17, "softmax along the axis before the last"),
    ("mlp_layers", "stale_activation", N17, "derivative of the sigmoid on tanh"),
    ("mlp_layers", "bias_gradient_of_all", N17, "bias gradient summed over the units too in layer dense_2"),
    ("softmax_layers", "diagonal", N18, "softmax derivative reduced to its diagonal (K31)"),
    ("softmax_layers", "diagonal_in_the_middle", N18, "softmax derivative reduced to its diagonal in layer dense_2 (K31)"),
    ("softmax_layers", "rows_summed", N18, "rows of the softmax Jacobian summed: identically zero in layer dense_3 (K36)"),
    ("softmax_layers", "softmax_of_softmax", N18, "softmax applied to softmax outputs before differentiating in layer dense_3"),
    ("softmax_layers", "delta_again", N18_ENTROPY, "p - t taken as the gradient by p (K32)"),
    ("softmax_layers", "left_out_below", N18, "activation's derivative left out in layer dense_1 (K33)"),
    ("softmax_layers", "counter_for_activation", N18, "inner loop variable overwrites the activation"),
    ("mlp_bias_column", "prime_of_sum", N20, "sigmoid' in the form a(1 - a) given the pre-activation z (K40)"),
    ("mlp_bias_column", "not_averaged", "n20-mlp-float64-xor", "gradient lacks the factor 1/N that the loss has (K45)"),
    ("mlp_bias_column", "bias_first", N20, "bias in the first row of the kernel"),
    ("mlp_bias_column", "sigmoid_of_minus", N20, "sigmoid without the minus sign"),
    ("mlp_bias_column", "sigmoid_at_the_output", "n20-mlp-float64-xor", "sigmoid at the output where softmax belongs"),
    ("mlp_xor", "through_hidden_outputs", N08, "delta sent back through the layer's inputs instead of its weights"),
    ("mlp_xor", "through_hidden_outputs", "n08-mlp-float64-xor", "delta sent back through the layer's inputs"),
    ("mlp_xor", "prime_given_activation", N08, "derivative taken of the activation where the formula is in the pre-activation"),
    ("mlp_xor", "no_prime_at_output", N08, "activation's derivative left out in layer dense_2"),
    ("mlp_xor", "bias_of_plus_one", "n19-mlp-float64-sum", "bias input 1"),
    ("mlp_xor", "slope_forgotten_in_derivative", "n19-mlp-float64-sum", "slope beta missing in the derivative"),
    ("mlp_xor", "slope_forgotten", "n19-mlp-float64-batch_mean", "sigmoid with slope 1"),
    ("losses", "no_shift", "loss-softmax_cross_entropy-overflow-float64", "exp without the max shift in softmax cross-entropy"),
    ("losses", "gradient_of_the_sum", "loss-softmax_cross_entropy-mean-float64", "gradient lacks the factor 1/N"),
    ("losses", "loss_and_gradient_of_the_sum", "loss-softmax_cross_entropy-mean-float64", "sum"),
    ("losses", "bracket", "loss-binary_cross_entropy-mean-float64", "bracket missing in binary cross-entropy"),
    ("losses", "logit_delta", "loss-binary_cross_entropy-mean-float64", "p - t taken as the gradient by p"),
    ("losses", "half", MEAN, "half the square"),
    ("losses", "over_the_batch", MEAN, "mean over the examples"),
    ("losses", "half_over_the_batch", MEAN, "loss is doubled"),  # of four outputs: half the sum is twice the mean
    ("losses", "half_with_the_slope_of_the_square", MEAN, "loss is halved"),
    ("losses", "plus_epsilon", "loss-categorical_cross_entropy-mean-float64", "1e-8 added inside the logarithm"),
    ("losses", "delta_for_gradient", "loss-categorical_cross_entropy-mean-float64", "p - t taken as the gradient by p (K32)"),
]


def asked(file, function, name):
    """The verdict on a function of a file, run in this process."""
    spec = spec_from_file_location(f"foreign_{file}", FOLDER / f"{file}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    run, case = getattr(module, function), cases.named(name)
    config = {"config": config_of(case)} if "config" in inspect.signature(run).parameters else {}
    answer = as_result(run(dict(case.params), dict(case.inputs), dict(case.cotangents), **config), case, function)
    return judge(case, answer, implementation=file, version="")


@pytest.mark.parametrize("file, function, name", RIGHT, ids=[f"{f}-{c}" for _, f, c in RIGHT])
def test_right_network_in_another_style_agrees(file, function, name):
    row = asked(file, function, name)
    assert row.verdict == "agrees", [str(a) for a in row.agreements if not a.ok]


@pytest.mark.parametrize("file, function, name, title", WRONG, ids=[f"{f}-{c}" for _, f, c, _ in WRONG])
def test_wrong_network_in_another_style_is_named(file, function, name, title):
    row = asked(file, function, name)
    assert any(e.complete and title in e.title for e in row.diagnosis), [(e.complete, e.title) for e in row.diagnosis]


def test_network_of_a_document_is_asked_by_its_id():
    """In a process of its own, as `nnparity check` does it."""
    chosen = [cases.named(N18), cases.named(N18_ENTROPY)]
    rows = rows_of(UserFile(str(FOLDER / "softmax_layers.py"), "diagonal"), chosen, 20)
    assert [row.verdict for row in rows] == ["mistake", "mistake"]
    assert all("K31" in row.diagnosis[0].title for row in rows)


def test_file_of_a_network_is_checked_by_the_function_of_that_name(capsys):
    with pytest.raises(SystemExit) as stopped:
        app(["check", str(FOLDER / "softmax_layers.py"), "--function", "n18"])
    assert stopped.value.code == 0 and "3 of 3 cases agree" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stopped:
        app(["check", str(FOLDER / "softmax_layers.py"), "--layer", "n18", "--function", "delta_again",
             "--case", "cross_entropy"])
    assert stopped.value.code == 1 and "p - t taken as the gradient by p (K32)" in capsys.readouterr().out


def test_listing_of_a_network_says_what_its_function_is_given(capsys):
    with pytest.raises(SystemExit) as stopped:
        app(["list", "--layer", "n18"])
    told = capsys.readouterr().out
    assert stopped.value.code == 0
    assert "def n18(params, inputs, cotangents)" in told and "dense_2/kernel  (hidden 1, hidden 2)" in told
    assert "dense_2: dense(activation='softmax')" in told and "n18-mlp-float64-cross_entropy" in told


def test_every_mistake_of_the_feed_forward_documents_is_in_the_catalogue():
    wanted = [f"K{i:02}" for i in (1, 6, 7, 8, 12, 13, 21, 25, *range(28, 35), *range(36, 43), 45, 48, 51, 52)]
    sources = " ".join(m.source for m in MISTAKES.values())
    assert not [k for k in wanted if k not in sources]


@pytest.mark.parametrize("name", [N18, N18_ENTROPY])
def test_two_mistakes_at_once_are_named(name):
    """The diagonal of one layer's softmax, and the last layer's derivative left out."""
    first, second = MISTAKES["softmax-diagonal"], MISTAKES["dense-derivative-lost"]
    layers = {at: plant(m, at=at).layers[at] for m, at in ((first, "dense@dense_1"), (second, "dense@dense_3"))}
    answer = reference_impl.run(cases.named(name), World({**reference_impl.RIGHT.layers, **layers}))
    row = judge(cases.named(name), answer, implementation="", version="")
    titles = [e.title for e in row.diagnosis if e.complete]
    assert any(first.title in title and "dense_1" in title and second.title in title and "dense_3" in title for title in titles)


def test_nothing_is_named_for_a_network_with_other_weights():
    case = cases.named(N18)
    rng = np.random.default_rng(3)
    other = case.replaced(params={k: p + 0.01 * rng.standard_normal(p.shape) for k, p in case.params.items()})
    row = judge(case, reference_impl.run(other), implementation="", version="")
    assert row.verdict == "unexplained" and not any(e.complete for e in row.diagnosis)
