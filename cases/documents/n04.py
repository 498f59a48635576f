"""N04: the MLP of single nodes of document 000, fourth listing. No biases, one of five activations in every layer,
weights U(-0.5, 0.5), half squared error with err = t - a and an update that adds.

The network is handed to the document's function, which takes any; two hidden layers are the least in which a hidden layer
follows another. Its activations are imported: slope and alpha are those of PyTorch here (0.01 and 1).
"""

import numpy as np

from nnparity.cases.case import Layer
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case, uniform
from nnparity.cases.documents.network import HALF_SQUARED, HIDDEN_DELTA, NO_BIAS, WEIGHTS_ALONE, Network

WIDTHS, BATCH = (7, 6, 8, 4), 5

# activation -> what the case exists to expose, and the numbers of it
ACTIVATIONS = {
    "sigmoid": ("the sign of err = t - a with an update that subtracts; the argument's derivative in hidden layers where the "
                "argument is not the sigmoid (K13)", ("K13",)),
    "relu": ("ReLU' taken of the upstream gradient (K07); the sigmoid's derivative in hidden layers, the default of the "
             "document's argument (K13); a bias that is added though the nodes have none", ("K07", "K13")),
    "tanh": ("1 - a² of the pre-activation in place of the output (K12); the sigmoid's derivative in hidden layers (K13)",
             ("K12", "K13")),
    "elu": ("the derivative at the output where the formula is in the pre-activation (K12); the sigmoid's derivative in hidden "
            "layers (K13)", ("K12", "K13")),
    "leaky_relu": ("a slope that is missing in the derivative (K12); the sigmoid's derivative in hidden layers (K13)",
                   ("K12", "K13")),
}


def n04_case(activation, seed, catches, flags):
    rng = np.random.default_rng(seed)
    return mlp_case(
        f"n04-mlp-{{dtype}}-{activation}", WIDTHS, (activation,) * 3, x=rng.standard_normal((BATCH, WIDTHS[0])),
        target=rng.standard_normal((BATCH, WIDTHS[-1])), weights=uniform(-0.5, 0.5), bias={"bias": "none"}, seed=seed,
        loss=Layer("squared_error", config={"scale": "half", "reduction": "sum"}), catches=catches,
        flags=flags, network="N04", source="document 000, fourth listing")


CASES = in_both_precisions(*(n04_case(activation, 404 + i, *about) for i, (activation, about) in enumerate(ACTIVATIONS.items())))

NETWORK = Network(
    id="N04", title="MLP of single nodes", document="000, fourth network", mistakes=("K12", "K13"),
    built="Nodes without biases, all with the same activation (sigmoid, ReLU, tanh, ELU or leaky ReLU), weights "
          "U(-0.5, 0.5), one step of gradient descent after each example.",
    asks="Is backpropagation here right for any of the five activations? The output layer's is: the variable `node`, left "
         "over from the forward loops, is one of its nodes. Hidden layers ask the argument `activation` instead, which is the "
         "sigmoid unless it is given: a network of other nodes needs both told alike. t - a with an update that adds is "
         "descent all the same. All derivatives are given the node's output, which suits all but ELU.",
    wrong={
        "K12": "elu_derivative is given the node's output a where its formula, exp(z), is in the pre-activation: exp(a) "
               "instead of a + 1. Sigmoid and tanh are written for outputs, and ReLU and leaky ReLU see the same sign in "
               "both.",
        "K13": "Hidden layers use the derivative of the argument `activation`, the sigmoid by default, whatever their nodes "
               "compute: a (1 - a) of a tanh is negative for every unit below zero, and of a ReLU for every unit above one."},
    formulas=(NO_BIAS, HALF_SQUARED, r"\delta_L = (a_L - t) \odot f'(z_L)", HIDDEN_DELTA, WEIGHTS_ALONE))
