"""What holds for all inputs: of the comparison, of the weight layouts, of the GRU itself. No framework."""

import numpy as np
import pytest
import steady
from hypothesis import given, settings
from hypothesis import strategies as st

from nnparity import reference_impl
from nnparity.cases.case import Result
from nnparity.cases.layers.gru import VARIANTS, gru_case
from nnparity.oracles.layouts import LAYOUTS
from nnparity.reports.comparison.compare import allowed_error, compare, compare_arrays
from nnparity.reports.comparison.expectation import expectation

steady.load(max_examples=50)

seeds = st.integers(0, 2**32 - 1)
sizes = (st.permutations([2, 4, 5, 6, 7, 8])
         .map(lambda n: dict(zip(("batch", "time", "input", "hidden"), n, strict=False)))
         .filter(lambda named: named["time"] >= 4))


def random_case(seed, sizes, variant="after"):
    return gru_case("random", VARIANTS[variant], seed=seed, sizes=sizes, scale=0.5, catches="anything")


@given(seed=seeds, shape=st.lists(st.integers(1, 4), min_size=1, max_size=3), dtype=st.sampled_from(["float32", "float64"]))
def test_an_array_agrees_with_itself_and_not_when_one_element_leaves_its_allowance(seed, shape, dtype):
    rng = np.random.default_rng(seed)
    b = rng.standard_normal(shape).astype(dtype)
    allowed = allowed_error(b, rng.uniform(0.1, 3, shape))
    assert compare_arrays("a", b, b, allowed).error == 0
    wrong, index = b.copy(), tuple(int(rng.integers(n)) for n in shape)
    wrong[index] += 2 * allowed[index] + 4 * np.spacing(np.abs(b[index]))
    agreement = compare_arrays("a", wrong, b, allowed)
    assert not agreement.ok and agreement.worst == index and agreement.wrong == 1


@given(seed=seeds, scale=st.floats(1e-6, 1e6))
def test_allowed_error_scales_with_the_array(seed, scale):
    rng = np.random.default_rng(seed)
    b, noise = rng.standard_normal(20), rng.uniform(0, 30, 20)
    allowed = allowed_error(b, noise)
    np.testing.assert_allclose(allowed_error(scale * b, scale * noise), scale * allowed, rtol=1e-12)


@pytest.mark.parametrize("framework, kind", [(f, "gru") for f in ("torch", "keras")])
@given(seed=seeds, hidden=st.integers(1, 5), features=st.integers(1, 5), biases=st.booleans())
def test_layout_round_trip(framework, kind, seed, hidden, features, biases):
    """Packing and back loses nothing, for any sizes, with one bias or two. (The other frameworks store less: test_port.py.)"""
    draw = np.random.default_rng(seed).standard_normal
    params = {"kernel": draw((3, features, hidden)), "recurrent_kernel": draw((3, hidden, hidden)), "bias": draw((3, hidden))}
    if biases:
        params["recurrent_bias"] = draw((3, hidden))
    layout = LAYOUTS[framework][kind]
    back = layout.unpack(layout.pack(params))
    assert back.keys() == params.keys()
    for name, a in params.items():
        np.testing.assert_array_equal(back[name], a)


@settings(max_examples=20)
@given(seed=seeds, sizes=sizes, variant=st.sampled_from(sorted(VARIANTS)), cut=st.integers(1, 3))
def test_a_gru_in_two_parts_is_the_gru_in_one(seed, sizes, variant, cut):
    """Running the first steps, then the rest from the state they left, gives every state of the whole."""
    case = random_case(seed, sizes, variant)
    layer, config = reference_impl.LAYERS["gru"], VARIANTS[variant]
    whole, _ = layer(case.params, case.inputs, **config)
    if sizes["time"] <= cut:
        return
    first, _ = layer(case.params, {**case.inputs, "x": case.inputs["x"][:, :cut]}, **config)
    rest, _ = layer(case.params, {"x": case.inputs["x"][:, cut:], "h0": first["h_n"]}, **config)
    np.testing.assert_allclose(np.concatenate([first["y"], rest["y"]], 1), whole["y"], rtol=0, atol=1e-14)


@settings(max_examples=20)
@given(seed=seeds, sizes=sizes)
def test_swapping_the_update_gate_is_negating_its_weights(seed, sizes):
    """σ(-a) = 1 - σ(a): the two conventions compute the same functions with other weights."""
    case = random_case(seed, sizes)
    negated = {name: np.concatenate([a[:1], -a[1:2], a[2:]]) for name, a in case.params.items()}
    layer = reference_impl.LAYERS["gru"]
    keep, _ = layer(case.params, case.inputs, update="keep")
    replace, _ = layer(negated, case.inputs, update="replace")
    np.testing.assert_allclose(replace["y"], keep["y"], rtol=0, atol=1e-14)


@settings(max_examples=20)
@given(seed=seeds, sizes=sizes, element=st.integers(0, 10**6), size=st.sampled_from([1e-12, 1e-6, 1.0]))
def test_any_wrong_element_of_any_gradient_is_noticed(seed, sizes, element, size):
    case = random_case(seed, sizes)
    right = reference_impl.run(case)
    names = list(right.grads)
    name = names[element % len(names)]
    wrong = right.grads[name].copy()
    wrong.flat[element % wrong.size] += size * np.abs(wrong).max()
    answer = Result(outputs=right.outputs, grads={**right.grads, name: wrong})
    assert [a.path for a in compare(answer, *expectation(case)) if not a.ok] == [f"grads/{name}"]
