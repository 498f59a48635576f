"""The layers written out compute what the reference computes, and slips in them are named."""

from functools import cache

import numpy as np
import pytest

from nnparity.cases import all_cases
from nnparity.reference_impl import RIGHT, World
from nnparity.reference_impl.plain import PROGRAMS, has_program, written

EDGES = ("impossible", "sure", "saturated", "large")  # where the textbook's form gives inf or nan


@cache
def of_kind(kind: str):
    """One case of a kind for each config."""
    cases = [case for case in all_cases() if not case.training and len(case.layers) == 1 and case.layers[0].kind == kind
             and case.dtype == np.float64 and has_program(case.layers[0]) and not any(edge in case.name for edge in EDGES)]
    return {str(case.layers[0].config): case for case in cases}.values()


@pytest.mark.parametrize("kind", sorted(set(PROGRAMS) - {"softmax_cross_entropy"}))
def test_a_layer_written_out_computes_the_same(kind):
    for case in of_kind(kind):
        layer = case.layers[0]
        mine, right = World({**RIGHT.layers, layer.kind: written(layer.kind)}).run(case), RIGHT.run(case)
        for got, expected in ((mine.outputs, right.outputs), (mine.grads, right.grads)):
            assert got.keys() == expected.keys()
            for name in expected:
                np.testing.assert_allclose(got[name], expected[name], rtol=1e-8, atol=1e-11, err_msg=f"{case.name} {name}")
