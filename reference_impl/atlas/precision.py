"""What rounding, dtypes and numbers that are not numbers do to a result.

A constant in single precision is the double that float32 rounds it to: _single(0.2) = 0.2 + 3e-9.
"""

import math

import numpy as np

from nnparity.reference_impl.normal import erf


def _single(a):
    return np.asarray(a, "f").astype("d")


def _constant(number, constants):
    return float(_single(number)) if constants == "float32" else number


def gelu_in_double(*, x, constants):
    """x (1 + erf(x √½)) / 2 in double precision; the constant √½, or the "erf" itself, may be rounded to float32."""
    x = np.asarray(x, "d")
    value = erf(x * _constant(math.sqrt(0.5), constants))
    return x * 0.5 * (1 + (_single(value) if constants == "erf" else value))


def leaky_relu_in_double(*, x, slope, constants):
    """x for x > 0, else slope · x in double precision, with the slope in double precision or rounded to float32."""
    x = np.asarray(x, "d")
    return np.where(x > 0, x, _constant(slope, constants) * x)


def squared_penalty_in_double(*, w, factor, constants):
    """λ Σ w² in double precision, with λ in double precision or rounded to float32."""
    return _constant(factor, constants) * np.sum(np.square(np.asarray(w, "d")))


def mean_in_double(*, x, computed_in):
    """Σ x / n of numbers in double precision; computed_in="float32" rounds the numbers and the sum before."""
    x = np.asarray(x, "d" if computed_in == "float64" else "f")
    return x.mean(dtype=x.dtype).astype("d")


def sum_with_number(*, x, number, constants):
    """x + c in double precision, with the Python number c in double precision or rounded to float32."""
    return np.asarray(x, "d") + _constant(number, constants)


def adam_in_double(*, p, gradients, rate, constants):
    """Adam in double precision; constants="float32" rounds β₁ and β₂ where their powers correct the bias, and nowhere else.

    m ← m + (1 - β₁)(g - m),  v ← v + (1 - β₂)(g² - v),  p ← p - η √(1 - β₂ᵗ) / (1 - β₁ᵗ) · m / √v
    """
    b1, b2 = (_constant(b, constants) for b in (0.9, 0.999))
    p, m, v = np.asarray(p, "d"), 0.0, 0.0
    for t, g in enumerate(np.asarray(gradients, "d"), start=1):
        m = m + (1 - 0.9) * (g - m)
        v = v + (1 - 0.999) * (g * g - v)
        p = p - rate * math.sqrt(1 - b2**t) / (1 - b1**t) * m / np.sqrt(v)
    return p


KEPT = {"single": 24, "tf32": 11, "bfloat16": 8}  # binary digits of a factor


def product_of_rounded(*, x, factors):
    """x · 1 - 1 for numbers x near one, each rounded to 24 binary digits before ("single"), 11 ("tf32") or 8 ("bfloat16")."""
    return _to_digits(x, KEPT[factors]) - 1


def product_error_within(*, n, bits):
    """1 where ‖y - y₆₄‖ / ‖y₆₄‖ ≤ √n 2^-24 for a product y of random matrices with sums of n terms, else 0.

    Only the factors are rounded here, to so many binary digits; y₆₄ is the product of those of 24, what float32 holds.
    """
    rng = np.random.default_rng(0)
    a, b = (_to_digits(rng.standard_normal(shape), 24) for shape in ((64, n), (n, 64)))
    right = a @ b
    error = np.linalg.norm(_to_digits(a, bits) @ _to_digits(b, bits) - right) / np.linalg.norm(right)
    return float(error <= math.sqrt(n) * 2**-24)


def _to_digits(x, digits):
    """x rounded to so many binary digits, a half to the even one."""
    mantissa, exponent = np.frexp(np.asarray(x, "d"))
    return np.ldexp(np.rint(mantissa * 2.0**digits), exponent - digits)


def last_running_sum(*, x, accumulator):
    """The last of the running sums of x, each rounded to this dtype before the next number is added."""
    total = np.zeros((), accumulator)
    for number in x:
        total = (total + np.asarray(number, accumulator)).astype(accumulator)
    return total.astype("d")


def sum_of_ones(*, n, accumulator):
    """1 + 1 + ... + 1, n times, with 8 ("bfloat16"), 11 ("float16") or 24 ("float32") binary digits in the sum.

    Where a sum s needs all digits, s + 1 lies half way to the next number and rounds back to s = 2^digits.
    """
    return min(n, 2 ** {"bfloat16": 8, "float16": 11, "float32": 24}[accumulator])


def mean_in_half(*, x, accumulator):
    """Σ x / n of half-precision numbers; the sum is held in this dtype, and beyond 65504 is infinite in float16."""
    with np.errstate(over="ignore"):
        return np.asarray(np.asarray(x, "e").sum(dtype=accumulator) / len(x)).astype("d")


def mean_of_integers(*, x, division):
    """Σ x / n, "true"; or rounded down to a whole number, "floor"."""
    return sum(x) / len(x) if division == "true" else sum(x) // len(x)


def tiny_number(*, power, subnormal):
    """2^power in float32, times 2^-power again: 1 where it is "kept" as a subnormal number, 0 where it is "flushed"."""
    kept = float(np.float32(2.0**power)) if subnormal == "kept" or power >= -126 else 0.0
    return kept * 2.0**-power


def largest_with_nan(*, x, form):
    """max(x): "nan" once there is one; "ignored", the largest of the rest; or "if_first", m ← xᵢ where xᵢ > m from m = x₁ on.

    x holds several rows, and each is asked.
    """
    x = np.asarray(x, "d")
    if form == "if_first":
        return np.array([_largest(row) for row in x])
    return x.max(-1) if form == "nan" else np.nanmax(x, -1)


def _largest(row):
    m = row[0]
    for number in row[1:]:
        m = number if number > m else m
    return m


def place_of_largest_with_nan(*, x, form):
    """argmax(x): the place of the first nan ("nan"), of the largest of the rest ("ignored"), or the latter but for a row that
    begins with nan, where it is 0 ("if_first")."""
    x = np.asarray(x, "d")
    if form == "if_first":
        return np.where(np.isnan(x[:, 0]), 0, np.nanargmax(x, -1))
    return np.argmax(x, -1) if form == "nan" else np.nanargmax(x, -1)


def bounded_nan(*, low, form):
    """What comes of nan that a relu or a clip holds above `low`: "nan", or the bound."""
    return np.nan if form == "nan" else low


def rounded_half(*, x, half):
    """Whole numbers nearest to x, which lie half way: the "even" one, the one "away" from zero, or the next one "up"."""
    x = np.asarray(x, "d")
    return {"even": np.rint(x), "away": np.sign(x) * np.floor(np.abs(x) + 0.5), "up": np.floor(x + 0.5)}[half]
