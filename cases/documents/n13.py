"""N13: the digit classifier of document 002, sixth question. One hidden layer of 10, ten sigmoid outputs, the bias as the weight
of a leading 1, weights U(0, 1), binary cross-entropy summed over the outputs and divided by m; 10,000 steps on all pictures at
rate 1.

The gradients are right. The document's six figures are k/1593 with k = 161, 162, 159, ..., 158, 155, 158: the numbers of
pictures of ten digits in the UCI "semeion" set, 1,593 pictures of 16 x 16 black and white pixels. (That the document used it is
an inference from these figures; the document speaks of labels 1 to 9, and names no number of pixels.) All-positive weights
drive every hidden unit to 1 (K27), whatever the picture: with a hundred pixels of ink a pre-activation is about 50, and from
37 on a sigmoid is 1 to the last bit of a float64. Its derivative is 0, Θ1 never moves, every picture gives the same answer,
and each output learns how frequent its digit is. Any pictures of these class counts give these figures (digits.py). Centred
weights are the remedy.

Among the cases with random pixels, 16 saturate enough to be seen. With some more, h only comes close to 1 and h (1 - h) is
rounding error in every implementation: at 36 pixels the right gradients of two implementations already differ by 450
epsilons.
"""

from typing import Any

import numpy as np

from nnparity.cases.case import Case, Golden, Layer, Training
from nnparity.cases.documents.digits import COUNTS, pictures
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case, one_hot, trained, uniform
from nnparity.cases.documents.network import Network

CLASSES, HIDDEN, EXAMPLES = len(COUNTS), 10, 5
SETUP: dict[str, Any] = dict(bias={"bias": "kernel_first_row"}, network="N13", source="document 002, sixth network",
                             loss=Layer("binary_cross_entropy", config={"reduction": "batch_mean"}))
DEEP = {**SETUP, "activations": ("sigmoid", "sigmoid")}
PRINTED = "predictions printed in document N13"
PRINTED_FIGURES = {0: "0.10106717", 1: "0.10169492", 2: "0.09981168", 7: "0.09918393", 8: "0.09730069", 9: "0.09918393"}


def training(low: float = 0.0, high: float = 1.0, steps: int = 10_000) -> Case:
    """The document's training on all 1,593 pictures, from weights U(low, high). One step takes about 2 ms."""
    x, digits = pictures()
    case = mlp_case("n13-training-float64-pictures", (x.shape[1], HIDDEN, CLASSES), **DEEP, x=x, target=one_hot(digits, CLASSES),
                    weights=uniform(low, high), seed=447, exempt="the document's own widths: ten hidden units, ten outputs",
                    catches="K27: gradients accused though they are right: what is wrong are the all-positive weights")
    return trained(case, Training(optimizer="sgd", steps=steps, learning_rates=(1.0,)))


def saturated_training(steps: int = 100) -> Case:
    """What is left of that training where every hidden unit is exactly 1: ten outputs that see ones.

    One example stands for all: they give the same output h, and J is linear in the targets, so that the mean over all of them is
    J at their mean, the frequency of each digit. The path of J and of Θ2 is that of the whole training.
    """
    case = mlp_case("n13-training-float64", (HIDDEN, CLASSES), activations=("sigmoid",), **SETUP, x=np.ones((1, HIDDEN)),
                    target=[frequencies()], weights=lambda *_: training(steps=1).params["dense_2/kernel"], seed=447,
                    exempt="what the document's network is once it is saturated",
                    catches="a gradient of the bias row that is not that of a weight whose input is one")
    return trained(case, Training(optimizer="sgd", steps=steps, learning_rates=(1.0,)))


def frequencies() -> np.ndarray:
    """How frequent each digit is, k/1593."""
    return np.array(COUNTS) / sum(COUNTS)


def figures() -> Case:
    """One picture of each digit, at the weights where the training ends: Θ1 as it was drawn, and in Θ2 every weight of an output
    moved by the same amount, to where the sigmoid of their sum is the frequency. (That it ends there is tested.)"""
    start, (x, digits) = training(steps=1), pictures()
    first = np.searchsorted(digits, np.arange(CLASSES))
    theta_2, p = start.params["dense_2/kernel"], frequencies()
    ended = theta_2 + (np.log(p / (1 - p)) - theta_2.sum(0)) / len(theta_2)
    case = mlp_case("n13-mlp-float64-figures", (x.shape[1], HIDDEN, CLASSES), **DEEP, x=x[first], target=np.eye(CLASSES),
                    seed=447, exempt="a document's figures: ten hidden units, ten outputs, weights where a training ends",
                    catches="K27: gradients accused though they are right: those of saturated units are zero",
                    golden=tuple(Golden("y", (0, k), figure, PRINTED) for k, figure in PRINTED_FIGURES.items()))
    return case.replaced(params={"dense_1/kernel": start.params["dense_1/kernel"], "dense_2/kernel": ended},
                         zeros=frozenset({"dense_1/kernel", "x"}))


def random_pixels(seed, n):
    """Pixels of 0 and 1, half of each on average, and a digit for each picture."""
    rng = np.random.default_rng(seed)
    return dict(x=rng.integers(0, 2, (EXAMPLES, n)), seed=seed, target=one_hot(rng.permutation(CLASSES)[:EXAMPLES], CLASSES))


CASES = (*in_both_precisions(
    mlp_case("n13-mlp-{dtype}-positive", (16, HIDDEN, CLASSES), **DEEP, **random_pixels(445, 16), weights=uniform(0, 1),
             exempt="the document's own widths: ten hidden units, ten outputs",
             catches="K27: gradients accused though they are right: what is wrong are the all-positive weights"),
    mlp_case("n13-mlp-{dtype}-generic", (13, 7, CLASSES), **DEEP, **random_pixels(446, 13), weights=uniform(-0.5, 0.5),
             catches="the row of the bias not taken out of the hidden delta; the sum divided by m K in place of m"),
), figures(), saturated_training())

NETWORK = Network(
    id="N13", title="Digit classifier with sigmoid outputs", document="002, sixth question", mistakes=("K27",),
    built="One hidden layer of 10 sigmoid units and one sigmoid output for each digit, on black and white pixels; the bias as "
          "the weight of a leading 1, weights U(0, 1), 10,000 steps on all pictures at rate 1.",
    asks="Why the predictions of all pictures are exactly the same, and all of them say 2. The gradients are right. The printed "
         "predictions are how frequent each digit is: 161, 162, 159, ..., 158, 155 and 158 of 1,593 pictures. All-positive "
         "weights drive every hidden unit to 1 whatever the picture, so the outputs see no picture, and the best they can do is "
         "the frequency; the second digit has the most pictures. Weights around zero are the remedy.",
    wrong={"K27": "theta1 and theta2 are drawn from U(0, 1): the hundred black pixels of a picture add up to a pre-activation of "
                  "about 50, where a sigmoid is 1 and its derivative 0."},
    formulas=(r"a_2 = \sigma(\Theta_1 [1; x]), \quad h = \sigma(\Theta_2 [1; a_2])",
              r"J = -\frac{1}{m} \sum_{i,k} \left( y_{ik} \log h_{ik} + (1 - y_{ik}) \log(1 - h_{ik}) \right)",
              r"\delta_3 = h - y, \quad \delta_2 = \Theta_2^\top \delta_3 \odot [1; a_2] \odot (1 - [1; a_2])",
              r"\frac{\partial J}{\partial \Theta_2} = \frac{1}{m} \delta_3 [1; a_2]^\top, \quad "
              r"\frac{\partial J}{\partial \Theta_1} = \frac{1}{m} \delta_{2, 1:} [1; x]^\top",
              r"a_2 = 1 \;\Rightarrow\; \delta_{2, 1:} = 0, \quad "
              r"\frac{\partial J}{\partial \Theta_{2,k}} = \left( h_k - \frac{n_k}{m} \right) [1; 1] = 0 "
              r"\;\mathrm{at}\; h_k = \frac{n_k}{m}"))
