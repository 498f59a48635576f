"""One difference of two models, as data."""

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
