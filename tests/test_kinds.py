"""What cases/kinds.py says of each layer is what the layers of the reference take and give."""

from itertools import chain

import pytest

from nnparity import cases, reference_impl
from nnparity.cases.case import Layer
from nnparity.cases.kinds import GATES, KINDS, RECURRENT, axes, axes_of, owner
from nnparity.reference_impl.network import LAYERS, describe

ALONE = [case for case in cases.all_cases() if len(case.layers) == 1 and case.dtype == "float64"]


def test_every_layer_of_the_reference_has_its_facts():
    assert KINDS.keys() == LAYERS.keys()
    assert {*RECURRENT} == {"gru", "lstm", "simple_rnn"} and GATES == {"gru": "rzn", "lstm": "ifgo"}


@pytest.mark.parametrize("case", cases.all_cases(), ids=str)
def test_every_array_of_a_case_has_a_name_for_each_axis(case):
    for name, a in chain(case.params.items(), case.inputs.items(), case.cotangents.items()):
        named = axes_of(case, name, a.ndim)
        assert len(named) == a.ndim, f"{name}: {named}"
    assert axes_of(case, "no_such_array", 2) == ()


@pytest.mark.parametrize("case", [c for c in ALONE if "square" not in c.name], ids=str)
def test_axes_of_one_name_are_equally_long_and_of_two_names_are_not_exchanged(case):
    """Within one layer: its kernel's input is x's, its output y's."""
    lengths = {}
    for name, a in chain(case.params.items(), case.inputs.items(), case.cotangents.items()):
        for axis, n in zip(axes_of(case, name, a.ndim), a.shape, strict=True):
            assert lengths.setdefault(axis, n) == n, f"{name}: {axis}"
    kind = KINDS[case.layers[0].kind]
    assert lengths.get("gates", len(kind.gates)) == len(kind.gates)
    assert lengths.get("peepholes", len(kind.peepholes)) == len(kind.peepholes)


@pytest.mark.parametrize("case", ALONE, ids=str)
def test_a_layer_takes_and_gives_the_arrays_of_its_kind(case):
    kind, answer = KINDS[case.layers[0].kind], reference_impl.run(case)
    assert case.params.keys() <= kind.params.keys() and case.inputs.keys() <= kind.inputs.keys()
    given = {"y": "x", "loss": "y"} if kind.loss else {}
    assert {given.get(name, name) for name in answer.outputs} <= {*kind.outputs, *kind.inputs}
    assert kind.recurrent == (f"{(kind.states or 'h')[0]}_n" in answer.outputs), describe(case.layers[0])


@pytest.mark.parametrize("kind, name, ndim, config, named", [
    ("conv2d", "y", 4, {}, ("batch", "filters", "output height", "output width")),
    ("conv2d", "kernel", 4, {"groups": 2}, ("filters", "channels/groups", "kernel height", "kernel width")),
    ("batch_norm", "x", 4, {"axis": 1}, ("batch", "channels", "height", "width")),
    ("batch_norm", "x", 4, {"axis": -1}, ("batch", "height", "width", "channels")),
    ("batch_norm", "x", 2, {"axis": -1}, ("batch", "channels")),
    ("batch_norm", "x", 5, {}, ()),
    ("dense", "x", 3, {}, ("batch", "time", "input")),
    ("dense", "kernel", 2, {"bias": "kernel_last_row"}, ("input and bias", "output")),
    ("dense", "x", 1, {}, ()),
    ("lstm", "peephole", 2, {}, ("peepholes", "hidden")),
    ("softmax_cross_entropy", "target", 1, {"labels": "sparse"}, ("batch",)),
    ("softmax_cross_entropy", "y", 2, {"reduction": "none"}, ("batch", "time")),
    ("squared_error", "y", 1, {"reduction": "per_class"}, ("features",)),
    ("squared_error", "y", 0, {}, ()),
])
def test_axes_under_options(kind, name, ndim, config, named):
    assert axes(kind, name, ndim, config) == named


def test_whose_an_array_of_a_chain_is():
    case = cases.named("conv2d-chain-float64")
    first, _, second = case.network
    assert owner(case, "x") == (first, "x") and owner(case, "y") == (second, "y")
    assert owner(case, "second/kernel") == (second, "kernel") and owner(case, "third/kernel") == (None, "kernel")
    alone = cases.named("loss-squared_error-mean-float64")
    assert owner(alone, "y") == (alone.loss, "x") and owner(alone, "loss") == (alone.loss, "y")
    assert isinstance(owner(alone, "target")[0], Layer)
