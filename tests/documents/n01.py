"""The convolutional layer of N01 with its backward pass in loops, one image at a time. Without mistakes it is right.

    K01  the upstream gradient is overwritten by ReLU' of the output
    K02  the kernel gradient multiplies pieces of the layer's output, not of its input
    K03  the loops over positions end at the kernel's extent, not at that of the output map
    K04  the step is added: what a descent would have to be given is the negative gradient of the kernel
    K05  channel c meets filter c mod F alone, on the way back

With K02 the pieces of an output must be as large as the kernel: it fits only beside K03, and only where the output map has at
least 2k - 1 rows and columns and no fewer channels than the image.
"""

import numpy as np

AS_POSTED = frozenset({"K01", "K02", "K03", "K04", "K05"})


def n01(params, inputs, cotangents, mistakes=frozenset()):
    filters = params["kernel"]
    bias = params.get("bias", np.zeros(len(filters), filters.dtype))
    maps, grads = [], {name: np.zeros_like(a) for name, a in {**params, "x": inputs["x"]}.items()}
    for n, image in enumerate(inputs["x"]):
        output = np.maximum(correlated(image, filters) + bias[:, None, None], 0)
        maps.append(output)
        slope = (output > 0).astype(output.dtype)
        upstream = slope if "K01" in mistakes else cotangents["y"][n] * slope
        backward(image, output, upstream, filters, grads["kernel"], grads["x"][n], mistakes)
        if "bias" in grads:
            grads["bias"] += upstream.sum((1, 2))
    if "K04" in mistakes:
        grads["kernel"] = -grads["kernel"]
    return {"y": np.array(maps)}, grads


def correlated(image, filters):
    (count, _, height, width), (_, rows, columns) = filters.shape, image.shape
    z = np.zeros((count, rows - height + 1, columns - width + 1), image.dtype)
    for i, j in np.ndindex(z.shape[1:]):
        z[:, i, j] = (filters * image[:, i:i + height, j:j + width]).sum((1, 2, 3))
    return z


def backward(image, output, upstream, filters, d_filters, d_image, mistakes):
    count, channels, height, width = filters.shape
    seen = output if "K02" in mistakes else image
    for channel in range(channels):
        for k in [channel % count] if "K05" in mistakes else range(count):
            for i, j in np.ndindex(*((height, width) if "K03" in mistakes else upstream.shape[1:])):
                here = channel, slice(i, i + height), slice(j, j + width)
                d_image[here] += filters[k, channel] * upstream[k, i, j]
                d_filters[k, channel] += seen[here] * upstream[k, i, j]
