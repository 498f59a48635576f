"""Where the numbers of both models stand: every number that A computes has a place in one long vector, and a value of B is the
places of its numbers. A place of -1 is a zero, one of -2 a number of B's own that A cut off."""

import numpy as np

from nnparity.reports.models.moves import through
from nnparity.reports.models.side import Side
from nnparity.reports.models.step import ELEMENTWISE

OWN = -2


class Places:
    """The places of both models' values; `loose` are those values of B that are none of A's."""

    def __init__(self, a: Side, b: Side):
        self.a, self.b = a, b
        self.long = np.zeros(0)
        self.at_a: dict[int, np.ndarray] = {}
        self.at_b: dict[int, np.ndarray] = {}
        self.loose: dict[int, np.ndarray] = {}
        self.blocks: list[tuple[int, int]] = []

    def new(self, array: np.ndarray) -> np.ndarray:
        start = len(self.long)
        self.long = np.concatenate([self.long, np.asarray(array, float).reshape(-1)])
        self.blocks.append((start, len(self.long)))
        return np.arange(start, len(self.long)).reshape(array.shape)

    def numbers(self, places: np.ndarray) -> np.ndarray:
        return np.concatenate([self.long, [0.0, 0.0]])[places]

    def block(self, places: np.ndarray) -> tuple[int, ...]:
        """From which calls of A the numbers come."""
        ends = np.array([end for _, end in self.blocks])
        return tuple(np.unique(np.searchsorted(ends, places[places >= 0], side="right")))

    def place_a(self) -> None:
        for v in self.a.trace.inputs:
            self.at_a[v] = self.new(self.a.value(v))
        for k, op in enumerate(self.a.ops):
            for v in op.inputs:
                if v not in self.at_a:
                    self.at_a[v] = self.new(self.a.value(v))
            for i, v in enumerate(op.outputs):
                self.at_a[v] = (through(self.a.places[k][i], [self.at_a[n] for n in op.inputs]) if k in self.a.places
                                else self.new(self.a.value(v)))

    def fed(self, v: int) -> np.ndarray:
        array = self.numbers(self.at_b[v]) if v in self.at_b else self.loose[v]
        return array.astype(self.b.value(v).dtype)

    def carried(self, value_a: int, value_b: int, known: set[int]) -> np.ndarray | None:
        """B's places behind the calls that A alone makes, each of which leaves every number where it is; None for others."""
        made = {v: k for k, op in enumerate(self.a.ops) for v in op.outputs}
        wanted = self.block(self.at_b[value_b])

        def path(v: int) -> list[tuple[int, int]] | None:
            if self.block(self.at_a[v]) == wanted:
                return []
            k = made.get(v)
            if k is None or k in known and k not in self.a.places:
                return None
            op = self.a.ops[k]
            if k in self.a.places and len(op.inputs) > 1:  # of what is joined it may be the other part
                return None
            for w in op.inputs:
                kept = self.a.shape(w) == self.a.shape(v) and op.kind in (*ELEMENTWISE, "layer_norm", "code")
                if (kept or k in self.a.places) and (found := path(w)) is not None:
                    return found if k in self.a.places else [*found, (w, v)]
            return None
        chain = path(value_a)
        if chain is None:
            return None
        places = self.at_b[value_b]
        for w, v in chain:
            before, after = self.at_a[w].reshape(-1), self.at_a[v].reshape(-1)
            by = np.argsort(before)
            at = np.minimum(np.searchsorted(before[by], places), len(before) - 1)
            if not np.array_equal(before[by][at][places >= 0], places[places >= 0]):
                return None
            places = np.where(places < 0, places, after[by[at]])
        return places

    def between(self, side: Side, value: int, known: set[int]) -> tuple[int, ...]:
        """The calls without a partner that made a value."""
        made = {v: k for k, op in enumerate(side.ops) for v in op.outputs}
        found, open_ = set(), [value]
        while open_:
            k = made.get(open_.pop())
            if k is None or k in found or k in known and k not in side.places:
                continue
            if k not in side.places:
                found.add(k)
            open_ += side.ops[k].inputs
        return tuple(sorted(found))

    def numbers_of(self, places_a: np.ndarray, places_b: np.ndarray, array: np.ndarray) -> np.ndarray:
        """An array of A with the axes of B: that of one value, told by the places of it in both."""
        sums = np.zeros(len(self.long) + 1)
        sums[places_a.reshape(-1)] = np.asarray(array, float).reshape(-1)
        return sums[places_b]

    def scattered(self, places: np.ndarray, array: np.ndarray) -> np.ndarray:
        sums = np.zeros(len(self.long) + 1)
        np.add.at(sums, places.reshape(-1), np.asarray(array, float).reshape(-1))
        return sums[:-1]
