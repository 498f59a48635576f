"""N08: the 3-4-1 sigmoid net of document 002, first question. No biases, X with a third column of ones, t = XOR,
weights U(-1, 1), half squared error summed over the full batch.

The document asks why the hidden delta goes through synapse_1 and not through the hidden outputs: dL/dl1 = δ2 ∂z2/∂l1, and
z2 = l1 synapse_1, so ∂z2/∂l1 is synapse_1. The hidden outputs are ∂z2/∂synapse_1, which belongs to the weight gradient.
"""

from typing import Any

import numpy as np

from nnparity.cases.case import Case, Layer, Training
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case, trained, uniform
from nnparity.cases.documents.network import Network

X = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]
XOR = [[0], [1], [1], [0]]
RNG = np.random.default_rng(431)
SETUP: dict[str, Any] = dict(activations=("sigmoid", "sigmoid"), bias={"bias": "none"}, network="N08",
                             source="document 002, first network",
                             loss=Layer("squared_error", config={"scale": "half", "reduction": "sum"}))


def training(steps: int = 100) -> Case:
    """XOR with a third input of ones, full batch, rate 0.5. The document takes 60,000 steps."""
    case = mlp_case("n08-training-float64", (3, 4, 1), **SETUP, x=X, target=XOR, weights=uniform(-1, 1), seed=430,
                    flags=("K21",), catches="K21: a hidden delta that bypasses the output weights does not learn XOR",
                    exempt="the document's own data and widths")
    return trained(case, Training(optimizer="sgd", steps=steps, learning_rates=(0.5,)))


CASES = (*in_both_precisions(
    mlp_case("n08-mlp-{dtype}-xor", (3, 4, 1), **SETUP, x=X, target=XOR, weights=uniform(-1, 1), seed=430, loss_alone=True,
             exempt="the document's own data and widths: four examples, four hidden units",
             flags=("K21",), catches="K21: hidden delta through the hidden activations instead of the output weights"),
    mlp_case("n08-mlp-{dtype}-generic", (3, 4, 2), **SETUP, x=RNG.standard_normal((5, 3)), target=RNG.uniform(0, 1, (5, 2)),
             seed=431, flags=("K21",), catches="K21: hidden delta through the hidden activations, here a shape error"),
), training())

NETWORK = Network(
    id="N08", title="3-4-1 sigmoid net on XOR", document="002, first question", mistakes=("K21",),
    wrong={"K21": "not in the listing, which is right, but in the line that the asker would have: layer_1.T.dot(layer_2_delta) "
                  "is the gradient of synapse_1. With four examples and four hidden units it is a column of four that NumPy "
                  "stretches over the hidden units, row by row: example n gets what belongs to weight n, without an error."},
    built="Two sigmoid layers without biases on the four points of XOR with a third input of one; 60,000 steps on the full "
          "batch at rate 0.5.",
    asks="Why the hidden delta goes through the output weights and not through the hidden outputs. Because z_2 = l_1 S_1 "
         "has the derivative S_1 with respect to l_1; the derivative with respect to S_1 is l_1, for the weight gradient.",
    formulas=(r"l_1 = \sigma(X S_0), \quad l_2 = \sigma(l_1 S_1)", r"L = \frac{1}{2} \sum (l_2 - t)^2",
              r"\delta_2 = (l_2 - t) \odot l_2 \odot (1 - l_2)", r"\delta_1 = (\delta_2 S_1^\top) \odot l_1 \odot (1 - l_1)",
              r"\frac{\partial L}{\partial S_1} = l_1^\top \delta_2, \quad "
              r"\frac{\partial L}{\partial S_0} = X^\top \delta_1"))
