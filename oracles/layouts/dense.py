"""How PyTorch and Keras store dense layers and embeddings: Keras as (in, out), torch.nn.Linear transposed."""

from oracles.layouts.layout import Layout, renamed


def torch_linear() -> Layout:
    """torch.nn.Linear: weight (out, in), bias (out,)."""
    def pack(params):
        return {"weight": params["kernel"].T} | ({"bias": params["bias"]} if "bias" in params else {})

    def unpack(arrays):
        return {"kernel": arrays["weight"].T} | ({"bias": arrays["bias"]} if "bias" in arrays else {})

    return Layout(pack, unpack)


LAYOUTS = {
    "torch": {"dense": torch_linear(), "embedding": renamed(weight="table")},
    "keras": {"dense": renamed(kernel="kernel", bias="bias"), "embedding": renamed(embeddings="table")},
}
