"""Forms of the layers that store every canonical array under a name of its own."""

from nnparity.cases.kinds import CONVOLUTIONS, KINDS
from nnparity.oracles.porting.forms.form import VARIABLES, Array, Form, transposed, undone

AXES = {kind: {**facts.params, **facts.inputs} for kind, facts in KINDS.items() if facts.params}
CHANNELS_LAST: dict[str, tuple[int, ...]] = {"conv1d": (2, 1, 0), "conv2d": (2, 3, 1, 0)}
_NORM = {"gamma": "scale", "beta": "bias", "running_mean": "mean", "running_variance": "var"}
NAMES: dict[str, dict[str, dict[str, str]]] = {
    "torch": {"dense": {"kernel": "weight", "bias": "bias"}, "embedding": {"table": "weight"},
              "conv": {"kernel": "weight", "bias": "bias"}, "layer_norm": {"gamma": "weight", "beta": "bias"},
              "batch_norm": {"gamma": "weight", "beta": "bias", "running_mean": "running_mean",
                             "running_variance": "running_var"},
              "simple_rnn": {"kernel": "weight_ih_l0", "recurrent_kernel": "weight_hh_l0", "bias": "bias_ih_l0",
                             "recurrent_bias": "bias_hh_l0"}},
    "keras": {"dense": {"kernel": "kernel", "bias": "bias"}, "embedding": {"table": "embeddings"},
              "conv": {"kernel": "kernel", "bias": "bias"}, "layer_norm": {"gamma": "gamma", "beta": "beta"},
              "batch_norm": {"gamma": "gamma", "beta": "beta", "running_mean": "moving_mean",
                             "running_variance": "moving_variance"},
              "simple_rnn": {"kernel": "kernel", "recurrent_kernel": "recurrent_kernel", "bias": "bias"}},
    "flax": {"dense": {"kernel": "kernel", "bias": "bias"}, "embedding": {"table": "embedding"},
             "conv": {"kernel": "kernel", "bias": "bias"}, "layer_norm": _NORM, "batch_norm": _NORM,
             "simple_rnn": {"kernel": "dense_i/kernel", "recurrent_kernel": "dense_h/kernel", "bias": "dense_i/bias"}},
    "linen": {"dense": {"kernel": "params/kernel", "bias": "params/bias"}, "embedding": {"table": "params/embedding"},
              "conv": {"kernel": "params/kernel", "bias": "params/bias"},
              "layer_norm": {"gamma": "params/scale", "beta": "params/bias"},
              "batch_norm": {"gamma": "params/scale", "beta": "params/bias", "running_mean": "batch_stats/mean",
                             "running_variance": "batch_stats/var"},
              "simple_rnn": {"kernel": "params/i/kernel", "recurrent_kernel": "params/h/kernel", "bias": "params/i/bias"}},
    "onnx": {"dense": {"kernel": "B", "bias": "C"}, "embedding": {"table": "data"}, "conv": {"kernel": "W", "bias": "B"},
             "layer_norm": {"gamma": "Scale", "beta": "B"},
             "batch_norm": {"gamma": "scale", "beta": "B", "running_mean": "input_mean", "running_variance": "input_var"}},
}


def plain(framework: str, kind: str, roles) -> Form:
    """One name for each canonical array, its axes perhaps in another order."""
    names = NAMES[framework]["conv" if kind in CONVOLUTIONS else kind]
    arrays, where, moved, reads, items = [], {}, {}, {}, []
    for role in (r for r in AXES[kind] if r in roles):
        name, axes = names[role], AXES[kind][role]
        moves = tuple(range(len(axes)))
        if kind in CHANNELS_LAST and framework in ("keras", "flax", "linen"):
            moves = CHANNELS_LAST[kind] if role == "kernel" else moves
        elif framework == "torch" and kind in ("dense", "simple_rnn") and len(axes) == 2:
            moves = (1, 0)
        arrays.append(Array(name, tuple(axes[i] for i in moves), (role,)))
        where[role], moved[role] = name, moves
        reads[role] = f'source["{name}"]' + transposed(undone(moves))
        items.append(f'"{name}": {VARIABLES[role]}' + transposed(moves))
    return Form(tuple(arrays), where, moved, reads, tuple(items))
