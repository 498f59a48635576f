"""What goes wrong in losses and their derivatives. Each entry changes a line of a file in reference_impl/losses."""

from nnparity.reference_impl.mistakes.mistake import Mistake, latex

SQUARED, BINARY, CATEGORICAL = "losses.squared_error", "losses.binary_cross_entropy", "losses.categorical_cross_entropy"
OVER_BATCH = ("mean", "batch_mean")


def entry(part, module, kind, id, title, right, wrong, symptom, fix, correct, mistaken, *, also=(), source="", case="", needs="",
          **options):
    return Mistake(id=f"loss-{id}", area="loss", module=module, needs=needs, part=part, kinds=(kind,), title=title, config=options, right=right,
                   wrong=wrong, also=also, symptom=symptom, fix=fix, correct=latex(correct), mistaken=latex(mistaken), source=source,
                   case=case or f"loss-{kind}-mean-float64")


def squared(part, *about, **more):
    return entry(part, SQUARED, "squared_error", *about, **more)


def binary(part, *about, **more):
    return entry(part, BINARY, "binary_cross_entropy", *about, **more)


def categorical(part, *about, **more):
    return entry(part, CATEGORICAL, "categorical_cross_entropy", *about, **more)


def softmax(part, *about, **more):
    return entry(part, CATEGORICAL, "softmax_cross_entropy", *about, **more)


GRADIENT = 'return {"x": 2 * d if scale == "full" else d}'
SQUARE = "losses = error * error if scale == \"full\" else 0.5 * error * error"
ERROR = 'error = inputs["x"] - inputs["target"]'
REDUCE = 'y, pull = reduce("squared_error", losses, reduction, axes, OVER_ELEMENTS)'

SQUARED_ERROR = (
    squared("backward", "error-sign", "gradient of the squared error of the opposite sign: t - x", GRADIENT,
            'return {"x": -2 * d if scale == "full" else -d}', "The loss grows at every step of a descent.",
            "x - t with an update that subtracts, or t - x with one that adds.", r"\frac{\partial L}{\partial x} = 2 (x - t)",
            r"\frac{\partial L}{\partial x} = 2 (t - x)"),
    squared("backward", "value-for-gradient", "the loss value is used as its gradient", 'd = pull(cotangents["y"]) * error',
            'd = pull(cotangents["y"]) * error * error', "The gradient is never negative: parameters move one way only.",
            "The derivative of (x - t)² is 2 (x - t): it keeps the sign of the error.", r"2 (x - t) \;", r"(x - t)^2",
            also=((GRADIENT, 'return {"x": d if scale == "full" else 0.5 * d}'),), source="K30"),
    squared("backward", "error-squared-gradient", "gradient proportional to the squared error", 'd = pull(cotangents["y"]) * error',
            'd = pull(cotangents["y"]) * error * error', "The gradient is never negative.", "The derivative of (x - t)² is 2 (x - t).",
            r"2 (x - t) \;", r"2 (x - t)^2"),
    squared("backward", "two-lost", "the 2 of the square missing in the gradient", GRADIENT, 'return {"x": d}',
            "Half the gradient; a gradient check fails by a factor of two.", "Multiply by 2, or put ½ into the loss.",
            r"2 (x - t) \;", r"x - t", scale="full"),
    squared("backward", "two-kept", "gradient twice too large: the ½ of the loss cancels the 2", GRADIENT, 'return {"x": 2 * d}',
            "Twice the gradient; a gradient check fails by a factor of two.", "With ½ in the loss the gradient is x - t.",
            r"x - t", r"2 (x - t)", scale="half", case="loss-squared_error-half_sum-float64"),
    squared("backward", "sign-for-gradient", "gradient of the absolute error", 'd = pull(cotangents["y"]) * error',
            'd = pull(cotangents["y"]) * np.sign(error)', "All gradients have the same size.", "The derivative of (x - t)² is 2 (x - t).",
            r"2 (x - t) \;", r"2 \, \mathrm{sign}(x - t)",
            also=(("from nnparity.reference_impl.config import choice", "import numpy as np\nfrom nnparity.reference_impl.config import choice"),)),
    squared("forward", "absolute", "absolute error instead of its square", SQUARE,
            "losses = error * (1 if scale == 'full' else 0.5) * (1 - 2 * (error.real < 0))", "The loss is not the square of anything.",
            "Square the error.", r"(x - t)^2", r"\left| x - t \right|"),
    squared("forward", "not-squared", "error not squared", SQUARE, "losses = error if scale == 'full' else 0.5 * error",
            "The loss can be negative: positive and negative errors cancel.", "Square the error before summing.", r"\sum (x - t)^2",
            r"\sum (x - t)"),
    squared("forward", "square-of-sum", "square of the summed errors instead of the sum of their squares", REDUCE,
            'y, pull = reduce("squared_error", error if scale == "full" else error * 0.5**0.5, reduction, axes, OVER_ELEMENTS); y = y * y',
            "Errors of opposite sign cancel.", "Square first, sum then.", r"\sum (x - t)^2", r"\left( \sum (x - t) \right)^2",
            reduction=("mean", "sum", "batch_mean", "feature_mean", "per_class"), needs="batch"),
    squared("forward", "root", "root of the mean squared error", REDUCE, REDUCE + "; y = y**0.5",
            "Square of the loss is right; its gradient has another scale.", "Report the root if you like, but train on the square.",
            r"\frac{1}{n} \sum (x - t)^2", r"\sqrt{\frac{1}{n} \sum (x - t)^2}"),
    squared("forward", "arg-max", "loss taken on the arg-max, which has no gradient", ERROR,
            'one_hot = inputs["x"].real == inputs["x"].real.max(-1, keepdims=True); error = one_hot - inputs["target"] + 0 * inputs["x"]',
            "The loss does not change under small changes of the weights.", "Take the loss on the outputs themselves; arg-max is for reporting.",
            r"L = \sum (x - t)^2", r"L = \sum (\mathrm{onehot}(\arg\max x) - t)^2", source="K51", case="n22-mlp-float64-sine"),
)

ALL = ("squared_error", "binary_cross_entropy", "categorical_cross_entropy", "softmax_cross_entropy")


def reduction(part, kinds, id, title, right, wrong, symptom, fix, correct, mistaken, *, source="", case="", needs="", over):
    return Mistake(id=f"loss-{id}", area="loss", module="losses.reduction", part=part, kinds=kinds, title=title, right=right,
                   wrong=wrong, symptom=symptom, fix=fix, correct=latex(correct), mistaken=latex(mistaken),
                   config={"reduction": over}, source=source, needs=needs, case=case)


PULLED = "np.asarray(dy / divisor)"

REDUCTION = (
    reduction("backward", ALL, "gradient-not-averaged", "gradient lacks the factor 1/N that the loss has", PULLED, "np.asarray(dy)",
              "A gradient check fails by a factor that is the number of examples.",
              "The same loss on both sides: divide the gradient too, or sum the loss.",
              r"L = \frac{1}{N} \sum e, \;\; dL = \frac{1}{N} \sum de", r"L = \frac{1}{N} \sum e, \;\; dL = \sum de", source="K45",
              case="loss-squared_error-mean-float64", over=("mean", "batch_mean", "feature_mean", "per_class"), needs="batch"),
    reduction("backward", ALL, "gradient-averaged", "gradient averaged over the batch though the loss is a sum", PULLED,
              "np.asarray(dy / shape[0])", "A gradient check fails by the number of examples.", "The same loss on both sides.",
              r"L = \sum e, \;\; dL = \sum de", r"L = \sum e, \;\; dL = \frac{1}{N} \sum de",
              case="loss-squared_error-sum-float64", over="sum", needs="batch"),
    reduction("forward", ALL[:2], "divided-by-classes", "loss divided by the number of classes instead of examples",
              '"batch_mean": shape[0]', '"batch_mean": shape[-1]', "The loss depends on the size of the batch.",
              "In a layout of columns the first axis is the classes: divide by the other.", r"\frac{1}{N} \sum_n \sum_k e_{nk}",
              r"\frac{1}{K} \sum_n \sum_k e_{nk}", source="K42", case="loss-binary_cross_entropy-batch_mean-float64",
              over="batch_mean"),
)

LOGS = "losses = -weighted(t, np.log, p) - weighted(1 - t, np.log1p, -p)"
SLOPE = "np.where(inside, slope_of(p, t), 0)"
LOGIT_SLOPE = "(1 - t) * sigmoid(x) - t * sigmoid(-x)"
PROBABILITY = {"prediction": "probabilities", "clip": ("none", "probability")}
CLIPPED_CASE = "loss-binary_cross_entropy-clip-float64"

BINARY_CROSS_ENTROPY = (
    binary("forward", "binary-bracket", "bracket missing in binary cross-entropy: -t log p + (1 - t) log(1 - p)", LOGS,
           "losses = -t * np.log(p) + (1 - t) * np.log(1 - p)", "The loss of confident right answers is negative, and it stalls.",
           "The minus stands before the whole sum.", r"-(t \log p + (1 - t) \log(1 - p))", r"-t \log p + (1 - t) \log(1 - p)",
           **PROBABILITY),
    binary("forward", "binary-second-term", "second term of binary cross-entropy missing", LOGS, "losses = -t * np.log(p)",
           "The loss is least when every output is one.", "Add (1 - t) log(1 - p): a sigmoid output must also learn to say no.",
           r"-t \log p - (1 - t) \log(1 - p)", r"-t \log p", **PROBABILITY),
    binary("forward", "binary-labels-exchanged", "labels 0 and 1 exchanged in binary cross-entropy", LOGS,
           "losses = -(1 - t) * np.log(p) - t * np.log(1 - p)", "The outputs learn the opposite.", "t goes with log p.",
           r"-t \log p - (1 - t) \log(1 - p)", r"-(1 - t) \log p - t \log(1 - p)", **PROBABILITY),
    binary("backward", "binary-delta-for-gradient", "p - t taken as the gradient by p", SLOPE, "np.where(inside, p - t, 0)",
           "The output's sigmoid' is counted twice: learning is slow where the output is confident and wrong.",
           "p - t is the gradient by the logit; by p it is (p - t) / (p (1 - p)).", r"\frac{\partial L}{\partial p} = \frac{p - t}{p (1 - p)}",
           r"\frac{\partial L}{\partial p} = p - t", source="K32", **PROBABILITY),
    binary("backward", "binary-one-term", "gradient of the first term of binary cross-entropy alone", SLOPE,
           "np.where(inside, -t / p, 0)", "Outputs whose label is 0 get no gradient.", "Differentiate both terms.",
           r"-\frac{t}{p} + \frac{1 - t}{1 - p}", r"-\frac{t}{p}", **PROBABILITY),
    binary("backward", "binary-inner-sign", "sign of the inner derivative of log(1 - p) missing", SLOPE,
           "np.where(inside, -t / p - (1 - t) / (1 - p), 0)", "Outputs only ever grow.", "The derivative of log(1 - p) is -1 / (1 - p).",
           r"-\frac{t}{p} + \frac{1 - t}{1 - p}", r"-\frac{t}{p} - \frac{1 - t}{1 - p}", **PROBABILITY),
    binary("backward", "logits-derivative-again", "the delta σ(z) - t multiplied by σ' again", LOGIT_SLOPE,
           "(sigmoid(x) - t) * sigmoid(x) * (1 - sigmoid(x))", "Learning stalls where the output is confident and wrong.",
           "σ' is already in σ(z) - t.", r"\sigma(z) - t", r"(\sigma(z) - t) \sigma'(z)", source="K32", prediction="logits",
           case="loss-binary_cross_entropy-logits-float64"),
    binary("backward", "logits-no-sigmoid", "z - t instead of σ(z) - t", LOGIT_SLOPE, "x - t", "Large logits get large gradients.",
           "Apply the sigmoid in the gradient too.", r"\sigma(z) - t", r"z - t", prediction="logits",
           case="loss-binary_cross_entropy-logits-float64"),
    binary("forward", "logits-sigmoid-twice", "sigmoid applied twice: probabilities taken for logits", 'x, t = inputs["x"], inputs["target"]',
           'x, t = (sigmoid(inputs["x"]) if prediction == "logits" else inputs["x"]), inputs["target"]',
           "The loss never falls below 0.31.", "Give logits, or use the loss on probabilities.", r"\ell(\sigma(z), t)",
           r"\ell(\sigma(\sigma(z)), t)", source="https://github.com/keras-team/keras/issues/6143", prediction="logits",
           case="loss-binary_cross_entropy-logits-float64"),
)

LOG_Q = 'reduce("categorical_cross_entropy", -(t * np.log(named)).sum(-1), reduction, axes - 1, OVER_EXAMPLES)'


def log_q(terms):
    return f'reduce("categorical_cross_entropy", {terms}, reduction, axes - 1, OVER_EXAMPLES)'


BACK = "(-t / named)"
SOFT = 'reduce("softmax_cross_entropy", -(t * log_q).sum(-1), reduction, axes - 1, OVER_EXAMPLES)'
DELTA = "(np.exp(log_q) * (t.sum(-1, keepdims=True) - t) + t * np.expm1(log_q))"

CROSS_ENTROPY = (
    categorical("forward", "cross-entropy-divided-by-classes", "loss divided by the number of classes instead of examples", LOG_Q,
                log_q("-(t * np.log(named)).sum(-1) * (len(t) / t.shape[-1] if t.ndim > 1 else 1)"), "The loss depends on the size of the batch.",
                "In a layout of columns the first axis is the classes: divide by the other.", r"\frac{1}{N} \sum_n \sum_k e_{nk}",
                r"\frac{1}{K} \sum_n \sum_k e_{nk}", source="K42", reduction=OVER_BATCH),
    categorical("forward", "cross-entropy-mean-of-classes", "cross-entropy averaged over the classes too", LOG_Q,
                log_q("-(t * np.log(named)).mean(-1)"), "The loss is smaller by the number of classes.",
                "Sum over the classes, average over the examples.", r"\frac{1}{N} \sum_n \sum_k e_{nk}", r"\frac{1}{N K} \sum_n \sum_k e_{nk}"),
    categorical("forward", "cross-entropy-minus", "minus sign of the cross-entropy missing", LOG_Q, log_q("(t * np.log(named)).sum(-1)"),
                "The loss is negative and a descent makes the answers worse.", "L = -Σ t log p.", r"-\sum_k t_k \log p_k", r"\sum_k t_k \log p_k"),
    categorical("forward", "cross-entropy-both-terms", "binary cross-entropy used on classes", LOG_Q,
                log_q("-(t * np.log(named) + (1 - t) * np.log(1 - np.where(t == 1, 0, q))).sum(-1)"),
                "The loss is larger than it should be; the classes that are not the label are counted as well.",
                "With softmax outputs, -Σ t log p alone.", r"-\sum_k t_k \log p_k", r"-\sum_k (t_k \log p_k + (1 - t_k) \log(1 - p_k))"),
    categorical("forward", "cross-entropy-base-two", "logarithm to base 2", LOG_Q, log_q("-(t * np.log2(named)).sum(-1)"
                ' if named.dtype.kind != "c" else -(t * np.log(named) / np.log(2)).sum(-1)'),
                "The loss is 1.44 times too large.", "The natural logarithm.", r"-\sum_k t_k \ln p_k", r"-\sum_k t_k \log_2 p_k"),
    *(categorical("forward", f"cross-entropy-plus-{exponent}", f"1e-{exponent} added inside the logarithm", LOG_Q,
                  log_q(f"-(t * np.log(named + 1e-{exponent})).sum(-1)"),
                  f"Off by about 1e-{exponent} everywhere, and a loss below zero for a probability of one.",
                  "Clip the probability if it can be zero, or compute the loss from logits.", r"-\log p",
                  rf"-\log(p + 10^{{-{exponent}}})", also=((BACK, f"(-t / (named + 1e-{exponent}))"),))
      for exponent in (5, 7, 8, 9, 10, 12)),
    categorical("backward", "cross-entropy-delta-for-gradient", "p - t taken as the gradient by p", BACK, "(named * 0 + q - t)",
                "A softmax derivative is applied to a delta that already contains it: learning is slow where a probability is small.",
                "p - t is the gradient by the logits; by p it is -t / p.", r"\frac{\partial L}{\partial p_k} = -\frac{t_k}{p_k}",
                r"\frac{\partial L}{\partial p_k} = p_k - t_k", source="K32", case="n18-mlp-float64-cross_entropy"),
    categorical("backward", "cross-entropy-gradient-sign", "gradient of cross-entropy of the opposite sign", BACK, "(t / named)",
                "A descent makes the answers worse.", "The derivative of -log p is -1/p.", r"-\frac{t}{p}", r"\frac{t}{p}"),
    categorical("backward", "cross-entropy-no-division", "gradient of cross-entropy without the division by p", BACK, "(-t + 0 * named)",
                "Small probabilities of the label get too small a gradient.", "The derivative of log p is 1/p.", r"-\frac{t}{p}", r"-t \;"),
    categorical("backward", "clip-passes-gradient", "gradient passes through the clip of the probabilities",
                "d = np.where(inside, d, 0)", "d = 1 * d", "Right as long as no probability is clipped.",
                "Where a probability is held at a bound, its derivative is zero.", r"-\frac{t}{p} \; [\epsilon \leq p \leq 1 - \epsilon]",
                r"-\frac{t}{p}", case="loss-categorical_cross_entropy-clip_beyond-float64", clip="probability", needs="clipped"),
    softmax("forward", "softmax-twice", "softmax applied twice: probabilities taken for logits", "log_q = log_softmax(a)[0]",
            "log_q = log_softmax(np.exp(log_softmax(a)[0]))[0]", "The loss never falls below that of nearly equal probabilities; training stalls.",
            "Give logits, or use the loss on probabilities.", r"\ell(z, t)", r"\ell(\mathrm{softmax}(z), t)",
            source="https://github.com/keras-team/keras/issues/6636"),
    softmax("forward", "softmax-no-shift", "exp without the max shift in softmax cross-entropy: overflow", "log_q = log_softmax(a)[0]",
            "log_q = np.log(np.exp(a) / np.exp(a).sum(-1, keepdims=True))",
            "Right for small logits; above 709 in float64 (88 in float32) exp is inf and the loss nan.",
            "Subtract the largest logit before exp, and never take the logarithm of a softmax.", r"z_k - \max z - \log \sum_j e^{z_j - \max z}",
            r"\log \frac{e^{z_k}}{\sum_j e^{z_j}}", source="K34", needs="large", case="loss-softmax_cross_entropy-overflow-float64"),
    softmax("forward", "softmax-divided-by-classes", "loss divided by the number of classes instead of examples", SOFT,
            SOFT.replace("-(t * log_q).sum(-1)", "-(t * log_q).sum(-1) * (len(t) / t.shape[-1] if t.ndim > 1 else 1)"),
            "The loss depends on the size of the batch.", "In a layout of columns the first axis is the classes: divide by the other.",
            r"\frac{1}{N} \sum_n \sum_k e_{nk}", r"\frac{1}{K} \sum_n \sum_k e_{nk}", source="K42", reduction=OVER_BATCH),
    softmax("forward", "softmax-mean-of-classes", "cross-entropy averaged over the classes too", SOFT,
            SOFT.replace(".sum(-1)", ".mean(-1)"), "The loss is smaller by the number of classes.",
            "Sum over the classes, average over the examples.", r"\frac{1}{N} \sum_n \sum_k e_{nk}", r"\frac{1}{N K} \sum_n \sum_k e_{nk}"),
    softmax("forward", "labels-from-one", "class numbers shifted by one", 't = distribution("softmax_cross_entropy", inputs["target"], labels, a)',
            't = np.roll(distribution("softmax_cross_entropy", inputs["target"], labels, a), 1, -1)', "The outputs learn the class next door.",
            "Count classes from zero.", r"-\log p_t", r"-\log p_{t+1}", labels="sparse", case="loss-softmax_cross_entropy-sparse-float64"),
    softmax("backward", "delta-times-diagonal", "the delta p - t multiplied by a softmax derivative again", DELTA,
            "(np.exp(log_q) * t.sum(-1, keepdims=True) - t) * np.exp(log_q) * (1 - np.exp(log_q))",
            "Outputs right, gradients too small; learning stalls where an answer is confident and wrong.",
            "p - t already contains the derivative of the softmax.", r"\delta = p - t", r"\delta = (p - t) \odot p \odot (1 - p)", source="K32"),
    softmax("backward", "delta-times-jacobian", "the delta p - t multiplied by the softmax Jacobian again", DELTA,
            "np.exp(log_q) * ((d := np.exp(log_q) * t.sum(-1, keepdims=True) - t) - (d * np.exp(log_q)).sum(-1, keepdims=True))",
            "Outputs right, gradients too small.", "p - t already contains the derivative of the softmax.", r"\delta = p - t",
            r"\delta = J (p - t), \quad J = \mathrm{diag}(p) - p p^\top", source="K32"),
    softmax("backward", "delta-without-target", "target not subtracted in the delta", DELTA, "(np.exp(log_q) * t.sum(-1, keepdims=True))",
            "All logits fall.", "p - t: subtract one at the label.", r"\delta = p - t", r"\delta = p \;"),
    softmax("backward", "delta-sign", "delta of the opposite sign: t - p", DELTA, "(t - np.exp(log_q) * t.sum(-1, keepdims=True))",
            "The loss grows at every step of a descent.", "p - t with an update that subtracts.", r"\delta = p - t", r"\delta = t - p"),
    softmax("backward", "delta-of-logits", "logits in place of probabilities in the delta", DELTA, "(a * t.sum(-1, keepdims=True) - t)",
            "Gradients grow with the logits.", "Apply softmax in the gradient too.", r"\delta = p - t", r"\delta = z - t"),
    softmax("backward", "delta-label-everywhere", "1 subtracted from every class in the delta", DELTA,
            "(np.exp(log_q) - 1) * t.sum(-1, keepdims=True)", "All logits rise; the loss does not fall.",
            "Subtract one at the label's own class: p[n, t[n]] -= 1.", r"p_k - [k = t]", r"p_k - 1"),
)

MISTAKES = (*SQUARED_ERROR, *REDUCTION, *BINARY_CROSS_ENTROPY, *CROSS_ENTROPY)
