"""How a person takes arrays out of a layer of each framework by name and puts them in, and what to mind there."""

from nnparity.cases.kinds import KINDS

TITLES = {"torch": "PyTorch", "keras": "Keras 3", "flax": "flax.nnx", "linen": "flax.linen", "onnx": "ONNX"}
GET = {
    "torch": ("source = {k: a.numpy() for k, a in layer.state_dict().items()}",),
    "keras": ("source = {w.name: w.numpy() for w in layer.weights}",),
    "flax": ("state = nnx.to_flat_state(nnx.state(layer))",
             'source = {"/".join(path): np.asarray(v[...]) for path, v in state}'),
    "linen": ('source = flax.traverse_util.flatten_dict(variables, sep="/")',
              "source = {k: np.asarray(a) for k, a in source.items()}"),
    "onnx": ("at = {a.name: onnx.numpy_helper.to_array(a) for a in graph.initializer}",
             "source = {k: at[n] for k, n in zip(inputs, node.input) if n in at}"),
}
PUT = {
    "torch": ("layer.load_state_dict({k: torch.tensor(a) for k, a in target.items()})",),
    "keras": ("layer.set_weights([target[w.name] for w in layer.weights])",),
    "flax": ("state = nnx.state(layer)",
             "for path, v in nnx.to_flat_state(state):",
             '    v[...] = target["/".join(path)]',
             "nnx.update(layer, state)"),
    "linen": ('variables = flax.traverse_util.unflatten_dict(target, sep="/")',),
    "onnx": ("graph.initializer.extend(",
             "    onnx.numpy_helper.from_array(a, k) for k, a in target.items())"),
}
BUILT = "the layer must be built (called once, or layer.build) before it has weights"
NODE = "`inputs` are the operator's input names as in the call above, `node` and `graph` the model's"
RECURRENT = {
    "torch": "batch_first=True: x is (batch, time, input); without it (time, batch, input)",
    "keras": "x is (batch, time, input)",
    "flax": "the cell is one step: nnx.RNN(cell)(x) runs over x (batch, time, input); the array names are the cell's",
    "linen": "the cell is one step: linen.RNN(cell) runs over x (batch, time, input); the array names are the cell's",
    "onnx": "X is (time, batch, input) and Y (time, 1, batch, hidden); gates and linear_before_reset as the call says",
}
CHANNELS_FIRST = ("torch", "onnx")


def notes(kind: str, source: str, target: str) -> list[str]:
    """What the weights do not say."""
    told = [f"{TITLES[target]}: {BUILT}"] if target == "keras" else []
    told += [f"{TITLES[source]}: {NODE}"] if source == "onnx" else []
    if KINDS[kind].recurrent:
        told.insert(0, f"{TITLES[target]}: {RECURRENT[target]}")
    if kind in ("conv1d", "conv2d", "batch_norm") and (source in CHANNELS_FIRST) != (target in CHANNELS_FIRST):
        first, last = ("(batch, channels, ...)", "(batch, ..., channels)")
        told.append(f"x is {last if target not in CHANNELS_FIRST else first} in {TITLES[target]}, "
                    f"{first if target not in CHANNELS_FIRST else last} in {TITLES[source]}: transpose it, "
                    "and the rows of a dense layer behind a flatten (--flattened)")
    if kind == "batch_norm":
        new = {True: "the new statistics", False: "the old ones"}
        told.append(f"momentum is the weight of {new[target == 'torch']} in {TITLES[target]}, of "
                    f"{new[source == 'torch']} in {TITLES[source]}")
        if "torch" in (source, target):
            told.append("further training differs: PyTorch moves the running variance by the batch's variance over n - 1, "
                        "the others over n; outputs do not differ")
            told.append("BatchNorm1d, 2d and 3d of PyTorch hold the same arrays")
    if kind == "embedding":
        told.append("a row that is held at zero (PyTorch padding_idx) or masked (Keras mask_zero) is an option, not a weight")
    if kind == "layer_norm":
        told.append("over the last axis alone")
    if kind == "dense" and target == "onnx":
        told.append("transB=0; Gemm takes x of two axes")
    return told
