"""The catalogue of conventions: one file a layer."""

from collections.abc import Mapping
from typing import Any

from nnparity.cases.conventions import activation, convolution, gru, loss, lstm, normalisation, optimizer, simple_rnn

MODULES = (gru, lstm, simple_rnn, convolution, normalisation, activation, loss, optimizer)

CONVENTIONS = {convention.id: convention for module in MODULES for convention in module.CONVENTIONS}

# layer kind -> (config -> its equations in LaTeX, one a line); reports/formula.py makes the text for a terminal of them
EQUATIONS = {"gru": gru.equations, "lstm": lstm.equations, "simple_rnn": simple_rnn.equations}

# layer kind -> every valid config, the one that most frameworks default to first
CONFIGS: dict[str, tuple[Mapping[str, Any], ...]] = {"gru": gru.CONFIGS, "lstm": lstm.CONFIGS, "simple_rnn": simple_rnn.CONFIGS}


def of_layer(kind: str):
    """The catalogued conventions of one layer kind or optimizer; empty where it has none."""
    return tuple(c for c in CONVENTIONS.values() if c.layer == kind)
