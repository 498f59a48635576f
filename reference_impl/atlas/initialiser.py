"""Distributions that weights are drawn from, as cumulative distribution functions F(x) = P(X ≤ x)."""

import math

import numpy as np

from nnparity.reference_impl.normal import erf

CUT = 2.0  # standard deviations at which truncated normals are usually cut
CUT_STD = 0.87962566103423978  # standard deviation of a unit normal cut there


def dense_kernel(*, fan_in, fan_out, distribution):
    """The kernel of a dense layer that was given no initialiser.

    "torch_uniform" U(±1/√fan_in) · "glorot_uniform" U(±√(6 / (fan_in + fan_out))) · "lecun_normal" a normal cut at two
    standard deviations and widened, so that its variance is 1 / fan_in
    """
    if distribution == "lecun_normal":
        return truncated_normal(std=math.sqrt(1 / fan_in) / CUT_STD, cut=CUT)
    return uniform(bound={"torch_uniform": math.sqrt(1 / fan_in),
                          "glorot_uniform": math.sqrt(6 / (fan_in + fan_out))}[distribution])


def lstm_kernel(*, inputs, hidden, distribution):
    """The input kernel of an LSTM that was given no initialiser, four gates of (inputs, hidden).

    "torch_uniform" U(±1/√hidden) · "glorot_packed" U(±√(6 / (inputs + 4 hidden))), all gates as one matrix ·
    "glorot_gate" U(±√(6 / (inputs + hidden))), gate by gate · "lecun_normal" a truncated normal of variance 1 / inputs
    """
    if distribution == "lecun_normal":
        return truncated_normal(std=math.sqrt(1 / inputs) / CUT_STD, cut=CUT)
    return uniform(bound={"torch_uniform": math.sqrt(1 / hidden), "glorot_packed": math.sqrt(6 / (inputs + 4 * hidden)),
                          "glorot_gate": math.sqrt(6 / (inputs + hidden))}[distribution])


def forget_gate_bias(*, hidden, start):
    """The forget gate's bias of a fresh LSTM: the constant `start`, or U(±1/√hidden) for start="uniform"."""
    if start == "uniform":
        return uniform(bound=math.sqrt(1 / hidden))
    return lambda x: (np.asarray(x, "d") >= start) * 1.0


def uniform(*, bound):
    """F of U(-bound, bound)."""
    return lambda x: np.clip((np.asarray(x, "d") / bound + 1) / 2, 0, 1)


def truncated_normal(*, std, cut):
    """F of N(0, std²) on condition that |x| ≤ cut · std; the standard deviation of the result is smaller than std."""
    def phi(z):
        return 0.5 * (1 + erf(np.asarray(z, "d") * math.sqrt(0.5)))
    low, high = phi(-cut), phi(cut)
    return lambda x: (phi(np.clip(np.asarray(x, "d") / std, -cut, cut)) - low) / (high - low)
