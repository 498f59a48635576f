"""A network is a chain of layers: outputs flow forward through it, cotangents flow back.

    x -> layer 1 -> layer 2 -> ... -> y (-> loss)

Each layer is a function `layer(params, inputs, **config) -> (outputs, vjp)`. Its input `x` is the previous layer's `y`;
its other inputs (states, masks) and other outputs (last states) enter and leave the chain under the layer's name.
"""

from collections.abc import Callable

import numpy as np

from nnparity.cases.case import Arrays, Case, Layer, Result, Unsupported
from nnparity.reference_impl.layers.activation import activation
from nnparity.reference_impl.layers.convolution import conv1d, conv2d
from nnparity.reference_impl.layers.dense import dense
from nnparity.reference_impl.layers.dropout import dropout
from nnparity.reference_impl.layers.embedding import embedding
from nnparity.reference_impl.layers.flatten import flatten
from nnparity.reference_impl.layers.gru import gru
from nnparity.reference_impl.layers.lstm import lstm
from nnparity.reference_impl.layers.normalisation import batch_norm, layer_norm
from nnparity.reference_impl.layers.pooling import average_pool1d, average_pool2d, max_pool1d, max_pool2d
from nnparity.reference_impl.layers.simple_rnn import simple_rnn
from nnparity.reference_impl.layers.sum import sum_features
from nnparity.reference_impl.layers.transpose import transpose
from nnparity.reference_impl.losses import LOSSES

NAME = "reference"

LAYERS: dict[str, Callable] = {
    "activation": activation,
    "average_pool1d": average_pool1d,
    "average_pool2d": average_pool2d,
    "batch_norm": batch_norm,
    "conv1d": conv1d,
    "conv2d": conv2d,
    "dense": dense,
    "dropout": dropout,
    "embedding": embedding,
    "flatten": flatten,
    "gru": gru,
    "layer_norm": layer_norm,
    "lstm": lstm,
    "max_pool1d": max_pool1d,
    "max_pool2d": max_pool2d,
    "simple_rnn": simple_rnn,
    "sum": sum_features,
    "transpose": transpose,
    **LOSSES,
}


def version() -> str:
    return f"numpy {np.__version__}"


def forward(case: Case, params: Arrays, inputs: Arrays, layers=LAYERS):
    """The outputs of the case's chain by name, and the list of (layer, vjp, outputs) that leads back.

    `params` and `inputs` stand in place of the case's own: in another dtype, or with leading axes in front. Raises Unsupported
    for a layer that the reference does not have, and what the layers raise.
    """
    outputs, tape, x = {}, [], inputs["x"]
    for layer in case.layers:
        given = {**layer.own(inputs), "x": x}
        produced, vjp = _function(layer, layers)(layer.own(params), given, **layer.config)
        tape.append((layer, vjp, produced))
        if layer is case.loss:
            outputs["loss"] = produced["y"]
        else:
            x = produced["y"]
            outputs |= {layer.qualify(name): a for name, a in produced.items() if name != "y"}
    if case.l2:
        outputs["loss"] = outputs["loss"] + penalty(case, params)
    return {name: a for name, a in {"y": x, **outputs}.items() if name not in case.left}, tape


def penalty(case: Case, params: Arrays):
    """(λ/2) Σ W² over every kernel of the chain; biases are left out. Its gradient is λ W."""
    squares = [params[name] * params[name] for name in case.penalised]
    return case.l2 / 2 * sum(square.sum(tuple(range(-a.ndim, 0))) for square, a in zip(squares, case.penalised.values()))


def decay(case: Case, cotangents: Arrays) -> dict[str, np.ndarray]:
    """What the penalty adds to the gradients: λ W for every kernel."""
    return {name: cotangents["loss"] * (case.l2 * weight) for name, weight in case.penalised.items()}


def run(case: Case, layers=LAYERS) -> Result:
    """The reference's answer: every output, and the gradient of Σ cotangent·output by every parameter and input.

    `layers` replaces layer functions, by kind or, as "dense@head", in one place of the chain. Raises ValueError where a cotangent
    is missing or has no output.
    """
    outputs, tape = forward(case, case.params, case.inputs, layers)
    if outputs.keys() != (case.cotangents.keys() | case.observed) - case.left:
        raise ValueError(f"{case.name}: outputs are {sorted(outputs)}, cotangents are {sorted(case.cotangents)}; "
                         "every output needs one, but for those only observed")
    grads = backward(case, tape, case.cotangents)
    return Result(outputs=outputs, grads={name: grads[name] for name in case.differentiable if name in grads},
                  built=" -> ".join(describe(layer) for layer in case.layers))


def backward(case: Case, tape, cotangents: Arrays) -> dict[str, np.ndarray]:
    """Cotangents of the outputs pulled back through the chain: the gradient of every parameter and input."""
    grads: dict[str, np.ndarray] = {}
    upstream = cotangents["y"]
    for layer, vjp, produced in reversed(tape):
        if layer is case.loss:
            pulled = vjp({"y": cotangents["loss"]})
            upstream = upstream + pulled.pop("x")
        else:
            pulled = vjp({name: upstream if name == "y" else cotangents[layer.qualify(name)]
                          if layer.qualify(name) not in case.left else np.zeros_like(a) for name, a in produced.items()
                          if layer.qualify(name) not in case.observed})
            upstream = pulled.pop("x", None)  # integer tokens take no gradient
        grads |= {layer.qualify(name): g for name, g in pulled.items()}
    for name, own in decay(case, cotangents).items():
        grads[name] = grads[name] + own
    return {**grads, "x": upstream}


def describe(layer: Layer) -> str:
    """gru(reset='after', update='keep')"""
    return f"{layer.kind}({', '.join(f'{k}={v!r}' for k, v in layer.config.items())})"


def _function(layer: Layer, layers):
    if layer.default:
        raise Unsupported("the reference has no default construction: it computes every variant")
    if layer.kind not in layers:
        raise Unsupported(f"the reference has no layer {layer.kind!r}; it has {', '.join(sorted(layers))}")
    return layers.get(f"{layer.kind}@{layer.name}", layers[layer.kind])
