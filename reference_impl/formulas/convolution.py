"""Where the padding of a convolution goes."""

import numpy as np


def correlation_same(*, x, kernel, stride, same):
    """y[i] = Σ_k kernel[k] x̃[i stride + k], with ceil(n / stride) outputs.

    The zeros that this needs stand half on each side, an odd one at the end (same="fewest"); or (K - 1) / 2 stand on each
    side whatever the stride (same="symmetric").
    """
    x, kernel = np.asarray(x, "d"), np.asarray(kernel, "d")
    n, K = len(x), len(kernel)
    outputs = -(-n // stride)
    missing = max((outputs - 1) * stride + K - n, 0)
    before, after = (missing // 2, missing - missing // 2) if same == "fewest" else ((K - 1) // 2, (K - 1) // 2)
    padded = np.pad(x, (before, after))
    return np.array([kernel @ padded[i * stride:i * stride + K] for i in range(outputs)])
