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


def training(steps: int = 210) -> Case:
    """The 1-3-1 net that tells positive from negative numbers, one example at a time at rate 0.1. The document draws 10,000 whole
    numbers from -3 to 3, both included, and sees each once; 0 counts as negative."""
    rng = np.random.default_rng(524)
    x = rng.integers(-3, 4, (steps, 1)).astype(float)
    case = mlp_case("n22-training-float64", (1, 3, 1), **SETUP, x=x, target=x > 0, seed=524,
                    weights=document_weights, exempt="the document's own widths and data",
                    flags=("K48", "K49", "K50", "K51"), catches="K48: sigmoid without the minus sign; K49: pre-activations that "
                    "accumulate over calls; K50: one scalar added to every weight; K51: a loss on the arg-max")
    return trained(case, Training(optimizer="sgd", steps=steps, learning_rates=(0.1,), batches=one_by_one(steps)))


def sines(examples: int, rng) -> tuple[np.ndarray, np.ndarray]:
    """x from -200 to 200 in tenths, and the class of sin x rounded to tenths: 0 for -1.0, 20 for 1.0."""
    x = rng.integers(-2000, 2001, examples) / 10
    return x, np.rint(10 * np.sin(x)).astype(int) + 10


def sine_training(passes: int = 20, examples: int = 600) -> Case:
    """The net of 21 classes on the document's data with the gradient of the outputs' squared error, one example at a time."""
    rng = np.random.default_rng(525)
    x, classes = sines(examples, rng)
    case = mlp_case("n22-sine_training-float64", (1, 21, 21), **SETUP, x=x[:, None], target=one_hot(classes, 21), seed=525,
                    weights=document_weights, exempt="the document's own widths and data", catches="K51: a loss on the arg-max")
    return trained(case, Training(optimizer="sgd", steps=passes * examples, learning_rates=(0.1,), batches=one_by_one(examples)))


CASES = (*in_both_precisions(
    mlp_case("n22-mlp-{dtype}-sine", (1, 21, 21), **SETUP, x=RADIANS[:, None], target=SINE_CLASSES,
             weights=document_weights, seed=520, loss_alone=True, flags=("K48",),
             exempt="the document's own widths, 21 hidden and 21 output units",
             catches="K48: sigmoid without the minus sign"),
    mlp_case("n22-mlp-{dtype}-signs", (1, 3, 1), **SETUP, x=SIGNS[:, None], target=(SIGNS > 0)[:, None],
             weights=document_weights, seed=521, loss_alone=True, flags=("K49",),
             exempt="the document's own widths and data: one input, one output",
             catches="K49: pre-activations that accumulate over calls; one scalar added to every weight"),
    mlp_case("n22-mlp-{dtype}-generic", (1, 6, 4), **SETUP, x=RNG.standard_normal((5, 1)), seed=522,
             target=one_hot([0, 3, 2, 1, 3], 4),
             catches="an elementwise product where a matrix product belongs; one scalar added to every weight"),
), training())

NETWORK = Network(
    id="N22", title="Sine as classes, and 1-3-1 for the sign", document="004, sixth question", mistakes=known(48, 52),
    built="One input, 21 hidden and 21 output sigmoid units without biases that stand for the values of sin x; then a 1-3-1 "
          "net that tells positive from negative numbers, one example at a time at rate 0.1.",
    asks="Why the first net always answers the same, about 48 times right in 1,000. 48 is 1,000 / 21, what one answer out of 21 "
         "gets. No gradient is computed: at each step one number is added to every weight of both layers. It is never negative, "
         "so all weights climb together until every sigmoid is at its end and one answer, or a few, are left. The author found "
         "the sums that are never set to zero; they are not what makes all weights equal. The second net has a delta for each "
         "unit and works: after 10,000 numbers from -3 to 3 it gives nearly 0 for -10 and nearly 1 for 10. With the gradient of "
         "the outputs the first net does not learn the sine either: one hidden layer of sigmoids of one x bends a few times, "
         "and sin x turns 127 times between -200 and 200.",
    wrong={
        "K48": "1 / (1 + exp(z)): every activation is one minus the sigmoid.",
        "K49": "the output layer's entries are added to and never set to zero. What they begin from is the activation of the "
               "call before, since the sigmoid is stored where the sum was; with the sums kept apart, as the author tells it, "
               "it is all sums so far.",
        "K50": "one number, the loss times a slope times the rate, is added to each of the 462 weights.",
        "K51": "the loss is the squared difference of the answered number and sin x: an arg-max, flat nearly everywhere.",
        "K52": "this one is the answer's: it takes * for a product of matrices that fails. In the posted lines * multiplies "
               "single numbers, inside the loops that make up the product, and is right."},
    formulas=(NO_BIAS, r"\sigma(z) = \frac{1}{1 + e^{-z}}", HALF_SQUARED, r"\delta_2 = (a_2 - t) \odot a_2 \odot (1 - a_2)",
              r"\delta_1 = (W_2^\top \delta_2) \odot a_1 \odot (1 - a_1)", WEIGHTS_ALONE))
