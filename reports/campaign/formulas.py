"""Formulas of the frameworks that known.py names, in the form of the reference's: activations, layers, one optimizer."""

import math

import numpy as np

from reference_impl import activations


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
        c = single(math.sqrt(0.5))
        cdf = 0.5 * (1 + activations.erf(c * a))
        slope = c / math.sqrt(math.pi) * np.exp(-(c * a)**2)
    else:
        c, cubic = math.sqrt(2 / math.pi), single(0.044715)
        t = np.tanh(c * (a + cubic * a**3))
        cdf = 0.5 * (1 + t)
        slope = 0.5 * (1 - t**2) * c * (1 + 3 * cubic * a**2)
    return a * cdf, lambda dy: dy * (cdf + a * slope)


# What keras.activations.sigmoid and softmax note on the tensor that they returned last: {"of", "y", "logits"}; and what a loss
# gives back to it: "gradient", that by the logits
_NOTE = {}


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
        _NOTE.update(of=config[option], y=outputs["y"], logits=linear["y"] * config.get("beta", 1.0))

        def pull(cotangents):
            grads = vjp(cotangents)
            if _NOTE.get("y") is not outputs["y"] or "gradient" not in _NOTE:
                return grads
            more = through_linear({"y": _NOTE.pop("gradient") * config.get("beta", 1.0)})
            return {name: g + more[name] for name, g in grads.items()}

        return outputs, pull
    return noted


def of_logits(behind: str, kind: str, takes_note, config_of_logits):
    """What wraps a loss: behind the layer that noted its logits it is the loss `kind` of those, with this config.

    Anywhere else, and with options that `takes_note` does not hold for, it is the loss itself.
    """
    def wrap(loss, layers):
        def own(params, inputs, **config):
            if _NOTE.get("y") is not inputs["x"] or _NOTE["of"] != behind or not takes_note(config):
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
    "sigmoid", "binary_cross_entropy",
    lambda config: config.get("clip") == "probability" or config.get("prediction") == "logits",
    lambda config: {"prediction": "logits", **only(config, "reduction", "axes")})
categorical_of_logits = of_logits("softmax", "softmax_cross_entropy", keras_categorical,
                                  lambda config: only(config, "labels", "reduction", "axes"))
softmax_of_logits = of_logits("softmax", "softmax_cross_entropy", lambda _: True, dict)


def adam_float32_betas(p, g, state, t, rate, *, beta_1=0.9, beta_2=0.999, epsilon=1e-8, weight_decay=0.0,
                        epsilon_in="outside", decay="gradient"):
    """keras.optimizers.Adam: float32(β)ᵗ in 1 - βᵗ, a power in the parameter's precision; else the reference's "hat" form.

    Raises ValueError for a form that Keras does not have.
    """
    if epsilon_in != "hat" or (weight_decay and decay != "decoupled"):
        raise ValueError("keras.optimizers.Adam has epsilon_in='hat' and a decoupled decay")
    p = p - rate * weight_decay * p
    m = beta_1 * state.get("mean", np.zeros_like(p)) + (1 - beta_1) * g
    v = beta_2 * state.get("square", np.zeros_like(p)) + (1 - beta_2) * g**2
    one = np.ones_like(p)
    c_1, c_2 = (1 - (one * p.dtype.type(single(beta)))**t for beta in (beta_1, beta_2))
    step = rate * np.sqrt(c_2) / c_1 * m / (np.sqrt(v) + epsilon)
    return p - step.astype(p.dtype, copy=False), {"mean": m, "square": v}
