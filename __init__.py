"""From-scratch NumPy neural networks, cross-checked formula by formula against PyTorch and Keras.

    nnparity.check(obj, "gru", reset="before") -> Report    is this implementation right, and if not, why?
    nnparity.assert_agrees(obj, "gru")                       the same in one line of a test
    nnparity.parametrize("gru", "lstm")                      one pytest test a case
    nnparity.Command("./my_lstm")                            a program in any language, to be checked
    nnparity.adapt(GRU, weights={"Wx": "kernel rzn"})        a class of one's own: which attribute is which weight
    nnparity.gradients(f, params, grads)                     is a backward pass the derivative of its forward?
    nnparity.assert_gradients(f, params, grads)              the same in one line of a test
    nnparity.compare(model_a, model_b, x) -> Comparison      which layers of two models differ, and why?
    nnparity.record(model, "today.safetensors", x)           what a model answers, layer by layer, in a file
    nnparity.changes(model, "today.safetensors") -> Changes  what it answers otherwise since, after an upgrade for one
    nnparity.port_model(model, "torch", "ported.py") -> Ported  the model as a file of another framework, both held together

Importing this imports nothing else; each name is loaded when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnparity.reports.checking.adapt import adapt
    from nnparity.reports.checking.agree import assert_agrees
    from nnparity.reports.checking.check import check
    from nnparity.reports.checking.names import WrongRequest
    from nnparity.reports.checking.pytest_cases import parametrize
    from nnparity.reports.checking.report import Report
    from nnparity.reports.gradcheck.gradients import assert_gradients, gradients
    from nnparity.reports.models.compare import compare
    from nnparity.reports.models.comparison import Comparison
    from nnparity.reports.porting.port import port_model
    from nnparity.reports.recordings.changes import Changes
    from nnparity.reports.recordings.over_time import changes, record
    from nnparity.reports.vectors.command import Command

_MODULES = {"check": "checking.check", "assert_agrees": "checking.agree", "parametrize": "checking.pytest_cases",
            "Report": "checking.report", "adapt": "checking.adapt", "WrongRequest": "checking.names",
            "Command": "vectors.command", "gradients": "gradcheck.gradients", "assert_gradients": "gradcheck.gradients",
            "compare": "models.compare", "Comparison": "models.comparison", "record": "recordings.over_time",
            "changes": "recordings.over_time", "Changes": "recordings.changes", "port_model": "porting.port"}
__all__ = ["Changes", "Command", "Comparison", "Report", "WrongRequest", "adapt", "assert_agrees", "assert_gradients", "changes",
           "check", "compare", "gradients", "parametrize", "port_model", "record"]


def __getattr__(name: str):
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f"{__name__}.reports.{_MODULES[name]}"), name)
    return found


def __dir__():
    return sorted({*globals(), *__all__})
