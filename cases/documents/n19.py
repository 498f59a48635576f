"""N19: the multilayer perceptron of document 004, third question. Two sigmoid hidden layers of slope beta, the bias as the
weight of a last input of -1, softmax output, half squared error summed over everything.

The delta at the output is a ⊙ (e - Σ e ⊙ a) with e = a - t. The document multiplies e by the summed rows of the softmax
Jacobian, which are zero (K36), with the loop's variable in the place of the activation (K37); then by s (1 - s), s the softmax of
the softmax outputs (K38), which trains.
"""

from typing import Any

import numpy as np

from nnparity.cases.case import Case, Layer, Training
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case, one_hot, trained, uniform
from nnparity.cases.documents.network import Network, known

BATCH = 5
SIGMOID: dict[str, Any] = {"activation": "sigmoid", "beta": 1.5}
RNG = np.random.default_rng(490)
SETUP: dict[str, Any] = dict(widths=(12, 6, 8, 3), activations=(SIGMOID, SIGMOID, "softmax"), x=RNG.uniform(0, 1, (BATCH, 12)),
                             bias={"bias": "kernel_last_row", "bias_input": -1.0}, target=one_hot([2, 0, 1, 1, 0], 3),
                             network="N19", source="document 004, third network")

BATCH_MEAN = Layer("squared_error", config={"scale": "half", "reduction": "batch_mean"})
PIXELS, CLASSES = 64, 10


def pictures(examples: int) -> tuple[np.ndarray, np.ndarray]:
    """x (examples, pixels) from 0 to 1 and classes, in the place of the document's digits: ten patterns of a third of the
    pixels, a tenth of them turned, and greys."""
    rng = np.random.default_rng(492)
    patterns = rng.random((CLASSES, PIXELS)) < 1 / 3
    digits = np.arange(examples) % CLASSES
    turned = rng.random((examples, PIXELS)) < 0.1
    return (patterns[digits] ^ turned) * rng.uniform(0.5, 1, (examples, PIXELS)), digits


def training(steps: int = 40, examples: int = 30) -> Case:
    """Ten classes of made pictures, full batch with momentum; weights U(-1, 1) over the root of the inputs, as texts that write
    the bias input as -1 draw them. Sizes, rate, momentum and slope are ours: the document gives none of them.
    The momentum is exact in float32: Keras's SGD rounds it to that, in float64 as well."""
    x, digits = pictures(examples)
    case = mlp_case("n19-training-float64", (PIXELS, 20, 15, CLASSES), (SIGMOID, SIGMOID, "softmax"), x=x,
                    target=one_hot(digits, CLASSES), bias=SETUP["bias"], loss=BATCH_MEAN, network="N19", seed=492,
                    source="document 004, third network, its loop",
                    weights=lambda rng, shape: uniform(-1, 1)(rng, shape) / np.sqrt(shape[0]),
                    flags=("K36", "K37", "K38"),
                    catches="K36: no gradient; K37: one that explodes; K38: one that trains and is none")
    return trained(case, Training(optimizer="momentum", steps=steps, learning_rates=(0.5,), config={"beta": 0.875}))


CASES = (*in_both_precisions(
    mlp_case("n19-mlp-{dtype}-sum", **SETUP, seed=490, flags=("K36", "K37"),
             loss=Layer("squared_error", config={"scale": "half", "reduction": "sum"}),
             catches="K36: softmax Jacobian rows summed, identically zero; K37: its loop's variable for the activation; the sign "
                     "of a bias whose input is -1; a slope beta that is missing in the derivative"),
    mlp_case("n19-mlp-{dtype}-batch_mean", **SETUP, seed=491, flags=("K38",),
             loss=BATCH_MEAN,
             catches="K38: softmax applied to softmax outputs before differentiating; a division by the number of examples that "
                     "the loss has and the gradient has not"),
), training())

NETWORK = Network(
    id="N19", title="Sigmoid layers of slope beta, softmax, squared error", document="004, third question",
    mistakes=known(36, 38),
    built="Two sigmoid hidden layers whose bias is the weight of an input of -1, a softmax output, half the summed squared "
          "error, momentum.",
    asks="Why the last version of the output's delta works as a derivative of softmax. It is no derivative. The first two "
         "multiply the error by sums of the rows of the softmax Jacobian, which are zero; as posted one of them is not, "
         "because the loop's variable has taken the activation's name. The last takes the softmax of the outputs, which are a "
         "softmax already, and keeps s (1 - s). For ten classes s lies between 1 / (9 + e) and e / (9 + e), so s (1 - s) "
         "between 0.078 and 0.178: it is nearly a constant, and a constant times a - t is the delta of a cross-entropy. So it "
         "descends another loss than the one that is printed, and one that suits a softmax better. The right delta of the "
         "squared error trains as well; a - t itself, with the cross-entropy as the loss, is the simplest.",
    wrong={
        "K36": "each entry of the placeholder is a row of the Jacobian, summed: a (1 - a) less a times all others, which is zero "
               "as the outputs sum to one. What is left is rounding, and nothing learns: 15 % at most, the first update says.",
        "K37": "as first posted the inner loop counts in y, the name of the activation: the class numbers 0 to 9 stand where a "
               "probability belongs, the deltas are many times too large, and exp overflows.",
        "K38": "the softmax of the outputs takes the place of the outputs, and the diagonal that of the Jacobian. It trains, "
               "see above. It is also divided by the number of examples, which the printed error is not."},
    formulas=(r"a_l = \sigma(\beta\, W_l [a_{l-1}; -1]), \quad a_L = \mathrm{softmax}(W_L [a_{L-1}; -1])",
              r"L = \frac{1}{2} \sum (a_L - t)^2, \quad e = a_L - t",
              r"\delta_L = a_L \odot \left( e - \sum_k e_k\, a_{L,k} \right)",
              r"\delta_l = \beta\, (V_{l+1}^\top \delta_{l+1}) \odot a_l \odot (1 - a_l), \quad W_l = [V_l, b_l]",
              r"\frac{\partial L}{\partial W_l} = \delta_l [a_{l-1}; -1]^\top"))
