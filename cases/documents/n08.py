"""N08: the 3-4-1 sigmoid net of document 002, first question. No biases, X with a third column of ones, t = XOR,
weights U(-1, 1), half squared error summed over the full batch.

The document asks why the hidden delta goes through synapse_1 and not through the hidden outputs: dL/dl1 = δ2 ∂z2/∂l1, and
z2 = l1 synapse_1, so ∂z2/∂l1 is synapse_1. The hidden outputs are ∂z2/∂synapse_1, which belongs to the weight gradient.
"""

from typing import Any

import numpy as np

from nnparity.cases.case import Layer
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case, uniform

X = [[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]
XOR = [[0], [1], [1], [0]]
RNG = np.random.default_rng(431)
SETUP: dict[str, Any] = dict(activations=("sigmoid", "sigmoid"), bias={"bias": "none"}, network="N08",
                             source="document 002, first network",
                             loss=Layer("squared_error", config={"scale": "half", "reduction": "sum"}))

CASES = in_both_precisions(
    mlp_case("n08-mlp-{dtype}-xor", (3, 4, 1), **SETUP, x=X, target=XOR, weights=uniform(-1, 1), seed=430, loss_alone=True,
             exempt="the document's own data and widths: four examples, four hidden units",
             flags=("K21",), catches="K21: hidden delta through the hidden activations instead of the output weights"),
    mlp_case("n08-mlp-{dtype}-generic", (3, 4, 2), **SETUP, x=RNG.standard_normal((5, 3)), target=RNG.uniform(0, 1, (5, 2)),
             seed=431, flags=("K21",), catches="K21: hidden delta through the hidden activations, here a shape error"),
)
