"""Long short-term memory.

    i  = γ(x K_i + b_i + h R_i + c_i)                       input gate
    f  = γ(x K_f + b_f + h R_f + c_f + forget_bias)         forget gate
    g  = φ(x K_g + b_g + h R_g + c_g)                       candidate
    s' = f ⊙ s + i ⊙ g                                      cell state (c0, c_n; s here, because c is a bias)
    o  = γ(x K_o + b_o + h R_o + c_o)                       output gate
    h' = o ⊙ ψ(s')                                          new state

with γ = gate_activation, φ = activation, ψ = cell_activation. recurrent_bias="none" leaves c out of all gates.
peepholes=True lets the gates see the cell: i and f add p_i ⊙ s and p_f ⊙ s, o adds p_o ⊙ s'.

truncate=k is truncated backpropagation through time: the gradient of what leaves at step t reaches the steps t-k ... t; the
state before step t-k is a constant for it. Every output has its own window. None: back to the first step.

Layouts. Gates come first and in the order i, f, g, o:
    kernel K (4, input, hidden)   recurrent_kernel R (4, hidden, hidden)   bias b, recurrent_bias c (4, hidden)
    peephole p (3, hidden), in the order i, f, o
    x (batch, time, input)        h0, c0 (batch, hidden), zero where they are not given
    y (batch, time, hidden), every state h    h_n, c_n (batch, hidden), the last states

The forward pass takes float32, float64 or complex128 and any leading axes in front of the layouts above.

Sources: Hochreiter and Schmidhuber 1997; Gers et al. 2000 (forget gate) and 2002 (peepholes); documents N03 and N06, whose
"hidden filter" Hf is o. PyTorch has two biases (recurrent_bias="separate"), Keras one ("none"), both the activations above
by default; TensorFlow 1 added forget_bias=1.0 at run time where Keras stores it in the bias; neither has peepholes.
"""

import numpy as np

from nnparity.reference_impl.config import choice
from nnparity.reference_impl.layers.recurrence import (
    batch_first,
    blocks_from_the_end,
    elementwise,
    fits,
    product_for,
    sigmoid,
    time_first,
    workspace,
)


def step(x, h, s, params, *, recurrent_bias="separate", activation="tanh", cell_activation="tanh", gate_activation="sigmoid",
         forget_bias=0.0, peepholes=False, truncate=None):
    """One step as the equations have it: h' and s' (batch, hidden) from x (batch, input), h and s (batch, hidden).

    Plain, to be read; the pass below computes the same for all gates together. Raises ValueError as `lstm` does.
    """
    known(recurrent_bias, peepholes, truncate)  # the window is the gradient's alone: a step forward does not see it
    γ, _ = elementwise("lstm", "gate_activation", gate_activation)
    φ, _ = elementwise("lstm", "activation", activation)
    ψ, _ = elementwise("lstm", "cell_activation", cell_activation)
    K_i, K_f, K_g, K_o = params["kernel"]
    R_i, R_f, R_g, R_o = params["recurrent_kernel"]
    b_i, b_f, b_g, b_o = params["bias"]
    c_i, c_f, c_g, c_o = params["recurrent_bias"] if recurrent_bias == "separate" else (0, 0, 0, 0)
    p_i, p_f, p_o = params["peephole"] if peepholes else (0, 0, 0)

    i = γ(x @ K_i + b_i + h @ R_i + c_i + p_i * s)
    f = γ(x @ K_f + b_f + h @ R_f + c_f + p_f * s + forget_bias)
    g = φ(x @ K_g + b_g + h @ R_g + c_g)
    s_new = f * s + i * g
    o = γ(x @ K_o + b_o + h @ R_o + c_o + p_o * s_new)
    return o * ψ(s_new), s_new


def known(recurrent_bias, peepholes, truncate):
    """Raise ValueError for a convention that there is not."""
    choice("lstm", "recurrent_bias", recurrent_bias, ("separate", "none"))
    choice("lstm", "peepholes", peepholes, (False, True))
    if truncate is not None and truncate < 0:
        raise ValueError(f"lstm: truncate={truncate} is no window; 0 keeps the gradient in its own step, None is full")


def lstm(params, inputs, *, recurrent_bias="separate", activation="tanh", cell_activation="tanh", gate_activation="sigmoid",
         forget_bias=0.0, peepholes=False, truncate=None):
    """All states, the last ones, and the vjp that pulls their cotangents back through time.

    Returns `({"y": ..., "h_n": ..., "c_n": ...}, vjp)`; `vjp(cotangents)` gives the gradient of every parameter, of x, and
    of h0 and c0 where they were given. Raises ValueError for an unknown convention or a negative window.
    """
    known(recurrent_bias, peepholes, truncate)
    form = dict(recurrent_bias=recurrent_bias, activation=activation, cell_activation=cell_activation,
                gate_activation=gate_activation, peepholes=peepholes)
    outputs, tape = forward(params, inputs, forget_bias=forget_bias, **form)
    return outputs, lambda cotangents: backward(params, inputs, tape, cotangents, truncate=truncate, **form)


def unroll(params, inputs, *, truncate=None, **config):
    """The forward pass: outputs, and for every time step what its equations produced.

    A step is {"h": state before, "c": cell state before, "i": ..., "f": ..., "g": ..., "o": ...}. The window changes nothing.
    """
    del truncate
    outputs, (_, h, s, gates, *_) = forward(params, inputs, **config)
    return outputs, [{"h": h_t, "c": s_t, **dict(zip("ifgo", gates_t))} for h_t, s_t, gates_t in zip(h, s, gates)]


def forward(params, inputs, *, recurrent_bias="separate", activation="tanh", cell_activation="tanh",
            gate_activation="sigmoid", forget_bias=0.0, peepholes=False):
    """Outputs, and the arrays of all steps that the way back needs: time first, h and s with the state before step 0.

    x_t, a one and h lie side by side in one row v, as K, b and R do in W, so that one product v W serves a step.
    """
    candidate, _ = elementwise("lstm", "activation", activation)
    squashed, _ = elementwise("lstm", "cell_activation", cell_activation)
    gate, _ = elementwise("lstm", "gate_activation", gate_activation)
    fits("lstm", inputs["x"], params["kernel"])
    x = time_first(inputs["x"])
    T, (I, H) = len(x), params["kernel"].shape[-2:]
    lead, B, dtype = workspace(x, params, inputs)
    W = weights(params, recurrent_bias, forget_bias, dtype)
    v = np.empty((T + 1, *lead, B, I + 1 + H), dtype, like=x)
    v[:-1, ..., :I], v[..., I] = x, 1
    h, s = v[..., I + 1:], np.empty((T + 1, *lead, B, H), dtype, like=x)
    h[0], s[0] = inputs.get("h0", 0), inputs.get("c0", 0)

    a = np.empty((*lead, B, 4 * H), dtype, like=x)  # one step's pre-activations
    a_by_gate = np.moveaxis(a.reshape(*lead, B, 4, H), -2, 0)
    gates, squashed_s, written = np.empty((T, 4, *lead, B, H), dtype, like=x), np.empty_like(s[1:]), np.empty_like(s[0])
    product = product_for(W)

    usual = (activation, gate_activation, peepholes) == ("tanh", "sigmoid", False)
    all_a = None if usual else np.empty_like(gates)
    p_i, p_f, p_o = np.moveaxis(params["peephole"], -2, 0)[..., None, :] if peepholes else (0, 0, 0)

    for t, (v_t, gates_t, s_t, s_next, squashed_t, h_next) in enumerate(zip(v, gates, s, s[1:], squashed_s, h[1:])):
        product(v_t, W, out=a)
        i, f, g, o = gates_t
        if usual:
            sigmoid(a_by_gate, out=gates_t)  # of g's too, in vain: one call for four gates takes less time than two
            np.tanh(a_by_gate[2], out=g)
        else:
            a_i, a_f, a_g, a_o = a_t = all_a[t]
            a_t[...] = a_by_gate
            if peepholes:
                a_i += p_i * s_t
                a_f += p_f * s_t
            i[...] = gate(a_i)
            f[...] = gate(a_f)
            g[...] = candidate(a_g)
        np.multiply(f, s_t, s_next)
        np.add(s_next, np.multiply(i, g, written), s_next)
        if not usual:
            if peepholes:
                a_o += p_o * s_next
            o[...] = gate(a_o)
        if cell_activation == "tanh":
            np.tanh(s_next, squashed_t)
        else:
            squashed_t[...] = squashed(s_next)
        np.multiply(o, squashed_t, h_next)

    return {"y": batch_first(h[1:]), "h_n": h[-1], "c_n": s[-1]}, (v, h, s, gates, all_a, squashed_s)


def weights(params, recurrent_bias, forget_bias, dtype):
    """K, b and R one below the other, the gates side by side: (..., input + 1 + hidden, 4 * hidden)."""
    K, R, b = params["kernel"], params["recurrent_kernel"], params["bias"]
    (I, H), lead = K.shape[-2:], K.shape[:-3]
    W = np.empty((*lead, I + 1 + H, 4, H), dtype, like=K)
    W[..., :I, :, :] = K.swapaxes(-3, -2)
    W[..., I, :, :] = b + params["recurrent_bias"] if recurrent_bias == "separate" else b
    W[..., I + 1:, :, :] = R.swapaxes(-3, -2)
    if forget_bias:
        W[..., I, 1, :] += forget_bias
    return W.reshape(*lead, I + 1 + H, 4 * H)


def backward(params, inputs, tape, cotangents, *, recurrent_bias, activation, cell_activation, gate_activation, peepholes,
             truncate):
    """The vjp. Walks back through time collecting dL/d(pre-activations); every weight gradient is one product after it."""
    slope, cell_slope, gate_slope = (
        elementwise("lstm", "", name)[1] for name in (activation, cell_activation, gate_activation))
    v, h, s, gates, all_a, squashed_s = tape
    T, _, B, H = gates.shape
    K, R = params["kernel"], params["recurrent_kernel"]
    I = K.shape[-2]
    R_T = R.swapaxes(-2, -1).reshape(4 * H, H)
    peephole = params["peephole"] if peepholes else None
    da = np.empty((T, B, 4 * H), gates.dtype, like=gates)  # dL/d(pre-activations)
    da_by_gate = da.reshape(T, B, 4, H).swapaxes(1, 2)

    def local_derivatives(steps):
        """ds'/da of i, f and g and dh'/da of o (time, 4, batch, hidden), and dh'/ds' (time, batch, hidden)."""
        i, f, g, o = gates[steps].swapaxes(0, 1)
        a_i, a_f, a_g, a_o = (None,) * 4 if all_a is None else all_a[steps].swapaxes(0, 1)
        local = np.empty_like(gates[steps])
        local[:, 0] = g * gate_slope(a_i, i)
        local[:, 1] = s[:-1][steps] * gate_slope(a_f, f)
        local[:, 2] = i * slope(a_g, g)
        local[:, 3] = squashed_s[steps] * gate_slope(a_o, o)
        return local, o * cell_slope(s[1:][steps], squashed_s[steps])

    dy = time_first(cotangents["y"])
    if truncate is None:
        dh, ds = cotangents["h_n"].copy(), cotangents["c_n"].copy()
        room = np.empty_like(dh)
        for steps in blocks_from_the_end(T, gates[0].nbytes):
            local, ds_dh = local_derivatives(steps)
            last_to_first = zip(dy[steps][::-1], da[steps][::-1], da_by_gate[steps][::-1],
                                local[::-1], ds_dh[::-1], gates[steps][::-1, 1])
            for dy_t, da_t, out, local_t, ds_dh_t, f in last_to_first:
                dh += dy_t
                through_the_cell(dh, ds, out, local_t, ds_dh_t, f, peephole, room)
                np.dot(da_t, R_T, dh)
    else:
        dh, ds = windows(cotangents, dy, da_by_gate, *local_derivatives(slice(None)), gates[:, 1], peephole, R_T, truncate)

    rows = da.reshape(T * B, 4 * H)
    dW = (v[:-1].reshape(T * B, -1).T @ rows).reshape(I + 1 + H, 4, H)
    dx = rows @ K.swapaxes(-2, -1).reshape(4 * H, I)
    grads = {"kernel": dW[:I].swapaxes(0, 1), "recurrent_kernel": dW[I + 1:].swapaxes(0, 1), "bias": dW[I],
             "x": batch_first(dx.reshape(T, B, I))}
    if recurrent_bias == "separate":
        grads["recurrent_bias"] = dW[I].copy()
    if peepholes:
        seen = (s[:-1], s[:-1], s[1:])
        da_i, da_f, _, da_o = da_by_gate.swapaxes(0, 1)
        grads["peephole"] = np.stack([(da_k * s_k).sum((0, 1)) for da_k, s_k in zip((da_i, da_f, da_o), seen)])
    if "h0" in inputs:
        grads["h0"] = dh
    if "c0" in inputs:
        grads["c0"] = ds
    return grads


def through_the_cell(dh, ds, da, local, ds_dh, f, peephole, room):
    """One step back, for arrays (..., hidden). In: dL/dh' and dL/ds' of the new states, and the local derivatives.

    Out: da (4, ..., hidden) becomes dL/d(pre-activations), ds becomes dL/ds of the old cell state. `room` is scratch.
    """
    np.multiply(local[3], dh, da[3])
    np.add(ds, np.multiply(dh, ds_dh, room), ds)
    if peephole is not None:
        ds += da[3] * peephole[2]
    np.multiply(local[:3], ds, da[:3])
    np.multiply(ds, f, ds)
    if peephole is not None:
        ds += da[0] * peephole[0] + da[1] * peephole[1]


def windows(cotangents, dy, da, local, ds_dh, f, peephole, R_T, truncate):
    """Truncated backpropagation: all windows walk back side by side. Fills da (time, 4, batch, hidden) with their sum.

    After `lag` steps the window of output t stands at step t - lag, so that entry m of dh and ds belongs to step m and to
    the output m + lag. Returns the gradients of h0 and c0: only windows that reach beyond step 0 have a share in them.
    """
    T, _, B, H = local.shape
    da[...] = 0
    dh, ds = dy.copy(), np.zeros_like(dy)
    dh[-1] += cotangents["h_n"]
    ds[-1] += cotangents["c_n"]
    dh0, dc0 = np.zeros_like(dh[0]), np.zeros_like(ds[0])
    for lag in range(min(truncate + 1, T)):
        steps = slice(0, T - lag)
        of_windows = np.empty((T - lag, B, 4, H), local.dtype, like=local)
        through_the_cell(dh, ds, np.moveaxis(of_windows, 2, 0), local[steps].swapaxes(0, 1), ds_dh[steps], f[steps], peephole,
                         np.empty_like(dh))
        da[steps] += of_windows.swapaxes(1, 2)
        dh = (of_windows.reshape(-1, 4 * H) @ R_T).reshape(-1, B, H)
        if lag < truncate:
            dh0 += dh[0]
            dc0 += ds[0]
        dh, ds = dh[1:], ds[1:]
    return dh0, dc0
