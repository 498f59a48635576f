"""What the documents train: N05, N08, N09, N21, N22. The first steps are compared with the frameworks step by step; what is
learnt in the end is tested on the reference alone (tests/test_training.py), where 60,000 steps take seconds.
"""

import numpy as np

from nnparity.cases.case import Case, Layer, Training
from nnparity.cases.documents.mlp import mlp_case, uniform
from nnparity.cases.documents.n08 import SETUP as XOR_NET
from nnparity.cases.documents.n08 import XOR
from nnparity.cases.documents.n08 import X as XOR_INPUTS
from nnparity.cases.documents.n21 import ANSWER as LEAKY_NET
from nnparity.cases.documents.n21 import MEAN
from nnparity.cases.documents.n22 import SETUP as SIGN_NET

HALF_SQUARE = Layer("squared_error", config={"scale": "half", "reduction": "sum"})


def trained(case: Case, training: Training) -> Case:
    return case.replaced(training=training, cotangents={"loss": np.ones(())}, exempt=case.exempt or "a training")


def one_by_one(n: int) -> tuple[tuple[int], ...]:
    """Per-example steps, in order."""
    return tuple((i,) for i in range(n))


def n05() -> Case:
    """The network of N04, one example at a time, with a bias-corrected velocity of beta 0.903."""
    rng = np.random.default_rng(505)
    case = mlp_case("n05-training-float64", (7, 6, 8, 4), ("tanh",) * 3, x=rng.standard_normal((5, 7)),
                    target=rng.uniform(-0.5, 0.5, (5, 4)), weights=uniform(-0.5, 0.5), bias={"bias": "none"}, seed=505,
                    loss=HALF_SQUARE, network="N05", source="document 000, fifth listing", flags=("K14", "K15", "K16"),
                    catches="K14: a velocity that starts anew at every example; K15: exponent t + 1 in the bias correction; "
                            "K16: a velocity kept on the deltas")
    return trained(case, Training(optimizer="corrected_momentum", steps=40, learning_rates=(0.1,), config={"beta": 0.903},
                                  batches=one_by_one(5)))


def n08(steps: int = 100) -> Case:
    """XOR with a third input of ones, full batch, rate 0.5. The document takes 60,000 steps."""
    case = mlp_case("n08-training-float64", (3, 4, 1), **XOR_NET, x=XOR_INPUTS, target=XOR, weights=uniform(-1, 1), seed=430,
                    flags=("K21",), catches="K21: a hidden delta that bypasses the output weights does not learn XOR",
                    exempt="the document's own data and widths")
    return trained(case, Training(optimizer="sgd", steps=steps, learning_rates=(0.5,)))


def n09(epochs: int = 1) -> Case:
    """The line y = m x + c by single examples: 100 points on [-1, 1], y = 2x + 3 + U(0, 1), rate 0.01, from m = c = 0.

    The document takes ten passes over the data, each in an order of its own that x and y share. Its gradient is that of the
    full square.
    """
    rng = np.random.default_rng(509)
    x = np.linspace(-1, 1, 100)[:, None]
    case = mlp_case("n09-training-float64", (1, 1), ("linear",), x=x, target=2 * x + 3 + rng.uniform(0, 1, x.shape), seed=509,
                    weights=lambda *_: np.zeros((1, 1)), biases=lambda *_: np.zeros(1),
                    loss=Layer("squared_error", config={"reduction": "sum"}),
                    network="N09", source="document 002, second question", exempt="the document's own data", flags=("K22",),
                    catches="K22: targets in another order than the inputs; K23: a path that is not that of the iterates")
    return trained(case, Training(optimizer="sgd", steps=100 * epochs, learning_rates=(0.01,),
                                  batches=tuple((int(i),) for _ in range(epochs) for i in rng.permutation(100))))


def n21(steps: int = 60) -> Case:
    """The answer's 7-10-2 net with leaky ReLU, mean loss, full batch at rate 0.1."""
    case = mlp_case("n21-training-float64", **LEAKY_NET, seed=513, loss=MEAN, flags=("K46",),
                    catches="K46: a rate that a summed loss blows up")
    return trained(case, Training(optimizer="sgd", steps=steps, learning_rates=(0.1,)))


def n22(epochs: int = 10) -> Case:
    """The 1-3-1 net that tells positive from negative numbers, one example at a time, rate 0.1."""
    rng = np.random.default_rng(524)
    x = np.arange(-10, 11, 1.0)[:, None] / 2
    case = mlp_case("n22-training-float64", (1, 3, 1), **SIGN_NET, x=x, target=x > 0, seed=524,
                    weights=lambda _, shape: rng.standard_normal(shape), exempt="the document's own widths and data",
                    flags=("K49", "K50", "K51"), catches="K49: pre-activations that accumulate over calls; K50: one scalar "
                    "added to every weight; K51: a loss on the arg-max")
    return trained(case, Training(optimizer="sgd", steps=len(x) * epochs, learning_rates=(0.1,), batches=one_by_one(len(x))))


def n09_points() -> tuple[Case, ...]:
    """The gradient of N09's whole data set at a point that is not its minimum."""
    case = n09().replaced(training=None, name="n09-line-float64", catches="K25: factor x of the chain rule dropped",
                          flags=("K25",), cotangents={"y": np.zeros((100, 1)), "loss": np.ones(())},
                          params={"dense/kernel": np.array([[0.7]]), "dense/bias": np.array([-1.3])}
                          if "dense/kernel" in n09().params else {"kernel": np.array([[0.7]]), "bias": np.array([-1.3])})
    return case, case.astype("float32").replaced(name="n09-line-float32")


def n05_points() -> tuple[Case, ...]:
    """The gradient that N05's velocity collects, at its first weights."""
    case = n05()
    draw = np.random.default_rng(506)
    case = case.replaced(training=None, name="n05-mlp-float64", flags=("K12",),
                         catches="K12: 1 - a² of the pre-activation in place of the output, in what the velocity collects",
                         cotangents={"y": draw.standard_normal((5, 4)), "loss": np.asarray(draw.standard_normal())})
    return case, case.astype("float32").replaced(name="n05-mlp-float32")


CASES = (*n05_points(), *n09_points(), n05(), n08(), n09(), n21(), n22())
