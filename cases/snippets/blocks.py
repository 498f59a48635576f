"""Snippets that many rows need: a derivative at a point, one node of ONNX. Each function gives {column: snippet}.

They only save typing: what comes out is plain text, shown to the reader and run as it stands.
"""

from textwrap import dedent

KERAS_GRADIENT = {
    "keras": ("import keras, tensorflow as tf", "x = tf.constant({at})", "with tf.GradientTape() as tape:",
              "    tape.watch(x)", "    y = {expression}", "answer = tape.gradient(y, x)", "print(answer)"),
    "keras-torch": ("import os", 'os.environ["KERAS_BACKEND"] = "torch"', "import keras, torch",
                    "x = torch.tensor({at}, requires_grad=True)", "y = {expression}", "y.sum().backward()",
                    "answer = x.grad", "print(answer)"),
    "keras-jax": ("import os", 'os.environ["KERAS_BACKEND"] = "jax"', "import jax, keras, numpy as np",
                  "def f(x):", "    return ({expression}).sum()",
                  'answer = jax.grad(f)(np.array({at}, "float32"))', "print(answer)"),
}
GRADIENT = {
    "torch": ("import torch", "x = torch.tensor({at}, requires_grad=True)", "y = {expression}", "y.sum().backward()",
              "answer = x.grad", "print(answer)"),
    "tensorflow": ("import tensorflow as tf", *KERAS_GRADIENT["keras"][1:]),
    "jax": ("import jax, jax.numpy as jnp", "def f(x):", "    return ({expression}).sum()",
            "answer = jax.grad(f)(jnp.array({at}))", "print(answer)"),
}
NODE = ("import numpy as np, onnx", "{imports}", "model = onnx.parser.parse_model(",
        "    '<ir_version: 10, opset_import: [\"\" : {opset}]> g ({inputs}) => ({output}) {{'", "    '{node}}}')", "{feeds}",
        "{run}", "print(answer)")
RUNTIMES = {
    "onnx": ("from onnx.reference import ReferenceEvaluator",
             "answer = ReferenceEvaluator(model).run(None, {feeds})[0]"),
    "onnxruntime": ("from onnxruntime import InferenceSession",
                    "answer = InferenceSession(model.SerializeToString()).run(None, {feeds})[0]"),
}


def gradients(at: str, *, keras: str = "", **expressions: str) -> dict[str, str]:
    """The derivative of a sum at the point `at` ("[-1.0, 0.0]"), of an expression in x for torch, keras, tensorflow, jax.

    Keras's is differentiated in all three of its backends.
    """
    out = {column: _filled(GRADIENT[column], at=at, expression=e) for column, e in expressions.items()}
    if keras:
        out |= {column: _filled(lines, at=at, expression=keras) for column, lines in KERAS_GRADIENT.items()}
    return out


def onnx_node(node: str, *, inputs: str, output: str, feeds: str, opset: int = 21) -> dict[str, str]:
    """One or more nodes in ONNX's text form, run by the reference evaluator and by onnxruntime.

    node "y = LayerNormalization(x, s)", inputs "float[1,3] x, float[3] s", output "float[1,3] y"; `feeds` is Python that
    makes the arrays: 'x, s = np.array([[1, 2, 3]], "float32"), np.ones(3, "float32")', under the names of the inputs.
    """
    names = [declared.split()[-1] for declared in inputs.replace(", ", ",").split(",") if " " in declared]
    fed = "{" + ", ".join(f'"{name}": {name}' for name in names) + "}"
    return {column: _filled(NODE, imports=imports, opset=opset, inputs=inputs, output=output, node=node, feeds=feeds,
                            run=run.replace("{feeds}", fed)) for column, (imports, run) in RUNTIMES.items()}


def snippet(text: str) -> str:
    """A snippet written as an indented block."""
    return dedent(text).strip()


def everywhere(reason: str, *columns: str) -> dict[str, str]:
    """One reason for several columns: `absent=everywhere("ONNX has no gradients", "onnx", "onnxruntime")`."""
    return dict.fromkeys(columns, reason)


def _filled(lines, **fields) -> str:
    return "\n".join(line.format(**fields) for line in lines)
