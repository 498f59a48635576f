"""What goes wrong in training loops in the order of things, and in the examples of a step."""

from textwrap import indent

import numpy as np

from nnparity.reference_impl.mistakes.edit import Edit, Line
from nnparity.reference_impl.mistakes.entries.training import ANSWER, MINI, N05, N08, N09, N22, REPORT, deep, in_batches, mistake


def shuffled(case):
    """The examples come in another order than they are stored in."""
    if not in_batches(case):
        return False
    rows = np.concatenate(case.training.batches)
    return bool((rows != np.arange(len(rows)) % len(case.inputs["x"])).any())


LOOP = Line("train", "loss, grads = loss_and_grads(case, params, batch, layers)")
BEGINNING = Line("train", "training = case.training")
TAKEN = Line("train", "batch = training.batch(case, step)")

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
    piled = piles.get(key, 0) + a
    y, pull_activation = activate("dense", activation, piled, {k: v for k, v in config.items() if k not in form})
    piles[key] = KEPT
    return {"y": y}, lambda cotangents: pull({"y": pull_activation(cotangents["y"])})
'''


def dense_at_the_end(case) -> bool:
    return bool(case.network) and case.network[-1].kind == "dense"


def piling(id, title, kept, at_output, **fields):
    """What is left of a call is added to the sums of the next one: `kept`, in every dense layer or in the last alone."""
    place = "f'dense@{case.network[-1].name or case.network[-1].kind}'" if at_output else '"dense"'
    edit = LOOP.becomes(f"loss, grads = loss_and_grads(case, params, batch, {{**layers, {place}: dense_that_piles}})")
    return mistake(id=id, title=title, edit=edit, also=(before_the_loop(PARTS, PILING.replace("KEPT", kept)),),
                   symptom="The first step is right; then every unit saturates and all answers are the same.",
                   fix="Set z to zero before each pass, or assign it.", correct="z = x W", source="K49", case=N22, **fields)


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
    """These statements, or functions for this training alone, where it begins."""
    return BEGINNING.becomes(BEGINNING.text + indent("".join(blocks), "    ").rstrip())


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
    piling("pre-activations-pile-up", "pre-activations accumulate over calls", "piled", at_output=False,
           mistaken="z_t = z_{t-1} + x W"),
    piling("output-sums-pile-up", "pre-activations of the output layer accumulate over calls", "piled", at_output=True,
           mistaken=r"z_t = z_{t-1} + x W \;\; (l = L)", shows=deep),
    piling("output-activations-added", "the output layer's sums begin from its activations of the call before", "y",
           at_output=True, mistaken=r"z_t = a_{t-1} + x W \;\; (l = L)", shows=dense_at_the_end),
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

MISTAKES = ORDER + EXAMPLES
