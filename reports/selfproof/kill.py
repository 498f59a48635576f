"""The suite's proof that it can fail: planted mistakes, and which cases notice them."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Kill:
    """One planted mistake: a source line of the reference made wrong, and the cases that notice."""

    id: str
    title: str
    kind: str  # "forward", "backward" or "training"
    area: str = ""  # of the catalogue
    right: str  # the source line
    wrong: str  # what stands there instead
    noticed_by: Mapping[str, bool]  # case name -> did it notice?
    diagnosis: str = ""  # the title of what diagnose() named

    @property
    def noticed(self) -> int:
        """How many cases noticed; a mistake with none has survived."""
        return sum(self.noticed_by.values())
