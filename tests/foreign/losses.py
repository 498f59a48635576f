"""Losses alone, as people write them: loops, whole arrays, with and without the shift."""

import math

import numpy as np


def softmax_cross_entropy(params, inputs, cotangents, shift=True, epsilon=0.0):
    z, t = inputs["x"], inputs["target"]
    with np.errstate(all="ignore"):
        e = np.exp(z - z.max(1, keepdims=True) if shift else z)
        p = e / e.sum(1, keepdims=True)
        loss = -np.mean(np.sum(t * np.log(p + epsilon), axis=1))
        return {"y": z, "loss": loss}, {"x": cotangents["y"] + cotangents["loss"] * (p - t) / len(z)}


def no_shift(params, inputs, cotangents):
    return softmax_cross_entropy(params, inputs, cotangents, shift=False)


def gradient_of_the_sum(params, inputs, cotangents):
    outputs, grads = softmax_cross_entropy(params, inputs, cotangents)
    return outputs, {"x": cotangents["y"] + (grads["x"] - cotangents["y"]) * len(grads["x"])}


def loss_and_gradient_of_the_sum(params, inputs, cotangents):
    outputs, grads = gradient_of_the_sum(params, inputs, cotangents)
    return {**outputs, "loss": outputs["loss"] * len(outputs["y"])}, grads


def binary_cross_entropy(params, inputs, cotangents, config, second=-1):
    p, t = inputs["x"], inputs["target"]
    total, grad = 0.0, np.zeros_like(p)
    for n in range(p.shape[0]):
        for k in range(p.shape[1]):
            total += -t[n, k] * math.log(p[n, k]) + second * (1 - t[n, k]) * math.log(1 - p[n, k])
            grad[n, k] = -t[n, k] / p[n, k] - second * (1 - t[n, k]) / (1 - p[n, k])
    n = p.size if config.get("reduction", "mean") == "mean" else len(p)
    return {"y": p, "loss": np.float64(total / n)}, {"x": cotangents["y"] + cotangents["loss"] * grad / n}


def bracket(params, inputs, cotangents, config):
    return binary_cross_entropy(params, inputs, cotangents, config, second=1)


def logit_delta(params, inputs, cotangents, config):
    outputs, _ = binary_cross_entropy(params, inputs, cotangents, config)
    return outputs, {"x": cotangents["y"] + cotangents["loss"] * (inputs["x"] - inputs["target"]) / inputs["x"].size}


def squared_error(params, inputs, cotangents, factor=1.0, divisor=None, slope=2.0):
    d = inputs["x"] - inputs["target"]
    divisor = divisor or d.size
    return ({"y": inputs["x"], "loss": factor * np.sum(d * d) / divisor},
            {"x": cotangents["y"] + cotangents["loss"] * slope * d / divisor})


def half(params, inputs, cotangents):
    return squared_error(params, inputs, cotangents, factor=0.5, slope=1.0)


def over_the_batch(params, inputs, cotangents):
    return squared_error(params, inputs, cotangents, divisor=len(inputs["x"]))


def half_over_the_batch(params, inputs, cotangents):
    return squared_error(params, inputs, cotangents, divisor=len(inputs["x"]), factor=0.5, slope=1.0)


def half_with_the_slope_of_the_square(params, inputs, cotangents):
    return squared_error(params, inputs, cotangents, factor=0.5, slope=2.0)


def categorical_cross_entropy(params, inputs, cotangents, epsilon=0.0):
    p, t = inputs["x"], inputs["target"]
    loss = -np.sum(t * np.log(p + epsilon), axis=-1).mean()
    return {"y": p, "loss": loss}, {"x": cotangents["y"] - cotangents["loss"] * t / (p + epsilon) / len(p)}


def plus_epsilon(params, inputs, cotangents):
    return categorical_cross_entropy(params, inputs, cotangents, epsilon=1e-8)


def delta_for_gradient(params, inputs, cotangents):
    outputs, _ = categorical_cross_entropy(params, inputs, cotangents)
    return outputs, {"x": cotangents["y"] + cotangents["loss"] * (inputs["x"] - inputs["target"]) / len(inputs["x"])}
