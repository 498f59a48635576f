"""Formulas of the frameworks that known.py names, in the form of the reference's: activations, losses, one optimizer."""

import math

import numpy as np

from reference_impl import activations
from reference_impl.losses import LOSSES


def single(value: float) -> float:
    """A constant that passed through float32."""
    return float(np.float32(value))


def sigmoid_from_value(a, *, beta=1.0):
    """dy/da = β y (1 - y) with the rounded y"""
    y = activations.sigmoid(a if beta == 1 else beta * a)
    return y, lambda dy: dy * beta * y * (1 - y)


def hard_sigmoid_float32_slope(a, *, form="sixth"):
    """dy/da = float32(1/6); "fifth" is put together from torch.clamp and exact."""
    y, exact = activations.hard_sigmoid(a, form=form)
    return y, exact if form == "fifth" else lambda dy: exact(dy) * (single(1 / 6) * 6)


def leaky_relu_float32_slope(a, *, slope=0.01):
    return activations.leaky_relu(a, slope=single(slope))


def gelu_float32_constants(a, *, approximate="erf"):
    """float32(1/√2) in Φ = ½ (1 + erf(a/√2)) and its derivative; float32(0.044715) in the tanh form."""
    if approximate == "erf":
        c = single(math.sqrt(0.5))
        cdf = 0.5 * (1 + activations.erf(c * a))
        slope = c / math.sqrt(math.pi) * np.exp(-(c * a)**2)
    else:
        c, cubic = math.sqrt(2 / math.pi), single(0.044715)
        t = np.tanh(c * (a + cubic * a**3))
        cdf = 0.5 * (1 + t)
        slope = 0.5 * (1 - t**2) * c * (1 + 3 * cubic * a**2)
    return a * cdf, lambda dy: dy * (cdf + a * slope)


# What keras.activations.sigmoid and softmax note on their last result, and what a loss gives back to it
_NOTE = {}


def noted(name: str):
    """An activation that notes its logits for a loss that comes next, and takes from it the gradient by the logits."""
    plain = {"sigmoid": sigmoid_from_value, "softmax": activations.softmax}[name]

    def activation(a, **options):
        y, vjp = plain(a, **options)
        _NOTE.update(of=name, y=y, logits=a)

        def pull(dy):
            own = _NOTE.pop("gradient", None) if y is _NOTE.get("y") else None
            return vjp(dy) if own is None else vjp(dy) + own

        return y, pull
    return activation


def _of_logits(name: str, behind: str, loss, config, params, inputs):
    """The loss of the noted logits; of the probabilities where nothing is noted."""
    if inputs["x"] is not _NOTE.get("y") or _NOTE["of"] != behind:
        return LOSSES[name](params, inputs, **config)
    outputs, vjp = loss({**inputs, "x": _NOTE["logits"]})

    def pull(cotangents):
        _NOTE["gradient"] = vjp(cotangents)["x"]
        return {"x": np.zeros_like(inputs["x"])}

    return outputs, pull


def binary_cross_entropy_of_logits(params, inputs, **config):
    """keras.losses.BinaryCrossentropy behind a sigmoid, whether it is told that it gets logits or not."""
    if config.get("clip") != "probability" and config.get("prediction") != "logits":
        return LOSSES["binary_cross_entropy"](params, inputs, **config)
    rest = {k: v for k, v in config.items() if k in ("reduction", "axes")}
    return _of_logits("binary_cross_entropy", "sigmoid",
                      lambda given: LOSSES["binary_cross_entropy"](params, given, prediction="logits", **rest),
                      config, params, inputs)


def categorical_cross_entropy_of_logits(params, inputs, **config):
    """keras.losses.CategoricalCrossentropy and SparseCategoricalCrossentropy behind a softmax."""
    own = (config.get("labels", "one_hot"), config.get("normalise", "none")) in (("one_hot", "before_clip"),
                                                                                ("sparse", "after_clip"))
    if config.get("clip") != "probability" or not own or config.get("reduction", "mean") not in ("mean", "sum", "none"):
        return LOSSES["categorical_cross_entropy"](params, inputs, **config)
    rest = {k: v for k, v in config.items() if k in ("labels", "reduction", "axes")}
    return _of_logits("categorical_cross_entropy", "softmax",
                      lambda given: LOSSES["softmax_cross_entropy"](params, given, **rest), config, params, inputs)


def softmax_cross_entropy_of_logits(params, inputs, **config):
    """keras.losses with from_logits=True, behind a softmax: not of the probabilities that it was given as logits."""
    return _of_logits("softmax_cross_entropy", "softmax", lambda given: LOSSES["softmax_cross_entropy"](params, given, **config),
                      config, params, inputs)


def layer_norm_uncentred(params, inputs, *, epsilon=1e-5):
    """x̂ = x s - μ s with s = 1/√(v + ε), and dL/dx = s d + b x + c with b = (μ Σd - Σ d x) s³ / N, c = -b μ - s Σd / N.

    The same as the reference's for exact numbers; nothing is centred before it is multiplied, and the backward pass computes
    x̂ anew from the μ and s that were kept, so that its rounding is not that of the forward pass.
    """
    x, gamma, beta = inputs["x"], params["gamma"], params["beta"]
    mean = x.mean(-1, keepdims=True)
    scale = 1 / np.sqrt(((x - mean)**2).mean(-1, keepdims=True) + epsilon)

    def standardised():
        return x * scale + -mean * scale

    def vjp(cotangents):
        dy = cotangents["y"]
        d = dy * gamma
        total, N = d.sum(-1, keepdims=True), x.shape[-1]
        b = (total * mean - (d * x).sum(-1, keepdims=True)) * scale * scale * scale / N
        c = -b * mean - total * scale / N
        examples = tuple(range(x.ndim - 1))
        return {"x": scale * d + b * x + c, "gamma": (dy * standardised()).sum(examples), "beta": dy.sum(examples)}

    return {"y": standardised() * gamma + beta}, vjp


def adam_float32_powers(p, g, state, t, rate, *, beta_1=0.9, beta_2=0.999, epsilon=1e-8, weight_decay=0.0,
                        epsilon_in="outside", decay="gradient"):
    """keras.optimizers.Adam: β₁ᵗ and β₂ᵗ are powers in the parameter's precision; else as the reference's "hat" form."""
    if epsilon_in != "hat" or (weight_decay and decay != "decoupled"):
        raise ValueError("keras.optimizers.Adam has epsilon_in='hat' and a decoupled decay")
    p = p - rate * weight_decay * p
    m = beta_1 * state.get("mean", np.zeros_like(p)) + (1 - beta_1) * g
    v = beta_2 * state.get("square", np.zeros_like(p)) + (1 - beta_2) * g**2
    one = np.ones_like(p)
    c_1, c_2 = (1 - (one * p.dtype.type(single(beta)))**t for beta in (beta_1, beta_2))
    step = rate * np.sqrt(c_2) / c_1 * m / (np.sqrt(v) + epsilon)
    return p - step.astype(p.dtype, copy=False), {"mean": m, "square": v}
