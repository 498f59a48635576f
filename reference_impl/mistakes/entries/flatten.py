"""What goes wrong in flattening. Each entry changes a line of reference_impl/layers/flatten.py."""

from functools import partial

from nnparity.reference_impl.mistakes.edit import Edit
from nnparity.reference_impl.mistakes.entries.convolution import entry

flatten = partial(entry, module="layers.flatten", kinds=("flatten",), case="flatten-as_stored-float64")
forward, backward = partial(flatten, part="forward"), partial(flatten, part="backward")

MISTAKES = (
    forward(id="flatten-columns-first", title="flattened with the first axis running fastest",
            edit=Edit(function="flatten", right="y = first.reshape(*x.shape[:-axes], math.prod(x.shape[-axes:]))",
                      wrong="y = np.moveaxis(first, range(-axes, 0), range(-1, -axes - 1, -1))"
                            ".reshape(*x.shape[:-axes], math.prod(x.shape[-axes:]))"),
            symptom='The right numbers in another order: what order="F" or a MATLAB colon gives.',
            fix="Flatten with the last axis running fastest.",
            correct=r"(i \cdot W + j) \cdot C + k", mistaken=r"(k \cdot W + j) \cdot H + i"),
    backward(id="flatten-order-lost", title="flatten's gradient reshaped without going back to the order of x",
             edit=Edit(function="flatten.vjp", right='return {"x": dx if order == "as_stored" else np.moveaxis(dx, -axes, -1)}',
                       wrong='return {"x": dx.reshape(x.shape)}'),
             symptom="The right shape, every number at another place.",
             fix="Undo the transposition after the reshape.",
             correct=r"\frac{\partial L}{\partial x_{ijk}} = d y_{(kij)}",
             mistaken=r"\frac{\partial L}{\partial x_{ijk}} = d y_{(ijk)}",
             config={"order": "channels_first"}, case="flatten-channels_first-float64"),
    backward(id="flatten-gradient-columns-first", title="flatten's gradient read with the first axis running fastest",
             edit=Edit(function="flatten.vjp", right='dx = cotangents["y"].reshape(first.shape)',
                       wrong='dx = np.array([dy.reshape(first.shape[1:], order="F") for dy in cotangents["y"]])'),
             symptom="The right shape, every number at another place.",
             fix="Reshape back in the order in which the forward pass flattened.",
             correct=r"\frac{\partial L}{\partial x_{ijk}} = d y_{(i W + j) C + k}",
             mistaken=r"\frac{\partial L}{\partial x_{ijk}} = d y_{(k W + j) H + i}"),
)
