"""RMSprop, Adagrad and Adadelta: where epsilon stands, what the defaults are."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere, snippet
from nnparity.cases.snippets.calls import onnx_steps, steps

NO_TRAINING = everywhere("of the optimizers ONNX's preview training domain has Adam, Adagrad and Momentum only", "onnx",
                         "onnxruntime")
NO_KERNEL = {"onnxruntime": "ONNX Runtime's inference package has no kernel for the preview training operators"}
NO_RATE = {"jax": "optax has no default learning rate", "onnx": "the learning rate is an input", "onnxruntime": "as for onnx"}
TORCH = "https://docs.pytorch.org/docs/stable/generated/torch.optim.{}.html"
KERAS = "https://keras.io/api/optimizers/{}/"
OPTAX = "https://optax.readthedocs.io/en/latest/api/optimizers.html"
ONNX = "https://onnx.ai/onnx/operators/onnx_aionnxpreviewtraining_{}.html"
TF1 = "https://www.tensorflow.org/api_docs/python/tf/compat/v1/train/{}"
FALLING = "lambda count: jnp.array([0.1, 0.1, 0.01])[count]"
CHANGING = {"p": [1.0], "gradients": [[0.5]] * 3, "rates": [0.1, 0.1, 0.01]}

RMSPROP = (TORCH.format("RMSprop"), KERAS.format("rmsprop"), OPTAX, TF1.format("RMSPropOptimizer"),
           "https://github.com/google-deepmind/optax/issues/532")
FROM_ONE = {"tensorflow": "its mean square starts from one, which rmsprop_state.initial measures"}

CENTERED = AtlasRow(
    layer="centered_rmsprop", option="epsilon_in", title="epsilon of centred RMSprop", group="optimizer", leads=("O2b",),
    question="Where is epsilon in RMSprop with centered=True?",
    variants=(
        Variant(value="outside", title="added to the root", formula=r"\frac{g}{\sqrt{s - m^2} + \epsilon}",
                words="The root of the variance, plus epsilon."),
        Variant(value="inside", title="under the root", formula=r"\frac{g}{\sqrt{s - m^2 + \epsilon}}",
                words="Keeps the root real where rounding makes the variance negative.",
                switch={"keras": "no option", "jax": "the default"})),
    probe=Probe(compute="optimizer", arguments={"name": "rmsprop", "p": [1.0], "gradients": [[0.1], [0.2]], "rates": 0.1,
                                                "rho": 0.9,
                                                "epsilon": 0.01, "centered": True}),
    example="From 1, steps with the gradients 0.1 and 0.2, rate 0.1, decay 0.9 and epsilon 0.01 lead to {0} or {1}.",
    consequence="As for plain RMSprop, and more: the variance is smaller than the mean square, so that epsilon counts for more.",
    snippets=steps(gradients=[0.1, 0.2], torch="torch.optim.RMSprop([p], lr=0.1, alpha=0.9, eps=0.01, centered=True)",
                   keras="keras.optimizers.RMSprop(0.1, rho=0.9, epsilon=0.01, centered=True)",
                   jax="optax.rmsprop(0.1, decay=0.9, eps=0.01, centered=True)"),
    absent={**FROM_ONE, **NO_TRAINING}, sources=RMSPROP)

RMSPROP_RATE = AtlasRow(
    layer="rmsprop", option="rate_in", title="learning rate in RMSprop's momentum", group="optimizer", leads=("O2c",),
    question="Is the learning rate inside or outside the momentum buffer of RMSprop?",
    variants=(
        Variant(value="update", title="outside the buffer", formula=r"v = \beta v + \frac{g}{\sqrt{s}}, \quad p' = p - \eta v",
                words="A new rate applies to the whole buffer at once."),
        Variant(value="velocity", title="inside the buffer",
                formula=r"v = \beta v + \eta \frac{g}{\sqrt{s}}, \quad p' = p - v",
                words="What is in the buffer was scaled by the old rates. So in TensorFlow 1, and in papers made with it.")),
    probe=Probe(compute="optimizer", arguments={"name": "rmsprop", **CHANGING, "rho": 0.9, "momentum": 0.9, "epsilon": 0.0}),
    example="From 1, three steps with gradient 0.5 and the rates 0.1, 0.1 and 0.01 lead to {0} or {1}.",
    consequence="Networks trained with RMSprop, momentum and a falling rate (MobileNet, EfficientNet) are not reproduced.",
    snippets=steps(gradients=[0.5] * 3, rates=[0.1, 0.1, 0.01], torch="torch.optim.RMSprop([p], lr=0.1, alpha=0.9, momentum=0.9)",
                   keras="keras.optimizers.RMSprop(0.1, rho=0.9, momentum=0.9, epsilon=1e-12)",
                   jax=f"optax.rmsprop({FALLING}, momentum=0.9)"),
    absent={**FROM_ONE, **NO_TRAINING}, sources=RMSPROP)

RHO = AtlasRow(
    layer="rmsprop", option="rho", title="default decay of RMSprop", group="optimizer", leads=("O2d",),
    question="How fast does RMSprop forget unless told otherwise?",
    variants=(
        Variant(value=0.99, title="0.99", formula=r"s = 0.99 s + 0.01 g^2", words="Over a hundred steps.",
                switch={"keras": "rho=0.99", "jax": "decay=0.99"}),
        Variant(value=0.9, title="0.9", formula=r"s = 0.9 s + 0.1 g^2", words="Over ten steps: the value of the lecture.",
                switch={"torch": "alpha=0.9"})),
    probe=Probe(compute="optimizer", arguments={"name": "rmsprop", "p": [0.0], "gradients": [[100.0]], "rates": 0.1,
                                                "epsilon": 0.0}),
    example="From 0, one step with gradient 100 and rate 0.1 leads to {0} or {1}.",
    consequence="The first steps are three times as long, and the training is less even later.",
    snippets=steps(p=0.0, gradients=[100.0], torch="torch.optim.RMSprop([p], lr=0.1)", keras="keras.optimizers.RMSprop(0.1)",
                   jax="optax.rmsprop(0.1)"),
    absent={**FROM_ONE, **NO_TRAINING}, sources=RMSPROP)

RMSPROP_EPSILON = AtlasRow(
    layer="rmsprop_defaults", option="epsilon", title="default epsilon of RMSprop", group="optimizer", leads=("O2d",),
    question="How large is RMSprop's epsilon unless told otherwise, and where does it stand?",
    variants=tuple(Variant(value=f"{value:g} {place}", title=f"{value:g}, {words}", words=f"{where} {value:g}.", formula=formula,
                           config={"epsilon": value, "epsilon_in": place})
                   for value, place, words, formula, where in (
        (1e-8, "outside", "added to the root", r"\sqrt{s} + 10^{-8}", "Damps gradients below"),
        (1e-7, "inside", "under the root", r"\sqrt{s + 10^{-7}}", "Damps gradients below the root of"),
        (1e-8, "inside", "under the root", r"\sqrt{s + 10^{-8}}", "Damps gradients below the root of"),
        (1e-10, "inside", "under the root", r"\sqrt{s + 10^{-10}}", "Damps gradients below the root of"))),
    probe=Probe(compute="optimizer", arguments={"name": "rmsprop", "p": [0.0], "gradients": [[1e-5]], "rates": 1.0, "rho": 0.0}),
    example="From 0, one step with gradient 1e-5, rate 1 and decay 0 leads to {0}, {1}, {2} or {3}.",
    consequence="For gradients below 3e-4 Keras's RMSprop turns into plain gradient descent; PyTorch's does so below 1e-8.",
    snippets={**steps(p=0.0, gradients=[1e-5], torch="torch.optim.RMSprop([p], lr=1.0, alpha=0.0)",
                      keras="keras.optimizers.RMSprop(1.0, rho=0.0)", jax="optax.rmsprop(1.0, decay=0.0)"),
              "tensorflow": snippet("""
                  import tensorflow as tf
                  p = tf.Variable([0.0], dtype="float64")  # in float32 the mean square, from 1 to 1e-10, is rounded to 0
                  optimizer = tf.compat.v1.train.RMSPropOptimizer(1.0, decay=0.0)
                  optimizer.apply_gradients([(tf.constant([1e-5], "float64"), p)])
                  answer = p
                  print(answer)""")},
    absent=NO_TRAINING, sources=RMSPROP)

RMSPROP_LEARNING_RATE = AtlasRow(
    layer="rmsprop_defaults", option="learning_rate", title="default learning rate of RMSprop", group="optimizer", leads=("O2d",),
    question="What is the learning rate of RMSprop unless told otherwise?",
    variants=tuple(Variant(value=value, title=f"{value:g}", formula=rf"\eta = {value}", words=words, config={"rates": value})
                   for value, words in ((0.01, "PyTorch's."), (0.001, "Keras's."))),
    probe=Probe(compute="optimizer", arguments={"name": "rmsprop", "p": [0.0], "gradients": [[100.0]], "rho": 0.0,
                                                "epsilon": 0.0}),
    example="From 0, one step with gradient 100 and decay 0 leads to {0} or {1}.",
    consequence="With the defaults, PyTorch's RMSprop takes steps ten times as long.",
    snippets=steps(p=0.0, gradients=[100.0], torch="torch.optim.RMSprop([p], alpha=0.0)",
                   keras="keras.optimizers.RMSprop(rho=0.0)"),
    absent={"tensorflow": "RMSPropOptimizer has no default learning rate", **NO_RATE, **NO_TRAINING}, sources=RMSPROP)

RMSPROP_INITIAL = AtlasRow(
    layer="rmsprop_state", option="initial", title="first mean square of RMSprop", group="optimizer", leads=("O2d",),
    question="From what does RMSprop's mean square start?",
    variants=(
        Variant(value=0.0, title="zero", formula=r"s_0 = 0", words="The first steps are long: η / √(1 - ρ).",
                switch={"jax": "initial_scale=0.0, the default"}),
        Variant(value=1.0, title="one", formula=r"s_0 = 1", words="The first steps are as short as those of gradient descent.",
                switch={"jax": "initial_scale=1.0"})),
    probe=Probe(compute="rmsprop_from", arguments={"p": [1.0], "gradients": [[0.5]] * 2, "rate": 0.1, "rho": 0.9}),
    example="From 1, two steps with gradient 0.5, rate 0.1 and decay 0.9 lead to {0} or {1}.",
    consequence="A recipe from TensorFlow 1 diverges in the first steps elsewhere; PyTorch Image Models keeps an RMSpropTF "
                "for such recipes.",
    snippets=steps(gradients=[0.5] * 2, torch="torch.optim.RMSprop([p], lr=0.1, alpha=0.9)",
                   keras="keras.optimizers.RMSprop(0.1, rho=0.9, epsilon=1e-12)",
                   tensorflow="tf.compat.v1.train.RMSPropOptimizer(0.1, decay=0.9)", jax="optax.rmsprop(0.1, decay=0.9)"),
    absent=NO_TRAINING, sources=RMSPROP)

ADAGRAD_SOURCES = (TORCH.format("Adagrad"), KERAS.format("adagrad"), OPTAX, TF1.format("AdagradOptimizer"),
                   ONNX.format("Adagrad"))

ADAGRAD_START = AtlasRow(
    layer="adagrad", option="initial", title="first sum of squares of Adagrad", group="optimizer", leads=("O7",),
    question="From what does Adagrad's sum of squares start?",
    variants=(
        Variant(value=0.0, title="zero", formula=r"s_0 = 0", words="The first step has the length of the learning rate.",
                switch={"keras": "initial_accumulator_value=0.0", "jax": "initial_accumulator_value=0.0"}),
        Variant(value=0.1, title="0.1", formula=r"s_0 = \frac{1}{10}", words="Gradients below 0.3 start slowly.",
                switch={"torch": "initial_accumulator_value=0.1"})),
    probe=Probe(compute="adagrad", arguments={"p": [1.0], "gradients": [[0.5]], "rate": 0.1}),
    example="From 1, one step with gradient 0.5 and rate 0.1 leads to {0} or {1}.",
    consequence="Rare features, which Adagrad is made for, get their first long step in one library only.",
    snippets={**steps(gradients=[0.5], torch="torch.optim.Adagrad([p], lr=0.1)", keras="keras.optimizers.Adagrad(0.1)",
                      tensorflow="tf.compat.v1.train.AdagradOptimizer(0.1)", jax="optax.adagrad(0.1)")},
    absent=everywhere("the sum is an input of each step: the user's choice", "onnx", "onnxruntime"), sources=ADAGRAD_SOURCES)

ADAGRAD_EPSILON = AtlasRow(
    layer="adagrad", option="epsilon_in", title="Adagrad epsilon", group="optimizer", leads=("O7",),
    question="Does Adagrad add epsilon to the root of the sum of squares, or under the root?",
    variants=(
        Variant(value="outside", title="added to the root", formula=r"\frac{g}{\sqrt{s} + \epsilon}",
                words="Compared with a gradient."),
        Variant(value="inside", title="under the root", formula=r"\frac{g}{\sqrt{s + \epsilon}}",
                words="Compared with a squared gradient.")),
    probe=Probe(compute="adagrad", arguments={"p": [1.0], "gradients": [[0.1]], "rate": 0.1, "epsilon": 0.01}),
    example="From 1, one step with gradient 0.1, rate 0.1 and epsilon 0.01 leads to {0} or {1}.",
    consequence="As for RMSprop: a tuned epsilon cannot be copied.",
    snippets={**steps(gradients=[0.1], torch="torch.optim.Adagrad([p], lr=0.1, eps=0.01)",
                      keras="keras.optimizers.Adagrad(0.1, initial_accumulator_value=0.0, epsilon=0.01)",
                      jax="optax.adagrad(0.1, initial_accumulator_value=0.0, eps=0.01)"),
              **onnx_steps("Adagrad", "epsilon = 0.01", gradients=[0.1], rates=0.1, states=1, first=0),
              "tensorflow": snippet("""
                  import tensorflow as tf
                  p, s = tf.Variable([1.0]), tf.Variable([0.0])
                  tf.raw_ops.ResourceApplyAdagradV2(var=p.handle, accum=s.handle, lr=0.1, epsilon=0.01, grad=tf.constant([0.1]))
                  answer = p
                  print(answer)""")},
    absent=NO_KERNEL, sources=ADAGRAD_SOURCES)

ADAGRAD_RATE = AtlasRow(
    layer="adagrad", option="learning_rate", title="default learning rate of Adagrad", group="optimizer", leads=("O7",),
    question="What is the learning rate of Adagrad unless told otherwise?",
    variants=tuple(Variant(value=value, title=f"{value:g}", formula=rf"\eta = {value}", words=words, config={"rate": value})
                   for value, words in ((0.01, "PyTorch's, and the paper's order of magnitude."), (0.001, "Keras's."))),
    probe=Probe(compute="adagrad", arguments={"p": [0.0], "gradients": [[100.0]]}),
    example="From 0, one step with gradient 100 leads to {0} or {1}.",
    consequence="Adagrad's steps only shrink: with a rate ten times smaller a training never gets there.",
    snippets=steps(p=0.0, gradients=[100.0], torch="torch.optim.Adagrad([p])", keras="keras.optimizers.Adagrad()"),
    absent={"tensorflow": "AdagradOptimizer has no default learning rate", **NO_RATE}, sources=ADAGRAD_SOURCES)

ADADELTA = (TORCH.format("Adadelta"), KERAS.format("adadelta"), OPTAX, TF1.format("AdadeltaOptimizer"),
            "https://arxiv.org/abs/1212.5701")


def _adadelta(option, title, question, values, arguments, example, consequence, **made):
    name = {"rho": r"\rho", "epsilon": r"\epsilon", "learning_rate": r"\eta"}[option]
    return AtlasRow(
        layer="adadelta", option=option, title=title, group="optimizer", leads=("O8",), question=question,
        variants=tuple(Variant(value=value, title=f"{value:g}", formula=f"{name} = {formula}", words=words,
                               config={"rate" if option == "learning_rate" else option: value}) for value, formula,
                       words in values),
        probe=Probe(compute="adadelta", arguments={"p": [0.0], **arguments}), example=example, consequence=consequence,
        snippets=steps(p=0.0, gradients=[g for (g,) in arguments["gradients"]], **made),
        absent={**NO_TRAINING, **({} if "tensorflow" in made else {"tensorflow": "not an option that could be measured alone"}),
                **({} if "jax" in made else NO_RATE)}, sources=ADADELTA)


ADADELTA_RHO = _adadelta(
    "rho", "default decay of Adadelta", "How fast does Adadelta forget unless told otherwise?",
    ((0.9, "0.9", "Over ten steps."), (0.95, "0.95", "Over twenty steps: the paper's.")),
    {"gradients": [(1.0,), (1.0,)], "rate": 1.0, "epsilon": 0.01},
    "From 0, two steps with gradient 1, rate 1 and epsilon 0.01 lead to {0} or {1}.",
    "The steps grow at another pace, since what is remembered of them sets their length.",
    torch="torch.optim.Adadelta([p], lr=1.0, eps=0.01)", keras="keras.optimizers.Adadelta(1.0, epsilon=0.01)",
    tensorflow="tf.compat.v1.train.AdadeltaOptimizer(1.0, epsilon=0.01)", jax="optax.adadelta(1.0, eps=0.01)")
ADADELTA_EPSILON = _adadelta(
    "epsilon", "default epsilon of Adadelta", "How large is Adadelta's epsilon unless told otherwise?",
    ((1e-6, "10^{-6}", "The paper's."), (1e-7, "10^{-7}", "Keras's epsilon everywhere."), (1e-8, "10^{-8}", "TensorFlow 1's.")),
    {"gradients": [(1.0,)], "rate": 1.0, "rho": 0.9},
    "From 0, one step with gradient 1, rate 1 and decay 0.9 leads to {0}, {1} or {2}.",
    "Epsilon is no safeguard here but sets the first step, √ε: the smaller, the longer the method takes to start.",
    torch="torch.optim.Adadelta([p], lr=1.0, rho=0.9)", keras="keras.optimizers.Adadelta(1.0, rho=0.9)",
    tensorflow="tf.compat.v1.train.AdadeltaOptimizer(1.0, rho=0.9)", jax="optax.adadelta(1.0, rho=0.9)")
ADADELTA_RATE = _adadelta(
    "learning_rate", "default learning rate of Adadelta", "What is the learning rate of Adadelta unless told otherwise?",
    ((1.0, "1", "The paper has no learning rate."), (0.001, "0.001", "A thousandth of the paper's step.")),
    {"gradients": [(1.0,)], "rho": 0.9, "epsilon": 0.01},
    "From 0, one step with gradient 1, decay 0.9 and epsilon 0.01 leads to {0} or {1}.",
    "Keras's and TensorFlow's Adadelta seems not to learn at all: the steps are a thousand times too short.",
    torch="torch.optim.Adadelta([p], rho=0.9, eps=0.01)", keras="keras.optimizers.Adadelta(rho=0.9, epsilon=0.01)",
    tensorflow="tf.compat.v1.train.AdadeltaOptimizer(rho=0.9, epsilon=0.01)")

ROWS = (CENTERED, RMSPROP_RATE, RHO, RMSPROP_EPSILON, RMSPROP_LEARNING_RATE, RMSPROP_INITIAL, ADAGRAD_START, ADAGRAD_EPSILON,
        ADAGRAD_RATE, ADADELTA_RHO, ADADELTA_EPSILON, ADADELTA_RATE)
