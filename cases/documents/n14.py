"""N14: dense, ReLU, max-shifted softmax and categorical cross-entropy of document 003, as its classes define them.

Probabilities are clipped to [1e-7, 1 - 1e-7], labels are class numbers or one-hot, the loss is the mean over the batch.
Weights are 0.01 times normal numbers and biases zero, which leaves every probability at 1/K: the generic twins see more.
"""

import numpy as np

from nnparity.cases.case import Layer
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case, normal, one_hot, zeros
from nnparity.cases.documents.network import SOFTMAX, Network

WIDTHS, BATCH = (7, 6, 4), 5
LABELS = np.array([2, 0, 3, 1, 0])
TARGETS = {"sparse": LABELS, "one_hot": one_hot(LABELS, 4)}


def n14_case(point, labels, seed, catches, **options):
    return mlp_case(
        f"n14-mlp-{{dtype}}-{labels}-{point}", WIDTHS, ("relu", "softmax"),
        x=np.random.default_rng(seed).standard_normal((BATCH, 7)), target=TARGETS[labels],
        loss=Layer("categorical_cross_entropy", config={"labels": labels, "clip": "probability"}), seed=seed,
        catches=catches, network="N14", source="document 003, the classes it starts from", **options)


CASES = in_both_precisions(
    *(n14_case("document", labels, 450, weights=normal(0.01), biases=zeros,
               exempt="the document's own initial values: biases of zero",
               catches="initial weights that are not scaled by 0.01") for labels in TARGETS),
    *(n14_case("generic", labels, 451, flags=("K31",),
               catches="K31: softmax derivative reduced to its diagonal; a sum over the batch where a mean is asked "
                       "for; one-hot and class numbers that give different losses") for labels in TARGETS),
    *(n14_case("clipped", labels, 462, weights=normal(2.2),
               catches="a gradient through a probability that the clip holds at 1e-7") for labels in TARGETS),
)

NETWORK = Network(
    id="N14", title="Dense, ReLU, softmax, clipped cross-entropy", document="003, the classes it starts from",
    built="Classes for a dense layer, ReLU, a softmax shifted by its maximum and a cross-entropy on probabilities clipped at "
          "1e-7, for class numbers and one-hot labels, averaged over the batch.",
    asks="Forward only. Its gradient follows from the clip: zero where a probability is held at a bound.",
    formulas=(r"y = x W + b, \quad r = \max(0, y)", SOFTMAX, r"q = \min(\max(a, 10^{-7}), 1 - 10^{-7})",
              r"L = -\frac{1}{N} \sum_i \log q_{i, t_i}",
              r"\frac{\partial L}{\partial a_{ik}} = -\frac{t_{ik}}{N q_{ik}} \; [10^{-7} \leq a_{ik} \leq 1 - 10^{-7}]",
              r"\frac{\partial L}{\partial z_{ik}} = a_{ik} \left( \frac{\partial L}{\partial a_{ik}} - "
              r"\sum_j \frac{\partial L}{\partial a_{ij}} a_{ij} \right)"))
