"""What goes wrong with an L2 penalty beside the loss. Each entry changes a line of reference_impl/network.py."""

from nnparity.reference_impl.mistakes.edit import Edit, Line
from nnparity.reference_impl.mistakes.mistake import Mistake, latex

GRADIENT = Line("decay", "(case.l2 * weight)")
VALUE = Line("penalty", "case.l2 / 2 * sum")
ADDED = Edit(function="forward", right='outputs["loss"] + penalty(case, params)', wrong='outputs["loss"]')
RIGHT_GRADIENT = r"\frac{\partial L}{\partial W} = \frac{\partial E}{\partial W} + \lambda W"
RIGHT_VALUE = r"L = E + \frac{\lambda}{2} \sum W^2"
ALL_PARAMS = (Line("penalty", "for name in case.penalised]").becomes("for name in case.params]"),
              Line("penalty", "case.penalised.values()").becomes("case.params.values()"),
              Line("decay", "case.penalised").becomes("case.params"))
PER_EXAMPLE = 'len(case.inputs["x"])'


def penalty(*, id, part="backward", **fields):
    fields.setdefault("correct", RIGHT_GRADIENT if part == "backward" else RIGHT_VALUE)
    fields["correct"], fields["mistaken"] = latex(fields["correct"]), latex(fields["mistaken"])
    return Mistake(id=f"penalty-{id}", area="loss", module="network", part=part, case="penalty-l2-float64-generic",
                   shows=lambda case: bool(case.l2), **fields)


MISTAKES = (
    penalty(id="left-out", title="L2 penalty left out of the gradient: no λ W", edit=GRADIENT.becomes("(0 * weight)"),
            symptom="Biases are right, every kernel's gradient lacks a share of the kernel itself; it trains as without decay.",
            fix="Add λ W to the gradient of every kernel whose squares the loss adds.",
            mistaken=r"\frac{\partial L}{\partial W} = \frac{\partial E}{\partial W}"),
    penalty(id="twice", title="gradient of the L2 penalty twice too large: 2 λ W for (λ/2) Σ W²",
            edit=GRADIENT.becomes("(2 * case.l2 * weight)"),
            symptom="Biases are right, kernels shrink twice as fast as the loss says.",
            fix="The derivative of (λ/2) W² is λ W; 2 λ W belongs to λ W².",
            mistaken=r"\frac{\partial L}{\partial W} = \frac{\partial E}{\partial W} + 2 \lambda W"),
    penalty(id="halved", title="gradient of the L2 penalty halved: (λ/2) W for (λ/2) Σ W²",
            edit=GRADIENT.becomes("(case.l2 / 2 * weight)"),
            symptom="Biases are right, kernels shrink half as fast as the loss says.",
            fix="The derivative of (λ/2) W² is λ W.",
            mistaken=r"\frac{\partial L}{\partial W} = \frac{\partial E}{\partial W} + \frac{\lambda}{2} W"),
    penalty(id="gradient-averaged", title="gradient of the L2 penalty divided by the batch, the penalty is not",
            edit=GRADIENT.becomes(f"(case.l2 / {PER_EXAMPLE} * weight)"), needs="batch",
            symptom="Biases are right, decay depends on the size of the batch.",
            fix="Divide the data's gradient by N before λ W is added, not after.",
            mistaken=r"\frac{\partial L}{\partial W} = \frac{\partial E}{\partial W} + \frac{\lambda}{N} W"),
    penalty(id="wrong-sign", title="L2 penalty subtracted in the gradient", edit=GRADIENT.becomes("(-case.l2 * weight)"),
            symptom="Biases are right, kernels grow where they should shrink.", fix="The penalty is added: + λ W.",
            mistaken=r"\frac{\partial L}{\partial W} = \frac{\partial E}{\partial W} - \lambda W"),
    penalty(id="not-in-loss", part="forward", title="L2 penalty left out of the loss, its gradient is there", edit=ADDED,
            symptom="The gradients are right and no derivative of the loss that is returned: a gradient check fails.",
            fix="Add (λ/2) Σ W² to the loss as well.", mistaken="L = E"),
    penalty(id="not-halved", part="forward", title="λ Σ W² in the loss, λ W in the gradient", edit=VALUE.becomes("case.l2 * sum"),
            symptom="The gradients are right, the loss is too large; a gradient check fails.",
            fix="The ½ belongs to both, or to neither: (λ/2) Σ W² and λ W, or λ Σ W² and 2 λ W.",
            mistaken=r"L = E + \lambda \sum W^2"),
    penalty(id="without-half", part="forward", title="λ Σ W² in place of (λ/2) Σ W²", edit=VALUE.becomes("case.l2 * sum"),
            also=(GRADIENT.becomes("(2 * case.l2 * weight)"),),
            symptom="Value and gradient fit each other; the decay is twice that of the same λ elsewhere.",
            fix="Halve λ, or the square: Keras's regularizers.L2 adds λ Σ W², most texts and PyTorch's weight_decay mean "
                "(λ/2) Σ W².",
            mistaken=r"L = E + \lambda \sum W^2"),
    penalty(id="averaged", part="forward", title="L2 penalty divided by the batch, (λ/2N) Σ W²",
            edit=VALUE.becomes(f"case.l2 / {PER_EXAMPLE} / 2 * sum"), needs="batch",
            also=(GRADIENT.becomes(f"(case.l2 / {PER_EXAMPLE} * weight)"),),
            symptom="Value and gradient fit each other; the decay depends on the number of examples.",
            fix="(λ/2m) Σ W² over m examples is a convention of its own, with another λ.",
            mistaken=r"L = E + \frac{\lambda}{2 N} \sum W^2"),
    penalty(id="biases", part="forward", title="L2 penalty on the biases too", edit=ALL_PARAMS[0], also=ALL_PARAMS[1:],
            symptom="Kernels are right; biases are pulled to zero.", fix="Penalise the kernels alone.",
            mistaken=r"L = E + \frac{\lambda}{2} \left( \sum W^2 + \sum b^2 \right)"),
)
