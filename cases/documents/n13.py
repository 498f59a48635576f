"""N13: the digit classifier of document 002, sixth question. One hidden layer of 10, K = 9 sigmoid outputs, the bias as the
weight of a leading 1, weights U(0, 1), binary cross-entropy summed over the outputs and divided by m.

The gradients are right. All-positive weights on pixels of 0 and 1 drive every hidden unit to 1 (K27), whatever the picture:
all predictions come out alike. Centred weights are the generic case. 16 pixels saturate enough to be seen; with
more, as in a real picture, h rounds towards 1 and h (1 - h) is rounding error in every implementation: at 36 pixels the right
gradients of two implementations already differ by 450 epsilons.
"""

from typing import Any

import numpy as np

from nnparity.cases.case import Layer
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case, one_hot, uniform
from nnparity.cases.documents.network import Network

CLASSES, HIDDEN, EXAMPLES = 9, 10, 5
SETUP: dict[str, Any] = dict(activations=("sigmoid", "sigmoid"), bias={"bias": "kernel_first_row"}, network="N13",
                             source="document 002, sixth network",
                             loss=Layer("binary_cross_entropy", config={"reduction": "batch_mean"}))


def pictures(seed, pixels):
    """Pixels of 0 and 1, half of each on average, and a digit for each picture."""
    rng = np.random.default_rng(seed)
    return dict(x=rng.integers(0, 2, (EXAMPLES, pixels)), seed=seed,
                target=one_hot(rng.permutation(CLASSES)[:EXAMPLES], CLASSES))


CASES = in_both_precisions(
    mlp_case("n13-mlp-{dtype}-positive", (16, HIDDEN, CLASSES), **SETUP, **pictures(445, 16), weights=uniform(0, 1),
             catches="K27: gradients accused though they are right: what is wrong are the all-positive weights"),
    mlp_case("n13-mlp-{dtype}-generic", (13, HIDDEN, CLASSES), **SETUP, **pictures(446, 13), weights=uniform(-0.5, 0.5),
             catches="the row of the bias not taken out of the hidden delta; the sum divided by m K in place of m"),
)

NETWORK = Network(
    id="N13", title="Digit classifier with sigmoid outputs", document="002, sixth question", mistakes=("K27",),
    built="One hidden layer of 10 sigmoid units and 9 sigmoid outputs on black and white pixels, the bias as the weight of a "
          "leading 1, weights U(0, 1).",
    asks="Why every prediction is the same. The gradients are right; all-positive weights saturate every hidden unit, so the "
         "outputs depend on the biases alone and learn the frequency of each digit.",
    formulas=(r"a_2 = \sigma(\Theta_1 [1; x]), \quad h = \sigma(\Theta_2 [1; a_2])",
              r"J = -\frac{1}{m} \sum_{i,k} \left( y_{ik} \log h_{ik} + (1 - y_{ik}) \log(1 - h_{ik}) \right)",
              r"\delta_3 = h - y, \quad \delta_2 = \Theta_2^\top \delta_3 \odot [1; a_2] \odot (1 - [1; a_2])",
              r"\frac{\partial J}{\partial \Theta_2} = \frac{1}{m} \delta_3 [1; a_2]^\top, \quad "
              r"\frac{\partial J}{\partial \Theta_1} = \frac{1}{m} \delta_{2, 1:} [1; x]^\top"))
