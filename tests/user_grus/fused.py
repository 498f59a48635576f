"""A GRU as someone ports it from PyTorch: weights fused to (3H, input) on arrival, gradients split again on return."""

import numpy as np


def sigmoid(v):
    return 1 / (1 + np.exp(-v))


def gru(params, inputs, cotangents):
    H = params["recurrent_kernel"].shape[-1]
    W_ih, W_hh = (np.concatenate(params[k], axis=1).T for k in ("kernel", "recurrent_kernel"))
    b_ih, b_hh = params["bias"].ravel(), params["recurrent_bias"].ravel()
    X = inputs["x"]
    B, T, _ = X.shape
    h = inputs.get("h0", np.zeros((B, H), X.dtype))
    y, tape = np.empty((B, T, H), X.dtype), []
    for t in range(T):
        gi, gh = X[:, t] @ W_ih.T + b_ih, h @ W_hh.T + b_hh
        r = sigmoid(gi[:, :H] + gh[:, :H])
        z = sigmoid(gi[:, H:2 * H] + gh[:, H:2 * H])
        hn = gh[:, 2 * H:]
        n = np.tanh(gi[:, 2 * H:] + r * hn)
        tape.append((h, r, z, hn, n))
        h = (1 - z) * n + z * h
        y[:, t] = h

    dW_ih, dW_hh, db_ih, db_hh = (np.zeros_like(a) for a in (W_ih, W_hh, b_ih, b_hh))
    dX, dh = np.empty_like(X), cotangents["h_n"]
    for t in range(T - 1, -1, -1):
        h_old, r, z, hn, n = tape[t]
        dh = dh + cotangents["y"][:, t]
        dn = dh * (1 - z) * (1 - n * n)
        dz = dh * (h_old - n) * z * (1 - z)
        dr = dn * hn * r * (1 - r)
        dgi, dgh = np.hstack([dr, dz, dn]), np.hstack([dr, dz, dn * r])
        dW_ih += dgi.T @ X[:, t]
        dW_hh += dgh.T @ h_old
        db_ih += dgi.sum(0)
        db_hh += dgh.sum(0)
        dX[:, t] = dgi @ W_ih
        dh = dh * z + dgh @ W_hh

    def split(fused):
        return np.stack([part.T for part in np.split(fused, 3)])

    grads = {"kernel": split(dW_ih), "recurrent_kernel": split(dW_hh), "bias": split(db_ih), "recurrent_bias": split(db_hh),
             "x": dX}
    if "h0" in inputs:
        grads["h0"] = dh
    return {"y": y, "h_n": h}, grads
