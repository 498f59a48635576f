"""Standard deviations, variances as float32 computes them, and the similarity of two directions."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere, gradients
from nnparity.cases.snippets.lines import KERAS_ONLY, NO_GRADIENT, jax, keras, onnx, tensorflow, torch

STD = AtlasRow(
    layer="std", option="divisor", title="divisor of a standard deviation", group="tensors", leads=("N11",),
    question="Does a function called std divide the sum of squares by n or by n - 1?",
    variants=(
        Variant(value="n-1", title="by n - 1", formula=r"\sqrt{\frac{1}{n - 1} \sum_i (x_i - \mu)^2}",
                words="Bessel's correction: the estimate for a population of which x is a sample.",
                switch={"torch": "x.std(), the default", "numpy": "ddof=1", "jax": "ddof=1"}),
        Variant(value="n", title="by n", formula=r"\sqrt{\frac{1}{n} \sum_i (x_i - \mu)^2}",
                words="The deviation of the numbers that are there.",
                switch={"torch": "x.std(correction=0)", "numpy": "the default"})),
    probe=Probe(compute="deviation", arguments={"x": [1.0, 2.0, 4.0]}),
    example="Of {x} it is {0} or {1}.",
    consequence="A normalisation written by hand with std is off by a factor, 1.22 for three numbers and 1.005 for a hundred, "
                "and layers that normalise divide by n in every framework.",
    snippets={
        "torch": torch("answer = torch.tensor([1.0, 2, 4]).std()"),
        "keras": keras('y = keras.ops.std(np.array([1, 2, 4], "float32"))'),
        "tensorflow": tensorflow("answer = tf.math.reduce_std([1.0, 2, 4])"),
        "jax": jax("answer = jnp.array([1.0, 2, 4]).std()"),
    },
    absent=everywhere("ONNX has no standard deviation", "onnx", "onnxruntime"),
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.std.html",
             "https://numpy.org/doc/stable/reference/generated/numpy.std.html"))

STD_GRADIENT = AtlasRow(
    layer="std", option="at_constant", title="gradient of a standard deviation of equal numbers", group="tensors",
    leads=("A28", "N11"), question="What is the gradient of the standard deviation where all numbers are equal and it is zero?",
    variants=(
        Variant(value="nan", title="nan", formula=r"\frac{x_i - \mu}{n \sigma} = \frac{0}{0}",
                config={"value": [float("nan")] * 2},
                words="The chain rule as it stands: the derivative of the root at zero is infinite, times zero."),
        Variant(value="zero", title="zero", formula=r"0", config={"value": [0.0, 0.0]},
                words="The backward formula has a case for it. Zero is a subgradient: the deviation is smallest there.")),
    probe=Probe(compute="constant", scale=1.0),
    example="At 2, 2 the gradient is {0} or {1}.",
    consequence="One constant feature map or a batch of one turns all weights into nan in one framework, and does nothing in "
                "another.",
    snippets=gradients("[2.0, 2.0]", torch="x.std()", keras="keras.ops.std(x)", tensorflow="tf.math.reduce_std(x)",
                       jax="x.std()"),
    absent=everywhere(NO_GRADIENT, "onnx", "onnxruntime"),
    sources=("https://github.com/jax-ml/jax/issues/10515", "https://docs.pytorch.org/docs/stable/generated/torch.std.html"))

def variances(layer: str) -> tuple[Variant, ...]:
    """Both sides, and how flax writes them for one of its layers."""
    return (
        Variant(value="two_pass", title="mean of the squared differences", formula=r"v = \frac{1}{n} \sum_i (x_i - \mu)^2",
                words="First the mean, then the differences from it.",
                switch={"flax": f"nnx.{layer}(..., use_fast_variance=False)"}),
        Variant(value="moments", title="mean of the squares minus the squared mean",
                formula=r"v = \max\left(\frac{1}{n} \sum_i x_i^2 - \mu^2, 0\right)",
                words="One pass over the data. Equal in exact arithmetic; in float32 nothing is left of v where the mean is some "
                      "four thousand deviations away.",
                switch={"flax": f"nnx.{layer}(...), the default"}))


SOURCES = ("https://github.com/pytorch/pytorch/issues/51102",
           "https://flax.readthedocs.io/en/stable/api_reference/flax.nnx/nn/normalization.html")
AWAY = "[[9999.0, 10000, 10001]]"
FAR = Probe(compute="standardised_in_float32",
            arguments={"x": [9999.0, 10000.0, 10001.0], "epsilon": 2**-10},  # whose root is exact: only v is rounded
            scale=1.3e4)  # where it is computed as x / sigma - mu / sigma, a difference of numbers of this size
LAYER_VARIANCE = AtlasRow(
    layer="layer_norm", option="variance", title="LayerNormalization variance in float32", group="normalisation", leads=("N16",),
    question="How does layer normalisation compute a variance: from differences from the mean, or the mean of squares?",
    variants=variances("LayerNorm"), probe=FAR,
    example="{x:.5g} with epsilon {epsilon:.6g} becomes {0} or {1}.",
    consequence="Features far from zero, as raw sensor data or token counts are, come out more than twenty times too large, with "
                "no error and no nan.",
    snippets={
        "torch": torch(f"answer = torch.nn.LayerNorm(3, eps=2**-10)(torch.tensor({AWAY}))"),
        "keras": keras(f'y = keras.layers.LayerNormalization(epsilon=2**-10)(np.array({AWAY}, "float32"))'),
        "jax": jax(f"answer = nnx.LayerNorm(3, epsilon=2**-10, rngs=nnx.Rngs(0))(jnp.array({AWAY}))"),
        **onnx("y = LayerNormalization <epsilon = 0.0009765625> (x, s)", x="float[1,3]", s="float[3]", output="float[1,3] y",
               feeds=f'x, s = np.array({AWAY}, "float32"), np.ones(3, "float32")'),
    },
    absent={"tensorflow": KERAS_ONLY}, sources=SOURCES)

BATCH_VARIANCE = AtlasRow(
    layer="batch_norm", option="variance", title="BatchNormalization variance in float32", group="normalisation", leads=("N16",),
    question="How does batch normalisation compute a variance: from differences from the mean, or the mean of squares?",
    variants=variances("BatchNorm"), probe=FAR, example=LAYER_VARIANCE.example,
    consequence="Raw inputs far from zero, which batch normalisation as a first layer is meant to centre, come out more than "
                "twenty times too large.",
    snippets={
        "torch": torch(f"answer = torch.nn.BatchNorm1d(1, eps=2**-10)(torch.tensor({AWAY}).mT)"),
        "keras": keras("layer = keras.layers.BatchNormalization(epsilon=2**-10)",
                       f'y = layer(np.array({AWAY}, "float32").T, training=True)'),
        "tensorflow": tensorflow(f"x = tf.reshape(tf.constant({AWAY}), (3, 1, 1, 1))",
                                 "answer = tf.compat.v1.nn.fused_batch_norm(x, [1.0], [0.0], epsilon=2**-10)[0]"),
        "jax": jax(f"answer = nnx.BatchNorm(1, epsilon=2**-10, rngs=nnx.Rngs(0))(jnp.array({AWAY}).T)"),
        **onnx("y, m, v = BatchNormalization <training_mode = 1, epsilon = 0.0009765625> (x, s, b, p, q)", x="float[3,1]",
               s="float[1]", b="float[1]", p="float[1]", q="float[1]", output="float[3,1] y",
               feeds=f'x, s, b, p, q = np.float32({AWAY}).T, *np.float32([[1], [0], [0], [1]])'),
    },
    sources=SOURCES)

GROUP_VARIANCE = AtlasRow(
    layer="group_norm", option="variance", title="GroupNormalization variance in float32", group="normalisation", leads=("N16",),
    question="How does group normalisation compute a variance: from differences from the mean, or the mean of squares?",
    variants=variances("GroupNorm"), probe=FAR, example=LAYER_VARIANCE.example,
    consequence="A feature map with a large offset comes out more than twenty times too large in one runtime, and the same model "
                "file is fine in another.",
    snippets={
        "torch": torch(f"answer = torch.nn.GroupNorm(1, 3, eps=2**-10)(torch.tensor({AWAY}))"),
        "keras": keras("layer = keras.layers.GroupNormalization(groups=1, epsilon=2**-10)",
                       f'y = layer(np.array({AWAY}, "float32"))'),
        "jax": jax(f"answer = nnx.GroupNorm(3, num_groups=1, epsilon=2**-10, rngs=nnx.Rngs(0))(jnp.array({AWAY}))"),
        **onnx("y = GroupNormalization <num_groups = 1, epsilon = 0.0009765625> (x, s, b)", x="float[1,3,1]", s="float[3]",
               b="float[3]", output="float[1,3,1] y",
               feeds=f'x, s, b = np.float32({AWAY})[:, :, None], np.ones(3, "f"), np.zeros(3, "f")'),
    },
    absent={"tensorflow": KERAS_ONLY}, sources=SOURCES)

VECTORS = {"a": [1.0, 0.0], "b": [4.0, 3.0]}
COSINE = AtlasRow(
    layer="cosine_similarity", option="form", title="sign of cosine_similarity", group="loss", leads=("N14",),
    question="What does the function or loss called cosine similarity return for vectors that point nearly the same way?",
    variants=(
        Variant(value="c", title="the cosine", formula=r"\frac{a \cdot b}{|a| |b|}", words="One for equal directions."),
        Variant(value="-c", title="minus the cosine", formula=r"-\frac{a \cdot b}{|a| |b|}",
                words="Minus one for equal directions. To be made small, so it is a loss.",
                switch={"keras": "keras.losses.cosine_similarity, the default"})),
    probe=Probe(compute="similarity", arguments=VECTORS),
    example="For {a} and {b} it is {0} or {1}.",
    consequence="A loss of this name carried over without its sign drives vectors apart that should meet.",
    snippets={
        "torch": torch("answer = F.cosine_similarity(torch.tensor([[1.0, 0]]), torch.tensor([[4.0, 3]]))"),
        "keras": keras('y = keras.losses.cosine_similarity(np.array([[1, 0]], "float32"), np.array([[4, 3]], "float32"))'),
        "jax": jax("answer = optax.cosine_similarity(jnp.array([1.0, 0]), jnp.array([4.0, 3]))"),
    },
    absent={"tensorflow": "tf.nn has no cosine similarity; tf.keras is Keras",
            **everywhere("ONNX has no cosine similarity", "onnx", "onnxruntime")},
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cosine_similarity.html",
             "https://keras.io/api/losses/regression_losses/", "https://optax.readthedocs.io/en/latest/api/losses.html"))

COSINE_LOSS = AtlasRow(
    layer="cosine_loss", option="form", title="form of a cosine loss", group="loss", leads=("N14",),
    question="From which number does the loss count that makes two vectors point the same way?",
    variants=(
        Variant(value="1-c", title="one minus the cosine", formula=r"1 - \frac{a \cdot b}{|a| |b|}",
                words="Zero is the best value."),
        Variant(value="-c", title="minus the cosine", formula=r"-\frac{a \cdot b}{|a| |b|}",
                words="Minus one is the best value. Gradients are those of the other form.")),
    probe=COSINE.probe, example=COSINE.example,
    consequence="Training is the same. Reported losses differ by one, weighted sums with other losses and early stopping by a "
                "relative improvement do too.",
    snippets={
        "torch": torch("a, b, same = torch.tensor([[1.0, 0]]), torch.tensor([[4.0, 3]]), torch.tensor([1])",
                       "answer = torch.nn.CosineEmbeddingLoss()(a, b, same)"),
        "keras": keras('y = keras.losses.CosineSimilarity()(np.array([[1, 0]], "float32"), np.array([[4, 3]], "float32"))'),
        "jax": jax("answer = optax.cosine_distance(jnp.array([1.0, 0]), jnp.array([4.0, 3]))"),
    },
    absent=COSINE.absent,
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.CosineEmbeddingLoss.html", *COSINE.sources[1:]))

ROWS = (STD, STD_GRADIENT, LAYER_VARIANCE, BATCH_VARIANCE, GROUP_VARIANCE, COSINE, COSINE_LOSS)
