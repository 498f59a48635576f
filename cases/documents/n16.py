"""N16: one layer of three neurons, its two printed runs; document 003. See n15.py for what rounds how.

The two runs write the weight gradient in two forms, x δᵀ as a matrix product and as numpy.outer. Either form gives either table:
each element is one product, and numpy.dot, which differs between the runs, is used in the forward pass alone.
"""

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.cases.documents import of_document
from nnparity.cases.documents.network import Network
from nnparity.cases.documents.tables import LANES, ROUNDED, STEPS, losses, weights

FIRST, SECOND = "document N16, first run", "document N16, second run"
BIASES = ["-0.00698895", "-0.04024714", "-0.06451539"]
FINAL_FIRST = [["-0.00698895", "0.25975286", "0.53548461"], ["-0.0139779", "0.11950571", "0.27096922"],
               ["-0.02096685", "-0.02074143", "0.00645383"], ["-0.0279558", "-0.16098857", "-0.25806156"]]
FINAL_SECOND = [["-0.00698895", "0.25975286", "0.53548461"], ["-0.01397789", "0.11950572", "0.27096922"],
                ["-0.02096684", "-0.02074143", "0.00645383"], ["-0.02795579", "-0.16098857", "-0.25806156"]]


def layer(name, training=None, golden=(), dtype="float64") -> Case:
    """Three neurons on four inputs: loss = (Σ relu(W x + b))²."""
    kernel = np.array([[0.1, 0.5, 0.9], [0.2, 0.6, 1.0], [0.3, 0.7, 1.1], [0.4, 0.8, 1.2]])
    return Case(
        name=name, network=(Layer("dense", "layer", {"activation": "relu"}), Layer("sum", "total")), training=training,
        loss=Layer("squared_error", "", {"reduction": "sum"}), golden=golden,
        sizes={"batch": 1, "features": 4, "units": 3, "outputs": 1},
        params={"layer/kernel": kernel, "layer/bias": np.array([0.1, 0.2, 0.3])},
        inputs={"x": np.array([[1.0, 2.0, 3.0, 4.0]]), "target": np.zeros((1, 1))}, constants=frozenset({"target"}),
        cotangents={"y": np.array([[0.7]]), "loss": np.array(1.3)}, exempt="the document's own numbers",
        catches="weight gradient transposed; the gradient of the sum taken as one neuron's", **of_document("N16", "document 003"),
    ).astype(dtype)


CASES = (
    *(layer(f"n16-layer-{dtype}", dtype=dtype) for dtype in ("float64", "float32")),
    layer("n16-training-first_run-rounded_products-float64", ROUNDED, (
        *losses("n16a.txt", 0, FIRST), *weights("layer/kernel", FINAL_FIRST, FIRST), *weights("layer/bias", BIASES, FIRST))),
    layer("n16-training-float64", STEPS),
    layer("n16-training-second_run-two_lanes-float64", LANES, (
        *losses("n16b.txt", 0, SECOND), *weights("layer/kernel", FINAL_SECOND, SECOND), *weights("layer/bias", BIASES, SECOND))),
)

NETWORK = Network(
    id="N16", title="One layer of three neurons", document="003, a layer",
    built="Three ReLU neurons on four inputs, the square of their sum as the loss, 200 steps at rate 0.001, run twice with "
          "two forms of the weight gradient.",
    asks="The text says that in general the weight gradient, a row for each input, has the same column for every neuron. That "
         "is this loss alone, where every neuron has dL/da = 2 y, and only while every neuron lives: a dead one has a column "
         "of zeros, and two of the three die in the document's own run. The two runs differ from the eighth digit on, and not "
         "because their weight gradients are written differently: either form gives either table. numpy.dot differs. The "
         "first run has the one that init() of the package nnfs puts in its place, float64 rounded to float32, the second the "
         "plain one. That the second run's session had not called init() is an inference: nothing else gives its digits, and "
         "the document does not say. The gradient by the inputs, which the document writes last, is right; it sums over the "
         "neurons, since every input feeds them all.",
    formulas=(r"z = W x + b, \quad a = \max(z, 0), \quad y = \sum_i a_i, \quad L = y^2", r"\delta_i = 2 y\, [z_i > 0]",
              r"\frac{\partial L}{\partial W} = \delta\, x^\top, \quad \frac{\partial L}{\partial b} = \delta, \quad "
              r"\frac{\partial L}{\partial x} = W^\top \delta"))
