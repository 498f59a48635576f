"""N20: the XOR net 2-2-2 of document 004, fourth question. Sigmoid hidden layer, softmax output, cross-entropy, the bias as
the last column of the weight matrix: the last row of the kernel here.

The document clips probabilities to [1e-12, 1 - 1e-12] in the value of its loss and takes p - y for the delta. Its weights
are U(0, 1) with a random sign in all layers but the first; the first case draws U(-1, 1) in both layers, the document's
procedural form U(0, 1).
"""

from typing import Any

import numpy as np

from nnparity.cases.case import Layer
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case, one_hot, uniform
from nnparity.cases.documents.network import CROSS_ENTROPY, Network, known

X, XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], one_hot([0, 1, 1, 0], 2)
CLIPPED: dict[str, Any] = {"clip": "probability", "epsilon": 1e-12}
SETUP: dict[str, Any] = dict(bias={"bias": "kernel_last_row"}, network="N20", source="document 004, fourth network")
DOCUMENT: dict[str, Any] = dict(**SETUP, widths=(2, 2, 2), x=X, target=XOR, loss_alone=True,
                                exempt="the document's own data and widths: two of everything")
RNG = np.random.default_rng(502)
GENERIC: dict[str, Any] = dict(**SETUP, widths=(7, 5, 3), x=RNG.standard_normal((4, 7)), target=one_hot([0, 2, 1, 2], 3))


CASES = in_both_precisions(
    mlp_case("n20-mlp-{dtype}-xor", **DOCUMENT, activations=("sigmoid", "softmax"), weights=uniform(-1, 1), seed=500,
             loss=Layer("categorical_cross_entropy", config=CLIPPED), flags=("K39", "K41", "K45"),
             catches="K39: a sigmoid at the output in place of the softmax; K41: the wrong layer's activations in a weight "
                     "gradient; K45: the factor 1/N missing in the gradient"),
    mlp_case("n20-mlp-{dtype}-procedural", **DOCUMENT, activations=("sigmoid", "linear"), weights=uniform(0, 1), seed=501,
             loss=Layer("softmax_cross_entropy", config={"reduction": "sum"}), flags=("K40",),
             catches="K40: σ' written for activations, given pre-activations; the gradient multiplied by the weights"),
    mlp_case("n20-mlp-{dtype}-generic", **GENERIC, activations=("sigmoid", "softmax"), seed=502,
             loss=Layer("categorical_cross_entropy", config=CLIPPED), flags=("K42",),
             catches="the wrong layer's activations in a weight gradient; K42: division by the number of classes"),
)

NETWORK = Network(
    id="N20", title="XOR net 2-2-2 with softmax", document="004, fourth question", mistakes=known(39, 45),
    built="A sigmoid hidden layer and a softmax output with the bias in the last column of each weight matrix, "
          "cross-entropy, a numerical check of the gradient; then the same written out step by step.",
    asks="Why analytic and numerical gradient differ, and why the second form does not learn. The list of activations is "
         "shifted by one, layer inputs are off by one, the loss has a factor 1/N that the gradient has not, and the second "
         "form multiplies each update by the weights.",
    formulas=(r"a_1 = \sigma(W_1 [x; 1]), \quad a_2 = \mathrm{softmax}(W_2 [a_1; 1])", CROSS_ENTROPY,
              r"\delta_2 = a_2 - t, \quad \delta_1 = (V_2^\top \delta_2) \odot a_1 \odot (1 - a_1), \quad W_2 = [V_2, b_2]",
              r"\frac{\partial L}{\partial W_2} = \delta_2 [a_1; 1]^\top, \quad "
              r"\frac{\partial L}{\partial W_1} = \delta_1 [x; 1]^\top"))
