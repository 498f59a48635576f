"""What a layer's options mean, and which options of another framework's layer mean the same.

`variant(framework, kind, options)` is the formula in neutral words: {"reset": "after", "activation": "tanh", ...}.
`options_for(framework, kind, variant)` are the options that give this formula there; `Refused` where there are none.
Defaults are those of a layer built without options; tests build such layers and compare.
"""

from typing import Any

from nnparity.cases.kinds import CONVOLUTIONS, RECURRENT
from nnparity.oracles.porting import window_options as windows
from nnparity.oracles.porting.errors import PortError, Refused

LAYER_NAMES = {  # framework -> kind -> what the layer is called there
    "torch": {"dense": "torch.nn.Linear", "embedding": "torch.nn.Embedding", "conv1d": "torch.nn.Conv1d",
              "conv2d": "torch.nn.Conv2d", "batch_norm": "torch.nn.BatchNorm2d", "layer_norm": "torch.nn.LayerNorm",
              "simple_rnn": "torch.nn.RNN", "lstm": "torch.nn.LSTM", "gru": "torch.nn.GRU"},
    "keras": {"dense": "keras.layers.Dense", "embedding": "keras.layers.Embedding", "conv1d": "keras.layers.Conv1D",
              "conv2d": "keras.layers.Conv2D", "batch_norm": "keras.layers.BatchNormalization",
              "layer_norm": "keras.layers.LayerNormalization", "simple_rnn": "keras.layers.SimpleRNN",
              "lstm": "keras.layers.LSTM", "gru": "keras.layers.GRU"},
    "flax": {"dense": "nnx.Linear", "embedding": "nnx.Embed", "conv1d": "nnx.Conv", "conv2d": "nnx.Conv",
             "batch_norm": "nnx.BatchNorm", "layer_norm": "nnx.LayerNorm", "simple_rnn": "nnx.SimpleCell",
             "lstm": "nnx.OptimizedLSTMCell", "gru": "nnx.GRUCell"},
    "linen": {"dense": "linen.Dense", "embedding": "linen.Embed", "conv1d": "linen.Conv", "conv2d": "linen.Conv",
              "batch_norm": "linen.BatchNorm", "layer_norm": "linen.LayerNorm", "simple_rnn": "linen.SimpleCell",
              "lstm": "linen.OptimizedLSTMCell", "gru": "linen.GRUCell"},
    "onnx": {"dense": "Gemm", "embedding": "Gather", "conv1d": "Conv", "conv2d": "Conv", "batch_norm": "BatchNormalization",
             "layer_norm": "LayerNormalization", "simple_rnn": "RNN", "lstm": "LSTM", "gru": "GRU"},
}
BIASES = {"torch": "bias", "keras": "use_bias", "flax": "use_bias", "linen": "use_bias", "onnx": "bias"}
_EPSILON = {"torch": "eps", "keras": "epsilon", "flax": "epsilon", "linen": "epsilon", "onnx": "epsilon"}
_GATED_FLAX = {"gate_fn": "sigmoid", "activation_fn": "tanh"}
DEFAULTS: dict[str, dict[str, dict[str, Any]]] = {
    "torch": {"gru": {"bias": True}, "lstm": {"bias": True}, "simple_rnn": {"nonlinearity": "tanh", "bias": True},
              "batch_norm": {"eps": 1e-5, "momentum": 0.1, "affine": True},
              "layer_norm": {"eps": 1e-5, "elementwise_affine": True, "bias": True}},
    "keras": {"gru": {"reset_after": True, "activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True},
              "lstm": {"activation": "tanh", "recurrent_activation": "sigmoid", "use_bias": True},
              "simple_rnn": {"activation": "tanh", "use_bias": True},
              "batch_norm": {"epsilon": 1e-3, "momentum": 0.99, "scale": True, "center": True},
              "layer_norm": {"epsilon": 1e-3, "scale": True, "center": True}},
    "flax": {"gru": _GATED_FLAX, "lstm": _GATED_FLAX, "simple_rnn": {"activation_fn": "tanh"},
             "batch_norm": {"epsilon": 1e-5, "momentum": 0.99, "use_scale": True, "use_bias": True,
                            "use_fast_variance": True},
             "layer_norm": {"epsilon": 1e-6, "use_scale": True, "use_bias": True, "use_fast_variance": True}},
    "onnx": {"gru": {"linear_before_reset": 0, "activations": ("Sigmoid", "Tanh"), "bias": True},
             "lstm": {"activations": ("Sigmoid", "Tanh", "Tanh"), "bias": True},
             "simple_rnn": {"activations": ("Tanh",), "bias": True},
             "dense": {"transB": 0, "bias": True},
             "batch_norm": {"epsilon": 1e-5, "momentum": 0.9}, "layer_norm": {"epsilon": 1e-5, "bias": True}},
}
DEFAULTS["linen"] = DEFAULTS["flax"]
ONNX_ACTIVATIONS = {"Sigmoid": "sigmoid", "Tanh": "tanh", "Relu": "relu"}
ACTIVATIONS = ("tanh", "sigmoid", "relu", "hard_sigmoid")


def defaults(framework: str, kind: str) -> dict:
    """Every option that a port of this layer understands, with the value it has when it is left out."""
    if kind in CONVOLUTIONS:
        return {**windows.DEFAULTS[framework], BIASES[framework]: True}
    known = DEFAULTS[framework].get(kind)
    if known is None:
        return {BIASES[framework]: True} if kind == "dense" else {}
    return dict(known)


def complete(framework: str, kind: str, given) -> dict:
    """The options with the defaults filled in. Raises PortError for an option that is not known."""
    known = defaults(framework, kind)
    for name in given:
        if name not in known:
            raise PortError(f"{LAYER_NAMES[framework][kind]}: no option {name!r} that a port understands; "
                            f"there are {', '.join(known) or 'none'}")
    for name, value in given.items():
        if isinstance(known[name], bool) and not isinstance(value, bool):
            raise PortError(f"{LAYER_NAMES[framework][kind]}: {name}={value!r} is neither True nor False")
        if isinstance(known[name], float) and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise PortError(f"{LAYER_NAMES[framework][kind]}: {name}={value!r} is not a number")
        if isinstance(known[name], float) and not 0 <= value <= 1:
            raise PortError(f"{LAYER_NAMES[framework][kind]}: {name}={value!r} does not lie between 0 and 1")
        if name in ("linear_before_reset", "transB") and value not in (0, 1):
            raise PortError(f"{LAYER_NAMES[framework][kind]}: {name}={value!r} is neither 0 nor 1")
    return known | dict(given)


def variant(framework: str, kind: str, options) -> dict:
    """The formula that these options choose, in neutral words."""
    o = complete(framework, kind, options)
    layer = LAYER_NAMES[framework][kind]
    if kind in CONVOLUTIONS:
        return {**windows.variant(framework, kind, o), "bias": o[BIASES[framework]]}
    v = {"bias": o.get(BIASES[framework], True)}
    match kind:
        case "gru":
            after = {"keras": o.get("reset_after"), "onnx": o.get("linear_before_reset")}.get(framework, True)
            v |= {"reset": "after" if after else "before", **_activations(framework, kind, o, layer)}
        case "lstm" | "simple_rnn":
            v |= _activations(framework, kind, o, layer)
        case "batch_norm" | "layer_norm":
            affine = o.get("affine", o.get("elementwise_affine", True))
            v = {"epsilon": o[_EPSILON[framework]], "gamma": affine and o.get("scale", o.get("use_scale", True)),
                 "beta": affine and o.get("center", o.get("use_bias", o.get("bias", True)))}
            if kind == "batch_norm":
                v["old"] = round(1 - o["momentum"], 12) if framework == "torch" else o["momentum"]
    return v


def _activations(framework, kind, o, layer) -> dict[str, str]:
    """{"activation", and with gates "gate_activation", in an LSTM "cell_activation"}."""
    if framework == "onnx":
        given = o["activations"]
        names = list(given) if isinstance(given, (list, tuple)) else [given]
        wanted = len(DEFAULTS["onnx"][kind]["activations"])
        if len(names) != wanted or any(str(name) not in ONNX_ACTIVATIONS for name in names):
            raise PortError(f"{layer}: activations={names} is not understood; expected are {wanted} of "
                            f"{', '.join(ONNX_ACTIVATIONS)} (HardSigmoid's slope is an attribute, 0.2 by default)")
        names = [ONNX_ACTIVATIONS[name] for name in names]
        roles = {"simple_rnn": ("activation",), "gru": ("gate_activation", "activation"),
                 "lstm": ("gate_activation", "activation", "cell_activation")}[kind]
        return dict(zip(roles, names, strict=True))
    candidate = o.get("activation", o.get("activation_fn", o.get("nonlinearity", "tanh")))
    v = {"activation": candidate}
    if kind != "simple_rnn":
        v["gate_activation"] = o.get("recurrent_activation", o.get("gate_fn", "sigmoid"))
    if kind == "lstm":
        v["cell_activation"] = candidate
    for name in v.values():
        if name not in ACTIVATIONS:
            raise PortError(f"{layer}: activation {name!r} is not understood; there are {', '.join(ACTIVATIONS)}")
    return v


def options_for(framework: str, kind: str, v) -> dict:
    """The options that give the formula `v` in this framework: those that decide, and those that are not the default."""
    layer = LAYER_NAMES[framework][kind]
    if kind in CONVOLUTIONS:
        options = windows.options_for(framework, kind, v)
    else:
        options = {"gru": _gru, "lstm": _recurrent, "simple_rnn": _recurrent, "batch_norm": _normalisation,
                   "layer_norm": _normalisation}.get(kind, lambda *_: {})(framework, kind, v, layer)
    if not v.get("bias", True) and BIASES[framework] in defaults(framework, kind):
        options[BIASES[framework]] = False
    return options


def _gru(framework, kind, v, layer) -> dict:
    if v["reset"] == "before" and framework not in ("keras", "onnx"):
        raise Refused(
            f"{layer} applies the reset gate after the recurrent product, n = tanh(W x + b + r * (U h + c)), and has no "
            "option for the form in which it is applied before, n = tanh(W x + b + U (r * h)) (Keras reset_after=False, "
            "ONNX linear_before_reset=0). No weights make the two equal. Port to keras or onnx, write the cell yourself, "
            "or train with reset_after=True")
    decides = {"keras": {"reset_after": v["reset"] == "after"}, "onnx": {"linear_before_reset": int(v["reset"] == "after")}}
    return decides.get(framework, {}) | _recurrent(framework, kind, v, layer)


def _recurrent(framework, kind, v, layer) -> dict:
    """Activations. They are named only where they are not the default."""
    names = {role: v[role] for role in ("gate_activation", "activation", "cell_activation") if role in v}
    if framework == "onnx":
        onnx = {ours: theirs for theirs, ours in ONNX_ACTIVATIONS.items()}
        if "hard_sigmoid" in names.values():
            raise Refused(f"ONNX {layer}: this port does not write HardSigmoid: its slope is 0.2 unless activation_alpha "
                          "says otherwise, that of Keras and flax is 1/6")
        chosen = tuple(onnx[name] for name in names.values())
        return {} if chosen == DEFAULTS["onnx"][kind]["activations"] else {"activations": list(chosen)}
    if names.get("cell_activation", names["activation"]) != names["activation"]:
        raise Refused(f"{layer} has one activation for the candidate and the cell state, the source has "
                      f"{names['activation']} and {names['cell_activation']}")
    if framework == "torch":
        allowed = {"activation": ("tanh", "relu") if kind == "simple_rnn" else ("tanh",), "gate_activation": ("sigmoid",)}
        for role, fixed in allowed.items():
            if names.get(role, fixed[0]) not in fixed:
                raise Refused(f"{layer} computes its {role.replace('_', ' ')} with {' or '.join(fixed)} only, the source "
                              f"with {names[role]}. There is no option for it: write the cell yourself, or train the "
                              f"source with {fixed[0]}")
        return {"nonlinearity": names["activation"]} if names["activation"] == "relu" else {}
    keywords = {"keras": ("recurrent_activation", "activation"), "flax": ("gate_fn", "activation_fn"),
                "linen": ("gate_fn", "activation_fn")}[framework]
    options = {}
    for role, keyword, usual in zip(("gate_activation", "activation"), keywords, ("sigmoid", "tanh"), strict=True):
        if names.get(role, usual) != usual:
            options[keyword] = names[role]
    return options


def _normalisation(framework, kind, v, _layer) -> dict:
    """Epsilon always, because its default differs; the weight of the old running statistics."""
    options = {_EPSILON[framework]: v["epsilon"]}
    if kind == "batch_norm":
        options["momentum"] = round(1 - v["old"], 12) if framework == "torch" else v["old"]
    missing = {name for name in ("gamma", "beta") if not v[name]}
    if framework == "torch":
        if len(missing) == 2:
            options["affine" if kind == "batch_norm" else "elementwise_affine"] = False
        elif kind == "layer_norm" and missing == {"beta"}:
            options["bias"] = False
    elif framework in ("flax", "linen"):
        options |= {{"gamma": "use_scale", "beta": "use_bias"}[name]: False for name in sorted(missing)}
        options["use_fast_variance"] = False  # E[x²] - E[x]² loses digits; the others subtract the mean first
    elif framework == "onnx" and kind == "layer_norm" and "beta" in missing:
        options["bias"] = False
    elif framework == "keras":
        options |= {{"gamma": "scale", "beta": "center"}[name]: False for name in sorted(missing)}
    return options


def stored(framework: str, kind: str, v) -> tuple[str, ...]:
    """The canonical arrays that the layer holds in this formula."""
    if kind == "embedding":
        return ("table",)
    if kind.endswith("_norm"):
        scaled = [name for name in ("gamma", "beta") if v[name]]
        if framework == "torch" and scaled and (kind == "batch_norm" or "beta" in scaled):
            scaled = ["gamma", "beta"]  # both or neither, a LayerNorm also gamma alone
        elif framework == "onnx":
            scaled = ["gamma", "beta"] if kind == "batch_norm" or v["beta"] else ["gamma"]
        return (*scaled, *(("running_mean", "running_variance") if kind == "batch_norm" else ()))
    if kind not in RECURRENT:
        return ("kernel", "bias") if v["bias"] else ("kernel",)
    two = (framework in ("torch", "onnx") or (kind == "gru" and framework == "linen")
           or (kind == "gru" and framework == "keras" and v["reset"] == "after"))
    has_bias = v["bias"] or framework in ("flax", "linen")
    return ("kernel", "recurrent_kernel", *(("bias", "recurrent_bias")[:1 + two] if has_bias else ()))
