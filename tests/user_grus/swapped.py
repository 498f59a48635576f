"""A GRU from a lecture: the update gate takes the candidate, h' = (1 - z) h + z n; recursion over time, einsum."""

import numpy as np


def logistic(v):
    return np.exp(-np.logaddexp(0, -v))


def my_gru(params, inputs, cotangents):
    K, R, b, c = (params[name] for name in ("kernel", "recurrent_kernel", "bias", "recurrent_bias"))
    x = inputs["x"]
    given = inputs.get("h0")
    zero = np.zeros((x.shape[0], R.shape[-1]), x.dtype)
    total = {name: np.zeros_like(a) for name, a in params.items()}
    dx = np.zeros_like(x)
    states = []

    def walk(t, h):
        """Forward on the way down, dL/dh on the way up."""
        if t == x.shape[1]:
            return cotangents["h_n"]
        left = np.einsum("bi,gih->gbh", x[:, t], K) + b[:, None]
        right = np.einsum("bk,gkh->gbh", h, R) + c[:, None]
        r, z = logistic(left[:2] + right[:2])
        n = np.tanh(left[2] + r * right[2])
        states.append((1 - z) * h + z * n)
        dh = walk(t + 1, states[-1]) + cotangents["y"][:, t]
        dn = dh * z * (1 - n**2)
        dleft = np.stack([dn * right[2] * r * (1 - r), dh * (n - h) * z * (1 - z), dn])
        dright = np.stack([dleft[0], dleft[1], dn * r])
        total["kernel"] += np.einsum("bi,gbh->gih", x[:, t], dleft)
        total["recurrent_kernel"] += np.einsum("bk,gbh->gkh", h, dright)
        total["bias"] += dleft.sum(1)
        total["recurrent_bias"] += dright.sum(1)
        dx[:, t] = np.einsum("gbh,gih->bi", dleft, K)
        return dh * (1 - z) + np.einsum("gbh,gkh->bk", dright, R)

    dh0 = walk(0, zero if given is None else given)
    grads = {**total, "x": dx} if given is None else {**total, "x": dx, "h0": dh0}
    return {"y": np.stack(states, 1), "h_n": states[-1]}, grads
