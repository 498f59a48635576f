"""Activation functions and their derivatives, for float32, float64 and complex128 (the complex step runs through them).

`ACTIVATIONS[name](a, **options)` gives `(value, vjp)`: the value at the pre-activation a, and the function that takes
dL/d(value) to dL/da. Both have the shape of a and its dtype; all are elementwise but softmax and log_softmax.

At a kink the derivative is the one that PyTorch and Keras use, the side on which the function is flat:
relu'(0) = 0, relu6'(0) = relu6'(6) = 0, hard_sigmoid' = 0 at both bounds, leaky_relu'(0) = slope, elu'(0) = alpha. At 0 selu
has the derivative λα of PyTorch (TensorFlow: λ). Comparisons look at the real part, so that a complex step passes.

Values and derivatives are right to a few units in the last place from the smallest to the largest numbers: the forms are those
that do not cancel, overflow or underflow on the way. `nnparity certificates` measures it and says where, and why, one is not.
float32 is computed in float64 and rounded once: NumPy's float32 functions are off by up to 2.5 units, and differ by processor.
"""

import math
from functools import wraps
from inspect import signature

import numpy as np

from nnparity.reference_impl.config import choice
from nnparity.reference_impl.normal import normal
from nnparity.reference_impl.rounded import UNITS, Rounded, loses

SATURATED = 40  # σ(a) rounds to 1 from 37 on, and exp(40) is far from overflow


def sigmoid(a):
    """Logistic function σ(a) = exp(a) / (1 + exp(a)), to the last digits also where it is as small as numbers get.

    (1 + tanh(a/2)) / 2 is the same and cancels: in float64 it is off by 2e-4 at a = -30, and 0 from -37 on.
    """
    if np.iscomplexobj(a):  # in exp(a) / (1 + exp(a)) the imaginary part would cancel where exp(a) is large
        positive = a.real > 0
        e = np.exp(np.where(positive, -a, a))
        return np.where(positive, 1, e) / (1 + e)
    e = np.exp(np.minimum(a, SATURATED), dtype="float64")
    y = e / (1 + e)
    return y.astype("float32") if a.dtype == np.float32 else y


def sigmoid_slope(a):
    """σ'(a) = σ(a) (1 - σ(a)). It is even, and 1 - σ loses no digits at -|a|."""
    y = sigmoid(-np.abs(a))
    return y * (1 - y)


def gate(a):
    """m, h and n with σ(a) = m h² and σ(-a) = n. For a below zero h is exp(a/2), and x m h h is exact also where σ(a) is too
    small for a number; elsewhere 1."""
    if np.iscomplexobj(a):
        return sigmoid(a), 1.0, sigmoid(-a)
    e = np.exp(-np.abs(a))
    m = 1 / (1 + e)
    return m, np.exp(0.5 * np.minimum(a, 0)), np.where(a > 0, e * m, m)


def sigmoid_activation(a, *, beta=1.0):
    """y = σ(βa),  dy/da = β σ'(βa) = β y (1 - y)"""
    inner = a if beta == 1 else beta * a
    y = sigmoid(inner)
    if beta == 1:
        return y, lambda dy: dy * sigmoid_slope(inner)
    return y, lambda dy: dy * beta * sigmoid_slope(inner)


def hard_sigmoid(a, *, form="sixth"):
    """y = min(max((a + b) / 2b, 0), 1),  dy/da = 1/2b for -b < a < b

    form="sixth": b = 3, so y = relu6(a + 3) / 6 = a/6 + 1/2: PyTorch, Keras 3, JAX. form="fifth": b = 5/2, a/5 + 1/2: Keras 2,
    the default of ONNX HardSigmoid.
    """
    choice("hard_sigmoid", "form", form, ("sixth", "fifth"))
    b = 3 if form == "sixth" else 2.5
    inner = (a + b) / (2 * b)
    y = np.where(a.real <= -b, 0, np.where(a.real >= b, 1, inner))
    return y, lambda dy: np.where(np.abs(a.real) < b, dy / (2 * b), 0)


def tanh_activation(a):
    """y = tanh(a),  dy/da = 1 - y² = 1/cosh² a"""
    y = np.tanh(a)
    return y, lambda dy: dy * tanh_slope(a)


def tanh_slope(a):
    """tanh'(a) = 1/cosh² a = 4 e / (1 + e)² with e = exp(-2|a|); 1 - tanh² a would cancel."""
    e = np.exp(-2 * np.minimum(np.abs(a), 400))  # exp(-800) is zero
    return 4 * e / (1 + e)**2


def relu(a):
    """y = max(a, 0),  dy/da = 1 where a > 0, else 0"""
    positive = a.real > 0
    y = np.where(a.real <= 0, 0, a) if np.iscomplexobj(a) else np.maximum(a, 0)  # where branches: five times slower
    return y, lambda dy: dy * positive


def relu6(a):
    """y = min(max(a, 0), 6),  dy/da = 1 where 0 < a < 6, else 0"""
    y = np.where(a.real <= 0, 0, np.where(a.real >= 6, 6, a))
    return y, lambda dy: np.where((a.real > 0) & (a.real < 6), dy, 0)


def leaky_relu(a, *, slope=0.01):
    """y = a where a > 0, else slope · a.  Default slopes: 0.01 PyTorch, JAX, ONNX; 0.2 TensorFlow; 0.3 the Keras layer."""
    return np.where(a.real > 0, a, slope * a), lambda dy: np.where(a.real > 0, dy, slope * dy)


def elu(a, *, alpha=1.0):
    """y = a where a > 0, else α (exp(a) - 1),  dy/da = 1 where a > 0, else α exp(a) = y + α"""
    y = np.where(a.real > 0, a, alpha * np.expm1(np.where(a.real > 0, 0, a)))
    return y, lambda dy: np.where(a.real > 0, dy, dy * (alpha * np.exp(np.minimum(a, 0))))


SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717


def selu(a):
    """y = λ elu(a; α), with the λ and α that keep mean 0 and variance 1. Source: Klambauer et al., arXiv 1706.02515."""
    y, vjp = elu(a, alpha=SELU_ALPHA)
    return SELU_SCALE * y, lambda dy: SELU_SCALE * vjp(dy)


def gelu(a, *, approximate="erf"):
    """y = a Φ(a),  dy/da = Φ(a) + a φ(a): the normal distribution function Φ and its density φ

    approximate="erf": Φ(a) = (1 + erf(a/√2)) / 2. approximate="tanh": Φ(a) ≈ (1 + tanh u) / 2 with
    u = √(2/π) (a + 0.044715 a³), and φ its derivative. PyTorch, tf.nn and keras.activations default to erf, keras.ops and
    JAX to tanh. Source: Hendrycks and Gimpel 2016, arXiv 1606.08415.
    """
    choice("gelu", "approximate", approximate, ("erf", "tanh"))
    if approximate == "erf":
        m, d, h, k = normal(a)  # Φ = m h k, φ = d h k
    else:
        near = np.where(np.abs(a.real) > 50, np.copysign(50, a.real), a)  # beyond it (1 + tanh u) / 2 is 0 or 1
        c = 2 * math.sqrt(2 / math.pi)
        m, h, n = gate(c * (near + 0.044715 * near**3))  # (1 + tanh u) / 2 = σ(2u)
        d, k = m * n * c * (1 + 3 * 0.044715 * near**2), h
    return a * m * h * k, lambda dy: dy * ((m + np.clip(a, -50, 50) * d) * h * k)


def silu(a):
    """y = a σ(a),  dy/da = σ(a) (1 + a σ(-a)); also called swish."""
    m, h, n = gate(a)  # σ(a) = m h², σ(-a) = n
    return a * m * h * h, lambda dy: dy * (m * (1 + a * n) * h * h)


def softplus(a, *, threshold=math.inf):
    """y = log(1 + exp(a)) = max(a, 0) + log(1 + exp(-|a|)),  dy/da = σ(a)

    Beyond `threshold` y = a and dy/da = 1: PyTorch's default is 20, Keras and JAX have none.
    """
    positive = a.real > 0
    y = np.where(positive, a, 0) + np.log1p(np.exp(np.where(positive, -a, a)))
    beyond = a.real > threshold
    return np.where(beyond, a, y), lambda dy: np.where(beyond, dy, dy * sigmoid(a))


def softmax(a, *, axis=-1):
    """y_i = exp(a_i) / Σ_j exp(a_j) along `axis`,  Σ_i dy_i ∂y_i/∂a_j = y_j (dy_j - Σ_i dy_i y_i)

    The largest a is subtracted first: exp cannot overflow. `axis` counts from the end; ValueError otherwise.
    """
    e = np.exp(_shifted(a, axis))
    y = e / e.sum(axis, keepdims=True)
    return y, lambda dy: y * (dy - (dy * y).sum(axis, keepdims=True))


def log_softmax(a, *, axis=-1):
    """y_i = a_i - log Σ_j exp(a_j) along `axis`,  Σ_i dy_i ∂y_i/∂a_j = dy_j - exp(y_j) Σ_i dy_i

    The sum starts with the largest a's exp(0) = 1 and is left to log1p, so that a y near zero keeps its digits.
    """
    shifted = _shifted(a, axis)
    largest = np.expand_dims(shifted.real.argmax(axis), axis)
    others = np.exp(shifted)
    np.put_along_axis(others, largest, np.expm1(np.take_along_axis(shifted, largest, axis)), axis)
    y = shifted - np.log1p(others.sum(axis, keepdims=True))
    return y, lambda dy: dy - np.exp(y) * dy.sum(axis, keepdims=True)


def _shifted(a, axis):
    """a minus its largest real part along the axis: a constant that softmax does not see."""
    if axis >= 0:
        raise ValueError(f"softmax: axis={axis} must count from the end (-1 is the last), so that leading axes may be added")
    return a - a.real.max(axis, keepdims=True)


def linear(a):
    """y = a,  dy/da = 1"""
    return a, lambda dy: dy


def rounded_once(activation):
    """The activation with float32 computed in float64, value and vjp; other types as they are."""
    @wraps(activation)
    def function(a, **options):
        if a.dtype != np.float32:
            return activation(a, **options)
        y, vjp = activation(a.astype("float64"), **options)
        return y.astype("float32"), lambda dy: vjp(dy.astype("float64")).astype("float32")

    function.__kwdefaults__ = activation.__kwdefaults__  # whoever reads an option's default off the function finds it
    return function


# not by decorators: mutation testing passes over decorated functions
sigmoid_activation, hard_sigmoid, tanh_activation, leaky_relu, elu, selu, gelu, silu, softplus, softmax, log_softmax = map(
    rounded_once, (sigmoid_activation, hard_sigmoid, tanh_activation, leaky_relu, elu, selu, gelu, silu, softplus, softmax,
                   log_softmax))
ACTIVATIONS = {
    "linear": linear,
    "sigmoid": sigmoid_activation,
    "hard_sigmoid": hard_sigmoid,
    "tanh": tanh_activation,
    "relu": relu,
    "relu6": relu6,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "selu": selu,
    "gelu": gelu,
    "silu": silu,
    "softplus": softplus,
    "softmax": softmax,
    "log_softmax": log_softmax,
}
OPTIONS = {name: tuple(signature(function).parameters)[1:] for name, function in ACTIVATIONS.items()}


def activate(layer, name, a, options):
    """`ACTIVATIONS[name](a, **options)`. Raises ValueError, naming the layer, for an unknown activation or option."""
    choice(layer, "activation", name, ACTIVATIONS)
    for option in options:
        choice(layer, f"option of {name}", option, OPTIONS[name])
    y, vjp = ACTIVATIONS[name](a, **options)
    return as_usual(name, a, y, vjp, options) if isinstance(a, Rounded) else (y, vjp)


def lost_by_usual(name, a, y, options):
    """The sizes of the numbers of which the usual formula takes a difference: for the value, and for the derivative. A y that a
    library function has computed is good to UNITS."""
    below = a <= 0
    match name:
        case "sigmoid":  # y (1 - y)
            return 0, UNITS * options.get("beta", 1.0) * y
        case "tanh":  # 1 - y²
            return 0, 2 * UNITS * y * y
        case "hard_sigmoid":  # a/6 + 1/2
            return 0.5 * (y > 0), 0
        case "elu":  # α (exp(a) - 1); y + α
            return (options.get("alpha", 1.0) * below,) * 2
        case "selu":
            return (SELU_SCALE * SELU_ALPHA * below,) * 2
        case "gelu":  # a (1 + erf) / 2; (1 + erf) / 2 + a φ
            return a, 1 + np.abs(a)
        case "silu":  # σ + y (1 - σ)
            return 0, y
        case "softplus":  # log(1 + exp(a))
            return 1.0, 0
        case "log_softmax":  # a - (max + log Σ exp(a - max))
            return 1 + np.abs(a), 0
    return 0, 0


BOUNDS = {"sigmoid": (0, 1), "hard_sigmoid": (0, 1), "softmax": (0, 1), "tanh": (-1, 1), "log_softmax": (-np.inf, 0)}


def as_usual(name, a, y, vjp, options):
    """Value and vjp, moved in a draw of the noise by what the usual formula would lose as well (see `loses`). No library rounds
    beyond the bounds of a function: log(1 - p) has no value there."""
    of_value, of_slope = lost_by_usual(name, a, y, options)
    y = loses(y, of_value)
    return np.clip(y, *BOUNDS[name]) if name in BOUNDS else y, lambda dy: loses(vjp(dy), dy * of_slope)
