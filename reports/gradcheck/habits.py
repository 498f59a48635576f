"""What a function does besides answering: draws random numbers, remembers earlier calls, changes the arrays it is given, or
ignores them and reads others."""

from dataclasses import replace

import numpy as np

from nnparity.reports.gradcheck.nest import as_array, is_number, leaves
from nnparity.reports.gradcheck.question import Question
from nnparity.reports.gradcheck.rounding import scale

SAME = 1e-12  # relative: threads may add in another order
CALLS = 3


class Unanswerable(Exception):
    """Nothing can be said about the gradient of such a function; the message says why and what to do."""


def settled(question: Question) -> tuple[Question, list[str]]:
    """The question in the form in which the function answers it, and what is to be told about the function.

    Raises Unanswerable where it returns something else at each call, nothing finite, or never depends on the arrays.
    """
    notes = []
    question = replace(question, in_place=question.reads_params)
    changed = changed_by(question)
    question = replace(question, copies=bool(changed) and not question.in_place)
    if question.copies:
        notes.append(f"{changed} in place: what is changed in a forward or backward pass is wrong at the next one. "
                     "Here every call got copies.")
    notes += steady(question)
    question = replace(question, watched=bool(question.draws))  # what never draws need not be watched
    here = question.value(question.start)
    if not np.isfinite(here):
        raise Unanswerable(f"f returns {here} for these arrays: there is no derivative. Give arrays at which it is finite.")
    if not question.in_place and question.value(elsewhere(question)) == here:
        itself = replace(question, in_place=True)
        if writable(itself) and itself.value(elsewhere(itself)) != here:
            question = itself
            notes.append(
                "f ignores what it is given and reads the arrays of params themselves: they were changed in place, and put "
                "back after each call."
            )
    return question, notes


def writable(question: Question) -> bool:
    own = dict(leaves(question.params, question.names))
    return all(isinstance(own[name], np.ndarray) and own[name].dtype.kind == "f" and own[name].flags.writeable
               for name in question.start if name in own)


def elsewhere(question: Question) -> dict[str, np.ndarray]:
    """Other arrays near the start."""
    rng = np.random.default_rng(0)
    return {name: a + 1e-2 * scale(a) * rng.standard_normal(a.shape) for name, a in question.start.items()}


def changed_by(question: Question) -> str:
    """Which arrays f, and the gradients, change: "f changes W, b"; nothing where they change none."""
    def watched():
        return {name: as_array(leaf).copy() for nest in (question.params, question.inputs)
                for name, leaf in leaves(nest, question.names) if is_number(leaf)}

    question, told = replace(question, copies=False), []
    for who, call in (("f", question.outputs), ("grads", question.theirs)):
        if who == "grads" and not callable(question.grads):
            continue
        given = {name: a.copy() for name, a in question.start.items()}
        others, before = watched(), {name: a.copy() for name, a in given.items()}
        call(given)
        now = watched()
        changed = [name for name in given if not np.array_equal(given[name], before[name], equal_nan=True)]
        changed += [
            name for name in others if name not in changed and not np.array_equal(others[name], now[name], equal_nan=True)
        ]
        if changed:
            told.append(f"{who} changes {', '.join(changed)}")
    return ", and ".join(told)


def steady(question: Question) -> list[str]:
    """Nothing, or that f draws random numbers. Raises Unanswerable where its answers to one question differ."""
    values = [complex(question.value(question.start)) for _ in range(CALLS)]
    if not same(values):
        shown = ", ".join(f"{value.real:.6g}" for value in values)
        raise Unanswerable(
            f"f returns something else at each call with the same arrays ({shown}): it draws random numbers (dropout, noise, a "
            "shuffle) or keeps something from call to call (running averages, a counter, an update of the weights). Draw outside "
            "and hand it in; set back what is kept.")
    if not question.draws:
        return []
    return [
        "random numbers are drawn from np.random or random: the same state was put back before every call, so that all calls "
        "draw the same numbers. Better: draw outside, and hand in what was drawn."
    ]


def same(values) -> bool:
    if not np.isfinite(values).all():
        return len(set(map(str, values))) == 1
    return bool(np.ptp(np.real(values)) <= SAME * np.max(np.abs(values)))


def accumulates(question: Question, first: dict[str, np.ndarray]) -> dict[str, float]:
    """What their gradients are at a third call, as a multiple of the first: other than 1 where they are added up over calls."""
    if not question.asks_anew:
        return {}
    question.theirs(question.start)
    third = question.theirs(question.start)
    found = {}
    for name, a in first.items():
        if name in third and third[name].shape == a.shape and a.any():
            times = float(np.vdot(a, third[name]) / np.vdot(a, a))
            if abs(times - 1) > 1e-9:
                found[name] = times
    return found
