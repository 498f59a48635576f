"""N11: the scalar (w x - y)² of document 002, fourth question, at x = 2, y = 2, w = 3.

dL/dw = 2 (w x - y) x = 16. The document's asker gets 8 by hand, and asks why.
"""

from typing import Any

import numpy as np

from nnparity.cases.case import Golden, Layer
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case
from nnparity.cases.documents.network import Network

RNG = np.random.default_rng(436)
SETUP: dict[str, Any] = dict(activations=("linear",), bias={"bias": "none"}, network="N11", source="document 002, fourth network",
                             loss=Layer("squared_error", config={"reduction": "sum"}))

CASES = in_both_precisions(
    mlp_case("n11-scalar-{dtype}-golden", (1, 1), **SETUP, x=[[2.0]], target=[[2.0]], seed=435,
             weights=lambda _rng, shape: np.full(shape, 3.0), loss_alone=True, flags=("K25",),
             exempt="a document's figures: one number in, one number out", catches="K25: factor x of the chain rule dropped",
             golden=(Golden("grads/dense/kernel", (0, 0), "16", "PyTorch in document N11"),
                     Golden("grads/dense/kernel", (0, 0), "8", "the question's hand calculation in document N11", mistaken=True,
                            why="factor x of the chain rule dropped (K25): 2 (w x - y) = 8, without the times x = 2"))),
    mlp_case("n11-scalar-{dtype}-generic", (3, 2), **SETUP, x=RNG.standard_normal((5, 3)), target=RNG.standard_normal((5, 2)),
             seed=436, flags=("K25",), catches="K25: factor x of the chain rule dropped, where x is a vector"),
)

NETWORK = Network(
    id="N11", title="One weight", document="002, fourth question", mistakes=("K25",),
    wrong={"K25": "not in the listing, but in the calculation by hand: 8 is 2 (w x - y), the derivative by w x; the factor x = 2 "
                  "that leads from w x to w is missing."},
    built="The square of w x - y at x = 2, y = 2, w = 3, differentiated by PyTorch.",
    asks="Why the gradient is 16 and not 8. The derivative of the square is 2 (w x - y) = 8, and the chain rule multiplies "
         "by the derivative of w x, which is x = 2.",
    formulas=(r"L = (w x - y)^2", r"\frac{\partial L}{\partial w} = 2\, (w x - y)\, x = 2 \cdot (6 - 2) \cdot 2 = 16"))
