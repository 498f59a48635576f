"""The rows of a dense layer behind a flatten: frameworks flatten images in the order in which they keep their axes.

    (height, width, channels) flattened:   row = (y * width + x) * channels + c        Keras, flax
    (channels, height, width) flattened:   row = (c * height + y) * width + x          PyTorch, ONNX
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnparity.oracles.porting.errors import PortError
from nnparity.oracles.porting.frameworks import CHANNELS_FIRST
from nnparity.oracles.porting.steps import Step


@dataclass(frozen=True)
class Rows:
    """How the rows are rearranged, in words, in Python, and as a step on the canonical kernel (in, units)."""

    words: list[str]
    lines: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()


def rows(image: Sequence[int], source: str, target: str) -> Rows:
    """The rearrangement for an image with these axes, in the order of the source. None where both keep the same order."""
    if image == ():
        return Rows([])
    check_image(image)
    image = tuple(map(int, image))
    if (source in CHANNELS_FIRST) == (target in CHANNELS_FIRST):
        return Rows([])
    order = axes_order(len(image), source in CHANNELS_FIRST)
    line = f"K = K.reshape{(*image, -1)}.transpose{(*order, len(image))}.reshape(K.shape)"
    words = f"rows of the flattened {image} rearranged to {tuple(image[i] for i in order)}"
    step = Step("", (), words, (line,), lambda p: {**p, "kernel": permuted_rows(p["kernel"], image, source, target)})
    return Rows([words], (line,), (step,))


def axes_order(axes: int, from_channels_first: bool) -> tuple[int, ...]:
    """channels, height, width -> height, width, channels, or the reverse."""
    return (*range(1, axes), 0) if from_channels_first else (axes - 1, *range(axes - 1))


def check_image(image) -> None:
    """Raises PortError for anything but two or more positive integers."""
    if (not isinstance(image, (tuple, list)) or len(image) < 2
            or any(isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1 for n in image)):
        raise PortError(f"flattened={image!r}: expected are at least two axes, as (height, width, channels)")


def permuted_rows(kernel: np.ndarray, image: Sequence[int], source: str, target: str) -> np.ndarray:
    """A dense kernel (in, units) behind a flatten, its rows in the order in which the target flattens.

    `image` are the axes of what the source flattens, without the batch: (height, width, channels) in Keras and flax,
    (channels, height, width) in PyTorch and ONNX; any number of spatial axes. Raises PortError where they do not
    multiply to the number of rows.
    """
    check_image(image)
    if np.prod(image) != len(kernel):
        raise PortError(f"flattened={tuple(image)} are {np.prod(image)} numbers, but the kernel has {len(kernel)} inputs")
    if (source in CHANNELS_FIRST) == (target in CHANNELS_FIRST):
        return kernel
    order = axes_order(len(image), source in CHANNELS_FIRST)
    return kernel.reshape(*image, -1).transpose(*order, len(image)).reshape(kernel.shape)
