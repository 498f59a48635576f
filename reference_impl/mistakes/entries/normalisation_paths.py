"""What goes wrong in the powers and factors of a normalisation, and gradients of gamma and beta that are not summed.

    x̂ = (x - μ) / √(v + ε)        through v:  dv = Σ d (x - μ) · (-½) (v + ε)^(-3/2),   dx += dv · 2 (x - μ) / N

Families: the power of v + ε on the way forward and on the way back, the factors ½ and 2 of either path, which sums are left out.
"""

from nnparity.reference_impl.mistakes.entries.normalisation import BATCH, BOTH, SCALE, TRAINING, X_HAT, backward, forward
from nnparity.reference_impl.mistakes.entries.normalisation_backward import DX, GAMMA, GRADIENTS, THROUGH

FORWARD = (
    forward(id="by-square", title="divided by the square of variance plus epsilon, not by its root",
            edit=SCALE.becomes("scale = 1 / (variance + epsilon)**2"),
            symptom="A power of 2 where ½ belongs.",
            fix="Take the root: (v + ε)**0.5.",
            correct=X_HAT, mistaken=r"\hat{x} = \frac{x - \mu}{(v + \epsilon)^2}", kinds=BOTH),
    forward(id="times-deviation", title="multiplied by the standard deviation instead of divided",
            edit=SCALE.becomes("scale = np.sqrt(variance + epsilon)"),
            symptom="Channels that vary much are made to vary more.",
            fix="Divide.",
            correct=X_HAT, mistaken=r"\hat{x} = (x - \mu) \sqrt{v + \epsilon}", kinds=BOTH),
)

POWERS = {"-1/2": ("scale**2", "v + \\epsilon"), "-1": ("scale", r"\sqrt{v + \epsilon}")}


def power(written):
    divisor, formula = POWERS[written]
    return backward(id=f"variance-power{written.replace('/', '-')}", kinds=BOTH, config=TRAINING,
                    title=f"derivative by the variance to the power {written} instead of -3/2",
                    edit=THROUGH.replacing(".mean(over, keepdims=True))", f".mean(over, keepdims=True) / {divisor})"),
                    symptom="The gradient of x is wrong; those of gamma and beta are right.",
                    fix="The derivative of (v + ε)^(-1/2) is -½ (v + ε)^(-3/2).",
                    correct=r"dv = -\frac{1}{2} \sum \frac{d (x - \mu)}{(v + \epsilon)^{3/2}}",
                    mistaken=r"dv = -\frac{1}{2} \sum d (x - \mu) (v + \epsilon)^{" + written + "}")


def factor(path, id, title, wrong, mistaken, why):
    right = {"mean": "- d.mean(", "variance": "- x_hat *"}[path]
    return backward(id=f"{path}-path-{id}", kinds=BOTH, config=TRAINING, title=f"gradient through the {path} {title}",
                    edit=THROUGH.replacing(right, wrong), symptom=why,
                    fix={"mean": "dμ = -Σ d / √(v + ε), and each x has 1/N of it.",
                         "variance": "dv = Σ d (x - μ) (-½) (v + ε)^(-3/2), and each x has 2 (x - μ)/N of it."}[path],
                    correct=DX, mistaken=mistaken)


BACKWARD = (
    *map(power, POWERS),
    factor("variance", "halved", "half as large as it is", "- 0.5 * x_hat *",
           DX.replace(r"- \hat{x} ", r"- \frac{1}{2} \hat{x} "), "The 2 of the derivative of (x - μ)² is missing."),
    factor("mean", "doubled", "twice too large", "- 2 * d.mean(", DX.replace(r"- \overline{d}", r"- 2 \overline{d}", 1),
           "The path through the mean is added twice."),
    factor("mean", "sign", "with the wrong sign", "+ d.mean(", DX.replace(r"- \overline{d}", r"+ \overline{d}", 1),
           "The minus of the derivative of x - μ by μ is missing."),
    *(backward(id=f"{'-and-'.join(names)}-not-summed", kinds=BATCH, config=TRAINING,
               title=f"gradient{'s' * (len(names) > 1)} of {' and '.join(names)} not summed: one for each number of x",
               edit=GRADIENTS.becomes("grads = {" + ", ".join(
                   f'"{name}": {term}' + ".sum(over)" * (name not in names) for name, term in
                   (("gamma", "(dy * x_hat)"), ("beta", "dy"))) + "}"),
               symptom="It has the shape of x. Subtracted from the vector it makes that an array of the shape of x.",
               fix="Sum over every axis but the channels'.",
               correct=GAMMA, mistaken=GAMMA.replace(r"\sum ", ""))
      for names in (("gamma",), ("beta",), ("gamma", "beta"))),
)

MISTAKES = FORWARD + BACKWARD
