"""Batch normalisation, dropout and flatten: the points on which correct implementations differ."""

from cases.convention import Convention, Variant

MODE = Convention(
    layer="batch_norm", option="mode", question="Whose mean and variance: the batch's or the running ones?",
    variants=(
        Variant(value="training", title="statistics of the batch", formula=r"\hat{x} = \frac{x - \mu_B}{\sqrt{v_B + \epsilon}}",
                words="Each batch is normalised by its own mean and variance, which are functions of x.",
                switch={"torch": "model.train()", "keras": "layer(x, training=True)", "onnx": "training_mode=1"}),
        Variant(value="inference", title="running statistics", formula=r"\hat{x} = \frac{x - \mu_R}{\sqrt{v_R + \epsilon}}",
                words="The averages that training has gathered, as constants.",
                switch={"torch": "model.eval()", "keras": "layer(x, training=False), the default of a call",
                        "onnx": "training_mode=0, the default"})),
    consequence="Outputs depend on what else is in the batch, or do not when they should. Freezing a layer switches the mode in "
                "Keras and does not in PyTorch.",
    sources=("https://keras.io/api/layers/normalization_layers/batch_normalization/",))

AXIS = Convention(
    layer="batch_norm", option="axis", question="On which axis do the channels stand?",
    variants=(
        Variant(value=1, title="channels on the second axis", formula=r"\mu_c = \frac{1}{N} \sum_{b, p} x_{bcp}",
                words="(batch, channels, height, width).", switch={"torch": "BatchNorm, no option", "keras": "axis=1"}),
        Variant(value=-1, title="channels on the last axis", formula=r"\mu_c = \frac{1}{N} \sum_{b, p} x_{bpc}",
                words="(batch, height, width, channels).", switch={"torch": "move the axis first",
                                                                                    "keras": "axis=-1, the default"})),
    consequence="No error where the two axes are equally long; every output is wrong.")

EPSILON = Convention(
    layer="batch_norm", option="epsilon", question="How large is epsilon?",
    variants=tuple(Variant(value=value, title=f"epsilon {value:g}",
                           formula=rf"\hat{{x}} = \frac{{x - \mu}}{{\sqrt{{v + 10^{{{power}}}}}}}", words=words,
                           switch={"torch": f"eps={value:g}", "keras": f"epsilon={value:g}", "onnx": f"epsilon={value:g}"})
                   for value, power, words in ((1e-5, -5, "The usual choice."),
                                               (1e-3, -3, "Shrinks channels whose variance is below a thousandth."))),
    consequence="Outputs differ in the fourth digit, more where the variance is small.",
    sources=("https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html",
             "https://keras.io/api/layers/normalization_layers/batch_normalization/"))

MOMENTUM_OF = Convention(
    layer="batch_norm", option="momentum_of", question="Does momentum weigh the old running statistics or the new ones?",
    variants=(
        Variant(value="old", title="momentum weighs the old statistics", formula=r"\mu' = m \cdot \mu + (1 - m) \cdot \mu_B",
                words="Close to one: the statistics move slowly.", switch={"keras": "momentum=0.99, the default",
                                                                                 "onnx": "momentum=0.9"}),
        Variant(value="new", title="momentum weighs the new statistics", formula=r"\mu' = (1 - m) \cdot \mu + m \cdot \mu_B",
                words="Close to zero: the statistics move slowly.", switch={"torch": "momentum=0.1, the default"})),
    consequence="Training is the same; inference uses the statistics of nearly one batch, or of the first ones.",
    sources=("https://github.com/keras-team/keras/issues/6839",))

MOMENTUM = Convention(
    layer="batch_norm", option="momentum", question="How large is momentum?",
    variants=tuple(Variant(value=value, title=f"momentum {value:g}", formula=rf"m = {value:g} \,", words=words)
                   for value, words in ((0.9, "A tenth of the running statistics is replaced at each step."),
                                        (0.99, "A hundredth is replaced at each step."),
                                        (0.1, "Meant for the new statistics: a tenth is replaced at each step."))),
    consequence="Training is the same; inference differs.")

RUNNING_DIVISOR = Convention(
    layer="batch_norm", option="running_divisor", question="Which variance is averaged: over N or over N - 1?",
    variants=(
        Variant(value="n", title="running variance over N", formula=r"v_B = \frac{1}{N} \sum (x - \mu)^2",
                words="The variance that the batch was normalised with.", switch={"keras": "BatchNormalization, no option"}),
        Variant(value="n-1", title="running variance over N - 1", formula=r"v_B = \frac{1}{N - 1} \sum (x - \mu)^2",
                words="The unbiased one; normalisation itself still divides by N.", switch={"torch": "BatchNorm, no option"})),
    consequence="Training is the same; the running variance is off by N / (N - 1), much for small batches.",
    sources=("https://github.com/pytorch/pytorch/issues/19902", "https://github.com/pytorch/pytorch/issues/60528"))

SCALING = Convention(
    layer="dropout", option="scaling", question="Are the kept units scaled up in training?",
    variants=(
        Variant(value="inverted", title="kept units divided by 1 - rate", formula=r"y = \frac{x \odot m}{1 - p}",
                words="The expectation stays, so inference does nothing.",
                switch={"torch": "torch.nn.Dropout, no option", "keras": "keras.layers.Dropout, no option"}),
        Variant(value="none", title="kept units not rescaled", formula=r"y = x \odot m",
                words="The original form: inference multiplies by 1 - rate.",
                switch={"torch": "not available; multiply by 1 - rate"})),
    consequence="Activations in inference are too large or too small by 1 - rate.",
    sources=("https://jmlr.org/papers/v15/srivastava14a.html",))

ORDER = Convention(
    layer="flatten", option="order", question="In which order does a flattened image with its channels last stand?",
    variants=(
        Variant(value="as_stored", title="flattened as it is stored", formula=r"y_{(i \cdot W + j) \cdot C + k} = x_{ijk}",
                words="No number moves.", switch={"torch": "torch.nn.Flatten on a channels-last tensor",
                                                  "keras": "keras.layers.Flatten, no option"}),
        Variant(value="channels_first", title="flattened with the channels first",
                formula=r"y_{(k \cdot H + i) \cdot W + j} = x_{ijk}",
                words="The order of the same image in PyTorch's layout.",
                switch={"torch": "torch.nn.Flatten, no option",
                        "keras": "Flatten(data_format='channels_first') or a Permute before it"})),
    consequence="A dense kernel carried over meets the features in another order: no shape error, random predictions.",
    sources=("https://discuss.pytorch.org/t/transferring-weights-from-keras-to-pytorch/9889",))

CONVENTIONS = (MODE, AXIS, EPSILON, MOMENTUM_OF, MOMENTUM, RUNNING_DIVISOR, SCALING, ORDER)
