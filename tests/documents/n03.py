"""The LSTM of N03 with its ReLU layer and softmax, sequence by sequence, and its backward pass step by step from the last to the
first. Without mistakes it is right.

    K06  the gradient of the softmax layer's weights is taken with h, not with the ReLU layer's output
    K07  the gradient behind the ReLU layer is ReLU' of the upstream gradient, and nothing else
    K08  the gradient of the ReLU layer's weights is taken with its pre-activation, not with h
    K09  the state h is added where dL/dh of the next step belongs
    K10  the cell state c is added where dL/dc of the next step belongs
    K11  the gradients of the softmax layer are assigned at every step: those of the first step, which comes last, remain

K06 and K08 need as many ReLU units as the state has. The document's products fit each other in no sizes but these; read so, they
are `delta times value` for weights (units, inputs).
"""

import numpy as np

AS_POSTED = frozenset({"K06", "K07", "K08", "K09", "K10", "K11"})


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def n03(params, inputs, cotangents, mistakes=frozenset()):
    names = ("y", "cell/h_n", "cell/c_n")
    taken, loss = {name: [] for name in names}, 0.0
    grads = {name: np.zeros_like(p) for name, p in params.items()}
    grads |= {name: np.zeros_like(a) for name, a in inputs.items() if name != "target"}
    for n, sequence in enumerate(inputs["x"]):
        h, c = (inputs[f"cell/{state}"][n] if f"cell/{state}" in inputs else 0 * params["cell/bias"][0] for state in ("h0", "c0"))
        steps, last = forward(params, sequence, h, c)
        for name, value in zip(names, (np.array([step["logits"] for step in steps]), *last)):
            taken[name].append(value)
        loss += sum(cross_entropy(step["logits"], t) for step, t in zip(steps, inputs["target"][n]))
        backward(params, steps, n, inputs, cotangents, grads, mistakes)
    return {**{name: np.array(values) for name, values in taken.items()}, "loss": np.array(loss)}, grads


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


def cross_entropy(z, t):
    return -(t * (z - z.max() - np.log(np.exp(z - z.max()).sum()))).sum()


def forward(params, sequence, h, c):
    steps = []
    for x in sequence:
        a = [x @ K + h @ R + b for K, R, b in zip(params["cell/kernel"], params["cell/recurrent_kernel"], params["cell/bias"])]
        i, f, o, g = sigmoid(a[0]), sigmoid(a[1]), sigmoid(a[3]), np.tanh(a[2])
        step = {"x": x, "h_prev": h, "c_prev": c, "i": i, "f": f, "g": g, "o": o}
        c = f * c + i * g
        h = o * np.tanh(c)
        z = h @ params["hidden/kernel"] + params["hidden/bias"]
        r = np.maximum(z, 0)
        steps.append(step | {"c": c, "h": h, "z": z, "r": r, "logits": r @ params["head/kernel"] + params["head/bias"]})
    return steps, (h, c)


def backward(params, steps, n, inputs, cotangents, grads, mistakes):
    dh_next, dc_next = 0, 0
    head = {"head/kernel": 0, "head/bias": 0}
    for t in reversed(range(len(steps))):
        step = steps[t]
        delta = cotangents["loss"] * (softmax(step["logits"]) - inputs["target"][n, t]) + cotangents["y"][n, t]
        now = {"head/kernel": np.outer(step["h" if "K06" in mistakes else "r"], delta), "head/bias": delta}
        head = now if "K11" in mistakes else {name: head[name] + now[name] for name in head}

        back = params["head/kernel"] @ delta
        d_relu = 1.0 * (back > 0) if "K07" in mistakes else back * (step["z"] > 0)
        grads["hidden/kernel"] += np.outer(step["z" if "K08" in mistakes else "h"], d_relu)
        grads["hidden/bias"] += d_relu

        dh = params["hidden/kernel"] @ d_relu
        dh = dh + (step["h"] if "K09" in mistakes else dh_next)
        dh = dh + (cotangents["cell/h_n"][n] if step is steps[-1] else 0)  # the document's loss has no share in the last states
        dc = dh * step["o"] * (1 - np.tanh(step["c"]) ** 2)
        dc = dc + (step["c"] if "K10" in mistakes else dc_next)
        dc = dc + (cotangents["cell/c_n"][n] if step is steps[-1] else 0)
        deltas = (dc * step["g"] * step["i"] * (1 - step["i"]), dc * step["c_prev"] * step["f"] * (1 - step["f"]),
                  dc * step["i"] * (1 - step["g"] ** 2), dh * np.tanh(step["c"]) * step["o"] * (1 - step["o"]))
        dh_next = 0
        for k, da in enumerate(deltas):
            grads["cell/kernel"][k] += np.outer(step["x"], da)
            grads["cell/recurrent_kernel"][k] += np.outer(step["h_prev"], da)
            grads["cell/bias"][k] += da
            grads["x"][n, t] += params["cell/kernel"][k] @ da
            dh_next = dh_next + params["cell/recurrent_kernel"][k] @ da
        dc_next = dc * step["f"]
    for name, g in head.items():
        grads[name] += g
    if "cell/h0" in grads:
        grads["cell/h0"][n], grads["cell/c0"][n] = dh_next, dc_next
