"""The conventions of the simple recurrent layer."""

from itertools import product

from nnparity.cases.convention import Convention, Variant

RECURRENT_BIAS = Convention(
    layer="simple_rnn", option="recurrent_bias",
    question="Has a simple recurrent layer one bias or two?",
    variants=(
        Variant(value="separate", title="a second bias with the recurrent product", formula=r"\left(x K + b + h R + c\right)",
                words="Two biases that always add up: both get the same gradient, and one would do. cuDNN has both.",
                switch={"torch": "torch.nn.RNN, no option", "keras": "not available; put b + c into its bias"}),
        Variant(value="none", title="one bias", formula=r"\left(x K + b + h R\right)",
                words="One bias, with the input product.",
                switch={"torch": "not available; set bias_hh_l0 to zero and keep it there",
                        "keras": "keras.layers.SimpleRNN, no option"})),
    consequence="Weights of the one do not fit the other. A port that drops the second bias is right until it is trained; one "
                "that trains both moves the sum twice as fast.")

ACTIVATION = Convention(
    layer="simple_rnn", option="activation",
    question="Which activation does the state have?",
    variants=(
        Variant(value="tanh", title="tanh", formula=r"h' = \tanh(a)", words="Keeps the state between -1 and 1.",
                switch={"torch": "torch.nn.RNN, no option", "keras": "keras.layers.SimpleRNN, no option"}),
        Variant(value="relu", title="ReLU", formula=r"h' = \max(a, 0)", words="Lets the state grow without bound.",
                switch={"torch": 'nonlinearity="relu"', "keras": 'activation="relu"'}),
        Variant(value="sigmoid", title="logistic sigmoid", formula=r"h' = \sigma(a)",
                words="The original network's activation: no state is ever negative.",
                switch={"torch": "not available; write the cell yourself", "keras": 'activation="sigmoid"'})),
    consequence="Shapes never show it; the first step is wrong already.",
    sources=("https://doi.org/10.1207/s15516709cog1402_1",))

CONVENTIONS = (RECURRENT_BIAS, ACTIVATION)

CONFIGS = tuple({"recurrent_bias": bias, "activation": activation}
                for activation, bias in product(("tanh", "relu", "sigmoid"), ("separate", "none")))


def equations(config) -> tuple[str, ...]:
    """The equation with this config, in LaTeX."""
    c = " + c" if config["recurrent_bias"] == "separate" else ""
    inner = rf"x K + b + h R{c}"
    return ({"tanh": rf"h' = \tanh\left({inner}\right)", "sigmoid": rf"h' = \sigma\left({inner}\right)",
             "relu": rf"h' = \max\left({inner}, 0\right)"}[config["activation"]],)
