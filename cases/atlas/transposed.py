"""How long a convolution that is told little makes its output, and where a transposed one puts what it is asked for besides."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere
from nnparity.cases.snippets.lines import jax, keras, onnx, tensorflow, torch

TORCH = "https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose1d.html"
KERAS = "https://keras.io/api/layers/convolution_layers/convolution1d_transpose/"
ONNX = "https://onnx.ai/onnx/operators/onnx__ConvTranspose.html"
FLAX = "https://flax.readthedocs.io/en/latest/api_reference/flax.nnx/nn/linear.html"

OUTPUT_PADDING = AtlasRow(
    layer="conv_transpose1d", option="output_padding", title="end at which output_padding adds to a transposed convolution",
    group="convolution", leads=("C5",),
    question="At which end does output_padding give a transposed convolution one more number?",
    variants=(
        Variant(value="end", title="at the end", formula=r"y_p, \ldots, y_{L - p - 1 + o}",
                words="Of all L numbers p are cut off at both ends, and o of those at the end given back: numbers, not zeros. "
                      "Where nothing is cut, what is added is zero.",
                switch={"torch": "padding=1, output_padding=1", "onnx": "pads=[1, 1], output_padding=[1]",
                        "keras": "padding='valid', then y[:, 1:] cuts the start alone"}),
        Variant(value="start", title="at the start", formula=r"y_{p - o}, \ldots, y_{L - p - 1}",
                words="Without output_padding one number is cut off at each end; with it that at the start stays. It is what "
                      "padding='same' does unless told otherwise.",
                switch={"keras": "padding='same', output_padding=1", "torch": "padding=0, then y[..., :-1]",
                        "tensorflow": "padding='SAME' and the larger output_shape"})),
    probe=Probe(compute="transposed_given_back", arguments={"x": [1.0, 3.0, -2.0], "kernel": [1.0, 10.0, -4.0], "stride": 2,
                                                            "padding": 1}),
    example="{x} with the kernel {kernel}, stride {stride}: {0} or {1}; without output_padding it is the five numbers that both "
            "have.",
    consequence="The argument has the same name and gives the same size on both sides. Every upsampling layer moves the image by "
                "one pixel.",
    snippets={
        "torch": torch("x, kernel = torch.tensor([[[1.0, 3, -2]]]), torch.tensor([[[1.0, 10, -4]]])",
                       "answer = F.conv_transpose1d(x, kernel, stride=2, padding=1, output_padding=1)[0, 0]"),
        "keras": keras("x, kernel = np.float32([1, 3, -2]).reshape(1, 3, 1), np.float32([1, 10, -4]).reshape(3, 1, 1)",
                       'same = {"padding": "same", "output_padding": 1, "data_format": "channels_last"}',
                       "y = keras.ops.conv_transpose(x, kernel, 2, **same)[0, :, 0]"),
        "tensorflow": tensorflow("x = tf.reshape(tf.constant([1.0, 3, -2]), (1, 3, 1))",
                                 "kernel = tf.reshape(tf.constant([1.0, 10, -4]), (3, 1, 1))",
                                 "longer = (1, 6, 1)  # of the two lengths that stride 2 leads from to 3, 5 and 6",
                                 "answer = tf.nn.conv1d_transpose(x, kernel, longer, strides=2)[0, :, 0]"),
        **onnx("y = ConvTranspose <strides = [2], pads = [1, 1], output_padding = [1]> (x, w)", x="float[1,1,3]",
               w="float[1,1,3]", output="float[1,1,6] y", feeds="x, w = np.float32([[[1, 3, -2]]]), np.float32([[[1, 10, -4]]])"),
    },
    absent={"jax": "its transposed convolutions have no output_padding; give the padding of both ends in numbers"},
    sources=(TORCH, KERAS, ONNX, "https://www.tensorflow.org/api_docs/python/tf/nn/conv1d_transpose"))

DEFAULT_PADDINGS = (
    Variant(value="valid", title="none", formula=r"L = (n - 1) \, s + K",
            words="The output has every number that a kernel reaches.",
            switch={"torch": "padding=0, the default", "keras": "padding='valid', the default", "jax": "padding='VALID'"}),
    Variant(value="same", title="'same'", formula=r"L = n \, s",
            words="The stride alone says how much longer the output is.",
            switch={"keras": "padding='same'", "jax": "padding='SAME', the default of flax", "onnx": "auto_pad=SAME_UPPER",
                    "torch": "padding=1, output_padding=1 for kernel 3 and stride 2: as long, but shifted by one"}))

TRANSPOSED_LENGTH = AtlasRow(
    layer="conv_transpose1d", option="default_padding", title="default padding of a transposed convolution layer",
    group="convolution", leads=("C5",),
    question="How long an output does a transposed convolution make that was given no padding?",
    variants=DEFAULT_PADDINGS,
    probe=Probe(compute="transposed_length", arguments={"n": 3, "taps": 3, "stride": 2}),
    example="{n} numbers, kernel {taps} and stride {stride}: {0:.0f} or {1:.0f} numbers.",
    consequence="A decoder doubles each length in one framework and has a row too many in the other; the skip connection fails, "
                "or a crop that somebody adds hides a shift.",
    snippets={
        "torch": torch("answer = torch.nn.ConvTranspose1d(1, 1, 3, stride=2)(torch.ones(1, 1, 3)).shape[2]"),
        "keras": keras('y = keras.layers.Conv1DTranspose(1, 3, strides=2)(np.ones((1, 3, 1), "float32")).shape[1]'),
        "jax": jax("conv = nnx.ConvTranspose(1, 1, (3,), strides=(2,), rngs=nnx.Rngs(0))",
                   "answer = conv(jnp.ones((1, 3, 1))).shape[1]"),
        **onnx("z = ConvTranspose <strides = [2]> (x, w) s = Shape (z) y = Gather (s, i)", x="float[1,1,3]", w="float[1,1,3]",
               i="int64", output="int64 y", feeds="x, w, i = *np.ones((2, 1, 1, 3), 'f'), np.array(2)"),
    },
    absent={"tensorflow": "tf.nn.conv1d_transpose wants output_shape to be said"},
    sources=(TORCH, KERAS, FLAX, ONNX))

LENGTH = AtlasRow(
    layer="conv1d", option="default_padding", title="default padding of a convolution layer", group="convolution", leads=("C3",),
    question="How long an output does a convolution layer make that was given no padding?",
    variants=(
        Variant(value="valid", title="none: the output is shorter", formula=r"L = n - K + 1",
                words="The kernel stays inside the input.",
                switch={"torch": "padding=0, the default", "keras": "padding='valid', the default", "jax": "padding='VALID'"}),
        Variant(value="same", title="'same': the output is as long", formula=r"L = n \,",
                words="Zeros are put around the input.",
                switch={"torch": "padding='same'", "keras": "padding='same'", "jax": "padding='SAME', the default of flax",
                        "onnx": "auto_pad=SAME_UPPER"})),
    probe=Probe(compute="convolved_length", arguments={"n": 5, "taps": 3}),
    example="{n} numbers and a kernel of {taps}: {0:.0f} or {1:.0f} numbers.",
    consequence="With pooling behind it to one number a channel nothing complains, and every border has seen zeros or has not.",
    snippets={
        "torch": torch("answer = torch.nn.Conv1d(1, 1, 3)(torch.ones(1, 1, 5)).shape[2]"),
        "keras": keras('y = keras.layers.Conv1D(1, 3)(np.ones((1, 5, 1), "float32")).shape[1]'),
        "jax": jax("answer = nnx.Conv(1, 1, (3,), rngs=nnx.Rngs(0))(jnp.ones((1, 5, 1))).shape[1]"),
        **onnx("z = Conv (x, w) s = Shape (z) y = Gather (s, i)", x="float[1,1,5]", w="float[1,1,3]", i="int64",
               output="int64 y", feeds="x, w, i = np.ones((1, 1, 5), 'f'), np.ones((1, 1, 3), 'f'), np.array(2)"),
    },
    absent={"tensorflow": "tf.nn.conv1d wants the padding to be said"},
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv1d.html",
             "https://keras.io/api/layers/convolution_layers/convolution1d/", FLAX, "https://onnx.ai/onnx/operators/onnx__Conv.html"))

SHORT_KERNEL = AtlasRow(
    layer="conv_transpose1d", option="short_kernel", title="transposed convolution whose kernel is shorter than its stride",
    group="convolution", leads=("C5",),
    question="Does the output of a transposed convolution without padding end where its last kernel ends, or where its last "
             "stride ends?",
    variants=(
        Variant(value="kernel", title="where the kernel ends", formula=r"L = (n - 1) \, s + K",
                words="No number more than kernels reach.",
                switch={"torch": "output_padding=0, the default", "keras": "padding='valid', then the end is cut off by hand"}),
        Variant(value="stride", title="where the stride ends, with zeros", formula=r"L = n \, s + \max(K - s, 0)",
                words="Each input has a whole stride of outputs; those that the kernel does not reach are zero, or the bias.",
                switch={"torch": "output_padding=1 for kernel 2 and stride 3", "keras": "padding='valid'"})),
    probe=Probe(compute="transposed_short", arguments={"x": [1.0, 3.0], "kernel": [1.0, 10.0], "stride": 3}),
    example="{x} with the kernel {kernel} and stride {stride} becomes {0} or {1}.",
    consequence="The sizes agree for every kernel that is at least as long as the stride, and differ for the 2 by 2 kernels of a "
                "threefold enlargement or the 1 by 1 kernels of a dilated unpooling.",
    snippets={
        "torch": torch("answer = F.conv_transpose1d(torch.tensor([[[1.0, 3]]]), torch.tensor([[[1.0, 10]]]), stride=3)[0, 0]"),
        "keras": keras("x, kernel = np.float32([1, 3]).reshape(1, 2, 1), np.float32([1, 10]).reshape(2, 1, 1)",
                       'y = keras.ops.conv_transpose(x, kernel, 3, data_format="channels_last")[0, :, 0]'),
        "jax": jax("x, kernel = jnp.array([1.0, 3]).reshape(1, 2, 1), jnp.array([10.0, 1]).reshape(2, 1, 1)  # mirrored",
                   'answer = jax.lax.conv_transpose(x, kernel, strides=(3,), padding="VALID")[0, :, 0]'),
        **onnx("y = ConvTranspose <strides = [3]> (x, w)", x="float[1,1,2]", w="float[1,1,2]", output="float[1,1,N] y",
               feeds="x, w = np.float32([[[1, 3]]]), np.float32([[[1, 10]]])"),
    },
    absent=everywhere("tf.nn.conv1d_transpose wants output_shape to be said, and accepts both", "tensorflow"),
    sources=(TORCH, KERAS, "https://docs.jax.dev/en/latest/_autosummary/jax.lax.conv_transpose.html", ONNX))

ROWS = (OUTPUT_PADDING, TRANSPOSED_LENGTH, LENGTH, SHORT_KERNEL)
