"""Rotary position embedding: which numbers of a query or key are turned together."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.lines import onnx, torch

NONE = {"keras": "Keras itself has none; KerasHub's layer RotaryEmbedding turns halves", "tensorflow": "tf.nn has none",
        "jax": "neither jax.nn nor flax has one; models write it by hand"}

PAIRS = AtlasRow(
    layer="rotary_embedding", option="pairs", title="pairs of rotary position embedding", group="embedding", leads=("X7",),
    question="Which two numbers does rotary position embedding (RoPE) turn together: neighbours, or one of each half?",
    variants=(
        Variant(value="halves", title="one of each half",
                formula=r"y_i = x_i \cos \theta_i - x_{i + d/2} \sin \theta_i, \quad "
                        r"y_{i + d/2} = x_{i + d/2} \cos \theta_i + x_i \sin \theta_i",
                words="Called rotate_half. GPT-NeoX, and Llama as most libraries store it.",
                switch={"onnx": "interleaved=0, the default", "torch": "interleaved=False, the default",
                        "keras": "keras_hub.layers.RotaryEmbedding()"}),
        Variant(value="neighbours", title="neighbours",
                formula=r"y_{2i} = x_{2i} \cos \theta_i - x_{2i + 1} \sin \theta_i, \quad "
                        r"y_{2i + 1} = x_{2i + 1} \cos \theta_i + x_{2i} \sin \theta_i",
                words="Called interleaved: the pairs as complex numbers. The paper, GPT-J, and Llama as it was first published.",
                switch={"onnx": "interleaved=1", "torch": "interleaved=True"})),
    probe=Probe(compute="rotated", arguments={"x": [1.0, 2.0, 3.0, 4.0], "angles": [0.5, 0.05]}),
    example="{x} turned by the angles {angles}: {0} or {1}.",
    consequence="Weights of the queries and keys load without an error and the scores depend on positions in another way than "
                "they were trained for. The rows of both kernels have to be permuted, in each head the even ones first. The "
                "angles are the caller's in all of these: position times 10000^(-2i/d), where the first position is 0 and turns "
                "nothing.",
    snippets={
        "torch": torch("x, angles = torch.tensor([1.0, 2, 3, 4]).reshape(1, 1, 1, 4), torch.tensor([[[0.5, 0.05]]])",
                       "answer = torch.onnx.ops.rotary_embedding(x, angles.cos(), angles.sin())"),
        **onnx("y = RotaryEmbedding (x, c, s)", x="float[1,1,1,4]", c="float[1,1,2]", s="float[1,1,2]",
               output="float[1,1,1,4] y", opset=23,
               feeds="x, a = np.float32([1, 2, 3, 4]).reshape(1, 1, 1, 4), np.float32([[[0.5, 0.05]]])\n"
                     "c, s = np.cos(a), np.sin(a)"),
    },
    absent=NONE,
    sources=("https://arxiv.org/abs/2104.09864", "https://onnx.ai/onnx/operators/onnx__RotaryEmbedding.html",
             "https://docs.pytorch.org/docs/stable/onnx_ops.html",
             "https://keras.io/keras_hub/api/modeling_layers/rotary_embedding/"))

ROWS = (PAIRS,)
