"""What is asked of every implementation: each operation on arguments of all magnitudes, as a case in either precision.

The cotangent of an elementwise operation is one everywhere, so that its gradient is the derivative itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from mpmath import mp, mpf

from cases.case import Case, Layer
from reports.certificates import functions as exact
from reports.certificates import rows

DTYPES = ("float64", "float32")
EXEMPT = "the same arguments for all operations, and derivatives themselves in place of products with a cotangent"
Exact = Mapping[str, tuple[np.ndarray, np.ndarray]]  # path -> exact values and their scales, as mpmath numbers


@dataclass(frozen=True, eq=False)
class Question:
    """One operation: its case in a precision, the exact answer to such a case, and why it may be off by more than a few units.

    `reason` is told where an answer is measured against a scale larger than itself (see rows.py), path -> words.
    """

    name: str
    case: Callable[[str], Case]
    answer: Callable[[Case], Exact]
    reason: Mapping[str, str]


@cache
def exact_answer(question: Question, dtype: str) -> Exact:
    """The exact answer to the question's case in this precision, computed once."""
    return question.answer(question.case(dtype))


# ------------------------------------------------------------------------------------------------ arguments


@cache
def grid(dtype: str) -> np.ndarray:
    """About 900 numbers of both signs, ascending: every power of ten that the type has, its subnormal and its largest numbers
    included, and more of them where functions bend, saturate and underflow. Zero is not among them: derivatives jump there."""
    info = np.finfo(dtype)
    rng = np.random.default_rng(20)
    powers = np.geomspace(float(info.smallest_normal), float(info.max) * 0.99, 150)
    subnormal = float(info.smallest_subnormal) * np.array([1, 2, 7, 1000, 1e6])
    size = np.concatenate([powers, subnormal, [float(info.max)], rng.uniform(0, 3, 80), rng.uniform(0, 12, 100),
                           rng.uniform(10, 120, 80), rng.uniform(100, 800, 60), near(0.75, 1.25, 3, 2.5, 6, 20, 30, 40)])
    return np.unique(np.concatenate([size, -size]).astype(dtype))


def near(*points: float) -> np.ndarray:
    """The points but for the last digits, from both sides: a kink itself has no one derivative."""
    return np.concatenate([np.array(points) * (1 + step) for step in (-1e-3, -1e-6, 1e-6, 1e-3)])


def fractions(dtype: str) -> np.ndarray:
    """Probabilities: as near to 0 and to 1 as the type has them, and between."""
    info, rng = np.finfo(dtype), np.random.default_rng(21)
    small = np.concatenate([np.geomspace(float(info.smallest_normal), 0.5, 120), float(info.smallest_subnormal) * np.array([1, 9])])
    p = np.concatenate([small, 1 - np.geomspace(float(info.epsneg), 0.5, 60), rng.uniform(0, 1, 100)]).astype(dtype)
    return np.unique(p[(p > 0) & (p < 1)])


# ------------------------------------------------------------------------------------------------ elementwise


def elementwise(name: str, value, slope, *, kinks=(), value_scale=None, slope_scale=None, reason="", config) -> Question:
    """A question about an activation with its options, the config of the layer. `value_scale` and `slope_scale` give the scale of an element where that is not itself."""
    def case(dtype):
        x = grid(dtype)
        x = x[~np.isin(x, np.array(kinks, dtype))]
        return Case(name=f"certificate-{name}-{dtype}", network=(Layer("activation", config=config),), sizes={"arguments": len(x)},
                    params={}, inputs={"x": x}, cotangents={"y": np.ones_like(x)}, catches="lost digits", exempt=EXEMPT)

    def answer(case):
        a = numbers(case.inputs["x"])
        return {"outputs/y": scaled(a, value, value_scale), "grads/x": scaled(a, slope, slope_scale)}

    paths = {"outputs/y": value_scale, "grads/x": slope_scale}
    return Question(name, case, answer, {path: reason for path, scale in paths.items() if scale})


def scaled(arguments, function, scale):
    return (np.array([function(a) for a in arguments], object),
            np.array([scale(a) if scale else mpf(0) for a in arguments], object))


def numbers(a: np.ndarray) -> list:
    return [mpf(float(v)) for v in a]


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
    elementwise("linear", lambda a: a, lambda a: mpf(1), config=dict(function="linear")),
    elementwise("sigmoid", exact.sigmoid, exact.sigmoid_slope, config=dict(function="sigmoid")),
    elementwise("sigmoid_beta", lambda a: exact.sigmoid(BETA * a), lambda a: BETA * exact.sigmoid_slope(BETA * a),
                value_scale=lambda a: exact.sigmoid(BETA * a) * steep(a), reason=ROUNDED,
                slope_scale=lambda a: BETA * exact.sigmoid_slope(BETA * a) * (1 + abs(BETA * a)),
                config=dict(function="sigmoid", beta=BETA)),
    elementwise("hard_sigmoid", *exact.hard_sigmoid(mpf(3)), kinks=(-3, 3), config=dict(function="hard_sigmoid")),
    elementwise("hard_sigmoid_fifth", *exact.hard_sigmoid(mpf(2.5)), kinks=(-2.5, 2.5), config=dict(function="hard_sigmoid", form="fifth")),
    elementwise("tanh", exact.tanh, exact.tanh_slope, config=dict(function="tanh")),
    elementwise("relu", lambda a: max(a, mpf(0)), lambda a: mpf(a > 0), config=dict(function="relu")),
    elementwise("relu6", lambda a: min(max(a, mpf(0)), mpf(6)), lambda a: mpf(0 < a < 6), kinks=(6,), config=dict(function="relu6")),
    elementwise("leaky_relu", *exact.leaky(mpf(0.01)), config=dict(function="leaky_relu", slope=0.01)),
    elementwise("elu", exact.elu, exact.elu_slope, config=dict(function="elu")),
    elementwise("elu_alpha", lambda a: exact.elu(a, mpf(1.3)), lambda a: exact.elu_slope(a, mpf(1.3)), config=dict(function="elu", alpha=1.3)),
    elementwise("selu", lambda a: exact.SELU_SCALE * exact.elu(a, exact.SELU_ALPHA),
                lambda a: exact.SELU_SCALE * exact.elu_slope(a, exact.SELU_ALPHA), config=dict(function="selu")),
    elementwise("gelu", exact.gelu, exact.gelu_slope, reason=CROSSES, config=dict(function="gelu", approximate="erf"),
                slope_scale=lambda a: exact.normal(a) + abs(a) * exact.density(a)),
    elementwise("gelu_tanh", exact.gelu_tanh, exact.gelu_tanh_slope, value_scale=tanh_value, slope_scale=tanh_slope,
                reason=f"{ROUNDED}; the derivative {CROSSES}", config=dict(function="gelu", approximate="tanh")),
    elementwise("silu", exact.silu, exact.silu_slope, reason=CROSSES, config=dict(function="silu"),
                slope_scale=lambda a: exact.sigmoid(a) * (1 + abs(a) * exact.sigmoid(-a))),
    elementwise("softplus", exact.softplus, exact.sigmoid, config=dict(function="softplus")),
    elementwise("softplus_threshold", *exact.softplus_beyond(mpf(4)), kinks=(4,), config=dict(function="softplus", threshold=4.0)),
)


# ------------------------------------------------------------------------------------------------ losses of elements


def loss_case(name, dtype, kind, x, target, config) -> Case:
    """A loss of every element or row on its own. The prediction is also an output, whose cotangent is zero here."""
    left = x.shape[:-1] if kind in ("categorical_cross_entropy", "softmax_cross_entropy") else x.shape
    return Case(name=f"certificate-{name}-{dtype}", network=(), loss=Layer(kind, config={**config, "reduction": "none"}), params={},
                sizes={"arguments": x.shape[0], "features": x.shape[1]}, inputs={"x": x, "target": target}, exempt=EXEMPT,
                constants=frozenset({"target"}), catches="lost digits",
                cotangents={"y": np.zeros_like(x), "loss": np.ones(left, dtype)})


def of_elements(name, kind, arguments, targets, pair, *, slope_scale=None, reason="", **config) -> Question:
    """A question about a loss of single elements: every argument against every target. `pair(x, t)` is value and slope."""
    def case(dtype):
        x = np.repeat(arguments(dtype)[:, None], len(targets), 1)
        return loss_case(name, dtype, kind, x, np.broadcast_to(np.array(targets, dtype), x.shape).copy(), config)

    def answer(case):
        asked = list(zip(numbers(case.inputs["x"].ravel()), numbers(case.inputs["target"].ravel())))
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


def square(x, t, _dtype):
    return (x - t)**2, 2 * (x - t)


LOSSES = (
    of_elements("squared_error", "squared_error", grid, (0.3, -1.7), square),
    of_elements("binary_cross_entropy", "binary_cross_entropy", fractions, (0.0, 1.0, 0.3),
                lambda p, t, _: exact.binary_cross_entropy(p, t)),
    of_elements("binary_cross_entropy_clip", "binary_cross_entropy", fractions, (0.0, 1.0, 0.3), clipped, clip="probability"),
    of_elements("binary_cross_entropy_log_clamp", "binary_cross_entropy", fractions, (0.0, 1.0, 0.3), log_clamped, clip="log"),
    of_elements("binary_cross_entropy_logits", "binary_cross_entropy", grid, (0.0, 1.0, 0.3),
                lambda a, t, _: exact.binary_cross_entropy_of_logit(a, t), prediction="logits",
                slope_scale=lambda a, t: (1 - t) * exact.sigmoid(a) + t * exact.sigmoid(-a), reason=CROSSES),
)


# ------------------------------------------------------------------------------------------------ rows


def of_rows(name, make, answer_of_row, gathered, reason) -> Question:
    """A question about rows of numbers. `gathered` lays what `answer_of_row` gives for each row out as the case has it."""
    def answer(case):
        return gathered([answer_of_row(case, n) for n in range(len_rows(case))])

    return Question(name, make, answer, reason)


def len_rows(case: Case) -> int:
    return len(case.inputs["x"])


def stacked(answers) -> Exact:
    """Row under row; an answer of one number a row becomes one axis."""
    found = {}
    for path in answers[0]:
        pair = [np.array([answer[path][k] for answer in answers], object) for k in (0, 1)]
        found[path] = tuple(a[:, 0] if a.shape[1] == 1 else a for a in pair)
    return found


@cache
def spread_rows(dtype: str, classes: int = 5) -> np.ndarray:
    """Rows of scores from almost equal to 600 apart, around 0 and around 1000; and one largest in each."""
    rng = np.random.default_rng(22)
    sizes = np.geomspace(1e-6, 300 if dtype == "float64" else 35, 60)
    x = rng.standard_normal((60, classes)).clip(-2, 2) * sizes[:, None]
    return np.concatenate([x, x + 1000 * rng.standard_normal((60, 1))]).astype(dtype)


def score_case(name, function):
    def case(dtype):
        x = spread_rows(dtype)
        dy = np.random.default_rng(23).standard_normal(x.shape).astype(dtype)
        return Case(name=f"certificate-{name}-{dtype}", network=(Layer("activation", config={"function": function}),),
                    sizes={"batch": x.shape[0], "classes": x.shape[1]}, params={}, inputs={"x": x}, cotangents={"y": dy},
                    catches="lost digits", exempt=EXEMPT)
    return case


def labelled(name, kind, x):
    def case(dtype):
        p = x(dtype)
        target = np.eye(p.shape[1], dtype=dtype)[np.arange(len(p)) % p.shape[1]]
        return loss_case(name, dtype, kind, p, target, {"labels": "one_hot"})
    return case


def fraction_rows(dtype):
    """Every probability of `fractions` at the label, and others beside it."""
    p = fractions(dtype)
    x = np.random.default_rng(24).uniform(0.1, 0.9, (len(p), 3)).astype(dtype)
    x[np.arange(len(p)), np.arange(len(p)) % 3] = p
    return x


def label(case, n):
    return int(case.inputs["target"][n].argmax())


def scores(row):
    return lambda case, n: row(numbers(case.inputs["x"][n]), numbers(case.cotangents["y"][n]))


SHIFTED = "the difference to the largest score is a rounded number, and the gradient a difference"
ROWS = (
    of_rows("softmax", score_case("softmax", "softmax"), scores(rows.softmax), stacked,
            {"outputs/y": SHIFTED, "grads/x": SHIFTED}),
    of_rows("log_softmax", score_case("log_softmax", "log_softmax"), scores(rows.log_softmax), stacked,
            {"outputs/y": SHIFTED, "grads/x": SHIFTED}),
    of_rows("softmax_cross_entropy", labelled("softmax_cross_entropy", "softmax_cross_entropy", spread_rows),
            lambda case, n: rows.softmax_cross_entropy(numbers(case.inputs["x"][n]), label(case, n)), stacked,
            {"outputs/loss": SHIFTED, "grads/x": SHIFTED}),
    of_rows("categorical_cross_entropy", labelled("categorical_cross_entropy", "categorical_cross_entropy", fraction_rows),
            lambda case, n: rows.cross_entropy(numbers(case.inputs["x"][n]), label(case, n)), stacked, {}),
)


# ------------------------------------------------------------------------------------------------ normalisation


@cache
def populations(dtype: str, length: int = 6) -> np.ndarray:
    """Rows of all sizes whose squares are numbers of the type, of mean zero and of a mean of 50 deviations."""
    most = 150 if dtype == "float64" else 17
    sizes = np.geomspace(10.0**-most, 10.0**most, 61)
    x = np.random.default_rng(25).standard_normal((61, length))
    return np.concatenate([x * sizes[:, None], (x + 50) * sizes[:, None]]).astype(dtype)


def normalised_case(name, kind, epsilon):
    """Layer normalisation of every population; batch normalisation with every population a channel."""
    def case(dtype):
        x = populations(dtype) if kind == "layer_norm" else np.ascontiguousarray(populations(dtype).T)
        draw = np.random.default_rng(26)
        dy = draw.standard_normal(x.shape).astype(dtype)
        params = {k: draw.standard_normal(x.shape[1]).astype(dtype) for k in ("gamma", "beta")}
        return Case(name=f"certificate-{name}-{dtype}", network=(Layer(kind, config={"epsilon": epsilon}),), params=params,
                    sizes={"rows": x.shape[0], "columns": x.shape[1]}, inputs={"x": x}, cotangents={"y": dy},
                    catches="lost digits", exempt=EXEMPT)
    return case


def normalised_answer(case: Case) -> Exact:
    """Over the last axis with one gamma for each column, or over the first with one for each population."""
    own, config = case.params, case.layers[0].config
    x, dy = case.inputs["x"], case.cotangents["y"]
    if case.layers[0].kind == "layer_norm":
        found = stacked([rows.normalise(numbers(x[n]), numbers(dy[n]), numbers(own["gamma"]), numbers(own["beta"]),
                                        mpf(config["epsilon"])) for n in range(len(x))])
        over = 0
    else:
        found = stacked([rows.normalise(numbers(x[:, n]), numbers(dy[:, n]), numbers(own["gamma"][[n] * len(x)]),
                                        numbers(own["beta"][[n] * len(x)]), mpf(config["epsilon"])) for n in range(x.shape[1])])
        found = {path: tuple(a.T for a in pair) for path, pair in found.items()}
        over = 0
    return {path: tuple(a.sum(over) for a in pair) if path in ("grads/gamma", "grads/beta") else pair
            for path, pair in found.items()}


CENTRED = "told against the largest x over the deviation: the mean is a rounded number"
NORMALISATION = tuple(
    Question(kind, normalised_case(kind, kind, 1e-5), normalised_answer,
             dict.fromkeys(("outputs/y", "grads/x", "grads/gamma", "grads/beta"), CENTRED))
    for kind in ("layer_norm", "batch_norm"))

QUESTIONS = {question.name: question for question in (*ELEMENTWISE, *LOSSES, *ROWS, *NORMALISATION)}
