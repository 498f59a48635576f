"""What an implementation computes of a network, seen in its answer to one question: what it does not return is not asked.

A network with a loss need not return its loss, its output, or dL/dx, which nothing trains; one that returns probabilities where
the loss takes logits has its softmax in the output layer, and is compared there.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnparity import reference_impl
from nnparity.cases.case import Case, Layer, Result
from nnparity.reports.asking.isolate import results
from nnparity.reports.checking.own.trained import Update, update_of

NEAR = 1e-6  # a float32 softmax sums to one to this


@dataclass(frozen=True)
class Form:
    """How the cases of a network are asked of one implementation."""

    left: frozenset[str] = frozenset()  # outputs that it does not return
    without_dx: bool = False
    probabilities: bool = False  # its output is that of a softmax
    sparse: bool = False  # its targets are numbers of classes
    update: Update | None = None  # it trains itself, so, and keeps no gradients

    def of(self, case: Case) -> Case:
        """The case in this form."""
        loss, network, inputs = case.loss, case.network, dict(case.inputs)
        if self.sparse and loss is not None:
            loss = replace(loss, config={**loss.config, "labels": "sparse"})
            inputs["target"] = inputs["target"].argmax(-1)
        if self.probabilities and loss is not None:
            loss = Layer("categorical_cross_entropy", "", loss.config)
            *before, last = network
            network = ((*before, replace(last, config={**last.config, "activation": "softmax"})) if last.kind == "dense"
                       else (*network, Layer("activation", "softmax", {"function": "softmax"})))
        asked = case.replaced(network=network, loss=loss, inputs=inputs, left=case.left | self.left,
                              constants=case.constants | ({"x"} if self.without_dx else set()))
        return asked if self.update is None else self.update.of(asked)

    def all_of(self, cases: Sequence[Case]) -> list[Case]:
        """The cases in this form; of one that takes an example at a time, those with a single one."""
        alone = self.update is not None and self.update.alone
        return [self.of(case) for case in cases if not alone or len(case.inputs["x"]) == 1]

    @property
    def words(self) -> list[str]:
        """What is not asked, a sentence each."""
        names = [*(["dL/dx"] if self.without_dx else []), *sorted(self.left)]
        return ([f"Not returned, so not asked: {', '.join(names)}."] if names else []) + (
            ["Its output sums to one: it is compared behind the softmax."] if self.probabilities else []) + (
            ["Its targets are the numbers of the classes."] if self.sparse else []) + (
            [f"It trains itself and keeps no gradients: compared are its weights after each step of {self.update}"
             f"{', with one example alone: the order of several changes them' if self.update.alone else ''}."]
            if self.update else [])


def form_of(case: Case, answer: Result, form: Form) -> Form:
    """The form in which an answer to this case, of a network with a loss, is to be read."""
    if case.loss is None:
        return form
    outputs = {name for name in ("y", "loss") if name in answer.outputs}
    left = {"y", "loss"} - outputs if outputs else set()
    without_dx = "x" in case.differentiable and "x" not in answer.grads and bool(answer.grads)
    return replace(form, left=frozenset(left), without_dx=without_dx,
                   probabilities=case.loss.kind == "softmax_cross_entropy" and is_softmax(answer.outputs.get("y"), case))


def is_softmax(y: np.ndarray | None, case: Case) -> bool:
    """Whether every row is a distribution; or, of an output that is wrong, everything lies between 0 and 1 and the logits do not:
    a softmax over another axis, a sigmoid."""
    if y is None or y.ndim < 2 or y.dtype.kind != "f" or not y.size or (y < 0).any():
        return False
    if (np.abs(y.sum(-1) - 1) < NEAR).all():
        return True
    logits = reference_impl.run(case).outputs["y"]
    return bool((y <= 1 + NEAR).all() and ((logits < 0) | (logits > 1)).any())


def form_asked(implementation, cases: Sequence[Case], timeout: float) -> Form:
    """Ask the smallest case once, and see."""
    def ask(case: Case) -> Result | None:
        return results(implementation, [case], timeout).get(case.name)

    smallest = min(cases, key=lambda case: case.inputs["x"].size)
    for form in (Form(), *([Form(sparse=True)] if takes_classes(smallest) else [])):
        case = form.of(smallest)
        if (answer := ask(case)) is not None:
            return form_of(case, answer, form)
    if smallest.loss is not None:
        largest = max(cases, key=lambda case: case.inputs["x"].size)
        for form in (Form(), *([Form(sparse=True)] if takes_classes(smallest) else [])):
            update = update_of(form.of(largest), ask)
            if update is not None:
                return replace(form, update=update)
    return Form()


def takes_classes(case: Case) -> bool:
    """Whether the same question could be asked with the numbers of classes in place of one-hot rows."""
    return (case.loss is not None and case.loss.kind in ("softmax_cross_entropy", "categorical_cross_entropy")
            and "labels" not in case.loss.config)
