"""N02: the MLP of document 000, second question. ReLU hidden layers, softmax output, cross-entropy; correct as posted.

The delta at the output is a - t, softmax and cross-entropy taken together. Taken apart, a softmax layer with its full
Jacobian and a cross-entropy on probabilities, they give the same: the second case.
"""

import numpy as np

from nnparity.cases.case import Layer
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case, one_hot
from nnparity.cases.documents.network import CROSS_ENTROPY, DENSE, HIDDEN_DELTA, SOFTMAX, WEIGHTS, Network

WIDTHS, BATCH = (7, 6, 8, 4), 5


def fixture(seed):
    rng = np.random.default_rng(seed)
    return dict(x=rng.standard_normal((BATCH, WIDTHS[0])), target=one_hot(rng.integers(0, 4, BATCH), 4), seed=seed,
                network="N02", source="document 000, second network")


CASES = in_both_precisions(
    mlp_case("n02-mlp-{dtype}-generic", WIDTHS, ("relu", "relu", "linear"), **fixture(419),
             loss=Layer("softmax_cross_entropy", config={"reduction": "sum"}), flags=("K32",),
             catches="K32: the delta a - t multiplied by a softmax derivative again; ReLU' of the wrong layer's pre-activation"),
    mlp_case("n02-mlp-{dtype}-apart", WIDTHS, ("relu", "relu", "softmax"), **fixture(419),
             loss=Layer("categorical_cross_entropy", config={"reduction": "sum"}), flags=("K31",),
             catches="K31: softmax derivative reduced to its diagonal, which together with the cross-entropy is not a - t"),
)

NETWORK = Network(
    id="N02", title="MLP with ReLU and softmax", document="000, second network",
    built="Any number of ReLU layers and a softmax output, one example at a time as a column vector.",
    asks="Correct as posted: softmax and cross-entropy together leave the output delta a - t, and no softmax derivative "
         "belongs there any more.",
    formulas=(DENSE, SOFTMAX, CROSS_ENTROPY, r"\delta_L = a_L - t", HIDDEN_DELTA, WEIGHTS))
