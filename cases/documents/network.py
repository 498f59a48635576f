r"""What is said about a network of the documents, in words and formulas, and the formulas that several of them share.

In the formulas a is an activation, z a pre-activation, t a target, \delta = dL/dz, x and h column vectors, \sigma the logistic
sigmoid and \odot the elementwise product. A prime on a state means the step before. The mistakes are those of the catalogue.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Network:
    """One network of a document. `formulas` are lines of LaTeX: forward pass, loss, deltas, gradients."""

    id: str  # "N07"
    title: str
    document: str
    built: str
    asks: str  # what the document asks or claims, and the answer
    formulas: tuple[str, ...]
    mistakes: tuple[str, ...] = ()  # "K28"
    # "K28", or the id of an entry that has no number -> what the listing does there, in a sentence
    wrong: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self):
        if strangers := {key for key in self.wrong if key[1:].isdigit()} - {*self.mistakes}:
            raise ValueError(f"{self.id}: {', '.join(sorted(strangers))} explained, but not among its mistakes")


def known(first: int, last: int) -> tuple[str, ...]:
    """K06 to K11."""
    return tuple(f"K{i:02}" for i in range(first, last + 1))


DENSE = r"z_l = W_l\, a_{l-1} + b_l, \quad a_l = f_l(z_l), \quad a_0 = x"
NO_BIAS = r"z_l = W_l\, a_{l-1}, \quad a_l = f_l(z_l), \quad a_0 = x"
HIDDEN_DELTA = r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot f_l'(z_l)"
WEIGHTS = r"\frac{\partial L}{\partial W_l} = \delta_l\, a_{l-1}^\top, \quad \frac{\partial L}{\partial b_l} = \delta_l"
WEIGHTS_ALONE = r"\frac{\partial L}{\partial W_l} = \delta_l\, a_{l-1}^\top"
HALF_SQUARED = r"L = \frac{1}{2} \sum_k (a_k - t_k)^2"
CROSS_ENTROPY = r"L = -\sum_k t_k \log a_k"
SOFTMAX = r"a_k = \frac{e^{z_k - \max z}}{\sum_j e^{z_j - \max z}}"
LSTM_GATES = (r"f = \sigma(W_f [x, h'] + b_f), \quad i = \sigma(W_i [x, h'] + b_i), "
              r"\quad g = \tanh(W_g [x, h'] + b_g), \quad o = \sigma(W_o [x, h'] + b_o)")
