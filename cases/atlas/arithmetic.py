"""Small operations that every recipe takes for granted: a dense product, a median, a remainder, an integer quotient."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere, onnx_node, snippet

A, B = [7.0, -7.0, 7.0, -7.0], [2.0, 2.0, -2.0, -2.0]
INTEGERS = "[7, -7, 7, -7]", "[2, 2, -2, -2]"

DENSE = AtlasRow(
    layer="dense", option="orientation", title="orientation of a dense kernel", group="dense", leads=("X1",),
    question="Is a dense kernel stored as (in, out) or as (out, in)?",
    variants=(
        Variant(value="out_in", title="stored as (out, in)", formula=r"y = W x", words="Row i has the weights of output i.",
                switch={"torch": "Linear.weight", "onnx": "Gemm with transB=1"}),
        Variant(value="in_out", title="stored as (in, out)", formula=r"y = x W", words="Column i has the weights of output i.",
                switch={"keras": "Dense.kernel", "jax": "nnx.Linear.kernel", "onnx": "MatMul, Gemm"})),
    probe=Probe(compute="dense_square", arguments={"x": [1.0, 0.0], "kernel": [[1.0, 2.0], [3.0, 4.0]]}),
    example="The input {x} and the stored matrix {kernel}: {0} or {1}.",
    consequence="A square kernel loads without transposing and without complaint.",
    snippets={
        "torch": snippet("""
            import torch
            layer = torch.nn.Linear(2, 2, bias=False)
            w = {"weight": torch.tensor([[1.0, 2], [3, 4]])}
            answer = torch.func.functional_call(layer, w, torch.tensor([1.0, 0]))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            layer = keras.layers.Dense(2, use_bias=False)
            layer.build((1, 2))
            layer.set_weights([np.array([[1, 2], [3, 4]], "float32")])
            answer = keras.ops.convert_to_numpy(layer(np.array([[1, 0]], "float32")))
            print(answer)"""),
        "tensorflow": snippet("""
            import tensorflow as tf
            answer = tf.linalg.matmul(tf.constant([[1.0, 0]]), tf.constant([[1.0, 2], [3, 4]]))
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            from flax import nnx
            layer = nnx.Linear(2, 2, rngs=nnx.Rngs(0))
            layer.kernel[...] = jnp.array([[1.0, 2], [3, 4]])
            answer = layer(jnp.array([1.0, 0]))
            print(answer)"""),
        **onnx_node("y = Gemm (x, w)", inputs="float[1,2] x, float[2,2] w", output="float[1,2] y",
                    feeds='x, w = np.array([[1, 0]], "f"), np.array([[1, 2], [3, 4]], "f")'),
    },
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html",
             "https://keras.io/api/layers/core_layers/dense/", "https://onnx.ai/onnx/operators/onnx__Gemm.html",
             "https://flax.readthedocs.io/en/stable/migrating/convert_pytorch_to_flax.html"))

MEDIAN = AtlasRow(
    layer="median", option="even", title="median of an even count", group="tensors", leads=("M1",),
    question="What is the median of an even count of numbers?",
    variants=(
        Variant(value="lower", title="the lower one of the two in the middle", formula=r"x_{(n / 2)}",
                words="Always one of the numbers, which has a place and a gradient.",
                switch={"torch": "torch.median; torch.quantile(x, 0.5) gives the mean"}),
        Variant(value="mean", title="the mean of the two in the middle",
                formula=r"\frac{1}{2} \left(x_{(n/2)} + x_{(n/2 + 1)}\right)",
                words="The usual definition in statistics.", switch={"keras": "keras.ops.median", "jax": "jnp.median"})),
    probe=Probe(compute="median_of", arguments={"x": [1.0, 2.0, 3.0, 4.0]}),
    example="Of {x}: {0} or {1}.",
    consequence="Thresholds and robust statistics come out smaller in one framework, by half the gap in the middle.",
    snippets={
        "torch": snippet("""
            import torch
            answer = torch.median(torch.tensor([1.0, 2, 3, 4]))
            print(answer)"""),
        "keras": snippet("""
            import keras
            answer = keras.ops.convert_to_numpy(keras.ops.median(keras.ops.array([1.0, 2.0, 3.0, 4.0])))
            print(answer)"""),
        "jax": snippet("""
            import jax.numpy as jnp
            answer = jnp.median(jnp.array([1.0, 2, 3, 4]))
            print(answer)"""),
    },
    absent={"tensorflow": "tf.math has no median", **everywhere("ONNX has no median", "onnx", "onnxruntime")},
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.median.html", "https://keras.io/api/ops/numpy/"))

REMAINDER = AtlasRow(
    layer="remainder", option="sign_of", title="sign of a remainder", group="tensors", leads=("M2",),
    question="Does the remainder a % b have the sign of the divisor or of the dividend?",
    variants=(
        Variant(value="divisor", title="the sign of the divisor", formula=r"a - b \left\lfloor \frac{a}{b} \right\rfloor",
                words="Python's own rule: a % 2 is 0 or 1 for negative a too.",
                switch={"torch": "%, torch.remainder", "jax": "%, jnp.mod", "onnx": "Mod of integers, fmod=0"}),
        Variant(value="dividend", title="the sign of the dividend", formula=r"a - b \, \mathrm{trunc}\left(\frac{a}{b}\right)",
                words="C's rule, and that of every fmod.",
                switch={"torch": "torch.fmod", "tensorflow": "tf.truncatemod", "jax": "jnp.fmod, jax.lax.rem",
                        "onnx": "fmod=1"})),
    probe=Probe(compute="remainders", arguments={"a": A, "b": B}),
    example="{a} and {b}: {0} or {1}.",
    consequence="Indices that wrap around, such as relative positions, turn negative where C's rule applies: code ported to "
                "C++ or to jax.lax.rem.",
    snippets={
        "torch": snippet(f"""
            import torch
            answer = torch.tensor({A}) % torch.tensor({B})
            print(answer)"""),
        "keras": snippet(f"""
            import keras
            y = keras.ops.mod(keras.ops.array({A}), keras.ops.array({B}))
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
        "tensorflow": snippet(f"""
            import tensorflow as tf
            answer = tf.constant({A}) % tf.constant({B})
            print(answer)"""),
        "jax": snippet(f"""
            import jax.numpy as jnp
            answer = jnp.array({A}) % jnp.array({B})
            print(answer)"""),
        **onnx_node("y = Mod (a, b)", inputs="int64[4] a, int64[4] b", output="int64[4] y",
                    feeds=f"a, b = np.array({INTEGERS[0]}), np.array({INTEGERS[1]})"),
    },
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.fmod.html", "https://onnx.ai/onnx/operators/onnx__Mod.html",
             "https://docs.jax.dev/en/latest/_autosummary/jax.lax.rem.html"))

QUOTIENT = AtlasRow(
    layer="integer_division", option="rounding", title="rounding of an integer quotient", group="tensors", leads=("M2",),
    question="Is the quotient of two integers rounded down or towards zero?",
    variants=(
        Variant(value="down", title="down", formula=r"\left\lfloor \frac{a}{b} \right\rfloor", words="Python's own //.",
                switch={"torch": "//, torch.div(a, b, rounding_mode='floor')", "onnx": "Floor after a division of floats"}),
        Variant(value="towards_zero", title="towards zero", formula=r"\mathrm{trunc}\left(\frac{a}{b}\right)",
                words="C's rule. PyTorch's // followed it before 1.13.",
                switch={"torch": "torch.div(a, b, rounding_mode='trunc')", "tensorflow": "tf.truncatediv",
                        "onnx": "Div of integers", "jax": "jax.lax.div"})),
    probe=Probe(compute="integer_quotients", arguments={"a": A, "b": B}),
    example="{a} and {b}: {0} or {1}.",
    consequence="Index arithmetic with negative numbers, such as relative positions, is off by one after an export.",
    snippets={
        "torch": snippet(f"""
            import torch
            answer = torch.tensor({INTEGERS[0]}) // torch.tensor({INTEGERS[1]})
            print(answer)"""),
        "keras": snippet(f"""
            import keras
            y = keras.ops.floor_divide(keras.ops.array({INTEGERS[0]}), keras.ops.array({INTEGERS[1]}))
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
        "tensorflow": snippet(f"""
            import tensorflow as tf
            answer = tf.constant({INTEGERS[0]}) // tf.constant({INTEGERS[1]})
            print(answer)"""),
        "jax": snippet(f"""
            import jax.numpy as jnp
            answer = jnp.array({INTEGERS[0]}) // jnp.array({INTEGERS[1]})
            print(answer)"""),
        **onnx_node("y = Div (a, b)", inputs="int64[4] a, int64[4] b", output="int64[4] y",
                    feeds=f"a, b = np.array({INTEGERS[0]}), np.array({INTEGERS[1]})"),
    },
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.div.html", "https://onnx.ai/onnx/operators/onnx__Div.html"))

ROWS = (DENSE, MEDIAN, REMAINDER, QUOTIENT)
