"""Three or more mistakes of the forward pass: every way in which each layer may go wrong, all combinations of them run as one.

Layer after layer, over one leading axis: after a layer there is a row for each combination of mistakes so far. In a chain of L
layers with n mistakes each that is n^L rows and n·L runs. Of outputs that leave the chain on the way, last states, the rows stay
that have them right.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np

from nnparity.cases.case import Case, Layer, Result
from nnparity.reference_impl import RIGHT
from nnparity.reports.diagnosis.cause import Place
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.diagnosis.hypothesis import planted
from nnparity.reports.diagnosis.planting import Planting, forward_mistakes, world_of
from nnparity.reports.diagnosis.question import Question
from nnparity.reports.diagnosis.rough import near
from nnparity.reports.diagnosis.stages.conventions import under_conventions

ROWS = 40_000  # combinations at most
NUMBERS = 2**25  # in the arrays of one layer's rows
SETS = 2500  # of mistakes of one layer: each is compiled
ONE_BY_ONE = 2000  # rows that are run by themselves where a mistake would mix them
AT_ONCE = 3  # mistakes of one layer

Combination = tuple[Planting, ...]


def layer_by_layer(question: Question) -> list[Explanation]:
    case = question.case
    explained = any(match.outputs_right for matches in question.compared.values() for match in matches)
    if case.training or question.default or explained:
        return []
    plain = under_conventions(case)[0]
    found: set[frozenset[Planting]] = set()
    for several in (None, *case.layers):  # a layer with several mistakes, the others with one at most
        if not found:
            found = {frozenset(written) for chosen in fitting_combinations(case, question.answer, several)
                     for written in ways_to_say(case, chosen)}
    fitting = question.fitting(planted(plain, *sorted(chosen, key=str)) for chosen in found if chosen)
    fewest = min((len(hypothesis.causes) for hypothesis in fitting), default=0)
    return question.explain(hypothesis for hypothesis in fitting if len(hypothesis.causes) == fewest)


def fitting_combinations(case: Case, answer: Result, several: Layer | None) -> list[Combination]:
    """Those whose outputs are nearly the answer's, with up to AT_ONCE mistakes in the layer `several` and one in each other."""
    rows: list[Combination] = [()]
    x = case.inputs["x"][None]
    for index, layer in enumerate(case.layers):
        kept, outputs = [], []
        shape = None  # of the right layer's output: another padding, say, is not followed
        for more in ways_wrong(case, layer, len(rows), x[0].size, AT_ONCE if layer is several else 1):
            produced = run(case, layer, more, x)
            shape = shape or (produced["y"].shape if produced else None)
            if produced is None or produced["y"].shape != shape:
                continue
            ok = right_so_far(case, layer, produced, answer, last=index == len(case.network) - 1)
            kept += [(*row, *more) for row, fine in zip(rows, ok) if fine]
            outputs.append(produced["y"][ok])
        if not kept:
            return []
        rows, x = kept, np.concatenate(outputs)
    return rows


def ways_wrong(case: Case, layer: Layer, rows: int, size: int, most: int) -> Iterator[Combination]:
    """No mistake, one, and as many at once as there is room for."""
    yield ()
    ones = list(dict.fromkeys((mistake, Place(layer.kind, layer.name)) for mistake, _ in forward_mistakes(case)
                              if not mistake.whole_chain and mistake.touches(layer)))
    left = min(SETS, min(ROWS, NUMBERS // max(1, size)) // max(1, rows) - 1)
    for count in range(1, most + 1):
        sets = list(combinations(ones, count))
        if len(sets) > left:
            return
        left -= len(sets)
        yield from sets


def run(case: Case, layer: Layer, chosen: Sequence[Planting], x: np.ndarray):
    """The outputs of one layer for all rows; one after the other where the wrong formula is another with an axis in front (a
    softmax over everything, a division by the length of the first). None where it cannot be run."""
    layers = world_of(tuple(chosen)).layers if chosen else RIGHT.layers
    function = layers.get(f"{layer.kind}@{layer.name}", layers.get(layer.kind))
    params, inputs = layer.own(case.params), layer.own(case.inputs)

    def stacked(arrays):
        return {name: np.broadcast_to(a, (len(x), *a.shape)) for name, a in arrays.items()}

    if function is None:  # two of these mistakes change the same line
        return None
    try:
        with np.errstate(all="ignore"):
            first = function(params, {**inputs, "x": x[0]}, **layer.config)[0]
            produced = function(stacked(params), {**stacked(inputs), "x": x}, **layer.config)[0]
            produced = {name: np.broadcast_to(a, (len(x), *np.shape(a)[1:])) for name, a in produced.items()}
            if all(same(produced[name][0], a) for name, a in first.items()):
                return produced
            rows = [function(params, {**inputs, "x": row}, **layer.config)[0] for row in x[:ONE_BY_ONE]]
            return {name: np.stack([row[name] for row in rows]) for name in first} if len(rows) == len(x) else None
    except Exception:  # see Hypothesis.outputs
        return None


def same(a: np.ndarray, b: np.ndarray) -> bool:
    return np.shape(a) == np.shape(b) and np.allclose(a, b, equal_nan=True)


def right_so_far(case: Case, layer: Layer, produced, answer: Result, last: bool) -> np.ndarray:
    """The rows whose outputs are the answer's, of those that leave the chain here."""
    named = {"loss": "y"} if layer is case.loss else {layer.qualify(name): name for name in produced if name != "y" or last}
    named = {"y" if name.rpartition("/")[2] == "y" else name: own for name, own in named.items()}
    leaving = {name: produced[own] for name, own in named.items() if name in answer.outputs}
    return near(leaving, answer.outputs) if leaving else np.ones(len(produced["y"]), bool)


def ways_to_say(case: Case, chosen: Combination) -> Iterator[Combination]:
    """A mistake in the only layer that it touches has no place; one in several layers may be one in all, and then another that
    stands in for it elsewhere is none."""
    def placed(mistake, place):
        return mistake, place if sum(mistake.touches(layer) for layer in case.layers) > 1 else None

    yield tuple(placed(*one) for one in chosen)
    for mistake in {mistake for mistake, _ in chosen}:
        rest = tuple(placed(*one) for one in chosen if one[0] is not mistake)
        if len(chosen) - len(rest) > 1:
            yield ((mistake, None), *rest)
            yield from (((mistake, None), *(one for one in rest if one != gone)) for gone in rest)
