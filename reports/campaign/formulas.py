"""Formulas of the frameworks that known.py names, in the form of the reference's: activations, layers, one optimizer."""

import math
from typing import Any

import numpy as np

from nnparity.reference_impl import activations, optimizers
from nnparity.reference_impl.normal import normal


def single(value: float) -> float:
    """A constant that passed through float32."""
    return float(np.float32(value))


def hard_sigmoid_float32_slope(a, *, form="sixth"):
    """dy/da = float32(1/6); "fifth" is put together from torch.clamp and exact."""
    y, exact = activations.hard_sigmoid(a, form=form)
    return y, exact if form == "fifth" else lambda dy: exact(dy) * (single(1 / 6) * 6)


def leaky_relu_float32_slope(a, *, slope=0.01):
    """y = float32(slope) a below zero"""
    return activations.leaky_relu(a, slope=single(slope))


def gelu_float32_constants(a, *, approximate="erf"):
    """float32(1/√2) in Φ = ½ (1 + erf(a/√2)) and its derivative; float32(0.044715) in the tanh form."""
    if approximate == "erf":
        s = single(math.sqrt(0.5)) * math.sqrt(2)
        m, d, h, k = normal(s * a)
        return a * m * h * k, lambda dy: dy * ((m + s * a * d) * h * k)
    near = np.clip(a, -50, 50)  # beyond it (1 + tanh u) / 2 is 0 or 1
    c, cubic = 2 * math.sqrt(2 / math.pi), single(0.044715)
    m, h, n = activations.gate(c * (near + cubic * near**3))  # (1 + tanh u) / 2 = σ(2u)
    d = m * n * c * (1 + 3 * cubic * near**2)
    return a * m * h * h, lambda dy: dy * ((m + near * d) * h * h)


def selu_slope_at_zero(a):
    """dy/da = λ at 0, the slope on its right"""
    y, vjp = activations.selu(a)
    return y, lambda dy: np.where(a == 0, activations.SELU_SCALE * dy, vjp(dy))


# What keras.activations.sigmoid and softmax note on the tensor that they returned last: {"y", "logits"}; and what a loss
# gives back to it: "gradient", that by the logits
_NOTE: dict[str, Any] = {}


def noting(layer, _layers):
    """A layer that notes the logits of its sigmoid or softmax for a loss that comes next, and takes the gradient by them."""
    def noted(params, inputs, **config):
        outputs, vjp = layer(params, inputs, **config)
        option = "function" if "function" in config else "activation"
        if config.get(option) not in ("sigmoid", "softmax"):
            return outputs, vjp
        linear, through_linear = layer(params, inputs, **{k: v for k, v in config.items() if k not in ("beta", "axis")}
                                       | {option: "linear"})
        _NOTE.clear()
        _NOTE.update(y=outputs["y"], logits=linear["y"] * config.get("beta", 1.0))

        def pull(cotangents):
            grads = vjp(cotangents)
            if _NOTE.get("y") is not outputs["y"] or "gradient" not in _NOTE:
                return grads
            more = through_linear({"y": _NOTE.pop("gradient") * config.get("beta", 1.0)})
            return {name: g + more[name] for name, g in grads.items()}

        return outputs, pull
    return noted


def of_logits(kind: str, takes_note, config_of_logits):
    """What wraps a loss: behind a layer that noted its logits it is the loss `kind` of those, with this config.

    Anywhere else, and with options that `takes_note` does not hold for, it is the loss itself.
    """
    def wrap(loss, layers):
        def own(params, inputs, **config):
            if _NOTE.get("y") is not inputs["x"] or not takes_note(config):
                return loss(params, inputs, **config)
            outputs, vjp = layers[kind](params, {**inputs, "x": _NOTE["logits"]}, **config_of_logits(config))

            def pull(cotangents):
                _NOTE["gradient"] = vjp(cotangents)["x"]
                return {"x": np.zeros_like(inputs["x"])}

            return outputs, pull
        return own
    return wrap


def only(config, *names):
    return {name: config[name] for name in names if name in config}


def keras_categorical(config) -> bool:
    """Whether keras.losses computes this, and not the oracle from keras.ops."""
    form = config.get("labels", "one_hot"), config.get("normalise", "none")
    return form in (("one_hot", "before_clip"), ("sparse", "after_clip")) and (
        config.get("clip") == "probability" and config.get("reduction", "mean") in ("mean", "sum", "none"))


binary_of_logits = of_logits(  # whether it is told that it gets logits or not
    "binary_cross_entropy",
    lambda config: config.get("clip") == "probability" or config.get("prediction") == "logits",
    lambda config: {"prediction": "logits", **only(config, "reduction", "axes")})
categorical_of_logits = of_logits("softmax_cross_entropy", keras_categorical,
                                  lambda config: only(config, "labels", "reduction", "axes"))
softmax_of_logits = of_logits("softmax_cross_entropy", lambda _: True, dict)


# The gradient by an embedding's table that came last, and the sum of the squares of what each place of a token adds to it
_PLACES: dict[str, Any] = {}


def by_place(layer, _layers):
    """An embedding whose gradient stays apart by places, as tf.IndexedSlices, until it is added to the table."""
    def embedding(params, inputs):
        outputs, vjp = layer(params, inputs)

        def pull(cotangents):
            grads = vjp(cotangents)
            squares = np.zeros_like(params["table"])
            np.add.at(squares, inputs["x"], cotangents["y"]**2)
            _PLACES.update(gradient=grads["table"], squares=squares)
            return grads

        return outputs, pull
    return embedding


def square(g):
    """g², or of a gradient that is apart by places the sum of its squares."""
    return _PLACES["squares"] if g is _PLACES.get("gradient") else g**2


def momentum_float32_beta(p, g, state, t, rate, *, beta=0.9, **config):
    """float32(β)"""
    return optimizers.momentum(p, g, state, t, rate, beta=single(beta), **config)


def rmsprop_of_places(p, g, state, _t, rate, *, rho=0.9, epsilon=1e-7, momentum=0.0, centered=False, epsilon_in="outside",
                      rate_in="update"):
    """keras.optimizers.RMSprop, the reference's form epsilon_in="inside", rate_in="velocity". Raises ValueError for another."""
    if epsilon_in != "inside" or (momentum and rate_in != "velocity"):
        raise ValueError("keras.optimizers.RMSprop has epsilon_in='inside' and rate_in='velocity'")
    nought = np.zeros_like(p)
    s = rho * state.get("square", nought) + (1 - rho) * square(g)
    m = rho * state.get("mean", nought) + (1 - rho) * g
    d = g / np.sqrt((s - m**2 if centered else s) + epsilon)
    v = momentum * state.get("velocity", nought) + rate * d
    return p - v, {"square": s, "mean": m, "velocity": v}


def adam_float32_betas(p, g, state, t, rate, *, beta_1=0.9, beta_2=0.999, epsilon=1e-8, weight_decay=0.0,
                        epsilon_in="outside", decay="gradient"):
    """keras.optimizers.Adam: float32(β)ᵗ in 1 - βᵗ and float32(λ) in the decay; else the reference's "hat" form.

    The power is taken in the parameter's precision.

    Raises ValueError for a form that Keras does not have.
    """
    if epsilon_in != "hat" or (weight_decay and decay != "decoupled"):
        raise ValueError("keras.optimizers.Adam has epsilon_in='hat' and a decoupled decay")
    p = p - rate * single(weight_decay) * p
    m = beta_1 * state.get("mean", np.zeros_like(p)) + (1 - beta_1) * g
    v = beta_2 * state.get("square", np.zeros_like(p)) + (1 - beta_2) * square(g)
    one = np.ones_like(p)
    c_1, c_2 = (1 - (one * p.dtype.type(single(beta)))**t for beta in (beta_1, beta_2))
    step = rate * np.sqrt(c_2) / c_1 * m / (np.sqrt(v) + epsilon)
    return p - step.astype(p.dtype, copy=False), {"mean": m, "square": v}
