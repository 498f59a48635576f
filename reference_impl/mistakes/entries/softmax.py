"""What goes wrong in softmax and its derivative. Each entry changes a line of reference_impl/activations.py."""

from functools import partial

from nnparity.reference_impl.mistakes.edit import Edit, Line
from nnparity.reference_impl.mistakes.mistake import Mistake, latex

KINDS = ("activation", "conv1d", "conv2d", "dense")
JACOBIAN = r"dz_j = y_j (dy_j - \sum_i dy_i y_i)"


def entry(*, of="softmax", id, correct, mistaken, case="", **fields):
    return Mistake(id=f"softmax-{id}", area="softmax", module="activations", kinds=KINDS,
                   config={"activation": of, "function": of}, correct=latex(correct), mistaken=latex(mistaken),
                   case=case or f"dense-{of}-float64-generic", **fields)


forward, backward = partial(entry, part="forward"), partial(entry, part="backward")

VJP = Line("softmax", "lambda dy: y * (dy - (dy * y).sum(axis, keepdims=True))")
EXP = Line("softmax", "e = np.exp(_shifted(a, axis))")
NORM = Line("softmax", "y = e / e.sum(axis, keepdims=True)")
LOG_VJP = Line("log_softmax", "lambda dy: dy - np.exp(y) * dy.sum(axis, keepdims=True)")

MISTAKES = (
    forward(id="no-shift", title="exp without the max shift: overflow",
            edit=EXP.becomes("e = np.exp(a)"),
            symptom="Right for small arguments; above 709 in float64 (88 in float32) exp is inf and inf/inf is nan.",
            fix="Subtract the largest argument before exp: softmax does not see the shift.",
            correct=r"\frac{e^{z_i - \max z}}{\sum_j e^{z_j - \max z}}", mistaken=r"\frac{e^{z_i}}{\sum_j e^{z_j}}",
            needs="large", source="K34", case="dense-softmax_large-float64-generic"),
    forward(id="twice", title="softmax applied twice",
            edit=NORM.then("e = np.exp(y); y = e / e.sum(axis, keepdims=True)"),
            symptom="Probabilities close to each other; training stalls at a loss that is never small.",
            fix="Apply it once: losses that take logits apply it themselves.",
            correct=r"\mathrm{softmax}(z)", mistaken=r"\mathrm{softmax}(\mathrm{softmax}(z))",
            source="https://github.com/keras-team/keras/issues/6636"),
    forward(id="over-everything", title="softmax normalised over the whole array",
            edit=NORM.becomes("y = e / e.sum(tuple(range(-2, 0)), keepdims=True)"),
            symptom="The probabilities of one example do not sum to one.",
            fix="Sum over the classes alone: axis=-1, keepdims=True.",
            correct=r"\frac{e_{ni}}{\sum_j e_{nj}}", mistaken=r"\frac{e_{ni}}{\sum_{m,j} e_{mj}}"),
    forward(id="over-everything-one-shift", title="softmax normalised over the whole array",
            edit=EXP.becomes("e = np.exp(a - a.real.max())"),
            also=(NORM.becomes("y = e / e.sum(tuple(range(-2, 0)), keepdims=True)"),),
            symptom="The probabilities of one example do not sum to one: np.max(z) and np.sum(e) without an axis.",
            fix="Sum over the classes alone: axis=-1, keepdims=True.",
            correct=r"\frac{e^{z_{ni}}}{\sum_j e^{z_{nj}}}", mistaken=r"\frac{e^{z_{ni}}}{\sum_{m,j} e^{z_{mj}}}"),
    forward(id="not-normalised", title="softmax not normalised",
            edit=NORM.becomes("y = e"),
            symptom="Outputs do not sum to one.",
            fix="Divide by their sum.",
            correct=r"\frac{e_i}{\sum_j e_j}", mistaken=r"e_i \;"),
    forward(id="no-exp", title="softmax without exp: z divided by its sum",
            edit=EXP.becomes("e = a"),
            symptom="Negative probabilities.",
            fix="Exponentiate first.",
            correct=r"\frac{e^{z_i}}{\sum_j e^{z_j}}", mistaken=r"\frac{z_i}{\sum_j z_j}"),
    forward(id="sign", title="softmax of -z",
            edit=EXP.becomes("e = np.exp(_shifted(-a, axis))"),
            symptom="The smallest argument gets the largest probability.",
            fix="exp(z), not exp(-z): the minus is the sigmoid's.",
            correct=r"\frac{e^{z_i}}{\sum_j e^{z_j}}", mistaken=r"\frac{e^{-z_i}}{\sum_j e^{-z_j}}"),
    backward(id="diagonal", title="softmax derivative reduced to its diagonal",
             edit=VJP.becomes("lambda dy: y * (1 - y) * dy"),
             symptom="Outputs right, every gradient wrong; each output depends on every argument.",
             fix="Use the whole Jacobian, diag(y) - y yᵀ, or with cross-entropy the delta y - t.",
             correct=JACOBIAN, mistaken="dz_j = y_j (1 - y_j) dy_j",
             source="K31"),
    backward(id="jacobian-rows-summed", title="rows of the softmax Jacobian summed: identically zero",
             edit=VJP.becomes("lambda dy: dy * y * (1 - y.sum(axis, keepdims=True))"),
             symptom="All gradients behind the softmax are zero up to rounding.",
             fix="Apply the Jacobian to the error vector; do not sum it first, its rows sum to zero.",
             correct=JACOBIAN, mistaken=r"dz_j = dy_j \sum_i \frac{\partial y_j}{\partial z_i} = 0",
             source="K36"),
    backward(id="loop-variable-reused", title="inner loop variable overwrites the activation in the softmax Jacobian",
             edit=VJP.becomes("lambda dy: dy * (y * (1 - y) - ((k := np.arange(y.shape[axis]).reshape(-1, *[1] * "
                              "(-axis - 1))) * y).sum(axis, keepdims=True) + k * y)"),
             symptom="Gradients many times too large; the loop's index stands where a probability belongs.",
             fix="Give the inner loop's variable a name of its own, and apply the Jacobian to the error vector.",
             correct=JACOBIAN, mistaken=r"dz_j = dy_j \left( y_j (1 - y_j) - \sum_{k \neq j} k \, y_k \right)",
             source="K37"),
    backward(id="softmax-of-outputs", title="softmax applied to softmax outputs before differentiating",
             edit=VJP.becomes("lambda dy: (s := np.exp(y) / np.exp(y).sum(axis, keepdims=True)) * (1 - s) * dy"),
             symptom="Gradients that never vanish, so it seems to train.",
             fix="Differentiate at the outputs themselves, with the whole Jacobian.",
             correct=JACOBIAN, mistaken=r"dz_j = s_j (1 - s_j) dy_j, \quad s = \mathrm{softmax}(y)",
             source="K38"),
    backward(id="jacobian-of-outputs", title="Jacobian of the softmax taken at its outputs",
             edit=VJP.becomes("lambda dy: (s := np.exp(y) / np.exp(y).sum(axis, keepdims=True)) * (dy - (dy * "
                              "s).sum(axis, keepdims=True))"),
             symptom="Gradients that never vanish.",
             fix="A function that computes softmax inside must be given z.",
             correct=JACOBIAN, mistaken=r"dz_j = s_j (dy_j - \sum_i dy_i s_i), \quad s = \mathrm{softmax}(y)",
             source="K38"),
    backward(id="no-diagonal", title="softmax Jacobian without its diagonal term",
             edit=VJP.becomes("lambda dy: -y * (dy * y).sum(axis, keepdims=True)"),
             symptom="Gradients of the wrong size and often of the wrong sign. Behind a cross-entropy the same numbers as a "
                     "delta p from which the target is not subtracted.",
             fix="diag(y) - y yᵀ has two terms; in the short form the delta is p - t.",
             correct=JACOBIAN, mistaken=r"dz_j = -y_j \sum_i dy_i y_i"),
    backward(id="jacobian-sign", title="softmax Jacobian with a plus: diag(y) + y yᵀ",
             edit=VJP.becomes("lambda dy: y * (dy + (dy * y).sum(axis, keepdims=True))"),
             symptom="Gradients of an example do not sum to zero.",
             fix="diag(y) - y yᵀ.",
             correct=JACOBIAN, mistaken=r"dz_j = y_j (dy_j + \sum_i dy_i y_i)"),
    backward(id="plain-sum", title="softmax derivative with the plain sum of the upstream gradient",
             edit=VJP.becomes("lambda dy: y * (dy - dy.sum(axis, keepdims=True))"),
             symptom="Gradients of an example do not sum to zero.",
             fix="Weight the sum by y.",
             correct=JACOBIAN, mistaken=r"dz_j = y_j (dy_j - \sum_i dy_i)"),
    backward(id="factor-lost", title="softmax derivative without its factor y",
             edit=VJP.becomes("lambda dy: dy - (dy * y).sum(axis, keepdims=True)"),
             symptom="Gradients too large, most where a probability is small.",
             fix="Multiply by y.",
             correct=JACOBIAN, mistaken=r"dz_j = dy_j - \sum_i dy_i y_i"),
    forward(of="log_softmax", id="log-no-shift", title="log-softmax without the max shift: overflow",
            edit=Edit(function="log_softmax", right="shifted = _shifted(a, axis)", wrong="shifted = a"),
            symptom="Right for small arguments; above 709 in float64 the sum is inf and its logarithm too.",
            fix="Subtract the largest argument before exp.",
            correct=r"z_i - \max z - \log \sum_j e^{z_j - \max z}", mistaken=r"z_i - \log \sum_j e^{z_j}",
            needs="large", source="K34", case="dense-log_softmax_large-float64-generic"),
    backward(of="log_softmax", id="log-sum-lost", title="log-softmax derivative without the sum of the upstream gradient",
             edit=LOG_VJP.becomes("lambda dy: dy - np.exp(y)"),
             symptom="Right where the upstream gradient of an example sums to one.",
             fix="dy - softmax · Σ dy.",
             correct=r"dz_j = dy_j - y_j \sum_i dy_i, \quad y = \mathrm{softmax}(z)", mistaken="dz_j = dy_j - y_j"),
    backward(of="log_softmax", id="log-no-exp", title="log-softmax derivative with the logarithm in place of the probability",
             edit=LOG_VJP.becomes("lambda dy: dy - y * dy.sum(axis, keepdims=True)"),
             symptom="Gradients too large and of the wrong sign.",
             fix="exp of the output is the probability.",
             correct=r"dz_j = dy_j - e^{y_j} \sum_i dy_i", mistaken=r"dz_j = dy_j - y_j \sum_i dy_i"),
    backward(of="log_softmax", id="log-diagonal", title="log-softmax derivative reduced to its diagonal",
             edit=LOG_VJP.becomes("lambda dy: dy * (1 - np.exp(y))"),
             symptom="Outputs right, every gradient wrong.",
             fix="Each output depends on every argument.",
             correct=r"dz_j = dy_j - e^{y_j} \sum_i dy_i", mistaken="dz_j = dy_j (1 - e^{y_j})",
             source="https://github.com/deeplearning4j/libnd4j/issues/440"),
)
