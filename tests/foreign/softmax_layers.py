"""N18: softmax at every layer, one example at a time, derivatives as matrices."""

import numpy as np


def softmax(z):
    e = [np.exp(v - max(z)) for v in z]
    return np.array(e) / sum(e)


def jacobian(a, z):
    J = np.zeros((len(a), len(a)))
    for i in range(len(a)):
        for j in range(len(a)):
            J[i, j] = a[i] * ((i == j) - a[j])
    return J


def run(params, inputs, cotangents, config, jacobians=(jacobian,) * 3, entropy=lambda a, t: -t / a, activation=softmax):
    squared = "squared_error" in config
    names = ("dense_1", "dense_2", "dense_3")
    grads = {name: np.zeros_like(p) for name, p in params.items()}
    ys, dxs, total = [], [], 0.0
    for x, t, dy in zip(inputs["x"], inputs["target"], cotangents["y"]):
        a, kept = x, []
        for name in names:
            z = params[f"{name}/kernel"].T @ a + params[f"{name}/bias"]
            kept.append((a, z))
            a = activation(z)
        ys.append(a)
        total += 0.5 * ((a - t) ** 2).sum() if squared else -(t * np.log(a)).sum()
        upstream = dy + cotangents["loss"] * ((a - t) if squared else entropy(a, t))
        for name, (before, z), derivative in list(zip(names, kept, jacobians))[::-1]:
            delta = derivative(softmax(z), z).T @ upstream
            grads[f"{name}/kernel"] += np.outer(before, delta)
            grads[f"{name}/bias"] += delta
            upstream = params[f"{name}/kernel"] @ delta
        dxs.append(upstream)
    return {"y": np.array(ys), "loss": total}, {**grads, "x": np.array(dxs)}


def n18(params, inputs, cotangents, config):
    return run(params, inputs, cotangents, config)


def diagonal(params, inputs, cotangents, config):
    return run(params, inputs, cotangents, config, (lambda a, z: np.diag(a * (1 - a)),) * 3)


def diagonal_in_the_middle(params, inputs, cotangents, config):
    return run(params, inputs, cotangents, config, (jacobian, lambda a, z: np.diag(a * (1 - a)), jacobian))


def rows_summed(params, inputs, cotangents, config):
    return run(params, inputs, cotangents, config, (jacobian, jacobian, lambda a, z: np.diag(jacobian(a, z).sum(1))))


def softmax_of_softmax(params, inputs, cotangents, config):
    return run(params, inputs, cotangents, config, (jacobian, jacobian, lambda a, z: np.diag(softmax(a) * (1 - softmax(a)))))


def delta_again(params, inputs, cotangents, config):
    return run(params, inputs, cotangents, config, entropy=lambda a, t: a - t)


def left_out_below(params, inputs, cotangents, config):
    return run(params, inputs, cotangents, config, (lambda a, z: np.eye(len(a)), jacobian, jacobian))


def counter_for_activation(params, inputs, cotangents, config):
    def wrong(a, z):
        column = a * (1 - a)
        for j in range(len(a)):
            for y in range(len(a)):
                if y != j:
                    column[j] += -y * a[y]
        return np.diag(column)
    return run(params, inputs, cotangents, config, (jacobian, jacobian, wrong))
