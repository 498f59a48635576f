"""What goes wrong in training loops. Each entry changes reference_impl/training.py: the order of things, the examples of a step,
which weights move. `shows` says what a case must have for it."""

from textwrap import indent

import numpy as np

from nnparity.reference_impl.mistakes.edit import Edit, Line
from nnparity.reference_impl.mistakes.mistake import Mistake


def mistake(*, id, **fields):
    return Mistake(id=f"training-{id}", area="training", module="training", part="training", **fields)


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

PATH = Line("train", 'path = {"loss": []')
STEP = Line("train", "params[name], states[name] = update(p,")
REPORT = Line("train", "path[name].append(params[name])")
STATE = Line("train", "states[name], t, rate")
GRADIENT = Line("train", "update(p, grads[name],")
RATE = Line("train", "t, rate = step + 1, training.rate(step)")
LOOP = Line("train", "loss, grads = loss_and_grads(case, params, batch, layers)")
ANSWER = Line("train", 'path["loss"].append(loss)')
TAKEN = Line("train", "batch = training.batch(case, step)")
DESCENT = r"p' = p - \eta g"
UPDATES = (
    mistake(id="ascent", title="update adds the gradient",
            edit=GRADIENT.becomes("update(p, -grads[name],"),
            symptom="The loss rises from the first step on.",
            fix="Subtract the gradient. Where the error is t - a, the delta already has the minus.",
            correct=DESCENT, mistaken=r"p' = p + \eta g",
            source="K04", case=N08),
    mistake(id="times-weights", title="update multiplied by the weights",
            edit=GRADIENT.becomes("update(p, p * grads[name],"),
            symptom="Weights that are zero stay zero, weights never change their sign.",
            fix="Subtract η times the gradient, and nothing else.",
            correct=DESCENT, mistaken=r"p' = p - \eta\, p \odot g",
            source="K43", case=N08),
    mistake(id="accumulated", title="gradients never reset",
            edit=ANSWER.then("total |= {k: g + total.get(k, 0) for k, g in grads.items()}; grads = dict(total)"),
            also=(PATH.becomes('total = {}; path = {"loss": []'),),
            symptom="The loss swings and does not settle: update t is the sum of all gradients so far.",
            fix="Set the gradients to zero before each step (zero_grad).",
            correct=r"p_t = p_{t-1} - \eta\, g_t", mistaken=r"p_t = p_{t-1} - \eta \sum_{s \leq t} g_s",
            source="K44", case=N08),
    mistake(id="one-scalar-mean", title="one scalar added to every weight: the mean of its gradient",
            edit=GRADIENT.becomes("update(p, np.full_like(p, grads[name].mean()),"),
            symptom="All weights of an array move in step; their differences never change.",
            fix="Each weight has a derivative of its own: keep the array.",
            correct=r"w_{ij}' = w_{ij} - \eta\, g_{ij}", mistaken=r"w_{ij}' = w_{ij} - \eta\, \frac{1}{n} \sum_{kl} g_{kl}",
            shows=many_weights, source="K50", case=N22),
    mistake(id="one-scalar-sum", title="one scalar added to every weight: the sum of its gradient",
            edit=GRADIENT.becomes("update(p, np.full_like(p, grads[name].sum()),"),
            symptom="All weights of an array move in step; their differences never change.",
            fix="Each weight has a derivative of its own: keep the array.",
            correct=r"w_{ij}' = w_{ij} - \eta\, g_{ij}", mistaken=r"w_{ij}' = w_{ij} - \eta \sum_{kl} g_{kl}",
            shows=many_weights, source="K50", case=N22),
    mistake(id="one-scalar-loss", title="the loss itself subtracted from every weight",
            edit=GRADIENT.becomes("update(p, np.full_like(p, loss),"),
            symptom="All weights fall together.",
            fix="The update needs the derivative of the loss by each weight.",
            correct=DESCENT, mistaken=r"p' = p - \eta L",
            source="K50", case=N22),
    mistake(id="bias-frozen", title="biases never updated",
            edit=STEP.becomes('params[name], states[name] = (p, {}) if name.endswith("bias") else update(p,'),
            symptom="Weights follow for a step, then everything is a little off.",
            fix="Update biases like weights.",
            correct=r"b' = b - \eta\, \frac{\partial L}{\partial b}", mistaken="b' = b",
            shows=has_bias, case=N21),
    mistake(id="output-layer-only", title="only the output layer learns",
            edit=STEP.becomes('params[name], states[name] = (p, {}) if name.split("/")[0] != '
                              'list(case.params)[-1].split("/")[0] else update(p,'),
            symptom="The first step of the output layer is right; hidden weights never move.",
            fix="Update every layer.",
            correct=r"W_l' = W_l - \eta\, \frac{\partial L}{\partial W_l}", mistaken=r"W_l' = W_l \quad (l < L)",
            shows=deep, case=N08),
    mistake(id="hidden-layers-only", title="the output layer never learns",
            edit=STEP.becomes('params[name], states[name] = (p, {}) if name.split("/")[0] == '
                              'list(case.params)[-1].split("/")[0] else update(p,'),
            symptom="Hidden weights move, output weights do not.",
            fix="Update every layer.",
            correct=r"W_L' = W_L - \eta\, \frac{\partial L}{\partial W_L}", mistaken="W_L' = W_L",
            shows=deep, case=N08),
    mistake(id="bias-not-decayed", title="biases left out of the weight decay",
            edit=Edit(function="train", right="t, rate, **training.config)",
                      wrong='t, rate, **{**training.config, "weight_decay": 0.0 if name.endswith("bias") else '
                            'training.config["weight_decay"]})'),
            symptom="Only the biases differ at the first step. Many texts want it so; the frameworks' optimizers "
                    "decay every parameter they are given.",
            fix="Not wrong if it is meant: give the biases a group of their own on the other side.",
            correct=r"b' = b - \eta (g + \lambda b)", mistaken=r"b' = b - \eta g",
            shows=biases_decay, case="optimizer-sgd-weight_decay-float64"),
    mistake(id="stepped-twice", title="every update made twice",
            edit=REPORT.becomes("params[name], states[name] = update(params[name], grads[name], states[name], t, "
                                "rate, **training.config); path[name].append(params[name])"),
            symptom="The first step is twice as long.",
            fix="Call the optimizer once a step.",
            correct=DESCENT, mistaken=r"p' = p - 2 \eta g",
            case=N08),
    mistake(id="gradient-late", title="update with the gradient of the step before",
            edit=ANSWER.then("held.append(grads); grads = held[max(step - 1, 0)]"),
            also=(PATH.becomes('held = []; path = {"loss": []'),),
            symptom="The first step is right, the second repeats it.",
            fix="Compute the gradient at the weights that it is subtracted from.",
            correct=r"p_t = p_{t-1} - \eta\, g_t", mistaken=r"p_t = p_{t-1} - \eta\, g_{t-1}",
            case=N08),
    mistake(id="gradient-clipped", title="gradient clipped to norm 1, array by array",
            edit=GRADIENT.becomes("update(p, grads[name] / max(1, np.linalg.norm(grads[name])),"),
            symptom="Right as long as gradients are small.",
            fix="Not wrong if it is meant: ask the other side to clip as well.",
            correct=DESCENT, mistaken=r"p' = p - \eta\, g / \max(1, \|g\|)",
            shows=lambda case: case.name.startswith(("n05", "n09", "n15", "n16")), case="n09-training-float64"),
    mistake(id="divided-by-batch", title="gradient divided by the number of examples",
            edit=GRADIENT.becomes('update(p, grads[name] / len(batch["x"]),'),
            symptom="n times too slow.",
            fix="The loss has its mean already, or is meant to be summed.",
            correct=DESCENT, mistaken=r"p' = p - \frac{\eta}{n} g",
            shows=many_examples, case=N08),
    mistake(id="times-batch", title="gradient multiplied by the number of examples",
            edit=GRADIENT.becomes('update(p, grads[name] * len(batch["x"]),'),
            symptom="n times too fast: it may blow up.",
            fix="A loss with a mean has a gradient with a mean.",
            correct=DESCENT, mistaken=r"p' = p - n\, \eta\, g",
            shows=many_examples, source="K46", case=N21),
)

COUNTS = (
    mistake(id="step-counted-late", title="bias correction with exponent t + 1",
            edit=RATE.becomes("t, rate = step + 2, training.rate(step)"),
            symptom="The first step is about half as long.",
            fix="The first step has t = 1: count before the correction, once.",
            correct=r"1 - \beta^t", mistaken=r"1 - \beta^{t + 1}",
            optimizers=("corrected_momentum",), source="K15", case=N05),
    mistake(id="step-counted-late-adam", title="bias correction with exponent t + 1",
            edit=RATE.becomes("t, rate = step + 2, training.rate(step)"),
            symptom="The first steps have the wrong length.",
            fix="The first step has t = 1: count before the correction, once.",
            correct=r"1 - \beta^t", mistaken=r"1 - \beta^{t + 1}",
            optimizers=("adam",), source="K15", case=ADAM),
    mistake(id="step-counted-per-array", title="step number counted up by every array",
            edit=RATE.becomes("t, rate = step * len(params) + list(params).index(name) + 1, training.rate(step)"),
            symptom="The first array is right at the first step, the second is not.",
            fix="Count t once a step, not once for each parameter.",
            correct=r"1 - \beta^t", mistaken=r"1 - \beta^{t n + i}",
            optimizers=("adam",), case=ADAM),
    mistake(id="step-counted-per-array-velocity", title="step number counted up by every array",
            edit=RATE.becomes("t, rate = step * len(params) + list(params).index(name) + 1, training.rate(step)"),
            symptom="The first array is right at the first step, the second is not.",
            fix="Count t once a step, not once for each parameter.",
            correct=r"1 - \beta^t", mistaken=r"1 - \beta^{t n + i}",
            optimizers=("corrected_momentum",), case=N05),
    mistake(id="rate-early", title="learning rate of the next step",
            edit=RATE.becomes("t, rate = step + 1, training.rate(step + 1)"),
            symptom="Differs only at the step where the rate changes.",
            fix="Ask the schedule with the number of this step.",
            correct=r"\eta_t", mistaken=r"\eta_{t+1}",
            shows=falling_rate, case=FALLING),
    mistake(id="rate-late", title="learning rate of the step before",
            edit=RATE.becomes("t, rate = step + 1, training.rate(max(step - 1, 0))"),
            symptom="Differs only at the step where the rate changes.",
            fix="Ask the schedule with the number of this step.",
            correct=r"\eta_t", mistaken=r"\eta_{t-1}",
            shows=falling_rate, case=FALLING),
    mistake(id="rate-constant", title="schedule of the learning rate ignored",
            edit=RATE.becomes("t, rate = step + 1, training.rate(0)"),
            symptom="Right until the rate changes.",
            fix="Take the rate of each step.",
            correct=r"\eta_t", mistaken=r"\eta_1",
            shows=falling_rate, case=FALLING),
    mistake(id="state-lost", title="velocity or moments start from zero at every example",
            edit=STATE.becomes("{}, t, rate"),
            symptom="No momentum; with a bias correction steps shrink with 1/(1 - βᵗ).",
            fix="Keep the state between steps.",
            correct=r"v_t = \beta v_{t-1} + (1 - \beta) g_t", mistaken=r"v_t = (1 - \beta) g_t",
            shows=keeps_state, source="K14", case=N05),
    mistake(id="state-and-count-lost", title="velocity and step number start anew at every example",
            edit=STATE.becomes("{}, 1, rate"),
            symptom="Equals plain gradient descent.",
            fix="Keep the state and the count between steps.",
            correct=r"\hat v_t = v_t / (1 - \beta^t)", mistaken=r"\hat v_t = g_t",
            optimizers=("corrected_momentum", "adam"), source="K14", case=N05),
)

PARTS = '''
def parts(own, inputs, activation="linear", bias="vector", bias_input=1.0, **options):
    linear, pull = LAYERS["dense"](own, inputs, bias=bias, bias_input=bias_input)
    y, pull_activation = activate("dense", activation, linear["y"], options)
    return linear["y"], y, pull_activation, pull
'''
HASTY = '''
def hasty(params, after):
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
PILING = '''
piles = {}

def dense_that_piles(own, inputs, activation="linear", **config):
    form = {k: v for k, v in config.items() if k in ("bias", "bias_input")}
    a, _, _, pull = parts(own, inputs, **form)
    key = own["kernel"].shape
    piles[key] = piles.get(key, 0) + a
    y, pull_activation = activate("dense", activation, piles[key], {k: v for k, v in config.items() if k not in form})
    return {"y": y}, lambda cotangents: pull({"y": pull_activation(cotangents["y"])})
'''
SLOW = '''
kept = {}

def dense_with_velocity(own, inputs, **config):
    beta = training.config["beta"]
    _, y, pull_activation, pull = parts(own, inputs, **config)

    def vjp(cotangents):
        da, key = pull_activation(cotangents["y"]), own["kernel"].shape
        kept[key] = beta * kept.get(key, 0) + (1 - beta) * da
        return {**pull({"y": kept[key]}), "x": pull({"y": da})["x"]}
    return {"y": y}, vjp
'''


def before_the_loop(*blocks):
    """These statements, or functions for this training alone, where the path begins."""
    return PATH.becomes(indent("".join(blocks), "    ").strip() + f"\n    {PATH.text}")


ORDER = (
    mistake(id="updated-too-early", title="output weights updated before the hidden delta is taken through them",
            edit=LOOP.becomes('loss, grads = loss_and_grads(case, params, batch, {**layers, "dense": hasty(params, '
                              "lambda name, p, g: update(p, g, states[name], step + 1, training.rate(step), "
                              "**training.config)[0])})"),
            also=(before_the_loop(PARTS, HASTY),),
            symptom="The output layer's first step is right, the hidden layer's is slightly off; it learns.",
            fix="Compute all gradients first, then update.",
            correct=r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot f'",
            mistaken=r"\delta_l = ({W'_{l+1}}^\top \delta_{l+1}) \odot f'",
            shows=deep, source="https://github.com/Bot-Academy/NeuralNetworkFromScratch/pull/3", case=N08),
    mistake(id="pre-activations-pile-up", title="pre-activations accumulate over calls",
            edit=LOOP.becomes('loss, grads = loss_and_grads(case, params, batch, {**layers, "dense": dense_that_piles})'),
            also=(before_the_loop(PARTS, PILING),),
            symptom="The first step is right; then every unit saturates and all answers are the same.",
            fix="Set z to zero before each pass, or assign it.",
            correct="z = x W", mistaken="z_t = z_{t-1} + x W",
            source="K49", case=N22),
    mistake(id="velocity-on-deltas", title="velocity kept on the deltas",
            edit=LOOP.becomes('loss, grads = loss_and_grads(case, params, batch, {**layers, "dense": dense_with_velocity})'),
            also=(before_the_loop(PARTS, SLOW),
                  Edit(function="train", right="update(p, grads[name], states[name], t, rate, **training.config)",
                       wrong='(p - rate * grads[name] / (1 - training.config["beta"]**t), {})')),
            symptom="The first step is right; then old deltas are paired with new inputs.",
            fix="Keep the velocity of each weight's gradient.",
            correct=r"V = \beta V + (1 - \beta)\, x^\top \delta",
            mistaken=r"v = \beta v + (1 - \beta)\, \delta, \quad V = x^\top v",
            optimizers=("corrected_momentum",), source="K16", case=N05),
    mistake(id="loss-after-step", title="loss reported after the step",
            edit=REPORT.becomes(f"{REPORT.text}\n"
                                '        path["loss"].append(loss_and_grads(case, params, batch, layers)[0])'),
            also=(ANSWER.becomes("pass"),),
            symptom="The weights are right; the losses are one step ahead.",
            fix="Report the loss that the gradient belongs to.",
            correct="L_t = L(p_{t-1})", mistaken="L_t = L(p_t)",
            case=N08),
    mistake(id="weights-before-step", title="weights reported before the step",
            edit=REPORT.becomes("path[name].append(p)"),
            symptom="The losses are right; the weights are one step behind.",
            fix="Report the weights after each step.",
            correct=r"p_0, p_1, \ldots", mistaken=r"\text{the path begins with the initial weights}",
            case=N08),
)



def rows_of(name):
    """The next rows of an input as it is stored."""
    return f"np.roll(case.inputs[{name!r}], -step * len(batch['x']), 0)[:len(batch['x'])]"


EXAMPLES = (
    mistake(id="inputs-shuffled-alone", title="inputs shuffled, targets not",
            edit=TAKEN.then(f'batch["target"] = {rows_of("target")}'),
            symptom="The loss falls to the spread of the targets and stays: the network learns their mean.",
            fix="Shuffle one index and use it for both.",
            correct=r"(x_{\pi(i)}, t_{\pi(i)})", mistaken=r"(x_{\pi(i)}, t_i)",
            shows=shuffled, source="K22", case=N09),
    mistake(id="targets-shuffled-alone", title="targets shuffled, inputs not",
            edit=TAKEN.then(f'batch["x"] = {rows_of("x")}'),
            symptom="The loss falls to the spread of the targets and stays: the network learns their mean.",
            fix="Shuffle one index and use it for both.",
            correct=r"(x_{\pi(i)}, t_{\pi(i)})", mistaken=r"(x_i, t_{\pi(i)})",
            shows=shuffled, source="K22", case=N09),
    mistake(id="not-shuffled", title="examples taken in their stored order",
            edit=TAKEN.then(f'batch = {{"x": {rows_of("x")}, "target": {rows_of("target")}}}'),
            symptom="Another path to about the same place.",
            fix="Use the order that is given.",
            correct=r"(x_{\pi(i)}, t_{\pi(i)})", mistaken="(x_i, t_i)",
            shows=shuffled, case=N09),
    mistake(id="first-batch-only", title="the batch never advances",
            edit=TAKEN.becomes("batch = training.batch(case, 0)"),
            symptom="The first step is right; the loss of one batch falls, the others are never seen.",
            fix="Take the next rows at every step.",
            correct=r"\mathrm{batch}_{t \bmod n}", mistaken=r"\mathrm{batch}_0",
            shows=in_batches, case=MINI),
    mistake(id="last-batch-dropped", title="last batch of each pass dropped",
            edit=TAKEN.becomes("batch = training.batch(case, step % (len(training.batches) - 1))"),
            symptom="Right until the first pass over the data ends.",
            fix="Count the batches upwards: the last one may be smaller, and it counts.",
            correct=r"\mathrm{batch}_{t \bmod n}", mistaken=r"\mathrm{batch}_{t \bmod (n-1)}",
            shows=in_batches, case=MINI),
    mistake(id="batches-off-by-one", title="the first batch is skipped",
            edit=TAKEN.becomes("batch = training.batch(case, step + 1)"),
            symptom="Wrong from the first step on.",
            fix="Take the rows before counting up.",
            correct=r"\mathrm{batch}_{t \bmod n}", mistaken=r"\mathrm{batch}_{(t + 1) \bmod n}",
            shows=in_batches, case=MINI),
    mistake(id="batches-reversed", title="batches taken from the last to the first",
            edit=TAKEN.becomes("batch = training.batch(case, len(training.batches) - 1 - step % len(training.batches))"),
            symptom="Wrong from the first step on.",
            fix="Take them in order.",
            correct=r"\mathrm{batch}_t", mistaken=r"\mathrm{batch}_{n - 1 - t}",
            shows=in_batches, case=MINI),
    mistake(id="whole-data-set", title="every step takes the whole data set",
            edit=TAKEN.becomes("batch = dict(case.inputs)"),
            symptom="The loss falls smoothly, on another path.",
            fix="Take the rows of the batch.",
            correct=r"\mathrm{batch}_{t \bmod n}", mistaken="(x, t)",
            shows=in_batches, case=MINI),
)

MISTAKES = UPDATES + COUNTS + ORDER + EXAMPLES
