"""Pooling and convolution as loops over the windows. Images are (batch, channels, height, width), padded already."""

import numpy as np


def first(mask):
    """A mask with its first True, in reading order, alone."""
    only = np.zeros(mask.shape)
    only.flat[np.argmax(mask)] = 1
    return only


def max_pool(x, kh, kw, sh, sw):
    B, C, H, W = x.shape
    oh = (H - kh) // sh + 1
    ow = (W - kw) // sw + 1
    y = np.zeros((B, C, oh, ow), x.dtype)
    for b in range(B):
        for c in range(C):
            for i in range(oh):
                for j in range(ow):
                    window = x[b, c, i * sh:i * sh + kh, j * sw:j * sw + kw]
                    y[b, c, i, j] = np.max(window)
    return y


def max_pool_backward(x, y, dy, kh, kw, sh, sw):
    B, C, oh, ow = dy.shape
    dx = np.zeros(x.shape, dy.dtype)
    for b in range(B):
        for c in range(C):
            for i in range(oh):
                for j in range(ow):
                    window = x[b, c, i * sh:i * sh + kh, j * sw:j * sw + kw]
                    mask = first(window == np.max(window))
                    dx[b, c, i * sh:i * sh + kh, j * sw:j * sw + kw] += mask * dy[b, c, i, j]
    return dx


def average_pool(x, kh, kw, sh, sw):
    B, C, H, W = x.shape
    oh = (H - kh) // sh + 1
    ow = (W - kw) // sw + 1
    y = np.zeros((B, C, oh, ow), x.dtype)
    for b in range(B):
        for c in range(C):
            for i in range(oh):
                for j in range(ow):
                    window = x[b, c, i * sh:i * sh + kh, j * sw:j * sw + kw]
                    y[b, c, i, j] = np.sum(window) / (kh * kw)
    return y


def average_pool_backward(x, y, dy, kh, kw, sh, sw):
    B, C, oh, ow = dy.shape
    dx = np.zeros(x.shape, dy.dtype)
    for b in range(B):
        for c in range(C):
            for i in range(oh):
                for j in range(ow):
                    dx[b, c, i * sh:i * sh + kh, j * sw:j * sw + kw] += dy[b, c, i, j] / (kh * kw)
    return dx


def convolution(x, kernel, bias, groups, sh, sw, dh, dw, f):
    F, I, kh, kw = kernel.shape
    B, C, H, W = x.shape
    eh = (kh - 1) * dh + 1
    ew = (kw - 1) * dw + 1
    oh = (H - eh) // sh + 1
    ow = (W - ew) // sw + 1
    a = np.zeros((B, F, oh, ow), np.result_type(x, kernel, bias))
    for b in range(B):
        for o in range(F):
            c = o // (F // groups) * I
            for i in range(oh):
                for j in range(ow):
                    window = x[b, c:c + I, i * sh:i * sh + eh:dh, j * sw:j * sw + ew:dw]
                    a[b, o, i, j] = np.sum(window * kernel[o]) + bias[o]
    y = f(a)
    return y


def convolution_backward(x, kernel, bias, a, y, dy, groups, sh, sw, dh, dw, f, f_slope):
    F, I, kh, kw = kernel.shape
    B, F, oh, ow = dy.shape
    eh = (kh - 1) * dh + 1
    ew = (kw - 1) * dw + 1
    da = dy * f_slope(a)
    dkernel = np.zeros(kernel.shape, dy.dtype)
    dbias = np.zeros(bias.shape, dy.dtype)
    dx = np.zeros(x.shape, dy.dtype)
    for b in range(B):
        for o in range(F):
            c = o // (F // groups) * I
            for i in range(oh):
                for j in range(ow):
                    window = x[b, c:c + I, i * sh:i * sh + eh:dh, j * sw:j * sw + ew:dw]
                    dkernel[o] += window * da[b, o, i, j]
                    dbias[o] += da[b, o, i, j]
                    dx[b, c:c + I, i * sh:i * sh + eh:dh, j * sw:j * sw + ew:dw] += kernel[o] * da[b, o, i, j]
    return dx, dkernel, dbias


def corner(a, top, left, height, width):
    """A window of a, zero beyond its edge."""
    window = np.zeros((height, width), a.dtype)
    part = a[top:top + height, left:left + width]
    window[:part.shape[0], :part.shape[1]] = part
    return window
