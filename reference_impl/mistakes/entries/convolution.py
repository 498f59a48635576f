"""What goes wrong on a convolution's way forward. Each entry changes lines of reference_impl/layers/convolution.py or
windows.py.

Source of K01, K02, K03 and K05: document 000, first question (N01). Threads: keras#19291, keras PR 16363 (padding).
"""

from functools import partial

from nnparity.reference_impl.mistakes.edit import Line
from nnparity.reference_impl.mistakes.mistake import Mistake

KINDS = ("conv1d", "conv2d")
STRIDED = {"stride": (2, 3, (2, 3), (1, 2))}
DILATED = {"dilation": (2, 3, (3, 1), (2, 1))}
EXPLICIT = (((3, 1),), ((1, 2), (0, 3)))
PADDED = {"padding": ("same", "same_lower", *EXPLICIT)}
ACTIVE = {"activation": ("relu", "tanh", "sigmoid")}


def entry(*, id, module="layers.convolution", kinds=KINDS, case="conv2d-generic-float64", **fields):
    return Mistake(id=f"conv-{id}", area="convolution", module=module, kinds=kinds, case=case, **fields)


forward, backward = partial(entry, part="forward"), partial(entry, part="backward")

FILL = Line("Windows.pad", "self.unpad(padded)[...] = x")
MATRIX = Line("convolution", "matrix = kernel.reshape(")
VIEW = Line("convolution", "view = slide.view(slide.pad(x))")
SLIDE = Line("convolution", "slide = windows(layer, x.shape[-axes:], size, stride, padding, dilation)")
BIAS = Line("convolution", 'a += params["bias"][..., None, :, *(None,) * axes]')
ACTIVATE = Line("convolution", "y, activation_vjp = activate(layer, activation, a, options)")
MAPS = Line("convolution", "a = a.reshape(*a.shape[:-3], F, *slide.out)")
UPSTREAM = Line("convolution.vjp", 'da = activation_vjp(cotangents["y"])')
PADS = Line("windows", "pads = padding_pairs(layer, padding, lengths, extent, stride)")
GIVEN = Line("padding_pairs", "return tuple(map(tuple, padding))")

SUM = r"y_{op} = \sum_c \sum_u k_{ocu} x_{c, p+u} + b_o"

# where the output has another shape than the upstream gradient, the part that both have is used, as a loop over dy would
FIT = UPSTREAM.becomes("""dy = np.zeros(y.shape, y.dtype)
        both = tuple(map(slice, np.minimum(y.shape, cotangents["y"].shape)))
        dy[both] = cotangents["y"][both]
        da = activation_vjp(dy)""")

MISTAKES = (
    forward(id="kernel-flipped", title="kernel flipped: a convolution in the mathematical sense",
            edit=MATRIX.becomes("matrix = np.flip(kernel, tuple(range(-axes, 0))).reshape("),
            symptom="Every output is off; a symmetric kernel hides it.",
            fix="Layers called convolution compute a correlation: do not turn the kernel (scipy.signal.convolve "
                "does, correlate does not).",
            correct=r"y_p = \sum_u k_u x_{p+u}", mistaken=r"y_p = \sum_u k_u x_{p-u}"),
    forward(id="one-channel-each", title="each filter paired with one input channel only",
            edit=MATRIX.becomes("matrix = (kernel * (np.arange(I) == np.arange(F)[:, None] % I)"
                                "[..., *(None,) * axes]).reshape("),
            symptom="Filter o sees channel o and nothing of the others; with one channel it is right.",
            fix="Sum over all input channels inside every filter.",
            correct=SUM, mistaken=r"y_{op} = \sum_u k_{oou} x_{o, p+u} + b_o",
            source="K05", case="n01-cnn-square-float64"),
    forward(id="first-channel-only", title="only the first input channel is convolved",
            edit=MATRIX.becomes("matrix = (kernel * (np.arange(I) == 0)[:, *(None,) * axes]).reshape("),
            symptom="Right for grey images, wrong for colour.",
            fix="Sum over all input channels.",
            correct=SUM, mistaken=r"y_{op} = \sum_u k_{o0u} x_{0, p+u} + b_o",
            source="K05"),
    forward(id="last-channel-only", title="sum over the input channels overwritten: the last channel only",
            edit=MATRIX.becomes("matrix = (kernel * (np.arange(I) == I - 1)[:, *(None,) * axes]).reshape("),
            symptom="Each pass of the channel loop assigns instead of adding.",
            fix="Use += in the loop over channels.",
            correct=SUM, mistaken=r"y_{op} = \sum_u k_{oCu} x_{C, p+u} + b_o",
            source="K05"),
    forward(id="channels-averaged", title="channels averaged instead of summed",
            edit=MATRIX.becomes("matrix = (kernel / I).reshape("),
            symptom="Outputs are smaller by the number of channels, up to the bias.",
            fix="Sum over the channels.",
            correct=SUM, mistaken=r"y_{op} = \frac{1}{C} \sum_c \sum_u k_{ocu} x_{c, p+u} + b_o"),
    forward(id="kernel-first-channel", title="the kernel of the first channel used for every channel",
            edit=MATRIX.becomes("matrix = np.repeat(kernel[..., :1, *(slice(None),) * axes], I, -axes - 1).reshape("),
            symptom="Channels are exchangeable: grey images are right up to a factor.",
            fix="Every channel has a kernel of its own.",
            correct=SUM, mistaken=r"y_{op} = \sum_c \sum_u k_{o0u} x_{c, p+u} + b_o"),
    forward(id="columns-order", title="columns have their taps first, the flattened kernel its channels first",
            edit=MATRIX.becomes("matrix = np.moveaxis(np.reshape(kernel, (*kernel.shape[:-axes - 1], *size, I)), "
                                "-1, -axes - 1).reshape("),
            symptom="im2col stacks (tap, channel) and the kernel is flattened (channel, tap): the lengths fit, the "
                    "pairs do not. Right for one channel.",
            fix="Flatten both in the same order: kernel.reshape(F, -1) goes with columns of (channel, tap).",
            correct=r"a = K_{o,(c \, u)} X_{(c \, u), p}", mistaken=r"a = K_{o,(c \, u)} X_{(u \, c), p}"),
    forward(id="columns-order-turned", title="columns have their channels first, the flattened kernel its taps first",
            edit=MATRIX.becomes("matrix = np.moveaxis(kernel, -axes - 1, -1).reshape("),
            symptom="im2col stacks (channel, tap), as col[:, tap::taps] does, and the kernel is flattened (tap, channel): the "
                    "lengths fit, the pairs do not. Right for one channel.",
            fix="Flatten both in the same order.",
            correct=r"a = K_{o,(c \, u)} X_{(c \, u), p}", mistaken=r"a = K_{o,(u \, c)} X_{(c \, u), p}"),
    forward(id="bias-multiplied", title="bias multiplied instead of added",
            edit=BIAS.replacing("+=", "*="),
            symptom="Filters whose bias is zero give nothing at all.",
            fix="Add the bias.",
            correct=SUM, mistaken=SUM.replace("+ b_o", r"\cdot b_o"), blind=("nobias",)),
    forward(id="batch-into-positions", title="batch and positions mixed when the product is reshaped back",
            edit=MAPS.becomes("a = np.moveaxis(np.swapaxes(a.reshape(*a.shape[:-3], F, P), -3, -2)"
                              ".reshape(*a.shape[:-4], F, P, B), -1, -3).reshape(*a.shape[:-3], F, *slide.out)"),
            symptom="Right for a batch of one; in a larger batch outputs stand at other positions and in other examples.",
            fix="The product's columns run (example, position): reshape to (filters, batch, positions), then move "
                "the batch first.",
            correct=r"Y_{o,(b p)} \to y_{bop}", mistaken=r"Y_{o,(p b)} \to y_{bop}",
            blind=("n01-cnn-single",)),
    forward(id="positions-into-batch", title="positions and batch mixed when the product is reshaped back",
            edit=MAPS.becomes("a = np.moveaxis(np.moveaxis(a.reshape(*a.shape[:-3], F, P), -3, -1)"
                              ".reshape(*a.shape[:-4], F, B, P), -3, -2).reshape(*a.shape[:-3], F, *slide.out)"),
            symptom="Right for a batch of one; in a larger batch outputs stand at other positions and in other examples.",
            fix="The product's columns run (position, example): reshape to (filters, positions, batch), then move "
                "the batch first.",
            correct=r"Y_{o,(p \, b)} \to y_{bop}", mistaken=r"Y_{o,(b \, p)} \to y_{bop}",
            blind=("n01-cnn-single",)),
    forward(id="bias-per-channel", title="bias added once for every input channel",
            edit=BIAS.replacing("+= ", "+= I * "),
            symptom="The bias stands inside the loop over channels.",
            fix="Add the bias once, after the sum over channels.",
            correct=SUM, mistaken=r"y_{op} = \sum_c \left(\sum_u k_{ocu} x_{c, p+u} + b_o\right)",
            blind=("nobias",)),
    forward(id="bias-per-tap", title="bias added once for every kernel tap",
            edit=BIAS.replacing("+= ", "+= K * "),
            symptom="The bias stands inside the innermost loop.",
            fix="Add the bias once, after the sum.",
            correct=SUM, mistaken=r"y_{op} = \sum_c \sum_u \left(k_{ocu} x_{c, p+u} + b_o\right)",
            blind=("nobias",)),
    forward(id="bias-after-activation", title="bias added after the activation",
            edit=BIAS.becomes("pass"),
            also=(ACTIVATE.becomes(f"{ACTIVATE.text}\n"
                                   '    y = y + params.get("bias", np.zeros(F))[..., None, :, *(None,) * axes]'),),
            symptom="Outputs of a ReLU become negative.",
            fix="The bias belongs to the pre-activation.",
            correct=r"y = f\left(a + b\right)", mistaken=r"y = f\left(a\right) + b",
            config=ACTIVE, blind=("nobias",), case="conv2d-relu-float64"),
    forward(id="activation-left-out", title="activation left out",
            edit=ACTIVATE.becomes('y, activation_vjp = activate(layer, "linear", a, {})'),
            symptom="Negative outputs after a ReLU layer.",
            fix="Apply the activation to the sum.",
            correct=r"y = f\left(a\right)", mistaken=r"y = a \,",
            config=ACTIVE, case="conv2d-relu-float64"),
    forward(id="stride-left-out", title="stride ignored",
            edit=SLIDE.replacing("stride", "1"),
            also=(FIT,),
            symptom="The output has too many positions.",
            fix="Window p starts at p times the stride.",
            correct=r"x_{p \cdot s + u}", mistaken=r"x_{p \, + u}",
            config=STRIDED, case="conv2d-stride2-float64"),
    forward(id="strides-exchanged", title="strides of height and width exchanged",
            edit=SLIDE.replacing("stride", "stride[::-1]"),
            also=(FIT,),
            symptom="The output has another shape wherever the two strides differ.",
            fix="stride = (along height, along width)",
            correct=r"x_{p \cdot s_1 + u, \, q \cdot s_2 + v}", mistaken=r"x_{p \cdot s_2 + u, \, q \cdot s_1 + v}",
            kinds=("conv2d",), config={"stride": ((2, 3), (1, 2))}, case="conv2d-stride2-float64"),
    forward(id="dilation-left-out", title="dilation ignored",
            edit=SLIDE.replacing(", dilation", ""),
            also=(FIT,),
            symptom="The output has too many positions, since the kernel covers less.",
            fix="Tap u reads u times the dilation further on.",
            correct=r"x_{p + u \cdot d}", mistaken=r"x_{p \, + u}",
            config=DILATED, case="conv2d-dilation-float64"),
    forward(id="stride-for-dilation", title="stride and dilation exchanged",
            edit=SLIDE.becomes("slide = windows(layer, x.shape[-axes:], size, dilation, padding, stride)"),
            also=(FIT,),
            symptom="Right where both are one.",
            fix="The stride moves the window, the dilation spreads its taps.",
            correct=r"x_{p \cdot s + u \cdot d}", mistaken=r"x_{p \cdot d + u \cdot s}",
            kinds=("conv1d",), config={"dilation": 2, "stride": 3}, case="conv1d-dilation-stride-float64"),
    forward(id="groups-interleaved", title="channels of the groups interleaved",
            edit=VIEW.becomes("view = slide.view(slide.pad(np.take(x, np.arange(C).reshape(I, groups).T.ravel(), -axes - 1)))"),
            symptom="Group g takes every groups-th channel instead of its own block.",
            fix="Group g holds channels g C/G to (g+1) C/G - 1.",
            correct=r"c = g \frac{C}{G} + i", mistaken=r"c = i \cdot G + g",
            config={"groups": 2}, case="conv2d-groups-float64"),
    forward(id="group-outputs-interleaved", title="filters of the groups interleaved in the output",
            edit=MAPS.becomes("a = a.swapaxes(-2, -3).reshape(*a.shape[:-3], F, *slide.out)"),
            symptom="The right maps in another order.",
            fix="Put the outputs of the groups one behind the other.",
            correct=r"o = g \frac{F}{G} + j", mistaken=r"o = j \cdot G + g",
            config={"groups": 2}, case="conv2d-groups-float64"),
    forward(id="padding-in-front", title="all padding put before the first cell",
            edit=PADS.becomes("pads = [(sum(pair), 0) for pair in padding_pairs(layer, padding, lengths, extent, stride)]"),
            symptom="The right output shape, every window shifted.",
            fix="Put half of the cells on each side.",
            correct=r"\tilde{x}_q = x_{q - \frac{P}{2}}", mistaken=r"\tilde{x}_q = x_{q-P}",
            module="layers.windows", config=PADDED, case="conv2d-same-float64"),
    forward(id="padding-behind", title="all padding put after the last cell",
            edit=PADS.becomes("pads = [(0, sum(pair)) for pair in padding_pairs(layer, padding, lengths, extent, stride)]"),
            symptom="The right output shape, every window shifted.",
            fix="Put half of the cells on each side.",
            correct=r"\tilde{x}_q = x_{q - \frac{P}{2}}", mistaken=r"\tilde{x}_q = x_q",
            module="layers.windows", config=PADDED, case="conv2d-same-float64"),
    forward(id="padding-turned", title="padding before and after exchanged",
            edit=GIVEN.becomes("return tuple((after, before) for before, after in padding)"),
            symptom="The right output shape, every window shifted.",
            fix="The first number of a pair stands in front.",
            correct=r"\tilde{x}_q = x_{q - P_1}", mistaken=r"\tilde{x}_q = x_{q - P_2}",
            module="layers.windows", config={"padding": EXPLICIT}, case="conv2d-explicit-float64"),
    forward(id="paddings-exchanged", title="paddings of height and width exchanged",
            edit=GIVEN.becomes("return tuple(map(tuple, padding))[::-1]"),
            symptom="Another output shape wherever the two differ.",
            fix="padding = (along height, along width)",
            correct=r"\tilde{x}_{qr} = x_{q - P_1, r - P_2}", mistaken=r"\tilde{x}_{qr} = x_{q - P_2, r - P_1}",
            module="layers.windows", kinds=("conv2d",), config={"padding": EXPLICIT[1:]}, case="conv2d-explicit-float64"),
    forward(id="padding-border", title="padding repeats the border instead of zeros",
            edit=FILL.becomes('padded = np.pad(x, [(0, 0)] * (x.ndim - len(self.pads)) + list(self.pads), mode="edge")'),
            symptom="Inner outputs are right, those at the border are not.",
            fix="Pad with zeros.",
            correct=r"\tilde{x}_{-1} = 0", mistaken=r"\tilde{x}_{-1} = x_0",
            module="layers.windows", config=PADDED, case="conv2d-same-float64"),
    forward(id="padding-circular", title="padding takes the other side's cells (circular)",
            edit=FILL.becomes('padded = np.pad(x, [(0, 0)] * (x.ndim - len(self.pads)) + list(self.pads), mode="wrap")'),
            symptom="Inner outputs are right, those at the border are not: an FFT computes this.",
            fix="Pad with zeros before the transform.",
            correct=r"\tilde{x}_{-1} = 0", mistaken=r"\tilde{x}_{-1} = x_{n-1}",
            module="layers.windows", config=PADDED, case="conv2d-same-float64"),
    forward(id="padding-reflected", title="padding mirrors the border instead of zeros",
            edit=FILL.becomes('padded = np.pad(x, [(0, 0)] * (x.ndim - len(self.pads)) + list(self.pads), mode="reflect")'),
            symptom="Inner outputs are right, those at the border are not.",
            fix="Pad with zeros.",
            correct=r"\tilde{x}_{-1} = 0", mistaken=r"\tilde{x}_{-1} = x_1",
            module="layers.windows", config=PADDED, case="conv2d-same-float64"),
    forward(id="last-position-lost", title="the last position left out",
            edit=SLIDE.becomes(f"{SLIDE.text}\n"
                               "    slide = type(slide)(slide.size, slide.stride, slide.dilation, slide.pads, slide.length, "
                               "tuple(n - 1 for n in slide.out))"),
            also=(FIT,),
            symptom="The output is one short along each axis.",
            fix="A kernel of size k has n - k + 1 positions.",
            correct=r"P = n - k + 1 \,", mistaken=r"P = n - k \,"),
)

