"""One difference of two models, as data."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nnparity.reports.models.causes import Cause

TITLES = {"torch": "PyTorch", "keras": "Keras", "flax": "flax", "ours": "the description", "onnx": "ONNX"}
# what neither framework has an option for: it comes with the move, and is told once
INHERENT = ("running_divisor",)


@dataclass
class Finding:
    """`what` is a setting, a slip of the weights, "missing", "extra", "input", "shape" or "unexplained"."""

    what: str
    layer_a: str
    layer_b: str
    words: str
    change: str = ""
    row: str = ""  # of the atlas
    where: str = ""  # place in B's file
    mode: str = "evaluation"
    verified: bool = False  # with the change B gives A's numbers
    value_a: Any = None
    value_b: Any = None
    step: int = -1  # B's call
    cause: Cause | None = None

    @property
    def inherent(self) -> bool:
        return self.what in INHERENT

    @property
    def known(self) -> bool:
        return self.what not in ("unexplained", "shape")

    def without_names(self, text: str) -> str:
        """A text about it in which the layer is "each layer"; a name may be a number, which is one elsewhere in the text."""
        names = "|".join(re.escape(name) for name in sorted({self.layer_b, self.layer_a} - {""}, key=len, reverse=True))
        return re.sub(rf"(in B, |weights of |in front of |behind |leave out |before )(?:{names})(?=[:,\s]|$)", r"\1each layer",
                      text) if names else text


@dataclass
class Group:
    """Layers of which the same is said."""

    findings: list[Finding]

    @property
    def first(self) -> Finding:
        return self.findings[0]

    def names(self, side: str) -> str:
        """One layer, or the first and how many more."""
        own = list(dict.fromkeys(name for f in self.findings if (name := getattr(f, f"layer_{side}"))))
        return f"{own[0]} and {len(own) - 1} more" if len(own) > 1 else "".join(own)

    @property
    def words(self) -> str:
        return self.first.words if len(self.findings) == 1 else self.first.without_names(self.first.words)

    @property
    def change(self) -> str:
        return self.first.change if len(self.findings) == 1 else self.first.without_names(self.first.change)

    @property
    def places(self) -> list[str]:
        """Each layer of B and where it stands, where there are several."""
        return [] if len(self.findings) == 1 else [f"{f.layer_b or f.layer_a}{f' ({f.where})' if f.where else ''}"
                                                   for f in self.findings]


def grouped(findings: Sequence[Finding]) -> list[Group]:
    """Findings that say the same of other layers, told once."""
    groups: dict[tuple, Group] = {}
    for f in findings:
        key = f.what, f.without_names(f.words), f.without_names(f.change), f.row, f.mode
        groups.setdefault(key, Group([])).findings.append(f)
    return list(groups.values())
