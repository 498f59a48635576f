"""In which order somebody's arrays have the axes of ours, and what comes back from their forward pass. Arrays or tensors."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nnparity.cases.case import Case
from nnparity.cases.kinds import KINDS, RECURRENT, axes
from nnparity.reports.asking.training_contract import NoAnswer
from nnparity.reports.checking.names import WrongObject


class Axes:
    """`text` names the axes of their x, "input batch time"; ours where it is empty, or columns. Raises WrongObject."""

    def __init__(self, text: str, kind: str, ndim: int, columns: bool = False):
        ours = [a if a in ("batch", "time", "height", "width", "length") else "features" for a in axes(kind, "x", ndim, {})]
        if columns and not text:
            if kind in RECURRENT or ndim != 2:
                example = "features batch time" if kind in RECURRENT else "features batch"
                raise WrongObject(f"its bias is a column, so x is not (batch, {', '.join(ours[1:])})",
                                  f'Say which axes its x has: nnparity.adapt(..., axes="{example}")')
            text = "features batch"
        theirs = [a if a in ours else "features" for a in text.replace(",", " ").split()] or ours
        if sorted(theirs) != sorted(ours):
            if text and ndim > 2 and kind not in RECURRENT:
                theirs = ours
            else:
                raise WrongObject(f"axes={text!r}: the axes of x are {', '.join(ours)}")
        self.order = [ours.index(a) for a in theirs]
        self.back = [int(i) for i in np.argsort(self.order)]
        self.state = [("batch", "features").index(a) for a in theirs if a in ("batch", "features")]

    def theirs(self, a):
        """x, y or a cotangent of y."""
        return transposed(a, self.order)

    def ours(self, a):
        return transposed(a, self.back)

    def turned_state(self, a):
        """(batch, hidden) to theirs, or back: it has two axes."""
        return transposed(a, self.state) if len(a.shape) == 2 else a


def transposed(a, order):
    if order == sorted(order):
        return a
    return a.permute(order) if hasattr(a, "permute") else a.transpose(order) if isinstance(a, np.ndarray) else moved(a, order)


def moved(a, order):
    """A tensor of TensorFlow's, by the function that its own framework has."""
    from nnparity import oracles
    return oracles.tool("keras").transpose(a, order)


def outputs_of(returned: Any, case: Case, turn: Axes, stack: Callable, kept: Callable[[], Any] = lambda: None) -> dict[str, Any]:
    """y, h_n, c_n in our axes, of what a forward pass returned. Raises NoAnswer."""
    kind = case.layers[0].kind
    if kind not in RECURRENT:
        y = returned[0] if isinstance(returned, tuple | list) and returned else returned
        if not hasattr(y, "shape"):
            raise NoAnswer(f"forward returned {type(returned).__name__}; expected an array y")
        return {"y": turn.ours(y) if len(y.shape) == len(turn.order) else y}
    y, rest = parted(returned, stack)
    if len(y.shape) != 3:
        raise NoAnswer(f"forward returned one array of shape {tuple(y.shape)}; expected every step's state, "
                       f"{case.cotangents['y'].shape} in its own order of axes: return all states")
    y = turn.ours(y)
    states = [turn.turned_state(a[0] if len(a.shape) == 3 and a.shape[0] == 1 else a) for a in rest]
    found = {"y": y, "h_n": states[0] if states else y[:, -1]}
    if "c" in KINDS[kind].states:
        last = states[1] if len(states) > 1 else kept()
        if last is not None:
            found["c_n"] = turn.turned_state(last) if len(states) < 2 else last
    return found


def parted(returned: Any, stack: Callable) -> tuple[Any, list]:
    """(every step's state, the last states), whatever the order and the brackets."""
    if is_a_step_each(returned):
        return stack(returned), []
    arrays = list(flat(returned, stack))
    if not arrays:
        raise NoAnswer(f"forward returned {type(returned).__name__}; expected an array of every step's state")
    at = next((i for i, a in enumerate(arrays) if len(a.shape) == 3 and a.shape[0] != 1), 0)
    return arrays[at], [*arrays[:at], *arrays[at + 1:]]


def is_a_step_each(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 2 and all(hasattr(a, "shape") and len(a.shape) == 2 for a in value)


def flat(value: Any, stack: Callable):
    if isinstance(value, Mapping):
        value = tuple(value.values())
    if is_a_step_each(value):
        yield stack(value)
    elif isinstance(value, tuple | list):
        for one in value:
            yield from flat(one, stack)
    elif hasattr(value, "shape"):
        yield value
