"""An ONNX file run whole, as it is: by ONNX Runtime where it is installed, else by the reference evaluator of `onnx`."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from onnx import helper
from onnx.reference import ReferenceEvaluator


def answers(model: Any, names: Sequence[str], inputs: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Its outputs, in the precision that the file states for its inputs; for any number of examples, if that is all that the file
    states otherwise. Raises what the runtime raises."""
    model = opened(model)
    declared = {v.name: helper.tensor_dtype_to_np_dtype(v.type.tensor_type.elem_type) for v in model.graph.input}
    fed = {name: np.asarray(x).astype(declared[name]) for name, x in zip(names, inputs)}
    found = by_runtime(model, fed) if find_spec("onnxruntime") else ReferenceEvaluator(model).run(None, fed)
    return [np.asarray(y, float) for y in found]


def opened(model: Any) -> Any:
    """A copy whose inputs and outputs may have any first size."""
    own = type(model)()
    own.CopyFrom(model)
    for v in (*own.graph.input, *own.graph.output):
        if v.type.tensor_type.shape.dim:
            v.type.tensor_type.shape.dim[0].dim_param = "batch"
    del own.graph.value_info[:]
    return own


def by_runtime(model: Any, fed: dict[str, np.ndarray]) -> list[Any]:
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return list(session.run(None, fed))
