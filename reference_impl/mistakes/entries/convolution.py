"""What goes wrong in convolutions. Each entry changes a line of reference_impl/layers/convolution.py or windows.py.

Source of K01, K02, K03 and K05: document 000, first question (N01). Threads: keras#19291, keras PR 16363 (padding).
"""

from nnparity.reference_impl.mistakes.mistake import Mistake

KINDS = ("conv1d", "conv2d")
WINDOWED = (*KINDS, "max_pool1d", "max_pool2d", "average_pool1d", "average_pool2d")
STRIDED = {"stride": (2, 3, (2, 3), (1, 2))}
DILATED = {"dilation": (2, 3, (3, 1), (2, 1))}
EXPLICIT = (((3, 1),), ((1, 2), (0, 3)))
PADDED = {"padding": ("same", "same_lower", *EXPLICIT)}
ACTIVE = {"activation": ("relu", "tanh", "sigmoid")}


def forward(id, title, right, wrong, symptom, fix, correct, mistaken, **about):
    return _mistake("forward", id, title, right, wrong, symptom, fix, correct, mistaken, about)


def backward(id, title, right, wrong, symptom, fix, correct, mistaken, **about):
    return _mistake("backward", id, title, right, wrong, symptom, fix, correct, mistaken, about)


def _mistake(part, id, title, right, wrong, symptom, fix, correct, mistaken, about):
    about = {"area": "convolution", "module": "layers.convolution", "kinds": KINDS, "case": "conv2d-generic-float64", **about}
    return Mistake(id=f"conv-{id}", part=part, title=title, right=right, wrong=wrong, symptom=symptom, fix=fix, correct=correct,
                   mistaken=mistaken, **about)


MATRIX = "matrix = kernel.reshape("
VIEW = "view = slide.view(slide.pad(x))"
SLIDE = "slide = windows(layer, x.shape[-axes:], size, stride, padding, dilation)"
BIAS = 'a += params["bias"][..., None, :, *(None,) * axes]'
ACTIVATE = "y, activation_vjp = activate(layer, activation, a, options)"
MAPS = "a = a.reshape(*a.shape[:-3], F, *slide.out)"
UPSTREAM = 'da = activation_vjp(cotangents["y"])'
D_KERNEL = "d_matrix += (da[part] @ columns(part).mT).sum(0)"
D_COLUMNS = "d_columns = (matrix.mT @ da[part])"
TAPS = "taps = slide.view(dx)"
SCATTER = "taps[part, :, *u] += d_columns[:, :, *u]"
WALK = "for u in np.ndindex(*size):"
D_BIAS = 'grads["bias"] = da.sum((0, -1)).reshape(F)'
PADS = "pads = padding_pairs(layer, padding, lengths, extent, stride)"
GIVEN = "return tuple(map(tuple, padding))"

SUM = r"y_{op} = \sum_c \sum_u k_{ocu} x_{c, p+u} + b_o"
KERNEL = r"\frac{\partial L}{\partial k_{ocu}} = \sum_b \sum_p \delta_{bop} x_{bc, ps+u}"
INPUT = r"\frac{\partial L}{\partial x_{cq}} = \sum_o \sum_{ps+u=q} k_{ocu} \delta_{op}"
BIAS_GRADIENT = r"\frac{\partial L}{\partial b_o} = \sum_b \sum_p \delta_{bop}"
DELTA = r"\delta = \frac{\partial L}{\partial y} \odot f'(a)"
DENSE_VIEW = 'windows(layer, slide.length, size, 1, "valid", dilation).view({})[..., *(slice(n) for n in slide.out)]'
CLOSE_VIEW = 'windows(layer, slide.length, size, stride, "valid").view({})[..., *(slice(n) for n in slide.out)]'
WITHIN = "np.all([i < k for i, k in zip(np.indices(slide.out), size)], axis=0).ravel()"
# cases whose output map is no larger than the kernel
SMALL_MAPS = ("conv1d-square", "conv2d-square", "conv1d-dilation-", "conv2d-stride2-", "conv2d-dilation-float",
              "conv2d-same_lower-")

# where the output has another shape than the upstream gradient, the part that both have is used, as a loop over dy would
FIT = (UPSTREAM, """dy = np.zeros(y.shape, y.dtype)
        both = tuple(map(slice, np.minimum(y.shape, cotangents["y"].shape)))
        dy[both] = cotangents["y"][both]
        da = activation_vjp(dy)""")

FORWARD = (
    forward("kernel-flipped", "kernel flipped: a convolution in the mathematical sense", MATRIX,
            "matrix = np.flip(kernel, tuple(range(-axes, 0))).reshape(",
            "Every output is off; a symmetric kernel hides it.",
            "Layers called convolution compute a correlation: do not turn the kernel (scipy.signal.convolve does, correlate does not).",
            r"y_p = \sum_u k_u x_{p+u}", r"y_p = \sum_u k_u x_{p-u}"),
    forward("one-channel-each", "each filter paired with one input channel only", MATRIX,
            "matrix = (kernel * (np.arange(I) == np.arange(F)[:, None] % I)[..., *(None,) * axes]).reshape(",
            "Filter o sees channel o and nothing of the others; with one channel it is right.",
            "Sum over all input channels inside every filter.", SUM, r"y_{op} = \sum_u k_{oou} x_{o, p+u} + b_o", source="K05",
            case="n01-cnn-square-float64"),
    forward("first-channel-only", "only the first input channel is convolved", MATRIX,
            "matrix = (kernel * (np.arange(I) == 0)[:, *(None,) * axes]).reshape(",
            "Right for grey images, wrong for colour.", "Sum over all input channels.", SUM,
            r"y_{op} = \sum_u k_{o0u} x_{0, p+u} + b_o", source="K05"),
    forward("last-channel-only", "sum over the input channels overwritten: the last channel only", MATRIX,
            "matrix = (kernel * (np.arange(I) == I - 1)[:, *(None,) * axes]).reshape(",
            "Each pass of the channel loop assigns instead of adding.", "Use += in the loop over channels.", SUM,
            r"y_{op} = \sum_u k_{oCu} x_{C, p+u} + b_o", source="K05"),
    forward("channels-averaged", "channels averaged instead of summed", MATRIX, "matrix = (kernel / I).reshape(",
            "Outputs are smaller by the number of channels, up to the bias.", "Sum over the channels.", SUM,
            r"y_{op} = \frac{1}{C} \sum_c \sum_u k_{ocu} x_{c, p+u} + b_o"),
    forward("kernel-first-channel", "the kernel of the first channel used for every channel", MATRIX,
            "matrix = np.repeat(kernel[..., :1, *(slice(None),) * axes], I, -axes - 1).reshape(",
            "Channels are exchangeable: grey images are right up to a factor.", "Every channel has a kernel of its own.", SUM,
            r"y_{op} = \sum_c \sum_u k_{o0u} x_{c, p+u} + b_o"),
    forward("columns-order", "columns have their taps first, the flattened kernel its channels first", MATRIX,
            "matrix = np.moveaxis(np.reshape(kernel, (*kernel.shape[:-axes - 1], *size, I)), -1, -axes - 1).reshape(",
            "im2col stacks (tap, channel) and the kernel is flattened (channel, tap): the lengths fit, the pairs do not. Right for "
            "one channel.", "Flatten both in the same order: kernel.reshape(F, -1) goes with columns of (channel, tap).",
            r"a = K_{o,(c \, u)} X_{(c \, u), p}", r"a = K_{o,(c \, u)} X_{(u \, c), p}"),
    forward("batch-into-positions", "batch and positions mixed when the product is reshaped back", MAPS,
            "a = np.moveaxis(np.swapaxes(a.reshape(*a.shape[:-3], F, P), -3, -2).reshape(*a.shape[:-4], F, P, B), -1, -3)"
            ".reshape(*a.shape[:-3], F, *slide.out)",
            "Right for a batch of one; in a larger batch outputs stand at other positions and in other examples.",
            "The product's columns run (example, position): reshape to (filters, batch, positions), then move the batch first.",
            r"Y_{o,(b p)} \to y_{bop}", r"Y_{o,(p b)} \to y_{bop}", blind=("n01-cnn-single",)),
    forward("positions-into-batch", "positions and batch mixed when the product is reshaped back", MAPS,
            "a = np.moveaxis(np.moveaxis(a.reshape(*a.shape[:-3], F, P), -3, -1).reshape(*a.shape[:-4], F, B, P), -3, -2)"
            ".reshape(*a.shape[:-3], F, *slide.out)",
            "Right for a batch of one; in a larger batch outputs stand at other positions and in other examples.",
            "The product's columns run (position, example): reshape to (filters, positions, batch), then move the batch first.",
            r"Y_{o,(p \, b)} \to y_{bop}", r"Y_{o,(b \, p)} \to y_{bop}", blind=("n01-cnn-single",)),
    forward("bias-per-channel", "bias added once for every input channel", BIAS, BIAS.replace("+= ", "+= I * "),
            "The bias stands inside the loop over channels.", "Add the bias once, after the sum over channels.", SUM,
            r"y_{op} = \sum_c \left(\sum_u k_{ocu} x_{c, p+u} + b_o\right)", blind=("nobias",)),
    forward("bias-per-tap", "bias added once for every kernel tap", BIAS, BIAS.replace("+= ", "+= K * "),
            "The bias stands inside the innermost loop.", "Add the bias once, after the sum.", SUM,
            r"y_{op} = \sum_c \sum_u \left(k_{ocu} x_{c, p+u} + b_o\right)", blind=("nobias",)),
    forward("bias-after-activation", "bias added after the activation", BIAS, "pass",
            "Outputs of a ReLU become negative.", "The bias belongs to the pre-activation.", r"y = f\left(a + b\right)", r"y = f\left(a\right) + b",
            config=ACTIVE, case="conv2d-relu-float64", blind=("nobias",),
            also=((ACTIVATE, ACTIVATE + '\n    y = y + params.get("bias", np.zeros(F))[..., None, :, *(None,) * axes]'),)),
    forward("activation-left-out", "activation left out", ACTIVATE, 'y, activation_vjp = activate(layer, "linear", a, {})',
            "Negative outputs after a ReLU layer.", "Apply the activation to the sum.", r"y = f\left(a\right)", r"y = a \,", config=ACTIVE,
            case="conv2d-relu-float64"),
    forward("stride-left-out", "stride ignored", SLIDE, SLIDE.replace("stride", "1"), "The output has too many positions.",
            "Window p starts at p times the stride.", r"x_{p \cdot s + u}", r"x_{p \, + u}", config=STRIDED, also=(FIT,),
            case="conv2d-stride2-float64"),
    forward("strides-exchanged", "strides of height and width exchanged", SLIDE, SLIDE.replace("stride", "stride[::-1]"),
            "The output has another shape wherever the two strides differ.", "stride = (along height, along width)",
            r"x_{p \cdot s_1 + u, \, q \cdot s_2 + v}", r"x_{p \cdot s_2 + u, \, q \cdot s_1 + v}", kinds=("conv2d",), config={"stride": ((2, 3), (1, 2))},
            also=(FIT,), case="conv2d-stride2-float64"),
    forward("dilation-left-out", "dilation ignored", SLIDE, SLIDE.replace(", dilation", ""),
            "The output has too many positions, since the kernel covers less.", "Tap u reads u times the dilation further on.",
            r"x_{p + u \cdot d}", r"x_{p \, + u}", config=DILATED, also=(FIT,), case="conv2d-dilation-float64"),
    forward("stride-for-dilation", "stride and dilation exchanged", SLIDE,
            "slide = windows(layer, x.shape[-axes:], size, dilation, padding, stride)", "Right where both are one.",
            "The stride moves the window, the dilation spreads its taps.", r"x_{p \cdot s + u \cdot d}", r"x_{p \cdot d + u \cdot s}",
            kinds=("conv1d",), config={"dilation": 2, "stride": 3}, also=(FIT,), case="conv1d-dilation-stride-float64"),
    forward("groups-interleaved", "channels of the groups interleaved", VIEW,
            "view = slide.view(slide.pad(np.take(x, np.arange(C).reshape(I, groups).T.ravel(), -axes - 1)))",
            "Group g takes every groups-th channel instead of its own block.",
            "Group g holds channels g C/G to (g+1) C/G - 1.", r"c = g \frac{C}{G} + i", r"c = i \cdot G + g", config={"groups": 2},
            case="conv2d-groups-float64"),
    forward("group-outputs-interleaved", "filters of the groups interleaved in the output", MAPS,
            "a = a.swapaxes(-2, -3).reshape(*a.shape[:-3], F, *slide.out)",
            "The right maps in another order.", "Put the outputs of the groups one behind the other.",
            r"o = g \frac{F}{G} + j", r"o = j \cdot G + g", config={"groups": 2}, case="conv2d-groups-float64"),
    forward("padding-in-front", "all padding put before the first cell", PADS, PADS.replace("= ", "= [(sum(pair), 0) for pair in ")
            + "]", "The right output shape, every window shifted.", "Put half of the cells on each side.",
            r"\tilde{x}_q = x_{q - \frac{P}{2}}", r"\tilde{x}_q = x_{q-P}", module="layers.windows", config=PADDED,
            case="conv2d-same-float64"),
    forward("padding-behind", "all padding put after the last cell", PADS, PADS.replace("= ", "= [(0, sum(pair)) for pair in ") + "]",
            "The right output shape, every window shifted.", "Put half of the cells on each side.",
            r"\tilde{x}_q = x_{q - \frac{P}{2}}", r"\tilde{x}_q = x_q", module="layers.windows", config=PADDED,
            case="conv2d-same-float64"),
    forward("padding-turned", "padding before and after exchanged", GIVEN, "return tuple((after, before) for before, after in padding)",
            "The right output shape, every window shifted.", "The first number of a pair stands in front.",
            r"\tilde{x}_q = x_{q - P_1}", r"\tilde{x}_q = x_{q - P_2}", module="layers.windows", config={"padding": EXPLICIT},
            case="conv2d-explicit-float64"),
    forward("paddings-exchanged", "paddings of height and width exchanged", GIVEN, "return tuple(map(tuple, padding))[::-1]",
            "Another output shape wherever the two differ.", "padding = (along height, along width)",
            r"\tilde{x}_{qr} = x_{q - P_1, r - P_2}", r"\tilde{x}_{qr} = x_{q - P_2, r - P_1}", module="layers.windows",
            kinds=("conv2d",), config={"padding": EXPLICIT[1:]}, case="conv2d-explicit-float64"),
    forward("padding-border", "padding repeats the border instead of zeros", "self.unpad(padded)[...] = x",
            'padded = np.pad(x, [(0, 0)] * (x.ndim - len(self.pads)) + list(self.pads), mode="edge")',
            "Inner outputs are right, those at the border are not.", "Pad with zeros.", r"\tilde{x}_{-1} = 0", r"\tilde{x}_{-1} = x_0",
            module="layers.windows", config=PADDED, case="conv2d-same-float64"),
    forward("padding-circular", "padding takes the other side's cells (circular)", "self.unpad(padded)[...] = x",
            'padded = np.pad(x, [(0, 0)] * (x.ndim - len(self.pads)) + list(self.pads), mode="wrap")',
            "Inner outputs are right, those at the border are not: an FFT computes this.",
            "Pad with zeros before the transform.", r"\tilde{x}_{-1} = 0", r"\tilde{x}_{-1} = x_{n-1}", module="layers.windows",
            config=PADDED, case="conv2d-same-float64"),
    forward("padding-reflected", "padding mirrors the border instead of zeros", "self.unpad(padded)[...] = x",
            'padded = np.pad(x, [(0, 0)] * (x.ndim - len(self.pads)) + list(self.pads), mode="reflect")',
            "Inner outputs are right, those at the border are not.", "Pad with zeros.", r"\tilde{x}_{-1} = 0", r"\tilde{x}_{-1} = x_1",
            module="layers.windows", config=PADDED, case="conv2d-same-float64"),
    forward("last-position-lost", "the last position left out", SLIDE,
            SLIDE + "\n    slide = type(slide)(slide.size, slide.stride, slide.dilation, slide.pads, slide.length, "
            "tuple(n - 1 for n in slide.out))", "The output is one short along each axis.",
            "A kernel of size k has n - k + 1 positions.", r"P = n - k + 1 \,", r"P = n - k \,", also=(FIT,)),
)

BACKWARD = (
    backward("upstream-replaced", "upstream gradient replaced by the activation's derivative", UPSTREAM,
             'da = activation_vjp(np.ones_like(cotangents["y"]))',
             "The gradients do not depend on the loss.", "Multiply the upstream gradient by the derivative.", DELTA,
             r"\delta = f'(a)", source="K01", case="n01-cnn-generic-float64"),
    backward("derivative-left-out", "activation's derivative left out", UPSTREAM, 'da = cotangents["y"]',
             "Right for positive outputs of a ReLU only.", "Multiply the upstream gradient by the derivative.", DELTA,
             r"\delta = \frac{\partial L}{\partial y}", config=ACTIVE, case="conv2d-relu-float64"),
    backward("derivative-kernel", "activation's derivative missing in the kernel gradient", D_KERNEL,
             'd_matrix += (cotangents["y"].reshape(da.shape)[part] @ columns(part).mT).sum(0)',
             "Bias and input are right, the kernel is not.", "All gradients start from the same delta.", KERNEL,
             KERNEL.replace(r"\delta_{bop}", r"\frac{\partial L}{\partial y_{bop}}"), config=ACTIVE, case="conv2d-relu-float64"),
    backward("derivative-bias", "activation's derivative missing in the bias gradient", D_BIAS, D_BIAS.replace(
        "da.sum", 'cotangents["y"].reshape(da.shape).sum'),
             "Kernel and input are right, the bias is not.", "All gradients start from the same delta.", BIAS_GRADIENT,
             r"\frac{\partial L}{\partial b_o} = \sum_b \sum_p \frac{\partial L}{\partial y_{bop}}", config=ACTIVE,
             case="conv2d-relu-float64", blind=("nobias",)),
    backward("derivative-input", "activation's derivative missing in the input gradient", D_COLUMNS,
             'd_columns = (matrix.mT @ cotangents["y"].reshape(da.shape)[part])',
             "Kernel and bias are right, the layer below gets a wrong gradient.", "All gradients start from the same delta.", INPUT,
             INPUT.replace(r"\delta_{op}", r"\frac{\partial L}{\partial y_{op}}"), config=ACTIVE, case="conv2d-relu-float64"),
    backward("kernel-with-output", "kernel gradient correlates the upstream gradient with the layer's output",
             "for part in parts:\n            d_matrix",
             "seen = np.zeros((B, C, *slide.length), y.dtype)\n"
             "        seen[:, :, *(slice(n) for n in slide.out)] = y[:, np.arange(C) % F]\n"
             "        for part in parts:\n            d_matrix",
             "Only the kernel gradient is wrong.", "Correlate with the layer's input.", KERNEL, KERNEL.replace("x_{bc", "y_{bc"),
             also=(("columns(part).mT", "slide.view(seen)[part].reshape(-1, groups, K, P).mT"),), source="K02",
             case="n01-cnn-generic-float64"),
    backward("kernel-extent", "gradient loops run over the kernel's extent", UPSTREAM,
             f"da = np.where({WITHIN}.reshape(slide.out), activation_vjp(cotangents[\"y\"]), 0)",
             "Right where the output map is no larger than the kernel.", "Loop over the positions of the output map.", KERNEL,
             KERNEL.replace(r"\sum_p", r"\sum_{p < k}"), source="K03", case="n01-cnn-generic-float64",
             blind=SMALL_MAPS),
    backward("kernel-extent-loops", "loops of kernel and input gradient run over the kernel's extent", D_KERNEL,
             f"within = {WITHIN}\n            d_matrix += (np.where(within, da[part], 0) @ columns(part).mT).sum(0)",
             "Right where the output map is no larger than the kernel; the bias, summed apart, is right.",
             "Loop over the positions of the output map.", KERNEL, KERNEL.replace(r"\sum_p", r"\sum_{p < k}"), source="K03",
             also=((D_COLUMNS, "d_columns = (matrix.mT @ np.where(within, da[part], 0))"),), case="n01-cnn-generic-float64",
             blind=SMALL_MAPS),
    backward("kernel-extent-kernel", "the kernel gradient's loops run over the kernel's extent", D_KERNEL,
             f"d_matrix += (np.where({WITHIN}, da[part], 0) @ columns(part).mT).sum(0)",
             "Right where the output map is no larger than the kernel; input and bias are right.",
             "Loop over the positions of the output map.", KERNEL, KERNEL.replace(r"\sum_p", r"\sum_{p < k}"), source="K03",
             case="n01-cnn-generic-float64", blind=SMALL_MAPS),
    backward("kernel-gradient-flipped", "kernel gradient flipped", 'grads = {"kernel": d_matrix.reshape(kernel.shape),',
             'grads = {"kernel": np.flip(d_matrix.reshape(kernel.shape), tuple(range(-axes, 0))),',
             "Only the kernel gradient is wrong, and right when turned round.",
             "The layer is a correlation, and so is its kernel gradient: no flip.", KERNEL, KERNEL.replace("ps+u", "ps-u")),
    backward("kernel-last-position", "kernel gradient of the last position only", D_KERNEL,
             "d_matrix += (da[part][..., -1:] @ columns(part)[..., -1:].mT).sum(0)",
             "The loop over positions assigns instead of adding.", "Add the gradients of all positions.", KERNEL,
             r"\frac{\partial L}{\partial k_{ocu}} = \sum_b \delta_{boP} x_{bc, Ps+u}"),
    backward("kernel-assigned", "kernel gradient assigned instead of added in its loops", D_KERNEL,
             "d_matrix = (da[part][-1, ..., -1:] @ columns(part)[-1, ..., -1:].mT)",
             "The last position of the last example is all that counts.", "Use +=.", KERNEL,
             r"\frac{\partial L}{\partial k_{ocu}} = \delta_{BoP} x_{Bc, Ps+u}"),
    backward("kernel-last-example", "kernel gradient of the last example only", D_KERNEL,
             "d_matrix = (da[part] @ columns(part).mT)[-1]", "Right for a batch of one.", "Add the gradients of all examples.", KERNEL,
             r"\frac{\partial L}{\partial k_{ocu}} = \sum_p \delta_{Bop} x_{Bc, ps+u}", blind=("n01-cnn-single",)),
    backward("kernel-channels-summed", "kernel gradient summed over the input channels", D_KERNEL,
             "d_matrix += (da[part] @ columns(part).mT).sum(0).reshape(groups, -1, I, K // I).sum(2, keepdims=True)"
             ".repeat(I, 2).reshape(d_matrix.shape)",
             "Every channel of a filter gets the same gradient.", "Each channel's taps meet that channel's inputs only.", KERNEL,
             KERNEL.replace("x_{bc", r"\sum_{c'} x_{bc'")),
    backward("kernel-averaged", "kernel gradient averaged over the positions", 'grads = {"kernel": d_matrix.reshape(kernel.shape),',
             'grads = {"kernel": d_matrix.reshape(kernel.shape) / P,', "Too small by the number of positions.",
             "Sum over positions: the kernel is used at each of them.", KERNEL, KERNEL.replace(r"\sum_p", r"\frac{1}{P} \sum_p")),
    backward("kernel-stride", "stride ignored in the kernel gradient", D_KERNEL, "d_matrix += (da[part] @ "
             + DENSE_VIEW.format("slide.pad(x)") + "[part].reshape(-1, groups, K, P).mT).sum(0)",
             "Right for stride one.", "Position p reads from p times the stride on.", KERNEL, KERNEL.replace("ps+u", "p+u"),
             config=STRIDED, case="conv2d-stride2-float64"),
    backward("kernel-dilation", "dilation ignored in the kernel gradient", D_KERNEL, "d_matrix += (da[part] @ "
             + CLOSE_VIEW.format("slide.pad(x)") + "[part].reshape(-1, groups, K, P).mT).sum(0)",
             "Right for dilation one.", "Tap u reads u times the dilation further on.", KERNEL.replace("ps+u", "p+ud"),
             KERNEL.replace("ps+u", "p+u"), config=DILATED, case="conv2d-dilation-float64"),
    backward("input-stride", "stride ignored in the input gradient", TAPS, "taps = " + DENSE_VIEW.format("dx"),
             "The gradients of all positions are crowded into the first part of x.",
             "Spread the upstream gradient by the stride before the full convolution.", INPUT, INPUT.replace("ps+u", "p+u"),
             config=STRIDED, case="conv2d-stride2-float64"),
    backward("input-dilation", "dilation ignored in the input gradient", TAPS, "taps = " + CLOSE_VIEW.format("dx"),
             "Right for dilation one.", "Tap u sends its gradient u times the dilation further on.", INPUT.replace("ps+u", "p+ud"),
             INPUT.replace("ps+u", "p+u"), config=DILATED, case="conv2d-dilation-float64"),
    backward("input-kernel-flipped", "kernel turned round the wrong way in the input gradient", SCATTER,
             "taps[part, :, *u] += d_columns[:, :, *(k - 1 - i for k, i in zip(size, u))]",
             "Only the input gradient is wrong; a symmetric kernel hides it.",
             "The input gradient is the full convolution: correlate with the flipped kernel, or convolve with the kernel as it is.",
             INPUT, INPUT.replace("ps+u", "ps-u")),
    backward("input-channels-not-exchanged", "channels and filters not exchanged in the input gradient", D_COLUMNS,
             "d_columns = (np.swapaxes(kernel, 0, 1).reshape(matrix.shape).mT @ da[part])",
             "No shape error with as many filters as channels.", "Sum over the filters: dx for channel c uses kernel[:, c].", INPUT,
             INPUT.replace("k_{ocu}", "k_{cou}"), only=("square",), config={"groups": 1}, case="conv2d-square-float64"),
    backward("input-overwritten", "overlapping windows overwrite each other in the input gradient", SCATTER,
             "taps[part, :, *u] = d_columns[:, :, *u]", "Of the windows that hold a cell only the last one counts.",
             "Use += : every window that holds a cell sends it a gradient.", INPUT,
             INPUT.replace(r"\sum_{ps+u=q}", r"\left[\text{last } ps+u=q\right]"),
             also=((WALK, "for u in reversed(list(np.ndindex(*size))):"),)),
    backward("input-overwritten-by-tap", "input gradient overwritten tap by tap", SCATTER,
             "taps[part, :, *u] = d_columns[:, :, *u]", "Of the taps that meet a cell only the last one counts.",
             "Use += in the loop over taps.", INPUT, INPUT.replace(r"\sum_{ps+u=q}", r"\left[\text{last } u\right]")),
    backward("input-overwritten-by-filter", "input gradient overwritten by every filter and window", SCATTER,
             "taps[part, :, *u] = d_columns[:, :, *u]", "The last filter's last window is all that counts for a cell.",
             "Use += : sum over filters and windows.", INPUT, r"\frac{\partial L}{\partial x_{cq}} = k_{Fcu} \delta_{Fp}",
             config={"groups": 1},
             also=((WALK, "for u in reversed(list(np.ndindex(*size))):"),
                   (D_COLUMNS, "d_columns = (matrix[..., -1:, :].mT @ da[part][..., -1:, :])"))),
    backward("input-last-filter", "input gradient of the last filter only", D_COLUMNS,
             "d_columns = (matrix[..., -1:, :].mT @ da[part][..., -1:, :])", "The loop over filters assigns instead of adding.",
             "Sum over the filters.", INPUT, INPUT.replace(r"\sum_o ", "").replace("k_{o", "k_{F").replace("{op}", "{Fp}"),
             config={"groups": 1}),
    backward("input-filters-averaged", "input gradient averaged over the filters", D_COLUMNS,
             "d_columns = (matrix.mT @ da[part] / F)", "Too small by the number of filters.", "Sum over the filters.", INPUT,
             INPUT.replace(r"\sum_o", r"\frac{1}{F} \sum_o")),
    backward("input-padding-kept", "input gradient cut from the padded one at its start", '"x": slide.unpad(dx)}',
             '"x": dx[..., *(slice(n) for n in x.shape[-axes:])]}', "The gradient is shifted by the padding.",
             "Leave out the cells of padding before the first one as well.", r"\frac{\partial L}{\partial x_q} = d\tilde{x}_{q+P}",
             r"\frac{\partial L}{\partial x_q} = d\tilde{x}_q", config=PADDED, case="conv2d-same-float64"),
    backward("bias-last-position", "bias gradient of the last position only", D_BIAS, D_BIAS.replace("da.sum((0, -1))",
                                                                                                   "da[..., -1].sum(0)"),
             "Right for an output map of one cell.", "Sum over batch and positions.", BIAS_GRADIENT,
             r"\frac{\partial L}{\partial b_o} = \sum_b \delta_{boP}", blind=("nobias",)),
    backward("bias-last-example", "bias gradient of the last example only", D_BIAS, D_BIAS.replace("da.sum((0, -1))",
                                                                                                 "da[-1].sum(-1)"),
             "Right for a batch of one.", "Sum over batch and positions.", BIAS_GRADIENT,
             r"\frac{\partial L}{\partial b_o} = \sum_p \delta_{Bop}", blind=("nobias", "n01-cnn-single")),
    backward("bias-assigned", "bias gradient assigned instead of added in its loops", D_BIAS,
             D_BIAS.replace("da.sum((0, -1))", "da[-1, ..., -1]"), "The last position of the last example is all that counts.",
             "Use +=.", BIAS_GRADIENT, r"\frac{\partial L}{\partial b_o} = \delta_{BoP}", blind=("nobias",)),
    backward("bias-all-filters", "bias gradient summed over the filters too", D_BIAS,
             'grads["bias"] = np.full(F, da.sum())', "Every filter's bias gets the same gradient.",
             "Sum over batch and positions, never over the filters.", BIAS_GRADIENT,
             r"\frac{\partial L}{\partial b_o} = \sum_b \sum_{o'} \sum_p \delta_{bo'p}", blind=("nobias",)),
    backward("bias-averaged", "bias gradient averaged over the positions", D_BIAS, D_BIAS + " / P",
             "Too small by the number of positions.", "Sum over positions: the bias is added at each of them.", BIAS_GRADIENT,
             BIAS_GRADIENT.replace(r"\sum_p", r"\frac{1}{P} \sum_p"), blind=("nobias",)),
    backward("bias-mean", "bias gradient averaged over batch and positions", D_BIAS, D_BIAS + " / P / B",
             "Too small by the number of positions and examples.", "Sum over batch and positions.", BIAS_GRADIENT,
             BIAS_GRADIENT.replace(r"\sum_b", r"\frac{1}{B P} \sum_b"), blind=("nobias",)),
)

FLATTEN = (
    forward("flatten-columns-first", "flattened with the first axis running fastest", "y = first.reshape(*x.shape[:-axes], math.prod(x.shape[-axes:]))",
            "y = np.moveaxis(first, range(-axes, 0), range(-1, -axes - 1, -1)).reshape(*x.shape[:-axes], math.prod(x.shape[-axes:]))",
            "The right numbers in another order: what order=\"F\" or a MATLAB colon gives.",
            "Flatten with the last axis running fastest.", r"(i \cdot W + j) \cdot C + k", r"(k \cdot W + j) \cdot H + i", module="layers.flatten",
            kinds=("flatten",), case="flatten-as_stored-float64"),
    backward("flatten-order-lost", "flatten's gradient reshaped without going back to the order of x",
             'return {"x": dx if order == "as_stored" else np.moveaxis(dx, -axes, -1)}', 'return {"x": dx.reshape(x.shape)}',
             "The right shape, every number at another place.", "Undo the transposition after the reshape.",
             r"\frac{\partial L}{\partial x_{ijk}} = d y_{(kij)}", r"\frac{\partial L}{\partial x_{ijk}} = d y_{(ijk)}",
             module="layers.flatten", kinds=("flatten",), config={"order": "channels_first"}, case="flatten-channels_first-float64"),
    backward("flatten-gradient-columns-first", "flatten's gradient read with the first axis running fastest",
             'dx = cotangents["y"].reshape(first.shape)', 'dx = np.array([dy.reshape(first.shape[1:], order="F") for dy in cotangents["y"]])',
             "The right shape, every number at another place.", "Reshape back in the order in which the forward pass flattened.",
             r"\frac{\partial L}{\partial x_{ijk}} = d y_{(i W + j) C + k}", r"\frac{\partial L}{\partial x_{ijk}} = d y_{(k W + j) H + i}",
             module="layers.flatten", kinds=("flatten",), case="flatten-as_stored-float64"),
)

MISTAKES = FORWARD + BACKWARD + FLATTEN
