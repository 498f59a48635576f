"""N01: what the listing returns beside the gradients that were wanted."""

import numpy as np

from nnparity.cases.case import Case
from nnparity.cases.documents import n01
from nnparity.reference_impl import RIGHT, World
from nnparity.reports.page.networks.shown import Seen, Shown, alike, planted
from nnparity.reports.page.plots import figure

LISTING = ("conv-upstream-replaced", "conv-kernel-extent", "conv-one-filter-each", "conv-kernel-with-output")


def shown(_seen: Seen) -> Shown:
    case = next(case for case in n01.CASES if case.name == "n01-cnn-listing-nobias-float64")
    world = planted(*LISTING)
    right, listing = RIGHT.run(case).grads, world.run(case).grads
    kernel, wrong = right["kernel"], listing["kernel"]
    image, window = (" × ".join(map(str, sizes)) for sizes in (case.inputs["x"].shape[1:], kernel.shape[2:]))
    notes = (
        f"The listing whole, on {len(case.inputs['x'])} images of {image} with {len(kernel)} filters of {window}: "
        f"{np.count_nonzero(wrong)} of the {wrong.size} numbers of the filters' gradient are not zero. The cosine between it and "
        f"the right gradient is {alike(kernel, wrong):+.2f}, and {alike(right['x'], listing['x']):+.2f} for the image's.",
        f"With the gradient from the next layer doubled, the right gradient changes by {change(RIGHT, case):.0%}, the listing's "
        f"by {change(world, case):.0%}: it does not know the loss.")
    return Shown(notes, (gradients(kernel, wrong),))


def change(world: World, case: Case) -> float:
    """By how much the kernel's gradient changes where the upstream gradient is doubled, relative to its size."""
    doubled = case.replaced(cotangents={"y": 2 * case.cotangents["y"]})
    once, twice = (world.run(asked).grads["kernel"] for asked in (case, doubled))
    return float(np.linalg.norm(twice - once) / np.linalg.norm(once))


def gradients(right: np.ndarray, listing: np.ndarray):
    """Both gradients of the kernel (filters, channels, height, width), a row of maps for each filter."""
    filters, channels, height, width = right.shape

    def draw(made):
        for axes, title, kernel in zip(made.subplots(1, 2), ("right", "as the listing has it"), (right, listing)):
            flat, most = kernel.swapaxes(1, 2).reshape(filters * height, channels * width), np.abs(kernel).max()
            axes.pcolormesh(flat, cmap="RdBu", vmin=-most, vmax=most)
            axes.set(title=title, xlabel="channel", ylabel="filter", xticks=(np.arange(channels) + 0.5) * width,
                     yticks=(np.arange(filters) + 0.5) * height, xticklabels=range(channels), yticklabels=range(filters))
            axes.invert_yaxis()
            axes.grid(False)
            for places, lines in ((range(0, channels * width + 1, width), axes.axvline),
                                  (range(0, filters * height + 1, height), axes.axhline)):
                for place in places:
                    lines(place, color="0.5", linewidth=0.6)

    return figure(draw, "N01: the gradient of the filters, right and as the listing has it",
                  "Each rectangle is the gradient of one filter's map of one channel; in the listing only those are not zero "
                  "where filter and channel have the same number", width=8.0, height=3.8)
