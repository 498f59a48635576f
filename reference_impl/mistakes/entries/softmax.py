"""What goes wrong in softmax and its derivative. Each entry changes a line of reference_impl/activations.py."""

from nnparity.reference_impl.mistakes.mistake import Mistake, latex

KINDS = ("activation", "conv1d", "conv2d", "dense")
JACOBIAN = r"dz_j = y_j (dy_j - \sum_i dy_i y_i)"


def entry(part, id, title, right, wrong, symptom, fix, correct, mistaken, *, of="softmax", source="", case="", also=(), needs=""):
    return Mistake(id=f"softmax-{id}", needs=needs, area="softmax", module="activations", part=part, kinds=KINDS, title=title,
                   config={"activation": of, "function": of}, right=right, wrong=wrong, also=also, symptom=symptom, fix=fix,
                   correct=latex(correct), mistaken=latex(mistaken), source=source, case=case or f"dense-{of}-float64-generic")


def forward(*about, **more):
    return entry("forward", *about, **more)


def backward(*about, **more):
    return entry("backward", *about, **more)


VJP = "lambda dy: y * (dy - (dy * y).sum(axis, keepdims=True))"
EXP = "e = np.exp(_shifted(a, axis))"
NORM = "y = e / e.sum(axis, keepdims=True)"
LOG_VJP = "lambda dy: dy - np.exp(y) * dy.sum(axis, keepdims=True)"

MISTAKES = (
    forward("no-shift", "exp without the max shift: overflow", EXP, "e = np.exp(a)",
            "Right for small arguments; above 709 in float64 (88 in float32) exp is inf and inf/inf is nan.",
            "Subtract the largest argument before exp: softmax does not see the shift.",
            r"\frac{e^{z_i - \max z}}{\sum_j e^{z_j - \max z}}", r"\frac{e^{z_i}}{\sum_j e^{z_j}}", source="K34",
            needs="large", case="dense-softmax_large-float64-generic"),
    forward("twice", "softmax applied twice", NORM, NORM + "; e = np.exp(y); y = e / e.sum(axis, keepdims=True)",
            "Probabilities close to each other; training stalls at a loss that is never small.",
            "Apply it once: losses that take logits apply it themselves.", r"\mathrm{softmax}(z)",
            r"\mathrm{softmax}(\mathrm{softmax}(z))", source="https://github.com/keras-team/keras/issues/6636"),
    forward("over-everything", "softmax normalised over the whole array", NORM,
            "y = e / e.sum(tuple(range(-2, 0)), keepdims=True)", "The probabilities of one example do not sum to one.",
            "Sum over the classes alone: axis=-1, keepdims=True.", r"\frac{e_{ni}}{\sum_j e_{nj}}", r"\frac{e_{ni}}{\sum_{m,j} e_{mj}}"),
    forward("not-normalised", "softmax not normalised", NORM, "y = e", "Outputs do not sum to one.", "Divide by their sum.",
            r"\frac{e_i}{\sum_j e_j}", r"e_i \;"),
    forward("no-exp", "softmax without exp: z divided by its sum", EXP, "e = a", "Negative probabilities.", "Exponentiate first.",
            r"\frac{e^{z_i}}{\sum_j e^{z_j}}", r"\frac{z_i}{\sum_j z_j}"),
    forward("sign", "softmax of -z", EXP, "e = np.exp(_shifted(-a, axis))", "The smallest argument gets the largest probability.",
            "exp(z), not exp(-z): the minus is the sigmoid's.", r"\frac{e^{z_i}}{\sum_j e^{z_j}}", r"\frac{e^{-z_i}}{\sum_j e^{-z_j}}"),
    backward("diagonal", "softmax derivative reduced to its diagonal", VJP, "lambda dy: y * (1 - y) * dy",
             "Outputs right, every gradient wrong; each output depends on every argument.",
             "Use the whole Jacobian, diag(y) - y yᵀ, or with cross-entropy the delta y - t.", JACOBIAN, r"dz_j = y_j (1 - y_j) dy_j",
             source="K31"),
    backward("jacobian-rows-summed", "rows of the softmax Jacobian summed: identically zero", VJP,
             "lambda dy: dy * y * (1 - y.sum(axis, keepdims=True))", "All gradients behind the softmax are zero up to rounding.",
             "Apply the Jacobian to the error vector; do not sum it first, its rows sum to zero.", JACOBIAN,
             r"dz_j = dy_j \sum_i \frac{\partial y_j}{\partial z_i} = 0", source="K36"),
    backward("loop-variable-reused", "inner loop variable overwrites the activation in the softmax Jacobian", VJP,
             "lambda dy: dy * (y * (1 - y) - ((k := np.arange(y.shape[axis]).reshape(-1, *[1] * (-axis - 1))) * y)"
             ".sum(axis, keepdims=True) + k * y)", "Gradients many times too large; the loop's index stands where a probability belongs.",
             "Give the inner loop's variable a name of its own, and apply the Jacobian to the error vector.", JACOBIAN,
             r"dz_j = dy_j \left( y_j (1 - y_j) - \sum_{k \neq j} k \, y_k \right)", source="K37"),
    backward("softmax-of-outputs", "softmax applied to softmax outputs before differentiating", VJP,
             "lambda dy: (s := np.exp(y) / np.exp(y).sum(axis, keepdims=True)) * (1 - s) * dy",
             "Gradients that never vanish, so it seems to train.", "Differentiate at the outputs themselves, with the whole Jacobian.",
             JACOBIAN, r"dz_j = s_j (1 - s_j) dy_j, \quad s = \mathrm{softmax}(y)", source="K38"),
    backward("jacobian-of-outputs", "Jacobian of the softmax taken at its outputs", VJP,
             "lambda dy: (s := np.exp(y) / np.exp(y).sum(axis, keepdims=True)) * (dy - (dy * s).sum(axis, keepdims=True))",
             "Gradients that never vanish.", "A function that computes softmax inside must be given z.", JACOBIAN,
             r"dz_j = s_j (dy_j - \sum_i dy_i s_i), \quad s = \mathrm{softmax}(y)", source="K38"),
    backward("no-diagonal", "softmax Jacobian without its diagonal term", VJP, "lambda dy: -y * (dy * y).sum(axis, keepdims=True)",
             "Gradients of the wrong size and often of the wrong sign.", "diag(y) - y yᵀ has two terms.",
             JACOBIAN, r"dz_j = -y_j \sum_i dy_i y_i"),
    backward("jacobian-sign", "softmax Jacobian with a plus: diag(y) + y yᵀ", VJP, "lambda dy: y * (dy + (dy * y).sum(axis, keepdims=True))",
             "Gradients of an example do not sum to zero.", "diag(y) - y yᵀ.", JACOBIAN, r"dz_j = y_j (dy_j + \sum_i dy_i y_i)"),
    backward("plain-sum", "softmax derivative with the plain sum of the upstream gradient", VJP,
             "lambda dy: y * (dy - dy.sum(axis, keepdims=True))", "Gradients of an example do not sum to zero.",
             "Weight the sum by y.", JACOBIAN, r"dz_j = y_j (dy_j - \sum_i dy_i)"),
    backward("factor-lost", "softmax derivative without its factor y", VJP, "lambda dy: dy - (dy * y).sum(axis, keepdims=True)",
             "Gradients too large, most where a probability is small.", "Multiply by y.", JACOBIAN, r"dz_j = dy_j - \sum_i dy_i y_i"),
    forward("log-no-shift", "log-softmax without the max shift: overflow", "shifted = _shifted(a, axis)", "shifted = a",
            "Right for small arguments; above 709 in float64 the sum is inf and its logarithm too.",
            "Subtract the largest argument before exp.", r"z_i - \max z - \log \sum_j e^{z_j - \max z}", r"z_i - \log \sum_j e^{z_j}",
            of="log_softmax", source="K34", needs="large", case="dense-log_softmax_large-float64-generic"),
    backward("log-sum-lost", "log-softmax derivative without the sum of the upstream gradient", LOG_VJP, "lambda dy: dy - np.exp(y)",
             "Right where the upstream gradient of an example sums to one.", "dy - softmax · Σ dy.",
             r"dz_j = dy_j - y_j \sum_i dy_i, \quad y = \mathrm{softmax}(z)", r"dz_j = dy_j - y_j", of="log_softmax"),
    backward("log-no-exp", "log-softmax derivative with the logarithm in place of the probability", LOG_VJP,
             "lambda dy: dy - y * dy.sum(axis, keepdims=True)", "Gradients too large and of the wrong sign.", "exp of the output is the probability.",
             r"dz_j = dy_j - e^{y_j} \sum_i dy_i", r"dz_j = dy_j - y_j \sum_i dy_i", of="log_softmax"),
    backward("log-diagonal", "log-softmax derivative reduced to its diagonal", LOG_VJP, "lambda dy: dy * (1 - np.exp(y))",
             "Outputs right, every gradient wrong.", "Each output depends on every argument.", r"dz_j = dy_j - e^{y_j} \sum_i dy_i",
             r"dz_j = dy_j (1 - e^{y_j})", of="log_softmax", source="https://github.com/deeplearning4j/libnd4j/issues/440"),
)
