"""Errors, the kill matrix and the agreement of frameworks as pictures; matplotlib is imported only where one is drawn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, inf, isfinite, log10

import numpy as np
from markupsafe import Markup

from nnparity.reports.atlas.versions import History
from nnparity.reports.page.plots import COLOURS, figure, label, powers_of_ten
from nnparity.reports.page.summary import count, units
from nnparity.reports.selfproof.kill import Kill
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.verdict import DISAGREES

KNOWN, WRONG, OPEN = "#7b4fa3", "#b3202c", "#8a7a00"  # known deviations, what disagrees, what cannot be judged: as in the words
AGREE = ("#1b6ca8", "#d9822b", "#2a9d8f", "#5b6770")  # an implementation each
GRID = 12  # dots within 1/GRID of a decade are drawn once
BELOW = 4  # decades below the smallest allowance: errors still smaller, zero too, are drawn at the lower edge
NOTHING = frozenset(float(np.finfo(dtype).tiny) for dtype in ("float32", "float64"))  # allowed to arrays of zeros
CASES_NAMED = 64  # under a heat map; more of them are numbered
NAMED = 200  # at most so many arrays beyond the line are listed


@dataclass
class Series:
    """The arrays of one kind: what is allowed and what was observed at the worst element of each."""

    colour: str
    marker: float = 2.6  # width of a dot
    arrays: int = 0
    at: set[tuple[int, int]] = field(default_factory=set)  # (allowed, observed) in GRID parts of a decade


@dataclass(frozen=True)
class Errors:
    series: Mapping[str, Series]  # label of the legend -> its arrays
    decades: tuple[int, int, int, int]  # of the allowed, of the observed error
    drawn: int
    left_out: int  # arrays without a number: a shape, a missing array, nan
    beyond: tuple[str, ...]  # what lies above the line
    unlisted: int  # of which `beyond` does not name all
    svg: Markup = Markup()


def points(rows: Sequence[Row]) -> Errors | None:
    """Every array that has an error and an allowance, as a dot of its series; None where there is none.

    The series are what the banner counts: the agreeing arrays of each implementation, known deviations, arrays that cannot be
    judged, and those of rows that disagree and are beyond the line.
    An array of nothing but zeros is allowed the smallest normal number, decades below all others: it stands at the left
    edge, on its side of the line, and the axes span the others.
    """
    found, left_out = [], 0
    for row in rows:
        for a in row.agreements:
            if a.problem or not (isfinite(a.error) and a.allowed > 0 and isfinite(a.allowed)):
                left_out += 1
            else:
                found.append((a.allowed, a.error * a.allowed, row, a))
    if not found:
        return None
    allowances = [allowed for allowed, *_ in found]
    x_low, x_high = decades([allowed for allowed in allowances if allowed not in NOTHING] or allowances)
    y_high = max(x_high, decades([observed for _, observed, *_ in found if observed > 0] or [1.0])[1])
    y_low = x_low - BELOW
    series: dict[str, Series] = {}
    beyond: list[str] = []
    unlisted = 0
    for allowed, observed, row, a in found:
        name, made = kind_of(row, a.error > 1, series)
        kind = series.setdefault(name, made)
        kind.arrays += 1
        kind.at.add(place(allowed, observed, x_low, y_low))
        if a.error > 1 and len(beyond) < NAMED:
            beyond.append(f"{row.implementation}, {row.case}, {a.path}: {units(a.error)} × allowed")
        elif a.error > 1:
            unlisted += 1
    return Errors(series, (x_low, x_high, y_low, y_high), len(found), left_out, tuple(beyond), unlisted)


def place(allowed: float, observed: float, x_low: int, y_low: int) -> tuple[int, int]:
    """Where an array is drawn, in GRID parts of a decade: inside the axes, and above the line exactly where it was."""
    x, y = log10(allowed), log10(observed) if observed > 0 else -inf
    at = round(GRID * max(x, x_low)), round(GRID * max(y, y_low))
    return (at[0], max(at[1], at[0] + 1)) if x < x_low and y > x else at


def kind_of(row: Row, beyond: bool, series: Mapping[str, Series]) -> tuple[str, Series]:
    """The series of an array."""
    if row.verdict in DISAGREES and beyond:
        return f"{row.blamed}: disagrees", Series(WRONG, 4.5)
    if row.verdict == "known deviation":
        return f"{row.implementation}: known deviation", Series(KNOWN, 4.0)
    if row.verdict == "cannot judge":
        return f"{row.implementation}: cannot be judged", Series(OPEN, 3.4)
    agreeing = sum(name.endswith(": agrees") for name in series)
    return f"{row.implementation}: agrees", Series(AGREE[agreeing % len(AGREE)])


def errors(rows: Sequence[Row]) -> Errors | None:
    """Allowed against observed error, one dot an array; None where no array has a number."""
    found = points(rows)
    if found is None:
        return None
    x_low, x_high, y_low, y_high = found.decades

    def draw(made):
        from matplotlib.patches import PathPatch
        from matplotlib.path import Path
        axes = made.subplots()
        axes.set(xscale="log", yscale="log", xlim=(10.0**x_low, 10.0**x_high), ylim=(10.0 ** (y_low - 0.4), 10.0**y_high),
                 xlabel="allowed error of an array's worst element (in its own units)", ylabel="observed error there")
        powers_of_ten(axes.xaxis, axes.yaxis)
        low, high = max(x_low, y_low), min(x_high, y_high)
        axes.plot([10.0**low, 10.0**high], [10.0**low, 10.0**high], "--", color=WRONG, linewidth=1.2)
        axes.annotate("observed = allowed", (10.0 ** (0.5 * (low + high)), 10.0 ** (0.5 * (low + high))), (-6, 6),
                      textcoords="offset points", ha="right", color=WRONG)
        for name, kind in found.series.items():
            at = np.array(sorted(kind.at), float) / GRID
            ends = np.repeat(10.0**at, 2, axis=0)  # a line without length and with round ends is a dot
            path = Path(ends, [Path.MOVETO, Path.LINETO] * len(at))
            path.should_simplify = False
            axes.add_patch(PathPatch(path, fill=False, edgecolor=kind.colour, linewidth=kind.marker, capstyle="round", alpha=0.7))
            axes.plot([], [], "o", color=kind.colour, markersize=5, label=f"{label(name)} ({kind.arrays:,})")
        made.legend(loc="outside upper left", ncols=2)

    described = ", ".join(f"{name} {kind.arrays}" for name, kind in found.series.items())
    svg = figure(draw, "Observed against allowed error", f"{count(found.drawn, 'array')}: {described}; "
                 f"{len(found.beyond) + found.unlisted} above the line of equal errors", height=4.6)
    return Errors(**{**vars(found), "svg": svg})


def decades(values: Iterable[float]) -> tuple[int, int]:
    """The whole decades around positive values, at least one wide."""
    values = list(values)
    low, high = floor(log10(min(values))), ceil(log10(max(values)))
    low = max(low, -300)  # what 10**(low - 4) can still be in a float
    return low, max(high, low + 1)


def distributions(rows: Sequence[Row]) -> Markup | None:
    """Error ÷ allowed by layer and precision: the middle 90 % of the arrays as a line, the median as a dot, the largest as a
    cross, in the colour of known deviations where it is one; None where no array has an error that is a number."""
    found: dict[str, dict[str, list[tuple[float, bool]]]] = {}
    for row in rows:
        dtype = "float32" if "float32" in row.case else "float64"
        for layer in dict.fromkeys(row.network.split(" -> ")):
            for a in row.agreements:
                if not a.problem and isfinite(a.error) and a.error > 0:
                    found.setdefault(layer, {}).setdefault(dtype, []).append((a.error, row.verdict == "known deviation"))
    if not found:
        return None
    names = sorted(found, reverse=True)

    def draw(made):
        axes = made.subplots()
        known = set()
        for dtype, colour, lift in (("float64", COLOURS[0], 0.14), ("float32", COLOURS[3], -0.14)):
            for place, own in ((place + lift, found[name][dtype]) for place, name in enumerate(names) if dtype in found[name]):
                low, median, high = np.quantile([error for error, _ in own], (0.05, 0.5, 0.95))
                largest, deviates = max(own)
                axes.hlines(place, low, high, color=colour, linewidth=1.6)
                axes.plot(median, place, "o", color=colour, markersize=3.4)
                axes.plot(largest, place, "x", color=KNOWN if deviates else colour, markersize=3.4)
                known |= {deviates}
            axes.plot([], [], "o", color=colour, markersize=3.4, label=dtype)
        if True in known:
            axes.plot([], [], "x", color=KNOWN, markersize=3.4, label="known deviation")
        axes.axvline(1, color=WRONG, linestyle="--", linewidth=1)
        axes.set(xscale="log", xlabel="error ÷ allowed error (1: as much as rounding allows)", ylim=(-0.7, len(names) - 0.3))
        powers_of_ten(axes.xaxis)
        axes.set_yticks(range(len(names)), map(label, names))
        axes.tick_params(axis="y", labelsize=8, length=0)
        made.legend(loc="outside upper right", ncols=3)

    return figure(draw, "Errors by layer and precision", f"{count(len(names), 'layer')}: middle 90 % of the arrays, median and "
                  "largest error", height=1.2 + 0.17 * len(names))


def kill_maps(kills: Iterable[Kill]) -> list[tuple[str, int, int, Markup]]:
    """(area, mistakes, cases, which case notices which mistake) for each area of the catalogue: no area's cases try another's
    mistakes."""
    areas: dict[str, list[Kill]] = {}
    for kill in kills:
        areas.setdefault(kill.area, []).append(kill)
    return [(area, len(own), len(cases), kill_map(area, own, cases)) for area, own in areas.items()
            if (cases := list(dict.fromkeys(name for kill in own for name in kill.noticed_by)))]


def kill_map(area: str, kills: Sequence[Kill], cases: Sequence[str]) -> Markup:
    """Mistakes × cases as a heat map: dark where the case notices, light where it does not, nothing where it was not tried. Every
    mistake is named, and the cases where there is room."""
    place = {name: i for i, name in enumerate(cases)}
    shades = np.zeros((len(kills), len(cases), 4), np.uint8)
    for line, kill in zip(shades, kills, strict=True):
        for name, seen in kill.noticed_by.items():
            line[place[name]] = (0x1B, 0x6C, 0xA8, 255) if seen else (0x8A, 0x94, 0x9E, 90)
    named = len(cases) <= CASES_NAMED
    high = max(0.5, 0.14 * len(kills)) + (0.06 * max(map(len, cases)) if named else 0.3)

    def draw(made):
        axes = made.subplots()
        axes.imshow(shades, aspect="auto", interpolation="nearest", extent=(0.5, len(cases) + 0.5, len(kills) + 0.5, 0.5))
        axes.grid(False)
        axes.set_yticks(range(1, len(kills) + 1), [label(kill.id) for kill in kills], fontsize=7)
        axes.tick_params(length=0)
        if named:
            axes.set_xticks(range(1, len(cases) + 1), map(label, cases), fontsize=7, rotation=90)
        else:
            axes.set_xlabel(f"case, of {len(cases):,}")
            axes.xaxis.get_major_locator().set_params(integer=True)

    noticed = sum(bool(kill.noticed) for kill in kills)
    return figure(draw, f"Which case notices which mistake: {area}", f"{noticed} of {count(len(kills), 'mistake')} are noticed "
                  f"by at least one of {count(len(cases), 'case')}", height=0.4 + high)


def drift(histories: Sequence[History]) -> Markup | None:
    """A line for each older release: the share of questions on which it computes what today's does, of those that both answer;
    None where no older release was recorded."""
    lines = [(f"{own.column} {release_of(version)}", alike, both) for own in histories
             for version, (alike, both) in zip(own.versions[:-1], own.as_today) if both]
    if not lines:
        return None

    def draw(made):
        axes = made.subplots()
        for place, (_, alike, both) in enumerate(reversed(lines)):
            axes.hlines(place, 100 * alike / both, 100, color=COLOURS[0], linewidth=1.6)
            axes.plot(100 * alike / both, place, "o", color=COLOURS[0], markersize=4)
            axes.annotate(f"{alike} of {both}", (100 * alike / both, place), (-6, 0), textcoords="offset points", ha="right",
                          va="center", fontsize=8)
        axes.set_yticks(range(len(lines)), [label(name) for name, *_ in reversed(lines)])
        axes.tick_params(axis="y", labelsize=8, length=0)
        axes.set(xlabel="answers that are today's (%)", xlim=(min(100 * alike / both for _, alike, both in lines) - 2, 100),
                 ylim=(-0.6, len(lines) - 0.4))

    return figure(draw, "Drift over releases", "; ".join(f"{name}: {alike} of {both}" for name, alike, both in lines),
                  height=1 + 0.2 * len(lines))


def release_of(version: str) -> str:
    """"3.0.5" of "keras 3.0.5, tensorflow 2.21.0"."""
    return version.partition(",")[0].rpartition(" ")[2]


def ink_on(paper: Sequence[float]) -> str:
    """White or black, whichever is read better on a colour: WCAG's contrast ratios are equal, 4.6, at a luminance of 0.179."""
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in paper[:3])
    return "#ffffff" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.179 else "#000000"


def agreement(columns: Sequence[str], cells: Mapping[str, Mapping]) -> Markup | None:
    """The share of conventions on which two columns compute the same variant, of those on which both compute one; None where
    nothing was measured."""
    alike, both = (np.zeros((len(columns), len(columns)), int) for _ in range(2))
    for own in cells.values():
        variants = [own[name].variant if name in own else None for name in columns]
        for i, one in enumerate(variants):
            for j, other in enumerate(variants):
                if one is not None and other is not None:
                    both[i, j] += 1
                    alike[i, j] += one is other
    if not both.any():
        return None
    share = np.where(both > 0, alike / np.maximum(both, 1), np.nan)

    def draw(made):
        axes = made.subplots()
        drawn = axes.imshow(100 * share, cmap="Blues", vmin=0, vmax=100)
        for (i, j), n in np.ndenumerate(both):
            if n:
                axes.text(j, i, f"{100 * share[i, j]:.0f} %\nof {n}", ha="center", va="center", fontsize=8,
                          color=ink_on(drawn.cmap(share[i, j])))
        axes.set_xticks(range(len(columns)), columns, rotation=30, ha="right")
        axes.set_yticks(range(len(columns)), columns)
        axes.grid(False)
        axes.spines[:].set_visible(False)
        made.colorbar(drawn, label="conventions computed alike (%)", shrink=0.8)

    return figure(draw, "Agreement of the frameworks' defaults", "; ".join(
        f"{one} and {other}: {alike[i, j]} of {both[i, j]}" for i, one in enumerate(columns)
        for j, other in enumerate(columns) if i < j and both[i, j]), height=5.2)
