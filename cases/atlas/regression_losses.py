"""Losses of numbers: factors, reductions, shapes, and their limits."""

from nnparity.cases.convention import REFUSES, AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere, gradients
from nnparity.cases.snippets.calls import call

NO_LOSS = everywhere("ONNX has no such loss", "onnx", "onnxruntime")
NO_GRADIENT = everywhere("ONNX describes forward passes only", "onnx", "onnxruntime")
KERAS_ONLY = {"torch": "PyTorch has no such loss", "tensorflow": "tf.nn has no such loss; tf.keras is Keras",
              "jax": "optax has no such loss", **NO_LOSS}
KERAS = "https://keras.io/api/losses/regression_losses/"
TORCH = "https://docs.pytorch.org/docs/stable/generated/torch.nn.{}.html"
OPTAX = "https://optax.readthedocs.io/en/latest/api/losses.html"

SCALE = AtlasRow(
    layer="squared_error", option="scale", title="factor of the squared error", group="loss", leads=("L4",),
    question="Is the squared error halved?",
    variants=(
        Variant(value="full", title="the square", formula=r"(x - t)^2", words="Its derivative is 2 (x - t).",
                switch={"jax": "optax.squared_error"}),
        Variant(value="half", title="half the square", formula=r"\frac{1}{2} (x - t)^2",
                words="Its derivative is x - t. Common in textbooks.", switch={"torch": "0.5 * mse_loss(x, t)",
                                                                              "keras": "loss_weights=[0.5]"})),
    probe=Probe(compute="loss", arguments={"kind": "squared_error", "x": [[3.0]], "target": [[1.0]]}),
    example="Prediction 3 for target 1 costs {0} or {1}.",
    consequence="The gradient, and so the step of plain gradient descent, is twice as large in one as in the other.",
    snippets=call({"x": "[[3.0]]", "t": "[[1.0]]"}, torch="torch.nn.MSELoss()(x, t)",
                  keras="keras.losses.MeanSquaredError()(t, x)", tensorflow="tf.nn.l2_loss(x - t)", jax="optax.l2_loss(x, t)"),
    absent=NO_LOSS, sources=(TORCH.format("MSELoss"), KERAS, OPTAX, "https://www.tensorflow.org/api_docs/python/tf/nn/l2_loss"))

X, T = "[[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]]", "[[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]"
SQUARES = {"kind": "squared_error", "x": [[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]], "target": [[0.0, 0.0]] * 3}

REDUCTION = AtlasRow(
    layer="squared_error", option="reduction", title="reduction of the squared error", group="loss", leads=("L4",),
    question="Over what is the squared error of a batch averaged or summed?",
    variants=(
        Variant(value="mean", title="mean over all elements", formula=r"\frac{1}{NF} \sum_{n,f} e_{nf}",
                words="Examples and features alike.", switch={"torch": "reduction='mean', the default",
                                                              "keras": "reduction='sum_over_batch_size', the default"}),
        Variant(value="batch_mean", title="sum over features, mean over examples", formula=r"\frac{1}{N} \sum_{n,f} e_{nf}",
                words="The squared distance of an example, averaged: what texts mean by 1/m Σ.",
                switch={"torch": "reduction='sum', then / len(x)"}),
        Variant(value="sum", title="sum over all elements", formula=r"\sum_{n,f} e_{nf}", words="No division.",
                switch={"torch": "reduction='sum'"}),
        Variant(value="none", title="none", formula=r"e_{nf}", words="Every element is returned.",
                switch={"torch": "reduction='none'", "jax": "the default"})),
    probe=Probe(compute="loss", arguments=SQUARES),
    example="The errors 1, 2; 3, 4; 5, 7 of three examples give {0}, {1}, {2} or {3}.",
    consequence="Gradients differ by the number of features or of examples: a learning rate does not carry over.",
    snippets=call({"x": X, "t": T}, torch="torch.nn.MSELoss()(x, t)", keras="keras.losses.MeanSquaredError()(t, x)",
                  tensorflow="2 * tf.nn.l2_loss(x - t)", jax="optax.squared_error(x, t)"),
    absent=NO_LOSS, sources=(TORCH.format("MSELoss"), KERAS, OPTAX, "https://github.com/pytorch/pytorch/issues/3924"))

SUM = AtlasRow(
    layer="mean_squared_error", option="sum", title="squared error with reduction='sum'", group="loss", leads=("L4",),
    question="What does reduction='sum' of the mean squared error sum?",
    variants=(
        Variant(value="elements", title="all elements", formula=r"\sum_{n,f} e_{nf}", words="The sum of everything.",
                config={"reduction": "sum"}),
        Variant(value="means", title="the examples' means", formula=r"\sum_n \frac{1}{F} \sum_f e_{nf}",
                words="The loss of one example is the mean over its features; these are summed.",
                config={"reduction": "feature_mean"})),
    probe=Probe(compute="loss", arguments=SQUARES),
    example="The errors 1, 2; 3, 4; 5, 7 of three examples give {0} or {1}.",
    consequence="The option has the same name in both frameworks and differs by the number of features.",
    snippets=call({"x": X, "t": T}, torch="torch.nn.MSELoss(reduction='sum')(x, t)",
                  keras="keras.losses.MeanSquaredError(reduction='sum')(t, x)",
                  tensorflow="tf.compat.v1.losses.mean_squared_error(t, x, reduction='weighted_sum')"),
    absent={"jax": "optax's losses have no reduction", **NO_LOSS}, sources=(TORCH.format("MSELoss"), KERAS))

FUNCTION = AtlasRow(
    layer="mean_squared_error", option="function", title="reduction of the loss as a plain function", group="loss", leads=("L4",),
    question="What does the plain function of the squared error return, without the class around it?",
    variants=(
        Variant(value="mean", title="mean over all elements", formula=r"\frac{1}{NF} \sum_{n,f} e_{nf}", words="One number.",
                config={"reduction": "mean"}),
        Variant(value="examples", title="mean over the last axis", formula=r"\frac{1}{F} \sum_f e_{nf}",
                words="One number for each example.", config={"reduction": "examples"}),
        Variant(value="none", title="none", formula=r"e_{nf}", words="One number for each element.",
                config={"reduction": "none"})),
    probe=Probe(compute="element_reduction", arguments={"x": SQUARES["x"], "target": SQUARES["target"]}),
    example="The errors 1, 2; 3, 4; 5, 7 of three examples give {0}, {1} or {2}.",
    consequence="A training loop that differentiates the function's value differentiates a sum over the batch in one framework "
                "and a mean in the other: the step is as many times larger as the batch has examples.",
    snippets=call({"x": X, "t": T}, torch="torch.nn.functional.mse_loss(x, t)", keras="keras.losses.mean_squared_error(t, x)",
                  tensorflow="tf.compat.v1.losses.mean_squared_error(t, x)", jax="optax.squared_error(x, t)"),
    absent=NO_LOSS, sources=(TORCH.format("MSELoss"), KERAS, OPTAX))

BROADCAST = AtlasRow(
    layer="mean_squared_error", option="shapes", title="predictions (n, 1) with targets (n,)", group="loss", leads=("L4",),
    question="What does the squared error do where the predictions have a last axis of one and the targets not?",
    variants=(
        Variant(value="aligned", title="paired one by one", formula=r"\frac{1}{n} \sum_i (x_i - t_i)^2",
                words="The axis of length one is dropped, or added to the targets."),
        Variant(value="table", title="each with each", formula=r"\frac{1}{n^2} \sum_{i,j} (x_i - t_j)^2",
                words="NumPy's broadcasting makes a table of n times n differences. There is a warning at most."),
        Variant(value=REFUSES, title="refuses", formula=r"\text{an error}", words="Shapes have to be equal.")),
    probe=Probe(compute="broadcast_squared_error", arguments={"x": [[1.0], [2.0], [4.0]], "target": [1.0, 2.0, 4.0]}),
    example="Three perfect predictions cost {0} or {1}.",
    consequence="A regression learns the mean of all targets and nothing else; the loss stops at their variance.",
    snippets=call({"x": "[[1.0], [2.0], [4.0]]", "t": "[1.0, 2.0, 4.0]"}, torch="torch.nn.MSELoss()(x, t)",
                  keras="keras.losses.MeanSquaredError()(t, x)", tensorflow="tf.compat.v1.losses.mean_squared_error(t, x)",
                  jax="optax.squared_error(x, t).mean()"),
    absent=NO_LOSS, sources=(TORCH.format("MSELoss"), KERAS))

HUBER = AtlasRow(
    layer="huber", option="scale", title="slope of the smoothed absolute error", group="loss", leads=("L5",),
    question="Is the smooth absolute error Huber's, or that divided by the width δ?",
    variants=(
        Variant(value="huber", title="slope δ far out",
                formula=r"\frac{e^2}{2} \text{ or } \delta\left(|e| - \frac{\delta}{2}\right)",
                words="Huber's loss: half the square inside, whatever δ.", switch={"torch": "torch.nn.HuberLoss(delta=d)"}),
        Variant(value="over_delta", title="slope 1 far out", formula=r"\frac{e^2}{2 \delta} \text{ or } |e| - \frac{\delta}{2}",
                words="SmoothL1: the absolute error far out, whatever δ, which PyTorch calls beta.",
                switch={"torch": "torch.nn.SmoothL1Loss(beta=d)", "keras": "keras.losses.Huber(d), divided by d"})),
    probe=Probe(compute="smoothed_absolute_error", arguments={"error": [1.0, 3.0], "delta": 2.0}),
    example="The errors 1 and 3 with δ = 2 cost {0} or {1}.",
    consequence="The two are equal at δ = 1, the default, so that a port passes its tests until somebody changes δ.",
    snippets=call({"x": "[1.0, 3.0]", "t": "[0.0, 0.0]"}, torch="torch.nn.SmoothL1Loss(beta=2.0)(x, t)",
                  keras="keras.losses.Huber(2.0)(t, x)", tensorflow="tf.compat.v1.losses.huber_loss(t, x, delta=2.0)",
                  jax="optax.huber_loss(x, t, delta=2.0).mean()"),
    absent=NO_LOSS, sources=(TORCH.format("SmoothL1Loss"), KERAS, OPTAX))

ABSOLUTE_ZERO = AtlasRow(
    layer="absolute_error", option="at_zero", title="derivative of the absolute error at 0", group="loss", leads=("L29",),
    question="What is the gradient of the mean absolute error by the prediction where it equals the target?",
    variants=(
        Variant(value=0.0, title="0", formula=r"0", words="A perfect prediction is left alone."),
        Variant(value=1.0, title="1", formula=r"1", words="As if the prediction were too large."),
        Variant(value=-1.0, title="-1", formula=r"-1", words="As if it were too small: |t - x| instead of |x - t|, with a "
                                                            "derivative of 1 at zero.")),
    probe=Probe(compute="absolute_error_derivative", arguments={"error": [-1.0, 0.0, 2.0]}),
    example="For the errors -1, 0 and 2: {0}, {1} or {2}.",
    consequence="Where outputs are exact zeros, as behind a relu with sparse targets, a model that is right is pushed away.",
    snippets=gradients("[-1.0, 0.0, 2.0]", torch="3 * torch.nn.functional.l1_loss(x, torch.zeros(3))",
                       keras="3 * keras.losses.mean_absolute_error([0.0, 0.0, 0.0], x)",
                       tensorflow="3 * tf.compat.v1.losses.absolute_difference(tf.zeros(3), x)", jax="jnp.abs(x - jnp.zeros(3))"),
    absent=NO_GRADIENT, sources=("https://github.com/pytorch/pytorch/issues/7172", "https://github.com/jax-ml/jax/issues/37820"))

LOG_NEGATIVE = AtlasRow(
    layer="squared_log_error", option="negative", title="squared logarithmic error of a negative prediction", group="loss",
    leads=("L23",), question="What does a negative prediction cost in the mean squared logarithmic error?",
    variants=(
        Variant(value="clipped", title="as zero", formula=r"\left(\log(1 + t) - \log(1 + \max(x, 10^{-7}))\right)^2",
                words="The prediction is raised to 1e-7 first, and no gradient passes."),
        Variant(value="as_given", title="as it is", formula=r"\left(\log(1 + t) - \log(1 + x)\right)^2",
                words="Defined down to -1, as in a loss written by hand. scikit-learn refuses.")),
    probe=Probe(compute="squared_log_error", arguments={"x": [[-0.5]], "target": [[1.0]]}),
    example="Prediction -0.5 for target 1 costs {0} or {1}.",
    consequence="A unit whose output has become negative gets no gradient and never recovers.",
    snippets=call({"x": "[[-0.5]]", "t": "[[1.0]]"}, keras="keras.losses.MeanSquaredLogarithmicError()(t, x)"),
    absent=KERAS_ONLY, sources=(KERAS,))

PERCENTAGE = AtlasRow(
    layer="percentage_error", option="floor", title="percentage error of a target that is zero", group="loss", leads=("L24",),
    question="What does the mean absolute percentage error divide by where the target is zero?",
    variants=(
        Variant(value=1e-7, title="1e-7", formula=r"100 \frac{|t - x|}{\max(|t|, 10^{-7})}", words="Finite, and enormous."),
        Variant(value=2.220446049250313e-16, title="2.2e-16", formula=r"100 \frac{|t - x|}{\max(|t|, 2^{-52})}",
                words="The spacing of float64 at one: scikit-learn's metric."),
        Variant(value=0.0, title="0", formula=r"\infty", words="Nothing is done: infinity.")),
    probe=Probe(compute="percentage_error", arguments={"x": [[1.0]], "target": [[0.0]]}, scale=1e9),
    example="Prediction 1 for target 0 costs {0}, {1} or {2}.",
    consequence="One zero in the targets outweighs everything else in the batch, and figures of two libraries differ by nine "
                "digits.",
    snippets=call({"x": "[[1.0]]", "t": "[[0.0]]"}, keras="keras.losses.MeanAbsolutePercentageError()(t, x)"),
    absent=KERAS_ONLY, sources=(KERAS,))

POISSON = AtlasRow(
    layer="poisson", option="prediction", title="input of the Poisson loss", group="loss", leads=("L8",),
    question="Is the prediction of the Poisson loss the rate or its logarithm?",
    variants=(
        Variant(value="rate", title="the rate", formula=r"x - t \log x", words="The network's output has to be positive.",
                switch={"torch": "PoissonNLLLoss(log_input=False)"}),
        Variant(value="log", title="its logarithm", formula=r"e^x - t x", words="Any output will do.",
                switch={"torch": "the default", "keras": "Poisson()(t, keras.ops.exp(x))"})),
    probe=Probe(compute="poisson", arguments={"x": [1.0, 3.0], "target": [1.0, 2.0]}),
    example="The outputs 1 and 3 for the counts 1 and 2 cost {0} or {1}.",
    consequence="With the other framework's loss a network with exponential output is trained on exp(exp(x)).",
    snippets=call({"x": "[1.0, 3.0]", "t": "[1.0, 2.0]"}, torch="torch.nn.PoissonNLLLoss()(x, t)",
                  keras="keras.losses.Poisson()(t, x)", tensorflow="tf.reduce_mean(tf.nn.log_poisson_loss(t, x))"),
    absent={"jax": "optax has no Poisson loss", **NO_LOSS},
    sources=(TORCH.format("PoissonNLLLoss"), "https://keras.io/api/losses/probabilistic_losses/"))

L2_PENALTY = AtlasRow(
    layer="l2_penalty", option="factor", title="factor of the L2 penalty", group="loss", leads=("L19",),
    question="Does an L2 penalty of strength λ pull a weight by λ w or by 2 λ w?",
    variants=(
        Variant(value="half", title="λ w", formula=r"\frac{\lambda}{2} w^2", words="The derivative has no factor.",
                switch={"keras": "keras.regularizers.L2(0.5 * strength)"}),
        Variant(value="full", title="2 λ w", formula=r"\lambda w^2", words="The penalty has no factor.",
                switch={"torch": "weight_decay=2 * strength"})),
    probe=Probe(compute="l2_penalty_gradient", arguments={"p": [2.0], "strength": 0.1}),
    example="The weight 2 with λ = {strength} is pulled by {0} or {1}.",
    consequence="A paper's weight decay, copied into a Keras regulariser, regularises twice as much.",
    snippets={**gradients("[2.0]", keras="keras.regularizers.L2(0.1)(x)", tensorflow="0.1 * tf.nn.l2_loss(x)"),
              **call({"w": "[2.0]", "zero": "[0.0]"}, jax="optax.add_decayed_weights(0.1).update(zero, (), w)[0]"),
              "torch": "import torch\nw = torch.nn.Parameter(torch.tensor([2.0]))\nw.grad = torch.zeros(1)\n"
                       "torch.optim.SGD([w], lr=1.0, weight_decay=0.1).step()\nanswer = 2.0 - w\nprint(answer)"},
    absent=NO_GRADIENT, sources=("https://github.com/mlcommons/hpc/issues/22", "https://keras.io/api/layers/regularizers/",
                                 "https://www.tensorflow.org/api_docs/python/tf/nn/l2_loss"))

ROWS = (SCALE, REDUCTION, SUM, FUNCTION, BROADCAST, HUBER, ABSOLUTE_ZERO, LOG_NEGATIVE, PERCENTAGE, POISSON, L2_PENALTY)
