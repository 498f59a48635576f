"""Pooling by people in a hurry: loops with argmax, masks, a reshape for windows side by side."""

import numpy as np


def spans(config, shape):
    size = shape if config["size"] == "global" else config["size"]
    kh, kw = size if isinstance(size, tuple) else (size, size)
    stride = config.get("stride") or (kh, kw)
    sh, sw = stride if isinstance(stride, tuple) else (stride, stride)
    return kh, kw, sh, sw


def around(n, k, s, padding, axis):
    if padding in ("same", "same_lower"):
        missing = max((-(-n // s) - 1) * s + k - n, 0)
        pair = (missing // 2, missing - missing // 2)
        return pair if padding == "same" else pair[::-1]
    return (0, 0) if padding == "valid" else padding[axis]


def pooled(inputs, cotangents, config, fill, forward, backward):
    """forward(window) -> number, backward(window, dy, dx_window) changes dx_window in place."""
    x, dy = inputs["x"], cotangents["y"]
    kh, kw, sh, sw = spans(config, x.shape[2:])
    padding = config.get("padding", "valid")
    rows, columns = around(x.shape[2], kh, sh, padding, 0), around(x.shape[3], kw, sw, padding, 1)
    wide = np.pad(x, ((0, 0), (0, 0), rows, columns), constant_values=fill)
    y, d_wide = np.zeros(dy.shape), np.zeros_like(wide)
    for n, c, i, j in np.ndindex(*dy.shape):
        here = (n, c, slice(i * sh, i * sh + kh), slice(j * sw, j * sw + kw))
        y[n, c, i, j] = forward(wide[here])
        backward(wide[here], dy[n, c, i, j], d_wide[here])
    return {"y": y}, {"x": d_wide[:, :, rows[0]:rows[0] + x.shape[2], columns[0]:columns[0] + x.shape[3]]}


def to_first(window, dy, out):
    out[np.unravel_index(window.argmax(), window.shape)] += dy


def to_all(window, dy, out):
    out += dy * (window == window.max())


def shared(window, dy, out):
    mask = window == window.max()
    out += dy * mask / mask.sum()


def assigned(window, dy, out):
    out[np.unravel_index(window.argmax(), window.shape)] = dy


def erasing(window, dy, out):
    out[...] = dy * (window == window.max())


def turned_index(window, dy, out):
    index = window.argmax()
    out[index % window.shape[0], index // window.shape[0]] += dy


def evenly(window, dy, out):
    out += dy / window.size


def max_pool2d(_params, inputs, cotangents, config):
    return pooled(inputs, cotangents, config, -np.inf, np.max, to_first)


def zero_padded(_params, inputs, cotangents, config):
    return pooled(inputs, cotangents, config, 0, np.max, to_first)


def ties_to_all(_params, inputs, cotangents, config):
    return pooled(inputs, cotangents, config, -np.inf, np.max, to_all)


def ties_shared(_params, inputs, cotangents, config):
    return pooled(inputs, cotangents, config, -np.inf, np.max, shared)


def winner_assigned(_params, inputs, cotangents, config):
    return pooled(inputs, cotangents, config, -np.inf, np.max, assigned)


def window_erased(_params, inputs, cotangents, config):
    return pooled(inputs, cotangents, config, -np.inf, np.max, erasing)


def index_by_columns(_params, inputs, cotangents, config):
    return pooled(inputs, cotangents, config, -np.inf, np.max, turned_index)


def average_pool2d(_params, inputs, cotangents, config):
    if config.get("divisor", "window") == "window":
        return pooled(inputs, cotangents, config, 0, np.mean, evenly)
    outputs, grads = pooled(inputs, cotangents, config, 0, np.mean, evenly)
    cells, _ = pooled({"x": np.ones_like(inputs["x"])}, cotangents, config, 0, np.mean, evenly)
    _, grads = pooled(inputs, {"y": cotangents["y"] / cells["y"]}, config, 0, np.mean, evenly)
    return {"y": outputs["y"] / cells["y"]}, grads


def padding_counted(_params, inputs, cotangents, config):
    return pooled(inputs, cotangents, config, 0, np.mean, evenly)


def not_shared(_params, inputs, cotangents, config):
    def all_of_it(_window, dy, out):
        out += dy
    return pooled(inputs, cotangents, config, 0, np.mean, all_of_it)


def sums(_params, inputs, cotangents, config):
    def all_of_it(_window, dy, out):
        out += dy
    return pooled(inputs, cotangents, config, 0, np.sum, all_of_it)
