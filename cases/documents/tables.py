"""The tables that document 003 prints, as golden figures, and the three ways to round under which they come out."""

from pathlib import Path

import numpy as np

from nnparity.cases.case import Golden, Training

TABLES = Path(__file__).parent / "golden"
STEPS = Training(optimizer="sgd", steps=200, learning_rates=(0.001,))
LANES = Training(optimizer="sgd", steps=200, learning_rates=(0.001,), products="two lanes")
ROUNDED = Training(optimizer="sgd", steps=200, learning_rates=(0.001,), products="float32")


def table(name: str, first: int) -> list[tuple[int, str]]:
    """(step, loss) as printed; `first` is what the document calls its first step."""
    lines = [line.split() for line in (TABLES / name).read_text().splitlines() if line and not line.startswith("#")]
    return [(int(step) - first, loss) for step, loss in (line for line in lines if len(line) == 2 and line[0].isdigit())]


def losses(name: str, first: int, source: str) -> tuple[Golden, ...]:
    return tuple(Golden("loss", (step,), figure, source) for step, figure in table(name, first))


def weights(array: str, figures, source: str) -> tuple[Golden, ...]:
    """Final parameters: figures[i][j] of the last step."""
    return tuple(Golden(array, (-1, *index), figure, source) for index, figure in np.ndenumerate(np.array(figures)))
