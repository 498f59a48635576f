"""The recurrent layers statement by statement: the same numbers as the reference's, and every slip in a statement found again."""

import re

import numpy as np
import pytest

import nnparity
from nnparity import cases
from nnparity.reference_impl import RIGHT, World
from nnparity.reference_impl.textbook import PROGRAMS, layer, mutants, planted, program
from nnparity.reports.checking.told import as_text

RECURRENT = [case for case in cases.all_cases() if len(case.network) == 1 and case.network[0].kind in PROGRAMS
             and case.dtype == "float64" and not case.network[0].default]


@pytest.mark.parametrize("case", RECURRENT, ids=str)
def test_the_textbook_computes_what_the_reference_does(case):
    kind = case.network[0].kind
    book, right = World({**RIGHT.layers, kind: layer(kind)}).run(case), RIGHT.run(case)
    for group in ("outputs", "grads"):
        ours, theirs = getattr(book, group), getattr(right, group)
        assert ours.keys() == theirs.keys()
        for name, a in theirs.items():
            np.testing.assert_allclose(ours[name], a, rtol=1e-10, atol=1e-13 * np.abs(a).max(initial=1), err_msg=name)


@pytest.mark.parametrize("kind", PROGRAMS)
def test_every_slip_says_what_stands_where(kind):
    found = mutants(kind, (), 5)
    statements = {statement.text for statement in program(kind, {}).statements}
    assert len({one.id for one in found}) == len(found) > 300
    for one in found:
        assert one.words and one.right != one.wrong
        assert one.loop or one.cut or {*one.right.split("; ")} <= statements
        assert planted([one]) is not None and (one.loop or one.cut or planted([one, one]) is None)


@pytest.mark.parametrize("kind", PROGRAMS)
def test_most_slips_change_an_answer(kind):
    """What changes none is another way to write the same, as the delta of the one gate that there is."""
    case = next(c for c in RECURRENT if c.network[0].kind == kind and c.name.endswith("generic"))
    right, same = RIGHT.run(case), 0
    some = mutants(kind, tuple(sorted(case.network[0].config.items())), 5)[::7]
    for one in some:
        try:
            with np.errstate(all="ignore"):
                answer = World({**RIGHT.layers, kind: planted([one])}).run(case)
        except (ValueError, NameError, KeyError):
            continue
        same += all(np.array_equal(answer.grads[name], g) for name, g in right.grads.items()) and all(
            np.array_equal(answer.outputs[name], a) for name, a in right.outputs.items())
    assert same < len(some) / 8


# -------------------------------------------------------------------------- code that is not ours, and what is wrong in it


def sigma(x):
    return 1 / (1 + np.exp(-x))


def lstm(bug=""):
    """An LSTM as one writes it who has never seen ours, gates f, i, g, o in rows, features down and examples across."""
    def run(params, inputs, cotangents):
        R, K = params["recurrent_kernel"], params["kernel"]
        W = {k: np.hstack([R["ifgo".index(k)].T, K["ifgo".index(k)].T]) for k in "figo"}
        b = {k: params["bias"]["ifgo".index(k)][:, None] for k in "figo"}
        xs = inputs["x"].transpose(1, 2, 0)
        h, c = inputs["h0"].T, inputs["c0"].T
        n, T = len(h), len(xs)
        steps, hs = [], []
        for t in range(T):
            z = np.vstack([h, xs[t]])
            f, i, o = (sigma(W[k] @ z + b[k]) for k in "fio")
            g = np.tanh(W["g"] @ z + b["g"])
            before, c = c, f * c + i * g
            h = o * np.tanh(c)
            steps.append((z, f, i, g, o, before, c))
            hs.append(h)
        dW, db = {k: np.zeros_like(a) for k, a in W.items()}, {k: np.zeros_like(a) for k, a in b.items()}
        dh_next, dc_next, dx = cotangents["h_n"].T, cotangents["c_n"].T, [None] * T
        for t in reversed(range(T)):
            z, f, i, g, o, before, after = steps[t]
            dh = cotangents["y"][:, t].T + dh_next
            do = dh * np.tanh(after) * o * (1 - o)
            dc = dh * o * (1 + np.tanh(after)**2 if "plus" in bug else 1 - np.tanh(after)**2) + dc_next
            df = dc * before * (f if "forget" in bug else f * (1 - f))
            di = dc * (i if "input" in bug else g) * i * (1 - i)
            dg = dc * i * (1 - np.tanh(g)**2 if "twice" in bug else 1 - g**2)
            for k, d in dict(f=df, i=di, g=dg, o=do).items():
                dW[k] += d @ z.T
                db[k] = d.sum(1, keepdims=True) if "assigned" in bug else db[k] + d.sum(1, keepdims=True)
            dz = sum(W[k].T @ d for k, d in dict(f=df, i=di, g=dg, o=do).items())
            dx[t], dh_next, dc_next = dz[n:], 0 * dz[:n] if "handed" in bug and t else dz[:n], dc * f
            if "chunks" in bug and t % 2 == 0:
                dh_next, dc_next = 0 * dh_next, 0 * dc_next
        pack = {k: np.stack([a[g] for g in "ifgo"]) for k, a in (("W", dW), ("b", db))}
        return ({"y": np.array(hs).transpose(2, 0, 1), "h_n": h.T, "c_n": c.T},
                {"kernel": pack["W"][:, :, n:].swapaxes(1, 2), "recurrent_kernel": pack["W"][:, :, :n].swapaxes(1, 2),
                 "bias": pack["b"][:, :, 0], "x": np.array(dx).transpose(2, 0, 1), "h0": dh_next.T, "c0": dc_next.T})
    return run


BUGS = {
    "forget": ("forget gate: its value stands in place of the derivative",),
    "plus": (r"cell state: 1 \+ y² stands in place of the derivative",),
    "handed": ("what goes back through the state h is cut at every step",),
    "chunks": ("gradient of all arrays is cut every two steps",),
    "assigned": ("gradient of bias is that of the first step alone",),
    "forget and input and twice": ("forget gate: its value", "input gate: dg is used in place of di",
                                   "candidate: the derivative is taken of its value"),
}


@pytest.mark.parametrize("bug", BUGS)
def test_what_is_wrong_in_a_hand_written_lstm_is_named(bug):
    report = nnparity.check(lstm(bug), "lstm", recurrent_bias="none", case="one_bias-float64-generic")
    (found, *_) = report.diagnosis
    told = [cause.told.title for cause in found.explanation.causes]
    assert found.explanation.complete and len(told) == len(BUGS[bug]), as_text(report)
    for words in BUGS[bug]:
        assert any(re.search(words, title) for title in told), told


def test_a_right_one_agrees():
    assert nnparity.check(lstm(), "lstm", recurrent_bias="none", case="one_bias-float64-generic").ok
