"""Normalisation to mean zero and variance one, then a learned scale and shift.

    y = gamma ⊙ x̂ + beta        x̂ = (x - μ) / √(v + epsilon)

batch_norm   μ and v for each channel, over everything else: the batch's own (mode="training", v = mean of (x - μ)², the
             biased variance) or the running ones (mode="inference").
layer_norm   μ and v for each example, over the last axis.

Where μ and v come from x itself, over N numbers, with d = dL/dx̂ = dy ⊙ gamma:

    dL/dx = (d - mean(d) - x̂ ⊙ mean(d ⊙ x̂)) / √(v + epsilon)

the two means being what flows back through μ and through v. Training also moves the running statistics of batch_norm:

    running' = momentum · running + (1 - momentum) · batch       momentum_of="old"
    running' = (1 - momentum) · running + momentum · batch       momentum_of="new"

where the batch's variance is v (running_divisor="n") or v · N / (N - 1) (running_divisor="n-1"). As in every framework the
new running statistics carry no gradient: they are outputs without a cotangent (`Case.observed`).

Layouts:
    x, y (batch, channels, *spatial) with axis=1, (batch, *spatial, channels) with axis=-1; layer_norm (batch, ..., features)
    gamma, beta (channels,), each optional       running_mean, running_variance (channels,), inputs and outputs

The forward passes take float32, float64 or complex128; with leading axes in front of all arrays alike.

Sources: Ioffe and Szegedy 2015, arXiv 1502.03167; Ba, Kiros and Hinton 2016, arXiv 1607.06450. Where frameworks differ:
PyTorch momentum_of="new" with 0.1 and running_divisor="n-1", axis 1, epsilon 1e-5 for both layers; Keras momentum_of="old"
with 0.99 and running_divisor="n", axis -1, epsilon 1e-3 for both.
"""

import numpy as np

from nnparity.reference_impl.config import choice
from nnparity.reference_impl.rounded import loses


def batch_norm(params, inputs, *, mode="training", axis=1, epsilon=1e-5, momentum=0.9, momentum_of="old",
               running_divisor="n"):
    """y (and in training the new running statistics, where the old ones are given), and the vjp.

    The vjp gives the gradients of x, gamma and beta, in inference also those of both running statistics. Raises
    ValueError for an unknown convention and for inference without running statistics.
    """
    choice("batch_norm", "mode", mode, ("training", "inference"))
    choice("batch_norm", "axis", axis, (1, -1))
    choice("batch_norm", "momentum_of", momentum_of, ("old", "new"))
    choice("batch_norm", "running_divisor", running_divisor, ("n", "n-1"))
    x, running = inputs["x"], {k: inputs[k] for k in ("running_mean", "running_variance") if k in inputs}
    if mode == "inference" and len(running) < 2:
        raise ValueError("batch_norm: inference needs the inputs running_mean and running_variance")
    vectors = (*params.values(), *running.values())
    lead = vectors[0].ndim - 1 if vectors else 0  # how many axes stand in front of the layouts
    channels = lead + 1 if axis == 1 else x.ndim - 1
    others = tuple(i for i in range(lead, x.ndim) if i != channels)

    def wide(vector):
        """(..., channels) with an axis of length 1 for each of the others."""
        return np.expand_dims(vector, others)

    if mode == "inference":
        mean, variance = wide(running["running_mean"]), wide(running["running_variance"])
    else:
        mean = x.mean(others, keepdims=True)
        variance = ((x - mean)**2).mean(others, keepdims=True)
    x_hat, scale = standardised(x, mean, variance, epsilon)
    x_hat = loses(x_hat, x * scale)  # libraries compute x · scale - μ · scale, right code with the digits that it costs
    outputs = {"y": scaled_and_shifted(x_hat, params, wide)}

    if mode == "training" and running:
        N = x[(0,) * lead].size // x.shape[channels]
        unbiased = N / (N - 1) if running_divisor == "n-1" else 1
        batch = {"running_mean": mean, "running_variance": variance * unbiased}
        old, new = (momentum, 1 - momentum) if momentum_of == "old" else (1 - momentum, momentum)
        outputs |= {k: old * running[k] + new * np.squeeze(batch[k], others) for k in running}

    def vjp(cotangents, x_hat_of_y=x_hat):
        x_hat = loses(x_hat_of_y, x * scale)  # libraries keep μ and the scale alone: x̂ is rounded another time
        dy = cotangents["y"]
        grads = parameter_gradients(params, dy, x_hat, others)
        d = dy * wide(params["gamma"]) if "gamma" in params else dy
        if mode == "training":
            return grads | {"x": through_own_statistics(d, x_hat, scale, others)}
        return grads | {"x": d * scale, "running_mean": -(d * scale).sum(others),
                        "running_variance": -0.5 * (d * x_hat * scale**2).sum(others)}

    return outputs, vjp


def layer_norm(params, inputs, *, epsilon=1e-5):
    """y, and the vjp that gives the gradients of x, gamma and beta."""
    x = inputs["x"]

    def wide(vector):
        """(..., features) with an axis of length 1 for each axis of x between the leading ones and the last."""
        return np.expand_dims(vector, tuple(range(vector.ndim - 1, x.ndim - 1)))

    mean = x.mean(-1, keepdims=True)
    variance = ((x - mean)**2).mean(-1, keepdims=True)
    x_hat, scale = standardised(x, mean, variance, epsilon)
    x_hat = loses(x_hat, x * scale)  # as in batch_norm

    def vjp(cotangents, x_hat_of_y=x_hat):
        x_hat = loses(x_hat_of_y, x * scale)
        dy = cotangents["y"]
        d = dy * params["gamma"] if "gamma" in params else dy
        return {**parameter_gradients(params, dy, x_hat, tuple(range(x.ndim - 1))),
                "x": through_own_statistics(d, x_hat, scale, -1)}

    return {"y": scaled_and_shifted(x_hat, params, wide)}, vjp


def standardised(x, mean, variance, epsilon):
    """x̂ and the scale 1 / √(v + epsilon)."""
    scale = 1 / np.sqrt(variance + epsilon)
    return (x - mean) * scale, scale


def scaled_and_shifted(x_hat, params, wide):
    """gamma ⊙ x̂ + beta, where they are given."""
    y = x_hat * wide(params["gamma"]) if "gamma" in params else x_hat
    return y + wide(params["beta"]) if "beta" in params else y


def parameter_gradients(params, dy, x_hat, over):
    """dL/dgamma = Σ dy ⊙ x̂ and dL/dbeta = Σ dy."""
    grads = {"gamma": (dy * x_hat).sum(over), "beta": dy.sum(over)}
    return {k: grads[k] for k in params}


def through_own_statistics(d, x_hat, scale, over):
    """dL/dx from d = dL/dx̂ where mean and variance were taken of x along the axes `over`."""
    return scale * (d - d.mean(over, keepdims=True) - x_hat * (d * x_hat).mean(over, keepdims=True))
