"""How Hypothesis draws: the same examples at every run. Import this before the first `@given` and call `load`."""

import os

from hypothesis import Phase, settings


def load(max_examples):
    """As many examples as asked for; under mutation testing a few, and a failing one is not made smaller."""
    mutating = "MUTANT_UNDER_TEST" in os.environ
    settings.register_profile("steady", deadline=None, derandomize=True, max_examples=8 if mutating else max_examples,
                              **({"phases": (Phase.explicit, Phase.generate)} if mutating else {}))
    settings.load_profile("steady")
