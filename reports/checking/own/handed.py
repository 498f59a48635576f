"""Who answers the cases of a network of one's own: a function in the contract, a class, a framework's module."""

import os
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from nnparity.reports.asking.implementations import answer_of
from nnparity.reports.asking.training_contract import NoAnswer
from nnparity.reports.checking.handed_in.function import Function
from nnparity.reports.checking.handed_in.handed import Handed
from nnparity.reports.checking.handed_in.loss import LossClass
from nnparity.reports.checking.handed_in.module import Module
from nnparity.reports.checking.handed_in.named import UserCode
from nnparity.reports.checking.handed_in.recognise import recognised
from nnparity.reports.checking.handed_in.student import Student
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.checking.own.module import OwnModule
from nnparity.reports.checking.own.plan import Plan
from nnparity.reports.checking.own.student import OwnStudent, is_whole


def handed_in(obj: Any, plan: Plan) -> Handed:
    """The object as something that answers cases of this network. Raises WrongObject."""
    if isinstance(obj, OwnStudent):
        return replace(obj, plan=plan)
    if not isinstance(obj, Handed) and is_whole(obj):
        return OwnStudent(obj, plan=plan)
    handed = recognised(obj)
    if isinstance(handed, Module):
        return OwnModule(handed.obj, framework=handed.framework, plan=plan, weights=handed.weights, build=handed.build)
    if isinstance(handed, LossClass):  # forward(X, y) of a whole network
        return OwnStudent(handed.obj, plan=plan)
    if isinstance(handed, Student):
        return OwnStudent(handed.obj, plan=plan, weights=handed.weights, gradients=handed.gradients, build=handed.build)
    return handed


@dataclass(frozen=True)
class OwnCode(UserCode):
    """A name in a file or module, loaded in a process of its own."""

    plan: Plan = field(default_factory=lambda: Plan(layers=()))

    def imported(self):
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow tells everybody about its kernels
        found = self.from_module() if self.module else self.from_file()
        try:
            handed = handed_in(found, self.plan)
            return partial(answer_of, found, name=self.function) if isinstance(handed, Function) else handed.answering()[0]
        except WrongRequest as error:
            raise NoAnswer(str(error)) from None
