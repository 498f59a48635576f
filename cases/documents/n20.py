"""N20: the XOR net 2-2-2 of document 004, fourth question. Sigmoid hidden layer, softmax output, cross-entropy, the bias as
the last column of the weight matrix: the last row of the kernel here.

The document clips probabilities to [1e-12, 1 - 1e-12] in the value of its loss and takes p - y for the delta. Its weights
are U(0, 1) with a random sign in all layers but the first; the first case draws U(-1, 1) in both layers, the document's
procedural form U(0, 1), one example after the other at rate 0.03.
"""

from typing import Any

import numpy as np

from nnparity.cases.case import Case, Golden, Layer, Training
from nnparity.cases.documents import of_document
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case, one_by_one, one_hot, trained, uniform
from nnparity.cases.documents.network import CROSS_ENTROPY, Network, known

X, XOR = [[0, 0], [0, 1], [1, 0], [1, 1]], one_hot([0, 1, 1, 0], 2)
CLIPPED: dict[str, Any] = {"clip": "probability", "epsilon": 1e-12}
SETUP: dict[str, Any] = dict(bias={"bias": "kernel_last_row"}, network="N20", source="document 004, fourth network")
DOCUMENT: dict[str, Any] = dict(**SETUP, widths=(2, 2, 2), x=X, target=XOR, loss_alone=True,
                                exempt="the document's own data and widths: two of everything")
PROCEDURAL: dict[str, Any] = dict(**DOCUMENT, activations=("sigmoid", "linear"), weights=uniform(0, 1), seed=501,
                                  loss=Layer("softmax_cross_entropy", config={"reduction": "sum"}))
RNG = np.random.default_rng(502)
GENERIC: dict[str, Any] = dict(**SETUP, widths=(7, 5, 3), x=RNG.standard_normal((4, 7)), target=one_hot([0, 2, 1, 2], 3))


def training(epochs: int = 25, rate: float = 0.03) -> Case:
    """The procedural form: one example after the other, in the document 1,000 times through all four."""
    case = mlp_case("n20-training-float64", **PROCEDURAL, flags=("K40", "K43", "K44"),
                    catches="K40: σ' written for activations, given pre-activations; K43: an update multiplied by the weights; "
                            "K44: gradients that are never reset")
    return trained(case, Training(optimizer="sgd", steps=4 * epochs, learning_rates=(rate,), batches=one_by_one(4)))


def delta() -> Case:
    """The answer's four softmax outputs, as logits, and its delta: the gradient of the cross-entropy by them."""
    p, answer = [0.2, 0.2, 0.3, 0.3], ("0.2", "-0.8", "0.3", "0.3")
    return Case(
        name="n20-delta-float64", network=(), loss=Layer("softmax_cross_entropy", config={"reduction": "sum"}), params={},
        inputs={"x": np.log([p]), "target": np.eye(4)[[1]]}, constants=frozenset({"target"}), sizes={"batch": 1, "classes": 4},
        cotangents={"y": np.zeros((1, 4)), "loss": np.ones(())}, exempt="the document's own figures: one example",
        golden=tuple(Golden("grads/x", (0, k), figure, "document 004, the answer") for k, figure in enumerate(answer)),
        catches="1 subtracted from every output in the delta, and not from the label's alone",
        **of_document("N20", "document 004, the answer to the fourth question"))


CASES = (*in_both_precisions(
    mlp_case("n20-mlp-{dtype}-xor", **DOCUMENT, activations=("sigmoid", "softmax"), weights=uniform(-1, 1), seed=500,
             loss=Layer("categorical_cross_entropy", config=CLIPPED), flags=("K39", "K45"),
             catches="K39: a sigmoid at the output in place of the softmax; K45: the factor 1/N missing in the gradient"),
    mlp_case("n20-mlp-{dtype}-procedural", **PROCEDURAL, flags=("K40",),
             catches="K40: σ' written for activations, given pre-activations; the gradient multiplied by the weights"),
    mlp_case("n20-mlp-{dtype}-generic", **GENERIC, activations=("sigmoid", "softmax"), seed=502,
             loss=Layer("categorical_cross_entropy", config=CLIPPED), flags=("K42",),
             catches="the wrong layer's activations in a weight gradient; K42: division by the number of classes"),
    mlp_case("n20-mlp-{dtype}-deep", **SETUP, widths=(5, 5, 5, 3), x=np.random.default_rng(503).standard_normal((4, 5)),
             target=one_hot([2, 0, 1, 0], 3), activations=("sigmoid", "sigmoid", "softmax"), seed=503, flags=("K41",),
             loss=Layer("categorical_cross_entropy", config=CLIPPED), loss_alone=True, exempt="K41 fits equal widths alone",
             catches="K41: the input of the layer before in a hidden layer's weight gradient"),
), delta(), training())

NETWORK = Network(
    id="N20", title="XOR net 2-2-2 with softmax", document="004, fourth question", mistakes=known(39, 45),
    built="A sigmoid hidden layer and a softmax output with the bias in the last column of each weight matrix, "
          "cross-entropy, a numerical check of the gradient; then the same written out step by step.",
    asks="Why analytic and numerical gradient differ, and why, trained on all four examples, the written-out form gives about "
         "0.5 for all of them. They differ for three reasons that hide behind each other: the output is no softmax, the loss "
         "that is differenced is half of the one whose delta is p - y, and the hidden layer's σ' is given the pre-activation. "
         "The 0.5 has two: the same σ', and a rate that is too small for 1,000 passes. Repaired it still answers about 0.5; at "
         "ten times the rate it learns, and not from every start: two hidden units leave no room, and XOR has flat places. In "
         "the class the sum of all gradients so far takes the place of each pass's own: that swings where it should settle. "
         "The answer's delta [0.2, -0.8, 0.3, 0.3] is right, and so is the asker's p - y: neither is where it fails.",
    formulas=(r"a_1 = \sigma(W_1 [x; 1]), \quad a_2 = \mathrm{softmax}(W_2 [a_1; 1])", CROSS_ENTROPY,
              r"\delta_2 = a_2 - t, \quad \delta_1 = (V_2^\top \delta_2) \odot a_1 \odot (1 - a_1), \quad W_2 = [V_2, b_2]",
              r"\frac{\partial L}{\partial W_2} = \delta_2 [a_1; 1]^\top, \quad "
              r"\frac{\partial L}{\partial W_1} = \delta_1 [x; 1]^\top"),
    wrong={
        "K39": "three activations for two weight matrices: zip stops at the shorter list, so the output layer gets the second "
               "sigmoid and the softmax is never reached. The delta stays p - y.",
        "K40": "the derivative is written n (1 - n), for an activation, and is given the pre-activation z.",
        "K41": "the index max(0, i - 1) is one too low. With one hidden layer the 0 makes it right: in this net it changes "
               "nothing. With two hidden layers the second would learn from the inputs of the first.",
        "K42": "N is the number of rows of a column vector: the classes, 2, where one example was meant. The loss that is "
               "differenced is half of the one that p - y belongs to.",
        "K43": "the written-out form subtracts 0.03 times the weights times the gradient: a weight near zero hardly moves and "
               "none can change its sign.",
        "K44": "the sum of the gradients is set to zero before the first pass and never again: pass n moves by all n gradients "
               "so far.",
        "K45": "where the checked loss is divided by N, p - y is not: with all four examples at once, a factor of 4."})
