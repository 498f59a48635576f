"""N10: the GRU of one unit, all weights one; document 002, third question. Its cases stand beside those of GRUs."""

from nnparity.cases.documents.network import Network

NETWORK = Network(
    id="N10", title="GRU of one unit", document="002, third question", mistakes=("K24",),
    built="A Keras GRU with one unit, all weights one and biases zero, on two time steps of one.",
    asks="Why Keras gives 0.2048 and a calculation by hand 0.55. The update gate of Keras and PyTorch keeps the old state; "
         "the calculation lets it replace the old state, a convention that is found as well.",
    formulas=(r"r = \sigma(W_r x + U_r h' + b_r), \quad z = \sigma(W_z x + U_z h' + b_z)",
              r"n = \tanh\left( W_n x + r \odot (U_n h') + b_n \right)", r"h = z \odot h' + (1 - z) \odot n"))
