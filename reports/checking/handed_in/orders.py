"""What neither names nor shapes of a recurrent class say, read from its forward pass: [h, x] or [x, h] in one matrix, the order
of the gates side by side, the order of the axes of x.

Random weights are loaded in every order, and the forward pass is run: the order in which it gives a recurrent layer's numbers,
under any of its conventions, is the one that it is written in. No two orders give the same numbers, as no two weights are the
same. Where none does, the forward pass is wrong too, and the order is asked for.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import permutations
from typing import Any

import numpy as np

from nnparity import reference_impl
from nnparity.cases.case import Case
from nnparity.cases.conventions import CONFIGS
from nnparity.cases.kinds import KINDS
from nnparity.reports.checking import drawn
from nnparity.reports.checking.handed_in.axes import Axes
from nnparity.reports.checking.handed_in.guess import Asked, guessed

AXES = ("", "time batch features", "features batch time", "time features batch", "batch features time", "features time batch")
ROUNDING = 1e-9
OPEN = re.compile(r"\s*\(or [^)]*\)|\?")


def found(student, shapes: Mapping[str, tuple[int, ...]], probe: Case) -> Any:
    """The student with its weights and axes said as its forward pass shows them; itself where that is said or shows nothing."""
    for weights in weights_tried(student, shapes, probe):
        for axes in (student.axes,) if student.axes else AXES:
            told = replace(student, weights=weights, axes=axes)
            if is_that_of_a_layer(told, probe):
                return told
    return student


def weights_tried(student, shapes, probe: Case) -> Iterator[Mapping[str, str] | None]:
    """What is said of the weights, or every order that their names and shapes leave open."""
    if student.weights is not None:
        yield student.weights
        return
    try:
        guessed(student.network, shapes, probe.params)
    except Asked as asked:
        yield from orders(student.network, asked.proposal)
    else:
        yield None


def orders(kind: str, proposal: Mapping[str, str]) -> Iterator[Mapping[str, str]]:
    """The proposals with the same order in each: of the arrays below one another, of the gates side by side."""
    said = {path: OPEN.sub("", text) for path, text in proposal.items()}
    gates = KINDS[kind].gates
    fused = any(text.endswith(f" {gates}") for text in said.values()) and len(gates) > 1
    stacked = any("+" in text for text in said.values())
    for order in permutations(gates) if fused else (gates,):
        for pair in ("recurrent_kernel + kernel", "kernel + recurrent_kernel")[:1 + stacked]:
            yield {path: re.sub(f" {gates}$", f" {''.join(order)}", text) if fused else text for path, text in (
                (path, re.sub(r"\w+ \+ \w+", pair, text)) for path, text in said.items())}


def is_that_of_a_layer(student, probe: Case) -> bool:
    """Whether the forward pass gives the states of a layer under one of its conventions, at sizes that are all different."""
    try:
        known = student.known
        obj, _ = student.made(probe)
        axes = Axes(student.axes, student.network, probe.inputs["x"].ndim, columns=known.columns)
        with np.errstate(all="ignore"):
            y = student.forward_pass(obj, probe, known.layout, axes)["y"]
    except Exception:  # somebody's forward pass at sizes in a wrong order may raise anything
        return False
    return any(np.shape(y) == right.shape and np.allclose(y, right, rtol=ROUNDING, atol=ROUNDING)
               for right in states(student, known.held, probe))


def states(student, held: frozenset[str], probe: Case) -> Iterator[np.ndarray]:
    """What a layer of this kind gives, under each convention that has these weights, claimed or not: the order is the same."""
    for config in CONFIGS[student.network]:
        if (config["recurrent_bias"] == "none") == ("recurrent_bias" not in held):
            own = {name: a for name, a in probe.params.items() if name in held}
            try:
                case = probe.configured(**config).replaced(params=own)
                yield reference_impl.forward(case, case.params, case.inputs)[0]["y"]
            except (ValueError, KeyError, TypeError, IndexError):
                continue  # a convention with other weights


def probed(kind: str) -> Case:
    """A layer at sizes that are all different, from the state zero."""
    sizes, most = drawn.PROBED[kind], drawn.probe(kind)
    assert most is not None
    return drawn.case_at(kind, sizes, most.layers[0].config, f"{kind}-probe", drawn.SEED, set(most.params), stateless=True)
