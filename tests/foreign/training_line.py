"""A straight line by single examples in plain Python numbers (N09), right and with its data shuffled apart."""


def right(params, inputs, config):
    return descend(params, inputs["x"], inputs["target"], config, [rows[0] for rows in config["batches"]],
                   [rows[0] for rows in config["batches"]])


def shuffled_apart(params, inputs, config):
    order = [rows[0] for rows in config["batches"]]
    return descend(params, inputs["x"], inputs["target"], config, order, range(len(order)))


def in_order(params, inputs, config):
    return descend(params, inputs["x"], inputs["target"], config, range(100), range(100))


def half_gradient(params, inputs, config):
    """The gradient of half the square, beside the loss of the whole."""
    return descend(params, inputs["x"], inputs["target"], config, [r[0] for r in config["batches"]],
                   [r[0] for r in config["batches"]], factor=1.0)


def frozen_intercept(params, inputs, config):
    return descend(params, inputs["x"], inputs["target"], config, [r[0] for r in config["batches"]],
                   [r[0] for r in config["batches"]], intercept=False)


def descend(params, xs, ys, config, x_order, y_order, factor=2.0, intercept=True):
    (kernel, bias) = params
    m, c = float(params[kernel][0, 0]), float(params[bias][0])
    losses, ms, cs = [], [], []
    for i, j, rate in zip(x_order, y_order, config["learning_rates"]):
        x, y = float(xs[i, 0]), float(ys[j, 0])
        error = m * x + c - y
        losses.append(error * error)
        m -= rate * factor * error * x
        if intercept:
            c -= rate * factor * error
        ms.append([[m]])
        cs.append([c])
    return {"loss": losses, kernel: ms, bias: cs}
