"""The atlas's formulas: against what the frameworks were recorded to answer, and by hand where none answers. No framework."""

import math
import re
from dataclasses import replace
from pathlib import Path
from statistics import NormalDist
from types import ModuleType

import numpy as np
import pytest

from nnparity.cases import atlas_recording as recorded
from nnparity.cases.atlas import atlas
from nnparity.cases.convention import REFUSES
from nnparity.reference_impl import atlas as formulas
from nnparity.reference_impl.atlas import FORMULAS, value
from nnparity.reports.atlas.measure import tolerance

ROWS = [row for row in atlas().values() if row.probe.match == "value"]


@pytest.mark.parametrize("group", sorted({row.group for row in ROWS}))
def test_every_recorded_answer_is_the_value_of_its_variant(group):
    """The formulas are computed anew, the frameworks' numbers are not. tests/test_atlas.py has how far variants lie apart."""
    for row in (row for row in ROWS if row.group == group):
        for column, cell in recorded.load().get(row.id, {}).items():
            if cell["variant"] not in (None, REFUSES):
                assert is_recorded(row, value(row, row.variant(cell["variant"])), cell["answer"]), f"{row.id} on {column}"


def is_recorded(row, expected, answer):
    """Whether a variant's value is this answer, which was rounded to nine digits when it was recorded."""
    if isinstance(expected, str) or isinstance(answer, str) and answer not in ("inf", "-inf", "nan"):
        return answer == expected
    answer, expected = np.squeeze(np.asarray(answer, float)), np.squeeze(np.asarray(expected))
    if answer.shape != expected.shape:
        return False
    exponent = np.floor(np.log10(np.where(np.isfinite(answer) & (answer != 0), np.abs(answer), 1e-300)))
    half_a_digit = 0.5 * 10**(exponent - 8)
    return np.isclose(expected, answer, rtol=0, atol=tolerance(row) + half_a_digit, equal_nan=True).all()


def test_a_formula_that_there_is_not_is_named():
    row = ROWS[0]
    wrong = replace(row, probe=replace(row.probe, compute="nothing"))
    words = f"{row.id}: there is no formula 'nothing'; there are {', '.join(sorted(FORMULAS))}"
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        value(wrong, wrong.variants[0])


def test_every_formula_is_listed_and_no_helper():
    assert formulas._functions() == FORMULAS
    assert {"layer", "activation", "optimizer", "constant", "uniform", "dense_kernel"} <= FORMULAS.keys()
    assert not any(name.startswith("_") for name in FORMULAS) and FORMULAS["uniform"].__module__.endswith("initialiser")


def test_two_formulas_of_one_name_are_an_error(monkeypatch):
    def import_module(name):
        module = ModuleType(name)
        exec("def same(): pass", module.__dict__)
        return module
    monkeypatch.setattr(formulas, "import_module", import_module)
    first, second = sorted(path.stem for path in Path(formulas.__file__).parent.glob("[a-z]*.py"))[:2]
    words = f"two formulas are called same: {formulas.__name__}.{first} and {formulas.__name__}.{second}"
    with pytest.raises(ValueError, match=f"^{words}$"):
        formulas._functions()


@pytest.mark.parametrize("kernel, same, stride, y", [
    ([1, 10], "fewest", 1, [21, 32, 43, 4]), ([1, 10], "fewest", 2, [21, 43]), ([1, 10], "fewest", 3, [21, 4]),
    ([1, 10, 100], "fewest", 1, [210, 321, 432, 43]), ([1, 10, 100], "symmetric", 1, [210, 321, 432, 43]),
    ([1, 10, 100], "fewest", 2, [321, 43]), ([1, 10, 100], "symmetric", 2, [210, 432]), ([1], "fewest", 3, [1, 4])])
def test_a_padded_correlation_by_hand(kernel, same, stride, y):
    """Of x = 1 2 3 4."""
    got = FORMULAS["correlation_same"](x=[1, 2, 3, 4], kernel=kernel, stride=stride, same=same)
    np.testing.assert_array_equal(got, y)
    assert got.dtype == np.float64


def test_uniform_and_truncated_normal_distributions_by_hand():
    np.testing.assert_array_equal(FORMULAS["uniform"](bound=2.0)([-3, -2, -1, 0, 1, 2, 3]), [0, 0, 0.25, 0.5, 0.75, 1, 1])
    F = FORMULAS["truncated_normal"](std=0.5, cut=2.0)
    exact, cut = NormalDist(0, 0.5), NormalDist(0, 1).cdf(-2)
    for x in (-0.9, -0.2, 0.0, 0.35, 1.0):
        assert F(x) == pytest.approx((exact.cdf(x) - cut) / (1 - 2 * cut), abs=1e-15)
    assert F(-5) == 0 and F(5) == 1
    assert F(0.1).dtype == FORMULAS["uniform"](bound=2.0)(0.1).dtype == np.float64


def test_the_kernels_of_dense_layers_by_hand():
    fans = {"fan_in": 30, "fan_out": 10}
    torch, glorot, lecun = (FORMULAS["dense_kernel"](**fans, distribution=name)
                            for name in ("torch_uniform", "glorot_uniform", "lecun_normal"))
    x = 0.1
    assert torch(x) == pytest.approx((x * math.sqrt(30) + 1) / 2, rel=1e-15)
    assert glorot(x) == pytest.approx((x * math.sqrt(40 / 6) + 1) / 2, rel=1e-15)
    std = math.sqrt(1 / 30) / 0.87962566103423978
    assert lecun(x) == FORMULAS["truncated_normal"](std=std, cut=2.0)(x)
    grid = np.linspace(-2 * std, 2 * std, 200_001)
    variance = (np.diff(lecun(grid)) * ((grid[1:] + grid[:-1]) / 2)**2).sum()
    assert variance == pytest.approx(1 / 30, rel=1e-6)


def test_a_layer_an_activation_and_an_optimizer_as_a_probe_asks_for_them():
    x = {"x": [[1, 2], [3, 5]]}
    np.testing.assert_array_equal(FORMULAS["layer"](kind="dense", inputs=x, params={"kernel": [[2], [1]], "bias": [10]}),
                                  [[14], [21]])
    np.testing.assert_array_equal(FORMULAS["layer"](kind="dense", inputs=x, params={"kernel": [[2], [1]], "bias": [10]},
                                                    gradient_of="kernel"), [[4], [7]])
    running = x | {"running_mean": [0, 0], "running_variance": [1, 1]}
    np.testing.assert_allclose(FORMULAS["layer"](kind="batch_norm", inputs=running, output="running_mean", momentum=0.5),
                               [1, 1.75])
    tokens = {"kind": "embedding", "inputs": {"x": [1, 0, 1]}, "params": {"table": [[1, 2], [3, 4]]}}
    np.testing.assert_array_equal(FORMULAS["layer"](**tokens), [[3, 4], [1, 2], [3, 4]])
    np.testing.assert_array_equal(FORMULAS["layer"](**tokens, gradient_of="table"), [[1, 1], [2, 2]])
    np.testing.assert_array_equal(FORMULAS["activation"](function="leaky_relu", x=[-1, 2], slope=0.5), [-0.5, 2])
    np.testing.assert_array_equal(FORMULAS["activation"](function="leaky_relu", x=[-1, 2], slope=0.5, derivative=True), [0.5, 1])
    np.testing.assert_allclose(FORMULAS["optimizer"](name="momentum", p=[1.0], gradients=[[1], [1]], rates=0.5, beta=0.5),
                               [1 - 0.5 - 0.75])
    np.testing.assert_allclose(FORMULAS["optimizer"](name="adam", p=[1.0], gradients=[[1], [1]], rates=[0.5, 0.25], epsilon=0.0),
                               [0.25])
    derivative = FORMULAS["activation"](function="leaky_relu", x=np.array([1], "float32"), derivative=True)
    assert derivative.dtype == np.float64
    assert type(FORMULAS["constant"](value="text")) is str and type(FORMULAS["constant"](value=[1, 2])) is np.ndarray
    np.testing.assert_array_equal(FORMULAS["constant"](value=[1, 2]), np.array([1, 2]))


def test_the_derivative_of_relu_at_zero_is_what_one_says():
    np.testing.assert_array_equal(FORMULAS["relu_derivative"](x=[-1, 0, 0.5], at_zero=0.25), [0, 0.25, 1])
