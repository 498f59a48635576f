import numpy as np


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def clipped_mlp(params, inputs, cotangents, t):
    """dense relu dense softmax, cross-entropy of probabilities kept in [1e-7, 1 - 1e-7]"""
    x, eps = inputs["x"], 1e-7
    z1 = x @ params["dense_1/kernel"] + params["dense_1/bias"]
    a1 = np.maximum(z1, 0)
    y = softmax(a1 @ params["dense_2/kernel"] + params["dense_2/bias"])
    p = np.clip(y, eps, 1 - eps)
    n = len(x)
    loss = -(t * np.log(p)).sum() / n
    dy = cotangents["y"] - cotangents["loss"] * t / p / n * ((y >= eps) & (y <= 1 - eps))
    dz2 = y * (dy - (dy * y).sum(axis=1, keepdims=True))
    dz1 = dz2 @ params["dense_2/kernel"].T * (z1 > 0)
    grads = {"dense_1/kernel": x.T @ dz1, "dense_1/bias": dz1.sum(axis=0), "dense_2/kernel": a1.T @ dz2,
             "dense_2/bias": dz2.sum(axis=0), "x": dz1 @ params["dense_1/kernel"].T}
    return {"y": y, "loss": loss}, grads


def n14_one_hot(params, inputs, cotangents):
    return clipped_mlp(params, inputs, cotangents, inputs["target"] * 1.0)


def n14_sparse(params, inputs, cotangents):
    classes = params["dense_2/bias"].shape[0]
    labels = inputs["target"].reshape(len(inputs["x"]))
    return clipped_mlp(params, inputs, cotangents, np.eye(classes)[labels])


def three(params, x):
    hs = [x]
    for i in (1, 2):
        hs.append(np.maximum(hs[-1] @ params[f"dense_{i}/kernel"] + params[f"dense_{i}/bias"], 0))
    return hs, hs[-1] @ params["dense_3/kernel"] + params["dense_3/bias"]


def back_through(params, hs, d):
    grads = {}
    for i in (3, 2, 1):
        grads[f"dense_{i}/kernel"] = hs[i - 1].T @ d
        grads[f"dense_{i}/bias"] = d.sum(axis=0)
        d = d @ params[f"dense_{i}/kernel"].T
        if i > 1:
            d = d * (hs[i - 1] > 0)
    return {**grads, "x": d}


def n02_logits(params, inputs, cotangents):
    hs, z = three(params, inputs["x"])
    p, t = softmax(z), inputs["target"]
    loss = -(t * np.log(p)).sum()
    return {"y": z, "loss": loss}, back_through(params, hs, cotangents["y"] + cotangents["loss"] * (p - t))


def n02_probabilities(params, inputs, cotangents):
    hs, z = three(params, inputs["x"])
    p, t = softmax(z), inputs["target"]
    dy = cotangents["y"]
    d = p * (dy - (dy * p).sum(axis=1, keepdims=True)) + cotangents["loss"] * (p - t)
    return {"y": p, "loss": -(t * np.log(p)).sum()}, back_through(params, hs, d)


def n21_without_bias(params, inputs, cotangents):
    z = inputs["x"] @ params["dense/kernel"]
    y = np.maximum(z, 0)
    d = (cotangents["y"] + cotangents["loss"] * (y - inputs["target"])) * (z > 0)
    return ({"y": y, "loss": 0.5 * ((y - inputs["target"]) ** 2).sum()},
            {"dense/kernel": inputs["x"].T @ d, "x": d @ params["dense/kernel"].T})


def leaky(z):
    return np.where(z > 0, z, 1e-4 * z)


def n21_with_bias(params, inputs, cotangents):
    x = inputs["x"]
    z1 = x @ params["dense_1/kernel"] + params["dense_1/bias"]
    z2 = leaky(z1) @ params["dense_2/kernel"] + params["dense_2/bias"]
    y, t = leaky(z2), inputs["target"]
    d2 = (cotangents["y"] + cotangents["loss"] * (y - t)) * np.where(z2 > 0, 1, 1e-4)
    d1 = d2 @ params["dense_2/kernel"].T * np.where(z1 > 0, 1, 1e-4)
    grads = {"dense_1/kernel": x.T @ d1, "dense_1/bias": d1.sum(0), "dense_2/kernel": leaky(z1).T @ d2, "dense_2/bias": d2.sum(0),
             "x": d1 @ params["dense_1/kernel"].T}
    return {"y": y, "loss": 0.5 * ((y - t) ** 2).sum()}, grads
