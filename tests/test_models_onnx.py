"""ONNX files in the place of a model: a graph from a file against the PyTorch model that it is said to be."""

import numpy as np
import pytest

from nnparity import WrongRequest, compare
from nnparity.reports.models.load import model_at

pytestmark = pytest.mark.live
pytest.importorskip("onnx")
RNG = np.random.default_rng(3)


def graph(path, nodes, weights, shape, out="y"):
    """A file, written with onnx.helper as exporters do."""
    from onnx import TensorProto, helper, numpy_helper, save
    tensors = [numpy_helper.from_array(a.astype(np.float32), name) for name, a in weights.items()]
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


def test_no_file(tmp_path):
    path = tmp_path / "net.onnx"
    with pytest.raises(WrongRequest, match="no such file"):
        model_at(str(path))
    path.write_bytes(b"nothing of this kind")
    with pytest.raises(WrongRequest, match="is no ONNX model"):
        model_at(str(path))
