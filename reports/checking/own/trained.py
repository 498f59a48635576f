"""A network that trains itself and keeps no gradients: fit(x, y, epochs, lr), or a backward pass that updates its weights.

It is asked for the path of a training on all examples at once: the weights after each step, from the same weights at the
beginning. A loss that is not computed beside the steps is ours, at its own weights.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnparity import reference_impl
from nnparity.cases.case import Case, Result, Training
from nnparity.oracles.layouts import Layout
from nnparity.reports.asking.training_contract import NoAnswer, training_of
from nnparity.reports.checking.handed_in.attributes import value_at
from nnparity.reports.checking.own.roles import call, role_of, takes
from nnparity.reports.checking.own.turned import Turned

STEPS, RATE = 3, 0.25


def path_of(anew: Callable[[], Any], methods: tuple[str, ...], layout: Layout, case: Case, written: str,
            turned: Turned) -> Result:
    """The weights after each step, and the losses before. Raises NoAnswer where the network begins from weights of its own."""
    t = training_of(case)
    known = {"x": turned.x(case.inputs["x"]), "target": turned.output(case.inputs["target"]), "rate": t.rate(0),
             "batch": len(case.inputs["x"])}
    rounds = len(methods) == 1 and (takes(anew(), methods[0], "epochs") or has(anew(), "epochs"))
    packed = layout.pack(case.params)

    if not any(takes(anew(), method, "rate") for method in methods) and not has(anew(), "rate"):
        raise NoAnswer(f"{methods[-1]} has a learning rate that nobody can set: make it a parameter, or an attribute lr")

    def weights(obj):
        return layout.unpack({path: np.array(value_at(obj, path)) for path in packed})

    def same_start(obj):
        if any(not np.array_equal(weights(obj)[name], a) for name, a in case.params.items()):
            raise NoAnswer(f"{methods[0]} begins with weights of its own: draw them in __init__, where others can be put "
                           "in their place")

    steps = []
    if rounds:
        same_start(after(anew(), methods, {**known, "epochs": 0}))
        steps = [weights(after(anew(), methods, {**known, "epochs": k + 1})) for k in range(t.steps)]
    else:
        obj = anew()
        for _ in range(t.steps):
            steps.append(weights(after(obj, methods, known)))
    starts = [case.params, *steps[:-1]]
    plain = case.replaced(training=None)
    losses = [reference_impl.forward(plain, params, case.inputs)[0]["loss"] for params in starts]
    return Result(outputs={"loss": np.stack(losses), **{name: np.stack([s[name] for s in steps]) for name in case.params}},
                  grads={}, built=written)


def after(obj: Any, methods: tuple[str, ...], known: Mapping[str, Any]) -> Any:
    """The object when its methods were called, its own rate, rounds and size of a batch being those that are known."""
    for name, value in list(vars(obj).items()):
        if (role := role_of(name)) in ("rate", "epochs", "batch") and role in known and np.isscalar(value):
            setattr(obj, name, known[role])
    given = {name: np.array(a) if isinstance(a, np.ndarray) else a for name, a in known.items()}
    for method in methods:
        y = call(obj, method, given)
        given |= {"output": y} if y is not None and method == methods[0] else {}
    return obj


def has(obj: Any, role: str) -> bool:
    return any(role_of(name) == role and np.isscalar(value) for name, value in vars(obj).items())


@dataclass(frozen=True)
class Update:
    """An optimizer and its options; `alone` where it takes one example at a time."""

    optimizer: str = "sgd"
    config: tuple[tuple[str, Any], ...] = ()
    alone: bool = False

    def of(self, case: Case) -> Case:
        training = Training(optimizer=self.optimizer, steps=STEPS, learning_rates=(RATE,), config=dict(self.config))
        return case.replaced(training=training, cotangents={"loss": np.ones(())}, left=frozenset(),
                             exempt=case.exempt or "a training")

    def __str__(self):
        return self.optimizer + (f"({', '.join(f'{k}={v}' for k, v in self.config)})" if self.config else "")


# what an update may be: the usual optimizers, under the constants that most people give them
USUAL = (Update(), *(Update("momentum", (("beta", beta),)) for beta in (0.9, 0.5, 0.8, 0.95, 0.99)),
         Update("momentum", (("beta", 0.9), ("nesterov", True))), Update("adam", (("epsilon", 1e-8),)),
         Update("adam", (("epsilon", 1e-7),)), Update("rmsprop", (("epsilon", 1e-8), ("rho", 0.9))),
         Update("rmsprop", (("epsilon", 1e-8), ("rho", 0.99))), Update("corrected_momentum", (("beta", 0.9),)))


def update_of(case: Case, ask: Callable[[Case], Result | None]) -> Update | None:
    """How a network trains itself, seen in its answers to this case; None where it does not. Gradient descent where none of the
    usual updates gives its weights; one example at a time where the order of the examples changes them."""
    if (answer := ask(Update().of(case))) is None:
        return None
    again, few = ask(Update().of(case)), len(case.inputs["x"])
    alone = again is None or not same_path(answer, again) or few > 1 and same_path(answer, one_by_one(case))
    if alone:
        single = first_example(case)
        if (answer := ask(Update().of(single))) is None:
            return None
        case = single
    fitting = next((one for one in USUAL if same_path(answer, reference_impl.RIGHT.run(one.of(case)))), Update())
    return replace(fitting, alone=alone)


def first_example(case: Case) -> Case:
    return case.replaced(inputs={name: a[:1] for name, a in case.inputs.items()}, exempt=case.exempt or "one example")


def one_by_one(case: Case) -> Result:
    """Gradient descent with a step for each example, in their order: the weights after each round."""
    few = len(case.inputs["x"])
    whole = Update().of(case)
    once = whole.training or Training(optimizer="sgd", steps=1, learning_rates=(RATE,))
    each = replace(once, steps=STEPS * few, batches=tuple((i,) for i in range(few)))
    path = reference_impl.RIGHT.run(whole.replaced(training=each)).outputs
    return Result(outputs={name: a[few - 1::few] for name, a in path.items()}, grads={})


def same_path(one: Result, other: Result) -> bool:
    return all(one.outputs[name].shape == a.shape and np.allclose(one.outputs[name], a, rtol=1e-7, atol=1e-9)
               for name, a in other.outputs.items() if name != "loss")
