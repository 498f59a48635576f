"""Which layers are written out."""

from nnparity.cases.case import Arrays, Layer
from nnparity.reference_impl.defaults import defaults
from nnparity.reference_impl.plain.on_rows import Activation, BatchNorm, Dense, Dropout, Embedding, LayerNorm, Loss
from nnparity.reference_impl.plain.on_windows import Convolution, Pooling
from nnparity.reference_impl.plain.program import Program

PROGRAMS: dict[str, type[Program]] = {
    **dict.fromkeys(("max_pool1d", "max_pool2d", "average_pool1d", "average_pool2d"), Pooling),
    **dict.fromkeys(("conv1d", "conv2d"), Convolution),
    **dict.fromkeys(("squared_error", "binary_cross_entropy", "categorical_cross_entropy", "softmax_cross_entropy"), Loss),
    "activation": Activation, "batch_norm": BatchNorm, "dense": Dense, "dropout": Dropout, "embedding": Embedding,
    "layer_norm": LayerNorm,
}


def has_program(layer: Layer) -> bool:
    """Whether the layer, with its options, is written out."""
    if layer.kind not in PROGRAMS or layer.default:
        return False
    return PROGRAMS[layer.kind].writes({**defaults(layer.kind), **layer.config})


def rank_of(params: Arrays, inputs: Arrays, program: Program) -> int:
    """How many axes stand in front of the layouts."""
    if program.axes:
        return inputs["x"].ndim - program.axes
    known: dict[str, int] = {"kernel": 2, "table": 2, "gamma": 1, "beta": 1, "running_mean": 1}
    for name, axes in known.items():
        if name in params or name in inputs:
            return (params.get(name) if name in params else inputs[name]).ndim - axes  # type: ignore[union-attr]
    return inputs["x"].ndim - 2 if "target" in inputs else 0
