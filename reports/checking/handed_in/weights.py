"""Which attribute is which weight, and how the numbers lie in it.

A weight of somebody's class is described in our names: "kernel", "bias f" (of one gate), "kernel ifgo" (all gates side by side,
in this order), "recurrent_kernel + kernel f" (one below the other, as for [h, x] W). Whether it stands there transposed, as a
column, or with its axes in another order is read from its shape, at sizes that are all different; where a shape cannot say it,
"kernel.T" does.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from nnparity.cases.kinds import KINDS
from nnparity.oracles.layouts import Layout
from nnparity.reports.checking.names import WrongObject

Shape = tuple[int, ...]
WEIGHT = re.compile(r"\s*(?P<arrays>\w+(?:\s*\+\s*\w+)*)(?P<turned>\.T)?(?:\s+(?P<gates>[a-z]+))?\s*")


@dataclass(frozen=True)
class Weight:
    """What one attribute holds: arrays of ours, one below the other, of these gates side by side."""

    arrays: tuple[str, ...]
    gates: str = ""
    turned: bool = False  # said to be transposed

    def __str__(self):
        return " + ".join(self.arrays) + (".T" if self.turned else "") + (f" {self.gates}" if self.gates else "")


def parsed(text: str, kind: str) -> Weight:
    """Raises WrongObject for what describes no weight of the layer."""
    there, gates = KINDS[kind].params, KINDS[kind].gates
    match = WEIGHT.fullmatch(text)
    example = f'"kernel {gates}"' if gates else f'"{next(iter(there), "nothing: it has no weights")}"'
    names = re.split(r"\s*\+\s*", match["arrays"]) if match else []
    if not match or any(name not in there for name in names):
        raise WrongObject(f"{text!r} is no weight of {kind}: it has {', '.join(there) or 'none'}; an example is {example}")
    own = match["gates"] or ""
    known = KINDS[kind].peepholes if names == ["peephole"] else gates
    if bool(own) != bool(known) or set(own) - set(known) or len(set(own)) < len(own):
        raise WrongObject(f"{text!r}: say which gates it holds, in their order; those of {kind} are {known}" if known else
                          f"{text!r}: {kind} has no gates")
    return Weight(tuple(names), own, bool(match["turned"]))


@dataclass(frozen=True)
class Lies:
    """How a plain array lies in an attribute: its gates side by side or stacked, its axes in this order, ones in between, or
    without axes of length one that it has (w (n,) of a kernel (n, 1), a number b of a bias (1,))."""

    stacked: bool
    order: tuple[int, ...]
    ones: tuple[int, ...] = ()
    without: tuple[int, ...] = ()

    def put(self, plain: np.ndarray) -> np.ndarray:
        return np.expand_dims(np.squeeze(plain, self.without) if self.without else plain.transpose(self.order), self.ones)

    def taken(self, array: np.ndarray) -> np.ndarray:
        own = np.squeeze(array, self.ones)
        return np.expand_dims(own, self.without) if self.without else own.transpose(np.argsort(self.order))


def plain(params: Mapping[str, np.ndarray], weight: Weight, kind: str, stacked: bool) -> np.ndarray:
    """The canonical arrays as one: of one gate (in, hidden), of several (in, gates · hidden) or, stacked, (gates, in, hidden)."""
    def one(name: str) -> np.ndarray:
        if not weight.gates:
            return params[name]
        known = KINDS[kind].peepholes if name == "peephole" else KINDS[kind].gates
        blocks = [params[name][known.index(gate)] for gate in weight.gates]
        return np.stack(blocks) if stacked else np.concatenate(blocks, axis=-1)
    return np.concatenate([one(name) for name in weight.arrays], axis=1 if stacked else 0)


def arrangements(params: Mapping[str, np.ndarray], weight: Weight, kind: str, shape: Shape) -> list[Lies]:
    """Every way in which a weight can lie in an array of this shape."""
    found = []
    for stacked in (False, True)[:1 + (len(weight.gates) > 1)]:
        own = plain(params, weight, kind, stacked).shape
        ones = tuple(i for i, n in enumerate(shape) if n == 1)[:max(0, len(shape) - len(own))]
        bare = tuple(n for i, n in enumerate(shape) if i not in ones)
        for order in permutations(range(len(own))):
            if tuple(own[i] for i in order) == bare and (not weight.turned or order == tuple(reversed(range(len(own))))):
                found.append(Lies(stacked, order, ones))
        lone = tuple(i for i, n in enumerate(own) if n == 1)
        if lone and not found and shape == tuple(n for n in own if n != 1):
            found.append(Lies(stacked, tuple(range(len(own))), (), lone))
    return found


class Unclear(Exception):
    """What a shape alone does not say, in words."""


def arranged(params: Mapping[str, np.ndarray], weights: Mapping[str, Weight], shapes: Mapping[str, Shape],
             kind: str) -> dict[str, Lies]:
    """How each weight lies in its attribute. `params` are a case's, best of sizes that are all different. A square recurrent
    kernel stands as the kernel beside it does. Raises Unclear."""
    found: dict[str, Lies] = {}
    open_: dict[str, list[Lies]] = {}
    for path, weight in weights.items():
        ways = arrangements(params, weight, kind, shapes[path])
        if not ways:
            own = plain(params, weight, kind, False).shape
            raise Unclear(f"{path} has shape {shapes[path]}; {weight} would be {own}, or that with its axes in another order")
        found[path] = ways[0]
        if len(ways) > 1 and not weight.turned and not same_axes(ways, KINDS[kind].windows):
            open_[path] = ways
    turned = {lies.order == (1, 0) for path, lies in found.items() if path not in open_ and len(lies.order) == 2}
    for path, ways in open_.items():
        if weights[path].arrays != ("recurrent_kernel",) or len(turned) != 1:
            raise Unclear(f'{path} is square: say "{weights[path]}" with ".T" behind the array where it stands transposed')
        as_the_kernel = turned == {True}
        found[path] = next(way for way in ways if (way.order == (1, 0)) == as_the_kernel or len(way.order) != 2)
    return found


def same_axes(ways: Sequence[Lies], windows: int) -> bool:
    """Whether they differ in the order of a square window's axes alone; then that is as everywhere, height first."""
    return windows == 2 and all(way.order.index(2) < way.order.index(3) or way.order != ways[0].order for way in ways) and len(
        {tuple(2 if i == 3 else i for i in way.order) for way in ways}) == 1


def layout_of(weights: Mapping[str, Weight], lies: Mapping[str, Lies], kind: str) -> Layout:
    """Canonical arrays -> the attributes' by their paths, and gradients back."""
    def pack(params):
        return {path: lies[path].put(plain(params, weight, kind, lies[path].stacked)) for path, weight in weights.items()
                if set(weight.arrays) <= params.keys()}

    def unpack(arrays):
        parts: dict[str, dict[str, np.ndarray]] = {}
        wrong: dict[str, np.ndarray] = {}
        for path, weight in weights.items():
            if path not in arrays:
                continue
            try:
                own = lies[path].taken(fitted(arrays[path], lies[path]))
            except ValueError:  # another shape than its weight's: the comparison says so
                wrong |= dict.fromkeys(weight.arrays, arrays[path])
                continue
            for name, block in rows(own, weight, lies[path].stacked):
                gates = np.split(block, len(weight.gates), -1) if weight.gates and not lies[path].stacked else block
                parts.setdefault(name, {}).update(zip(weight.gates, gates) if weight.gates else {"": block})
        return {name: joined(name, blocks, kind) for name, blocks in parts.items()} | wrong

    return Layout(pack, unpack)


def fitted(array: np.ndarray, lies: Lies) -> np.ndarray:
    """A gradient (n,) of a weight (1, n) or (n, 1)."""
    return np.expand_dims(array, lies.ones) if lies.ones and array.ndim == len(lies.order) else array


def rows(own: np.ndarray, weight: Weight, stacked: bool) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays that stand one below the other. A kernel on [h, x]: the hidden size is that of one gate's columns."""
    if len(weight.arrays) == 1:
        yield weight.arrays[0], own
        return
    hidden = own.shape[-1] // (1 if stacked else len(weight.gates) or 1)
    axis, start = (1 if stacked else 0), 0
    for name in weight.arrays:
        length = hidden if name == "recurrent_kernel" else own.shape[axis] - hidden
        yield name, np.take(own, range(start, start + length), axis)
        start += length


def joined(name: str, blocks: Mapping[str, np.ndarray], kind: str) -> np.ndarray:
    if "" in blocks:
        return blocks[""]
    known = KINDS[kind].peepholes if name == "peephole" else KINDS[kind].gates
    return np.stack([blocks[gate] for gate in known])


def covered(weights: Mapping[str, Weight], kind: str) -> set[str]:
    """The names of our arrays that the attributes hold. Raises WrongObject where one is held in part, or twice."""
    held: dict[str, list[str]] = {}
    for weight in weights.values():
        for name in weight.arrays:
            held.setdefault(name, []).extend(weight.gates or [""])
    for name, gates in held.items():
        known = list((KINDS[kind].peepholes if name == "peephole" else KINDS[kind].gates) or [""])
        if sorted(gates) != sorted(known):
            missing = sorted(set(known) - set(gates))
            why = f"no attribute holds gate {', '.join(missing)}" if missing else "two attributes hold the same"
            raise WrongObject(f"{name}: {why}")
    return set(held)
