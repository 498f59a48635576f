"""Which call of one model is which of the other: by kind, order, sizes of the weights and names.

An alignment of the two lists of calls (Needleman and Wunsch, 1970) that may leave any of them without a partner; what is left
over on both sides with the same kind and the same weights is then paired out of order, as branches may be written in either
order.
"""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import combinations

import numpy as np

from nnparity.oracles.models.compute import ARITHMETIC
from nnparity.oracles.models.op import Op

SAME, LIKE, SIZES, OTHER_SIZES, NAME, GAP = 10.0, 3.0, 4.0, -9.0, 1.0, -1.0
FAMILIES = ({"max_pool1d", "average_pool1d"}, {"max_pool2d", "average_pool2d"}, {"mean", "max"}, {"activation", "prelu"},
            {"batch_norm", "group_norm", "layer_norm", "rms_norm"}, {"simple_rnn", "lstm", "gru"},
            {*ARITHMETIC})


def paired(a: Sequence[Op], b: Sequence[Op], sizes_a: Mapping[int, tuple], sizes_b: Mapping[int, tuple],
           given: Mapping[str, str] | None = None) -> dict[int, int]:
    """{place in b: place in a}. `sizes` are the sorted shapes of a call's canonical weights; `given` are pairs by name, a: b."""
    fixed = {}
    for name_a, name_b in (given or {}).items():
        at_a, at_b = ([k for k, op in enumerate(side) if op.name == name] for side, name in ((a, name_a), (b, name_b)))
        if len(at_a) != 1 or len(at_b) != 1:
            lost = name_b if at_a else name_a
            raise ValueError(f"pairs: no layer {lost!r}; there are {', '.join(op.name for op in (b if at_a else a))}")
        fixed[at_b[0]] = at_a[0]

    def score(i: int, j: int) -> float:
        if j in fixed or i in fixed.values():
            return 1000.0 if fixed.get(j) == i else -1000.0
        return likeness(a[i], b[j], sizes_a[i], sizes_b[j])

    table = np.zeros((len(a) + 1, len(b) + 1))
    table[:, 0], table[0] = GAP * np.arange(len(a) + 1), GAP * np.arange(len(b) + 1)
    scores = np.array([[score(i, j) for j in range(len(b))] for i in range(len(a))]).reshape(len(a), len(b))
    for i in range(len(a)):
        for j in range(len(b)):
            table[i + 1, j + 1] = max(table[i, j] + scores[i, j], table[i, j + 1] + GAP, table[i + 1, j] + GAP)
    pairs, i, j = {}, len(a), len(b)
    while i and j:
        if table[i, j] == table[i - 1, j - 1] + scores[i - 1, j - 1]:
            if scores[i - 1, j - 1] > 0:
                pairs[j - 1] = i - 1
            i, j = i - 1, j - 1
        elif table[i, j] == table[i - 1, j] + GAP:
            i -= 1
        else:
            j -= 1
    odd = {} if given else {j: i for j, i in pairs.items() if sizes_a[i] != sizes_b[j]}
    pairs = {j: i for j, i in pairs.items() if j not in odd}  # branches in another order: each may have one of its own sizes
    free = [i for i in range(len(a)) if i not in pairs.values() and sizes_a[i]]
    for j in range(len(b)):
        if j not in pairs and sizes_b[j]:
            same = [i for i in free if a[i].kind == b[j].kind and sizes_a[i] == sizes_b[j]]
            if same:
                best = max(same, key=lambda i: alike(a[i].name, b[j].name))
                pairs[j] = best
                free.remove(best)
    return pairs | {j: i for j, i in odd.items() if j not in pairs and i not in pairs.values()}


def by_sources(pairs: dict[int, int], a: Sequence[Op], b: Sequence[Op], sources_a: Mapping[int, frozenset],
               sources_b: Mapping[int, frozenset], sizes_a: Mapping[int, tuple], sizes_b: Mapping[int, tuple]) -> dict[int, int]:
    """The pairs, in which two calls that might stand for each other are exchanged where only then each takes what its partner
    takes: of two normalisations of one size, the one behind the shortcut is the other's behind the shortcut."""
    pairs = dict(pairs)
    for j in range(len(b)):
        if j not in pairs or fits(pairs, j, pairs[j], sources_a, sources_b):
            continue
        for other in (k for k in pairs if k > j and b[k].kind == b[j].kind and sizes_b[k] == sizes_b[j]):
            i = pairs[other]
            if a[i].kind == b[j].kind and sizes_a[i] == sizes_a[pairs[j]] and fits(pairs, j, i, sources_a, sources_b):
                pairs[j], pairs[other] = i, pairs[j]
                break
    return pairs


def by_place(pairs: dict[int, int], a: Sequence[Op], b: Sequence[Op], sources_a: Mapping[int, frozenset],
             sources_b: Mapping[int, frozenset], sizes_a: Mapping[int, tuple], sizes_b: Mapping[int, tuple]) -> dict[int, int]:
    """The pairs, each call with the one that takes what it takes, as far as there is one: a partner found may show another's."""
    while True:
        better = left_over(by_sources(pairs, a, b, sources_a, sources_b, sizes_a, sizes_b), a, b, sources_a, sources_b)
        if misfits(better, sources_a, sources_b) >= misfits(pairs, sources_a, sources_b) and len(better) <= len(pairs):
            return better
        pairs = better


def by_operands(pairs: dict[int, int], a: Sequence[Op], b: Sequence[Op], sources_a: Mapping[int, frozenset],
                sources_b: Mapping[int, frozenset]) -> dict[int, int]:
    """The pairs, arithmetic anew and by nothing but what it takes: where a sum is left out, those behind it are not each the one
    before."""
    found = {j: i for j, i in pairs.items() if b[j].kind not in ARITHMETIC}
    for j in sorted(j for j in sources_b if b[j].kind in ARITHMETIC):
        theirs = {at for k in sources_b[j] if (at := partner(found, k)) is not None}
        free = [i for i in sources_a if a[i].kind in ARITHMETIC and i not in found.values() and theirs & sources_a[i]]
        shared = {i: theirs & sources_a[i] for i in free}
        likely = [(len(both), -len(sources_a[i]), a[i].kind == b[j].kind, max(both), -i) for i, both in shared.items()]
        if likely:
            found[j] = -max(likely)[-1]
    return found


def misfits(pairs: Mapping[int, int], sources_a, sources_b) -> int:
    return sum(not fits(pairs, j, i, sources_a, sources_b) for j, i in pairs.items())


def siblings(pairs: Mapping[int, int], a: Sequence[Op], b: Sequence[Op], sources_a, sizes_a, sizes_b) -> Iterator[dict[int, int]]:
    """The pairs, two layers exchanged that take the same and have the same sizes, if their names do not speak against it."""
    for j, k in combinations([j for j in pairs if sizes_b[j]], 2):
        one, two = pairs[j], pairs[k]
        twins = b[j].kind == b[k].kind and sizes_b[j] == sizes_b[k] and sizes_a[one] == sizes_a[two]
        if twins and sources_a[one] == sources_a[two] and b[j].name != b[k].name:
            now, then = (alike(a[m].name, b[j].name) + alike(a[n].name, b[k].name) for m, n in ((one, two), (two, one)))
            if now < then + 0.5:
                yield behind({**pairs, j: two, k: one}, b, j, k, sizes_b)


def behind(pairs: dict[int, int], b: Sequence[Op], j: int, k: int, sizes: Mapping[int, tuple]) -> dict[int, int]:
    """The pairs with what alone takes two exchanged layers exchanged too, as activations are."""
    while True:
        takers = [[n for n, op in enumerate(b) if b[m].outputs[0] in op.inputs] for m in (j, k)]
        if any(len(found) != 1 for found in takers):
            return pairs
        (j,), (k,) = takers
        if j == k or j not in pairs or k not in pairs or b[j].kind != b[k].kind or sizes.get(j) or sizes.get(k):
            return pairs
        pairs = {**pairs, j: pairs[k], k: pairs[j]}


def left_over(pairs: dict[int, int], a: Sequence[Op], b: Sequence[Op], sources_a, sources_b) -> dict[int, int]:
    """The pairs, and those calls without a partner that take what a call of the same kind takes in A."""
    pairs = dict(pairs)
    for j in range(len(b)):
        if j in pairs or b[j].kind == "code":
            continue
        free = [i for i in range(len(a)) if i not in pairs.values() and likeness(a[i], b[j], (), ()) >= LIKE
                and {partner(pairs, k) for k in sources_b[j]} == set(sources_a[i])]
        if len(free) == 1:
            pairs[j] = free[0]
    return pairs


def fits(pairs: Mapping[int, int], j: int, i: int, sources_a, sources_b) -> bool:
    """Whether what call j of B takes comes from the partners of what call i of A takes."""
    theirs = {partner(pairs, k) for k in sources_b[j]} - {None}
    return len(theirs) < len(sources_b[j]) or theirs == set(sources_a[i])


def partner(pairs: Mapping[int, int], k: int) -> int | None:
    """A's call to one of B's; an input of the model is its own."""
    return k if k < 0 else pairs.get(k)


def likeness(a: Op, b: Op, sizes_a: tuple, sizes_b: tuple) -> float:
    if a.kind != b.kind:
        family = len(a.inputs) == len(b.inputs) and any({a.kind, b.kind} <= family for family in FAMILIES)
        return LIKE if family and a.kind != "code" else -1000.0
    if a.kind == "code":
        return -1000.0
    if len(a.inputs) != len(b.inputs) and not (len(a.inputs) > len(b.inputs) and a.kind in ("simple_rnn", "lstm", "gru")):
        return -1000.0
    points = SAME
    if a.kind == "activation":
        points = SAME if a.settings.get("name") == b.settings.get("name") else LIKE
    if sizes_a or sizes_b:
        points += SIZES if sizes_a == sizes_b else OTHER_SIZES
    return points + NAME * alike(a.name, b.name)


def alike(a: str, b: str) -> float:
    """How alike two names are, 0 to 1."""
    return SequenceMatcher(None, a.lower(), b.lower()).ratio()
