"""What happens to the arrays of convolutions: kernels flipped along one axis, axes exchanged, layouts mixed up, channels
reversed."""

from collections.abc import Iterator

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.reports.diagnosis.rewritings.axes import misreadings, order, output_reshaped, reshaped, returned
from nnparity.reports.diagnosis.rewritings.rewrite import Rewrite

KERNEL = {1: "OIL", 2: "OIHW"}
IMAGE = {1: "NCL", 2: "NCHW"}
KERNEL_LAST, IMAGE_LAST = {1: "LIO", 2: "HWIO"}, {1: "NLC", 2: "NHWC"}


def convolution(layer: Layer, case: Case) -> Iterator[Rewrite]:
    """Every rewriting of one convolution."""
    axes = 2 if layer.kind == "conv2d" else 1
    name = layer.qualify("kernel")
    kernel = case.params[name]
    yield from flips(name, kernel.shape, axes)
    yield from misreadings(name, kernel.shape, KERNEL[axes])
    yield reshaped(name, kernel.shape, KERNEL[axes], KERNEL_LAST[axes])
    yield order(name, "filters reversed", f"filters of {name} in reverse order",
                "The first filter is taken for the last.", "Keep the order of the filters.", lambda a: a[::-1])
    if kernel.shape[1] > 1:
        yield order(name, "channels reversed", f"input channels of {name} in reverse order (RGB and BGR)",
                    "The kernel's first channel meets the image's last one.",
                    "Bring image and kernel to the same order of channels.", lambda a: a[:, ::-1])
    if (groups := layer.config.get("groups", 1)) > 1:
        yield order(name, "groups reversed", f"groups of {name} in reverse order", "The last group of filters comes first.",
                    "Filters o F/G to (o + 1) F/G - 1 belong to group o.",
                    lambda a: a.reshape(groups, -1, *a.shape[1:])[::-1].reshape(a.shape))
    yield from images(layer, case, axes)


def flips(name: str, shape, axes: int) -> Iterator[Rewrite]:
    """The kernel reversed along one of its two axes; both at once is a mistake of the catalogue."""
    if axes == 2:
        for axis, what in ((-2, "height"), (-1, "width")):
            if shape[axis] == 1:
                continue
            yield order(name, f"flipped along {what}", f"{name} flipped along its {what}",
                        f"Taps are read from the end along the {what} only.",
                        "A correlation flips neither axis, a convolution both.", lambda a, axis=axis: np.flip(a, axis))


def images(layer: Layer, case: Case, axes: int) -> Iterator[Rewrite]:
    """What happens to the image that enters the chain and to the maps that leave it."""
    letters, last = IMAGE[axes], IMAGE_LAST[axes]
    if layer is case.network[0]:
        x = case.inputs["x"]
        yield from misreadings("x", x.shape, letters)
        yield reshaped("x", x.shape, letters, last)
    if layer is case.network[-1] and "y" in case.cotangents:
        y = case.cotangents["y"]
        orders = [last, letters[1] + letters[0] + letters[2:]] + ([letters[:2] + letters[:1:-1]] if axes == 2 else [])
        yield from (rewrite for layout in orders for rewrite in returned(letters, layout, y.shape))
        yield output_reshaped(letters, last, y.shape)
