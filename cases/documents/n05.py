"""N05: the network of N04 trained with momentum; document 000, fifth listing."""

import numpy as np

from nnparity.cases.case import Case, Training
from nnparity.cases.documents.mlp import HALF_SQUARE, mlp_case, one_by_one, trained, uniform
from nnparity.cases.documents.network import HALF_SQUARED, HIDDEN_DELTA, NO_BIAS, WEIGHTS_ALONE, Network, known


def training() -> Case:
    """The network of N04, one example at a time, with a bias-corrected velocity of beta 0.903."""
    rng = np.random.default_rng(505)
    case = mlp_case("n05-training-float64", (7, 6, 8, 4), ("tanh",) * 3, x=rng.standard_normal((5, 7)),
                    target=rng.uniform(-0.5, 0.5, (5, 4)), weights=uniform(-0.5, 0.5), bias={"bias": "none"}, seed=505,
                    loss=HALF_SQUARE, network="N05", source="document 000, fifth listing", flags=("K14", "K15", "K16"),
                    catches="K14: a velocity that starts anew at every example; K15: exponent t + 1 in the bias correction; "
                            "K16: a velocity kept on the deltas")
    return trained(case, Training(optimizer="corrected_momentum", steps=40, learning_rates=(0.1,), config={"beta": 0.903},
                                  batches=one_by_one(5)))


def points() -> tuple[Case, ...]:
    """The gradient that N05's velocity collects, at its first weights."""
    case = training()
    draw = np.random.default_rng(506)
    case = case.replaced(training=None, name="n05-mlp-float64", flags=("K12",),
                         catches="K12: 1 - a² of the pre-activation in place of the output, in what the velocity collects",
                         cotangents={"y": draw.standard_normal((5, 4)), "loss": np.asarray(draw.standard_normal())})
    return case, case.astype("float32").replaced(name="n05-mlp-float32")


CASES = (*points(), training())

NETWORK = Network(
    id="N05", title="MLP of single nodes, with momentum", document="000, fifth network", mistakes=known(14, 16),
    built="The network of N04 trained with a velocity of beta = 0.903 and bias correction.",
    asks="Its velocity starts from zero at every example, is kept on deltas and is corrected with the exponent t + 1; a "
         "velocity belongs to each weight gradient and carries over.",
    formulas=(NO_BIAS, HALF_SQUARED, r"\delta_L = (a_L - t) \odot f'(z_L)", HIDDEN_DELTA, WEIGHTS_ALONE,
              r"v_t = \beta v_{t-1} + (1 - \beta) \frac{\partial L}{\partial W}, \quad v_0 = 0",
              r"W_{t+1} = W_t - \eta\, \frac{v_t}{1 - \beta^t}"))
