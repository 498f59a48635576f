"""Errors as a picture: allowed against observed, one dot an array. The geometry only; the template draws it."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

from nnparity.reports.page.summary import units
from nnparity.reports.verdicts.row import Row

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 74, 16, 16, 84  # margins; BOTTOM holds the axis, its title and the strip of exact zeros
STRIP = 26  # where arrays without any error are drawn, below the axis of the others
NAMED = 200  # at most so many outliers carry a title of their own


@dataclass(frozen=True)
class Dots:
    """The arrays of one implementation: an SVG path with one zero-length stroke a dot."""

    implementation: str
    arrays: int
    path: str


@dataclass(frozen=True)
class Picture:
    dots: tuple[Dots, ...]
    outliers: tuple[tuple[int, int, str], ...]  # x, y, what it is
    x_ticks: tuple[tuple[int, int], ...]  # position, decade
    y_ticks: tuple[tuple[int, int], ...]
    line: tuple[int, int, int, int]  # x1, y1, x2, y2 of observed = allowed
    zero: int | None  # height of the strip of exact zeros
    drawn: int
    left_out: int  # arrays without a number: a shape, a missing array, nan
    beyond: int


def draw(rows: Sequence[Row]) -> Picture | None:
    """The picture of all arrays that have an error and an allowance; None where there is none."""
    points, left_out = [], 0
    for row in rows:
        for a in row.agreements:
            if a.problem or not (isfinite(a.error) and a.allowed > 0 and isfinite(a.allowed)):
                left_out += 1
            else:
                points.append((a.allowed, a.error * a.allowed, row, a))
    if not points:
        return None
    x_low, x_high = decades([allowed for allowed, *_ in points])
    errors = [observed for _, observed, *_ in points if observed > 0]
    y_low, y_high = decades([*errors, 10.0**x_low, 10.0**x_high])
    y_low = max(y_low, x_low - 4)  # errors far below what is allowed all mean the same: the axis ends four decades below

    def x_at(value):
        return round(LEFT + (log10(value) - x_low) / (x_high - x_low) * (WIDTH - LEFT - RIGHT))

    def y_at(value):
        bottom = HEIGHT - BOTTOM
        return round(bottom - (log10(max(value, 10.0**y_low)) - y_low) / (y_high - y_low) * (bottom - TOP))

    zero = HEIGHT - BOTTOM + STRIP // 2 + 2
    places: dict[str, list[tuple[int, int]]] = {}
    outliers: list[tuple[int, int, str]] = []
    beyond = 0
    for allowed, observed, row, a in points:
        x, y = x_at(allowed), y_at(observed) if observed > 0 else zero
        places.setdefault(row.implementation, []).append((x, y))
        if a.error > 1:
            beyond += 1
            if len(outliers) < NAMED:
                outliers.append((x, y, f"{row.implementation}, {row.case}, {a.path}: {units(a.error)} × allowed"))
    low, high = max(x_low, y_low), min(x_high, y_high)
    return Picture(
        dots=tuple(Dots(name, len(found), "".join(f"M{x} {y}h0" for x, y in dict.fromkeys(found)))
                   for name, found in places.items()),
        outliers=tuple(outliers), line=(x_at(10.0**low), y_at(10.0**low), x_at(10.0**high), y_at(10.0**high)),
        x_ticks=ticks(x_low, x_high, x_at), y_ticks=ticks(y_low, y_high, y_at),
        zero=zero if len(errors) < len(points) else None, drawn=len(points), left_out=left_out, beyond=beyond)


def decades(values) -> tuple[int, int]:
    """The whole decades around positive values, at least one wide."""
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    low = max(low, -320)  # what 10**low can still be in a float
    return low, max(high, low + 1)


def ticks(low: int, high: int, at) -> tuple[tuple[int, int], ...]:
    """At most a dozen decades with their places."""
    step = ceil((high - low) / 12)
    return tuple((at(10.0**decade), decade) for decade in range(low, high + 1, step))
