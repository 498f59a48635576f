"""A convention: a point on which correct implementations differ. Data for the diagnosis and the conventions page.

What a framework computes is never written here; it is measured by running the framework's default construction.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One side of a convention: an option's value, its formula, and how to get it."""

    value: str | float | bool | None  # of the reference's option: "after", 1.0
    title: str  # "reset gate after the recurrent product"
    formula: str  # LaTeX
    words: str  # one or two sentences for a student
    switch: Mapping[str, str] = field(default_factory=dict)  # framework -> what to write there to get this variant


@dataclass(frozen=True, kw_only=True)
class Convention:
    """A question about one layer, its variants, and what goes wrong for someone who does not know of it."""

    layer: str  # "gru"
    option: str  # the reference's config option that chooses: "reset"
    question: str
    variants: tuple[Variant, ...]
    consequence: str
    sources: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.layer}.{self.option}"

    def variant(self, value) -> Variant:
        """The variant for an option's value. Raises KeyError for an unknown one."""
        return {v.value: v for v in self.variants}[value]
