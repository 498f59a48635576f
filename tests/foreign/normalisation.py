"""Batch normalisation as a chain of small steps, each with its own backward step, and layer normalisation in two styles."""

import numpy as np


class Steps:
    """nine steps forward, nine back; examples and positions are flattened to rows, channels are columns"""

    divisor = 0  # subtracted from N in the variance
    eps_inside = True
    lost = ()

    def __init__(self, gamma, beta, eps):
        self.gamma, self.beta, self.eps = gamma, beta, eps

    def forward(self, rows):
        n = len(rows)
        self.mu = rows.sum(0) / n
        self.centred = rows - self.mu
        self.var = (self.centred**2).sum(0) / (n - self.divisor)
        self.std = np.sqrt(self.var + self.eps) if self.eps_inside else np.sqrt(self.var) + self.eps
        self.inverse = 1 / self.std
        self.hat = self.centred * self.inverse
        return self.gamma * self.hat + self.beta

    def backward(self, dout):
        n = len(dout)
        self.dbeta, self.dgamma = dout.sum(0), (dout * self.hat).sum(0)
        dhat = dout * self.gamma
        dinverse = (dhat * self.centred).sum(0)
        dcentred = dhat * self.inverse
        dstd = -dinverse / self.std**2
        dvar = dstd / 2 / (np.sqrt(self.var + self.eps) if self.eps_inside else np.sqrt(self.var))
        if "half" in self.lost:
            dvar = 2 * dvar
        if "variance" not in self.lost:
            dcentred = dcentred + 2 * self.centred * dvar / (n - self.divisor)
        dmu = -dcentred.sum(0)
        return dcentred + (0 if "mean" in self.lost else dmu / n)


class Unbiased(Steps):
    divisor = 1


class EpsOutside(Steps):
    eps_inside = False


class MeanLost(Steps):
    lost = ("mean",)


class VarianceLost(Steps):
    lost = ("variance",)


class HalfLost(Steps):
    lost = ("half",)


class PlainGamma(Steps):
    def backward(self, dout):
        dx = super().backward(dout)
        self.dgamma = dout.sum(0)
        return dx


class GammaLost(Steps):
    def backward(self, dout):
        full = self.gamma
        self.gamma = np.ones_like(full)
        dx = super().backward(dout)
        self.gamma = full
        return dx


def train(kind, params, inputs, cotangents, config, swap=False, n_minus_one=None):
    axis = config.get("axis", 1) % inputs["x"].ndim
    x = np.moveaxis(inputs["x"], axis, -1)
    dy = np.moveaxis(cotangents["y"], axis, -1)
    C = x.shape[-1]
    norm = kind(params["gamma"], params["beta"], config.get("epsilon", 1e-5))
    y = norm.forward(x.reshape(-1, C)).reshape(x.shape)
    dx = norm.backward(dy.reshape(-1, C)).reshape(x.shape)
    N = x.size // C
    unbiased = config.get("running_divisor", "n") == "n-1" if n_minus_one is None else n_minus_one
    var = x.reshape(-1, C).var(0, ddof=1 if unbiased else 0)
    m = config.get("momentum", 0.9)
    keep = m if config.get("momentum_of", "old") == "old" else 1 - m
    keep = 1 - keep if swap else keep
    assert N > 1
    return ({"y": np.moveaxis(y, -1, axis), "running_mean": keep * inputs["running_mean"] + (1 - keep) * norm.mu,
             "running_variance": keep * inputs["running_variance"] + (1 - keep) * var},
            {"gamma": norm.dgamma, "beta": norm.dbeta, "x": np.moveaxis(dx, -1, axis)})


def batch_norm(params, inputs, cotangents, config):
    return train(Steps, params, inputs, cotangents, config)


def _broken(kind, **options):
    def run(params, inputs, cotangents, config):
        return train(kind, params, inputs, cotangents, config, **options)
    return run


unbiased = _broken(Unbiased)
eps_outside = _broken(EpsOutside)
mean_lost = _broken(MeanLost)
variance_lost = _broken(VarianceLost)
half_lost = _broken(HalfLost)
plain_gamma = _broken(PlainGamma)
gamma_lost = _broken(GammaLost)
momentum_turned = _broken(Steps, swap=True)
running_biased = _broken(Steps, n_minus_one=False)
running_unbiased = _broken(Steps, n_minus_one=True)
two_faults = _broken(PlainGamma, swap=True)


def layer_norm(params, inputs, cotangents, config):
    """The compact formula, over the last axis."""
    return compact(params, inputs["x"], cotangents["y"], config["epsilon"], -1, 0)


def over_the_batch(params, inputs, cotangents, config):
    return compact(params, inputs["x"], cotangents["y"], config["epsilon"], 0, 0)


def torch_std(params, inputs, cotangents, config):
    return compact(params, inputs["x"], cotangents["y"], config["epsilon"], -1, 1)


def default_epsilon(params, inputs, cotangents):
    return compact(params, inputs["x"], cotangents["y"], 1e-6, -1, 0)


def compact(params, x, dy, eps, axis, ddof):
    n = x.shape[axis]
    centred = x - x.mean(axis, keepdims=True)
    inverse = (x.var(axis, ddof=ddof, keepdims=True) + eps)**-0.5
    hat = centred * inverse
    others = tuple(range(x.ndim - 1))
    g = dy * params["gamma"]
    dx = inverse * (g - g.sum(axis, keepdims=True) / n - hat * (g * hat).sum(axis, keepdims=True) / (n - ddof))
    return {"y": hat * params["gamma"] + params["beta"]}, {"gamma": (dy * hat).sum(others), "beta": dy.sum(others), "x": dx}
