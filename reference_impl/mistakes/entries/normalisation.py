"""What goes wrong on the way forward through batch and layer normalisation. Each entry changes lines of
reference_impl/layers/normalisation.py.

Threads: pytorch#7028, #60528, #19902 (running variance), keras#6839 (momentum), transformers PR 15332 (epsilon).
"""

from functools import partial

from nnparity.reference_impl.mistakes.edit import Edit, Line
from nnparity.reference_impl.mistakes.mistake import Mistake

BATCH, LAYER = ("batch_norm",), ("layer_norm",)
BOTH = BATCH + LAYER
TRAINING, INFERENCE = {"mode": "training"}, {"mode": "inference"}
# cases without a spatial axis
FLAT = ("batch_norm-training-float", "batch_norm-training-epsilon", "batch_norm-old-n", "batch_norm-new-unbiased")


def entry(*, id, kinds, case="", **fields):
    usual = "batch_norm-training-image-float64" if "batch_norm" in kinds else "layer_norm-sequence-float64"
    return Mistake(id=f"norm-{id}", area="normalisation", module="layers.normalisation", kinds=kinds, case=case or usual,
                   **fields)


forward, backward = partial(entry, part="forward"), partial(entry, part="backward")

SQUEEZED = Line("batch_norm", "np.squeeze(batch[k], others)")
BATCH_BACK = Line("batch_norm.vjp", "through_own_statistics(d, x_hat, scale, others)")
LAYER_BACK = Line("layer_norm.vjp", "through_own_statistics(d, x_hat, scale, -1)")
SCALE = Line("standardised", "scale = 1 / np.sqrt(variance + epsilon)")
CENTRED = Line("standardised", "return (x - mean) * scale, scale")
BATCH_MEAN = Line("batch_norm", "mean = x.mean(others, keepdims=True)")
BATCH_VARIANCE = Line("batch_norm", "variance = ((x - mean)**2).mean(others, keepdims=True)")
LAYER_MEAN = Line("layer_norm", "mean = x.mean(-1, keepdims=True)")
LAYER_VARIANCE = Line("layer_norm", "variance = ((x - mean)**2).mean(-1, keepdims=True)")
AFFINE = Line("scaled_and_shifted", '    y = x_hat * wide(params["gamma"]) if "gamma" in params else x_hat\n'
                                    '    return y + wide(params["beta"]) if "beta" in params else y')
MODE = Line("batch_norm", 'if mode == "inference":')
RUNNING = Line("batch_norm", 'batch = {"running_mean": mean, "running_variance": variance * unbiased}')
MOVED = Line("batch_norm", "outputs |= {k: old * running[k] + new * np.squeeze(batch[k], others) for k in running}")

LEAD = 'next(iter(params.values())).ndim - 1'

X_HAT = r"\hat{x} = \frac{x - \mu}{\sqrt{v + \epsilon}}"
VARIANCE = r"v = \frac{1}{N} \sum (x - \mu)^2"
Y = r"y = \gamma \hat{x} + \beta"

MISTAKES = (
    forward(id="epsilon-outside", title="epsilon added outside the square root",
            edit=SCALE.becomes("scale = 1 / (np.sqrt(variance) + epsilon)"),
            symptom="Off by about epsilon; more where the variance is small.",
            fix="Add epsilon to the variance.",
            correct=X_HAT, mistaken=r"\hat{x} = \frac{x - \mu}{\sqrt{v} + \epsilon}",
            kinds=BOTH, case="batch_norm-training-epsilon-float64"),
    forward(id="epsilon-left-out", title="epsilon left out",
            edit=SCALE.becomes("scale = 1 / np.sqrt(variance)"),
            symptom="Off where the variance is small, infinite where it is zero.",
            fix="Add epsilon to the variance.",
            correct=X_HAT, mistaken=r"\hat{x} = \frac{x - \mu}{\sqrt{v}}",
            kinds=BOTH, case="batch_norm-training-epsilon-float64"),
    forward(id="epsilon-squared", title="epsilon squared under the root",
            edit=SCALE.becomes("scale = 1 / np.sqrt(variance + epsilon**2)"),
            symptom="Off where the variance is small.",
            fix="Add epsilon itself to the variance.",
            correct=X_HAT, mistaken=r"\hat{x} = \frac{x - \mu}{\sqrt{v + \epsilon^2}}",
            kinds=BOTH, case="batch_norm-training-epsilon-float64"),
    forward(id="by-variance", title="divided by the variance instead of its square root",
            edit=SCALE.becomes("scale = 1 / (variance + epsilon)"),
            symptom="Outputs have not variance one.",
            fix="Divide by the standard deviation.",
            correct=X_HAT, mistaken=r"\hat{x} = \frac{x - \mu}{v + \epsilon}",
            kinds=BOTH),
    forward(id="not-centred", title="mean not subtracted",
            edit=CENTRED.becomes("return x * scale, scale"),
            symptom="Outputs have not mean zero.",
            fix="Subtract the mean.",
            correct=X_HAT, mistaken=r"\hat{x} = \frac{x}{\sqrt{v + \epsilon}}",
            kinds=BOTH),
    forward(id="not-scaled", title="not divided by the standard deviation",
            edit=SCALE.becomes("scale = 1 + 0 * variance"),
            symptom="Outputs have not variance one.",
            fix="Divide by the standard deviation.",
            correct=X_HAT, mistaken=r"\hat{x} = x - \mu",
            kinds=BOTH),
    forward(id="root-mean-square", title="divided by the root mean square of x itself",
            edit=SCALE.becomes("scale = 1 / np.sqrt(variance + mean**2 + epsilon)"),
            symptom="Right for inputs of mean zero.",
            fix="Take the variance around the mean, or drop the centring as well (RMS normalisation).",
            correct=VARIANCE, mistaken=r"v = \frac{1}{N} \sum x^2",
            kinds=BOTH),
    forward(id="batch-unbiased", title="variance of the batch divided by N - 1",
            edit=BATCH_VARIANCE.replacing(".mean(others, keepdims=True)",
                                          ".sum(others, keepdims=True) * mean.size / (x.size - mean.size)"),
            symptom="Off by the factor √(1 - 1/N): a default of torch.var, not of numpy.var.",
            fix="Normalise with the biased variance; N - 1 belongs to the running one at most.",
            correct=VARIANCE, mistaken=r"v = \frac{1}{N-1} \sum (x - \mu)^2",
            kinds=BATCH, config=TRAINING, source="https://github.com/pytorch/pytorch/issues/19902"),
    forward(id="batch-unbiased-alone", title="normalised by the variance over N - 1, the running variance apart from it",
            edit=Edit(function="batch_norm",
                      right="x_hat, scale = standardised(x, mean, variance, epsilon)\n"
                            "    x_hat = loses(x_hat, x * scale)  # lib",
                      wrong="x_hat, scale = standardised(x, mean, variance * x.size / (x.size - mean.size), epsilon)\n"
                            "    x_hat = loses(x_hat, x * scale)  # lib"),
            symptom="Off by the factor √(1 - 1/N).",
            fix="Normalise with the biased variance.",
            correct=VARIANCE, mistaken=r"v = \frac{1}{N-1} \sum (x - \mu)^2",
            kinds=BATCH, config=TRAINING, source="https://github.com/pytorch/pytorch/issues/19902"),
    forward(id="layer-unbiased", title="variance of the features divided by N - 1",
            edit=LAYER_VARIANCE.replacing(".mean(-1, keepdims=True)", ".sum(-1, keepdims=True) / (x.shape[-1] - 1)"),
            symptom="Off by the factor √(1 - 1/N): a default of torch.std.",
            fix="Take the biased variance.",
            correct=VARIANCE, mistaken=r"v = \frac{1}{N-1} \sum (x - \mu)^2",
            kinds=LAYER),
    forward(id="over-batch-only", title="statistics of each position over the batch alone",
            edit=BATCH_MEAN.becomes("others = others[:1]; mean = x.mean(others, keepdims=True)"),
            also=(BATCH_VARIANCE.becomes(
                      f"{BATCH_VARIANCE.text}\n"
                      "        wide_over, others = others, tuple(i for i in range(lead, x.ndim) if i != channels)"),
                  SQUEEZED.becomes("np.squeeze(batch[k].mean(others, keepdims=True), others)"),
                  BATCH_BACK.becomes("through_own_statistics(d, x_hat, scale, wide_over)")),
            symptom="Right without spatial axes.",
            fix="Average over batch and positions: one mean for each channel.",
            correct=r"\mu_c = \frac{1}{B P} \sum_b \sum_p x_{bcp}", mistaken=r"\mu_{cp} = \frac{1}{B} \sum_b x_{bcp}",
            kinds=BATCH, config=TRAINING, blind=FLAT),
    forward(id="over-each-example", title="statistics of each example (instance normalisation)",
            edit=BATCH_MEAN.becomes("own = others[1:] or others; mean = x.mean(own, keepdims=True)"),
            also=(BATCH_VARIANCE.replacing("others", "own"),
                  SQUEEZED.becomes("np.squeeze(batch[k].mean(others, keepdims=True), others)"),
                  BATCH_BACK.becomes("through_own_statistics(d, x_hat, scale, own)")),
            symptom="The batch does not matter.",
            fix="Average over the batch too: one mean for each channel.",
            correct=r"\mu_c = \frac{1}{B P} \sum_b \sum_p x_{bcp}", mistaken=r"\mu_{bc} = \frac{1}{P} \sum_p x_{bcp}",
            kinds=BATCH, config=TRAINING, blind=FLAT),
    forward(id="over-everything", title="one mean and variance for all channels together",
            edit=BATCH_MEAN.becomes("own = tuple(range(lead, x.ndim)); mean = x.mean(own, keepdims=True)"),
            also=(BATCH_VARIANCE.replacing("others", "own"),
                  SQUEEZED.becomes("np.squeeze(batch[k], others) * np.ones(running[k].shape)"),
                  BATCH_BACK.becomes("through_own_statistics(d, x_hat, scale, own)")),
            symptom="Channels keep their differences.",
            fix="Average over everything but the channels.",
            correct=r"\mu_c = \frac{1}{B P} \sum_b \sum_p x_{bcp}",
            mistaken=r"\mu = \frac{1}{B C P} \sum_b \sum_c \sum_p x_{bcp}",
            kinds=BATCH, config=TRAINING),
    forward(id="over-channels", title="statistics over the channels (layer normalisation)",
            edit=BATCH_MEAN.becomes("own = channels; mean = x.mean(own, keepdims=True)"),
            also=(BATCH_VARIANCE.replacing("others", "own"),
                  SQUEEZED.becomes("np.squeeze(batch[k].mean(others, keepdims=True), others) * np.ones(running[k].shape)"),
                  BATCH_BACK.becomes("through_own_statistics(d, x_hat, scale, own)")),
            symptom="The batch does not matter.",
            fix="Average over everything but the channels.",
            correct=r"\mu_c = \frac{1}{B P} \sum_b \sum_p x_{bcp}", mistaken=r"\mu_{bp} = \frac{1}{C} \sum_c x_{bcp}",
            kinds=BATCH, config=TRAINING),
    forward(id="layer-over-batch", title="layer normalisation over the first axis",
            edit=LAYER_MEAN.becomes(f"over = {LEAD}; mean = x.mean(over, keepdims=True)"),
            also=(LAYER_VARIANCE.replacing("-1", "over"), LAYER_BACK.becomes("through_own_statistics(d, x_hat, scale, over)")),
            symptom="Examples of a batch influence each other.",
            fix="Average over the features of each example.",
            correct=r"\mu_b = \frac{1}{F} \sum_f x_{bf}", mistaken=r"\mu_f = \frac{1}{B} \sum_b x_{bf}",
            kinds=LAYER, case="layer_norm-generic-float64"),
    forward(id="layer-over-time", title="layer normalisation over the time steps",
            edit=LAYER_MEAN.becomes("over = -2; mean = x.mean(over, keepdims=True)"),
            also=(LAYER_VARIANCE.replacing("-1", "over"), LAYER_BACK.becomes("through_own_statistics(d, x_hat, scale, over)")),
            symptom="Later steps influence earlier ones.",
            fix="Average over the features of each step.",
            correct=r"\mu_{bt} = \frac{1}{F} \sum_f x_{btf}", mistaken=r"\mu_{bf} = \frac{1}{T} \sum_t x_{btf}",
            kinds=LAYER, only=("sequence", "square")),
    forward(id="layer-over-example", title="layer normalisation over all axes of an example",
            edit=LAYER_MEAN.becomes(f"over = tuple(range({LEAD} + 1, x.ndim)); mean = x.mean(over, keepdims=True)"),
            also=(LAYER_VARIANCE.replacing("-1", "over"), LAYER_BACK.becomes("through_own_statistics(d, x_hat, scale, over)")),
            symptom="Later steps influence earlier ones.",
            fix="Average over the features of each step.",
            correct=r"\mu_{bt} = \frac{1}{F} \sum_f x_{btf}", mistaken=r"\mu_b = \frac{1}{T F} \sum_t \sum_f x_{btf}",
            kinds=LAYER, only=("sequence", "square")),
    forward(id="gamma-left-out", title="gamma left out",
            edit=AFFINE.replacing('x_hat * wide(params["gamma"]) if "gamma" in params else x_hat', "x_hat"),
            symptom="Invisible as long as gamma is one.",
            fix="Multiply by gamma.",
            correct=Y, mistaken=r"y = \hat{x} + \beta",
            kinds=BOTH),
    forward(id="beta-left-out", title="beta left out",
            edit=AFFINE.replacing(' + wide(params["beta"]) if "beta" in params else y', ""),
            symptom="Invisible as long as beta is zero.",
            fix="Add beta.",
            correct=Y, mistaken=r"y = \gamma \hat{x}",
            kinds=BOTH),
    forward(id="gamma-after-beta", title="gamma multiplies beta too",
            edit=AFFINE.becomes('    return (x_hat + wide(params["beta"])) * wide(params["gamma"])'),
            symptom="Invisible as long as gamma is one or beta is zero.",
            fix="Scale first, then shift.",
            correct=Y, mistaken=r"y = \gamma (\hat{x} + \beta)",
            kinds=BOTH),
    forward(id="gamma-plus-one", title="scaled by one plus gamma",
            edit=AFFINE.replacing('wide(params["gamma"]) if', '(1 + wide(params["gamma"])) if'),
            symptom="Weights of a layer whose scale is stored as a difference from one.",
            fix="Multiply by gamma; add one when loading.",
            correct=Y, mistaken=r"y = (1 + \gamma) \hat{x} + \beta",
            kinds=BOTH),
    forward(id="batch-in-inference", title="the batch's own statistics used in inference",
            edit=MODE.becomes('if mode == "never":'),
            symptom="Outputs depend on what else is in the batch; model.eval() forgotten.",
            fix="Use the running statistics in inference.",
            correct=r"\mu = \mu_{running}", mistaken=r"\mu = \mu_{batch}",
            kinds=BATCH, config=INFERENCE, case="batch_norm-inference-float64"),
    forward(id="running-in-training", title="running statistics used in training",
            edit=MODE.becomes("if running:"),
            symptom="Outputs have not mean zero.",
            fix="Use the batch's own statistics in training.",
            correct=r"\mu = \mu_{batch}", mistaken=r"\mu = \mu_{running}",
            kinds=BATCH, config=TRAINING),
    forward(id="running-deviation", title="running variance holds the standard deviation",
            edit=RUNNING.replacing("variance * unbiased", "np.sqrt(variance * unbiased)"),
            symptom="Training is right, inference is not.",
            fix="Average the variance.",
            correct=r"v' = m \cdot v + (1-m) \cdot v_B", mistaken=r"v' = m v + (1-m) \sqrt{v_B}",
            kinds=BATCH, config=TRAINING),
    forward(id="running-epsilon", title="running variance contains epsilon",
            edit=RUNNING.replacing("variance * unbiased", "variance * unbiased + epsilon"),
            symptom="Epsilon counts twice in inference.",
            fix="Average the variance itself.",
            correct=r"v' = m \cdot v + (1-m) \cdot v_B", mistaken=r"v' = m v + (1-m) (v_B + \epsilon)",
            kinds=BATCH, config=TRAINING),
    forward(id="running-not-moved", title="running statistics not moved",
            edit=MOVED.becomes("outputs |= {k: running[k] + 0 * np.squeeze(batch[k], others) for k in running}"),
            symptom="Inference uses the initial statistics.",
            fix="Move them at every training step.",
            correct=r"\mu' = m \mu + (1-m) \mu_B", mistaken=r"\mu' = \mu",
            kinds=BATCH, config=TRAINING),
    forward(id="running-replaced", title="running statistics replaced by the batch's",
            edit=MOVED.becomes("outputs |= {k: 0 * running[k] + np.squeeze(batch[k], others) for k in running}"),
            symptom="Inference uses the last batch.",
            fix="Keep the part m of the old ones.",
            correct=r"\mu' = m \mu + (1-m) \mu_B", mistaken=r"\mu' = \mu_B",
            kinds=BATCH, config=TRAINING),
    forward(id="running-summed", title="new statistics added without their factor 1 - momentum",
            edit=MOVED.replacing("+ new *", "+"),
            symptom="Running statistics grow without bound.",
            fix="The two factors add up to one.",
            correct=r"\mu' = m \mu + (1-m) \mu_B", mistaken=r"\mu' = m \mu + \mu_B",
            kinds=BATCH, config=TRAINING),
    forward(id="running-from-batch-size", title="N - 1 of the running variance counts examples instead of numbers",
            edit=Edit(function="batch_norm", right="N = x[(0,) * lead].size // x.shape[channels]", wrong="N = x.shape[lead]"),
            symptom="Running variance too large for images.",
            fix="N is batch times positions.",
            correct=r"\frac{B P}{B P - 1}", mistaken=r"\frac{B}{B - 1}",
            kinds=BATCH, config={"mode": "training", "running_divisor": "n-1"}, blind=FLAT[-1:],
            case="batch_norm-old-unbiased-float64"),
)

