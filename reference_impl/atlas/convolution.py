"""Where the padding of a convolution goes, which way its kernel lies, and in what order axes and channels are stored."""

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


def sliding_product(*, x, kernel, orientation):
    """y[i] = Σ_k kernel[k] x[i + k] (orientation="correlation") or Σ_k kernel[K - 1 - k] x[i + k] ("convolution")."""
    x, kernel = np.asarray(x, "d"), np.asarray(kernel, "d")
    taps = kernel if orientation == "correlation" else kernel[::-1]
    return np.array([taps @ x[i:i + len(taps)] for i in range(len(x) - len(taps) + 1)])


def dilated_same(*, x, kernel, dilation, extent):
    """y[i] = Σ_k kernel[k] x̃[i + k dilation], with as many zeros on each side as a window of `extent` needs, halved.

    extent="dilated": (K - 1) dilation zeros in all, so that y is as long as x; "taps": K - 1 zeros, as without dilation.
    """
    x, kernel = np.asarray(x, "d"), np.asarray(kernel, "d")
    reach = (len(kernel) - 1) * dilation
    half = (reach if extent == "dilated" else len(kernel) - 1) // 2
    padded = np.pad(x, half)
    return np.array([kernel @ padded[i:i + reach + 1:dilation] for i in range(len(padded) - reach)])


def transposed(*, x, kernel, stride=1, orientation="as_is", crop="none"):
    """y[i stride + k] += kernel[k] x[i]: each number of x lays down a copy of the kernel, or of its mirror image ("flipped").

    `crop` leaves n · stride of the (n - 1) · stride + K numbers: those at the start ("end" is cut off), or those at the end.
    """
    x, kernel = np.asarray(x, "d"), np.asarray(kernel, "d")
    taps = kernel if orientation == "as_is" else kernel[::-1]
    y = np.zeros((len(x) - 1) * stride + len(taps))
    for i, number in enumerate(x):
        y[i * stride:i * stride + len(taps)] += number * taps
    kept = len(x) * stride
    return {"none": y, "end": y[:kept], "start": y[len(y) - kept:]}[crop]


def transposed_given_back(*, x, kernel, stride, padding, output_padding):
    """`transposed` without `padding` numbers at each end, but for one of them: the first cut one at the "end", or the last
    cut one at the "start"."""
    y = transposed(x=x, kernel=kernel, stride=stride)
    first, behind = padding, len(y) - padding
    return y[first:behind + 1] if output_padding == "end" else y[first - 1:behind]


def transposed_short(*, x, kernel, stride, short_kernel):
    """`transposed` up to the last number that the kernel reaches ("kernel"), or n · stride numbers at least ("stride")."""
    y = transposed(x=x, kernel=kernel, stride=stride)
    return np.pad(y, (0, max(len(x) * stride - len(y), 0))) if short_kernel == "stride" else y


def transposed_length(*, n, taps, stride, default_padding):
    """How many numbers a transposed convolution makes of n: (n - 1) · stride + K ("valid"), or n · stride ("same")."""
    return np.array({"valid": (n - 1) * stride + taps, "same": n * stride}[default_padding])


def convolved_length(*, n, taps, default_padding):
    """How many numbers a convolution of stride one makes of n: n - K + 1 ("valid"), or n ("same")."""
    return np.array({"valid": n - taps + 1, "same": n}[default_padding])


def one_window(*, x, numbers, layout):
    """y[o] = Σ_c Σ_i Σ_j K[o, c, i, j] x[c, i, j], K being `numbers` read in the order of the letters of `layout`.

    O outputs, I inputs (c), H and W: "OIHW" or "HWIO". All four axes have length 2.
    """
    K = np.asarray(numbers, "d").reshape(2, 2, 2, 2).transpose([layout.index(letter) for letter in "OIHW"])
    return np.einsum("ocij,cij->o", K, np.asarray(x, "d"))


def transposed_channels(*, x, numbers, layout):
    """y[o] = Σ_k Σ_c K[c, o, k] x[c], K being `numbers` read in the order of the letters of `layout`.

    I inputs (c), O outputs, K taps: "IOK", "KOI" or "KIO". All three axes have length 2. It is what a transposed
    convolution makes of one position, summed over the positions of its output.
    """
    K = np.asarray(numbers, "d").reshape(2, 2, 2).transpose([layout.index(letter) for letter in "IOK"])
    return np.einsum("cok,c->o", K, np.asarray(x, "d"))


def first_channel(*, numbers, shape, channels):
    """The first channel of an image whose `numbers` are read in this shape, its channels on the "first" or "last" axis."""
    image = np.asarray(numbers, "d").reshape(shape)
    return image[0] if channels == "first" else image[..., 0]


def depthwise(*, x, kernel, order):
    """x[c] kernel[c, m] for each channel c and multiple m, those of a channel side by side ("channel"), or of a multiple."""
    y = np.asarray(x, "d")[:, None] * np.asarray(kernel, "d")
    return (y if order == "channel" else y.T).ravel()


def shuffled(*, x, block, order):
    """y[c, i, j] from the channels of one pixel: x[(i block + j) C + c] (order="DCR"), x[(c block + i) block + j] ("CRD")."""
    x = np.asarray(x, "d")
    if order == "DCR":
        return x.reshape(block, block, -1).transpose(2, 0, 1)
    return x.reshape(-1, block, block)


def padded_by_list(*, x, pads, order):
    """x of two axes with zeros around it; four numbers say how many.

    "rows_first": before and after the rows, then the columns. "columns_first": the columns' two come first.
    "befores_first": before rows and columns, then after both.
    """
    a, b, c, d = pads
    widths = {"rows_first": ((a, b), (c, d)), "columns_first": ((c, d), (a, b)), "befores_first": ((a, c), (b, d))}[order]
    return np.pad(np.asarray(x, "d"), widths)


def mirrored(*, x, pad, edge):
    """x with `pad` numbers of its mirror image on both sides; the mirror stands on the last number ("once") or behind it."""
    x, n = list(np.asarray(x, "d")), len(x)
    before, after = (x[pad:0:-1], x[n - 2:n - 2 - pad:-1]) if edge == "once" else (x[pad - 1::-1], x[n - 1:n - 1 - pad:-1])
    return np.array(before + x + after)
