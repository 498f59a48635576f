"""Snippets of one call or one expression in each framework, on the same few arrays. Plain text comes out, as from snippets.py.

`arrays` are name -> Python text of a list, "[[1.0, 2.0], [3.0, 4.0]]"; expressions use the names.
"""

from textwrap import wrap

HEAD = {
    "torch": "import torch",
    "keras": "import keras, numpy as np",
    "tensorflow": "import tensorflow as tf",
    "jax": "import jax, jax.numpy as jnp, optax",
}
FLOATS = {"torch": "torch.tensor({})", "keras": 'np.array({}, "float32")', "tensorflow": "tf.constant({})",
          "jax": "jnp.array({})"}
WHOLE = {**FLOATS, "keras": "np.array({})"}  # labels that are numbers of classes
STEPS = {
    "torch": ("import torch", "p = torch.nn.Parameter(torch.tensor({p}))", "optimizer = {made}", "for {each} in {given}:",
              "{rate}",
              "    p.grad = torch.tensor([g])", "    optimizer.step()", "answer = p", "print(answer)"),
    "keras": ("import keras, numpy as np", 'p = keras.Variable(np.array({p}, "float32"))', "optimizer = {made}",
              "for {each} in {given}:", "{rate}", "    optimizer.apply([keras.ops.array([g])], [p])",
              "answer = keras.ops.convert_to_numpy(p)", "print(answer)"),
    "tensorflow": ("import tensorflow as tf", "p = tf.Variable({p})", "rate = tf.Variable(0.0)", "optimizer = {made}",
                   "for {each} in {given}:", "{rate}", "    optimizer.apply_gradients([(tf.constant([g]), p)])", "answer = p",
                   "print(answer)"),
    "jax": ("import jax.numpy as jnp, optax", "p = jnp.array({p})", "optimizer = {made}", "state = optimizer.init(p)",
            "for g in {gradients}:", "    update, state = optimizer.update(jnp.array([g]), state, p)", "    p = p + update",
            "answer = p", "print(answer)"),
}
RATE = {"torch": '    optimizer.param_groups[0]["lr"] = rate', "keras": "    optimizer.learning_rate = rate",
        "tensorflow": "    rate.assign(now)"}


def call(arrays: dict[str, str], **expressions: str) -> dict[str, str]:
    """`answer` is the expression's value: call({"x": "[1.0]"}, torch="torch.exp(x)", keras="keras.ops.exp(x)")."""
    out = {}
    for column, expression in expressions.items():
        lines = [HEAD[column]]
        for name, text in arrays.items():
            kind = FLOATS if "." in text else WHOLE
            lines.append(f"{name} = {kind[column].format(text)}")
        if column == "keras":
            lines += [f"y = {expression}", "answer = keras.ops.convert_to_numpy(y)"]
        else:
            lines.append(f"answer = {expression}")
        out[column] = "\n".join([*lines, "print(answer)"])
    return out


def steps(*, p: float = 1.0, gradients: list[float], rates: list[float] | None = None, **made: str) -> dict[str, str]:
    """`answer` is the parameter after one step for each gradient, of the optimizers that the expressions make.

    With `rates` the learning rate of each step is set before it. tf.compat.v1's optimizers read theirs from the variable
    `rate`, and optax's from a schedule: their expressions have to say so.
    """
    out = {}
    for column, expression in made.items():
        given = str(gradients) if rates is None else f"zip({gradients}, {rates})"
        each = "g" if rates is None else "g, now" if column == "tensorflow" else "g, rate"
        lines = [line for line in STEPS[column] if rates is not None or line not in ("{rate}", "rate = tf.Variable(0.0)")]
        out[column] = "\n".join(line.format(p=f"[{p}]", made=expression, each=each, given=given, gradients=gradients,
                                            rate=RATE.get(column, "")) for line in lines)
    return out


def onnx_steps(operator: str, attributes: str, *, p: float = 1.0, gradients: list[float], rates: float | list[float],
               states: int, first: int) -> dict[str, str]:
    """The same with an operator of ai.onnx.preview.training, whose steps count from `first`, in the reference evaluator."""
    names, new = "pvh"[:states + 1], "xyz"[:states + 1]
    state, inputs = ", ".join(names), ", ".join(f"float {name}" for name in f"pg{names[1:]}")
    graph = (f'<ir_version: 10, opset_import: ["ai.onnx.preview.training" : 1]> f (float r, int64 t, {inputs}) => '
             f"({', '.join(f'float {name}' for name in new)}) {{{', '.join(new)} = ai.onnx.preview.training.{operator} "
             f"<{attributes}> (r, t, p, g, {state[3:]})}}")
    parts = [f"    '{part}'" for part in wrap(graph, 102, drop_whitespace=False, break_on_hyphens=False)]
    each, given, rate = ("g", gradients, rates) if isinstance(rates, float) else ("(g, r)", f"zip({gradients}, {rates})", "r")
    fed = f"r=np.float32({rate}), t=np.int64(t), g=np.float32(g), {', '.join(f'{name}={name}' for name in names)}"
    lines = ("import numpy as np, onnx, onnx.reference", "step = onnx.reference.ReferenceEvaluator(onnx.parser.parse_model(",
             *parts[:-1], f"{parts[-1]}))", f"{state} = np.float32({[p] + [0] * states})",
             f"for t, {each} in enumerate({given}, start={first}):", f"    {state} = step.run(None, dict({fed}))",
             "answer = p", "print(answer)")
    return {"onnx": "\n".join(lines)}
