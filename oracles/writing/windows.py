"""Windows, crops and subscripts as numbers, for every target."""

from nnparity.oracles.layouts.padding import explicit, per_axis
from nnparity.oracles.writing.graph import Node
from nnparity.oracles.writing.words import one_if_alike


def subscript(index) -> str:
    """[:, -1, 2:5]; nothing where all is taken."""
    while index and index[-1] == slice(None):
        index = index[:-1]
    if not index:
        return ""
    parts = [str(i) if not isinstance(i, slice) else
             f"{i.start if i.start else ''}:{'' if i.stop is None else i.stop}{f':{i.step}' if i.step not in (None, 1) else ''}"
             for i in index]
    return f"[{', '.join(parts)}]"


def windows(node: Node, shape):
    """(cells of padding, sizes, strides) of a pooling layer; with "ceil" as many cells more as the last window needs."""
    s, axes = node.settings, len(shape) - 2
    size = per_axis(s["size"], axes)
    stride = per_axis(s["stride"] or size, axes)
    pairs = explicit(s["padding"], shape[2:], size, stride, (1,) * axes)
    if s.get("ceil"):
        pairs = tuple((a, b + -(n + a + b - k) % st) for n, (a, b), k, st in zip(shape[2:], pairs, size, stride))
    return pairs, size, stride


def outside(pairs, lengths, size, stride) -> dict[str, object] | None:
    """The options of a pooling function of PyTorch for cells of padding: `padding` at both ends, and with ceil_mode a last window
    that is not whole, as with the odd cell of "same" at the end. None where they are others."""
    fits = all(0 <= b - a < st and b < k and 2 * a <= k and ((n + a + b - k) % st == 0 or a == b)
               for (a, b), n, k, st in zip(pairs, lengths, size, stride))
    ceil = any(a != b for a, b in pairs)
    if not fits or (ceil and any((n + a + b - k) % st for (a, b), n, k, st in zip(pairs, lengths, size, stride))):
        return None
    return {"padding": one_if_alike([a for a, _ in pairs], 0), "ceil_mode": True if ceil else None}


def cropped(crop, lengths, size, stride, dilation) -> list[tuple[int, int]]:
    """Cells that a transposed convolution cuts off at each end; Keras says them by "same" and "valid"."""
    if not isinstance(crop, str):
        return [tuple(pair) for pair in crop]
    pairs = []
    for n, k, st, d in zip(lengths, size, stride, dilation):
        kept = n * st + (max(k - st, 0) if crop == "valid" else 0)
        extra = (n - 1) * st + (k - 1) * d + 1 - kept
        pairs.append((0, extra) if crop == "valid" or extra < 0 else (extra // 2, extra - extra // 2))
    return pairs
