"""Cells of padding, for frameworks that must be told them explicitly."""

from math import ceil


def per_axis(value, axes: int) -> tuple:
    """2 -> (2, 2): one number stands for every axis."""
    return (value,) * axes if isinstance(value, int) else tuple(value)


def explicit(padding, lengths, size, stride, dilation) -> tuple[tuple[int, int], ...]:
    """The cells (before, after) on each axis; the odd one of "same" stands at the end, of "same_lower" at the start.

    Both have max((⌈n / s⌉ - 1) s + (k - 1) d + 1 - n, 0) cells in all, for length n, size k, stride s and dilation d.
    """
    if padding == "valid":
        return ((0, 0),) * len(lengths)
    if padding not in ("same", "same_lower"):
        return tuple(map(tuple, padding))
    pairs = []
    for n, k, s, d in zip(lengths, size, stride, dilation, strict=True):
        covered = (ceil(n / s) - 1) * s + (k - 1) * d + 1
        small = max(covered - n, 0) // 2
        large = max(covered - n, 0) - small
        pairs.append((small, large) if padding == "same" else (large, small))
    return tuple(pairs)
