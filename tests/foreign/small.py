"""Embeddings by one-hot products and by indexing; dropout in a class."""

import numpy as np


def embedding(params, inputs, cotangents):
    onehot = np.eye(len(params["table"]))[inputs["x"]]
    return {"y": onehot @ params["table"]}, {"table": np.einsum("btv,btf->vf", onehot, cotangents["y"])}


def added_by_index(params, inputs, cotangents):
    """The famous trap: an indexed += adds once for every token."""
    grad = np.zeros_like(params["table"])
    grad[inputs["x"]] += cotangents["y"]
    return {"y": params["table"][inputs["x"]]}, {"table": grad}


def padding_row(params, inputs, cotangents):
    grad = np.zeros_like(params["table"])
    for tokens, rows in zip(inputs["x"], cotangents["y"], strict=True):
        for token, row in zip(tokens, rows, strict=True):
            if token:
                grad[token] += row
    return {"y": params["table"][inputs["x"]]}, {"table": grad}


class Dropout:
    def __init__(self, keep):
        self.keep = keep

    def __call__(self, x, mask):
        self.mask = mask
        return x * mask / self.keep

    def back(self, dy):
        return dy * self.mask / self.keep


def dropout(_params, inputs, cotangents, config):
    layer = Dropout(1 - config["rate"])
    if config.get("scaling", "inverted") == "none":
        layer.keep = 1
    return {"y": layer(inputs["x"], inputs["mask"])}, {"x": layer.back(cotangents["y"])}


def keep_for_rate(_params, inputs, cotangents, config):
    layer = Dropout(config["rate"])
    return {"y": layer(inputs["x"], inputs["mask"])}, {"x": layer.back(cotangents["y"])}


def plain(_params, inputs, cotangents):
    layer = Dropout(1)
    return {"y": layer(inputs["x"], inputs["mask"])}, {"x": layer.back(cotangents["y"])}


def mask_forgotten(_params, inputs, cotangents, config):
    layer = Dropout(1 - config["rate"])
    return {"y": layer(inputs["x"], inputs["mask"])}, {"x": cotangents["y"] / layer.keep}
