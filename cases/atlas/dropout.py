"""Dropout: its scale, its limits, and whether it is on."""


from typing import Any

import numpy as np

from nnparity.cases.convention import REFUSES, AtlasRow, Probe, Variant, measured
from nnparity.cases.conventions import normalisation
from nnparity.cases.snippets.blocks import onnx_node, snippet

SOURCES = ("https://docs.pytorch.org/docs/stable/generated/torch.nn.Dropout.html",
           "https://keras.io/api/layers/regularization_layers/dropout/",
           "https://flax.readthedocs.io/en/latest/api_reference/flax.nnx/nn/stochastic.html",
           "https://onnx.ai/onnx/operators/onnx__Dropout.html", "https://www.tensorflow.org/api_docs/python/tf/nn/dropout")
TRAINING: dict[str, Any] = dict(inputs="float[] x, float[] p, '\n    'bool[] t", output="float[] y")

SCALING = measured(
    normalisation.SCALING, title="scale of what dropout keeps", group="dropout", leads=("D1",),
    probe=Probe(compute="layer", arguments={"kind": "dropout", "rate": 0.2, "inputs": {"x": np.ones(1), "mask": np.ones(1)}}),
    example="At a rate of 0.2 a kept 1 becomes {0[0]} or {1[0]}.",
    snippets={
        "torch": snippet("""
            import torch
            answer = torch.nn.Dropout(0.2)(torch.ones(1000)).max()
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            y = keras.layers.Dropout(0.2)(np.ones(1000, "float32"), training=True)
            answer = keras.ops.convert_to_numpy(y).max()
            print(answer)"""),
        "tensorflow": snippet("""
            import tensorflow as tf
            answer = tf.reduce_max(tf.nn.dropout(tf.ones(1000), 0.2))
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            answer = nnx.Dropout(0.2, rngs=nnx.Rngs(0))(jnp.ones(1000)).max()
            print(answer)"""),
        **onnx_node("d = Dropout (x, p, t) y = ReduceMax <keepdims = 0> (d)", **TRAINING,
                    feeds='x, p, t = np.ones(1000, "f"), np.array(0.2, "f"), np.array(True)'),
    },
    sources=(*normalisation.SCALING.sources, *SOURCES))

RATE_ONE = AtlasRow(
    layer="dropout", option="rate_one", title="dropout with rate 1", group="dropout", leads=("D2",),
    question="What does dropout give where the rate is 1, so that nothing is kept?",
    variants=(
        Variant(value="zeros", title="zeros", formula="y = 0", words="Nothing is kept, and nothing is divided by 1 - 1."),
        Variant(value="nan", title="not a number", formula=r"\frac{0 \cdot x}{0}", words="The formula taken literally."),
        Variant(value=REFUSES, title="refuses", formula=r"\text{an error}", words="The rate must be less than one.")),
    probe=Probe(compute="dropout_all", arguments={"x": [1.0, 2.0]}),
    example="The inputs {x} become {0} or {1}.",
    consequence="A rate that a schedule or a search drives to one stops a run, zeroes a layer, or fills it with NaN.",
    snippets={
        "torch": snippet("""
            import torch
            answer = torch.nn.Dropout(1.0)(torch.tensor([1.0, 2]))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            y = keras.layers.Dropout(1.0)(np.array([1, 2], "float32"), training=True)
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
        "tensorflow": snippet("""
            import tensorflow as tf
            answer = tf.nn.dropout(tf.constant([1.0, 2]), 1.0)
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            answer = nnx.Dropout(1.0, rngs=nnx.Rngs(0))(jnp.array([1.0, 2]))
            print(answer)"""),
        **onnx_node("y = Dropout (x, p, t)", **TRAINING,
                    feeds='x, p, t = np.array([1, 2], "f"), np.array(1, "f"), np.array(True)'),
    },
    sources=SOURCES)

DEFAULT_MODE = AtlasRow(
    layer="dropout", option="default_mode", title="mode of a dropout that was told none", group="dropout", leads=("D3",),
    question="Does dropout drop anything where nobody said whether this is training?",
    variants=(
        Variant(value="trains", title="training: it drops", formula=r"y = \frac{m \odot x}{1 - p}", config={"value": 0.0},
                words="The layer is born in training mode, or has no other.",
                switch={"torch": "model.train(), the default", "keras": "layer(x, training=True)",
                        "jax": "deterministic=False, the default of nnx", "onnx": "training_mode = true"}),
        Variant(value="passes", title="inference: it passes everything", formula=r"y = x \,", config={"value": 1.0},
                words="Training has to be asked for.",
                switch={"torch": "model.eval()", "keras": "layer(x), the default", "jax": "model.eval(), or deterministic=True",
                        "onnx": "training_mode left out"})),
    probe=Probe(compute="constant"),
    example="The smallest of 1000 outputs for inputs of 1 and a rate of 0.5 is {0} or {1}.",
    consequence="A ported model answers differently on every call because nobody said eval(); or a training loop written by hand "
                "in Keras never drops anything.",
    snippets={
        "torch": snippet("""
            import torch
            answer = torch.nn.Dropout(0.5)(torch.ones(1000)).min()
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            y = keras.layers.Dropout(0.5)(np.ones(1000, "float32"))
            answer = keras.ops.convert_to_numpy(y).min()
            print(answer)"""),
        "tensorflow": snippet("""
            import tensorflow as tf
            answer = tf.reduce_min(tf.nn.dropout(tf.ones(1000), 0.5))
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            answer = nnx.Dropout(0.5, rngs=nnx.Rngs(0))(jnp.ones(1000)).min()
            print(answer)"""),
        **onnx_node("d = Dropout (x) y = ReduceMin <keepdims = 0> (d)", inputs="float[] x", output="float[] y",
                    feeds='x = np.ones(1000, "f")'),
    },
    sources=SOURCES)

ROWS = (SCALING, RATE_ONE, DEFAULT_MODE)
