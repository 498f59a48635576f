"""What happens to weights of any layer: a square kernel transposed, a bias left out, added twice or exchanged."""

from collections.abc import Iterator

import numpy as np

from nnparity.cases.case import Case, Layer
from nnparity.cases.kinds import RECURRENT
from nnparity.reports.diagnosis.rewritings.rewrite import Rewrite, name_among_several, on, rewriting


def weights(layer: Layer, case: Case) -> Iterator[Rewrite]:
    yield from transpositions(layer, case)
    yield from biases(layer, case)


def transpositions(layer: Layer, case: Case) -> Iterator[Rewrite]:
    """A square matrix used the other way round: no shape error, wrong numbers."""
    for name in ("kernel", "recurrent_kernel"):
        full = layer.qualify(name)
        a = case.params.get(full)
        if a is not None and layer.kind in ("dense", *RECURRENT) and a.shape[-1] == a.shape[-2]:
            yield Rewrite(before=on([full], lambda a: a.mT), pull=on([full], lambda g: g.mT), cause=rewriting(
                ("transposed", full), "transposed", label=f"{full} transposed", title=f"{full} transposed",
                words=f"{full} is used as W h where the layout says h W. It is square, so no shape complains.",
                fix="PyTorch and ONNX store (out, in), Keras and this suite (in, out): transpose when loading.",
                right=r"h R", wrong=r"h R^\top"))


def biases(layer: Layer, case: Case) -> Iterator[Rewrite]:
    """A bias left out, added twice, or exchanged with the other one."""
    names = [layer.qualify(n) for n in ("bias", "recurrent_bias") if layer.qualify(n) in case.params]
    for name in names:
        for factor, how, title in ((0, "left out", f"{name} left out"), (2, "doubled", f"{name} added twice")):
            scale = on([name], lambda a, factor=factor: a * a.dtype.type(factor))
            yield Rewrite(before=scale, pull=scale, cause=rewriting(
                ("bias", name), how, label=f"{name} {how}", title=title, words="Invisible as long as the bias is zero.",
                fix=f"Add {name} exactly once."))
    if len(names) == 2:
        def exchange(arrays, b=names[0], c=names[1]):
            nought = np.zeros_like(arrays[b])  # a formula without c has no gradient for it
            return {**arrays, b: arrays.get(c, nought), c: arrays[b]}
        yield Rewrite(before=exchange, pull=exchange, cause=rewriting(
            ("bias exchange",), "exchanged", of=(name_among_several(layer, case),), label="biases exchanged",
            title="bias and recurrent bias exchanged",
            words="Equal shapes, so nothing complains; it shows in the candidate only, where the reset gate scales one of the "
                  "two.",
            fix="bias belongs to the input product, recurrent_bias to the recurrent one."))
