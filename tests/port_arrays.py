"""Random arrays of any layer as any framework holds them."""

import numpy as np

from nnparity.oracles.layouts import LAYOUTS
from nnparity.oracles.porting.forms.every import form
from nnparity.oracles.porting.options import stored, variant

SIZES = {"input": 3, "hidden": 5, "output": 4, "vocabulary": 11, "features": 6, "filters": 8, "channels/groups": 3,
         "channels": 7, "kernel": 2, "kernel height": 3, "kernel width": 2}
# how the layer is built so that the others can follow: ONNX's GRU resets before the product unless told otherwise
CONFIG = {("gru", "onnx"): {"linear_before_reset": 1}}


def config_of(kind, source):
    return CONFIG.get((kind, source), {})


def arrays_of(framework, kind, config=None, rng=None):
    """Random arrays as the framework holds them; variances are positive."""
    rng = rng or np.random.default_rng(7)
    meaning = variant(framework, kind, config or {})
    arrays = {}
    for array in form(framework, kind, stored(framework, kind, meaning)).arrays:
        shape = tuple(int(n or 1) * (int(size) if size.isdigit() else SIZES[size])
                      for n, _, size in (axis.rpartition("*") for axis in array.axes))
        a = rng.normal(size=shape)
        arrays[array.name] = np.abs(a) + 0.5 if array.roles == ("running_variance",) else a
    if kind == "dense" and (config or {}).get("transB"):
        arrays["B"] = arrays["B"].T
    return arrays


def carried(kind, source, target, arrays):
    """The arrays, without what the target cannot hold in a place of its own: it is made zero."""
    params = LAYOUTS[source][kind].unpack(arrays)
    if kind in ("gru", "lstm", "simple_rnn") and "recurrent_bias" in params:
        c = params["recurrent_bias"].copy()
        if kind == "gru" and target == "linen":
            c[:2] = 0
        elif "recurrent_bias" not in stored(target, kind, variant(target, kind, config_of(kind, target))):
            c[:] = 0
        params["recurrent_bias"] = c
    return LAYOUTS[source][kind].pack(params)


def same(a, b):
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name, strict=True)
