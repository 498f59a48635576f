"""N17: the MLP of any depth of document 004, first question. Activations relu, sigmoid, tanh, softmax, linear; weights
U(-1e-3, 1e-3), biases zero, squared error.

The document prints three outputs and their squared errors and has no backward pass: it takes the loss for its gradient (K30).
Its tanh' divides by x² instead of cosh² (K28), its ReLU takes the maximum over the vector (K29).
"""

import numpy as np

from nnparity.cases.case import Case, Golden, Layer
from nnparity.cases.documents import of_document
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case, uniform, zeros
from nnparity.cases.documents.network import DENSE, HIDDEN_DELTA, WEIGHTS, Network, known

SOURCE = "document 004, first network"
X, TARGET = [[1, 1], [0, 0], [12, 5]], [[1], [0], [-1]]
OUTPUTS = [[0.50006457], [0.50006459], [0.50006431]]
PRINTED = "the output of the script in document N17"
ROUNDED = "the document squares unrounded outputs, of which it prints eight decimals"
MSE = Layer("squared_error")
RNG = np.random.default_rng(471)

CASES = in_both_precisions(
    mlp_case("n17-mlp-{dtype}-document", (2, 3, 1), ("sigmoid", "sigmoid"), x=X, target=TARGET, loss=MSE,
             weights=uniform(-1e-3, 1e-3), biases=zeros, seed=470, loss_alone=True, network="N17", source=SOURCE,
             flags=("K30",),
             exempt="the document's own data and initial values: as many examples as hidden units, biases of zero",
             catches="K30: the loss value used as its gradient"),
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
    asks="How to go on from the error. Differentiate the loss first, 2 (a - t) / n, then multiply by f'(z), for softmax "
         "by its Jacobian, and by the transposed weights, layer by layer. The squared error itself is no gradient.",
    formulas=(DENSE, r"L = \frac{1}{n} \sum (a_L - t)^2", r"\frac{\partial L}{\partial a_L} = \frac{2}{n} (a_L - t)",
              r"\delta_L = \frac{\partial L}{\partial a_L} \odot f_L'(z_L)", HIDDEN_DELTA, WEIGHTS,
              r"\tanh'(z) = \frac{\cosh^2 z - \sinh^2 z}{\cosh^2 z} = 1 - \tanh^2 z"))
