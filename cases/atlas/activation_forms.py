"""Activations that go by one name and are not one function: forms, defaults, what alpha means, which half is the gate."""

from dataclasses import replace

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere
from nnparity.cases.snippets.lines import jax, keras, onnx, tensorflow, torch

TORCH_DOCS, ONNX_DOCS = "https://docs.pytorch.org/docs/stable/generated", "https://onnx.ai/onnx/operators"
KERAS_DOCS = "https://keras.io/api/layers/activations/"
NO_NAME = everywhere("ONNX has no such operator", "onnx", "onnxruntime")

GELU = AtlasRow(
    layer="gelu", option="approximate", title="default form of GELU", group="activation", leads=("A1",),
    question="Is the normal distribution function in GELU exact, or approximated by a tanh?",
    variants=(
        Variant(value="erf", title="exact, with erf", formula=r"\frac{x}{2} \left(1 + \mathrm{erf}\frac{x}{\sqrt{2}}\right)",
                words="The definition.",
                switch={"torch": "approximate='none'", "keras": "approximate=False", "jax": "approximate=False",
                        "tensorflow": "approximate=False", "onnx": "approximate='none'"}),
        Variant(value="tanh", title="approximated with tanh",
                formula=r"\frac{x}{2} \left(1 + \tanh\left(\sqrt{\frac{2}{\pi}} (x + 0.044715 x^3)\right)\right)",
                words="Cheaper where erf was slow; GPT-2 and the first BERT were trained with it.",
                switch={"torch": "approximate='tanh'", "keras": "approximate=True", "jax": "approximate=True",
                        "tensorflow": "approximate=True", "onnx": "approximate='tanh'"})),
    probe=Probe(compute="activation", arguments={"function": "gelu", "x": [-2.7, -2.2, -0.5]}),
    example="At {x} the values are {0} or {1}.",
    consequence="A difference of up to 0.0005 in each layer, which no loss curve shows. Ported transformers differ in the third "
                "digit of their logits.",
    snippets={
        "torch": torch("answer = F.gelu(torch.tensor([-2.7, -2.2, -0.5]))"),
        "keras": keras('y = keras.activations.gelu(np.array([-2.7, -2.2, -0.5], "float32"))'),
        "tensorflow": tensorflow("answer = tf.nn.gelu(tf.constant([-2.7, -2.2, -0.5]))"),
        "jax": jax("answer = jax.nn.gelu(jnp.array([-2.7, -2.2, -0.5]))"),
        **onnx("y = Gelu(x)", x="float[3]", output="float[3] y", feeds='x = np.array([-2.7, -2.2, -0.5], "float32")'),
    },
    sources=("https://arxiv.org/abs/1606.08415", f"{TORCH_DOCS}/torch.nn.GELU.html", f"{ONNX_DOCS}/onnx__Gelu.html",
             "https://github.com/tinygrad/tinygrad/pull/16162"))

GELU_OPERATION = replace(
    GELU, layer="gelu_operation", title="default form of GELU as an operation on tensors",
    question="Which GELU is the one among the operations on tensors, where that is a function of its own?",
    consequence="keras.activations.gelu and keras.ops.gelu are two functions: a model rewritten from layers to operations "
                "changes its results in the third digit.",
    snippets={
        "keras": keras('y = keras.ops.gelu(np.array([-2.7, -2.2, -0.5], "float32"))'),
        "jax": jax("answer = nnx.gelu(jnp.array([-2.7, -2.2, -0.5]))"),
    },
    absent={**everywhere("it has one function, see gelu.approximate", "torch", "tensorflow"),
            **everywhere("ONNX has one operator, see gelu.approximate", "onnx", "onnxruntime")},
    sources=("https://keras.io/api/ops/nn/", KERAS_DOCS))


def _slopes(*slopes: float) -> tuple[Variant, ...]:
    return tuple(Variant(value=s, title=f"slope {s:g}", formula=rf"y = {s:g} x \; \text{{where}} \; x < 0",
                         words=f"Negative numbers keep {s:.0%} of their size.",
                         switch={"torch": f"negative_slope={s:g}", "keras": f"negative_slope={s:g}",
                                 "tensorflow": f"alpha={s:g}", "jax": f"negative_slope={s:g}", "onnx": f"alpha={s:g}"})
                 for s in slopes)


LEAKY_RELU = AtlasRow(
    layer="leaky_relu", option="slope", title="default slope of the function leaky_relu", group="activation", leads=("A2",),
    question="How much of a negative number does a leaky relu keep that was given no slope?",
    variants=_slopes(0.01, 0.2), probe=Probe(compute="activation", arguments={"function": "leaky_relu", "x": [-2.0, -1.0, 3.0]}),
    example="{x} becomes {0} or {1}.",
    consequence="The negative half of every activation is twenty times larger in one framework. The network still trains, and "
                "ported weights give other results.",
    snippets={
        "torch": torch("answer = F.leaky_relu(torch.tensor([-2.0, -1.0, 3.0]))"),
        "keras": keras('y = keras.activations.leaky_relu(np.array([-2.0, -1.0, 3.0], "float32"))'),
        "tensorflow": tensorflow("answer = tf.nn.leaky_relu(tf.constant([-2.0, -1.0, 3.0]))"),
        "jax": jax("answer = jax.nn.leaky_relu(jnp.array([-2.0, -1.0, 3.0]))"),
        **onnx("y = LeakyRelu(x)", x="float[3]", output="float[3] y", feeds='x = np.array([-2.0, -1.0, 3.0], "float32")'),
    },
    sources=(f"{TORCH_DOCS}/torch.nn.LeakyReLU.html", KERAS_DOCS, "https://www.tensorflow.org/api_docs/python/tf/nn/leaky_relu",
             f"{ONNX_DOCS}/onnx__LeakyRelu.html"))

LEAKY_RELU_LAYER = replace(
    LEAKY_RELU, layer="leaky_relu_layer", title="default slope of the layer LeakyReLU", variants=_slopes(0.01, 0.2, 0.3),
    question="How much of a negative number does a LeakyReLU layer keep that was given no slope?",
    example="{x} becomes {0}, {1} or {2}.",
    consequence="Keras alone has two defaults: activation='leaky_relu' has another slope than a LeakyReLU layer.",
    snippets={
        "torch": torch("answer = torch.nn.LeakyReLU()(torch.tensor([-2.0, -1.0, 3.0]))"),
        "keras": keras('y = keras.layers.LeakyReLU()(np.array([-2.0, -1.0, 3.0], "float32"))'),
    },
    absent={"tensorflow": "tf.nn has functions only; tf.keras is Keras",
            "jax": "Flax has the function only, see leaky_relu.slope",
            **everywhere("see leaky_relu.slope", "onnx", "onnxruntime")})

SOFTPLUS = AtlasRow(
    layer="softplus", option="threshold", title="threshold of softplus", group="activation", leads=("A9",),
    question="Does softplus, log(1 + exp(x)), become x itself beyond some threshold?",
    variants=(
        Variant(value=20.0, title="beyond 20", formula=r"y = x \; \text{where} \; x > 20",
                words="Spares an overflow of exp; the error is below two billionths of a unit.",
                switch={"torch": "threshold=20, the default"}),
        Variant(value="none", title="never", formula=r"y = \max(x, 0) + \log(1 + e^{-|x|})",
                words="A form that cannot overflow needs no threshold.",
                switch={"torch": "threshold=100"})),
    probe=Probe(compute="softplus_excess", arguments={"x": [15.0, 20.5, 25.0]}, dtype="float64", scale=25.0),
    example="In double precision softplus exceeds {x} by {0} or {1}.",
    consequence="Invisible in single precision. In double precision a comparison at 1e-12 fails, and so does a gradient check, "
                "whose derivative is exactly 1 beyond the threshold.",
    snippets={
        "torch": torch("x = torch.tensor([15.0, 20.5, 25.0], dtype=torch.float64)", "answer = F.softplus(x) - x"),
        "keras": keras("x = np.array([15.0, 20.5, 25.0])", 'y = keras.ops.softplus(keras.ops.convert_to_tensor(x)) - x'),
        "tensorflow": tensorflow("x = tf.constant([15.0, 20.5, 25.0], tf.float64)", "answer = tf.nn.softplus(x) - x"),
        "jax": jax('jax.config.update("jax_enable_x64", True)', "x = jnp.array([15.0, 20.5, 25.0])",
                   "answer = jax.nn.softplus(x) - x"),
        "onnx": onnx("h = Softplus(x) y = Sub(h, x)", x="double[3]", output="double[3] y",
                     feeds="x = np.array([15.0, 20.5, 25.0])")["onnx"],
        "keras-jax": "\n".join(("import jax", keras(
            'jax.config.update("jax_enable_x64", True)', "x = np.array([15.0, 20.5, 25.0])", "y = keras.ops.softplus(x) - x"))),
    },
    absent={"onnxruntime": "it has a softplus in single precision only"},
    sources=(f"{TORCH_DOCS}/torch.nn.Softplus.html", KERAS_DOCS))

ELU = AtlasRow(
    layer="elu", option="alpha_in", title="alpha of ELU", group="activation", leads=("A36",),
    question="Does the alpha of an ELU scale only the result, or the input of the exponential too?",
    variants=(
        Variant(value="factor", title="a factor only", formula=r"\alpha (e^x - 1)",
                words="ELU. Unless alpha is 1 the slope jumps at zero.",
                switch={"torch": "F.elu", "keras": "elu", "jax": "jax.nn.elu", "onnx": "Elu"}),
        Variant(value="both", title="in the exponential too", formula=r"\alpha \left(e^{x / \alpha} - 1\right)",
                words="CELU. The slope at zero is 1 for every alpha.",
                switch={"torch": "F.celu", "keras": "celu", "jax": "jax.nn.celu", "onnx": "Celu"})),
    probe=Probe(compute="elu_alpha", arguments={"x": [-2.0, -1.0, 1.0], "alpha": 2.0}),
    example="With alpha {alpha}, {x} becomes {0} or {1}.",
    consequence="ELU and CELU are one function with alpha 1, which every library has as default, so a mix-up shows only when "
                "alpha is tuned.",
    snippets={
        "torch": torch("answer = F.elu(torch.tensor([-2.0, -1.0, 1.0]), alpha=2.0)"),
        "keras": keras('y = keras.activations.elu(np.array([-2.0, -1.0, 1.0], "float32"), alpha=2.0)'),
        "jax": jax("answer = jax.nn.elu(jnp.array([-2.0, -1.0, 1.0]), alpha=2.0)"),
        **onnx("y = Elu <alpha = 2.0> (x)", x="float[3]", output="float[3] y",
               feeds='x = np.array([-2.0, -1.0, 1.0], "float32")'),
    },
    absent={"tensorflow": "tf.nn.elu has no alpha"},
    sources=("https://arxiv.org/abs/1511.07289", "https://arxiv.org/abs/1704.07483", f"{TORCH_DOCS}/torch.nn.CELU.html"))

CELU = replace(
    ELU, layer="celu", title="alpha of CELU",
    question="Does the alpha of a CELU scale only the result, or the input of the exponential too?",
    snippets={
        "torch": torch("answer = F.celu(torch.tensor([-2.0, -1.0, 1.0]), alpha=2.0)"),
        "keras": keras('y = keras.activations.celu(np.array([-2.0, -1.0, 1.0], "float32"), alpha=2.0)'),
        "jax": jax("answer = jax.nn.celu(jnp.array([-2.0, -1.0, 1.0]), alpha=2.0)"),
        **onnx("y = Celu <alpha = 2.0> (x)", x="float[3]", output="float[3] y",
               feeds='x = np.array([-2.0, -1.0, 1.0], "float32")'),
    },
    absent={"tensorflow": "tf.nn has no CELU"})

GLU = AtlasRow(
    layer="glu", option="gate", title="gate of a gated linear unit", group="activation", leads=("A1",),
    question="A gated linear unit halves its input. Which half goes through the sigmoid?",
    variants=(
        Variant(value="second", title="the second half", formula=r"a \, \sigma(b)", words="As in the paper."),
        Variant(value="first", title="the first half", formula=r"\sigma(a) \, b",
                words="The order in which many transformers keep the two halves of SwiGLU, where the gate comes first.")),
    probe=Probe(compute="glu", arguments={"x": [1.0, 2.0, -1.0, 0.5]}),
    example="{x} becomes {0} or {1}.",
    consequence="The shapes fit either way, and an untrained network behaves alike. Ported weights need their halves swapped.",
    snippets={
        "torch": torch("answer = F.glu(torch.tensor([1.0, 2.0, -1.0, 0.5]))"),
        "keras": keras('y = keras.activations.glu(np.array([1.0, 2.0, -1.0, 0.5], "float32"))'),
        "jax": jax("answer = jax.nn.glu(jnp.array([1.0, 2.0, -1.0, 0.5]))"),
    },
    absent={"tensorflow": "tf.nn has no gated linear unit", **NO_NAME},
    sources=("https://arxiv.org/abs/1612.08083", "https://arxiv.org/abs/2002.05202", f"{TORCH_DOCS}/torch.nn.GLU.html"))

ROWS = (GELU, GELU_OPERATION, LEAKY_RELU, LEAKY_RELU_LAYER, SOFTPLUS, ELU, CELU, GLU)
