"""ONNX graphs as other people's exporters write them."""

import numpy as np


def graph(nodes, weights, inputs, outputs, opset=13):
    """nodes: (name, operator, inputs, outputs, attributes); inputs and outputs: {name: (dtype, shape)}."""
    from onnx import checker, helper, numpy_helper
    made = [helper.make_node(operator, given.split(), out.split(), name, **more) for name, operator, given, out, more in nodes]
    ends = ([helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), shape)
             for name, (dtype, shape) in part.items()] for part in (inputs, outputs))
    arrays = [numpy_helper.from_array(a.astype(np.float32) if a.dtype.kind == "f" else a, name) for name, a in weights.items()]
    model = helper.make_model(helper.make_graph(made, "net", *ends, arrays), opset_imports=[helper.make_opsetid("", opset)],
                              ir_version=8)
    checker.check_model(model)
    return model


def images():
    """A Keras model as tf2onnx writes it: images with their channels last, a Transpose in front of what has them first."""
    rng = np.random.default_rng(3)
    nodes = [
        ("model/conv/Conv2D__6", "Transpose", "images", "t", {"perm": [0, 3, 1, 2]}),
        ("model/conv/BiasAdd", "Conv", "t conv_w conv_b", "c", {"strides": [2, 2], "pads": [0, 0, 1, 1], "kernel_shape": [3, 3]}),
        ("model/conv/Relu", "Relu", "c", "r", {}),
        ("model/dw", "Conv", "r dw_w", "d", {"auto_pad": "SAME_UPPER", "kernel_shape": [3, 3], "group": 6}),
        ("model/bn", "BatchNormalization", "d g b m v", "n", {"epsilon": 0.001}),
        ("model/relu6", "Clip", "n zero six", "k", {}),
        ("model/pool", "MaxPool", "k", "p", {"kernel_shape": [2, 2], "strides": [2, 2], "auto_pad": "VALID"}),
        ("model/pool__12", "Transpose", "p", "q", {"perm": [0, 2, 3, 1]}),
        ("model/flatten/Reshape", "Reshape", "q shape", "f", {}),
        ("model/dense/MatMul", "MatMul", "f w1", "h", {}), ("model/dense/BiasAdd", "Add", "h b1", "h2", {}),
        ("model/dense/Sigmoid", "Sigmoid", "h2", "s", {}), ("model/dense/mul", "Mul", "h2 s", "sw", {}),
        ("model/out/MatMul", "MatMul", "sw w2", "l", {}), ("model/out/BiasAdd", "Add", "l b2", "o", {}),
        ("model/out/Softmax", "Softmax", "o", "probabilities", {"axis": 1})]
    weights = {"conv_w": rng.normal(size=(6, 3, 3, 3)), "conv_b": rng.normal(size=6), "dw_w": rng.normal(size=(6, 1, 3, 3)),
               "g": rng.uniform(0.5, 1.5, 6), "b": rng.normal(size=6), "m": rng.normal(size=6), "v": rng.uniform(9, 19, 6),
               "zero": np.array(0.0), "six": np.array(6.0), "shape": np.array([-1, 96]), "w1": rng.normal(size=(96, 5)) * 0.2,
               "b1": rng.normal(size=5), "w2": rng.normal(size=(5, 4)), "b2": rng.normal(size=4)}
    return graph(nodes, weights, {"images": (np.float32, ["unk__1", 16, 16, 3])},
                 {"probabilities": (np.float32, ["unk__2", 4])})


def words():
    """Time first, both directions put side by side by hand, a layer normalisation written out."""
    rng = np.random.default_rng(3)
    nodes = [
        ("emb", "Gather", "table ids", "e", {}), ("tr", "Transpose", "e", "x", {"perm": [1, 0, 2]}),
        ("lstm", "LSTM", "x W R B", "Y Yh Yc", {"hidden_size": 5, "direction": "bidirectional"}),
        ("tr2", "Transpose", "Y", "y2", {"perm": [2, 0, 1, 3]}), ("merge", "Reshape", "y2 shape", "y3", {}),
        ("mean", "ReduceMean", "y3", "mm", {"axes": [1], "keepdims": 0}),
        ("mu", "ReduceMean", "mm", "mu", {"axes": [-1], "keepdims": 1}), ("centred", "Sub", "mm mu", "c", {}),
        ("square", "Mul", "c c", "sq", {}), ("var", "ReduceMean", "sq", "var", {"axes": [-1], "keepdims": 1}),
        ("eps", "Add", "var eps", "ve", {}), ("sqrt", "Sqrt", "ve", "sd", {}), ("div", "Div", "c sd", "n", {}),
        ("gamma", "Mul", "n gamma", "ng", {}), ("beta", "Add", "ng beta", "nb", {}),
        ("out", "Gemm", "nb w b", "scores", {"transB": 1})]
    weights = {"table": rng.normal(size=(11, 4)), "W": rng.normal(size=(2, 20, 4)), "R": rng.normal(size=(2, 20, 5)),
               "B": rng.normal(size=(2, 40)), "shape": np.array([0, 0, 10]), "eps": np.array(1e-5), "gamma": rng.normal(size=10),
               "beta": rng.normal(size=10), "w": rng.normal(size=(3, 10)), "b": rng.normal(size=3)}
    return graph(nodes, weights, {"ids": (np.int64, ["N", 7])}, {"scores": (np.float32, ["N", 3])})


def old():
    """Opset 9: what is an input today was an attribute."""
    rng = np.random.default_rng(3)
    nodes = [
        ("up", "Upsample", "x scales", "u", {"mode": "nearest"}), ("pad", "Pad", "u", "p", {"pads": [0, 0, 1, 1, 0, 0, 1, 1]}),
        ("conv", "Conv", "p w b", "c", {"kernel_shape": [3, 3]}), ("clip", "Clip", "c", "k", {"min": 0.0, "max": 6.0}),
        ("drop", "Dropout", "k", "dr", {"ratio": 0.3}), ("gap", "GlobalAveragePool", "dr", "g", {}), ("fl", "Flatten", "g", "f", {}),
        ("fc", "Gemm", "f w2 b2", "y", {"transB": 1})]
    weights = {"scales": np.array([1.0, 1, 2, 2]), "w": rng.normal(size=(5, 2, 3, 3)), "b": rng.normal(size=5),
               "w2": rng.normal(size=(3, 5)), "b2": rng.normal(size=3)}
    return graph(nodes, weights, {"x": (np.float32, ["N", 2, 6, 5])}, {"y": (np.float32, ["N", 3])}, opset=9)
