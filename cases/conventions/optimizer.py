"""The conventions of optimizers. Epsilon of RMSprop is a row of the atlas (cases/atlas/optimizer.py)."""

from cases.convention import Convention, Variant

MOMENTUM_RATE = Convention(
    layer="momentum", option="rate_in",
    question="Does the velocity hold gradients or steps?",
    variants=(
        Variant(value="update", title="velocity of gradients, rate in the update", formula=r"v = \beta v + g, \quad "
                      r"p' = p - \eta v",
                words="The rate multiplies the whole velocity, also what it gathered under another rate.",
                switch={"torch": "torch.optim.SGD(momentum=...), no option", "jax": "optax.sgd(rate, momentum=...), no option"}),
        Variant(value="velocity", title="velocity of steps, rate in the velocity", formula=r"v = \beta v - \eta g, "
                      r"\quad p' = p + v",
                words="Each gradient keeps the rate that it came with.",
                switch={"keras": "keras.optimizers.SGD(momentum=...), no option"})),
    consequence="The same at a constant rate. Under a schedule the paths part at the step where the rate changes.")

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

RMSPROP_RATE = Convention(
    layer="rmsprop", option="rate_in",
    question="With momentum: does RMSprop's velocity hold scaled gradients or steps?",
    variants=(
        Variant(value="update", title="rate in the update", formula=r"v = \mu v + d, \quad p' = p - \eta v",
                words="The rate multiplies the whole velocity.",
                switch={"torch": "torch.optim.RMSprop(momentum=...), no option"}),
        Variant(value="velocity", title="rate in the velocity", formula=r"v = \mu v + \eta d, \quad p' = p - v",
                words="Each gradient keeps the rate that it came with.",
                switch={"keras": "keras.optimizers.RMSprop(momentum=...), no option"})),
    consequence="Without momentum or at a constant rate there is no difference.")

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

ADAM_EPSILON = Convention(
    layer="adam", option="epsilon_in",
    question="Does Adam add epsilon to the root of the corrected second moment, or to the root of the uncorrected one?",
    variants=(
        Variant(value="outside", title="epsilon beside the corrected root", formula=r"p' = p - \eta \frac{\hat "
                      r"m}{\sqrt{\hat v} + \epsilon}",
                words="The algorithm as the paper states it.",
                switch={"torch": "torch.optim.Adam, no option", "jax": "optax.adam, no option"}),
        Variant(value="hat", title="the paper's epsilon-hat form",
                formula=r"p' = p - \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \frac{m}{\sqrt{v} + \epsilon}",
                words="The order of operations that the paper gives as the faster one. The same epsilon "
                      "weighs 1/√(1 - β₂ᵗ) times as much as in the other form: 32 times at the first step with β₂ = 0.999.",
                switch={"keras": "keras.optimizers.Adam, no option"})),
    consequence="No value of epsilon makes the two equal at every step. With the tiny default it hardly shows; with "
                "1e-3 or 1 it is another optimizer.",
    sources=("https://arxiv.org/abs/1412.6980", "https://github.com/keras-team/tf-keras/issues/315"))

ADAM_DECAY = Convention(
    layer="adam", option="decay",
    question="Is weight decay part of the gradient, or a step of its own?",
    variants=(
        Variant(value="gradient", title="penalty in the gradient", formula=r"g + \lambda p \;\mathrm{in\ place\ of}\; g",
                words="The decay goes through the moments and is divided by the root as the gradient is.",
                switch={"torch": "torch.optim.Adam(weight_decay=...)"}),
        Variant(value="decoupled", title="decoupled weight decay (AdamW)",
                formula=r"p (1 - \eta \lambda) \;\mathrm{in\ place\ of}\; p",
                words="Weights shrink by a fraction that does not depend on the gradient.",
                switch={"torch": "torch.optim.AdamW(weight_decay=...)",
                        "keras": "keras.optimizers.Adam(weight_decay=...) or AdamW"})),
    consequence="The same λ means different things: PyTorch's Adam and Keras's Adam take it differently.",
    sources=("https://arxiv.org/abs/1711.05101",))

CONVENTIONS = (MOMENTUM_RATE, NESTEROV, RMSPROP_RATE, CENTERED, ADAM_EPSILON, ADAM_DECAY)
