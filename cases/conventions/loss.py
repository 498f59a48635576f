"""The conventions of losses: factor, reduction, and what is done to a probability before its logarithm.

The atlas asks about the same options what frameworks do by default, with the variants that are somebody's default; here are
all that the reference computes, in the words of a diagnosis.
"""

from nnparity.cases.convention import Convention, Variant

REDUCTIONS = (
    ("mean", "mean over all elements", r"\frac{1}{N K} \sum_{n,k} e_{nk}", "Divided by the number of elements.",
     {"torch": 'reduction="mean", the default', "keras": 'reduction="sum_over_batch_size", the default'}),
    ("sum", "sum over all elements", r"\sum_{n,k} e_{nk}", "Divided by nothing.", {"torch": 'reduction="sum"'}),
    ("batch_mean", "sum over the outputs, mean over the examples", r"\frac{1}{N} \sum_{n,k} e_{nk}",
     "Divided by the number of examples: what texts mean by 1/m Σ.", {"torch": 'reduction="sum", then / len(x)'}),
    ("feature_mean", "sum over the examples, mean over the outputs", r"\frac{1}{K} \sum_{n,k} e_{nk}",
     "Divided by the number of outputs. Where the number of examples is meant, this is mistake K42.",
     {"keras": 'reduction="sum"'}),
)
BECAUSE = "Loss and gradient differ by a size: a learning rate does not carry over, and a gradient check is off by that factor."
NEVER = "A probability of zero has an infinite loss, or a finite one and no gradient."


def reductions(loss, *values):
    return Convention(
        layer=loss, option="reduction", question="Over what is the loss of a batch averaged or summed?", consequence=BECAUSE,
        variants=tuple(Variant(value=value, title=title, formula=formula, words=words, switch=switch)
                       for value, title, formula, words, switch in REDUCTIONS if value in values))


def clips(loss, *values):
    formulas = {"none": r"-\log p", "probability": r"-\log \min(\max(p, \epsilon), 1 - \epsilon)", "log": r"-\max(\log p, -100)"}
    titles = {"none": "probabilities not clipped", "probability": "probabilities clipped to [1e-7, 1 - 1e-7]",
              "log": "logarithms no less than -100"}
    return Convention(
        layer=loss, option="clip", question="What is done to a probability of zero?", consequence=NEVER,
        variants=tuple(Variant(value=value, title=titles[value], formula=formulas[value], words="Differs at the bounds alone.")
                       for value in values))


SCALE = Convention(
    layer="squared_error", option="scale", question="Is the squared error halved?", consequence=BECAUSE,
    variants=(
        Variant(value="full", title="the whole square", formula=r"(x - t)^2", words="Its derivative is 2 (x - t)."),
        Variant(value="half", title="half the square", formula=r"\frac{1}{2} (x - t)^2", words="Its derivative is x - t.")))

NORMALISE = Convention(
    layer="categorical_cross_entropy", option="normalise", question="Are probabilities divided by their sum first?",
    consequence="Equal as long as the probabilities sum to one; the gradients differ all the same.",
    variants=(
        Variant(value="none", title="probabilities as they are", formula=r"-\log p_t", words="They are trusted to sum to one.",
                switch={"torch": "nll_loss(log p, t)"}),
        Variant(value="before_clip", title="probabilities divided by their sum, then clipped",
                formula=r"-\log \mathrm{clip}(p_t / \sum_k p_k)", words="The gradient runs through the division.",
                switch={"keras": "CategoricalCrossentropy()"}),
        Variant(value="after_clip", title="probabilities clipped, then divided by their sum",
                formula=r"-\log \left(\mathrm{clip}(p_t) / \sum_k \mathrm{clip}(p_k)\right)",
                words="The gradient runs through the division.", switch={"keras": "SparseCategoricalCrossentropy()"})))

CONVENTIONS = (
    SCALE, reductions("squared_error", "mean", "sum", "batch_mean", "feature_mean"),
    reductions("binary_cross_entropy", "mean", "sum", "batch_mean", "feature_mean"),
    clips("binary_cross_entropy", "none", "probability", "log"),
    reductions("categorical_cross_entropy", "mean", "sum"), clips("categorical_cross_entropy", "none", "probability"), NORMALISE,
    reductions("softmax_cross_entropy", "mean", "sum"),
)
