"""Optimizers: twenty steps of a small network under every convention, compared step by step.

Keras keeps its learning rate in floatx, which is float32 unless keras.config.set_floatx("float64") was called, whatever the
dtype of the weights: a rate of 0.1 is then off by 1.5e-8 of itself and so is every step. The oracle sets floatx; one case has
a rate that float32 cannot hold, so that it would be noticed if it did not.
"""

from typing import Any

from nnparity.cases.case import Case, Layer, Training
from nnparity.cases.draw import drawer

STEPS = 20
RATE = (0.03125,)
FALLING = (*(0.03125,) * 10, *(0.0078125,) * 10)
MINI = ((0, 1, 2), (3, 4, 5), (6, 7, 8))

# name -> (optimizer, options, learning rates, batches)
OPTIMIZERS: dict[str, tuple[str, dict[str, Any], Any, Any]] = {
    "sgd": ("sgd", {}, RATE, ()),
    "sgd-minibatch": ("sgd", {}, RATE, MINI),
    "sgd-per_example": ("sgd", {}, RATE, tuple((i,) for i in range(9))),
    "sgd-weight_decay": ("sgd", {"weight_decay": 0.125}, RATE, ()),
    "momentum-update": ("momentum", {"beta": 0.875}, FALLING, ()),
    "momentum-velocity": ("momentum", {"beta": 0.875, "rate_in": "velocity"}, FALLING, ()),
    "momentum-nesterov": ("momentum", {"beta": 0.875, "nesterov": True}, RATE, MINI),
    "rmsprop-outside": ("rmsprop", {"rho": 0.875, "epsilon": 0.0078125}, RATE, ()),
    "rmsprop-inside": ("rmsprop", {"rho": 0.875, "epsilon": 0.0078125, "epsilon_in": "inside"}, RATE, ()),
    "rmsprop-outside-centered": ("rmsprop", {"rho": 0.875, "epsilon": 0.0078125, "centered": True}, RATE, MINI),
    "rmsprop-outside-momentum": ("rmsprop", {"rho": 0.875, "epsilon": 0.0078125, "momentum": 0.5}, FALLING, ()),
    "rmsprop-inside-momentum": ("rmsprop", {"rho": 0.875, "epsilon": 0.0078125, "momentum": 0.5, "epsilon_in": "inside",
                                            "rate_in": "velocity"}, FALLING, ()),
    "adam-outside": ("adam", {"beta_1": 0.875, "beta_2": 0.96875, "epsilon": 0.0078125}, RATE, ()),
    "adam-outside-l2": ("adam", {"beta_1": 0.875, "beta_2": 0.96875, "epsilon": 0.0078125, "weight_decay": 0.125}, RATE, MINI),
    "adam-outside-decoupled": ("adam", {"beta_1": 0.875, "beta_2": 0.96875, "epsilon": 0.0078125, "weight_decay": 0.125,
                                        "decay": "decoupled"}, RATE, ()),
    "adam-hat": ("adam", {"beta_1": 0.875, "beta_2": 0.96875, "epsilon": 0.0078125, "epsilon_in": "hat"}, RATE, ()),
    "adam-hat-decoupled": ("adam", {"beta_1": 0.875, "beta_2": 0.96875, "epsilon": 0.0078125, "epsilon_in": "hat",
                                    "weight_decay": 0.125, "decay": "decoupled"}, RATE, MINI),
    "adam-hat-rate_of_a_tenth": ("adam", {"beta_1": 0.875, "beta_2": 0.96875, "epsilon": 0.0078125, "epsilon_in": "hat"},
                                 (0.1,), ()),
    "corrected_momentum": ("corrected_momentum", {"beta": 0.903}, RATE, ()),
    # constants that float32 has not, and what each oracle takes where none is given
    "momentum-defaults": ("momentum", {}, RATE, ()),
    "rmsprop-outside-defaults": ("rmsprop", {}, RATE, ()),
    "rmsprop-inside-defaults": ("rmsprop", {"epsilon_in": "inside"}, RATE, ()),
    "adam-outside-defaults": ("adam", {}, RATE, ()),
    "adam-hat-defaults": ("adam", {"epsilon_in": "hat"}, RATE, ()),
}


def training_case(name: str, training: Training, dtype: str = "float64", flags: tuple[str, ...] = ()) -> Case:
    """5 features -> 4 tanh units -> 3 logits, softmax cross-entropy with random targets over nine examples."""
    draw, weights = drawer(900), drawer(901, 0.5)
    target = abs(draw(9, 3))
    return Case(
        name=name, group="optimizer", flags=flags,
        network=(Layer("dense", "hidden", {"activation": "tanh"}), Layer("dense", "head")),
        loss=Layer("squared_error", "", {"reduction": "mean"}), training=training,
        sizes={"batch": 9, "features": 5, "hidden": 4, "outputs": 3},
        params={"hidden/kernel": weights(5, 4), "hidden/bias": weights(4), "head/kernel": weights(4, 3), "head/bias": weights(3)},
        inputs={"x": draw(9, 5), "target": target}, constants=frozenset({"x", "target"}), cotangents={"loss": draw()},
        catches="state that is lost between steps, bias correction off by one step, epsilon in another place (O1-O6)",
    ).astype(dtype)


CASES = tuple(
    training_case(f"optimizer-{name}-{dtype}",
                  Training(optimizer=optimizer, steps=STEPS, learning_rates=rates, config=config, batches=batches), dtype,
                  flags=("K04", "K43", "K44", "K50"))
    for name, (optimizer, config, rates, batches) in OPTIMIZERS.items() for dtype in ("float64", "float32")
    if not (name.endswith("a_tenth") and dtype == "float32"))
