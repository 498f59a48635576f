"""Optimizers of torch.optim, and which of the reference's conventions each computes."""

import torch

from nnparity.cases.case import Training, Unsupported


def build(training: Training, weights) -> torch.optim.Optimizer:
    """The optimizer with the training's options. Raises Unsupported for a convention that torch.optim has not."""
    name, options = choose(training)
    return getattr(torch.optim, name)(weights, lr=training.rate(0), **options)


def rate(training: Training, step: int) -> float:
    """The learning rate of a step. A bias-corrected velocity is torch.optim.SGD's buffer at the rate η (1 - β) / (1 - βᵗ)."""
    if training.optimizer != "corrected_momentum":
        return training.rate(step)
    beta = training.config.get("beta", 0.903)
    return training.rate(step) * (1 - beta) / (1 - beta ** (step + 1))


def written(training: Training) -> str:
    name, options = choose(training)
    return f"torch.optim.{name}({', '.join(f'{k}={v}' for k, v in {'lr': training.rate(0), **options}.items())})"


def choose(training: Training):
    """(class name, options)."""
    if training.products:
        raise Unsupported(f"no framework computes its products as asked here ({training.products})")
    match training.optimizer, dict(training.config):
        case "sgd", options:
            return "SGD", options
        case "momentum", options if options.pop("rate_in", "update") == "update" or len(set(training.learning_rates)) == 1:
            return "SGD", {"momentum": options.get("beta", 0.9), "nesterov": options.get("nesterov", False)}
        case "corrected_momentum", options:  # v / (1 - βᵗ) is a momentum buffer times the rate that `rate` gives
            return "SGD", {"momentum": options.get("beta", 0.903)}
        case "rmsprop", options if options.pop("epsilon_in", "outside") == "outside" and (
                options.pop("rate_in", "update") == "update"):
            return "RMSprop", {"alpha": options.get("rho", 0.9), "eps": options.get("epsilon", 1e-7),
                               "momentum": options.get("momentum", 0.0), "centered": options.get("centered", False)}
        case "adam", options if options.pop("epsilon_in", "outside") == "outside":
            name = "AdamW" if options.pop("decay", "gradient") == "decoupled" else "Adam"
            return name, {"betas": (options.get("beta_1", 0.9), options.get("beta_2", 0.999)),
                          "eps": options.get("epsilon", 1e-8), "weight_decay": options.get("weight_decay", 0.0)}
    raise Unsupported(f"torch.optim has no {training.optimizer} with {dict(training.config)}")
