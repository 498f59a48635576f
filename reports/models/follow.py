"""B is followed call by call, and each is fed what A's call got: so that an early difference does not hide a later one.

Every number that A computes has a place in one long vector; a value of B is the places of its numbers, or, behind a call that has
no partner, numbers of its own, which are held against A's where the paths meet again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import permutations, product

import numpy as np

from nnparity.cases.kinds import RECURRENT
from nnparity.oracles.models.op import Op, back, order
from nnparity.reports.models.free import Link
from nnparity.reports.models.moves import through
from nnparity.reports.models.places import OWN, Places
from nnparity.reports.models.side import Side, canonical
from nnparity.reports.models.standing import from_the_end, reordered, same_rows, spread
from nnparity.reports.models.step import BY_ROWS, ELEMENTWISE, EPS, Meeting, Step, arrangements, far, leak_of
from nnparity.reports.models.weights import as_held, state

WIDE = 10.0  # beyond, softplus and others may be cut where it does not show


class Follower(Places):
    """The walk. `steps` and `meetings` are what it saw, in B's order."""

    def __init__(self, a: Side, b: Side, pairs: dict[int, int], own: dict[int, dict], known: frozenset = frozenset()):
        super().__init__(a, b)
        self.known = known  # names of pairs whose gradients were compared in evaluation, and are the same in training
        self.pairs, self.own = pairs, own  # own: canonical weights that B came with
        self.own_cells: dict[tuple[int, ...], int] = {}  # where B has cells that A cut off: by block, B's call
        self.steps: list[Step] = []
        self.meetings: list[Meeting] = []
        self.rng = np.random.default_rng(5)
        self.links: Sequence[Link] = ()  # of parameters that are no layer's
        self.free_a: dict[str, np.ndarray] = {}
        self.free_b: dict[str, np.ndarray] = {}
        # dense layers of B in front of a reshape, by place: which of A's columns stands where
        self.columns: dict[int, np.ndarray] = {}

    def walk(self, inputs: Sequence[tuple[int, int, tuple[int, ...]]]) -> None:
        """`inputs`: A's value, B's value, and the order of A's axes that is B's."""
        self.place_a()
        made = {*self.a.trace.inputs, *(v for op in self.a.ops for v in op.outputs)}
        self.constants_a = list(dict.fromkeys(v for op in self.a.ops for v in op.inputs if v not in made))
        for value_a, value_b, axes in inputs:
            self.at_b[value_b] = self.at_a[value_a].transpose(axes)
        for k, op in enumerate(self.b.ops):
            for v in op.inputs:
                if v not in self.at_b and v not in self.loose:
                    self.constant(v)
            if k in self.b.places:
                self.move(k, op)
            elif k in self.pairs:
                self.pair(k, op)
            else:
                self.alone(k, op)
        for value_a, value_b in zip(self.a.trace.outputs, self.b.trace.outputs):
            self.meet(value_a, value_b, "the output")

    def constant(self, v: int) -> None:
        """A constant of B: one of A's that holds the same numbers, or its own."""
        got = np.asarray(self.b.value(v), float)
        for w in self.constants_a:
            for p in arrangements(self.at_a[w], got.shape, False):
                if np.array_equal(self.numbers(p), got) and np.ptp(got) > 0:
                    self.at_b[v] = p
                    return
        self.loose[v] = self.b.value(v)

    def move(self, k: int, op: Op) -> None:
        if all(v in self.at_b for v in op.inputs):
            for i, v in enumerate(op.outputs):
                self.at_b[v] = through(self.b.places[k][i], [self.at_b[n] for n in op.inputs])
        else:
            self.alone(k, op)

    def alone(self, k: int, op: Op) -> None:
        try:
            outputs, _, _ = self.b.runner.run(op, [self.fed(v) for v in op.inputs])
        except Exception:  # behind a call whose shape was not A's
            outputs = [self.b.value(v) for v in op.outputs]
        for v, array in zip(op.outputs, outputs):
            self.loose[v] = np.asarray(array)
            self.found_again(k, v)

    def found_again(self, k: int, v: int) -> None:
        """A value of B without a partner that is one of A's without a partner: its numbers are the same."""
        got = np.asarray(self.loose[v], float)
        known = set(self.pairs.values())
        if got.size < 2 or not np.all(np.isfinite(got)) or np.ptp(got) == 0:
            return
        for at, op in enumerate(self.a.ops):
            if at in known or at in self.a.places:
                continue
            for w in op.outputs:
                if self.at_a[w].size != got.size:
                    continue
                leak = max(leak_of(self.a, at), leak_of(self.b, k))
                room = (2**12 * EPS + leak) * np.abs(got).max()
                for p in arrangements(self.at_a[w], got.shape, True):
                    if (error := far(self.numbers(p), got)) <= room:
                        self.at_b[v] = p
                        self.meetings.append(Meeting(w, v, self.numbers(p), got, error, float(room),
                                                     self.between(self.a, w, known), self.between(self.b, v, set(self.pairs))))
                        return

    # where paths meet

    def meet(self, value_a: int, value_b: int, before: str, consumer: int = -1) -> np.ndarray | None:
        """B's value as places of A's; None where it has no such shape. What does not come from the same calls is compared."""
        places = self.at_a[value_a]
        cut = -1
        odd = consumer < 0 and value_b in self.at_b and reordered(places, self.at_b[value_b])  # of what is returned
        if not odd and value_b in self.at_b and self.block(self.at_b[value_b]) == self.block(places):
            passes = consumer >= 0 and self.b.ops[consumer].kind == "activation"
            if passes or not np.any(self.at_b[value_b] == OWN):
                return self.at_b[value_b]
            cut = next((k for block, k in self.own_cells.items() if set(block) & set(self.block(places))), -1)
        got = np.asarray(self.fed(value_b), float)
        follows = value_b in self.at_b and cut < 0 and not odd
        carried = self.carried(value_a, value_b, set(self.pairs.values())) if follows else None
        two = self.a.trace.framework != self.b.trace.framework
        options = [carried] if carried is not None else list(arrangements(places, got.shape, two))
        errors = [far(self.numbers(p), got) for p in options]
        best = options[int(np.argmin(errors))] if options else None
        expected = self.numbers(places if best is None else best)
        ops_a = self.between(self.a, value_a, set(self.pairs.values()))
        ops_b = self.between(self.b, value_b, set(self.pairs))
        scale = np.abs(expected[np.isfinite(expected)]).max(initial=1e-300)
        leak = max([leak_of(self.a, k) for k in ops_a] + [leak_of(self.b, k) for k in ops_b], default=0.0)
        self.meetings.append(Meeting(value_a, value_b, expected, got, min(errors, default=np.inf), (2**12 * EPS + leak) * scale,
                                     ops_a, ops_b, before, consumer=consumer, places=best, cut=cut))
        if best is None and spread(self.numbers(places), got):  # one for all examples, and one for each
            self.meetings[-1].harmless = True
            return None
        # what both draw cannot be compared: B goes on with what A drew
        self.meetings[-1].harmless = bool(self.a.drawing & set(ops_a)) and bool(self.b.drawing & set(ops_b))
        if best is not None:
            self.at_b.setdefault(value_b, best)  # one that is another of A's stays it for whatever else takes it
        return best

    # a call and its partner

    def pair(self, k: int, op: Op) -> None:
        at = self.pairs[k]
        partner = self.a.ops[at]
        from_zero = op.kind in RECURRENT and len(partner.inputs) > len(op.inputs)  # and A from a state that it is given
        if len(partner.inputs) != len(op.inputs) and not from_zero:
            self.alone(k, op)
            return
        inputs_a = list(partner.inputs)
        if len(inputs_a) == 2 and op.kind in ("add", "multiply") and self.crossed(inputs_a, op.inputs):
            inputs_a.reverse()
        own, known = [self.fed(w) for w in op.inputs], len(self.meetings)
        places_b = [self.meet(v, w, op.name, k) for v, w in zip(inputs_a, op.inputs)]
        places_a = [self.at_a[v] for v in inputs_a]
        step = Step(at, k, [x if p is None else self.numbers(p).astype(x.dtype) for p, x in zip(places_b, own)],
                    [self.a.value(v) for v in inputs_a], places_a, places_b, np.zeros(0), np.zeros(0))
        step.judged = all(p is not None for p in places_b)
        if len(op.inputs) == len(inputs_a) and len(set(op.inputs)) < len(set(inputs_a)):
            # one value twice cannot be asked with two; behind it A's numbers go on
            self.skip(step, op, partner)
            return
        self.steps.append(step)
        self.load(step, op, partner)
        try:
            outputs, _, _ = self.b.runner.run(op, step.fed)
        except Exception:  # behind a call whose shape was not A's: what stands here is not judged
            self.steps.pop()
            for v in op.outputs:
                self.loose[v] = self.b.value(v)
            return
        step.got = np.asarray(outputs[0], float)
        local = self.at_a[partner.outputs[0]]
        step.allowed = self.rounding(op, step)
        options = list(self.results(step, op, partner, local))
        right = [p for p in options if p.shape == step.got.shape and self.apart(p, step.got) <= step.allowed]
        fitting = right or [p for p in options if p.shape == step.got.shape]
        whole = not self.b.trace.error and self.b.shape(op.outputs[0]) == step.got.shape
        if not fitting and whole and (wider := self.embedded(op, options[:1], step)) is not None:
            fitting = [wider]
            if np.any(wider == OWN):
                self.own_cells[self.block(wider)] = k
        if not fitting:
            step.expected, step.error = self.numbers(local), np.inf
            shape = self.b.shape(op.outputs[0])  # of A, where the call was mended while the model ran
            mended = [p for p in options if p.shape == shape and shape != step.got.shape] + [
                p for p in arrangements(local, shape, bool(op.axes or partner.axes)) if shape != step.got.shape]
            if mended:
                self.at_b[op.outputs[0]] = mended[0]
            else:
                self.loose[op.outputs[0]] = step.got
            return
        step.out = fitting[0]
        step.expected = np.where(step.out == OWN, step.got, self.numbers(step.out))
        step.error = far(step.expected, step.got)
        self.at_b[op.outputs[0]] = step.out
        for meeting in (m for m in self.meetings[known:] if not m.agrees and m.places is not None):
            outputs_of_own, _, _ = self.b.runner.run(op, own)
            meeting.harmless |= far(np.asarray(outputs_of_own[0], float), step.got) <= 4 * step.allowed
        if step.error <= step.allowed:  # of an input of another shape, with a frame of zeros, it makes what A's call makes
            for meeting in (m for m in self.meetings[known:] if m.places is None):
                meeting.harmless = step.judged = True
        for v, w, array in zip(partner.outputs[1:], op.outputs[1:], outputs[1:]):
            if self.a.shape(v) == array.shape:
                self.at_b[w] = self.at_a[v]
            else:
                self.loose[w] = array
        for w, array in list(zip(op.outputs, outputs))[len(partner.outputs):]:
            self.loose[w] = np.asarray(array)
        if right and op.kind == partner.kind == "activation":
            step = self.steps[-1] = self.widened(step, op, partner)
        if (partner.name, op.name) not in self.known:
            self.pull(step, op, partner)

    def skip(self, step: Step, op: Op, partner: Op) -> None:
        """What stands behind a call that is not asked: A's numbers where they have a place, else B's own."""
        v = op.outputs[0]
        step.got = np.zeros(self.b.shape(v))
        for places, w in zip(step.places_a, op.inputs):
            if w in self.at_b and self.block(self.at_b[w]) == self.block(places):  # that both take: how A's axes lie
                step.places_a, step.places_b = [places], [self.at_b[w]]
        fitting = [p for p in self.results(step, op, partner, self.at_a[partner.outputs[0]]) if p.shape == step.got.shape]
        if fitting:
            self.at_b[v] = fitting[0]
        else:
            self.loose[v] = self.b.value(v)

    def widened(self, step: Step, op: Op, partner: Op) -> Step:
        """Two functions of single numbers that agree on these: the step about others, between -WIDE and WIDE, where they part on
        those (relu and relu6, of small numbers)."""
        if np.any(step.out == OWN) or step.places_b[0] is None or step.places_a[0].min() < 0 or step.places_b[0].min() < 0:
            return step
        numbers = np.zeros(self.long.size)
        places = np.unique(step.places_a[0])
        numbers[places] = self.rng.permutation(np.linspace(-WIDE, WIDE, len(places)))
        of_a, fed = ([numbers[p[0]].astype(xs[0].dtype)] for p, xs in ((step.places_a, step.of_a), (step.places_b, step.fed)))
        made, _, _ = self.a.runner.run(partner, of_a)
        outputs, _, _ = self.b.runner.run(op, fed)
        start = self.at_a[partner.outputs[0]].min()
        expected, got = np.asarray(made[0], float).reshape(-1)[step.out - start], np.asarray(outputs[0], float)
        wide = replace(step, fed=fed, of_a=of_a, expected=expected, got=got, error=far(expected, got), wide=True)
        wide.allowed = self.rounding(op, wide)
        return wide if wide.error > wide.allowed else step

    def apart(self, places: np.ndarray, got: np.ndarray) -> float:
        """How far B's numbers are from A's, but for those that are B's own."""
        return far(np.where(places == OWN, got, self.numbers(places)), got)

    def embedded(self, op: Op, options, step: Step) -> np.ndarray | None:
        """Of a transposed convolution, one output inside the other, which is cut later: B's places, with OWN where A has none."""
        if not op.kind.startswith("conv_transpose") or not options or options[0].ndim != step.got.ndim:
            return None
        more = [n - m for n, m in zip(step.got.shape, options[0].shape)]
        if max(map(abs, more)) > 4 or min(more) < 0 < max(more):
            return None
        if min(more) < 0:
            for at in product(*(range(1 - n) for n in more)):
                inner = options[0][tuple(slice(i, i + n) for i, n in zip(at, step.got.shape))]
                if self.apart(inner, step.got) <= step.allowed:
                    return inner
            return None
        for at in product(*(range(n + 1) for n in more)):
            wider = np.full(step.got.shape, OWN)
            wider[tuple(slice(i, i + n) for i, n in zip(at, options[0].shape))] = options[0]
            if self.apart(wider, step.got) <= step.allowed:
                return wider
        return None

    def crossed(self, inputs_a, inputs_b) -> bool:
        """Whether the two operands stand in the other order."""
        of_a = [self.block(self.at_a[v]) for v in inputs_a]
        of_b = [self.block(self.at_b[w]) if w in self.at_b else None for w in inputs_b]
        return of_a[0] != of_a[1] and (of_b[0] == of_a[1] or of_b[1] == of_a[0])

    def load(self, step: Step, op: Op, partner: Op) -> None:
        """A's weights into B, and what B's own were to them."""
        params, own = self.a.params[step.a], self.own[step.b]
        if not own and not params:
            return
        try:
            plain = as_held(op.kind, params, own, self.b.trace.framework, {**partner.settings, **op.settings})
        except ValueError as error:
            step.refused = str(error)
            return
        held = {name: self.arranged(step, op, name, a) for name, a in plain.items()}
        if lost := [n for n, a in held.items() if own[n].shape != a.shape]:
            step.refused = ", ".join(f"{n} is {own[n].shape}, of A {held[n].shape}" for n in lost)
            return
        product = step.a in self.a.folded or step.b in self.b.folded
        step.weights = state(op, held, own, plain, product)
        self.b.runner.assign(op, op.layout.pack(held))
        self.b.params[step.b] = canonical(self.b.runner, op)

    def arranged(self, step: Step, op: Op, name: str, array: np.ndarray) -> np.ndarray:
        """An array of A's layer as B has it: its rows in the order of B's inputs, its columns in that of B's outputs."""
        rows = self.rows(step) if op.kind == "dense" and name == "kernel" or self.flat_norm(step, op) else None
        if rows is not None and len(array) == len(rows):
            array = array[rows]
        columns = self.columns.get(step.b)
        return array[..., columns] if columns is not None and array.shape[-1:] == columns.shape else array

    def flat_norm(self, step: Step, op: Op) -> bool:
        """Whether it is a batch normalisation of rows, which has its channels in the order of their numbers."""
        return op.kind == "batch_norm" and step.places_a[0].ndim == 2

    def rows(self, step: Step) -> np.ndarray | None:
        """Where B's last axis has the numbers of A's in another order: which of A's stands where."""
        if step.places_b[0] is None:
            return None
        of_a, of_b = (p[0].reshape(-1, p[0].shape[-1])[0] for p in (step.places_a, step.places_b))
        if of_a.shape != of_b.shape or np.array_equal(of_a, of_b) or len(np.unique(of_a)) < len(of_a):
            return None
        if not np.array_equal(np.sort(of_a), np.sort(of_b)):
            return None
        by = np.argsort(of_a)
        return by[np.searchsorted(of_a[by], of_b)]

    def results(self, step: Step, op: Op, partner: Op, local: np.ndarray) -> Iterator[np.ndarray]:
        """How A's output may stand in B, the likeliest first."""
        if (columns := self.columns.get(step.b)) is not None and local.shape[-1:] == columns.shape:
            yield local[..., columns]
        if op.kind in RECURRENT and (turned := from_the_end(step, op, partner, local)) is not None:
            yield turned
        if op.axes or partner.axes:
            ours = local.transpose(order(partner.axes, local.ndim))
            yield ours.transpose(back(order(op.axes, ours.ndim)))
        of_a, of_b = step.places_a[0], step.places_b[0]
        if of_b is None:
            yield from arrangements(local, step.got.shape, bool(op.axes or partner.axes))
            return
        if op.kind in ELEMENTWISE and local.shape == of_a.shape and step.got.shape == of_b.shape:  # each number for itself
            flat = of_a.reshape(-1)
            by = np.argsort(flat)
            at = np.minimum(np.searchsorted(flat[by], of_b), len(flat) - 1)
            if np.array_equal(flat[by][at][of_b != OWN], of_b[of_b != OWN]):
                yield np.where(of_b == OWN, OWN, local.reshape(-1)[by[at]])
        if op.kind in BY_ROWS and op.settings.get("axes", 1) == 1 and (rows := same_rows(of_a, of_b, local)) is not None:
            yield rows
        for axes in permutations(range(of_a.ndim)):
            if of_b.ndim == of_a.ndim == local.ndim and np.array_equal(of_a.transpose(axes), of_b):
                yield local.transpose(axes)
        yield from arrangements(local, step.got.shape, bool(op.axes or partner.axes))

    def rounding(self, op: Op, step: Step) -> float:
        """What rounding allows: what the output makes of inputs rounded once more, with room for the sums inside, and a
        constant that a framework keeps in single precision."""
        moved = [x if not np.issubdtype(x.dtype, np.floating) else x * (1 + EPS * self.rng.choice([-1, 1], x.shape))
                 for x in step.fed]
        outputs, _, _ = self.b.runner.run(op, moved)
        got = np.asarray(outputs[0], float)
        scale = np.abs(step.got).max(initial=0)
        terms = max((np.prod(x.shape[1:]) for x in step.fed), default=1)
        leak = max(leak_of(self.a, step.a), leak_of(self.b, step.b))
        return float(16 * far(got, step.got) + (64 + 8 * np.sqrt(terms)) * EPS * scale + leak * scale)

    def pull(self, step: Step, op: Op, partner: Op) -> None:
        """Gradients with the same random cotangent."""
        step.cotangent = self.rng.normal(size=step.got.shape) * (step.out >= 0)
        of_a = np.zeros(self.at_a[partner.outputs[0]].size)
        start = self.at_a[partner.outputs[0]].min()
        of_a[(step.out - start)[step.out >= 0]] = step.cotangent[step.out >= 0]
        _, inputs_a, weights_a = self.a.runner.run(partner, step.of_a, of_a.reshape(self.a.shape(partner.outputs[0])))
        _, inputs_b, weights_b = self.b.runner.run(op, step.fed, step.cotangent)
        room = max(step.allowed / (np.abs(step.got).max(initial=0) + 1e-300), 2**10 * EPS) * 16
        for k, (g, h) in enumerate(zip(inputs_a, inputs_b)):
            if np.any(step.places_b[k] == OWN):
                continue
            if g.size and h.size and step.places_b[k] is not None:
                right, theirs = self.scattered(step.places_a[k], g), self.scattered(step.places_b[k], h)
                # a masked step is a zero that the one recurrent layer gives, and in the other a zero put there
                once = np.setxor1d(step.places_a[k][step.places_a[k] >= 0], step.places_b[k][step.places_b[k] >= 0])
                put = once[self.long[once] == 0]
                right[put] = theirs[put] = 0.0
                scale = max(np.abs(right).max(initial=0), np.abs(step.cotangent).max())
                step.gradients["x" if len(inputs_a) == 1 else f"x{k}"] = (far(right, theirs), room * scale)
        if step.refused or not weights_a or not weights_b:
            return
        of_a_, of_b = partner.layout.unpack(weights_a), op.layout.unpack(weights_b)
        for name in sorted(of_a_.keys() & of_b.keys()):
            right = self.arranged(step, op, name, of_a_[name])
            if right.shape == of_b[name].shape:
                kept = step.after if "running" in name else step.gradients
                kept[name] = (far(right, of_b[name]), room * max(np.abs(right).max(initial=0), 1e-300) * 8)
