"""Optimizers without options: an oracle that leaves one out must mean the reference's value. Framework against reference.

The constants (0.9, 0.999, 1e-7, 1e-8) are none that float32 holds, as those of cases/optimizers.py are: a constant that passes
through float32 shows here, in the reference, in an oracle and in the framework itself.
"""

import numpy as np
import pytest

from cases.case import Training
from cases.known_deviations import Deviation
from cases.optimizers import training_case
from reference_impl.optimizers import adam, rmsprop
from reports.rows import judge

DEFAULTS = [("torch", "sgd", {}), ("torch", "momentum", {}), ("torch", "corrected_momentum", {}), ("torch", "rmsprop", {}),
            ("torch", "rmsprop", {"centered": True, "momentum": 0.9}), ("torch", "adam", {}),
            ("torch", "adam", {"decay": "decoupled", "weight_decay": 0.1}),
            ("keras", "sgd", {}), ("keras", "momentum", {}), ("keras", "rmsprop", {"epsilon_in": "inside"}),
            ("keras", "adam", {"epsilon_in": "hat"})]
# Keras hands the momentum to TensorFlow as a Python number, which becomes a float32 tensor before it is float64
ROUNDED = {("keras", "momentum"): {"beta": float(np.float32(0.9))}}
ADAM = Deviation(case="optimizer-adam-default", oracle="keras", arrays="outputs/*", size=4e-6,
                 reason="keras.ops.cast makes beta_1 and beta_2 float32 tensors before they are float64, but not 1 - beta_1")


def asked(optimizer, config):
    return training_case(f"optimizer-{optimizer}-default", Training(
        optimizer=optimizer, steps=6, learning_rates=(0.1,), config=config))


@pytest.mark.live
@pytest.mark.parametrize("oracle, optimizer, config", DEFAULTS,
                         ids=["-".join((oracle, optimizer, *config)) for oracle, optimizer, config in DEFAULTS])
def test_an_option_that_is_left_out_has_the_reference_s_value(oracle, optimizer, config, load_oracle):
    answer = load_oracle(oracle).run(asked(optimizer, config))
    row = judge(asked(optimizer, config | ROUNDED.get((oracle, optimizer), {})), answer, implementation=oracle, version="")
    if (oracle, optimizer) == ("keras", "adam"):
        wrong = [ADAM.out_of_date(a.ok, a.epsilons * np.finfo("float64").eps) for a in row.agreements]
    else:
        wrong = [str(a) for a in row.agreements if not a.ok]
    assert row.agreements and not any(wrong), wrong


@pytest.mark.parametrize("update, decay, expected", [
    (adam, 0.999, lambda p, _g, t, m, v: p - 0.1 * (m / (1 - 0.9**t)) / ((v / (1 - 0.999**t)) ** 0.5 + 1e-8)),
    (rmsprop, 0.9, lambda p, g, _t, _m, v: p - 0.1 * g / (v**0.5 + 1e-7))], ids=["adam", "rmsprop"])
def test_the_reference_s_own_values(update, decay, expected):
    """By hand, three steps with Python's own numbers, the last of a gradient that epsilon is not small beside."""
    p, by_hand, state, m, v = np.array([0.5]), 0.5, {}, 0.0, 0.0
    for t, g in enumerate((1e-5, -2e-6, 1e-7), start=1):
        m = 0.9 * m + (1 - 0.9) * g
        v = decay * v + (1 - decay) * g**2
        p, state = update(p, np.array([g]), state, t, 0.1)
        by_hand = expected(by_hand, g, t, m, v)
        np.testing.assert_allclose(p[0], by_hand, rtol=1e-14)
