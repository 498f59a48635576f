"""What a string names, loaded in a process of its own: a function, a class, a framework's module."""

import importlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from nnparity.cases.case import Case
from nnparity.reports.asking.implementations import UserFile, answer_of
from nnparity.reports.asking.training_contract import NoAnswer
from nnparity.reports.checking.handed_in.function import Function
from nnparity.reports.checking.handed_in.layered import Layered
from nnparity.reports.checking.handed_in.recognise import recognised
from nnparity.reports.checking.names import WrongRequest


@dataclass(frozen=True)
class UserCode(UserFile):
    """A name in a file or, with `module`, in a module that is imported as one: relative imports work in it."""

    module: str = ""
    root: str = ""  # a folder from which the module is importable, beside the working directory
    network: str = ""
    claimed: Mapping[str, Any] = field(default_factory=dict)  # the options that were asked for

    @property
    def name(self) -> str:
        return self.module if self.module and not self.root else super().name

    def imported(self):
        """What answers, from a module that was executed for this call alone."""
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow tells everybody about its kernels
        found = self.from_module() if self.module else self.from_file()
        try:
            handed = recognised(found)
        except WrongRequest as error:
            raise NoAnswer(str(error)) from None
        if isinstance(handed, Function):
            return partial(answer_of, found, name=self.function, claimed=self.claimed)
        if isinstance(handed, Layered) and not handed.is_class:
            raise NoAnswer(f"{self.function} is an object with sizes of its own: hand it to nnparity.check in Python, or name "
                           f"its class")
        try:
            return handed.asked_as(self.network, self.claimed).answering()[0]
        except WrongRequest as error:
            raise NoAnswer(str(error)) from None

    def from_file(self):
        return super().imported()

    def from_module(self):
        for folder in filter(None, (os.getcwd(), self.root)):
            if folder not in sys.path:
                sys.path.insert(0, folder)
        sys.modules.pop(self.module, None)
        found = getattr(importlib.import_module(self.module), self.function, None)
        if found is None:
            raise NoAnswer(f"{self.module} has no {self.function!r} after it was imported")
        return found

    def ask(self, function, case: Case):
        return function(case)
