"""The simple recurrent layer (Elman network).

    h' = φ(x K + b + h R + c)

with φ = activation; recurrent_bias="none" leaves c out.

Layouts:
    kernel K (input, hidden)   recurrent_kernel R (hidden, hidden)   bias b, recurrent_bias c (hidden,)
    x (batch, time, input)     h0 (batch, hidden), zero where it is not given
    y (batch, time, hidden), every state    h_n (batch, hidden), the last state

The forward pass takes float32, float64 or complex128 and any leading axes in front of the layouts above.

Source: Elman 1990, Cognitive Science 14(2). PyTorch's RNN has two biases (recurrent_bias="separate") and tanh or relu;
Keras's SimpleRNN has one ("none") and any activation, tanh by default.
"""

import numpy as np

from reference_impl.config import choice
from reference_impl.layers.recurrence import (
    batch_first,
    blocks_from_the_end,
    elementwise,
    over_batch,
    over_steps,
    product_for,
    project,
    states_from,
    time_first,
    workspace,
)


def simple_rnn(params, inputs, *, recurrent_bias="separate", activation="tanh"):
    """All states, the last one, and the vjp that pulls their cotangents back through time.

    Returns `({"y": ..., "h_n": ...}, vjp)`; `vjp(cotangents)` gives the gradient of every parameter, of x, and of h0
    where it was given. Raises ValueError for an unknown convention.
    """
    outputs, tape = forward(params, inputs, recurrent_bias=recurrent_bias, activation=activation)
    return outputs, lambda cotangents: backward(params, inputs, tape, cotangents, recurrent_bias, activation)


def unroll(params, inputs, **config):
    """The forward pass: outputs, and for every time step what its equation produced, {"h": state before, "a": ...}."""
    outputs, tape = forward(params, inputs, **config)
    return outputs, [{"h": h, "a": a} for h, a in zip(tape["h"], tape["a"])]


def forward(params, inputs, *, recurrent_bias="separate", activation="tanh"):
    """Outputs, and the arrays of all steps that the way back needs: time first, h with the state before step 0."""
    choice("simple_rnn", "recurrent_bias", recurrent_bias, ("separate", "none"))
    value, _ = elementwise("simple_rnn", "activation", activation)
    K, R, b = params["kernel"], params["recurrent_kernel"], params["bias"]
    if recurrent_bias == "separate":
        b = b + params["recurrent_bias"]

    x = time_first(inputs["x"])
    shape, dtype = workspace(x, K, params, inputs)
    a = project(x, K, b, shape, dtype)  # all steps' input products at once
    R, product = np.ascontiguousarray(R, dtype), product_for(R)
    h = states_from(inputs.get("h0"), shape, R.shape[-1], dtype)
    recurrent = np.empty_like(h[0])
    for t, a_t in enumerate(a):
        a_t += product(h[t], R, out=recurrent)
        h[t + 1] = value(a_t)
    return {"y": batch_first(h[1:]), "h_n": h[-1]}, {"x": x, "h": h, "a": a}


def backward(params, inputs, tape, cotangents, recurrent_bias, activation):
    """The vjp. Walks back through time collecting dL/da; every weight gradient is one product after it."""
    _, slope = elementwise("simple_rnn", "activation", activation)
    x, h, a = tape["x"], tape["h"], tape["a"]
    R_T = np.ascontiguousarray(params["recurrent_kernel"].T)
    dy = np.moveaxis(cotangents["y"], -2, 0)
    da = np.empty_like(a)
    dh = cotangents["h_n"].copy()
    for block in blocks_from_the_end(len(a), a[0].nbytes):
        steps = slice(block.start, block.stop)
        da[steps] = slope(a[steps], h[1:][steps])
        for t in reversed(block):
            dh += dy[t]
            da[t] *= dh
            np.dot(da[t], R_T, out=dh)

    db = over_batch(da)
    dx = da.reshape(-1, da.shape[-1]) @ params["kernel"].T
    grads = {"kernel": over_steps(x, da), "recurrent_kernel": over_steps(h[:-1], da), "bias": db,
             "x": batch_first(dx.reshape(x.shape))}
    if recurrent_bias == "separate":
        grads["recurrent_bias"] = db.copy()
    if "h0" in inputs:
        grads["h0"] = dh
    return grads
