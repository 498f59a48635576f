"""N15 and N16: a neuron and a layer with ReLU whose output is pushed to zero, 200 steps at rate 0.001.

The documents print every digit. What decides the last ones is numpy.dot, which multiplies inputs and weights in the forward pass
and nothing else. The notebook calls `init()` of the package nnfs, which replaces numpy.dot by one that computes in float64 and
gives float32: so N15 and the first run of N16 come out. The second run of N16 comes out with numpy.dot as it is; that its
session had not called `init()` is an inference. It writes the weight gradient in another form too, which changes no digit. The
last digit of the second run depends on the order in which four terms are added: two at a time gives all ten losses, one after the
other only three of them.
"""

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.cases.documents import of_document
from nnparity.cases.documents.network import Network
from nnparity.cases.documents.tables import ROUNDED, STEPS, losses, weights

N15 = "document N15"


def neuron(name, training=None, golden=(), dtype="float64") -> Case:
    """One neuron: loss = relu(w·x + b)²."""
    return Case(
        name=name, network=(Layer("dense", "neuron", {"activation": "relu"}),), training=training, golden=golden,
        loss=Layer("squared_error", "", {"reduction": "sum"}), sizes={"batch": 1, "features": 3, "units": 1},
        params={"neuron/kernel": np.array([[-3.0], [-1.0], [2.0]]), "neuron/bias": np.array([1.0])},
        inputs={"x": np.array([[1.0, -2.0, 3.0]]), "target": np.zeros((1, 1))}, constants=frozenset({"target"}),
        cotangents={"y": np.array([[0.7]]), "loss": np.array(1.3)}, exempt="the document's own numbers",
        catches="a chain rule without the factor 2a; an update without the bias", **of_document("N15", "document 003"),
    ).astype(dtype)


CASES = (
    *(neuron(f"n15-neuron-{dtype}", dtype=dtype) for dtype in ("float64", "float32")),
    neuron("n15-training-float64", STEPS),
    neuron("n15-training-rounded_products-float64", ROUNDED, (
        *losses("n15.txt", 1, N15),
        *weights("neuron/kernel", [["-3.3990955"], ["-0.20180899"], ["0.80271349"]], N15),
        *weights("neuron/bias", ["0.6009044964517248"], N15))),
)

NETWORK = Network(
    id="N15", title="One neuron with ReLU", document="003, a single neuron",
    built="Three inputs, one ReLU neuron, its square as the loss, 200 steps at rate 0.001 with every loss printed.",
    asks="How one neuron's weights are trained. The text says that the gradient is approximated by numerical differentiation; "
         "its code takes no difference quotient anywhere: 2 a, the step of ReLU, x and 1 are the derivatives themselves, "
         "multiplied by the chain rule. That is the analytic gradient, and it is right. All digits of the 200 losses and of "
         "the final weights come out if each dot product is computed in float64 and rounded to float32, as numpy.dot does "
         "after init() of the package nnfs, which the notebook calls; pure float64 leaves the table at the second loss.",
    formulas=(r"a = \max(w \cdot x + b, 0), \quad L = a^2",
              r"\frac{\partial L}{\partial w} = 2 a\, [w \cdot x + b > 0]\, x, \quad "
              r"\frac{\partial L}{\partial b} = 2 a\, [w \cdot x + b > 0]",
              r"w \leftarrow w - \eta\, \frac{\partial L}{\partial w}, \quad \eta = 0.001",
              r"a \leftarrow a \left( 1 - 2 \eta\, (\|x\|^2 + 1) \right) = 0.97\, a"))
