"""Batch normalisation and dropout: the conventions that are no row of the atlas."""

from nnparity.cases.convention import Convention, Variant

MOMENTUM = Convention(
    layer="batch_norm", option="momentum", question="How large is momentum?",
    variants=tuple(Variant(value=value, title=f"momentum {value:g}", formula=rf"m = {value:g} \,", words=words)
                   for value, words in ((0.9, "A tenth of the running statistics is replaced at each step."),
                                        (0.99, "A hundredth is replaced at each step."),
                                        (0.1, "Meant for the new statistics: a tenth is replaced at each step."))),
    consequence="Training is the same; inference differs.")

SCALING = Convention(
    layer="dropout", option="scaling", question="Does dropout scale up in training the units that it keeps?",
    variants=(
        Variant(value="inverted", title="kept units divided by 1 - rate", formula=r"y = \frac{x \odot m}{1 - p}",
                words="The expectation stays, so inference does nothing.",
                switch={"torch": "torch.nn.Dropout, no option", "keras": "keras.layers.Dropout, no option"}),
        Variant(value="none", title="kept units not rescaled", formula=r"y = x \odot m",
                words="The original form: inference multiplies by 1 - rate.",
                switch={"torch": "not available; multiply by 1 - rate"})),
    consequence="Activations in inference are too large or too small by 1 - rate.",
    sources=("https://jmlr.org/papers/v15/srivastava14a.html",))

CONVENTIONS = (MOMENTUM, SCALING)
