"""Pooling layers: their padding, their default stride, incomplete windows, bins, nan."""

import numpy as np

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere
from nnparity.cases.snippets.lines import KERAS_ONLY, jax, keras, onnx, tensorflow, torch

NINE = np.arange(1, 10).reshape(1, 1, 3, 3)

DIVISOR = AtlasRow(
    layer="average_pool2d", option="divisor", title="divisor of average pooling at the border", group="convolution",
    leads=("C6",), question="What does average pooling divide by in a window that reaches into the padding?",
    variants=(
        Variant(value="window", title="the size of the window", formula=r"y = \frac{1}{K^2} \sum_u x_u",
                words="Padding counts as zeros: averages at the border are drawn to zero.",
                switch={"torch": "AvgPool2d(...), the default", "onnx": "count_include_pad=1"}),
        Variant(value="cells", title="its cells that are not padding", formula=r"y = \frac{1}{n} \sum_{u \text{ inside}} x_u",
                words="The average of what is there.",
                switch={"torch": "AvgPool2d(..., count_include_pad=False)", "flax": "avg_pool(..., count_include_pad=False)",
                        "onnx": "count_include_pad=0, the default"})),
    probe=Probe(compute="layer", arguments={"kind": "average_pool2d", "inputs": {"x": NINE}, "size": 3, "stride": 1,
                                            "padding": "same"}),
    example="Of the numbers 1 to 9 in three rows the window around the 1 gives {0[0,0,0,0]} or {1[0,0,0,0]}.",
    consequence="The border of every feature map is weaker in one framework, 4/9 of the other in its corners.",
    snippets={
        "torch": torch("x = torch.arange(1.0, 10).reshape(1, 1, 3, 3)",
                       "answer = torch.nn.AvgPool2d(3, stride=1, padding=1)(x)"),
        "keras": keras('x = np.arange(1, 10).reshape(1, 3, 3, 1).astype("float32")',
                       'y = keras.layers.AveragePooling2D(3, strides=1, padding="same")(x)'),
        "tensorflow": tensorflow("x = tf.reshape(tf.range(1.0, 10), (1, 3, 3, 1))",
                                 'answer = tf.nn.avg_pool2d(x, 3, strides=1, padding="SAME")'),
        "jax": jax("x = jnp.arange(1.0, 10).reshape(1, 3, 3, 1)", 'answer = nnx.avg_pool(x, (3, 3), padding="SAME")'),
        **onnx("y = AveragePool <kernel_shape = [3, 3], pads = [1, 1, 1, 1]> (x)", x="float[1,1,3,3]",
               output="float[1,1,3,3] y", feeds='x = np.arange(1, 10, dtype="float32").reshape(1, 1, 3, 3)'),
    },
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool2d.html",
             "https://onnx.ai/onnx/operators/onnx__AveragePool.html",
             "https://flax.readthedocs.io/en/stable/migrating/convert_pytorch_to_flax.html"))

BORDER = AtlasRow(
    layer="average_pool2d", option="border", title="padding of a strided 'same' average pooling", group="convolution",
    leads=("C6",), question="What does an average pooling with padding 'same' take for the cells beyond the last row and column?",
    variants=(
        Variant(value="cells", title="nothing: they do not count", formula=r"y = \frac{1}{n} \sum_{u \text{ inside}} x_u",
                words="The average of what is there."),
        Variant(value="edge", title="the last row and column again", formula=r"x_{n} = x_{n - 1}",
                words="The border is repeated and counts as any cell. It is what one backend does where padding is unequal.")),
    probe=Probe(compute="average_by_stride", arguments={"x": np.arange(1, 17).reshape(4, 4), "size": 3, "stride": 2}),
    example="The numbers 1 to 16 in four rows, windows of three and stride two, give {0} or {1}.",
    consequence="The same Keras model answers differently after its backend was changed.",
    snippets={
        "keras": keras('x = np.arange(1, 17).reshape(1, 4, 4, 1).astype("float32")',
                       'y = keras.layers.AveragePooling2D(3, strides=2, padding="same")(x)'),
        "tensorflow": tensorflow("x = tf.reshape(tf.range(1.0, 17), (1, 4, 4, 1))",
                                 'answer = tf.nn.avg_pool2d(x, 3, strides=2, padding="SAME")'),
        **onnx('y = AveragePool <auto_pad = "SAME_UPPER", kernel_shape = [3, 3], strides = [2, 2]> (x)', x="float[1,1,4,4]",
               output="float[1,1,2,2] y", feeds='x = np.arange(1, 17, dtype="float32").reshape(1, 1, 4, 4)'),
    },
    absent={"torch": "PyTorch's pooling has no padding 'same'", "jax": "flax.nnx.avg_pool divides by the window, see "
                                                                        "average_pool2d.divisor"},
    sources=("https://keras.io/api/layers/pooling_layers/average_pooling2d/",
             "https://www.tensorflow.org/api_docs/python/tf/nn/avg_pool2d"))

CEILED = AtlasRow(
    layer="average_pool1d", option="ceil_divisor", title="divisor of a window beyond the padding", group="convolution",
    leads=("C6", "C8"),
    question="With ceil_mode, what does average pooling divide by in a window that reaches beyond the padding?",
    variants=(
        Variant(value="padded", title="its cells up to the end of the padding", formula=r"\min(s + K, n + p) - s",
                words="What lies beyond the padding does not count.", switch={"torch": "AvgPool1d(..., ceil_mode=True)"}),
        Variant(value="window", title="the size of the window", formula=r"K",
                words="What lies beyond the padding counts as zeros.")),
    probe=Probe(compute="ceiled_average", arguments={"x": [1.0, 2.0, 3.0, 4.0], "size": 3, "stride": 2, "pad": 1}),
    example="{x} with windows of {size}, stride {stride} and one zero on each side gives {0} or {1}.",
    consequence="An exported model differs at one edge of the image only, by a third.",
    snippets={
        "torch": torch("pool = torch.nn.AvgPool1d(3, stride=2, padding=1, ceil_mode=True)",
                       "answer = pool(torch.tensor([[1.0, 2, 3, 4]]))"),
        **onnx('y = AveragePool <kernel_shape=[3], strides=[2], pads=[1, 1], ceil_mode=1, count_include_pad=1> (x)',
               x="float[1,1,4]", output="float[1,1,3] y", feeds='x = np.array([[[1, 2, 3, 4]]], "float32")', opset=19),
    },
    absent=everywhere("it has no ceil_mode", "keras", "tensorflow", "jax"),
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool1d.html",
             "https://onnx.ai/onnx/operators/onnx__AveragePool.html"))

PAD_VALUE = AtlasRow(
    layer="max_pool1d", option="pad_value", title="padding of max pooling", group="convolution", leads=("C7",),
    question="Which number stands for the padding in max pooling?",
    variants=(
        Variant(value="-inf", title="minus infinity", formula=r"x_{-1} = -\infty", words="Padding never wins."),
        Variant(value="0", title="zero", formula=r"x_{-1} = 0",
                words="A zero wins against negative numbers. It comes from padding in a layer of its own in front.",
                switch={"torch": "F.pad(x, (1, 1)), then padding=0", "keras": "ZeroPadding1D(1), then 'valid'"})),
    probe=Probe(compute="padded_maximum", arguments={"x": [-3.0, -1.0, -2.0, -5.0], "size": 3}),
    example="{x} with windows of {size} gives {0} or {1}.",
    consequence="Harmless behind a relu, where nothing is negative; wrong at the border where the pooling stands in front of it.",
    snippets={
        "torch": torch("answer = torch.nn.MaxPool1d(3, stride=1, padding=1)(torch.tensor([[-3.0, -1, -2, -5]]))"),
        "keras": keras('x = np.array([-3, -1, -2, -5], "float32").reshape(1, 4, 1)',
                       'y = keras.layers.MaxPooling1D(3, strides=1, padding="same")(x)'),
        "tensorflow": tensorflow("x = tf.reshape(tf.constant([-3.0, -1, -2, -5]), (1, 4, 1))",
                                 'answer = tf.nn.max_pool1d(x, 3, strides=1, padding="SAME")'),
        "jax": jax("x = jnp.array([-3.0, -1, -2, -5]).reshape(1, 4, 1)", 'answer = nnx.max_pool(x, (3,), padding="SAME")'),
        **onnx("y = MaxPool <kernel_shape = [3, 3], pads = [1, 1, 1, 1]> (x)", x="float[1,1,1,4]", output="float[1,1,1,4] y",
               feeds='x = np.array([[[[-3, -1, -2, -5]]]], "float32")'),
    },
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html",
             "https://github.com/gmalivenko/pytorch2keras/issues/38"))

INCOMPLETE = AtlasRow(
    layer="max_pool1d", option="incomplete", title="incomplete last window of a pooling", group="convolution", leads=("C8",),
    question="What becomes of the numbers at the end of a pooling that do not fill a window?",
    variants=(
        Variant(value="dropped", title="dropped", formula=r"\left\lfloor \frac{n - K}{s} \right\rfloor + 1",
                words="They are never looked at.", switch={"torch": "ceil_mode=False, the default", "keras": "padding='valid'"}),
        Variant(value="kept", title="kept as a smaller window", formula=r"\left\lceil \frac{n - K}{s} \right\rceil + 1",
                words="Caffe's rule.", switch={"torch": "ceil_mode=True", "keras": "padding='same'", "onnx": "ceil_mode=1"})),
    probe=Probe(compute="windowed_maximum", arguments={"x": [1.0, 2.0, 3.0, 4.0, 5.0], "size": 2}),
    example="{x} with windows of {size} gives {0} or {1}.",
    consequence="The map is one cell smaller, and a dense layer behind it has other rows. Networks from Caffe need 'kept'.",
    snippets={
        "torch": torch("answer = torch.nn.MaxPool1d(2)(torch.tensor([[1.0, 2, 3, 4, 5]]))"),
        "keras": keras('y = keras.layers.MaxPooling1D(2)(np.array([1, 2, 3, 4, 5], "float32").reshape(1, 5, 1))'),
        "jax": jax("answer = nnx.max_pool(jnp.array([1.0, 2, 3, 4, 5]).reshape(1, 5, 1), (2,), strides=(2,))"),
        **onnx("y = MaxPool <kernel_shape = [2], strides = [2]> (x)", x="float[1,1,5]", output="float[1,1,2] y",
               feeds='x = np.array([[[1, 2, 3, 4, 5]]], "float32")'),
    },
    absent={"tensorflow": "tf.nn.max_pool1d wants the padding to be said"},
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html",
             "https://onnx.ai/onnx/operators/onnx__MaxPool.html"))

STRIDE = AtlasRow(
    layer="max_pool1d", option="stride", title="default stride of a pooling", group="convolution", leads=("C8",),
    question="How far does a pooling of two move on when no stride is given?",
    variants=(
        Variant(value=2, title="by its own size", formula=r"s = K", words="Windows lie side by side."),
        Variant(value=1, title="by one", formula=r"s = 1", words="Windows overlap, as those of a convolution do.",
                switch={"torch": "stride=1", "keras": "strides=1", "flax": "max_pool(x, (2,)), the default"})),
    probe=Probe(compute="layer", arguments={"kind": "max_pool1d", "inputs": {"x": np.array([[[1, 4, 2, 3]]])}, "size": 2}),
    example="1, 4, 2, 3 with windows of two gives {0[0,0]} or {1[0,0]}.",
    consequence="A model file or a Flax port without strides keeps the size of its maps: slow, and the dense layer behind it "
                "does not fit.",
    snippets={
        "torch": torch("answer = torch.nn.MaxPool1d(2)(torch.tensor([[1.0, 4, 2, 3]]))"),
        "keras": keras('y = keras.layers.MaxPooling1D(2)(np.array([1, 4, 2, 3], "float32").reshape(1, 4, 1))'),
        "jax": jax("answer = nnx.max_pool(jnp.array([1.0, 4, 2, 3]).reshape(1, 4, 1), (2,))"),
        **onnx("y = MaxPool <kernel_shape = [2]> (x)", x="float[1,1,4]", output="float[1,1,a] y",
               feeds='x = np.array([[[1, 4, 2, 3]]], "float32")'),
    },
    absent={"tensorflow": "tf.nn.max_pool1d wants the stride to be said"},
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html",
             "https://onnx.ai/onnx/operators/onnx__MaxPool.html",
             "https://flax.readthedocs.io/en/stable/api_reference/flax.linen/layers.html"))

NAN = AtlasRow(
    layer="max_pool1d", option="nan", title="nan in max pooling", group="convolution", leads=("C15",),
    question="What does max pooling make of a window that holds a number and a nan?",
    variants=(
        Variant(value="passes", title="nan", formula=r"\max(\mathrm{nan}, 1) = \mathrm{nan}",
                words="Once there is a nan, it shows in every result."),
        Variant(value="ignored", title="the number", formula=r"\max(\mathrm{nan}, 1) = 1",
                words="A comparison with nan is false, so the number wins."),
        Variant(value="if_first", title="nan where it comes first", formula=r"m \leftarrow x_i \; 	ext{where} \; x_i > m",
                words="The search starts with the first number of the window, and no comparison with nan is true: a nan in "
                      "front stays, a later one is never taken.")),
    probe=Probe(compute="maximum_with_nan", arguments={"x": [np.nan, 1.0, 2.0, np.nan], "size": 2}),
    example="{x} with windows of {size} gives {0}, {1} or {2}.",
    consequence="A network whose activations have become nan goes on with ordinary numbers behind its pooling: the loss looks "
                "healthy while layers in front of it are lost.",
    snippets={
        "torch": torch('x = torch.tensor([[float("nan"), 1, 2, float("nan")]])', "answer = torch.nn.MaxPool1d(2)(x)"),
        "keras": keras('x = np.array([np.nan, 1, 2, np.nan], "float32").reshape(1, 4, 1)',
                       "y = keras.layers.MaxPooling1D(2)(x)"),
        "tensorflow": tensorflow('x = tf.reshape(tf.constant([float("nan"), 1, 2, float("nan")]), (1, 4, 1))',
                                 'answer = tf.nn.max_pool1d(x, 2, strides=2, padding="VALID")'),
        "jax": jax("x = jnp.array([jnp.nan, 1, 2, jnp.nan]).reshape(1, 4, 1)",
                   "answer = nnx.max_pool(x, (2,), strides=(2,))"),
        **onnx("y = MaxPool <kernel_shape = [2], strides = [2]> (x)", x="float[1,1,4]", output="float[1,1,2] y",
               feeds='x = np.array([[[np.nan, 1, 2, np.nan]]], "float32")'),
    },
    sources=("https://github.com/tensorflow/tensorflow/issues/125965",
             "https://docs.pytorch.org/docs/stable/generated/torch.nn.MaxPool1d.html"))

BINS = AtlasRow(
    layer="adaptive_average_pool1d", option="edges", title="bins of an adaptive pooling", group="convolution", leads=("C8",),
    question="Where do three bins of five numbers begin and end in adaptive average pooling?",
    variants=(
        Variant(value="overlapping", title="overlapping, of unequal size",
                formula=r"\left\lfloor \frac{i n}{k} \right\rfloor \; \text{to} \; \left\lceil \frac{(i + 1) n}{k} \right\rceil",
                words="Begins are rounded down and ends up, so bins share a number where n is no multiple of k."),
        Variant(value="sliding", title="equal windows", formula=r"K = \left\lceil \frac{n}{k} \right\rceil, \;"
                r"s = \left\lfloor \frac{n}{k} \right\rfloor",
                words="An ordinary pooling whose size and stride are computed, as in the paper on spatial pyramids. The last "
                      "numbers may be left out."),
        Variant(value="disjoint", title="side by side", formula=r"\left\lfloor \frac{i n}{k} \right\rfloor \; \text{to} \;"
                r"\left\lfloor \frac{(i + 1) n}{k} \right\rfloor",
                words="Every number is in one bin.")),
    probe=Probe(compute="binned_average", arguments={"x": [1.0, 2.0, 4.0, 8.0, 16.0], "bins": 3}),
    example="{x} gives {0}, {1} or {2}.",
    consequence="An export that replaces adaptive pooling by an ordinary one is right for the image size of the training and "
                "wrong for others.",
    snippets={
        "torch": torch("answer = torch.nn.AdaptiveAvgPool1d(3)(torch.tensor([[1.0, 2, 4, 8, 16]]))"),
        "keras": keras('x = np.array([1, 2, 4, 8, 16], "float32").reshape(1, 5, 1)',
                       "y = keras.layers.AdaptiveAveragePooling1D(3)(x)"),
    },
    absent={"tensorflow": KERAS_ONLY, "jax": "Flax has no adaptive pooling",
            **everywhere("ONNX has no adaptive pooling", "onnx", "onnxruntime")},
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool1d.html", "https://arxiv.org/abs/1406.4729"))

GLOBAL_AXES = AtlasRow(
    layer="global_average_pool2d", option="axes", title="axes of a global pooling's result", group="convolution",
    leads=("C8", "C12"), question="Does a global pooling of an image keep height and width as axes of length one?",
    variants=(
        Variant(value="kept", title="kept: four axes", formula=r"(B, C, 1, 1)", config={"value": 4},
                words="A dense layer behind it needs a Flatten.", switch={"keras": "keepdims=True"}),
        Variant(value="dropped", title="dropped: two axes", formula=r"(B, C)", config={"value": 2},
                words="Ready for a dense layer.", switch={"torch": "x.mean((2, 3))", "keras": "keepdims=False, the default"})),
    probe=Probe(compute="constant"),
    example="The result for a batch of images has {0} or {1} axes.",
    consequence="A dense layer directly behind it reads the wrong axis in one framework: PyTorch's takes the last, of length "
                "one. Adding an array (batch, channels) broadcasts without an error.",
    snippets={
        "torch": torch("answer = torch.nn.AdaptiveAvgPool2d(1)(torch.ones(2, 3, 4, 4)).ndim"),
        "keras": keras('pooled = keras.layers.GlobalAveragePooling2D()(np.ones((2, 4, 4, 3), "float32"))',
                       "y = len(pooled.shape)"),
        **onnx("z = GlobalAveragePool(x) s = Shape(z) y = Size(s)", x="float[2,3,4,4]", output="int64 y",
               feeds='x = np.ones((2, 3, 4, 4), "float32")'),
    },
    absent={"tensorflow": KERAS_ONLY, "jax": "Flax has no global pooling; x.mean((1, 2)) drops the axes"},
    sources=("https://keras.io/api/layers/pooling_layers/global_average_pooling2d/",
             "https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveAvgPool2d.html",
             "https://onnx.ai/onnx/operators/onnx__GlobalAveragePool.html"))

ROWS = (DIVISOR, BORDER, CEILED, PAD_VALUE, INCOMPLETE, STRIDE, NAN, BINS, GLOBAL_AXES)
