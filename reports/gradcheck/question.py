"""Somebody's function as a number that depends on named arrays, and their gradients of it as a dict of the same names.

    value(arrays) = f(...)                       where f returns one number, the loss
                  = Σ cotangent · output         where it returns arrays

Arrays are given as copies where f changes them. The states of np.random and random are put back after every call, so that all
calls draw the same numbers, and the caller's own draws are as if nothing had been asked.
"""

import inspect
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from nnparity.reports.gradcheck.nest import as_array, by_names_of, is_number, leaves, refilled

Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Question:
    f: Callable
    grads: Any  # a nest of arrays, a function that returns one, None where f returns (output, gradients) itself
    params: Any
    inputs: Any = None
    cotangents: Any = None
    in_place: bool = False  # f reads the arrays of `params` themselves and not what it is given
    copies: bool = True  # of the arrays for every call: needless where f does not change what it is given
    start: Arrays = field(default_factory=dict)  # the arrays to differentiate by, in float64
    watched: bool = True  # whether random states are put back after each call
    draws: list[bool] = field(default_factory=list)  # filled where a call drew random numbers

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What the places of several arguments are called: as f calls them."""
        try:
            found = [p.name for p in inspect.signature(self.f).parameters.values()
                     if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        except (TypeError, ValueError):
            found = []
        if not isinstance(self.params, tuple):
            return tuple(found[:1]) or ("x",)
        return tuple(found) if len(found) >= len(self.params) else tuple(f"argument {i}" for i in range(len(self.params)))

    @property
    def reads_params(self) -> bool:
        """Whether f takes no argument at all, so that it can only read the arrays of params themselves."""
        count = len(self.params) if isinstance(self.params, tuple) else 1
        return takes(self.f, 0) and not takes(self.f, count + (self.inputs is not None))

    @property
    def numbers(self) -> dict[str, np.ndarray]:
        """All arrays of numbers that f is given, as they were given."""
        given = {name: as_array(leaf) for name, leaf in leaves(self.params, self.names) if is_number(leaf)}
        if isinstance(self.inputs, Mapping):
            return {name: as_array(leaf) for name, leaf in leaves(self.inputs) if is_number(leaf)} | given
        return given

    @property
    def own(self) -> dict[str, np.ndarray]:
        """Copies of them, for a first call: nobody's arrays are changed."""
        return {name: a.copy() for name, a in self.numbers.items()}

    def outputs(self, arrays: Arrays) -> Any:
        """What f returns for these arrays, gradients left aside."""
        with self.called(arrays) as arguments:
            returned = self.f(*arguments, *self.upstream(self.f, arguments)) if self.grads is None else self.f(*arguments)
            if self.grads is None and not (isinstance(returned, tuple) and len(returned) == 2):
                raise ValueError("without grads, f must return two things, (output, gradients); "
                                 f"it returned {type(returned).__name__}")
            return returned[0] if self.grads is None else returned

    def value(self, arrays: Arrays) -> complex:
        """The number that is differentiated; complex where the arrays are."""
        return total(self.outputs(arrays), self.cotangents)

    def theirs(self, arrays: Arrays, cotangents: Any = None) -> dict[str, np.ndarray]:
        """Their gradients under the arrays' names, copied at once."""
        question = self if cotangents is None else replace(self, cotangents=cotangents)
        if callable(self.grads):
            question.outputs(arrays)  # a backward pass may read what the forward pass left behind
        with question.called(arrays) as arguments:
            if self.grads is None:
                found = self.f(*arguments, *question.upstream(self.f, arguments))[1]
            elif callable(self.grads):
                fit = takes(self.grads, len(arguments)) or question.upstream(self.grads, arguments)
                arguments = arguments if fit else ()
                found = self.grads(*arguments, *question.upstream(self.grads, arguments))
            else:
                found = self.grads
        named = by_names_of(self.params, found, self.names)
        return {name: as_array(leaf).copy() for name, leaf in named.items() if leaf is not None}

    def upstream(self, function: Callable, arguments: tuple) -> tuple:
        """The cotangents, where there are any and the function takes them behind its other arguments."""
        return (self.cotangents,) if self.cotangents is not None and takes(function, len(arguments) + 1) else ()

    @property
    def asks_anew(self) -> bool:
        """Whether their gradients can be had at other arrays."""
        return self.grads is None or callable(self.grads)

    @contextmanager
    def called(self, arrays: Arrays) -> Iterator[tuple]:
        """The arguments of one call; what the call changed is put back."""
        states = (np.random.get_state(), random.getstate()) if self.watched else None
        own = self.numbers if self.in_place else {}
        kept = {name: own[name].copy() for name in arrays if name in own}
        for name in kept:
            own[name][...] = arrays[name]
        given = {name: a.copy() for name, a in arrays.items()} if self.copies else arrays
        params = self.params if self.in_place else refilled(self.params, given, self.names)
        arguments = tuple(params) if isinstance(params, tuple) else (params,)
        if self.inputs is not None:
            arguments += (self.inputs if self.in_place else refilled(self.inputs, given),)
        if self.in_place and not takes(self.f, len(arguments)):
            arguments = ()
        try:
            with np.errstate(all="ignore"):
                yield arguments
        finally:
            for name, a in kept.items():
                own[name][...] = a
            if states is not None and drawn_since(*states):
                self.draws.append(True)
                np.random.set_state(states[0])
                random.setstate(states[1])


def drawn_since(numpys: Any, pythons: Any) -> bool:
    """Whether np.random or random have gone on from these states."""
    now: Any = np.random.get_state()
    return now[2:] != numpys[2:] or random.getstate()[1][-1] != pythons[1][-1]


def takes(function: Callable, count: int) -> bool:
    """Whether a function can be called with so many arguments."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # no signature to be had
        return True
    return True


def total(outputs: Any, cotangents: Any) -> complex:
    """One number of what a function returned.

    Raises ValueError where it returned arrays and there are no cotangents, or none that fit.
    """
    named = {name: as_array(leaf) for name, leaf in leaves(outputs) if is_number(leaf) or np.iscomplexobj(leaf)}
    if not named:
        raise ValueError(f"f returned {type(outputs).__name__}, which has no number in it; it must return the loss, or arrays")
    if cotangents is None:
        (value, *more) = named.values()
        if more or value.size != 1 or len(list(leaves(outputs))) > 1:
            raise ValueError(
                f"f returned {said(outputs)}: give cotangents=dL/d(output) in the same form, or let f return one number"
            )
        return value.reshape(-1)[0].item()
    upstream = {name: as_array(leaf) for name, leaf in leaves(cotangents)}
    if len(upstream) == len(named) == 1:
        upstream = dict(zip(named, upstream.values()))
    if not upstream.keys() <= named.keys() or any(named[name].shape != a.shape for name, a in upstream.items()):
        raise ValueError(
            f"cotangents are {said(cotangents)} and f returned {said(outputs)}: one is dL/d of the other, of its shape"
        )
    return sum((named[name] * a).sum().item() for name, a in upstream.items())


def said(nest: Any) -> str:
    """An array (3, 4); y (3, 4), h (4,)."""
    found = list(leaves(nest))
    if len(found) == 1:
        leaf = found[0][1]
        return f"an array {np.shape(leaf)}" if np.ndim(leaf) else type(leaf).__name__
    return ", ".join(f"{name} {np.shape(leaf) if is_number(leaf) else type(leaf).__name__}" for name, leaf in found)
