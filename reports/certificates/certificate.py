"""What was measured, as data: of one array, of all implementations; written down and read again. Needs no mpmath."""

import json
from dataclasses import asdict, dataclass, field
from math import isfinite, isinf, isnan
from pathlib import Path
from typing import Any

import numpy as np

REFERENCE = "reference"
RECORDED = Path(__file__).parent / "recorded.json"
ENOUGH = 4.0  # units in the last place: what an operation is asked for


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """How exact one answer to one question is: the worst element."""

    question: str  # "sigmoid"
    dtype: str
    path: str  # "grads/x"
    units: float  # of the worst element; infinite for nan, and for infinity where there is a number
    relative: float  # the same error relative to the exact value or its scale
    argument: float  # where: the input x at that element
    got: float
    right: float
    ordinary: float  # the largest error relative to the exact value, or to one where that is smaller
    ordinary_argument: float  # where that is
    flushed: int = 0  # elements that are wrong since a subnormal number was taken for zero; not counted in the errors
    built: str = ""
    composed: bool = False

    @property
    def direction(self) -> str:
        return "forward" if self.path.startswith("outputs/") else "backward"

    @property
    def exact(self) -> bool:
        return self.units <= ENOUGH

    @property
    def everywhere(self) -> bool:
        """Whether digits are lost not only where the value is small."""
        return self.ordinary > ENOUGH * float(np.finfo(self.dtype).eps)

    @property
    def words(self) -> str:
        """1.2, in units in the last place; beyond what is enough the relative error, and where it is."""
        if self.exact:
            return f"{self.units:.1f}"
        if self.everywhere and isfinite(self.ordinary):
            return f"{self.ordinary:.0e} at {self.ordinary_argument:.2g}"
        what = "nan" if isnan(self.got) else "inf" if isinf(self.got) else "0" if self.got == 0 else f"{self.relative:.0e}"
        return f"{what} at {self.argument:.2g}"


@dataclass
class Certificates:
    """What was measured: certificates, versions and failures by implementation."""

    of: dict[str, list[Certificate]] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    without: dict[str, dict[str, str]] = field(default_factory=dict)  # implementation -> case -> why there is no answer
    missing: dict[str, str] = field(default_factory=dict)  # implementation -> packages that are not installed

    @property
    def lines(self) -> list[tuple[tuple[str, str, str], dict[str, Certificate]]]:
        """((operation, dtype, array), implementation -> certificate), in the order in which they were asked."""
        table: dict[tuple[str, str, str], dict[str, Certificate]] = {}
        for name, own in self.of.items():
            for c in own:
                table.setdefault((c.question, c.dtype, c.path), {})[name] = c
        return list(table.items())


def as_json(found: Certificates) -> dict:
    """For programs and for the recording; a number that is not finite is a word, "inf" or "nan"."""
    def plain(value):
        return str(value) if isinstance(value, float) and not isfinite(value) else value

    return {"versions": found.versions, "missing": found.missing, "without": found.without,
            "certificates": {name: [{key: plain(value) for key, value in asdict(c).items()} for c in own]
                             for name, own in found.of.items()}}


def record(found: Certificates, path: Path = RECORDED) -> None:
    path.write_text(json.dumps(as_json(found), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def recorded(path: Path = RECORDED) -> Certificates | None:
    """What was recorded last, or None."""
    if not path.exists():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    return Certificates(
        of={name: [read(c) for c in own] for name, own in kept["certificates"].items()},
        versions=kept["versions"], missing=kept["missing"], without=kept["without"])


def read(kept: dict[str, Any]) -> Certificate:
    """A certificate as it was written: numbers that JSON has no word for are text there."""
    numbers = ("units", "relative", "argument", "got", "right", "ordinary", "ordinary_argument")
    return Certificate(**kept | {name: float(kept[name]) for name in numbers})
