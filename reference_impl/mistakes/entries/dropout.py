"""What goes wrong in dropout. Each entry changes a line of reference_impl/layers/dropout.py."""

from nnparity.reference_impl.mistakes.mistake import Mistake

INVERTED = {"scaling": "inverted"}


def _mistake(part, id, title, right, wrong, symptom, fix, correct, mistaken, **about):
    return Mistake(id=f"dropout-{id}", area="dropout", module="layers.dropout", kinds=("dropout",), part=part, title=title,
                   right=right, wrong=wrong, symptom=symptom, fix=fix, correct=correct, mistaken=mistaken,
                   **{"case": "dropout-inverted-float64", **about})


FACTOR = 'inputs["mask"] / (1 - rate) if'
CHOSEN = 'factor = inputs["mask"] / (1 - rate) if scaling == "inverted" else inputs["mask"]'
BACK = '{"x": cotangents["y"] * factor}'
ALL = "return {\"y\": inputs[\"x\"] * factor}"

Y = r"y = \frac{x \odot m}{1 - p}"
DX = r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} \odot \frac{m}{1 - p}"

MISTAKES = (
    _mistake("forward", "divided-by-rate", "divided by the rate instead of 1 - rate", FACTOR, 'inputs["mask"] / rate if',
             "rate is read as the probability of keeping.", "Divide by the probability of keeping, 1 - rate.", Y,
             r"y = \frac{x \odot m}{p}", config=INVERTED),
    _mistake("forward", "multiplied", "multiplied by 1 - rate in training", FACTOR, 'inputs["mask"] * (1 - rate) if',
             "The correction of inference applied in training.", "Divide by 1 - rate in training, or multiply in inference.", Y,
             r"y = (1 - p) \, x \odot m", config=INVERTED),
    _mistake("forward", "divided-by-kept", "divided by the share of units that this mask keeps", FACTOR,
             'inputs["mask"] / inputs["mask"].mean() if', "Right on average only: the factor changes from batch to batch.",
             "Divide by the constant 1 - rate.", Y, r"y = \frac{x \odot m}{\overline{m}}", config=INVERTED),
    _mistake("forward", "mask-inverted", "mask used the other way round", CHOSEN, CHOSEN.replace('inputs["mask"]', '(1 - inputs["mask"])'),
             "The units that should be kept are dropped.", "1 keeps, 0 drops: mask = random >= rate.", Y,
             r"y = \frac{x \odot (1 - m)}{1 - p}"),
    _mistake("forward", "mask-unused", "scaled, but no unit dropped", CHOSEN, 'factor = 1 / (1 - rate) + 0 * inputs["mask"]',
             "The same outputs for every mask.", "Multiply by the mask.", Y, r"y = \frac{x}{1 - p}"),
    _mistake("forward", "off", "no dropout at all", CHOSEN, 'factor = 1 + 0 * inputs["mask"]', "The layer works as in inference.",
             "Switch training on: model.train(), training=True.", Y, r"y = x \,"),
    _mistake("forward", "one-mask", "one mask for all examples", CHOSEN, CHOSEN.replace('inputs["mask"]', 'np.broadcast_to(inputs["mask"]'
                                                                                     '[..., :1, :], inputs["mask"].shape)'),
             "Every example drops the same units.", "Draw the mask in the shape of x.", Y, r"y_b = \frac{x_b \odot m_0}{1 - p}",
             also=(("from nnparity.reference_impl.config import choice", "import numpy as np\nfrom nnparity.reference_impl.config import choice"),)),
    _mistake("backward", "mask-left-out-back", "mask and scale not applied in the backward pass", BACK, '{"x": cotangents["y"]}',
             "Dropped units get gradients.", "Multiply by the same mask and scale as forward.", DX,
             r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y}"),
    _mistake("backward", "scale-only-back", "mask not applied in the backward pass", BACK, '{"x": cotangents["y"] / (1 - rate)}',
             "Dropped units get gradients.", "Multiply by the same mask as forward.", DX, DX.replace(r"\odot \frac{m}", r"\frac{1}"),
             config=INVERTED),
    _mistake("backward", "not-rescaled-back", "gradient not rescaled by 1 / (1 - rate)", BACK, '{"x": cotangents["y"] * inputs["mask"]}',
             "Gradients too small by the factor 1 - rate.", "Multiply by the same scale as forward.", DX,
             r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} \odot m", config=INVERTED),
    _mistake("backward", "twice-back", "mask and scale applied twice in the backward pass", BACK, '{"x": cotangents["y"] * factor * factor}',
             "Gradients too large by 1 / (1 - rate).", "Apply the factor once.", DX,
             r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} \odot \frac{m}{(1 - p)^2}", config=INVERTED),
    _mistake("backward", "times-output", "gradient multiplied by the output instead of the mask", BACK,
             '{"x": cotangents["y"] * inputs["x"] * factor}', "The cached output was taken for the mask.", "Cache the mask.", DX,
             r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} \odot y"),
)
