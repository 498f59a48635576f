"""Parameters that are no layer's go from one model into the other, and a layer is known where the other model writes it out."""

import numpy as np
import pytest
from parameters_of_own import OF_TORCH, WAYS, built, given

from nnparity import compare

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("compiled_quickly")]
PAIRS = [(a, b) for a in ("torch", "keras", "flax") for b in ("torch", "keras", "flax")]


def asked(one, other, name, **options):
    (of_a, way_a), (of_b, way_b) = one, other
    x = given(name)
    if of_a != "torch" and x.ndim == 4:
        x = np.moveaxis(x, 1, -1)
    if "flax" in (of_a, of_b):
        pytest.importorskip("flax")
    return compare(built(of_a, name, way_a, seed=1), built(of_b, name, way_b, seed=2, **options), x)


def agrees(found):
    assert found.ok and found.after < 1e-6, str(found)
    assert {row.verdict for row in found.rows} == {"agrees"}, str(found)


@pytest.mark.parametrize(("a", "b"), PAIRS, ids=lambda v: v)
@pytest.mark.parametrize("name", WAYS)
def test_what_is_the_same_agrees(name, a, b):
    for way_a in WAYS[name]:
        for way_b in WAYS[name]:
            agrees(asked((a, way_a), (b, way_b), name))


@pytest.mark.parametrize("name", OF_TORCH)
def test_a_layer_and_the_same_by_functions(name):
    for way_a in OF_TORCH[name]:
        for way_b in OF_TORCH[name]:
            agrees(asked(("torch", way_a), ("torch", way_b), name))


def test_they_are_rows_of_the_table():
    found = asked(("torch", "parameter"), ("torch", "parameter"), "vit")
    assert [(r.layer_a, r.layer_b, r.weights) for r in found.rows if r.kind == "parameter"] == [
        ("cls_token", "cls_token", "moved"), ("pos_embed", "pos_embed", "moved")] or str(found)


def test_one_that_was_not_loaded_is_named():
    import torch
    a, b = built("torch", "vit", "parameter"), built("torch", "vit", "parameter")
    agrees(compare(a, b, given("vit")))
    with torch.no_grad():
        b.pos_embed.copy_(torch.randn(1, 5, 8))
    found = compare(a, b, given("vit"))
    (f,) = found.differing
    assert (f.what, f.layer_a, f.layer_b) == ("not_loaded", "pos_embed", "pos_embed") and found.loaded and found.after == 0
    with torch.no_grad():
        b.pos_embed.copy_(a.pos_embed)
    agrees(compare(a, b, given("vit")))


def test_one_that_holds_another_order_of_its_axes_is_named():
    import torch

    class Square(torch.nn.Module):
        def __init__(self, turned):
            super().__init__()
            self.turned, self.w, self.o = turned, torch.nn.Parameter(torch.randn(6, 6)), torch.nn.Linear(6, 2)

        def forward(self, x):
            return self.o(x @ (self.w.T if self.turned else self.w))
    x = np.random.default_rng(0).normal(size=(4, 6))
    a, b = Square(False), Square(True)
    agrees(compare(a, b, x))  # moved, it is turned
    b.load_state_dict(a.state_dict())
    found = compare(a, b, x)
    assert [(f.what, f.layer_b) for f in found.differing] == [("transposed", "w")] and found.after < 1e-12, str(found)


@pytest.mark.parametrize(("a", "way", "b", "other", "name", "options", "what"), [
    ("torch", "written out", "torch", "layer", "rms", {"eps": 1e-3}, "epsilon"),
    ("torch", "layer", "torch", "written out", "rms", {"eps": 1e-3}, "epsilon"),
    ("keras", "layer", "torch", "written out", "rms", {"eps": 1e-3, "outside": True}, "epsilon"),
    ("keras", "written out", "torch", "layer", "rms", {"eps": 1e-5}, "epsilon"),
    ("torch", "layer", "torch", "written out", "layer norm", {}, "divisor"),
    ("torch", "written out", "torch", "layer", "layer norm", {}, "divisor"),
    ("torch", "parameter", "keras", "parameter", "vit", {"epsilon": 1e-3}, "epsilon"),
], ids=["epsilon of a layer", "epsilon by hand", "epsilon outside the root", "keras by hand", "sample by hand",
        "sample, B a layer", "epsilon beside parameters"])
def test_a_mistake_beside_them_is_named(a, way, b, other, name, options, what):
    found = asked((a, way), (b, other), name, **options)
    assert {f.what for f in found.differing} == {what}, str(found)


@pytest.mark.parametrize(("options", "words"), [({"last": True}, "hands it its numbers in another order"),
                                                ({"before": True}, "(2, 4, 8) in the place of")],
                         ids=["token behind", "position in front of the token"])
def test_a_token_that_stands_elsewhere(options, words):
    found = asked(("torch", "parameter"), ("torch", "parameter"), "vit", **options)
    assert not found.ok and words in " ".join(str(found).split()), str(found)


def test_a_constant_that_is_no_parameter_is_compared():
    import torch

    class Table(torch.nn.Module):
        def __init__(self, halves):
            super().__init__()
            angles = torch.arange(7)[:, None] / 100 ** (torch.arange(3) / 3)
            both = [torch.sin(angles), torch.cos(angles)]
            self.register_buffer("table", torch.cat(both, -1) if halves else torch.stack(both, -1).flatten(-2))
            self.d, self.o = torch.nn.Linear(6, 6), torch.nn.Linear(6, 4)

        def forward(self, x):
            return self.o(self.d(x) + self.table)
    x = np.random.default_rng(0).normal(size=(3, 7, 6))
    agrees(compare(Table(True), Table(True), x))
    found = compare(Table(True), Table(False), x)
    (f,) = found.differing
    words = "what is B's own constant (7, 6) in the place of what is A's own constant (7, 6), the same numbers in another order"
    assert f.layer_b == "add" and f.verified and words in f.words, str(found)


def test_an_addition_of_zeros_alarms_nobody():
    import torch

    class Net(torch.nn.Module):
        def __init__(self, more):
            super().__init__()
            self.more, self.l = more, torch.nn.Linear(6, 6)
            self.register_buffer("none", torch.zeros(1, 6))

        def forward(self, x):
            y = torch.relu(self.l(x))
            return x + (y + self.none if self.more else y)
    x = np.random.default_rng(0).normal(size=(4, 6))
    agrees(compare(Net(False), Net(True), x))
    agrees(compare(Net(True), Net(False), x))


def test_a_table_in_single_precision_is_no_cause():
    """cos and sin computed in float32 in the one model and in float64 in the other: what they return agrees to 1e-7."""
    import torch

    class Rotary(torch.nn.Module):
        def __init__(self, dtype, pairs=False):
            super().__init__()
            angles = torch.arange(7, dtype=dtype)[:, None] / 100 ** (torch.arange(3, dtype=dtype) / 3)
            self.register_buffer("cos", torch.cos(angles).double())
            self.register_buffer("sin", torch.sin(angles).double())
            self.pairs, self.d, self.o = pairs, torch.nn.Linear(6, 6), torch.nn.Linear(6, 4)

        def forward(self, x):
            x = self.d(x)
            a, b = (x[..., ::2], x[..., 1::2]) if self.pairs else x.chunk(2, -1)
            return self.o(torch.cat([a * self.cos - b * self.sin, b * self.cos + a * self.sin], -1))
    x = np.random.default_rng(0).normal(size=(3, 7, 6))
    found = compare(Rotary(torch.float32), Rotary(torch.float64), x)
    assert found.ok and 1e-10 < found.after < 1e-6, str(found)
    found = compare(Rotary(torch.float64), Rotary(torch.float64, pairs=True), x)
    assert not found.ok, str(found)
