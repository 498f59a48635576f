"""Embedding: token t becomes row t of a table.

    y[b, ...] = E[x[b, ...]],      dE[t] = Σ over the places where x = t of dy

Layouts: table E (vocabulary, features), x (batch, ...) of integers in [0, vocabulary), y (batch, ..., features). x takes no
gradient. Leading axes may stand in front of both arrays.

A token outside the table is an error here, in PyTorch and in TensorFlow on the CPU; JAX clamps it.
"""

import math

import numpy as np


def embedding(params, inputs):
    """`({"y": ...}, vjp)`. Raises ValueError for a token that the table has no row for."""
    E, x = params["table"], inputs["x"]
    vocabulary, features = E.shape[-2:]
    if x.min(initial=0) < 0 or x.max(initial=0) >= vocabulary:
        raise ValueError(f"embedding: tokens {x.min()} to {x.max()} in a table of {vocabulary} rows")
    leading = E.shape[:-2]
    tokens = x.reshape(*leading, math.prod(x.shape[len(leading):]))
    y = np.take_along_axis(E, tokens[..., None], axis=-2).reshape(*x.shape, features)

    def vjp(cotangents):
        dE = np.zeros_like(E)
        np.add.at(dE, x, cotangents["y"])  # adds once for every place, where dE[x] += ... would add once for every token
        return {"table": dE}

    return {"y": y}, vjp
