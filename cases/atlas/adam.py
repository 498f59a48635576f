"""Adam and its relatives, step by step."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere
from nnparity.cases.snippets.calls import onnx_steps, steps

NO_TRAINING = everywhere("of the optimizers ONNX's preview training domain has Adam, Adagrad and Momentum only", "onnx",
                         "onnxruntime")
NO_KERNEL = {"onnxruntime": "ONNX Runtime's inference package has no kernel for the preview training operators"}
TORCH = "https://docs.pytorch.org/docs/stable/generated/torch.optim.{}.html"
KERAS = "https://keras.io/api/optimizers/{}/"
OPTAX = "https://optax.readthedocs.io/en/latest/api/optimizers.html"
ONNX = "https://onnx.ai/onnx/operators/onnx_aionnxpreviewtraining_{}.html"
TF1 = "https://www.tensorflow.org/api_docs/python/tf/compat/v1/train/{}"

EPSILON_IN = AtlasRow(
    layer="adam", option="epsilon_in", title="Adam epsilon", group="optimizer", leads=("O1",),
    question="Does Adam add epsilon to the bias-corrected root, or to the root before it is corrected?",
    variants=(
        Variant(value="outside", title="added to the corrected root",
                formula=r"p' = p - \eta \frac{\hat m}{\sqrt{\hat v} + \epsilon}",
                words="Algorithm 1 of the paper.", switch={"torch": "no option", "jax": "optax.adam, no option"}),
        Variant(value="hat", title="added to the raw root",
                formula=r"p' = p - \eta \frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t} \frac{m}{\sqrt{v} + \epsilon}",
                words="The paper's remark on efficiency, and its epsilon hat. In effect epsilon is larger at first, by "
                      "1/√(1 - β₂ᵗ): 32 times at the first step.", switch={"keras": "no option"})),
    probe=Probe(compute="optimizer", arguments={"name": "adam", "p": [1.0], "gradients": [[1e-3]] * 3, "rates": 0.1,
                                                "epsilon": 1e-3}),
    example="From 1, three steps with gradient 0.001, rate 0.1 and epsilon 0.001 lead to {0} or {1}.",
    consequence="Where gradients are as small as epsilon, as in mixed precision or with the epsilon of 0.1 that some papers use, "
                "the first hundreds of steps are much smaller. No choice of epsilon makes the two equal.",
    snippets={**steps(gradients=[1e-3] * 3, torch="torch.optim.Adam([p], lr=0.1, eps=1e-3)",
                      keras="keras.optimizers.Adam(0.1, epsilon=1e-3)",
                      tensorflow="tf.compat.v1.train.AdamOptimizer(0.1, epsilon=1e-3)", jax="optax.adam(0.1, eps=1e-3)"),
              **onnx_steps("Adam", "beta = 0.999, epsilon = 0.001", gradients=[1e-3] * 3, rates=0.1, states=2, first=1)},
    absent=NO_KERNEL, sources=(TORCH.format("Adam"), KERAS.format("adam"), ONNX.format("Adam"), TF1.format("AdamOptimizer"),
                               "https://arxiv.org/abs/1412.6980", "https://github.com/keras-team/keras/issues/17391"))

EPSILON = AtlasRow(
    layer="adam", option="epsilon", title="default epsilon of Adam", group="optimizer", leads=("O1d",),
    question="How large is Adam's epsilon unless told otherwise?",
    variants=(
        Variant(value=1e-8, title="1e-8", formula=r"\epsilon = 10^{-8}", words="The paper's.", switch={"keras": "epsilon=1e-8"}),
        Variant(value=1e-7, title="1e-7", formula=r"\epsilon = 10^{-7}", words="Keras's epsilon everywhere.",
                switch={"torch": "eps=1e-7", "jax": "eps=1e-7"}),
        Variant(value=1e-6, title="1e-6", formula=r"\epsilon = 10^{-6}", words="ONNX's.", switch={"torch": "eps=1e-6"})),
    probe=Probe(compute="optimizer", arguments={"name": "adam", "p": [0.0], "gradients": [[1e-7]], "rates": 1.0, "beta_2": 0.0}),
    example="From 0, one step with gradient 1e-7, rate 1 and β₂ = 0, where the place of epsilon does not matter, leads to {0}, "
            "{1} or {2}.",
    consequence="Embeddings and the last layers of a trained network have gradients of this size: there the steps differ.",
    snippets={**steps(p=0.0, gradients=[1e-7], torch="torch.optim.Adam([p], lr=1.0, betas=(0.9, 0.0))",
                      keras="keras.optimizers.Adam(1.0, beta_2=0.0)",
                      tensorflow="tf.compat.v1.train.AdamOptimizer(1.0, beta2=0.0)", jax="optax.adam(1.0, b2=0.0)"),
              **onnx_steps("Adam", "beta = 0.0", p=0.0, gradients=[1e-7], rates=1.0, states=2, first=1)},
    absent=NO_KERNEL, sources=EPSILON_IN.sources)

COUNT = AtlasRow(
    layer="adam_step", option="first", title="number of Adam's first step", group="optimizer", leads=("O1c",),
    question="Is the first step of Adam number one, or number zero, for which nothing is corrected?",
    variants=(
        Variant(value=1, title="one", formula=r"\frac{\hat m}{\sqrt{\hat v}} = \frac{g}{|g|}",
                words="The first step has the length of the learning rate."),
        Variant(value=0, title="zero", formula=r"\frac{m}{\sqrt{v}} = \frac{(1 - \beta_1) g}{\sqrt{1 - \beta_2} |g|}",
                words="Counted from zero there is no bias correction at the first step: it is three times too long.",
                switch={"onnx": "feed T = 0 first"})),
    probe=Probe(compute="adam_counting_from", arguments={"p": [1.0], "gradients": [[50.0], [50.0]], "rate": 0.1}),
    example="From 1, two steps with gradient 50 and rate 0.1 lead to {0} or {1}.",
    consequence="A loop that counts from zero, with a formula that allows it, starts with a step of 3.2 learning rates.",
    snippets={**steps(gradients=[50.0] * 2, torch="torch.optim.Adam([p], lr=0.1)", keras="keras.optimizers.Adam(0.1)",
                      tensorflow="tf.compat.v1.train.AdamOptimizer(0.1)", jax="optax.adam(0.1)"),
              **onnx_steps("Adam", "beta = 0.999", gradients=[50.0] * 2, rates=0.1, states=2, first=0)},
    absent=NO_KERNEL, sources=EPSILON_IN.sources)

DECAY = AtlasRow(
    layer="adam", option="decay", title="weight decay of Adam", group="optimizer", leads=("O6",),
    question="Is weight decay in Adam added to the gradient, or does it shrink the weights directly?",
    variants=(
        Variant(value="gradient", title="added to the gradient", formula=r"g' = g + \lambda p",
                words="An L2 penalty. Adam divides by the gradient's size, so that alone it moves every weight by the "
                      "learning rate, "
                      "whatever λ.", switch={"torch": "torch.optim.Adam(weight_decay=...)"}),
        Variant(value="decoupled", title="decoupled", formula=r"p' = (1 - \eta \lambda) p - \ldots",
                words="AdamW: every weight shrinks by the same share.",
                switch={"torch": "torch.optim.AdamW", "keras": "Adam(weight_decay=...) or AdamW", "jax": "optax.adamw"})),
    probe=Probe(compute="optimizer", arguments={"name": "adam", "p": [10.0], "gradients": [[0.0]], "rates": 0.1,
                                                "weight_decay": 1.0}),
    example="From 10, one step with gradient 0, rate 0.1 and λ = 1 leads to {0} or {1}.",
    consequence="Adam(weight_decay=0.1) has the same spelling in PyTorch and Keras, and is another algorithm.",
    snippets={**steps(p=10.0, gradients=[0.0], torch="torch.optim.Adam([p], lr=0.1, weight_decay=1.0)",
                      keras="keras.optimizers.Adam(0.1, weight_decay=1.0)", jax="optax.adamw(0.1, weight_decay=1.0)"),
              **onnx_steps("Adam", "beta = 0.999, norm_coefficient = 1.0", p=10.0, gradients=[0.0], rates=0.1, states=2,
                           first=1)},
    absent={"tensorflow": "tf.compat.v1.train.AdamOptimizer has no weight decay", **NO_KERNEL},
    sources=(TORCH.format("Adam"), KERAS.format("adam"), OPTAX, "https://arxiv.org/abs/1711.05101"))

DEFAULT_DECAY = AtlasRow(
    layer="adamw", option="weight_decay", title="default weight decay of AdamW", group="optimizer", leads=("O6c",),
    question="How large is AdamW's weight decay unless told otherwise?",
    variants=tuple(Variant(value=value, title=f"{value:g}", formula=rf"\lambda = {value}", words=words,
                           switch={"torch": f"weight_decay={value:g}", "keras": f"weight_decay={value:g}",
                                   "jax": f"weight_decay={value:g}"})
                   for value, words in ((0.01, "PyTorch's."), (0.004, "Keras's."), (0.0001, "Optax's."))),
    probe=Probe(compute="optimizer", arguments={"name": "adam", "p": [1.0], "gradients": [[0.0]], "rates": 1.0,
                                                "decay": "decoupled"}),
    example="From 1, one step with gradient 0 and rate 1 leads to {0}, {1} or {2:.6g}.",
    consequence="AdamW without further arguments regularises a hundred times as much in one library as in another.",
    snippets=steps(gradients=[0.0], torch="torch.optim.AdamW([p], lr=1.0)", keras="keras.optimizers.AdamW(1.0)",
                   jax="optax.adamw(1.0)"),
    absent={"tensorflow": "tf.compat.v1.train has no AdamW", **NO_TRAINING},
    sources=(TORCH.format("AdamW"), KERAS.format("adamw"), OPTAX))

AMSGRAD = AtlasRow(
    layer="amsgrad", option="maximum", title="maximum that AMSGrad keeps", group="optimizer", leads=("O11",),
    question="Of what does AMSGrad keep the maximum: of the running mean of squares, or of the corrected one?",
    variants=(
        Variant(value="raw", title="of the raw mean", formula=r"\hat v = \frac{\max_{s \le t} v_s}{1 - \beta_2^t}",
                words="The maximum first, then the bias correction."),
        Variant(value="corrected", title="of the corrected mean", formula=r"\hat v = \max_{s \le t} \frac{v_s}{1 - \beta_2^s}",
                words="The correction first. The very first gradients, whose correction is largest, count for ever.")),
    probe=Probe(compute="amsgrad", arguments={"p": [1.0], "gradients": [[1.0], [0.1], [0.1]], "rate": 0.1}),
    example="From 1, steps with the gradients 1, 0.1 and 0.1 and rate 0.1 lead to {0} or {1}.",
    consequence="After one large gradient at the start, one of the two goes on with much smaller steps.",
    snippets=steps(gradients=[1.0, 0.1, 0.1], torch="torch.optim.Adam([p], lr=0.1, amsgrad=True)",
                   keras="keras.optimizers.Adam(0.1, amsgrad=True)", jax="optax.amsgrad(0.1)"),
    absent={"tensorflow": "tf.compat.v1.train.AdamOptimizer has no AMSGrad", **NO_TRAINING},
    sources=(TORCH.format("Adam"), KERAS.format("adam"), OPTAX, "https://arxiv.org/abs/1904.09237"))

ADAMAX = AtlasRow(
    layer="adamax", option="epsilon_in", title="Adamax epsilon", group="optimizer", leads=("O9",),
    question="Is Adamax's epsilon added to the gradient inside the maximum, or to the denominator?",
    variants=(
        Variant(value="maximum", title="inside the maximum", formula=r"u = \max(\beta_2 u, |g| + \epsilon)",
                words="It is kept in the state, and fades with it."),
        Variant(value="denominator", title="to the denominator", formula=r"\frac{m}{(1 - \beta_1^t)(u + \epsilon)}",
                words="It is added anew at each step.")),
    probe=Probe(compute="adamax", arguments={"p": [1.0], "gradients": [[1.0], [0.1]], "rate": 0.1, "beta_1": 0.9, "beta_2": 0.5,
                                             "epsilon": 1.0}),
    example="From 1, steps with the gradients 1 and 0.1, rate 0.1, β₂ = 0.5 and epsilon 1 lead to {0} or {1}.",
    consequence="Only with a large epsilon or a small β₂ does it show; with the defaults the sixth digit differs.",
    snippets=steps(gradients=[1.0, 0.1], torch="torch.optim.Adamax([p], lr=0.1, betas=(0.9, 0.5), eps=1.0)",
                   keras="keras.optimizers.Adamax(0.1, beta_2=0.5, epsilon=1.0)", jax="optax.adamax(0.1, b2=0.5, eps=1.0)"),
    absent={"tensorflow": "tf.compat.v1.train has no Adamax", **NO_TRAINING},
    sources=(TORCH.format("Adamax"), KERAS.format("adamax"), OPTAX))

NADAM = AtlasRow(
    layer="nadam", option="schedule", title="momentum schedule of Nadam", group="optimizer", leads=("O10",),
    question="How fast does Nadam's momentum grow to β₁?",
    variants=(
        Variant(value="slow", title="0.96 to the power 0.004 t",
                formula=r"\mu_t = \beta_1 \left(1 - \frac{0.96^{0.004 t}}{2}\right)",
                words="Over thousands of steps: the momentum starts at half of β₁ and stays there for a while.",
                switch={"torch": "momentum_decay=0.004, the default"}),
        Variant(value="fast", title="0.96 to the power t", formula=r"\mu_t = \beta_1 \left(1 - \frac{0.96^t}{2}\right)",
                words="Within a hundred steps.", switch={"torch": "momentum_decay=1.0"}),
        Variant(value="constant", title="none", formula=r"\mu_t = \beta_1", words="β₁ from the first step.")),
    probe=Probe(compute="nadam", arguments={"p": [1.0], "gradients": [[1.0], [0.5], [-0.5]], "rate": 0.1}),
    example="From 1, steps with the gradients 1, 0.5 and -0.5 and rate 0.1 lead to {0}, {1} or {2}.",
    consequence="Three libraries, three algorithms of one name: the first thousand steps have other lengths.",
    snippets=steps(gradients=[1.0, 0.5, -0.5], torch="torch.optim.NAdam([p], lr=0.1)", keras="keras.optimizers.Nadam(0.1)",
                   jax="optax.nadam(0.1)"),
    absent={"tensorflow": "tf.compat.v1.train has no Nadam", **NO_TRAINING},
    sources=(TORCH.format("NAdam"), KERAS.format("Nadam"), OPTAX))

ROWS = (EPSILON_IN, EPSILON, COUNT, DECAY, DEFAULT_DECAY, AMSGRAD, ADAMAX, NADAM)
