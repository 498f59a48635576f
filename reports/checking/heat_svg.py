"""A heat map as inline SVG, plain enough for a notebook, a page on a phone and a printer: shapes, no styles, no script.

Red is too large, blue too small, white within what rounding allows; the scale is linear, centred at zero and shared by all
pictures of a page. What has no number (nan or inf on one side) is black.
"""

from collections.abc import Iterator, Sequence
from math import ceil, isfinite

import numpy as np
from markupsafe import Markup, escape

from nnparity.reports.checking.heat import Heat, Panel

WIDTH, LEFT, TITLE, GAP = 340, 46, 18, 14  # px; as wide as a phone's page, where it is shown at this size
CELL = (6, 22)  # smallest and largest side of a cell
STEPS = 10  # shades on each side of zero
RED = ((251, 228, 216), (230, 120, 95), (165, 15, 37))  # from nearly nothing to the largest
BLUE = ((221, 235, 245), (100, 165, 210), (25, 80, 150))
WHITE, NO_NUMBER, INK = "#ffffff", "#111111", 'fill="currentColor" font-family="system-ui, sans-serif" font-size="11"'


def svg(heat: Heat, largest: float) -> Markup:
    """One array: its panels side by side where they fit. `largest` is the |d| of the darkest shade."""
    across, down = len(heat.column_labels), len(heat.row_labels)
    side = max(CELL[0], min(CELL[1], (WIDTH - LEFT) // across))
    fit = max(1, (WIDTH - LEFT + GAP) // (across * side + GAP))
    parts, bottom = [], 0
    for place, panel in enumerate(heat.panels):
        x = LEFT + place % fit * (across * side + GAP)
        y = place // fit * (TITLE + down * side + 34) + TITLE
        parts += [text(x, y - 5, panel.title), *cells(panel, x, y, side, largest)]
        parts += ticks(heat.column_labels, [(x + (i + 0.5) * side, y + down * side + 12) for i in range(across)], "middle", side)
        if place % fit == 0:
            parts += ticks(heat.row_labels, [(x - 5, y + (i + 0.5) * side + 4) for i in range(down)], "end", side)
            if heat.rows:
                parts.append(f'<text {INK} transform="translate(10 {y + down * side / 2:g}) rotate(-90)" text-anchor="middle">'
                             f"{escape(heat.rows)}</text>")
        parts.append(text(x, y + down * side + 26, f"{heat.columns} →"))
        bottom = y + down * side + 32
    title = f"got - expected in {heat.path}: {' x '.join(heat.axes)}"
    return drawn(parts, bottom, title)


def legend(largest: float) -> Markup:
    """The shared scale."""
    wide = (WIDTH - 20) // (2 * STEPS + 1)
    parts = [f'<rect x="{10 + i * wide}" y="2" width="{wide}" height="14" fill="{shade(step / STEPS)}"/>'
             for i, step in enumerate(range(-STEPS, STEPS + 1))]
    parts.append(f'<rect x="10" y="2" width="{(2 * STEPS + 1) * wide}" height="14" fill="none" stroke="#888888"/>')
    for at, words, anchor in ((10, f"-{largest:.3g}", "start"), (10 + (STEPS + 0.5) * wide, "0", "middle"),
                              (10 + (2 * STEPS + 1) * wide, f"+{largest:.3g}", "end")):
        parts.append(text(at, 30, words, anchor))
    return drawn(parts, 34, "scale: (got - expected) / largest expected entry")


def drawn(parts: Sequence[str], height: float, title: str) -> Markup:
    return Markup(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" '
                  f'role="img"><title>{escape(title)}</title>{"".join(parts)}</svg>')


def cells(panel: Panel, x: float, y: float, side: int, largest: float) -> Iterator[str]:
    """A path for each shade, a frame, and an outline around the cell that is furthest off."""
    paths: dict[str, str] = {}
    for (row, column), d in np.ndenumerate(panel.cells):
        fill = shade(d / largest if largest else d)
        paths[fill] = paths.get(fill, "") + f"M{x + column * side:g} {y + row * side:g}h{side}v{side}h-{side}z"
    for fill, path in paths.items():
        yield f'<path fill="{fill}" d="{path}"/>'
    rows, columns = panel.cells.shape
    yield f'<rect x="{x:g}" y="{y:g}" width="{columns * side}" height="{rows * side}" fill="none" stroke="#888888"/>'
    finite = np.where(np.isfinite(panel.cells), np.abs(panel.cells), 0)
    if largest and finite.max() == largest:
        row, column = np.unravel_index(finite.argmax(), finite.shape)
        yield (f'<rect x="{x + column * side:g}" y="{y + row * side:g}" width="{side}" height="{side}" fill="none" '
               'stroke="#111111" stroke-width="2"/>')


def shade(part: float) -> str:
    """The colour of a difference: part of the largest one, between -1 and 1. Anything but 0 has at least the first shade."""
    if not isfinite(part):
        return NO_NUMBER
    if part == 0:
        return WHITE
    low, middle, high = RED if part > 0 else BLUE
    at = min(1.0, (ceil(abs(part) * STEPS - 1e-9) or 1) / STEPS)
    start, end, along = (low, middle, at / 0.5) if at <= 0.5 else (middle, high, at / 0.5 - 1)
    return "#" + "".join(f"{round(a + (b - a) * along):02x}" for a, b in zip(start, end, strict=True))


def text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text {INK} x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>' if words else ""


def ticks(labels: Sequence[str], at: Sequence[tuple[float, float]], anchor: str, room: float) -> Iterator[str]:
    """Every label where there is room, else every second, fifth, ...: as many as do not touch."""
    needed = 7.0 * max(map(len, labels)) + 4 if anchor == "middle" else 14
    every = next((n for n in (1, 2, 4, 5, 8, 10) if n * room >= needed), 20)
    return (text(x, y, words, anchor) for i, (words, (x, y)) in enumerate(zip(labels, at, strict=True)) if i % every == 0)
