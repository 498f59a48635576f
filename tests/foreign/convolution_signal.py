"""A one-dimensional convolution from NumPy's signal functions, one channel and filter at a time."""

import numpy as np


def conv1d(params, inputs, cotangents):
    return layer(params, inputs, cotangents, np.correlate)


def convolved(params, inputs, cotangents):
    """np.convolve turns the kernel; the backward pass was taken from somebody else's correlation."""
    return layer(params, inputs, cotangents, np.convolve)


def one_channel(params, inputs, cotangents):
    """Filter f looks at channel f % channels only, forward and backward."""
    x, w = inputs["x"], params["kernel"]
    C = x.shape[1]
    y = np.array([[np.correlate(image[f % C], w[f, f % C], "valid") + params["bias"][f] for f in range(len(w))] for image in x])
    dy, dw, dx = cotangents["y"], np.zeros_like(w), np.zeros_like(x)
    for n in range(len(x)):
        for f in range(len(w)):
            dw[f, f % C] += np.correlate(x[n, f % C], dy[n, f], "valid")
            dx[n, f % C] += np.convolve(dy[n, f], w[f, f % C], "full")
    return {"y": y}, {"kernel": dw, "x": dx, "bias": dy.sum(axis=(0, 2))}


def layer(params, inputs, cotangents, slide):
    x, w = inputs["x"], params["kernel"]
    bias = params.get("bias", np.zeros(len(w)))
    y = np.array([[sum(slide(image[c], w[f, c], "valid") for c in range(x.shape[1])) + bias[f] for f in range(len(w))]
                  for image in x])
    dy = cotangents["y"]
    dw, dx = np.zeros_like(w), np.zeros_like(x)
    for n in range(len(x)):
        for f in range(len(w)):
            for c in range(x.shape[1]):
                dw[f, c] += np.correlate(x[n, c], dy[n, f], "valid")
                dx[n, c] += np.convolve(dy[n, f], w[f, c], "full")
    grads = {"kernel": dw, "x": dx, "bias": dy.sum(axis=(0, 2))}
    return {"y": y}, {name: grads[name] for name in [*params, "x"]}
