"""How each framework stores dense layers and embeddings: as (in, out), torch.nn.Linear transposed.

ONNX Gemm multiplies by its input B, (in, out) with transB=0, and adds C; Gather picks rows of data.
"""

from nnparity.oracles.layouts.layout import Layout, renamed, under


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
    "flax": {"dense": renamed(kernel="kernel", bias="bias"), "embedding": renamed(embedding="table")},
    "linen": {"dense": under("params/", renamed(kernel="kernel", bias="bias")),
              "embedding": under("params/", renamed(embedding="table"))},
    "onnx": {"dense": renamed(B="kernel", C="bias"), "embedding": renamed(data="table")},
}
