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

from nnparity.reference_impl.config import choice
from nnparity.reference_impl.layers.recurrence import (
    batch_first,
    blocks_from_the_end,
    elementwise,
    fits,
    product_for,
    time_first,
    workspace,
)


def step(x, h, params, *, recurrent_bias="separate", activation="tanh"):
    """One step as the equation has it: h' (batch, hidden) from x (batch, input) and h (batch, hidden).

    Plain, to be read; the pass below computes the same faster. Raises ValueError as `simple_rnn` does.
    """
    choice("simple_rnn", "recurrent_bias", recurrent_bias, ("separate", "none"))
    φ, _ = elementwise("simple_rnn", "activation", activation)
    K, R, b = params["kernel"], params["recurrent_kernel"], params["bias"]
    c = params["recurrent_bias"] if recurrent_bias == "separate" else 0
    return φ(x @ K + b + h @ R + c)


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
    """Outputs, and the arrays of all steps that the way back needs: time first, h with the state before step 0.

    x_t, a one and h lie side by side in one row v, as K, b and R do in W, so that one product v W serves a step.
    """
    choice("simple_rnn", "recurrent_bias", recurrent_bias, ("separate", "none"))
    value, _ = elementwise("simple_rnn", "activation", activation)
    K, R, b = params["kernel"], params["recurrent_kernel"], params["bias"]
    if recurrent_bias == "separate":
        b = b + params["recurrent_bias"]
    fits("simple_rnn", inputs["x"], K)
    x = time_first(inputs["x"])
    T, (I, H) = len(x), K.shape[-2:]
    lead, B, dtype = workspace(x, params, inputs)
    W = np.concatenate([K, b[..., None, :], R], axis=-2, dtype=dtype)
    v = np.empty((T + 1, *lead, B, I + 1 + H), dtype, like=x)
    v[:-1, ..., :I], v[..., I] = x, 1
    h = v[..., I + 1:]
    h[0] = inputs.get("h0", 0)
    a = np.empty((T, *lead, B, H), dtype, like=x)
    product = product_for(W)
    for v_t, a_t, h_next in zip(v, a, h[1:]):
        product(v_t, W, out=a_t)
        h_next[...] = value(a_t)
    return {"y": batch_first(h[1:]), "h_n": h[-1]}, {"v": v, "h": h, "a": a}


def backward(params, inputs, tape, cotangents, recurrent_bias, activation):
    """The vjp. Walks back through time collecting dL/da; every weight gradient is one product after it."""
    _, slope = elementwise("simple_rnn", "activation", activation)
    v, h, a = tape["v"], tape["h"], tape["a"]
    T, B, H = a.shape
    I = params["kernel"].shape[-2]
    R_T = np.ascontiguousarray(params["recurrent_kernel"].T)
    dy = time_first(cotangents["y"])
    da = np.empty_like(a)
    dh = cotangents["h_n"].copy()
    for steps in blocks_from_the_end(T, a[0].nbytes):
        da[steps] = slope(a[steps], h[1:][steps])
        for dy_t, da_t in zip(dy[steps][::-1], da[steps][::-1]):
            dh += dy_t
            np.multiply(da_t, dh, da_t)
            np.dot(da_t, R_T, dh)

    rows = da.reshape(T * B, H)
    dW = v[:-1].reshape(T * B, -1).T @ rows
    dx = rows @ params["kernel"].T
    grads = {"kernel": dW[:I], "recurrent_kernel": dW[I + 1:], "bias": dW[I], "x": batch_first(dx.reshape(T, B, I))}
    if recurrent_bias == "separate":
        grads["recurrent_bias"] = dW[I].copy()
    if "h0" in inputs:
        grads["h0"] = dh
    return grads
