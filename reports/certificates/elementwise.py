"""What is asked about activations and about losses of single elements.

The cotangent of an elementwise operation is one everywhere, so that its gradient is the derivative itself.
"""

import numpy as np
from mpmath import mp, mpf

from nnparity.cases.case import Case, Layer
from nnparity.reports.certificates import functions as exact
from nnparity.reports.certificates.question import EXEMPT, Question, as_exact, fractions, grid, loss_case


def elementwise(name: str, value, slope, *, kinks=(), value_scale=None, slope_scale=None, reason="", config) -> Question:
    """A question about an activation with its options, the config of the layer.

    `value_scale` and `slope_scale` give the scale of an element where that is not the element itself.
    """
    def case(dtype):
        x = grid(dtype)
        x = x[~np.isin(x, np.array(kinks, dtype))]
        return Case(name=f"certificate-{name}-{dtype}", network=(Layer("activation", config=config),), params={},
                    sizes={"arguments": len(x)}, inputs={"x": x}, cotangents={"y": np.ones_like(x)}, exempt=EXEMPT,
                    catches="lost digits")

    def answer(case):
        a = as_exact(case.inputs["x"])
        return {"outputs/y": scaled(a, value, value_scale), "grads/x": scaled(a, slope, slope_scale)}

    paths = {"outputs/y": value_scale, "grads/x": slope_scale}
    return Question(name, case, answer, {path: reason for path, scale in paths.items() if scale})


def scaled(arguments, function, scale):
    return (np.array([function(a) for a in arguments], object),
            np.array([scale(a) if scale else mpf(0) for a in arguments], object))


def of_gate(inner, derivative):
    """Scales of x σ(b) where b = inner(x) is itself a rounded number, and of its derivative, which crosses zero."""
    def value(a):
        return abs(a) * exact.sigmoid(inner(a)) * (1 + abs(inner(a)) * exact.sigmoid(-inner(a)))

    def slope(a):
        b = inner(a)
        return exact.sigmoid(b) * (1 + abs(a * derivative(a)) * exact.sigmoid(-b)) * (1 + abs(b) * exact.sigmoid(-b))
    return value, slope


BETA = 1.7  # no float32 number
CROSSES = "crosses zero: told against the sum of the sizes of its two terms"
ROUNDED = "the argument of the exponential is itself a rounded number"
tanh_value, tanh_slope = of_gate(exact.gelu_tanh_inner, lambda a: 2 * exact.ROOT_2_BY_PI * (1 + 3 * exact.CUBIC * a * a))


def steep(a):
    """1 + |βa| σ(-βa): what a relative error of βa is multiplied by in σ(βa)."""
    return 1 + abs(BETA * a) * exact.sigmoid(-BETA * a)


ELEMENTWISE = (
    elementwise("linear", lambda a: a, lambda _: exact.ONE, config={"function": "linear"}),
    elementwise("sigmoid", exact.sigmoid, exact.sigmoid_slope, config={"function": "sigmoid"}),
    elementwise("sigmoid_beta", lambda a: exact.sigmoid(BETA * a), lambda a: BETA * exact.sigmoid_slope(BETA * a),
                value_scale=lambda a: exact.sigmoid(BETA * a) * steep(a), reason=ROUNDED,
                slope_scale=lambda a: BETA * exact.sigmoid_slope(BETA * a) * (1 + abs(BETA * a)),
                config={"function": "sigmoid", "beta": BETA}),
    elementwise("hard_sigmoid", *exact.hard_sigmoid(mpf(3)), kinks=(-3, 3), config={"function": "hard_sigmoid"}),
    elementwise("hard_sigmoid_fifth", *exact.hard_sigmoid(mpf(2.5)), kinks=(-2.5, 2.5),
                config={"function": "hard_sigmoid", "form": "fifth"}),
    elementwise("tanh", exact.tanh, exact.tanh_slope, config={"function": "tanh"}),
    elementwise("relu", lambda a: max(a, mpf(0)), lambda a: mpf(a > 0), config={"function": "relu"}),
    elementwise("relu6", lambda a: min(max(a, mpf(0)), mpf(6)), lambda a: mpf(0 < a < 6), kinks=(6,),
                config={"function": "relu6"}),
    elementwise("leaky_relu", *exact.leaky(mpf(0.01)), config={"function": "leaky_relu", "slope": 0.01}),
    elementwise("elu", exact.elu, exact.elu_slope, config={"function": "elu"}),
    elementwise("elu_alpha", lambda a: exact.elu(a, mpf(1.3)), lambda a: exact.elu_slope(a, mpf(1.3)),
                config={"function": "elu", "alpha": 1.3}),
    elementwise("selu", lambda a: exact.SELU_SCALE * exact.elu(a, exact.SELU_ALPHA),
                lambda a: exact.SELU_SCALE * exact.elu_slope(a, exact.SELU_ALPHA), config={"function": "selu"}),
    elementwise("gelu", exact.gelu, exact.gelu_slope, reason=CROSSES, config={"function": "gelu", "approximate": "erf"},
                slope_scale=lambda a: exact.normal(a) + abs(a) * exact.density(a)),
    elementwise("gelu_tanh", exact.gelu_tanh, exact.gelu_tanh_slope, value_scale=tanh_value, slope_scale=tanh_slope,
                reason=f"{ROUNDED}; the derivative {CROSSES}",
                config={"function": "gelu", "approximate": "tanh"}),
    elementwise("silu", exact.silu, exact.silu_slope, reason=CROSSES, config={"function": "silu"},
                slope_scale=lambda a: exact.sigmoid(a) * (1 + abs(a) * exact.sigmoid(-a))),
    elementwise("softplus", exact.softplus, exact.sigmoid, config={"function": "softplus"}),
    elementwise("softplus_threshold", *exact.softplus_beyond(mpf(4)), kinks=(4,),
                config={"function": "softplus", "threshold": 4.0}),
)


def of_elements(name, kind, arguments, targets, pair, *, slope_scale=None, reason="", **config) -> Question:
    """A question about a loss of single elements: every argument against every target. `pair(x, t)` is value and slope."""
    def case(dtype):
        x = np.repeat(arguments(dtype)[:, None], len(targets), 1)
        return loss_case(name, dtype, kind, x, np.broadcast_to(np.array(targets, dtype), x.shape).copy(), config)

    def answer(case):
        asked = list(zip(as_exact(case.inputs["x"].ravel()), as_exact(case.inputs["target"].ravel())))
        found = [pair(x, t, case.dtype) for x, t in asked]
        scales = [slope_scale(x, t) if slope_scale else mpf(0) for x, t in asked]
        shape = case.inputs["x"].shape
        return {"outputs/loss": (table([v for v, _ in found], shape), table([mpf(0)] * len(found), shape)),
                "grads/x": (table([s for _, s in found], shape), table(scales, shape))}

    return Question(name, case, answer, {"grads/x": reason} if reason else {})


def table(values, shape) -> np.ndarray:
    a = np.empty(len(values), object)
    a[:] = values
    return a.reshape(shape)


def clipped(p, t, dtype):
    """Keras's bounds as the type has them: in float32 1 - 1e-7 is 1 - 1.19e-7."""
    low, high = (mpf(float(np.array(bound, dtype))) for bound in (1e-7, 1 - 1e-7))
    value, slope = exact.binary_cross_entropy(min(max(p, low), high), t)
    return value, slope if low <= p <= high else mpf(0)


def log_clamped(p, t, _dtype):
    """PyTorch's: logarithms from -100 on, p (1 - p) in the gradient from 1e-12 on."""
    value = t * min(mpf(100), -exact.log(p)) + (1 - t) * min(mpf(100), -mp.log1p(-p))
    return value, (p - t) / max(mpf(1e-12), p * (1 - p))


def two_terms(p, t):
    return t / p + (1 - t) / (1 - p)


def square(x, t, _dtype):
    return (x - t)**2, 2 * (x - t)


LOSSES = (
    of_elements("squared_error", "squared_error", grid, (0.3, -1.7), square),
    of_elements("binary_cross_entropy", "binary_cross_entropy", fractions, (0.0, 1.0, 0.3),
                lambda p, t, _: exact.binary_cross_entropy(p, t), slope_scale=two_terms, reason=CROSSES),
    of_elements("binary_cross_entropy_clip", "binary_cross_entropy", fractions, (0.0, 1.0, 0.3), clipped,
                slope_scale=two_terms, reason=CROSSES, clip="probability"),
    of_elements("binary_cross_entropy_log_clamp", "binary_cross_entropy", fractions, (0.0, 1.0, 0.3), log_clamped, clip="log"),
    of_elements("binary_cross_entropy_logits", "binary_cross_entropy", grid, (0.0, 1.0, 0.3),
                lambda a, t, _: exact.binary_cross_entropy_of_logit(a, t), prediction="logits",
                slope_scale=lambda a, t: (1 - t) * exact.sigmoid(a) + t * exact.sigmoid(-a), reason=CROSSES),
)
