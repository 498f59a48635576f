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
                    catches="a velocity that starts anew at every example (K14); exponent t + 1 in the bias correction (K15), "
                            "or a t that counts passes; a velocity kept on the deltas (K16); the corrected velocity stored as "
                            "the velocity")
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
    asks="Is this momentum? No: the velocity begins at zero for every example, and what is left is plain gradient descent "
         "whose rate falls from pass to pass. A velocity belongs to each weight, carries over from update to update, is "
         "corrected by 1 - β^t with the number t of the update, and only the step that is taken is corrected, not what is "
         "kept.",
    wrong={
        "K14": "The velocities are set to zero inside the loop over examples: β times the old one is always zero.",
        "K15": "t is the number of the pass, beginning at 1, and the exponent is t + 1: the first correction divides by 1 - "
               "β² where 1 - β is right.",
        "K16": "A velocity is kept for each node's delta and multiplied by the inputs of the example at hand: old deltas meet "
               "new inputs. While the velocity begins at zero each time, that does not show.",
        "training-passes-counted": "t counts passes over the data, the velocity is updated at every example: its correction lags "
                                   "behind by a factor of the number of examples.",
        "corrected-momentum-correction-stored": "The corrected velocity is what is kept, and is corrected again at the next "
                                                "step. That does not show either before the velocity carries over."},
    formulas=(NO_BIAS, HALF_SQUARED, r"\delta_L = (a_L - t) \odot f'(z_L)", HIDDEN_DELTA, WEIGHTS_ALONE,
              r"v_t = \beta v_{t-1} + (1 - \beta) \frac{\partial L}{\partial W}, \quad v_0 = 0",
              r"W_{t+1} = W_t - \eta\, \frac{v_t}{1 - \beta^t}"))
