"""Recurrent layers in PyTorch."""

import torch

from cases.case import Case, Layer
from oracles.layouts import LAYOUTS
from oracles.torch_layers.built import Built, as_function


def gru(layer: Layer, params, case: Case) -> Built:
    """torch.nn.GRU computes reset="after", recurrent_bias="inside", update="keep" and nothing else."""
    features, hidden = params["kernel"].shape[1:]
    config = {} if layer.default else {"reset": "after", "recurrent_bias": "inside", "update": "keep"} | layer.config
    if config not in ({}, {"reset": "after", "recurrent_bias": "inside", "update": "keep"}):
        return composed_gru(**config)
    module = torch.nn.GRU(features, hidden, batch_first=True, dtype=getattr(torch, str(case.dtype)))
    call = as_function(module)

    def forward(weights, inputs):
        states = (inputs["h0"][None],) if "h0" in inputs else ()
        y, h_n = call(weights, inputs["x"], *states)
        return {"y": y, "h_n": h_n[0]}

    return Built(f"torch.nn.GRU({features}, {hidden}, batch_first=True)", forward, LAYOUTS["torch"]["gru"])


def composed_gru(reset: str, recurrent_bias: str, update: str) -> Built:
    """The forms that PyTorch has no layer for, cell by cell from torch.sigmoid and torch.tanh."""
    def forward(weights, inputs):
        K, R, b = weights["kernel"], weights["recurrent_kernel"], weights["bias"]
        c = weights["recurrent_bias"] if recurrent_bias != "none" else torch.zeros_like(b)
        x = inputs["x"]
        h = inputs["h0"] if "h0" in inputs else x.new_zeros(x.shape[0], R.shape[-1])
        states = []
        for x_t in x.unbind(1):
            r = torch.sigmoid(x_t @ K[0] + b[0] + h @ R[0] + c[0])
            z = torch.sigmoid(x_t @ K[1] + b[1] + h @ R[1] + c[1])
            match reset, recurrent_bias:
                case "after", "inside":
                    recurrent = r * (h @ R[2] + c[2])
                case "after", _:
                    recurrent = r * (h @ R[2]) + c[2]
                case _:
                    recurrent = (r * h) @ R[2] + c[2]
            n = torch.tanh(x_t @ K[2] + b[2] + recurrent)
            old, new = (z, 1 - z) if update == "keep" else (1 - z, z)
            h = old * h + new * n
            states.append(h)
        return {"y": torch.stack(states, 1), "h_n": h}

    return Built("a GRU cell from torch.sigmoid and torch.tanh", forward, composed=True)


LAYERS = {"gru": gru}
