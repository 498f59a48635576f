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

from reference_impl.config import choice
from reference_impl.layers.recurrence import (
    batch_first,
    blocks_from_the_end,
    elementwise,
    flat,
    gates_first,
    over_batch,
    over_steps,
    product_for,
    project,
    side_by_side,
    states_from,
    time_first,
    workspace,
)


def lstm(params, inputs, *, recurrent_bias="separate", activation="tanh", cell_activation="tanh", gate_activation="sigmoid",
         forget_bias=0.0, peepholes=False, truncate=None):
    """All states, the last ones, and the vjp that pulls their cotangents back through time.

    Returns `({"y": ..., "h_n": ..., "c_n": ...}, vjp)`; `vjp(cotangents)` gives the gradient of every parameter, of x, and
    of h0 and c0 where they were given. Raises ValueError for an unknown convention or a negative window.
    """
    config = dict(recurrent_bias=recurrent_bias, activation=activation, cell_activation=cell_activation,
                  gate_activation=gate_activation, forget_bias=forget_bias, peepholes=peepholes, truncate=truncate)
    outputs, tape = forward(params, inputs, **config)
    return outputs, lambda cotangents: backward(params, inputs, tape, cotangents, **config)


def unroll(params, inputs, **config):
    """The forward pass: outputs, and for every time step what its equations produced.

    A step is {"h": state before, "c": cell state before, "i": ..., "f": ..., "g": ..., "o": ...}.
    """
    outputs, tape = forward(params, inputs, **config)
    H = tape["h"].shape[-1]
    return outputs, [{"h": h, "c": s, **{name: gates[..., n * H:(n + 1) * H] for n, name in enumerate("ifgo")}}
                     for h, s, gates in zip(tape["h"], tape["s"], tape["gates"])]


def forward(params, inputs, *, recurrent_bias="separate", activation="tanh", cell_activation="tanh",
            gate_activation="sigmoid", forget_bias=0.0, peepholes=False, truncate=None):
    """Outputs, and the arrays of all steps that the way back needs: time first, h and s with the state before step 0."""
    choice("lstm", "recurrent_bias", recurrent_bias, ("separate", "none"))
    choice("lstm", "peepholes", peepholes, (False, True))
    if truncate is not None and truncate < 0:
        raise ValueError(f"lstm: truncate={truncate} is no window; 0 keeps the gradient in its own step, None is full")
    candidate, _ = elementwise("lstm", "activation", activation)
    squashed, _ = elementwise("lstm", "cell_activation", cell_activation)
    gate, _ = elementwise("lstm", "gate_activation", gate_activation)
    K, R, b = side_by_side(params["kernel"]), side_by_side(params["recurrent_kernel"]), flat(params["bias"])
    if recurrent_bias == "separate":
        b = b + flat(params["recurrent_bias"])
    H = R.shape[-2]
    p_i, p_f, p_o = (params["peephole"][..., n, None, :] for n in range(3)) if peepholes else (0, 0, 0)
    if forget_bias:
        b = b + forget_bias * (np.arange(4 * H) // H == 1).astype(b.dtype)

    # σ(a) = ½ tanh(½a) + ½: with the sigmoid gates' weights halved (which is exact) one tanh serves all four gates
    one_tanh = (activation, gate_activation, peepholes) == ("tanh", "sigmoid", False)
    if one_tanh:
        scale = np.full(4 * H, 0.5, b.dtype.type(0).real.dtype)
        scale[2 * H:3 * H] = 1
        shift = 1 - scale
        K, R, b = K * scale, R * scale, b * scale

    x = time_first(inputs["x"])
    shape, dtype = workspace(x, K, params, inputs)
    a = project(x, K, b, shape, dtype)  # all steps' input products at once
    R, product = R.astype(dtype, copy=False), product_for(R)
    h, s = (states_from(inputs.get(name), shape, H, dtype) for name in ("h0", "c0"))
    gates = a if one_tanh else np.empty_like(a)
    squashed_s = np.empty_like(s[1:])
    recurrent, written = np.empty_like(a[0]), np.empty_like(s[0])

    for t, (a_t, gates_t) in enumerate(zip(a, gates)):
        a_t += product(h[t], R, out=recurrent)
        a_i, a_f, a_g, a_o = (a_t[..., n * H:(n + 1) * H] for n in range(4))
        i, f, g, o = (gates_t[..., n * H:(n + 1) * H] for n in range(4))
        if one_tanh:
            np.tanh(a_t, out=gates_t)
            gates_t *= scale
            gates_t += shift
        else:
            if peepholes:
                a_i += p_i * s[t]
                a_f += p_f * s[t]
            i[...] = gate(a_i)
            f[...] = gate(a_f)
            g[...] = candidate(a_g)
        np.multiply(f, s[t], out=s[t + 1])
        s[t + 1] += np.multiply(i, g, out=written)
        if not one_tanh:
            if peepholes:
                a_o += p_o * s[t + 1]
            o[...] = gate(a_o)
        squashed_s[t] = squashed(s[t + 1])
        np.multiply(o, squashed_s[t], out=h[t + 1])

    tape = {"x": x, "h": h, "s": s, "a": a, "gates": gates, "squashed_s": squashed_s}
    return {"y": batch_first(h[1:]), "h_n": h[-1], "c_n": s[-1]}, tape


def backward(params, inputs, tape, cotangents, *, recurrent_bias, activation, cell_activation, gate_activation, peepholes,
             truncate, forget_bias):  # noqa: ARG001  the forget bias is in the pre-activations already
    """The vjp. Walks back through time collecting dL/d(pre-activations); every weight gradient is one product after it."""
    (_, slope), (_, cell_slope), (_, gate_slope) = (
        elementwise("lstm", "", name) for name in (activation, cell_activation, gate_activation))
    x, h, s, squashed_s = (tape[name] for name in ("x", "h", "s", "squashed_s"))
    T, B, H = squashed_s.shape
    a, gates = (tape[name].reshape(T, B, 4, H) for name in ("a", "gates"))
    R_T = np.ascontiguousarray(side_by_side(params["recurrent_kernel"]).T)
    da = np.empty_like(gates)  # holds d(state)/d(pre-activation) first, and becomes dL/d(pre-activation)
    ds_dh = np.empty_like(squashed_s)
    f = gates[:, :, 1]
    peephole = params["peephole"] if peepholes else None

    def local_derivatives(steps):
        """d(s')/da of i, f and g, dh/da of o, and dh/ds', for a slice of steps at once."""
        i, f, g, o = (gates[steps, :, n] for n in range(4))
        a_i, a_f, a_g, a_o = (a[steps, :, n] for n in range(4))
        np.multiply(gate_slope(a_i, i), g, out=da[steps, :, 0])
        np.multiply(gate_slope(a_f, f), s[:-1][steps], out=da[steps, :, 1])
        np.multiply(slope(a_g, g), i, out=da[steps, :, 2])
        np.multiply(gate_slope(a_o, o), squashed_s[steps], out=da[steps, :, 3])
        np.multiply(cell_slope(s[1:][steps], squashed_s[steps]), o, out=ds_dh[steps])

    dy = np.moveaxis(cotangents["y"], -2, 0)
    if truncate is None:
        dh, ds = cotangents["h_n"].copy(), cotangents["c_n"].copy()
        room = np.empty_like(dh)
        for block in blocks_from_the_end(T, da[0].nbytes):
            local_derivatives(slice(block.start, block.stop))
            for t in reversed(block):
                dh += dy[t]
                through_the_cell(dh, ds, da[t], ds_dh[t], f[t], peephole, room)
                np.dot(da[t].reshape(B, -1), R_T, out=dh)
    else:
        local_derivatives(slice(None))
        dh, ds = windows(cotangents, dy, da, ds_dh, f, peephole, R_T, truncate)

    da = da.reshape(T, B, -1)
    dK, dR, db = over_steps(x, da), over_steps(h[:-1], da), over_batch(da).reshape(4, H)
    dx = da.reshape(T * B, -1) @ side_by_side(params["kernel"]).T
    grads = {"kernel": gates_first(dK, 4), "recurrent_kernel": gates_first(dR, 4), "bias": db,
             "x": batch_first(dx.reshape(x.shape))}
    if recurrent_bias == "separate":
        grads["recurrent_bias"] = db.copy()
    if peepholes:
        seen = (s[:-1], s[:-1], s[1:])
        grads["peephole"] = np.stack([(da[..., n * H:(n + 1) * H] * c).sum((0, 1)) for n, c in zip((0, 1, 3), seen)])
    return grads | {name: d for name, d in (("h0", dh), ("c0", ds)) if name in inputs}


def through_the_cell(dh, ds, da, ds_dh, f, peephole, room):
    """One step back, for arrays (..., hidden): ds and da are changed in place.

    In: dL/dh' and dL/ds' of the new states, and da (..., 4, hidden) with the local derivatives.
    Out: da is dL/d(pre-activations), ds is dL/ds of the old cell state.
    """
    da[..., 3, :] *= dh
    ds += np.multiply(dh, ds_dh, out=room)
    if peephole is not None:
        ds += da[..., 3, :] * peephole[2]
    da[..., :3, :] *= ds[..., None, :]
    ds *= f
    if peephole is not None:
        ds += da[..., 0, :] * peephole[0] + da[..., 1, :] * peephole[1]


def windows(cotangents, dy, local, ds_dh, f, peephole, R_T, truncate):
    """Truncated backpropagation: all windows walk back side by side. `local` becomes dL/d(pre-activations).

    After `lag` steps the window of output t stands at step t - lag, so that entry m of dh and ds belongs to step m and to
    the output m + lag. Returns the gradients of h0 and c0: only windows that reach beyond step 0 have a share in them.
    """
    T, B, _, H = local.shape
    total = np.zeros_like(local)
    dh, ds = dy.copy(), np.zeros_like(dy)
    dh[-1] += cotangents["h_n"]
    ds[-1] += cotangents["c_n"]
    dh0, dc0 = np.zeros_like(dh[0]), np.zeros_like(ds[0])
    for lag in range(min(truncate + 1, T)):
        da = local[:T - lag].copy()
        through_the_cell(dh, ds, da, ds_dh[:T - lag], f[:T - lag], peephole, np.empty_like(dh))
        total[:T - lag] += da
        dh = (da.reshape(-1, 4 * H) @ R_T).reshape(-1, B, H)
        if lag < truncate:
            dh0 += dh[0]
            dc0 += ds[0]
        dh, ds = dh[1:], ds[1:]
    local[...] = total
    return dh0, dc0
