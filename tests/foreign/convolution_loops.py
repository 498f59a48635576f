"""A convolution as one writes it on the first day: a loop for every letter. `bugs` switches single mistakes on."""

import numpy as np


def pad_amounts(n, k, s, d, padding, axis):
    reach = d * (k - 1) + 1
    if padding == "valid":
        return 0, 0
    if padding == "same" or padding == "same_lower":
        need = max((int(np.ceil(n / s)) - 1) * s + reach - n, 0)
        small, big = need // 2, need - need // 2
        return (small, big) if padding == "same" else (big, small)
    return padding[axis]


def layer(params, inputs, cotangents, config, bugs=()):
    x, w = inputs["x"], params["kernel"]
    b = params.get("bias")
    batch, channels, height, width = x.shape
    filters, per_group, kh, kw = w.shape

    def two(option):
        value = config.get(option, 1)
        return value if isinstance(value, tuple) else (value, value)

    (sh, sw), (dh, dw) = two("stride"), two("dilation")
    groups = config.get("groups", 1)
    top, bottom = pad_amounts(height, kh, sh, dh, config.get("padding", "valid"), 0)
    left, right = pad_amounts(width, kw, sw, dw, config.get("padding", "valid"), 1)
    if "front" in bugs:
        top, bottom, left, right = top + bottom, 0, left + right, 0
    xp = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)))
    oh = (xp.shape[2] - dh * (kh - 1) - 1) // sh + 1
    ow = (xp.shape[3] - dw * (kw - 1) - 1) // sw + 1

    z = np.zeros((batch, filters, oh, ow))
    for n in range(batch):
        for f in range(filters):
            g = f // (filters // groups)
            for i in range(oh):
                for j in range(ow):
                    total = 0.0
                    for c in range(per_group):
                        for u in range(kh):
                            for v in range(kw):
                                tap = w[f, c, -1 - u, -1 - v] if "flip" in bugs else w[f, c, u, v]
                                total += tap * xp[n, g * per_group + c, i * sh + u * dh, j * sw + v * dw]
                        if "bias in channel loop" in bugs and b is not None:
                            total += b[f]
                    if b is not None and "bias in channel loop" not in bugs:
                        total += b[f]
                    z[n, f, i, j] = total
    relu = config.get("activation") == "relu"
    out = np.where(z > 0, z, 0) if relu else z

    dz = cotangents["y"] * (z > 0) if relu else cotangents["y"]
    if "upstream" in bugs:
        dz = (z > 0).astype(float)
    dw_, dx = np.zeros_like(w), np.zeros_like(xp)
    for n in range(batch):
        for f in range(filters):
            g = f // (filters // groups)
            rows, columns = (min(kh, oh), min(kw, ow)) if "kernel extent" in bugs else (oh, ow)
            for i in range(rows):
                for j in range(columns):
                    for c in range(per_group):
                        for u in range(kh):
                            for v in range(kw):
                                at = n, g * per_group + c, i * sh + u * dh, j * sw + v * dw
                                if "assign kernel" in bugs:
                                    dw_[f, c, u, v] = dz[n, f, i, j] * xp[at]
                                else:
                                    dw_[f, c, u, v] += dz[n, f, i, j] * xp[at]
                                if "flip" in bugs:
                                    dx[at] += dz[n, f, i, j] * w[f, c, -1 - u, -1 - v]
                                elif "assign input" in bugs:
                                    dx[at] = dz[n, f, i, j] * w[f, c, u, v]
                                elif "no stride back" in bugs:
                                    dx[n, g * per_group + c, i + u * dh, j + v * dw] += dz[n, f, i, j] * w[f, c, u, v]
                                else:
                                    dx[at] += dz[n, f, i, j] * w[f, c, u, v]
    crop = (0, 0) if "crop" in bugs else (top, left)
    grads = {"kernel": dw_, "x": dx[:, :, crop[0]:crop[0] + height, crop[1]:crop[1] + width]}
    if b is not None:
        grads["bias"] = dz.mean(axis=(0, 2, 3)) if "bias mean" in bugs else dz.sum(axis=(0, 2, 3))
    return {"y": out}, grads


def conv2d(params, inputs, cotangents, config):
    return layer(params, inputs, cotangents, config)


def with_bugs(*bugs):
    def broken(params, inputs, cotangents, config):
        return layer(params, inputs, cotangents, config, bugs)
    return broken


flipped = with_bugs("flip")
padded_in_front = with_bugs("front")
bias_in_loop = with_bugs("bias in channel loop")
relu_for_upstream = with_bugs("upstream")
loops_over_kernel = with_bugs("kernel extent")
kernel_assigned = with_bugs("assign kernel")
input_assigned = with_bugs("assign input")
stride_forgotten = with_bugs("no stride back")
not_cropped = with_bugs("crop")
bias_mean = with_bugs("bias mean")
two_at_once = with_bugs("bias mean", "crop")
front_and_mean = with_bugs("front", "bias mean")
