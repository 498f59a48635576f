"""What goes wrong in optimizers with one step size for all weights. Each entry changes lines of reference_impl/optimizers.py."""

from functools import partial

from nnparity.reference_impl.mistakes.edit import Edit, Line
from nnparity.reference_impl.mistakes.mistake import Mistake, always


def other_rate_than_one(case):
    return bool(case.training and {*case.training.learning_rates} != {1.0})


def decays(case):
    return bool(case.training and case.training.config.get("weight_decay"))


def keeps_momentum(case):
    return bool(case.training and case.training.config.get("momentum"))


def case_of(optimizer, config, shows):
    """The case that exposes a mistake of this optimizer under these options."""
    word = {"sgd": "weight_decay", "momentum": "update", "rmsprop": "outside", "adam": "outside"}.get(optimizer)
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


def entry(*, optimizer, id, config=(), shows=always, **fields):
    return Mistake(id=f"{optimizer.replace('_', '-')}-{id}", area="optimizer", module="optimizers", part="training",
                   optimizers=(optimizer,), config=dict(config), shows=shows, case=case_of(optimizer, dict(config), shows),
                   **fields)


sgd, momentum, corrected_momentum, rmsprop, adam = (
    partial(entry, optimizer=name) for name in ("sgd", "momentum", "corrected_momentum", "rmsprop", "adam"))

UPDATE, VELOCITY = {"rate_in": "update"}, {"rate_in": "velocity"}
PLAIN, NESTEROV = {"rate_in": "update", "nesterov": False}, {"rate_in": "update", "nesterov": True}

PLAIN_STEP = Line("momentum", "if nesterov else rate * v")
NESTEROV_STEP = Line("momentum", "step = rate * (g + beta * v)")
STEP = Line("sgd", "return p - rate * (g + weight_decay * p), state")
GATHER = Line("momentum", "v = beta * v + g")
AVERAGE = Line("corrected_momentum", 'v = beta * state.get("velocity", np.zeros_like(p)) + (1 - beta) * g')
CORRECTED = Line("corrected_momentum", 'return p - rate * v / (1 - beta**t), {"velocity": v}')

SGD = (
    sgd(id="decay-ignored", title="weight decay left out",
        edit=STEP.becomes("return p - rate * g, state"),
        symptom="Weights stay larger than they should; the loss without penalty looks a little better.",
        fix="Add λ p to the gradient.",
        correct=r"p' = p - \eta (g + \lambda p)", mistaken=r"p' = p - \eta g",
        shows=decays),
    sgd(id="decay-without-rate", title="weight decay not multiplied by the learning rate",
        edit=STEP.becomes("return p - rate * g - weight_decay * p, state"),
        symptom="The decay is 1/η times too strong: weights shrink to nothing.",
        fix="λ p is part of the gradient: multiply it by the rate.",
        correct=r"p' = p - \eta (g + \lambda p)", mistaken=r"p' = p - \eta g - \lambda p",
        shows=decays, source="https://github.com/mlcommons/hpc/issues/22"),
    sgd(id="decay-doubled", title="weight decay twice as strong",
        edit=STEP.becomes("return p - rate * (g + 2 * weight_decay * p), state"),
        symptom="The penalty was λ‖p‖² on one side and ½λ‖p‖² on the other.",
        fix="Halve λ, or put the ½ into the penalty.",
        correct=r"p' = p - \eta (g + \lambda p)", mistaken=r"p' = p - \eta (g + 2 \lambda p)",
        shows=decays, source="https://github.com/mlcommons/hpc/issues/22"),
    sgd(id="decay-sign", title="weight decay of the wrong sign",
        edit=STEP.becomes("return p - rate * (g - weight_decay * p), state"),
        symptom="Weights grow without bound.",
        fix="The penalty's gradient is +λ p, and the update subtracts it.",
        correct=r"p' = p - \eta (g + \lambda p)", mistaken=r"p' = p - \eta (g - \lambda p)",
        shows=decays),
    sgd(id="decay-after-step", title="weight decay applied to the updated weights",
        edit=STEP.becomes("p = p - rate * g; return p - rate * weight_decay * p, state"),
        symptom="Off by η²λg a step: nearly right, and never the same.",
        fix="Decay and gradient step start from the same p.",
        correct=r"p' = p - \eta (g + \lambda p)", mistaken=r"q = p - \eta g, \quad p' = q - \eta \lambda q",
        shows=decays),
    sgd(id="rate-squared", title="learning rate applied twice",
        edit=STEP.becomes("return p - rate * rate * (g + weight_decay * p), state"),
        symptom="Learns far too slowly.",
        fix="Scale the gradient once: in the update, not in the backward pass as well.",
        correct=r"p' = p - \eta g", mistaken=r"p' = p - \eta^2 g",
        shows=other_rate_than_one),
    sgd(id="sign-only", title="only the sign of the gradient is used",
        edit=STEP.becomes("return p - rate * np.sign(g + weight_decay * p), state"),
        symptom="Every weight moves by the same amount.",
        fix="Multiply by the gradient itself.",
        correct=r"p' = p - \eta g", mistaken=r"p' = p - \eta\, \mathrm{sign}(g)"),
)

MOMENTUM = (
    momentum(id="dampened", title="velocity with a factor (1 - β) on the gradient",
             edit=GATHER.becomes("v = beta * v + (1 - beta) * g"),
             symptom="Steps are 1 - β times as large: with β = 0.9 it learns ten times slower.",
             fix="Both forms are in use; multiply the rate by 1/(1 - β) to get the other, or set PyTorch's dampening=β.",
             correct=r"v = \beta v + g", mistaken=r"v = \beta v + (1 - \beta) g",
             config=UPDATE),
    momentum(id="coefficients-exchanged", title="momentum β and 1 - β exchanged",
             edit=GATHER.becomes("v = (1 - beta) * v + beta * g"),
             symptom="Hardly any momentum is left.",
             fix="β belongs to the old velocity.",
             correct=r"v = \beta v + g", mistaken=r"v = (1 - \beta) v + \beta g",
             config=UPDATE),
    momentum(id="velocity-subtracted", title="old velocity enters with the wrong sign",
             edit=GATHER.becomes("v = g - beta * v"),
             symptom="The velocity damps itself: steps are smaller than without momentum.",
             fix="Add β v. Where v holds -η g, the update adds v.",
             correct=r"v = \beta v + g", mistaken=r"v = g - \beta v",
             config=UPDATE),
    momentum(id="beta-lost", title="velocity never decays",
             edit=GATHER.becomes("v = v + g"),
             symptom="The loss swings and does not settle: update t is the sum of all gradients so far.",
             fix="Multiply the old velocity by β.",
             correct=r"v = \beta v + g", mistaken="v = v + g",
             config=UPDATE, source="K44"),
    momentum(id="rate-twice", title="learning rate in the velocity and in the update",
             edit=GATHER.becomes("v = beta * v + rate * g"),
             symptom="Learns far too slowly.",
             fix="Put the rate into one of the two.",
             correct=r"v = \beta v + g, \quad p' = p - \eta v", mistaken=r"v = \beta v + \eta g, \quad p' = p - \eta v",
             config=UPDATE),
    momentum(id="velocity-late", title="step taken with the velocity of the step before",
             edit=PLAIN_STEP.becomes('if nesterov else rate * state.get("velocity", np.zeros_like(p))'),
             symptom="The first step does nothing.",
             fix="Update the velocity first, then the weights.",
             correct=r"p' = p - \eta v_t", mistaken=r"p' = p - \eta v_{t-1}",
             config=PLAIN),
    momentum(id="gradient-added", title="gradient added beside the velocity that holds it already",
             edit=PLAIN_STEP.becomes("if nesterov else rate * (g + v)"),
             symptom="Each gradient counts once too often.",
             fix="The velocity holds this step's gradient.",
             correct=r"p' = p - \eta v", mistaken=r"p' = p - \eta (g + v)",
             config=PLAIN),
    momentum(id="averaged-and-corrected", title="velocity as a bias-corrected average",
             edit=GATHER.becomes("v = beta * v + (1 - beta) * g"),
             also=(PLAIN_STEP.becomes("if nesterov else rate * v / (1 - beta**t)"),),
             symptom="The first step is right; then steps are up to 1/(1 - β) times too small.",
             fix="Correct as Adam does it; classical momentum sums, it does not average.",
             correct=r"p' = p - \eta v, \quad v = \beta v + g",
             mistaken=r"p' = p - \eta v / (1 - \beta^t), \quad v = \beta v + (1 - \beta) g",
             config=PLAIN),
    momentum(id="nesterov-velocity-whole", title="Nesterov step with the whole velocity",
             edit=NESTEROV_STEP.becomes("step = rate * (g + v)"),
             symptom="Steps too large; the first one doubled.",
             fix="Multiply the new velocity by β once more.",
             correct=r"p' = p - \eta (g + \beta v)", mistaken=r"p' = p - \eta (g + v)",
             config=NESTEROV),
    momentum(id="nesterov-gradient-lost", title="Nesterov step without the gradient",
             edit=NESTEROV_STEP.becomes("step = rate * beta * v"),
             symptom="Steps too small by ηg.",
             fix="Add the gradient to β v.",
             correct=r"p' = p - \eta (g + \beta v)", mistaken=r"p' = p - \eta \beta v",
             config=NESTEROV),
    momentum(id="nesterov-twice", title="Nesterov step looks two steps ahead",
             edit=NESTEROV_STEP.becomes("step = rate * (g + beta * (beta * v + g))"),
             symptom="The gradient was taken ahead of the weights already, or the formula was applied twice.",
             fix="One form: either move the point, or use g + β v.",
             correct=r"p' = p - \eta (g + \beta v)", mistaken=r"p' = p - \eta (g + \beta (\beta v + g))",
             config=NESTEROV),
    momentum(id="velocity-in-rate-dampened", title="velocity with a factor (1 - β) on the gradient",
             edit=Edit(function="momentum", right="v = beta * v - rate * g", wrong="v = beta * v - (1 - beta) * rate * g"),
             symptom="Steps are 1 - β times as large.",
             fix="Leave out the factor, or divide the rate by 1 - β.",
             correct=r"v = \beta v - \eta g", mistaken=r"v = \beta v - (1 - \beta) \eta g",
             config=VELOCITY),
    momentum(id="velocity-in-rate-late", title="step taken with the velocity of the step before",
             edit=Edit(function="momentum", right="if nesterov else -v",
                       wrong='if nesterov else -state.get("velocity", np.zeros_like(p))'),
             symptom="The first step does nothing.",
             fix="Update the velocity first.",
             correct="p' = p + v_t", mistaken="p' = p + v_{t-1}",
             config={**VELOCITY, "nesterov": False}),
)

BIASED = (
    corrected_momentum(id="not-corrected", title="bias correction left out",
                       edit=CORRECTED.becomes('return p - rate * v, {"velocity": v}'),
                       symptom="The first steps are about ten times too small.",
                       fix="Divide by 1 - βᵗ.",
                       correct=r"p' = p - \eta v / (1 - \beta^t)", mistaken=r"p' = p - \eta v"),
    corrected_momentum(id="corrected-once", title="bias correction with exponent 1 at every step",
                       edit=CORRECTED.becomes('return p - rate * v / (1 - beta), {"velocity": v}'),
                       symptom="The first step is right, later ones grow too large.",
                       fix="The exponent is the number of the step.",
                       correct=r"v / (1 - \beta^t)", mistaken=r"v / (1 - \beta)"),
    corrected_momentum(id="correction-stored", title="bias-corrected velocity stored and corrected again",
                       edit=CORRECTED.becomes('return p - rate * v / (1 - beta**t), {"velocity": v / (1 - beta**t)}'),
                       symptom="The first step is right; from the second on the old velocity weighs too much.",
                       fix="Keep v in the state and use the corrected v for this step alone.",
                       correct=r"v_t = \beta v_{t-1} + (1 - \beta) g", mistaken=r"v_t = \beta \hat v_{t-1} + (1 - \beta) g"),
    corrected_momentum(id="correction-multiplied", title="multiplied by the bias correction instead of divided",
                       edit=CORRECTED.becomes('return p - rate * v * (1 - beta**t), {"velocity": v}'),
                       symptom="The first steps are a hundred times too small.",
                       fix="Divide.",
                       correct=r"v / (1 - \beta^t)", mistaken=r"v (1 - \beta^t)"),
    corrected_momentum(id="gradient-whole", title="velocity without the factor (1 - β)",
                       edit=AVERAGE.replacing("(1 - beta) * g", "g"),
                       symptom="Every step is 1/(1 - β) times too large.",
                       fix="The correction by 1 - βᵗ belongs to an average: weigh g with 1 - β.",
                       correct=r"v = \beta v + (1 - \beta) g", mistaken=r"v = \beta v + g"),
    corrected_momentum(id="coefficients-exchanged", title="momentum β and 1 - β exchanged",
                       edit=AVERAGE.becomes('v = (1 - beta) * state.get("velocity", np.zeros_like(p)) + beta * g'),
                       symptom="Hardly any momentum is left, and the first step is β/(1 - β) times too large.",
                       fix="β belongs to the old velocity.",
                       correct=r"v = \beta v + (1 - \beta) g", mistaken=r"v = (1 - \beta) v + \beta g"),
)


FIRST, SECOND = "+ (1 - beta_1) * g\n", "+ (1 - beta_2) * g**2"

MISTAKES = SGD + MOMENTUM + BIASED
