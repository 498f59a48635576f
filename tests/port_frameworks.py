"""Runs one layer of any framework with given arrays: built from the text that a port prints, filled by the lines it prints.

Axes of x and y are those of PyTorch throughout (batch, time, features) and (batch, channels, *spatial); they are moved
to where each framework wants them. A framework is imported when it is first asked.
"""

import os
import warnings
from importlib import import_module
from importlib.util import find_spec

import numpy as np

from nnparity.oracles.porting.frameworks import GET, PUT

PACKAGES = {"torch": ("torch",), "keras": ("keras", "tensorflow"), "flax": ("jax", "flax"), "linen": ("jax", "flax"),
            "onnx": ("onnx", "onnxruntime")}
RECURRENT = ("gru", "lstm", "simple_rnn")
IMAGES = ("conv1d", "conv2d", "batch_norm")


def missing(framework):
    return [package for package in PACKAGES[framework] if find_spec(package) is None]


def run(framework, kind, call, arrays, x, dtype):
    """The layer's output y in inference, and the arrays as the printed lines read them back out of it."""
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    arrays = {name: np.asarray(a, dtype) for name, a in arrays.items()}
    x = x if x.dtype.kind == "i" else x.astype(dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what they say while they are imported is not about us
        y, back = RUNNERS[framework](kind, call, arrays, x, dtype)
    return np.asarray(y), back


def lines(text, **names):
    """Run printed lines and give back the names that they left."""
    space = {"np": np, **names}
    exec("\n".join(text), space)
    return space


def channels_last(kind, a):
    return np.moveaxis(a, 1, -1) if kind in IMAGES else a


def channels_first(kind, a):
    return np.moveaxis(np.asarray(a), -1, 1) if kind in IMAGES else a


def torch(kind, call, arrays, x, dtype):  # noqa: ARG001
    torch = import_module("torch")
    before = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, dtype))
    try:
        layer = eval(call, {"torch": torch}).eval()
        lines(PUT["torch"], layer=layer, torch=torch, target=arrays)
        with torch.no_grad():
            y = layer(torch.tensor(x))
        y = y[0] if isinstance(y, tuple) else y
        return y.numpy(), lines(GET["torch"], layer=layer)["source"]
    finally:
        torch.set_default_dtype(before)


def keras(kind, call, arrays, x, dtype):
    from nnparity import oracles
    oracles.load("keras")  # chooses the backend
    keras = import_module("keras")
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        layer = eval(call, {"keras": keras})
        x = channels_last(kind, x)
        layer.build(x.shape)
        lines(PUT["keras"], layer=layer, target=arrays)
        y = channels_first(kind, keras.ops.convert_to_numpy(layer(x, training=False) if kind == "batch_norm" else layer(x)))
        return y, lines(GET["keras"], layer=layer)["source"]
    finally:
        keras.config.set_dtype_policy(before)


def flax(kind, call, arrays, x, dtype):
    assert dtype == "float32"
    nnx = import_module("flax.nnx")
    layer = eval(call, {"nnx": nnx})
    lines(PUT["flax"], layer=layer, nnx=nnx, target=arrays)
    x = channels_last(kind, x)
    if kind in RECURRENT:
        y = nnx.RNN(layer)(x)
    else:
        y = layer(x, use_running_average=True) if kind == "batch_norm" else layer(x)
    return channels_first(kind, y), lines(GET["flax"], layer=layer, nnx=nnx)["source"]


def linen(kind, call, arrays, x, dtype):
    assert dtype == "float32"
    flax = import_module("flax")
    linen = import_module("flax.linen")
    import_module("flax.traverse_util")
    layer = eval(call, {"linen": linen})
    variables = lines(PUT["linen"], flax=flax, target=arrays)["variables"]
    x = channels_last(kind, x)
    if kind in RECURRENT:
        y = linen.RNN(layer).apply({"params": {"cell": variables["params"]}}, x)
    else:
        y = layer.apply(variables, x, **({"use_running_average": True} if kind == "batch_norm" else {}))
    return channels_first(kind, y), lines(GET["linen"], flax=flax, variables=variables)["source"]


def onnx(kind, call, arrays, x, dtype):
    assert dtype == "float32"
    onnx = import_module("onnx")
    runtime = import_module("onnxruntime")
    node = eval(call, {"onnx": onnx})
    if kind in RECURRENT:
        x = x.swapaxes(0, 1)
    of = onnx.helper.np_dtype_to_tensor_dtype
    axes = [None] * (x.ndim + (kind in RECURRENT or kind == "embedding"))
    graph = onnx.helper.make_graph([node], "one", [onnx.helper.make_tensor_value_info("X", of(x.dtype), x.shape)],
                                   [onnx.helper.make_tensor_value_info("Y", of(np.dtype(dtype)), axes)])
    lines(PUT["onnx"], graph=graph, onnx=onnx, target=arrays)
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 21)], ir_version=10)
    onnx.checker.check_model(model)
    session = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    y, = session.run(["Y"], {"X": np.ascontiguousarray(x)})
    if kind in RECURRENT:
        y = y[:, 0].swapaxes(0, 1)
    return y, lines(GET["onnx"], graph=graph, node=node, onnx=onnx, inputs=list(node.input))["source"]


RUNNERS = {"torch": torch, "keras": keras, "flax": flax, "linen": linen, "onnx": onnx}
