"""The LSTM's conventions: biases, activations, peepholes and how far the gradient reaches."""

from itertools import product

from nnparity.cases.convention import Convention, Variant

RECURRENT_BIAS = Convention(
    layer="lstm", option="recurrent_bias",
    question="Has an LSTM one bias a gate or two?",
    variants=(
        Variant(value="separate", title="a second bias with the recurrent product", formula=r"\left(x K + b + h R + c\right)",
                words="Two biases that always add up: both get the same gradient, and one would do. cuDNN has both.",
                switch={"torch": "torch.nn.LSTM, no option", "keras": "not available; put b + c into its bias",
                        "onnx": "Wb and Rb, side by side in B"}),
        Variant(value="none", title="one bias", formula=r"\left(x K + b + h R\right)", words="One bias for each gate.",
                switch={"torch": "not available; set bias_hh_l0 to zero and keep it there",
                        "keras": "keras.layers.LSTM, no option"})),
    consequence="Weights of the one do not fit the other: drop one of PyTorch's biases, or load the same one twice, and every "
                "gate is off. Trained with the same rate, two biases move their sum twice as fast as one.",
    sources=("https://discuss.pytorch.org/t/146907",))

FORGET_BIAS = Convention(
    layer="lstm", option="forget_bias",
    question="Is a constant added to the forget gate of an LSTM when the layer runs?",
    variants=(
        Variant(value=0.0, title="nothing is added to the forget gate", formula=r"f = \sigma(x K_f + b_f + h R_f)",
                words="A forget bias of one, if wanted, is the initial value of b_f and stored with it.",
                switch={"torch": "no option", "keras": "unit_forget_bias=True (default) sets the initial b_f to 1",
                        "onnx": "no option"}),
        Variant(value=1.0, title="one is added to the forget gate at run time", formula=r"f = \sigma(x K_f + b_f + 1 + h R_f)",
                words="The stored b_f is one less than what the gate sees.",
                switch={"tensorflow 1": "BasicLSTMCell(forget_bias=1.0), the default",
                        "torch": "not available; add 1 to b_f when loading",
                        "keras": "not available; add 1 to b_f when loading"})),
    consequence="Weights of TensorFlow 1 load without an error, and the network forgets too much.",
    sources=("https://github.com/tensorflow/tensorflow/issues/29308",))

GATE_ACTIVATION = Convention(
    layer="lstm", option="gate_activation",
    question="Which activation do the gates of an LSTM have?",
    variants=(
        Variant(value="sigmoid", title="logistic sigmoid on the gates", formula=r"\gamma(a) = \frac{1}{1 + e^{-a}}",
                words="What everybody computes today.",
                switch={"torch": "torch.nn.LSTM, no option", "keras": "keras.layers.LSTM, no option"}),
        Variant(value="hard_sigmoid", title="hard sigmoid on the gates",
                formula=r"\gamma(a) = \min(\max(a / 6 + \frac{1}{2}, 0), 1)",
                words="Straight lines in place of the curve. Keras before 2.3 had 0.2 a + 0.5 by default.",
                switch={"torch": "not available; write the cell yourself", "keras": 'recurrent_activation="hard_sigmoid"'})),
    consequence="A few per cent off everywhere: looks like a precision problem and is none.",
    sources=("https://github.com/keras-team/keras/pull/9112",))

CELL_ACTIVATION = Convention(
    layer="lstm", option="cell_activation",
    question="What does the cell state go through before the output gate?",
    variants=(
        Variant(value="tanh", title="tanh of the cell state", formula=r"h' = o \odot \tanh(s')",
                words="Keeps every state between -1 and 1.",
                switch={"torch": "torch.nn.LSTM, no option", "keras": "keras.layers.LSTM, no option"}),
        Variant(value="linear", title="the cell state as it is", formula=r"h' = o \odot s'",
                words="Nothing bounds the state. Some of the first cells were written so.",
                switch={"torch": "not available; write the cell yourself",
                        "keras": 'not available alone: activation="linear" changes the candidate as well'})),
    consequence="Right as long as the cell state is small, where tanh(s) is close to s.")

PEEPHOLES = Convention(
    layer="lstm", option="peepholes",
    question="Do the gates see the cell state?",
    variants=(
        Variant(value=False, title="gates see x and h", formula=r"o = \sigma(x K_o + b_o + h R_o)",
                words="The form of 2000, and of every framework's layer today.",
                switch={"torch": "torch.nn.LSTM, no option", "keras": "keras.layers.LSTM, no option"}),
        Variant(value=True, title="gates see the cell state too",
                formula=r"o = \sigma(x K_o + b_o + h R_o + p_o \odot s')",
                words="i and f see the old cell state, o the new one, each through its own weights.",
                switch={"torch": "not available; write the cell yourself", "keras": "not available; write the cell yourself",
                        "onnx": "the optional input P", "tensorflow 1": "LSTMCell(use_peepholes=True)"})),
    consequence="Right as long as the peephole weights are zero.",
    sources=("https://www.jmlr.org/papers/v3/gers02a.html",))

TRUNCATE = Convention(
    layer="lstm", option="truncate",
    question="How far back does the gradient of one step's output go?",
    variants=(
        Variant(value=None, title="to the first step", formula=r"\frac{\partial L_t}{\partial \theta} = "
                                                               r"\sum_{s \le t} \frac{\partial L_t}{\partial \theta_s}",
                words="Full backpropagation through time.",
                switch={"torch": "loss.backward()", "keras": "tape.gradient, model.fit"}),
        *(Variant(value=k, title=f"{k} step{'s' * (k != 1)} back" if k else "not beyond its own step",
                  formula=rf"\frac{{\partial L_t}}{{\partial \theta}} \approx \sum_{{t - {k} \le s \le t}} "
                          r"\frac{\partial L_t}{\partial \theta_s}",
                  words="Truncated backpropagation: an approximation, and no bug if it is meant. The outputs are the same.",
                  switch={"torch": f"state.detach() {k + 1} steps before each output",
                          "keras": f"ops.stop_gradient {k + 1} steps before each output"}) for k in range(4))),
    consequence="Outputs agree and gradients do not: those of the last steps are right, earlier ones lack what comes from far "
                "ahead (K20, document N06).")

CONVENTIONS = (RECURRENT_BIAS, FORGET_BIAS, GATE_ACTIVATION, CELL_ACTIVATION, PEEPHOLES, TRUNCATE)

PLAIN = {"recurrent_bias": "separate", "activation": "tanh", "cell_activation": "tanh", "gate_activation": "sigmoid",
         "forget_bias": 0.0, "peepholes": False, "truncate": None}
# biases, forget bias and gates in every combination; the rarer ones alone
CONFIGS = (
    *({**PLAIN, "recurrent_bias": bias, "forget_bias": forget_bias, "gate_activation": gates}
      for gates, forget_bias, bias in product(("sigmoid", "hard_sigmoid"), (0.0, 1.0), ("separate", "none"))),
    *({**PLAIN, "recurrent_bias": bias, "cell_activation": "linear"} for bias in ("separate", "none")),
    *({**PLAIN, "recurrent_bias": bias, "truncate": k} for k in range(4) for bias in ("separate", "none")),
)


def equations(config) -> tuple[str, ...]:
    """The six equations with this config, in LaTeX; s is the cell state, c a bias."""
    sigma = r"\sigma" if config["gate_activation"] == "sigmoid" else r"\operatorname{hard}\,\sigma"
    new = r"\tanh(s')" if config["cell_activation"] == "tanh" else "s'"
    return tuple(
        rf"{gate} = {function}\left({inner(gate, config)}\right)" if gate else formula
        for gate, function, formula in (
            ("i", sigma, ""), ("f", sigma, ""), ("g", r"\tanh", ""), ("", "", r"s' = f \odot s + i \odot g"),
            ("o", sigma, ""), ("", "", rf"h' = o \odot {new}")))


def inner(gate: str, config) -> str:
    """What a gate's activation is taken of, in LaTeX."""
    terms = [f"x K_{gate}", f"b_{gate}", f"h R_{gate}"]
    if config["recurrent_bias"] == "separate":
        terms.append(f"c_{gate}")
    if gate == "f" and config["forget_bias"]:
        terms.append(f"{config['forget_bias']:g}")
    if config["peepholes"] and gate != "g":
        terms.append(rf"p_{gate} \odot s'" if gate == "o" else rf"p_{gate} \odot s")
    return " + ".join(terms)
