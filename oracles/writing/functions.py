"""Functions of arrays (oracles/models/said.py) as each target writes them: one table, a column for each.

{0}, {1}, ... are what it is given, {axes} the axes that are gone, {keep} whether they stay as one cell, {axis} one axis;
the others are what the function is told. ONNX has the name of the operator, where one does it.
"""

from typing import NamedTuple

KEEP = "{0}, {axes}, keepdim={keep}"
KEEPS = "{0}, axis={axes}, keepdims={keep}"


class Row(NamedTuple):
    torch: str
    keras: str
    flax: str
    onnx: str = ""


def alike(name: str, onnx: str = "", torch: str = "", given: str = "{0}") -> Row:
    """Of one name in keras.ops and in jax.numpy, and in PyTorch unless it is said."""
    return Row(f"torch.{torch or name}({given})", f"ops.{name}({given})", f"jnp.{name}({given})", onnx)


def compared(sign: str, name: str, onnx: str) -> Row:
    return Row(f"{{0}} {sign} {{1}}", f"ops.{name}({{0}}, {{1}})", f"{{0}} {sign} {{1}}", onnx)


TABLE: dict[str, Row] = {
    "negative": Row("-{0}", "-{0}", "-{0}", "Neg"), "abs": alike("abs", "Abs"), "exp": alike("exp", "Exp"),
    "log": alike("log", "Log"), "sqrt": alike("sqrt", "Sqrt"), "square": alike("square"),
    "reciprocal": alike("reciprocal", "Reciprocal"), "sin": alike("sin", "Sin"), "cos": alike("cos", "Cos"),
    "tan": alike("tan", "Tan"), "sign": alike("sign", "Sign"), "floor": alike("floor", "Floor"), "ceil": alike("ceil", "Ceil"),
    "round": alike("round", "Round"), "log1p": alike("log1p"), "expm1": alike("expm1"),
    "rsqrt": Row("torch.rsqrt({0})", "ops.rsqrt({0})", "jax.lax.rsqrt({0})"),
    "tanh": alike("tanh", "Tanh"), "sigmoid": Row("torch.sigmoid({0})", "ops.sigmoid({0})", "nnx.sigmoid({0})", "Sigmoid"),
    "relu": Row("F.relu({0})", "ops.relu({0})", "nnx.relu({0})", "Relu"),
    "power": Row("torch.pow({0}, {1})", "ops.power({0}, {1})", "jnp.power({0}, {1})", "Pow"),
    "maximum": alike("maximum", "Max", given="{0}, {1}"), "minimum": alike("minimum", "Min", given="{0}, {1}"),
    "equal": compared("==", "equal", "Equal"), "not_equal": compared("!=", "not_equal", ""),
    "greater": compared(">", "greater", "Greater"), "greater_equal": compared(">=", "greater_equal", "GreaterOrEqual"),
    "less": compared("<", "less", "Less"), "less_equal": compared("<=", "less_equal", "LessOrEqual"),
    "logical_and": compared("&", "logical_and", "And"), "logical_or": compared("|", "logical_or", "Or"),
    "logical_not": alike("logical_not", "Not"), "where": alike("where", "Where", given="{0}, {1}, {2}"),
    "clip": Row("torch.clamp({0}, {low}, {high})", "ops.clip({0}, {low}, {high})", "jnp.clip({0}, {low}, {high})"),
    "sum": Row(f"torch.sum({KEEP})", f"ops.sum({KEEPS})", f"jnp.sum({KEEPS})", "ReduceSum"),
    "mean": Row(f"torch.mean({KEEP})", f"ops.mean({KEEPS})", f"jnp.mean({KEEPS})", "ReduceMean"),
    "max": Row(f"torch.amax({KEEP})", f"ops.max({KEEPS})", f"jnp.max({KEEPS})", "ReduceMax"),
    "min": Row(f"torch.amin({KEEP})", f"ops.min({KEEPS})", f"jnp.min({KEEPS})", "ReduceMin"),
    "prod": Row(f"torch.prod({KEEP})", f"ops.prod({KEEPS})", f"jnp.prod({KEEPS})", "ReduceProd"),
    "any": Row(f"torch.any({KEEP})", f"ops.any({KEEPS})", f"jnp.any({KEEPS})"),
    "all": Row(f"torch.all({KEEP})", f"ops.all({KEEPS})", f"jnp.all({KEEPS})"),
    "var": Row("torch.var({0}, {axes}, correction={less}, keepdim={keep})", f"ops.var({KEEPS})",
               f"jnp.var({KEEPS}, ddof={{less}})"),
    "std": Row("torch.std({0}, {axes}, correction={less}, keepdim={keep})", f"ops.std({KEEPS})",
               f"jnp.std({KEEPS}, ddof={{less}})"),
    "norm": Row("torch.linalg.vector_norm({0}, {order}, {axes}, keepdim={keep})", f"ops.norm({KEEPS}, ord={{order}})",
                f"jnp.linalg.norm({KEEPS}, ord={{order}})"),
    "logsumexp": Row(f"torch.logsumexp({KEEP})", f"ops.logsumexp({KEEPS})", f"jax.nn.logsumexp({KEEPS})", "ReduceLogSumExp"),
    "cumsum": Row("torch.cumsum({0}, {axis})", "ops.cumsum({0}, axis={axis})", "jnp.cumsum({0}, axis={axis})"),
    "normalize": Row("F.normalize({0}, dim={axis}, eps={epsilon})", "ops.normalize({0}, axis={axis}, epsilon={epsilon})",
                     "{0} / jnp.maximum(jnp.linalg.norm({0}, axis={axis}, keepdims=True), {epsilon})"),
    "cosine": Row("F.cosine_similarity({0}, {1}, dim={axis}, eps={epsilon})",
                  "ops.sum(ops.normalize({0}, axis={axis}, epsilon={epsilon}) * ops.normalize({1}, axis={axis}, "
                  "epsilon={epsilon}), axis={axis})",
                  "jnp.sum({0} / jnp.maximum(jnp.linalg.norm({0}, axis={axis}, keepdims=True), {epsilon}) * {1} / jnp.maximum("
                  "jnp.linalg.norm({1}, axis={axis}, keepdims=True), {epsilon}), axis={axis})"),
    "einsum": Row('torch.einsum("{equation}", {all})', 'ops.einsum("{equation}", {all})', 'jnp.einsum("{equation}", {all})',
                  "Einsum"),
    "roll": Row("torch.roll({0}, {shift}, {axes})", "ops.roll({0}, {shift}, {axes})", "jnp.roll({0}, {shift}, {axes})"),
    "take": Row("torch.index_select({0}, {axis}, {1})", "ops.take({0}, {1}, axis={axis})", "jnp.take({0}, {1}, axis={axis})",
                "Gather"),
    "cast": Row("{0}.{to}()", 'ops.cast({0}, {to})', "{0}.astype({to})"),
}
FLAT = {"einsum", "take"}  # their axes are the source's, one by one
