"""`nnparity.adapt`: what a class of one's own does not say of itself."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from nnparity.reports.checking.handed_in.layered import Layered
from nnparity.reports.checking.handed_in.recognise import recognised
from nnparity.reports.checking.handed_in.scalars import Scalars
from nnparity.reports.checking.names import WrongObject
from nnparity.reports.checking.own.student import OwnStudent, is_whole


def adapt(obj: Any, *, weights: Mapping[str, str] | None = None, gradients: Mapping[str, str] | None = None, axes: str = "",
          build: Callable | None = None, value: Callable | None = None):
    """What `nnparity.check` is handed in place of a layer whose weights it cannot tell by name and shape.

        nnparity.adapt(LSTM, weights={"Wf": "recurrent_kernel + kernel f", "bf": "bias f", ...}, axes="input batch time")

    `weights` says of attributes what they hold, in the names of `nnparity list --layer lstm`: an array, "a + b" where one stands
    below the other, its gates in their order, ".T" behind an array that shape cannot tell from its transpose. `gradients` says
    where the gradient of an attribute is ({"W": "grad_of_w"}), `axes` in which order x has its axes, `build` makes one at given
    sizes (build=lambda input, hidden: LSTM(hidden, input)). `value` is the number class of a scalar autodiff, micrograd's Value:
    `obj(params, inputs)` is then a forward pass alone. Of a whole network the layers stand in front: {"W1": "dense_1/kernel",
    "Wf": "lstm/recurrent_kernel + kernel f"}, and `build` takes nothing. Raises WrongObject.
    """
    if value is not None:
        return Scalars(obj, value=value)
    if is_whole(obj):
        return OwnStudent(obj, weights=weights, gradients=gradients, build=build)
    handed = recognised(obj)
    if not isinstance(handed, Layered):
        raise WrongObject(f"{handed.name} is no layer that keeps its weights", "A function in the contract needs no adapter")
    return replace(handed, weights=weights, gradients=gradients, axes=axes, build=build)
