"""Short trainings: every optimizer under every convention, on a random network that ends in a loss of one number."""

from math import prod
from typing import Any

from nnparity.cases.case import Training
from nnparity.reports.campaign.options import chance, pick

STEPS = 4
MOST = 300_000  # multiplications of the network's forward pass
OPTIMIZERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("sgd", {}), ("sgd", {"weight_decay": 0.01}),
    ("momentum", {"beta": 0.9}), ("momentum", {"beta": 0.9, "rate_in": "velocity"}),
    ("momentum", {"beta": 0.9, "nesterov": True}),
    ("corrected_momentum", {"beta": 0.9}),
    ("rmsprop", {"rho": 0.9, "epsilon": 1e-7}), ("rmsprop", {"rho": 0.99, "epsilon": 1e-8, "epsilon_in": "inside"}),
    ("rmsprop", {"rho": 0.9, "epsilon": 1e-7, "momentum": 0.5}), ("rmsprop", {"rho": 0.9, "epsilon": 1e-7, "centered": True}),
    ("rmsprop", {"rho": 0.9, "epsilon": 1e-7, "momentum": 0.5, "epsilon_in": "inside", "rate_in": "velocity"}),
    ("adam", {}), ("adam", {"epsilon_in": "hat", "epsilon": 1e-7}), ("adam", {"weight_decay": 0.01}),
    ("adam", {"weight_decay": 0.01, "decay": "decoupled"}),
    ("adam", {"weight_decay": 0.01, "decay": "decoupled", "epsilon_in": "hat", "epsilon": 1e-7}),
)
RATES = ((0.01,), (0.001,), (0.1,), (0.01, 0.01, 0.001))


def drawn(rng, plan) -> Training | None:
    """None where the network has nothing to train, is large, or its loss is more than one number."""
    network = plan.walk()
    trained = any(own.params for _, own in network)
    if not trained or plan.loss.config["reduction"] in ("none", "per_class") or sum(own.work for _, own in network) > MOST:
        return None
    name, config = pick(rng, OPTIMIZERS)
    batches: tuple[tuple[int, ...], ...] = ()
    by_example = all(shape[0] == plan.x[0] for link, own in network for shape in own.inputs.values())
    if by_example and plan.x[0] >= 4 and plan.loss.kind and not normalised(plan) and chance(rng, 0.4):
        half = plan.x[0] // 2
        batches = (tuple(range(half)), tuple(range(half, 2 * half)))
    return Training(optimizer=name, steps=int(rng.integers(1, STEPS + 1)), learning_rates=pick(rng, RATES), config=config,
                    batches=batches)


def normalised(plan) -> bool:
    """Whether a statistic of the batch enters: its running values are inputs that no batch may cut."""
    return any(link.kind == "batch_norm" for link in plan.links)


def parameters(plan) -> int:
    return sum(prod(shape) for _, own in plan.walk() for shape in own.params.values())
