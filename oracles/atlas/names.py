"""Whose function a snippet asks: the public names it calls, and whether TensorFlow calls them its own, raw or of old."""

import ast
import re
from functools import cache

# what only makes, shapes or reads the numbers of a snippet, by the last part of its name
HELPERS_WORDS = """
    array asarray constant tensor convert_to_tensor convert_to_numpy as_tensor Variable Parameter zeros ones full
    arange linspace reshape stack concatenate cast float32 float64 float16 bfloat16 int32 int64 ones_like zeros_like
    no_grad manual_seed set_seed GradientTape grad value_and_grad functional_call Rngs PRNGKey key Input Sequential
    Model parse_model InferenceSession ReferenceEvaluator from_numpy numpy eye transpose sum set_random_seed Generator
    default_rng jit State split update eval get_weights apply_updates search get_schema leaves state Param Constant
    ones_ zeros_ constant_ fill range allclose empty standardize_dtype EmptyState
"""
HELPERS = frozenset(HELPERS_WORDS.split())
ONNX_NODE = re.compile(r"=\s*([A-Z][A-Za-z]+)\s*(?:<|\()")
FORMERLY = (("tf.raw_ops.", "tf.raw_ops"), ("tf.compat.v1.", "tf.compat.v1"), ("tf.keras.backend.", "tf.keras.backend"))
# how the names are imported in the snippets, and how a reader knows them
KNOWN_AS = {"jnp": "jax.numpy", "tensorflow": "tf", "nnx": "flax.nnx", "F": "torch.nn.functional"}


@cache
def public_names(code: str) -> tuple[str, ...]:
    """The functions and classes of a framework that a snippet calls, in order, without what only makes its numbers.

    "torch.nn.BatchNorm1d", "keras.layers.BatchNormalization", "tf.compat.v1.nn.fused_batch_norm", "onnx.BatchNormalization".
    """
    tree = ast.parse(code)
    imported, given = {}, {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                imported[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            imported |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute) and isinstance(node.targets[0], ast.Name):
            given[node.targets[0].id] = ast.unparse(node.value)
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (name := _dotted(node.func, imported, given)):
            found.append(name)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found += [f"onnx.{operation}" for operation in ONNX_NODE.findall(node.value)]
    asked = [name for name in dict.fromkeys(found) if name.rpartition(".")[2] not in HELPERS and not name.startswith(
        ("numpy.", "onnx.helper", "onnx.parser", "onnxruntime", "onnx.reference"))]
    return tuple(asked)


def formerly(code: str) -> str:
    """"tf.raw_ops", "tf.compat.v1" or "tf.keras.backend" where a snippet asks those, which tf.keras does not call; else ""."""
    return next((words for prefix, words in FORMERLY if prefix in code), "")


def _dotted(node, imported, given) -> str:
    """The full name of what is called, where it hangs on an imported module; else ""."""
    text = ast.unparse(node)
    head, dot, rest = text.partition(".")
    if head in given:
        text = given[head] + dot + rest
        head, dot, rest = text.partition(".")
    if head not in imported or not re.fullmatch(r"[\w.]+", text):
        return ""
    module = KNOWN_AS.get(head) or KNOWN_AS.get(imported[head], imported[head])
    return f"{module}{dot}{rest}"
