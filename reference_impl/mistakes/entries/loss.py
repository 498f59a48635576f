"""What goes wrong in the squared error and in reductions. Each entry changes lines of a file in reference_impl/losses."""

from functools import partial

from nnparity.reference_impl.mistakes.edit import Edit, Line
from nnparity.reference_impl.mistakes.mistake import Mistake, latex


def entry(*, id, correct, mistaken, kind="", kinds=(), case="", **fields):
    """An entry about the loss `kind`, or about several of these `kinds`."""
    return Mistake(id=f"loss-{id}", area="loss", kinds=kinds or (kind,), correct=latex(correct), mistaken=latex(mistaken),
                   case=case or f"loss-{kind}-mean-float64", **fields)


squared = partial(entry, kind="squared_error", module="losses.squared_error")
reduction = partial(entry, module="losses.reduction")

PULL = Line("squared_error.vjp", 'd = pull(cotangents["y"]) * error')
GRADIENT = Line("squared_error.vjp", 'return {"x": 2 * d if scale == "full" else d}')
SQUARE = Line("squared_error", 'losses = error * error if scale == "full" else 0.5 * error * error')
ERROR = Line("squared_error", 'error = inputs["x"] - inputs["target"]')
REDUCE = Line("squared_error", 'y, pull = reduce("squared_error", losses, reduction, axes, OVER_ELEMENTS)')
PULLED = Line("reduce.pull", "np.asarray(dy / divisor)")

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


MISTAKES = SQUARED_ERROR + REDUCTION
