"""The plan of a port: where every array of the target comes from, the Python that makes it, and the options to set."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from nnparity.cases import kinds
from nnparity.oracles.porting import frameworks
from nnparity.oracles.porting.call import call
from nnparity.oracles.porting.errors import PortError
from nnparity.oracles.porting.flattened import rows
from nnparity.oracles.porting.forms.every import form
from nnparity.oracles.porting.forms.form import VARIABLES, Array, Form, undone, written
from nnparity.oracles.porting.options import complete, options_for, stored, variant
from nnparity.oracles.porting.steps import Step, steps

KINDS = tuple(kind for kind, facts in kinds.KINDS.items() if facts.params)
STATELESS = tuple(kind for kind, facts in kinds.KINDS.items() if not facts.params and not facts.loss)  # they hold no arrays


@dataclass(frozen=True)
class Mapped:
    """One array of the target: its axes, the places of the source that it comes from, and what is done to them."""

    name: str
    axes: tuple[str, ...]
    sources: tuple[str, ...]
    done: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """All that is to be told about a port, and what is needed to perform it."""

    kind: str
    source: str
    target: str
    source_form: Form
    source_options: Mapping[str, object]
    options: Mapping[str, object]  # to set on the target
    steps: tuple[Step, ...] = ()
    mapped: tuple[Mapped, ...] = ()
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)

    def call(self, sizes: Mapping[str, int] | None = None) -> str:
        """The target's layer, as one would type it, with its options."""
        return call(self.target, self.kind, sizes or self.sizes, self.options)

    def source_call(self, sizes: Mapping[str, int] | None = None) -> str:
        """The source's layer, as one would type it."""
        return call(self.source, self.kind, sizes or self.sizes, self.source_options)


def check_names(kind: str, source: str, target: str) -> None:
    """Raises PortError for an unknown layer or framework, or twice the same framework."""
    if kind not in (*KINDS, *STATELESS):
        raise PortError(f"no layer {kind!r}; with weights there are {', '.join(KINDS)}; without, {', '.join(STATELESS)}")
    for name in (source, target):
        if name not in frameworks.TITLES:
            raise PortError(f"no framework {name!r}; there are {', '.join(frameworks.TITLES)}")
    if source == target:
        raise PortError(f"from {source} to {source}: nothing to port")


def plan(kind: str, source: str, target: str, config: Mapping | None = None, *, flattened=()) -> Plan:
    """Plan a port of a layer built with the source's options `config`.

    `flattened` are the axes of what was flattened in front of a dense layer.

    Raises Refused where the target has no such variant, PortError for a name or an option that is not known.
    """
    config = dict(config or {})
    check_names(kind, source, target)
    if kind in STATELESS:
        raise PortError(f"{kind} has no weights")
    if flattened != () and kind != "dense":
        raise PortError(f"{kind} with flattened={flattened!r}: only the rows of a dense layer follow a flatten")
    meaning = variant(source, kind, config)
    options = options_for(target, kind, meaning)
    has, wants = stored(source, kind, meaning), stored(target, kind, meaning)
    theirs, ours = form(source, kind, has), form(target, kind, wants)
    transB = kind == "dense" and source == "onnx" and bool(complete(source, kind, config)["transB"])
    if transB:
        theirs = _transposed_gemm(theirs)
    made = tuple(steps(kind, has, wants, target, meaning))
    rearranged = rows(flattened, source, target)
    mapped = tuple(_mapped(array, theirs, ours, made, rearranged) for array in ours.arrays)
    lines = (*_reads(theirs, has), *rearranged.lines, *(line for step in made for line in step.lines), *_writes(ours))
    return Plan(kind, source, target, theirs, config, options, (*rearranged.steps, *made), mapped,
                ("import numpy as np", *lines), tuple(frameworks.notes(kind, source, target)))


def _transposed_gemm(theirs: Form) -> Form:
    """Gemm with transB=1 takes B as (out, in)."""
    arrays = tuple(Array(a.name, a.axes[::-1], a.roles) for a in theirs.arrays)
    return Form(arrays, theirs.where, {**theirs.moved, "kernel": (1, 0)},
                {**theirs.reads, "kernel": theirs.reads["kernel"] + ".T"}, theirs.items)


def _reads(theirs: Form, has) -> list[str]:
    """One line for each canonical array."""
    lines = []
    if any("gates(" in read for read in theirs.reads.values()):
        index = undone(theirs.order)
        picked = "" if index == sorted(index) else f"[{index}]"
        lines.append(f"def gates(a): return np.stack(np.split(a, {len(index)}, -1)){picked}")
    return lines + [f"{VARIABLES[role]} = {theirs.reads[role]}" for role in has]


def _writes(ours: Form) -> list[str]:
    lines = []
    if any("packed(" in item for item in ours.items):
        index = list(ours.order)
        picked = "" if index == sorted(index) else f"[{index}]"
        lines.append(f"def packed(a): return np.concatenate(a{picked}, -1)  # {', '.join(ours.gates)}")
    items = [f"{item}," for item in ours.items]
    if not items:
        return [*lines, "target = {}"]
    items[-1] = items[-1][:-1] + "}"
    return [*lines, "target = {" + items[0], *(" " * 10 + item for item in items[1:])]


def _mapped(array: Array, theirs: Form, ours: Form, made, rearranged) -> Mapped:
    """Where one array of the target comes from and what is done."""
    sources, done = [], []
    halves = len(array.roles) > 1
    for role in array.roles:
        step = next((s for s in made if s.role == role and (not s.gates or array.gate in s.gates)), None)
        origins = step.made_from if step else (role,)
        sources += [source for origin in origins if (source := _place(theirs, origin)) not in sources]
        words = [step.words] if step else []
        if origins:
            words += _moved(theirs.moved[origins[0]], ours.moved[role])
            words += _regrouped(array, theirs, ours, origins[0])
        if role == "kernel":
            words += rearranged.words
        place = f"{ours.where[role]}: " if halves else ""
        done.append(place + ("; ".join(words) or "as it is"))
    return Mapped(array.name, array.axes, tuple(sources), tuple(done))


def _place(theirs: Form, role: str) -> str:
    """`bias[0] of bias (2, 3*hidden)`."""
    own = [a for a in theirs.arrays if role in a.roles]
    if theirs.where[role] == own[0].name:
        return f"{own[0].name} {written(own[0].axes)}"
    if own[0].gate:
        return f"{theirs.where[role]}, each {written(own[0].axes)}"
    return f"{theirs.where[role]}, {own[0].name} {written(own[0].axes)}"


def _moved(there, here) -> list[str]:
    if there == here:
        return []
    if len(here) == 2:
        return ["transposed"]
    order = tuple(there.index(axis) for axis in here)
    return [f"axes moved: transpose{order}"]


def _regrouped(array: Array, theirs: Form, ours: Form, origin: str) -> list[str]:
    """Gates in another order, taken apart or put side by side."""
    if not ours.gates:
        return []
    apart = any(a.gate for a in theirs.arrays)
    if array.gate:
        return [] if apart else [f"gate {array.gate} alone, of {', '.join(theirs.gates)}"]
    if apart:
        more = "; zeros for gates without one" if origin == "recurrent_bias" else ""
        return [f"gates put side by side as {', '.join(ours.gates)}{more}"]
    if theirs.order != ours.order:
        return [f"gates {', '.join(theirs.gates)} -> {', '.join(ours.gates)}"]
    return []
