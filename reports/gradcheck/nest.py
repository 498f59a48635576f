"""Arrays in dicts, lists and tuples: a name for each, and the same nest with other arrays in it.

    {"W": a, "layers": [b, c]}  ->  "W", "layers[0]", "layers[1]"
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

MARKS = re.compile(r"^(d_?|grad_?|delta_?|nabla_?)(?=[^_])|(_?grad(ient)?s?|_grads?)$", re.IGNORECASE)  # dW1, W1_grad, nabla_b


def leaves(nest: Any, names: Sequence[str] = (), path: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf with its name. `names` are those of the places of a tuple or a list that stands outermost."""
    if isinstance(nest, Mapping):
        for key, inner in nest.items():
            yield from leaves(inner, path=f"{path}/{key}" if path else str(key))
    elif isinstance(nest, list | tuple):
        for i, inner in enumerate(nest):
            yield from leaves(inner, path=names[i] if i < len(names) else f"{path}[{i}]")
    else:
        yield path or (names[0] if names else "value"), nest


def refilled(nest: Any, arrays: Mapping[str, Any], names: Sequence[str] = (), path: str = "") -> Any:
    """The nest with `arrays` in the places of these names, and everything else as it was."""
    if isinstance(nest, Mapping):
        inner = {key: refilled(value, arrays, path=f"{path}/{key}" if path else str(key)) for key, value in nest.items()}
        return inner if type(nest) is dict else type(nest)(inner)  # type: ignore[call-arg]
    if isinstance(nest, list | tuple):
        places = [refilled(value, arrays, path=names[i] if i < len(names) else f"{path}[{i}]") for i, value in enumerate(nest)]
        return type(nest)(*places) if hasattr(nest, "_fields") else type(nest)(places)
    return arrays.get(path or (names[0] if names else "value"), nest)


def as_array(leaf: Any) -> np.ndarray:
    """A NumPy array of a leaf; tensors of frameworks leave their graph first."""
    return np.asarray(leaf.detach().cpu() if hasattr(leaf, "detach") else leaf)


def is_number(leaf: Any) -> bool:
    """Whether a leaf is an array of real numbers, whole ones included."""
    return leaf is not None and not isinstance(leaf, str | bytes | bool) and as_array(leaf).dtype.kind in "iuf"


def plain_name(name: str) -> str:
    """The array that a gradient is of: dW1, grad_W1 and W1_grad are W1."""
    return MARKS.sub("", name).lower() or name.lower()


def by_names_of(params: Any, grads: Any, names: Sequence[str]) -> dict[str, Any]:
    """Leaves of `grads` under the names of `params`: by the same nest, by order, or by names such as dW1. Others keep theirs."""
    if isinstance(params, Mapping) and isinstance(grads, list | tuple) and len(grads) == len(params):
        grads = dict(zip(params, grads))
    wanted = [name for name, _ in leaves(params, names)]
    found = dict(leaves(grads, names))
    if len(wanted) == len(found) == 1:
        return dict(zip(wanted, found.values()))
    missing = [name for name in wanted if name not in found]
    for name in [name for name in found if name not in wanted]:
        alike = [other for other in missing if plain_name(other) == plain_name(name)]
        if len(alike) == 1:
            found[alike[0]] = found.pop(name)
            missing.remove(alike[0])
    return found
