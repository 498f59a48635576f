"""What goes wrong in pooling. Each entry changes a line of reference_impl/layers/pooling.py or windows.py."""

from functools import partial

from nnparity.reference_impl.mistakes.edit import Edit, Line
from nnparity.reference_impl.mistakes.mistake import Mistake

MAX, AVERAGE = ("max_pool1d", "max_pool2d"), ("average_pool1d", "average_pool2d")
BOTH = MAX + AVERAGE
EXPLICIT = (((1, 1),), ((0, 2), (2, 1)), ((1, 1), (2, 2)), ((1, 0), (2, 1)))
PADDED = {"padding": ("same", "same_lower", *EXPLICIT)}
STRIDED = {"stride": (2, 3, (2, 1), (2, 3))}


def entry(*, id, kinds, case="", **fields):
    return Mistake(id=f"pool-{id}", area="pooling", module="layers.pooling", kinds=kinds,
                   case=case or f"{kinds[-1]}-overlap-float64", **fields)


forward, backward = partial(entry, part="forward"), partial(entry, part="backward")

BETTER = Line("max_pool", "better = tap.real > y.real")
LARGER = Line("max_pool", "np.maximum(y, tap, out=y)")
STRIDE = Line("pool_windows", "size if stride is None else stride")
MEAN = Line("average_pool", "y = sum(by_tap(slide.view(slide.pad(x)), slide)) / n")
MAX_WALK = Line("max_pool.vjp", "for u, tap in enumerate(by_tap(slide.view(dx), slide)):")
MAX_ADD = Line("max_pool.vjp", "tap += dy * (winner == u)")
AVERAGE_WALK = Line("average_pool.vjp", "for tap in by_tap(slide.view(dx), slide):")
AVERAGE_ADD = Line("average_pool.vjp", "tap += share")
SHARE = Line("average_pool.vjp", 'share = cotangents["y"] / n')

DIVISOR = 'slide.pad(np.ones(x.shape[-axes:]))'

MAX_DY = Line("max_pool.vjp", 'dy = cotangents["y"]\n        dx')

FIT = """dy = np.zeros(y.shape, y.dtype)
        both = tuple(map(slice, np.minimum(y.shape, cotangents["y"].shape)))
        dy[both] = cotangents["y"][both]
        """
FITTED_MAX, FITTED_AVERAGE = (MAX_DY.becomes(f"{FIT}dx"),), (SHARE.becomes(f"{FIT}share = dy / n"),)
FITTED = FITTED_MAX + FITTED_AVERAGE

MAXIMUM = r"y_p = \max_u x_{ps+u}"
AVERAGED = r"y_p = \frac{1}{n_p} \sum_u x_{ps+u}"
ROUTED = r"\frac{\partial L}{\partial x_q} = \sum_p \left[q = \arg\max\right] \frac{\partial L}{\partial y_p}"
SPREAD = r"\frac{\partial L}{\partial x_q} = \sum_{p \ni q} \frac{1}{n_p} \frac{\partial L}{\partial y_p}"

FORWARD = (
    forward(id="minimum", title="minimum instead of maximum",
            edit=BETTER.replacing(">", "<"),
            also=(LARGER.replacing("maximum", "minimum"),),
            symptom="No output is right.",
            fix="Take the maximum.",
            correct=MAXIMUM, mistaken=MAXIMUM.replace("max", "min"),
            kinds=MAX, config={"padding": "valid"}),
    forward(id="largest-magnitude", title="largest magnitude instead of maximum",
            edit=BETTER.becomes("better = abs(tap) > abs(y)"),
            also=(LARGER.becomes("np.where(better, tap, y)"),),
            symptom="Negative outputs where a window holds a large negative number.",
            fix="Compare the numbers, not their magnitudes.",
            correct=MAXIMUM, mistaken=r"y_p = x_{ps+u}, \; u = \arg\max |x_{ps+u}|",
            kinds=MAX, config={"padding": "valid"}, blind=("ties",)),
    forward(id="max-averages", title="average instead of maximum",
            edit=Edit(function="max_pool1d", right='return max_pool("max_pool1d"', wrong='return average_pool("max_pool1d"'),
            also=(Edit(function="max_pool2d", right='return max_pool("max_pool2d"', wrong='return average_pool("max_pool2d"'),),
            symptom="Outputs too small, gradients spread.",
            fix="Take the maximum of each window.",
            correct=MAXIMUM, mistaken=AVERAGED,
            kinds=MAX),
    forward(id="average-takes-max", title="maximum instead of average",
            edit=Edit(function="average_pool1d", right='return average_pool("average_pool1d", 1, inputs["x"], **config)',
                      wrong='return max_pool("average_pool1d", 1, inputs["x"], **{k: v for k, v in config.items() '
                            'if k != "divisor"})'),
            also=(Edit(function="average_pool2d", right='return average_pool("average_pool2d", 2, inputs["x"], **config)',
                       wrong='return max_pool("average_pool2d", 2, inputs["x"], **{k: v for k, v in config.items() '
                             'if k != "divisor"})'),),
            symptom="Outputs too large.",
            fix="Take the average of each window.",
            correct=AVERAGED, mistaken=MAXIMUM,
            kinds=AVERAGE),
    forward(id="padding-zero", title="padding with zeros competes in the maximum",
            edit=Edit(function="max_pool", right="slide.pad(x, value=-np.inf)", wrong="slide.pad(x)"),
            symptom="Right at the border as long as the numbers are positive, as after a ReLU.",
            fix="Pad with minus infinity.",
            correct=r"\tilde{x}_{-1} = -\infty", mistaken=r"\tilde{x}_{-1} = 0",
            kinds=MAX, config=PADDED, case="max_pool2d-same-float64"),
    forward(id="stride-given-ignored", title="given stride ignored: windows moved by their size",
            edit=STRIDE.becomes("size"),
            also=FITTED,
            symptom="The output has too few positions.",
            fix="Window p starts at p times the stride.",
            correct=r"x_{p \cdot s + u}", mistaken=r"x_{p \cdot k + u}",
            kinds=BOTH, config=STRIDED),
    forward(id="stride-one", title="windows moved by one cell where no stride was given",
            edit=STRIDE.becomes("1 if stride is None else stride"),
            also=FITTED,
            symptom="The output has too many positions.",
            fix="Without a stride the windows stand side by side.",
            correct=r"x_{p \cdot k + u}", mistaken=r"x_{p \, + u}",
            kinds=BOTH, config={"stride": None}, blind=("-global-",), case="max_pool2d-generic-float64"),
    forward(id="strides-exchanged", title="strides of height and width exchanged",
            edit=STRIDE.becomes("size if stride is None else stride[::-1]"),
            also=FITTED,
            symptom="The output has another shape.",
            fix="stride = (along height, along width)",
            correct=r"x_{p \cdot s_1 + u, \, q \cdot s_2 + v}", mistaken=r"x_{p \cdot s_2 + u, \, q \cdot s_1 + v}",
            kinds=("max_pool2d", "average_pool2d"), config={"stride": ((2, 1), (2, 3))}),
    forward(id="size-exchanged", title="height and width of the window exchanged",
            edit=Edit(function="pool_windows", right='size = lengths if isinstance(size, str) and size == "global" else size',
                      wrong='size = lengths if isinstance(size, str) and size == "global" else tuple(size)[::-1]'),
            also=FITTED,
            symptom="The output has another shape.",
            fix="size = (height, width)",
            correct=r"u < k_1, \; v < k_2", mistaken=r"u < k_2, \; v < k_1",
            kinds=("max_pool2d", "average_pool2d"),
            config={"size": ((2, 3), (4, 3), (2, 4), (3, 4), (3, 2)), "padding": ("valid", "same", "same_lower")}),
    forward(id="incomplete-window-kept", title="incomplete last window kept",
            edit=Edit(function="max_pool", right="slide = pool_windows(layer, axes, x, size, stride, padding)\n    taps",
                      wrong="slide = pool_windows(layer, axes, x, size, stride, padding)\n"
                            "    more = [(0, -(n - k) % s) for n, k, s in zip(slide.length, slide.size, slide.stride)]\n"
                            "    slide = windows(layer, x.shape[-axes:], slide.size, slide.stride, tuple(more))\n"
                            "    taps"),
            also=FITTED_MAX,
            symptom="The output is longer: ceil_mode of PyTorch.",
            fix="Drop a window that does not fit, or pad.",
            correct=r"\left\lfloor \frac{n-k}{s} \right\rfloor + 1", mistaken=r"\left\lceil \frac{n-k}{s} \right\rceil + 1",
            kinds=MAX, config={"padding": "valid", "size": (2, 3, (2, 3), 4, (4, 3))}),
    forward(id="incomplete-window-averaged", title="incomplete last window averaged too",
            edit=Edit(function="average_pool",
                      right="slide = pool_windows(layer, axes, x, size, stride, padding)\n"
                            '    counted = np.ones(slide.length) if divisor == "window" else '
                            "slide.pad(np.ones(x.shape[-axes:]))",
                      wrong="slide = pool_windows(layer, axes, x, size, stride, padding)\n"
                            "    more = [(0, -(n - k) % s) for n, k, s in zip(slide.length, slide.size, slide.stride)]\n"
                            "    slide = windows(layer, x.shape[-axes:], slide.size, slide.stride, tuple(more))\n"
                            "    counted = slide.pad(np.ones(x.shape[-axes:]))"),
            also=FITTED_AVERAGE,
            symptom="The output is longer: ceil_mode of PyTorch.",
            fix="Drop a window that does not fit, or pad.",
            correct=r"\left\lfloor \frac{n-k}{s} \right\rfloor + 1", mistaken=r"\left\lceil \frac{n-k}{s} \right\rceil + 1",
            kinds=AVERAGE, config={"padding": "valid", "size": (2, 3, (2, 3), 4, (4, 3))}),
    forward(id="not-divided", title="sum instead of average",
            edit=MEAN.becomes("y = sum(by_tap(slide.view(slide.pad(x)), slide))"),
            symptom="Too large by the size of the window.",
            fix="Divide by the number of cells.",
            correct=AVERAGED, mistaken=r"y_p = \sum_u x_{ps+u}",
            kinds=AVERAGE),
    forward(id="divided-by-height", title="divided by the height of the window only",
            edit=MEAN.replacing("/ n", "/ slide.size[0]"),
            symptom="Too large by the width of the window.",
            fix="Divide by the number of cells, height times width.",
            correct=AVERAGED, mistaken=AVERAGED.replace("n_p", "k_1"),
            kinds=("average_pool2d",)),
    forward(id="divided-by-stride", title="divided by the stride instead of the window",
            edit=MEAN.replacing("/ n", "/ np.prod(slide.stride)"),
            symptom="Right where windows stand side by side.",
            fix="Divide by the number of cells of the window.",
            correct=AVERAGED, mistaken=AVERAGED.replace("n_p", "s"),
            kinds=AVERAGE, config=STRIDED),
)

BACKWARD = (
    backward(id="tie-to-all", title="every one of several equal maxima gets the whole gradient",
             edit=MAX_ADD.becomes("tap += dy * (taps[u] == y)"),
             symptom="Right without ties; whole-number images and ReLU zeros are full of them.",
             fix="Send it to the first maximum.",
             correct=ROUTED, mistaken=ROUTED.replace(r"\arg\max", r"\text{a maximum}"),
             kinds=MAX, only=("ties",), case="max_pool2d-ties-float64"),
    backward(id="tie-shared", title="gradient of a tie shared evenly among the maxima",
             edit=MAX_ADD.becomes("tap += dy * (taps[u] == y) / sum(t == y for t in taps)"),
             symptom="Right without ties. Reductions like amax do this; pooling layers send it to the first.",
             fix="Send it to the first maximum.",
             correct=ROUTED, mistaken=ROUTED.replace(r"\arg\max\right]", r"\text{a maximum}\right] \frac{1}{m_p}"),
             kinds=MAX, only=("ties",), case="max_pool2d-ties-float64"),
    backward(id="tie-to-last", title="gradient of a tie sent to the last maximum",
             edit=MAX_ADD.becomes("tap += dy * (len(taps) - 1 - np.argmax([t == y for t in reversed(taps)], axis=0) == u)"),
             symptom="Right without ties.",
             fix="Send it to the first maximum: compare with >, not >=.",
             correct=ROUTED, mistaken=ROUTED.replace(r"\arg\max", r"\text{last } \arg\max"),
             kinds=MAX, only=("ties",), case="max_pool2d-ties-float64"),
    backward(id="to-first-cell", title="gradient sent to the first cell of each window",
             edit=MAX_ADD.becomes("tap += dy * (u == 0)"),
             symptom="Right where the first cell is the maximum.",
             fix="Remember the index of each maximum.",
             correct=ROUTED, mistaken=ROUTED.replace(r"\arg\max", "ps"),
             kinds=MAX),
    backward(id="to-every-cell", title="gradient sent to every cell of the window",
             edit=MAX_ADD.becomes("tap += dy"),
             symptom="Far too large.",
             fix="Only the maximum gets the gradient.",
             correct=ROUTED, mistaken=ROUTED.replace(r"q = \arg\max", r"q \in p"),
             kinds=MAX),
    backward(id="max-spread", title="gradient of the maximum spread evenly",
             edit=MAX_ADD.becomes("tap += dy / len(taps)"),
             symptom="The backward pass of average pooling.",
             fix="Only the maximum gets the gradient.",
             correct=ROUTED, mistaken=SPREAD,
             kinds=MAX),
    backward(id="columns-first", title="index of the maximum read column by column",
             edit=MAX_ADD.becomes("tap += dy * (np.arange(len(taps)).reshape(slide.size[::-1]).T.ravel()[winner] == u)"),
             symptom="The gradient lands at another cell of the right window.",
             fix="argmax of a flattened window counts row by row.",
             correct=r"u = i \cdot k_2 + j", mistaken=r"u = j \cdot k_1 + i",
             kinds=("max_pool2d",)),
    backward(id="columns-first-back", title="index of the maximum counted row by row, placed column by column",
             edit=MAX_ADD.becomes("tap += dy * (np.arange(len(taps)).reshape(slide.size).T.ravel()[winner] == u)"),
             symptom="The gradient lands at another cell of the right window.",
             fix="Row u // width, column u % width.",
             correct=r"i = \left\lfloor \frac{u}{k_2} \right\rfloor", mistaken=r"i = u \bmod k_1",
             kinds=("max_pool2d",)),
    backward(id="max-overwritten", title="overlapping windows overwrite each other's gradient",
             edit=MAX_ADD.becomes("tap[winner == u] = dy[winner == u]"),
             also=(MAX_WALK.becomes("for u, tap in reversed(list(enumerate(by_tap(slide.view(dx), slide)))):"),),
             symptom="Right where no cell is the maximum of two windows.",
             fix="Use += : a cell may win in several windows.",
             correct=ROUTED, mistaken=ROUTED.replace(r"\sum_p", r"\text{last}_p"),
             kinds=MAX, config=STRIDED),
    backward(id="max-window-overwritten", title="each window overwrites the gradients of the window before",
             edit=MAX_ADD.becomes("tap[...] = dy * (winner == u)"),
             also=(MAX_WALK.becomes("for u, tap in reversed(list(enumerate(by_tap(slide.view(dx), slide)))):"),),
             symptom="Cells that won in an earlier window lose their gradient.",
             fix="Use += : windows overlap.",
             correct=ROUTED, mistaken=ROUTED.replace(r"\sum_p", r"\text{last}_p"),
             kinds=MAX, config=STRIDED),
    backward(id="max-times-value", title="gradient multiplied by the maximum",
             edit=MAX_ADD.becomes("tap += dy * y * (winner == u)"),
             symptom="The mask of the maximum holds the values instead of ones.",
             fix="The derivative of a maximum is one.",
             correct=ROUTED, mistaken=ROUTED + " y_p",
             kinds=MAX),
    backward(id="max-padding-kept", title="gradient cut from the padded one at its start (maximum)",
             edit=Edit(function="max_pool.vjp", right=MAX_ADD.text + '\n        return {"x": slide.unpad(dx)}',
                       wrong=MAX_ADD.text + '\n        return {"x": dx[..., *(slice(n) for n in x.shape[-axes:])]}'),
             symptom="The gradient is shifted by the padding.",
             fix="Leave out the padding before the first cell as well.",
             correct=r"\frac{\partial L}{\partial x_q} = d\tilde{x}_{q+P}",
             mistaken=r"\frac{\partial L}{\partial x_q} = d\tilde{x}_q",
             kinds=MAX, config=PADDED, case="max_pool2d-same-float64"),
    backward(id="average-not-divided", title="gradient of the average not divided",
             edit=SHARE.becomes('share = cotangents["y"]'),
             symptom="Too large by the size of the window.",
             fix="Each cell enters the average with the factor 1/n.",
             correct=SPREAD, mistaken=SPREAD.replace(r"\frac{1}{n_p} ", ""),
             kinds=AVERAGE),
    backward(id="average-divided-by-window", title="gradient divided by the whole window, padding included",
             edit=SHARE.replacing("/ n", "/ len(by_tap(slide.view(slide.pad(x)), slide))"),
             symptom="Wrong at the border only.",
             fix="Divide by what the forward pass divided by.",
             correct=SPREAD, mistaken=SPREAD.replace("n_p", "k"),
             kinds=AVERAGE, config={"divisor": "cells"}, case="average_pool2d-same-cells-float64"),
    backward(id="average-divided-by-height", title="gradient divided by the height of the window only",
             edit=SHARE.replacing("/ n", "/ slide.size[0]"),
             symptom="Too large by the width of the window.",
             fix="Divide by height times width.",
             correct=SPREAD, mistaken=SPREAD.replace("n_p", "k_1"),
             kinds=("average_pool2d",)),
    backward(id="average-overwritten", title="overlapping averages overwrite each other's gradient",
             edit=AVERAGE_ADD.becomes("tap[...] = share"),
             also=(AVERAGE_WALK.becomes("for tap in reversed(by_tap(slide.view(dx), slide)):"),),
             symptom="Right where windows do not overlap.",
             fix="Use += : a cell belongs to several windows.",
             correct=SPREAD, mistaken=SPREAD.replace(r"\sum_{p \ni q}", r"\text{last}_{p \ni q}"),
             kinds=AVERAGE, config=STRIDED),
    backward(id="average-to-centre", title="gradient of the average sent to the first cell only",
             edit=AVERAGE_ADD.becomes('tap += cotangents["y"] * (tap is first)'),
             also=(AVERAGE_WALK.becomes("taps = by_tap(slide.view(dx), slide)\n"
                                        "        first = taps[0]\n"
                                        "        for tap in taps:"),),
             symptom="The other cells of a window get nothing.",
             fix="Every cell of the window gets its share.",
             correct=SPREAD, mistaken=SPREAD.replace(r"p \ni q", "ps = q"),
             kinds=AVERAGE),
    backward(id="average-padding-kept", title="gradient cut from the padded one at its start (average)",
             edit=Edit(function="average_pool.vjp", right=AVERAGE_ADD.text + '\n        return {"x": slide.unpad(dx)}',
                       wrong=AVERAGE_ADD.text + '\n        return {"x": dx[..., *(slice(n) for n in x.shape[-axes:])]}'),
             symptom="The gradient is shifted by the padding.",
             fix="Leave out the padding before the first cell as well.",
             correct=r"\frac{\partial L}{\partial x_q} = d\tilde{x}_{q+P}",
             mistaken=r"\frac{\partial L}{\partial x_q} = d\tilde{x}_q",
             kinds=AVERAGE, config=PADDED, case="average_pool2d-same-cells-float64"),
)

MISTAKES = FORWARD + BACKWARD
