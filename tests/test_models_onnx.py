"""ONNX files in the place of a model: a graph from a file against the PyTorch model that it is said to be."""

from copy import deepcopy
from functools import cache

import numpy as np
import pytest
from ported import onnx_planted as planted

from nnparity import WrongRequest, compare
from nnparity.reports.models.load import model_at

pytestmark = pytest.mark.live
pytest.importorskip("onnx")
RNG = np.random.default_rng(3)


def graph(path, nodes, weights, shape, out="y"):
    """A file, written with onnx.helper as exporters do."""
    from onnx import TensorProto, helper, numpy_helper, save
    tensors = [numpy_helper.from_array(a.astype(np.float32) if a.dtype.kind == "f" else a, name) for name, a in weights.items()]
    made = [helper.make_node(operator, inputs.split(), outputs.split(), **attributes)
            for operator, inputs, outputs, attributes in nodes]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, dims) for name, dims in (("x", shape), (out, ("batch", 4)))]
    model = helper.make_model(helper.make_graph(made, "net", ends[:1], ends[1:], tensors),
                              opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    save(model, str(path))
    return str(path)


def network(torch, epsilon=1e-5, slope=0.1, counted=False, axis=1, loaded=True):
    """A small convolutional network in PyTorch, and the arrays of its ONNX file."""
    nn = torch.nn
    torch.manual_seed(1)
    model = nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2, padding=1), nn.BatchNorm2d(6, eps=epsilon), nn.LeakyReLU(slope),
        nn.AvgPool2d(2, 2, 1, count_include_pad=counted), nn.Flatten(), nn.Linear(150, 10), nn.Tanh(), nn.Linear(10, 4),
        nn.Softmax(axis))
    norm = model[1]
    with torch.no_grad():
        for tensor, low in ((norm.weight, 0.5), (norm.bias, 0.5), (norm.running_mean, 0.1), (norm.running_var, 0.01)):
            tensor.uniform_(low, 2 * low)
    w = {f"{k}.{name}": a.detach().numpy().copy() for k, m in enumerate(model) for name, a in m.state_dict().items()}
    if not loaded:
        with torch.no_grad():
            model[5].bias.add_(0.25)
    return model.eval(), {**w, "7.turned": w["7.weight"].T}


NODES = [
    ("Conv", "x 0.weight 0.bias", "a", {"strides": [2, 2], "pads": [1, 1, 1, 1], "kernel_shape": [3, 3]}),
    ("Identity", "1.weight", "1.same", {}),
    ("BatchNormalization", "a 1.same 1.bias 1.running_mean 1.running_var", "b", {"epsilon": 1e-5}),
    ("LeakyRelu", "b", "c", {"alpha": 0.1}),
    ("AveragePool", "c", "d", {"kernel_shape": [2, 2], "strides": [2, 2], "pads": [1, 1, 1, 1]}),
    ("Flatten", "d", "e", {}),
    ("Gemm", "e 5.weight 5.bias", "f", {"transB": 1}),
    ("Tanh", "f", "g", {}),
    ("MatMul", "g 7.turned", "h", {}),
    ("Add", "h 7.bias", "i", {}),
    ("Softmax", "i", "y", {"axis": 1}),
]


@pytest.fixture
def asked(load_oracle, tmp_path):
    """Compares the file with the PyTorch model that is changed."""
    load_oracle("torch")
    import torch

    def ask(turned=False, **change):
        model, arrays = network(torch, **change)
        names = {node_input for _, inputs, _, _ in NODES for node_input in inputs.split()}
        path = graph(tmp_path / "net.onnx", NODES, {n: a for n, a in arrays.items() if n in names}, ("batch", 3, 16, 16))
        file = model_at(path)
        return compare(model, file) if turned else compare(file, model)
    return ask


@pytest.mark.parametrize("turned", (False, True), ids=("onnx-torch", "torch-onnx"))
def test_the_same(asked, turned):
    found = asked(turned)
    assert found.ok and not found.findings, found
    assert found.before < 1e-6
    assert "does not train" in str(found)
    assert all(row.gradients is None and row.training is None for row in found.rows)


@pytest.mark.parametrize("change, what, layer", (
    ({"epsilon": 1e-3}, "epsilon", "1"), ({"slope": 0.3}, "slope", "2"), ({"counted": True}, "divisor", "3"),
    ({"axis": 0}, "axis", "8"), ({"loaded": False}, "not_loaded", "5"),
), ids=("epsilon", "slope", "divisor", "axis", "weights"))
def test_what_differs_is_named(asked, change, what, layer):
    found = asked(**change)
    assert not found.ok
    assert [(f.what, f.layer_b) for f in found.findings] == [(what, layer)], found


def test_a_change_in_a_file(asked):
    found = asked(turned=True, epsilon=1e-3)
    assert [(f.what, f.layer_a) for f in found.findings] == [("epsilon", "1")], found


@pytest.mark.parametrize("product, found", ((True, []), (False, ["missing"])), ids=("in the kernel", "forgotten"))
@pytest.mark.parametrize("turned", (False, True), ids=("torch-onnx", "onnx-torch"))
def test_a_normalisation_in_the_kernel_in_front_of_it(load_oracle, tmp_path, product, found, turned):
    """As exporters put it there for evaluation, in single precision. One that is forgotten is still told."""
    load_oracle("torch")
    import torch
    model, arrays = network(torch)
    if product:
        s = arrays["1.weight"] / np.sqrt(arrays["1.running_var"] + np.float32(1e-5))
        arrays["0.weight"] = arrays["0.weight"] * s[:, None, None, None]
        arrays["0.bias"] = (arrays["0.bias"] - arrays["1.running_mean"]) * s + arrays["1.bias"]
    nodes = [(o, i.replace("b", "a") if i == "b" else i, out, more) for o, i, out, more in (NODES[0], *NODES[3:])]
    names = {node_input for _, inputs, _, _ in nodes for node_input in inputs.split()}
    file = model_at(graph(tmp_path / "net.onnx", nodes, {n: a for n, a in arrays.items() if n in names}, ("batch", 3, 16, 16)))
    answer = compare(*((file, model) if turned else (model, file)))
    expected = ["extra" if turned else what for what in found]
    assert [f.what for f in answer.findings] == expected, answer
    assert answer.ok == product and (answer.before < 1e-5) == product


@pytest.mark.parametrize("turned", (False, True), ids=("torch-onnx", "onnx-torch"))
def test_what_is_returned_in_another_order(load_oracle, tmp_path, turned):
    """No layer takes it, and yet it differs."""
    load_oracle("torch")
    import torch
    model, arrays = network(torch)
    nodes = [*NODES[:-1], ("Softmax", "i", "z", {"axis": 1}), ("Slice", "z end start axes step", "y", {})]
    given = {"end": np.array([-1]), "start": np.array([-9]), "axes": np.array([1]), "step": np.array([-1])}
    names = {node_input for _, inputs, _, _ in nodes for node_input in inputs.split()}
    path = graph(tmp_path / "net.onnx", nodes, {n: a for n, a in {**arrays, **given}.items() if n in names}, ("batch", 3, 16, 16))
    file = model_at(path)
    found = compare(*((file, model) if turned else (model, file)))
    assert [(f.what, f.layer_b) for f in found.findings] == [("input", "the output")], found
    assert "in another order" in found.findings[0].words


def test_no_file(tmp_path):
    path = tmp_path / "net.onnx"
    with pytest.raises(WrongRequest, match="no such file"):
        model_at(str(path))
    path.write_bytes(b"nothing of this kind")
    with pytest.raises(WrongRequest, match="is no ONNX model"):
        model_at(str(path))


# mistakes planted in a file


@cache
def right(kind, place):
    """(a PyTorch model, its inputs, its file)."""
    import torch

    import nnparity
    model, x = getattr(planted, kind)(torch)
    path = place / f"{kind}.onnx"
    assert nnparity.port_model(model, "onnx", path, x, verify=False).layers > 10
    return model, x, model_at(str(path))


@pytest.fixture(scope="module")
def place(load_oracle, tmp_path_factory):
    load_oracle("torch")
    return tmp_path_factory.mktemp("onnx")


PLANTED = [(kind, name) for kind in ("image", "sequence") for name in getattr(planted, kind.upper())]


@pytest.mark.parametrize("kind", ("image", "sequence"))
@pytest.mark.parametrize("turned", (False, True), ids=("torch-onnx", "onnx-torch"))
def test_nothing_is_named_where_nothing_is(place, kind, turned):
    model, x, file = right(kind, place)
    found = compare(*((file, model) if turned else (model, file)), x)
    assert found.ok and not found.findings and found.loaded, found
    assert found.as_they_are < 1e-5  # by ONNX Runtime, or by the reference evaluator in float32


@pytest.mark.parametrize("kind, name", PLANTED, ids=[f"{kind}-{name}" for kind, name in PLANTED])
@pytest.mark.parametrize("turned", (False, True), ids=("torch-onnx", "onnx-torch"))
def test_a_planted_mistake_is_named(place, kind, name, turned):
    """With its layer and nothing else; the advice is in the words of the side that is B."""
    model, x, file = right(kind, place)
    change, what, layer, advice = getattr(planted, kind.upper())[name]
    wrong = deepcopy(file)
    change(wrong)
    found = compare(*((wrong, model) if turned else (model, wrong)), x)
    assert [(f.what, f.layer_a if not turned else f.layer_b) for f in found.findings] == [(what, layer)], found
    assert found.before > 1e-6 and found.findings[0].verified
    if not turned:
        assert advice in found.findings[0].change


# nodes against ONNX Runtime


def nodes_file(nodes, weights, inputs, outputs, opset=20):
    """A model of a few nodes. `inputs` and `outputs`: {name: rank}; the numbers of weights are of single precision."""
    from onnx import TensorProto, helper, numpy_helper
    ends = [[helper.make_tensor_value_info(name, TensorProto.FLOAT, [f"{name}{k}" for k in range(rank)])
             for name, rank in part.items()] for part in (inputs, outputs)]
    tensors = [numpy_helper.from_array(a.astype(np.float32) if a.dtype.kind == "f" else a, name) for name, a in weights.items()]
    return helper.make_model(helper.make_graph(nodes, "net", *ends, tensors), opset_imports=[helper.make_opsetid("", opset)],
                             ir_version=9)


def as_runtime(model, *inputs):
    """Our answers, which are to be those of ONNX Runtime to single precision."""
    pytest.importorskip("onnxruntime")
    from nnparity.reports.models.compare import runner_of
    runner = runner_of(model)
    right = runner.as_it_is(list(inputs))
    trace = runner.trace(list(inputs))
    assert not trace.error, trace.error
    for y, v in zip(right, trace.outputs, strict=True):
        assert y.shape == trace.values[v].shape
        assert np.allclose(y, trace.values[v], rtol=1e-5, atol=2e-6 * np.abs(y).max())
    return trace


@pytest.mark.parametrize("operator", ("RNN", "GRU", "LSTM"))
@pytest.mark.parametrize("direction", ("forward", "reverse", "bidirectional"))
@pytest.mark.parametrize("more", ({}, {"states": True}, {"lengths": True}, {"linear_before_reset": 1}, {"hard": True},
                                  {"bias": False}), ids=("plain", "states", "lengths", "linear", "hard", "no bias"))
def test_recurrent_nodes(operator, direction, more):
    from onnx import helper
    more = dict(more)
    if operator == "RNN" and more.keys() & {"hard", "linear_before_reset"}:
        more = {"activations": "Relu"}
    if operator == "LSTM":
        more.pop("linear_before_reset", None)
    rng, n, hidden = np.random.default_rng(7), 1 + (direction == "bidirectional"), 4
    states, lengths, hard, bias = (more.pop(name, name == "bias") for name in ("states", "lengths", "hard", "bias"))
    blocks = {"RNN": 1, "GRU": 3, "LSTM": 4}[operator] * hidden
    weights = {"W": rng.normal(size=(n, blocks, 5)), "R": rng.normal(size=(n, blocks, hidden))}
    weights |= {"lengths": np.array([7, 3, 5], np.int32)}
    weights |= {"B": rng.normal(size=(n, 2 * blocks))} if bias else {}
    weights |= {name: rng.normal(size=(n, 3, hidden)) for name in ("h", "c")}
    usual = {"activations": ["HardSigmoid", "Tanh", "Tanh"][:3 if operator == "LSTM" else 2] * n} if hard else {}
    if "activations" in more:
        usual = {"activations": [more.pop("activations")] * n}
    given = ["x", "W", "R", "B" if bias else "", "lengths" if lengths else "",
             *(["h", "c"][:1 + (operator == "LSTM")] if states else [])]
    outputs = {"y": 4, "h_n": 3, **({"c_n": 3} if operator == "LSTM" else {})}
    node = helper.make_node(operator, given, list(outputs), "net", hidden_size=hidden, direction=direction, **usual, **more)
    weights = {name: a for name, a in weights.items() if name in given}
    trace = as_runtime(nodes_file([node], weights, {"x": 3}, outputs), rng.normal(size=(7, 3, 5)))
    assert trace.ops[0].kind == ("bidirectional" if n == 2 else {"RNN": "simple_rnn"}.get(operator, operator.lower()))


@pytest.mark.parametrize("mode, grid, rounding", [
    *(("linear", grid, "floor") for grid in ("half_pixel", "align_corners", "asymmetric", "pytorch_half_pixel")),
    *(("nearest", grid, rounding) for grid in ("half_pixel", "align_corners", "asymmetric")
      for rounding in ("floor", "ceil", "round_prefer_floor", "round_prefer_ceil"))])
@pytest.mark.parametrize("size", ((9, 12), (10, 5), (6, 3)))
def test_resizing(mode, grid, rounding, size):
    """As the runtime does it, and by our formula with the settings that were read."""
    from onnx import helper

    from nnparity.oracles.models.compute import compute
    from nnparity.oracles.onnx_models import primitives
    node = helper.make_node("Resize", ["x", "", "", "sizes"], ["y"], "net", mode=mode, coordinate_transformation_mode=grid,
                            nearest_mode=rounding)
    x = np.random.default_rng(3).normal(size=(2, 3, 6, 5))
    trace = as_runtime(nodes_file([node], {"sizes": np.array([2, 3, *size])}, {"x": 4}, {"y": 4}), x)
    op = trace.ops[0]
    assert op.kind == "upsample"
    y = compute(primitives, op.kind, {**op.settings, "size": size}, {}, [x])["y"]
    assert np.allclose(y, trace.values[trace.outputs[0]], rtol=1e-12)


WINDOW = {"kernel_shape": [3, 2], "strides": [2, 2]}
CONV = {"kernel": (4, 3, 3, 2), "bias": (4,)}
NORM = {"gamma": (3,), "beta": (3,)}
OPERATORS = [
    ("Gelu", {}, {}, "activation"), ("Gelu", {"approximate": "tanh"}, {}, "activation"), ("HardSigmoid", {}, {}, "activation"),
    ("Mish", {}, {}, "activation"), ("HardSwish", {}, {}, "activation"), ("Selu", {}, {}, "activation"), ("Erf", {}, {}, "code"),
    ("LogSoftmax", {"axis": 1}, {}, "activation"), ("Elu", {"alpha": 0.7}, {}, "activation"), ("ReduceMean", {}, {}, "code"),
    ("GlobalMaxPool", {}, {}, "max"), ("GlobalAveragePool", {}, {}, "mean"), ("PRelu", {}, {"slope": (3, 1, 1)}, "prelu"),
    ("Conv", {"pads": [1, 0, 0, 2]}, CONV, "conv2d"), ("Conv", {"dilations": [2, 1], "strides": [1, 2]}, CONV, "conv2d"),
    ("Conv", {"auto_pad": "SAME_UPPER", "strides": [2, 2]}, CONV, "conv2d"),
    ("Conv", {"auto_pad": "SAME_LOWER", "strides": [2, 2]}, CONV, "conv2d"),
    ("Conv", {"group": 3}, {"kernel": (6, 1, 3, 2)}, "conv2d"),
    ("ConvTranspose", {"strides": [2, 3], "pads": [1, 0, 0, 1]}, {"kernel": (3, 4, 3, 4), "bias": (4,)}, "conv_transpose2d"),
    ("ConvTranspose", {"strides": [2, 3], "output_padding": [1, 2]}, {"kernel": (3, 4, 3, 4)}, "conv_transpose2d"),
    ("ConvTranspose", {"strides": [2, 2], "output_shape": [12, 10]}, {"kernel": (3, 4, 3, 3)}, "conv_transpose2d"),
    ("ConvTranspose", {"strides": [2, 2], "auto_pad": "SAME_UPPER"}, {"kernel": (3, 4, 3, 3)}, "conv_transpose2d"),
    ("ConvTranspose", {"strides": [2, 2], "auto_pad": "SAME_LOWER"}, {"kernel": (3, 4, 3, 3)}, "conv_transpose2d"),
    ("MaxPool", {**WINDOW, "pads": [1, 0, 0, 1]}, {}, "max_pool2d"), ("MaxPool", {**WINDOW, "ceil_mode": 1}, {}, "max_pool2d"),
    ("MaxPool", {**WINDOW, "auto_pad": "SAME_LOWER"}, {}, "max_pool2d"),
    ("AveragePool", {**WINDOW, "pads": [1, 0, 1, 1]}, {}, "average_pool2d"),
    ("AveragePool", {**WINDOW, "pads": [1, 0, 1, 1], "count_include_pad": 1}, {}, "average_pool2d"),
    ("AveragePool", {**WINDOW, "pads": [1, 0, 1, 0], "count_include_pad": 1, "ceil_mode": 1}, {}, "average_pool2d"),
    ("AveragePool", {**WINDOW, "pads": [1, 0, 1, 0], "ceil_mode": 1}, {}, "average_pool2d"),
    ("BatchNormalization", {"epsilon": 0.01}, {**NORM, "mean": (3,), "variance": (3,)}, "batch_norm"),
    ("InstanceNormalization", {}, NORM, "group_norm"),
    ("LayerNormalization", {"axis": 2}, {"gamma": (6, 5), "beta": (6, 5)}, "layer_norm"),
    ("MatMul", {}, {"kernel": (5, 4)}, "dense"), ("MatMul", {}, {"kernel": (2, 3, 5, 4)}, "matmul"),
    ("Dropout", {}, {}, "dropout"),
]


@pytest.mark.parametrize("operator, more, weights, kind", OPERATORS, ids=[f"{o}-{n}" for n, (o, *_) in enumerate(OPERATORS)])
def test_nodes(operator, more, weights, kind):
    from onnx import helper
    rng = np.random.default_rng(3)
    arrays = {name: rng.uniform(0.5, 1.5, shape) * rng.choice([-1, 1] if name != "variance" else [1], shape)
              for name, shape in weights.items()}
    node = helper.make_node(operator, ["x", *arrays], ["y"], "net", **more)
    file = nodes_file([node], arrays, {"x": 4}, {"y": 0 if operator == "ReduceMean" else 4})
    trace = as_runtime(file, rng.normal(size=(2, 3, 6, 5)))
    assert trace.ops[0].kind == kind


@pytest.mark.parametrize("operator, more, given, opset", [
    ("BatchNormalization", {"epsilon": 0.01}, {name: np.array([0.7, 1.3, 0.4]) for name in "gbmv"}, 9),
    ("BatchNormalization", {"epsilon": 0.01}, {name: np.array([0.7, 1.3, 0.4]) for name in "gbmv"}, 13),
    ("Clip", {"min": 0.0, "max": 0.5}, {}, 9), ("Clip", {"min": -0.5, "max": 0.5}, {}, 9), ("ReduceMean", {"axes": [1]}, {}, 13),
    ("Upsample", {"mode": "nearest"}, {"scales": np.array([1.0, 1, 2, 3])}, 9), ("Softmax", {"axis": 3}, {}, 11),
    ("Squeeze", {"axes": [0]}, {}, 11), ("Pad", {"pads": [0, 0, 1, 2, 0, 0, 0, 1]}, {}, 9), ("Dropout", {"ratio": 0.4}, {}, 9),
], ids=lambda v: str(v) if isinstance(v, (str, int)) else "")
def test_older_versions(operator, more, given, opset):
    """What has been an attribute is an input today, and the other way round."""
    from onnx import helper
    x = np.random.default_rng(3).normal(size=(1, 3, 6, 5))
    node = helper.make_node(operator, ["x", *given], ["y"], "net", **more)
    assert as_runtime(nodes_file([node], given, {"x": 4}, {"y": 3 if operator == "Squeeze" else 4}, opset), x).ops


def test_what_is_not_read():
    """Peepholes and functions that are not known are told, not computed without."""
    from onnx import helper

    from nnparity.reports.models.compare import runner_of
    rng = np.random.default_rng(7)
    weights = {"W": rng.normal(size=(1, 16, 5)), "R": rng.normal(size=(1, 16, 4)), "P": rng.normal(size=(1, 12))}
    for given, more, why in ((["x", "W", "R", "", "", "", "", "P"], {}, "peepholes"),
                             (["x", "W", "R"], {"activations": ["Affine", "Tanh", "Tanh"]}, "activations"),
                             (["x", "W", "R"], {"clip": 0.5}, "clip")):
        node = helper.make_node("LSTM", given, ["y"], "net", hidden_size=4, **more)
        held = {name: a for name, a in weights.items() if name in given}
        assert why in runner_of(nodes_file([node], held, {"x": 3}, {"y": 4})).trace([rng.normal(size=(7, 3, 5))]).error
