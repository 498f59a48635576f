r"""The networks of the documents, in words and formulas. Data only; the questions about them are the cases with their id.

In the formulas a is an activation, z a pre-activation, t a target, \delta = dL/dz, x and h column vectors, \sigma the logistic
sigmoid and \odot the elementwise product. A prime on a state means the step before. The mistakes are those of the catalogue.
"""

from dataclasses import dataclass


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

_ALL = (
    Network(
        id="N01", title="Convolutional layer with ReLU", document="000, first question", mistakes=known(1, 5),
        built="One valid convolution: several square filters over the channels of an image, then ReLU, and its backward pass for "
              "a given upstream gradient.",
        asks="Posted as working code, and not right: the upstream gradient is overwritten, the kernel gradient is taken with the "
             "output, and each filter sees one channel only. Both gradients are correlations with the upstream gradient at z.",
        formulas=(r"z_{k,i,j} = b_k + \sum_c \sum_{u,v} K_{k,c,u,v}\, x_{c,i+u,j+v}, \quad y = \max(z, 0)",
                  r"\delta_{k,i,j} = \frac{\partial L}{\partial y_{k,i,j}} \; [z_{k,i,j} > 0]",
                  r"\frac{\partial L}{\partial K_{k,c,u,v}} = \sum_{i,j} \delta_{k,i,j}\, x_{c,i+u,j+v}",
                  r"\frac{\partial L}{\partial x_{c,m,n}} = \sum_k \sum_{u,v} K_{k,c,u,v}\, \delta_{k,m-u,n-v}")),
    Network(
        id="N02", title="MLP with ReLU and softmax", document="000, second network",
        built="Any number of ReLU layers and a softmax output, one example at a time as a column vector.",
        asks="Correct as posted: softmax and cross-entropy together leave the output delta a - t, and no softmax derivative "
             "belongs there any more.",
        formulas=(DENSE, SOFTMAX, CROSS_ENTROPY, r"\delta_L = a_L - t", HIDDEN_DELTA, WEIGHTS)),
    Network(
        id="N03", title="LSTM with a ReLU head and softmax", document="000, third network", mistakes=known(6, 11),
        built="An LSTM on the concatenation of input and state, a dense ReLU layer on its state and a dense softmax layer on "
              "that, at every time step.",
        asks="One step of its backward pass through time. It adds the states h and c where the gradients of the next step "
             "belong, and takes the head's gradients at the wrong values.",
        formulas=(LSTM_GATES, r"c = f \odot c' + i \odot g, \quad h = o \odot \tanh(c)",
                  r"r = \max(W_r h + b_r, 0), \quad a = \mathrm{softmax}(W_k r + b_k)",
                  r"L = -\sum_s \sum_k t_{s,k} \log a_{s,k} \;\;\mathrm{(time\ steps\ s)}",
                  r"dh = W_r^\top \left( (W_k^\top (a - t)) \odot [r > 0] \right) + dh_{\mathrm{next}}",
                  r"dc = dh \odot o \odot (1 - \tanh^2 c) + dc_{\mathrm{next}}, \quad dc' = dc \odot f",
                  r"[dx, dh'] = W_f^\top \delta_f + W_i^\top \delta_i + W_g^\top \delta_g + W_o^\top \delta_o")),
    Network(
        id="N04", title="MLP of single nodes", document="000, fourth network", mistakes=("K12", "K13"),
        built="Nodes without biases, all with the same activation (sigmoid, ReLU, tanh, ELU or leaky ReLU), weights "
              "U(-0.5, 0.5), one step of gradient descent after each example.",
        asks="The error is t - a and the update adds, which is descent all the same. The derivatives take the node's output, "
             "which suits all but ELU, whose derivative is then taken at the wrong point.",
        formulas=(NO_BIAS, HALF_SQUARED, r"\delta_L = (a_L - t) \odot f'(z_L)", HIDDEN_DELTA, WEIGHTS_ALONE)),
    Network(
        id="N05", title="MLP of single nodes, with momentum", document="000, fifth network", mistakes=known(14, 16),
        built="The network of N04 trained with a velocity of beta = 0.903 and bias correction.",
        asks="Its velocity starts from zero at every example, is kept on deltas and is corrected with the exponent t + 1; a "
             "velocity belongs to each weight gradient and carries over.",
        formulas=(NO_BIAS, HALF_SQUARED, r"\delta_L = (a_L - t) \odot f'(z_L)", HIDDEN_DELTA, WEIGHTS_ALONE,
                  r"v_t = \beta v_{t-1} + (1 - \beta) \frac{\partial L}{\partial W}, \quad v_0 = 0",
                  r"W_{t+1} = W_t - \eta\, \frac{v_t}{1 - \beta^t}")),
    Network(
        id="N06", title="LSTM with a hidden filter gate, truncated BPTT", document="001, first and third to fifth examples",
        mistakes=known(17, 20),
        built="An LSTM whose output gate is called the hidden filter, with separate input and recurrent matrices, selectable "
              "activations, a linear map and an activation at the output, and gradients over a window of time steps.",
        asks="The path back through the hidden filter lacks its recurrent matrix and its share of the input gradient. The "
             "truncated gradient differs from the full one by design, and is exact for its own definition.",
        formulas=(r"F = \sigma(W_f x + U_f H' + b_f), \quad I = \sigma(W_i x + U_i H' + b_i)",
                  r"C = f_0(z_c), \quad z_c = W_c x + U_c H' + b_c, \quad H_f = \sigma(W_{hf} x + U_{hf} H' + b_{hf})",
                  r"S = F \odot S' + I \odot C, \quad H = H_f \odot f_1(S), \quad O = f_2(W_o H)",
                  r"dH = W_o^\top (dO \odot f_2'(W_o H)) + dH_{\mathrm{next}}, \quad "
                  r"dS = dH \odot H_f \odot f_1'(S) + dS_{\mathrm{next}}",
                  r"\delta_{hf} = dH \odot f_1(S) \odot H_f \odot (1 - H_f), \quad \delta_c = dS \odot I \odot f_0'(z_c)",
                  r"\delta_i = dS \odot C \odot I \odot (1 - I), \quad \delta_f = dS \odot S' \odot F \odot (1 - F)",
                  r"dH' = U_{hf}^\top \delta_{hf} + U_c^\top \delta_c + U_i^\top \delta_i + U_f^\top \delta_f",
                  r"dx = W_{hf}^\top \delta_{hf} + W_c^\top \delta_c + W_i^\top \delta_i + W_f^\top \delta_f",
                  r"dS' = dS \odot F")),
    Network(
        id="N07", title="MLP with sigmoid everywhere", document="001, second example",
        built="Sigmoid layers of any number with biases, half squared error, one example at a time.",
        asks="Correct as posted: with a squared error the derivative of the output's sigmoid stays in the delta.",
        formulas=(DENSE, HALF_SQUARED, r"\delta_L = (a_L - t) \odot a_L \odot (1 - a_L)",
                  r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot a_l \odot (1 - a_l)", WEIGHTS)),
    Network(
        id="N08", title="3-4-1 sigmoid net on XOR", document="002, first question", mistakes=("K21",),
        built="Two sigmoid layers without biases on the four points of XOR with a third input of one; 60,000 steps on the full "
              "batch at rate 0.5.",
        asks="Why the hidden delta goes through the output weights and not through the hidden outputs. Because z_2 = l_1 S_1 "
             "has the derivative S_1 with respect to l_1; the derivative with respect to S_1 is l_1, for the weight gradient.",
        formulas=(r"l_1 = \sigma(X S_0), \quad l_2 = \sigma(l_1 S_1)", r"L = \frac{1}{2} \sum (l_2 - t)^2",
                  r"\delta_2 = (l_2 - t) \odot l_2 \odot (1 - l_2)", r"\delta_1 = (\delta_2 S_1^\top) \odot l_1 \odot (1 - l_1)",
                  r"\frac{\partial L}{\partial S_1} = l_1^\top \delta_2, \quad "
                  r"\frac{\partial L}{\partial S_0} = X^\top \delta_1")),
    Network(
        id="N09", title="Linear regression", document="002, second question", mistakes=("K22", "K23"),
        built="A straight line fitted to 100 noisy points of 2 x + 3 by one step per point at rate 0.01, and a surface plot.",
        asks="How to draw the path of the descent. The axes of the surface are m and c, its height is the loss, and the path "
             "joins the iterates (m, c); the fit is m = 2 and c = 3.5, since the noise U(0, 1) has mean 0.5.",
        formulas=(r"L(m, c) = (m x + c - y)^2",
                  r"\frac{\partial L}{\partial m} = 2 x\, (m x + c - y), \quad "
                  r"\frac{\partial L}{\partial c} = 2\, (m x + c - y)")),
    Network(
        id="N10", title="GRU of one unit", document="002, third question", mistakes=("K24",),
        built="A Keras GRU with one unit, all weights one and biases zero, on two time steps of one.",
        asks="Why Keras gives 0.2048 and a calculation by hand 0.55. The update gate of Keras and PyTorch keeps the old state; "
             "the calculation lets it replace the old state, a convention that is found as well.",
        formulas=(r"r = \sigma(W_r x + U_r h' + b_r), \quad z = \sigma(W_z x + U_z h' + b_z)",
                  r"n = \tanh\left( W_n x + r \odot (U_n h') + b_n \right)", r"h = z \odot h' + (1 - z) \odot n")),
    Network(
        id="N11", title="One weight", document="002, fourth question", mistakes=("K25",),
        built="The square of w x - y at x = 2, y = 2, w = 3, differentiated by PyTorch.",
        asks="Why the gradient is 16 and not 8. The derivative of the square is 2 (w x - y) = 8, and the chain rule multiplies "
             "by the derivative of w x, which is x = 2.",
        formulas=(r"L = (w x - y)^2", r"\frac{\partial L}{\partial w} = 2\, (w x - y)\, x = 2 \cdot (6 - 2) \cdot 2 = 16")),
    Network(
        id="N12", title="2-2-1 sigmoid net in scalars", document="002, fifth question", mistakes=("K26",),
        built="Two inputs from 0 to 100, two hidden units and one output, each weight and each derivative a line of its own.",
        asks="What is wrong with the backpropagation. Nothing: its gradients are right to the last digits. The inputs are not "
             "scaled, so the hidden units saturate and their derivatives vanish.",
        formulas=(r"h_1 = \sigma(w_0 x + w_1 y + b_0), \quad h_2 = \sigma(w_2 x + w_3 y + b_1)",
                  r"o = \sigma(w_4 h_1 + w_5 h_2 + b_2), \quad L = \frac{1}{2} (t - o)^2", r"\delta = (o - t)\, o\, (1 - o)",
                  r"\frac{\partial L}{\partial w_4} = \delta h_1, \quad "
                  r"\frac{\partial L}{\partial w_0} = \delta w_4 h_1 (1 - h_1) x, \quad "
                  r"\frac{\partial L}{\partial b_2} = \delta")),
    Network(
        id="N13", title="Digit classifier with sigmoid outputs", document="002, sixth question", mistakes=("K27",),
        built="One hidden layer of 10 sigmoid units and 9 sigmoid outputs on black and white pixels, the bias as the weight of a "
              "leading 1, weights U(0, 1).",
        asks="Why every prediction is the same. The gradients are right; all-positive weights saturate every hidden unit, so the "
             "outputs depend on the biases alone and learn the frequency of each digit.",
        formulas=(r"a_2 = \sigma(\Theta_1 [1; x]), \quad h = \sigma(\Theta_2 [1; a_2])",
                  r"J = -\frac{1}{m} \sum_{i,k} \left( y_{ik} \log h_{ik} + (1 - y_{ik}) \log(1 - h_{ik}) \right)",
                  r"\delta_3 = h - y, \quad \delta_2 = \Theta_2^\top \delta_3 \odot [1; a_2] \odot (1 - [1; a_2])",
                  r"\frac{\partial J}{\partial \Theta_2} = \frac{1}{m} \delta_3 [1; a_2]^\top, \quad "
                  r"\frac{\partial J}{\partial \Theta_1} = \frac{1}{m} \delta_{2, 1:} [1; x]^\top")),
    Network(
        id="N14", title="Dense, ReLU, softmax, clipped cross-entropy", document="003, the classes it starts from",
        built="Classes for a dense layer, ReLU, a softmax shifted by its maximum and a cross-entropy on probabilities clipped at "
              "1e-7, for class numbers and one-hot labels, averaged over the batch.",
        asks="Forward only. Its gradient follows from the clip: zero where a probability is held at a bound.",
        formulas=(r"y = x W + b, \quad r = \max(0, y)", SOFTMAX, r"q = \min(\max(a, 10^{-7}), 1 - 10^{-7})",
                  r"L = -\frac{1}{N} \sum_i \log q_{i, t_i}",
                  r"\frac{\partial L}{\partial a_{ik}} = -\frac{t_{ik}}{N q_{ik}} \; [10^{-7} \leq a_{ik} \leq 1 - 10^{-7}]",
                  r"\frac{\partial L}{\partial z_{ik}} = a_{ik} \left( \frac{\partial L}{\partial a_{ik}} - "
                  r"\sum_j \frac{\partial L}{\partial a_{ij}} a_{ij} \right)")),
    Network(
        id="N15", title="One neuron with ReLU", document="003, a single neuron",
        built="Three inputs, one ReLU neuron, its square as the loss, 200 steps at rate 0.001 with every loss printed.",
        asks="A table of 200 losses and the final weights. All digits come out if each dot product is computed in float64 and "
             "rounded to float32; pure float64 leaves the table at the second loss, by 3e-6.",
        formulas=(r"a = \max(w \cdot x + b, 0), \quad L = a^2",
                  r"\frac{\partial L}{\partial w} = 2 a\, [w \cdot x + b > 0]\, x, \quad "
                  r"\frac{\partial L}{\partial b} = 2 a\, [w \cdot x + b > 0]",
                  r"w \leftarrow w - 0.001\, \frac{\partial L}{\partial w}")),
    Network(
        id="N16", title="One layer of three neurons", document="003, a layer",
        built="Three ReLU neurons on four inputs, the square of their sum as the loss, 200 steps at rate 0.001, run twice with "
              "two forms of the weight gradient.",
        asks="That the weight gradient is the same column for every neuron: true for this loss, where every living neuron has "
             "dL/da = 2 y, and not in general. The two runs differ from the eighth digit on by float32 rounding of products.",
        formulas=(r"z = W x + b, \quad a = \max(z, 0), \quad y = \sum_i a_i, \quad L = y^2", r"\delta_i = 2 y\, [z_i > 0]",
                  r"\frac{\partial L}{\partial W} = \delta\, x^\top, \quad \frac{\partial L}{\partial b} = \delta, \quad "
                  r"\frac{\partial L}{\partial x} = W^\top \delta")),
    Network(
        id="N17", title="MLP of any depth", document="004, first question", mistakes=known(28, 30),
        built="Layers added one by one with ReLU, sigmoid, tanh, softmax or linear activation, weights U(-0.001, 0.001), and a "
              "backward pass that stops at the squared error.",
        asks="How to go on from the error. Differentiate the loss first, 2 (a - t) / n, then multiply by f'(z), for softmax "
             "by its Jacobian, and by the transposed weights, layer by layer. The squared error itself is no gradient.",
        formulas=(DENSE, r"L = \frac{1}{n} \sum (a_L - t)^2", r"\frac{\partial L}{\partial a_L} = \frac{2}{n} (a_L - t)",
                  r"\delta_L = \frac{\partial L}{\partial a_L} \odot f_L'(z_L)", HIDDEN_DELTA, WEIGHTS,
                  r"\tanh'(z) = \frac{\cosh^2 z - \sinh^2 z}{\cosh^2 z} = 1 - \tanh^2 z")),
    Network(
        id="N18", title="MLP with softmax at every layer", document="004, second question", mistakes=known(31, 35),
        built="784 pixels, hidden layers of 8/9 of the width before, 10 outputs, softmax everywhere, weights U(-10, 10).",
        asks="Whether f'(z) = f (1 - f) is right for softmax. That is only the diagonal of a full Jacobian: each output depends "
             "on every pre-activation. The weights saturate every layer, and softmax suits the output alone.",
        formulas=(DENSE, SOFTMAX, r"\frac{\partial a_i}{\partial z_j} = a_i ([i = j] - a_j)",
                  r"\delta_l = a_l \odot \left( d_l - \sum_k d_{l,k}\, a_{l,k} \right), \quad d_l = W_{l+1}^\top \delta_{l+1}",
                  r"d_L = a_L - t \;\;\mathrm{(half\ squared\ error)}, \quad \delta_L = a_L - t \;\;\mathrm{(cross\ entropy)}",
                  WEIGHTS)),
    Network(
        id="N19", title="Sigmoid layers of slope beta, softmax, squared error", document="004, third question",
        mistakes=known(36, 38),
        built="Two sigmoid hidden layers whose bias is the weight of an input of -1, a softmax output, half the summed squared "
              "error, momentum.",
        asks="Why a changed softmax derivative trains. Neither is the derivative: the first sums Jacobian rows, which gives "
             "zero, the second takes the softmax of a softmax and keeps the diagonal, which at least has the sign of the error.",
        formulas=(r"a_l = \sigma(\beta\, W_l [a_{l-1}; -1]), \quad a_L = \mathrm{softmax}(W_L [a_{L-1}; -1])",
                  r"L = \frac{1}{2} \sum (a_L - t)^2, \quad e = a_L - t",
                  r"\delta_L = a_L \odot \left( e - \sum_k e_k\, a_{L,k} \right)",
                  r"\delta_l = \beta\, (V_{l+1}^\top \delta_{l+1}) \odot a_l \odot (1 - a_l), \quad W_l = [V_l, b_l]",
                  r"\frac{\partial L}{\partial W_l} = \delta_l [a_{l-1}; -1]^\top")),
    Network(
        id="N20", title="XOR net 2-2-2 with softmax", document="004, fourth question", mistakes=known(39, 45),
        built="A sigmoid hidden layer and a softmax output with the bias in the last column of each weight matrix, "
              "cross-entropy, a numerical check of the gradient; then the same written out step by step.",
        asks="Why analytic and numerical gradient differ, and why the second form does not learn. The list of activations is "
             "shifted by one, layer inputs are off by one, the loss has a factor 1/N that the gradient has not, and the second "
             "form multiplies each update by the weights.",
        formulas=(r"a_1 = \sigma(W_1 [x; 1]), \quad a_2 = \mathrm{softmax}(W_2 [a_1; 1])", CROSS_ENTROPY,
                  r"\delta_2 = a_2 - t, \quad \delta_1 = (V_2^\top \delta_2) \odot a_1 \odot (1 - a_1), \quad W_2 = [V_2, b_2]",
                  r"\frac{\partial L}{\partial W_2} = \delta_2 [a_1; 1]^\top, \quad "
                  r"\frac{\partial L}{\partial W_1} = \delta_1 [x; 1]^\top")),
    Network(
        id="N21", title="ReLU net 7-2, and 7-10-2 with leaky ReLU", document="004, fifth question", mistakes=("K46", "K47"),
        built="One ReLU layer without biases; in the answer two leaky ReLU layers of slope 0.0001 with biases.",
        asks="Why the cost explodes or stands still. It is summed over a large data set, so the gradient grows with the data; "
             "and a ReLU that is negative for every example has no gradient. Take the mean or a smaller rate, a slope, biases.",
        formulas=(NO_BIAS, r"f(z) = z\, [z > 0] + s\, z\, [z \leq 0], \quad s = 0 \;\;\mathrm{or}\;\; 0.0001",
                  r"L = \frac{1}{2} \sum (a_L - t)^2 \;\;\mathrm{or}\;\; \frac{1}{2n} \sum (a_L - t)^2",
                  r"\delta_L = (a_L - t) \odot f'(z_L)", HIDDEN_DELTA, WEIGHTS)),
    Network(
        id="N22", title="Sine as classes, and 1-3-1 for the sign", document="004, sixth question", mistakes=known(48, 52),
        built="One input, 21 hidden and 21 output sigmoid units without biases that stand for the values of sin x; then a 1-3-1 "
              "net that tells positive from negative numbers, one example at a time at rate 0.1.",
        asks="Why the first always answers the same. Its loss is taken on the arg-max, one number is added to every weight, "
             "pre-activations pile up over calls and the sigmoid lacks its minus sign. The second has a delta for each unit.",
        formulas=(NO_BIAS, r"\sigma(z) = \frac{1}{1 + e^{-z}}", HALF_SQUARED, r"\delta_2 = (a_2 - t) \odot a_2 \odot (1 - a_2)",
                  r"\delta_1 = (W_2^\top \delta_2) \odot a_1 \odot (1 - a_1)", WEIGHTS_ALONE)),
)

NETWORKS: dict[str, Network] = {network.id: network for network in _ALL}
