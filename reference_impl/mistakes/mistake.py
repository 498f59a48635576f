"""A mistake: a wrong formula with a name, written as the smallest change to the right one.

It is planted by replacing one line of a layer's source, so the wrong implementation can never drift from the right one,
and both lines can be shown side by side.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType


@dataclass(frozen=True, kw_only=True, eq=False)
class Mistake:
    """`right` is what the source of reference_impl/layers/<layer>.py says, exactly once; `wrong` is what stands there instead.

    `config` are the conventions under which that line is reached. `source` is the catalogue number or document.
    """

    id: str  # "gru-update-swapped"
    layer: str
    kind: str  # "forward" or "backward"
    title: str
    right: str
    wrong: str
    symptom: str
    fix: str
    config: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


@cache
def plant(mistake: Mistake):
    """The layer's function with the mistake in it.

    Raises ValueError where the right line does not occur exactly once: the layer has changed and the mistake must follow.
    """
    name = f"reference_impl.layers.{mistake.layer}"
    path = Path(find_spec(name).origin)
    source = path.read_text()
    if (count := source.count(mistake.right)) != 1:
        raise ValueError(f"{mistake.id}: {mistake.right!r} occurs {count} times in {path.name}, expected once; "
                         "bring reference_impl/mistakes in line with the layer")
    module = ModuleType(f"{name} with {mistake.id}")
    module.__dict__.update(np=import_module("numpy"))
    exec(compile(source.replace(mistake.right, mistake.wrong), f"{path} with {mistake.id}", "exec"), module.__dict__)
    return getattr(module, mistake.layer)
