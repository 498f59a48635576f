"""Batch normalisation: its running statistics, when it uses them, its axis and its epsilon."""

from dataclasses import replace

import numpy as np

from nnparity.cases.convention import REFUSES, AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere
from nnparity.cases.snippets.lines import jax, keras, onnx, tensorflow, torch

SOURCES = ("https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm1d.html",
           "https://keras.io/api/layers/normalization_layers/batch_normalization/",
           "https://onnx.ai/onnx/operators/onnx__BatchNormalization.html")
STATE = {"running_mean": np.zeros(1), "running_variance": np.ones(1)}
BATCH = {"kind": "batch_norm", "inputs": {"x": np.array([[0.0], [2.0], [4.0]]), **STATE}}
TORCH_X, KERAS_X = "x = torch.tensor([[0.0], [2], [4]])", 'x = np.array([[0], [2], [4]], "float32")'
JAX_X = "x = jnp.array([[0.0], [2], [4]])"
FUSED = "tf.compat.v1.nn.fused_batch_norm"
STATE_OF_ONE = "x, [1.0], [0.0], mean=[0.0], variance=[1.0]"
FUSED_X = "x = tf.reshape(tf.constant([0.0, 2, 4]), (3, 1, 1, 1))"


def onnx_batch_norm(attributes, output="y", x="[[0], [2], [4]]", shape="float[3,1]"):
    """A BatchNormalization node with one channel, scale 1, bias 0 and running statistics 0 and 1.

    Each has an array of its own: onnxruntime writes new statistics in place of the old, and of what shares their memory.
    """
    produced = "y, m, v" if "training" in attributes else "y"
    return onnx(f"{produced} = BatchNormalization <{attributes}> (x, s, b, p, q)", x=shape, **dict.fromkeys("sbpq", "float[1]"),
                output=f"{shape if output == 'y' else 'float[1]'} {output}",
                feeds=f'x, s, b, p, q = np.array({x}, "float32"), *np.float32([[1], [0], [0], [1]])')


MOMENTUM_OF = AtlasRow(
    layer="batch_norm", option="momentum_of", title="what BatchNormalization momentum weighs", group="normalisation",
    leads=("N1",), question="Is the momentum of a batch normalisation the weight of the old statistics or of the new batch?",
    variants=(
        Variant(value="new", title="the new batch", formula=r"\mu' = (1 - \alpha) \, \mu + \alpha \, \mu_B",
                words="A small number: 0.1 takes a tenth of the batch.",
                switch={"torch": "BatchNorm1d(n, momentum=0.1)", "keras": "BatchNormalization(momentum=0.9)"}),
        Variant(value="old", title="the old statistics", formula=r"\mu' = \alpha \, \mu + (1 - \alpha) \, \mu_B",
                words="A number close to one: 0.99 keeps ninety-nine hundredths.",
                switch={"torch": "BatchNorm1d(n, momentum=0.01)", "keras": "BatchNormalization(momentum=0.99)"})),
    probe=Probe(compute="layer", arguments={**BATCH, "output": "running_mean", "momentum": 0.1}),
    example="After one batch 0, 2, 4 with momentum 0.1 the running mean, which was 0, is {0[0]} or {1[0]}.",
    consequence="0.99 carried over to PyTorch makes the running statistics those of the last batch; 0.1 carried over to Keras "
                "does nearly so. The network trains well and fails in evaluation.",
    snippets={
        "torch": torch(TORCH_X, "layer = torch.nn.BatchNorm1d(1, momentum=0.1)", "layer(x)", "answer = layer.running_mean"),
        "keras": keras(KERAS_X, "layer = keras.layers.BatchNormalization(momentum=0.1)", "layer(x, training=True)",
                       "y = layer.moving_mean"),
        "tensorflow": tensorflow(FUSED_X, f"norm = {FUSED}",
                                 f"y, mean, variance = norm({STATE_OF_ONE}, exponential_avg_factor=0.1)",
                                 "answer = mean"),
        "jax": jax(JAX_X, "layer = nnx.BatchNorm(1, momentum=0.1, rngs=nnx.Rngs(0))", "layer(x)", "answer = layer.mean[...]"),
        **onnx_batch_norm("training_mode = 1, momentum = 0.1", "m"),
    },
    sources=(*SOURCES, "https://github.com/keras-team/keras/issues/6839", "https://github.com/ludwig-ai/ludwig/pull/2100"))

MOMENTUM = AtlasRow(
    layer="batch_norm", option="momentum", title="BatchNormalization default momentum", group="normalisation", leads=("N1",),
    question="How much of its old statistics does a batch normalisation keep when no momentum is given?",
    variants=tuple(Variant(value=value, title=title, formula=rf"\mu' = {value:g} \, \mu + {1 - value:g} \, \mu_B", words=words,
                           switch=switch) for value, title, words, switch in (
        (0.9, "keeps 0.9 of the old, takes 0.1 of the batch", "Ten batches are remembered.",
         {"torch": "momentum=0.1, the default", "keras": "momentum=0.9", "flax": "momentum=0.9"}),
        (0.99, "keeps 0.99 of the old, takes 0.01 of the batch", "A hundred batches are remembered.",
         {"torch": "momentum=0.01", "keras": "momentum=0.99, the default", "flax": "momentum=0.99, the default"}),
        (0.0, "keeps nothing of the old", "The statistics are those of the last batch; who calls it does the averaging.",
         {"torch": "momentum=1.0", "keras": "momentum=0.0"}))),
    probe=Probe(compute="layer", arguments={**BATCH, "output": "running_mean", "momentum_of": "old"}),
    example="After one batch 0, 2, 4 the running mean, which was 0, is {0[0]}, {1[0]} or {2[0]}.",
    consequence="With 0.99 the statistics need some five hundred steps until evaluation can be trusted: a short training looks "
                "broken in Keras and fine in PyTorch.",
    snippets={
        "torch": torch(TORCH_X, "layer = torch.nn.BatchNorm1d(1)", "layer(x)", "answer = layer.running_mean"),
        "keras": keras(KERAS_X, "layer = keras.layers.BatchNormalization()", "layer(x, training=True)", "y = layer.moving_mean"),
        "tensorflow": tensorflow(FUSED_X, f"y, mean, variance = {FUSED}({STATE_OF_ONE})", "answer = mean"),
        "jax": jax(JAX_X, "layer = nnx.BatchNorm(1, rngs=nnx.Rngs(0))", "layer(x)", "answer = layer.mean[...]"),
        **onnx_batch_norm("training_mode = 1", "m"),
    },
    written={"torch": "momentum=0.1", "keras": "momentum=0.99", "keras-torch": "momentum=0.99", "keras-jax": "momentum=0.99",
             "tensorflow": "exponential_avg_factor=1.0", "jax": "momentum=0.99", "onnx": "momentum=0.9",
             "onnxruntime": "momentum=0.9"},
    sources=SOURCES)

RUNNING_DIVISOR = AtlasRow(
    layer="batch_norm", option="running_divisor", title="BatchNormalization running variance", group="normalisation",
    leads=("N2",), question="Is the running variance of a batch normalisation divided by n or by n - 1?",
    variants=(
        Variant(value="n", title="by n", formula=r"v_B = \frac{1}{n} \sum_i (x_i - \mu_B)^2",
                words="The variance that the batch itself is normalised with."),
        Variant(value="n-1", title="by n - 1", formula=r"v_B = \frac{1}{n - 1} \sum_i (x_i - \mu_B)^2",
                words="The unbiased estimate, as in the paper. Training divides by n all the same.")),
    probe=Probe(compute="layer", arguments={**BATCH, "output": "running_variance", "momentum": 0.9}),
    example="After one batch 0, 2, 4, a tenth of which is taken, the running variance, which was 1, is {0[0]} or {1[0]}.",
    consequence="Training agrees to the last digit and evaluation does not; the smaller the batch, the more.",
    snippets={
        "torch": torch(TORCH_X, "layer = torch.nn.BatchNorm1d(1, momentum=0.1)", "layer(x)", "answer = layer.running_var"),
        "keras": keras(KERAS_X, "layer = keras.layers.BatchNormalization(momentum=0.9)", "layer(x, training=True)",
                       "y = layer.moving_variance"),
        "tensorflow": tensorflow(FUSED_X, f"norm = {FUSED}",
                                 f"y, mean, variance = norm({STATE_OF_ONE}, exponential_avg_factor=0.1)",
                                 "answer = variance"),
        "jax": jax(JAX_X, "layer = nnx.BatchNorm(1, momentum=0.9, rngs=nnx.Rngs(0))", "layer(x)", "answer = layer.var[...]"),
        **onnx_batch_norm("training_mode = 1, momentum = 0.9", "v"),
    },
    sources=("https://arxiv.org/abs/1502.03167", *SOURCES, "https://github.com/pytorch/pytorch/issues/19902",
             "https://github.com/keras-team/keras/issues/10443"))

SMALL = "[[0.01], [0.02], [0.04]]"
EPSILON = AtlasRow(
    layer="batch_norm", option="epsilon", title="BatchNormalization epsilon", group="normalisation", leads=("N3",),
    question="How large is the epsilon under the root of a batch normalisation that was given none?",
    variants=tuple(Variant(
        value=epsilon, title=f"epsilon {epsilon:g}", formula=rf"y = \frac{{x - \mu}}{{\sqrt{{v + 10^{{{power}}}}}}}", words=words,
        switch={"torch": f"BatchNorm1d(n, eps={epsilon:g})", "keras": f"BatchNormalization(epsilon={epsilon:g})",
                "jax": f"nnx.BatchNorm(n, epsilon={epsilon:g}, rngs=rngs)", "onnx": f"epsilon={epsilon:g}"})
        for epsilon, power, words in (
            (1e-3, -3, "Channels whose variance is below a thousandth come out visibly smaller than one."),
            (1e-5, -5, "Small enough to matter only for channels that hardly vary."))),
    probe=Probe(compute="layer", arguments={"kind": "batch_norm", "inputs": {"x": np.array([[0.01], [0.02], [0.04]])}}),
    example="A channel with 0.01, 0.02 and 0.04 has the variance 0.00016. Its last number becomes {0[2,0]} or {1[2,0]}.",
    consequence="Weights of a network with small activations, or of a mobile network with its depthwise channels, give outputs "
                "that are off by a factor.",
    snippets={
        "torch": torch(f"answer = torch.nn.BatchNorm1d(1)(torch.tensor({SMALL}))"),
        "keras": keras(f'y = keras.layers.BatchNormalization()(np.array({SMALL}, "float32"), training=True)'),
        "tensorflow": tensorflow("x = tf.reshape(tf.constant([0.01, 0.02, 0.04]), (3, 1, 1, 1))",
                                 f"answer = {FUSED}({STATE_OF_ONE})[0]"),
        "jax": jax(f"answer = nnx.BatchNorm(1, rngs=nnx.Rngs(0))(jnp.array({SMALL}))"),
        **onnx_batch_norm("training_mode = 1", "y", SMALL),
    },
    sources=SOURCES)

CUBE = "[[[0.0, 1], [4, 2]], [[3, 7], [5, 9]]]"
AXIS = AtlasRow(
    layer="batch_norm", option="axis", title="BatchNormalization axis", group="normalisation", leads=("N4",),
    question="Which axis holds the channels of a batch normalisation, when none is given?",
    variants=(
        Variant(value=1, title="the second", formula=r"\mu_c = \frac{1}{B T} \sum_{b, t} x_{b c t}",
                words="Channels follow the batch.", switch={"keras": "BatchNormalization(axis=1)", "flax": "axis=1"}),
        Variant(value=-1, title="the last", formula=r"\mu_c = \frac{1}{B T} \sum_{b, t} x_{b t c}",
                words="Channels stand last.", switch={"torch": "layer(x.mT).mT"})),
    probe=Probe(compute="layer", arguments={"kind": "batch_norm", "epsilon": 1e-3,
                                            "inputs": {"x": np.array([[[0.0, 1], [4, 2]], [[3, 7], [5, 9]]])}}),
    example="An array of shape (2, 2, 2) that begins with 0 and 1: they become {0[0,0]} or {1[0,0]}.",
    consequence="Where time steps and channels are equally many nothing complains, and each time step is normalised by itself.",
    snippets={
        "torch": torch(f"answer = torch.nn.BatchNorm1d(2, eps=1e-3)(torch.tensor({CUBE}))"),
        "keras": keras("layer = keras.layers.BatchNormalization(epsilon=1e-3)",
                       f'y = layer(np.array({CUBE}, "float32"), training=True)'),
        "tensorflow": tensorflow(f"x = tf.reshape(tf.constant({CUBE}), (2, 2, 1, 2))",
                                 "answer = tf.compat.v1.nn.fused_batch_norm(x, [1.0, 1.0], [0.0, 0.0], epsilon=1e-3)[0]"),
        "jax": jax(f"answer = nnx.BatchNorm(2, epsilon=1e-3, rngs=nnx.Rngs(0))(jnp.array({CUBE}))"),
        **onnx("y, m, v = BatchNormalization <training_mode = 1, epsilon = 0.001> (x, s, b, p, q)", x="float[2,2,2]",
               s="float[2]", b="float[2]", p="float[2]", q="float[2]", output="float[2,2,2] y",
               feeds=f'x, s, b, p, q = np.float32({CUBE}), *np.float32([[1, 0, 0, 1]] * 2).T'),
    },
    sources=SOURCES)

MODES = (
    Variant(value="training", title="with the batch's own statistics", config={"mode": "training"},
            formula=r"y = \frac{x - \mu_B}{\sqrt{v_B + \epsilon}}",
            words="What one example becomes depends on the others. The running statistics move.",
            switch={"torch": "layer.train(), the default", "keras": "layer(x, training=True)", "flax": "layer.train()",
                    "onnx": "training_mode=1"}),
    Variant(value="inference", title="with the running statistics", config={"mode": "inference"},
            formula=r"y = \frac{x - \mu}{\sqrt{v + \epsilon}}",
            words="Each example by itself, with the statistics of the training.",
            switch={"torch": "layer.eval()", "keras": "layer(x), the default outside of fit", "flax": "layer.eval()",
                    "onnx": "training_mode=0, the default"}))
MODE = AtlasRow(
    layer="batch_norm", option="mode", title="mode of a BatchNormalization that was told none", group="normalisation",
    leads=("N5",), question="How does a fresh batch normalisation work, when nobody said whether this is training?",
    variants=MODES, probe=Probe(compute="layer", arguments={**BATCH, "epsilon": 1e-3}),
    example="0, 2 and 4 become {0[0,0]}, {0[1,0]} and {0[2,0]}, or {1[0,0]}, {1[1,0]} and {1[2,0]}.",
    consequence="A training loop by hand that calls a Keras model without training=True never moves the running statistics; a "
                "PyTorch model without eval() answers differently for each batch.",
    snippets={
        "torch": torch(TORCH_X, "answer = torch.nn.BatchNorm1d(1, eps=1e-3)(x)"),
        "keras": keras(KERAS_X, "y = keras.layers.BatchNormalization(epsilon=1e-3)(x)"),
        "tensorflow": tensorflow(FUSED_X, f"answer = {FUSED}({STATE_OF_ONE}, epsilon=1e-3)[0]"),
        "jax": jax(JAX_X, "answer = nnx.BatchNorm(1, epsilon=1e-3, rngs=nnx.Rngs(0))(x)"),
        **onnx_batch_norm("epsilon = 0.001", "y"),
    },
    sources=(*SOURCES, "https://github.com/pytorch/pytorch/issues/7028"))

FROZEN_MODES = (  # Keras's frozen layers stay in inference whatever the call says
    replace(MODES[0], switch={"torch": "layer.train(), the default",
                              "keras": "not available; leave layer.trainable = True and its weights out of the optimizer"}),
    replace(MODES[1], switch={"torch": "layer.eval()", "keras": "layer.trainable = False"}))
FROZEN = AtlasRow(
    layer="batch_norm", option="frozen", title="frozen BatchNormalization", group="normalisation", leads=("N5",),
    question="With which statistics does a batch normalisation in training work whose parameters are frozen?",
    variants=FROZEN_MODES, probe=MODE.probe, example=MODE.example,
    consequence="Fine-tuning a frozen network in PyTorch goes on moving its running statistics, unless eval() is called too; the "
                "features that were to be kept change.",
    snippets={
        "torch": torch(TORCH_X, "layer = torch.nn.BatchNorm1d(1, eps=1e-3)", "layer.requires_grad_(False)", "answer = layer(x)"),
        "keras": keras(KERAS_X, "layer = keras.layers.BatchNormalization(epsilon=1e-3)", "layer.trainable = False",
                       "y = layer(x, training=True)"),
    },
    absent={"tensorflow": "a function has no parameters to freeze", "jax": "parameters are frozen in the optimizer, which "
            "the layer does not know of", **everywhere("a graph has no parameters to freeze", "onnx", "onnxruntime")},
    sources=("https://keras.io/guides/transfer_learning/", *SOURCES[:2]))

BATCH_OF_ONE = AtlasRow(
    layer="batch_norm", option="batch_of_one", title="BatchNormalization of one example", group="normalisation", leads=("N5",),
    question="What does batch normalisation in training do with one example, whose variance is zero?",
    variants=(
        Variant(value="zero", title="zero", formula=r"y = \frac{x - x}{\sqrt{0 + \epsilon}} = 0", config={"value": 0.0},
                words="Every channel is its own mean. The output is beta, whatever the input was."),
        Variant(value=REFUSES, title="refuses", formula=r"\text{an error}", words="More than one number a channel is wanted.")),
    probe=Probe(compute="constant", scale=1.0),
    example="The number 3 becomes {0}.",
    consequence="A last batch of one example ends an epoch with an error in PyTorch. Elsewhere it is silently lost, and the "
                "running variance moves towards zero.",
    snippets={
        "torch": torch("answer = torch.nn.BatchNorm1d(1)(torch.tensor([[3.0]]))"),
        "keras": keras('y = keras.layers.BatchNormalization()(np.array([[3.0]], "float32"), training=True)'),
        "tensorflow": tensorflow("x = tf.constant([[[[3.0]]]])", f"answer = {FUSED}({STATE_OF_ONE})[0]"),
        "jax": jax("answer = nnx.BatchNorm(1, rngs=nnx.Rngs(0))(jnp.array([[3.0]]))"),
        **onnx_batch_norm("training_mode = 1", "y", "[[3.0]]", "float[1,1]"),
    },
    sources=SOURCES)

COUNTED = AtlasRow(
    layer="batch_norm", option="counted", title="parameters counted of a BatchNormalization", group="normalisation",
    leads=("N5",),
    question="Do the running mean and variance of a batch normalisation count as its parameters?",
    variants=(
        Variant(value="all", title="counted: four numbers a channel", formula=r"4 C",
                words="They are weights that are not trained, and stand in get_weights() behind gamma and beta.",
                switch={"torch": "sum(a.numel() for a in layer.state_dict().values()) counts them, and one step counter"}),
        Variant(value="trained", title="not counted: two numbers a channel", formula=r"2 C",
                words="They are buffers, or statistics of their own kind, and lie beside the parameters.",
                switch={"keras": "sum(w.numpy().size for w in layer.trainable_weights)"})),
    probe=Probe(compute="parameters_counted", arguments={"channels": 3}),
    example="Three channels have {0} or {1} parameters.",
    consequence="Two equal networks have different parameter counts in their summaries, by two numbers for each normalised "
                "channel. A port that moves parameters alone leaves the running statistics behind.",
    snippets={
        "torch": torch("answer = sum(p.numel() for p in torch.nn.BatchNorm1d(3).parameters())"),
        "keras": keras("layer = keras.layers.BatchNormalization()", "layer.build((None, 3))",
                       "y = np.array(layer.count_params())"),
        "jax": jax("layer = nnx.BatchNorm(3, rngs=nnx.Rngs(0))",
                   "answer = sum(p.size for p in jax.tree.leaves(nnx.state(layer, nnx.Param)))"),
    },
    absent={"tensorflow": "a function has no parameters of its own",
            **everywhere("a graph's inputs are its own", "onnx", "onnxruntime")},
    sources=SOURCES[:2])

ROWS = (MOMENTUM_OF, MOMENTUM, RUNNING_DIVISOR, EPSILON, AXIS, MODE, FROZEN, BATCH_OF_ONE, COUNTED)
