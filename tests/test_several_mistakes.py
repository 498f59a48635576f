"""Three and four mistakes of the catalogue at once, drawn at random: the diagnosis names them, or as many as the numbers tell,
and never a set that does not give every number, or that has more causes than it needs. No framework."""

import json
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from nnparity import cases, reference_impl
from nnparity.cases.case import Case, Result
from nnparity.reference_impl.mistakes import MISTAKES
from nnparity.reports.diagnosis.cause import Place, Planted
from nnparity.reports.diagnosis.diagnose import diagnose
from nnparity.reports.diagnosis.pieces import pieces
from nnparity.reports.diagnosis.planting import Planting, backward_mistakes, cause_of, forward_mistakes, world_of

MLP, NODES, SOFTMAX = "n02-mlp-float64-generic", "n04-mlp-float64-tanh", "n18-mlp-float64-half_squared"
LSTM, GRU, CONVOLUTION = "n03-lstm-generic-float64", "gru-after-float64-generic", "n01-cnn-generic-float64"


def answer_of(case: Case, mistakes) -> Result | None:
    """What an implementation with these mistakes answers; None where they make no finite answer."""
    try:
        with np.errstate(all="ignore"):
            result = world_of(tuple(mistakes)).run(case)
    except Exception:
        return None
    arrays = (*result.outputs.values(), *result.grads.values())
    return result if all(np.isfinite(a).all() and (np.abs(a) < 1e6).all() for a in arrays) else None


def alike(a: Result | None, b: Result | None) -> bool:
    """Whether two answers are the same but for rounding."""
    if a is None or b is None or a.grads.keys() != b.grads.keys():
        return False
    pairs = [(a.outputs[name], b.outputs[name]) for name in b.outputs] + [(a.grads[name], b.grads[name]) for name in b.grads]
    return all(x.shape == y.shape and (np.abs(x - y) <= 1e-9 * np.abs(y).max(initial=0) + 1e-12).all() for x, y in pairs)


# Drawn at random once, so that an entry more in the catalogue does not draw others: each changes the answer beside the rest.
SETS = json.loads((Path(__file__).parent / "sets_of_mistakes.json").read_text())


@cache
def drawn(name: str, part: str, number: int) -> tuple[tuple[Planting, ...], Result]:
    """Three or four mistakes, each of which changes the answer, and the answer."""
    case = cases.named(name)
    pool = {str(mistake.id) + (f" in {place}" if place else ""): (mistake, place)
            for mistake, place in (backward_mistakes if part == "backward" else forward_mistakes)(case)}
    chosen = tuple(pool[one] for one in SETS[f"{part} {name}"][number])
    answer = answer_of(case, chosen)
    assert answer is not None
    assert not any(alike(answer_of(case, [one for one in chosen if one != other]), answer) for other in chosen)
    return chosen, answer


def told(name: str, part: str, seed: int) -> str:
    """What the diagnosis makes of a drawn answer: "named", "equal" for as few other causes that give the same numbers, "partial"
    or "none". Fails where it names what is wrong."""
    case = cases.named(name)
    chosen, answer = drawn(name, part, seed)
    with np.errstate(all="ignore"):
        found = diagnose(case, answer)
    truth, whole = {cause_of(*one).what for one in chosen}, [one for one in found if one.complete]
    plantings = {cause_of(*one).what: one for one in (*forward_mistakes(case), *backward_mistakes(case))}
    for one in whole:
        assert all(a.ok for a in one.agreements)
        if not one.changes and plantings.keys() >= {*one.key}:
            assert alike(answer_of(case, [plantings[what] for what in one.key]), answer), f"{one.label} is not {truth}"
        assert len(one.causes) <= len(chosen), f"{one.label} has more causes than {truth}"
    if any({*one.key} == truth for one in whole):
        return "named"
    return "equal" if whole else "partial" if any(one.hypothesis or one.changes for one in found) else "none"


@pytest.mark.parametrize("name, seeds, least", [(MLP, 6, 5), (NODES, 6, 5), (SOFTMAX, 6, 5), (CONVOLUTION, 6, 5), (GRU, 4, 3),
                                                (LSTM, 3, 3)])
def test_three_or_four_mistakes_of_the_backward_pass(name, seeds, least):
    became = Counter(told(name, "backward", seed) for seed in range(seeds))
    assert became["named"] + became["equal"] >= least, became


@pytest.mark.parametrize("name, seeds, least", [(MLP, 6, 5), (SOFTMAX, 6, 4), (CONVOLUTION, 6, 5)])
def test_three_mistakes_of_the_forward_pass(name, seeds, least):
    became = Counter(told(name, "forward", seed) for seed in range(seeds))
    assert became["named"] + became["equal"] >= least, became


def test_of_two_with_the_same_numbers_the_one_inside_a_layer_is_told_first():
    """Of the output of a sigmoid, which is positive, a ReLU's derivative is one: as if none were taken."""
    case = cases.named("n13-mlp-float64-generic")
    place = Place("dense", "dense_1")
    found = diagnose(case, answer_of(case, [(MISTAKES["dense-derivative-lost"], place)]))
    complete = [{cause.what for cause in one.causes} for one in found if one.complete]
    assert complete[0] == {Planted("dense-derivative-lost", place)}
    assert {Planted("chain-derivative-of-argument-relu", None)} in complete


def best(case: Case, answer: Result):
    with np.errstate(all="ignore"):
        return diagnose(case, answer)[0]


def in_layer(id: str, layer: str) -> Planting:
    return MISTAKES[id], Place("dense", layer)


CHAIN = (in_layer("softmax-diagonal", "dense_3"), in_layer("dense-derivative-lost", "dense_2"),
         in_layer("dense-kernel-without-derivative", "dense_1"))


def test_a_mistake_in_each_layer_is_named_layer_by_layer():
    case = cases.named(SOFTMAX)
    first = best(case, answer_of(case, CHAIN))
    assert first.complete and {*first.key} == {cause_of(*one).what for one in CHAIN}


@pytest.mark.parametrize("factor", [0.37, -1.0])
def test_a_factor_beside_mistakes_is_told(factor):
    """Of all arrays: the mistakes keep their names, and the factor stands beside them."""
    case = cases.named(SOFTMAX)
    answer = answer_of(case, CHAIN)
    scaled = Result(outputs=answer.outputs, grads={name: factor * g for name, g in answer.grads.items()})
    first = best(case, scaled)
    assert first.complete and {*first.key} >= {cause_of(*one).what for one in CHAIN}
    assert len(first.changes) == len(answer.grads) and len(first.causes) == len(CHAIN) + 1


def test_what_is_left_beside_mistakes_is_said():
    """An array that nothing gives is left unexplained; the mistakes behind the others are named, and no more of them."""
    case = cases.named(SOFTMAX)
    answer = answer_of(case, CHAIN)
    other = np.random.default_rng(0).standard_normal(answer.grads["dense_1/kernel"].shape)
    first = best(case, Result(outputs=answer.outputs, grads={**answer.grads, "dense_1/kernel": other}))
    assert not first.complete
    assert {what for what in first.key if isinstance(what, Planted)} <= {cause_of(*one).what for one in CHAIN}
    assert [a.array for a in first.agreements if not a.ok] == ["dense_1/kernel"]


@pytest.mark.parametrize("name, seeds, least", [("n05-training-float64", 4, 3), ("n21-training-float64", 2, 1)])
def test_three_mistakes_of_a_training(name, seeds, least):
    """Of the forward pass, the backward pass, the update and the loop alike."""
    became = Counter(told(name, "training", seed) for seed in range(seeds))
    assert became["named"] + became["equal"] >= least, became


def test_pieces_are_arrays_and_slices_and_zeros_are_none():
    got = {"kernel": np.array([[1.0, 2.0], [3.0, 4.0], [0.0, 0.0]]), "bias": np.array([2.0, 4.0, 6.0])}
    allowed = {name: np.zeros(a.shape) for name, a in got.items()}
    here = pieces(got, {"kernel": np.array([[1.0, 2.0], [3.0, 5.0], [0.0, 0.0]]), "bias": np.array([1.0, 2.0, 3.0])}, allowed)
    kernel = [False, False, True, False, False, True, False]  # whole, but for a factor, rows (the last is zero), columns
    bias = [False, True, False, False, False]
    assert here.flags.tolist() == kernel + bias and not here.right
    whole = pieces(got, got, allowed)
    assert whole.right == {"kernel", "bias"} and whole.keep(here) and not here.keep(whole)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_named_for_other_numbers(seed):
    """Every gradient drawn anew: nothing gives any array, and no mistake is blamed for part of them."""
    case, rng = cases.named(MLP), np.random.default_rng(seed)
    right = reference_impl.run(case)
    found = diagnose(case, Result(outputs=right.outputs, grads={k: rng.standard_normal(g.shape) for k, g in right.grads.items()}))
    assert not any(one.complete or one.hypothesis or one.changes for one in found), [one.label for one in found]
