"""Which kind of thing has been handed in."""

from typing import Any

from nnparity.reports.checking.handed_in.activation import pair_of
from nnparity.reports.checking.handed_in.function import Function
from nnparity.reports.checking.handed_in.handed import Handed
from nnparity.reports.checking.handed_in.loss import LossClass, is_loss
from nnparity.reports.checking.handed_in.module import Module
from nnparity.reports.checking.handed_in.student import BACK, Student
from nnparity.reports.checking.names import WrongObject

TRAINS = ("fit", "train", "train_on_batch", "train_step", "training", "sgd", "SGD")


def recognised(obj: Any) -> Handed:
    """The object as something that answers cases. Raises WrongObject where it is nothing of the kind."""
    if isinstance(obj, Handed):
        return obj
    cls = obj if isinstance(obj, type) else type(obj)
    if framework := framework_of(cls):
        return Module(obj, frameworks=(framework,))
    back = next((name for name in BACK if callable(getattr(cls, name, None))), "")
    if callable(getattr(cls, "forward", None)) and back:
        return LossClass(obj, back=back) if is_loss(cls, back) else Student(obj)
    if pair := pair_of(obj):
        return pair
    if callable(obj) and not isinstance(obj, type):
        return Function(obj)
    if trains := next((name for name in TRAINS if callable(getattr(cls, name, None))), ""):
        raise WrongObject(f"{said(obj)} has {trains} and no backward pass: batches that it draws and shuffles are its own, and "
                          f"cannot be compared", f"Put what one batch gives into a method that {trains} calls, gradients(X, y) "
                          f"beside forward(X), or loss(X, y) that returns the loss and its gradients, and describe the network: "
                          f'nnparity.check({cls.__name__}, "dense(1) sigmoid bce", x=(32, 5))')
    raise WrongObject(f"{said(obj)} cannot be asked", "Hand in a function(params, inputs, cotangents), a class with forward and "
                      "backward, a torch.nn.Module, a Keras layer, or \"file.py:function\"")


def framework_of(cls: type) -> str:
    """The framework of which a class is a layer, "" where it is of none. Asks by name: nothing is imported."""
    for base in cls.__mro__:
        package, _, _ = base.__module__.partition(".")
        if base.__name__ == "Module" and package == "torch":
            return "torch"
        if base.__name__ == "Layer" and package in ("keras", "tf_keras"):
            return "keras"
    return ""


def said(obj: Any) -> str:
    return f"the class {obj.__name__}" if isinstance(obj, type) else f"{str(obj)[:40]!r} of type {type(obj).__name__}"
