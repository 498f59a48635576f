"""A network read from a model: a torch.nn.Sequential or a keras.Sequential whose layers are of kinds that are known here.

Classes are told by their names; nothing is imported. Dropout is taken as in evaluation, batch normalisation as in training.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from nnparity import oracles
from nnparity.cases.kinds import RECURRENT
from nnparity.reports.asking.implementations import UserFile, described_error
from nnparity.reports.checking.handed_in.recognise import framework_of
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.checking.own.plan import Plan, Planned, kind_of, plan_of
from nnparity.reports.checking.source import located

LEFT_OUT = ("Identity", "InputLayer", "Dropout", "Dropout1d", "Dropout2d", "SpatialDropout1D", "SpatialDropout2D")
# what a layer's class is called -> our kind
NAMED = {"Linear": "dense", "Dense": "dense", "RNN": "simple_rnn", "SimpleRNN": "simple_rnn", "LSTM": "lstm", "GRU": "gru",
         "Conv1d": "conv1d", "Conv2d": "conv2d", "Conv1D": "conv1d", "Conv2D": "conv2d", "MaxPool1d": "max_pool1d",
         "MaxPool2d": "max_pool2d", "AvgPool1d": "average_pool1d", "AvgPool2d": "average_pool2d", "MaxPooling1D": "max_pool1d",
         "MaxPooling2D": "max_pool2d", "AveragePooling1D": "average_pool1d", "AveragePooling2D": "average_pool2d",
         "Flatten": "flatten", "LayerNorm": "layer_norm", "LayerNormalization": "layer_norm", "BatchNorm1d": "batch_norm",
         "BatchNorm2d": "batch_norm", "BatchNormalization": "batch_norm", "Embedding": "embedding"}
FUNCTIONS = ("ReLU", "ReLU6", "LeakyReLU", "ELU", "SELU", "GELU", "SiLU", "Sigmoid", "Hardsigmoid", "Tanh", "Softmax",
             "LogSoftmax", "Softplus")
SLOPES = {"LeakyReLU": ("slope", "negative_slope"), "ELU": ("alpha", "alpha")}


def read(model: Any, loss: Plan | None = None) -> tuple[Plan, tuple[int | None, ...] | None]:
    """(the network that a model is, with the loss of `loss`; the shape of its x as far as it says). Raises WrongRequest."""
    if isinstance(model, str):
        model = loaded(model)
    cls = model if isinstance(model, type) else type(model)
    framework = framework_of(cls)
    if not framework or isinstance(model, type):
        raise WrongRequest(f"like= takes a torch.nn.Sequential or a keras.Sequential, not {model!r:.60}")
    parts = list(layers_of(model))
    layers = [layer for part in parts for layer in described(part, framework)]
    plan = plan_of([*layers, *([loss.loss] if loss and loss.loss else [])])
    if loss:
        plan = Plan(layers=plan.layers, loss=loss.loss, l2=loss.l2, of_input=loss.of_input)
    return plan, shape_read(model, parts, plan)


def loaded(target: str) -> Any:
    """A model by its place, "file.py:model". Raises WrongRequest."""
    source, name = located(target)
    if not name:
        raise WrongRequest(f"{target}: which model of it? Name it: FILE:NAME")
    try:
        found = UserFile(path=str(source.path), function=name).imported()
    except Exception as error:  # a person's file may raise anything
        raise WrongRequest(f"{target} cannot be imported: {described_error(error)}") from None
    return found


def layers_of(model: Any) -> Iterator[Any]:
    """The layers in their order, those of a Sequential inside one too."""
    if type(model).__name__ != "Sequential":
        if type(model).__name__ in (*NAMED, *FUNCTIONS):
            yield model
            return
        raise WrongRequest(f"{type(model).__name__} is no Sequential: what its layers do to each other stands in its code alone",
                           "Put its layers into a Sequential, or describe the network in words")
    for part in (model.children() if hasattr(model, "children") else model.layers):
        yield from layers_of(part) if type(part).__name__ == "Sequential" else [part]


def described(part: Any, framework: str) -> Iterator[Planned]:
    """What a layer is here. Raises WrongRequest, naming its class."""
    name = type(part).__name__
    if name in LEFT_OUT:
        return
    if name in FUNCTIONS or name == "Activation":
        yield function(part, name)
        return
    if name not in NAMED or type(part).__module__.split(".")[0] not in ("torch", "keras", "tf_keras"):
        raise WrongRequest(f"the network has no layer {name} here", "Known are dense, convolution, pooling, recurrent, embedding "
                           "and normalisation layers of PyTorch and Keras, Flatten, Dropout, and activations with fixed options")
    kind = NAMED[name]
    try:
        yield of_torch(part, kind) if framework == "torch" else of_keras(part, kind)
    except ValueError as error:
        raise WrongRequest(f"{name}: {error}") from None


def function(part: Any, name: str) -> Planned:
    """An activation that is a layer of its own."""
    if name == "Activation":
        return Planned(kind="activation", config=kind_of(part.activation.__name__)[1])
    config = dict(kind_of(name)[1])
    option, attribute = SLOPES.get(name, ("", ""))
    if option:
        config[option] = float(getattr(part, attribute))
    if name == "GELU" and getattr(part, "approximate", "none") == "tanh":
        config["approximate"] = "tanh"
    if name in ("Softmax", "LogSoftmax") and getattr(part, "dim", -1) not in (-1, 1):
        raise WrongRequest(f"{name}(dim={part.dim}): over the last axis alone")
    return Planned(kind="activation", config=config)


def own_options(part: Any, framework: str) -> Mapping[str, Any]:
    return oracles.tool(framework).options(part)


def of_torch(part: Any, kind: str) -> Planned:
    """Raises ValueError."""
    match kind:
        case "dense":
            return Planned(kind=kind, sizes={"units": part.out_features}, bias=part.bias is not None)
        case "conv1d" | "conv2d":
            return Planned(kind=kind, sizes={"filters": part.out_channels, "size": tuple(part.kernel_size)},
                           config=own_options(part, "torch"), bias=part.bias is not None)
        case "embedding":
            return Planned(kind=kind, sizes={"vocabulary": part.num_embeddings, "features": part.embedding_dim})
        case "layer_norm" | "batch_norm":
            if kind == "layer_norm" and len(part.normalized_shape) > 1:
                raise ValueError("it normalises over one axis here")
            return Planned(kind=kind, config={"epsilon": part.eps})
        case "flatten":
            if part.start_dim != 1:
                raise ValueError(f"start_dim={part.start_dim}: all axes behind the batch become one here")
            return Planned(kind=kind)
        case _ if kind in RECURRENT:
            if not part.batch_first or not part.bias:
                raise ValueError("batch_first=True and a bias are expected")
            config: dict[str, Any] = {"recurrent_bias": "separate"} if kind != "gru" else {
                "reset": "after", "recurrent_bias": "inside", "update": "keep"}
            return Planned(kind=kind, sizes={"units": part.hidden_size}, config={**config, **own_options(part, "torch")})
    return pool(part, kind)


def pool(part: Any, kind: str) -> Planned:
    """A pooling layer of PyTorch's. Raises ValueError for what has no counterpart here."""
    if part.ceil_mode or getattr(part, "dilation", 1) not in (1, (1, 1), (1,)):
        raise ValueError("no ceil_mode and no dilation is known here")
    windows = 2 if kind.endswith("2d") else 1
    pads = (part.padding,) * windows if isinstance(part.padding, int) else tuple(part.padding)
    config: dict[str, Any] = {"stride": part.stride if isinstance(part.stride, int) or windows > 1 else part.stride[0]}
    if any(pads):
        config["padding"] = tuple((n, n) for n in pads)
        if kind.startswith("average"):
            config["divisor"] = "window" if part.count_include_pad else "cells"
    size = part.kernel_size if isinstance(part.kernel_size, int) or windows > 1 else part.kernel_size[0]
    return Planned(kind=kind, sizes={"size": size}, config=config)


def of_keras(part: Any, kind: str) -> Planned:
    """Raises ValueError."""
    if getattr(part, "data_format", "channels_first") != "channels_first" and kind != "flatten":
        raise ValueError("channels first are expected here: data_format='channels_first'")
    active = {k: v for k, v in (own_options(part, "keras") if kind != "embedding" else {}).items()}
    match kind:
        case "dense":
            return Planned(kind=kind, sizes={"units": part.units}, config=active, bias=part.use_bias)
        case "conv1d" | "conv2d":
            return Planned(kind=kind, sizes={"filters": part.filters, "size": tuple(part.kernel_size)}, config=active,
                           bias=part.use_bias)
        case "embedding":
            return Planned(kind=kind, sizes={"vocabulary": part.input_dim, "features": part.output_dim})
        case "layer_norm" | "batch_norm":
            return Planned(kind=kind, config={"epsilon": part.epsilon, **({"axis": -1} if kind == "batch_norm" else {})})
        case "flatten":
            return Planned(kind=kind)
        case _ if kind in RECURRENT:
            if not part.return_sequences or not part.use_bias:
                raise ValueError("return_sequences=True and a bias are expected")
            config = {"update": "keep"} if kind == "gru" else {"recurrent_bias": "none"}
            return Planned(kind=kind, sizes={"units": part.units}, config={**config, **active})
    return Planned(kind=kind, sizes={"size": tuple(part.pool_size)},
                   config={"stride": tuple(part.strides), "padding": part.padding,
                           **({"divisor": "cells"} if kind.startswith("average") else {})})


def shape_read(model: Any, parts: list[Any], plan: Plan) -> tuple[int | None, ...] | None:
    """The shape of x that a model says: Keras's input shape, the features of a first layer."""
    shape = getattr(model, "input_shape", None)
    if isinstance(shape, tuple):
        return tuple(shape)
    first = next((part for part in parts if type(part).__name__ not in LEFT_OUT), None)
    width: Callable[[str], Any] = lambda name: getattr(first, name, None)  # noqa: E731
    match plan.layers[0].kind:
        case "dense" if width("in_features"):
            return (None, width("in_features"))
        case kind if kind in RECURRENT and width("input_size"):
            return (None, None, width("input_size"))
        case "embedding":
            return (None, None)
    return None
