"""Optimizers of keras.optimizers, and which of the reference's conventions each computes."""

import keras

from nnparity.cases.case import Training, Unsupported


def build(training: Training) -> keras.optimizers.Optimizer:
    """The optimizer with the training's options. Raises Unsupported for a convention that Keras has not."""
    name, options = choose(training)
    return getattr(keras.optimizers, name)(learning_rate=training.rate(0), **options)


def written(training: Training) -> str:
    name, options = choose(training)
    return f"keras.optimizers.{name}({', '.join(f'{k}={v}' for k, v in {'learning_rate': training.rate(0), **options}.items())})"


def choose(training: Training):
    """(class name, options)."""
    if training.products:
        raise Unsupported(f"no framework computes its products as asked here ({training.products})")
    match training.optimizer, dict(training.config):
        case "sgd", options if not options:
            return "SGD", {}
        case "momentum", options if options.pop("rate_in", "update") == "velocity" or len(set(training.learning_rates)) == 1:
            return "SGD", {"momentum": options.get("beta", 0.9), "nesterov": options.get("nesterov", False)}
        case "rmsprop", options if options.pop("epsilon_in", "outside") == "inside" and (
                options.pop("rate_in", "update") == "velocity" or not options.get("momentum")):
            return "RMSprop", {"rho": options.get("rho", 0.9), "epsilon": options.get("epsilon", 1e-7),
                               "momentum": options.get("momentum", 0.0), "centered": options.get("centered", False)}
        case "adam", options if options.pop("epsilon_in", "outside") == "hat" and (
                options.pop("decay", "gradient") == "decoupled" or not options.get("weight_decay")):
            return "Adam", {"beta_1": options.get("beta_1", 0.9), "beta_2": options.get("beta_2", 0.999),
                            "epsilon": options.get("epsilon", 1e-8), "weight_decay": options.get("weight_decay")}
    raise Unsupported(f"keras.optimizers has no {training.optimizer} with {dict(training.config)}")
