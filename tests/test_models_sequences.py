"""Networks of sequences, text and tables: the same agrees, whichever way it is written; a mistake is named at its layer."""

import pytest
from sequence_networks import GIVEN, built

from nnparity import compare

pytestmark = pytest.mark.live
PAIRS = [("torch", "keras"), ("keras", "torch"), ("keras", "keras")]


@pytest.mark.parametrize(("a", "b"), PAIRS, ids=lambda v: v)
@pytest.mark.parametrize("name", GIVEN)
def test_what_is_the_same_agrees(name, a, b):
    found = compare(built(a, name, 1), built(b, name, 2), GIVEN[name]())
    assert found.ok and found.after < 1e-6, str(found)
    assert {row.verdict for row in found.rows} == {"agrees"}, str(found)


@pytest.mark.parametrize(("name", "options", "what"), [
    ("moe", {"axis": 1}, "axis"), ("textcnn", {"out": "softmax"}, "logits"), ("moe", {"residual": False}, "missing"),
], ids=["softmax over the steps", "probabilities", "no shortcut"])
def test_a_mistake_of_keras_is_named(name, options, what):
    found = compare(built("torch", name, 1), built("keras", name, 2, **options), GIVEN[name]())
    assert {f.what for f in found.differing} == {what}, str(found)
