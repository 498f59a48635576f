"""N08 and N19 as scripts: synapses, whole batches, no classes."""

import numpy as np


def nonlin(x, deriv=False):
    return x * (1 - x) if deriv else 1 / (1 + np.exp(-x))


def n08(params, inputs, cotangents, back=lambda delta, syn1, l1: delta.dot(syn1.T), prime=lambda l: nonlin(l, True)):
    syn0, syn1 = params["dense_1/kernel"], params["dense_2/kernel"]
    l0 = inputs["x"]
    l1 = nonlin(np.dot(l0, syn0))
    l2 = nonlin(np.dot(l1, syn1))
    error = cotangents["loss"] * (l2 - inputs["target"]) + cotangents["y"]
    l2_delta = error * prime(l2)
    l1_delta = back(l2_delta, syn1, l1) * prime(l1)
    return ({"y": l2, "loss": 0.5 * ((l2 - inputs["target"]) ** 2).sum()},
            {"dense_2/kernel": l1.T.dot(l2_delta), "dense_1/kernel": l0.T.dot(l1_delta), "x": l1_delta.dot(syn0.T)})


def through_hidden_outputs(params, inputs, cotangents):
    return n08(params, inputs, cotangents, back=lambda delta, syn1, l1: delta.sum(1, keepdims=True) * l1)


def prime_given_activation(params, inputs, cotangents):
    return n08(params, inputs, cotangents, prime=lambda l: nonlin(l) * (1 - nonlin(l)))


def no_prime_at_output(params, inputs, cotangents):
    calls = iter((lambda l: 1.0, lambda l: nonlin(l, True)))
    return n08(params, inputs, cotangents, prime=lambda l: next(calls)(l))


def n19(params, inputs, cotangents, config, s=-1.0, beta=1.5, slope=1.5):
    w1, w2, w3 = (params[f"dense_{i}/kernel"] for i in (1, 2, 3))

    def extended(a):
        return np.concatenate((a, s * np.ones((len(a), 1))), axis=1)

    x = extended(inputs["x"])
    h1 = extended(1.0 / (1.0 + np.exp(-beta * x.dot(w1))))
    h2 = extended(1.0 / (1.0 + np.exp(-beta * h1.dot(w2))))
    out = np.exp(h2.dot(w3))
    out /= out.sum(axis=1).reshape(-1, 1)
    share = 1 / len(out) if config["squared_error"]["reduction"] == "batch_mean" else 1
    e = cotangents["loss"] * share * (out - inputs["target"]) + cotangents["y"]
    deltao = out * (e - (e * out).sum(axis=1, keepdims=True))
    deltah2 = slope * h2 * (1 - h2) * deltao.dot(w3.T)
    deltah1 = slope * h1 * (1 - h1) * deltah2[:, :-1].dot(w2.T)
    return ({"y": out, "loss": 0.5 * share * ((out - inputs["target"]) ** 2).sum()},
            {"dense_1/kernel": x.T.dot(deltah1[:, :-1]), "dense_2/kernel": h1.T.dot(deltah2[:, :-1]),
             "dense_3/kernel": h2.T.dot(deltao), "x": deltah1[:, :-1].dot(w1.T)[:, :-1]})


def bias_of_plus_one(params, inputs, cotangents, config):
    return n19(params, inputs, cotangents, config, s=1.0)


def slope_forgotten_in_derivative(params, inputs, cotangents, config):
    return n19(params, inputs, cotangents, config, slope=1.0)


def slope_forgotten(params, inputs, cotangents, config):
    return n19(params, inputs, cotangents, config, beta=1.0, slope=1.0)
