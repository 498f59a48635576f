"""Convolutions and transposed convolutions along one axis: which way the kernel lies, where zeros go, what is cut off."""

import numpy as np

from nnparity.cases.convention import REFUSES, AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere
from nnparity.cases.snippets.lines import jax, keras, onnx, tensorflow, torch

ORIENTATION = AtlasRow(
    layer="conv1d", option="orientation", title="direction of a convolution's kernel", group="convolution", leads=("C1",),
    question="Does a convolution layer slide the kernel as it is, or its mirror image?",
    variants=(
        Variant(value="correlation", title="as it is: a correlation", formula=r"y_i = \sum_k w_k \, x_{i + k}",
                words="What every neural network library calls a convolution. In signal processing it is a cross-correlation.",
                switch={"numpy": "numpy.correlate(x, w, 'valid')", "scipy": "scipy.signal.correlate"}),
        Variant(value="convolution", title="mirrored: a convolution", formula=r"y_i = \sum_k w_{K - 1 - k} \, x_{i + k}",
                words="The definition of mathematics and of numpy.convolve, jax.numpy.convolve and scipy.signal.convolve.",
                switch={"torch": "conv1d(x, w.flip(-1))", "numpy": "numpy.convolve(x, w, 'valid')",
                        "jax": "jax.numpy.convolve(x, w, 'valid')", "scipy": "scipy.signal.convolve"})),
    probe=Probe(compute="sliding_product", arguments={"x": [1.0, 2.0, 3.0, 4.0, 5.0], "kernel": [1.0, 0.0, -1.0]}),
    example="{x} with the kernel {kernel} gives {0} or {1}.",
    consequence="A filter written after a textbook is mirrored: an edge detector answers with the other sign. A layer that is "
                "trained does not notice, it learns the mirrored kernel.",
    snippets={
        "torch": torch("x = torch.tensor([[[1.0, 2, 3, 4, 5]]])",
                       "answer = F.conv1d(x, torch.tensor([[[1.0, 0, -1]]]))[0, 0]"),
        "keras": keras('x = np.array([1, 2, 3, 4, 5], "float32").reshape(1, 5, 1)',
                       'kernel = np.array([1, 0, -1], "float32").reshape(3, 1, 1)',
                       'y = keras.ops.conv(x, kernel, data_format="channels_last")[0, :, 0]'),
        "tensorflow": tensorflow("x = tf.reshape(tf.constant([1.0, 2, 3, 4, 5]), (1, 5, 1))",
                                 "kernel = tf.reshape(tf.constant([1.0, 0, -1]), (3, 1, 1))",
                                 'answer = tf.nn.conv1d(x, kernel, stride=1, padding="VALID")[0, :, 0]'),
        "jax": jax("x, kernel = jnp.array([[[1.0, 2, 3, 4, 5]]]), jnp.array([[[1.0, 0, -1]]])",
                   'answer = jax.lax.conv(x, kernel, window_strides=(1,), padding="VALID")[0, 0]'),
        **onnx("y = Conv(x, w)", x="float[1,1,5]", w="float[1,1,3]", output="float[1,1,3] y",
               feeds='x, w = np.array([[[1, 2, 3, 4, 5]]], "float32"), np.array([[[1, 0, -1]]], "float32")'),
    },
    sources=("https://arxiv.org/abs/1603.07285", "https://numpy.org/doc/stable/reference/generated/numpy.convolve.html",
             "https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv1d.html"))

EVEN_KERNEL = AtlasRow(
    layer="conv2d", option="padding", title="zeros of a 'same' convolution with an even kernel", group="convolution",
    leads=("C4",),
    question="On which side does a 'same' convolution of stride one and even kernel put its odd zero?",
    variants=(
        Variant(value="same", title="at the end", formula=r"y_i = \sum_k w_k \, x_{i + k - \lfloor (K - 1) / 2 \rfloor}",
                words="The zeros are halved, and the odd one goes below and to the right. ONNX calls this SAME_UPPER.",
                switch={"torch": "padding='same'", "keras": "padding='same'", "onnx": "auto_pad=SAME_UPPER"}),
        Variant(value="same_lower", title="at the start", formula=r"y_i = \sum_k w_k \, x_{i + k - \lceil (K - 1) / 2 \rceil}",
                words="The odd zero goes above and to the left. No framework's 'same' does this; ONNX has a name for it.",
                switch={"torch": "F.pad(x, (1, 0, 1, 0)) before", "keras": "ZeroPadding2D(((1, 0), (1, 0))), then 'valid'",
                        "onnx": "auto_pad=SAME_LOWER"})),
    probe=Probe(compute="layer", arguments={"kind": "conv2d", "inputs": {"x": np.array([[[[1, 3, 7], [-2, 5, 4]]]])},
                                            "params": {"kernel": np.array([[[[1, 10], [-4, 3]]]])}}),
    example="Two rows 1, 3, 7 and -2, 5, 4 and the kernel with the rows 1, 10 and -4, 3: the first number is {0[0,0,0,0]} or "
            "{1[0,0,0,0]}.",
    consequence="The image moves by one pixel with every layer. Sizes agree and a kernel of odd size agrees, so only the "
                "numbers tell.",
    snippets={
        "torch": torch("x, kernel = torch.tensor([[[[1.0, 3, 7], [-2, 5, 4]]]]), torch.tensor([[[[1.0, 10], [-4, 3]]]])",
                       'answer = F.conv2d(x, kernel, padding="same")'),
        "keras": keras('x = np.array([[1, 3, 7], [-2, 5, 4]], "float32").reshape(1, 2, 3, 1)',
                       'kernel = np.array([[1, 10], [-4, 3]], "float32").reshape(2, 2, 1, 1)',
                       'y = keras.ops.conv(x, kernel, padding="same", data_format="channels_last")'),
        "tensorflow": tensorflow("x = tf.reshape(tf.constant([1.0, 3, 7, -2, 5, 4]), (1, 2, 3, 1))",
                                 "kernel = tf.reshape(tf.constant([1.0, 10, -4, 3]), (2, 2, 1, 1))",
                                 'answer = tf.nn.conv2d(x, kernel, strides=1, padding="SAME")'),
        "jax": jax("x, kernel = jnp.array([[[[1.0, 3, 7], [-2, 5, 4]]]]), jnp.array([[[[1.0, 10], [-4, 3]]]])",
                   'answer = jax.lax.conv(x, kernel, window_strides=(1, 1), padding="SAME")'),
        **onnx('y = Conv <auto_pad = "SAME_UPPER"> (x, w)', x="float[1,1,2,3]", w="float[1,1,2,2]", output="float[1,1,2,3] y",
               feeds='x, w = np.float32([[[[1, 3, 7], [-2, 5, 4]]]]), np.float32([[[[1, 10], [-4, 3]]]])'),
    },
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html",
             "https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2",
             "https://onnx.ai/onnx/operators/onnx__Conv.html",
             "https://discuss.pytorch.org/t/transferring-weights-from-keras-to-pytorch/9889"))

DILATED = AtlasRow(
    layer="conv1d", option="extent", title="zeros of a dilated 'same' convolution", group="convolution", leads=("C4",),
    question="Does a 'same' convolution count the gaps of a dilated kernel when it works out its zeros?",
    variants=(
        Variant(value="dilated", title="counted: output as long as input", formula=r"p = (K - 1) \, d",
                words="The window is as long as the spread kernel, and so many zeros go around the input.",
                switch={"torch": "padding=dilation, for kernel 3", "keras": "padding='same'"}),
        Variant(value="taps", title="not counted: output shorter", formula=r"p = K - 1",
                words="padding=1 for a kernel of three, kept when a dilation was added: the output shrinks.",
                switch={"torch": "padding=1", "keras": "ZeroPadding1D(1), then padding='valid'"}),
        Variant(value=REFUSES, title="refuses", formula=r"\text{an error}",
                words="The runtime works out padding for kernels without gaps only; give the numbers: pads=[2, 2].")),
    probe=Probe(compute="dilated_same", arguments={"x": [1.0, 3.0, 7.0, -2.0, 5.0], "kernel": [1.0, 10.0, -4.0], "dilation": 2}),
    example="{x} with the kernel {kernel} and dilation {dilation} gives {0} or {1}.",
    consequence="A network by hand that pads by half the kernel loses cells at each dilated layer, and sums of a skip connection "
                "no longer fit. A model exported with auto_pad may not run at all.",
    snippets={
        "torch": torch("x, kernel = torch.tensor([[[1.0, 3, 7, -2, 5]]]), torch.tensor([[[1.0, 10, -4]]])",
                       'answer = F.conv1d(x, kernel, dilation=2, padding="same")[0, 0]'),
        "keras": keras('x = np.array([1, 3, 7, -2, 5], "float32").reshape(1, 5, 1)',
                       'kernel = np.array([1, 10, -4], "float32").reshape(3, 1, 1)',
                       'y = keras.ops.conv(x, kernel, padding="same", dilation_rate=2, data_format="channels_last")[0, :, 0]'),
        "tensorflow": tensorflow("x = tf.reshape(tf.constant([1.0, 3, 7, -2, 5]), (1, 5, 1))",
                                 "kernel = tf.reshape(tf.constant([1.0, 10, -4]), (3, 1, 1))",
                                 'answer = tf.nn.conv1d(x, kernel, stride=1, padding="SAME", dilations=2)[0, :, 0]'),
        "jax": jax("x, kernel = jnp.array([[[1.0, 3, 7, -2, 5]]]), jnp.array([[[1.0, 10, -4]]])",
                   'answer = jax.lax.conv_general_dilated(x, kernel, (1,), "SAME", rhs_dilation=(2,))[0, 0]'),
        **onnx('y = Conv <auto_pad = "SAME_UPPER", dilations = [2]> (x, w)', x="float[1,1,5]", w="float[1,1,3]",
               output="float[1,1,5] y", feeds='x, w = np.float32([[[1, 3, 7, -2, 5]]]), np.float32([[[1, 10, -4]]])'),
    },
    sources=("https://arxiv.org/abs/1511.07122", "https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv1d.html"))

TRANSPOSED_CROP = AtlasRow(
    layer="conv_transpose1d", option="crop", title="what a 'same' transposed convolution cuts off", group="convolution",
    leads=("C5",),
    question="A transposed convolution with kernel 3 and stride 2 makes one number too many for twice the length. Which goes?",
    variants=(
        Variant(value="end", title="the last number", formula=r"y_0, \ldots, y_{2n - 1}",
                words="The counterpart of a 'same' convolution that puts its odd zero at the end.",
                switch={"torch": "padding=0, then y[..., :-1]", "keras": "padding='same'", "onnx": "auto_pad=SAME_UPPER"}),
        Variant(value="start", title="the first number", formula=r"y_1, \ldots, y_{2n}",
                words="padding=1 cuts one number on each side, output_padding=1 gives the last one back. It is what most "
                      "PyTorch decoders use to double a length.",
                switch={"torch": "padding=1, output_padding=1", "keras": "padding='valid', then y[:, 1:]",
                        "onnx": "pads=[1, 1], output_padding=[1]"})),
    probe=Probe(compute="transposed", arguments={"x": [1.0, 3.0, -2.0], "kernel": [1.0, 10.0, 1.0], "stride": 2}),
    example="{x} with the kernel {kernel} gives {0} or {1}.",
    consequence="Every upsampling layer of a ported decoder or GAN moves the image by one pixel. The sizes are equal.",
    snippets={
        "torch": torch("x, kernel = torch.tensor([[[1.0, 3, -2]]]), torch.tensor([[[1.0, 10, 1]]])",
                       "answer = F.conv_transpose1d(x, kernel, stride=2, padding=1, output_padding=1)[0, 0]"),
        "keras": keras('x = np.array([1, 3, -2], "float32").reshape(1, 3, 1)',
                       'kernel = np.array([1, 10, 1], "float32").reshape(3, 1, 1)',
                       'y = keras.ops.conv_transpose(x, kernel, 2, padding="same", data_format="channels_last")[0, :, 0]'),
        "tensorflow": tensorflow("x = tf.reshape(tf.constant([1.0, 3, -2]), (1, 3, 1))",
                                 "kernel = tf.reshape(tf.constant([1.0, 10, 1]), (3, 1, 1))",
                                 "answer = tf.nn.conv1d_transpose(x, kernel, output_shape=(1, 6, 1), strides=2)[0, :, 0]"),
        "jax": jax("x, kernel = jnp.array([1.0, 3, -2]).reshape(1, 3, 1), jnp.array([1.0, 10, 1]).reshape(3, 1, 1)",
                   'answer = jax.lax.conv_transpose(x, kernel, strides=(2,), padding="SAME")[0, :, 0]'),
        **onnx('y = ConvTranspose <auto_pad = "SAME_UPPER", strides = [2]> (x, w)', x="float[1,1,3]", w="float[1,1,3]",
               output="float[1,1,6] y", feeds='x, w = np.float32([[[1, 3, -2]]]), np.float32([[[1, 10, 1]]])'),
    },
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose1d.html",
             "https://onnx.ai/onnx/operators/onnx__ConvTranspose.html", "https://github.com/keras-team/keras-core/issues/774"))

TRANSPOSED_ORIENTATION = AtlasRow(
    layer="conv_transpose1d", option="orientation", title="direction of a transposed convolution's kernel", group="convolution",
    leads=("C5b",),
    question="Does a transposed convolution lay down the kernel as it is, or its mirror image?",
    variants=(
        Variant(value="as_is", title="as it is", formula=r"y_{i s + k} \mathrel{+}= w_k \, x_i",
                words="The gradient of a convolution by its input: the same kernel serves both directions.",
                switch={"flax": "ConvTranspose(..., transpose_kernel=True), which also exchanges the two channel axes"}),
        Variant(value="flipped", title="mirrored", formula=r"y_{i s + k} \mathrel{+}= w_{K - 1 - k} \, x_i",
                words="Zeros are put between the inputs and the kernel slides over them as in a convolution.",
                switch={"flax": "ConvTranspose(...), the default", "torch": "conv_transpose1d(x, w.flip(-1))"})),
    probe=Probe(compute="transposed", arguments={"x": [1.0, 3.0], "kernel": [1.0, 10.0, -4.0]}),
    example="{x} with the kernel {kernel} gives {0} or {1}.",
    consequence="Weights carried over load without an error and are all mirrored; with a symmetric kernel, which is what "
                "bilinear upsampling starts from, the port even passes its test.",
    snippets={
        "torch": torch("answer = F.conv_transpose1d(torch.tensor([[[1.0, 3]]]), torch.tensor([[[1.0, 10, -4]]]))[0, 0]"),
        "keras": keras('x, kernel = np.float32([1, 3]).reshape(1, 2, 1), np.float32([1, 10, -4]).reshape(3, 1, 1)',
                       'y = keras.ops.conv_transpose(x, kernel, 1, data_format="channels_last")[0, :, 0]'),
        "tensorflow": tensorflow("x, kernel = tf.constant([[[1.0], [3]]]), tf.constant([[[1.0]], [[10]], [[-4]]])",
                                 'answer = tf.nn.conv1d_transpose(x, kernel, (1, 4, 1), strides=1, padding="VALID")[0, :, 0]'),
        "jax": jax("conv = nnx.ConvTranspose(1, 1, (3,), padding=\"VALID\", use_bias=False, rngs=nnx.Rngs(0))",
                   "conv.kernel = nnx.Param(jnp.array([1.0, 10, -4]).reshape(3, 1, 1))",
                   "answer = conv(jnp.array([[[1.0], [3]]]))[0, :, 0]"),
        **onnx("y = ConvTranspose(x, w)", x="float[1,1,2]", w="float[1,1,3]", output="float[1,1,4] y",
               feeds='x, w = np.float32([[[1, 3]]]), np.float32([[[1, 10, -4]]])'),
    },
    sources=("https://github.com/jax-ml/jax/issues/11252", "https://github.com/google/flax/issues/3137",
             "https://flax.readthedocs.io/en/stable/migrating/convert_pytorch_to_flax.html"))

MIRRORED = AtlasRow(
    layer="pad1d", option="edge", title="edge of a reflected padding", group="convolution", leads=("C4",),
    question="Is the last number repeated when a padding called 'reflect' mirrors the input?",
    variants=(
        Variant(value="once", title="not repeated", formula=r"\ldots \; x_2 \; x_1 \; | \; x_0 \; x_1 \; x_2 \; \ldots",
                words="The mirror stands on the last number.",
                switch={"torch": "F.pad(mode='reflect')", "keras": "keras.ops.pad(mode='reflect')", "jax": "mode='reflect'",
                        "scipy": "mode='mirror'"}),
        Variant(value="twice", title="repeated", formula=r"\ldots \; x_1 \; x_0 \; | \; x_0 \; x_1 \; x_2 \; \ldots",
                words="The mirror stands behind the last number. scipy.ndimage calls this 'reflect', the others 'symmetric'.",
                switch={"keras": "keras.ops.pad(mode='symmetric')", "tensorflow": "tf.pad(mode='SYMMETRIC')",
                        "jax": "mode='symmetric'", "scipy": "mode='reflect'"})),
    probe=Probe(compute="mirrored", arguments={"x": [1.0, 2.0, 3.0, 4.0], "pad": 2}),
    example="{x} with {pad} numbers on each side becomes {0} or {1}.",
    consequence="The same word means two things: an image that scipy.ndimage filters with mode 'reflect' has other borders than "
                "the layer with reflect padding.",
    snippets={
        "torch": torch('answer = F.pad(torch.tensor([[1.0, 2, 3, 4]]), (2, 2), mode="reflect")'),
        "keras": keras('y = keras.ops.pad(np.array([1, 2, 3, 4], "float32"), ((2, 2),), mode="reflect")'),
        "tensorflow": tensorflow('answer = tf.pad([1.0, 2, 3, 4], [[2, 2]], mode="REFLECT")'),
        "jax": jax('answer = jnp.pad(jnp.array([1.0, 2, 3, 4]), 2, mode="reflect")'),
        **onnx('y = Pad <mode = "reflect"> (x, p)', x="float[4]", p="int64[2]", output="float[8] y",
               feeds='x, p = np.array([1, 2, 3, 4], "float32"), np.array([2, 2])'),
    },
    sources=("https://docs.scipy.org/doc/scipy/reference/generated/scipy.ndimage.convolve.html",
             "https://numpy.org/doc/stable/reference/generated/numpy.pad.html"))

SAME_LOWER = AtlasRow(
    layer="conv1d", option="same_lower", title="zeros of ONNX's SAME_LOWER with an even kernel", group="convolution",
    leads=("C4",), question="Does a Conv node with auto_pad=SAME_LOWER put the odd zero at the start, as its name says?",
    variants=(
        Variant(value="start", title="at the start", formula=r"y_i = w_0 \, x_{i - 1} + w_1 \, x_i",
                words="What the operator's text asks for.", config={"padding": "same_lower"}),
        Variant(value="end", title="at the end", formula=r"y_i = w_0 \, x_i + w_1 \, x_{i + 1}",
                words="The same as SAME_UPPER.", config={"padding": "same"})),
    probe=Probe(compute="layer", arguments={"kind": "conv1d", "inputs": {"x": np.array([[[1, 3, 7]]])},
                                            "params": {"kernel": np.array([[[1, 10]]])}}),
    example="1, 3, 7 with the kernel 1, 10 gives {0} or {1}.",
    consequence="A model file that pads at the start computes something else in a runtime that takes both names for one.",
    snippets=onnx('y = Conv <auto_pad = "SAME_LOWER"> (x, w)', x="float[1,1,3]", w="float[1,1,2]", output="float[1,1,3] y",
                  feeds='x, w = np.array([[[1, 3, 7]]], "float32"), np.array([[[1, 10]]], "float32")'),
    absent=everywhere("it has no padding of this name", "torch", "keras", "tensorflow", "jax"),
    sources=("https://onnx.ai/onnx/operators/onnx__Conv.html",))

ROWS = (ORIENTATION, EVEN_KERNEL, DILATED, TRANSPOSED_CROP, TRANSPOSED_ORIENTATION, MIRRORED, SAME_LOWER)
