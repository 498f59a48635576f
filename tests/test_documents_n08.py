"""The listing of N08, right and with the asker's line."""

import pytest
from documents.n08 import n08, n08_training

from nnparity import cases
from nnparity.cases.case import Result
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.asking.training_contract import training_config
from nnparity.reports.verdicts.run import row_of

NAMED = "the kernel's gradient xᵀ δ sent back where δ Kᵀ belongs (K21)"


def asked(name, mistakes=frozenset()):
    case = cases.named(name)
    if case.training:
        result = Result(outputs=n08_training(case.params, case.inputs, training_config(case), mistakes), grads={})
    else:
        outputs, grads = n08(case.params, case.inputs, case.cotangents, mistakes)
        result = Result(outputs=outputs, grads=grads)
    return row_of("n08", Answer(case=case, result=result))


@pytest.mark.parametrize("case", ["n08-mlp-float64-xor", "n08-mlp-float64-generic", "n08-training-float64"])
def test_listing_agrees(case):
    assert asked(case).ok


@pytest.mark.parametrize("case", ["n08-mlp-float64-xor", "n08-training-float64"])
def test_the_askers_hidden_delta_is_named(case):
    row = asked(case, {"K21"})
    assert row.verdict == "mistake" and NAMED in row.diagnosis[0].title


def test_the_askers_hidden_delta_does_not_fit_other_sizes():
    with pytest.raises(ValueError, match="broadcast"):
        asked("n08-mlp-float64-generic", {"K21"})
