"""Two models held against each other: what is right agrees, each planted mistake is named with its layer, and nothing else is."""

import json
import re
from types import SimpleNamespace

import numpy as np
import ported
import pytest
from ported.planted import PLANTED

from nnparity.oracles.models.op import Op, Trace
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.models.moves import moved, through
from nnparity.reports.models.pairing import paired
from nnparity.reports.models.weights import state

LIVE = pytest.mark.live


@pytest.fixture(scope="module")
def compare(load_oracle):
    load_oracle("keras")
    load_oracle("torch")
    import nnparity
    return nnparity.compare


@LIVE
@pytest.mark.parametrize("name", ported.MODELS)
def test_what_is_right_agrees(compare, name):
    """With A's weights, and with weights of its own; each formula is that of its layer."""
    for loaded in (True, False):
        found = compare(*ported.built(name, loaded=loaded))
        assert found.ok and found.exit_code == 0, str(found)
        assert found.loaded == loaded and all(row.verdict == "agrees" for row in found.rows)
        assert found.after < 1e-6 and (found.before < 1e-6) == loaded
        assert found.as_they_are < 1e-4 if loaded else found.as_they_are is None
        assert all(f.inherent for f in found.findings)
    formulas_hold(found.walk)


def formulas_hold(walk):
    """A candidate stands for a layer only if it gives the layer's numbers: in both frameworks, outputs and gradients."""
    from nnparity.oracles.models.compute import COMPUTE
    from nnparity.reports.models.causes import ours
    asked = 0
    for step in walk.steps:
        for side, k, inputs in ((walk.a, step.a, step.of_a), (walk.b, step.b, step.fed)):
            op = side.ops[k]
            if op.kind not in COMPUTE:
                continue
            cotangent = np.random.default_rng(3).normal(size=side.value(op.outputs[0]).shape)
            (right, *_), right_x, right_w = side.runner.run(op, inputs, cotangent)
            outputs, got_x, got_w = side.runner.compute(op.kind, op.settings, side.params[k], [ours(x, op) for x in inputs],
                                                        ours(cotangent, op))
            room = 1e-6 if "keras" in side.runner.name else 1e-10
            np.testing.assert_allclose(outputs["y"], ours(np.asarray(right), op), rtol=room, atol=room * np.abs(right).max())
            for g, h in zip(right_x, got_x):
                np.testing.assert_allclose(h, ours(g, op) if g.size else g, rtol=room, atol=room * (1 + np.abs(g).max(initial=0)))
            for n, g in (op.layout.unpack(right_w) if right_w else {}).items():
                if "running" not in n:
                    np.testing.assert_allclose(got_w[n], g, rtol=room, atol=room * (1 + np.abs(g).max()))
            asked += 1
    assert asked >= 8


@LIVE
@pytest.mark.parametrize("planted", PLANTED, ids=lambda p: f"{p.model}-{p.id}")
def test_a_planted_mistake_is_named(compare, planted):
    found = compare(*ported.built(planted.model, planted.edited(ported.source(planted.model)), dtype="float64"))
    named = [(f.what, f.layer_b) for f in found.differing]
    wanted = [(planted.what, layer) for layer in planted.layers]
    assert set(named) == set(wanted), str(found)
    assert found.exit_code == 1 and all(f.known and f.words and f.verified == planted.verified for f in found.differing)
    if planted.mended:
        assert found.after < 1e-6, "the changes do not mend it"


# framework-free


class Runner:
    name = "none"

    def run(self, op, inputs, cotangent=None):  # noqa: ARG002
        return list(op.call(inputs)), [], {}


def code(call, kind="code"):
    return Op(name="f", title="f", kind=kind, settings={}, call=call)


@pytest.mark.parametrize("call, expected", [
    (lambda ts: (ts[0].reshape(6),), np.arange(6)),
    (lambda ts: (ts[0].T,), np.arange(6).reshape(2, 3).T),
    (lambda ts: (np.pad(ts[0], ((0, 0), (1, 0))),), np.array([[-1, 0, 1, 2], [-1, 3, 4, 5]])),
    (lambda ts: (ts[0][:, -1],), np.array([2, 5])),
], ids=["reshape", "transpose", "zeros", "slice"])
def test_what_moves_numbers(call, expected):
    places, = moved(Runner(), code(call), [(2, 3)], [np.dtype(float)])
    assert np.array_equal(places, expected)
    assert np.array_equal(through(places, [np.arange(10, 16).reshape(2, 3)]), np.where(expected < 0, -1, expected + 10))


@pytest.mark.parametrize("call", [lambda ts: (2 * ts[0],), lambda ts: (np.abs(ts[0]),), lambda ts: (np.sort(ts[0]),),
                                  lambda ts: (ts[0].max(1),), lambda ts: (np.maximum(ts[0], 0),), lambda ts: (ts[0] * np.nan,),
                                  lambda ts: ts[3]], ids=["twice", "abs", "sort", "max", "relu", "nan", "raises"])
def test_what_computes_does_not_move(call):
    assert moved(Runner(), code(call), [(2, 3)], [np.dtype(float)]) is None


def layer(called, kind, **settings):
    return Op(name=called, title=kind, kind=kind, settings=settings, call=lambda ts: ts, inputs=(0,), outputs=(1,))


def test_layers_are_paired_by_order_kind_and_sizes():
    a = [layer("c1", "conv2d"), layer("r", "activation", name="relu"), layer("c2", "conv2d"), layer("d", "dense")]
    b = [layer("one", "conv2d"), layer("two", "conv2d"), layer("t", "activation", name="tanh"), layer("out", "dense")]
    sizes_a = {0: ((3, 1),), 1: (), 2: ((3, 3),), 3: ((7, 2),)}
    sizes_b = {0: ((3, 1),), 1: ((3, 3),), 2: (), 3: ((7, 2),)}
    assert paired(a, b, sizes_a, sizes_b) == {0: 0, 1: 2, 3: 3}
    assert paired(a, b, sizes_a, sizes_b, {"r": "t"})[2] == 1
    with pytest.raises(ValueError, match="no layer 'nobody'; there are one, two, t, out"):
        paired(a, b, sizes_a, sizes_b, {"r": "nobody"})


def test_slips_of_weights():
    rng = np.random.default_rng(0)
    held = {"kernel": rng.normal(size=(4, 3, 5)), "recurrent_kernel": rng.normal(size=(4, 5, 5)), "bias": rng.normal(size=(4, 5)),
            "recurrent_bias": np.zeros((4, 5))}
    op = layer("l", "lstm")
    cases = {
        "equal": held, "gate_order": {**held, "kernel": held["kernel"][[0, 2, 1, 3]]},
        "transposed": {**held, "recurrent_kernel": held["recurrent_kernel"].swapaxes(1, 2)},
        "bias_twice": {**held, "recurrent_bias": held["bias"]}, "sign": {**held, "kernel": -held["kernel"]},
        "other": {**held, "kernel": held["kernel"] * 1.01},
        "never_loaded": {**held, "bias": np.zeros((4, 5)), "recurrent_bias": np.zeros((4, 5))},
    }
    for slip, own in cases.items():
        found = {status for status, _ in state(op, held, own, held).values()}
        assert found == {slip, "equal"} | {slip} if slip == "equal" else slip in found and found <= {slip, "equal"}, slip
    split = {**held, "bias": held["bias"] * 0.25, "recurrent_bias": held["bias"] * 0.75}  # only their sum acts
    assert {status for status, _ in state(op, held, split, held).values()} == {"equal"}


def test_what_is_no_model_is_told():
    import nnparity
    with pytest.raises(WrongRequest, match="a flax.nnx.Module or an onnx.ModelProto is expected"):
        nnparity.compare(SimpleNamespace(), 3)
    assert Trace("none").ops == []


@pytest.fixture
def command(compare, tmp_path, monkeypatch):  # noqa: ARG001
    """Runs `nnparity compare` in this process, in a folder with the LeNets."""
    from typer.testing import CliRunner

    from nnparity.reports.cli import app
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    text = ported.source("lenet")
    (tmp_path / "right.py").write_text(text)
    (tmp_path / "wrong.py").write_text(text.replace("padding=2", "padding=2, padding_mode='zeros'").replace("dim=1", "dim=0"))
    (tmp_path / "raises.py").write_text("def build():\n    raise RuntimeError('no')\n\ndef nothing():\n    return 3\n")

    def run(*arguments):
        found = CliRunner().invoke(app, ["compare", *map(str, arguments)])
        return found.exit_code, found.output
    return run


@LIVE
def test_the_command(command, tmp_path):
    status, said = command("right.py:keras_model", "wrong.py:torch_model", "--html", "out.html")
    assert status == 1 and "axis" in said and "in B, softmax: dim=-1" in said
    assert all(len(line) <= 80 for line in said.splitlines())
    page = (tmp_path / "out.html").read_text()
    assert "conv1" in page and "differs" in page and "dim=-1" in page and "<script" not in page
    status, said = command("right.py:keras_model", "right.py:torch_model", "--json")
    data = json.loads(said)
    assert status == 0 and data["ok"] and len(data["layers"]) == 12 and not data["weights_loaded"]
    np.savez(tmp_path / "x.npz", x=np.random.default_rng(0).normal(size=(2, 20, 20, 1)))
    assert command("right.py:keras_model", "right.py:torch_model", "--input", "x.npz")[0] == 0
    np.savez(tmp_path / "x.npz", x=np.zeros((2, 3)))
    status, said = command("right.py:keras_model", "right.py:torch_model", "--input", "x.npz")
    assert status == 2 and "A does not run on inputs of shape (2, 3)" in " ".join(re.sub(r"[│╭╰─╮╯]", "", said).split())
    assert command("right.py:torch_model", "right.py:torch_model", "--input", "1,20,20")[0] == 0  # neither states its shape
    assert "(3, 2, 3)" in command("right.py:torch_model", "right.py:torch_model", "--input", "2,3")[1]
    status, said = command("right.py:torch_model", "right.py:torch_model", "--input", "1x20x20")
    assert status == 2 and "sizes without the batch" in " ".join(re.sub(r"[│╭╰─╮╯]", "", said).split())
    (tmp_path / "pairs.json").write_text(json.dumps({"conv2d_99": "conv1"}))
    assert command("right.py:keras_model", "right.py:torch_model", "--pairs", "pairs.json")[0] == 2


def test_sizes_stand_for_an_input():
    from nnparity.reports.models.load import inputs_at
    (x, words, one) = inputs_at("3,8,6 12:9 4")
    assert (x.shape, words.shape, one.shape) == ((3, 3, 8, 6), (3, 12), (3, 4)) and words.dtype.kind == "i" and words.max() < 9


@LIVE
@pytest.mark.parametrize("target, status, told", [
    ("raises.py:build", 3, "RuntimeError: no"), ("raises.py:nothing", 2, "returns int"), ("raises.py", 2, "which model of it"),
    ("nowhere.py:f", 2, "nowhere.py"), ("model.pt", 2, "is not opened"), ("lost.keras", 2, "no such file"),
], ids=["raises", "no model", "no name", "no file", "pickle", "no keras file"])
def test_what_the_command_refuses(command, target, status, told):
    found, said = command("right.py:keras_model", target)
    assert found == status and told in " ".join(re.sub(r"[│╭╰─╮╯]", "", said).split()), said


@LIVE
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # TensorFlow's, when Keras saves
def test_files_run_no_code(command, tmp_path):
    """A .keras file with a Lambda and a pickle are refused; tensors and safe layers are read."""
    import keras
    import torch
    from safetensors.torch import save_file
    km, tm = ported.built("lenet")
    km.save(tmp_path / "safe.keras")
    save_file({n: a.contiguous() for n, a in tm.state_dict().items()}, tmp_path / "w.safetensors")
    torch.save(tm.state_dict(), tmp_path / "w.pt")
    for weights in ("w.safetensors", "w.pt"):
        status, said = command("safe.keras", "right.py:torch_model", "--weights-b", weights)
        assert status == 0 and "equal" in said, said
    keras.Sequential([keras.Input((20, 20, 1)), keras.layers.Lambda(lambda x: x)]).save(tmp_path / "code.keras")
    assert command("code.keras", "right.py:torch_model")[0] == 2
    torch.save(torch.nn.Linear(2, 3), tmp_path / "whole.pt")  # a pickle with a class in it
    assert command("safe.keras", "right.py:torch_model", "--weights-b", "whole.pt")[0] == 2


def test_what_is_the_same_of_several_layers_is_told_once():
    from nnparity.reports.models.finding import Finding, grouped
    def finding(name, epsilon=0.001, where=""):
        return Finding("epsilon", f"norm{name}", name, f"epsilon: A has 1e-05, B {epsilon:g}", f"in B, {name}: eps=1e-05 or 1",
                       "batch_norm.epsilon", where)
    (one, other) = grouped([finding("1", where="net.py:3"), finding("4"), finding("7", 0.1), finding("9")])
    assert (one.names("b"), one.names("a")) == ("1 and 2 more", "norm1 and 2 more")
    assert one.change == "in B, each layer: eps=1e-05 or 1"
    assert one.places == ["1 (net.py:3)", "4", "9"] and one.words == "epsilon: A has 1e-05, B 0.001"
    assert (other.names("b"), other.change, other.places) == ("7", "in B, 7: eps=1e-05 or 1", [])
