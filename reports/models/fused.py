"""Dense layers that stand side by side in the one model and are one layer in the other: queries, keys and values of an attention.

The one is asked as if it were several, so that each has its partner.
"""

from collections import Counter

from nnparity.reports.models.side import Side

Parts = dict[str, tuple[int, ...]]


def parted(one: Side, other: Side) -> Parts:
    """{name of a dense layer of `one`: the columns of the layers of `other` that it stands for}."""
    spare = shapes(one) - shapes(other)
    groups = side_by_side(other, shapes(other) - shapes(one))
    found: Parts = {}
    for k, op in enumerate(one.ops):
        if op.kind != "dense" or not spare[kernel(one, k)] or one.runner.name == "keras" and "." in op.name:
            continue
        rows, columns = kernel(one, k)
        match = next((g for g in groups if sum(n for _, n in g) == columns and all(m == rows for m, _ in g)), None)
        if match is not None:
            groups.remove(match)
            found[op.name] = tuple(n for _, n in match)
    return found


def shapes(side: Side) -> Counter:
    """How often a dense layer has which kernel."""
    return Counter(kernel(side, k) for k, op in enumerate(side.ops) if op.kind == "dense")


def kernel(side: Side, k: int) -> tuple[int, int]:
    rows, columns = side.params[k]["kernel"].shape
    return rows, columns


def side_by_side(side: Side, spare: Counter) -> list[list[tuple[int, int]]]:
    """The kernels, two and more, of layers that take the same value and have no partner of their shape."""
    groups: dict[int, list[tuple[int, int]]] = {}
    for k, op in enumerate(side.ops):
        if op.kind == "dense" and spare[kernel(side, k)]:
            groups.setdefault(op.inputs[0], []).append(kernel(side, k))
    return [g for g in groups.values() if len(g) > 1]
