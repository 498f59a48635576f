"""From-scratch NumPy neural networks, cross-checked formula by formula against PyTorch and Keras.

    nnparity.gradients(f, params, grads)           is your backward pass the derivative of your forward pass, and if not, why?
    nnparity.assert_gradients(f, params, grads)    the same in one line of a test

Importing this imports nothing else; each name is loaded when it is first used.
"""

from importlib import import_module

_MODULES = {"gradients": "gradcheck.gradients", "assert_gradients": "gradcheck.gradients"}


def __getattr__(name: str):
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.reports.{_MODULES[name]}"), name)
