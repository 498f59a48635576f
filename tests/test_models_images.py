"""Networks of images and signals, as people write them: what is the same agrees, what people get wrong is named."""

from collections import Counter

import pytest
from image_networks import FLAX, INPUTS, NAMED, SEVERAL, UNEXPLAINED, built, given

from nnparity import compare

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("compiled_quickly")]


def asked(a, b, name, slip=""):
    if "flax" in (a, b):
        pytest.importorskip("flax")
    return compare(built(a, name, seed=1), built(b, name, slip, seed=2), given(name, a))


@pytest.mark.parametrize(("a", "b"), [("torch", "torch"), ("keras", "torch"), ("torch", "keras")], ids=lambda v: v)
@pytest.mark.parametrize("name", INPUTS)
def test_what_is_the_same_agrees(name, a, b):
    found = asked(a, b, name)
    assert found.ok and found.after < 1e-6, str(found)
    assert {row.verdict for row in found.rows} == {"agrees"}, str(found)


@pytest.mark.parametrize(("a", "b"), [("torch", "flax"), ("flax", "keras")], ids=lambda v: v)
@pytest.mark.parametrize("name", FLAX)
def test_with_flax_too(name, a, b):
    found = asked(a, b, name)
    assert found.ok and found.after < 1e-6, str(found)


@pytest.mark.parametrize(("name", "slip", "what", "layer"), NAMED, ids=lambda v: str(v).replace(" ", "_"))
def test_a_mistake_is_named(name, slip, what, layer):
    found = asked("torch", "torch", name, slip)
    assert not found.ok and [(f.what, f.layer_b) for f in found.differing] == [(what, layer)], str(found)


@pytest.mark.parametrize(("name", "slip", "what"), SEVERAL, ids=lambda v: v.replace(" ", "_") if isinstance(v, str) else "")
def test_a_mistake_that_is_several(name, slip, what):
    found = asked("torch", "torch", name, slip)
    assert Counter(f.what for f in found.differing) == what, str(found)
    assert found.after < 1e-6 or "input" in what, "the changes do not mend it"


@pytest.mark.parametrize(("name", "slip"), UNEXPLAINED, ids=lambda v: v.replace(" ", "_"))
def test_what_has_no_name_is_told_as_such(name, slip):
    found = asked("torch", "torch", name, slip)
    kinds = {"unexplained", "extra", "missing", "input", "shape"} | ({"kind"} if (name, slip) == ("pointnet", "mean") else set())
    assert not found.ok and {f.what for f in found.differing} <= kinds, str(found)
