"""What goes wrong in training loops: which weights move, by how much, with which step number and rate. Each entry changes `train`
of reference_impl/training.py; `shows` says what a case must have for it. The order of things stands in training_order.py."""

from nnparity.reference_impl.mistakes.edit import Edit, Line
from nnparity.reference_impl.mistakes.mistake import Mistake


def mistake(*, id, **fields):
    return Mistake(id=f"training-{id}", area="training", module="training", part="training", **fields)


def many_examples(case):
    return bool(case.training and len(case.training.batches[0] if case.training.batches else case.inputs["x"]) > 1)


def in_batches(case):
    return bool(case.training and len(case.training.batches) > 1)


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

PATH = Line("train", 'path: dict[str, list[np.ndarray]] = {"loss": []')
STEP = Line("train", "params[name], states[name] = update(p,")
REPORT = Line("train", "path[name].append(params[name])")
STATE = Line("train", "states[name], t, rate")
GRADIENT = Line("train", "update(p, grads[name],")
RATE = Line("train", "t, rate = step + 1, training.rate(step)")
ANSWER = Line("train", 'path["loss"].append(loss)')

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
            also=(PATH.becomes('total = {}; path: dict[str, list[np.ndarray]] = {"loss": []'),),
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
    mistake(id="one-scalar-loss-slope", title="one scalar added to every weight: the loss times σ' of the output",
            edit=GRADIENT.becomes('update(p, np.full_like(p, -(loss * grads["y"] * (1 - grads["y"])).mean()),'),
            also=(Edit(function="loss_and_grads",
                       right='return loss, backward(case, tape, {**nothing, "loss": np.ones_like(loss)})',
                       wrong='return loss, {**backward(case, tape, {**nothing, "loss": np.ones_like(loss)}), '
                             '"y": outputs["y"]}'),),
            symptom="All weights grow together, whatever is asked.",
            fix="Each weight has a derivative of its own; it has a sign, and is subtracted.",
            correct=r"w_{ij}' = w_{ij} - \eta\, g_{ij}", mistaken=r"w_{ij}' = w_{ij} + \eta\, L\, a_L (1 - a_L)",
            shows=many_weights, source="K50", case=N22),
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
            also=(PATH.becomes('held = []; path: dict[str, list[np.ndarray]] = {"loss": []'),),
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
    mistake(id="passes-counted", title="bias correction counts passes over the data, not updates",
            edit=STEP.becomes(f"t += step // len(training.batches) - step; {STEP.text}"),
            symptom="The first step is right; then the correction lags behind and every step of a pass is too long.",
            fix="t counts the updates of the velocity: one for each example, or batch.",
            correct=r"1 - \beta^t", mistaken=r"1 - \beta^{1 + \lfloor (t - 1) / n \rfloor}",
            optimizers=("corrected_momentum", "adam"), shows=in_batches, case=N05),
    mistake(id="passes-counted-late", title="bias correction with exponent epoch + 1: passes are counted, and one too many",
            edit=STEP.becomes(f"t += step // len(training.batches) - step; {STEP.text}"),
            also=(RATE.becomes("t, rate = step + 2, training.rate(step)"),),
            symptom="The first step is about half as long; every step of a pass has the same correction.",
            fix="t counts the updates of the velocity, and is 1 at the first.",
            correct=r"1 - \beta^t", mistaken=r"1 - \beta^{\mathrm{epoch} + 1}",
            optimizers=("corrected_momentum", "adam"), shows=in_batches, source="K15", case=N05),
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


MISTAKES = UPDATES + COUNTS
