"""Dense (fully connected, linear) layer with an activation.

    y = f(x K + b)                     bias="vector"
    y = f(x K)                         bias="none"
    y = f([s, x] K)                    bias="kernel_first_row": the input is led by a constant s, whose weights are the bias
    y = f([x, s] K)                    bias="kernel_last_row": the input is followed by it

s is `bias_input`, 1 or -1 where documents write it.

Layouts.
    kernel K (in, out), for the two rows (in + 1, out)      bias b (out), for bias="vector" alone
    x (batch, ..., in)      y (batch, ..., out): every axis but the last is an axis of examples
Column-vector texts and torch.nn.Linear store Kᵀ (out, in); a bias in the last *column* there is the last row here.

The forward pass takes float32, float64 or complex128, and any leading axes that stand in front of all arrays alike.

Derivatives, with da = f'(a) dy:  dK = xᵀ da,  db = Σ da,  dx = da Kᵀ; the bias row of K gets s Σ da.
"""

import numpy as np

from nnparity.reference_impl.activations import activate
from nnparity.reference_impl.config import choice

BIAS = ("vector", "none", "kernel_first_row", "kernel_last_row")


def dense(params, inputs, *, activation="linear", bias="vector", bias_input=1.0, **options):
    """`({"y": ...}, vjp)`. `options` go to the activation: `slope`, `alpha`, `beta`, `approximate`, ...

    Raises ValueError for an unknown activation, option or bias form, and for a bias_input where no kernel row takes it.
    """
    choice("dense", "bias", bias, BIAS)
    if bias_input != 1 and not bias.startswith("kernel"):
        raise ValueError(f"dense: bias_input={bias_input} needs a bias that is a row of the kernel, not bias={bias!r}")
    K, b = split(params, bias)
    s = bias_input
    x = rows(inputs["x"], K.ndim)  # (..., examples, in): one product for all of them
    a = x @ K
    if b is not None:
        a = a + (b if s == 1 else s * b)[..., None, :]
    example_axes = inputs["x"].shape[:-1]
    y, activation_vjp = activate("dense", activation, a.reshape(*example_axes, K.shape[-1]), options)

    def vjp(cotangents):
        da = rows(activation_vjp(cotangents["y"]), K.ndim)
        dK = rows(inputs["x"], K.ndim).mT @ da
        grads = {"x": (da @ K.mT).reshape(inputs["x"].shape)}
        if bias == "none":
            return {"kernel": dK, **grads}
        db = da.sum(-2)
        match bias:
            case "vector":
                return {"kernel": dK, "bias": db, **grads}
            case "kernel_first_row":
                return {"kernel": np.concatenate([s * db[..., None, :], dK], axis=-2), **grads}
            case "kernel_last_row":
                return {"kernel": np.concatenate([dK, s * db[..., None, :]], axis=-2), **grads}

    return {"y": y}, vjp


def split(params, bias):
    """The kernel that multiplies x, and the bias or None."""
    K = params["kernel"]
    match bias:
        case "vector":
            return K, params["bias"]
        case "none":
            return K, None
        case "kernel_first_row":
            return K[..., 1:, :], K[..., 0, :]
        case "kernel_last_row":
            return K[..., :-1, :], K[..., -1, :]


def rows(x, ndim):
    """x (..., examples..., features) with its axes of examples merged into one, so that it has `ndim` axes."""
    return x.reshape(*x.shape[:ndim - 2], -1, x.shape[-1])
