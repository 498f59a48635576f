"""N21: the ReLU net of document 004, fifth question, 7-2 without biases, and its answer's 7-10-2 with leaky ReLU of slope 0.0001
in both layers and biases.

Weights U(-1, 1), the answer's biases U(0, 1), inputs U(0, 1). The question sums half squared errors over a large data set, so
that its gradient grows with it (K46); the second answer takes the mean of the printed cost, which no derivative uses. A ReLU
whose input is negative for every example has no gradient for ever (K47): one of the two outputs of the second case.
"""

from typing import Any

import numpy as np

from nnparity.cases.case import Case, Layer, Training
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case, trained, uniform
from nnparity.cases.documents.network import HIDDEN_DELTA, NO_BIAS, WEIGHTS, Network

BATCH = 11
RNG = np.random.default_rng(510)
X = RNG.uniform(0, 1, (BATCH, 7))
QUESTION: dict[str, Any] = dict(widths=(7, 2), activations=("relu",), x=X, target=RNG.uniform(0, 1, (BATCH, 2)),
                                bias={"bias": "none"}, network="N21", source="document 004, fifth network")
LEAKY: dict[str, Any] = {"activation": "leaky_relu", "slope": 0.0001}
ANSWER: dict[str, Any] = dict(widths=(7, 10, 2), activations=(LEAKY, LEAKY), x=X, weights=uniform(-1, 1), biases=uniform(0, 1),
                              target=np.column_stack([np.sin(X).sum(1), np.cos(X).sum(1)]),
                              network="N21", source="document 004, fifth network, the answer")
SUM, MEAN = (Layer("squared_error", config={"scale": "half", "reduction": reduction}) for reduction in ("sum", "mean"))


def one_dead(rng, shape):
    """The second unit has negative weights only, and the inputs are positive."""
    kernel = rng.uniform(-1, 1, shape)
    return kernel * [1, 0] - np.abs(kernel) * [0, 1]


def training(steps: int = 60) -> Case:
    """The answer's 7-10-2 net with leaky ReLU, mean loss, full batch at rate 0.1."""
    case = mlp_case("n21-training-float64", **ANSWER, seed=513, loss=MEAN, flags=("K46",),
                    catches="K46: a rate that a summed loss blows up")
    return trained(case, Training(optimizer="sgd", steps=steps, learning_rates=(0.1,)))


def question(examples: int = 1000, activation: str = "relu", seed: int = 514) -> Case:
    """The question's net and loss on a large data set of its kind: inputs and targets U(0, 1)."""
    rng = np.random.default_rng(seed)
    data = {"x": rng.random((examples, 7)), "target": rng.random((examples, 2)), "activations": (activation,)}
    return mlp_case("n21-question-float64", **QUESTION | data, weights=uniform(-1, 1), seed=seed, loss=SUM, loss_alone=True,
                    exempt="the document's own data", catches="K46: the gradient of a large data set's sum")


def answer(examples: int = 1000, seed: int = 517) -> Case:
    """The answer's net, loss and data: the sums of the sines and of the cosines of seven numbers."""
    x = np.random.default_rng(seed).random((examples, 7))
    target = np.column_stack([np.sin(x).sum(1), np.cos(x).sum(1)])
    return mlp_case("n21-answer-float64", **ANSWER | {"x": x, "target": target}, seed=seed, loss=SUM, loss_alone=True,
                    exempt="the document's own data", catches="K46: the gradient of a large data set's sum")


def answer_training(steps: int = 2000) -> Case:
    """The answer's loop on its 1,000 examples, summed, at its rate."""
    case = answer().replaced(name="n21-answer_training-float64", catches="K46: a sum over 1,000 examples, whose rate is 0.00001")
    return trained(case, Training(optimizer="sgd", steps=steps, learning_rates=(1e-5,)))


CASES = (*in_both_precisions(
    mlp_case("n21-relu-{dtype}-sum", **QUESTION, weights=uniform(-1, 1), seed=516, loss=SUM,
             catches="ReLU' at the output in place of the pre-activation; a mean where the document has a sum"),
    mlp_case("n21-relu-{dtype}-dead", **QUESTION, weights=one_dead, seed=511, loss=SUM,
             catches="K47: a gradient through a unit that is negative for every example"),
    mlp_case("n21-leaky-{dtype}-sum", **ANSWER, seed=512, loss=SUM,
             catches="a derivative of zero below zero, where the slope belongs"),
    mlp_case("n21-leaky-{dtype}-mean", **ANSWER, seed=513, loss=MEAN,
             catches="a loss summed over the data set where the mean is asked for"),
), training())

NETWORK = Network(
    id="N21", title="ReLU net 7-2, and 7-10-2 with leaky ReLU", document="004, fifth question", mistakes=("K46", "K47"),
    built="One ReLU layer without biases; in the answer two leaky ReLU layers of slope 0.0001 with biases.",
    asks="Why the cost rises to infinity, and why with ReLU it stands still where it falls with a sigmoid. The derivative is "
         "right; it is a sum over all examples, and a step of 0.01 times a sum over 1,000 is as long as a step of 10 times the "
         "mean. It carries the weights so far that no example makes an output positive, and from there no gradient leads back. "
         "With a sigmoid the steps are a fraction of that, since its outputs stay below 1 and its slope below 1/4, and a slope "
         "is left wherever they lead. Of what is advised, it is the rate that helps, as small as the data set is large: the "
         "answer's listing has 0.00001. Its slope and its biases alone do not help, the mean in the printed cost does nothing, "
         "and halving the rate saves most outputs only if the step that failed is taken back.",
    wrong={
        "K46": "the cost and the delta (a - t) ReLU'(z) are summed over the data set. The mean belongs in the derivative, or its "
               "1 / n in the rate; the last answer puts it into the cost, which is only printed.",
        "K47": "this is no line of the code, it is what K46 leads to: an output that is zero for every example gets no "
               "gradient."},
    formulas=(NO_BIAS, r"f(z) = z\, [z > 0] + s\, z\, [z \leq 0], \quad s = 0 \;\;\mathrm{or}\;\; 0.0001",
              r"L = \frac{1}{2} \sum (a_L - t)^2 \;\;\mathrm{or}\;\; \frac{1}{2n} \sum (a_L - t)^2",
              r"\delta_L = (a_L - t) \odot f'(z_L)", HIDDEN_DELTA, WEIGHTS))
