"""A convolution for people who keep channels last: NHWC images, HWIO kernels, windows from stride tricks, einsum."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def nhwc(images, kernel, bias):
    kh, kw = kernel.shape[:2]
    views = sliding_window_view(images, (kh, kw), axis=(1, 2))  # n, oh, ow, c, kh, kw
    return np.einsum("nijcuv,uvco->nijo", views, kernel) + bias, views


def pullback(kernel, views, delta):
    kh, kw = kernel.shape[:2]
    d_kernel = np.einsum("nijcuv,nijo->uvco", views, delta)
    padded = np.pad(delta, ((0, 0), (kh - 1, kh - 1), (kw - 1, kw - 1), (0, 0)))
    turned = sliding_window_view(padded, (kh, kw), axis=(1, 2))
    return d_kernel, np.einsum("nijouv,uvco->nijc", turned, kernel[::-1, ::-1]), delta.sum((0, 1, 2))


def conv2d(params, inputs, cotangents):
    images, kernel = inputs["x"].transpose(0, 2, 3, 1), params["kernel"].transpose(2, 3, 1, 0)
    y, views = nhwc(images, kernel, params.get("bias", 0))
    d_kernel, d_images, d_bias = pullback(kernel, views, cotangents["y"].transpose(0, 2, 3, 1))
    grads = {"kernel": d_kernel.transpose(3, 2, 0, 1), "x": d_images.transpose(0, 3, 1, 2), "bias": d_bias}
    return {"y": y.transpose(0, 3, 1, 2)}, grads if "bias" in params else {k: g for k, g in grads.items() if k != "bias"}


def kernel_reshaped(params, inputs, cotangents):
    """The kernel is brought to HWIO by reshape."""
    F, C, kh, kw = params["kernel"].shape
    images, kernel = inputs["x"].transpose(0, 2, 3, 1), params["kernel"].reshape(kh, kw, C, F)
    y, views = nhwc(images, kernel, params["bias"])
    d_kernel, d_images, d_bias = pullback(kernel, views, cotangents["y"].transpose(0, 2, 3, 1))
    return {"y": y.transpose(0, 3, 1, 2)}, {"kernel": d_kernel.reshape(F, C, kh, kw), "x": d_images.transpose(0, 3, 1, 2),
                                            "bias": d_bias}


def not_flipped_back(params, inputs, cotangents):
    """The full convolution of the input gradient without turning the kernel."""
    images, kernel = inputs["x"].transpose(0, 2, 3, 1), params["kernel"].transpose(2, 3, 1, 0)
    y, views = nhwc(images, kernel, params["bias"])
    delta = cotangents["y"].transpose(0, 2, 3, 1)
    d_kernel, _, d_bias = pullback(kernel, views, delta)
    _, d_images, _ = pullback(kernel[::-1, ::-1], views, delta)
    return {"y": y.transpose(0, 3, 1, 2)}, {"kernel": d_kernel.transpose(3, 2, 0, 1), "x": d_images.transpose(0, 3, 1, 2),
                                            "bias": d_bias}


def outputs_left_last(params, inputs, cotangents):
    """Everything is right and returned with the channels last, gradients too."""
    images, kernel = inputs["x"].transpose(0, 2, 3, 1), params["kernel"].transpose(2, 3, 1, 0)
    y, views = nhwc(images, kernel, params["bias"])
    d_kernel, d_images, d_bias = pullback(kernel, views, cotangents["y"].transpose(0, 2, 3, 1))
    return {"y": y}, {"kernel": d_kernel, "x": d_images, "bias": d_bias}


def height_width_mixed(params, inputs, cotangents):
    """The kernel arrives as (in, out, width, height): nothing complains where all are equal."""
    images, kernel = inputs["x"].transpose(0, 2, 3, 1), params["kernel"].transpose(3, 2, 1, 0)
    y, views = nhwc(images, kernel, params["bias"])
    d_kernel, d_images, d_bias = pullback(kernel, views, cotangents["y"].transpose(0, 2, 3, 1))
    return {"y": y.transpose(0, 3, 1, 2)}, {"kernel": d_kernel.transpose(3, 2, 1, 0), "x": d_images.transpose(0, 3, 1, 2),
                                            "bias": d_bias}
