"""Arrays whose every operation rounds at random: NumPy's own dispatch, and no code in any layer.

`rounded(arrays, moves)` gives copies of float64 arrays as `Rounded`. Whatever NumPy computes from them is moved as
reference_impl/noise.py says and is `Rounded` again. A buffer that a layer allocates takes part where it is made with
`like=x`; `np.empty_like` and its kin do so by themselves.
"""

from math import prod

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from nnparity.cases.case import Arrays

# ufuncs whose result is one of the arguments, a sign or a truth: nothing rounds
EXACT = {
    "absolute", "ceil", "clip", "conjugate", "copysign", "equal", "fabs", "floor", "fmax", "fmin", "greater", "greater_equal",
    "isfinite", "isinf", "isnan", "less", "less_equal", "logical_and", "logical_not", "logical_or", "maximum", "minimum",
    "negative", "not_equal", "positive", "rint", "sign", "signbit", "trunc",
}
# Functions that a library computes by a rational or a polynomial: good to a few units in the last place, where one operation is
# good to half of one. The worst that were met are TensorFlow's tanh, 7.4 units in float64, and NumPy's exp, 2.5 in float32.
LIBRARY = {
    "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "cbrt", "cos", "cosh", "exp", "exp2", "expm1",
    "log", "log10", "log1p", "log2", "logaddexp", "logaddexp2", "power", "sin", "sinh", "tan", "tanh",
}
UNITS = 2  # that such a function is moved by; four times as much is allowed
POOL = 2**18  # random numbers drawn once; an operation takes a stretch of them from a random place


class Moves:
    """The random numbers of one run, the size of a move, ε or a multiple of it, and the smallest normal number of the precision:
    what is below it a library flushes to zero, or does not."""

    def __init__(self, size: float, seed: int, tiny: float = 0.0):
        self.size, self.tiny = size, tiny
        self._places = np.random.default_rng(seed)
        self._pool = _pool()

    def __call__(self, shape) -> np.ndarray:
        """ε u for every element, u in (-1, 1)."""
        n = prod(shape)
        start = int(self._places.random() * POOL)
        if start + n <= 2 * POOL:
            u = self._pool[start:start + n]
        else:
            u = np.resize(self._pool[start:], n) if n < 4 * POOL else self._places.uniform(-1, 1, n)
        return self.size * u.reshape(shape)


_POOLS: list[np.ndarray] = []


def _pool() -> np.ndarray:
    if not _POOLS:
        once = np.random.default_rng(0).uniform(-1, 1, POOL)
        _POOLS.append(np.concatenate([once, once]))
    return _POOLS[0]


def rounded(arrays: Arrays, moves: Moves) -> dict[str, np.ndarray]:
    """The float arrays as `Rounded`, themselves not moved: everybody starts from the same numbers."""
    return {name: _wrapped(np.array(a), moves) if a.dtype.kind == "f" else a for name, a in arrays.items()}


def loses(value, size):
    """`value` itself. In a draw of the noise it is also moved by ε u |size|.

    For where the reference has a form that keeps all digits, and the usual one, as y (1 - y), takes a difference of numbers of
    this size: that is right code all the same.
    """
    if not isinstance(value, Rounded):
        return value
    moved = _plain(value) + value.moves(value.shape) * np.abs(_plain(size))
    return _wrapped(moved, value.moves)


class Rounded(np.ndarray):
    """A float64 array that knows by how much what is computed from it is moved."""

    moves: Moves

    def __array_finalize__(self, parent):
        self.moves = getattr(parent, "moves", None)

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        moves = _moves(inputs) or _moves(out)
        arguments = [a.view(np.ndarray) if isinstance(a, Rounded) else a for a in inputs]
        if options:
            options = {name: _plain(a) for name, a in options.items()}
        if method == "at":
            _add_at(ufunc, arguments, moves)
            return None
        result = getattr(ufunc, method)(*arguments, **options)
        if isinstance(result, tuple):  # divmod, modf, frexp
            return tuple(_wrapped(np.asarray(part), moves) for part in result)
        result = np.asarray(result)
        if result.dtype.kind == "f" and ufunc.__name__ not in EXACT:
            move = moves(result.shape)
            flushed = (np.abs(result) < moves.tiny) & (move > 0)
            result = result + move * _size(ufunc, method, arguments, options, result)
            if flushed.any():
                result = np.where(flushed, 0.0, result)
        if out is not None and out[0] is not None:
            _plain(out[0])[...] = result
            return out[0]
        return _wrapped(result, moves)

    def __array_function__(self, function, types, args, kwargs):
        moves = self.moves or _moves(args) or _moves(kwargs.values())  # self alone where it was given as `like`
        if function in COMPOSED:
            return super().__array_function__(function, types, args, kwargs)
        args, kwargs = _deep(args), _deep(kwargs)
        if function is np.dot:
            return _dot(*args, moves=moves, **kwargs)
        if function is np.vdot:
            a, b = (x.ravel() for x in args)
            return _dot(a, b, moves=moves)
        result = function(*args, **kwargs)
        if isinstance(result, tuple | list):
            return type(result)(_wrapped(part, moves) for part in result)
        if function in SELECTIONS or not isinstance(result, np.ndarray) or result.dtype.kind != "f":
            return _wrapped(result, moves)
        return _wrapped(result + moves(result.shape) * np.abs(result), moves)  # anything else is one operation


# what NumPy composes of ufuncs itself: these move as they go
COMPOSED = {np.mean, np.sum, np.var, np.std, np.prod, np.cumsum, np.max, np.min, np.clip, np.any, np.all}
# what copies, moves or selects: nothing rounds
SELECTIONS = {
    np.append, np.array, np.array_split, np.asarray, np.ascontiguousarray, np.atleast_1d, np.atleast_2d, np.atleast_3d,
    np.broadcast_arrays, np.broadcast_to, np.concatenate, np.copy, np.diag, np.diagonal, np.empty, np.empty_like,
    np.expand_dims, np.flip, np.full, np.full_like, np.hstack, np.moveaxis, np.ones, np.ones_like, np.pad, np.put_along_axis,
    np.ravel, np.repeat, np.reshape, np.resize, np.roll, np.rollaxis, np.rot90, np.select, np.sort, np.split, np.squeeze,
    np.stack, np.swapaxes, np.take, np.take_along_axis, np.tile, np.transpose, np.tril, np.triu, np.vstack, np.where, np.zeros,
    np.zeros_like,
    as_strided, sliding_window_view,
}


def _size(ufunc, method, arguments, options, result) -> np.ndarray:
    """The size of a move in epsilons: |r| for one operation, √(k (S²/3 + Q/6) + Q) for a sum of k terms."""
    if ufunc is np.matmul:
        a, b = arguments
        return _of_sum(result, np.matmul(a * a, b * b), a.shape[-1])
    if ufunc is np.add and method == "reduce":
        terms = arguments[0]
        if terms.size == result.size:  # one term each
            return np.zeros_like(result)
        along = {name: options[name] for name in ("axis", "keepdims", "where") if name in options}
        squares = np.add.reduce(terms * terms, **along)
        return _of_sum(result, squares, terms.size / max(result.size, 1))
    size = np.abs(result)
    return UNITS * size if ufunc.__name__ in LIBRARY else size


def _of_sum(total, squares, terms) -> np.ndarray:
    """√(k (S²/3 + Q/6) + Q) for sums S of k terms each, whose squares add up to Q: see reference_impl/noise.py."""
    return np.sqrt(terms * (total * total / 3 + squares / 6) + squares)


def _dot(a, b, out=None, *, moves):
    """np.dot, moved as a sum of products."""
    result = np.dot(a, b)
    move = moves(np.shape(result))
    terms = np.shape(a)[-1] if np.ndim(a) else 1
    result = result + move * _of_sum(result, np.dot(a * a, b * b), terms)
    if out is None:
        return _wrapped(result, moves)
    out[...] = result
    return out


def _add_at(ufunc, arguments, moves):
    """Adding in place at repeated indices is a sum over the repetitions."""
    target, where, terms = arguments
    if ufunc is not np.add:
        ufunc.at(*arguments)
        return
    before = target.copy()
    ufunc.at(target, where, terms)
    squares, count = before * before, (before != 0).astype(target.dtype)
    np.add.at(squares, where, np.square(terms))
    np.add.at(count, where, 1)
    target += moves(target.shape) * np.where(count > 1, _of_sum(target, squares, count), 0)


def _moves(arrays) -> Moves | None:
    """Those of the first array that has some, in however nested a list."""
    for a in arrays or ():
        if isinstance(a, Rounded) and a.moves is not None:
            return a.moves
        if isinstance(a, tuple | list) and (found := _moves(a)) is not None:
            return found
    return None


def _wrapped(a, moves):
    if isinstance(a, np.floating):
        a = np.asarray(a)
    if not isinstance(a, np.ndarray) or a.dtype.kind != "f":
        return a
    view = a.view(Rounded)
    view.moves = moves
    return view


def _plain(a):
    return a.view(np.ndarray) if isinstance(a, Rounded) else a


def _deep(a):
    match a:
        case Rounded():
            return a.view(np.ndarray)
        case tuple() | list():
            return type(a)(_deep(part) for part in a)
        case dict():
            return {key: _deep(value) for key, value in a.items()}
    return a
