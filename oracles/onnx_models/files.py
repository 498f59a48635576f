"""An ONNX file, opened or written: a description of a graph and its numbers, which runs no code."""

from pathlib import Path
from typing import Any

import numpy as np


def opened(path: Path) -> Any:
    """The model of a .onnx file. Raises ValueError where it is none, ImportError where onnx is not installed."""
    import onnx
    try:
        model = onnx.load(str(path))
        onnx.checker.check_model(model)
    except Exception as error:  # protobuf's and the checker's errors share no type
        raise ValueError(f"{path} is no ONNX model: {str(error).strip()[:300]}") from None
    return model


def model_of(written: Any, single: bool) -> Any:
    """The model of a graph that a writer made (oracles/writing/onnx_nodes.py), its numbers in single or in double precision.
    Raises ImportError where onnx is not installed."""
    from onnx import checker, helper, numpy_helper
    real = np.dtype(np.float32 if single else np.float64)

    def precise(dtype):
        return real if np.dtype(dtype).kind == "f" else np.dtype(dtype)
    nodes = [helper.make_node(node.operator, list(node.inputs), list(node.outputs), name=node.name, **node.attributes)
             for node in written.nodes]
    inputs, outputs = ([helper.make_tensor_value_info(end.name, helper.np_dtype_to_tensor_dtype(precise(end.dtype)), end.shape)
                        for end in ends] for ends in (written.inputs, written.outputs))
    arrays = [numpy_helper.from_array(np.array(a, precise(a.dtype), order="C"), name) for name, a in written.weights.items()]
    graph = helper.make_graph(nodes, "model", inputs, outputs, arrays, doc_string=written.head)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", written.opset)], producer_name="nnparity",
                              ir_version=helper.OP_SET_ID_VERSION_MAP["ai.onnx", written.opset])
    checker.check_model(model, full_check=True)
    return model


def save(path: Path, model: Any) -> None:
    path.write_bytes(model.SerializeToString())
