"""Activations, and their derivatives where the curve has a kink."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere, gradients, onnx_node, snippet

NO_GRADIENT = everywhere("ONNX describes forward passes only", "onnx", "onnxruntime")

RELU_AT_ZERO = AtlasRow(
    layer="relu", option="at_zero", title="derivative of relu at 0", group="activation", leads=("A3",),
    question="What is the derivative of relu at exactly zero, where the curve has a corner?",
    variants=tuple(Variant(value=value, title=f"{value:g}", formula=rf"f'(0) = {formula}", words=words)
                   for value, formula, words in (
                       (0.0, "0", "Zero counts as switched off."),
                       (0.5, r"\frac{1}{2}", "The middle of the two slopes, as for a maximum of two equal numbers."),
                       (1.0, "1", "Zero counts as switched on, as where a bound is reached but not passed."))),
    probe=Probe(compute="relu_derivative", arguments={"x": [-1.0, 0.0, 2.0]}),
    example="At -1, 0 and 2 the derivatives are {0}, {1} or {2}.",
    consequence="Pre-activations that are exactly zero are common: zero biases with sparse inputs, or padding. A gradient check "
                "at such a point blames a correct implementation.",
    snippets=gradients("[-1.0, 0.0, 2.0]", torch="torch.relu(x)", keras="keras.ops.relu(x)", tensorflow="tf.nn.relu(x)",
                       jax="jax.nn.relu(x)"),
    absent=NO_GRADIENT,
    sources=("https://github.com/pytorch/pytorch/issues/184574", "https://github.com/jax-ml/jax/issues/37821"))

MAXIMUM_AT_ZERO = AtlasRow(
    layer="maximum", option="at_zero", title="derivative of maximum(x, 0) at 0", group="activation", leads=("A3",),
    question="What is the derivative of maximum(x, 0) by x where both are zero? It is relu, written by hand.",
    variants=RELU_AT_ZERO.variants, probe=RELU_AT_ZERO.probe, example=RELU_AT_ZERO.example,
    consequence="A relu written by hand as a maximum is another function to the backward pass than the framework's own relu: "
                "units that sit at zero are trained in one and not in the other.",
    snippets=gradients("[-1.0, 0.0, 2.0]", torch="torch.maximum(x, torch.zeros(3))", keras="keras.ops.maximum(x, 0.0)",
                       tensorflow="tf.maximum(x, 0.0)", jax="jnp.maximum(x, 0.0)"),
    absent=NO_GRADIENT, sources=RELU_AT_ZERO.sources)

HARD_SIGMOID = AtlasRow(
    layer="hard_sigmoid", option="form", title="slope of hard_sigmoid", group="activation", leads=("R12", "R8"),
    question="How steep is the straight line of a hard sigmoid?",
    variants=(
        Variant(value="sixth", title="slope 1/6", formula=r"\min\left(\max\left(\frac{x}{6} + \frac{1}{2}, 0\right), 1\right)",
                words="Reaches 0 and 1 at -3 and 3: relu6(x + 3) / 6."),
        Variant(value="fifth", title="slope 1/5", formula=r"\min\left(\max\left(\frac{x}{5} + \frac{1}{2}, 0\right), 1\right)",
                words="Reaches 0 and 1 at -2.5 and 2.5. Keras used it up to version 2.",
                switch={"onnx": "HardSigmoid(alpha=0.2), the default"})),
    probe=Probe(compute="activation", arguments={"function": "hard_sigmoid", "x": [-2.6, 1.0, 2.6]}),
    example="At 1 the value is {0[1]} or {1[1]}.",
    consequence="Recurrent cells of old Keras models have the slope 1/5 in their gates. Loaded into a cell with slope 1/6, every "
                "gate is off by a few hundredths, at every step.",
    snippets={
        "torch": snippet("""
            import torch
            answer = torch.nn.functional.hardsigmoid(torch.tensor([-2.6, 1.0, 2.6]))
            print(answer)"""),
        "keras": snippet("""
            import keras, numpy as np
            y = keras.activations.hard_sigmoid(np.array([-2.6, 1.0, 2.6], "float32"))
            answer = keras.ops.convert_to_numpy(y)
            print(answer)"""),
        "tensorflow": snippet("""
            import tensorflow as tf
            answer = tf.keras.backend.hard_sigmoid(tf.constant([-2.6, 1.0, 2.6]))
            print(answer)"""),
        "jax": snippet("""
            import jax, jax.numpy as jnp
            answer = jax.nn.hard_sigmoid(jnp.array([-2.6, 1.0, 2.6]))
            print(answer)"""),
        **onnx_node("y = HardSigmoid(x)", inputs="float[3] x", output="float[3] y",
                    feeds='x = np.array([-2.6, 1.0, 2.6], "float32")'),
    },
    sources=("https://github.com/keras-team/keras/issues/9112", "https://onnx.ai/onnx/operators/onnx__HardSigmoid.html"))

ROWS = (RELU_AT_ZERO, MAXIMUM_AT_ZERO, HARD_SIGMOID)
