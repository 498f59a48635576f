"""Troubles: every detector speaks on the wrong set-up, is silent on the right one, and never accuses a right network."""

import numpy as np
import pytest

from nnparity import cases
from nnparity.reference_impl.mistakes import MISTAKES, TROUBLES

SEEDS = range(40)


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=lambda t: t.id)
def test_detector_speaks_on_the_wrong_set_up_and_not_on_the_right_one(trouble):
    """Forty random set-ups of each."""
    for seed in SEEDS:
        assert trouble.detect(**trouble.wrong(np.random.default_rng(seed))), f"silent, seed {seed}"
        assert not (said := trouble.detect(**trouble.right(np.random.default_rng(seed)))), f"seed {seed}: {said}"


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=lambda t: t.id)
def test_entry_of_a_trouble_is_complete(trouble):
    assert all((trouble.title, trouble.symptom, trouble.fix, trouble.correct, trouble.mistaken, trouble.detect.__doc__))
    assert not trouble.case or cases.named(trouble.case)
    assert trouble.id not in MISTAKES


def test_every_trouble_of_the_documents_has_a_detector():
    sources = " ".join(t.source for t in TROUBLES.values())
    for k in (20, 22, 23, 26, 27, 34, 35, 44, 46, 47, 49, 50, 51):
        assert f"K{k}" in sources
