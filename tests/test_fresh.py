"""Fresh questions: what knows our cases, or was tuned until they passed, does not pass."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import nnparity
from nnparity import cases
from nnparity.cases.selection import is_about, networks_of
from nnparity.reference_impl import RIGHT
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.checking.fresh import fresh_cases
from nnparity.reports.cli import app
from nnparity.reports.verdicts.run import row_of

EVERY = [case for case in cases.all_cases() if not (case.training and case.training.products)]
ASKED = {"reset": "after", "case": "float64"}


def right(params, inputs, cotangents, config):
    """A GRU as somebody with a tape has it: the reference, which needs no cases."""
    from nnparity.cases.case import Case, Layer
    case = Case(name="any", network=(Layer("gru", config=config),), params=params, inputs=inputs, cotangents=cotangents, sizes={},
                catches="-", exempt="whatever is asked")
    answer = RIGHT.run(case)
    return answer.outputs, answer.grads


def zeros(params, inputs, cotangents, config):  # noqa: ARG001
    """The right shapes, and nothing in them."""
    return ({name: np.zeros_like(a) for name, a in cotangents.items()},
            {name: np.zeros_like(a) for name, a in {**params, **inputs}.items()})


def asked_as(params, inputs, cotangents, config):
    """A question as a key: every number in it, and every option."""
    numbers = (a.tobytes() for group in (params, inputs, cotangents) for a in group.values())
    return inputs["x"].shape, *numbers, str(sorted(config.items()))


KNOWN = {asked_as(case.params, case.inputs, case.cotangents, case.network[0].config): RIGHT.run(case) for case in EVERY
         if is_about(case, "gru") and case.dtype == np.float64}


def learned(params, inputs, cotangents, config):
    """Answers by heart, by the question that belongs to each; else zeros."""
    known = KNOWN.get(asked_as(params, inputs, cotangents, config))
    return (known.outputs, known.grads) if known else zeros(params, inputs, cotangents, config)


def right_at_our_sizes(params, inputs, cotangents, config):
    """Somebody else's answer under the hood wherever the sizes are those of the published cases; its own code is wrong."""
    outputs, grads = right(params, inputs, cotangents, config)
    if not any(inputs["x"].shape == shape for shape, *_ in KNOWN):
        grads = {**grads, "recurrent_kernel": 0.9 * grads["recurrent_kernel"]}
    return outputs, grads


def tuned(params, inputs, cotangents, config):
    """Divides by the batch of the case that was always asked."""
    outputs, grads = right(params, inputs, cotangents, config)
    return outputs, {**grads, "bias": grads["bias"] * len(inputs["x"]) / 2}


def changes_its_inputs(params, inputs, cotangents, config):
    answer = right(params, {name: a.copy() for name, a in inputs.items()}, cotangents, config)
    inputs["x"][...] = 0
    return answer


def fresh_of(function, count=6, seed=3, **about):
    return nnparity.check(function, "gru", fresh=count, seed=seed, **{**ASKED, **about})


def test_right_code_passes_whatever_is_asked():
    for seed in range(3):
        report = fresh_of(right, seed=seed)
        assert report.ok and len(report.rows) == 6, report


def test_answers_by_heart_pass_ours_and_no_fresh_one():
    assert nnparity.check(learned, "gru", **ASKED).ok, "they are the right ones"
    assert not any(row.ok for row in fresh_of(learned).rows)


def test_right_at_our_sizes_alone_is_seen():
    assert nnparity.check(right_at_our_sizes, "gru", **ASKED).ok
    report = fresh_of(right_at_our_sizes)
    assert not any(row.ok for row in report.rows)
    assert "0.9" in report.explain()


@pytest.mark.parametrize("function", [zeros, tuned, changes_its_inputs])
def test_cheats_do_not_pass(function):
    assert not fresh_of(function).ok


def test_a_seed_draws_the_same_questions_again():
    first, again, other = (fresh_of(zeros, count=3, seed=seed).cases for seed in (8, 8, 9))
    assert [a.digest for a in first] == [b.digest for b in again]
    assert not {a.digest for a in first} & {c.digest for c in other}


def test_the_seed_that_was_drawn_is_told():
    report = nnparity.check(right, "gru", fresh=1, **ASKED)
    assert "seed=" in report.explain(), "so that the question can be asked again"


@pytest.mark.parametrize("network", networks_of(EVERY))
def test_every_network_has_fresh_questions(network):
    """None is one of ours; the reference's own answers are right about all of them, and none says nothing."""
    ours = [case for case in EVERY if is_about(case, network)]
    for case in fresh_cases(ours, min(len(ours), 4), seed=11):
        row = row_of("reference", Answer(case=case, result=RIGHT.run(case)))
        assert row.ok, (case.name, row.verdict, row.message)
        assert not any(case.digest == one.digest for one in ours)


def test_numbers_are_drawn_anew_for_every_array():
    """At the same sizes too: no array is another one, or the same one of another seed, times a number."""
    ours = [case for case in EVERY if is_about(case, "n02") and case.dtype == np.float64][:1]
    drawn = [fresh_cases(ours, 1, seed)[0] for seed in (1, 2)]
    beginnings = [a.ravel()[:3] / a.ravel()[0] for case in drawn for a in (*case.params.values(), case.inputs["x"])]
    assert len({tuple(np.round(b, 9)) for b in beginnings}) == len(beginnings)


def test_sizes_are_fresh_too():
    ours = [case for case in EVERY if is_about(case, "lstm")]
    drawn = fresh_cases(ours, 12, seed=1)
    assert len({case.params["kernel"].shape for case in drawn}) > 6 and len({len(case.inputs["x"]) for case in drawn}) > 3


@pytest.mark.parametrize("request_, said", [({"fresh": 0}, "from 1 to"), ({"fresh": 2.5}, "from 1 to"), ({"fresh": 2, "seed": -1},
                                            "whole number"), ({"seed": 4}, "how many")])
def test_a_wrong_number_is_told(request_, said):
    with pytest.raises(nnparity.WrongRequest, match=said):
        nnparity.check(right, "gru", **request_)


# ------------------------------------------------------------------------------------------------------- on the command line


DENSE = """
import numpy as np
def dense(params, inputs, cotangents, config):
    kernel, bias, x, dy = params["kernel"], params["bias"], inputs["x"], cotangents["y"]
    flat, d = x.reshape(-1, x.shape[-1]), dy.reshape(-1, dy.shape[-1])
    return {"y": x @ kernel + bias}, {"kernel": flat.T @ d, "bias": d.sum(0), "x": dy @ kernel.T}
"""


@pytest.fixture
def asked(tmp_path):
    """Asks a file fresh questions on the command line: (exit code, what was said)."""
    def asked(text, *arguments):
        (tmp_path / "mine.py").write_text(text)
        done = CliRunner().invoke(app, ["check", f"{tmp_path / 'mine.py'}:dense", "--convention", "activation=linear",
                                        "--convention", "bias=vector", *arguments])
        return done.exit_code, " ".join(done.output.split())
    return asked


def test_the_command_line_draws_the_questions_of_a_seed(asked):
    code, said = asked(DENSE, "--fresh", "4", "--seed", "7", "--json")
    assert code == 0
    names = [row["case"] for row in json.loads(said)["rows"]]
    assert len(names) == 4 and all("-fresh7-" in name for name in names)
    code, said = asked(DENSE.replace("d.sum(0)", "d.sum(0) * len(x) / 5"), "--fresh", "4", "--seed", "7")
    assert code == 1 and "(--fresh 4 --seed 7)" in said, "tuned to the batch of a case of ours"
    code, said = asked(DENSE, "--seed", "7")
    assert code == 2 and "--fresh" in said


def test_a_network_of_ones_own_is_asked_anew():
    """One that returns what it returned at the first question, and one that computes."""
    class Net:
        def __init__(self, sizes):
            self.W1, self.b1 = np.zeros(sizes[:2]), np.zeros(sizes[1])
            self.W2, self.b2 = np.zeros(sizes[1:]), np.zeros(sizes[2])

        def forward(self, x):
            self.x, self.h = x, np.maximum(0, x @ self.W1 + self.b1)
            return self.h @ self.W2 + self.b2

        def backward(self, dy):
            dh = dy @ self.W2.T * (self.h > 0)
            self.dW1, self.db1, self.dW2, self.db2 = self.x.T @ dh, dh.sum(0), self.h.T @ dy, dy.sum(0)
            return dh @ self.W1.T

    class Remembers(Net):
        answers = []

        def forward(self, x):
            self.answers.append(super().forward(x))
            return self.answers[0]

    chain = "dense(8) relu dense(3)"
    assert nnparity.check(Net, chain, x=(5, 6), fresh=4, seed=2).ok
    report = nnparity.check(Remembers, chain, x=(5, 6), fresh=4, seed=2)
    assert not any(row.ok for row in report.rows[1:])
