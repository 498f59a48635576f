"""Planting: what an edit needs of the source, what it does not, and what a wrong world shares with the right one."""

from dataclasses import replace

import numpy as np
import pytest

from nnparity import cases, reference_impl
from nnparity.reference_impl import RIGHT, network, training
from nnparity.reference_impl.layers import windows
from nnparity.reference_impl.mistakes import MISTAKES, Edit, misfit, plant, source, stale
from nnparity.reference_impl.mistakes.plant import _planted, world_from

CASES = {case.name: case for case in cases.all_cases()}
GENERIC = CASES["gru-after-float64-generic"]
GRU = [m for m in MISTAKES.values() if m.module == "layers.gru"]


@pytest.fixture
def reads(monkeypatch, tmp_path):
    """Makes a module's file read otherwise: a function of the module and of {what it says: what it says then}."""
    remembered = source.source, source.parsed, source.functions, source.uses, source.reached, _planted

    def change(module, edits):
        text = source.FILES[module].read_text(encoding="utf-8")
        for old, new in edits.items():
            assert old in text
            text = text.replace(old, new)
        compile(text, module, "exec")
        path = tmp_path / source.FILES[module].name
        path.write_text(text, encoding="utf-8")
        monkeypatch.setitem(source.FILES, module, path)
        for function in remembered:
            function.cache_clear()

    yield change
    for function in remembered:
        function.cache_clear()


# ------------------------------------------------------------------------------------------ what may change, and what not


def test_a_line_like_it_in_another_function_does_not_matter(reads):
    """Quotes of three functions, each once more elsewhere in the file."""
    reads("layers.gru", {"def gates_first(params, name):\n": (
        "def another(dh, dy, s, dn, n):\n    dh = dh + dy[s]\n    da_n = dn * (1 - n**2)\n    np.tanh(a_t[2] + r * u, out=n)\n"
        "    return da_n\n\n\ndef gates_first(params, name):\n")})
    assert {m.id: misfit(m) for m in GRU if misfit(m)} == {}
    quoted = {"dh = dh + dy[s]", "da_n = dn * (1 - n**2)", "np.tanh(a_t[2] + r * u, out=n)"}
    assert quoted <= {edit.right for m in GRU for edit in m.edits}


def test_renaming_what_no_mistake_quotes_does_not_matter(reads):
    """An import, local variables, and the place of the functions in their file."""
    reads("layers.gru", {"config import choice\n": "config import choice as one_of\n", "    choice(": "    one_of(",
                         "lead": "leading", "dtype": "kind", "through_r, through_z = da": "through_r, through_z = 1 * da",
                         "\n\n\ndef gru(": "\n\n\n# further down now\ndef gru("})
    assert {m.id: misfit(m) for m in GRU if misfit(m)} == {}


def test_a_changed_line_is_told_of_the_mistakes_that_quote_it_and_of_no_other(reads):
    right = "da_n = dn * (1 - n**2)"
    reads("layers.gru", {right: "da_n = dn * (1 - n * n)"})
    quoting = {m.id for m in GRU if right in [edit.right for edit in m.edits]}
    told = stale.__wrapped__()
    assert set(told) == quoting and len(quoting) > 2
    assert all("occurs 0 times in local_derivatives of gru.py, expected once" in why for why in told.values())


def test_a_function_that_is_gone_is_told_and_stops_nothing(reads):
    reads("layers.gru", {"local_derivatives(": "slopes("})
    told = stale.__wrapped__()
    assert set(told) == {m.id for m in GRU if "local_derivatives" in [edit.function for edit in m.edits]}
    assert all("layers.gru has no function 'local_derivatives'" in why for why in told.values())
    assert plant(MISTAKES["gru-no-time"]).layers


def test_an_inner_function_is_looked_at_alone():
    """`dense` and its vjp: what one of the two says is not found in the other."""
    edit = MISTAKES["dense-back-not-transposed"].edit
    assert edit.function == "dense.vjp"
    inside = replace(MISTAKES["dense-bias-subtracted"].edit, function="dense.vjp")
    moved = replace(MISTAKES["dense-bias-subtracted"], edit=inside)
    assert "occurs 0 times in dense.vjp of dense.py" in misfit(moved)
    assert not misfit(replace(moved, edit=replace(inside, function="dense")))


def test_edits_of_one_function_follow_each_other():
    """The second is looked for in what the first has left."""
    first = Edit(function="backward", right="dh = dh + dy[s]", wrong="dh = dy[s] + 0 * dh")
    second = Edit(function="backward", right="dy[s] + 0 * dh", wrong="dy[s]")
    mistake = replace(MISTAKES["gru-no-time"], edit=first, also=(second,))
    ((key, text),) = plant(mistake).source.items()
    assert key == ("layers.gru", "backward") and text.count("dh = dy[s]\n") == 1
    with pytest.raises(ValueError, match="occurs 0 times"):
        plant(MISTAKES["gru-no-time"], MISTAKES["gru-clipped"])
    with pytest.raises(ValueError, match="pool-divided-by-stride and pool-not-divided: "):  # no Python together
        plant(MISTAKES["pool-divided-by-stride"], MISTAKES["pool-not-divided"])


# -------------------------------------------------------------------------------------------- what a wrong world is made of


def test_a_world_shares_with_the_right_one_what_does_not_lead_to_its_mistake():
    right = dict(network.LAYERS)
    world = plant(MISTAKES["gru-update-swapped"])
    assert {kind for kind in right if world.layers[kind] is not right[kind]} == {"gru"}
    assert right == network.LAYERS == RIGHT.layers
    assert world.layers["gru"].__globals__["forward"].__code__ != right["gru"].__globals__["forward"].__code__
    assert world.layers["gru"].__globals__["backward"].__code__ is right["gru"].__globals__["backward"].__code__


def test_nothing_of_the_right_reference_is_touched():
    """Answers before and after, on a case of each layer, with a mistake of every module planted in between."""
    few = {case.layers[0].kind: case for case in CASES.values() if case.dtype == "float64" and not case.training}.values()
    before = [reference_impl.run(case) for case in few]
    for mistake in {m.module: m for m in MISTAKES.values()}.values():
        plant(mistake)
    for case, known in zip(few, before):
        again = reference_impl.run(case)
        assert all(np.array_equal(a, again.grads[name], equal_nan=True) for name, a in known.grads.items()), case.name
        assert all(np.array_equal(a, again.outputs[name], equal_nan=True) for name, a in known.outputs.items()), case.name


def test_a_wrong_activation_is_looked_up_by_all_that_use_it():
    """Through a dict, a wrapper, a module that is imported whole, and default arguments."""
    world = plant(MISTAKES["activation-tanh-no-square"])
    activations = world.layers["dense"].__globals__["activate"].__globals__
    for kind in ("conv2d", "activation"):
        assert world.layers[kind].__globals__["activate"].__globals__ is activations
    for kind, shared in (("lstm", "elementwise"), ("simple_rnn", "elementwise"), ("gru", "sigmoid")):
        recurrence = world.layers[kind].__globals__[shared].__globals__
        assert vars(recurrence["activations"]) is activations
    assert world.layers["embedding"] is RIGHT.layers["embedding"]
    assert world.training.loss_and_grads.__defaults__ == (world.network.LAYERS,)
    assert world.training.LAYERS is world.network.LAYERS is not network.LAYERS
    a, dy = np.array([[0.5, -1.0]]), np.array([[1.0, 2.0]])
    for name, slope in (("tanh", 1 - np.tanh(a)), ("relu", [[1.0, 0.0]])):
        _, vjp = activations["activate"]("x", name, a, {})
        np.testing.assert_allclose(vjp(dy), dy * slope)


def test_a_wrong_default_is_a_default_of_the_wrong_world():
    """The mistake adds a parameter to loss_and_grads; the layers that stand there by default are the world's."""
    world = plant(MISTAKES["chain-updated-before-used"])
    assert world.training.loss_and_grads.__defaults__ == (world.network.LAYERS, 0.0)
    assert training.loss_and_grads.__defaults__ == (network.LAYERS,)


def test_a_wrong_method_belongs_to_a_class_of_the_wrong_world():
    world = plant(MISTAKES["conv-padding-border"])
    wrong = world.layers["conv1d"].__globals__["windows"].__globals__["Windows"]
    assert wrong is not windows.Windows and wrong.pad.__code__ != windows.Windows.pad.__code__
    assert wrong.view.__code__ is windows.Windows.view.__code__
    assert type(world.layers["max_pool1d"].__globals__["windows"]("x", (4,), 2, 1, "same")) is wrong
    assert type(windows.windows("x", (4,), 2, 1, "same")) is windows.Windows


def test_copies_of_modules_in_which_nothing_is_wrong_are_the_worlds_own():
    world = world_from({}, own=("activations", "optimizers"))
    activations = world.layers["activation"].__globals__["ACTIVATIONS"]
    activations["tanh"] = None
    assert world.layers["dense"].__globals__["activate"].__globals__["ACTIVATIONS"] is activations
    assert RIGHT.layers["activation"].__globals__["ACTIVATIONS"]["tanh"] is not None
    assert world.training.OPTIMIZERS is not training.OPTIMIZERS and not world.source
