"""Where a judge is known to be off: each row is measured, has a reason, and is asserted both ways.

A case that a row names must deviate on the arrays it names, and by no more than twice `size`: an agreement, or a larger
error, is a failure and the row is out of date. Everything that no row names must agree.
"""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """One known error of one judge. Patterns are shell patterns."""

    case: str  # "dense-gelu-float64-*"
    oracle: str  # "keras", "torch", or "complex step"
    arrays: str  # "outputs/y", "grads/*"
    reason: str
    size: float  # largest measured error, relative to the largest entry of the array
    link: str = ""

    def out_of_date(self, agrees: bool, error: float) -> str:
        """Why this row no longer holds for an array with this relative error, or nothing."""
        if agrees:
            return f"the known deviation is gone ({self.reason}): take its row out"
        if not error <= 2 * self.size:
            return f"deviates by {error:.1e}, the known deviation is {self.size:.1e} ({self.reason})"
        return ""


ATEN = "https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/native"
KERAS = "https://github.com/keras-team/keras/blob/master/keras/src"
NN_OPS = "https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/ops"

DEVIATIONS = (
    Deviation(
        case="dense-hard_sigmoid-float64-*", oracle="torch", arrays="grads/*", size=3.0e-8,
        reason="hardsigmoid's backward pass multiplies by 1.0f / 6.0f, a float32 constant, in float64 as well",
        link=f"{ATEN}/cpu/Activation.cpp"),
    Deviation(
        case="loss-binary_cross_entropy-log_clamp_beyond-float64", oracle="torch", arrays="grads/x", size=4.0e-9,
        reason="the least p (1 - p) of the backward pass, 1e-12, is a float32 constant in float64 as well",
        link=f"{ATEN}/Loss.cpp"),
    Deviation(
        case="dense-leaky_relu_inexact-float64-*", oracle="keras", arrays="*", size=3.5e-10,
        reason="TensorFlow's LeakyRelu stores its slope as a float32 attribute: 0.01 is off by 2e-8 of itself",
        link=f"{NN_OPS}/nn_ops.py"),
    Deviation(
        case="n04-mlp-float64-leaky_relu", oracle="keras", arrays="*", size=4.3e-10,
        reason="TensorFlow's LeakyRelu stores its slope as a float32 attribute: 0.01 is off by 2e-8 of itself",
        link=f"{NN_OPS}/nn_ops.py"),
    Deviation(
        case="n21-leaky-float64-*", oracle="keras", arrays="*", size=4.5e-12,
        reason="TensorFlow's LeakyRelu stores its slope as a float32 attribute: 0.0001 is off by 3e-8 of itself",
        link=f"{NN_OPS}/nn_ops.py"),
    Deviation(
        case="n21-training-float64", oracle="keras", arrays="outputs/*", size=6.5e-13,
        reason="TensorFlow's LeakyRelu stores its slope as a float32 attribute: 0.0001 is off by 3e-8 of itself",
        link=f"{NN_OPS}/nn_ops.py"),
    Deviation(
        case="dense-gelu-float64-*", oracle="keras", arrays="*", size=6.5e-9,
        reason="tf.nn.gelu makes 1/√2 a float32 tensor before it casts it to float64",
        link=f"{NN_OPS}/nn_ops.py"),
    Deviation(
        case="dense-gelu_tanh-float64-*", oracle="keras", arrays="*", size=1.3e-9,
        reason="tf.nn.gelu makes 0.044715 a float32 tensor before it casts it to float64",
        link=f"{NN_OPS}/nn_ops.py"),
    Deviation(
        case="optimizer-momentum-defaults-float64", oracle="keras", arrays="outputs/*", size=1.1e-7,
        reason="ops.cast makes a momentum of 0.9 a float32 tensor before it casts it to float64: off by 3e-8 of itself",
        link=f"{KERAS}/optimizers/sgd.py"),
    Deviation(
        case="optimizer-adam-hat-defaults-float*", oracle="keras", arrays="outputs/*", size=3.6e-6,
        reason="Adam's beta_2 of 0.999 is a float32 tensor first, in float64 as well: 1 - beta_2 is off by 1.3e-5 of itself",
        link=f"{KERAS}/optimizers/adam.py"),
    Deviation(
        case="loss-binary_cross_entropy-log_clamp_beyond-float64", oracle="complex step", arrays="grads/x", size=1.0,
        reason="beyond the clamp PyTorch's gradient, which the convention follows, is no derivative of the loss"),
    Deviation(
        case="*truncated*-float64*", oracle="complex step", arrays="grads/*", size=3.6,
        reason="a truncated gradient is an approximation, no derivative of the loss (K20)"),
    *(Deviation(
        case=case, oracle="complex step", arrays="grads/[cx]*", size=1.4,  # the cell and its input; the head is exact
        reason="a truncated gradient is an approximation, no derivative of the loss (K20)")
      for case in ("n06-lstm-*-window[01]-float64-*", "n06-lstm-tanh-window3-float64-generic",
                   "n06-lstm-tanh-window3-float64-single")),
)


def deviation(case: str, oracle: str, path: str) -> Deviation | None:
    """The row on this array ("grads/kernel") of this case, if there is one."""
    rows = [d for d in DEVIATIONS
            if d.oracle == oracle and fnmatchcase(case, d.case) and fnmatchcase(path, d.arrays)]
    if len(rows) > 1:
        raise ValueError(f"{case}, {oracle}, {path}: {len(rows)} rows of known deviations, one wanted")
    return rows[0] if rows else None
