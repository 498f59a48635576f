"""The conventions of optimizers that are no row of the atlas: most are (adam.epsilon_in, momentum.rate_in, ...)."""

from nnparity.cases.convention import Convention, Variant

NESTEROV = Convention(
    layer="momentum", option="nesterov",
    question="Plain or Nesterov momentum?",
    variants=(
        Variant(value=False, title="plain momentum", formula=r"p' = p - \eta v", words="The step is the velocity.",
                switch={"torch": "torch.optim.SGD(nesterov=False)", "keras": "keras.optimizers.SGD(nesterov=False)"}),
        Variant(value=True, title="Nesterov momentum", formula=r"p' = p - \eta (g + \beta v)",
                words="The step is the velocity as it will be one step on, with the gradient taken where the weights are.",
                switch={"torch": "torch.optim.SGD(nesterov=True)", "keras": "keras.optimizers.SGD(nesterov=True)"})),
    consequence="The first step is 1 + β times as long with Nesterov. Taking the old velocity in g + β v gives plain momentum.")

CENTERED = Convention(
    layer="rmsprop", option="centered",
    question="Divide by the root of the mean square, or by the standard deviation?",
    variants=(
        Variant(value=False, title="mean square", formula=r"d = g / \sqrt{s}",
                words="The gradient's own size is part of what it is divided by.",
                switch={"torch": "centered=False", "keras": "centered=False"}),
        Variant(value=True, title="variance", formula=r"d = g / \sqrt{s - m^2}",
                words="A steady gradient has a small variance, so its steps become long.",
                switch={"torch": "centered=True", "keras": "centered=True"})),
    consequence="The first steps are a little longer when centered, later ones where gradients are steady much longer.")

CONVENTIONS = (NESTEROV, CENTERED)
