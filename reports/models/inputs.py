"""What two models are asked: numbers in A's layout, and the same in B's."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np

from nnparity.reports.checking.names import WrongRequest

CHANNELS_LAST = ("keras", "flax")
BATCH, LENGTH, SEED = 3, 11, 20
Stated = tuple[tuple[int | None, ...], str]  # a shape, with None for what is open, and a dtype
Inputs = tuple[list[np.ndarray], list[np.ndarray], list[tuple[int, ...]]]


def inputs_for(a: Any, b: Any, model_a: Any, model_b: Any, x: Any) -> Inputs:
    """(A's inputs, B's, the order of A's axes that is B's for each). Raises WrongRequest for none, or where A does not run."""
    given = drawn(model_a, model_b, a, b) if x is None else arrays(x)
    turn_a = x is None and not states(a, model_a)  # they were drawn in B's layout
    steady, other = (b, a) if turn_a else (a, b)
    if error := steady.trace(given).error:
        shapes = ", ".join(str(array.shape) for array in given)
        raise WrongRequest(f"{'B' if turn_a else 'A'} does not run on inputs of shape {shapes}: {error:.300}")
    best: tuple[int, Any] = (-1, None)
    for orders in product(*(layouts(array.ndim, (a.name in CHANNELS_LAST) != (b.name in CHANNELS_LAST)) for array in given)):
        turned = [array.transpose(order) for array, order in zip(given, orders)]
        trace = other.trace(turned)
        far = len(trace.ops) if trace.error else 10**9  # where none runs through, the one that gets farthest
        if far > best[0]:
            best = far, (orders, turned)
        if not trace.error:
            break
    orders, turned = best[1]
    if turn_a:
        return turned, list(given), [tuple(int(i) for i in np.argsort(order)) for order in orders]
    return list(given), turned, list(orders)


def arrays(x: Any) -> list[np.ndarray]:
    """x as a list of arrays; floating-point numbers as float64 ones that single precision has too."""
    many = list(x.values()) if isinstance(x, dict) else list(x) if isinstance(x, (list, tuple)) else [x]
    found = []
    for part in many:
        array = np.asarray(part.detach() if hasattr(part, "detach") else part)
        if array.dtype.kind not in "fiub":
            raise WrongRequest(f"x is of dtype {array.dtype}: numbers are expected")
        found.append(array.astype(np.float32).astype(np.float64) if array.dtype.kind == "f" else array)
    return found


def layouts(ndim: int, two_frameworks: bool) -> Sequence[tuple[int, ...]]:
    """In which order B may have A's axes, the likeliest first."""
    same = tuple(range(ndim))
    if not two_frameworks or ndim < 3:
        return (same,)
    moved = ((0, ndim - 1, *range(1, ndim - 1)), (0, *range(2, ndim), 1))
    return (*moved, same) if ndim > 3 else (same, moved[0], (1, 0, 2))


def states(runner: Any, model: Any) -> bool:
    """Whether a model says what shape its inputs have."""
    return runner.name == "onnx" or runner.name == "keras" and bool(getattr(model, "inputs", None))


def drawn(model_a: Any, model_b: Any, a: Any, b: Any) -> list[np.ndarray]:
    """Numbers for the inputs that a Keras or an ONNX model states. Raises WrongRequest where neither does."""
    stated = next((stated_by(runner, m) for m, runner in ((model_a, a), (model_b, b)) if states(runner, m)), None)
    if stated is None:
        raise WrongRequest("neither model says what shape its input has: hand in x", "x=numpy array",
                           "--input 3,32,32 (sizes without the batch), or x.npz with the arrays in the order of A's arguments")
    vocabulary = min([words for runner in (a, b) for words in runner.vocabularies()], default=7)
    found = numbers(stated, 1, vocabulary)
    if any(runner.masks() for runner in (a, b)):  # examples of different lengths, with the padding's number behind
        for words in (array for array in found if array.dtype.kind in "iu"):
            for n, example in enumerate(words):
                example[len(example) - 2 * n:] = 0
    return found


def numbers(stated: Sequence[Stated], lowest: int, vocabulary: int) -> list[np.ndarray]:
    """Numbers for shapes in which None is open: words from `lowest` on, or normal ones that single precision has too."""
    rng = np.random.default_rng(SEED)
    found = []
    for dims, dtype in stated:
        shape = tuple(n or (LENGTH if axis else BATCH) for axis, n in enumerate(dims))
        whole = "int" in dtype
        found.append(rng.integers(lowest, vocabulary, shape).astype(dtype) if whole
                     else rng.normal(size=shape).astype(np.float32).astype(np.float64))
    return found


def stated_by_keras(model: Any) -> list[Stated]:
    return [((None, *tensor.shape[1:]), str(tensor.dtype)) for tensor in model.inputs]


def stated_by(runner: Any, model: Any) -> list[Stated]:
    """(shape, with None for what is open, and dtype) of each input."""
    if runner.name == "onnx":
        return [(dims, "int64" if whole else "float32") for dims, whole in runner.stated()]
    return stated_by_keras(model)
