"""Dense layers: every form of the bias, every activation, and chains of them up to a loss."""

from typing import Any

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.cases.draw import drawer

SIZES = {"batch": 5, "input": 7, "output": 4}
BIAS_SIZES = {**SIZES, "input and bias": 8}
TIME_SIZES = {"batch": 2, "time": 3, "input": 5, "output": 4}
SQUARE = dict.fromkeys(SIZES, 3)
DTYPES = ("float64", "float32")

FORMS: dict[str, dict[str, Any]] = {
    "vector": dict(config={}, catches="a bias left out, the kernel transposed"),
    "nobias": dict(config={"bias": "none"}, catches="a bias that is added though none is asked for"),
    "first_row": dict(config={"bias": "kernel_first_row"}, sizes=BIAS_SIZES,
                      catches="the bias taken from the last row; the constant 1 not in front of the input"),
    "last_row": dict(config={"bias": "kernel_last_row", "bias_input": -1.0}, sizes=BIAS_SIZES,
                     catches="the sign of a bias whose input is -1, in the output and in its gradient"),
    "sequence": dict(config={}, sizes=TIME_SIZES, flags=("K11",),
                     catches="weight gradients of the last time step only; axes merged wrongly"),
    "square": dict(config={}, sizes=SQUARE, exempt="the square twin: every axis as long as the others", flags=("K08", "K52"),
                   catches="a transposed kernel, which is no shape error where all sizes are equal"),
}

# name in the id -> config and the scale of the parameters, which puts pre-activations on both sides of every kink
ACTIVATIONS: dict[str, dict[str, Any]] = {
    "sigmoid": dict(config={"activation": "sigmoid"}, flags=("K40",), catches="the derivative taken of the activation's value"),
    "sigmoid_beta": dict(config={"activation": "sigmoid", "beta": 2.5}, scale=0.2,
                         catches="a slope that is missing in the derivative"),
    "hard_sigmoid": dict(config={"activation": "hard_sigmoid"}, scale=1.2, catches="0.2 a + 0.5 in place of a/6 + 1/2"),
    "hard_sigmoid_fifth": dict(config={"activation": "hard_sigmoid", "form": "fifth"}, scale=1.2,
                               catches="a/6 + 1/2 in place of 0.2 a + 0.5"),
    "tanh": dict(config={"activation": "tanh"}, flags=("K12", "K28"),
                 catches="1 - a² of the pre-activation, 1/cosh without the square"),
    "relu": dict(config={"activation": "relu"}, flags=("K01", "K07"), catches="a derivative taken of the upstream gradient"),
    "relu6": dict(config={"activation": "relu6"}, scale=3.0, catches="the upper bound left out of value or derivative"),
    "leaky_relu_quarter": dict(config={"activation": "leaky_relu", "slope": 0.25}, catches="another framework's default slope"),
    "leaky_relu_inexact": dict(config={"activation": "leaky_relu", "slope": 0.01},
                               catches="a slope that is kept in float32 inside a float64 network"),
    "elu": dict(config={"activation": "elu"}, flags=("K12",),
                catches="the derivative at the output where the formula is in the input"),
    "elu_alpha": dict(config={"activation": "elu", "alpha": 1.5}, catches="alpha ignored, or also inside the exponential"),
    "selu": dict(config={"activation": "selu"}, catches="the scale on one side of zero only"),
    "gelu": dict(config={"activation": "gelu"}, catches="the tanh form in place of erf; an erf of single precision"),
    "gelu_tanh": dict(config={"activation": "gelu", "approximate": "tanh"}, scale=0.3,  # beyond 5 the tanh saturates
                      catches="erf in place of the tanh form"),
    "silu": dict(config={"activation": "silu"}, catches="the term a σ'(a) left out of the derivative"),
    "softplus": dict(config={"activation": "softplus"}, catches="precision lost in log(1 + exp(a))"),
    "softplus_threshold": dict(config={"activation": "softplus", "threshold": 4.0}, scale=1.2,
                               catches="a threshold left out: beyond it y = a"),
    "softmax": dict(config={"activation": "softmax"}, flags=("K31", "K36", "K37", "K38"),
                    catches="only the diagonal of the Jacobian; its rows summed"),
    "softmax_axis": dict(config={"activation": "softmax", "axis": -2, "bias": "none"}, sizes=TIME_SIZES,
                         catches="a softmax over the features where another axis is asked for"),
    "log_softmax": dict(config={"activation": "log_softmax"}, catches="the sum of the upstream gradient left out"),
    "softmax_large": dict(config={"activation": "softmax"}, offset=900.0, flags=("K34",),
                          catches="K34: exp without the max shift, where exp overflows and softmax itself is far from saturated"),
    "log_softmax_large": dict(config={"activation": "log_softmax"}, offset=900.0, flags=("K34",),
                              catches="K34: exp without the max shift in a log-softmax"),
    "sigmoid_beta_inexact": dict(config={"activation": "sigmoid", "beta": 1.7}, scale=0.3,
                                 catches="a slope that is kept in float32 inside a float64 network"),
    "sigmoid_tail": dict(config={"activation": "sigmoid"}, offset=-31.0, scale=0.3,
                         catches="(1 + tanh(a/2)) / 2, which has lost four digits of twelve at -31, and all of them at -37"),
    "softplus_beyond_30": dict(config={"activation": "softplus"}, offset=31.0, scale=0.3,
                               catches="a threshold of 20 or 30 beyond which y = a and the derivative is 1"),
}


def dense_case(name, *, config, seed, catches, sizes=SIZES, scale=0.5, offset=0.0, exempt="", flags=()) -> Case:
    """One dense layer at one random point: x and cotangents unit normal, parameters normal times `scale`.

    `offset` is added to every bias. All numbers are sixteenths then, so that no pre-activation is rounded however large it is.
    """
    def sixteenths(draw):
        return lambda *shape: np.round(16 * draw(*shape)) / 16

    draw, draw_params = drawer(seed), drawer(seed + 1000, scale)
    if offset:
        draw, draw_params = sixteenths(draw), sixteenths(draw_params)
    features, units = sizes.get("input and bias", sizes["input"]), sizes["output"]
    examples = [sizes[axis] for axis in ("batch", "time") if axis in sizes]
    bias = {"bias": draw_params(units) + offset} if config.get("bias", "vector") == "vector" else {}
    return Case(
        name=name, group="dense", network=(Layer("dense", config=config),), sizes=sizes, catches=catches, flags=flags,
        exempt=exempt, params={"kernel": draw_params(features, units), **bias}, inputs={"x": draw(*examples, sizes["input"])},
        cotangents={"y": draw(*examples, units)},
    )


def mlp_case(name, *, head, loss, target, seed, catches, scale=0.6, flags=()) -> Case:
    """Three dense layers and a loss. `target(rng, batch, classes)` draws what the loss compares with."""
    sizes = {"batch": 5, "input": 7, "hidden 1": 6, "hidden 2": 8, "output": 4}
    draw, draw_params = drawer(seed), drawer(seed + 1000, scale)
    widths = [sizes[axis] for axis in ("input", "hidden 1", "hidden 2", "output")]
    layers = tuple(Layer("dense", f"dense_{i}", {"activation": activation})
                   for i, activation in enumerate(("tanh", "relu", head), start=1))
    params: dict[str, np.ndarray] = {}
    for layer, features, units in zip(layers, widths, widths[1:]):
        params |= {f"{layer.name}/kernel": draw_params(features, units), f"{layer.name}/bias": draw_params(units)}
    return Case(
        name=name, group="mlp", network=layers, loss=loss, sizes=sizes, catches=catches, flags=flags, params=params,
        constants=frozenset({"target"}),
        inputs={"x": draw(5, 7), "target": target(np.random.default_rng(seed), 5, 4)},
        cotangents={"y": draw(5, 4), "loss": np.asarray(draw())},
    )


def class_numbers(rng, batch, classes):
    return rng.integers(0, classes, batch)


def one_hot(rng, batch, classes):
    return np.eye(classes)[rng.integers(0, classes, batch)]


def any_numbers(rng, batch, classes):
    return rng.standard_normal((batch, classes))


MLP: dict[str, dict[str, Any]] = {
    "softmax_cross_entropy": dict(
        head="linear", loss=Layer("softmax_cross_entropy", config={"labels": "sparse"}), target=class_numbers, seed=230,
        flags=("K32",),
        catches="a softmax derivative on top of p - t; the wrong layer's activation in a weight gradient"),
    "categorical_cross_entropy": dict(
        head="softmax", target=one_hot, seed=231,
        loss=Layer("categorical_cross_entropy", config={"clip": "probability", "normalise": "before_clip"}),
        catches="softmax and cross-entropy apart do not give what they give together"),
    "half_squared_error": dict(
        head="sigmoid", loss=Layer("squared_error", config={"scale": "half", "reduction": "sum"}), target=any_numbers,
        seed=232, flags=("K33",), catches="σ' of the output layer left out of the delta; a factor of two"),
}

CASES = (
    *(dense_case(f"dense-{form}-{dtype}-generic", seed=200 + i, **fixture).astype(dtype)
      for i, (form, fixture) in enumerate(FORMS.items()) for dtype in DTYPES),
    *(dense_case(f"dense-{name}-{dtype}-generic", seed=210 + i, **fixture).astype(dtype)
      for i, (name, fixture) in enumerate(ACTIVATIONS.items()) for dtype in DTYPES),
    *(mlp_case(f"mlp-{name}-{dtype}-generic", **fixture).astype(dtype) for name, fixture in MLP.items() for dtype in DTYPES),
)
