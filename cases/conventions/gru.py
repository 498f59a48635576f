"""The GRU's three conventions. Ten combinations are possible; no two frameworks offer the same set."""

from itertools import product

from nnparity.cases.convention import Convention, Variant

RESET = Convention(
    layer="gru", option="reset",
    question="Is the reset gate of a GRU applied before or after the product with the recurrent kernel?",
    variants=(
        Variant(
            value="after", title="reset gate after the recurrent product",
            formula=r"n = \tanh\left(x K_n + b_n + r \odot (h R_n + c_n)\right)",
            words="First the whole state goes through the recurrent kernel, then the reset gate scales what comes out. "
                  "One product serves all three gates, which is why cuDNN and with it most frameworks compute this.",
            switch={"torch": "torch.nn.GRU, no option", "keras": "GRU(..., reset_after=True), the default",
                    "onnx": "linear_before_reset=1"}),
        Variant(
            value="before", title="reset gate before the recurrent product",
            formula=r"n = \tanh\left(x K_n + b_n + (r \odot h) R_n + c_n\right)",
            words="The reset gate scales the old state first, and what is left goes through the recurrent kernel. "
                  "This is the published formula of 2014 (third version of the paper).",
            switch={"torch": "not available; write the cell yourself", "keras": "GRU(..., reset_after=False)",
                    "onnx": "linear_before_reset=0, the default"})),
    consequence="Weights carry over without an error and every output is slightly wrong, from the second time step on, or "
                "from the first if an initial state is given.",
    sources=("https://arxiv.org/abs/1406.1078", "https://github.com/pytorch/pytorch/issues/8153"))

RECURRENT_BIAS = Convention(
    layer="gru", option="recurrent_bias",
    question="Where does the second bias of a GRU's candidate stand: inside the reset product, outside it, or nowhere?",
    variants=(
        Variant(
            value="inside", title="the candidate's recurrent bias inside the reset product",
            formula=r"r \odot (h R_n + c_n)",
            words="The bias belongs to the recurrent product, so the reset gate scales it too. It cannot be merged with "
                  "the input bias.",
            switch={"torch": "torch.nn.GRU, no option", "keras": "GRU(..., reset_after=True), the default",
                    "onnx": "linear_before_reset=1"}),
        Variant(
            value="outside", title="the candidate's recurrent bias outside the reset product",
            formula=r"r \odot (h R_n) + c_n",
            words="The reset gate scales the product only. Then both biases simply add, and one would do.",
            switch={"torch": "not available; write the cell yourself", "keras": "not available; write the cell yourself",
                    "coreml": "the formula of its GRU layer"}),
        Variant(
            value="none", title="no recurrent bias",
            formula=r"r \odot (h R_n)",
            words="One bias for each gate, added to the input product; the recurrent product has none.",
            switch={"torch": "not available with biases on the input alone", "keras": "GRU(..., reset_after=False)",
                    "flax": "flax.nnx.GRUCell"})),
    consequence="Invisible as long as the biases are zero, which is how most frameworks initialise them: the port passes "
                "its first test and fails after training.",
    sources=("https://github.com/apple/coremltools/issues/1124", "https://github.com/keras-team/keras/issues/8720"))

UPDATE = Convention(
    layer="gru", option="update",
    question="Does a GRU's update gate of one keep the old state or replace it?",
    variants=(
        Variant(
            value="keep", title="the update gate keeps the old state",
            formula=r"h' = z \odot h + (1 - z) \odot n",
            words="z = 1 copies the old state, z = 0 takes the candidate.",
            switch={"torch": "torch.nn.GRU, no option", "keras": "keras.layers.GRU, no option", "onnx": "no option"}),
        Variant(
            value="replace", title="update gate swapped: it replaces the old state (K24)",
            formula=r"h' = (1 - z) \odot h + z \odot n",
            words="z = 1 takes the candidate, z = 0 copies the old state: the two roles are swapped. Trained from scratch "
                  "it learns as well, because σ(-a) = 1 - σ(a); with weights from elsewhere it is wrong from step one.",
            switch={"torch": "not available; negate the update gate's weights and biases",
                    "keras": "not available; negate the update gate's weights and biases"})),
    consequence="Document N10 asks why 0.55 by hand is 0.2048 in Keras: the hand calculation swaps these two (K24).",
    sources=("https://arxiv.org/abs/1406.1078", "https://arxiv.org/abs/1412.3555"))

CONVENTIONS = (RESET, RECURRENT_BIAS, UPDATE)

CONFIGS = tuple(
    {"reset": reset, "recurrent_bias": bias, "update": update}
    for update, reset, bias in product(("keep", "replace"), ("after", "before"), ("inside", "outside", "none"))
    if (reset, bias) != ("before", "inside"))


def equations(config) -> tuple[str, ...]:
    """The four equations of a GRU with this config, in LaTeX."""
    c_r, c_z, c_n = ("", "", "") if config["recurrent_bias"] == "none" else (" + c_r", " + c_z", " + c_n")
    product_ = {
        ("after", "inside"): rf"r \odot (h R_n{c_n})",
        ("after", "outside"): rf"r \odot (h R_n){c_n}",
        ("after", "none"): r"r \odot (h R_n)",
    }.get((config["reset"], config["recurrent_bias"]), rf"(r \odot h) R_n{c_n}")
    return (
        rf"r = \sigma\left(x K_r + b_r + h R_r{c_r}\right)",
        rf"z = \sigma\left(x K_z + b_z + h R_z{c_z}\right)",
        rf"n = \tanh\left(x K_n + b_n + {product_}\right)",
        UPDATE.variant(config["update"]).formula,
    )
