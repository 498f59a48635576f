"""What the snippets of recurrent layers share: one source, and how an ONNX model declares its tensors."""

from typing import Any

FLAX_RNN = "https://flax.readthedocs.io/en/latest/api_reference/flax.nnx/nn/recurrent.html"


def tensors(names: str) -> dict[str, Any]:
    """Float inputs "x w r h" of an ONNX model, declared on two lines that are short enough, and its output y."""
    first, *others = (f"float[] {name}" for name in names.split())
    return {"inputs": ", ".join([f"{first}, '\n    '{others[0]}", *others[1:]]), "output": "float[] y"}
