"""Whatever is handed in, as one kind of thing: it has a name, and answers cases."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from nnparity.cases.case import Case, Result

Answering = Callable[[Case], Result]


@dataclass(frozen=True)
class Handed:
    """An object of this process that answers cases. What each kind does otherwise stands in its own class."""

    obj: Any
    network: str = ""  # that it is asked about
    claimed: Mapping[str, Any] = field(default_factory=dict)  # the options that were asked for, or that it shows

    @property
    def name(self) -> str:
        """What it is called in a table."""
        return getattr(self.obj, "__name__", type(self.obj).__name__)

    @property
    def called(self) -> Sequence[str]:
        """The names after which its layer may be looked for, the best first."""
        return (self.name,)

    @property
    def version(self) -> str:
        return "in this process"

    @property
    def code(self) -> str:
        """The file in which it is written, or what stands for one in a notebook; "" where that is unknown."""
        return getattr(getattr(self.obj, "__code__", None), "co_filename", "")

    def implied(self, network: str, wanted: Mapping[str, Any]) -> Mapping[str, Any]:  # noqa: ARG002
        """The options that the object itself shows, where these are asked for."""
        return {}

    def asked_as(self, network: str, config: Mapping[str, Any]) -> Self:
        return replace(self, network=network, claimed=config)

    def own_cases(self, substring: str, float32: bool) -> list[Case] | None:  # noqa: ARG002
        """Cases at the object's own sizes; None where it can be asked at any."""
        return None

    def more_cases(self, substring: str, float32: bool) -> list[Case]:  # noqa: ARG002
        """Cases beside ours."""
        return []

    def fitted(self, case: Case) -> Case:
        """The case as far as it can be asked."""
        return case

    def lacks(self, case: Case) -> str:  # noqa: ARG002
        """Why a case is not asked of it; "" for one that is."""
        return ""

    def answering(self) -> tuple[Answering, Callable[[], Answering]]:
        """(what answers cases, a function that makes another of it which has never been asked)."""
        raise NotImplementedError


@dataclass(frozen=True)
class OfClass(Handed):
    """A class, or an object of one, which is called after it."""

    @property
    def is_class(self) -> bool:
        return isinstance(self.obj, type)

    @property
    def cls(self) -> type:
        return self.obj if self.is_class else type(self.obj)

    @property
    def name(self) -> str:
        return self.cls.__name__
