"""Group, instance and root-mean-square normalisation, vectors of length one, local responses: epsilons, axes, divisors."""

import numpy as np

from nnparity.cases.convention import REFUSES, AtlasRow, Probe, Variant
from nnparity.cases.snippets.lines import KERAS_ONLY, jax, keras, onnx, tensorflow, torch

FEATURES = {"kind": "layer_norm", "inputs": {"x": np.array([[0.01, 0.02, 0.04]])}}  # one group is a layer normalisation
X = "[[0.01, 0.02, 0.04]]"


def epsilons(values, torch_, keras_, flax):
    return tuple(Variant(
        value=epsilon, title=f"epsilon {epsilon:g}", formula=rf"y = \frac{{x - \mu}}{{\sqrt{{v + 10^{{{power}}}}}}}", words=words,
        switch={"torch": f"{torch_}, eps={epsilon:g})", "keras": f"{keras_}, epsilon={epsilon:g})",
                "flax": f"{flax}, epsilon={epsilon:g}, rngs=rngs)", "onnx": f"epsilon={epsilon:g}"})
        for epsilon, power, words in (
            (1e-3, -3, "Features whose variance is below a thousandth come out visibly smaller than one."),
            (1e-5, -5, "The usual choice since the paper's first implementations."),
            (1e-6, -6, "Small enough to matter only for features that hardly vary.")) if epsilon in values)


GROUP = AtlasRow(
    layer="group_norm", option="epsilon", title="GroupNormalization epsilon", group="normalisation", leads=("N8",),
    question="How large is the epsilon under the root of a group normalisation that was given none?",
    variants=epsilons((1e-3, 1e-5, 1e-6), "GroupNorm(g, n", "GroupNormalization(groups=g", "nnx.GroupNorm(n, num_groups=g"),
    probe=Probe(compute="layer", arguments=FEATURES),
    example="The three features 0.01, 0.02 and 0.04 are one group. Their last one becomes {0[0,2]}, {1[0,2]} or {2[0,2]}.",
    consequence="Image models with small activations, diffusion models among them, come out with other contrasts at every layer.",
    snippets={
        "torch": torch(f"answer = torch.nn.GroupNorm(1, 3)(torch.tensor({X}))"),
        "keras": keras(f'y = keras.layers.GroupNormalization(groups=1)(np.array({X}, "float32"))'),
        "jax": jax(f"answer = nnx.GroupNorm(3, num_groups=1, rngs=nnx.Rngs(0))(jnp.array({X}))"),
        **onnx("y = GroupNormalization <num_groups = 1> (x, s, b)", x="float[1,3,1]", s="float[3]", b="float[3]",
               output="float[1,3,1] y",
               feeds='x, s, b = np.float32([[[0.01], [0.02], [0.04]]]), np.ones(3, "f"), np.zeros(3, "f")'),
    },
    absent={"tensorflow": KERAS_ONLY},
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.GroupNorm.html",
             "https://keras.io/api/layers/normalization_layers/group_normalization/",
             "https://onnx.ai/onnx/operators/onnx__GroupNormalization.html"))

INSTANCE = AtlasRow(
    layer="instance_norm", option="epsilon", title="instance normalisation epsilon", group="normalisation", leads=("N8",),
    question="How large is the epsilon under the root of an instance normalisation that was given none?",
    variants=epsilons((1e-3, 1e-5, 1e-6), "InstanceNorm1d(n", "GroupNormalization(groups=-1", "nnx.InstanceNorm(n"),
    probe=Probe(compute="layer", arguments=FEATURES),
    example="One channel with 0.01, 0.02 and 0.04: its last number becomes {0[0,2]}, {1[0,2]} or {2[0,2]}.",
    consequence="Channels of a style transfer network that are nearly constant are blown up in one framework and not in the "
                "other. PyTorch's layer has no gamma and beta either, unless affine=True.",
    snippets={
        "torch": torch(f"answer = torch.nn.InstanceNorm1d(1)(torch.tensor([{X}]))"),
        "keras": keras(f'x = np.array({X}, "float32").reshape(1, 3, 1)',
                       "y = keras.layers.GroupNormalization(groups=-1)(x)"),
        "jax": jax(f"x = jnp.array({X}).reshape(1, 3, 1)", "answer = nnx.InstanceNorm(1, rngs=nnx.Rngs(0))(x)"),
        **onnx("y = InstanceNormalization(x, s, b)", x="float[1,1,3]", s="float[1]", b="float[1]", output="float[1,1,3] y",
               feeds='x, s, b = np.array([[[0.01, 0.02, 0.04]]], "float32"), np.ones(1, "f"), np.zeros(1, "f")'),
    },
    absent={"tensorflow": KERAS_ONLY},
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm1d.html",
             "https://keras.io/api/layers/normalization_layers/group_normalization/",
             "https://onnx.ai/onnx/operators/onnx__InstanceNormalization.html"))

RMS_X = "[[0.001, 0.002]]"
RMS = AtlasRow(
    layer="rms_norm", option="epsilon", title="RMSNormalization epsilon", group="normalisation", leads=("N10",),
    question="How large is the epsilon under the root of a root-mean-square normalisation that was given none?",
    variants=tuple(Variant(value=value, title=title, words=words, formula=rf"\frac{{x}}{{\sqrt{{\overline{{x^2}} + {latex}}}}}")
                   for value, title, latex, words in (
        (1e-5, "epsilon 1e-05", "10^{-5}", "Numbers below three thousandths come out visibly smaller than one."),
        (1e-6, "epsilon 1e-06", "10^{-6}", "The choice of most language models."),
        (2.0**-23, "the spacing of float32, 1.19e-07", "2^{-23}", "Depends on the dtype of the input: another epsilon in "
         "float64 and in half precision."))),
    probe=Probe(compute="rms_normalised", arguments={"x": [[0.001, 0.002]]}),
    example="The features {x} become {0}, {1} or {2}.",
    consequence="A language model whose hidden states are small in its first layers gives other logits; in half precision "
                "PyTorch's default is a thousand times larger.",
    snippets={
        "torch": torch(f"answer = torch.nn.RMSNorm(2)(torch.tensor({RMS_X}))"),
        "keras": keras(f'y = keras.layers.RMSNormalization()(np.array({RMS_X}, "float32"))'),
        "jax": jax(f"answer = nnx.RMSNorm(2, rngs=nnx.Rngs(0))(jnp.array({RMS_X}))"),
        **onnx("y = RMSNormalization(x, s)", x="float[1,2]", s="float[2]", output="float[1,2] y", opset=23,
               feeds=f'x, s = np.array({RMS_X}, "float32"), np.ones(2, "float32")'),
    },
    absent={"tensorflow": KERAS_ONLY},
    sources=("https://arxiv.org/abs/1910.07467", "https://docs.pytorch.org/docs/stable/generated/torch.nn.RMSNorm.html",
             "https://keras.io/api/layers/normalization_layers/rms_normalization/",
             "https://onnx.ai/onnx/operators/onnx__RMSNormalization.html"))

L2_X = "[[1e-8, 0], [1e-14, 0]]"
L2_EPSILON = AtlasRow(
    layer="l2_normalize", option="epsilon_on", title="epsilon of l2 normalisation", group="normalisation", leads=("N13",),
    question="Which epsilon has l2 normalisation, and does it bound the norm or its square?",
    variants=(
        Variant(value="norm", title="1e-12 on the norm", formula=r"y = \frac{x}{\max(|x|, 10^{-12})}",
                words="Vectors longer than that get length one.", config={"epsilon_on": "norm", "epsilon": 1e-12}),
        Variant(value="norm_1e-7", title="1e-7 on the norm", formula=r"y = \frac{x}{\max(|x|, 10^{-7})}",
                words="The same with a larger bound.", config={"epsilon_on": "norm", "epsilon": 1e-7},
                switch={"torch": "eps=1e-7", "keras": "keras.config.epsilon(), the default"}),
        Variant(value="square", title="1e-12 on the squared norm", formula=r"y = \frac{x}{\sqrt{\max(|x|^2, 10^{-12})}}",
                words="Vectors longer than 1e-6 get length one.", config={"epsilon_on": "square", "epsilon": 1e-12}),
        Variant(value="none", title="no bound", formula=r"y = \frac{x}{|x|}", words="A vector of zeros gives nan or whatever the "
                                                                             "framework makes of 0 / 0.")),
    probe=Probe(compute="length_one", arguments={"x": [[1e-8, 0.0], [1e-14, 0.0]]}),
    example="The vectors {x} become {0}, {1}, {2} or {3}.",
    consequence="Embeddings that are nearly zero keep a length below one in one framework, and similarities shrink with it.",
    snippets={
        "torch": torch(f"answer = F.normalize(torch.tensor({L2_X}))"),
        "keras": keras(f'y = keras.ops.normalize(np.array({L2_X}, "float32"))'),
        "tensorflow": tensorflow(f"answer = tf.math.l2_normalize(tf.constant({L2_X}), axis=1)"),
        **onnx("y = LpNormalization(x)", x="float[2,2]", output="float[2,2] y", feeds=f'x = np.array({L2_X}, "float32")'),
    },
    absent={"jax": "JAX and Flax have no function for it"},
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.normalize.html",
             "https://www.tensorflow.org/api_docs/python/tf/math/l2_normalize", "https://keras.io/api/ops/nn/"))

L2_AXIS = AtlasRow(
    layer="l2_normalize", option="axis", title="axis of l2 normalisation", group="normalisation", leads=("N13", "N4"),
    question="Along which axis of three do vectors get length one when none is given?",
    variants=(
        Variant(value=1, title="the second", formula=r"\sum_j y_{i j k}^2 = 1", words="The channels' axis, if they come second.",
                switch={"keras": "axis=1", "onnx": "axis=1"}),
        Variant(value=-1, title="the last", formula=r"\sum_k y_{i j k}^2 = 1", words="The features' axis, if they come last.",
                switch={"torch": "dim=-1", "onnx": "axis=-1, the default"})),
    probe=Probe(compute="length_one", arguments={"x": [[[3.0, 4.0], [4.0, 12.0]]]}),
    example="{x} becomes {0} or {1}.",
    consequence="For a batch of vectors both are the same axis. For sequences of embeddings (batch, time, features) PyTorch's "
                "default normalises over time.",
    snippets={
        "torch": torch("answer = F.normalize(torch.tensor([[[3.0, 4], [4, 12]]]))"),
        "keras": keras('y = keras.ops.normalize(np.array([[[3, 4], [4, 12]]], "float32"))'),
        **onnx("y = LpNormalization(x)", x="float[1,2,2]", output="float[1,2,2] y",
               feeds='x = np.array([[[3, 4], [4, 12]]], "float32")'),
    },
    absent={"tensorflow": "tf.math.l2_normalize without an axis takes the whole array for one vector",
            "jax": "JAX and Flax have no function for it"},
    sources=L2_EPSILON.sources)

LRN_SOURCES = ("https://docs.pytorch.org/docs/stable/generated/torch.nn.LocalResponseNorm.html",
               "https://www.tensorflow.org/api_docs/python/tf/nn/local_response_normalization",
               "https://onnx.ai/onnx/operators/onnx__LRN.html")
LRN_ABSENT = {"keras": "Keras has no local response normalisation", "jax": "JAX and Flax have no local response normalisation"}
LRN_X = "[[1.0, 2], [4, 3]]"  # as many examples as channels: the reference evaluator leaves further channels as they are
LRN = AtlasRow(
    layer="local_response_norm", option="scaled", title="alpha of local response normalisation", group="normalisation",
    leads=("N15",), question="Is alpha of local response normalisation divided by the number of channels that are summed?",
    variants=(
        Variant(value="size", title="divided", formula=r"y_c = x_c \left(k + \frac{\alpha}{n} \sum_j x_j^2\right)^{-\beta}",
                words="A mean of squares is weighed.", switch={"tensorflow": "alpha=alpha / n"}),
        Variant(value="no", title="not divided", formula=r"y_c = x_c \left(k + \alpha \sum_j x_j^2\right)^{-\beta}",
                words="A sum of squares is weighed, as in the paper on AlexNet.", switch={"torch": "alpha=alpha * n"})),
    probe=Probe(compute="local_response", arguments={"x": [[1.0, 2.0], [4.0, 3.0]], "size": 3, "alpha": 1.0, "beta": 0.5}),
    example="The channels {x} with alpha {alpha} and {size} neighbours become {0} or {1}.",
    consequence="AlexNet and GoogLeNet ported with the same alpha damp strong responses too little or too much, at two layers.",
    snippets={
        "torch": torch(f"x = torch.tensor({LRN_X})[:, :, None]",
                       "answer = torch.nn.LocalResponseNorm(3, alpha=1.0, beta=0.5, k=1.0)(x)"),
        "tensorflow": tensorflow(f"x = tf.constant({LRN_X})[:, None, None]",
                                 "answer = tf.nn.lrn(x, depth_radius=1, alpha=1.0, beta=0.5, bias=1.0)"),
        **onnx("y = LRN <size = 3, alpha = 1.0, beta = 0.5, bias = 1.0> (x)", x="float[2,2,1,1]", output="float[2,2,1,1] y",
               feeds=f'x = np.array({LRN_X}, "float32")[:, :, None, None]'),
    },
    absent=LRN_ABSENT, sources=LRN_SOURCES)

LRN_EVEN = AtlasRow(
    layer="local_response_norm", option="extra", title="even window of local response normalisation", group="normalisation",
    leads=("N15",), question="Which neighbour does local response normalisation of two channels hold besides the channel itself?",
    variants=(
        Variant(value="before", title="the one before", formula=r"x_{c - 1}^2 + x_c^2", words="The odd one stands in front."),
        Variant(value="after", title="the one after", formula=r"x_c^2 + x_{c + 1}^2",
                words="The odd one stands behind; this is what ONNX's text says."),
        Variant(value=REFUSES, title="refuses", formula=r"\text{an error}", words="Only odd windows are taken.")),
    probe=Probe(compute="local_response", arguments={"x": [[1.0, 2.0], [4.0, 3.0]], "size": 2, "alpha": 1.0, "beta": 0.5}),
    example="The channels {x} become {0} or {1}.",
    consequence="An exported network with an even window is shifted by one channel. Paper and most networks use five: there all "
                "agree.",
    snippets={
        "torch": torch(f"x = torch.tensor({LRN_X})[:, :, None]",
                       "answer = torch.nn.LocalResponseNorm(2, alpha=1.0, beta=0.5, k=1.0)(x)"),
        **onnx("y = LRN <size = 2, alpha = 1.0, beta = 0.5, bias = 1.0> (x)", x="float[2,2,1,1]", output="float[2,2,1,1] y",
               feeds=f'x = np.array({LRN_X}, "float32")[:, :, None, None]'),
    },
    absent={**LRN_ABSENT, "tensorflow": "tf.nn.lrn takes a radius: its windows are odd"}, sources=LRN_SOURCES)

LRN_BETA = AtlasRow(
    layer="local_response_norm", option="beta", title="default power of local response normalisation", group="normalisation",
    leads=("N15",), question="To which power does local response normalisation raise the sum of squares when none is given?",
    variants=tuple(Variant(value=value, title=f"{value:g}", formula=rf"(\ldots)^{{-{value:g}}}", words=words)
                   for value, words in (
        (0.75, "As in the paper on AlexNet."), (0.5, "A root, as for other normalisations."))),
    probe=Probe(compute="local_response", arguments={"x": [3.0], "size": 1, "alpha": 1.0}),
    example="One channel with {x}, alpha {alpha} and no neighbours becomes {0[0]} or {1[0]}.",
    consequence="All four defaults differ between TensorFlow and PyTorch: write all of them in a port.",
    snippets={
        "torch": torch("answer = torch.nn.LocalResponseNorm(1, alpha=1.0, k=1.0)(torch.tensor([[[3.0]]]))"),
        "tensorflow": tensorflow("answer = tf.nn.lrn(tf.constant([[[[3.0]]]]), depth_radius=0, alpha=1.0, bias=1.0)"),
        **onnx("y = LRN <size = 1, alpha = 1.0, bias = 1.0> (x)", x="float[1,1,1,1]", output="float[1,1,1,1] y",
               feeds='x = np.array([[[[3]]]], "float32")'),
    },
    absent=LRN_ABSENT, sources=LRN_SOURCES)

ROWS = (GROUP, INSTANCE, RMS, L2_EPSILON, L2_AXIS, LRN, LRN_EVEN, LRN_BETA)
