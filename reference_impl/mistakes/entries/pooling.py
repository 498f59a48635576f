"""What goes wrong in pooling. Each entry changes a line of reference_impl/layers/pooling.py or windows.py."""

from nnparity.reference_impl.mistakes.mistake import Mistake

MAX, AVERAGE = ("max_pool1d", "max_pool2d"), ("average_pool1d", "average_pool2d")
BOTH = MAX + AVERAGE
EXPLICIT = (((1, 1),), ((0, 2), (2, 1)), ((1, 1), (2, 2)), ((1, 0), (2, 1)))
PADDED = {"padding": ("same", "same_lower", *EXPLICIT)}
STRIDED = {"stride": (2, 3, (2, 1), (2, 3))}


def forward(id, title, right, wrong, symptom, fix, correct, mistaken, kinds, **about):
    return _mistake("forward", id, title, right, wrong, symptom, fix, correct, mistaken, kinds, about)


def backward(id, title, right, wrong, symptom, fix, correct, mistaken, kinds, **about):
    return _mistake("backward", id, title, right, wrong, symptom, fix, correct, mistaken, kinds, about)


def _mistake(part, id, title, right, wrong, symptom, fix, correct, mistaken, kinds, about):
    about = {"case": f"{kinds[-1]}-overlap-float64", "module": "layers.pooling", **about}
    return Mistake(id=f"pool-{id}", area="pooling", part=part, title=title, right=right, wrong=wrong, symptom=symptom, fix=fix,
                   correct=correct, mistaken=mistaken, kinds=kinds, **about)


BETTER = "better = tap.real > y.real"
LARGER = "np.maximum(y, tap, out=y)"
STRIDE = "size if stride is None else stride"
MEAN = "y = sum(by_tap(slide.view(slide.pad(x)), slide)) / n"
MAX_WALK = "for u, tap in enumerate(by_tap(slide.view(dx), slide)):"
MAX_ADD = "tap += dy * (winner == u)"
AVERAGE_WALK = "for tap in by_tap(slide.view(dx), slide):"
AVERAGE_ADD = "tap += share"
SHARE = 'share = cotangents["y"] / n'
DIVISOR = 'slide.pad(np.ones(x.shape[-axes:]))'
MAX_DY = 'dy = cotangents["y"]\n        dx'
FIT = """dy = np.zeros(y.shape, y.dtype)
        both = tuple(map(slice, np.minimum(y.shape, cotangents["y"].shape)))
        dy[both] = cotangents["y"][both]
        """
FITTED = ((MAX_DY, FIT + "dx"), (SHARE, FIT + "share = dy / n"))
FITTED_MAX, FITTED_AVERAGE = (FITTED[0],), (FITTED[1],)

MAXIMUM = r"y_p = \max_u x_{ps+u}"
AVERAGED = r"y_p = \frac{1}{n_p} \sum_u x_{ps+u}"
ROUTED = r"\frac{\partial L}{\partial x_q} = \sum_p \left[q = \arg\max\right] \frac{\partial L}{\partial y_p}"
SPREAD = r"\frac{\partial L}{\partial x_q} = \sum_{p \ni q} \frac{1}{n_p} \frac{\partial L}{\partial y_p}"

FORWARD = (
    forward("minimum", "minimum instead of maximum", BETTER, BETTER.replace(">", "<"), "No output is right.",
            "Take the maximum.", MAXIMUM, MAXIMUM.replace("max", "min"), MAX, also=((LARGER, LARGER.replace("maximum", "minimum")),),
            config={"padding": "valid"}),
    forward("largest-magnitude", "largest magnitude instead of maximum", BETTER, "better = abs(tap) > abs(y)",
            "Negative outputs where a window holds a large negative number.", "Compare the numbers, not their magnitudes.",
            MAXIMUM, r"y_p = x_{ps+u}, \; u = \arg\max |x_{ps+u}|", MAX, config={"padding": "valid"},
            also=((LARGER, "np.where(better, tap, y)"),), blind=("ties",)),
    forward("max-averages", "average instead of maximum", 'return max_pool("max_pool1d"', 'return average_pool("max_pool1d"',
            "Outputs too small, gradients spread.", "Take the maximum of each window.", MAXIMUM, AVERAGED, MAX,
            also=(('return max_pool("max_pool2d"', 'return average_pool("max_pool2d"'),)),
    forward("average-takes-max", "maximum instead of average", 'return average_pool("average_pool1d", 1, inputs["x"], **config)',
            'return max_pool("average_pool1d", 1, inputs["x"], **{k: v for k, v in config.items() if k != "divisor"})',
            "Outputs too large.", "Take the average of each window.", AVERAGED, MAXIMUM, AVERAGE,
            also=(('return average_pool("average_pool2d", 2, inputs["x"], **config)',
                   'return max_pool("average_pool2d", 2, inputs["x"], **{k: v for k, v in config.items() if k != "divisor"})'),)),
    forward("padding-zero", "padding with zeros competes in the maximum", "slide.pad(x, value=-np.inf)", "slide.pad(x)",
            "Right at the border as long as the numbers are positive, as after a ReLU.", "Pad with minus infinity.",
            r"\tilde{x}_{-1} = -\infty", r"\tilde{x}_{-1} = 0", MAX, config=PADDED, case="max_pool2d-same-float64"),
    forward("stride-given-ignored", "given stride ignored: windows moved by their size", STRIDE, "size",
            "The output has too few positions.", "Window p starts at p times the stride.", r"x_{p \cdot s + u}", r"x_{p \cdot k + u}", BOTH,
            config=STRIDED, also=FITTED),
    forward("stride-one", "windows moved by one cell where no stride was given", STRIDE, "1 if stride is None else stride",
            "The output has too many positions.", "Without a stride the windows stand side by side.", r"x_{p \cdot k + u}", r"x_{p \, + u}", BOTH,
            config={"stride": None}, also=FITTED, case="max_pool2d-generic-float64", blind=("-global-",)),
    forward("strides-exchanged", "strides of height and width exchanged", STRIDE, "size if stride is None else stride[::-1]",
            "The output has another shape.", "stride = (along height, along width)", r"x_{p \cdot s_1 + u, \, q \cdot s_2 + v}",
            r"x_{p \cdot s_2 + u, \, q \cdot s_1 + v}", ("max_pool2d", "average_pool2d"), config={"stride": ((2, 1), (2, 3))}, also=FITTED),
    forward("size-exchanged", "height and width of the window exchanged",
            'size = lengths if isinstance(size, str) and size == "global" else size',
            'size = lengths if isinstance(size, str) and size == "global" else tuple(size)[::-1]',
            "The output has another shape.", "size = (height, width)", r"u < k_1, \; v < k_2", r"u < k_2, \; v < k_1",
            ("max_pool2d", "average_pool2d"), config={"size": ((2, 3), (4, 3), (2, 4), (3, 4), (3, 2)), "padding": ("valid", "same", "same_lower")},
            also=FITTED),
    forward("incomplete-window-kept", "incomplete last window kept", "slide = pool_windows(layer, axes, x, size, stride, padding)\n"
            "    taps",
            "slide = pool_windows(layer, axes, x, size, stride, padding)\n"
            "    more = [(0, -(n - k) % s) for n, k, s in zip(slide.length, slide.size, slide.stride)]\n"
            "    slide = windows(layer, x.shape[-axes:], slide.size, slide.stride, tuple(more))\n    taps",
            "The output is longer: ceil_mode of PyTorch.", "Drop a window that does not fit, or pad.",
            r"\left\lfloor \frac{n-k}{s} \right\rfloor + 1", r"\left\lceil \frac{n-k}{s} \right\rceil + 1", MAX,
            config={"padding": "valid", "size": (2, 3, (2, 3), 4, (4, 3))}, also=FITTED_MAX),
    forward("incomplete-window-averaged", "incomplete last window averaged too",
            'slide = pool_windows(layer, axes, x, size, stride, padding)\n    counted = np.ones(slide.length) if divisor == "window" '
            'else slide.pad(np.ones(x.shape[-axes:]))',
            "slide = pool_windows(layer, axes, x, size, stride, padding)\n"
            "    more = [(0, -(n - k) % s) for n, k, s in zip(slide.length, slide.size, slide.stride)]\n"
            "    slide = windows(layer, x.shape[-axes:], slide.size, slide.stride, tuple(more))\n"
            "    counted = slide.pad(np.ones(x.shape[-axes:]))",
            "The output is longer: ceil_mode of PyTorch.", "Drop a window that does not fit, or pad.",
            r"\left\lfloor \frac{n-k}{s} \right\rfloor + 1", r"\left\lceil \frac{n-k}{s} \right\rceil + 1", AVERAGE,
            config={"padding": "valid", "size": (2, 3, (2, 3), 4, (4, 3))}, also=FITTED_AVERAGE),
    forward("not-divided", "sum instead of average", MEAN, MEAN.removesuffix(" / n"), "Too large by the size of the window.",
            "Divide by the number of cells.", AVERAGED, r"y_p = \sum_u x_{ps+u}", AVERAGE),
    forward("divided-by-height", "divided by the height of the window only", MEAN, MEAN.replace("/ n", "/ slide.size[0]"),
            "Too large by the width of the window.", "Divide by the number of cells, height times width.", AVERAGED,
            AVERAGED.replace("n_p", "k_1"), ("average_pool2d",)),
    forward("divided-by-stride", "divided by the stride instead of the window", MEAN, MEAN.replace("/ n", "/ np.prod(slide.stride)"),
            "Right where windows stand side by side.", "Divide by the number of cells of the window.", AVERAGED,
            AVERAGED.replace("n_p", "s"), AVERAGE, config=STRIDED),
)

BACKWARD = (
    backward("tie-to-all", "every one of several equal maxima gets the whole gradient", MAX_ADD, "tap += dy * (taps[u] == y)",
             "Right without ties; whole-number images and ReLU zeros are full of them.", "Send it to the first maximum.", ROUTED,
             ROUTED.replace(r"\arg\max", r"\text{a maximum}"), MAX, only=("ties",), case="max_pool2d-ties-float64"),
    backward("tie-shared", "gradient of a tie shared evenly among the maxima", MAX_ADD,
             "tap += dy * (taps[u] == y) / sum(t == y for t in taps)",
             "Right without ties. Reductions like amax do this; pooling layers send it to the first.", "Send it to the first maximum.",
             ROUTED, ROUTED.replace(r"\arg\max\right]", r"\text{a maximum}\right] \frac{1}{m_p}"), MAX, only=("ties",),
             case="max_pool2d-ties-float64"),
    backward("tie-to-last", "gradient of a tie sent to the last maximum", MAX_ADD,
             "tap += dy * (len(taps) - 1 - np.argmax([t == y for t in reversed(taps)], axis=0) == u)", "Right without ties.",
             "Send it to the first maximum: compare with >, not >=.", ROUTED,
             ROUTED.replace(r"\arg\max", r"\text{last } \arg\max"), MAX, only=("ties",), case="max_pool2d-ties-float64"),
    backward("to-first-cell", "gradient sent to the first cell of each window", MAX_ADD, "tap += dy * (u == 0)",
             "Right where the first cell is the maximum.", "Remember the index of each maximum.", ROUTED,
             ROUTED.replace(r"\arg\max", "ps"), MAX),
    backward("to-every-cell", "gradient sent to every cell of the window", MAX_ADD, "tap += dy",
             "Far too large.", "Only the maximum gets the gradient.", ROUTED, ROUTED.replace(r"q = \arg\max", r"q \in p"), MAX),
    backward("max-spread", "gradient of the maximum spread evenly", MAX_ADD, "tap += dy / len(taps)",
             "The backward pass of average pooling.", "Only the maximum gets the gradient.", ROUTED, SPREAD, MAX),
    backward("columns-first", "index of the maximum read column by column", MAX_ADD,
             "tap += dy * (np.arange(len(taps)).reshape(slide.size[::-1]).T.ravel()[winner] == u)",
             "The gradient lands at another cell of the right window.", "argmax of a flattened window counts row by row.",
             r"u = i \cdot k_2 + j", r"u = j \cdot k_1 + i", ("max_pool2d",)),
    backward("columns-first-back", "index of the maximum counted row by row, placed column by column", MAX_ADD,
             "tap += dy * (np.arange(len(taps)).reshape(slide.size).T.ravel()[winner] == u)",
             "The gradient lands at another cell of the right window.", "Row u // width, column u % width.",
             r"i = \left\lfloor \frac{u}{k_2} \right\rfloor", r"i = u \bmod k_1", ("max_pool2d",)),
    backward("max-overwritten", "overlapping windows overwrite each other's gradient", MAX_ADD,
             "tap[winner == u] = dy[winner == u]", "Right where no cell is the maximum of two windows.",
             "Use += : a cell may win in several windows.", ROUTED, ROUTED.replace(r"\sum_p", r"\text{last}_p"), MAX,
             also=((MAX_WALK, "for u, tap in reversed(list(enumerate(by_tap(slide.view(dx), slide)))):"),), config=STRIDED),
    backward("max-window-overwritten", "each window overwrites the gradients of the window before", MAX_ADD,
             "tap[...] = dy * (winner == u)", "Cells that won in an earlier window lose their gradient.",
             "Use += : windows overlap.", ROUTED, ROUTED.replace(r"\sum_p", r"\text{last}_p"), MAX,
             also=((MAX_WALK, "for u, tap in reversed(list(enumerate(by_tap(slide.view(dx), slide)))):"),), config=STRIDED),
    backward("max-times-value", "gradient multiplied by the maximum", MAX_ADD, "tap += dy * y * (winner == u)",
             "The mask of the maximum holds the values instead of ones.", "The derivative of a maximum is one.", ROUTED,
             ROUTED + " y_p", MAX),
    backward("max-padding-kept", "gradient cut from the padded one at its start (maximum)", MAX_ADD + '\n        return {"x": slide.unpad(dx)}',
             MAX_ADD + '\n        return {"x": dx[..., *(slice(n) for n in x.shape[-axes:])]}', "The gradient is shifted by the padding.",
             "Leave out the padding before the first cell as well.", r"\frac{\partial L}{\partial x_q} = d\tilde{x}_{q+P}",
             r"\frac{\partial L}{\partial x_q} = d\tilde{x}_q", MAX, config=PADDED, case="max_pool2d-same-float64"),
    backward("average-not-divided", "gradient of the average not divided", SHARE, SHARE.removesuffix(" / n"),
             "Too large by the size of the window.", "Each cell enters the average with the factor 1/n.", SPREAD,
             SPREAD.replace(r"\frac{1}{n_p} ", ""), AVERAGE),
    backward("average-divided-by-window", "gradient divided by the whole window, padding included", SHARE,
             SHARE.replace("/ n", "/ len(by_tap(slide.view(slide.pad(x)), slide))"), "Wrong at the border only.",
             "Divide by what the forward pass divided by.", SPREAD, SPREAD.replace("n_p", "k"), AVERAGE,
             config={"divisor": "cells"}, case="average_pool2d-same-cells-float64"),
    backward("average-divided-by-height", "gradient divided by the height of the window only", SHARE,
             SHARE.replace("/ n", "/ slide.size[0]"), "Too large by the width of the window.", "Divide by height times width.", SPREAD,
             SPREAD.replace("n_p", "k_1"), ("average_pool2d",)),
    backward("average-overwritten", "overlapping averages overwrite each other's gradient", AVERAGE_ADD, "tap[...] = share",
             "Right where windows do not overlap.", "Use += : a cell belongs to several windows.", SPREAD,
             SPREAD.replace(r"\sum_{p \ni q}", r"\text{last}_{p \ni q}"), AVERAGE,
             also=((AVERAGE_WALK, "for tap in reversed(by_tap(slide.view(dx), slide)):"),), config=STRIDED),
    backward("average-to-centre", "gradient of the average sent to the first cell only", AVERAGE_ADD,
             "tap += cotangents[\"y\"] * (tap is first)", "The other cells of a window get nothing.",
             "Every cell of the window gets its share.", SPREAD, SPREAD.replace(r"p \ni q", "ps = q"), AVERAGE,
             also=((AVERAGE_WALK, "taps = by_tap(slide.view(dx), slide)\n        first = taps[0]\n        for tap in taps:"),)),
    backward("average-padding-kept", "gradient cut from the padded one at its start (average)",
             AVERAGE_ADD + '\n        return {"x": slide.unpad(dx)}',
             AVERAGE_ADD + '\n        return {"x": dx[..., *(slice(n) for n in x.shape[-axes:])]}', "The gradient is shifted by the padding.",
             "Leave out the padding before the first cell as well.", r"\frac{\partial L}{\partial x_q} = d\tilde{x}_{q+P}",
             r"\frac{\partial L}{\partial x_q} = d\tilde{x}_q", AVERAGE, config=PADDED, case="average_pool2d-same-cells-float64"),
)

MISTAKES = FORWARD + BACKWARD
