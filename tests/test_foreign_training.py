"""Optimizers, trainings and layers in other people's style, some right, some with one slip: the verdict and the name."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nnparity import cases, reference_impl
from nnparity.reports.asking.implementations import UserFile
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.asking.training_contract import NoAnswer
from nnparity.reports.verdicts.judge import judge
from nnparity.reports.verdicts.run import row_of, rows_of

FOREIGN = Path(__file__).parent / "foreign"


@pytest.fixture
def ask(monkeypatch):
    """The row of one function about one case, in this process: foreign code of our own is known to come back."""
    monkeypatch.setattr(sys, "path", [*sys.path])

    def asked(file, function, name):
        run, _ = UserFile(str(FOREIGN / file), function).load()
        case = cases.named(name if "float64" in name else f"{name}-float64")
        return row_of(file, Answer(case=case, result=run(case)), claims=False)
    return asked


ADAM, SMALL, XOR = "optimizer_adam_class.py", "optimizer_small.py", "training_xor.py"
LINE, NET = "training_line.py", "training_momentum.py"


@pytest.mark.parametrize("file, function, case, verdict, words", [
    (ADAM, "right", "optimizer-adam-outside", "agrees", ""),
    (ADAM, "right", "optimizer-adam-outside-l2", "agrees", ""),
    (ADAM, "right", "optimizer-adam-hat", "agrees", ""),
    (ADAM, "right", "optimizer-adam-hat-decoupled", "agrees", ""),
    (ADAM, "always_hat", "optimizer-adam-outside", "convention", "Adam epsilon: added to the raw root"),
    (ADAM, "without_correction", "optimizer-adam-outside", "mistake", "bias correction left out"),
    (ADAM, "epsilon_under_the_root", "optimizer-adam-outside", "mistake", "epsilon under the root"),
    (ADAM, "counted_from_two", "optimizer-adam-outside", "mistake", "exponent t + 1"),
    (ADAM, "rises", "optimizer-adam-outside", "mistake", "update adds the gradient"),
    (SMALL, "heavy_ball", "optimizer-momentum-velocity", "agrees", ""),
    (SMALL, "heavy_ball", "optimizer-momentum-update", "convention", "learning rate in momentum: inside the buffer"),
    (SMALL, "damped", "optimizer-momentum-update", "mistake", "velocity with a factor (1 - β)"),
    (SMALL, "rms", "optimizer-rmsprop-outside", "agrees", ""),
    (SMALL, "rms", "optimizer-rmsprop-inside", "convention", "added to the root"),
    (SMALL, "adagrad", "optimizer-rmsprop-outside", "mistake", "squared gradients summed"),
    (XOR, "right", "n08-training", "agrees", ""),
    (XOR, "piles", "n08-training", "mistake", "pre-activations accumulate over calls (K49)"),
    (XOR, "early", "n08-training", "mistake", "output weights updated before"),
    (XOR, "accumulates", "n08-training", "mistake", "gradients never reset (K44)"),
    (XOR, "ascends", "n08-training", "mistake", "update adds the gradient (K04)"),
    (XOR, "weights", "n08-training", "mistake", "multiplied by the weights (K43)"),
    (XOR, "scalar", "n08-training", "mistake", "one scalar added to every weight"),
    (XOR, "mean", "n08-training", "mistake", "divided by the number of examples"),
    (XOR, "whole", "n08-training", "mistake", "every loss is twice too large"),
    (XOR, "mean_square", "n08-training", "mistake", "every step is divided by 4"),
    (LINE, "right", "n09-training", "agrees", ""),
    (LINE, "shuffled_apart", "n09-training", "mistake", "inputs shuffled, targets not (K22)"),
    (LINE, "in_order", "n09-training", "mistake", "stored order"),
    (LINE, "half_gradient", "n09-training", "mistake", "the 2 of the square missing"),
    (LINE, "frozen_intercept", "n09-training", "mistake", "biases never updated"),
    (NET, "right", "n05-training", "agrees", ""),
    (NET, "starts_anew", "n05-training", "mistake", "start from zero at every example (K14)"),
    (NET, "exponent", "n05-training", "mistake", "exponent t + 1 (K15)"),
    (NET, "on_deltas", "n05-training", "mistake", "velocity kept on the deltas (K16)"),
    (NET, "uncorrected", "n05-training", "mistake", "bias correction left out"),
], ids=lambda value: value if isinstance(value, str) and " " not in value else None)
def test_training_is_judged_and_named(ask, file, function, case, verdict, words):
    row = ask(file, function, case)
    assert row.verdict == verdict, row.diagnosis
    assert not row.troubles, "nothing else is wrong"
    if words:
        best = row.diagnosis[0]
        assert best.complete and any(words in e.title for e in row.diagnosis if e.complete), [e.title for e in row.diagnosis]


LAYERS = "layers_with_state.py"


@pytest.mark.parametrize("function, case, verdict, trouble, words", [
    ("right", "dense-tanh-float64-generic", "agrees", "", ""),
    ("piles_up", "dense-tanh-float64-generic", "mistake", "state is kept between calls", "other numbers for y"),
    ("never_reset", "dense-tanh-float64-generic", "mistake", "state is kept between calls", "twice the first one's kernel"),
    ("in_place", "dense-tanh-float64-generic", "mistake", "modified in place", "cotangent of y was changed"),
    ("noisy", "dense-tanh-float64-generic", "mistake", "answers are random", "each answer is another"),
    ("shifted_softmax", "dense-softmax-float64-generic", "agrees", "", ""),
    ("softmax", "dense-softmax-float64-generic", "agrees", "without the max shift", "With logits 1000 larger"),
    ("scalars", "n12-mlp-float64-unscaled", "agrees", "", ""),
    ("scalars", "n12-mlp-float64-scaled", "agrees", "", ""),
    ("thetas", "n13-mlp-float64-positive", "agrees", "", ""),
    ("thetas", "n13-mlp-float64-generic", "agrees", "", ""),
])
def test_trouble_of_a_layer_is_named(ask, function, case, verdict, trouble, words):
    row = ask(LAYERS, function, case)
    assert row.verdict == verdict or function == "noisy" and not row.ok, row
    assert bool(row.troubles) == bool(trouble)
    if trouble:
        assert len(row.troubles) == 1 and trouble in row.troubles[0].title and words in row.troubles[0].words, row.troubles


def test_stateful_function_is_judged_case_by_case_and_fails_in_all():
    """Through its own process: every case starts from a fresh import, so that each first answer is right."""
    asked = [cases.named("dense-tanh-float64-generic")] * 3
    right, piling = (rows_of(UserFile(str(FOREIGN / LAYERS), function), asked, 10) for function in ("right", "piles_up"))
    assert [row.verdict for row in right] == ["agrees"] * 3
    assert [row.verdict for row in piling] == ["mistake"] * 3
    assert all(all(a.ok for a in row.agreements) and "K49" in row.troubles[0].title for row in piling)


def test_counter_of_all_calls_is_state(ask):
    """An Adam that counts its calls takes every array for a step of its own, and the next training for the continuation."""
    row = ask(ADAM, "one_counter_for_all", "optimizer-adam-outside")
    assert row.verdict == "mistake" and "step number counted up by every array" in row.diagnosis[0].title
    assert [t.id for t in row.troubles] == ["trouble-state-between-calls"]


def test_another_number_reported_as_the_loss(ask):
    row = ask(XOR, "mean_error", "n08-training")
    assert row.verdict == "unexplained" and "weights right at every step, loss wrong from step 1" in row.diagnosis[0].title
    assert "The updates are right" in row.diagnosis[0].words


def test_nan_says_where_it_began(ask):
    row = ask(SMALL, "rms_not_squared", "optimizer-rmsprop-outside")
    assert not row.ok and [t.id for t in row.troubles] == ["trouble-not-finite"]
    assert "From step 1 on" in row.troubles[0].words and "not squared" in row.troubles[0].words


@pytest.mark.parametrize("file, function, case, words", [
    (ADAM, "in_place", "optimizer-adam-outside", "returned None; expected `return new_parameter, new_state`"),
    (ADAM, "flattened", "optimizer-adam-outside", r"returned a parameter of shape \(20,\) for one of shape \(5, 4\)"),
    (ADAM, "_step", "n08-training", "cannot be called as a training"),
    (XOR, "right", "optimizer-sgd", "cannot be called as an optimizer"),
    (XOR, "final_weights", "n08-training", "returned a tuple of 2; expected a dict of arrays"),
    (XOR, "with_initial_weights", "n08-training", "101 entries in .* for 100 steps. Leave out the initial weights"),
])
def test_what_is_no_answer_is_said_in_words(file, function, case, words, ask):
    with pytest.raises(NoAnswer, match=words):
        ask(file, function, case)


@pytest.mark.parametrize("case", [case for case in cases.all_cases() if case.training and not case.training.products], ids=str)
def test_right_training_is_never_accused(case):
    """From other starts, with the examples of every batch taken in another order, so that sums are rounded differently."""
    rows = case.training.batches or (tuple(range(len(case.inputs["x"]))),)
    turned = replace(case.training, batches=tuple(batch[::-1] for batch in rows))
    for seed in range(3):
        rng = np.random.default_rng(seed)
        start = {k: (p * rng.uniform(0.5, 1.5, p.shape)).astype(p.dtype) for k, p in case.params.items()}
        asked = case.replaced(params=start, golden=(), exempt=case.exempt or "another start")
        row = judge(asked, reference_impl.run(asked.replaced(training=turned)), implementation="turned", version="")
        assert row.ok, f"start {seed}: {row.verdict}, {row.worst}"
