"""Embeddings, one-hot rows and indexing: what happens outside the table, and at padding."""

from nnparity.cases.convention import REFUSES, AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere, onnx_node, snippet

TORCH_EMBEDDING = "https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html"
KERAS_EMBEDDING = "https://keras.io/api/layers/core_layers/embedding/"
FLAX_EMBED = "https://flax.readthedocs.io/en/latest/api_reference/flax.nnx/nn/linear.html"
JAX_INDEXING = "https://docs.jax.dev/en/latest/notebooks/Common_Gotchas_in_JAX.html"
TF_GATHER = "https://www.tensorflow.org/api_docs/python/tf/gather"
ONNX_GATHER = "https://onnx.ai/onnx/operators/onnx__Gather.html"
NO_EMBEDDING = everywhere("ONNX has no embedding but Gather: see gather", "onnx", "onnxruntime")
REFUSED = Variant(value=REFUSES, title="refuses", formula=r"\text{an error}", words="There is no such row.")
OUTSIDE = (
    REFUSED,
    Variant(value="clamp", title="the nearest row that exists", formula=r"y = E_{\min(\max(t, 0), V - 1)}",
            words="The index is moved to the end of the table."),
    Variant(value="nan", title="not a number", formula=r"y = \mathrm{NaN}", words="Filled with what cannot be overlooked."),
    Variant(value="zero", title="zero", formula="y = 0", words="TensorFlow on a GPU, which cannot raise from a kernel."),
    Variant(value="wrap", title="counted from the end", formula=r"y = E_{t \bmod V}",
            words="As Python's lists count negative indices."))


def embeddings(token: int) -> dict[str, str]:
    """The row of a fresh embedding layer with the table 10, 20, 30 for one token."""
    return {
        "torch": snippet(f"""
            import torch
            layer = torch.nn.Embedding.from_pretrained(torch.tensor([[10.0], [20], [30]]))
            answer = layer(torch.tensor([{token}]))
            print(answer)"""),
        "keras": snippet(f"""
            import keras, numpy as np
            layer = keras.layers.Embedding(3, 1)
            layer.build((1,))
            layer.set_weights([np.array([[10], [20], [30]], "float32")])
            answer = keras.ops.convert_to_numpy(layer(np.array([{token}])))
            print(answer)"""),
        "tensorflow": snippet(f"""
            import tensorflow as tf
            answer = tf.nn.embedding_lookup(tf.constant([[10.0], [20], [30]]), tf.constant([{token}]))
            print(answer)"""),
        "jax": snippet(f"""
            import jax.numpy as jnp
            from flax import nnx
            layer = nnx.Embed(3, 1, rngs=nnx.Rngs(0))
            layer.embedding[...] = jnp.array([[10.0], [20], [30]])
            answer = layer(jnp.array([{token}]))
            print(answer)"""),
    }


def gathers(index: int) -> dict[str, str]:
    """x[index] of a vector 10, 20, 30, in the way that each framework writes indexing."""
    return {
        "torch": snippet(f"""
            import torch
            answer = torch.tensor([10.0, 20, 30])[{index}]
            print(answer)"""),
        "keras": snippet(f"""
            import keras
            y = keras.ops.take(keras.ops.array([10.0, 20.0, 30.0]), {index})
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
        "tensorflow": snippet(f"""
            import tensorflow as tf
            answer = tf.gather(tf.constant([10.0, 20, 30]), {index})
            print(answer)"""),
        "jax": snippet(f"""
            import jax.numpy as jnp
            answer = jnp.array([10.0, 20, 30])[{index}]
            print(answer)"""),
        **onnx_node("y = Gather (x, i)", inputs="float[] x, int64[] i", output="float[] y",
                    feeds=f'x, i = np.array([10, 20, 30], "f"), np.array({index})'),
    }


EMBEDDING_OUTSIDE = AtlasRow(
    layer="embedding", option="outside", title="embedding of a token beyond the table", group="embedding", leads=("X5",),
    question="What does an embedding give for a token that is larger than its table?", variants=OUTSIDE,
    probe=Probe(compute="lookup", arguments={"table": [10.0, 20.0, 30.0], "index": 4}),
    example="The table {table} and the token 4: an error, {1}, {2}, {3} or {4}.",
    consequence="A tokenizer that is one larger than the model stops the run in one framework, and trains the last row on "
                "strangers in another.",
    snippets=embeddings(4), absent=NO_EMBEDDING, sources=(TORCH_EMBEDDING, KERAS_EMBEDDING, FLAX_EMBED, TF_GATHER))

EMBEDDING_NEGATIVE = AtlasRow(
    layer="embedding_of_negative", option="outside", title="embedding of the token -1", group="embedding", leads=("X5",),
    question="What does an embedding give for a negative token?",
    variants=OUTSIDE, probe=Probe(compute="lookup", arguments={"table": [10.0, 20.0, 30.0], "index": -1}),
    example="The table {table} and the token -1: an error, {1}, {2}, {3} or {4}.",
    consequence="Labels and padding are often marked by -1. Where it counts from the end, the last word's row is read and "
                "trained instead.",
    snippets=embeddings(-1), absent=NO_EMBEDDING, sources=EMBEDDING_OUTSIDE.sources)

GATHER_OUTSIDE = AtlasRow(
    layer="gather", option="outside", title="index beyond the end", group="tensors", leads=("X5",),
    question="What does reading a vector beyond its end give?", variants=OUTSIDE, probe=EMBEDDING_OUTSIDE.probe,
    example="The vector {table} at index 4: an error, {1}, {2}, {3} or {4}.",
    consequence="Off-by-one mistakes that raise elsewhere go on with the last element.",
    snippets=gathers(4), sources=(JAX_INDEXING, TF_GATHER, ONNX_GATHER))

GATHER_NEGATIVE = AtlasRow(
    layer="gather_of_negative", option="outside", title="index -1", group="tensors", leads=("X5",),
    question="What does reading a vector at index -1 give?", variants=OUTSIDE, probe=EMBEDDING_NEGATIVE.probe,
    example="The vector {table} at index -1: an error, {1}, {2}, {3} or {4}.",
    consequence="Code that relies on counting from the end, as Python does, fails in the framework that does not.",
    snippets=gathers(-1), sources=GATHER_OUTSIDE.sources)

PADDING = AtlasRow(
    layer="embedding", option="padding_gradient", title="gradient of an embedding's padding row", group="embedding",
    leads=("X3",),
    question="Does an embedding train the row of the padding token?",
    variants=(
        Variant(value="zero", title="no gradient", formula=r"\frac{\partial L}{\partial E_0} = 0",
                words="The row stays at its initial value, which is zero.", switch={"torch": "Embedding(n, d, padding_idx=0)"}),
        Variant(value="counted", title="a gradient like any other row", formula=r"\frac{\partial L}{\partial E_0} = "
                r"\sum_{b: x_b = 0} \frac{\partial L}{\partial y_b}",
                words="Padding is told to the layers that follow, in a mask; those that do not read it train the row.",
                switch={"keras": "Embedding(n, d, mask_zero=True)", "torch": "no padding_idx"})),
    probe=Probe(compute="embedding_gradient", arguments={"tokens": [0, 1, 1], "vocabulary": 3}),
    example="The tokens {tokens}, the sum of all outputs as loss, three rows of one number: {0} or {1}.",
    consequence="Ported as mask_zero=True, padding_idx=0 is another model: the padding row is not zero, and a layer that ignores "
                "the mask adds it to every sum.",
    snippets={
        "torch": snippet("""
            import torch
            layer = torch.nn.Embedding(3, 1, padding_idx=0)
            layer(torch.tensor([0, 1, 1])).sum().backward()
            answer = layer.weight.grad
            print(answer)"""),
        "keras": snippet("""
            import keras, tensorflow as tf
            layer = keras.layers.Embedding(3, 1, mask_zero=True)
            with tf.GradientTape() as tape:
                y = layer(tf.constant([0, 1, 1]))
            answer = tf.convert_to_tensor(tape.gradient(y, layer.embeddings.value))
            print(answer)"""),
        "keras-torch": snippet("""
            import keras, torch
            layer = keras.layers.Embedding(3, 1, mask_zero=True)
            layer(torch.tensor([0, 1, 1])).sum().backward()
            answer = layer.embeddings.value.grad
            print(answer)"""),
        "keras-jax": snippet("""
            import jax, keras, numpy as np
            layer = keras.layers.Embedding(3, 1, mask_zero=True)
            tokens = np.array([0, 1, 1])
            layer.build((3,))
            def f(table):
                return layer.stateless_call([table], [], tokens)[0].sum()
            answer = jax.grad(f)(layer.embeddings.value)
            print(answer)"""),
    },
    absent={"tensorflow": "tf.nn.embedding_lookup knows no padding", "jax": "nnx.Embed knows no padding",
            **everywhere("ONNX describes forward passes only", "onnx", "onnxruntime")},
    sources=(TORCH_EMBEDDING, KERAS_EMBEDDING))

ONE_HOT = AtlasRow(
    layer="one_hot", option="outside", title="one-hot row of the class -1", group="embedding", leads=("X6",),
    question="What is the one-hot row of a class -1?",
    variants=(
        Variant(value="zeros", title="zeros", formula="y = 0", words="No class at all: the row adds nothing to a cross-entropy."),
        Variant(value="wrap", title="the last class", formula=r"y_{K - 1} = 1", words="Counted from the end, as Python does."),
        REFUSED),
    probe=Probe(compute="one_hot_row", arguments={"token": -1, "classes": 3}),
    example="Three classes: {0} or {1}, or an error.",
    consequence="-1 as the mark of an unlabelled example is ignored by one framework, is the last class in another, and stops "
                "the third.",
    snippets={
        "torch": snippet("""
            import torch
            answer = torch.nn.functional.one_hot(torch.tensor(-1), 3)
            print(answer)"""),
        "keras": snippet("""
            import keras
            answer = keras.ops.convert_to_numpy(keras.ops.one_hot(keras.ops.array(-1), 3))
            print(answer)"""),
        "tensorflow": snippet("""
            import tensorflow as tf
            answer = tf.one_hot(-1, 3)
            print(answer)"""),
        "jax": snippet("""
            import jax
            answer = jax.nn.one_hot(-1, 3)
            print(answer)"""),
        **onnx_node("y = OneHot (i, n, v)", inputs="int64[] i, int64[] n, '\n    'float[] v", output="float[] y",
                    feeds='i, n, v = np.array([-1]), np.array(3), np.array([0, 1], "f")'),
    },
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html",
             "https://www.tensorflow.org/api_docs/python/tf/one_hot", "https://onnx.ai/onnx/operators/onnx__OneHot.html"))

ROWS = (EMBEDDING_OUTSIDE, EMBEDDING_NEGATIVE, GATHER_OUTSIDE, GATHER_NEGATIVE, PADDING, ONE_HOT)
