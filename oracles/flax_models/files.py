"""Weights of a flax.nnx model, from files that hold arrays alone."""

from pathlib import Path

import numpy as np
from flax import nnx


def load(model: nnx.Module, path: Path) -> None:
    """Puts the arrays of a .safetensors or .npz file, named by their paths ("layers.0.kernel" or "layers/0/kernel"), into the
    model. Raises ValueError for another file, and for names or shapes that are not the model's."""
    if path.suffix == ".safetensors":
        from safetensors.numpy import load_file
        arrays = load_file(path)
    elif path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
    else:
        raise ValueError(f"{path}: the weights of a flax model are read from .safetensors or .npz, not {path.suffix or 'this'}")
    put(model, arrays)


def put(model: nnx.Module, arrays: dict[str, np.ndarray]) -> None:
    """Raises ValueError where names or shapes are not the model's."""
    wanted = variables(model)
    given = {name.replace("/", "."): a for name, a in arrays.items()}
    if lost := sorted(wanted.keys() ^ given.keys()):
        raise ValueError(f"the weights do not fit the model: {', '.join(lost[:4])} " + (
            "is not in the file" if lost[0] in wanted else "is not in the model"))
    for name, v in wanted.items():
        if tuple(v.shape) != given[name].shape:
            shapes = f"{name} is {tuple(v.shape)} there, {given[name].shape} in the file"
            raise ValueError(f"the weights do not fit the model: {shapes}")
        v[...] = given[name].astype(v.dtype)


def variables(model: nnx.Module) -> dict[str, nnx.Variable]:
    """Parameters and running statistics by their paths, with dots."""
    return {".".join(map(str, path)): v for path, v in nnx.iter_graph(model) if isinstance(v, (nnx.Param, nnx.BatchStat))}
