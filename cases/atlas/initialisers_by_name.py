"""Initialisers by name, with what they do unless told otherwise. The answers are samples, held against distributions."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere

NO_WEIGHTS = everywhere("ONNX holds trained weights; it initialises none", "onnx", "onnxruntime")
TORCH_INIT, KERAS_INIT = "https://docs.pytorch.org/docs/stable/nn.init.html", "https://keras.io/api/layers/initializers/"
JAX_INIT = "https://docs.jax.dev/en/latest/jax.nn.initializers.html"
INITIALISERS = (TORCH_INIT, KERAS_INIT, JAX_INIT)


def _initialiser(shape, *, torch, keras, tensorflow, jax):
    """A named initialiser, called without further arguments where it has defaults."""
    return {
        "torch": f"import torch\ntorch.manual_seed(0)\nanswer = torch.nn.init.{torch}\nprint(answer)",
        "keras": f"import keras\nw = keras.initializers.{keras}({shape})\nanswer = keras.ops.convert_to_numpy(w)\nprint(answer)",
        "tensorflow": f"import tensorflow as tf\ntf.random.set_seed(0)\nanswer = tf.{tensorflow}\nprint(answer)",
        "jax": f"import jax\nanswer = jax.nn.initializers.{jax}(jax.random.key(0), {shape})\nprint(answer)",
    }


CUTS = (
    Variant(value="none", title="not cut", formula=r"N(0, \sigma^2)", words="One weight in a million lies beyond 4.9 σ."),
    Variant(value="widened", title="cut and widened", formula=r"N(0, (1.137 \sigma)^2) \text{ within } \pm 2.27 \sigma",
            words="Cut at two standard deviations of a wider normal, so that the standard deviation is σ. Keras and JAX do it."))

HE_NORMAL = AtlasRow(
    layer="he_normal", option="cut", title="tails of He's normal initialiser", group="initialiser", leads=("I2",),
    question="Is He's normal initialiser cut at two standard deviations?", variants=CUTS,
    probe=Probe(compute="scaled_normal", arguments={"variance": 2 / 640}, match="distribution", size=409600),
    example="With 640 inputs σ is 0.056 in both; the largest of 400,000 weights is about 0.26, or 0.127.",
    consequence="The variance agrees, so that training hardly differs; a comparison of histograms or of the largest weight does.",
    snippets=_initialiser((640, 640), torch="kaiming_normal_(torch.empty(640, 640))", keras="HeNormal(seed=0)",
                          tensorflow="compat.v1.variance_scaling_initializer(scale=2.0)((640, 640))", jax="he_normal()"),
    absent=NO_WEIGHTS, sources=(*INITIALISERS, "https://arxiv.org/abs/1502.01852"))

GLOROT_NORMAL = AtlasRow(
    layer="glorot_normal", option="cut", title="tails of Glorot's normal initialiser", group="initialiser", leads=("I2",),
    question="Is Glorot's normal initialiser cut at two standard deviations?", variants=CUTS,
    probe=Probe(compute="scaled_normal", arguments={"variance": 2 / 1280}, match="distribution", size=409600),
    example="With 640 inputs and outputs σ is 0.04 in both; the largest of 400,000 weights is about 0.18, or 0.09.",
    consequence=HE_NORMAL.consequence,
    snippets=_initialiser((640, 640), torch="xavier_normal_(torch.empty(640, 640))", keras="GlorotNormal(seed=0)",
                          tensorflow="compat.v1.glorot_normal_initializer()((640, 640))", jax="glorot_normal()"),
    absent=NO_WEIGHTS, sources=INITIALISERS)

HE_UNIFORM = AtlasRow(
    layer="he_uniform", option="gain", title="gain of He's uniform initialiser", group="initialiser", leads=("I7",),
    question="Which gain has He's uniform initialiser unless told otherwise?",
    variants=(
        Variant(value="relu", title="√2, for relu", formula=r"U\left(\pm \sqrt{\frac{6}{n_{in}}}\right)",
                words="PyTorch's default says leaky_relu, but with a slope of zero, which is relu."),
        Variant(value="torch_layers", title="√(1/3), as PyTorch's layers call it",
                formula=r"U\left(\pm \frac{1}{\sqrt{n_{in}}}\right)",
                words="torch.nn.Linear and Conv2d call the same function with a slope of √5: a sixth of the variance.",
                switch={"torch": "kaiming_uniform_(w, a=5**0.5)"})),
    probe=Probe(compute="he_uniform", arguments={"fan_in": 400}, match="distribution", size=40000),
    example="With {fan_in} inputs the bounds are 0.122 and 0.05.",
    consequence="Calling kaiming_uniform_ on a fresh PyTorch layer is not what the layer had already, although the layer uses "
                "it.",
    snippets=_initialiser((400, 100), torch="kaiming_uniform_(torch.empty(100, 400))", keras="HeUniform(seed=0)",
                          tensorflow='compat.v1.variance_scaling_initializer(2.0, distribution="uniform")((400, 100))',
                          jax="he_uniform()"),
    absent=NO_WEIGHTS, sources=INITIALISERS)

TRUNCATED = AtlasRow(
    layer="truncated_normal", option="cut", title="bounds of the truncated normal", group="initialiser", leads=("I6",),
    question="Where is a truncated normal with the standard deviation 0.02 cut?",
    variants=(
        Variant(value="deviations", title="at two standard deviations", formula=r"|w| \le 2 \sigma",
                words="Nothing is larger than 0.04, and the standard deviation is 0.0176, as it is not widened.",
                switch={"torch": "trunc_normal_(w, std=s, a=-2*s, b=2*s)"}),
        Variant(value="absolute", title="at ±2", formula=r"|w| \le 2",
                words="The bounds are numbers, not deviations: with a small σ nothing is cut.")),
    probe=Probe(compute="cut_normal", arguments={"std": 0.02}, match="distribution", size=250000),
    example="Of 250,000 weights the largest is 0.04, or about 0.09.",
    consequence="Vision transformers are initialised so. In PyTorch the weights are a normal's, with 14 % more deviation.",
    snippets=_initialiser((500, 500), torch="trunc_normal_(torch.empty(500, 500), std=0.02)",
                          keras="TruncatedNormal(stddev=0.02, seed=0)",
                          tensorflow="random.truncated_normal((500, 500), stddev=0.02)",
                          jax="truncated_normal(0.02)"),
    absent=NO_WEIGHTS, sources=INITIALISERS)

TAIL = AtlasRow(
    layer="truncated_normal", option="beyond", title="numbers beyond the bounds of a truncated normal", group="initialiser",
    leads=("I6",), question="Does a truncated normal ever give a number beyond its bounds?",
    variants=(
        Variant(value="never", title="never", formula=r"|w| \le 2 \sigma",
                words="Drawn by inverting the distribution, or until it fits.",
                config={"value": "no"}),
        Variant(value="rarely", title="one in 230,000", formula=r"P(|w| > 2 \sigma) = 0.0455^4",
                words="Four normals are drawn and the first that fits is taken; where none fits, the first.",
                config={"value": "yes"})),
    probe=Probe(compute="constant"),
    example="With the standard deviation 0.02, is one of 6,000,000 numbers beyond 0.0401? {0} or {1}. By chance the second would "
            "answer no less than once in 10,000,000,000 times.",
    consequence="A test that no weight is larger than the bound fails now and then, for large layers only.",
    snippets={column: code.replace("print(answer)", 'answer = "yes" if abs(answer).max() > 0.0401 else "no"\nprint(answer)')
              for column, code in _initialiser(
                  (3000, 2000), torch="trunc_normal_(torch.empty(3000, 2000), std=0.02, a=-0.04, b=0.04)",
                  keras="TruncatedNormal(stddev=0.02, seed=0)",
                  tensorflow="random.truncated_normal((3000, 2000), stddev=0.02).numpy()", jax="truncated_normal(0.02)").items()},
    absent=NO_WEIGHTS, sources=INITIALISERS)

UNIFORM = AtlasRow(
    layer="uniform", option="range", title="default range of the uniform initialiser", group="initialiser", leads=("I1",),
    question="Between which bounds does the plain uniform initialiser draw unless told otherwise?",
    variants=(
        Variant(value="unit", title="0 and 1", formula=r"U(0, 1)", words="As random number generators do. All are positive."),
        Variant(value="symmetric", title="-0.05 and 0.05", formula=r"U(\pm 0.05)", words="Small, with the mean zero."),
        Variant(value="hundredth", title="0 and 0.01", formula=r"U(0, 0.01)", words="Smaller, and all are positive.")),
    probe=Probe(compute="uniform_range", match="distribution", size=40000),
    example="The means are 0.5, 0 and 0.005.",
    consequence="initializer='uniform' translated word by word gives positive weights a hundred times as large.",
    snippets=_initialiser((400, 100), torch="uniform_(torch.empty(400, 100))", keras="RandomUniform(seed=0)",
                          tensorflow="random_uniform_initializer()((400, 100))", jax="uniform()"),
    absent=NO_WEIGHTS, sources=INITIALISERS)

NORMAL = AtlasRow(
    layer="normal", option="std", title="default standard deviation of the normal initialiser", group="initialiser",
    leads=("I1",),
    question="Which standard deviation has the plain normal initialiser unless told otherwise?",
    variants=tuple(Variant(value=value, title=f"{value:g}", formula=rf"N(0, {value}^2)", words=words)
                   for value, words in ((1.0, "The standard normal."), (0.05, "Keras's and TensorFlow's."), (0.01, "JAX's."))),
    probe=Probe(compute="plain_normal", match="distribution", size=40000),
    example="Two thirds of the weights lie within 1, 0.05 or 0.01.",
    consequence="The word 'normal' in a paper's code means weights of very different size: a deep network saturates, or "
                "passes nothing.",
    snippets=_initialiser((400, 100), torch="normal_(torch.empty(400, 100))", keras="RandomNormal(seed=0)",
                          tensorflow="random_normal_initializer()((400, 100))", jax="normal()"),
    absent=NO_WEIGHTS, sources=INITIALISERS)

ROWS = (HE_NORMAL, GLOROT_NORMAL, HE_UNIFORM, TRUNCATED, TAIL, UNIFORM, NORMAL)
