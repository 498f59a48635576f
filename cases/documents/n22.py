"""N22: the sine-as-classes net 1-21-21 of document 004, sixth question, and the working 1-3-1 that tells positive from negative.

Sigmoid in both layers, no biases, normal weights, half squared error of one example at a time. The first net reads x from -200
to 200 and names the nearest of 21 values of sin x; its loss is taken on the arg-max, which has no gradient (K51), so here it
is taken on the outputs. The second is the document's own correction.
"""

from typing import Any

import numpy as np

from nnparity.cases.case import Case, Layer, Training
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case, one_by_one, one_hot, trained
from nnparity.cases.documents.network import HALF_SQUARED, NO_BIAS, WEIGHTS_ALONE, Network, known

SETUP: dict[str, Any] = dict(activations=("sigmoid", "sigmoid"), bias={"bias": "none"}, network="N22",
                             source="document 004, sixth network",
                             loss=Layer("squared_error", config={"scale": "half", "reduction": "sum"}))


def document_weights(rng, shape):
    return rng.standard_normal(shape)


RADIANS = np.array([0.3, -1.2, 154.7, -88.4, 2.0, 11.9])
SINE_CLASSES = one_hot(np.rint(10 * np.sin(RADIANS)).astype(int) + 10, 21)
SIGNS = np.array([-3, 2, 1, -1, 0, 3])
RNG = np.random.default_rng(522)


def training(epochs: int = 10) -> Case:
    """The 1-3-1 net that tells positive from negative numbers, one example at a time, rate 0.1."""
    rng = np.random.default_rng(524)
    x = np.arange(-10, 11, 1.0)[:, None] / 2
    case = mlp_case("n22-training-float64", (1, 3, 1), **SETUP, x=x, target=x > 0, seed=524,
                    weights=lambda _, shape: rng.standard_normal(shape), exempt="the document's own widths and data",
                    flags=("K49", "K50", "K51"), catches="K49: pre-activations that accumulate over calls; K50: one scalar "
                    "added to every weight; K51: a loss on the arg-max")
    return trained(case, Training(optimizer="sgd", steps=len(x) * epochs, learning_rates=(0.1,), batches=one_by_one(len(x))))


CASES = (*in_both_precisions(
    mlp_case("n22-mlp-{dtype}-sine", (1, 21, 21), **SETUP, x=RADIANS[:, None], target=SINE_CLASSES,
             weights=document_weights, seed=520, loss_alone=True, flags=("K48",),
             exempt="the document's own widths, 21 hidden and 21 output units",
             catches="K48: sigmoid without the minus sign; an elementwise product where a matrix product belongs"),
    mlp_case("n22-mlp-{dtype}-signs", (1, 3, 1), **SETUP, x=SIGNS[:, None], target=(SIGNS > 0)[:, None],
             weights=document_weights, seed=521, loss_alone=True,
             exempt="the document's own widths and data: one input, one output",
             catches="pre-activations that accumulate over calls; one scalar added to every weight"),
    mlp_case("n22-mlp-{dtype}-generic", (1, 6, 4), **SETUP, x=RNG.standard_normal((5, 1)), seed=522,
             target=one_hot([0, 3, 2, 1, 3], 4),
             catches="an elementwise product where a matrix product belongs; one scalar added to every weight"),
), training())

NETWORK = Network(
    id="N22", title="Sine as classes, and 1-3-1 for the sign", document="004, sixth question", mistakes=known(48, 52),
    built="One input, 21 hidden and 21 output sigmoid units without biases that stand for the values of sin x; then a 1-3-1 "
          "net that tells positive from negative numbers, one example at a time at rate 0.1.",
    asks="Why the first always answers the same. Its loss is taken on the arg-max, one number is added to every weight, "
         "pre-activations pile up over calls and the sigmoid lacks its minus sign. The second has a delta for each unit.",
    formulas=(NO_BIAS, r"\sigma(z) = \frac{1}{1 + e^{-z}}", HALF_SQUARED, r"\delta_2 = (a_2 - t) \odot a_2 \odot (1 - a_2)",
              r"\delta_1 = (W_2^\top \delta_2) \odot a_1 \odot (1 - a_1)", WEIGHTS_ALONE))
