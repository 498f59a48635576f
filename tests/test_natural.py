"""Networks in the form in which their authors leave them: right ones agree, and what is wrong with the others is named."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

import nnparity

FILE = Path(__file__).parent / "foreign" / "natural.py"


def loaded():
    spec = spec_from_file_location("natural", FILE)
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


NATURAL = loaded()


@pytest.mark.parametrize("name", NATURAL.RIGHT)
def test_a_right_network_agrees_as_it_is_written(name):
    cls, words, x = NATURAL.RIGHT[name]
    report = nnparity.check(cls, words, x=x)
    assert report.ok, report.explain()
    assert report.rows


@pytest.mark.parametrize("name", NATURAL.WRONG)
def test_a_mistake_is_named_as_it_is_written(name):
    cls, words, x, says = NATURAL.WRONG[name]
    report = nnparity.check(cls, words, x=x)
    assert not report.ok
    assert says in report.diagnosis[0].explanation.title
    assert report.diagnosis[0].complete


class Shuffled:
    """Gradient descent on one example after the other, in an order of its own."""

    def __init__(self, n):
        self.w, self.b = np.zeros((n, 1)), np.zeros(1)

    def predict(self, X):
        return X @ self.w + self.b

    def fit(self, X, y, epochs, lr):
        for _ in range(epochs):
            for i in np.random.permutation(len(X)):
                error = 2 * (X[i] @ self.w + self.b - y[i])
                self.w -= lr * np.outer(X[i], error)
                self.b -= lr * error


def test_examples_in_an_order_of_its_own_are_asked_one_at_a_time():
    report = nnparity.check(Shuffled, "dense(1) mse", x=(6, 4))
    assert report.ok, report.explain()
    told = " ".join(report.explain().split())
    assert "one example alone" in told
    assert "the complex step confirms" in told


LENET = "conv2d(2, 3) relu max_pool2d(2) flatten dense(7) relu dense(4) softmax_cross_entropy"


def test_relus_that_let_every_gradient_pass_are_named_behind_a_pool_with_ties():
    from nnparity.tests import whole_networks as parts

    class Passing(parts.ReLU):
        def backward(self, dout):
            return dout

    class Small(parts.LeNet):
        def __init__(self):
            self.layers = [parts.Conv(1, 2, 3), Passing(), parts.MaxPool(), parts.Flatten(), parts.Linear(18, 7), Passing(),
                           parts.Linear(7, 4)]

    report = nnparity.check(Small, LENET, x=(2, 1, 8, 8))
    best = report.diagnosis[0]
    assert "hidden activations' derivative left out in every layer" in best.explanation.title
    assert len(best.complete) == len(report.rows)


def test_a_factor_beside_an_l2_penalty_is_named():
    class Softmax:
        def __init__(self, d, k, lam):
            self.W, self.b, self.lam = np.random.randn(d, k), np.zeros(k), lam

        def loss(self, X, y):
            p = NATURAL.softmax(X @ self.W + self.b)
            value = -np.sum(y * np.log(p)) / len(X) + self.lam / 2 * np.sum(self.W**2)
            return value, X.T @ (p - y) / y.size + self.lam * self.W, (p - y).sum(axis=0) / y.size

    report = nnparity.check(Softmax, "dense(5) softmax_cross_entropy l2(0.1)", x=(7, 4))
    assert "divided by 5, the size of outputs" in report.diagnosis[0].explanation.title


@pytest.mark.parametrize("name", ["Coursera", "Linear", "FitAlone"])
def test_fresh_questions_of_a_network_that_is_described(name):
    cls, words, x = NATURAL.RIGHT[name]
    one, other = (nnparity.check(cls, words, x=x, fresh=3, seed=5) for _ in range(2))
    assert one.ok, one.explain()
    assert [row.case for row in one.rows] == [row.case for row in other.rows] == [f"own-float64-fresh5-{i}" for i in range(3)]
    assert "seed=5" in " ".join(one.explain().split())


def test_fresh_questions_of_an_autoencoder_have_x_as_their_target():
    from nnparity.tests.whole_networks import Autoencoder
    report = nnparity.check(Autoencoder, "dense(32) sigmoid dense(784) sigmoid mse(input)", x=(4, 784), fresh=2, seed=3)
    assert report.ok, report.explain()


def test_a_wrong_network_is_named_under_fresh_questions_and_written_for_programs():
    cls, words, x, says = NATURAL.WRONG["SigmoidPrimeOfActivation"]
    report = nnparity.check(cls, words, x=x, fresh=2, seed=3)
    assert says in report.summary
    assert says in report.html()
    assert 'failures="2"' in report.junit()
    assert [row["case"] for row in json.loads(report.json())["rows"]] == ["own-float64-fresh3-0", "own-float64-fresh3-1"]
