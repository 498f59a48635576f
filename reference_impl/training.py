"""Training: the same chain, many steps. What is compared is the whole path, not where it ends."""

import numpy as np

from nnparity.cases.case import Arrays, Case, Result
from nnparity.reference_impl.activations import activate
from nnparity.reference_impl.network import LAYERS, backward, forward
from nnparity.reference_impl.optimizers import OPTIMIZERS


def train(case: Case, layers=LAYERS, update=None) -> Result:
    """The path of a training: outputs `loss` (steps,), the loss *before* each step, and every parameter (steps, ...) after it.

    Examples, their order and the learning rate of each step are the case's; nothing is random. `update` stands in place of
    the optimizer that the case names. Raises KeyError for an unknown optimizer.
    """
    training = case.training
    if training is None:
        raise ValueError(f"{case.name} asks for no training")
    update = update or OPTIMIZERS[training.optimizer]
    layers = {**layers, "dense": dense_with(PRODUCTS[training.products])} if training.products else layers
    params = dict(case.params)
    states: dict[str, dict[str, np.ndarray]] = {name: {} for name in params}
    path: dict[str, list[np.ndarray]] = {"loss": [], **{name: [] for name in params}}
    for step in range(training.steps):
        batch = training.batch(case, step)
        loss, grads = loss_and_grads(case, params, batch, layers)
        path["loss"].append(loss)
        for name, p in params.items():
            t, rate = step + 1, training.rate(step)
            params[name], states[name] = update(p, grads[name], states[name], t, rate, **training.config)
            path[name].append(params[name])
    return Result(outputs={name: np.stack(values) for name, values in path.items()}, grads={},
                  built=f"{training.optimizer}, {training.steps} steps")


def rounded(x, K):
    """x K in the working precision, rounded to float32: what numpy.dot does under the package that N15 and N16 were run with."""
    return (x @ K).astype("float32").astype(x.dtype)


def in_two_lanes(x, K):
    """x K where each dot product is (x₀k₀ + x₂k₂ + ...) + (x₁k₁ + x₃k₃ + ...): a processor that adds two numbers at a time.

    The order of a sum shows in the last digit, and the second run of N16 prints the last digit.
    """
    terms = x[..., :, None] * K
    return sum(terms[..., i, :] for i in range(0, len(K), 2)) + sum(terms[..., i, :] for i in range(1, len(K), 2))


PRODUCTS = {"float32": rounded, "two lanes": in_two_lanes}


def dense_with(product):
    """The dense layer with x K computed by `product`; the derivative is that of the exact layer."""
    def dense(params, inputs, **config):
        _, vjp = LAYERS["dense"](params, inputs, **config)
        a = product(inputs["x"], params["kernel"]) + params["bias"]
        return {"y": activate("dense", config.get("activation", "linear"), a, {})[0]}, vjp
    return dense


def loss_and_grads(case: Case, params: Arrays, inputs: Arrays, layers=LAYERS) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """The loss at these parameters, and the gradient of its sum by every parameter and input.

    Raises KeyError where the chain ends in no loss.
    """
    outputs, tape = forward(case, params, inputs, layers)
    loss = outputs["loss"]
    nothing = {name: np.zeros_like(a) for name, a in outputs.items()}
    return loss, backward(case, tape, {**nothing, "loss": np.ones_like(loss)})
