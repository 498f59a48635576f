"""N12: the 2-2-1 sigmoid net of document 002, fifth question, written there in scalars w[0..5], b[0..2].

Weights and biases U(0, 1), half squared error of one example, rate 1. The gradients are right. Inputs of 0 to 100 saturate the
hidden units (K26): σ' is nearly zero, nothing is learnt. The same net learns from inputs divided by 100.

The document has 50 examples of "big" and "small" and does not print them. Its linear kind is taken here as height + width
above 100, for integers from 0 to 100.
"""

from typing import Any

import numpy as np

from nnparity.cases.case import Case, Layer, Training
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case, one_by_one, trained, uniform
from nnparity.cases.documents.network import Network

# (height, width) and whether it is big; 10, 8 and 76, 92 are the document's examples
X = np.array([[10, 8], [76, 92], [0, 1], [41, 57], [3, 0]])
BIG = [[0], [1], [0], [1], [0]]
SETUP: dict[str, Any] = dict(activations=("sigmoid", "sigmoid"), network="N12", source="document 002, fifth network",
                             loss=Layer("squared_error", config={"scale": "half", "reduction": "sum"}))
DOCUMENT: dict[str, Any] = dict(**SETUP, widths=(2, 2, 1), target=BIG, weights=uniform(0, 1), biases=uniform(0, 1),
                                loss_alone=True, exempt="the document's own network: two inputs, two hidden units")
RNG = np.random.default_rng(441)
EXAMPLES = 50  # tda


def training(scale: float = 1.0, passes: int = 2, seed: int = 442) -> Case:
    """The document's training: one example at a time, at rate 1; `scale` multiplies the inputs."""
    x = np.random.default_rng(seed).integers(0, 101, (EXAMPLES, 2))
    case = mlp_case(f"n12-training-float64-{'unscaled' if scale == 1 else 'scaled'}", (2, 2, 1), **SETUP, x=scale * x,
                    target=x.sum(1, keepdims=True) > 100, seed=seed, weights=uniform(0, 1), biases=uniform(0, 1),
                    exempt="the document's own network: two inputs, two hidden units",
                    catches="K26: gradients accused though they are right: what is wrong are the unscaled inputs")
    return trained(case, Training(optimizer="sgd", steps=EXAMPLES * passes, learning_rates=(1.0,),
                                  batches=one_by_one(EXAMPLES)))



CASES = (*in_both_precisions(
    mlp_case("n12-mlp-{dtype}-unscaled", **DOCUMENT, x=X, seed=440,
             catches="K26: gradients accused though they are right: what is wrong are the unscaled inputs"),
    mlp_case("n12-mlp-{dtype}-scaled", **DOCUMENT, x=X / 100, seed=440,
             catches="w[4] and w[5], or the two inputs, exchanged in a gradient written in scalars"),
    mlp_case("n12-mlp-{dtype}-generic", (3, 4, 2), **SETUP, x=RNG.standard_normal((5, 3)), target=RNG.uniform(0, 1, (5, 2)),
             seed=441, catches="σ' of the hidden unit left out of its weights' gradients but kept in its bias's"),
), training(), training(scale=1 / 100))

NETWORK = Network(
    id="N12", title="2-2-1 sigmoid net in scalars", document="002, fifth question", mistakes=("K26",),
    wrong={"K26": "height and width are used as they are, from 0 to 100: with weights U(0, 1) a hidden unit sees about 50, its "
                  "sigmoid is 1 for nearly every example, and its derivative 0."},
    built="Two inputs from 0 to 100, two hidden units and one output, each weight and each derivative a line of its own.",
    asks="What is wrong with the backpropagation. Nothing: its gradients are right to the last digits. The inputs are not "
         "scaled, so the hidden units saturate and their derivatives vanish.",
    formulas=(r"h_1 = \sigma(w_0 x + w_1 y + b_0), \quad h_2 = \sigma(w_2 x + w_3 y + b_1)",
              r"o = \sigma(w_4 h_1 + w_5 h_2 + b_2), \quad L = \frac{1}{2} (t - o)^2", r"\delta = (o - t)\, o\, (1 - o)",
              r"\frac{\partial L}{\partial w_4} = \delta h_1, \quad "
              r"\frac{\partial L}{\partial w_0} = \delta w_4 h_1 (1 - h_1) x, \quad "
              r"\frac{\partial L}{\partial b_2} = \delta"))
