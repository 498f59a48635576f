"""What goes wrong in activation functions and their derivatives. Each entry changes a line of reference_impl/activations.py."""

from nnparity.reference_impl.mistakes.mistake import Mistake, latex

KINDS = ("activation", "conv1d", "conv2d", "dense")  # the layers that take an activation by its name


def entry(part, id, of, title, right, wrong, symptom, fix, correct, mistaken, *, also=(), source="", case="", **options):
    """An entry about the activation `of`, with these options where the line depends on them."""
    return Mistake(id=f"activation-{id}", area="activation", module="activations", part=part, kinds=KINDS, title=title,
                   config={"activation": of, "function": of, **options}, right=right, wrong=wrong, also=also, symptom=symptom,
                   fix=fix, correct=latex(correct), mistaken=latex(mistaken), source=source, case=case or f"dense-{of}-float64-generic")


def forward(*about, **more):
    return entry("forward", *about, **more)


def backward(*about, **more):
    return entry("backward", *about, **more)


SIGMOID = "lambda dy: dy * sigmoid_slope(inner)"
SLOPED = "dy * beta * sigmoid_slope(inner)"
TANH = "lambda dy: dy * tanh_slope(a)"
RELU = "lambda dy: dy * positive"
LEAKY = "lambda dy: np.where(a.real > 0, dy, slope * dy)"
ELU = "np.where(a.real > 0, dy, dy * (alpha * np.exp(np.minimum(a, 0))))"
SILU = "dy * (m * (1 + a * n) * h * h)"

SIGMOIDS = (
    forward("sigmoid-sign", "sigmoid", "sigmoid without the minus sign", "inner = a if beta == 1 else beta * a",
            "inner = -a if beta == 1 else -beta * a",
            "Every activation is one minus what it should be; trained from scratch it learns, with loaded weights it is wrong.",
            "Write 1 / (1 + exp(-z)).", r"\sigma(z) = \frac{1}{1 + e^{-z}}", r"\sigma(z) = \frac{1}{1 + e^{z}}", source="K48"),
    backward("sigmoid-formula-of-activation", "sigmoid", "sigmoid' in the form a(1 - a) given the pre-activation z", SIGMOID,
             "lambda dy: dy * a * (1 - a)", "Derivatives larger than 1/4, and negative ones: a sigmoid has neither.",
             "y (1 - y) takes the activation y = σ(z); given z, compute σ(z) first.", r"\sigma'(z) = y (1 - y), \quad y = \sigma(z)",
             r"\sigma'(z) = z (1 - z)", also=((SLOPED, "dy * beta * a * (1 - a)"),), source="K40"),
    backward("sigmoid-one-factor", "sigmoid", "sigmoid' without its factor y", SIGMOID, "lambda dy: dy * (1 - y)",
             "The derivative at 0 is 1/2 instead of 1/4.", "σ' = y (1 - y).", r"\sigma'(z) = y (1 - y)", r"\sigma'(z) = 1 - y",
             also=((SLOPED, "dy * beta * (1 - y)"),)),
    backward("sigmoid-as-tanh", "sigmoid", "derivative of tanh on a sigmoid", SIGMOID, "lambda dy: dy * (1 - y**2)",
             "Gradients a few times too large.", "1 - y² belongs to tanh; the sigmoid has y (1 - y).", r"\sigma'(z) = y (1 - y)",
             r"\sigma'(z) = 1 - y^2", also=((SLOPED, "dy * beta * (1 - y**2)"),)),
    backward("sigmoid-slope-lost", "sigmoid", "slope beta missing in the derivative of the sigmoid", SLOPED, "dy * sigmoid_slope(inner)",
             "Right for beta = 1 alone.", "The chain rule multiplies by beta.", r"\frac{d}{dz} \sigma(\beta z) = \beta y (1 - y)",
             r"\frac{d}{dz} \sigma(\beta z) = y (1 - y)", case="dense-sigmoid_beta-float64-generic", beta=(1.5, 2.5)),
    forward("hard-sigmoid-unbounded", "hard_sigmoid", "hard sigmoid without its bounds",
            "np.where(a.real <= -b, 0, np.where(a.real >= b, 1, inner))", "inner",
            "Values below 0 and above 1 for large arguments.", "Clip the line to [0, 1].",
            r"\min(\max(s z + \frac{1}{2}, 0), 1)", r"s z + \frac{1}{2}"),
    backward("hard-sigmoid-flat-parts", "hard_sigmoid", "hard sigmoid' not zero beyond its bounds",
             "lambda dy: np.where(np.abs(a.real) < b, dy / (2 * b), 0)", "lambda dy: dy / (2 * b)",
             "Right between the bounds, a gradient where the curve is flat.", "The derivative is zero where the value is clipped.",
             r"f'(z) = s \; [0 < s z + \frac{1}{2} < 1]", r"f'(z) = s \; \mathrm{everywhere}"),
    forward("softplus-half", "softplus", "softplus without its maximum: log(1 + exp(-|z|))", "y = np.where(positive, a, 0) + np.log1p",
            "y = 0 * a + np.log1p", "Right for negative arguments, falls again for positive ones.",
            "The stable form is max(z, 0) + log(1 + exp(-|z|)).", r"\max(z, 0) + \log(1 + e^{-|z|})", r"\log(1 + e^{-|z|})"),
    backward("softplus-sign", "softplus", "softplus' is σ(-z) instead of σ(z)", "np.where(beyond, dy, dy * sigmoid(a))",
             "np.where(beyond, dy, dy * sigmoid(-a))", "Right at 0 alone.", "The derivative of log(1 + exp(z)) is σ(z).",
             r"f'(z) = \sigma(z)", r"f'(z) = \sigma(-z)"),
)

TANHS = (
    backward("tanh-divided-by-square", "tanh", "tanh' divided by z² instead of cosh² z", TANH, "lambda dy: dy / a**2",
             "The derivative grows without bound near 0, where it should be 1.",
             "tanh' = (cosh² - sinh²) / cosh² = 1 / cosh² z = 1 - tanh² z.", r"\frac{1}{\cosh^2 z}", r"\frac{1}{z^2}", source="K28"),
    backward("tanh-of-pre-activation", "tanh", "tanh' in the form 1 - a² given the pre-activation z", TANH,
             "lambda dy: dy * (1 - a**2)", "Derivatives below zero for |z| > 1: tanh has none.",
             "1 - y² takes the activation y = tanh z.", r"1 - \tanh^2 z", r"1 - z^2", source="K12, K40"),
    backward("tanh-no-square", "tanh", "tanh' without the square", TANH, "lambda dy: dy * (1 - y)",
             "The derivative is larger than 1 for negative arguments.", "tanh' = 1 - y².", r"1 - y^2, \quad y = \tanh z",
             r"1 - y, \quad y = \tanh z"),
    backward("tanh-cosh-no-square", "tanh", "tanh' is 1/cosh instead of 1/cosh²", TANH, "lambda dy: dy / np.cosh(a)",
             "Gradients too large away from 0.", "Square the cosh.", r"\frac{1}{\cosh^2 z}", r"\frac{1}{\cosh z}"),
    backward("tanh-as-sigmoid", "tanh", "derivative of the sigmoid on tanh", TANH, "lambda dy: dy * y * (1 - y)",
             "The derivative is zero at 0, where it should be 1.", "y (1 - y) belongs to the sigmoid; tanh has 1 - y².",
             r"1 - y^2", r"y (1 - y)", source="K13"),
)

RELUS = (
    forward("relu-of-vector", "relu", "ReLU takes the maximum over the vector",
            "y = np.where(a.real <= 0, 0, a) if np.iscomplexobj(a) else np.maximum(a, 0)",
            "m = np.take_along_axis(a, a.real.argmax(-1)[..., None], -1); y = 0 * a + np.where(m.real > 0, m, 0)",
            "All units of a layer have the same output.", "Compare each element with 0: np.maximum(0, z), not max(0, max(z)).",
            r"y_i = \max(0, z_i)", r"y_i = \max(0, \max_j z_j)", source="K29"),
    forward("relu-minimum", "relu", "ReLU takes the minimum", "y = np.where(a.real <= 0, 0, a) if np.iscomplexobj(a) else np.maximum(a, 0)",
            "y = np.where(a.real <= 0, a, 0)", "No output is positive.", "max(0, z).", r"\max(0, z)", r"\min(0, z)"),
    forward("relu-absolute", "relu", "absolute value instead of ReLU",
            "y = np.where(a.real <= 0, 0, a) if np.iscomplexobj(a) else np.maximum(a, 0)", "y = np.where(a.real <= 0, -a, a)",
            "No output is zero.", "max(0, z).", r"\max(0, z)", r"\left| z \right|"),
    backward("relu-of-gradient", "relu", "ReLU' taken of the upstream gradient, as a mask", RELU, "lambda dy: dy * (dy > 0)",
             "No negative number ever flows back.", "The mask comes from the pre-activation.", r"dz = dy \; [z > 0]",
             r"dz = dy \; [dy > 0]", source="K07"),
    backward("relu-derivative-of-gradient", "relu", "upstream gradient replaced by ReLU' of itself", RELU, "lambda dy: 1.0 * (dy > 0)",
             "Every delta is 0 or 1.", "Multiply the upstream gradient by the mask of the pre-activation.", r"dz = dy \; [z > 0]",
             r"dz = [dy > 0]", source="K07"),
    backward("relu-gradient-replaced", "relu", "upstream gradient replaced by ReLU'", RELU, "lambda dy: positive + 0 * dy",
             "Every delta is 0 or 1.", "Multiply the upstream gradient by ReLU', do not overwrite it.", r"dz = dy \; [z > 0]",
             r"dz = [z > 0]", source="K01"),
    backward("relu-value-for-derivative", "relu", "ReLU used as its own derivative", RELU, "lambda dy: dy * y",
             "Right where the activation is exactly 1.", "The derivative is 0 or 1.", r"dz = dy \; [z > 0]",
             r"dz = dy \; \max(0, z)"),
    backward("relu-mask-inverted", "relu", "ReLU' with its mask the wrong way round", RELU, "lambda dy: dy * ~positive",
             "Only dead units learn.", "1 where z > 0, else 0.", r"dz = dy \; [z > 0]", r"dz = dy \; [z \leq 0]"),
    backward("relu-as-sigmoid", "relu", "derivative y (1 - y) of the sigmoid on ReLU", RELU, "lambda dy: dy * y * (1 - y)",
             "Gradients grow with the square of the activations.", "Each layer its own derivative: 1 where z > 0.",
             r"[z > 0]", r"y (1 - y), \quad y = \max(0, z)", source="K13"),
    backward("relu6-bound-lost", "relu6", "upper bound missing in the derivative of ReLU6", "(a.real > 0) & (a.real < 6)", "(a.real > 0)",
             "Right as long as nothing reaches 6.", "The derivative is zero beyond 6 as well.", r"[0 < z < 6]", r"[z > 0]"),
    forward("leaky-relu-constant", "leaky_relu", "leaky ReLU gives its slope, not slope times z, for negative z",
            "np.where(a.real > 0, a, slope * a)", "np.where(a.real > 0, a, slope + 0 * a)",
            "All negative arguments give the same positive number.", "y = slope · z for z < 0.", r"\alpha z \;\; (z < 0)",
            r"\alpha \;\; (z < 0)", case="dense-leaky_relu_quarter-float64-generic"),
    forward("leaky-relu-sides", "leaky_relu", "leaky ReLU leaks on the positive side", "np.where(a.real > 0, a, slope * a)",
            "np.where(a.real > 0, slope * a, a)", "Positive arguments are scaled down, negative ones pass.",
            "The slope belongs to z < 0.", r"\alpha z \;\; (z < 0)", r"\alpha z \;\; (z > 0)",
            case="dense-leaky_relu_quarter-float64-generic"),
    backward("leaky-relu-slope-lost", "leaky_relu", "slope missing in the derivative of leaky ReLU", LEAKY,
             "lambda dy: np.where(a.real > 0, dy, 0)", "Units with negative arguments do not learn.",
             "The derivative is the slope where z < 0.", r"f'(z) = \alpha \;\; (z < 0)", r"f'(z) = 0 \;\; (z < 0)", source="K12",
             case="dense-leaky_relu_quarter-float64-generic"),
    backward("leaky-relu-value", "leaky_relu", "leaky ReLU' is slope times z for negative z", LEAKY,
             "lambda dy: np.where(a.real > 0, dy, slope * a * dy)", "The derivative is negative on one side.",
             "The derivative of slope · z is the slope.", r"f'(z) = \alpha \;\; (z < 0)", r"f'(z) = \alpha z \;\; (z < 0)",
             case="dense-leaky_relu_quarter-float64-generic"),
    backward("leaky-relu-of-gradient", "leaky_relu", "leaky ReLU' taken of the upstream gradient", LEAKY,
             "lambda dy: np.where(dy > 0, dy, slope * dy)", "Negative gradients are scaled down whatever the argument was.",
             "The side comes from the pre-activation.", r"\alpha \;\; \mathrm{where} \;\; z < 0",
             r"\alpha \;\; \mathrm{where} \;\; dy < 0", source="K07", case="dense-leaky_relu_quarter-float64-generic"),
)

SMOOTH = (
    forward("elu-no-minus-one", "elu", "ELU without its minus one", "np.expm1(np.where(a.real > 0, 0, a))",
            "np.exp(np.where(a.real > 0, 0, a))", "The curve jumps at 0, and negative arguments give positive values.",
            "α (exp(z) - 1).", r"\alpha (e^z - 1) \;\; (z < 0)", r"\alpha e^z \;\; (z < 0)"),
    forward("elu-alpha-inside", "elu", "alpha of ELU inside the exponential", "alpha * np.expm1(np.where(a.real > 0, 0, a))",
            "np.expm1(np.where(a.real > 0, 0, alpha * a))", "Right for alpha = 1 alone.", "alpha multiplies from outside.",
            r"\alpha (e^z - 1)", r"e^{\alpha z} - 1", alpha=1.5, case="dense-elu_alpha-float64-generic"),
    forward("elu-is-celu", "elu", "CELU instead of ELU", "alpha * np.expm1(np.where(a.real > 0, 0, a))",
            "alpha * np.expm1(np.where(a.real > 0, 0, a / alpha))", "Right for alpha = 1 alone.",
            "ELU does not divide by alpha in the exponential.", r"\alpha (e^z - 1)", r"\alpha (e^{z / \alpha} - 1)", alpha=1.5,
            case="dense-elu_alpha-float64-generic"),
    backward("elu-at-output", "elu", "ELU' evaluated at the output", ELU, "np.where(a.real > 0, dy, dy * alpha * np.exp(y))",
             "Right for positive arguments; for very negative ones it tends to α exp(-α) instead of 0.",
             "α exp(z) takes the pre-activation; of the output y the derivative is y + α.", r"f'(z) = \alpha e^{z} = y + \alpha",
             r"f'(z) = \alpha e^{y}", source="K12"),
    backward("elu-value-for-derivative", "elu", "ELU' without its + alpha", ELU, "np.where(a.real > 0, dy, dy * y)",
             "The derivative is negative for negative arguments.", "f' = y + α for z < 0.", r"y + \alpha \;\; (z < 0)",
             r"y \;\; (z < 0)"),
    backward("elu-alpha-lost", "elu", "alpha missing in the derivative of ELU", ELU, "np.where(a.real > 0, dy, dy * np.exp(a))",
             "Right for alpha = 1 alone.", "f' = α exp(z) for z < 0.", r"\alpha e^z \;\; (z < 0)", r"e^z \;\; (z < 0)", alpha=1.5,
             case="dense-elu_alpha-float64-generic"),
    backward("elu-as-relu", "elu", "derivative of ReLU on ELU", ELU, "np.where(a.real > 0, dy, 0)",
             "Units with negative arguments do not learn.", "f' = y + α for z < 0.", r"y + \alpha \;\; (z < 0)",
             r"0 \;\; (z < 0)"),
    forward("selu-one-side", "selu", "scale of SELU on negative arguments alone", "return SELU_SCALE * y, lambda dy: SELU_SCALE * vjp(dy)",
            "return np.where(a.real > 0, y, SELU_SCALE * y), lambda dy: SELU_SCALE * vjp(dy)",
            "Right for negative arguments.", "λ multiplies both sides.", r"\lambda z \;\; (z > 0)", r"z \;\; (z > 0)"),
    backward("selu-scale-lost", "selu", "scale missing in the derivative of SELU", "lambda dy: SELU_SCALE * vjp(dy)",
             "lambda dy: vjp(dy)", "Gradients 5 per cent too small.", "λ multiplies the derivative too.", r"\lambda f'(z)", r"f'(z)"),
    forward("gelu-no-root", "gelu", "GELU without the square root of two", "m, d, h, k = normal(a)",
            "(m, _, *f), (_, d, *g) = normal(a * math.sqrt(2)), normal(a); m, d, h, k = m * f[0] * f[1], d * g[0] * g[1], 1, 1",
            "A few per cent off; the curve is too steep.", "Φ(z) = (1 + erf(z / √2)) / 2.",
            r"\frac{z}{2} (1 + \mathrm{erf}(z / \sqrt{2}))", r"\frac{z}{2} (1 + \mathrm{erf}(z))", approximate="erf"),
    backward("gelu-density-lost", "gelu", "GELU' without the density", "lambda dy: dy * ((m + np.clip(a, -50, 50) * d) * h * k)",
             "lambda dy: dy * (m * h * k)",
             "Right at 0 and far from it.", "The product rule has a second term.", r"\Phi(z) + z \varphi(z)", r"\Phi(z)"),
    backward("silu-term-lost", "silu", "SiLU' without the term z σ'(z)", SILU, "dy * (m * h * h)",
             "Right at 0.", "The product rule has a second term.", r"\sigma(z) + z \sigma'(z)", r"\sigma(z)"),
    backward("silu-as-sigmoid", "silu", "derivative of the sigmoid on SiLU", SILU, "dy * (m * n * h * h)",
             "Gradients too small on the positive side.", "SiLU' = σ + z σ (1 - σ).", r"\sigma(z) + z \sigma'(z)", r"\sigma'(z)"),
)

MISTAKES = (*SIGMOIDS, *TANHS, *RELUS, *SMOOTH)
