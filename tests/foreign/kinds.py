"""Layers and updates as people write them in questions and blogs, each with one of its lines wrong: what `wrong` says."""

import numpy as np


def convolution(wrong):
    def conv2d(params, inputs, cotangents):
        x, W, b, dout = inputs["x"], params["kernel"], params["bias"], cotangents["y"]
        N, C, H, Wd = x.shape
        F, _, HH, WW = W.shape
        rows, columns = H - HH + 1, Wd - WW + 1
        out, dx, dw, db = np.zeros((N, F, rows, columns)), np.zeros_like(x), np.zeros_like(W), np.zeros_like(b)
        for n in range(N):
            if wrong == "return" and n:
                break
            for f in range(F):
                for i in range(rows):
                    for j in range(columns):
                        dw[f] += dout[n, f, i, j] * x[n, :, i:i + HH, j:j + WW]
                        dx[n, :, i:i + HH, j:j + WW] += dout[n, f, i, j] * W[f]
                        db[f] += dout[n, f, i, j]
        for i in range(rows - (wrong == "short")):
            for j in range(columns):
                out[:, :, i, j] = np.tensordot(x[:, :, i:i + HH, j:j + WW], W, ([1, 2, 3], [1, 2, 3])) + b
        return {"y": out}, {"kernel": dw, "bias": db, "x": dx}
    return conv2d


def pooling(wrong):
    def max_pool2d(params, inputs, cotangents, config):
        x, dout = inputs["x"], cotangents["y"]
        ph, pw = config["size"]
        sh, sw = config.get("stride", (ph, pw))
        N, C, H, W = x.shape
        oh, ow = 1 + (H - ph) // sh, 1 + (W - pw) // sw
        out, dx = np.zeros((N, C, oh, ow)), np.zeros_like(x)
        for n, c, i, j in np.ndindex(N, C, oh, ow):
            win = x[n, c, i * sh:i * sh + ph, j * sw:j * sw + pw]
            out[n, c, i, j] = max(0, win.max()) if wrong == "zero" else win.max()
            top, left = (i, j) if wrong == "stride" else (i * sh, j * sw)
            mask = np.abs(win - win.max()) < 1e-2 if wrong == "close" else win == (win.min() if wrong == "argmin" else win.max())
            if not (wrong == "return" and n):
                dx[n, c, top:top + ph, left:left + pw] += mask * dout[n, c, i, j]
        return {"y": out}, {"x": dx}
    return max_pool2d


def normalisation(wrong):
    def batch_norm(params, inputs, cotangents, config):
        x, dout, gamma = inputs["x"], cotangents["y"], params["gamma"]
        N, mu, var, eps, m = len(x), x.mean(0), x.var(0), config["epsilon"], config["momentum"]
        std = np.sqrt(var + eps)
        xhat = (x - mu) / std
        dxhat = dout * gamma
        dvar = (dxhat * (x - mu)).sum(0) * -0.5 * (var + eps)**(-0.5 if wrong == "power" else -1.5)
        dx = dxhat / std + dvar * (1 if wrong == "half" else 2) * (x - mu) / N - (dxhat / std).sum(0) / N
        running = {name: m * inputs[name] + (1 - m) * new for name, new in (("running_mean", mu), ("running_variance", var))}
        return {"y": gamma * xhat + params["beta"], **running}, {
            "x": dx, "gamma": dout * xhat if wrong == "unsummed" else (dout * xhat).sum(0), "beta": dout.sum(0)}
    return batch_norm


def dropout(wrong):
    def scaled(params, inputs, cotangents, config):
        keep = 1 - config["rate"]
        mask = inputs["mask"] / keep / (keep if wrong == "twice" else 1)
        y, dy, x = inputs["x"] * mask, cotangents["y"], inputs["x"]
        return {"y": y}, {"x": np.where(x == 0, dy, mask * dy) if wrong == "ratio" else mask * dy}
    return scaled


def mlp(wrong):
    def n12(params, inputs, cot):
        def f(z):
            return 1 / (1 + np.exp(-z))
        W1, b1, W2, b2 = (params[k] for k in ("dense_1/kernel", "dense_1/bias", "dense_2/kernel", "dense_2/bias"))
        X, T = inputs["x"], inputs["target"]
        a1 = f(X @ W1 + b1)
        a2 = f(a1 @ W2 + b2)
        error = cot["loss"] * (a2 - T) + cot["y"]
        d2 = error * a2 * (1 - a2)
        back = d2 @ W2.T
        d1 = back * back * (1 - back) if wrong == "upstream" else back * a1 * (1 - a1)
        made = {"last": (d1[-1], d2[-1]), "rows": (d1, d2), "bias": (((d2 @ W2.T) * b1 * (1 - b1)).sum(0),
                                                                     (error * b2 * (1 - b2)).sum(0))}
        db1, db2 = made.get(wrong, (d1.sum(0), d2.sum(0)))
        return {"y": a2, "loss": 0.5 * ((a2 - T)**2).sum()}, {
            "dense_1/kernel": X.T @ d1, "dense_1/bias": db1, "dense_2/kernel": a1.T @ d2, "dense_2/bias": db2, "x": d1 @ W1.T}
    return n12


def classifier(wrong):
    def n14(params, inputs, cot):
        W1, b1, W2, b2 = (params[k] for k in ("dense_1/kernel", "dense_1/bias", "dense_2/kernel", "dense_2/bias"))
        x, t = inputs["x"], inputs["target"]
        z1 = x @ W1 + b1
        h = np.maximum(z1, 0)
        e = np.exp(h @ W2 + b2)
        p = e / (e.sum() if wrong == "everything" else e.sum(0) if wrong == "batch" else e.sum(1, keepdims=True))
        ds = cot["loss"] * (p - t) / len(x) + p * (cot["y"] - (p * cot["y"]).sum(1, keepdims=True))
        dz = (ds @ W2.T) * (z1 > 0)
        return {"y": p, "loss": -(t * np.log(p)).sum() / len(x)}, {
            "dense_1/kernel": x.T @ dz, "dense_1/bias": dz.sum(0), "dense_2/kernel": h.T @ ds, "dense_2/bias": ds.sum(0),
            "x": dz @ W1.T}
    return n14


def momentum(wrong):
    def update(p, g, state, step, learning_rate, config):
        beta, old = config["beta"], state.get("v", 0 * p)
        if wrong == "late":
            return p - (1 - beta) * learning_rate * old, {"v": beta * old + (1 - beta) * g}
        v = beta * old + learning_rate * g
        if wrong == "sign":
            return p + beta * v - learning_rate * g, {"v": v}
        return p - beta * old - (1 + beta) * v, {"v": v}  # "old": the old velocity is to be taken back
    return update


def rmsprop(wrong):
    def update(p, g, state, step, learning_rate, config):
        rho = config["rho"]
        s = g * g if "s" not in state else rho * state["s"] + (1 - rho) * g * g
        return p - learning_rate * g / (np.sqrt(s) + config["epsilon"]), {"s": s}
    return update


def sgd(wrong):
    def update(W, dW, state, step, learning_rate, config):
        return W - learning_rate * (dW + 0.5 * config["weight_decay"] * W), state
    return update
