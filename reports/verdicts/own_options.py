"""An answer does not depend on an option that the code never looked at: it is that of the value the code has.

A number (epsilon, momentum, Adam's betas) is put in its place: the default, or, of an optimizer, another value that people write
if the answer is that one's. Any other option (a stride, another activation, Nesterov) makes another question of the case.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import islice, product
from typing import Any

import numpy as np

from nnparity import reference_impl
from nnparity.cases.case import Case, Result
from nnparity.reports.asking.options import options_of_layer
from nnparity.reports.asking.training_contract import resolved_options

# what people write where they do not ask for a number, beside the reference's defaults
WRITTEN: Mapping[str, tuple[float, ...]] = {
    "beta_1": (0.9, 0.95, 0.5, 0.8), "beta_2": (0.999, 0.99, 0.95, 0.98), "rho": (0.9, 0.99, 0.95, 0.999),
    "epsilon": (1e-8, 1e-7, 1e-6, 1e-5, 1e-10, 1e-4, 1e-3, 0.0), "beta": (0.9, 0.5, 0.99, 0.95, 0.8),
    "momentum": (0.0, 0.9, 0.5, 0.99), "weight_decay": (0.0,)}
MOST = 160  # combinations of them
STEPS = 3  # of a training: enough to refute what it is not
ROUGH = 1e-9


def with_own_options(case: Case, answer: Result, overlooked: Mapping[str, Any]) -> tuple[Case, str, list[str]]:
    """(the case with the code's own numbers, that in words, the other options that the code did not look at)."""
    numbers = {name: value for name, value in overlooked.items() if isinstance(value, float)}
    others = [name for name in overlooked if name not in numbers]
    if not numbers:
        return case, "", others
    if case.training:
        numbers = dict(next(fitting(case, answer, numbers), numbers))  # the defaults where none fits: something is wrong
    asked = options_asked(case)
    other = [f"{name}={value:g}" for name, value in numbers.items() if asked.get(name) != value]
    said = f"compared under its own {', '.join(other)}" if other else ""
    return with_options(case, tuple(sorted(numbers.items()))), said, others


def under_shown_options(case: Case, own: Mapping[str, Any]) -> tuple[Case, str]:
    """(the case under the options that an answer shows, in words those that are not the case's)."""
    asked = options_asked(case) if own else {}
    other = [f"{name}={value}" for name, value in own.items() if asked.get(name) != value]
    if not other:
        return case, ""
    return with_options(case, tuple(sorted(own.items()))), f"compared under its own {', '.join(other)}"


def options_asked(case: Case) -> Mapping[str, Any]:
    """The options of a case's optimizer, or of its only layer."""
    return resolved_options(case) if case.training else options_of_layer(case.layers[0])


def fitting(case: Case, answer: Result, numbers: Mapping[str, float]) -> Iterator[Mapping[str, float]]:
    """The values with which the first steps of a training are the answer's."""
    tried = product(*(dict.fromkeys((value, *WRITTEN.get(name, ()))) for name, value in numbers.items()))
    for values in islice(tried, MOST):
        own = dict(zip(numbers, values))
        training = case.training
        assert training is not None
        steps = min(STEPS, training.steps)
        short = case.replaced(training=replace(training, steps=steps, config={**training.config, **own}))
        path = reference_impl.run(short).outputs
        if all(name in answer.outputs and answer.outputs[name][:steps].shape == a.shape
               and np.allclose(answer.outputs[name][:steps], a, rtol=ROUGH, atol=ROUGH) for name, a in path.items()):
            yield own


@cache
def with_options(case: Case, numbers: tuple[tuple[str, float], ...]) -> Case:
    """The case under these values of the optimizer's options, or of its only layer's; itself where they are its own."""
    if dict(numbers).items() <= options_asked(case).items():
        return case
    if case.training is None:
        return case.configured(**dict(numbers))
    return case.replaced(training=replace(case.training, config={**case.training.config, **dict(numbers)}))
