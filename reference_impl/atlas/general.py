"""Formulas that the reference already has: a layer, a loss, an activation, an optimizer, as a probe asks for them."""

import numpy as np

from nnparity.reference_impl.activations import ACTIVATIONS
from nnparity.reference_impl.network import LAYERS
from nnparity.reference_impl.optimizers import OPTIMIZERS


def layer(*, kind, inputs, params=None, output="y", gradient_of="", **config):
    """An output of a layer or loss; or, with `gradient_of`, the gradient of the sum of that output by an input or parameter."""
    arrays, weights = ({k: _array(a) for k, a in (given or {}).items()} for given in (inputs, params))
    outputs, vjp = LAYERS[kind](weights, arrays, **config)
    if not gradient_of:
        return outputs[output]
    return vjp({name: np.full_like(a, name == output) for name, a in outputs.items()})[gradient_of]


def activation(*, function, x, derivative=False, **config):
    """y = f(x), or f'(x) element by element."""
    y, pull = ACTIVATIONS[function](_array(x), **config)
    return pull(np.ones_like(y)) if derivative else y


def optimizer(*, name, p, gradients, rates, **config):
    """The parameter after one step for each gradient; `rates` is one learning rate, or one for each step."""
    p, state = _array(p), {}
    rates = np.broadcast_to(rates, len(gradients))
    for t, (g, rate) in enumerate(zip(gradients, rates), start=1):
        p, state = OPTIMIZERS[name](p, _array(g), state, t, float(rate), **config)
    return p


def constant(*, value):
    """A fact that no arithmetic leads to: a count, a shape, a name."""
    return np.asarray(value) if not isinstance(value, str) else value


def _array(a):
    a = np.asarray(a)
    return a if a.dtype.kind in "biu" else a.astype("d")
