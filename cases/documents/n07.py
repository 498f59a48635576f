"""N07: the MLP of document 001, second example. Sigmoid in every layer, biases, half squared error; correct as posted."""

import numpy as np

from nnparity.cases.case import Layer
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case, one_hot
from nnparity.cases.documents.network import DENSE, HALF_SQUARED, WEIGHTS, Network

WIDTHS, BATCH = (7, 6, 8, 4), 5
RNG = np.random.default_rng(420)

CASES = in_both_precisions(
    mlp_case("n07-mlp-{dtype}-generic", WIDTHS, ("sigmoid",) * 3, x=RNG.standard_normal((BATCH, 7)),
             target=one_hot(RNG.integers(0, 4, BATCH), 4), seed=420, network="N07", source="document 001, second network",
             loss=Layer("squared_error", config={"scale": "half", "reduction": "sum"}),
             catches="the delta a - t of a cross-entropy where σ' of the output belongs as well; the wrong layer's input in a "
                     "weight gradient"),
)

NETWORK = Network(
    id="N07", title="MLP with sigmoid everywhere", document="001, second example",
    built="Sigmoid layers of any number with biases, half squared error, one example at a time.",
    asks="Correct as posted: with a squared error the derivative of the output's sigmoid stays in the delta.",
    formulas=(DENSE, HALF_SQUARED, r"\delta_L = (a_L - t) \odot a_L \odot (1 - a_L)",
              r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot a_l \odot (1 - a_l)", WEIGHTS))
