"""What goes wrong in batch and layer normalisation. Each entry changes a line of reference_impl/layers/normalisation.py.

Threads: pytorch#7028, #60528, #19902 (running variance), keras#6839 (momentum), transformers PR 15332 (epsilon).
"""

from nnparity.reference_impl.mistakes.mistake import Mistake

BATCH, LAYER = ("batch_norm",), ("layer_norm",)
BOTH = BATCH + LAYER
TRAINING, INFERENCE = {"mode": "training"}, {"mode": "inference"}
FLAT = ("batch_norm-training-float", "batch_norm-training-epsilon", "batch_norm-old-n", "batch_norm-new-unbiased")  # no spatial axis


def forward(id, title, right, wrong, symptom, fix, correct, mistaken, kinds, **about):
    return _mistake("forward", id, title, right, wrong, symptom, fix, correct, mistaken, kinds, about)


def backward(id, title, right, wrong, symptom, fix, correct, mistaken, kinds, **about):
    return _mistake("backward", id, title, right, wrong, symptom, fix, correct, mistaken, kinds, about)


def _mistake(part, id, title, right, wrong, symptom, fix, correct, mistaken, kinds, about):
    case = "batch_norm-training-image-float64" if "batch_norm" in kinds else "layer_norm-sequence-float64"
    return Mistake(id=f"norm-{id}", area="normalisation", module="layers.normalisation", part=part, title=title, right=right,
                   wrong=wrong, symptom=symptom, fix=fix, correct=correct, mistaken=mistaken, kinds=kinds, **{"case": case, **about})


SCALE = "scale = 1 / np.sqrt(variance + epsilon)"
CENTRED = "return (x - mean) * scale, scale"
BATCH_MEAN = "mean = x.mean(others, keepdims=True)"
BATCH_VARIANCE = "variance = ((x - mean)**2).mean(others, keepdims=True)"
LAYER_MEAN = "mean = x.mean(-1, keepdims=True)"
LAYER_VARIANCE = "variance = ((x - mean)**2).mean(-1, keepdims=True)"
AFFINE = """    y = x_hat * wide(params["gamma"]) if "gamma" in params else x_hat
    return y + wide(params["beta"]) if "beta" in params else y"""
MODE = 'if mode == "inference":'
RUNNING = 'batch = {"running_mean": mean, "running_variance": variance * unbiased}'
MOVED = "outputs |= {k: old * running[k] + new * np.squeeze(batch[k], others) for k in running}"
THROUGH = "return scale * (d - d.mean(over, keepdims=True) - x_hat * (d * x_hat).mean(over, keepdims=True))"
GRADIENTS = 'grads = {"gamma": (dy * x_hat).sum(over), "beta": dy.sum(over)}'
BATCH_GRADIENTS = "grads = parameter_gradients(params, dy, x_hat, others)"
LAYER_GRADIENTS = "**parameter_gradients(params, dy, x_hat, tuple(range(x.ndim - 1))),"
BATCH_D = 'd = dy * wide(params["gamma"]) if "gamma" in params else dy'
LAYER_D = 'd = dy * params["gamma"] if "gamma" in params else dy'
OWN = 'if mode == "training":'
BY_VARIANCE = "-0.5 * (d * x_hat * scale**2)"
LEAD = 'next(iter(params.values())).ndim - 1'

X_HAT = r"\hat{x} = \frac{x - \mu}{\sqrt{v + \epsilon}}"
VARIANCE = r"v = \frac{1}{N} \sum (x - \mu)^2"
Y = r"y = \gamma \hat{x} + \beta"
DX = r"\frac{\partial L}{\partial x} = \frac{d - \overline{d} - \hat{x} \overline{d \hat{x}}}{\sqrt{v + \epsilon}}"
GAMMA = r"\frac{\partial L}{\partial \gamma} = \sum dy \odot \hat{x}"

FORWARD = (
    forward("epsilon-outside", "epsilon added outside the square root", SCALE, "scale = 1 / (np.sqrt(variance) + epsilon)",
            "Off by about epsilon; more where the variance is small.", "Add epsilon to the variance.", X_HAT,
            r"\hat{x} = \frac{x - \mu}{\sqrt{v} + \epsilon}", BOTH, case="batch_norm-training-epsilon-float64"),
    forward("epsilon-left-out", "epsilon left out", SCALE, "scale = 1 / np.sqrt(variance)",
            "Off where the variance is small, infinite where it is zero.", "Add epsilon to the variance.", X_HAT,
            r"\hat{x} = \frac{x - \mu}{\sqrt{v}}", BOTH, case="batch_norm-training-epsilon-float64"),
    forward("epsilon-squared", "epsilon squared under the root", SCALE, "scale = 1 / np.sqrt(variance + epsilon**2)",
            "Off where the variance is small.", "Add epsilon itself to the variance.", X_HAT,
            r"\hat{x} = \frac{x - \mu}{\sqrt{v + \epsilon^2}}", BOTH, case="batch_norm-training-epsilon-float64"),
    forward("by-variance", "divided by the variance instead of its square root", SCALE, "scale = 1 / (variance + epsilon)",
            "Outputs have not variance one.", "Divide by the standard deviation.", X_HAT, r"\hat{x} = \frac{x - \mu}{v + \epsilon}", BOTH),
    forward("not-centred", "mean not subtracted", CENTRED, "return x * scale, scale", "Outputs have not mean zero.",
            "Subtract the mean.", X_HAT, r"\hat{x} = \frac{x}{\sqrt{v + \epsilon}}", BOTH),
    forward("not-scaled", "not divided by the standard deviation", SCALE, "scale = 1 + 0 * variance",
            "Outputs have not variance one.", "Divide by the standard deviation.", X_HAT, r"\hat{x} = x - \mu", BOTH),
    forward("root-mean-square", "divided by the root mean square of x itself", SCALE,
            "scale = 1 / np.sqrt(variance + mean**2 + epsilon)", "Right for inputs of mean zero.",
            "Take the variance around the mean, or drop the centring as well (RMS normalisation).", VARIANCE,
            r"v = \frac{1}{N} \sum x^2", BOTH),
    forward("batch-unbiased", "variance of the batch divided by N - 1", BATCH_VARIANCE,
            BATCH_VARIANCE.replace(".mean(others, keepdims=True)", ".sum(others, keepdims=True) * mean.size / (x.size - mean.size)"),
            "Off by the factor √(1 - 1/N): a default of torch.var, not of numpy.var.",
            "Normalise with the biased variance; N - 1 belongs to the running one at most.", VARIANCE,
            r"v = \frac{1}{N-1} \sum (x - \mu)^2", BATCH, config=TRAINING, source="https://github.com/pytorch/pytorch/issues/19902"),
    forward("batch-unbiased-alone", "normalised by the variance over N - 1, the running variance apart from it",
            "x_hat, scale = standardised(x, mean, variance, epsilon)\n    x_hat = loses(x_hat, x * scale)  # lib",
            "x_hat, scale = standardised(x, mean, variance * x.size / (x.size - mean.size), epsilon)\n    x_hat = loses(x_hat, x * scale)  # lib",
            "Off by the factor √(1 - 1/N).", "Normalise with the biased variance.", VARIANCE,
            r"v = \frac{1}{N-1} \sum (x - \mu)^2", BATCH, config=TRAINING,
            source="https://github.com/pytorch/pytorch/issues/19902"),
    forward("layer-unbiased", "variance of the features divided by N - 1", LAYER_VARIANCE,
            LAYER_VARIANCE.replace(".mean(-1, keepdims=True)", ".sum(-1, keepdims=True) / (x.shape[-1] - 1)"),
            "Off by the factor √(1 - 1/N): a default of torch.std.", "Take the biased variance.", VARIANCE,
            r"v = \frac{1}{N-1} \sum (x - \mu)^2", LAYER),
    forward("over-batch-only", "statistics of each position over the batch alone", BATCH_MEAN,
            "others = others[:1]; mean = x.mean(others, keepdims=True)",
            "Right without spatial axes.", "Average over batch and positions: one mean for each channel.",
            r"\mu_c = \frac{1}{B P} \sum_b \sum_p x_{bcp}", r"\mu_{cp} = \frac{1}{B} \sum_b x_{bcp}", BATCH, config=TRAINING,
            also=((BATCH_VARIANCE, BATCH_VARIANCE + "\n        wide_over, others = others, tuple(i for i in range(lead, x.ndim) "
                   "if i != channels)"),
                  ("np.squeeze(batch[k], others)", "np.squeeze(batch[k].mean(others, keepdims=True), others)"),
                  ("through_own_statistics(d, x_hat, scale, others)", "through_own_statistics(d, x_hat, scale, wide_over)")),
            blind=FLAT),
    forward("over-each-example", "statistics of each example (instance normalisation)", BATCH_MEAN,
            "own = others[1:] or others; mean = x.mean(own, keepdims=True)", "The batch does not matter.",
            "Average over the batch too: one mean for each channel.", r"\mu_c = \frac{1}{B P} \sum_b \sum_p x_{bcp}",
            r"\mu_{bc} = \frac{1}{P} \sum_p x_{bcp}", BATCH, config=TRAINING,
            also=((BATCH_VARIANCE, BATCH_VARIANCE.replace("others", "own")),
                  ("np.squeeze(batch[k], others)", "np.squeeze(batch[k].mean(others, keepdims=True), others)"),
                  ("through_own_statistics(d, x_hat, scale, others)", "through_own_statistics(d, x_hat, scale, own)")), blind=FLAT),
    forward("over-everything", "one mean and variance for all channels together", BATCH_MEAN,
            "own = tuple(range(lead, x.ndim)); mean = x.mean(own, keepdims=True)", "Channels keep their differences.",
            "Average over everything but the channels.", r"\mu_c = \frac{1}{B P} \sum_b \sum_p x_{bcp}",
            r"\mu = \frac{1}{B C P} \sum_b \sum_c \sum_p x_{bcp}", BATCH, config=TRAINING,
            also=((BATCH_VARIANCE, BATCH_VARIANCE.replace("others", "own")),
                  ("np.squeeze(batch[k], others)", "np.squeeze(batch[k], others) * np.ones(running[k].shape)"),
                  ("through_own_statistics(d, x_hat, scale, others)", "through_own_statistics(d, x_hat, scale, own)"))),
    forward("over-channels", "statistics over the channels (layer normalisation)", BATCH_MEAN,
            "own = channels; mean = x.mean(own, keepdims=True)", "The batch does not matter.",
            "Average over everything but the channels.", r"\mu_c = \frac{1}{B P} \sum_b \sum_p x_{bcp}",
            r"\mu_{bp} = \frac{1}{C} \sum_c x_{bcp}", BATCH, config=TRAINING,
            also=((BATCH_VARIANCE, BATCH_VARIANCE.replace("others", "own")),
                  ("np.squeeze(batch[k], others)", "np.squeeze(batch[k].mean(others, keepdims=True), others) "
                   "* np.ones(running[k].shape)"),
                  ("through_own_statistics(d, x_hat, scale, others)", "through_own_statistics(d, x_hat, scale, own)"))),
    forward("layer-over-batch", "layer normalisation over the first axis", LAYER_MEAN,
            f"over = {LEAD}; mean = x.mean(over, keepdims=True)", "Examples of a batch influence each other.",
            "Average over the features of each example.", r"\mu_b = \frac{1}{F} \sum_f x_{bf}", r"\mu_f = \frac{1}{B} \sum_b x_{bf}",
            LAYER, also=((LAYER_VARIANCE, LAYER_VARIANCE.replace("-1", "over")),
                         ("through_own_statistics(d, x_hat, scale, -1)", "through_own_statistics(d, x_hat, scale, over)")),
            case="layer_norm-generic-float64"),
    forward("layer-over-time", "layer normalisation over the time steps", LAYER_MEAN, "over = -2; mean = x.mean(over, keepdims=True)",
            "Later steps influence earlier ones.", "Average over the features of each step.", r"\mu_{bt} = \frac{1}{F} \sum_f x_{btf}",
            r"\mu_{bf} = \frac{1}{T} \sum_t x_{btf}", LAYER,
            also=((LAYER_VARIANCE, LAYER_VARIANCE.replace("-1", "over")),
                  ("through_own_statistics(d, x_hat, scale, -1)", "through_own_statistics(d, x_hat, scale, over)")),
            only=("sequence", "square")),
    forward("layer-over-example", "layer normalisation over all axes of an example", LAYER_MEAN,
            f"over = tuple(range({LEAD} + 1, x.ndim)); mean = x.mean(over, keepdims=True)", "Later steps influence earlier ones.",
            "Average over the features of each step.", r"\mu_{bt} = \frac{1}{F} \sum_f x_{btf}",
            r"\mu_b = \frac{1}{T F} \sum_t \sum_f x_{btf}", LAYER,
            also=((LAYER_VARIANCE, LAYER_VARIANCE.replace("-1", "over")),
                  ("through_own_statistics(d, x_hat, scale, -1)", "through_own_statistics(d, x_hat, scale, over)")),
            only=("sequence", "square")),
    forward("gamma-left-out", "gamma left out", AFFINE, AFFINE.replace('x_hat * wide(params["gamma"]) if "gamma" in params else x_hat',
                                                                       "x_hat"),
            "Invisible as long as gamma is one.", "Multiply by gamma.", Y, r"y = \hat{x} + \beta", BOTH),
    forward("beta-left-out", "beta left out", AFFINE, AFFINE.replace(' + wide(params["beta"]) if "beta" in params else y', ""),
            "Invisible as long as beta is zero.", "Add beta.", Y, r"y = \gamma \hat{x}", BOTH),
    forward("gamma-after-beta", "gamma multiplies beta too", AFFINE, '    return (x_hat + wide(params["beta"])) * wide(params["gamma"])',
            "Invisible as long as gamma is one or beta is zero.", "Scale first, then shift.", Y, r"y = \gamma (\hat{x} + \beta)", BOTH),
    forward("gamma-plus-one", "scaled by one plus gamma", AFFINE, AFFINE.replace('wide(params["gamma"]) if', '(1 + wide(params["gamma"])) if'),
            "Weights of a layer whose scale is stored as a difference from one.", "Multiply by gamma; add one when loading.", Y,
            r"y = (1 + \gamma) \hat{x} + \beta", BOTH),
    forward("batch-in-inference", "the batch's own statistics used in inference", MODE, 'if mode == "never":',
            "Outputs depend on what else is in the batch; model.eval() forgotten.", "Use the running statistics in inference.",
            r"\mu = \mu_{running}", r"\mu = \mu_{batch}", BATCH, config=INFERENCE, case="batch_norm-inference-float64"),
    forward("running-in-training", "running statistics used in training", MODE, "if running:",
            "Outputs have not mean zero.", "Use the batch's own statistics in training.", r"\mu = \mu_{batch}",
            r"\mu = \mu_{running}", BATCH, config=TRAINING),
    forward("running-deviation", "running variance holds the standard deviation", RUNNING,
            RUNNING.replace("variance * unbiased", "np.sqrt(variance * unbiased)"), "Training is right, inference is not.",
            "Average the variance.", r"v' = m \cdot v + (1-m) \cdot v_B", r"v' = m v + (1-m) \sqrt{v_B}", BATCH, config=TRAINING),
    forward("running-epsilon", "running variance contains epsilon", RUNNING, RUNNING.replace("variance * unbiased",
                                                                                           "variance * unbiased + epsilon"),
            "Epsilon counts twice in inference.", "Average the variance itself.", r"v' = m \cdot v + (1-m) \cdot v_B",
            r"v' = m v + (1-m) (v_B + \epsilon)", BATCH, config=TRAINING),
    forward("running-not-moved", "running statistics not moved", MOVED, "outputs |= {k: running[k] + 0 * np.squeeze(batch[k], others) for k in running}",
            "Inference uses the initial statistics.", "Move them at every training step.", r"\mu' = m \mu + (1-m) \mu_B",
            r"\mu' = \mu", BATCH, config=TRAINING),
    forward("running-replaced", "running statistics replaced by the batch's", MOVED,
            "outputs |= {k: 0 * running[k] + np.squeeze(batch[k], others) for k in running}",
            "Inference uses the last batch.", "Keep the part m of the old ones.", r"\mu' = m \mu + (1-m) \mu_B", r"\mu' = \mu_B", BATCH,
            config=TRAINING),
    forward("running-summed", "new statistics added without their factor 1 - momentum", MOVED, MOVED.replace("+ new *", "+"),
            "Running statistics grow without bound.", "The two factors add up to one.", r"\mu' = m \mu + (1-m) \mu_B",
            r"\mu' = m \mu + \mu_B", BATCH, config=TRAINING),
    forward("running-from-batch-size", "N - 1 of the running variance counts examples instead of numbers",
            "N = x[(0,) * lead].size // x.shape[channels]", "N = x.shape[lead]", "Running variance too large for images.",
            "N is batch times positions.", r"\frac{B P}{B P - 1}", r"\frac{B}{B - 1}", BATCH,
            config={"mode": "training", "running_divisor": "n-1"}, case="batch_norm-old-unbiased-float64", blind=FLAT[-1:]),
)

BACKWARD = (
    backward("mean-path-lost", "no gradient through the mean", THROUGH, THROUGH.replace(" - d.mean(over, keepdims=True)", ""),
             "Input gradients do not add up to zero.", "The mean is a function of x too.", DX, DX.replace(r" - \overline{d}", "", 1),
             BOTH, config=TRAINING),
    backward("variance-path-lost", "no gradient through the variance", THROUGH,
             "return scale * (d - d.mean(over, keepdims=True))", "Input gradients are not orthogonal to the normalised input.",
             "The variance is a function of x too.", DX, DX.replace(r" - \hat{x} \overline{d \hat{x}}", ""), BOTH, config=TRAINING),
    backward("statistics-constant", "no gradient through mean and variance", THROUGH, "return scale * d",
             "The statistics were detached, or the backward pass is the one of inference.",
             "Mean and variance are functions of x.", DX, r"\frac{\partial L}{\partial x} = \frac{d}{\sqrt{v + \epsilon}}", BOTH,
             config=TRAINING),
    backward("variance-path-doubled", "gradient through the variance twice too large", THROUGH, THROUGH.replace("- x_hat *", "- 2 * x_hat *"),
             "The ½ of the derivative of the square root is missing.", "The derivative of (v + ε)^(-1/2) is -½ (v + ε)^(-3/2).", DX,
             DX.replace(r"- \hat{x} ", r"- 2 \hat{x} "), BOTH, config=TRAINING),
    backward("variance-path-sign", "gradient through the variance with the wrong sign", THROUGH, THROUGH.replace("- x_hat *", "+ x_hat *"),
             "The minus of the derivative of 1/√v is missing.", "The derivative of (v + ε)^(-1/2) is negative.", DX,
             DX.replace(r"- \hat{x} ", r"+ \hat{x} "), BOTH, config=TRAINING),
    backward("mean-path-summed", "gradient through the mean not divided by N", THROUGH, THROUGH.replace("d.mean(over", "d.sum(over", 1),
             "Far too large.", "Every number enters the mean with 1/N.", DX, DX.replace(r"\overline{d}", r"\sum d", 1), BOTH,
             config=TRAINING),
    backward("variance-path-summed", "gradient through the variance not divided by N", THROUGH,
             THROUGH.replace("(d * x_hat).mean", "(d * x_hat).sum"), "Far too large.", "Every number enters the variance with 1/N.", DX,
             DX.replace(r"\overline{d \hat{x}}", r"\sum d \hat{x}"), BOTH, config=TRAINING),
    backward("both-paths-summed", "gradients through mean and variance not divided by N", THROUGH, THROUGH.replace(".mean(", ".sum("),
             "Far too large.", "Every number enters mean and variance with 1/N.", DX,
             r"\frac{\partial L}{\partial x} = \frac{d - \sum d - \hat{x} \sum d \hat{x}}{\sqrt{v + \epsilon}}", BOTH, config=TRAINING),
    backward("variance-by-unbiased", "gradient through the variance divided by N - 1", THROUGH,
             THROUGH.replace("(d * x_hat).mean(over, keepdims=True)",
                             "(d * x_hat).sum(over, keepdims=True) / (d.size // d.sum(over).size - 1)"),
             "Off by one part in N.", "Divide by what the forward pass divided by.", DX,
             DX.replace(r"\overline{d \hat{x}}", r"\frac{1}{N-1} \sum d \hat{x}"), BOTH, config=TRAINING),
    backward("not-scaled-back", "input gradient not divided by the standard deviation", THROUGH, THROUGH.replace("scale * ", ""),
             "Off by one factor for each channel.", "Divide by √(v + ε).", DX,
             r"\frac{\partial L}{\partial x} = d - \overline{d} - \hat{x} \overline{d \hat{x}}", BOTH, config=TRAINING),
    backward("divided-by-variance", "input gradient divided by the variance instead of its square root", THROUGH,
             THROUGH.replace("scale * (d", "scale**2 * (d"), "Off by one factor for each channel.", "Divide by √(v + ε).", DX,
             DX.replace(r"\sqrt{v + \epsilon}", r"v + \epsilon"), BOTH, config=TRAINING),
    backward("gamma-without-x-hat", "gamma's gradient lacks the normalised input", GRADIENTS,
             GRADIENTS.replace("(dy * x_hat).sum(over)", "dy.sum(over)"), "It equals the gradient of beta.", "gamma multiplies x̂.",
             GAMMA, r"\frac{\partial L}{\partial \gamma} = \sum dy", BOTH),
    backward("gamma-with-x", "gamma's gradient uses the input instead of the normalised input", BATCH_GRADIENTS,
             BATCH_GRADIENTS.replace("x_hat", "x"), "Only the gradient of gamma is wrong.", "gamma multiplies x̂.", GAMMA,
             GAMMA.replace(r"\hat{x}", "x"), BOTH, also=((LAYER_GRADIENTS, LAYER_GRADIENTS.replace("x_hat", "x")),)),
    backward("gamma-with-centred", "gamma's gradient uses the centred input, not divided by the deviation", BATCH_GRADIENTS,
             BATCH_GRADIENTS.replace("x_hat", "x - mean"), "Off by one factor for each channel.", "gamma multiplies x̂.", GAMMA,
             GAMMA.replace(r"\hat{x}", r"(x - \mu)"), BOTH, also=((LAYER_GRADIENTS, LAYER_GRADIENTS.replace("x_hat", "x - mean")),)),
    backward("gamma-with-output", "gamma's gradient uses the layer's output", BATCH_GRADIENTS,
             BATCH_GRADIENTS.replace("x_hat", 'outputs["y"]'), "Right only while gamma is one and beta zero.", "gamma multiplies x̂.", GAMMA,
             GAMMA.replace(r"\hat{x}", "y"), BOTH,
             also=((LAYER_GRADIENTS, LAYER_GRADIENTS.replace("x_hat", "scaled_and_shifted(x_hat, params, wide)")),)),
    backward("gamma-lost-on-the-way", "input gradient lacks gamma", BATCH_D, "d = dy", "Right as long as gamma is one.",
             "d = dy ⊙ gamma comes before the statistics.", r"d = dy \odot \gamma", r"d = dy \,", BOTH, also=((LAYER_D, "d = dy"),)),
    backward("parameters-averaged", "gradients of gamma and beta averaged instead of summed", GRADIENTS,
             GRADIENTS.replace(".sum(over)", ".mean(over)"), "Too small by the number of values of each channel.",
             "Sum: gamma and beta are used at every position.", GAMMA, GAMMA.replace(r"\sum", r"\frac{1}{N} \sum"), BOTH),
    backward("parameters-last-example", "gradients of gamma and beta of the last example only", GRADIENTS,
             'grads = {"gamma": (dy * x_hat)[-1:].sum(over), "beta": dy[-1:].sum(over)}', "Right for a batch of one.",
             "Sum over the batch.", GAMMA, GAMMA.replace(r"\sum dy", r"\left(dy").replace(r"\hat{x}", r"\hat{x}\right)_{B}"), BOTH),
    backward("inference-through-batch", "inference's backward pass goes through the batch's statistics", OWN, "if True:",
             "Right outputs, wrong input gradients in evaluation.", "Running statistics are constants: dx = d / √(v + ε).",
             r"\frac{\partial L}{\partial x} = \frac{d}{\sqrt{v + \epsilon}}", DX, BATCH, config=INFERENCE,
             case="batch_norm-inference-float64"),
    backward("inference-not-scaled", "inference's input gradient not divided by the standard deviation", '"x": d * scale, ', '"x": d, ',
             "Off by one factor for each channel.", "Divide by √(v + ε).",
             r"\frac{\partial L}{\partial x} = \frac{d}{\sqrt{v + \epsilon}}", r"\frac{\partial L}{\partial x} = d", BATCH,
             config=INFERENCE, case="batch_norm-inference-float64"),
    backward("running-variance-half", "derivative by the running variance lacks its ½", BY_VARIANCE, "-(d * x_hat * scale**2)",
             "Twice too large.", "The derivative of (v + ε)^(-1/2) is -½ (v + ε)^(-3/2).",
             r"\frac{\partial L}{\partial v} = -\frac{1}{2} \sum \frac{d \hat{x}}{v + \epsilon}",
             r"\frac{\partial L}{\partial v} = -\sum \frac{d \hat{x}}{v + \epsilon}", BATCH, config=INFERENCE,
             only=("inference-statistics",), case="batch_norm-inference-statistics-float64"),
    backward("running-variance-power", "derivative by the running variance to the power -1/2", BY_VARIANCE, "-0.5 * (d * x_hat)",
             "Off by one factor for each channel.", "The power is -3/2.",
             r"\frac{\partial L}{\partial v} = -\frac{1}{2} \sum \frac{d \hat{x}}{v + \epsilon}",
             r"\frac{\partial L}{\partial v} = -\frac{1}{2} \sum d \hat{x}", BATCH, config=INFERENCE,
             only=("inference-statistics",), case="batch_norm-inference-statistics-float64"),
)

MISTAKES = FORWARD + BACKWARD
