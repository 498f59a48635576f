"""What goes wrong in training loops. Each entry changes reference_impl/training.py: the order of things, the examples of a step,
which weights move. `shows` says what a case must have for it."""

import numpy as np

from nnparity.reference_impl.mistakes.mistake import Mistake, always


def mistake(id, title, right, wrong, correct, mistaken, symptom, fix, case, shows=always, source="", also=(), **about):
    return Mistake(id=f"training-{id}", area="training", module="training", part="training", title=title, right=right, wrong=wrong,
                   correct=correct, mistaken=mistaken, symptom=symptom, fix=fix, case=case, shows=shows, source=source, also=also, **about)


def in_batches(case):
    return bool(case.training and len(case.training.batches) > 1)


def shuffled(case):
    """The examples come in another order than they are stored in."""
    if not in_batches(case):
        return False
    rows = np.concatenate(case.training.batches)
    return bool((rows != np.arange(len(rows)) % len(case.inputs["x"])).any())


def many_examples(case):
    return bool(case.training and len(case.training.batches[0] if case.training.batches else case.inputs["x"]) > 1)


def falling_rate(case):
    return bool(case.training and len(set(case.training.learning_rates)) > 1)


def has_bias(case):
    return any(name.endswith("bias") for name in case.params)


def biases_decay(case):
    return has_bias(case) and bool(case.training and case.training.config.get("weight_decay"))


def many_weights(case):
    return any(a.size > 1 for a in case.params.values())


def deep(case):
    return sum(layer.kind == "dense" for layer in case.network) > 1


def keeps_state(case):
    return bool(case.training and case.training.optimizer != "sgd")


N05, N08, N09, N21, N22 = (f"n{n}-training-float64" for n in ("05", "08", "09", "21", "22"))
MINI, FALLING, ADAM = "optimizer-sgd-minibatch-float64", "optimizer-momentum-update-float64", "optimizer-adam-outside-float64"

GRADIENT = "update(p, grads[name],"
DESCENT = r"p' = p - \eta g"
UPDATES = (
    mistake("ascent", "update adds the gradient", GRADIENT, "update(p, -grads[name],", DESCENT, r"p' = p + \eta g", "The loss rises from the first step on.",
            "Subtract the gradient. Where the error is t - a, the delta already has the minus.", N08, source="K04"),
    mistake("times-weights", "update multiplied by the weights", GRADIENT, "update(p, p * grads[name],", DESCENT, r"p' = p - \eta\, p \odot g",
            "Weights that are zero stay zero, weights never change their sign.", "Subtract η times the gradient, and nothing else.", N08, source="K43"),
    mistake("accumulated", "gradients never reset", 'path["loss"].append(loss)', 'path["loss"].append(loss); total |= {k: g + total.get(k, 0) for k, g in grads.items()}; grads = dict(total)',
            r"p_t = p_{t-1} - \eta\, g_t", r"p_t = p_{t-1} - \eta \sum_{s \leq t} g_s", "The loss swings and does not settle: update t is the sum of all gradients so far.",
            "Set the gradients to zero before each step (zero_grad).", N08, source="K44", also=(('path = {"loss": []', 'total = {}; path = {"loss": []'),)),
    mistake("one-scalar-mean", "one scalar added to every weight: the mean of its gradient", GRADIENT, "update(p, np.full_like(p, grads[name].mean()),", r"w_{ij}' = w_{ij} - \eta\, g_{ij}", r"w_{ij}' = w_{ij} - \eta\, \frac{1}{n} \sum_{kl} g_{kl}",
            "All weights of an array move in step; their differences never change.", "Each weight has a derivative of its own: keep the array.", N22, shows=many_weights, source="K50"),
    mistake("one-scalar-sum", "one scalar added to every weight: the sum of its gradient", GRADIENT, "update(p, np.full_like(p, grads[name].sum()),", r"w_{ij}' = w_{ij} - \eta\, g_{ij}", r"w_{ij}' = w_{ij} - \eta \sum_{kl} g_{kl}",
            "All weights of an array move in step; their differences never change.", "Each weight has a derivative of its own: keep the array.", N22, shows=many_weights, source="K50"),
    mistake("one-scalar-loss", "the loss itself subtracted from every weight", GRADIENT, "update(p, np.full_like(p, loss),", DESCENT, r"p' = p - \eta L",
            "All weights fall together.", "The update needs the derivative of the loss by each weight.", N22, source="K50"),
    mistake("bias-frozen", "biases never updated", "params[name], states[name] = update(p,", 'params[name], states[name] = (p, {}) if name.endswith("bias") else update(p,', r"b' = b - \eta\, \frac{\partial L}{\partial b}", "b' = b",
            "Weights follow for a step, then everything is a little off.", "Update biases like weights.", N21, shows=has_bias),
    mistake("output-layer-only", "only the output layer learns", "params[name], states[name] = update(p,", 'params[name], states[name] = (p, {}) if name.split("/")[0] != list(case.params)[-1].split("/")[0] else update(p,',
            r"W_l' = W_l - \eta\, \frac{\partial L}{\partial W_l}", r"W_l' = W_l \quad (l < L)", "The first step of the output layer is right; hidden weights never move.", "Update every layer.", N08, shows=deep),
    mistake("hidden-layers-only", "the output layer never learns", "params[name], states[name] = update(p,", 'params[name], states[name] = (p, {}) if name.split("/")[0] == list(case.params)[-1].split("/")[0] else update(p,',
            r"W_L' = W_L - \eta\, \frac{\partial L}{\partial W_L}", "W_L' = W_L", "Hidden weights move, output weights do not.", "Update every layer.", N08, shows=deep),
    mistake("bias-not-decayed", "biases left out of the weight decay", "t, rate, **training.config)", 't, rate, **{**training.config, "weight_decay": 0.0 if name.endswith("bias") else training.config["weight_decay"]})',
            r"b' = b - \eta (g + \lambda b)", r"b' = b - \eta g", "Only the biases differ at the first step. Many texts want it so; the frameworks' optimizers decay every parameter they are given.",
            "Not wrong if it is meant: give the biases a group of their own on the other side.", "optimizer-sgd-weight_decay-float64", shows=biases_decay),
    mistake("stepped-twice", "every update made twice", 'path[name].append(params[name])', 'params[name], states[name] = update(params[name], grads[name], states[name], t, rate, **training.config); path[name].append(params[name])',
            DESCENT, r"p' = p - 2 \eta g", "The first step is twice as long.", "Call the optimizer once a step.", N08),
    mistake("gradient-late", "update with the gradient of the step before", 'path["loss"].append(loss)', 'path["loss"].append(loss); held.append(grads); grads = held[max(step - 1, 0)]', r"p_t = p_{t-1} - \eta\, g_t", r"p_t = p_{t-1} - \eta\, g_{t-1}",
            "The first step is right, the second repeats it.", "Compute the gradient at the weights that it is subtracted from.", N08, also=(('path = {"loss": []', 'held = []; path = {"loss": []'),)),
    mistake("gradient-clipped", "gradient clipped to norm 1, array by array", GRADIENT, "update(p, grads[name] / max(1, np.linalg.norm(grads[name])),", DESCENT, r"p' = p - \eta\, g / \max(1, \|g\|)", "Right as long as gradients are small.",
            "Not wrong if it is meant: ask the other side to clip as well.", "n09-training-float64", shows=lambda case: case.name.startswith(("n05", "n09", "n15", "n16"))),
    mistake("divided-by-batch", "gradient divided by the number of examples", GRADIENT, 'update(p, grads[name] / len(batch["x"]),', DESCENT, r"p' = p - \frac{\eta}{n} g",
            "n times too slow.", "The loss has its mean already, or is meant to be summed.", N08, shows=many_examples),
    mistake("times-batch", "gradient multiplied by the number of examples", GRADIENT, 'update(p, grads[name] * len(batch["x"]),', DESCENT, r"p' = p - n\, \eta\, g",
            "n times too fast: it may blow up.", "A loss with a mean has a gradient with a mean.", N21, shows=many_examples, source="K46"),
)

RATE = "t, rate = step + 1, training.rate(step)"
COUNTS = (
    mistake("step-counted-late", "bias correction with exponent t + 1", RATE, "t, rate = step + 2, training.rate(step)", r"1 - \beta^t", r"1 - \beta^{t + 1}", "The first step is about half as long.",
            "The first step has t = 1: count before the correction, once.", N05, source="K15", optimizers=("corrected_momentum",)),
    mistake("step-counted-late-adam", "bias correction with exponent t + 1", RATE, "t, rate = step + 2, training.rate(step)", r"1 - \beta^t", r"1 - \beta^{t + 1}", "The first steps have the wrong length.",
            "The first step has t = 1: count before the correction, once.", ADAM, source="K15", optimizers=("adam",)),
    mistake("step-counted-per-array", "step number counted up by every array", RATE, "t, rate = step * len(params) + list(params).index(name) + 1, training.rate(step)", r"1 - \beta^t", r"1 - \beta^{t n + i}",
            "The first array is right at the first step, the second is not.", "Count t once a step, not once for each parameter.", ADAM, optimizers=("adam",)),
    mistake("step-counted-per-array-velocity", "step number counted up by every array", RATE, "t, rate = step * len(params) + list(params).index(name) + 1, training.rate(step)", r"1 - \beta^t", r"1 - \beta^{t n + i}",
            "The first array is right at the first step, the second is not.", "Count t once a step, not once for each parameter.", N05, optimizers=("corrected_momentum",)),
    mistake("rate-early", "learning rate of the next step", RATE, "t, rate = step + 1, training.rate(step + 1)", r"\eta_t", r"\eta_{t+1}", "Differs only at the step where the rate changes.", "Ask the schedule with the number of this step.", FALLING, shows=falling_rate),
    mistake("rate-late", "learning rate of the step before", RATE, "t, rate = step + 1, training.rate(max(step - 1, 0))", r"\eta_t", r"\eta_{t-1}", "Differs only at the step where the rate changes.", "Ask the schedule with the number of this step.", FALLING, shows=falling_rate),
    mistake("rate-constant", "schedule of the learning rate ignored", RATE, "t, rate = step + 1, training.rate(0)", r"\eta_t", r"\eta_1", "Right until the rate changes.", "Take the rate of each step.", FALLING, shows=falling_rate),
    mistake("state-lost", "velocity or moments start from zero at every example", "states[name], t, rate", "{}, t, rate", r"v_t = \beta v_{t-1} + (1 - \beta) g_t", r"v_t = (1 - \beta) g_t",
            "No momentum; with a bias correction steps shrink with 1/(1 - βᵗ).", "Keep the state between steps.", N05, shows=keeps_state, source="K14"),
    mistake("state-and-count-lost", "velocity and step number start anew at every example", "states[name], t, rate", "{}, 1, rate", r"\hat v_t = v_t / (1 - \beta^t)", r"\hat v_t = g_t",
            "Equals plain gradient descent.", "Keep the state and the count between steps.", N05, optimizers=("corrected_momentum", "adam"), source="K14"),
)

CHAIN = "PRODUCTS = {"
PARTS = '''def parts(own, inputs, activation="linear", bias="vector", bias_input=1.0, **options):
    linear, pull = LAYERS["dense"](own, inputs, bias=bias, bias_input=bias_input)
    y, pull_activation = activate("dense", activation, linear["y"], options)
    return linear["y"], y, pull_activation, pull


'''
HASTY = PARTS + '''def hasty(params, after):
    names = {id(p): name for name, p in params.items()}

    def dense(own, inputs, **config):
        _, y, pull_activation, pull = parts(own, inputs, **config)
        form = {k: v for k, v in config.items() if k in ("bias", "bias_input")}

        def vjp(cotangents):
            da = pull_activation(cotangents["y"])
            grads = pull({"y": da})
            new = {k: after(names[id(p)], p, grads[k]) for k, p in own.items()}
            return {**grads, "x": LAYERS["dense"](new, inputs, **form)[1]({"y": da})["x"]}
        return {"y": y}, vjp
    return dense


'''
PILING = PARTS + '''def piling(piles):
    def dense(own, inputs, activation="linear", **config):
        form = {k: v for k, v in config.items() if k in ("bias", "bias_input")}
        a, _, _, pull = parts(own, inputs, **form)
        key = own["kernel"].shape
        piles[key] = piles.get(key, 0) + a
        y, pull_activation = activate("dense", activation, piles[key], {k: v for k, v in config.items() if k not in form})
        return {"y": y}, lambda cotangents: pull({"y": pull_activation(cotangents["y"])})
    return dense


'''
SLOW = PARTS + '''def slow(beta, kept):
    def dense(own, inputs, **config):
        _, y, pull_activation, pull = parts(own, inputs, **config)

        def vjp(cotangents):
            da, key = pull_activation(cotangents["y"]), own["kernel"].shape
            kept[key] = beta * kept.get(key, 0) + (1 - beta) * da
            return {**pull({"y": kept[key]}), "x": pull({"y": da})["x"]}
        return {"y": y}, vjp
    return dense


'''
LOOP, ANSWER = "loss, grads = loss_and_grads(case, params, batch, layers)", 'path["loss"].append(loss)'
ORDER = (
    mistake("updated-too-early", "output weights updated before the hidden delta is taken through them", LOOP,
            'loss, grads = loss_and_grads(case, params, batch, {**layers, "dense": hasty(params, lambda name, p, g: update(p, g, states[name], step + 1, training.rate(step), **training.config)[0])})',
            r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot f'", r"\delta_l = ({W'_{l+1}}^\top \delta_{l+1}) \odot f'", "The output layer's first step is right, the hidden layer's is slightly off; it learns.",
            "Compute all gradients first, then update.", N08, shows=deep, also=((CHAIN, HASTY + CHAIN),), source="https://github.com/Bot-Academy/NeuralNetworkFromScratch/pull/3"),
    mistake("pre-activations-pile-up", "pre-activations accumulate over calls", LOOP, 'loss, grads = loss_and_grads(case, params, batch, {**layers, "dense": piling(piles)})', r"z = x W", r"z_t = z_{t-1} + x W",
            "The first step is right; then every unit saturates and all answers are the same.", "Set z to zero before each pass, or assign it.", N22, source="K49",
            also=((CHAIN, PILING + CHAIN), ('path = {"loss": []', 'piles = {}; path = {"loss": []'))),
    mistake("velocity-on-deltas", "velocity kept on the deltas", LOOP, 'loss, grads = loss_and_grads(case, params, batch, {**layers, "dense": slow(training.config["beta"], kept)})',
            r"V = \beta V + (1 - \beta)\, x^\top \delta", r"v = \beta v + (1 - \beta)\, \delta, \quad V = x^\top v", "The first step is right; then old deltas are paired with new inputs.",
            "Keep the velocity of each weight's gradient.", N05, source="K16", optimizers=("corrected_momentum",),
            also=((CHAIN, SLOW + CHAIN), ('path = {"loss": []', 'kept = {}; path = {"loss": []'),
                  ("update(p, grads[name], states[name], t, rate, **training.config)", '(p - rate * grads[name] / (1 - training.config["beta"]**t), {})'))),
    mistake("loss-after-step", "loss reported after the step", 'path[name].append(params[name])\n', 'path[name].append(params[name])\n        path["loss"].append(loss_and_grads(case, params, batch, layers)[0])\n', r"L_t = L(p_{t-1})", r"L_t = L(p_t)",
            "The weights are right; the losses are one step ahead.", "Report the loss that the gradient belongs to.", N08, also=((ANSWER, "pass"),)),
    mistake("weights-before-step", "weights reported before the step", "path[name].append(params[name])", "path[name].append(p)", r"p_0, p_1, \ldots", r"\text{the path begins with the initial weights}", "The losses are right; the weights are one step behind.",
            "Report the weights after each step.", N08),
)

TAKEN = "batch = training.batch(case, step)"
ROWS = 'np.roll(case.inputs[{0!r}], -step * len(batch["x"]), 0)[:len(batch["x"])]'
EXAMPLES = (
    mistake("inputs-shuffled-alone", "inputs shuffled, targets not", TAKEN, f'{TAKEN}; batch["target"] = {ROWS.format("target")}', r"(x_{\pi(i)}, t_{\pi(i)})", r"(x_{\pi(i)}, t_i)", "The loss falls to the spread of the targets and stays: the network learns their mean.",
            "Shuffle one index and use it for both.", N09, shows=shuffled, source="K22"),
    mistake("targets-shuffled-alone", "targets shuffled, inputs not", TAKEN, f'{TAKEN}; batch["x"] = {ROWS.format("x")}', r"(x_{\pi(i)}, t_{\pi(i)})", r"(x_i, t_{\pi(i)})", "The loss falls to the spread of the targets and stays: the network learns their mean.",
            "Shuffle one index and use it for both.", N09, shows=shuffled, source="K22"),
    mistake("not-shuffled", "examples taken in their stored order", TAKEN, f'{TAKEN}; batch = {{"x": {ROWS.format("x")}, "target": {ROWS.format("target")}}}', r"(x_{\pi(i)}, t_{\pi(i)})", r"(x_i, t_i)", "Another path to about the same place.",
            "Use the order that is given.", N09, shows=shuffled),
    mistake("first-batch-only", "the batch never advances", TAKEN, "batch = training.batch(case, 0)", r"\mathrm{batch}_{t \bmod n}", r"\mathrm{batch}_0", "The first step is right; the loss of one batch falls, the others are never seen.", "Take the next rows at every step.", MINI, shows=in_batches),
    mistake("last-batch-dropped", "last batch of each pass dropped", TAKEN, "batch = training.batch(case, step % (len(training.batches) - 1))", r"\mathrm{batch}_{t \bmod n}", r"\mathrm{batch}_{t \bmod (n-1)}", "Right until the first pass over the data ends.",
            "Count the batches upwards: the last one may be smaller, and it counts.", MINI, shows=in_batches),
    mistake("batches-off-by-one", "the first batch is skipped", TAKEN, "batch = training.batch(case, step + 1)", r"\mathrm{batch}_{t \bmod n}", r"\mathrm{batch}_{(t + 1) \bmod n}", "Wrong from the first step on.", "Take the rows before counting up.", MINI, shows=in_batches),
    mistake("batches-reversed", "batches taken from the last to the first", TAKEN, "batch = training.batch(case, len(training.batches) - 1 - step % len(training.batches))", r"\mathrm{batch}_t", r"\mathrm{batch}_{n - 1 - t}", "Wrong from the first step on.", "Take them in order.", MINI, shows=in_batches),
    mistake("whole-data-set", "every step takes the whole data set", TAKEN, "batch = dict(case.inputs)", r"\mathrm{batch}_{t \bmod n}", r"(x, t)", "The loss falls smoothly, on another path.", "Take the rows of the batch.", MINI, shows=in_batches),
)

MISTAKES = UPDATES + COUNTS + ORDER + EXAMPLES
