"""N17: the MLP of any depth of document 004, first question. Activations relu, sigmoid, tanh, softmax, linear; weights
U(-1e-3, 1e-3), biases zero, squared error.

The document prints three outputs and their squared errors and has no backward pass: it takes the loss for its gradient (K30).
Its tanh' divides by x² instead of cosh² (K28), its ReLU takes the maximum over a vector (K29), which raises as posted, since
numpy.vectorize calls it for one number at a time. Its pre-activations are not kept.
"""

import numpy as np

from nnparity.cases.case import Case, Golden, Layer, Training
from nnparity.cases.documents import of_document
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case, trained, uniform, zeros
from nnparity.cases.documents.network import DENSE, HIDDEN_DELTA, WEIGHTS, Network, known

SOURCE = "document 004, first network"
X, TARGET = [[1, 1], [0, 0], [12, 5]], [[1], [0], [-1]]
OUTPUTS = [[0.50006457], [0.50006459], [0.50006431]]
PRINTED = "the output of the script in document N17"
ROUNDED = "the document squares unrounded outputs, of which it prints eight decimals"
MSE = Layer("squared_error")
RNG = np.random.default_rng(471)

DOCUMENT = mlp_case(
    "n17-mlp-{dtype}-document", (2, 3, 1), ("sigmoid", "sigmoid"), x=X, target=TARGET, loss=MSE,
    weights=uniform(-1e-3, 1e-3), biases=zeros, seed=470, loss_alone=True, network="N17", source=SOURCE, flags=("K30",),
    exempt="the document's own data and initial values: as many examples as hidden units, biases of zero",
    catches="K30: the loss value used as its gradient")


def training(steps: int, rate: float) -> Case:
    """The document's network on its three rows. It trains nothing itself: its rate is 0.01 and is never used."""
    return trained(DOCUMENT.replaced(name="n17-training-float64"),
                   Training(optimizer="sgd", steps=steps, learning_rates=(rate,)))


CASES = in_both_precisions(
    DOCUMENT,
    mlp_case("n17-mlp-{dtype}-generic", (7, 6, 8, 3, 9, 4), ("relu", "sigmoid", "tanh", "linear", "softmax"), loss=MSE,
             seed=471, x=RNG.standard_normal((5, 7)), target=RNG.standard_normal((5, 4)), network="N17", source=SOURCE,
             flags=("K28", "K29", "K30"),
             catches="K28: tanh' divided by x²; K29: ReLU as the maximum over the vector; K30: the loss as its own gradient"),
) + (
    Case(name="n17-loss-float64-golden", network=(), loss=Layer("squared_error", config={"reduction": "none"}), params={},
         inputs={"x": np.array(OUTPUTS), "target": np.array(TARGET, float)}, constants=frozenset({"target"}),
         cotangents={"y": np.zeros((3, 1)), "loss": np.ones((3, 1))}, sizes={"batch": 3, "output": 1},
         **of_document("N17", SOURCE), flags=("K30",),
         catches="K30: the loss value used as its gradient", exempt="a document's figures: the gradient of the loss alone",
         golden=(Golden("loss", (0, 0), "0.24993544", PRINTED, decimals=7, why=ROUNDED),
                 Golden("loss", (1, 0), "0.2500646", PRINTED),
                 Golden("loss", (2, 0), "2.25019293", PRINTED))),
)

NETWORK = Network(
    id="N17", title="MLP of any depth", document="004, first question", mistakes=known(28, 30),
    built="Layers added one by one with ReLU, sigmoid, tanh, softmax or linear activation, weights U(-0.001, 0.001), and a "
          "backward pass that stops at the squared error.",
    asks="How to go on from the error, for any number of layers. Keep two things of each layer on the way forward, its input "
         "and its pre-activation z: the script keeps neither of the pass that it predicts with (self.Zappend = Z names a new "
         "attribute, and what it holds is the activation), while its derivatives take z, so that no gradient could be formed. "
         "Then differentiate the loss, 2 (a - t) / n; the squared error itself is no gradient. Going back through each layer "
         "multiply by f'(z), for softmax by its Jacobian: that is δ. δ summed over the rows is the bias gradient, inputsᵀ δ "
         "the weight gradient, and δ Wᵀ is what the layer below is given. Two more things in the script: its derivative of "
         "softmax, a - t, is the δ of softmax and cross-entropy together, and not of the squared error that it has; and a "
         "target of -1 is out of a sigmoid's reach. (The function activate, which its forward pass calls, is not in the post.)",
    wrong={"K28": "its derivative of tanh has (cosh² - sinh²), which is 1, over z² in place of cosh² z: infinite at 0, "
                  "where it should be 1.",
           "K29": "its ReLU is max(0, max(z)). Called for a vector it gives all units the largest value; as posted it raises "
                  "(TypeError: a number is not iterable), because numpy.vectorize calls it for one number at a time. Its "
                  "softmax raises for the same reason. Repaired as max(0, z) it has one more trap: numpy.vectorize takes the "
                  "type of its first answer, so that a negative first number makes the integer 0 and all others are cut to "
                  "whole numbers; numpy.maximum(0, z) needs no vectorize.",
           "K30": "what backprop returns as the error, and its text would send back, is (t - a)², the loss: never negative, "
                  "so that no output could ever be raised."},
    formulas=(DENSE, r"L = \frac{1}{n} \sum (a_L - t)^2", r"\frac{\partial L}{\partial a_L} = \frac{2}{n} (a_L - t)",
              r"\delta_L = \frac{\partial L}{\partial a_L} \odot f_L'(z_L)", HIDDEN_DELTA, WEIGHTS,
              r"\tanh'(z) = \frac{\cosh^2 z - \sinh^2 z}{\cosh^2 z} = 1 - \tanh^2 z"))
