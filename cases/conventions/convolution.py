"""Convolution and pooling: where padding goes, and by what an average is divided."""

from nnparity.cases.convention import Convention, Variant


def _padding(layer: str, axes: int, pooling: bool = False) -> Convention:
    what = "MaxPool" if layer.startswith("max") else "AvgPool" if pooling else "Conv"
    keras = f"keras.layers.{'MaxPooling' if layer.startswith('max') else 'AveragePooling' if pooling else 'Conv'}{axes}D"
    torch = f"torch.nn.{what}{axes}d"
    around = r"\tilde{x}_q = x_{q - P}, \; P = "
    total = r", \; T = \max((\lceil n / s \rceil - 1) s + k - n, 0)"

    def cells(*counts):
        words = " and ".join(map(str, dict.fromkeys(counts)))
        return Variant(
            value=tuple((n, n) for n in counts), title=f"padding of {words} on every side", formula=around + words,
            words=f"{words[:1].upper()}{words[1:]} cells before the first and as many after the last, whatever the stride.",
            switch={"torch": f"{torch}(..., padding={counts[0] if len(set(counts)) == 1 else counts})",
                    "keras": f"ZeroPadding{axes}D first, then padding='valid'", "onnx": f"pads={list(counts) * 2}"})

    pairs = [(1,), (2,)] if axes == 1 else [(1, 1), (2, 2), (1, 2), (2, 1)]
    return Convention(
        layer=layer, option="padding", question="How many cells of padding stand before and after?",
        variants=(
            Variant(value="valid", title="no padding", formula=around + "0",
                    words="Windows stay inside; cells at the end that fill no window are dropped.",
                    switch={"torch": f"{torch}, no option", "keras": f"{keras}(..., padding='valid'), the default",
                            "onnx": "auto_pad=VALID"}),
            Variant(value="same", title="padding 'same', the odd cell at the end",
                    formula=around + r"\left\lfloor \frac{T}{2} \right\rfloor" + total,
                    words="As little padding as gives ceil(n / stride) outputs, half of it on each side, an odd cell at the end.",
                    switch={"torch": "padding='same' at stride 1; otherwise F.pad by hand",
                            "keras": f"{keras}(..., padding='same')", "onnx": "auto_pad=SAME_UPPER"}),
            Variant(value="same_lower", title="padding 'same', the odd cell at the start",
                    formula=around + r"\left\lceil \frac{T}{2} \right\rceil" + total,
                    words="As little padding as gives ceil(n / stride) outputs, an odd cell at the start.",
                    switch={"torch": "F.pad by hand", "keras": f"ZeroPadding{axes}D by hand", "onnx": "auto_pad=SAME_LOWER"}),
            *(cells(*counts) for counts in pairs)),
        consequence="With an even kernel, or at a stride above one, padding of the same size on the other side shifts every "
                    "window by one cell: the output has the right shape and wrong numbers.",
        sources=("https://github.com/keras-team/keras/issues/19291", "https://github.com/keras-team/keras/pull/16363",
                 "https://arxiv.org/abs/1603.07285"))


def _divisor(layer: str, axes: int) -> Convention:
    return Convention(
        layer=layer, option="divisor", question="Is padding counted in the divisor of an average?",
        variants=(
            Variant(value="window", title="divided by the whole window",
                    formula=r"y_p = \frac{1}{k} \sum_u \tilde{x}_{p \cdot s + u}",
                    words="Cells of padding count as zeros.",
                    switch={"torch": f"torch.nn.AvgPool{axes}d, no option", "onnx": "count_include_pad=1"}),
            Variant(value="cells", title="divided by the cells that are not padding",
                    formula=r"y_p = \frac{1}{n_p} \sum_u \tilde{x}_{p \cdot s + u}",
                    words="Padding does not count: an average of what is there.",
                    switch={"torch": "count_include_pad=False", "keras": f"keras.layers.AveragePooling{axes}D, no option",
                            "onnx": "count_include_pad=0, the default"})),
        consequence="Inner outputs agree, those at the border are too small or too large.",
        sources=(f"https://docs.pytorch.org/docs/stable/generated/torch.nn.AvgPool{axes}d.html",
                 "https://onnx.ai/onnx/operators/onnx__AveragePool.html"))


CONVENTIONS = (_padding("conv1d", 1), _padding("conv2d", 2), _padding("max_pool1d", 1, True), _padding("max_pool2d", 2, True),
               _padding("average_pool1d", 1, True), _divisor("average_pool1d", 1),
               _padding("average_pool2d", 2, True))  # its divisor is a row of the atlas
