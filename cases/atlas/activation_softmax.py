"""Softmax: over which axis, and of nothing. PReLU: where its slopes start, and how many there are."""

from dataclasses import replace

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere
from nnparity.cases.snippets.lines import jax, keras, onnx, tensorflow, torch

TORCH_DOCS, ONNX_DOCS = "https://docs.pytorch.org/docs/stable/generated", "https://onnx.ai/onnx/operators"
KERAS_DOCS = "https://keras.io/api/layers/activation_layers/"

AXES = AtlasRow(
    layer="softmax", option="axes", title="default axis of softmax", group="activation", leads=("A14",),
    question="Along which axis does a softmax of a three-dimensional array sum to one, when no axis is given?",
    variants=(
        Variant(value="last", title="the last", formula=r"\sum_k y_{ijk} = 1", words="Each row is a distribution.",
                switch={"torch": "dim=-1", "keras": "axis=-1", "jax": "axis=-1", "onnx": "axis=-1"}),
        Variant(value="first", title="the first", formula=r"\sum_i y_{ijk} = 1",
                words="PyTorch's old rule, with a warning: axis 0 of arrays with one or three dimensions, else axis 1.",
                switch={"torch": "dim=0", "keras": "axis=0", "jax": "axis=0", "onnx": "axis=0"}),
        Variant(value="but_first", title="all but the first, as one", formula=r"\sum_{jk} y_{ijk} = 1",
                words="What ONNX did before version 13 of its operators: everything from axis 1 on is flattened.")),
    probe=Probe(compute="softmax_over", arguments={"x": [[[0.0, 1.0], [2.0, 3.5]], [[1.0, 0.0], [3.0, 2.0]]]}),
    example="The numbers 2 and 3.5 become {0[0,1]}, {1[0,1]} or {2[0,1]}.",
    consequence="The examples of a batch are mixed: the output of one depends on the others, and scores change with the batch.",
    snippets={
        "torch": torch("x = torch.tensor([[[0.0, 1], [2, 3.5]], [[1, 0], [3, 2]]])", "answer = torch.nn.Softmax()(x)"),
        "keras": keras('x = np.array([[[0, 1], [2, 3.5]], [[1, 0], [3, 2]]], "float32")', "y = keras.layers.Softmax()(x)"),
        "tensorflow": tensorflow("x = tf.constant([[[0.0, 1], [2, 3.5]], [[1, 0], [3, 2]]])", "answer = tf.nn.softmax(x)"),
        "jax": jax("x = jnp.array([[[0.0, 1], [2, 3.5]], [[1, 0], [3, 2]]])", "answer = jax.nn.softmax(x)"),
        **onnx("y = Softmax(x)", x="float[2,2,2]", output="float[2,2,2] y",
               feeds='x = np.array([[[0, 1], [2, 3.5]], [[1, 0], [3, 2]]], "float32")'),
    },
    sources=(f"{TORCH_DOCS}/torch.nn.Softmax.html", f"{ONNX_DOCS}/onnx__Softmax.html"))

OLD_ONNX = replace(
    AXES, layer="softmax_opset_11", title="softmax of ONNX models before operator set 13",
    question="Over which axes does the Softmax of an ONNX model of operator set 11 sum to one, when no axis is given?",
    consequence="Two runtimes read one model file differently. A converter that lifts the model to a newer operator set must add "
                "a Flatten.",
    snippets=onnx("y = Softmax(x)", x="float[2,2,2]", output="float[2,2,2] y", opset=11,
                  feeds='x = np.array([[[0, 1], [2, 3.5]], [[1, 0], [3, 2]]], "float32")'),
    absent=everywhere("it has no operator sets, see softmax.axes", "torch", "keras", "tensorflow", "jax"))

NOTHING = (
    Variant(value="nan", title="nan", formula=r"\frac{e^{-\infty}}{\sum e^{-\infty}} = \frac{0}{0}",
            words="The formula is evaluated as it stands; the largest number is subtracted first, and ∞ - ∞ is nan."),
    Variant(value="zero", title="0", formula=r"y_i = 0", words="Nothing is attended to. The result does not sum to one."),
    Variant(value="uniform", title="all equal", formula=r"y_i = \frac{1}{n}",
            words="Comes from masking with a large finite number instead of -∞: all are equally bad."))

MINUS_INFINITY = AtlasRow(
    layer="softmax", option="form", title="softmax of numbers that are all minus infinity", group="activation",
    leads=("A29",),
    question="What is the softmax of a row in which every number was masked with minus infinity?",
    variants=NOTHING, probe=Probe(compute="softmax_of_nothing", arguments={"n": 2}),
    example="Two such numbers become {0}, {1} or {2}.",
    consequence="A sentence of padding alone, or a query that may look at nothing, turns the whole batch to nan in the next "
                "layer and all weights with the next step.",
    snippets={
        "torch": torch('answer = torch.softmax(torch.full((2,), float("-inf")), -1)'),
        "keras": keras('y = keras.ops.softmax(np.full(2, -np.inf, "float32"))'),
        "tensorflow": tensorflow('answer = tf.nn.softmax(tf.fill([2], float("-inf")))'),
        "jax": jax("answer = jax.nn.softmax(jnp.full(2, -jnp.inf))"),
        **onnx("y = Softmax(x)", x="float[2]", output="float[2] y", feeds='x = np.full(2, -np.inf, "float32")'),
    },
    sources=("https://github.com/pytorch/pytorch/issues/41508", f"{TORCH_DOCS}/torch.nn.Softmax.html"))

ALL_MASKED = replace(
    MINUS_INFINITY, layer="masked_softmax", title="softmax with a mask that leaves nothing",
    question="What does a softmax that takes a mask itself give where the mask leaves nothing?",
    consequence="Code that counts on zeros there fails with a softmax that is masked by hand, see softmax.form.",
    snippets={
        "torch": torch("mask = torch.tensor([False, False])", "answer = torch.masked.softmax(torch.ones(2), 0, mask=mask)"),
        "keras": keras('y = keras.layers.Softmax()(np.ones((1, 2), "float32"), mask=np.array([[False, False]]))'),
        "jax": jax("answer = jax.nn.softmax(jnp.ones(2), where=jnp.array([False, False]))"),
    },
    absent={"tensorflow": "tf.nn.softmax takes no mask", **everywhere("Softmax takes no mask", "onnx", "onnxruntime")},
    sources=(KERAS_DOCS, "https://docs.jax.dev/en/latest/_autosummary/jax.nn.softmax.html"))

PRELU_SLOPE = AtlasRow(
    layer="prelu", option="slope", title="first slope of PReLU", group="activation", leads=("A17",),
    question="With which slope does a new PReLU layer start?",
    variants=tuple(Variant(value=s, title=f"{s:g}", formula=rf"a_0 = {s:g}", words=words,
                           switch={"torch": f"PReLU(init={s:g})", "keras": f"PReLU(Constant({s:g}))", "jax": f"nnx.PReLU({s:g})"})
                   for s, words in ((0.25, "The value of the paper."), (0.0, "It starts as a relu."),
                                    (0.01, "It starts as the usual leaky relu."))),
    probe=Probe(compute="prelu", arguments={"x": [-2.0, -1.0, 3.0]}), example="{x} becomes {0}, {1} or {2}.",
    consequence="The first epochs differ. With 0 units can be dead from the start, which the layer was invented against.",
    snippets={
        "torch": torch("answer = torch.nn.PReLU()(torch.tensor([-2.0, -1.0, 3.0]))"),
        "keras": keras('y = keras.layers.PReLU()(np.array([[-2.0, -1.0, 3.0]], "float32"))'),
        "jax": jax("answer = nnx.PReLU()(jnp.array([-2.0, -1.0, 3.0]))"),
    },
    absent={"tensorflow": "tf.nn has no PReLU",
            **everywhere("the slope is an input of the operator, without a default", "onnx", "onnxruntime")},
    sources=("https://arxiv.org/abs/1502.01852", f"{TORCH_DOCS}/torch.nn.PReLU.html", KERAS_DOCS))

PRELU_SHARED = AtlasRow(
    layer="prelu", option="shared", title="number of slopes of PReLU", group="activation", leads=("A17",),
    question="How many slopes does a PReLU layer learn for an image?",
    variants=(
        Variant(value="all", title="one in all", formula=r"a \in \mathbb{R}", words="All units share one slope.",
                switch={"torch": "PReLU(1), the default"}),
        Variant(value="positions", title="one for each channel", formula=r"a \in \mathbb{R}^C",
                words="The choice of the paper for images.", switch={"torch": "PReLU(C)", "keras": "PReLU(shared_axes=[1, 2])"}),
        Variant(value="none", title="one for each element", formula=r"a \in \mathbb{R}^{H \times W \times C}",
                words="Every place of the image has a slope of its own.", switch={"keras": "shared_axes=None, the default"})),
    probe=Probe(compute="prelu_slopes", arguments={"shape": [4, 5, 3]}),
    example="An image of 4 by 5 pixels with 3 channels has {0}, {1} or {2} slopes.",
    consequence="The weights of one framework have no place in the other, and with one slope for each pixel the layer is tied to "
                "one image size.",
    snippets={
        "torch": torch("layer = torch.nn.PReLU()", "layer(torch.ones(1, 3, 4, 5))", "answer = layer.weight.numel()"),
        "keras": "\n".join(("import keras", "layer = keras.layers.PReLU()", "layer.build((None, 4, 5, 3))",
                            "answer = layer.count_params()", "print(answer)")),
        "jax": "\n".join(("import jax", "from flax import nnx", "layer = nnx.PReLU()",
                          "answer = sum(a.size for a in jax.tree.leaves(nnx.state(layer)))", "print(answer)")),
    },
    absent=PRELU_SLOPE.absent, sources=PRELU_SLOPE.sources)

ROWS = (AXES, OLD_ONNX, MINUS_INFINITY, ALL_MASKED, PRELU_SLOPE, PRELU_SHARED)
