"""The catalogue of known mistakes, one file a layer, and `plant`, which makes a wrong layer of one."""

from reference_impl.mistakes import gru
from reference_impl.mistakes.mistake import Mistake, plant

MISTAKES = {mistake.id: mistake for module in (gru,) for mistake in module.MISTAKES}


def of_layer(kind: str, part: str | None = None) -> tuple[Mistake, ...]:
    """The mistakes of one layer kind, all or only the "forward" or "backward" ones."""
    return tuple(m for m in MISTAKES.values() if m.layer == kind and part in (None, m.kind))


__all__ = ["MISTAKES", "Mistake", "of_layer", "plant"]
