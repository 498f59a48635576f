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

from nnparity.reference_impl import activations
from nnparity.reference_impl.config import choice
from nnparity.reference_impl.layers.recurrence import batch_first, blocks_from_the_end, fits, sigmoid, time_first, workspace


def step(x, h, params, *, reset="after", recurrent_bias="inside", update="keep"):
    """One step as the equations have it: h' (batch, hidden) from x (batch, input) and h (batch, hidden).

    Plain, to be read; the pass below computes the same for all steps and gates together. Raises ValueError as `gru` does.
    """
    known(reset, recurrent_bias, update)
    (K_r, K_z, K_n), (R_r, R_z, R_n), (b_r, b_z, b_n) = params["kernel"], params["recurrent_kernel"], params["bias"]
    c_r, c_z, c_n = params["recurrent_bias"] if recurrent_bias != "none" else (0, 0, 0)

    r = activations.sigmoid(x @ K_r + b_r + h @ R_r + c_r)
    z = activations.sigmoid(x @ K_z + b_z + h @ R_z + c_z)
    if reset == "before":
        n = np.tanh(x @ K_n + b_n + (r * h) @ R_n + c_n)
    elif recurrent_bias == "outside":
        n = np.tanh(x @ K_n + b_n + r * (h @ R_n) + c_n)
    else:
        n = np.tanh(x @ K_n + b_n + r * (h @ R_n + c_n))
    if update == "replace":
        return (1 - z) * h + z * n
    return z * h + (1 - z) * n


def known(reset, recurrent_bias, update):
    """Raise ValueError for a convention that there is not."""
    choice("gru", "reset", reset, ("after", "before"))
    choice("gru", "recurrent_bias", recurrent_bias, ("inside", "outside", "none"))
    choice("gru", "update", update, ("keep", "replace"))
    if reset == "before" and recurrent_bias == "inside":
        raise ValueError('gru: reset="before" has no recurrent product inside the reset gate; '
                         'use recurrent_bias="outside" or "none"')


def gru(params, inputs, *, reset="after", recurrent_bias="inside", update="keep"):
    """All states and the last one, and the vjp that pulls their cotangents back through time.

    Returns `({"y": ..., "h_n": ...}, vjp)`; `vjp(cotangents)` gives the gradient of every parameter, of x, and of h0
    where it was given. Raises ValueError for an unknown convention or for reset="before" with recurrent_bias="inside"
    (there is no product for the bias to stand inside of).
    """
    outputs, tape = forward(params, inputs, reset, recurrent_bias, update)
    return outputs, lambda cotangents: backward(params, inputs, tape, cotangents, reset, recurrent_bias, update)


def unroll(params, inputs, *, reset="after", recurrent_bias="inside", update="keep"):
    """The forward pass: outputs, and for every time step what its equations produced, {"h": state before, "r": ...}."""
    outputs, (_, *arrays) = forward(params, inputs, reset, recurrent_bias, update)
    return outputs, [dict(zip("hrzun", arrays_t)) for arrays_t in zip(*arrays)]


def forward(params, inputs, reset, recurrent_bias, update):
    """Outputs, and the arrays of all steps that the way back needs: time first. Gates stand in front of all other axes."""
    known(reset, recurrent_bias, update)
    K, R, b = (gates_first(params, name) for name in ("kernel", "recurrent_kernel", "bias"))
    c = gates_first(params, "recurrent_bias") if recurrent_bias != "none" else np.zeros_like(b)
    R_rz, R_n, c_n = R[:2], R[2], c[2]
    c_rz = np.concatenate([c[:2], np.zeros_like(c[2:])])

    fits("gru", inputs["x"], K)
    x = time_first(inputs["x"])
    lead, B, dtype = workspace(x, params, inputs)
    T, H = len(x), R.shape[-1]
    # all steps' input products at once
    a = (batch_first(x).swapaxes(-2, -3).reshape(*lead, T * B, -1) @ K + (b + c_rz)).reshape(3, *lead, T, B, H)

    states = np.empty((T + 1, *lead, B, H), dtype, like=x)  # the initial one and all others
    states[0] = inputs.get("h0", 0)
    rz = np.empty((T, 2, *lead, B, H), dtype, like=x)
    all_u, all_n = np.empty_like(states[1:]), np.empty_like(states[1:])
    tape = states[:-1], rz[:, 0], rz[:, 1], all_u, all_n
    for h_new, a_t, rz_t, h, r, z, u, n in zip(states[1:], np.moveaxis(a, -3, 0), rz, *tape):
        if reset == "before":
            sigmoid(a_t[:2] + h @ R_rz, out=rz_t)
            np.multiply(r, h, out=u)
            np.tanh(a_t[2] + u @ R_n + c_n, out=n)
        else:
            hR = h @ R
            sigmoid(a_t[:2] + hR[:2], out=rz_t)
            if recurrent_bias == "outside":
                u[...] = hR[2]
                np.tanh(a_t[2] + r * u + c_n, out=n)
            else:
                np.add(hR[2], c_n, out=u)
                np.tanh(a_t[2] + r * u, out=n)
        h_new[...] = z * h + (1 - z) * n if update == "keep" else (1 - z) * h + z * n
    return {"y": batch_first(states[1:]), "h_n": states[-1]}, (x, *tape)


def backward(params, inputs, tape, cotangents, reset, recurrent_bias, update):
    """The vjp. Walks back through time collecting dL/d(pre-activations); every weight gradient is one product after it."""
    K, R = params["kernel"], params["recurrent_kernel"]
    R_T = np.ascontiguousarray(R.mT)
    x, h, r, z, u, n = tape
    da = np.empty((3, *h.shape), h.dtype, like=h)  # dL/d(pre-activation) of r, z, n
    da_r, da_z, da_n = da
    du_n = da_n if reset == "before" else np.empty_like(da_n)  # dL/d(recurrent product of n)
    dy = time_first(cotangents["y"])

    dh = cotangents["h_n"]
    for steps in blocks_from_the_end(len(h), 4 * h[0].nbytes):
        to_r, to_z, to_n, to_h = local_derivatives(*(array[steps] for array in tape[1:]), reset, update)
        for t in reversed(range(len(to_h))):
            s = steps.start + t
            dh = dh + dy[s]
            np.multiply(dh, to_z[t], out=da_z[s])
            np.multiply(dh, to_n[t], out=da_n[s])
            if reset == "before":
                d_rh = da_n[s] @ R_T[2]
                np.multiply(d_rh, to_r[t], out=da_r[s])
                dh_old = dh * to_h[t] + d_rh * r[s]
            else:
                np.multiply(da_n[s], r[s], out=du_n[s])
                np.multiply(da_n[s], to_r[t], out=da_r[s])
                dh_old = dh * to_h[t] + du_n[s] @ R_T[2]
            through_r, through_z = da[:2, s] @ R_T[:2]
            dh = dh_old + through_r + through_z

    h_n = u if reset == "before" else h  # what R_n was multiplied by
    grads = {
        "kernel": over_steps(x, da),
        "recurrent_kernel": np.concatenate([over_steps(h, da[:2]), over_steps(h_n, du_n)[None]]),
        "bias": da.sum((1, 2)),
        "x": batch_first(sum(da[gate] @ K[gate].mT for gate in range(3))),
    }
    if recurrent_bias != "none":
        dc_n = du_n if recurrent_bias == "inside" else da_n
        grads["recurrent_bias"] = np.stack([*da[:2].sum((1, 2)), dc_n.sum((0, 1))])
    if "h0" in inputs:
        grads["h0"] = dh
    return grads


def local_derivatives(h, r, z, u, n, reset, update):
    """How each pre-activation moves what it enters, for many steps at once: factors of da_r, da_z, da_n, and ∂h'/∂h.

    r enters n through r ⊙ u with reset="after", and the product with R_n through r ⊙ h with reset="before".
    """
    if update == "keep":
        dz, dn, dh_old = h - n, 1 - z, z
    else:
        dz, dn, dh_old = n - h, z, 1 - z
    da_n = dn * (1 - n**2)
    da_z = dz * z * (1 - z)
    da_r = h * r * (1 - r) if reset == "before" else u * r * (1 - r)
    return da_r, da_z, da_n, dh_old


def gates_first(params, name):
    """Gates in front of leading axes; a bias also gets an axis of examples: (3, ..., in or 1, hidden)."""
    a = params[name][..., None, :] if name.endswith("bias") else params[name]
    return a if a.ndim == 3 else np.moveaxis(a, -3, 0)


def over_steps(inputs, cotangents):
    """Σ_t inputs_tᵀ cotangents_t for arrays (time, batch, ·): the weight gradient of a product taken at every step.

    Cotangents with gates in front, (gates, time, batch, ·), give it gate by gate.
    """
    steps = inputs.shape[0] * inputs.shape[1]
    return inputs.reshape(steps, -1).T @ cotangents.reshape(*cotangents.shape[:-3], steps, -1)
