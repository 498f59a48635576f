"""The atlas as data for two models: which of its questions a setting is the answer to, and what to write for an answer."""

from collections.abc import Mapping
from typing import Any

from nnparity.cases.atlas import atlas
from nnparity.cases.convention import AtlasRow
from nnparity.oracles.layouts.padding import explicit, per_axis

# (kind, setting) -> the question of the atlas; "" stands for a kind of any name
QUESTIONS = {
    ("batch_norm", "epsilon"): "batch_norm.epsilon", ("batch_norm", "momentum"): "batch_norm.momentum_of",
    ("batch_norm", "running_divisor"): "batch_norm.running_divisor", ("batch_norm", "training"): "batch_norm.mode",
    ("layer_norm", "epsilon"): "layer_norm.epsilon", ("group_norm", "epsilon"): "group_norm.epsilon",
    ("rms_norm", "epsilon"): "rms_norm.epsilon", ("leaky_relu", "slope"): "leaky_relu_layer.slope",
    ("gelu", "approximate"): "gelu.approximate", ("hard_sigmoid", "slope"): "hard_sigmoid.form",
    ("softmax", "axis"): "softmax.axes", ("conv1d", "padding"): "conv1d.same", ("conv2d", "padding"): "conv1d.same",
    ("conv_transpose1d", "crop"): "conv_transpose1d.crop", ("conv_transpose2d", "crop"): "conv_transpose1d.crop",
    ("average_pool1d", "divisor"): "average_pool2d.divisor", ("average_pool2d", "divisor"): "average_pool2d.divisor",
    ("average_pool2d", "padding"): "average_pool2d.border", ("max_pool1d", "stride"): "max_pool1d.stride",
    ("max_pool2d", "stride"): "max_pool1d.stride", ("average_pool2d", "stride"): "max_pool1d.stride",
    ("max_pool2d", "ceil"): "max_pool1d.incomplete", ("max_pool1d", "ceil"): "max_pool1d.incomplete",
    ("upsample", "grid"): "resize_linear.grid", ("upsample", "method"): "upsampling2d.method", ("gru", "reset"): "gru.reset",
    ("lstm", "gate_activation"): "lstm.gate_activation", ("dropout", "active"): "dropout.default_mode",
    ("attention", "scale"): "attention.scale", ("", "time_axis"): "simple_rnn.time_axis",
    ("", "last_step"): "bidirectional.backward_order", ("", "flatten_order"): "flatten.order",
    ("gru", "gate_order"): "gru.gate_order", ("lstm", "gate_order"): "lstm.gate_order",
    ("lstm", "bias_twice"): "lstm.recurrent_bias", ("simple_rnn", "bias_twice"): "simple_rnn.recurrent_bias",
    ("dense", "transposed"): "dense.orientation", ("conv2d", "transposed"): "conv2d.layout",
    ("layer_norm", "divisor"): "std.divisor", ("", "valid"): "simple_rnn.padded_output",
    ("", "logits"): "cross_entropy.prediction",
}
# settings whose words are those of the atlas, so that each of its variants is a candidate
TRIED = ("epsilon", "slope", "approximate", "divisor", "grid", "method", "reset", "gate_activation", "running_divisor")


def question(kind: str, setting: str, settings: Mapping[str, Any]) -> AtlasRow | None:
    """The row of the atlas about a setting of a layer."""
    names = [settings.get("name", ""), settings.get("layer", ""), kind, ""]
    found = next((QUESTIONS[name, setting] for name in names if (name, setting) in QUESTIONS), None)
    return atlas()[found] if found else None


def variants(kind: str, setting: str, settings: Mapping[str, Any]) -> list[Any]:
    """The values of a setting that some framework has."""
    row = question(kind, setting, settings)
    if row is None or setting not in TRIED:
        return []
    words: dict[Any, Any] = {"sixth": 1 / 6, "fifth": 1 / 5}
    return [words.get(v.value, v.value) for v in row.variants]


OPTIONS: dict[str, dict[str, str]] = {
    "torch": {"epsilon": "eps", "slope": "negative_slope", "stride": "stride", "dilation": "dilation", "groups": "groups",
              "axis": "dim", "rate": "p", "size": "kernel_size", "ceil": "ceil_mode", "alpha": "alpha", "causal": "is_causal",
              "scale": "scale", "activation": "nonlinearity", "bound": "max_val"},
    "keras": {"epsilon": "epsilon", "slope": "negative_slope", "stride": "strides", "dilation": "dilation_rate",
              "groups": "groups", "axis": "axis", "rate": "rate", "size": "pool_size", "alpha": "alpha", "momentum": "momentum",
              "activation": "activation", "gate_activation": "recurrent_activation", "bound": "max_value",
              "dropout": "dropout", "recurrent_dropout": "recurrent_dropout"},
    "flax": {"epsilon": "epsilon", "slope": "negative_slope", "stride": "strides", "dilation": "kernel_dilation",
             "groups": "feature_group_count", "axis": "axis", "rate": "rate", "size": "window_shape", "alpha": "alpha",
             "momentum": "momentum", "causal": "is_causal", "activation": "activation_fn", "gate_activation": "gate_fn"},
    # our own words
    "ours": {name: name for name in ("epsilon", "slope", "alpha", "stride", "dilation", "groups", "axis", "size", "momentum",
                                     "divisor", "approximate", "activation", "gate_activation", "reset", "running_divisor")},
    "onnx": {"epsilon": "epsilon", "slope": "alpha", "alpha": "alpha", "axis": "axis", "approximate": "approximate",
             "stride": "strides", "dilation": "dilations", "groups": "group", "size": "kernel_shape", "momentum": "momentum",
             "causal": "is_causal", "scale": "scale", "bound": "max"},
}


PLACES = {"torch": "F", "flax": "nnx"}  # where activation functions are found


def written(framework: str, kind: str, setting: str, value: Any, settings: Mapping[str, Any], shape=(), size=()) -> str:
    """What to write in a framework to get a value of a setting; "" where it has no option for it.

    `shape` is that of the layer's input with our axes, `size` that of its window: the padding of a strided layer depends on both.
    """
    match framework, setting:
        case _, "padding":
            return padded(framework, kind, value, settings, shape, size)
        case "onnx", _ if (own := operator(kind, setting, value, settings)):
            return own
        case "torch", "momentum":
            return f"momentum={round(1 - value, 12):g}" if value is not None else "momentum=None"
        case "torch", "approximate":
            return "approximate='tanh'" if value == "tanh" else "approximate='none'"
        case "keras" | "flax", "approximate":
            return f"approximate={value == 'tanh'}"
        case "torch" | "flax", "divisor":
            return f"count_include_pad={value == 'window'}"
        case "keras", "crop" if isinstance(value, str):
            return f"padding={value!r}"
        case "torch", "crop":
            return cropped(value, settings, size)
        case "torch", "grid" if value in ("half_pixel", "align_corners"):
            return f"align_corners={value == 'align_corners'}"
        case "torch", "method":
            return f"mode={ {'linear': 'bilinear'}.get(value, value)!r}"
        case "keras", "method":
            return f"interpolation={ {'linear': 'bilinear'}.get(value, value)!r}"
        case "torch", "groups" if kind == "group_norm":
            return f"num_groups={value}"
        case "keras", "backward":
            return f"go_backwards={bool(value)}"
        case "torch", "backward":
            return "x.flip(1) in front of it, and y.flip(1) behind it" if value else "x as it is"
        case "keras", "reset":
            return f"reset_after={value == 'after'}"
        case "torch", "training" if not value:
            return "track_running_stats=True, and model.eval()"
        case "flax", "training" if not value:
            return "use_running_average=True, or model.eval()"
        case "flax", "fill" if value in ("circular", "reflect"):
            return f"padding={value.upper()!r}"
        case "torch", "fill":
            return f"padding_mode={value!r}"
        case "torch", "padding_row":
            return f"padding_idx={value}"
        case _, "valid" if value and kind == "mean":
            return "the mean of the steps that are no padding"
        case "torch", "valid" if value:
            return "pack_padded_sequence in front of it, with the lengths"
        case "keras", "valid" if value:
            return "a mask in front of it: mask_zero=True of the Embedding, or Masking"
        case "flax", "valid" if value:
            return "seq_lengths in its call"
        case _, "valid":
            return "no mask"
        case "torch", "time_axis":
            return "batch_first=True"
        case "flax", "time_axis":
            return "time_major=False"
        case "ours", "name":
            return str(value)
        case _, "name":
            return function(framework, value, settings)
    option = OPTIONS[framework].get(setting)
    return f"{option}={short(value)}" if option else ""


TORCH = {"hard_swish": "hardswish", "hard_sigmoid": "hardsigmoid", "log_sigmoid": "logsigmoid"}


def function(framework: str, name: str, settings: Mapping[str, Any]) -> str:
    """An activation as it is found in a framework."""
    place = PLACES.get(framework, "keras.activations")
    if name != "clipped_relu":
        return f"{place}.{TORCH.get(name, name) if framework == 'torch' else name}"
    if (bound := settings.get("bound", 6.0)) == 6:
        return f"{place}.relu6"
    clipped = {"torch": "F.hardtanh(x, 0, {})", "flax": "jnp.clip(x, 0, {})"}
    return clipped.get(framework, "keras.activations.relu(x, max_value={})").format(short(float(bound)))


# names of ONNX's activations of recurrent operators, and of what stands alone
FUNCTIONS = {"tanh": "Tanh", "relu": "Relu", "sigmoid": "Sigmoid", "hard_sigmoid": "HardSigmoid", "softsign": "Softsign",
             "softplus": "Softplus", "leaky_relu": "LeakyRelu", "elu": "Elu", "selu": "Selu", "gelu": "Gelu", "exp": "Exp",
             "softmax": "Softmax", "log_softmax": "LogSoftmax", "hard_swish": "HardSwish", "mish": "Mish", "clipped_relu": "Clip"}


def operator(kind: str, setting: str, value: Any, settings: Mapping[str, Any]) -> str:
    """An attribute of an ONNX operator as it is written; "" for a setting that the plain table has, or none."""
    match setting:
        case "groups" if kind == "group_norm":
            return f"num_groups={value}"
        case "divisor" if "pool" in kind:
            return f"count_include_pad={int(value == 'window')}"
        case "ceil":
            return f"ceil_mode={int(bool(value))}"
        case "reset":
            return f"linear_before_reset={int(value == 'after')}"
        case "approximate":
            return f"approximate={'tanh' if value == 'tanh' else 'none'!r}"
        case "method":
            return f"mode={value!r}"
        case "grid":
            grid, _, rounding = value.partition(", ")
            return f"coordinate_transformation_mode={grid!r}" + (f", nearest_mode={rounding!r}" if rounding else "")
        case "backward":
            return f"direction={'reverse' if value else 'forward'!r}"
        case "gate_activation" | "activation":
            gates = [] if kind == "simple_rnn" else [value if setting == "gate_activation" else settings.get("gate_activation")]
            rest = value if setting == "activation" else settings.get("activation")
            names = [*gates, *[rest] * (2 if "lstm" in (kind, settings.get("layer")) else 1)]
            return f"activations={[FUNCTIONS.get(str(name), name) for name in names]!r}"
        case "gate_slope" if value:
            return f"activation_alpha=[{value:g}]"
        case "crop" if not isinstance(value, str):
            more = [max(-after, 0) for _, after in value]
            pads = f"pads={[b for b, _ in value] + [max(a, 0) for _, a in value]}"
            return pads + (f", output_padding={more}" if any(more) else "")
        case "name":
            return f"the operator {FUNCTIONS.get(value, value.capitalize())}"
        case "time_axis":
            return "a Transpose in front of it: its input is (time, batch, features)"
        case "valid" if value:
            return "sequence_lens"
        case "fill":
            mode = {"replicate": "edge", "circular": "wrap", "zeros": "constant"}.get(value, value)
            return f"a Pad of mode {mode!r} in front of it"
    return ""


def cropped(value, settings, size) -> str:
    """What PyTorch's transposed convolution cuts off: as much at both ends, less output_padding behind."""
    if isinstance(value, str):
        strides = per_axis(settings["stride"], len(size))
        more = [k - s for k, s in zip(size, strides)]
        value = [(0, min(e, 0)) if value == "valid" or e < 0 else (e // 2, e - e // 2) for e in more]
    if not value or any(before < after for before, after in value):
        return ""
    added = tuple(before - after for before, after in value)
    return f"padding={short(tuple(before for before, _ in value))}" + (f", output_padding={short(added)}" if any(added) else "")


def padded(framework, kind, value, settings, shape, size) -> str:
    if framework == "ours":
        return f"padding={value!r}"
    if framework == "flax" and isinstance(value, str):
        return f"padding={value.upper()!r}"
    if isinstance(value, str) and value != "same_lower" and framework != "onnx" and (framework == "keras" or value == "valid"):
        return f"padding={value!r}" if framework == "keras" else "padding=0"
    axes = len(shape) - 2
    if axes < 1 or not size:
        return ""
    pairs = explicit(value, shape[2:], size, settings["stride"] or size, settings.get("dilation", (1,) * axes))
    if framework == "flax":
        return f"padding={pairs}"
    if framework == "onnx":
        auto = {"same": "auto_pad='SAME_UPPER'", "same_lower": "auto_pad='SAME_LOWER'"}
        return auto.get(value) or f"pads={[int(b) for b, _ in pairs] + [int(a) for _, a in pairs]}"
    if framework == "torch":
        if "average" in kind and settings.get("divisor") == "cells":
            return averaged(pairs, shape[2:], size, settings["stride"] or size)
        if all(before == after for before, after in pairs):
            return f"padding={short(tuple(before for before, _ in pairs))}"
        flat = tuple(n for pair in reversed(pairs) for n in pair)
        fill = ", value=float('-inf')" if "max" in kind else ""
        return f"padding=0 and F.pad(x, {flat}{fill}) in front of it"
    if kind == "conv1d" and pairs == ((settings.get("dilation", (1,))[0] * (size[0] - 1), 0),):
        return "padding='causal'"
    even = all(before == after for before, after in pairs)
    around = short(tuple(before for before, _ in pairs)) if even else repr(pairs if axes > 1 else pairs[0])
    return f"padding='valid' and ZeroPadding{axes}D({around}) in front of it" if any(map(any, pairs)) else "padding='valid'"


def averaged(pairs, lengths, size, stride) -> str:
    """Average pooling of PyTorch that counts no cell of padding: with the same cells at both ends, or with ceil_mode where all
    stand at the end of what a window covers."""
    before, after = zip(*pairs)
    if before == after:
        return f"padding={short(before)}, count_include_pad=False"
    if not any(before) and all(0 <= -(n - k) % s == end for n, k, s, end in zip(lengths, size, stride, after)):
        return "padding=0, ceil_mode=True"
    flat = tuple(n for pair in reversed(pairs) for n in pair)
    return f"padding=0, of F.pad(x, {flat}), divided by the same of ones"


def short(value: Any) -> str:
    if isinstance(value, tuple) and len(set(value)) == 1:
        value = value[0]
    return f"{value:g}" if isinstance(value, float) else repr(value)
