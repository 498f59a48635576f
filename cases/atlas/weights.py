"""What layers without an initialiser draw their weights from. The answers are samples, held against distributions."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere, snippet

NO_WEIGHTS = everywhere("ONNX holds trained weights; it initialises none", "onnx", "onnxruntime")
NO_LAYERS = {"tensorflow": "tf.nn has no layers that own weights; tf.keras is Keras", **NO_WEIGHTS}
TORCH = "https://docs.pytorch.org/docs/stable/generated/torch.nn.{}.html"


def _layer(*, torch, keras, built, weight, jax, kept):
    """A weight of a layer with default initialisers: `weight` in torch, `kept` in Keras and Flax."""
    return {
        "torch": f"import torch\ntorch.manual_seed(0)\nanswer = torch.nn.{torch}.{weight}\nprint(answer)",
        "keras": snippet(f"""
            import keras
            keras.utils.set_random_seed(0)
            layer = keras.layers.{keras}
            layer.build({built})
            answer = keras.ops.convert_to_numpy(layer.{kept[0]})
            print(answer)"""),
        "jax": f"from flax import nnx\nanswer = nnx.{jax}.{kept[1]}[...]\nprint(answer)",
    }


DENSE_BIAS = AtlasRow(
    layer="dense_bias", option="distribution", title="initialiser of a dense bias", group="initialiser", leads=("I1",),
    question="What is the bias of a dense layer that was given no initialiser?",
    variants=(
        Variant(value="torch_uniform", title="uniform, bound 1/√fan_in", formula=r"U\left(\pm \frac{1}{\sqrt{n_{in}}}\right)",
                words="The same as the kernel's.", switch={"keras": "bias_initializer=RandomUniform(-b, b)"}),
        Variant(value="zeros", title="zero", formula=r"0", words="Units differ by their kernels.",
                switch={"torch": "torch.nn.init.zeros_(layer.bias)"})),
    probe=Probe(compute="dense_bias", arguments={"fan_in": 4}, match="distribution", size=40000),
    example="With 4 inputs the first reaches from -0.5 to 0.5; the second is 0.",
    consequence="Fresh networks answer differently to an input of zero, and tests with fresh Keras layers never see that a "
                "bias is "
                "left out or doubled.",
    snippets=_layer(torch="Linear(4, 40000)", keras="Dense(40000)", built="(None, 4)", weight="bias",
                    jax="Linear(4, 40000, rngs=nnx.Rngs(0))", kept=("bias", "bias")),
    absent=NO_LAYERS, sources=(TORCH.format("Linear"), "https://keras.io/api/layers/core_layers/dense/",
                               "https://flax.readthedocs.io/en/latest/api_reference/flax.nnx/nn/linear.html"))


def _kernels(torch, glorot, lecun, *, words):
    return (
        Variant(value="torch_uniform", title="uniform, bound 1/√fan_in", formula=r"U\left(\pm \frac{1}{\sqrt{n_{in}}}\right)",
                words=words[0], config={"fan_in": torch, "fan_out": 1, "distribution": "torch_uniform"}),
        Variant(value="glorot_uniform", title="Glorot uniform", formula=r"U\left(\pm \sqrt{\frac{6}{n_{in} + n_{out}}}\right)",
                words=words[1], config={"fan_in": glorot[0], "fan_out": glorot[1], "distribution": "glorot_uniform"}),
        Variant(value="lecun_normal", title="LeCun normal, truncated", formula=r"N\left(0, \frac{1}{n_{in}}\right)",
                words=words[2], config={"fan_in": lecun, "fan_out": 1, "distribution": "lecun_normal"}))


CONV = AtlasRow(
    layer="conv2d_kernel", option="distribution", title="initialiser of a convolution kernel", group="initialiser", leads=("I1",),
    question="From which distribution come the weights of a 3 by 3 convolution that was given no initialiser?",
    variants=_kernels(144, (144, 2304), 144, words=("n_in is 9 times the input channels.",
                                                    "n_out is 9 times the output channels.",
                                                    "Cut at two standard deviations and widened.")),
    probe=Probe(compute="dense_kernel", match="distribution", size=36864),
    example="From 16 to 256 channels the bounds are 0.083 and 0.049; the third has the standard deviation 0.083.",
    consequence="A residual network starts with activations of another size, and a warm-up that was needed in one is not in "
                "the other.",
    snippets=_layer(torch="Conv2d(16, 256, 3)", keras="Conv2D(256, 3)", built="(None, 8, 8, 16)", weight="weight",
                    jax="Conv(16, 256, (3, 3), rngs=nnx.Rngs(0))", kept=("kernel", "kernel")),
    absent=NO_LAYERS, sources=(TORCH.format("Conv2d"), "https://keras.io/api/layers/convolution_layers/convolution2d/",
                               "https://flax.readthedocs.io/en/latest/api_reference/flax.nnx/nn/linear.html"))

DEPTHWISE = AtlasRow(
    layer="depthwise_conv2d_kernel", option="distribution", title="initialiser of a depthwise kernel", group="initialiser",
    leads=("I3",), question="How many inputs does the initialiser of a depthwise convolution count?",
    variants=_kernels(9, (4608, 9), 9, words=("Nine: each output sees one channel.",
                                              "Nine times all channels, although an output sees one of them.",
                                              "Nine: each output sees one channel.")),
    probe=Probe(compute="dense_kernel", match="distribution", size=4608),
    example="For 3 by 3 and 512 channels the bounds are 0.333 and 0.036; the third has the standard deviation 0.333.",
    consequence="The more channels, the smaller Keras's depthwise weights: nine times smaller here. Without normalisation behind "
                "it the signal is lost.",
    snippets=_layer(torch="Conv2d(512, 512, 3, groups=512)", keras="DepthwiseConv2D(3)", built="(None, 8, 8, 512)",
                    weight="weight",
                    jax="Conv(512, 512, (3, 3), feature_group_count=512, rngs=nnx.Rngs(0))", kept=("kernel", "kernel")),
    absent=NO_LAYERS, sources=(TORCH.format("Conv2d"), "https://keras.io/api/layers/convolution_layers/depthwise_convolution2d/",
                               "https://flax.readthedocs.io/en/latest/api_reference/flax.nnx/nn/linear.html"))

TRANSPOSED = AtlasRow(
    layer="conv2d_transpose_kernel", option="distribution", title="initialiser of a transposed kernel", group="initialiser",
    leads=("I3",), question="Which channels does the initialiser of a transposed convolution count as inputs?",
    variants=_kernels(2304, (2304, 144), 144, words=("9 times the output channels: the second axis of the stored kernel.",
                                                     "Inputs and outputs count alike, whichever is which.",
                                                     "9 times the input channels.")),
    probe=Probe(compute="dense_kernel", match="distribution", size=36864),
    example="From 16 to 256 channels the bounds are 0.021 and 0.049; the third has the standard deviation 0.083.",
    consequence="A decoder that has fewer channels at each stage starts with too large weights in PyTorch, one with more with "
                "too "
                "small ones.",
    snippets=_layer(torch="ConvTranspose2d(16, 256, 3)", keras="Conv2DTranspose(256, 3)", built="(None, 8, 8, 16)",
                    weight="weight",
                    jax="ConvTranspose(16, 256, (3, 3), rngs=nnx.Rngs(0))", kept=("kernel", "kernel")),
    absent=NO_LAYERS, sources=(TORCH.format("ConvTranspose2d"),
                               "https://keras.io/api/layers/convolution_layers/convolution2d_transpose/",
                               "https://flax.readthedocs.io/en/latest/api_reference/flax.nnx/nn/linear.html"))

EMBEDDING = AtlasRow(
    layer="embedding_table", option="distribution", title="initialiser of an embedding", group="initialiser", leads=("I5",),
    question="From which distribution come the vectors of an embedding that was given no initialiser?",
    variants=(
        Variant(value="unit_normal", title="normal, standard deviation 1", formula=r"N(0, 1)",
                words="A vector has the length √F.",
                switch={"keras": "embeddings_initializer=RandomNormal(stddev=1.0)"}),
        Variant(value="scaled_normal", title="normal, variance 1/F", formula=r"N\left(0, \frac{1}{F}\right)",
                words="A vector has the length 1.", switch={"torch": "torch.nn.init.normal_(layer.weight, std=F**-0.5)"}),
        Variant(value="small_uniform", title="uniform, bound 0.05", formula=r"U(\pm 0.05)",
                words="A vector has the length 0.03 √F.",
                switch={"torch": "torch.nn.init.uniform_(layer.weight, -0.05, 0.05)"})),
    probe=Probe(compute="embedding_table", arguments={"features": 100}, match="distribution", size=40000),
    example="For {features} features the standard deviations are 1, 0.1 and 0.029.",
    consequence="35 times larger in PyTorch than in Keras: positions added to it drown, and tied output layers start with "
                "other logits.",
    snippets=_layer(torch="Embedding(400, 100)", keras="Embedding(400, 100)", built="(None,)", weight="weight",
                    jax="Embed(400, 100, rngs=nnx.Rngs(0))", kept=("embeddings", "embedding")),
    absent=NO_LAYERS, sources=(TORCH.format("Embedding"), "https://keras.io/api/layers/core_layers/embedding/",
                               "https://flax.readthedocs.io/en/latest/api_reference/flax.nnx/nn/linear.html"))

ROWS = (DENSE_BIAS, CONV, DEPTHWISE, TRANSPOSED, EMBEDDING)
