"""An oracle is one class of six small functions: here is one of NumPy arrays, which no framework comes near."""

import numpy as np
import pytest

from nnparity import cases
from nnparity.cases.case import Unsupported
from nnparity.oracles.chain import Built, run
from nnparity.oracles.layouts import Layout
from nnparity.oracles.tensors import as_numpy
from nnparity.reference_impl.reference import RIGHT
from nnparity.reports.comparison.compare import compare
from nnparity.reports.comparison.expectation import expectation

H = 1e-100  # of the complex step: f(x + ih) = f(x) + ih f'(x) - ..., without cancellation


NAMES = {"kernel": "weight", "bias": "bias"}
TRANSPOSED = Layout(lambda ours: {NAMES[name]: a.T for name, a in ours.items()},
                    lambda theirs: {name: theirs[NAMES[name]].T for name in NAMES})
ACTIVATIONS = {"linear": lambda a: a, "tanh": np.tanh}  # relu has no complex step
REDUCTIONS = {"mean": np.mean, "sum": np.sum}


def dense(layer, _params, _case):
    """y = x Wᵀ + b, its weight stored (out, in)."""
    activation = ACTIVATIONS[layer.config.get("activation", "linear")]
    return Built("x @ W.T + b", lambda w, inputs: {"y": activation(inputs["x"] @ w["weight"].T + w["bias"])}, TRANSPOSED)


def squared_error(layer, _params, _case):
    """Of all elements, halved or not."""
    scale = 0.5 if layer.config.get("scale") == "half" else 1.0
    total = REDUCTIONS[layer.config.get("reduction", "mean")]
    return Built("(x - t)**2", lambda _, inputs: {"y": scale * total((inputs["x"] - inputs["target"]) ** 2)}, composed=True)


class Steps:
    """Differentiates by complex steps, element by element."""

    name, layers = "steps", {"dense": dense, "squared_error": squared_error}

    def version(self):
        return np.__version__

    def tensor(self, array):
        return array.astype(complex)

    weight = tensor

    def array(self, tensor):
        return np.real(tensor)

    def pull(self, forward, leaves, cotangents):
        gradients = []
        for leaf in leaves:
            gradients.append(np.zeros(leaf.shape))
            for index in np.ndindex(leaf.shape):
                before, leaf[index] = leaf[index], leaf[index] + 1j * H
                moved = forward()
                gradients[-1][index] = sum((np.imag(moved[name]) / H * c.real).sum() for name, c in cotangents.items())
                leaf[index] = before
        return forward(), gradients

    def optimizer(self, training, weights):
        if training.optimizer != "sgd":
            raise Unsupported("gradient descent only")

        def update(step, gradients):
            for w, g in zip(weights, gradients, strict=True):
                w -= training.rate(step) * g
        return "w -= rate * g", update


def has(layer):
    """Whether it is a layer that is written above, with options that are."""
    known = {"dense": {"activation": ACTIVATIONS, "bias": ("vector",)},
             "squared_error": {"reduction": REDUCTIONS, "scale": ("half", "full")}}
    return layer.kind in known and all(value in known[layer.kind].get(option, ()) for option, value in layer.config.items())


CASES = [case for case in cases.all_cases()
         if case.dtype == "float64" and all(map(has, case.layers)) and sum(a.size for a in case.params.values()) < 200
         and (not case.training or case.training.optimizer == "sgd" and not case.training.config and not case.training.products)]


def test_there_are_chains_losses_and_trainings_among_the_cases():
    assert any(len(case.network) > 1 for case in CASES) and any(case.loss for case in CASES)
    assert any(case.training and case.training.batches for case in CASES) and any(not case.training for case in CASES)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_six_functions_answer_as_the_reference_does(case):
    answer = run(Steps(), case)
    compared = compare(answer, *expectation(case), zeros=case.zeros)
    assert compared and not [str(a) for a in compared if not a.ok]
    assert answer.composed == (case.loss is not None)
    assert list(answer.outputs) == list(RIGHT.run(case).outputs)


def test_a_layer_that_the_framework_has_not_is_unsupported():
    gru = next(case for case in cases.all_cases() if case.layers[0].kind == "gru")
    with pytest.raises(Unsupported, match="the steps oracle has no layer 'gru'"):
        run(Steps(), gru)


def test_a_tensor_is_taken_from_its_graph_and_its_device():
    class Tensor:
        def __init__(self, graph=True, device="gpu"):
            self.graph, self.device = graph, device

        def detach(self):
            return Tensor(False, self.device)

        def cpu(self):
            return Tensor(self.graph, "cpu")

        def numpy(self):
            assert not self.graph and self.device == "cpu"
            return np.ones(2)
    assert as_numpy(Tensor()).tolist() == [1, 1]
    assert as_numpy([1, 2]) == [1, 2]
