"""N09: a line m x + c by stochastic gradient descent, and the picture of its descent; document 002, second question."""

import numpy as np

from nnparity.cases.case import Case, Layer, Training
from nnparity.cases.documents.mlp import mlp_case, trained
from nnparity.cases.documents.network import Network


def training(epochs: int = 1) -> Case:
    """The line y = m x + c by single examples: 100 points on [-1, 1], y = 2x + 3 + U(0, 1), rate 0.01, from m = c = 0.

    The document takes ten passes over the data, each in an order of its own that x and y share (one index for both: K22 is not
    in it). Its gradient is that of the full square.
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


def points() -> tuple[Case, ...]:
    """The gradient of N09's whole data set at a point that is not its minimum."""
    case = training().replaced(training=None, name="n09-line-float64", catches="K25: factor x of the chain rule dropped",
                          flags=("K25",), cotangents={"y": np.zeros((100, 1)), "loss": np.ones(())},
                          params={"dense/kernel": np.array([[0.7]]), "dense/bias": np.array([-1.3])}
                          if "dense/kernel" in training().params else {"kernel": np.array([[0.7]]), "bias": np.array([-1.3])})
    return case, case.astype("float32").replaced(name="n09-line-float32")


CASES = (*points(), training())

NETWORK = Network(
    id="N09", title="Linear regression", document="002, second question", mistakes=("K23",),
    built="A straight line fitted to 100 noisy points of 2 x + 3 by one step per point at rate 0.01, and a surface plot.",
    asks="Why the picture of the descent is not the expected one. The steps are right, and so is the shuffling, with one index "
         "for x and y. It is the picture that is wrong: the axes of the surface are m and c, its height is the loss, and the "
         "path joins the iterates (m, c). The fit is m = 2 and c = 3.5, since the noise U(0, 1) has mean 0.5.",
    wrong={"K23": "the surface is (x_1 - 2)² + 2 (x_2 - 3)² over a mesh of the data, x across and y up: no loss, and its lowest "
                  "point (2, 3) is where the asker expects m and c, without the mean of the noise, and off the mesh. The line "
                  "joins the point (x[0], x[1]) to (y[0], y[1]), the first two data points with their coordinates mixed, and "
                  "m and c are never drawn."},
    formulas=(r"L(m, c) = \frac{1}{n} \sum_i (m x_i + c - y_i)^2",
              r"\frac{\partial L_i}{\partial m} = 2 x_i\, (m x_i + c - y_i), \quad "
              r"\frac{\partial L_i}{\partial c} = 2\, (m x_i + c - y_i) \;\;\mathrm{of\ one\ point}",
              r"m \leftarrow m - \eta \frac{\partial L_i}{\partial m}, \quad "
              r"c \leftarrow c - \eta \frac{\partial L_i}{\partial c}"))
