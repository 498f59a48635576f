"""The layers that work on rows, and the losses, written out: all axes of examples are made one, and come back."""

import numpy as np

from nnparity.cases.case import Arrays
from nnparity.reference_impl.plain import losses as of_losses
from nnparity.reference_impl.plain.program import Names, Program


class Rowwise(Program):
    """x (..., features) as rows."""

    def rows(self, x: np.ndarray) -> np.ndarray:
        self.shape = x.shape
        return x.reshape(-1, x.shape[-1])

    def leave(self, names: Names) -> Arrays:
        return {"y": names["y"].reshape(*self.shape[:-1], -1)}

    def pull(self, names: Names, cotangents: Arrays) -> Names:
        dy = cotangents["y"]
        return {"dy": dy.reshape(-1, dy.shape[-1])}

    def grads(self, names: Names) -> Arrays:
        return {"x": names["dx"].reshape(self.shape)}


class Dense(Rowwise):
    @classmethod
    def writes(cls, config: Names) -> bool:
        return config.get("bias", "vector") in ("vector", "none") and config.get("activation") != "log_softmax" and config.get(
            "axis", -1) == -1

    @property
    def function(self) -> str:
        return "dense_softmax" if self.activation == "softmax" else "dense"

    def enter(self, params: Arrays, inputs: Arrays) -> Names:
        kernel = params["kernel"]
        bias = params.get("bias", np.zeros(kernel.shape[1], kernel.dtype))
        self.biased = "bias" in params
        return {"x": self.rows(inputs["x"]), "kernel": kernel, "bias": bias, **self.slopes()}

    def grads(self, names: Names) -> Arrays:
        bias = {"bias": names["dbias"]} if self.biased else {}
        return {"kernel": names["dkernel"], **bias, **super().grads(names)}


class Activation(Rowwise):
    @classmethod
    def writes(cls, config: Names) -> bool:
        return config.get("function") != "log_softmax" and config.get("axis", -1) == -1

    @property
    def function(self) -> str:
        return "softmax" if self.activation == "softmax" else "elementwise"

    def enter(self, params: Arrays, inputs: Arrays) -> Names:
        return {"x": self.rows(inputs["x"]), **self.slopes()}


class LayerNorm(Rowwise):
    def scales(self, params: Arrays, width: int, dtype: np.dtype) -> Names:
        self.own = params.keys()
        return {"gamma": params.get("gamma", np.ones(width, dtype)), "beta": params.get("beta", np.zeros(width, dtype)),
                "epsilon": self.config["epsilon"]}

    @property
    def function(self) -> str:
        return "layer_norm"

    def enter(self, params: Arrays, inputs: Arrays) -> Names:
        x = self.rows(inputs["x"])
        return {"x": x, **self.scales(params, x.shape[-1], x.dtype)}

    def grads(self, names: Names) -> Arrays:
        return {**{name: names[f"d{name}"] for name in self.own}, **super().grads(names)}


class BatchNorm(LayerNorm):
    @property
    def function(self) -> str:
        return "batch_norm" if self.config["mode"] == "training" else "batch_norm_inference"

    def rows(self, x: np.ndarray) -> np.ndarray:
        return super().rows(np.moveaxis(x, self.config["axis"], -1))

    def back(self, rows: np.ndarray) -> np.ndarray:
        return np.moveaxis(rows.reshape(self.shape), -1, self.config["axis"])

    def enter(self, params: Arrays, inputs: Arrays) -> Names:
        x, config = self.rows(inputs["x"]), self.config
        self.running = {name: inputs[name] for name in ("running_mean", "running_variance") if name in inputs}
        nothing = np.zeros(x.shape[-1], x.dtype)
        given = {"running_mean": nothing, "running_variance": nothing, **self.running}
        names = {"x": x, **self.scales(params, x.shape[-1], x.dtype), **given}
        if config["mode"] == "inference":
            return names
        m, n = config["momentum"], len(x)
        old, new = (m, 1 - m) if config["momentum_of"] == "old" else (1 - m, m)
        return {**names, "old": old, "new": new, "correction": n / (n - 1) if config["running_divisor"] == "n-1" else 1}

    def leave(self, names: Names) -> Arrays:
        moved = {"running_mean": "next_mean", "running_variance": "next_variance"} if self.config["mode"] == "training" else {}
        return {"y": self.back(names["y"]), **{name: names[moved[name]] for name in self.running if name in moved}}

    def pull(self, names: Names, cotangents: Arrays) -> Names:
        return {"dy": np.moveaxis(cotangents["y"], self.config["axis"], -1).reshape(-1, self.shape[-1])}

    def grads(self, names: Names) -> Arrays:
        running = {"running_mean": names["dmean"], "running_variance": names["dvariance"]} if (
            self.config["mode"] == "inference") else {}
        return {**{name: names[f"d{name}"] for name in self.own}, "x": self.back(names["dx"]), **running}


class Dropout(Program):
    @property
    def function(self) -> str:
        return "dropout"

    def enter(self, params: Arrays, inputs: Arrays) -> Names:
        keep = 1 - self.config["rate"] if self.config.get("scaling", "inverted") == "inverted" else 1
        return {"x": inputs["x"], "mask": inputs["mask"], "keep": keep}

    def pull(self, names: Names, cotangents: Arrays) -> Names:
        return {"dy": cotangents["y"]}

    def grads(self, names: Names) -> Arrays:
        return {"x": names["dx"]}


class Embedding(Program):
    @property
    def function(self) -> str:
        return "embedding"

    def enter(self, params: Arrays, inputs: Arrays) -> Names:
        self.shape = inputs["x"].shape
        return {"tokens": inputs["x"].reshape(-1), "table": params["table"]}

    def leave(self, names: Names) -> Arrays:
        return {"y": names["y"].reshape(*self.shape, -1)}

    def pull(self, names: Names, cotangents: Arrays) -> Names:
        dy = cotangents["y"]
        return {"dy": dy.reshape(-1, dy.shape[-1])}

    def grads(self, names: Names) -> Arrays:
        return {"table": names["dtable"]}


class Loss(Program):
    """One number for the batch."""

    module = of_losses
    fixed = {"reduction": ("mean", "sum", "batch_mean"), "clip": ("none",), "normalise": ("none",), "labels": ("one_hot",),
             "prediction": ("probabilities",), "axes": (2,)}

    @property
    def function(self) -> str:
        return self.kind

    def enter(self, params: Arrays, inputs: Arrays) -> Names:
        x, t = inputs["x"], inputs["target"]
        own = len(x) if "categorical" in self.kind or "softmax" in self.kind else x.size
        divisor = {"mean": own, "sum": 1, "batch_mean": len(x)}[self.config["reduction"]]
        return {"x": x, "t": t, "divisor": divisor, "half": 0.5 if self.config.get("scale") == "half" else 1}

    def leave(self, names: Names) -> Arrays:
        return {"y": np.asarray(names["loss"])}

    def pull(self, names: Names, cotangents: Arrays) -> Names:
        return {"dloss": cotangents["y"]}

    def grads(self, names: Names) -> Arrays:
        return {"x": names["dx"]}
