"""Pictures of trainings as inline SVG: loss curves, and a descent over its loss surface."""

from collections.abc import Mapping

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import ArrayLike

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 300, 70, 16, 30, 44
STROKES = (("#1b6ca8", 7, ""), ("#d1495b", 3.5, ""), ("#111", 1.2, "4 4"), ("#3a7d44", 2, "1 5"))  # thick below, thin on top


def loss_curves(title: str, losses: Mapping[str, ArrayLike]) -> Markup:
    """The losses of every implementation over the steps, on top of each other; logarithmic where all are positive."""
    curves = {name: np.asarray(values, float) for name, values in losses.items()}
    every = np.concatenate(list(curves.values()))
    every = every[np.isfinite(every)]
    logarithmic = bool((every > 0).all())
    of = np.log10 if logarithmic else (lambda a: a)
    low, high = float(of(every).min()), float(of(every).max())
    steps = max(len(c) for c in curves.values()) - 1
    x = scale(0, max(steps, 1), LEFT, WIDTH - RIGHT)
    y = scale(low, high if high > low else low + 1, HEIGHT - BOTTOM, TOP)
    parts = axes(x, y, (0, steps), [(v, f"{10**v if logarithmic else v:.3g}") for v in np.linspace(low, high, 5)],
                 [(k, str(round(k))) for k in np.linspace(0, steps, 5)], "step", "loss")
    for i, (name, values) in enumerate(curves.items()):
        colour, width, dash = STROKES[i % len(STROKES)]
        keep = np.unique(np.linspace(0, len(values) - 1, min(len(values), 500)).astype(int))
        points = " ".join(f"{x(k):.1f},{y(of(values[k])):.1f}" for k in keep if np.isfinite(values[k]))
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}" '
                     f'stroke-dasharray="{dash}"><title>{escape(name)}</title></polyline>')
        at = LEFT + 8 + 130 * i
        parts.append(f'<path d="M{at} 14h22" stroke="{colour}" stroke-width="{width}" stroke-dasharray="{dash}"/>'
                     f'<text x="{at + 28}" y="18">{escape(name)}</text>')
    return svg(f"Loss of {title}", f"{', '.join(curves)} over {steps + 1} steps, from {every.max():.4g} to {every.min():.4g}",
               parts, HEIGHT)


def descent(title: str, path: np.ndarray, first_at: np.ndarray, second_at: np.ndarray, surface: np.ndarray,
            names: tuple[str, str] = ("m", "c")) -> Markup:
    """The path of the iterates (steps, 2) over the loss surface (second, first): shading, contours and the path."""
    height = 460
    x, y = scale(first_at[0], first_at[-1], LEFT, WIDTH - RIGHT), scale(second_at[0], second_at[-1], height - BOTTOM, TOP)
    level = np.log(surface - surface.min() + 0.01 * np.ptp(surface))
    shade = (level - level.min()) / np.ptp(level)
    parts = []
    for j, i in np.ndindex(surface.shape[0] - 1, surface.shape[1] - 1):
        dark = shade[j:j + 2, i:i + 2].mean()
        parts.append(f'<rect x="{x(first_at[i]):.1f}" y="{y(second_at[j + 1]):.1f}" '
                     f'width="{x(first_at[i + 1]) - x(first_at[i]) + .5:.1f}" '
                     f'height="{y(second_at[j]) - y(second_at[j + 1]) + .5:.1f}" fill="hsl(210 60% {30 + 65 * dark:.0f}%)"/>')
    for value in np.linspace(0.1, 0.9, 8):
        lines = "".join(f"M{x(a):.1f} {y(b):.1f}L{x(c):.1f} {y(d):.1f}"
                        for (a, b), (c, d) in contour(first_at, second_at, shade, value))
        parts.append(f'<path d="{lines}" stroke="#fff" stroke-width=".8" fill="none"/>')
    points = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in path)
    parts.append(f'<polyline points="{points}" fill="none" stroke="#d1495b" stroke-width="1.6"/>')
    parts += [f'<circle cx="{x(a):.1f}" cy="{y(b):.1f}" r="4" fill="{colour}"><title>{what}: {a:.4g}, {b:.4g}</title></circle>'
              for (a, b), colour, what in ((path[0], "#111", "start"), (path[-1], "#d1495b", "end"))]
    parts += axes(x, y, (first_at[0], first_at[-1]), [(v, f"{v:.3g}") for v in np.linspace(second_at[0], second_at[-1], 5)],
                  [(v, f"{v:.3g}") for v in np.linspace(first_at[0], first_at[-1], 5)], *names)
    return svg(title, f"{len(path)} iterates ({names[0]}, {names[1]}) from ({path[0][0]:.3g}, {path[0][1]:.3g}) to "
               f"({path[-1][0]:.4g}, {path[-1][1]:.4g}); dark is a small loss", parts, height)


def contour(first_at, second_at, values, level):
    """Line segments on which the bilinear surface takes the level: one or two in a cell, linear along its edges."""
    for j, i in np.ndindex(values.shape[0] - 1, values.shape[1] - 1):
        corners = [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)]
        crossed = []
        for (i0, j0), (i1, j1) in zip(corners, corners[1:] + corners[:1]):
            u, v = values[j0, i0] - level, values[j1, i1] - level
            if u * v < 0:
                s = u / (u - v)
                crossed.append((first_at[i0] + s * (first_at[i1] - first_at[i0]),
                                second_at[j0] + s * (second_at[j1] - second_at[j0])))
        yield from zip(crossed[::2], crossed[1::2])


def scale(low, high, start, end):
    return lambda value: start + (value - low) / (high - low) * (end - start)


def axes(x, y, ends, y_ticks, x_ticks, x_name, y_name) -> list[str]:
    bottom, left, right = max(y(v) for v, _ in y_ticks), x(ends[0]), x(ends[1])
    parts = [f'<path d="M{left:.1f} {TOP}V{bottom:.1f}H{right:.1f}" stroke="currentColor" fill="none"/>']
    parts += [f'<text x="{left - 6:.1f}" y="{y(v) + 4:.1f}" text-anchor="end">{label}</text>' for v, label in y_ticks]
    parts += [f'<text x="{x(v):.1f}" y="{bottom + 16:.1f}" text-anchor="middle">{label}</text>' for v, label in x_ticks]
    return [*parts, f'<text x="{(left + right) / 2:.0f}" y="{bottom + 34:.0f}" text-anchor="middle">{escape(x_name)}</text>',
            f'<text x="20" y="{TOP - 12}">{escape(y_name)}</text>']


def svg(title, description, parts, height) -> Markup:
    return Markup(f'<svg viewBox="0 0 {WIDTH} {height}" role="img" font-size="12" fill="currentColor">'
                  f"<title>{escape(title)}</title><desc>{escape(description)}</desc>{''.join(parts)}</svg>")
