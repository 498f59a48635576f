"""More distributions of fresh weights, as cumulative distribution functions."""

import math

import numpy as np

from nnparity.reference_impl.atlas.initialiser import CUT, CUT_STD, truncated_normal, uniform
from nnparity.reference_impl.normal import erf


def dense_bias(*, fan_in, distribution):
    """The bias of a dense layer: U(±1/√fan_in) ("torch_uniform") or zero ("zeros")."""
    if distribution == "zeros":
        return lambda x: (np.asarray(x) >= 0) * 1.0
    return uniform(bound=1 / math.sqrt(fan_in))


def embedding_table(*, features, distribution):
    """N(0, 1) ("unit_normal") · N(0, 1 / features) ("scaled_normal") · U(±0.05) ("small_uniform")"""
    if distribution == "small_uniform":
        return uniform(bound=0.05)
    return _normal(1.0 if distribution == "unit_normal" else 1 / math.sqrt(features))


def scaled_normal(*, variance, cut):
    """A normal of this variance, on all numbers ("none"), or cut at two of its standard deviations and widened so that the
    variance is kept ("widened")."""
    std = math.sqrt(variance)
    return _normal(std) if cut == "none" else truncated_normal(std=std / CUT_STD, cut=CUT)


def cut_normal(*, std, cut):
    """N(0, std²) cut at 2 std ("deviations"), by which its standard deviation is 0.88 std; or at ±2 ("absolute")."""
    return truncated_normal(std=std, cut=CUT if cut == "deviations" else 2 / std)


def he_uniform(*, fan_in, gain):
    """U(±√(6 / fan_in)), gain √2 ("relu"); or U(±1 / √fan_in), gain √(1/3) ("torch_layers")."""
    return uniform(bound=math.sqrt(6 / fan_in) if gain == "relu" else 1 / math.sqrt(fan_in))


def uniform_range(*, range):
    """U(0, 1) ("unit") · U(-0.05, 0.05) ("symmetric") · U(0, 0.01) ("hundredth")"""
    low, high = {"unit": (0.0, 1.0), "symmetric": (-0.05, 0.05), "hundredth": (0.0, 0.01)}[range]
    return lambda x: np.clip((np.asarray(x, "d") - low) / (high - low), 0, 1)


def plain_normal(*, std):
    """N(0, std²)"""
    return _normal(std)


def _normal(std):
    return lambda x: 0.5 * (1 + erf(np.asarray(x, "d") / (std * math.sqrt(2))))
