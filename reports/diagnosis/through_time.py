"""How far back did each output's gradient travel, through which states, and whose share was added up at last?

The gradient of a recurrent layer is a sum of shares (shares.py). Truncated backpropagation leaves some of them out, whatever it
is called: a window of k steps, chunks of k steps, the last k steps, every step for itself; an assignment where an addition
belongs leaves one step or one example. So each is a choice of shares, and one table of them answers for all, for any k.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from nnparity.cases.case import Arrays, Case
from nnparity.reports.comparison.compare import Agreement, compare_arrays
from nnparity.reports.diagnosis.cause import Cause, Changed, Words
from nnparity.reports.diagnosis.changes import Change
from nnparity.reports.diagnosis.explanation import Explanation, explanation
from nnparity.reports.diagnosis.match import Match
from nnparity.reports.diagnosis.per_case import per_case
from nnparity.reports.diagnosis.shares import STATES, Shares, Walk, shares

Found = dict[str, list[tuple[Change, Agreement]]]
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
MEANT = "No bug if it is meant: truncated backpropagation is an approximation. Otherwise hand dL/dh on without a break."
ADD = "A weight used at every step gets the sum over all steps: +=, not =."


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some shares of the sum. `of(shares, name)` are the gradients that this may leave of an array: more than one of an initial
    state, since what the first step hands on may be kept or not."""

    family: str
    title: str
    words: str
    fix: str
    of: Callable[[Shares, str], list[np.ndarray]]


class Grid(NamedTuple):
    """Output t and step s of every share, and how many steps there are."""

    t: np.ndarray
    s: np.ndarray
    T: int


Mask = Callable[[Grid], np.ndarray]


def parts(table: Shares) -> Iterator[Part]:
    """All that is tried, for as many steps as this case has."""
    T = table.steps
    yield chosen("own step only", "has nothing of later steps: it does not travel back through time",
                 "Only what each step's own output sends into that step is in it.",
                 "Add what step t+1 hands on to dL/dy of step t, before anything is made of it.", lambda at: at.t == at.s)
    yield from (window(k) for k in range(1, T - 1))
    yield from (chunks(k) for k in range(2, T))
    yield from (chunks_from_the_end(k) for k in range(2, T))
    yield from (last_walked(k) for k in range(1, T))
    yield from (cut_before(k) for k in range(1, T))
    yield chosen("first step", "is that of the first step alone",
                 "Assigned at each step on the way back, so that of the first step stays.", ADD, lambda at: at.s == 0)
    if table.case.network[0].kind == "lstm":
        yield from (one_state_cut(k, state, name) for k in range(1, T) for state, name in (("h", "state h"), ("c", "cell state")))
    yield from (one_example(example, word) for example, word in ((0, "first"), (-1, "last")))


def window(k: int) -> Part:
    return chosen(f"window of {k}", f"goes back {steps(k)} from each output (truncated backpropagation with a window)",
                  "What an output sends further back is left out.", MEANT,
                  lambda at: at.t - at.s <= k, lambda at: at.t - at.s < k)


def chunks(k: int) -> Part:
    return chosen(f"chunks of {k}", f"is cut every {steps(k)} (truncated backpropagation in chunks of {number(k)})",
                  f"Nothing goes back from step {k} to step {k - 1}, from {2 * k} to {2 * k - 1} and so on.", MEANT,
                  lambda at: at.t // k == at.s // k)


def chunks_from_the_end(k: int) -> Part:
    return chosen(f"chunks of {k} from the end", f"is cut every {steps(k)}, counted from the last step",
                  f"Nothing goes back beyond the {last(k)}, the {number(k)} before them and so on.", MEANT,
                  lambda at: (at.T - 1 - at.t) // k == (at.T - 1 - at.s) // k)


def last_walked(k: int) -> Part:
    """What is handed on where the walk ends may be returned as the initial state's."""
    alone = chosen(f"last {k} walked", f"is that of the {last(k)} alone", "The walk back ends there; earlier steps get nothing.",
                   "A walk back ends at the first step, and every step adds its share.", lambda at: at.s >= at.T - k)

    def of(table: Shares, name: str) -> list[np.ndarray]:
        end = table.before[name][:, max(0, table.steps - k)].sum(0) if name in table.before else None
        return alone.of(table, name) + ([end] if end is not None else [])

    return replace(alone, of=of)


def cut_before(k: int) -> Part:
    return chosen(f"cut before the last {k}", f"does not go back beyond the {last(k)}: the state before is detached",
                  "Outputs before that have their whole gradient.", MEANT, lambda at: (at.t >= at.T - k) == (at.s >= at.T - k))


def chosen(family: str, title: str, words: str, fix: str, mask: Mask, starts: Mask | None = None) -> Part:
    """The shares for which `mask` holds; of an initial state those of step 0 for which it holds, or `starts`, or none."""
    def of(table: Shares, name: str) -> list[np.ndarray]:
        T = table.steps
        t, s = np.indices((T, T))
        grid = Grid(t, s, T)
        readings = [(one(grid) & (grid.s <= grid.t)).astype(float) for one in (mask, starts) if one is not None]
        if name in table.start:
            return [np.tensordot(through, table.start[name], 1) for through in (*(kept[:, 0] for kept in readings), np.zeros(T))]
        return [table.sum(name, readings[0])]

    return Part(family=family, title=f"gradient of {{array}} {title}", words=words, fix=fix, of=of)


def one_state_cut(k: int, state: str, name: str) -> Part:
    """An LSTM hands two states on: one of them may be cut and the other not."""
    at, own = "at every step" if k == 1 else f"every {steps(k)}", STATES[state][0]

    def of(table: Shares, array: str) -> list[np.ndarray]:
        found = walk_cut(table.case, k, state)
        return [found[array], *([np.zeros_like(found[own])] if array == own else [])] if array in found else []

    return Part(family=f"{state} cut every {k}", title=f"gradient of {{array}}: what goes back through the {name} is cut {at}",
                words=f"The {name} is detached {at}, the other one is not.", fix=f"Hand on both dL/dh and dL/dc. {MEANT}", of=of)


@per_case
def walks(case: Case) -> tuple[Walk, dict[tuple[int, str], Arrays]]:
    return Walk(case), {}


def walk_cut(case: Case, k: int, state: str) -> Arrays:
    """All gradients where every k-th step hands this state's gradient on to nobody."""
    walk, done = walks(case)
    if (k, state) not in done:
        done[k, state] = walk.total(walk.leaving(), lambda which, t: which != state or t == 0 or t % k != 0)
    return done[k, state]


def one_example(example: int, word: str) -> Part:
    def of(table: Shares, name: str) -> list[np.ndarray]:
        batch = len(table.case.inputs["x"])
        found = table.whose[example % batch]
        return [found[name]] if batch > 1 and name in found else []

    return Part(family=f"{word} example", title=f"gradient of {{array}} is that of the {word} example alone",
                words="Those of the other examples are lost.", of=of,
                fix="A gradient of a batch is the sum over its examples: +=, not =.")


def number(k: int) -> str:
    return NUMBERS[k] if k < len(NUMBERS) else str(k)


def steps(k: int) -> str:
    return f"{number(k)} step{'s' * (k != 1)}"


def last(k: int) -> str:
    return "last step" if k == 1 else f"last {steps(k)}"


# ------------------------------------------------------------------------------------------------------- as explanations


def whole(match: Match, tried: Iterable[Part] | None = None) -> Iterator[Explanation]:
    """Parts of the sum that are all that any gradient has: one cause, whichever arrays there are."""
    table = table_of(match)
    if table is None:
        return
    for part in parts(table) if tried is None else tried:
        fitting = {}
        for name in sorted(match.answer.grads, key=lambda name: match.answer.grads[name].size):
            one = next(reading(part, table, name, match), None)
            if one is None:
                break
            fitting[name] = one
        if len(fitting) == len(match.answer.grads) and {*match.wrong} <= fitting.keys():
            cause = Cause(what=Changed(part.family, ()), verdict="mistake", told=Words(
                label=f"gradient {part.family}", title=part.title.format(array="all arrays"), words=part.words, fix=part.fix))
            yield explanation(match, cause, changes=tuple(change for change, _ in fitting.values()), agreements=[
                fitting[a.array][1] if a.group == "grads" and a.array in fitting else a for a in match.agreements])


def array_by_array(match: Match) -> Found:
    """For each wrong gradient what may have been left out of its sum."""
    table = table_of(match)
    if table is None:
        return {}
    found: Found = {}
    for part in parts(table):
        for name in match.wrong:
            if name in match.answer.grads:
                found.setdefault(name, []).extend(reading(part, table, name, match))
    return {name: options for name, options in found.items() if options}


def table_of(match: Match) -> Shares | None:
    """None where other causes have changed the forward pass: the shares are those of the right one."""
    hypothesis = match.hypothesis
    return None if hypothesis.mistakes or hypothesis.rewrites else shares(hypothesis.case)


def reading(part: Part, table: Shares, name: str, match: Match) -> Iterator[tuple[Change, Agreement]]:
    """Each way in which the part may stand in an array that gives what came back. A part of a sum may round as its largest share
    does, which the whole need not show."""
    got, allowed = match.answer.grads[name], match.prediction.allowed.grads.get(name)
    if allowed is None or name not in table.names or got.dtype.kind != "f":
        return
    for place, gradient in enumerate(part.of(table, name)):
        if gradient.shape != got.shape:
            continue
        limit = 2 * np.abs(allowed) + 16 * float(np.finfo(got.dtype).eps) * np.abs(gradient).max(initial=0)
        agreement = compare_arrays(f"grads/{name}", got, gradient.astype(got.dtype), limit, zero_expected=True)
        if agreement.ok:
            yield as_change(part, name, place), agreement


def as_change(part: Part, name: str, place: int) -> Change:
    def apply(grads: Mapping[str, np.ndarray], case: Case) -> np.ndarray | None:
        table = shares(case)
        options = part.of(table, name) if table is not None and name in table.names else []
        return options[place].astype(grads[name].dtype) if place < len(options) else None

    return Change(family=part.family, name=name, title=part.title, words=part.words, fix=part.fix, apply=apply, part=part)
