"""The reference's plain step of a recurrent layer, as source: what the list command and the page show beside its equations."""

import inspect
import sys

from nnparity.reference_impl import LAYERS


def plain_step(kind: str) -> str:
    """The source of `step` in the module of this layer; empty where the layer has none."""
    step = getattr(sys.modules[LAYERS[kind].__module__], "step", None) if kind in LAYERS else None
    return inspect.getsource(step) if step else ""
