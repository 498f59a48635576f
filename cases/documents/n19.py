"""N19: the multilayer perceptron of document 004, third question. Two sigmoid hidden layers of slope beta, the bias as the
weight of a last input of -1, softmax output, half squared error summed over everything.

The delta at the output is a ⊙ (e - Σ e ⊙ a) with e = a - t. The document multiplies e by the summed rows of the softmax
Jacobian, which are zero (K36), then by a softmax of the softmax outputs (K38).
"""

from typing import Any

import numpy as np

from nnparity.cases.case import Layer
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case, one_hot
from nnparity.cases.documents.network import Network, known

BATCH = 5
SIGMOID: dict[str, Any] = {"activation": "sigmoid", "beta": 1.5}
RNG = np.random.default_rng(490)
SETUP: dict[str, Any] = dict(widths=(12, 6, 8, 3), activations=(SIGMOID, SIGMOID, "softmax"), x=RNG.uniform(0, 1, (BATCH, 12)),
                             bias={"bias": "kernel_last_row", "bias_input": -1.0}, target=one_hot([2, 0, 1, 1, 0], 3),
                             network="N19", source="document 004, third network")

CASES = in_both_precisions(
    mlp_case("n19-mlp-{dtype}-sum", **SETUP, seed=490, flags=("K36",),
             loss=Layer("squared_error", config={"scale": "half", "reduction": "sum"}),
             catches="K36: softmax Jacobian rows summed, identically zero; the sign of a bias whose input is -1; a slope beta "
                     "that is missing in the derivative"),
    mlp_case("n19-mlp-{dtype}-batch_mean", **SETUP, seed=491, flags=("K38",),
             loss=Layer("squared_error", config={"scale": "half", "reduction": "batch_mean"}),
             catches="K38: softmax applied to softmax outputs before differentiating; a division by the number of examples that "
                     "the loss has and the gradient has not"),
)

NETWORK = Network(
    id="N19", title="Sigmoid layers of slope beta, softmax, squared error", document="004, third question",
    mistakes=known(36, 38),
    built="Two sigmoid hidden layers whose bias is the weight of an input of -1, a softmax output, half the summed squared "
          "error, momentum.",
    asks="Why a changed softmax derivative trains. Neither is the derivative: the first sums Jacobian rows, which gives "
         "zero, the second takes the softmax of a softmax and keeps the diagonal, which at least has the sign of the error.",
    formulas=(r"a_l = \sigma(\beta\, W_l [a_{l-1}; -1]), \quad a_L = \mathrm{softmax}(W_L [a_{L-1}; -1])",
              r"L = \frac{1}{2} \sum (a_L - t)^2, \quad e = a_L - t",
              r"\delta_L = a_L \odot \left( e - \sum_k e_k\, a_{L,k} \right)",
              r"\delta_l = \beta\, (V_{l+1}^\top \delta_{l+1}) \odot a_l \odot (1 - a_l), \quad W_l = [V_l, b_l]",
              r"\frac{\partial L}{\partial W_l} = \delta_l [a_{l-1}; -1]^\top"))
