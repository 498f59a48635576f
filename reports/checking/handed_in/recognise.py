"""Which kind of thing has been handed in."""

from typing import Any

from nnparity.reports.checking.handed_in.function import Function
from nnparity.reports.checking.handed_in.handed import Handed
from nnparity.reports.checking.names import WrongObject


def recognised(obj: Any) -> Handed:
    """The object as something that answers cases. Raises WrongObject where it is nothing of the kind."""
    if isinstance(obj, Handed):
        return obj
    if callable(obj) and not isinstance(obj, type):
        return Function(obj)
    raise WrongObject(f"{said(obj)} cannot be asked", "Hand in a function(params, inputs, cotangents), a class with forward and "
                      "backward, a torch.nn.Module, a Keras layer, or \"file.py:function\"")


def said(obj: Any) -> str:
    return f"the class {obj.__name__}" if isinstance(obj, type) else f"{str(obj)[:40]!r} of type {type(obj).__name__}"
