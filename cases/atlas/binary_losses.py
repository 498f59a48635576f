"""Losses of two classes: binary cross-entropy and hinge, their limits and their labels."""

from nnparity.cases.convention import AtlasRow, Probe, Variant
from nnparity.cases.snippets.blocks import everywhere, gradients
from nnparity.cases.snippets.calls import call

NO_LOSS = everywhere("ONNX has no such loss", "onnx", "onnxruntime")
LOGITS_ONLY = {"tensorflow": "tf.nn has no cross-entropy of probabilities; tf.keras is Keras",
               "jax": "optax has no cross-entropy of probabilities", **NO_LOSS}
BCE = "https://docs.pytorch.org/docs/stable/generated/torch.nn.BCELoss.html"
KERAS = "https://keras.io/api/losses/probabilistic_losses/"
KERAS_HINGE = "https://keras.io/api/losses/hinge_losses/"
OPTAX = "https://optax.readthedocs.io/en/latest/api/losses.html"

PREDICTION = AtlasRow(
    layer="binary_cross_entropy", option="prediction", title="input of binary cross-entropy", group="loss", leads=("L2",),
    question="Is the plain binary cross-entropy fed probabilities or logits?",
    variants=(
        Variant(value="probabilities", title="probabilities", formula=r"-t \log p - (1 - t) \log(1 - p)",
                words="The network ends with a sigmoid.", switch={"torch": "BCELoss", "keras": "the default"}),
        Variant(value="logits", title="logits", formula=r"\max(a, 0) - a t + \log(1 + e^{-|a|})",
                words="The loss applies the sigmoid, without overflow.",
                switch={"torch": "BCEWithLogitsLoss", "keras": "BinaryCrossentropy(from_logits=True)"})),
    probe=Probe(compute="loss", arguments={"kind": "binary_cross_entropy", "x": [[0.2]], "target": [[1.0]]}),
    example="0.2 for a positive example costs {0} or {1}.",
    consequence="A sigmoid before a loss that applies it again: the loss cannot fall below 0.313 and training is slow.",
    snippets=call({"x": "[[0.2]]", "t": "[[1.0]]"}, torch="torch.nn.BCELoss()(x, t)",
                  keras="keras.losses.BinaryCrossentropy()(t, x)",
                  tensorflow="tf.nn.sigmoid_cross_entropy_with_logits(t, x)", jax="optax.sigmoid_binary_cross_entropy(x, t)"),
    absent=NO_LOSS, sources=(BCE, KERAS, OPTAX))

CLIP = AtlasRow(
    layer="binary_cross_entropy", option="clip", title="binary cross-entropy at a probability of 0", group="loss", leads=("L2",),
    question="What does probability zero cost for a positive example in binary cross-entropy?",
    variants=(
        Variant(value="none", title="infinite", formula=r"-\log 0 = \infty",
                words="Nothing is done, as in a loss written by hand."),
        Variant(value="probability", title="16.1: the probability held at 1e-7", formula=r"-\log 10^{-7}",
                words="The probability is clipped to [1e-7, 1 - 1e-7].",
                switch={"torch": "BCELoss()(p.clamp(1e-7, 1 - 1e-7), t)"}),
        Variant(value="log", title="100: the logarithm held at -100", formula=r"-\max(\log 0, -100)",
                words="Any probability down to 1e-44 has its true loss.")),
    probe=Probe(compute="loss", arguments={"kind": "binary_cross_entropy", "x": [[0.0]], "target": [[1.0]]}),
    example="It costs {0}, {1} or {2}.",
    consequence="One example that is saturated and wrong weighs six times as much in one framework as in the other.",
    snippets=call({"p": "[[0.0]]", "t": "[[1.0]]"}, torch="torch.nn.BCELoss()(p, t)",
                  keras="keras.losses.BinaryCrossentropy()(t, p)"),
    absent=LOGITS_ONLY, sources=(BCE, KERAS))

AT_ONE = AtlasRow(
    layer="sigmoid_cross_entropy", option="bound", title="binary cross-entropy at a probability of 1", group="loss",
    leads=("L2",),
    question="What does probability one cost a negative example in binary cross-entropy? Is the clipping symmetric?",
    variants=(
        Variant(value="none", title="infinite", formula=r"-\log 0 = \infty", words="Nothing is done."),
        Variant(value="exact", title="16.12", formula=r"-\log 10^{-7}", words="The same as probability zero for a positive one."),
        Variant(value="rounded", title="15.94", formula=r"-\log 2^{-23}",
                words="1 - 1e-7 is no float32 number: the next one is 1 - 1.19e-7."),
        Variant(value="log", title="100", formula=r"-\max(\log 0, -100)", words="The logarithm is held at -100.")),
    probe=Probe(compute="binary_cross_entropy_at_one"),
    example="It costs {0}, {1:.6g}, {2:.6g} or {3}.",
    consequence="A reference in float64 and the framework differ in the third digit at saturated predictions, on one side only.",
    snippets=call({"p": "[[1.0]]", "t": "[[0.0]]"}, torch="torch.nn.BCELoss()(p, t)",
                  keras="keras.losses.BinaryCrossentropy()(t, p)"),
    absent=LOGITS_ONLY, sources=(BCE, KERAS))

GRADIENT_AT_ZERO = AtlasRow(
    layer="sigmoid_cross_entropy", option="gradient", title="gradient of binary cross-entropy at a probability of 0",
    group="loss",
    leads=("L2b",), question="What is the gradient of binary cross-entropy by a probability that is zero for a positive example?",
    variants=(
        Variant(value="none", title="infinite", formula=r"-\frac{1}{0}", words="Nothing is done.", config={"clip": "none"}),
        Variant(value="probability", title="0", formula=r"0", words="Beyond the bound the clipped probability is constant.",
                config={"clip": "probability"}),
        Variant(value="log", title="-1e12", formula=r"\frac{p - t}{\max(p (1 - p), 10^{-12})}",
                words="Not the derivative of the loss, which is constant there, but a push in the right direction.",
                config={"clip": "log"})),
    probe=Probe(compute="loss", arguments={"kind": "binary_cross_entropy", "x": [[0.0]], "target": [[1.0]], "gradient": True}),
    example="It is {0}, {1} or {2}.",
    consequence="A saturated and wrong unit is never corrected in one framework, and explodes without a sigmoid in front in the "
                "other.",
    snippets=gradients("[[0.0]]", torch="torch.nn.functional.binary_cross_entropy(x, torch.ones(1, 1))",
                       keras="keras.losses.binary_crossentropy([[1.0]], x)"),
    absent=LOGITS_ONLY, sources=(BCE, KERAS))

TWO_BY_THREE = {"x": "[[1.0, -2.0, 0.8], [3.0, 0.0, -1.0]]", "t": "[[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]"}
PAIRS = {"x": [[1.0, -2.0, 0.8], [3.0, 0.0, -1.0]], "target": [[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]]}

REDUCTION = AtlasRow(
    layer="binary_cross_entropy", option="reduction", title="reduction of binary cross-entropy", group="loss", leads=("L22",),
    question="With several labels an example, over what is the binary cross-entropy averaged?",
    variants=(
        Variant(value="mean", title="mean over examples and labels", formula=r"\frac{1}{NK} \sum_{n,k} e_{nk}",
                words="One number.",
                switch={"torch": "the default", "keras": "the default"}),
        Variant(value="batch_mean", title="sum over labels, mean over examples", formula=r"\frac{1}{N} \sum_{n,k} e_{nk}",
                words="The log-likelihood of an example, averaged, as in the papers on variational autoencoders.",
                switch={"torch": "reduction='sum', then / len(x)"}),
        Variant(value="none", title="none", formula=r"e_{nk}", words="Every element is returned.",
                switch={"torch": "reduction='none'", "jax": "the default"})),
    probe=Probe(compute="loss", arguments={"kind": "binary_cross_entropy", "prediction": "logits", **PAIRS}),
    example="Two examples with three labels give {0}, {1} or {2}.",
    consequence="Beside a second term, as in a variational autoencoder, the balance of the two is off by the number of labels or "
                "pixels.",
    snippets=call(TWO_BY_THREE, torch="torch.nn.BCEWithLogitsLoss()(x, t)",
                  keras="keras.losses.BinaryCrossentropy(from_logits=True)(t, x)",
                  tensorflow="tf.nn.sigmoid_cross_entropy_with_logits(t, x)", jax="optax.sigmoid_binary_cross_entropy(x, t)"),
    absent=NO_LOSS, sources=(BCE, KERAS, OPTAX))

SMOOTHING = AtlasRow(
    layer="sigmoid_cross_entropy", option="toward", title="label smoothing of independent labels", group="loss", leads=("L12",),
    question="Toward what does label smoothing pull the labels of independent sigmoids?",
    variants=(
        Variant(value="half", title="one half", formula=r"t' = (1 - \epsilon) t + \frac{\epsilon}{2}",
                words="Each label has two classes."),
        Variant(value="uniform", title="1/K", formula=r"t' = (1 - \epsilon) t + \frac{\epsilon}{K}",
                words="As if the K labels of an example were classes of which one is right. For K = 2 the same.")),
    probe=Probe(compute="smoothed_binary_cross_entropy", arguments={**PAIRS, "amount": 0.2}),
    example="Three labels with ε = {amount} give {0} or {1}.",
    consequence="A helper made for one-hot labels, used on independent ones, pulls all predictions down.",
    snippets=call(TWO_BY_THREE, keras="keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.2)(t, x)",
                  tensorflow="tf.compat.v1.losses.sigmoid_cross_entropy(t, x, label_smoothing=0.2)",
                  jax="optax.sigmoid_binary_cross_entropy(x, optax.smooth_labels(t, 0.2)).mean()"),
    absent={"torch": "BCELoss has no label smoothing", **NO_LOSS}, sources=(KERAS, OPTAX))

FOCAL = AtlasRow(
    layer="focal", option="alpha", title="class balance of the focal loss", group="loss", leads=("L2",),
    question="Does the binary focal loss weight the classes by α = 0.25 unless told otherwise?",
    variants=(
        Variant(value="off", title="no weights", formula=r"-(1 - q)^\gamma \log q", words="Both classes count alike.",
                switch={"keras": "the default", "jax": "the default"}),
        Variant(value=0.25, title="1/4 for positive, 3/4 for negative", formula=r"-\alpha_t (1 - q)^\gamma \log q",
                words="The paper's best setting, and the default of torchvision's function.",
                switch={"keras": "apply_class_balancing=True", "jax": "alpha=0.25"})),
    probe=Probe(compute="focal", arguments={"x": [[1.0, -0.5]], "target": [[1.0, 0.0]]}),
    example="A positive example with logit 1 and a negative one with -0.5 cost {0} or {1}.",
    consequence="Loss and gradient are a quarter for positives: the recipe of a detector does not carry over.",
    snippets=call({"x": "[[1.0, -0.5]]", "t": "[[1.0, 0.0]]"},
                  keras="keras.losses.BinaryFocalCrossentropy(from_logits=True)(t, x)",
                  jax="optax.sigmoid_focal_loss(x, t).mean()"),
    absent={"torch": "torch.nn has no focal loss", "tensorflow": "tf.nn has no focal loss; tf.keras is Keras", **NO_LOSS},
    sources=(KERAS, OPTAX, "https://arxiv.org/abs/1708.02002"))

AS_GIVEN, DOUBLED = r"\max(0, 1 - t x)", r"\max(0, 1 - (2 t - 1) x)"

HINGE_LABELS = AtlasRow(
    layer="hinge", option="labels", title="labels 0 and 1 of the hinge loss", group="loss", leads=("L7",),
    question="Does the hinge loss accept the labels 0 and 1?",
    variants=(
        Variant(value="as_given", title="taken as they are", formula=AS_GIVEN,
                words="Labels have to be -1 and 1. A label 0 costs 1 whatever the prediction.", switch={"jax": "the default"}),
        Variant(value="mapped", title="mapped to -1 and 1", formula=DOUBLED,
                words="Keras does it where a batch has no other labels than 0 and 1, TensorFlow's older function always.",
                switch={"jax": "optax.hinge_loss(x, 2 * t - 1)"})),
    probe=Probe(compute="hinge", arguments={"x": [0.5, 0.8], "target": [0.0, 1.0]}),
    example="The predictions 0.5 and 0.8 for the labels 0 and 1 cost {0} or {1}.",
    consequence="Where they are taken as they are, negative examples have no gradient, and nothing is reported.",
    snippets=call({"x": "[0.5, 0.8]", "t": "[0.0, 1.0]"}, keras="keras.losses.Hinge()(t, x)",
                  tensorflow="tf.compat.v1.losses.hinge_loss(t, x)", jax="optax.hinge_loss(x, t).mean()"),
    absent={"torch": "torch.nn has no hinge loss of two classes", **NO_LOSS}, sources=(KERAS_HINGE, OPTAX))

HINGE_SIGNED = AtlasRow(
    layer="hinge", option="signed", title="labels -1 and 1 of the hinge loss", group="loss", leads=("L7",),
    question="Does the hinge loss accept the labels -1 and 1?",
    variants=(Variant(value="as_given", title="taken as they are", formula=AS_GIVEN,
                      words="The definition of the hinge loss.", config={"labels": "as_given"}),
              Variant(value="mapped", title="mapped to -3 and 1", formula=DOUBLED,
                      words="The loss expects 0 and 1 and doubles what it gets.", config={"labels": "mapped"})),
    probe=Probe(compute="hinge", arguments={"x": [0.5, 0.8], "target": [-1.0, 1.0]}),
    example="The predictions 0.5 and 0.8 for the labels -1 and 1 cost {0} or {1}.",
    consequence="Negative examples count three times as much as positive ones.",
    snippets=call({"x": "[0.5, 0.8]", "t": "[-1.0, 1.0]"}, keras="keras.losses.Hinge()(t, x)",
                  tensorflow="tf.compat.v1.losses.hinge_loss(t, x)", jax="optax.hinge_loss(x, t).mean()"),
    absent=HINGE_LABELS.absent, sources=(KERAS_HINGE, OPTAX))

HINGE_MARGIN = AtlasRow(
    layer="hinge", option="at_margin", title="derivative of the hinge loss at the margin", group="loss", leads=("L26",),
    question="What is the derivative of the hinge loss, max(0, 1 - x), at exactly x = 1?",
    variants=(
        Variant(value=-1.0, title="-1", formula=r"-1", words="Still inside the margin."),
        Variant(value=-0.5, title="-1/2", formula=r"-\frac{1}{2}", words="Half of each side: the maximum of two equal numbers."),
        Variant(value=0.0, title="0", formula=r"0", words="Already outside.")),
    probe=Probe(compute="hinge_derivative", arguments={"x": [0.0, 1.0, 2.0]}),
    example="At 0, 1 and 2 it is {0}, {1} or {2}.",
    consequence="A gradient check on integers, where outputs of exactly one are likely, finds a fault that is none.",
    snippets=gradients("[0.0, 1.0, 2.0]", torch="torch.nn.functional.hinge_embedding_loss(x, -torch.ones(3), reduction='sum')",
                       keras="3 * keras.losses.hinge([1.0, 1.0, 1.0], x)",
                       tensorflow="tf.compat.v1.losses.hinge_loss(tf.ones(3), x, reduction='weighted_sum')")
    | {"jax": "import jax, jax.numpy as jnp, optax\ndef f(x):\n    return optax.hinge_loss(x, jnp.ones(3)).sum()\n"
              "answer = jax.grad(f)(jnp.array([0.0, 1.0, 2.0]))\nprint(answer)"},
    absent=everywhere("ONNX describes forward passes only", "onnx", "onnxruntime"),
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.HingeEmbeddingLoss.html", KERAS_HINGE, OPTAX))

ROWS = (PREDICTION, CLIP, AT_ONE, GRADIENT_AT_ZERO, REDUCTION, SMOOTHING, FOCAL, HINGE_LABELS, HINGE_SIGNED, HINGE_MARGIN)
