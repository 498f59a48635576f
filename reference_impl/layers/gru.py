"""Gated recurrent unit, in every form that the frameworks and the papers use.

    r  = σ(x K_r + b_r + h R_r + c_r)                       reset gate
    z  = σ(x K_z + b_z + h R_z + c_z)                       update gate
    n  = tanh(x K_n + b_n + r ⊙ (h R_n + c_n))              candidate, reset="after",  recurrent_bias="inside"
    n  = tanh(x K_n + b_n + r ⊙ (h R_n) + c_n)              candidate, reset="after",  recurrent_bias="outside"
    n  = tanh(x K_n + b_n + (r ⊙ h) R_n + c_n)              candidate, reset="before", recurrent_bias="outside"
    h' = z ⊙ h + (1 - z) ⊙ n                                new state, update="keep"
    h' = (1 - z) ⊙ h + z ⊙ n                                new state, update="replace"

recurrent_bias="none" leaves c out of all three gates.

Layouts. Gates come first and in the order r, z, n:
    kernel K (3, input, hidden)   recurrent_kernel R (3, hidden, hidden)   bias b, recurrent_bias c (3, hidden)
    x (batch, time, input)        h0 (batch, hidden), zero where it is not given
    y (batch, time, hidden), every state    h_n (batch, hidden), the last state

The forward pass takes float32, float64 or complex128 and any leading axes in front of the layouts above.

Sources: Cho et al. 2014, arXiv 1406.1078 (v1 has reset="after", v3 reset="before"); Chung et al. 2014, arXiv 1412.3555
(update="replace"). PyTorch, Keras (default) and cuDNN compute after/inside/keep; Keras with reset_after=False and
ONNX with linear_before_reset=0 compute before/keep.
"""

import numpy as np

from reference_impl.activations import sigmoid
from reference_impl.config import choice


def gru(params, inputs, *, reset="after", recurrent_bias="inside", update="keep"):
    """All states and the last one, and the vjp that pulls their cotangents back through time.

    Returns `({"y": ..., "h_n": ...}, vjp)`; `vjp(cotangents)` gives the gradient of every parameter, of x, and of h0
    where it was given. Raises ValueError for an unknown convention or for reset="before" with recurrent_bias="inside"
    (there is no product for the bias to stand inside of).
    """
    outputs, steps = unroll(params, inputs, reset=reset, recurrent_bias=recurrent_bias, update=update)
    return outputs, lambda cotangents: backward(params, inputs, steps, cotangents, reset, recurrent_bias, update)


def unroll(params, inputs, *, reset="after", recurrent_bias="inside", update="keep"):
    """The forward pass: outputs, and for every time step what its equations produced, {"h": state before, "r": ...}."""
    choice("gru", "reset", reset, ("after", "before"))
    choice("gru", "recurrent_bias", recurrent_bias, ("inside", "outside", "none"))
    choice("gru", "update", update, ("keep", "replace"))
    if reset == "before" and recurrent_bias == "inside":
        raise ValueError('gru: reset="before" has no recurrent product inside the reset gate; '
                         'use recurrent_bias="outside" or "none"')
    K, R, b = params["kernel"], params["recurrent_kernel"], params["bias"]
    c = params["recurrent_bias"] if recurrent_bias != "none" else np.zeros_like(b)
    H = R.shape[-1]
    R_rz, R_n, c_n = side_by_side(R[..., :2, :, :]), R[..., 2, :, :], c[..., None, 2, :]

    x = np.moveaxis(inputs["x"], -2, 0)  # (time, ..., batch, input)
    c_rz = np.concatenate([c[..., :2, :], np.zeros_like(c[..., 2:, :])], axis=-2)
    a = x @ side_by_side(K) + flat(b + c_rz)[..., None, :]  # all steps' input products at once
    h = inputs["h0"] if "h0" in inputs else np.zeros_like(a[0, ..., :H])

    steps = []
    for a_t in a:
        rz = sigmoid(a_t[..., :2 * H] + h @ R_rz)
        r, z = rz[..., :H], rz[..., H:]
        if reset == "before":
            u = r * h
            n = np.tanh(a_t[..., 2 * H:] + u @ R_n + c_n)
        elif recurrent_bias == "outside":
            u = h @ R_n
            n = np.tanh(a_t[..., 2 * H:] + r * u + c_n)
        else:
            u = h @ R_n + c_n
            n = np.tanh(a_t[..., 2 * H:] + r * u)
        steps.append({"h": h, "r": r, "z": z, "u": u, "n": n})
        h = z * h + (1 - z) * n if update == "keep" else (1 - z) * h + z * n

    states = [step["h"] for step in steps[1:]] + [h]
    return {"y": np.stack(states, axis=-2), "h_n": h}, steps


def backward(params, inputs, steps, cotangents, reset, recurrent_bias, update):
    """The vjp. Walks back through time collecting dL/d(pre-activations); every weight gradient is one product after it."""
    K, R = params["kernel"], params["recurrent_kernel"]
    x = np.moveaxis(inputs["x"], -2, 0)
    dy = np.moveaxis(cotangents["y"], -2, 0)
    T = len(steps)
    R_T = np.ascontiguousarray(R.mT)
    da = np.empty((T, 3, *dy.shape[1:]), dy.dtype)  # dL/d(pre-activation) of r, z, n
    du_n = np.empty_like(dy)  # dL/d(recurrent product of n)

    dh = cotangents["h_n"]
    for t in reversed(range(T)):
        h, r, z, u, n = steps[t].values()
        dh = dh + dy[t]
        if update == "keep":
            dz, dn, dh_old = dh * (h - n), dh * (1 - z), dh * z
        else:
            dz, dn, dh_old = dh * (n - h), dh * z, dh * (1 - z)
        da_n = dn * (1 - n**2)
        da_z = dz * z * (1 - z)
        if reset == "before":
            du_n[t] = da_n
            d_rh = da_n @ R_T[2]
            da_r = d_rh * h * r * (1 - r)
            dh_old = dh_old + d_rh * r
        else:
            du_n[t] = da_n * r
            da_r = da_n * u * r * (1 - r)
            dh_old = dh_old + du_n[t] @ R_T[2]
        da[t] = da_r, da_z, da_n
        dh = dh_old + da_r @ R_T[0] + da_z @ R_T[1]

    h = np.stack([step["h"] for step in steps])
    h_n = np.stack([step["u"] for step in steps]) if reset == "before" else h  # what R_n was multiplied by
    grads = {
        "kernel": np.stack([over_steps(x, da[:, gate]) for gate in range(3)]),
        "recurrent_kernel": np.stack([over_steps(h, da[:, 0]), over_steps(h, da[:, 1]), over_steps(h_n, du_n)]),
        "bias": da.sum((0, 2)),
        "x": np.moveaxis(sum(da[:, gate] @ K[gate].mT for gate in range(3)), 0, -2),
    }
    if recurrent_bias != "none":
        dc_n = du_n if recurrent_bias == "inside" else da[:, 2]
        grads["recurrent_bias"] = np.stack([da[:, 0].sum((0, 1)), da[:, 1].sum((0, 1)), dc_n.sum((0, 1))])
    if "h0" in inputs:
        grads["h0"] = dh
    return grads


def side_by_side(kernels):
    """(..., gates, in, hidden) -> (..., in, gates * hidden): one product then serves all gates."""
    return flat(np.moveaxis(kernels, -3, -2))


def flat(gates):
    """(..., gates, hidden) -> (..., gates * hidden)."""
    return gates.reshape(*gates.shape[:-2], -1)


def over_steps(inputs, cotangents):
    """Σ_t inputs_tᵀ cotangents_t for arrays (time, batch, ·): the weight gradient of a product taken at every step."""
    return inputs.reshape(-1, inputs.shape[-1]).T @ cotangents.reshape(-1, cotangents.shape[-1])
