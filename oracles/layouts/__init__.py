"""How each framework lays its weights out, in NumPy alone: the canonical arrays in, the framework's arrays out, and back.

`LAYOUTS["torch"]["gru"]` packs {kernel, recurrent_kernel, ...} (see reference_impl/layers/gru.py) into
{weight_ih_l0, weight_hh_l0, ...} and unpacks it again. A layout only moves numbers, so the gradient of a
framework's weight unpacks into the gradient of ours.

"flax" is flax.nnx and "linen" flax.linen, arrays named by their path ("dense_i/kernel", "params/ir/kernel"); "onnx" are
the inputs of the ONNX operator, by the names of the operator's specification.

`STYLES["separate"]["lstm"]` are the layouts of hand-written code: see oracles/layouts/styles.py.
"""

from nnparity.oracles.layouts import convolution, dense, normalisation, recurrent
from nnparity.oracles.layouts.layout import IDENTITY, Layout, renamed
from nnparity.oracles.layouts.styles import STYLES

LAYOUTS = {
    framework: {kind: layout for module in (convolution, dense, normalisation, recurrent)
                for kind, layout in module.LAYOUTS[framework].items()}
    for framework in ("torch", "keras", "flax", "linen", "onnx")
}

__all__ = ["IDENTITY", "LAYOUTS", "STYLES", "Layout", "renamed"]
