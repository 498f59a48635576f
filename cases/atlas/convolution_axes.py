"""In what order convolutions and what stands around them store axes, channels and padding."""

from dataclasses import replace

import numpy as np

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.lines import jax, keras, onnx, tensorflow, torch

IMAGE = np.arange(8).reshape(1, 2, 2, 2)  # rows, columns, channels

LAYOUT = AtlasRow(
    layer="conv2d", option="layout", title="axes of a convolution kernel", group="convolution", leads=("C2",),
    question="In what order does a two-dimensional convolution store the axes of its kernel?",
    variants=(
        Variant(value="OIHW", title="filters first: (filters, channels, height, width)",
                formula=r"y_o = \sum_{c,i,j} K_{o c i j} \, x_{c i j}",
                words="The layout of PyTorch, ONNX and jax.lax.conv.",
                switch={"keras": "np.transpose(K, (2, 3, 1, 0)) makes Keras's kernel of it"}),
        Variant(value="HWIO", title="filters last: (height, width, channels, filters)",
                formula=r"y_o = \sum_{c,i,j} K_{i j c o} \, x_{c i j}",
                words="The layout of Keras, TensorFlow and Flax.",
                switch={"torch": "K.permute(3, 2, 0, 1) makes PyTorch's kernel of it"})),
    probe=Probe(compute="one_window", arguments={"x": np.arange(8).reshape(2, 2, 2), "numbers": np.arange(16)}),
    example="The numbers 0 to 15 as a kernel of shape (2, 2, 2, 2), over a window whose channels hold 0 to 3 and 4 to 7: the two "
            "filters give {0} or {1}.",
    consequence="Mostly a shape error. With as many channels and filters as taps (2 by 2 kernels, tests with everything 3) the "
                "weights load and the answer is wrong.",
    snippets={
        "torch": torch("x, kernel = torch.arange(8.0).reshape(1, 2, 2, 2), torch.arange(16.0).reshape(2, 2, 2, 2)",
                       "answer = F.conv2d(x, kernel)[0, :, 0, 0]"),
        "keras": keras("channels = np.arange(8.0).reshape(1, 2, 2, 2)",
                       'x = channels.transpose(0, 2, 3, 1).astype("float32")',
                       'kernel = np.arange(16.0).reshape(2, 2, 2, 2).astype("float32")',
                       'y = keras.ops.conv(x, kernel, data_format="channels_last")[0, 0, 0]'),
        "tensorflow": tensorflow("x = tf.transpose(tf.reshape(tf.range(8.0), (1, 2, 2, 2)), (0, 2, 3, 1))",
                                 "kernel = tf.reshape(tf.range(16.0), (2, 2, 2, 2))",
                                 'answer = tf.nn.conv2d(x, kernel, strides=1, padding="VALID")[0, 0, 0]'),
        "jax": jax("x = jnp.arange(8.0).reshape(1, 2, 2, 2).transpose(0, 2, 3, 1)",
                   'conv = nnx.Conv(2, 2, (2, 2), padding="VALID", use_bias=False, rngs=nnx.Rngs(0))',
                   "conv.kernel = nnx.Param(jnp.arange(16.0).reshape(2, 2, 2, 2))", "answer = conv(x)[0, 0, 0]"),
        **onnx("y = Conv(x, w)", x="float[1,2,2,2]", w="float[2,2,2,2]", output="float[1,2,1,1] y",
               feeds='x, w = np.float32(np.arange(8)).reshape(1, 2, 2, 2), np.float32(np.arange(16)).reshape(2, 2, 2, 2)'),
    },
    sources=("https://flax.readthedocs.io/en/stable/migrating/convert_pytorch_to_flax.html",
             "https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html",
             "https://www.tensorflow.org/api_docs/python/tf/nn/conv2d"))

CHANNELS = AtlasRow(
    layer="conv2d", option="channels", title="channel axis of an image", group="convolution", leads=("C2", "N4"),
    question="On which axis does a two-dimensional convolution look for the channels of its input?",
    variants=(
        Variant(value="first", title="channels first, (batch, channels, height, width)", formula=r"x_{c i j}",
                words="Each channel is a whole image in memory.",
                switch={"keras": "data_format='channels_first'; not on every CPU build of TensorFlow"}),
        Variant(value="last", title="channels last, (batch, height, width, channels)", formula=r"x_{i j c}",
                words="The channels of a pixel lie side by side, as in an image file.",
                switch={"torch": "x.permute(0, 3, 1, 2) before; memory_format=torch.channels_last keeps the axes' order"})),
    probe=Probe(compute="first_channel", arguments={"numbers": np.arange(8), "shape": (2, 2, 2)}),
    example="Of the numbers 0 to 7 as an image of shape (2, 2, 2) the first channel is {0} or {1}.",
    consequence="Where height equals the number of channels nothing complains, and rows are taken for channels.",
    snippets={
        "torch": torch("x = torch.arange(8.0).reshape(1, 2, 2, 2)", "take_first = torch.tensor([1.0, 0]).reshape(1, 2, 1, 1)",
                       "answer = F.conv2d(x, take_first)"),
        "keras": keras('x = np.arange(8).reshape(1, 2, 2, 2).astype("float32")',
                       'layer = keras.layers.Conv2D(1, 1, use_bias=False)', "layer.build((None, 2, 2, 2))",
                       "layer.set_weights([np.reshape([1.0, 0], (1, 1, 2, 1))])", "y = layer(x)"),
        "tensorflow": tensorflow("x = tf.reshape(tf.range(8.0), (1, 2, 2, 2))",
                                 "take_first = tf.reshape(tf.constant([1.0, 0]), (1, 1, 2, 1))",
                                 'answer = tf.nn.conv2d(x, take_first, strides=1, padding="VALID")'),
        "jax": jax("conv = nnx.Conv(2, 1, (1, 1), use_bias=False, rngs=nnx.Rngs(0))",
                   "conv.kernel = nnx.Param(jnp.array([1.0, 0]).reshape(1, 1, 2, 1))",
                   "answer = conv(jnp.arange(8.0).reshape(1, 2, 2, 2))"),
        **onnx("y = Conv(x, w)", x="float[1,2,2,2]", w="float[1,2,1,1]", output="float[1,1,2,2] y",
               feeds='x, w = np.float32(np.arange(8)).reshape(1, 2, 2, 2), np.float32([1, 0]).reshape(1, 2, 1, 1)'),
    },
    sources=("https://keras.io/api/layers/convolution_layers/convolution2d/",
             "https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html"))

TRANSPOSED_LAYOUT = AtlasRow(
    layer="conv_transpose1d", option="layout", title="axes of a transposed convolution's kernel", group="convolution",
    leads=("C5b", "C2"),
    question="In what order does a transposed convolution store the axes of its kernel?",
    variants=(
        Variant(value="IOK", title="(inputs, outputs, taps)", formula=r"y_{o} = \sum_{c, k} K_{c o k} \, x_c",
                words="The kernel of the convolution that it transposes; there the inputs are the filters."),
        Variant(value="KOI", title="(taps, outputs, inputs)", formula=r"y_{o} = \sum_{c, k} K_{k o c} \, x_c",
                words="Also the kernel of the convolution that it transposes, in TensorFlow's order.",
                switch={"flax": "ConvTranspose(..., transpose_kernel=True)"}),
        Variant(value="KIO", title="(taps, inputs, outputs)", formula=r"y_{o} = \sum_{c, k} K_{k c o} \, x_c",
                words="As for every other layer of that framework: what comes in before what goes out.",
                switch={"flax": "ConvTranspose(...), the default"})),
    probe=Probe(compute="transposed_channels", arguments={"x": [1.0, 10.0], "numbers": np.arange(8)}),
    example="The numbers 0 to 7 as a kernel of shape (2, 2, 2), and one position with the channels {x}: the two outputs sum to "
            "{0}, {1} or {2}.",
    consequence="With as many inputs as outputs the weights load without an error and the channels are mixed up.",
    snippets={
        "torch": torch("x, kernel = torch.tensor([[[1.0], [10]]]), torch.arange(8.0).reshape(2, 2, 2)",
                       "answer = F.conv_transpose1d(x, kernel)[0].sum(1)"),
        "keras": keras('x, kernel = np.float32([[[1, 10]]]), np.float32(np.arange(8)).reshape(2, 2, 2)',
                       'y = keras.ops.conv_transpose(x, kernel, 1, data_format="channels_last")[0]',
                       "y = keras.ops.sum(y, axis=0)"),
        "tensorflow": tensorflow("x, kernel = tf.constant([[[1.0, 10]]]), tf.reshape(tf.range(8.0), (2, 2, 2))",
                                 'y = tf.nn.conv1d_transpose(x, kernel, (1, 2, 2), strides=1, padding="VALID")',
                                 "answer = tf.reduce_sum(y[0], 0)"),
        "jax": jax("conv = nnx.ConvTranspose(2, 2, (2,), padding=\"VALID\", use_bias=False, rngs=nnx.Rngs(0))",
                   "conv.kernel = nnx.Param(jnp.arange(8.0).reshape(2, 2, 2))",
                   "answer = conv(jnp.array([[[1.0, 10]]]))[0].sum(0)"),
        **onnx("z = ConvTranspose(x, w) y = ReduceSum <axes = [2]> (z)", x="float[1,2,1]", w="float[2,2,2]",
               output="float[1,2,1] y", feeds='x, w = np.float32([[[1], [10]]]), np.float32(range(8)).reshape(2, 2, 2)',
               opset=12),
    },
    sources=("https://github.com/jax-ml/jax/issues/11252", "https://github.com/google/flax/issues/3137",
             "https://docs.pytorch.org/docs/stable/generated/torch.nn.ConvTranspose1d.html"))

DEPTHWISE = AtlasRow(
    layer="depthwise_conv2d", option="order", title="order of a depthwise convolution's outputs", group="convolution",
    leads=("C10",), question="A depthwise convolution makes several outputs of each channel. In what order do they come?",
    variants=(
        Variant(value="channel", title="those of one channel side by side", formula=r"y_{c M + m} = k_{c m} \, x_c",
                words="The kernel of shape (height, width, channels, M) becomes one of grouped convolution by "
                      "transpose(2, 3, 0, 1) and a reshape."),
        Variant(value="multiple", title="those of one multiple side by side", formula=r"y_{m C + c} = k_{c m} \, x_c",
                words="All channels with their first kernel, then all with their second. Nobody's order, and the one that comes "
                      "out where the kernel is reshaped without exchanging axes.")),
    probe=Probe(compute="depthwise", arguments={"x": [1.0, 10.0], "kernel": np.array([[1.0, 2], [3, 4]])}),
    example="Channels {x} with the kernels {kernel} give {0} or {1}.",
    consequence="With one output a channel, as in MobileNet, both are the same; with two the next layer reads wrong channels.",
    snippets={
        "torch": torch("x = torch.tensor([1.0, 10]).reshape(1, 2, 1, 1)",
                       "kernel = torch.tensor([[1.0, 2], [3, 4]]).reshape(4, 1, 1, 1)",
                       "answer = F.conv2d(x, kernel, groups=2)[0, :, 0, 0]"),
        "keras": keras('x, kernel = np.float32([[[[1, 10]]]]), np.float32([[[[1, 2], [3, 4]]]])',
                       'y = keras.ops.depthwise_conv(x, kernel, data_format="channels_last")[0, 0, 0]'),
        "tensorflow": tensorflow("x, kernel = tf.constant([[[[1.0, 10]]]]), tf.constant([[[[1.0, 2], [3, 4]]]])",
                                 "answer = tf.nn.depthwise_conv2d(x, kernel, strides=[1] * 4, padding=\"VALID\")[0, 0, 0]"),
        "jax": jax("conv = nnx.Conv(2, 4, (1, 1), feature_group_count=2, use_bias=False, rngs=nnx.Rngs(0))",
                   "conv.kernel = nnx.Param(jnp.array([[1.0, 2], [3, 4]]).reshape(1, 1, 1, 4))",
                   "answer = conv(jnp.array([[[[1.0, 10]]]]))[0, 0, 0]"),
        **onnx("y = Conv <group = 2> (x, w)", x="float[1,2,1,1]", w="float[4,1,1,1]", output="float[1,4,1,1] y",
               feeds='x, w = np.float32([1, 10]).reshape(1, 2, 1, 1), np.float32([1, 2, 3, 4]).reshape(4, 1, 1, 1)'),
    },
    sources=("https://www.tensorflow.org/api_docs/python/tf/nn/depthwise_conv2d",
             "https://docs.pytorch.org/docs/stable/generated/torch.nn.Conv2d.html"))

FLATTEN = AtlasRow(
    layer="flatten", option="order", title="order of a flattened image", group="convolution", leads=("C12",),
    question="In what order does Flatten, after a convolution, line up the numbers of an image?",
    variants=(
        Variant(value="as_stored", title="row, column, channel", formula=r"y_{(i W + j) C + c} = x_{i j c}",
                words="The channels of a pixel stay together, because the image is stored with the channels last.",
                switch={"torch": "x.permute(0, 2, 3, 1).flatten(1)"}),
        Variant(value="channels_first", title="channel, row, column", formula=r"y_{(c H + i) W + j} = x_{i j c}",
                words="Each channel stays together, because the image is stored with the channels first.",
                switch={"keras": "Permute((3, 1, 2)), then Flatten"})),
    probe=Probe(compute="layer", arguments={"kind": "flatten", "inputs": {"x": IMAGE}, "axes": 3}),
    example="A 2 by 2 image with two channels, whose pixels hold 0 and 1, 2 and 3, 4 and 5, 6 and 7, becomes {0[0]} or {1[0]}.",
    consequence="The rows of the dense kernel behind Flatten need the same permutation. All shapes fit, and the classifier's "
                "answers look like noise.",
    snippets={
        "torch": torch("image = torch.arange(8.0).reshape(1, 2, 2, 2)  # rows, columns, channels",
                       "as_torch_stores_it = image.permute(0, 3, 1, 2)", "answer = torch.nn.Flatten()(as_torch_stores_it)"),
        "keras": keras('image = np.arange(8).reshape(1, 2, 2, 2).astype("float32")  # rows, columns, channels',
                       "y = keras.layers.Flatten()(image)"),
        "jax": jax("image = jnp.arange(8.0).reshape(1, 2, 2, 2)  # rows, columns, channels", "answer = image.reshape(1, -1)"),
        **onnx("y = Flatten(x)", x="float[1,2,2,2]", output="float[1,8] y",
               feeds='x = np.arange(8, dtype="float32").reshape(1, 2, 2, 2).transpose(0, 3, 1, 2)'),
    },
    absent={"tensorflow": "tf.nn has no Flatten; tf.keras is Keras"},
    sources=("https://discuss.pytorch.org/t/transferring-weights-from-keras-to-pytorch/9889",
             "https://henrysky.github.io/blog/2023-10-23-keras-torch"))

PATCHES = AtlasRow(
    layer="image_patches", option="order", title="order of an image patch", group="convolution", leads=("C12",),
    question="In what order does the function that cuts an image into patches line up the numbers of one?",
    variants=(
        replace(FLATTEN.variants[0], switch={"tensorflow": "image.extract_patches", "keras": "ops.image.extract_patches"}),
        replace(FLATTEN.variants[1], switch={"torch": "F.unfold", "keras": "ops.unfold of a channels-first image"})),
    probe=FLATTEN.probe, example=FLATTEN.example.replace("A 2 by 2 image", "A patch of 2 by 2 pixels"),
    consequence="The patch embedding of a vision transformer is a dense layer over these numbers: its rows need the same "
                "permutation. Even within one framework two functions differ.",
    snippets={
        "torch": torch("image = torch.arange(8.0).reshape(1, 2, 2, 2)  # rows, columns, channels",
                       "answer = F.unfold(image.permute(0, 3, 1, 2), 2)[0, :, 0]"),
        "keras": keras('image = np.arange(8).reshape(1, 2, 2, 2).astype("float32")  # rows, columns, channels',
                       'y = keras.ops.image.extract_patches(image, 2, data_format="channels_last")[0, 0, 0]'),
        "tensorflow": tensorflow("image = tf.reshape(tf.range(8.0), (1, 2, 2, 2))  # rows, columns, channels", "one = [1] * 4",
                                 'answer = tf.image.extract_patches(image, [1, 2, 2, 1], one, one, "VALID")[0, 0, 0]'),
        "jax": jax("image = jnp.arange(8.0).reshape(1, 2, 2, 2)  # rows, columns, channels", "x = image.transpose(0, 3, 1, 2)",
                   'answer = jax.lax.conv_general_dilated_patches(x, (2, 2), (1, 1), "VALID")[0, :, 0, 0]'),
    },
    absent=dict.fromkeys(("onnx", "onnxruntime"), "ONNX has no operator that cuts out patches"),
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.Unfold.html",
             "https://www.tensorflow.org/api_docs/python/tf/image/extract_patches"))

SHUFFLE = AtlasRow(
    layer="depth_to_space", option="order", title="order of channels in depth to space", group="convolution", leads=("C10",),
    question="Depth to space (pixel shuffle) makes a block of pixels of the channels of one. Which channel goes where?",
    variants=(
        Variant(value="DCR", title="block first: all channels of a pixel side by side",
                formula=r"y_{c i j} = x_{(i r + j) C + c}",
                words="The first C inputs are the channels of the upper left pixel.",
                switch={"onnx": "mode=DCR, the default", "torch": "x.reshape(N, r, r, C, H, W).permute(0, 3, 4, 1, 5, 2)"}),
        Variant(value="CRD", title="channel first: all pixels of a channel side by side",
                formula=r"y_{c i j} = x_{(c r + i) r + j}",
                words="The first r² inputs are the pixels of the first channel.",
                switch={"onnx": "mode=CRD", "torch": "torch.nn.PixelShuffle, no option"})),
    probe=Probe(compute="shuffled", arguments={"x": np.arange(8), "block": 2}),
    example="Eight channels 0 to 7 become two channels of 2 by 2 pixels: {0} or {1}.",
    consequence="A super-resolution network's last layer scatters colours and pixels. With one output channel both are the same, "
                "so a grey image does not show it.",
    snippets={
        "torch": torch("answer = F.pixel_shuffle(torch.arange(8.0).reshape(1, 8, 1, 1), 2)"),
        "keras": keras('x = np.arange(8).reshape(1, 1, 1, 8).astype("float32")',
                       'y = keras.ops.depth_to_space(x, 2, data_format="channels_last")',
                       "y = keras.ops.transpose(y, (0, 3, 1, 2))"),
        "tensorflow": tensorflow("x = tf.reshape(tf.range(8.0), (1, 1, 1, 8))",
                                 "answer = tf.transpose(tf.nn.depth_to_space(x, 2), (0, 3, 1, 2))"),
        **onnx("y = DepthToSpace <blocksize = 2> (x)", x="float[1,8,1,1]", output="float[1,2,2,2] y",
               feeds='x = np.arange(8, dtype="float32").reshape(1, 8, 1, 1)'),
    },
    absent={"jax": "JAX and Flax have no depth to space"},
    sources=("https://onnx.ai/onnx/operators/onnx__DepthToSpace.html",
             "https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html",
             "https://www.tensorflow.org/api_docs/python/tf/nn/depth_to_space"))

PAD_LIST = AtlasRow(
    layer="pad2d", option="order", title="order of the numbers in a padding list", group="convolution", leads=("C4",),
    question="Padding of two axes is given by four numbers. Which number belongs to which side?",
    variants=(
        Variant(value="rows_first", title="before and after the rows, then the columns", formula=r"((t, b), (l, r))",
                words="A pair for each axis, in the order of the axes.",
                switch={"keras": "ZeroPadding2D(((t, b), (l, r)))", "numpy": "numpy.pad(x, ((t, b), (l, r)))"}),
        Variant(value="columns_first", title="before and after the columns, then the rows", formula=r"(l, r, t, b)",
                words="The last axis comes first.", switch={"torch": "F.pad(x, (l, r, t, b))"}),
        Variant(value="befores_first", title="before rows and columns, then after both", formula=r"(t, l, b, r)",
                words="All beginnings, then all ends.", switch={"onnx": "pads=[t, l, b, r]"})),
    probe=Probe(compute="padded_by_list", arguments={"x": np.array([[1.0, 2], [3, 4]]), "pads": [1, 2, 0, 3]}),
    example="The numbers {pads} around {x} put the first row at {0[1]}, {1[0]} or {2[1]}.",
    consequence="The picture is padded on other sides. Where all four numbers are equal nobody notices.",
    snippets={
        "torch": torch("answer = F.pad(torch.tensor([[1.0, 2], [3, 4]]), (1, 2, 0, 3))"),
        "keras": keras('y = keras.ops.pad(np.array([[1, 2], [3, 4]], "float32"), np.reshape((1, 2, 0, 3), (2, 2)).tolist())'),
        "tensorflow": tensorflow("answer = tf.pad([[1.0, 2], [3, 4]], tf.reshape((1, 2, 0, 3), (2, 2)))"),
        "jax": jax("answer = jnp.pad(jnp.array([[1.0, 2], [3, 4]]), jnp.reshape(jnp.array((1, 2, 0, 3)), (2, 2)).tolist())"),
        **onnx("y = Pad(x, p)", x="float[2,2]", p="int64[4]", output="float[a,b] y",
               feeds='x, p = np.array([[1, 2], [3, 4]], "float32"), np.array((1, 2, 0, 3))'),
    },
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html",
             "https://onnx.ai/onnx/operators/onnx__Pad.html"))

ROWS = (LAYOUT, CHANNELS, TRANSPOSED_LAYOUT, DEPTHWISE, FLATTEN, PATCHES, SHUFFLE, PAD_LIST)
