"""What goes wrong in dropout. Each entry changes a line of reference_impl/layers/dropout.py."""

from functools import partial

from nnparity.reference_impl.mistakes.edit import Line
from nnparity.reference_impl.mistakes.mistake import Mistake

INVERTED = {"scaling": "inverted"}


def entry(*, id, case="dropout-inverted-float64", **fields):
    return Mistake(id=f"dropout-{id}", area="dropout", module="layers.dropout", kinds=("dropout",), case=case, **fields)


forward, backward = partial(entry, part="forward"), partial(entry, part="backward")

FACTOR = Line("dropout", 'inputs["mask"] / (1 - rate) if')
CHOSEN = Line("dropout", 'factor = inputs["mask"] / (1 - rate) if scaling == "inverted" else inputs["mask"]')
BACK = Line("dropout", '{"x": cotangents["y"] * factor}')

ALL = 'return {"y": inputs["x"] * factor}'

Y = r"y = \frac{x \odot m}{1 - p}"
DX = r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} \odot \frac{m}{1 - p}"

MISTAKES = (
    forward(id="divided-by-rate", title="divided by the rate instead of 1 - rate",
            edit=FACTOR.becomes('inputs["mask"] / rate if'),
            symptom="rate is read as the probability of keeping.",
            fix="Divide by the probability of keeping, 1 - rate.",
            correct=Y, mistaken=r"y = \frac{x \odot m}{p}",
            config=INVERTED),
    forward(id="scaled-twice", title="divided by 1 - rate twice",
            edit=FACTOR.becomes('inputs["mask"] / (1 - rate)**2 if'),
            symptom="The mask was scaled when it was drawn, and again when it was used.",
            fix="Divide by the probability of keeping once.",
            correct=Y, mistaken=r"y = \frac{x \odot m}{(1 - p)^2}",
            config=INVERTED),
    forward(id="scaled-anyway", title="divided by 1 - rate where nothing should be",
            edit=CHOSEN.becomes('factor = inputs["mask"] / (1 - rate)'),
            symptom="Too large by 1 / (1 - rate).",
            fix="The original form scales in inference: no division in training.",
            correct=r"y = x \odot m", mistaken=Y,
            config={"scaling": "none"}, case="dropout-noscale-float64"),
    forward(id="multiplied", title="multiplied by 1 - rate in training",
            edit=FACTOR.becomes('inputs["mask"] * (1 - rate) if'),
            symptom="The correction of inference applied in training.",
            fix="Divide by 1 - rate in training, or multiply in inference.",
            correct=Y, mistaken=r"y = (1 - p) \, x \odot m",
            config=INVERTED),
    forward(id="divided-by-kept", title="divided by the share of units that this mask keeps",
            edit=FACTOR.becomes('inputs["mask"] / inputs["mask"].mean() if'),
            symptom="Right on average only: the factor changes from batch to batch.",
            fix="Divide by the constant 1 - rate.",
            correct=Y, mistaken=r"y = \frac{x \odot m}{\overline{m}}",
            config=INVERTED),
    forward(id="mask-inverted", title="mask used the other way round",
            edit=CHOSEN.replacing('inputs["mask"]', '(1 - inputs["mask"])'),
            symptom="The units that should be kept are dropped.",
            fix="1 keeps, 0 drops: mask = random >= rate.",
            correct=Y, mistaken=r"y = \frac{x \odot (1 - m)}{1 - p}"),
    forward(id="mask-unused", title="scaled, but no unit dropped",
            edit=CHOSEN.becomes('factor = 1 / (1 - rate) + 0 * inputs["mask"]'),
            symptom="The same outputs for every mask.",
            fix="Multiply by the mask.",
            correct=Y, mistaken=r"y = \frac{x}{1 - p}"),
    forward(id="off", title="no dropout at all",
            edit=CHOSEN.becomes('factor = 1 + 0 * inputs["mask"]'),
            symptom="The layer works as in inference.",
            fix="Switch training on: model.train(), training=True.",
            correct=Y, mistaken=r"y = x \,"),
    forward(id="one-mask", title="one mask for all examples",
            edit=CHOSEN.replacing('inputs["mask"]', '(inputs["mask"][..., :1, :] + 0 * inputs["mask"])'),
            symptom="Every example drops the same units.",
            fix="Draw the mask in the shape of x.",
            correct=Y, mistaken=r"y_b = \frac{x_b \odot m_0}{1 - p}"),
    backward(id="mask-left-out-back", title="mask and scale not applied in the backward pass",
             edit=BACK.becomes('{"x": cotangents["y"]}'),
             symptom="Dropped units get gradients.",
             fix="Multiply by the same mask and scale as forward.",
             correct=DX, mistaken=r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y}"),
    backward(id="scale-only-back", title="mask not applied in the backward pass",
             edit=BACK.becomes('{"x": cotangents["y"] / (1 - rate)}'),
             symptom="Dropped units get gradients.",
             fix="Multiply by the same mask as forward.",
             correct=DX, mistaken=DX.replace(r"\odot \frac{m}", r"\frac{1}"),
             config=INVERTED),
    backward(id="not-rescaled-back", title="gradient not rescaled by 1 / (1 - rate)",
             edit=BACK.becomes('{"x": cotangents["y"] * inputs["mask"]}'),
             symptom="Gradients too small by the factor 1 - rate.",
             fix="Multiply by the same scale as forward.",
             correct=DX, mistaken=r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} \odot m",
             config=INVERTED),
    backward(id="ratio-back", title="mask recovered from zeros of the input: dropped or not, they pass the gradient",
             edit=BACK.becomes('{"x": cotangents["y"] * (factor + (inputs["x"] == 0) * (1 - factor))}'),
             symptom="Right without zeros in the input; behind a ReLU half of it is zero. y / x is no mask where x is 0.",
             fix="Keep the mask of the way forward.",
             correct=DX, mistaken=r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} \odot \frac{y}{x}",
             only=("zeros",), case="dropout-zeros-float64"),
    backward(id="zeros-blocked-back", title="mask recovered from zeros of the output: a zero of the input stops the gradient too",
             edit=BACK.becomes('{"x": cotangents["y"] * factor * (inputs["x"] * factor != 0)}'),
             symptom="Right without zeros in the input; behind a ReLU half of it is zero.",
             fix="Keep the mask of the way forward; y != 0 is not it.",
             correct=DX, mistaken=r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} \odot \frac{[y \ne 0]}{1 - p}",
             only=("zeros",), case="dropout-zeros-float64"),
    backward(id="twice-back", title="mask and scale applied twice in the backward pass",
             edit=BACK.becomes('{"x": cotangents["y"] * factor * factor}'),
             symptom="Gradients too large by 1 / (1 - rate).",
             fix="Apply the factor once.",
             correct=DX, mistaken=r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} \odot \frac{m}{(1 - p)^2}",
             config=INVERTED),
    backward(id="times-output", title="gradient multiplied by the output instead of the mask",
             edit=BACK.becomes('{"x": cotangents["y"] * inputs["x"] * factor}'),
             symptom="The cached output was taken for the mask.",
             fix="Cache the mask.",
             correct=DX, mistaken=r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} \odot y"),
)
