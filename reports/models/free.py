"""Parameters that belong to no layer of the framework: a table of positions, a class token, a scale of a person's own layer.

They go from A into B before the two are walked: their partners are told by shape, by what they hold, by name and by order. What
is left are those of a layer that the other model writes out: x @ W + b, or a table of positions for an embedding of 0, 1, 2, ...
"""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, islice, permutations, product
from typing import Any

import numpy as np

from nnparity.oracles.models.compute import COMPUTE
from nnparity.oracles.models.op import Op, Trace
from nnparity.reports.models.side import CONSTANT, Side, key
from nnparity.reports.models.weights import same

MOST = 6  # ways in which those of one shape are paired
LIKE = 0.6  # of two names
Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Link:
    """A parameter of A, its partner in B, and how A's axes stand in B's."""

    a: str
    b: str
    right: np.ndarray  # A's, with B's axes
    own: np.ndarray  # with which B came

    @property
    def status(self) -> str:
        """What B's own is to what it should be: "equal", "transposed", "never_loaded" (one number everywhere), "other"."""
        if same(self.right, self.own):
            return "equal"
        if any(same(p, self.own) for p in arrangements(self.right, self.own.shape)):
            return "transposed"
        return "never_loaded" if self.own.size > 1 and np.ptp(self.own) == 0 else "other"


def held(runner: Any, trace: Trace) -> Op:
    """As the weights of one call that is none of the trace's: with those of the framework's layers that are not understood, which
    go from one into another of their kind."""
    taken = {key(v) for op in trace.ops if op.kind != "code" for v in op.weights.values()}
    free = runner.free()
    if runner.name != "onnx":
        known = {key(v) for v in free.values()}
        for op in trace.ops:
            fresh = {f"{op.name}.{name}": v for name, v in op.weights.items() if op.kind == "code" and key(v) not in known}
            known |= {key(v) for v in fresh.values()}
            free = {**free, **fresh}
    return Op("parameters", "", "parameters", {}, lambda _: (), weights={
        name: v for name, v in free.items() if key(v) not in taken})


def parameters(runner: Any, trace: Trace) -> Arrays:
    """Their numbers, by their names."""
    return {name: np.array(a) for name, a in runner.arrays(held(runner, trace)).items()}


def written_out(side: Side, partners: Container[int]) -> Arrays:
    """The canonical weights of layers that have no partner."""
    return {f"{op.name}.{name}": a for k, op in enumerate(side.ops) if k not in partners and op.kind in COMPUTE
            for name, a in side.params[k].items() if "running" not in name}


def used(side: Side, partners: Container[int], arrays: Arrays) -> dict[str, tuple[frozenset[int], frozenset[int]]]:
    """Where each parameter that is no layer's, and each of a layer without a partner, is first taken, in the order of the calls:
    the calls with a partner that are met first behind it and in front of it, or inputs (-1, -2, ...)."""
    by_key = {key(v): name for name, v in side.runner.free().items() if name in arrays}
    made = {v for op in side.ops for v in op.outputs} | set(side.trace.inputs)
    first: dict[str, int] = {}
    shared: set[Any] = set()
    for k, op in enumerate(side.ops):
        for v in op.weights.values():
            if key(v) in by_key:
                first.setdefault(by_key[key(v)], k)
        for v in op.inputs:
            if v not in made:
                own = named(np.asarray(side.value(v)), {n: a for n, a in arrays.items() if n not in first})
                first |= {own: k} if own else {}
        own_keys = {key(v) for v in op.weights.values()}
        if k not in partners and op.kind in COMPUTE and not own_keys <= shared:  # once, if called twice
            first |= {f"{op.name}.{name}": k for name in side.params[k] if "running" not in name}
            shared |= own_keys
    sources = side.sources()
    takers: dict[int, set[int]] = {}
    for k, taken in sources.items():
        for source in taken:
            takers.setdefault(source, set()).add(k)

    def nearest(k: int, steps: Any) -> frozenset[int]:
        found, seen, rest = set(), {k}, [k]
        while rest:
            for at in steps.get(rest.pop(), ()):
                if at in partners or CONSTANT < at < 0:
                    found.add(at)
                elif at >= 0 and at not in seen:
                    seen.add(at)
                    rest.append(at)
        return frozenset(found)
    return {name: (nearest(k, sources), nearest(k, takers)) for name, k in first.items()}


def moved(runner: Any, trace: Trace, links: Sequence[Link]) -> None:
    """A's numbers into B."""
    free = held(runner, trace)
    runner.assign(free, {link.b: link.right for link in links if link.b in free.weights})
    for op in trace.ops:
        own = {link.b.removeprefix(f"{op.name}."): link.right for link in links if link.b not in free.weights
               and link.b.rpartition(".")[0] == op.name}
        if own:
            runner.assign(op, op.layout.pack({**op.layout.unpack(runner.arrays(op)), **own}))


def options(a: Arrays, b: Arrays) -> Iterator[list[Link]]:
    """Which of B's each of A's may be, the likeliest first."""
    ways = []
    groups_a, groups_b = grouped(a), grouped(b)
    for shape in groups_a.keys() & groups_b.keys():
        ways.append([*islice(pairings({n: a[n] for n in groups_a[shape]}, {n: b[n] for n in groups_b[shape]}), MOST)])
    for chosen in islice(product(*ways), MOST):
        yield [link for links in chosen for link in links]


def grouped(arrays: Arrays) -> dict[tuple[int, ...], list[str]]:
    """Names by the sizes of the axes that have any, in no order."""
    def sizes(name: str) -> tuple[int, ...]:
        return tuple(sorted(n for n in arrays[name].shape if n > 1))
    return {shape: list(names) for shape, names in groupby(sorted(arrays, key=sizes), sizes)}


def pairings(a: Arrays, b: Arrays) -> Iterator[list[Link]]:
    """Those of one shape: equal ones with each other, else by the last part of their names, else in order."""
    fixed: dict[str, str] = {}
    for n, x in a.items():
        twins = [m for m, y in b.items() if m not in fixed.values() and any(same(p, y) for p in arrangements(x, y.shape))]
        if twins and np.ptp(x) > 0:
            fixed[n] = twins[0]
    rest_a, rest_b = [n for n in a if n not in fixed], [m for m in b if m not in fixed.values()]
    orders = [by_name(rest_a, rest_b), rest_b, *(list(order) for order in (permutations(rest_b) if len(rest_b) < 4 else ()))]
    known = []
    for order in orders:
        if order in known:
            continue
        known.append(order)
        pairs = [*fixed.items(), *zip(rest_a, order)]
        ways = [[*arrangements(a[n], b[m].shape)] for n, m in pairs]
        for k in range(max(map(len, ways), default=0)):  # as all are, or all turned
            yield [Link(n, m, way[k % len(way)], b[m]) for (n, m), way in zip(pairs, ways)]


def by_name(a: Sequence[str], b: Sequence[str]) -> list[str]:
    """B's names in the order of A's that they are like, the first of equals first; those that are like none stay in order."""
    rest, found = list(b), []
    for name in a:
        if rest:
            ratios = [SequenceMatcher(None, last(name), last(other)).ratio() for other in rest]
            found.append(rest.pop(int(np.argmax(ratios)) if max(ratios) > LIKE else 0))
    return found + rest


def moves_by(name: str) -> bool:
    """Whether its name says that it is added: a bias, a beta, a shift."""
    return last(name).startswith(("b", "shift", "offset"))


def last(name: str) -> str:
    return name.replace("/", ".").rpartition(".")[2].lower()


def arrangements(array: np.ndarray, shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    """Its axes in any order that has this shape but for axes of size 1, the order as it is first; each once."""
    small = array.reshape([n for n in array.shape if n > 1])
    seen: list[np.ndarray] = []
    for axes in permutations(range(small.ndim)):
        turned = small.transpose(axes)
        if turned.shape == tuple(n for n in shape if n > 1) and not any(np.array_equal(turned, p) for p in seen):
            seen.append(turned)
            yield turned.reshape(shape)


def named(array: np.ndarray, arrays: Arrays) -> str:
    """The parameter that holds these numbers; "" for none."""
    return next((name for name, own in arrays.items() if own.size == array.size and any(
        np.array_equal(p, array) for p in arrangements(own, array.shape))), "")
