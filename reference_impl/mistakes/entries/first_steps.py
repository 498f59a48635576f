"""What goes wrong at an optimizer's first step, in what its velocity holds, and in how strong its weight decay is.

Families: a running average that starts from the first gradient, or from one; a velocity that is late, damped once or twice; each
decay halved and doubled.
"""

from typing import Any

from nnparity.reference_impl.mistakes.edit import Edit
from nnparity.reference_impl.mistakes.entries.optimizer import (
    AVERAGE,
    GATHER,
    NESTEROV,
    NESTEROV_STEP,
    PLAIN,
    PLAIN_STEP,
    STEP,
    UPDATE,
    VELOCITY,
    adam,
    corrected_momentum,
    decays,
    momentum,
    sgd,
)
from nnparity.reference_impl.mistakes.entries.optimizer import rmsprop as of_rmsprop
from nnparity.reference_impl.mistakes.entries.optimizer_adaptive import DECAY, DECOUPLED, L2, PENALTY, SQUARE, M, V

OLD = 'state.get("velocity", np.zeros_like(p))'

# optimizer, what is averaged, its line, where its state is kept, the average of the first step, formula, options
AVERAGES: tuple[tuple[Any, ...], ...] = (
    (of_rmsprop, "square", SQUARE, "square", "g**2", r"s_1 = (1 - \rho) g^2", r"s_1 = g^2", {"centered": False}),
    (adam, "first moment", M, "mean", "g", r"m_1 = (1 - \beta_1) g", "m_1 = g", {}),
    (adam, "second moment", V, "square", "g**2", r"v_1 = (1 - \beta_2) g^2", "v_1 = g^2", {}),
    (corrected_momentum, "velocity", AVERAGE, "velocity", "g", r"v_1 = (1 - \beta) g", "v_1 = g", {}))


def whole(make, what, line, key, first, correct, mistaken, config):
    """A running average that is the first value itself, not (1 - β) times it."""
    name, equals, average = line.text.rstrip("\n").partition(" = ")
    return make(id=f"first-{what.replace(' ', '-')}-whole", title=f"the first {what} is not weighed with 1 minus its decay",
                edit=line.becomes(f'{name}{equals}{average} if "{key}" in state else {first}' + "\n" * line.text.endswith("\n")),
                symptom="The first step has another size than it should, and the average remembers it.",
                fix="Start from zero, so that the first value too is weighed.",
                correct=correct, mistaken=mistaken, config=config)


def started(make, what, line, key, start, correct, config):
    """A running average of squares that starts from one."""
    return make(id=f"{what.replace(' ', '-')}-from-one", title=f"the {what} starts from one, not from zero",
                edit=line.replacing(f'state.get("{key}", {start})', f'state.get("{key}", np.ones_like(p))'),
                symptom="The first steps are too small.",
                fix="Start from zero. TensorFlow's first RMSProp started from one.",
                correct=correct, mistaken=correct.replace("= 0", "= 1"), config=config)


STARTS = (
    *(whole(*one) for one in AVERAGES),
    started(of_rmsprop, "square", SQUARE, "square", "nought", "s_0 = 0", {"centered": False}),
    started(adam, "second moment", V, "square", "np.zeros_like(p)", "v_0 = 0", {}),
)


def damped(id, title, *, factor, late, formula):
    """Velocity as an average, and the step with one factor of 1 - β more, or with the velocity of the step before."""
    step = (f"{factor} * " if factor else "") + "rate * " + (OLD if late else "v")
    return momentum(id=id, title=title, edit=GATHER.becomes("v = beta * v + (1 - beta) * g"),
                    also=(PLAIN_STEP.becomes(f"if nesterov else {step}"),) if factor or late else (),
                    symptom="Learns far too slowly" + (", and the first step does nothing." if late else "."),
                    fix="v = β v + g, then p - η v with the new v.",
                    correct=r"v = \beta v + g, \quad p' = p - \eta v", mistaken=formula, config=PLAIN)


AVERAGED = r"v_t = \beta v_{t-1} + (1 - \beta) g, \quad p' = p - "
MOMENTUM = (
    damped("late-and-damped", "step taken with the velocity of the step before, which is damped by 1 - β",
           factor="", late=True, formula=AVERAGED + r"\eta v_{t-1}"),
    damped("damped-twice", "velocity damped by 1 - β twice: where it is gathered and in the step",
           factor="(1 - beta)", late=False, formula=AVERAGED + r"(1 - \beta) \eta v_t"),
    damped("late-and-damped-twice", "step taken with the velocity of the step before, damped by 1 - β twice",
           factor="(1 - beta)", late=True, formula=AVERAGED + r"(1 - \beta) \eta v_{t-1}"),
    momentum(id="damped-but-first", title="velocity with a factor (1 - β) on every gradient but the first",
             edit=GATHER.becomes('v = beta * v + (1 - beta) * g if "velocity" in state else g'),
             symptom="After the first step all are too small: PyTorch's dampening starts so.",
             fix="Both forms are in use: dampening=0 in PyTorch.",
             correct=r"v = \beta v + g", mistaken=r"v_1 = g, \quad v = \beta v + (1 - \beta) g", config=UPDATE),
    momentum(id="nesterov-velocity-sign", title="the velocity holds the gradient with the other sign than the step takes it",
             edit=NESTEROV_STEP.becomes("step = rate * (g - beta * v)"),
             symptom="The velocity pushes back what the gradient does: it hardly learns.",
             fix="Where v holds +η g the step subtracts β v; where it holds -η g it adds it.",
             correct=r"p' = p - \eta (g + \beta v)", mistaken=r"p' = p - \eta (g - \beta v)", config=NESTEROV),
    momentum(id="nesterov-old-velocity-added", title="Nesterov's step with the old velocity of the wrong sign",
             edit=NESTEROV_STEP.becomes(f"step = rate * ((1 + beta) * v + beta * {OLD})"),
             symptom="Right in the first step, too large in all others.",
             fix="-β v_old + (1 + β) v_new: the old velocity is taken back.",
             correct=r"p' = p - \eta ((1 + \beta) v_t - \beta v_{t-1})",
             mistaken=r"p' = p - \eta ((1 + \beta) v_t + \beta v_{t-1})",
             config=NESTEROV),
    momentum(id="nesterov-old-velocity-lost", title="Nesterov's step without taking the old velocity back",
             edit=NESTEROV_STEP.becomes("step = rate * (1 + beta) * v"),
             symptom="Right in the first step, too large in all others.",
             fix="-β v_old + (1 + β) v_new.",
             correct=r"p' = p - \eta ((1 + \beta) v_t - \beta v_{t-1})", mistaken=r"p' = p - \eta (1 + \beta) v_t",
             config=NESTEROV),
    momentum(id="velocity-in-rate-first-whole", title="the first velocity holds the gradient without the learning rate",
             edit=Edit(function="momentum", right="v = beta * v - rate * g",
                       wrong='v = beta * v - rate * g if "velocity" in state else -g'),
             symptom="The first step is 1/η times too large.",
             fix="Multiply by the rate in the first step too.",
             correct=r"v_1 = -\eta g", mistaken="v_1 = -g", config=VELOCITY),
    momentum(id="velocity-in-rate-twice", title="learning rate in the velocity and in the update",
             edit=Edit(function="momentum", right="v = beta * v - rate * g", wrong="v = beta * v - rate * rate * g"),
             symptom="Learns far too slowly.",
             fix="Put the rate into one of the two.",
             correct=r"v = \beta v - \eta g", mistaken=r"v = \beta v - \eta^2 g", config={**VELOCITY, "nesterov": False}),
)

DECAYS: tuple[tuple[Any, ...], ...] = (  # optimizer, its line, the part that is λ p, how a formula says it, options
    (sgd, STEP, "weight_decay * p", r"\lambda p", {}), (adam, PENALTY, "weight_decay * p", r"\lambda p", L2),
    (adam, DECAY, "weight_decay * p", r"\eta \lambda p", DECOUPLED))
STRENGTHS = {"halved": ("0.5", "half as strong", "λ‖p‖² has the gradient 2λ p; half of it was left out on one side."),
             "doubled": ("2", "twice as strong", "The penalty was λ‖p‖² on one side and ½λ‖p‖² on the other.")}


def strength(make, line, part, formula, config, *, how):
    factor, words, why = STRENGTHS[how]
    number = r"\frac{1}{2} " if how == "halved" else "2 "
    return make(id=f"decay-{how}" + "-decoupled" * (config == DECOUPLED), title=f"weight decay {words}",
                edit=line.replacing(part, f"{factor} * {part}"), symptom=why,
                fix="λ is the factor of p itself: what the penalty ½λ‖p‖² gives.",
                correct=formula, mistaken=number + formula, config=config, shows=decays)


STRONG = tuple(strength(*one, how=how) for one in DECAYS for how in STRENGTHS if (one[0], how) != (sgd, "doubled"))

MISTAKES = STARTS + MOMENTUM + STRONG
