"""Strides, dilations, groups and padding of a convolution, in each framework's words."""

from nnparity.oracles.layouts.padding import per_axis
from nnparity.oracles.porting.errors import PortError, Refused

# what is called what: stride, dilation, groups, padding
WORDS = {"torch": ("stride", "dilation", "groups", "padding"), "keras": ("strides", "dilation_rate", "groups", "padding"),
         "flax": ("strides", "kernel_dilation", "feature_group_count", "padding"),
         "linen": ("strides", "kernel_dilation", "feature_group_count", "padding"),
         "onnx": ("strides", "dilations", "group", "pads")}
PADDING = {"torch": 0, "keras": "valid", "flax": "SAME", "linen": "SAME", "onnx": 0}
DEFAULTS = {name: dict(zip(words, (1, 1, 1, PADDING[name]), strict=True)) | ({"auto_pad": "NOTSET"} if name == "onnx" else {})
            for name, words in WORDS.items()}


def variant(framework: str, kind: str, options) -> dict:
    """{"stride": (2, 2), "dilation": (1, 1), "groups": 1, "padding": "valid" | "same" | "same_lower" | ((1, 1), (2, 2))}."""
    axes = int(kind[4])
    stride, dilation, groups, padding = (options[word] for word in WORDS[framework])
    for value in (stride, dilation, groups):
        if not all(isinstance(k, int) and k > 0 for k in (value if isinstance(value, (tuple, list)) else (value,))):
            raise PortError(f"{framework} {kind}: {value!r} is no stride, dilation or number of groups: positive integers")
    if isinstance(groups, (tuple, list)):
        raise PortError(f"{framework} {kind}: {groups!r} is no number of groups: one positive integer")
    for value in (stride, dilation):
        if isinstance(value, (tuple, list)) and len(value) != axes:
            raise PortError(f"{framework} {kind}: {value!r} has {len(value)} numbers, expected {axes}")
    return {"stride": tuple(per_axis(stride, axes)), "dilation": tuple(per_axis(dilation, axes)), "groups": groups,
            "padding": _padding(framework, axes, padding, options.get("auto_pad", "NOTSET"))}


def _padding(framework, axes, padding, auto_pad):
    """In neutral words. Equal numbers of zero are "valid"."""
    named = {"NOTSET": None, "VALID": "valid", "SAME_UPPER": "same", "SAME_LOWER": "same_lower"}
    if not isinstance(auto_pad, str) or auto_pad not in named:
        raise PortError(f"onnx: auto_pad={auto_pad!r}; there are {', '.join(named)}")
    if framework == "onnx" and named[auto_pad]:
        return named[auto_pad]
    if isinstance(padding, str):
        words = {"torch": ("valid", "same"), "keras": ("valid", "same"), "flax": ("VALID", "SAME"),
                 "linen": ("VALID", "SAME"), "onnx": ()}[framework]
        if padding not in words:
            raise PortError(f"{framework}: padding={padding!r} is not understood; there are {', '.join(words)}"
                            f"{'' if framework == 'keras' else ' and numbers'}")
        return padding.lower()
    if framework == "keras":
        raise PortError(f"keras: padding={padding!r} is not understood; there are valid, same")
    try:
        if framework == "onnx" and not isinstance(padding, int):  # all the cells before, then all those behind
            padding = tuple(zip(padding[:axes], padding[axes:], strict=True))
        pairs = tuple(tuple(per_axis(pair, 2)) for pair in per_axis(padding, axes))
        good = len(pairs) == axes and all(len(pair) == 2 and min(pair) >= 0 for pair in pairs)
    except (TypeError, ValueError):
        good = False
    if not good:
        raise PortError(f"{framework}: padding {padding!r} is not understood; expected is a number, or one for each axis")
    return pairs if any(map(any, pairs)) else "valid"


def options_for(framework: str, kind: str, v) -> dict:
    """The options for a variant; what is the default is left out, except flax's padding, whose default surprises."""
    words = WORDS[framework]
    options = {word: _short(value) for word, value in zip(words, (v["stride"], v["dilation"], v["groups"]), strict=False)
               if _short(value) != 1}
    if framework == "onnx":
        options = {word: list(v[name]) if name != "groups" else v[name]
                   for word, name in zip(words, ("stride", "dilation", "groups"), strict=False) if word in options}
    padding, Conv = v["padding"], f"Conv{kind[4]}{'d' if framework == 'torch' else 'D'}"
    if framework == "keras" and max(v["stride"]) > 1 and max(v["dilation"]) > 1:
        raise Refused(f"keras.layers.{Conv} takes strides or a dilation_rate above 1, not both")
    match framework, padding:
        case "onnx", "same" | "same_lower" if max(v["dilation"]) > 1:
            raise Refused("onnxruntime runs no Conv with auto_pad=SAME_UPPER or SAME_LOWER and dilations above 1. Port it with "
                          "padding as numbers: (kernel - 1) * dilation cells on each axis at stride 1, half at each end")
        case "onnx", str():
            return options | ({} if padding == "valid" else
                              {"auto_pad": {"same": "SAME_UPPER", "same_lower": "SAME_LOWER"}[padding]})
        case "onnx", _:
            return options | {"pads": [before for before, _ in padding] + [behind for _, behind in padding]}
        case _, "same_lower":
            raise Refused(f"{Conv}: the target has no SAME_LOWER, which puts the odd cell of padding first. "
                          "Pad yourself in front of the layer and port it with padding valid")
        case "torch", "same" if set(v["stride"]) != {1}:
            raise Refused(f"torch.nn.{Conv} has padding='same' with stride 1 only, the source has stride {v['stride']}; how "
                          "many cells are needed depends on the input's size. Use torch.nn.functional.pad in front of it "
                          "(the odd cell at the end) and port the layer with padding valid")
        case "torch", "valid":
            return options
        case "torch", "same":
            return options | {"padding": "same"}
        case "torch", _ if any(before != behind for before, behind in padding):
            raise Refused(f"torch.nn.{Conv} pads both ends alike, the source {padding}. Use torch.nn.functional.pad in front "
                          "of it and port the layer with padding valid")
        case "torch", _:
            return options | {"padding": tuple(before for before, _ in padding)}
        case "keras", "valid":
            return options
        case "keras", "same":
            return options | {"padding": "same"}
        case "keras", _:
            cells = padding[0] if len(padding) == 1 else padding
            raise Refused(f"keras.layers.{Conv} has no padding by numbers. Put keras.layers.ZeroPadding{kind[4]}D({cells}) in "
                          "front of it and port the layer with padding valid")
        case _, str():
            return options | {"padding": padding.upper()}
    return options | {"padding": padding}


def _short(value):
    """(2, 2) -> 2."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value


def groups_of(options) -> int:
    """The number of groups in any framework's options."""
    return next((options[word] for word in ("groups", "feature_group_count", "group") if word in options), 1)
