"""Gradient descent with momentum, step by step."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere
from nnparity.cases.snippets.calls import onnx_steps, steps

NO_KERNEL = {"onnxruntime": "ONNX Runtime's inference package has no kernel for the preview training operators"}
NO_RATE = {"jax": "optax has no default learning rate", "onnx": "the learning rate is an input", "onnxruntime": "as for onnx"}
TORCH = "https://docs.pytorch.org/docs/stable/generated/torch.optim.{}.html"
KERAS = "https://keras.io/api/optimizers/{}/"
OPTAX = "https://optax.readthedocs.io/en/latest/api/optimizers.html"
ONNX = "https://onnx.ai/onnx/operators/onnx_aionnxpreviewtraining_{}.html"
TF1 = "https://www.tensorflow.org/api_docs/python/tf/compat/v1/train/{}"
SGD = (TORCH.format("SGD"), KERAS.format("sgd"), OPTAX, TF1.format("MomentumOptimizer"), ONNX.format("Momentum"))
FALLING = "lambda count: jnp.array([0.1, 0.1, 0.01])[count]"

UPDATE, VELOCITY = (
    Variant(value="update", title="outside the buffer", formula=r"v = \beta v + g, \quad p' = p - \eta v",
            words="The buffer holds gradients. A new rate applies to all of it at once."),
    Variant(value="velocity", title="inside the buffer", formula=r"v = \beta v - \eta g, \quad p' = p + v",
            words="The buffer holds steps. What is in it was scaled by the old rates."))
CHANGING = {"p": [1.0], "gradients": [[0.5]] * 3, "rates": [0.1, 0.1, 0.01]}

MOMENTUM_RATE = AtlasRow(
    layer="momentum", option="rate_in", title="learning rate in momentum", group="optimizer", leads=("O3",),
    question="Is the learning rate inside or outside the momentum buffer?",
    variants=(UPDATE, VELOCITY), probe=Probe(compute="optimizer", arguments={"name": "momentum", **CHANGING}),
    example="From 1, three steps with gradient 0.5, momentum 0.9 and the rates 0.1, 0.1 and 0.01 lead to {0} or {1}.",
    consequence="The two agree until a schedule lowers the rate; then one slows down at once and the other after ten steps.",
    snippets={**steps(gradients=[0.5] * 3, rates=[0.1, 0.1, 0.01], torch="torch.optim.SGD([p], lr=0.1, momentum=0.9)",
                      keras="keras.optimizers.SGD(0.1, momentum=0.9)",
                      tensorflow="tf.compat.v1.train.MomentumOptimizer(rate, 0.9)", jax=f"optax.sgd({FALLING}, momentum=0.9)"),
              **onnx_steps("Momentum", 'alpha = 0.9, beta = 1.0, mode = "standard", norm_coefficient = 0.0',
                           gradients=[0.5] * 3, rates=[0.1, 0.1, 0.01], states=1, first=0)},
    absent=NO_KERNEL, sources=SGD)

NESTEROV_RATE = AtlasRow(
    layer="nesterov", option="rate_in", title="learning rate in Nesterov momentum", group="optimizer", leads=("O4",),
    question="Is the learning rate inside or outside the momentum buffer with nesterov=True?",
    variants=(
        Variant(value="update", title="outside the buffer", formula=r"v = \beta v + g, \quad p' = p - \eta (g + \beta v)",
                words="At a constant rate both are the same, and the same as Nesterov's method in shifted variables."),
        Variant(value="velocity", title="inside the buffer", formula=r"v = \beta v - \eta g, \quad p' = p + \beta v - \eta g",
                words="What is in the buffer was scaled by the old rates.")),
    probe=Probe(compute="optimizer", arguments={"name": "momentum", "nesterov": True, **CHANGING}),
    example="From 1, three steps with gradient 0.5, momentum 0.9 and the rates 0.1, 0.1 and 0.01 lead to {0} or {1}.",
    consequence="As for plain momentum: a schedule acts at once or with a delay of 1 / (1 - β) steps.",
    snippets=steps(gradients=[0.5] * 3, rates=[0.1, 0.1, 0.01], torch="torch.optim.SGD([p], lr=0.1, momentum=0.9, nesterov=True)",
                   keras="keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True)",
                   tensorflow="tf.compat.v1.train.MomentumOptimizer(rate, 0.9, use_nesterov=True)",
                   jax=f"optax.sgd({FALLING}, momentum=0.9, nesterov=True)"),
    absent=everywhere("the learning rate is an input of each step: as for momentum.rate_in", "onnx", "onnxruntime"), sources=SGD)

DAMPENING = AtlasRow(
    layer="momentum_step", option="first", title="dampening at the first step", group="optimizer", leads=("O5",),
    question="Where new gradients enter the momentum buffer with a weight below one, does the first one too?",
    variants=(
        Variant(value="undamped", title="the first enters fully",
                formula=r"v_1 = g_1, \quad v_t = \beta v_{t-1} + (1 - \tau) g_t",
                words="The first gradient weighs ten times as much as the second, with τ = 0.9."),
        Variant(value="damped", title="all alike", formula=r"v_t = \beta v_{t-1} + (1 - \tau) g_t, \quad v_0 = 0",
                words="A running mean that starts at zero: the first steps are small.")),
    probe=Probe(compute="dampened_momentum", arguments={"p": [1.0], "gradients": [[0.5]] * 2, "rate": 0.1, "beta": 0.9,
                                                        "dampening": 0.9}),
    example="From 1, two steps with gradient 0.5, rate 0.1, momentum 0.9 and dampening 0.9 lead to {0} or {1}.",
    consequence="SGD(momentum=0.9, dampening=0.9) looks like a running mean of gradients, and starts with one full step.",
    snippets={**steps(gradients=[0.5] * 2, torch="torch.optim.SGD([p], lr=0.1, momentum=0.9, dampening=0.9)",
                      jax="optax.chain(optax.ema(0.9, debias=False), optax.scale(-0.1))"),
              **onnx_steps("Momentum", 'alpha = 0.9, beta = 0.1, mode = "standard", norm_coefficient = 0.0',
                           gradients=[0.5] * 2, rates=0.1, states=1, first=0)},
    absent={"keras": "keras.optimizers.SGD has no dampening", "tensorflow": "MomentumOptimizer has no dampening", **NO_KERNEL},
    sources=SGD)

DECAY = AtlasRow(
    layer="momentum_step", option="decay", title="weight decay of SGD with momentum", group="optimizer", leads=("O6b",),
    question="Does the weight decay of SGD go through the momentum buffer?",
    variants=(
        Variant(value="gradient", title="through the buffer", formula=r"v = \beta v + g + \lambda p, \quad p' = p - \eta v",
                words="An L2 penalty: its gradients are accumulated, up to 1 / (1 - β) times λ."),
        Variant(value="decoupled", title="past the buffer", formula=r"v = \beta v + g, \quad p' = (1 - \eta \lambda) p - \eta v",
                words="SGDW: the weight shrinks at once, and by ten times less with β = 0.9.",
                switch={"jax": "optax.chain(optax.trace(0.9), optax.add_decayed_weights(wd), optax.scale(-rate))"})),
    probe=Probe(compute="momentum_with_decay", arguments={"p": [1.0], "gradients": [[0.1]] * 3, "rate": 0.1, "beta": 0.9,
                                                          "weight_decay": 0.5}),
    example="From 1, three steps with gradient 0.1, rate 0.1, momentum 0.9 and λ = 0.5 lead to {0} or {1}.",
    consequence="SGD(weight_decay=5e-4) of a PyTorch recipe regularises ten times less in Keras, under the same name.",
    snippets={**steps(gradients=[0.1] * 3, torch="torch.optim.SGD([p], lr=0.1, momentum=0.9, weight_decay=0.5)",
                      keras="keras.optimizers.SGD(0.1, momentum=0.9, weight_decay=0.5)"),
              **onnx_steps("Momentum", 'alpha = 0.9, beta = 1.0, mode = "standard", norm_coefficient = 0.5',
                           gradients=[0.1] * 3, rates=0.1, states=1, first=0)},
    absent={"tensorflow": "MomentumOptimizer has no weight decay",
            "jax": "optax.sgd has no weight decay; the order is the user's",
            **NO_KERNEL}, sources=SGD)

SGD_RATE = AtlasRow(
    layer="sgd", option="learning_rate", title="default learning rate of SGD", group="optimizer", leads=("O14",),
    question="What is the learning rate of SGD unless told otherwise?",
    variants=tuple(Variant(value=value, title=f"{value:g}", formula=rf"\eta = {value}", words=words, config={"rates": value})
                   for value, words in ((0.001, "PyTorch's; older versions had none."), (0.01, "Keras's."))),
    probe=Probe(compute="optimizer", arguments={"name": "sgd", "p": [0.0], "gradients": [[1.0]]}),
    example="From 0, one step with gradient 1 leads to {0} or {1}.",
    consequence="A comparison with 'the default optimizer' compares a step with one ten times as large.",
    snippets=steps(p=0.0, gradients=[1.0], torch="torch.optim.SGD([p])", keras="keras.optimizers.SGD()"),
    absent={"tensorflow": "GradientDescentOptimizer has no default learning rate", **NO_RATE}, sources=SGD[:2])

ROWS = (MOMENTUM_RATE, NESTEROV_RATE, DAMPENING, DECAY, SGD_RATE)
