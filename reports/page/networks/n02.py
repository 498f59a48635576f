"""N02: the delta of softmax and cross-entropy, taken together and apart."""

import numpy as np
from markupsafe import Markup

from nnparity.cases import named
from nnparity.reference_impl import RIGHT
from nnparity.reference_impl.mistakes import MISTAKES, plant
from nnparity.reports.page.networks.shown import Seen, Shown, alike
from nnparity.reports.page.plots import COLOURS, figure

FAR = 0.001  # a probability of the right class


def shown(_seen: Seen) -> Shown:
    together, apart = (named(f"n02-mlp-float64-{form}") for form in ("generic", "apart"))
    # the same arrays, and the gradient of the loss alone: the outputs are logits in one and probabilities in the other
    alone = {"y": np.zeros_like(together.cotangents["y"]), "loss": np.ones(())}
    asked = (RIGHT, together), (RIGHT, apart), (plant(MISTAKES["softmax-diagonal"]), apart)
    a, b, diagonal = (world.run(case.replaced(params=together.params, cotangents=alone, exempt="the loss alone")).grads
                      for world, case in asked)
    most = max(float(np.abs(a[name] - b[name]).max()) for name in together.params)
    return Shown((
        "Softmax and cross-entropy in one, with the delta a - t, and each by itself, the softmax with its whole Jacobian, give "
        f"the same gradients to {most:.0e}. With only the diagonal a (1 - a) of that Jacobian the gradient of the first layer "
        f"has a cosine of {alike(a['dense_1/kernel'], diagonal['dense_1/kernel']):.2f} with the right one.",
        "What the document does not do, to multiply a - t by the softmax's derivative once more, would change the delta of a "
        f"right class with a = {FAR} from {FAR - 1:.3f} to {(FAR - 1) * FAR * (1 - FAR):.4f}: the example that is most wrong "
        "would teach nothing."), (deltas(),))


def deltas() -> Markup:
    a = np.linspace(0, 1, 101)

    def draw(made):
        axes = made.subplots()
        axes.plot(a, a - 1, color=COLOURS[0], label="a - t, as posted")
        axes.plot(a, (a - 1) * a * (1 - a), color=COLOURS[1], linestyle="--", label="times a (1 - a) once more")
        axes.set(xlabel="softmax output a of the right class", ylabel="its delta, dL/dz", xlim=(0, 1))
        made.legend(loc="outside lower center", ncols=2)

    return figure(draw, "N02: the delta of the right class", "a - t is largest where the output is most wrong; multiplied by the "
                  "softmax's derivative again it is zero there")
