"""Pictures by matplotlib as inline SVG: deterministic, in the page's colours, readable on light and dark paper."""

import io
import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha1
from math import log10
from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import ArrayLike

from nnparity.reports.comparison.foreign import one_line, writable

if TYPE_CHECKING:  # half a second, which only a run that draws pays
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

INK = "#010203"  # stands for the page's own ink: written as currentColor
COLOURS = ("#1b6ca8", "#d1495b", "#3a7d44", "#b7791f", "#7b4fa3", "#5b6770")
STYLES = ((4.5, "-"), (2.2, "-"), (1.2, "--"), (1.2, ":"))  # width and dash: thick below, thin on top, so that all are seen
MOST = 2000  # points of one curve that are drawn


def figure(draw: "Callable[[Figure], None]", title: str, description: str, width: float = 7.2, height: float = 3.6) -> Markup:
    """The picture that `draw` makes on a new figure of `width` x `height` inches, as SVG with a title and a description for
    those who do not see it."""
    import matplotlib
    from cycler import cycler
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    settings: Any = {
        "svg.fonttype": "none", "svg.hashsalt": sha1(title.encode(errors="backslashreplace")).hexdigest()[:8],
        "font.family": "sans-serif", "font.size": 10,
        "text.color": INK, "axes.edgecolor": INK, "axes.labelcolor": INK, "xtick.color": INK, "ytick.color": INK,
        "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 10, "legend.frameon": False,
        "axes.grid": True, "grid.color": INK, "grid.alpha": 0.12, "axes.prop_cycle": cycler(color=COLOURS)}
    with matplotlib.rc_context(settings):
        made = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasSVG(made)
        draw(made)
        made.patch.set_visible(False)
        for axes in made.axes:
            axes.patch.set_visible(False)
        if engine := made.get_layout_engine():
            engine.execute(made)  # once: saving would lay out and draw everything a second time
            made.set_layout_engine("none")
        out = io.StringIO()
        made.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return inlined(out.getvalue(), title, description)


def inlined(text: str, title: str, description: str) -> Markup:
    """An SVG file as part of a page: without what its security policy forbids (styles) and without names that two pictures of one
    page would share."""
    text = text[text.index("<svg"):].replace(INK, "currentColor")
    text = re.sub(r"<metadata>.*?</metadata>\s*|<style.*?</style>\s*|<!--.*?-->\s*", "", text, flags=re.DOTALL)
    text = re.sub(r' style="([^"]*)"', lambda found: attributes(found[1]), text)
    text = re.sub(r' d="[^"]*"', lambda path: re.sub(r"(\.\d)\d+", r"\1", path[0]), text)  # finer than a tenth nobody sees
    text = text.replace("xlink:href=", "href=")
    text = re.sub(r' id="[A-Za-z0-9.]+_\d+"', "", text)  # figure_1, xtick_2; what is referred to has a name with the title's hash
    return Markup(re.sub(r'<svg [^>]*?viewBox="([^"]*)"[^>]*>', lambda found: (
        f'<svg viewBox="{found[1]}" role="img" class="plot"><title>{escape(title)}</title><desc>{escape(description)}</desc>'),
        text, count=1, flags=re.DOTALL))


def attributes(style: str) -> str:
    """' fill="none" stroke="#123456"' of "fill: none; stroke: #123456"."""
    pairs = (declaration.partition(":") for declaration in style.replace("'", "").split(";") if ":" in declaration)
    return "".join(f' {name.strip()}="{value.strip()}"' for name, _, value in pairs)


def loss_curves(title: str, losses: Mapping[str, ArrayLike], *, step: str = "step", loss: str = "loss") -> Markup:
    """The losses of every implementation over all steps, on top of each other; the loss axis is logarithmic where all are
    positive and span more than a decade, the step axis where there are more than a thousand."""
    curves = {name: np.asarray(values, float) for name, values in losses.items()}
    every = np.concatenate([values[np.isfinite(values)] for values in curves.values()])
    steps = max(map(len, curves.values()))

    def draw(made):
        axes = made.subplots()
        for (name, values), (width, dash) in zip(curves.items(), cycled(STYLES, len(curves))):
            at = shown_steps(len(values), steps > 1000)
            axes.plot(at, values[at - 1], dash, linewidth=width, label=label(name))
        axes.set(xlabel=f"{step} (logarithmic)" if steps > 1000 else step, ylabel=loss)
        if every.size and every.min() > 0 and every.max() > 10 * every.min():
            axes.set(yscale="log", ylabel=f"{loss} (logarithmic)")
        if steps > 1000:
            axes.set_xscale("log")
        else:
            whole_numbers(axes)
        if len(curves) > 1:
            made.legend(ncols=min(len(curves), 4), loc="outside upper right")  # inside it covers a curve that begins flat

    ends = f", from {every[0]:.4g} to {every[-1]:.4g}" if every.size else ""
    return figure(draw, f"Loss of {title}", f"{', '.join(curves)} over {steps:,} steps{ends}")


def label(text: str) -> str:
    """Somebody else's text as matplotlib draws it: every character printable, and no mathematics read into it."""
    return writable(one_line(text))[:60].replace("$", r"\$")


def powers_of_ten(*logarithmic: "Axis") -> None:
    """Labels 10⁻⁸ in characters, which are typeset a hundred times faster than a formula."""
    from matplotlib.ticker import FuncFormatter, NullLocator
    raised = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
    for axis in logarithmic:
        axis.set_major_formatter(FuncFormatter(  # a tick far outside is below the least float
            lambda value, _: "10" + f"{round(log10(value))}".translate(raised) if value > 0 else ""))
        axis.set_minor_locator(NullLocator())


def whole_numbers(axes: "Axes") -> None:
    from matplotlib.ticker import MaxNLocator
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, steps=(1, 2, 5, 10)))


def shown_steps(n: int, logarithmic: bool) -> np.ndarray:
    """Which of the steps 1 ... n are drawn: all, or MOST of them, even on the axis that they are drawn on."""
    if n <= MOST:
        return np.arange(1, n + 1)
    even = np.geomspace(1, n, MOST) if logarithmic else np.linspace(1, n, MOST)
    return np.unique(even.round().astype(int))


def cycled(items: Sequence, n: int) -> list:
    return [items[i % len(items)] for i in range(n)]


def plain(space: Any) -> None:
    """3-D axes with clear panes and a light grid, seen from above."""
    space.view_init(elev=35, azim=-60)
    for axis in (space.xaxis, space.yaxis, space.zaxis):
        axis.set_pane_color((0, 0, 0, 0))
        axis._axinfo["grid"].update(color=(0.5, 0.5, 0.5, 0.3), linewidth=0.6)  # there is no other way to set it


def descent(title: str, path: np.ndarray, first_at: np.ndarray, second_at: np.ndarray, surface: np.ndarray,
            names: tuple[str, str] = ("m", "c"), value: str = "loss") -> Markup:
    """The path of the iterates (steps, 2) over the loss surface (second, first), as a surface in 3-D and as contours."""
    first, second = np.meshgrid(first_at, second_at)
    levels = np.geomspace(max(surface.min(), 1e-3 * np.ptp(surface)), surface.max(), 12)

    def height_at(points):
        i = np.abs(first_at[None] - points[:, :1]).argmin(1)
        j = np.abs(second_at[None] - points[:, 1:]).argmin(1)
        return surface[j, i]

    def draw(made):
        made.set_layout_engine("constrained", wspace=0.12)  # room for the label of the height, which is not counted
        space, plane = made.add_subplot(1, 2, 1, projection="3d"), made.add_subplot(1, 2, 2)
        space.plot_surface(first, second, surface, cmap="Blues_r", alpha=0.75, linewidth=0, rcount=24, ccount=24,
                           antialiased=False)
        space.contour(first, second, surface, levels=levels, zdir="z", offset=0, colors=COLOURS[0], linewidths=0.6)
        space.plot(*path.T, height_at(path), color=COLOURS[1], linewidth=1.6, zorder=10)
        space.set(xlabel=names[0], ylabel=names[1], zlabel=value)
        plain(space)
        plane.contour(first, second, surface, levels=levels, cmap="Blues_r", linewidths=0.9)
        plane.plot(*path.T, color=COLOURS[1], linewidth=1.6)
        plane.plot(*path[0], "o", color=INK, label="start")
        plane.plot(*path[-1], "o", color=COLOURS[1], label="end")
        plane.set(xlabel=names[0], ylabel=names[1])
        made.legend(loc="outside lower right", ncols=2)

    return figure(draw, title, f"{len(path)} iterates ({names[0]}, {names[1]}) from ({path[0][0]:.3g}, {path[0][1]:.3g}) to "
                  f"({path[-1][0]:.4g}, {path[-1][1]:.4g}) on the surface of the {value}", width=9.0, height=4.2)
