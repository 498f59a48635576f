"""What goes wrong in where a pooling layer's windows lie and in which of their cells win, on the way back most of all.

Families: windows of the way back placed one step apart, or with a size that is computed anew; near maxima within a tolerance;
ties read by columns; a maximum that starts at zero or runs over the channels too.
"""

import numpy as np

from nnparity.reference_impl.layers.pooling import by_tap, pool_windows
from nnparity.reference_impl.mistakes.edit import Line
from nnparity.reference_impl.mistakes.entries.pooling import (
    AVERAGE,
    AVERAGE_WALK,
    MAX,
    MAX_ADD,
    MAX_WALK,
    MAXIMUM,
    ROUTED,
    SHARE,
    SPREAD,
    STRIDED,
    backward,
    forward,
)

TAPS = Line("max_pool", "taps = by_tap(slide.view(slide.pad(x, value=-np.inf)), slide)")
RETURNED = Line("max_pool", 'return {"y": y}, vjp')
CLOSE = 'by_tap(windows(layer, slide.length, slide.size, 1, "valid").view(dx)[..., *map(slice, slide.out)], slide)'
NO_STRIDE = {"symptom": "All gradients are crowded together at the beginning; the end of x gets none.",
             "fix": "Window i begins at i · stride, on the way back too."}


def max_of(case):
    """(cells (windows' cells, ...), maxima) of a case that is one max pooling layer; None for any other."""
    if len(case.network) != 1 or case.network[0].kind not in MAX:
        return None
    (layer,), x = case.network, case.inputs["x"]
    config = {"stride": None, "padding": "valid", **layer.config}
    slide = pool_windows(layer.kind, int(layer.kind[-2]), x, config["size"], config["stride"], config["padding"])
    taps = np.stack(by_tap(slide.view(slide.pad(x, value=-np.inf)), slide))
    return taps, taps.max(0)


def near_maxima(tolerance):
    """Whether a window has another cell so near to its maximum and not equal to it. Of a chain the numbers are not known."""
    def shows(case):
        if (found := max_of(case)) is None:
            return False
        taps, y = found
        return bool(((np.abs(taps - y) < tolerance) & (taps != y)).any())
    return shows


def starts_below_zero(case):
    found = max_of(case)
    return found is None or bool((found[1] < 0).any())


def tolerant(tolerance):
    return backward(id=f"max-within-{tolerance:g}",
                    title=f"every cell as close to the maximum as {tolerance:g} gets its gradient",
                    edit=MAX_ADD.becomes(f"tap += dy * (np.abs(taps[u] - y) < {tolerance})"),
                    symptom="Right for most windows; where two cells are nearly equal both get the gradient.",
                    fix="Remember the index of the maximum; or compare with ==, and mind ties.",
                    correct=ROUTED, mistaken=ROUTED.replace(r"q = \arg\max", rf"|x_q - y_p| < {tolerance:g}"),
                    kinds=MAX, shows=near_maxima(tolerance), case="max_pool2d-overlap-float64")


def by_columns(which, sign):
    order = f"(order := np.arange(len(taps)).reshape(slide.size).T.ravel(){sign})"
    return backward(id=f"tie-{which}-by-columns", title=f"of equal maxima the {which} one column by column gets the gradient",
                    edit=MAX_ADD.becomes(f"tap += dy * ({order}[np.argmax([taps[k] == y for k in order], axis=0)] == u)"),
                    symptom="Right without ties. The window was transposed, or read in Fortran's order, before its argmax.",
                    fix="Frameworks take the first maximum row by row.",
                    correct=ROUTED, mistaken=ROUTED.replace(r"\arg\max", r"\text{" + which + r"} \arg\max^\top"),
                    kinds=("max_pool2d",), only=("ties",), case="max_pool2d-ties-float64")


MISTAKES = (
    backward(id="max-stride-back", title="stride ignored in the gradient (maximum): windows placed one step apart",
             edit=MAX_WALK.replacing("by_tap(slide.view(dx), slide)", CLOSE), **NO_STRIDE,
             correct=ROUTED, mistaken=ROUTED.replace(r"\arg\max", r"p + u"), kinds=MAX,
             blind=("max_pool1d-global", "max_pool2d-global")),
    backward(id="average-stride-back", title="stride ignored in the gradient (average): windows placed one step apart",
             edit=AVERAGE_WALK.replacing("by_tap(slide.view(dx), slide)", CLOSE), **NO_STRIDE,
             correct=SPREAD, mistaken=SPREAD.replace(r"p \ni q", r"p \leq q < p + k"), kinds=AVERAGE,
             blind=("average_pool1d-global", "average_pool2d-global")),
    backward(id="average-size-anew", title="size and stride of the way back computed anew, as input over output length (average)",
             edit=SHARE.becomes("anew = tuple(n // o for n, o in zip(x.shape[-axes:], y.shape[-axes:]))\n"
                                '        share = cotangents["y"] / np.prod(anew)'),
             also=(AVERAGE_WALK.becomes(
                 'for tap in by_tap((again := windows(layer, slide.length, anew, anew, "valid")).view(dx)'
                 "[..., *map(slice, slide.out)], again):"),),
             symptom="Right where windows lie side by side and fill the input.",
             fix="Keep the size and the stride of the way forward.",
             correct=SPREAD, mistaken=SPREAD.replace("n_p", r"\lfloor n / P \rfloor"),
             kinds=AVERAGE, config={**STRIDED, "padding": "valid"}),
    backward(id="max-upstream-sliced", title="a slice of dL/dy, at the window's place in x, in place of the window's own number",
             edit=MAX_WALK.becomes("cut = np.zeros_like(dx)\n"
                                   "        cut[..., *map(slice, y.shape[-axes:])] = dy\n"
                                   "        own = by_tap(slide.view(cut), slide)\n"
                                   "        for u, tap in enumerate(by_tap(slide.view(dx), slide)):"),
             also=(MAX_ADD.becomes("tap += own[u] * (winner == u)"),),
             symptom="A shape error, or where the slice is broadcast none; windows beyond the size of y get nothing.",
             fix="dy[b, c, i, j], one number for window (i, j); the slice i·s : i·s + k belongs to x and dx.",
             correct=ROUTED, mistaken=ROUTED.replace("y_p", "y_q"), kinds=MAX),
    *map(tolerant, (0.1, 0.01)),
    *(by_columns(which, sign) for which, sign in (("first", ""), ("last", "[::-1]"))),
    forward(id="max-from-zero", title="the running maximum starts at zero: negative maxima are lost",
            edit=RETURNED.becomes('return {"y": np.where(y.real > 0, y, 0)}, vjp'),
            symptom="Right as long as every window holds a positive number, as behind a ReLU.",
            fix="Start from the first cell, or from minus infinity.",
            correct=MAXIMUM, mistaken=r"y_p = \max(0, \max_u x_{ps+u})", kinds=MAX, shows=starts_below_zero,
            config={"padding": "valid"}, case="max_pool2d-generic-float64"),
    forward(id="max-over-channels", title="the maximum of a window is taken over all channels",
            edit=TAPS.replacing("slide.pad(x, value=-np.inf)",
                                "slide.pad(np.broadcast_to(np.take_along_axis(x, x.real.argmax(-axes - 1, keepdims=True), "
                                "-axes - 1), x.shape).copy(), value=-np.inf)"),
            symptom="Every channel is the same; right for one.",
            fix="A window has one channel: x[b, c, i:i+k, j:j+k].",
            correct=r"y_{cp} = \max_u x_{c, ps+u}", mistaken=r"y_{cp} = \max_{c', u} x_{c', ps+u}", kinds=MAX),
    forward(id="average-over-channels", title="the average of a window is taken over all channels",
            edit=Line("average_pool", "slide.view(slide.pad(x))").becomes(
                "slide.view(slide.pad(x.mean(-axes - 1, keepdims=True) + np.zeros_like(x)))"),
            symptom="Every channel is the same; right for one.",
            fix="A window has one channel: x[b, c, i:i+k, j:j+k].",
            correct=r"y_{cp} = \frac{1}{k} \sum_u x_{c, ps+u}", mistaken=r"y_{cp} = \frac{1}{C k} \sum_{c', u} x_{c', ps+u}",
            kinds=AVERAGE),
)
