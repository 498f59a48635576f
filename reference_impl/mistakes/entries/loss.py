"""What goes wrong in losses and their derivatives. Each entry changes a line of a file in reference_impl/losses."""

from functools import partial

from nnparity.reference_impl.mistakes.edit import Edit, Line
from nnparity.reference_impl.mistakes.mistake import Mistake, latex

OVER_BATCH = ("mean", "batch_mean")


def entry(*, id, correct, mistaken, kind="", kinds=(), case="", **fields):
    """An entry about the loss `kind`, or about several of these `kinds`."""
    return Mistake(id=f"loss-{id}", area="loss", kinds=kinds or (kind,), correct=latex(correct), mistaken=latex(mistaken),
                   case=case or f"loss-{kind}-mean-float64", **fields)


squared = partial(entry, kind="squared_error", module="losses.squared_error")
binary = partial(entry, kind="binary_cross_entropy", module="losses.binary_cross_entropy")
categorical = partial(entry, kind="categorical_cross_entropy", module="losses.categorical_cross_entropy")
softmax = partial(entry, kind="softmax_cross_entropy", module="losses.categorical_cross_entropy")
reduction = partial(entry, module="losses.reduction")


PULL = Line("squared_error.vjp", 'd = pull(cotangents["y"]) * error')
LOG_SOFTMAX = Line("softmax_cross_entropy", "log_q = log_softmax(a)[0]")
GRADIENT = Line("squared_error.vjp", 'return {"x": 2 * d if scale == "full" else d}')
SQUARE = Line("squared_error", 'losses = error * error if scale == "full" else 0.5 * error * error')
ERROR = Line("squared_error", 'error = inputs["x"] - inputs["target"]')
REDUCE = Line("squared_error", 'y, pull = reduce("squared_error", losses, reduction, axes, OVER_ELEMENTS)')
PULLED = Line("reduce.pull", "np.asarray(dy / divisor)")
LOGS = Line("binary_cross_entropy", "losses = -weighted(t, np.log, p) - weighted(1 - t, np.log1p, -p)")
SLOPE = Line("binary_cross_entropy", "np.where(inside, slope_of(p, t), 0)")
LOGIT_SLOPE = Line("binary_cross_entropy", "(1 - t) * sigmoid(x) - t * sigmoid(-x)")
LOG_Q = Line("categorical_cross_entropy", 'reduce("categorical_cross_entropy", -(t * np.log(named)).sum(-1), '
                                          "reduction, axes - 1, OVER_EXAMPLES)")
BACK = Line("categorical_cross_entropy.vjp", "(-t / named)")
SOFT = Line("softmax_cross_entropy", 'reduce("softmax_cross_entropy", -(t * log_q).sum(-1), reduction, axes - 1, OVER_EXAMPLES)')
DELTA = Line("softmax_cross_entropy.vjp", "(np.exp(log_q) * (t.sum(-1, keepdims=True) - t) + t * np.expm1(log_q))")

SQUARED_ERROR = (
    squared(part="backward", id="error-sign", title="gradient of the squared error of the opposite sign: t - x",
            edit=GRADIENT.becomes('return {"x": -2 * d if scale == "full" else -d}'),
            symptom="The loss grows at every step of a descent.",
            fix="x - t with an update that subtracts, or t - x with one that adds.",
            correct=r"\frac{\partial L}{\partial x} = 2 (x - t)", mistaken=r"\frac{\partial L}{\partial x} = 2 (t - x)"),
    squared(part="backward", id="value-for-gradient", title="the loss value is used as its gradient",
            edit=PULL.becomes('d = pull(cotangents["y"]) * error * error'),
            also=(GRADIENT.becomes('return {"x": d if scale == "full" else 0.5 * d}'),),
            symptom="The gradient is never negative: parameters move one way only.",
            fix="The derivative of (x - t)² is 2 (x - t): it keeps the sign of the error.",
            correct=r"2 (x - t) \;", mistaken="(x - t)^2",
            source="K30"),
    squared(part="backward", id="error-squared-gradient", title="gradient proportional to the squared error",
            edit=PULL.becomes('d = pull(cotangents["y"]) * error * error'),
            symptom="The gradient is never negative.",
            fix="The derivative of (x - t)² is 2 (x - t).",
            correct=r"2 (x - t) \;", mistaken="2 (x - t)^2"),
    squared(part="backward", id="two-lost", title="the 2 of the square missing in the gradient",
            edit=GRADIENT.becomes('return {"x": d}'),
            symptom="Half the gradient; a gradient check fails by a factor of two.",
            fix="Multiply by 2, or put ½ into the loss.",
            correct=r"2 (x - t) \;", mistaken="x - t",
            config={"scale": "full"}),
    squared(part="backward", id="two-kept", title="gradient twice too large: the ½ of the loss cancels the 2",
            edit=GRADIENT.becomes('return {"x": 2 * d}'),
            symptom="Twice the gradient; a gradient check fails by a factor of two.",
            fix="With ½ in the loss the gradient is x - t.",
            correct="x - t", mistaken="2 (x - t)",
            config={"scale": "half"}, case="loss-squared_error-half_sum-float64"),
    squared(part="backward", id="sign-for-gradient", title="gradient of the absolute error",
            edit=PULL.becomes('d = pull(cotangents["y"]) * (error / (abs(error) + (error == 0)))'),
            symptom="All gradients have the same size.",
            fix="The derivative of (x - t)² is 2 (x - t).",
            correct=r"2 (x - t) \;", mistaken=r"2 \, \mathrm{sign}(x - t)"),
    squared(part="forward", id="absolute", title="absolute error instead of its square",
            edit=SQUARE.becomes("losses = error * (1 if scale == 'full' else 0.5) * (1 - 2 * (error.real < 0))"),
            symptom="The loss is not the square of anything.",
            fix="Square the error.",
            correct="(x - t)^2", mistaken=r"\left| x - t \right|"),
    squared(part="forward", id="not-squared", title="error not squared",
            edit=SQUARE.becomes("losses = error if scale == 'full' else 0.5 * error"),
            symptom="The loss can be negative: positive and negative errors cancel.",
            fix="Square the error before summing.",
            correct=r"\sum (x - t)^2", mistaken=r"\sum (x - t)"),
    squared(part="forward", id="square-of-sum", title="square of the summed errors instead of the sum of their squares",
            edit=REDUCE.becomes('y, pull = reduce("squared_error", error if scale == "full" else error * 0.5**0.5, '
                                "reduction, axes, OVER_ELEMENTS); y = y * y"),
            symptom="Errors of opposite sign cancel.",
            fix="Square first, sum then.",
            correct=r"\sum (x - t)^2", mistaken=r"\left( \sum (x - t) \right)^2",
            config={"reduction": ("mean", "sum", "batch_mean", "feature_mean", "per_class")}, needs="batch"),
    squared(part="forward", id="root", title="root of the mean squared error",
            edit=REDUCE.then("y = y**0.5"),
            symptom="Square of the loss is right; its gradient has another scale.",
            fix="Report the root if you like, but train on the square.",
            correct=r"\frac{1}{n} \sum (x - t)^2", mistaken=r"\sqrt{\frac{1}{n} \sum (x - t)^2}"),
    squared(part="forward", id="arg-max", title="loss taken on the arg-max, which has no gradient",
            edit=ERROR.becomes('one_hot = inputs["x"].real == inputs["x"].real.max(-1, keepdims=True); error = '
                               'one_hot - inputs["target"] + 0 * inputs["x"]'),
            symptom="The loss does not change under small changes of the weights.",
            fix="Take the loss on the outputs themselves; arg-max is for reporting.",
            correct=r"L = \sum (x - t)^2", mistaken=r"L = \sum (\mathrm{onehot}(\arg\max x) - t)^2",
            source="K51", case="n22-mlp-float64-sine"),
)

ALL = ("squared_error", "binary_cross_entropy", "categorical_cross_entropy", "softmax_cross_entropy")


REDUCTION = (
    reduction(part="backward", kinds=ALL, id="gradient-not-averaged", title="gradient lacks the factor 1/N that the loss has",
              edit=PULLED.becomes("np.asarray(dy)"),
              symptom="A gradient check fails by a factor that is the number of examples.",
              fix="The same loss on both sides: divide the gradient too, or sum the loss.",
              correct=r"L = \frac{1}{N} \sum e, \;\; dL = \frac{1}{N} \sum de",
              mistaken=r"L = \frac{1}{N} \sum e, \;\; dL = \sum de",
              config={"reduction": ("mean", "batch_mean", "feature_mean", "per_class")}, needs="batch", source="K45",
              case="loss-squared_error-mean-float64"),
    reduction(part="backward", kinds=ALL, id="gradient-averaged",
              title="gradient averaged over the batch though the loss is a sum",
              edit=PULLED.becomes("np.asarray(dy / shape[0])"),
              symptom="A gradient check fails by the number of examples.",
              fix="The same loss on both sides.",
              correct=r"L = \sum e, \;\; dL = \sum de", mistaken=r"L = \sum e, \;\; dL = \frac{1}{N} \sum de",
              config={"reduction": "sum"}, needs="batch", case="loss-squared_error-sum-float64"),
    reduction(part="forward", kinds=ALL[:2], id="divided-by-classes",
              title="loss divided by the number of classes instead of examples",
              edit=Edit(function="reduce", right='"batch_mean": shape[0]', wrong='"batch_mean": shape[-1]'),
              symptom="The loss depends on the size of the batch.",
              fix="In a layout of columns the first axis is the classes: divide by the other.",
              correct=r"\frac{1}{N} \sum_n \sum_k e_{nk}", mistaken=r"\frac{1}{K} \sum_n \sum_k e_{nk}",
              config={"reduction": "batch_mean"}, source="K42", case="loss-binary_cross_entropy-batch_mean-float64"),
)

PROBABILITY = {"prediction": "probabilities", "clip": ("none", "probability")}

BINARY_CROSS_ENTROPY = (
    binary(part="forward", id="binary-bracket", title="bracket missing in binary cross-entropy: -t log p + (1 - t) log(1 - p)",
           edit=LOGS.becomes("losses = -t * np.log(p) + (1 - t) * np.log(1 - p)"),
           symptom="The loss of confident right answers is negative, and it stalls.",
           fix="The minus stands before the whole sum.",
           correct=r"-(t \log p + (1 - t) \log(1 - p))", mistaken=r"-t \log p + (1 - t) \log(1 - p)",
           config=PROBABILITY),
    binary(part="forward", id="binary-second-term", title="second term of binary cross-entropy missing",
           edit=LOGS.becomes("losses = -t * np.log(p)"),
           symptom="The loss is least when every output is one.",
           fix="Add (1 - t) log(1 - p): a sigmoid output must also learn to say no.",
           correct=r"-t \log p - (1 - t) \log(1 - p)", mistaken=r"-t \log p",
           config=PROBABILITY),
    binary(part="forward", id="binary-labels-exchanged", title="labels 0 and 1 exchanged in binary cross-entropy",
           edit=LOGS.becomes("losses = -(1 - t) * np.log(p) - t * np.log(1 - p)"),
           symptom="The outputs learn the opposite.",
           fix="t goes with log p.",
           correct=r"-t \log p - (1 - t) \log(1 - p)", mistaken=r"-(1 - t) \log p - t \log(1 - p)",
           config=PROBABILITY),
    binary(part="backward", id="binary-delta-for-gradient", title="p - t taken as the gradient by p",
           edit=SLOPE.becomes("np.where(inside, p - t, 0)"),
           symptom="The output's sigmoid' is counted twice: learning is slow where the output is confident and wrong.",
           fix="p - t is the gradient by the logit; by p it is (p - t) / (p (1 - p)).",
           correct=r"\frac{\partial L}{\partial p} = \frac{p - t}{p (1 - p)}", mistaken=r"\frac{\partial L}{\partial p} = p - t",
           source="K32", config=PROBABILITY),
    binary(part="backward", id="binary-one-term", title="gradient of the first term of binary cross-entropy alone",
           edit=SLOPE.becomes("np.where(inside, -t / p, 0)"),
           symptom="Outputs whose label is 0 get no gradient.",
           fix="Differentiate both terms.",
           correct=r"-\frac{t}{p} + \frac{1 - t}{1 - p}", mistaken=r"-\frac{t}{p}",
           config=PROBABILITY),
    binary(part="backward", id="binary-inner-sign", title="sign of the inner derivative of log(1 - p) missing",
           edit=SLOPE.becomes("np.where(inside, -t / p - (1 - t) / (1 - p), 0)"),
           symptom="Outputs only ever grow.",
           fix="The derivative of log(1 - p) is -1 / (1 - p).",
           correct=r"-\frac{t}{p} + \frac{1 - t}{1 - p}", mistaken=r"-\frac{t}{p} - \frac{1 - t}{1 - p}",
           config=PROBABILITY),
    binary(part="backward", id="logits-derivative-again", title="the delta σ(z) - t multiplied by σ' again",
           edit=LOGIT_SLOPE.becomes("(sigmoid(x) - t) * sigmoid(x) * (1 - sigmoid(x))"),
           symptom="Learning stalls where the output is confident and wrong.",
           fix="σ' is already in σ(z) - t.",
           correct=r"\sigma(z) - t", mistaken=r"(\sigma(z) - t) \sigma'(z)",
           config={"prediction": "logits"}, source="K32", case="loss-binary_cross_entropy-logits-float64"),
    binary(part="backward", id="logits-no-sigmoid", title="z - t instead of σ(z) - t",
           edit=LOGIT_SLOPE.becomes("x - t"),
           symptom="Large logits get large gradients.",
           fix="Apply the sigmoid in the gradient too.",
           correct=r"\sigma(z) - t", mistaken="z - t",
           config={"prediction": "logits"}, case="loss-binary_cross_entropy-logits-float64"),
    binary(part="forward", id="logits-sigmoid-twice", title="sigmoid applied twice: probabilities taken for logits",
           edit=Edit(function="binary_cross_entropy", right='x, t = inputs["x"], inputs["target"]',
                     wrong='x, t = (sigmoid(inputs["x"]) if prediction == "logits" else inputs["x"]), inputs["target"]'),
           symptom="The loss never falls below 0.31.",
           fix="Give logits, or use the loss on probabilities.",
           correct=r"\ell(\sigma(z), t)", mistaken=r"\ell(\sigma(\sigma(z)), t)",
           config={"prediction": "logits"}, source="https://github.com/keras-team/keras/issues/6143",
           case="loss-binary_cross_entropy-logits-float64"),
)



def log_q(terms):
    return f'reduce("categorical_cross_entropy", {terms}, reduction, axes - 1, OVER_EXAMPLES)'



CROSS_ENTROPY = (
    categorical(part="forward", id="cross-entropy-divided-by-classes",
                title="loss divided by the number of classes instead of examples",
                edit=LOG_Q.becomes(log_q("-(t * np.log(named)).sum(-1) * (len(t) / t.shape[-1] if t.ndim > 1 else 1)")),
                symptom="The loss depends on the size of the batch.",
                fix="In a layout of columns the first axis is the classes: divide by the other.",
                correct=r"\frac{1}{N} \sum_n \sum_k e_{nk}", mistaken=r"\frac{1}{K} \sum_n \sum_k e_{nk}",
                config={"reduction": OVER_BATCH}, source="K42"),
    categorical(part="forward", id="cross-entropy-mean-of-classes", title="cross-entropy averaged over the classes too",
                edit=LOG_Q.becomes(log_q("-(t * np.log(named)).mean(-1)")),
                symptom="The loss is smaller by the number of classes.",
                fix="Sum over the classes, average over the examples.",
                correct=r"\frac{1}{N} \sum_n \sum_k e_{nk}", mistaken=r"\frac{1}{N K} \sum_n \sum_k e_{nk}"),
    categorical(part="forward", id="cross-entropy-minus", title="minus sign of the cross-entropy missing",
                edit=LOG_Q.becomes(log_q("(t * np.log(named)).sum(-1)")),
                symptom="The loss is negative and a descent makes the answers worse.",
                fix="L = -Σ t log p.",
                correct=r"-\sum_k t_k \log p_k", mistaken=r"\sum_k t_k \log p_k"),
    categorical(part="forward", id="cross-entropy-both-terms", title="binary cross-entropy used on classes",
                edit=LOG_Q.becomes(log_q("-(t * np.log(named) + (1 - t) * np.log(1 - np.where(t == 1, 0, q))).sum(-1)")),
                symptom="The loss is larger than it should be; the classes that are not the label are counted as well.",
                fix="With softmax outputs, -Σ t log p alone.",
                correct=r"-\sum_k t_k \log p_k", mistaken=r"-\sum_k (t_k \log p_k + (1 - t_k) \log(1 - p_k))"),
    categorical(part="forward", id="cross-entropy-base-two", title="logarithm to base 2",
                edit=LOG_Q.becomes(log_q("-(t * np.log2(named)).sum(-1) if named.dtype.kind != 'c' else "
                                         "-(t * np.log(named) / np.log(2)).sum(-1)")),
                symptom="The loss is 1.44 times too large.",
                fix="The natural logarithm.",
                correct=r"-\sum_k t_k \ln p_k", mistaken=r"-\sum_k t_k \log_2 p_k"),
    *(categorical(part="forward", id=f"cross-entropy-plus-{exponent}", title=f"1e-{exponent} added inside the logarithm",
                  edit=LOG_Q.becomes(log_q(f"-(t * np.log(named + 1e-{exponent})).sum(-1)")),
                  also=(BACK.becomes(f"(-t / (named + 1e-{exponent}))"),),
                  symptom=f"Off by about 1e-{exponent} everywhere, and a loss below zero for a probability of one.",
                  fix="Clip the probability if it can be zero, or compute the loss from logits.",
                  correct=r"-\log p", mistaken=rf"-\log(p + 10^{{-{exponent}}})")
      for exponent in (5, 7, 8, 9, 10, 12)),
    categorical(part="backward", id="cross-entropy-delta-for-gradient", title="p - t taken as the gradient by p",
                edit=BACK.becomes("(named * 0 + q - t)"),
                symptom="A softmax derivative is applied to a delta that already contains it: learning is slow where "
                        "a probability is small.",
                fix="p - t is the gradient by the logits; by p it is -t / p.",
                correct=r"\frac{\partial L}{\partial p_k} = -\frac{t_k}{p_k}",
                mistaken=r"\frac{\partial L}{\partial p_k} = p_k - t_k",
                source="K32", case="n18-mlp-float64-cross_entropy"),
    categorical(part="backward", id="cross-entropy-gradient-sign", title="gradient of cross-entropy of the opposite sign",
                edit=BACK.becomes("(t / named)"),
                symptom="A descent makes the answers worse.",
                fix="The derivative of -log p is -1/p.",
                correct=r"-\frac{t}{p}", mistaken=r"\frac{t}{p}"),
    categorical(part="backward", id="cross-entropy-no-division", title="gradient of cross-entropy without the division by p",
                edit=BACK.becomes("(-t + 0 * named)"),
                symptom="Small probabilities of the label get too small a gradient.",
                fix="The derivative of log p is 1/p.",
                correct=r"-\frac{t}{p}", mistaken=r"-t \;"),
    categorical(part="backward", id="clip-passes-gradient", title="gradient passes through the clip of the probabilities",
                edit=Edit(function="categorical_cross_entropy.vjp", right="d = np.where(inside, d, 0)", wrong="d = 1 * d"),
                symptom="Right as long as no probability is clipped.",
                fix="Where a probability is held at a bound, its derivative is zero.",
                correct=r"-\frac{t}{p} \; [\epsilon \leq p \leq 1 - \epsilon]", mistaken=r"-\frac{t}{p}",
                config={"clip": "probability"}, needs="clipped", case="loss-categorical_cross_entropy-clip_beyond-float64"),
    softmax(part="forward", id="softmax-twice", title="softmax applied twice: probabilities taken for logits",
            edit=LOG_SOFTMAX.becomes("log_q = log_softmax(np.exp(log_softmax(a)[0]))[0]"),
            symptom="The loss never falls below that of nearly equal probabilities; training stalls.",
            fix="Give logits, or use the loss on probabilities.",
            correct=r"\ell(z, t)", mistaken=r"\ell(\mathrm{softmax}(z), t)",
            source="https://github.com/keras-team/keras/issues/6636"),
    softmax(part="forward", id="softmax-no-shift", title="exp without the max shift in softmax cross-entropy: overflow",
            edit=LOG_SOFTMAX.becomes("log_q = np.log(np.exp(a) / np.exp(a).sum(-1, keepdims=True))"),
            symptom="Right for small logits; above 709 in float64 (88 in float32) exp is inf and the loss nan.",
            fix="Subtract the largest logit before exp, and never take the logarithm of a softmax.",
            correct=r"z_k - \max z - \log \sum_j e^{z_j - \max z}", mistaken=r"\log \frac{e^{z_k}}{\sum_j e^{z_j}}",
            needs="large", source="K34", case="loss-softmax_cross_entropy-overflow-float64"),
    softmax(part="forward", id="softmax-divided-by-classes", title="loss divided by the number of classes instead of examples",
            edit=SOFT.replacing("-(t * log_q).sum(-1)", "-(t * log_q).sum(-1) * (len(t) / t.shape[-1] if t.ndim > 1 else 1)"),
            symptom="The loss depends on the size of the batch.",
            fix="In a layout of columns the first axis is the classes: divide by the other.",
            correct=r"\frac{1}{N} \sum_n \sum_k e_{nk}", mistaken=r"\frac{1}{K} \sum_n \sum_k e_{nk}",
            config={"reduction": OVER_BATCH}, source="K42"),
    softmax(part="forward", id="softmax-mean-of-classes", title="cross-entropy averaged over the classes too",
            edit=SOFT.replacing(".sum(-1)", ".mean(-1)"),
            symptom="The loss is smaller by the number of classes.",
            fix="Sum over the classes, average over the examples.",
            correct=r"\frac{1}{N} \sum_n \sum_k e_{nk}", mistaken=r"\frac{1}{N K} \sum_n \sum_k e_{nk}"),
    softmax(part="forward", id="labels-from-one", title="class numbers shifted by one",
            edit=Edit(function="softmax_cross_entropy",
                      right='t = distribution("softmax_cross_entropy", inputs["target"], labels, a)',
                      wrong='t = np.roll(distribution("softmax_cross_entropy", inputs["target"], labels, a), 1, -1)'),
            symptom="The outputs learn the class next door.",
            fix="Count classes from zero.",
            correct=r"-\log p_t", mistaken=r"-\log p_{t+1}",
            config={"labels": "sparse"}, case="loss-softmax_cross_entropy-sparse-float64"),
    softmax(part="backward", id="delta-times-diagonal", title="the delta p - t multiplied by a softmax derivative again",
            edit=DELTA.becomes("(np.exp(log_q) * t.sum(-1, keepdims=True) - t) * np.exp(log_q) * (1 - np.exp(log_q))"),
            symptom="Outputs right, gradients too small; learning stalls where an answer is confident and wrong.",
            fix="p - t already contains the derivative of the softmax.",
            correct=r"\delta = p - t", mistaken=r"\delta = (p - t) \odot p \odot (1 - p)",
            source="K32"),
    softmax(part="backward", id="delta-times-jacobian", title="the delta p - t multiplied by the softmax Jacobian again",
            edit=DELTA.becomes("np.exp(log_q) * ((d := np.exp(log_q) * t.sum(-1, keepdims=True) - t) - (d * "
                               "np.exp(log_q)).sum(-1, keepdims=True))"),
            symptom="Outputs right, gradients too small.",
            fix="p - t already contains the derivative of the softmax.",
            correct=r"\delta = p - t", mistaken=r"\delta = J (p - t), \quad J = \mathrm{diag}(p) - p p^\top",
            source="K32"),
    softmax(part="backward", id="delta-without-target", title="target not subtracted in the delta",
            edit=DELTA.becomes("(np.exp(log_q) * t.sum(-1, keepdims=True))"),
            symptom="All logits fall.",
            fix="p - t: subtract one at the label.",
            correct=r"\delta = p - t", mistaken=r"\delta = p \;"),
    softmax(part="backward", id="delta-sign", title="delta of the opposite sign: t - p",
            edit=DELTA.becomes("(t - np.exp(log_q) * t.sum(-1, keepdims=True))"),
            symptom="The loss grows at every step of a descent.",
            fix="p - t with an update that subtracts.",
            correct=r"\delta = p - t", mistaken=r"\delta = t - p"),
    softmax(part="backward", id="delta-of-logits", title="logits in place of probabilities in the delta",
            edit=DELTA.becomes("(a * t.sum(-1, keepdims=True) - t)"),
            symptom="Gradients grow with the logits.",
            fix="Apply softmax in the gradient too.",
            correct=r"\delta = p - t", mistaken=r"\delta = z - t"),
    softmax(part="backward", id="delta-label-everywhere", title="1 subtracted from every class in the delta",
            edit=DELTA.becomes("(np.exp(log_q) - 1) * t.sum(-1, keepdims=True)"),
            symptom="All logits rise; the loss does not fall.",
            fix="Subtract one at the label's own class: p[n, t[n]] -= 1.",
            correct="p_k - [k = t]", mistaken="p_k - 1"),
)

MISTAKES = (*SQUARED_ERROR, *REDUCTION, *BINARY_CROSS_ENTROPY, *CROSS_ENTROPY)
