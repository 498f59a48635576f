import numpy as np


def simple_rnn(params, inputs, cotangents, config):
    """tanh or relu, with one bias or two; nothing else"""
    x, W, R, b = inputs["x"], params["kernel"], params["recurrent_kernel"], params["bias"]
    relu = config["activation"] == "relu"
    if config["activation"] not in ("tanh", "relu"):
        raise NotImplementedError(config["activation"])
    if "recurrent_bias" in params:
        b = b + params["recurrent_bias"]
    h = inputs.get("h0", np.zeros((len(x), len(b))))
    hs = [h]
    for t in range(x.shape[1]):
        z = x[:, t] @ W + hs[-1] @ R + b
        hs.append(np.maximum(z, 0) if relu else np.tanh(z))
    dW, dR, db, dx = np.zeros_like(W), np.zeros_like(R), np.zeros_like(b), np.zeros_like(x)
    dh = cotangents["h_n"].copy()
    for t in reversed(range(x.shape[1])):
        dh = dh + cotangents["y"][:, t]
        dz = dh * ((hs[t + 1] > 0) if relu else (1 - hs[t + 1] ** 2))
        dW += x[:, t].T @ dz
        dR += hs[t].T @ dz
        db += dz.sum(0)
        dx[:, t] = dz @ W.T
        dh = dz @ R.T
    grads = {"kernel": dW, "recurrent_kernel": dR, "bias": db, "x": dx}
    if "recurrent_bias" in params:
        grads["recurrent_bias"] = db
    if "h0" in inputs:
        grads["h0"] = dh
    return {"y": np.stack(hs[1:], 1), "h_n": hs[-1]}, grads


def gru(params, inputs, cotangents, *, reset="after"):
    """the reset gate before or after the product; a bias inside, and the usual update"""
    x, K, R, b = inputs["x"], params["kernel"], params["recurrent_kernel"], params["bias"]
    c = params.get("recurrent_bias", np.zeros_like(b))
    h0 = h = inputs.get("h0", np.zeros((len(x), b.shape[1])))
    def sigma(a):
        return 1 / (1 + np.exp(-a))
    steps = []
    for t in range(x.shape[1]):
        r = sigma(x[:, t] @ K[0] + b[0] + h @ R[0] + c[0])
        z = sigma(x[:, t] @ K[1] + b[1] + h @ R[1] + c[1])
        m = h @ R[2] + c[2] if reset == "after" else (r * h) @ R[2] + c[2]
        n = np.tanh(x[:, t] @ K[2] + b[2] + (r * m if reset == "after" else m))
        steps.append((h, r, z, m, n))
        h = (1 - z) * n + z * h
    grads = {k: np.zeros_like(a) for k, a in (("kernel", K), ("recurrent_kernel", R), ("bias", b), ("recurrent_bias", b), ("x", x))}
    dh = cotangents["h_n"].copy()
    for t in reversed(range(x.shape[1])):
        h, r, z, m, n = steps[t]
        dh = dh + cotangents["y"][:, t]
        dn = dh * (1 - z) * (1 - n ** 2)
        dz = dh * (h - n) * z * (1 - z)
        back = dh * z + dz @ R[1].T
        if reset == "after":
            dm, dr = dn * r, dn * m * r * (1 - r)
            back = back + dm @ R[2].T
            given = h
        else:
            dm = dn
            drh = dm @ R[2].T
            dr = drh * h * r * (1 - r)
            back = back + drh * r
            given = r * h
        back = back + dr @ R[0].T
        for i, (d, e, left) in enumerate(((dr, dr, h), (dz, dz, h), (dn, dm, given))):
            grads["kernel"][i] += x[:, t].T @ d
            grads["bias"][i] += d.sum(0)
            grads["recurrent_kernel"][i] += left.T @ e
            grads["recurrent_bias"][i] += e.sum(0)
            grads["x"][:, t] += d @ K[i].T
        dh = back
    if "recurrent_bias" not in params:
        del grads["recurrent_bias"]
    if "h0" in inputs:
        grads["h0"] = dh
    ys = [s[0] for s in steps[1:]] + [(1 - steps[-1][2]) * steps[-1][4] + steps[-1][2] * steps[-1][0]]
    return {"y": np.stack(ys, 1), "h_n": ys[-1]}, grads
