"""N10: the GRU of one unit, all weights one; document 002, third question.

The layer's own cases stand beside those of GRUs (gru-n10-...). Here are the gates and the candidate of its two steps, which the
answer prints: each is a dense layer whose weights are one. Update and reset gate are equal, since their weights are.
"""

import numpy as np

from nnparity.cases.case import Case, Golden, Layer
from nnparity.cases.documents import of_document
from nnparity.cases.documents.network import Network
from nnparity.cases.draw import drawer

HAND = "the answer's hand calculation in document N10"
H1, GATE2 = 0.20482421, 0.769381871687  # what the answer goes on from: the state after step 1, the gates of step 2

# as in the document, from initial values; predict computes in float32
SNIPPET = """\
import keras
import numpy as np

x = np.ones((1, 2, 1))
gru = keras.layers.GRU(
    units=1, activation="tanh", recurrent_activation="sigmoid", use_bias=True,
    kernel_initializer="ones", recurrent_initializer="ones", bias_initializer="zeros",
    return_sequences=True)
model = keras.Sequential([keras.Input((2, 1)), gru])
y = model.predict(x, verbose=0)
print(y.ravel())
"""


def step_case(name, activation, x, figures) -> Case:
    """Both steps as two examples: x is 1 and what the state contributes."""
    draw = drawer(101)
    return Case(
        name=f"n10-{name}-float64", **of_document("N10", "document 002, third question"),
        network=(Layer("dense", config={"activation": activation}),), sizes={"batch": 2, "input": 2, "output": 1},
        params={"kernel": np.ones((2, 1)), "bias": np.zeros(1)}, inputs={"x": np.array(x)}, cotangents={"y": draw(2, 1)},
        catches="the state left out of a gate, or the reset gate out of the candidate",
        exempt="a document's figures: weights one",
        golden=tuple(Golden("y", (step, 0), figure, HAND) for step, figure in enumerate(figures)))


CASES = (step_case("gates", "sigmoid", [[1, 0], [1, H1]], ("0.73105857863", "0.769381871687")),
         step_case("candidate", "tanh", [[1, 0], [1, GATE2 * H1]], ("0.761594155956", "0.8202522791")))

NETWORK = Network(
    id="N10", title="GRU of one unit", document="002, third question", mistakes=("K24",),
    built="A Keras GRU with one unit, all weights one and biases zero, on two time steps of one.",
    asks="Why Keras gives 0.2048 and a calculation by hand 0.55. The update gate of Keras and PyTorch keeps the old state; "
         "the calculation lets it replace the old state, a convention that is found as well.",
    wrong={"K24": "not in the listing, but in the calculation by hand: h = 0.73 · 0.76 + (1 - 0.73) · 0 gives the update gate to "
                  "the candidate. In Keras it belongs to the old state, and 1 - 0.73 to the candidate."},
    formulas=(r"r = \sigma(W_r x + U_r h' + b_r), \quad z = \sigma(W_z x + U_z h' + b_z)",
              r"n = \tanh\left( W_n x + r \odot (U_n h') + b_n \right)", r"h = z \odot h' + (1 - z) \odot n"))
