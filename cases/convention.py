"""A convention: a point on which correct implementations differ. Data for the diagnosis, the atlas and the conventions page.

What a framework computes is never written here; it is measured by running the framework's default construction.

A convention with a `probe` is a row of the atlas (cases/atlas). Its `snippets` are what a reader can paste and what the
atlas measures: each is run as it stands, and the `answer` it finds is held against the value of every variant.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

GROUPS = ("recurrent", "convolution", "normalisation", "activation", "loss", "optimizer", "initialiser", "dropout",
          "dense", "embedding", "attention", "tensors", "precision")
REFUSES = "refuses"  # value of the variant of a framework that raises an error, where the snippet is made to provoke it
LINES, WIDTH = 10, 110  # of a snippet


class InvalidConvention(ValueError):
    """A convention that could not be measured, or that a reader could not follow."""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One side of a convention: an option's value, its formula, and how to get it."""

    value: str | float | bool | None  # of the reference's option: "after", 1.0; or REFUSES
    title: str  # "reset gate after the recurrent product"
    formula: str  # LaTeX
    words: str  # one or two sentences for a student
    switch: Mapping[str, str] = field(default_factory=dict)  # framework -> what to write there to get this variant
    config: Mapping[str, Any] = field(default_factory=dict)  # the reference's options, where they are not {option: value}


@dataclass(frozen=True, kw_only=True)
class Probe:
    """The question as numbers: `compute` of reference_impl.formulas, with these arguments and a variant's option.

    A framework's answer equals a variant's value v within 64 eps · scale, eps that of `dtype` and scale the largest |v|.
    State `scale` where the answer is a difference of larger numbers, whose size it is then.

    match="distribution": the answer is a sample and `compute` gives a cumulative distribution function; they are compared
    by the Kolmogorov distance, with the error rate that reports/atlas/measure.py states.
    """

    compute: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    dtype: str = "float32"  # what the frameworks compute in
    scale: float | None = None
    match: str = "value"  # or "distribution"
    size: int = 0  # of the sample: the snippets must draw at least so many numbers


@dataclass(frozen=True, kw_only=True)
class Convention:
    """A question about one layer, its variants, and what goes wrong for someone who does not know of it."""

    layer: str  # "gru", or whatever the question is about: "relu", "conv2d"
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


@dataclass(frozen=True, kw_only=True)
class AtlasRow(Convention):
    """A convention that is measured: a probe, and for each column a snippet that asks it.

    Raises InvalidConvention for a row that lacks something or whose snippets are too long.
    """

    title: str  # "LayerNormalization epsilon", as it reads in "LayerNormalization epsilon was 1e-3, is 1e-5"
    group: str
    leads: tuple[str, ...]  # ids of the worksheet, "N6"
    probe: Probe
    example: str  # a sentence; {0} is the value of the first variant, {1[2]} the third number of the second, {x} an argument
    snippets: Mapping[str, str]  # column -> Python that assigns `answer` and prints it
    absent: Mapping[str, str] = field(default_factory=dict)  # column -> why it has no such thing
    unmatched: Mapping[str, str] = field(default_factory=dict)  # column -> why its answer equals no variant
    devices: tuple[str, ...] = ()  # what was measured on accelerators, too, by the names in cases/atlas/devices
    written: Mapping[str, str] = field(default_factory=dict)  # column -> the default as written there, where it reads otherwise

    def __post_init__(self):
        for problem in _problems(self):
            raise InvalidConvention(f"{self.id}: {problem}")


def measured(convention: Convention, **row: Any) -> AtlasRow:
    """The row of the atlas about a convention of the catalogue; `row` has what a row has besides."""
    return AtlasRow(**{part.name: getattr(convention, part.name) for part in fields(convention)} | row)


def _problems(row: AtlasRow):
    for name in ("title", "question", "consequence", "example", "sources", "leads", "snippets"):
        if not getattr(row, name):
            yield f"a row of the atlas needs {name}"
    if row.group not in GROUPS:
        yield f"group={row.group!r}, expected one of {', '.join(GROUPS)}"
    if row.probe.match not in ("value", "distribution"):
        yield f"match={row.probe.match!r}, expected 'value' or 'distribution'"
    if row.probe.match == "distribution" and row.probe.size < 1000:
        yield f"a distribution needs a sample of at least 1000, got size={row.probe.size}"
    values = [v.value for v in row.variants]
    if len(values) < 2 or len(set(values)) < len(values):
        yield f"at least two variants with different values are needed, got {values}"
    if both := row.snippets.keys() & row.absent.keys():
        yield f"both a snippet and a reason why there is none: {', '.join(sorted(both))}"
    for column, code in row.snippets.items():
        lines = code.splitlines()
        widest = max(map(len, lines))
        if len(lines) > LINES or widest > WIDTH:
            yield f"{column}: a snippet has at most {LINES} lines of {WIDTH} characters, got {len(lines)} of {widest}"
        if lines[-1] != "print(answer)":
            yield f"{column}: the last line of a snippet is print(answer), got {lines[-1]!r}"
