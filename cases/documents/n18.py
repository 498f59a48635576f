"""N18: the MLP with softmax at every layer of document 004, second question. 784 -> 8/9 of it at each layer -> 10.

The document's delta, (a - t) times a softmax derivative, is the one of half a squared error on softmax outputs if the
derivative is the full Jacobian, and a - t alone is the one of a cross-entropy: both are here. Weights U(-10, 10) saturate
every layer from the start (K35); biases start at zero.
"""

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.cases.documents.mlp import in_both_precisions, mlp_case, normal, one_hot, uniform, zeros
from nnparity.cases.documents.network import DENSE, SOFTMAX, WEIGHTS, Network, known

WIDTHS = (27, 24, 21, 10)  # 8/9 of it at each layer, as in the document, at a size whose derivatives can be counted out
FULL_WIDTHS = (784, 696, 618, 10)  # two hidden layers, as the document runs it
HALF_SQUARED = Layer("squared_error", config={"scale": "half", "reduction": "sum"})
CROSS_ENTROPY = Layer("categorical_cross_entropy", config={"reduction": "sum"})


def pictures(seed, pixels, examples):
    """Grey values from 0 to 1, four fifths of them 0, and a digit for each picture."""
    rng = np.random.default_rng(seed)
    x = np.where(rng.random((examples, pixels)) < 0.8, 0, rng.random((examples, pixels)))
    return dict(x=x, target=one_hot(rng.permutation(10)[:examples], 10), seed=seed, network="N18",
                source="document 004, second network")


def full_width() -> Case:
    """The document's own widths, a million weights: too many for a recording and for the complex step element by element.

    Weights U(-1, 1). Of the document's U(-10, 10) nothing can be compared at this width: the first softmax is nearly one-hot,
    and the gradients of two right implementations differ by 500 epsilons.
    """
    return mlp_case("n18-mlp-float64-full", FULL_WIDTHS, ("softmax",) * 3, **pictures(482, 784, 3), loss=HALF_SQUARED,
                    weights=uniform(-1, 1), biases=normal(0.3), catches="what holds at small sizes only").replaced(group="")


CASES = in_both_precisions(
    mlp_case("n18-mlp-{dtype}-saturated", WIDTHS, ("softmax",) * 3, **pictures(480, 27, 5), loss=HALF_SQUARED,
             weights=uniform(-10, 10), biases=zeros, exempt="the document's own initial values: biases of zero",
             catches="K35: gradients accused though they are right: weights U(-10, 10) saturate every softmax"),
    mlp_case("n18-mlp-{dtype}-half_squared", WIDTHS, ("softmax",) * 3, **pictures(481, 27, 5), loss=HALF_SQUARED,
             weights=normal(1.5), flags=("K31", "K33"),
             catches="K31: softmax derivative reduced to its diagonal; K33: a deeper layer's own derivative left out"),
    mlp_case("n18-mlp-{dtype}-cross_entropy", WIDTHS, ("softmax",) * 3, **pictures(481, 27, 5), loss=CROSS_ENTROPY,
             weights=normal(1.5), flags=("K32",), catches="K32: the delta a - t multiplied by a softmax derivative again"),
)
LARGE = (full_width,)

NETWORK = Network(
    id="N18", title="MLP with softmax at every layer", document="004, second question", mistakes=known(31, 35),
    built="784 pixels, hidden layers of 8/9 of the width before, 10 outputs, softmax everywhere, weights U(-10, 10).",
    asks="Whether f'(z) = f (1 - f) is right for softmax, whether the chain of layers is, and why one hidden layer gets half "
         "of the digits right and more get a tenth. The derivative is only the diagonal of a full Jacobian: each output "
         "depends on every pre-activation. With softmax and a cross-entropy none is needed at the output, where δ = a - t. "
         "The chain is right but for the hidden layers' own derivative. Right gradients alone do not make it learn well: "
         "weights U(-10, 10) on hundreds of inputs make the first softmax nearly one-hot, and a hidden softmax, whose outputs "
         "sum to one, leaves the next layer little to see: with scaled weights it sees next to nothing. Scaled weights, "
         "sigmoid, tanh or ReLU in the hidden layers and softmax at the output alone do. The loops are slow for another "
         "reason: each layer's change walks back from the output by itself, L (L - 1) / 2 products; δ of one layer is δ of "
         "the next one pulled back once, L - 1.",
    wrong={"K31": "deriv_softmax is a (1 - a) in every layer, the diagonal of diag(a) - a aᵀ.",
           "K32": "the output's a - t is multiplied by that derivative: with a cross-entropy it contains it already. (For "
                  "half a squared error a - t is the gradient by a, and to multiply is right, by the whole Jacobian.)",
           "K33": "each hidden layer's change is Wᵀδ times its inputs, without the layer's own derivative; the walk to deeper "
                  "layers includes it. So dL/dx would be right, and the weights and biases of all hidden layers are not.",
           "K34": "exp without the shift by the largest pre-activation: above 709 exp is infinite and the output nan. At the "
                  "start pre-activations are smaller, and nothing keeps them so.",
           "K35": "weights U(-10, 10) on 784 inputs: the first softmax gives nearly everything to one unit, whatever the "
                  "picture."},
    formulas=(DENSE, SOFTMAX, r"\frac{\partial a_i}{\partial z_j} = a_i ([i = j] - a_j)",
              r"\delta_l = a_l \odot \left( d_l - \sum_k d_{l,k}\, a_{l,k} \right), \quad d_l = W_{l+1}^\top \delta_{l+1}",
              r"d_L = a_L - t \;\;\mathrm{(half\ squared\ error)}, \quad \delta_L = a_L - t \;\;\mathrm{(cross\ entropy)}",
              WEIGHTS))
