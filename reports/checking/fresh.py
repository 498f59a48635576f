"""Fresh questions: cases that nobody has seen, drawn under the rules of ours.

An implementation that knows our recorded answers, or one that was tuned until a fixed test passed, has never met these: another
batch, other lengths where the layer's cases can be drawn at any, and other numbers everywhere. The seed is told, so that a
question can be asked again.
"""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle, islice
from typing import Any

import numpy as np

from nnparity.cases.case import Case
from nnparity.cases.draw import drawer
from nnparity.cases.kinds import axes_of
from nnparity.cases.rules import InvalidCase
from nnparity.reference_impl import RIGHT
from nnparity.reports.checking.drawn import SIZES, case_at, drawable
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.checking.request import Request

MOST = 1000
TRIES = 30  # draws, until every array of the answer has a number that is not zero
LENGTHS = range(2, 12)  # of an axis that is drawn anew
AXES = ("batch", "time")  # whose lengths no parameter depends on
CATCHES = "an answer that was learned by heart"
WHY = "drawn anew from a case that has a reason of its own: "


def freshened(asked: Request, count: int | None, seed: int | None) -> Request:
    """The request with new questions in the place of its own; as it is without a count. Raises WrongRequest."""
    if count is None:
        if seed is not None:
            raise WrongRequest("a seed is that of fresh questions: say how many, fresh=10", shell="A seed is that of --fresh N")
        return asked
    seed = secrets.randbelow(10**6) if seed is None else seed
    cases = fresh_cases(asked.cases, count, seed, any_size=asked.any_size)
    note = f"Fresh questions, seed {seed}: the same ones again with fresh={count}, seed={seed} (--fresh {count} --seed {seed})."
    return replace(asked, cases=cases, others=(), notes=(*asked.notes, note))


def fresh_cases(cases: Sequence[Case], count: int, seed: int, *, any_size: bool = True) -> list[Case]:
    """`count` new cases, each like one of these in turn: its layers and options, other numbers, and other lengths; without
    `any_size` other lengths of batch and time alone. Raises WrongRequest."""
    if type(count) is not int or not 1 <= count <= MOST:
        raise WrongRequest(f"fresh={count!r}: a number of cases from 1 to {MOST} is expected")
    if type(seed) is not int or not 0 <= seed < 2**32:
        raise WrongRequest(f"seed={seed!r}: a whole number from 0 to 2**32 - 1 is expected")
    rngs = np.random.SeedSequence(seed).spawn(count)
    return [fresh(case, np.random.default_rng(rng), f"{stem(case)}-fresh{seed}-{i}", any_size)
            for i, (case, rng) in enumerate(zip(islice(cycle(cases), count), rngs, strict=True))]


def stem(case: Case) -> str:
    """gru-after-float64, without the point that the case was drawn at."""
    head, _, _ = case.name.partition(str(case.dtype))
    return head + str(case.dtype)


def fresh(case: Case, rng: np.random.Generator, name: str, any_size: bool = True) -> Case:
    """A new case like this one: at sizes of its own where its layer can be drawn at any, else with another batch and time."""
    for _ in range(TRIES):
        made = (at_other_sizes(case, rng, name) if any_size else None) or redrawn(case, rng, name)
        if shows(made):
            break
    return made


def shows(case: Case) -> bool:
    """Whether every array of the answer has a number that is not zero: a small ReLU net is easily dead at all of its examples."""
    with np.errstate(all="ignore"):
        right = RIGHT.run(case)
    answer = {**right.outputs, **right.grads}
    return all(np.any(a) for name, a in answer.items() if np.size(a) and name not in case.zeros) and all(
        np.isfinite(a).all() for a in answer.values())


def at_other_sizes(case: Case, rng: np.random.Generator, name: str) -> Case | None:
    """None where the case is no plain layer whose arrays follow from a few lengths."""
    if len(case.layers) != 1 or case.training or not drawable(case.network[0].kind if case.network else ""):
        return None
    layer, = case.network
    config = dict(layer.config)
    if str(config.get("bias")).startswith("kernel"):
        return None  # its bias is a row of the kernel
    groups = config.get("groups", 1)
    lengths = [int(n) for n in rng.permutation(LENGTHS)]
    sizes = {axis: lengths.pop() for axis in SIZES[layer.kind]}
    if layer.kind.startswith("conv"):
        sizes |= {axis: int(rng.integers(2, 5)) for axis in sizes if axis.startswith("kernel")}
        sizes |= {axis: groups * (1 + sizes[axis] % 3) for axis in ("channels", "filters")}
        if sizes["channels"] == sizes["filters"]:
            sizes["filters"] += groups
    seed = int(rng.integers(1, 2**31))
    recurrent = {"stateless": not any(name in case.inputs for name in ("h0", "c0"))} if "hidden" in sizes else {}
    try:
        made = case_at(layer.kind, sizes, config, name, seed, set(case.params), **recurrent)
    except (InvalidCase, ValueError, KeyError):
        return None  # an option that these lengths do not allow
    same = made.params.keys() == case.params.keys() and made.inputs.keys() == case.inputs.keys()
    return redrawn(made, rng, name).astype(str(case.dtype)) if same else None


def redrawn(case: Case, rng: np.random.Generator, name: str) -> Case:
    """The case with other numbers, and another batch and time where no parameter depends on them."""
    taken = set(case.sizes.values())
    lengths: dict[str, int] = {}
    for axis in AXES:
        free = [n for n in LENGTHS if n not in taken and n > (2 if axis == "time" else 1)]
        if axis in case.sizes and free and resizable(case, axis):
            lengths[axis] = int(rng.choice(free))
            taken.add(lengths[axis])
    labels = labels_of(case, rng, lengths)
    groups: dict[str, dict[str, np.ndarray]] = {}
    for kind in ("params", "inputs", "cotangents"):
        groups[kind] = {key: labels[key] if key in labels else numbers(a, shape_of(case, key, a, lengths), rng).astype(a.dtype)
                        for key, a in getattr(case, kind).items()}
    if "target" in case.inputs and np.array_equal(case.inputs["target"], case.inputs["x"]):  # an autoencoder's
        groups["inputs"]["target"] = groups["inputs"]["x"].copy()
    if case.loss is not None and case.cotangents["loss"].ndim == 0 and not case.exempt:
        groups["cotangents"]["loss"] = np.asarray(case.cotangents["loss"])
    sizes = {axis: lengths.get(axis, n) for axis, n in case.sizes.items()}
    about: dict[str, Any] = {**groups, "name": name, "group": "", "sizes": sizes, "golden": (), "catches": CATCHES, "flags": (),
                             "documents": (), "source": ""}
    if case.training and case.training.batches:
        rows = len(groups["inputs"]["x"])
        about["training"] = replace(case.training, batches=tuple(tuple(r % rows for r in b) for b in case.training.batches))
    try:
        return replace(case, **about)
    except InvalidCase as error:
        return replace(case, **about, exempt=case.exempt or f"{WHY}{error}")


def resizable(case: Case, axis: str) -> bool:
    """Whether every array says by its axes' names where the length occurs, no other axis has it, and no parameter has it."""
    length = case.sizes[axis]
    for group in (case.params, case.inputs, case.cotangents):
        for key, a in group.items():
            names = axes_of(case, key, np.ndim(a))
            at = [i for i, n in enumerate(np.shape(a)) if n == length]
            named = [i for i, one in enumerate(names) if one == axis]
            if at != named or (named and key in case.params):
                return False
    return not (case.training and case.training.batches)


def shape_of(case: Case, key: str, a: np.ndarray, lengths: dict[str, int]) -> tuple[int, ...]:
    names = axes_of(case, key, np.ndim(a))
    return tuple(lengths.get(axis, n) for axis, n in zip(names, a.shape)) if names else np.shape(a)


def numbers(a: np.ndarray, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Other numbers of the same size and kind: positive ones, those between 0 and 1, zeros and whole numbers remain such."""
    if a.dtype.kind != "f" or not a.any() or (a.size > 1 and np.isin(a, (0, 1)).all()):
        return rng.choice(a.ravel(), shape) if a.size else np.zeros(shape, a.dtype)
    size = float(np.sqrt(np.mean(np.square(a, dtype=float))))
    if (a > 0).all():
        low, high = float(a.min()), float(a.max())
        return rng.uniform(low, high if high > low else low * 1.5, shape)
    return drawer(int(rng.integers(2**31)), size)(*shape)


def labels_of(case: Case, rng: np.random.Generator, lengths: dict[str, int]) -> dict[str, np.ndarray]:
    """Inputs whose rows sum to one, distributions and one-hot labels: rows of them, in another order."""
    found = {}
    for key, a in case.inputs.items():
        if a.dtype.kind == "f" and a.ndim > 1 and a.shape[-1] > 1 and (a >= 0).all() and np.allclose(a.sum(-1), 1):
            shape = shape_of(case, key, a, lengths)
            rows = a.reshape(-1, a.shape[-1])
            chosen = rows[rng.integers(len(rows), size=shape[:-1])]
            if not np.isin(a, (0, 1)).all():  # between two distributions lies a third
                other, part = rows[rng.integers(len(rows), size=shape[:-1])], rng.uniform(0.2, 0.8, (*shape[:-1], 1))
                chosen = part * chosen + (1 - part) * other
            found[key] = chosen.astype(a.dtype)
    return found
