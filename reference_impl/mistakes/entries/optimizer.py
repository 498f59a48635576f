"""What goes wrong in optimizers. Each entry changes one line of reference_impl/optimizers.py."""

from nnparity.reference_impl.mistakes.mistake import Mistake, always


def case_of(optimizer, config, shows):
    """The case that exposes a mistake of this optimizer under these options."""
    word = {"sgd": "weight_decay", "corrected_momentum": ""}.get(optimizer) or {"momentum": "update", "rmsprop": "outside", "adam": "outside"}.get(optimizer)
    if config.get("nesterov"):
        word = "nesterov"
    elif "rate_in" in config and optimizer == "momentum":
        word = config["rate_in"]
    elif shows is keeps_momentum:
        word = "outside-momentum"
    elif config.get("centered"):
        word = "outside-centered"
    elif config.get("epsilon_in") == "hat":
        word = "hat"
    elif "decay" in config:
        word = {"gradient": "outside-l2", "decoupled": "outside-decoupled"}[config["decay"]]
    return f"optimizer-{optimizer}-{word}-float64" if word else f"optimizer-{optimizer}-float64"


def mistake(optimizer, id, title, right, wrong, correct, mistaken, symptom, fix, config=None, shows=always, source="", also=()):
    return Mistake(id=f"{optimizer.replace('_', '-')}-{id}", area="optimizer", module="optimizers", part="training", title=title, right=right,
                   wrong=wrong, correct=correct, mistaken=mistaken, symptom=symptom, fix=fix, config=config or {}, shows=shows,
                   optimizers=(optimizer,), source=source, also=also, case=case_of(optimizer, config or {}, shows))


def decays(case):
    return bool(case.training and case.training.config.get("weight_decay"))


def keeps_momentum(case):
    return bool(case.training and case.training.config.get("momentum"))


UPDATE, VELOCITY = {"rate_in": "update"}, {"rate_in": "velocity"}
PLAIN, NESTEROV = {"rate_in": "update", "nesterov": False}, {"rate_in": "update", "nesterov": True}
OUTSIDE, HAT = {"epsilon_in": "outside"}, {"epsilon_in": "hat"}
L2, DECOUPLED = {"decay": "gradient"}, {"decay": "decoupled"}

STEP = "return p - rate * (g + weight_decay * p), state"
SGD = (
    mistake("sgd", "decay-ignored", "weight decay left out", STEP, "return p - rate * g, state", r"p' = p - \eta (g + \lambda p)",
            r"p' = p - \eta g", "Weights stay larger than they should; the loss without penalty looks a little better.",
            "Add λ p to the gradient.", shows=decays),
    mistake("sgd", "decay-without-rate", "weight decay not multiplied by the learning rate", STEP,
            "return p - rate * g - weight_decay * p, state", r"p' = p - \eta (g + \lambda p)", r"p' = p - \eta g - \lambda p",
            "The decay is 1/η times too strong: weights shrink to nothing.", "λ p is part of the gradient: multiply it by the rate.",
            shows=decays, source="https://github.com/mlcommons/hpc/issues/22"),
    mistake("sgd", "decay-doubled", "weight decay twice as strong", STEP, "return p - rate * (g + 2 * weight_decay * p), state",
            r"p' = p - \eta (g + \lambda p)", r"p' = p - \eta (g + 2 \lambda p)",
            "The penalty was λ‖p‖² on one side and ½λ‖p‖² on the other.", "Halve λ, or put the ½ into the penalty.", shows=decays,
            source="https://github.com/mlcommons/hpc/issues/22"),
    mistake("sgd", "decay-sign", "weight decay of the wrong sign", STEP, "return p - rate * (g - weight_decay * p), state",
            r"p' = p - \eta (g + \lambda p)", r"p' = p - \eta (g - \lambda p)", "Weights grow without bound.",
            "The penalty's gradient is +λ p, and the update subtracts it.", shows=decays),
    mistake("sgd", "decay-after-step", "weight decay applied to the updated weights", STEP,
            "p = p - rate * g; return p - rate * weight_decay * p, state", r"p' = p - \eta (g + \lambda p)",
            r"q = p - \eta g, \quad p' = q - \eta \lambda q", "Off by η²λg a step: nearly right, and never the same.",
            "Decay and gradient step start from the same p.", shows=decays),
    mistake("sgd", "rate-squared", "learning rate applied twice", STEP, "return p - rate * rate * (g + weight_decay * p), state",
            r"p' = p - \eta g", r"p' = p - \eta^2 g", "Learns far too slowly.",
            "Scale the gradient once: in the update, not in the backward pass as well."),
    mistake("sgd", "sign-only", "only the sign of the gradient is used", STEP, "return p - rate * np.sign(g + weight_decay * p), state",
            r"p' = p - \eta g", r"p' = p - \eta\, \mathrm{sign}(g)", "Every weight moves by the same amount.",
            "Multiply by the gradient itself."),
)

GATHER = "v = beta * v + g"
MOMENTUM = (
    mistake("momentum", "dampened", "velocity with a factor (1 - β) on the gradient", GATHER, "v = beta * v + (1 - beta) * g",
            r"v = \beta v + g", r"v = \beta v + (1 - \beta) g", "Steps are 1 - β times as large: with β = 0.9 it learns ten times slower.",
            "Both forms are in use; multiply the rate by 1/(1 - β) to get the other, or set PyTorch's dampening=β.", UPDATE),
    mistake("momentum", "coefficients-exchanged", "momentum β and 1 - β exchanged", GATHER, "v = (1 - beta) * v + beta * g",
            r"v = \beta v + g", r"v = (1 - \beta) v + \beta g", "Hardly any momentum is left.", "β belongs to the old velocity.", UPDATE),
    mistake("momentum", "velocity-subtracted", "old velocity enters with the wrong sign", GATHER, "v = g - beta * v",
            r"v = \beta v + g", r"v = g - \beta v", "The velocity damps itself: steps are smaller than without momentum.",
            "Add β v. Where v holds -η g, the update adds v.", UPDATE),
    mistake("momentum", "beta-lost", "velocity never decays", GATHER, "v = v + g", r"v = \beta v + g", r"v = v + g",
            "The loss swings and does not settle: update t is the sum of all gradients so far.", "Multiply the old velocity by β.", UPDATE, source="K44"),
    mistake("momentum", "rate-twice", "learning rate in the velocity and in the update", GATHER, "v = beta * v + rate * g",
            r"v = \beta v + g, \quad p' = p - \eta v", r"v = \beta v + \eta g, \quad p' = p - \eta v", "Learns far too slowly.",
            "Put the rate into one of the two.", UPDATE),
    mistake("momentum", "velocity-late", "step taken with the velocity of the step before", "if nesterov else rate * v",
            'if nesterov else rate * state.get("velocity", np.zeros_like(p))', r"p' = p - \eta v_t", r"p' = p - \eta v_{t-1}",
            "The first step does nothing.", "Update the velocity first, then the weights.", PLAIN),
    mistake("momentum", "gradient-added", "gradient added beside the velocity that holds it already", "if nesterov else rate * v",
            "if nesterov else rate * (g + v)", r"p' = p - \eta v", r"p' = p - \eta (g + v)", "Each gradient counts once too often.",
            "The velocity holds this step's gradient.", PLAIN),
    mistake("momentum", "averaged-and-corrected", "velocity as a bias-corrected average", GATHER, "v = beta * v + (1 - beta) * g", r"p' = p - \eta v, \quad v = \beta v + g",
            r"p' = p - \eta v / (1 - \beta^t), \quad v = \beta v + (1 - \beta) g", "The first step is right; then steps are up to 1/(1 - β) times too small.", "Correct as Adam does it; classical momentum sums, it does not average.",
            PLAIN, also=(("if nesterov else rate * v", "if nesterov else rate * v / (1 - beta**t)"),)),
    mistake("momentum", "nesterov-velocity-whole", "Nesterov step with the whole velocity", "step = rate * (g + beta * v)", "step = rate * (g + v)",
            r"p' = p - \eta (g + \beta v)", r"p' = p - \eta (g + v)", "Steps too large; the first one doubled.", "Multiply the new velocity by β once more.",
            NESTEROV),
    mistake("momentum", "nesterov-gradient-lost", "Nesterov step without the gradient", "step = rate * (g + beta * v)", "step = rate * beta * v",
            r"p' = p - \eta (g + \beta v)", r"p' = p - \eta \beta v", "Steps too small by ηg.", "Add the gradient to β v.", NESTEROV),
    mistake("momentum", "nesterov-twice", "Nesterov step looks two steps ahead", "step = rate * (g + beta * v)", "step = rate * (g + beta * (beta * v + g))",
            r"p' = p - \eta (g + \beta v)", r"p' = p - \eta (g + \beta (\beta v + g))",
            "The gradient was taken ahead of the weights already, or the formula was applied twice.", "One form: either move the point, or use g + β v.", NESTEROV),
    mistake("momentum", "velocity-in-rate-dampened", "velocity with a factor (1 - β) on the gradient", "v = beta * v - rate * g",
            "v = beta * v - (1 - beta) * rate * g", r"v = \beta v - \eta g", r"v = \beta v - (1 - \beta) \eta g", "Steps are 1 - β times as large.",
            "Leave out the factor, or divide the rate by 1 - β.", VELOCITY),
    mistake("momentum", "velocity-in-rate-late", "step taken with the velocity of the step before", "if nesterov else -v",
            'if nesterov else -state.get("velocity", np.zeros_like(p))', r"p' = p + v_t", r"p' = p + v_{t-1}", "The first step does nothing.",
            "Update the velocity first.", {**VELOCITY, "nesterov": False}),
)

AVERAGE, CORRECTED = 'v = beta * state.get("velocity", np.zeros_like(p)) + (1 - beta) * g', 'return p - rate * v / (1 - beta**t), {"velocity": v}'
BIASED = (
    mistake("corrected_momentum", "not-corrected", "bias correction left out", CORRECTED, 'return p - rate * v, {"velocity": v}',
            r"p' = p - \eta v / (1 - \beta^t)", r"p' = p - \eta v", "The first steps are about ten times too small.", "Divide by 1 - βᵗ."),
    mistake("corrected_momentum", "corrected-once", "bias correction with exponent 1 at every step", CORRECTED,
            'return p - rate * v / (1 - beta), {"velocity": v}', r"v / (1 - \beta^t)", r"v / (1 - \beta)", "The first step is right, later ones grow too large.",
            "The exponent is the number of the step."),
    mistake("corrected_momentum", "correction-stored", "bias-corrected velocity stored and corrected again", CORRECTED,
            'return p - rate * v / (1 - beta**t), {"velocity": v / (1 - beta**t)}', r"v_t = \beta v_{t-1} + (1 - \beta) g", r"v_t = \beta \hat v_{t-1} + (1 - \beta) g",
            "The first step is right; from the second on the old velocity weighs too much.", "Keep v in the state and use the corrected v for this step alone."),
    mistake("corrected_momentum", "correction-multiplied", "multiplied by the bias correction instead of divided", CORRECTED,
            'return p - rate * v * (1 - beta**t), {"velocity": v}', r"v / (1 - \beta^t)", r"v (1 - \beta^t)", "The first steps are a hundred times too small.", "Divide."),
    mistake("corrected_momentum", "gradient-whole", "velocity without the factor (1 - β)", AVERAGE, AVERAGE.replace("(1 - beta) * g", "g"),
            r"v = \beta v + (1 - \beta) g", r"v = \beta v + g", "Every step is 1/(1 - β) times too large.", "The correction by 1 - βᵗ belongs to an average: weigh g with 1 - β."),
    mistake("corrected_momentum", "coefficients-exchanged", "momentum β and 1 - β exchanged", AVERAGE, AVERAGE.replace("beta * state", "(1 - beta) * state").replace("+ (1 - beta) * g", "+ beta * g"),
            r"v = \beta v + (1 - \beta) g", r"v = (1 - \beta) v + \beta g", "Hardly any momentum is left, and the first step is β/(1 - β) times too large.", "β belongs to the old velocity."),
)

SQUARE, PART = 's = rho * state.get("square", nought) + (1 - rho) * g**2', "d = g / (np.sqrt(spread) + epsilon)"
RMSPROP = (
    mistake("rmsprop", "summed", "squared gradients summed instead of averaged", SQUARE, 's = state.get("square", nought) + g**2',
            r"s = \rho s + (1 - \rho) g^2", r"s = s + g^2", "Steps shrink for ever: this is Adagrad.", "Let the old mean square decay by ρ.", {"centered": False}),
    mistake("rmsprop", "decayed-sum", "mean square without the factor (1 - ρ)", SQUARE, 's = rho * state.get("square", nought) + g**2',
            r"s = \rho s + (1 - \rho) g^2", r"s = \rho s + g^2", "Steps are √(1 - ρ) times as large.", "Weigh g² with 1 - ρ.", {"centered": False}),
    mistake("rmsprop", "coefficients-exchanged", "ρ and 1 - ρ exchanged", SQUARE, 's = (1 - rho) * state.get("square", nought) + rho * g**2',
            r"s = \rho s + (1 - \rho) g^2", r"s = (1 - \rho) s + \rho g^2", "The mean square forgets at once; every step is about η.", "ρ belongs to the old mean square.", {"centered": False}),
    mistake("rmsprop", "not-squared", "magnitude of the gradient averaged instead of its square", SQUARE, 's = rho * state.get("square", nought) + (1 - rho) * np.abs(g)',
            r"s = \rho s + (1 - \rho) g^2", r"s = \rho s + (1 - \rho) |g|", "Small gradients get too small steps.", "Square the gradient.", {"centered": False}),
    mistake("rmsprop", "mean-over-elements", "one mean square for the whole array", SQUARE, 's = rho * state.get("square", nought) + (1 - rho) * np.mean(g**2)',
            r"s_i = \rho s_i + (1 - \rho) g_i^2", r"s = \rho s + (1 - \rho) \frac{1}{n} \sum_i g_i^2", "All weights of an array share one step size.", "The mean is over time, element by element.", {"centered": False}),
    mistake("rmsprop", "square-late", "divided by the mean square of the step before", "spread = s - m**2 if centered else s",
            'spread = s - m**2 if centered else state.get("square", nought)', r"g_t / \sqrt{s_t}", r"g_t / \sqrt{s_{t-1}}", "The first step is a division by ε alone: huge.",
            "Update s first.", {"centered": False}),
    mistake("rmsprop", "root-left-out", "divided by the mean square, not by its root", PART, "d = g / (spread + epsilon)", r"g / (\sqrt{s} + \epsilon)", r"g / (s + \epsilon)",
            "Steps are huge where gradients are small.", "Take the root of s.", OUTSIDE),
    mistake("rmsprop", "epsilon-left-out", "epsilon left out", PART, "d = g / np.sqrt(spread)", r"g / (\sqrt{s} + \epsilon)", r"g / \sqrt{s}",
            "Division by zero where a gradient is zero; elsewhere steps a little too large.", "Add ε to the root.", OUTSIDE),
    mistake("rmsprop", "bias-corrected", "bias correction as in Adam", PART, "d = g / (np.sqrt(spread / (1 - rho**t)) + epsilon)", r"g / (\sqrt{s} + \epsilon)", r"g / (\sqrt{s / (1 - \rho^t)} + \epsilon)",
            "The first steps are smaller.", "RMSprop has no correction: s starts at zero, and so its first steps are large.", OUTSIDE),
    mistake("rmsprop", "center-not-squared", "mean gradient subtracted without its square", "spread = s - m**2 if centered", "spread = s - np.abs(m) * (np.abs(m) < s) if centered",
            r"s - m^2", r"s - |m|", "Negative under the root soon.", "The variance is the mean square minus the square of the mean.", {"centered": True}),
    mistake("rmsprop", "momentum-on-gradient", "momentum dampened by (1 - momentum)", "+ (d if rate_in", "+ (1 - momentum) * (d if rate_in",
            r"v = \mu v + d", r"v = \mu v + (1 - \mu) d", "Steps too small.", "Leave out the factor, or divide the rate by it.", UPDATE, shows=keeps_momentum),
)

FIRST, SECOND = "+ (1 - beta_1) * g\n", "+ (1 - beta_2) * g**2"
M, V = f'm = beta_1 * state.get("mean", np.zeros_like(p)) {FIRST}', f'v = beta_2 * state.get("square", np.zeros_like(p)) {SECOND}'
CORRECTIONS, ADAM_STEP = "c_1, c_2 = 1 - beta_1**t, 1 - beta_2**t", "step = rate * (m / c_1) / (np.sqrt(v / c_2) + epsilon)"
STATE = '{"mean": m, "square": v}'
HATS = r"\hat m = m / (1 - \beta_1^t), \quad \hat v = v / (1 - \beta_2^t)"
ADAM = (
    mistake("adam", "not-corrected", "bias correction left out", CORRECTIONS, "c_1, c_2 = 1, 1", HATS, r"\hat m = m, \quad \hat v = v",
            "The first steps are about three times too large at the usual β₁ and β₂.", "Divide m by 1 - β₁ᵗ and v by 1 - β₂ᵗ."),
    mistake("adam", "second-not-corrected", "bias correction on the first moment only", CORRECTIONS, "c_1, c_2 = 1 - beta_1**t, 1", HATS, r"\hat m = m / (1 - \beta_1^t), \quad \hat v = v",
            "The first steps are 1/√(1 - β₂) times too large.", "Correct the second moment too."),
    mistake("adam", "first-not-corrected", "bias correction on the second moment only", CORRECTIONS, "c_1, c_2 = 1, 1 - beta_2**t", HATS, r"\hat m = m, \quad \hat v = v / (1 - \beta_2^t)",
            "The first steps are 1 - β₁ times too small.", "Correct the first moment too."),
    mistake("adam", "corrected-once", "bias correction with exponent 1 at every step", CORRECTIONS, "c_1, c_2 = 1 - beta_1, 1 - beta_2", HATS, r"\hat m = m / (1 - \beta_1), \quad \hat v = v / (1 - \beta_2)",
            "The first step is right, later ones are not.", "The exponent is the number of the step."),
    mistake("adam", "one-beta-for-both", "both corrections with β₁", CORRECTIONS, "c_1, c_2 = 1 - beta_1**t, 1 - beta_1**t", HATS, r"\hat m = m / (1 - \beta_1^t), \quad \hat v = v / (1 - \beta_1^t)",
            "Steps too large at first.", "The second moment is corrected with β₂."),
    mistake("adam", "betas-exchanged", "β₁ and β₂ exchanged", CORRECTIONS, "beta_1, beta_2 = beta_2, beta_1\n    m = beta_1 * state.get(\"mean\", np.zeros_like(p)) + (1 - beta_1) * g\n    v = beta_2 * state.get(\"square\", np.zeros_like(p)) + (1 - beta_2) * g**2\n    c_1, c_2 = 1 - beta_1**t, 1 - beta_2**t",
            r"m = \beta_1 m + (1 - \beta_1) g", r"m = \beta_2 m + (1 - \beta_2) g", "The first step is right; then momentum is too long.", "β₁ (0.9) is for the mean, β₂ (0.999) for the square."),
    mistake("adam", "correction-stored", "bias-corrected moments stored and corrected again", CORRECTIONS, f"{CORRECTIONS}\n    held = {{\"mean\": m / c_1, \"square\": v / c_2}}",
            r"m_t = \beta_1 m_{t-1} + (1 - \beta_1) g", r"m_t = \beta_1 \hat m_{t-1} + (1 - \beta_1) g", "The first step is right; then the old moments weigh too much.",
            "Keep m and v in the state; the corrected ones are for this step alone.", also=((STATE, "held"),)),
    mistake("adam", "first-whole", "first moment without the factor (1 - β₁)", M, M.replace("(1 - beta_1) * g", "g"), r"m = \beta_1 m + (1 - \beta_1) g", r"m = \beta_1 m + g",
            "Every step is 1/(1 - β₁) times too large.", "Weigh the gradient with 1 - β₁."),
    mistake("adam", "second-whole", "second moment without the factor (1 - β₂)", V, V.replace("(1 - beta_2) * g**2", "g**2"), r"v = \beta_2 v + (1 - \beta_2) g^2", r"v = \beta_2 v + g^2",
            "Steps are √(1 - β₂) times as large.", "Weigh the square with 1 - β₂."),
    mistake("adam", "not-squared", "magnitude of the gradient averaged instead of its square", V, V.replace("g**2", "np.abs(g)"), r"v = \beta_2 v + (1 - \beta_2) g^2", r"v = \beta_2 v + (1 - \beta_2) |g|",
            "Small gradients get too small steps.", "Square the gradient."),
    mistake("adam", "square-of-mean", "second moment of the mean instead of the gradient", V, V.replace("g**2", "m**2"), r"v = \beta_2 v + (1 - \beta_2) g^2", r"v = \beta_2 v + (1 - \beta_2) m^2",
            "The first step is 1/(1 - β₁) times too large.", "Square the gradient, not the running mean."),
    mistake("adam", "one-step-size", "one second moment for the whole array", V, V.replace("g**2", "np.mean(g**2)"), r"v_i = \beta_2 v_i + (1 - \beta_2) g_i^2", r"v = \beta_2 v + (1 - \beta_2) \frac{1}{n} \sum_i g_i^2",
            "All weights of an array share one step size.", "The mean is over time, element by element."),
    mistake("adam", "second-summed", "squared gradients summed, never decayed", V, V.replace('beta_2 * state', 'state').replace("(1 - beta_2) * g**2", "g**2"), r"v = \beta_2 v + (1 - \beta_2) g^2", r"v = v + g^2",
            "Steps shrink for ever.", "Let the old second moment decay by β₂."),
    mistake("adam", "amsgrad", "largest second moment so far (AMSGrad)", CORRECTIONS, f'{CORRECTIONS}\n    held = {{"mean": m, "square": v, "top": np.maximum(state.get("top", 0), v)}}\n    v = held["top"]',
            r"\hat v = v / (1 - \beta_2^t)", r"\hat v = \max_{s \leq t} v_s / (1 - \beta_2^t)", "Right as long as gradients grow; then steps are smaller.",
            "Not wrong if it is meant: it is another optimizer (amsgrad=True in PyTorch and Keras).", also=(("copy=False), {\"mean\": m, \"square\": v}", "copy=False), held"),)),
    mistake("adam", "moments-late", "moments of the step before", CORRECTIONS, f'{CORRECTIONS}\n    held, m, v = {STATE}, state.get("mean", np.zeros_like(p)), state.get("square", np.zeros_like(p))',
            r"p_t = p_{t-1} - \eta \hat m_t / (\sqrt{\hat v_t} + \epsilon)", r"p_t = p_{t-1} - \eta \hat m_{t-1} / (\sqrt{\hat v_{t-1}} + \epsilon)", "The first step does nothing.",
            "Update the moments first.", also=(("copy=False), {\"mean\": m, \"square\": v}", "copy=False), held"),)),
    mistake("adam", "root-left-out", "divided by the second moment, not by its root", ADAM_STEP, "step = rate * (m / c_1) / (v / c_2 + epsilon)", r"\hat m / (\sqrt{\hat v} + \epsilon)", r"\hat m / (\hat v + \epsilon)",
            "Steps are huge where gradients are small.", "Take the root of v̂.", OUTSIDE),
    mistake("adam", "correction-outside-root", "second moment corrected outside the root", ADAM_STEP, "step = rate * (m / c_1) / (np.sqrt(v) / c_2 + epsilon)", r"\sqrt{v / (1 - \beta_2^t)}", r"\sqrt{v} / (1 - \beta_2^t)",
            "The first steps are √(1 - β₂) times as large.", "Divide v by 1 - β₂ᵗ, then take the root.", OUTSIDE),
    mistake("adam", "epsilon-inside", "epsilon under the root", ADAM_STEP, "step = rate * (m / c_1) / np.sqrt(v / c_2 + epsilon)", r"\sqrt{\hat v} + \epsilon", r"\sqrt{\hat v + \epsilon}",
            "Small gradients get too small steps: ε is compared with a square.", "Add ε to the root.", OUTSIDE),
    mistake("adam", "epsilon-inside-hat", "epsilon under the root", "m / (np.sqrt(v) + epsilon)", "m / np.sqrt(v + epsilon)", r"\sqrt{v} + \epsilon", r"\sqrt{v + \epsilon}",
            "Small gradients get too small steps: ε is compared with a square.", "Add ε to the root.", HAT),
    mistake("adam", "epsilon-left-out", "epsilon left out", ADAM_STEP, "step = rate * (m / c_1) / np.sqrt(v / c_2)", r"\sqrt{\hat v} + \epsilon", r"\sqrt{\hat v}",
            "Division by zero where a gradient is zero; elsewhere steps a little too large.", "Add ε to the root.", OUTSIDE),
    mistake("adam", "epsilon-left-out-hat", "epsilon left out", "m / (np.sqrt(v) + epsilon)", "m / np.sqrt(v)", r"\sqrt{v} + \epsilon", r"\sqrt{v}",
            "Division by zero where a gradient is zero.", "Add ε to the root.", HAT),
    mistake("adam", "gradient-for-mean", "gradient in place of its running mean", ADAM_STEP, "step = rate * g / (np.sqrt(v / c_2) + epsilon)", r"\hat m / (\sqrt{\hat v} + \epsilon)", r"g / (\sqrt{\hat v} + \epsilon)",
            "The first step is right: this is a bias-corrected RMSprop.", "Use the first moment.", OUTSIDE),
    mistake("adam", "decay-ignored", "weight decay left out", "g = g + weight_decay * p", "g = g + 0 * p", r"g + \lambda p", "g", "Weights stay larger than they should.",
            "Add λ p to the gradient.", L2, shows=decays),
    mistake("adam", "decay-sign", "weight decay of the wrong sign", "g = g + weight_decay * p", "g = g - weight_decay * p", r"g + \lambda p", r"g - \lambda p", "Weights grow.", "Add λ p.", L2, shows=decays),
    mistake("adam", "decay-not-decoupled-ignored", "weight decay left out", "p = p - rate * weight_decay * p", "p = p - 0 * p", r"p (1 - \eta \lambda)", "p", "Weights stay larger than they should.",
            "Shrink the weights by 1 - ηλ.", DECOUPLED, shows=decays),
    mistake("adam", "decay-without-rate", "decoupled weight decay not multiplied by the learning rate", "p = p - rate * weight_decay * p", "p = p - weight_decay * p", r"p (1 - \eta \lambda)", r"p (1 - \lambda)",
            "Weights shrink to nothing. The paper writes λ without the rate; frameworks multiply.", "Multiply by the rate, or divide λ by it.", DECOUPLED, shows=decays),
    mistake("adam", "decay-after-step", "weight decay applied to the updated weights", 'return p - step.astype(p.dtype, copy=False), {"mean"', 'p = p - step.astype(p.dtype, copy=False); return p - rate * weight_decay * p, {"mean"',
            r"p' = p (1 - \eta \lambda) - s", r"p' = (p - s) (1 - \eta \lambda)", "Off by ηλ times the step: nearly right, never the same.", "Both parts start from the same p.", DECOUPLED, shows=decays,
            also=(("p = p - rate * weight_decay * p", "pass"),)),
)

MISTAKES = SGD + MOMENTUM + BIASED + RMSPROP + ADAM
