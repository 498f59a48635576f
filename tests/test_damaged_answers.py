"""Answers damaged in every way an answer can be damaged, over all layers, losses and optimizers: each gets a verdict, and the
diagnosis itself never fails. Drawn from fixed seeds: the same answers on every run."""

import contextlib
from dataclasses import replace
from functools import cache
from itertools import islice

import numpy as np
import pytest

from nnparity import cases, reference_impl
from nnparity.cases.case import Result
from nnparity.cases.selection import network_of
from nnparity.reference_impl import RIGHT
from nnparity.reference_impl.mistakes import plant, reaching
from nnparity.reference_impl.optimizers import OPTIMIZERS
from nnparity.reports.diagnosis.hypothesis import fitted
from nnparity.reports.diagnosis.variants import variants
from nnparity.reports.verdicts.judge import judge
from nnparity.reports.verdicts.tell_apart import distinguishing, surviving
from nnparity.reports.verdicts.verdict import VERDICTS

ANSWERS = 90  # damaged ones for each network
OTHERS = 12  # conventions and mistakes whose answers are damaged too
STEPS = 4  # of a training
SMALLEST = 3  # cases of each network, and its generic one


class Sub(np.ndarray):
    """A subclass of ndarray."""


class Raises:
    def __array__(self, *_, **__):
        raise RuntimeError("no array today")


def one(a, value):
    """a with one element replaced."""
    a = np.array(a)
    if a.size:
        a.flat[a.size // 2] = value
    return a


def rough(a):
    return a * (1 + np.random.default_rng(0).uniform(-1e-9, 1e-9, a.shape))


# what may happen to one array
DAMAGES = {
    "as it is": lambda a: a, "transposed": lambda a: a.T,
    "first axes exchanged": lambda a: a.swapaxes(0, min(1, a.ndim - 1)),
    "last axes exchanged": lambda a: a.swapaxes(-1, max(-2, -a.ndim)), "flat": lambda a: a.ravel(),
    "an axis more": lambda a: a[None], "an axis less": lambda a: a[0], "a row less": lambda a: a[1:],
    "a column less": lambda a: a[..., :-1], "twice": lambda a: np.concatenate([a, a]), "padded": lambda a: np.pad(a, 1),
    "every second": lambda a: a[..., ::2], "turned around": lambda a: a[::-1], "rolled": lambda a: np.roll(a, 1, -1),
    "summed": lambda a: a.sum(), "mean over the first axis": lambda a: a.mean(0), "0-d": lambda a: np.float64(a.flat[0]),
    "empty": lambda a: a[:0], "no axis": lambda _: np.array(1.0), "reshaped": lambda a: a.reshape(-1, 1),
    "int64": lambda a: a.astype("int64"), "int8": lambda a: np.sign(a).astype("int8"),
    "uint64": lambda a: np.abs(a).astype("uint64"), "bool": lambda a: a > 0, "complex": lambda a: a.astype("complex128"),
    "imaginary": lambda a: a * 1j, "float16": lambda a: a.astype("float16"), "float32": lambda a: a.astype("float32"),
    "long double": lambda a: a.astype("longdouble"), "big endian": lambda a: a.astype(">f8"),
    "float32, transposed": lambda a: a.T.astype("float32"), "integers, an axis less": lambda a: a[0].astype("int32"),
    "masked": lambda a: np.ma.masked_array(a, a > 0), "masked, nothing hidden": np.ma.masked_array,
    "a subclass": lambda a: a.view(Sub), "a list": lambda a: a.tolist(), "a tuple of rows": lambda a: tuple(a),
    "ragged": lambda a: [a.ravel()[:1].tolist(), a.ravel()[:2].tolist()], "objects": lambda a: a.astype(object),
    "a string": lambda _: "a string", "strings": lambda a: a.astype(str), "None": lambda _: None,
    "a dict": lambda a: {"array": a}, "a function": lambda _: len, "raises": lambda _: Raises(),
    "records": lambda _: np.zeros(3, "i4,f8"), "dates": lambda _: np.array(["2000-01-01"], "datetime64[D]"),
    "bytes": lambda a: a.tobytes(), "a huge integer": lambda _: 10**400, "all nan": lambda a: np.full_like(a, np.nan),
    "one nan": lambda a: one(a, np.nan), "one inf": lambda a: one(a, np.inf), "one -inf": lambda a: one(a, -np.inf),
    "all inf": lambda a: np.full_like(a, np.inf), "nan, transposed": lambda a: np.full_like(a.T, np.nan),
    "x 1e300": lambda a: a * 1e300, "x 1e-300": lambda a: a * 1e-300,
    "1e308, one of each sign": lambda a: np.sign(a) * 1e308, "x 5e-324": lambda a: a * 5e-324,
    "one huge": lambda a: one(a, 1e308), "x -1": lambda a: -a, "x 2": lambda a: 2 * a, "x 1/3": lambda a: a / 3,
    "x 1.000001": lambda a: a * 1.000001, "zero": np.zeros_like, "ones": np.ones_like, "one wrong": lambda a: one(a, 0.5),
    "+ 1": lambda a: a + 1, "squared": np.square, "rough": rough, "exp": np.exp,
}


@cache
def answers_to(case) -> list[tuple[str, Result]]:
    """The right answer, and what other conventions and planted mistakes answer, whatever their shapes."""
    found = [("right", reference_impl.run(case))]
    others = [*((causes, variant, RIGHT) for causes, variant in islice(variants(case), 1, 1 + OTHERS)),
              *(((m.title,), case, plant(m)) for m in reaching(case)[:OTHERS])]
    for what, variant, world in others:
        with contextlib.suppress(Exception), np.errstate(all="ignore"):  # a combination that cannot be run is no answer
            found.append((str(what), world.run(fitted(variant, world))))
    return found


NUMBERS = list(DAMAGES)[list(DAMAGES).index("all nan"):]  # these are still arrays of the right shape


def damaged(rng, case) -> tuple[str, Result]:
    """(what was done, a damaged answer): one or several arrays, sometimes all of a kind, and the names."""
    of = answers_to(case)
    what, answer = of[rng.integers(len(of)) if rng.integers(2) else 0]
    answer, dtype, done = {"outputs": dict(answer.outputs), "grads": dict(answer.grads)}, case.dtype, [what]
    for _ in range(rng.integers(1, 4)):
        group = answer[kind := rng.choice([k for k in answer if answer[k]] or ["outputs"])]
        names = list(group)
        if not names:
            break
        name, how = str(rng.choice(names)), rng.integers(20)
        if how == 0:
            del group[name]
            what = "left out"
        elif how == 1:
            group[str(rng.choice(["columns", "Kernel", "y_", "tokens", "", "é/\ud800", "outputs/y"]))] = group[name]
            what = "returned under another name too"
        elif how == 2:
            group[f"{name}s"] = group.pop(name)
            what = "renamed"
        elif how == 3:
            other = str(rng.choice(names))
            group[name], group[other] = group[other], group[name]
            what = f"exchanged with {other}"
        elif how == 4:
            answer["grads" if kind == "outputs" else "outputs"][name] = group[name]
            what = "returned on the other side too"
        else:
            what = str(rng.choice(list(DAMAGES if rng.integers(2) else NUMBERS)))
            for each in names if how == 5 else [name]:
                if type(a := group[each]) is np.ndarray and a.dtype == dtype:  # else damaged before
                    with contextlib.suppress(ValueError, IndexError, TypeError), np.errstate(all="ignore"):  # not with this array
                        group[each] = DAMAGES[what](a)
            name = "all" if how == 5 else name
        done.append(f"{kind}/{name} {what}")
    return "; ".join(done), Result(**answer)


def asked() -> dict[str, list]:
    """Small cases of every layer, loss and optimizer, in both precisions, and a few chains."""
    found: dict[str, list] = {}
    for case in cases.all_cases():
        if case.training and case.training.products:  # how one machine rounds is nobody's formula
            continue
        if case.training:
            case = case.replaced(training=replace(case.training, steps=STEPS))
        key = case.training.optimizer if case.training else "chain" if len(case.layers) > 2 else network_of(case)
        found.setdefault(key, []).append(case)

    def size(case):
        return sum(a.size for a in (*case.params.values(), *case.inputs.values()))
    chosen = {}
    for key, of in found.items():
        double = sorted((c for c in of if c.dtype == "float64"), key=size)
        picked = [*double[:SMALLEST], *[c for c in double if "generic" in c.name][:1],
                  *[c for c in of if c.dtype == "float32"][:1]]
        chosen[key] = list({c.name: c for c in picked}.values())
    return chosen


ASKED = asked()


@pytest.mark.parametrize("network", ASKED)
def test_every_damaged_answer_gets_a_verdict(network, monkeypatch):
    """A row with a verdict, whatever came back; nothing left in it that could not be told."""
    monkeypatch.setenv("NNPARITY_DEBUG", "1")  # a diagnosis that fails raises
    rng = np.random.default_rng(sum(network.encode()))
    for number in range(ANSWERS):
        case = ASKED[network][number % len(ASKED[network])]
        what, answer = damaged(rng, case)
        try:
            row = judge(case, answer, implementation="damaged", version="", brief=True, forward_only=number % 10 == 9)
            distinguishing(surviving([row], [case]), [case], [])
        except Exception as error:
            raise AssertionError(f"{case}: {what}") from error
        assert row.verdict in VERDICTS, what
        assert row.agreements, what
        assert row.verdict != "agrees" or all(a.ok for a in row.agreements), what


def test_enough_answers_of_all_kinds():
    kinds = {layer.kind for of in ASKED.values() for case in of for layer in case.layers}
    assert kinds == {layer.kind for case in cases.all_cases() for layer in case.layers}
    assert {case.training.optimizer for of in ASKED.values() for case in of if case.training} == set(OPTIMIZERS)
    assert len(ASKED) * ANSWERS >= 2000
