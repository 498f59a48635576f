"""What goes wrong in dense layers. Each entry changes a line of reference_impl/layers/dense.py."""

from nnparity.reference_impl.activations import ACTIVATIONS
from nnparity.reference_impl.mistakes.mistake import Mistake, latex

ROWS = ("kernel_first_row", "kernel_last_row")


def all_but(*names):
    """Every activation but these and the linear one."""
    return tuple(name for name in ACTIVATIONS if name not in (*names, "linear"))


def entry(part, id, title, right, wrong, symptom, fix, correct, mistaken, *, also=(), source="", case="", needs="",
          area="dense", blind=(), **options):
    return Mistake(id=f"dense-{id}", area=area, module="layers.dense", part=part, kinds=("dense",), title=title, config=options,
                   right=right, wrong=wrong, also=also, symptom=symptom, fix=fix, correct=latex(correct),
                   mistaken=latex(mistaken), source=source, needs=needs, blind=blind, case=case or "dense-tanh-float64-generic")


def forward(*about, **more):
    return entry("forward", *about, **more)


def backward(*about, **more):
    return entry("backward", *about, **more)


ACTIVATE = 'activate("dense", activation, a.reshape(*example_axes, K.shape[-1]), options)'
PULL = 'da = rows(activation_vjp(cotangents["y"]), K.ndim)'
UPSTREAM = 'rows(cotangents["y"], K.ndim)'
KERNEL = 'dK = rows(inputs["x"], K.ndim).mT @ da'
BACK = "da @ K.mT"
BIAS = "db = da.sum(-2)"
NO_BIAS = "if b is not None:"
ADD = "a = a + (b if s == 1 else s * b)[..., None, :]"


def swapped(name, title, fix, formula, *, instead_of, source="", case="", id=None, options="{}"):
    """Another activation than the one asked for."""
    return forward(f"activation-{id or name}", title, ACTIVATE,
                   f'activate("dense", "{name}", a.reshape(*example_axes, K.shape[-1]), {options})',
                   "Every output of the layer is off; shapes never show it.", fix, r"y = f(z)", rf"y = {formula}",
                   activation=instead_of, source=source, case=case)


SWAPS = (
    swapped("linear", "no activation at all", "Apply the activation to the pre-activation.", "z", instead_of=all_but()),
    swapped("sigmoid", "sigmoid where another activation belongs", "Look the layer's activation up: lists of activations and of "
            "weights are easily one off.", r"\sigma(z)", instead_of=all_but("sigmoid", "softmax")),
    swapped("sigmoid", "sigmoid at the output where softmax belongs", "Align the lists: with an activation for the input too "
            "there are more activations than weight matrices, and zip drops the last.", r"\sigma(z)", instead_of="softmax",
            source="K39", case="n20-mlp-float64-xor", id="sigmoid-for-softmax"),
    swapped("tanh", "tanh where another activation belongs", "Look the layer's activation up.", r"\tanh z",
            instead_of=all_but("tanh"), case="dense-sigmoid-float64-generic"),
    swapped("relu", "ReLU where another activation belongs", "Look the layer's activation up.", r"\max(0, z)",
            instead_of=all_but("relu"), case="dense-elu-float64-generic"),
    swapped("leaky_relu", "leaky ReLU where another activation belongs", "Look the layer's activation up.",
            r"\max(0.01 z, z)", instead_of=all_but("leaky_relu"), case="dense-relu-float64-generic"),
    swapped("softmax", "softmax where another activation belongs", "Softmax makes the outputs of one example sum to one: use it "
            "for one choice among classes, the sigmoid for independent yes and no.", r"\mathrm{softmax}(z)",
            instead_of=all_but("softmax"), case="dense-sigmoid-float64-generic"),
    swapped("elu", "ELU where another activation belongs", "Look the layer's activation up.", r"\mathrm{elu}(z)",
            instead_of=all_but("elu"), case="dense-relu-float64-generic"),
    swapped("relu", "ReLU on an output that should stay linear", "Leave the last layer of a regression, or of logits, linear.",
            r"\max(0, z)", instead_of="linear", id="relu-for-linear", case="dense-vector-float64-generic"),
    swapped("sigmoid", "sigmoid on an output that should stay linear", "Losses that take logits apply the sigmoid or softmax "
            "themselves.", r"\sigma(z)", instead_of="linear", id="sigmoid-for-linear", case="dense-vector-float64-generic"),
    swapped("softmax", "softmax on an output that should stay linear", "Softmax cross-entropy takes logits and applies softmax "
            "itself: applied twice it flattens the probabilities and training stalls.", r"\mathrm{softmax}(z)",
            instead_of="linear", id="softmax-for-linear", case="dense-vector-float64-generic",
            source="https://github.com/keras-team/keras/issues/6636"),
)

FORWARD = (
    *SWAPS,
    forward("activation-before-bias", "bias added after the activation", NO_BIAS, "if False:",
            "Outputs leave the range of the activation: a sigmoid gives values below 0 or above 1.", "Add the bias inside: f(x K + b).",
            r"y = f(x K + b)", r"y = f(x K) + b", activation=all_but(), bias=("vector", *ROWS),
            also=(("y, activation_vjp = " + ACTIVATE,
                   "y, activation_vjp = " + ACTIVATE + "; y = (rows(y, K.ndim) + (s * b)[..., None, :]).reshape(y.shape)"),)),
    forward("bias-subtracted", "bias subtracted", ADD, "a = a - (s * b)[..., None, :]",
            "Right as long as the bias is zero; trained from scratch the bias takes the other sign.", "Add the bias.",
            r"x K + b", r"x K - b", bias="vector", case="dense-vector-float64-generic"),
    forward("bias-row-unused", "bias row of the kernel not used", NO_BIAS, "if False:", "Right as long as that row is zero.",
            "Put the constant next to the input before the product.", r"[x, s] K", r"[x, 0] K", bias=ROWS,
            case="dense-last_row-float64-generic"),
    forward("elementwise-product", "elementwise product where a matrix product belongs", "a = x @ K",
            "a = x * K if x.shape == K.shape else x @ K", "A shape error, or with square arrays no error and wrong numbers.",
            "Use @ or np.dot: * multiplies element by element.", r"z_j = \sum_i x_i K_{ij}", r"z_{ij} = x_{ij} K_{ij} \;",
            needs="square", case="dense-square-float64-generic", source="K52"),
)

BACKWARD = (
    backward("derivative-lost", "activation's derivative left out", PULL, f"da = {UPSTREAM}",
             "Outputs right, gradients of this layer and of all before it too large.",
             "Multiply the upstream gradient by f'(z) before anything else.", r"\delta = dy \odot f'(z)", r"\delta = dy \;",
             activation=all_but(), source="K33", case="n18-mlp-float64-half_squared"),
    backward("derivative-twice", "activation's derivative multiplied twice", PULL,
             'da = rows(activation_vjp(activation_vjp(cotangents["y"])), K.ndim)', "Gradients of this layer and of all before it too small.",
             "Multiply by f'(z) once.", r"\delta = dy \odot f'(z)", r"\delta = dy \odot f'(z) \odot f'(z)",
             activation=all_but("relu", "relu6", "log_softmax")),
    backward("derivative-of-activation", "derivative taken of the activation where the formula is in the pre-activation", PULL,
             'da = rows(activate("dense", activation, y, options)[1](cotangents["y"]), K.ndim)',
             "Outputs right, gradients plausible and wrong; training still creeps on.",
             "A function that computes σ inside must be given z; given a = σ(z), use a (1 - a).", r"f'(z)", r"f'(f(z)) \;",
             activation=all_but("relu", "leaky_relu", "relu6", "softmax", "log_softmax"), source="K12, K40", case="dense-sigmoid-float64-generic", blind=("softplus_beyond_30",)),
    backward("derivative-of-sigmoid", "derivative of the sigmoid used for another activation", PULL,
             'da = rows(activate("dense", "sigmoid", a.reshape(*example_axes, K.shape[-1]), {})[1](cotangents["y"]), K.ndim)',
             "Outputs right, the gradient of every layer before it is wrong too.", "Each layer uses its own derivative: a loop "
             "variable that still holds the output layer's activation is a usual cause.", r"f_l'(z_l)", r"\sigma'(z_l)",
             activation=all_but("sigmoid"), source="K13", case="mlp-half_squared_error-float64-generic"),
    backward("derivative-of-tanh", "derivative of tanh used for another activation", PULL,
             'da = rows(activate("dense", "tanh", a.reshape(*example_axes, K.shape[-1]), {})[1](cotangents["y"]), K.ndim)',
             "Outputs right, the gradient of every layer before it is wrong too.", "Each layer uses its own derivative.",
             r"f_l'(z_l)", r"1 - \tanh^2 z_l", activation=all_but("tanh"), source="K13",
             case="mlp-half_squared_error-float64-generic"),
    backward("derivative-of-relu", "derivative of ReLU used for another activation", PULL,
             'da = rows(activate("dense", "relu", a.reshape(*example_axes, K.shape[-1]), {})[1](cotangents["y"]), K.ndim)',
             "Units with negative pre-activations do not learn.", "Each layer uses its own derivative.", r"f_l'(z_l)",
             r"[z_l > 0]", activation=(*all_but("relu", "elu", "leaky_relu"), "linear"), source="K13",
             case="mlp-half_squared_error-float64-generic"),
    backward("kernel-without-derivative", "activation's derivative missing in the weight gradient alone", KERNEL,
             f'dK = rows(inputs["x"], K.ndim).mT @ {UPSTREAM}', "The gradient that flows on is right, the weights' own is not.",
             "Use δ = dy ⊙ f'(z) for kernel, bias and input.", r"dK = x^\top (dy \odot f'(z))", r"dK = x^\top dy", activation=all_but()),
    backward("bias-without-derivative", "activation's derivative missing in the bias gradient alone", BIAS,
             f"db = {UPSTREAM}.sum(-2)", "Only the bias is trained wrongly.", "Use δ = dy ⊙ f'(z) for the bias too.",
             r"db = \sum dy \odot f'(z)", r"db = \sum dy", activation=all_but(), bias=("vector", *ROWS)),
    backward("input-without-derivative", "activation's derivative missing in the gradient that flows on", BACK, f"{UPSTREAM} @ K.mT",
             "The layer's own gradients are right, those of all layers before it are not.",
             "Send δ = dy ⊙ f'(z) back through the weights, not dy.", r"dx = (dy \odot f'(z)) K^\top", r"dx = dy \, K^\top",
             activation=all_but(), source="https://github.com/louisjc/mnist-neural-network/issues/1"),
    backward("input-factor-lost", "weight gradient without its factor x", KERNEL, 'dK = np.ones_like(rows(inputs["x"], K.ndim)).mT @ da',
             "All rows of the kernel have the same gradient, that of the bias.", "The chain rule multiplies by d(xK)/dK = x.",
             r"dK = x^\top \delta", r"dK = 1^\top \delta", source="K25", case="n11-scalar-float64-generic"),
    backward("last-example", "gradient of the last example instead of the sum over the batch", KERNEL,
             'dK = rows(inputs["x"], K.ndim).mT[..., -1:] @ da[..., -1:, :]', "Right for a batch of one.",
             "Accumulate (+=) over the examples, do not assign.", r"dK = \sum_n x_n^\top \delta_n", r"dK = x_N^\top \delta_N",
             also=((BIAS, "db = da[..., -1, :]"),), source="K11"),
    backward("last-step", "gradient of the last time step instead of the sum over all", KERNEL,
             'dK = rows(inputs["x"][..., -1, :], K.ndim).mT @ rows(da.reshape(*example_axes, -1)[..., -1, :], K.ndim)',
             "Right for one time step.", "Accumulate (+=) over the steps, do not assign.", r"dK = \sum_t x_t^\top \delta_t",
             r"dK = x_T^\top \delta_T", also=((BIAS, "db = rows(da.reshape(*example_axes, -1)[..., -1, :], K.ndim).sum(-2)"),),
             needs="sequence", source="K11", case="dense-sequence-float64-generic"),
    backward("gradient-averaged", "gradient divided by the batch inside the layer", KERNEL,
             'dK = rows(inputs["x"], K.ndim).mT @ da / da.shape[-2]', "With a loss that is a mean, divided by the batch twice.",
             "A layer sums over the batch; the mean belongs to the loss.", r"dK = x^\top \delta", r"dK = \frac{1}{N} x^\top \delta",
             also=((BIAS, "db = da.sum(-2) / da.shape[-2]"),)),
    backward("bias-averaged", "bias gradient is the mean over the batch, not the sum", BIAS, "db = da.mean(-2)",
             "The bias is trained at a rate divided by the batch.", "Sum, as the product x δ does for the kernel.",
             r"db = \sum_n \delta_n", r"db = \frac{1}{N} \sum_n \delta_n", bias=("vector", *ROWS)),
    backward("bias-total", "bias gradient summed over the units too", BIAS, "db = 0 * da.sum(-2) + da.sum((-2, -1), keepdims=True)[..., 0]",
             "All biases of the layer get the same gradient.", "Sum over the batch axis alone: axis=0.",
             r"db_j = \sum_n \delta_{nj}", r"db_j = \sum_{n,k} \delta_{nk}", bias=("vector", *ROWS)),
    backward("bias-input-sign-in-gradient", "sign of the bias input missing in the gradient", "np.concatenate([dK, s * db[..., None, :]]",
             "np.concatenate([dK, db[..., None, :]]", "The bias weights are trained uphill.", "The bias row's gradient carries its input, -1.",
             r"dK_{\mathrm{bias}} = s \sum \delta", r"dK_{\mathrm{bias}} = \sum \delta", bias="kernel_last_row", bias_input=-1.0,
             case="dense-last_row-float64-generic"),
    backward("through-inputs", "delta sent back through the layer's inputs instead of its weights", BACK,
             'da.sum(-1, keepdims=True) * rows(inputs["x"], K.ndim)',
             "The layer's own gradients are right, those of all layers before it are not.",
             "z = x K has the derivative K with respect to x: δ Kᵀ. x itself belongs to the weight gradient.",
             r"dx = \delta K^\top", r"dx = \delta \odot x", source="K21", case="n08-mlp-float64-generic"),
    backward("back-not-transposed", "weights not transposed on the way back", BACK, "da @ (K if K.shape[-1] == K.shape[-2] else K.mT)",
             "A shape error, or with a square kernel no error and wrong gradients before the layer.", "Multiply by the transpose.",
             r"dx = \delta K^\top", r"dx = \delta K", needs="square", case="dense-square-float64-generic"),
    backward("own-pre-activation", "weight gradient uses the layer's pre-activation instead of its input", KERNEL,
             "dK = (a if a.shape[-1] == K.shape[-2] else x).mT @ da", "A shape error, or with a square kernel no error and a wrong kernel gradient.",
             "A weight's gradient is its input times δ.", r"dK = x^\top \delta", r"dK = z^\top \delta", needs="square", source="K08",
             case="dense-square-float64-generic"),
    backward("own-activation", "weight gradient uses the layer's own activation instead of its input", KERNEL,
             "dK = (rows(y, K.ndim) if a.shape[-1] == K.shape[-2] else x).mT @ da",
             "A shape error, or with a square kernel no error and a wrong kernel gradient.", "Index off by one: a[l - 1] belongs to W[l].",
             r"dW_l = \delta_l a_{l-1}^\top", r"dW_l = \delta_l a_l^\top", needs="square", activation=all_but(), source="K41",
             case="n20-mlp-float64-xor"),
)

MISTAKES = (*FORWARD, *BACKWARD)
