"""Gates computed with another gate's arrays, as a line leaves it that was copied and not changed to the end.

All of them by construction: each gate as the source, each set of the others that took it over, in every array and in all at once.
"""

from collections.abc import Iterator, Sequence
from itertools import chain, combinations

import numpy as np

from nnparity.cases.case import Arrays, Case, Layer
from nnparity.cases.kinds import GATE_WORDS
from nnparity.cases.kinds import GATES as GATE_NAMES
from nnparity.reports.diagnosis.rewritings.rewrite import Rewrite, name_among_several, rewriting

GATED = ("kernel", "recurrent_kernel", "bias", "recurrent_bias")


def copies(layer: Layer, case: Case) -> Iterator[Rewrite]:
    """Every way in which one gate's arrays stand in the place of others'."""
    letters = GATE_NAMES.get(layer.kind, "")
    gated = [name for name in (layer.qualify(n) for n in GATED) if name in case.params]
    for source in range(len(letters)):
        others = [gate for gate in range(len(letters)) if gate != source]
        for gates in chain.from_iterable(combinations(others, count) for count in range(1, len(letters))):
            for names in (gated, *([name] for name in gated)):
                yield copied(names, gates, source, letters, all_of=name_among_several(layer, case) if names == gated else None)


def copied(names: Sequence[str], gates: Sequence[int], source: int, letters: str, all_of: str | None) -> Rewrite:
    """These gates' slices of some arrays replaced by the source's; its gradient is the sum of all that it stands for."""
    def before(arrays: Arrays) -> Arrays:
        return {name: overwritten(a) if name in names else a for name, a in arrays.items()}

    def overwritten(a: np.ndarray) -> np.ndarray:
        a = a.copy()
        a[list(gates)] = a[source]
        return a

    def pull(grads: Arrays) -> Arrays:
        return {name: gathered(g) if name in names else g for name, g in grads.items()}

    def gathered(g: np.ndarray) -> np.ndarray:
        g = g.copy()
        g[source] += g[list(gates)].sum(0)
        g[list(gates)] = 0
        return g

    written, called = (" and ".join(words) for words in zip(*((letters[g], GATE_WORDS[letters[g]]) for g in gates), strict=True))
    whose = "weights" if all_of is not None else names[0]
    origin = GATE_WORDS[letters[source]]
    return Rewrite(before=before, pull=pull, on_the_way_only=True, cause=rewriting(
        ("copied gate",), f"{written} from {letters[source]}", of=(all_of,) if all_of is not None else (names[0],),
        label=f"{written} with {whose} of {letters[source]}",
        title=f"{called} computed with the {origin}'s {whose}",
        words=f"The line of the {origin} was copied to the {called}, and its index not changed everywhere.",
        fix="Each gate has weights and biases of its own."))
