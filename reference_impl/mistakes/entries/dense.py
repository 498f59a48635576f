"""What goes wrong in dense layers. Each entry changes a line of reference_impl/layers/dense.py."""

from functools import partial

from nnparity.reference_impl.activations import ACTIVATIONS
from nnparity.reference_impl.mistakes.edit import Edit, Line
from nnparity.reference_impl.mistakes.mistake import Mistake, latex

ROWS = ("kernel_first_row", "kernel_last_row")


def all_but(*names):
    """Every activation but these and the linear one."""
    return tuple(name for name in ACTIVATIONS if name not in (*names, "linear"))


def entry(*, id, correct, mistaken, case="dense-tanh-float64-generic", **fields):
    return Mistake(id=f"dense-{id}", area="dense", module="layers.dense", kinds=("dense",), correct=latex(correct),
                   mistaken=latex(mistaken), case=case, **fields)


forward, backward = partial(entry, part="forward"), partial(entry, part="backward")

ACTIVATE = Line("dense", 'activate("dense", activation, a.reshape(*example_axes, K.shape[-1]), options)')
PULL = Line("dense.vjp", 'da = rows(activation_vjp(cotangents["y"]), K.ndim)')

UPSTREAM = 'rows(cotangents["y"], K.ndim)'

KERNEL = Line("dense.vjp", 'dK = rows(inputs["x"], K.ndim).mT @ da')
BACK = Line("dense.vjp", "da @ K.mT")
BIAS = Line("dense.vjp", "db = da.sum(-2)")
NO_BIAS = Line("dense", "if b is not None:")
AXES = Line("dense", 'example_axes = inputs["x"].shape[:-1]')
ADD = Line("dense", "a = a + (b if s == 1 else s * b)[..., None, :]")


def one_step(step, **fields):
    """The gradients of one time step, where those of all are summed."""
    return backward(edit=KERNEL.becomes(f'dK = rows(inputs["x"][..., {step}, :], K.ndim).mT @ rows(da.reshape(*example_axes, '
                                        f"-1)[..., {step}, :], K.ndim)"),
                    also=(BIAS.becomes(f"db = rows(da.reshape(*example_axes, -1)[..., {step}, :], K.ndim).sum(-2)"),),
                    fix="Accumulate (+=) over the steps, do not assign.", correct=r"dK = \sum_t x_t^\top \delta_t",
                    needs="sequence", source="K11", **fields)


def swapped(*, to, instead_of, formula, id="", **fields):
    """The activation `to` where another one is asked for."""
    return forward(id=f"activation-{id or to}",
                   edit=ACTIVATE.becomes(f'activate("dense", "{to}", a.reshape(*example_axes, K.shape[-1]), {{}})'),
                   symptom="Every output of the layer is off; shapes never show it.",
                   correct="y = f(z)", mistaken=f"y = {formula}",
                   config={"activation": instead_of}, **fields)


SWAPS = (
    swapped(to="linear", instead_of=all_but(), title="no activation at all",
            fix="Apply the activation to the pre-activation.", formula="z"),
    swapped(to="sigmoid", instead_of=all_but("sigmoid", "softmax"), title="sigmoid where another activation belongs",
            fix="Look the layer's activation up: lists of activations and of weights are easily one off.", formula=r"\sigma(z)"),
    forward(id="activation-sigmoid-for-softmax-delta",
            title="sigmoid at the output where softmax belongs, its delta that of softmax",
            edit=ACTIVATE.becomes('(activate if activation != "softmax" else (lambda _kind, _function, z, _options: '
                                  '(out := activate("dense", "sigmoid", z, {})[0], '
                                  'lambda dy: out * (dy - (dy * out).sum(-1, keepdims=True)))))'
                                  '("dense", activation, a.reshape(*example_axes, K.shape[-1]), options)'),
            symptom="With a cross-entropy the delta is p - t all the same: that of a binary cross-entropy, which the loss is "
                    "not.",
            fix="Align the lists: with an activation for the input too there are more activations than weight matrices, and zip "
                "drops the last.",
            correct=r"y = \mathrm{softmax}(z), \quad \delta = y - t", mistaken=r"y = \sigma(z), \quad \delta = y - t",
            config={"activation": "softmax"}, own_gradient=True, source="K39", case="n20-mlp-float64-xor"),
    swapped(to="sigmoid", instead_of="softmax", id="sigmoid-for-softmax", title="sigmoid at the output where softmax belongs",
            fix="Align the lists: with an activation for the input too there are more activations than weight matrices, and zip "
                "drops the last.",
            formula=r"\sigma(z)", source="K39", case="n20-mlp-float64-xor"),
    swapped(to="tanh", instead_of=all_but("tanh"), title="tanh where another activation belongs",
            fix="Look the layer's activation up.", formula=r"\tanh z", case="dense-sigmoid-float64-generic"),
    swapped(to="relu", instead_of=all_but("relu"), title="ReLU where another activation belongs",
            fix="Look the layer's activation up.", formula=r"\max(0, z)", case="dense-elu-float64-generic"),
    swapped(to="leaky_relu", instead_of=all_but("leaky_relu"), title="leaky ReLU where another activation belongs",
            fix="Look the layer's activation up.", formula=r"\max(0.01 z, z)", case="dense-relu-float64-generic"),
    swapped(to="softmax", instead_of=all_but("softmax"), title="softmax where another activation belongs",
            fix="Softmax makes the outputs of one example sum to one: use it for one choice among classes, the sigmoid for "
                "independent yes and no.",
            formula=r"\mathrm{softmax}(z)", case="dense-sigmoid-float64-generic"),
    swapped(to="elu", instead_of=all_but("elu"), title="ELU where another activation belongs",
            fix="Look the layer's activation up.", formula=r"\mathrm{elu}(z)", case="dense-relu-float64-generic"),
    swapped(to="relu", instead_of="linear", id="relu-for-linear", title="ReLU on an output that should stay linear",
            fix="Leave the last layer of a regression, or of logits, linear.", formula=r"\max(0, z)",
            case="dense-vector-float64-generic"),
    swapped(to="sigmoid", instead_of="linear", id="sigmoid-for-linear", title="sigmoid on an output that should stay linear",
            fix="Losses that take logits apply the sigmoid or softmax themselves.", formula=r"\sigma(z)",
            case="dense-vector-float64-generic"),
    swapped(to="softmax", instead_of="linear", id="softmax-for-linear", title="softmax on an output that should stay linear",
            fix="Softmax cross-entropy takes logits and applies softmax itself: applied twice it flattens the probabilities and "
                "training stalls.",
            formula=r"\mathrm{softmax}(z)", case="dense-vector-float64-generic",
            source="https://github.com/keras-team/keras/issues/6636"),
)

FORWARD = (
    *SWAPS,
    forward(id="activation-before-bias", title="bias added after the activation",
            edit=NO_BIAS.becomes("if False:"),
            also=(ACTIVATE.then("y = (rows(y, K.ndim) + (s * b)[..., None, :]).reshape(y.shape)"),),
            symptom="Outputs leave the range of the activation: a sigmoid gives values below 0 or above 1.",
            fix="Add the bias inside: f(x K + b).",
            correct="y = f(x K + b)", mistaken="y = f(x K) + b",
            config={"activation": all_but(), "bias": ("vector", *ROWS)}),
    forward(id="bias-subtracted", title="bias subtracted",
            edit=ADD.becomes("a = a - (s * b)[..., None, :]"),
            symptom="Right as long as the bias is zero; trained from scratch the bias takes the other sign.",
            fix="Add the bias.",
            correct="x K + b", mistaken="x K - b",
            config={"bias": "vector"}, case="dense-vector-float64-generic"),
    forward(id="bias-multiplied", title="bias multiplied instead of added",
            edit=ADD.becomes("a = a * (b if s == 1 else s * b)[..., None, :]"),
            symptom="Units whose bias is zero give nothing at all.",
            fix="Add the bias.",
            correct="x K + b", mistaken=r"(x K) \odot b",
            config={"bias": "vector"}, case="dense-vector-float64-generic"),
    forward(id="bias-row-unused", title="bias row of the kernel not used",
            edit=NO_BIAS.becomes("if False:"),
            symptom="Right as long as that row is zero.",
            fix="Put the constant next to the input before the product.",
            correct="[x, s] K", mistaken="[x, 0] K",
            config={"bias": ROWS}, case="dense-last_row-float64-generic"),
    forward(id="sums-pile-up", title="pre-activations accumulate over the examples",
            edit=AXES.then("a = np.cumsum(a, -2)"),
            symptom="The first example is right; then every unit saturates and all answers are the same.",
            fix="Set z to zero for each example, or assign it.",
            correct="z_n = x_n W", mistaken="z_n = z_{n-1} + x_n W",
            needs="batch", source="K49", case="n22-mlp-float64-signs"),
    forward(id="sums-begin-from-activations", title="pre-activations begin from the activations of the example before",
            edit=AXES.becomes(f"""{AXES.text}
    sums = [a[..., :1, :]]
    for n in range(1, a.shape[-2]):
        sums.append(a[..., n:n + 1, :] + activate("dense", activation, sums[-1], options)[0])
    a = np.concatenate(sums, -2)"""),
            symptom="The first example is right; the others depend on what was asked before them.",
            fix="Set z to zero for each example, or assign it: z += x W adds to what is left there.",
            correct="z_n = x_n W", mistaken="z_n = a_{n-1} + x_n W",
            needs="batch", source="K49", case="n22-mlp-float64-signs"),
    forward(id="elementwise-product", title="elementwise product where a matrix product belongs",
            edit=Edit(function="dense", right="a = x @ K", wrong="a = x * K if x.shape == K.shape else x @ K"),
            symptom="A shape error, or with square arrays no error and wrong numbers.",
            fix="Use @ or np.dot: * multiplies element by element.",
            correct=r"z_j = \sum_i x_i K_{ij}", mistaken=r"z_{ij} = x_{ij} K_{ij} \;",
            needs="square", source="K52", case="dense-square-float64-generic"),
)

BACKWARD = (
    backward(id="derivative-lost", title="activation's derivative left out",
             edit=PULL.becomes(f"da = {UPSTREAM}"),
             symptom="Outputs right, gradients of this layer and of all before it too large.",
             fix="Multiply the upstream gradient by f'(z) before anything else.",
             correct=r"\delta = dy \odot f'(z)", mistaken=r"\delta = dy \;",
             config={"activation": all_but()}, source="K33", case="n18-mlp-float64-half_squared"),
    backward(id="derivative-twice", title="activation's derivative multiplied twice",
             edit=PULL.becomes('da = rows(activation_vjp(activation_vjp(cotangents["y"])), K.ndim)'),
             symptom="Gradients of this layer and of all before it too small.",
             fix="Multiply by f'(z) once.",
             correct=r"\delta = dy \odot f'(z)", mistaken=r"\delta = dy \odot f'(z) \odot f'(z)",
             config={"activation": all_but("relu", "relu6", "log_softmax")}),
    backward(id="derivative-of-activation", title="derivative taken of the activation where the formula is in the pre-activation",
             edit=PULL.becomes('da = rows(activate("dense", activation, y, options)[1](cotangents["y"]), K.ndim)'),
             symptom="Outputs right, gradients plausible and wrong; training still creeps on.",
             fix="A function that computes σ inside must be given z; given a = σ(z), use a (1 - a).",
             correct="f'(z)", mistaken=r"f'(f(z)) \;",
             config={"activation": all_but("relu", "leaky_relu", "relu6", "softmax", "log_softmax")},
             blind=("softplus_beyond_30",), source="K12, K40", case="dense-sigmoid-float64-generic"),
    backward(id="derivative-of-sigmoid", title="derivative of the sigmoid used for another activation",
             edit=PULL.becomes('da = rows(activate("dense", "sigmoid", a.reshape(*example_axes, K.shape[-1]), '
                               '{})[1](cotangents["y"]), K.ndim)'),
             symptom="Outputs right, the gradient of every layer before it is wrong too.",
             fix="Each layer uses its own derivative: a loop variable that still holds the output layer's activation "
                 "is a usual cause.",
             correct="f_l'(z_l)", mistaken=r"\sigma'(z_l)",
             config={"activation": all_but("sigmoid")}, case="mlp-half_squared_error-float64-generic"),
    backward(id="derivative-of-tanh", title="derivative of tanh used for another activation",
             edit=PULL.becomes('da = rows(activate("dense", "tanh", a.reshape(*example_axes, K.shape[-1]), '
                               '{})[1](cotangents["y"]), K.ndim)'),
             symptom="Outputs right, the gradient of every layer before it is wrong too.",
             fix="Each layer uses its own derivative.",
             correct="f_l'(z_l)", mistaken=r"1 - \tanh^2 z_l",
             config={"activation": all_but("tanh")}, case="mlp-half_squared_error-float64-generic"),
    backward(id="derivative-of-relu", title="derivative of ReLU used for another activation",
             edit=PULL.becomes('da = rows(activate("dense", "relu", a.reshape(*example_axes, K.shape[-1]), '
                               '{})[1](cotangents["y"]), K.ndim)'),
             symptom="Units with negative pre-activations do not learn.",
             fix="Each layer uses its own derivative.",
             correct="f_l'(z_l)", mistaken="[z_l > 0]",
             config={"activation": (*all_but("relu", "elu", "leaky_relu"), "linear")},
             case="mlp-half_squared_error-float64-generic"),
    backward(id="kernel-without-derivative", title="activation's derivative missing in the weight gradient alone",
             edit=KERNEL.becomes(f'dK = rows(inputs["x"], K.ndim).mT @ {UPSTREAM}'),
             symptom="The gradient that flows on is right, the weights' own is not.",
             fix="Use δ = dy ⊙ f'(z) for kernel, bias and input.",
             correct=r"dK = x^\top (dy \odot f'(z))", mistaken=r"dK = x^\top dy",
             config={"activation": all_but()}),
    backward(id="bias-without-derivative", title="activation's derivative missing in the bias gradient alone",
             edit=BIAS.becomes(f"db = {UPSTREAM}.sum(-2)"),
             symptom="Only the bias is trained wrongly.",
             fix="Use δ = dy ⊙ f'(z) for the bias too.",
             correct=r"db = \sum dy \odot f'(z)", mistaken=r"db = \sum dy",
             config={"activation": all_but(), "bias": ("vector", *ROWS)}),
    backward(id="own-derivative-lost",
             title="activation's derivative missing in the layer's own gradients, kept in what flows on",
             edit=KERNEL.becomes(f'dK = rows(inputs["x"], K.ndim).mT @ {UPSTREAM}'),
             also=(BIAS.becomes(f"db = {UPSTREAM}.sum(-2)"),),
             symptom="The layers below have right gradients, this one's weights and bias have not.",
             fix="Form δ = dy ⊙ f'(z) once, and use it for kernel, bias and input.",
             correct=r"dK = x^\top (dy \odot f'(z)), \; db = \sum dy \odot f'(z)",
             mistaken=r"dK = x^\top dy, \; db = \sum dy",
             config={"activation": all_but(), "bias": ("vector", *ROWS)}, source="K33", case="n18-mlp-float64-half_squared"),
    backward(id="input-without-derivative", title="activation's derivative missing in the gradient that flows on",
             edit=BACK.becomes(f"{UPSTREAM} @ K.mT"),
             symptom="The layer's own gradients are right, those of all layers before it are not.",
             fix="Send δ = dy ⊙ f'(z) back through the weights, not dy.",
             correct=r"dx = (dy \odot f'(z)) K^\top", mistaken=r"dx = dy \, K^\top",
             config={"activation": all_but()}, source="https://github.com/louisjc/mnist-neural-network/issues/1"),
    backward(id="input-factor-lost", title="weight gradient without its factor x",
             edit=KERNEL.becomes('dK = np.ones_like(rows(inputs["x"], K.ndim)).mT @ da'),
             symptom="All rows of the kernel have the same gradient, that of the bias.",
             fix="The chain rule multiplies by d(xK)/dK = x.",
             correct=r"dK = x^\top \delta", mistaken=r"dK = 1^\top \delta",
             source="K25", case="n11-scalar-float64-generic"),
    backward(id="last-example", title="gradient of the last example instead of the sum over the batch",
             edit=KERNEL.becomes('dK = rows(inputs["x"], K.ndim).mT[..., -1:] @ da[..., -1:, :]'),
             also=(BIAS.becomes("db = da[..., -1, :]"),),
             symptom="Right for a batch of one.",
             fix="Accumulate (+=) over the examples, do not assign.",
             correct=r"dK = \sum_n x_n^\top \delta_n", mistaken=r"dK = x_N^\top \delta_N",
             source="K11"),
    one_step(-1, id="last-step", title="gradient of the last time step instead of the sum over all",
             symptom="Right for one time step.",
             mistaken=r"dK = x_T^\top \delta_T", case="dense-sequence-float64-generic"),
    one_step(0, id="first-step", title="gradient assigned at each step of the way back: the first step's remains",
             symptom="Right for one time step. The way back goes from the last step to the first, which overwrites all others.",
             mistaken=r"dK = x_1^\top \delta_1", case="n03-lstm-generic-float64"),
    backward(id="gradient-averaged", title="gradient divided by the batch inside the layer",
             edit=KERNEL.becomes('dK = rows(inputs["x"], K.ndim).mT @ da / da.shape[-2]'),
             also=(BIAS.becomes("db = da.sum(-2) / da.shape[-2]"),),
             symptom="With a loss that is a mean, divided by the batch twice.",
             fix="A layer sums over the batch; the mean belongs to the loss.",
             correct=r"dK = x^\top \delta", mistaken=r"dK = \frac{1}{N} x^\top \delta"),
    backward(id="bias-averaged", title="bias gradient is the mean over the batch, not the sum",
             edit=BIAS.becomes("db = da.mean(-2)"),
             symptom="The bias is trained at a rate divided by the batch.",
             fix="Sum, as the product x δ does for the kernel.",
             correct=r"db = \sum_n \delta_n", mistaken=r"db = \frac{1}{N} \sum_n \delta_n",
             config={"bias": ("vector", *ROWS)}),
    backward(id="bias-total", title="bias gradient summed over the units too",
             edit=BIAS.becomes("db = 0 * da.sum(-2) + da.sum((-2, -1), keepdims=True)[..., 0]"),
             symptom="All biases of the layer get the same gradient.",
             fix="Sum over the batch axis alone: axis=0.",
             correct=r"db_j = \sum_n \delta_{nj}", mistaken=r"db_j = \sum_{n,k} \delta_{nk}",
             config={"bias": ("vector", *ROWS)}),
    backward(id="bias-input-sign-in-gradient", title="sign of the bias input missing in the gradient",
             edit=Edit(function="dense.vjp", right="np.concatenate([dK, s * db[..., None, :]]",
                       wrong="np.concatenate([dK, db[..., None, :]]"),
             symptom="The bias weights are trained uphill.",
             fix="The bias row's gradient carries its input, -1.",
             correct=r"dK_{\mathrm{bias}} = s \sum \delta", mistaken=r"dK_{\mathrm{bias}} = \sum \delta",
             config={"bias": "kernel_last_row", "bias_input": -1.0}, case="dense-last_row-float64-generic"),
    backward(id="through-inputs", title="delta sent back through the layer's inputs instead of its weights",
             edit=BACK.becomes('da.sum(-1, keepdims=True) * rows(inputs["x"], K.ndim)'),
             symptom="The layer's own gradients are right, those of all layers before it are not.",
             fix="z = x K has the derivative K with respect to x: δ Kᵀ. x itself belongs to the weight gradient.",
             correct=r"dx = \delta K^\top", mistaken=r"dx = \delta \odot x",
             source="K21", case="n08-mlp-float64-generic"),
    backward(id="through-weight-gradient", title="the kernel's gradient xᵀ δ sent back where δ Kᵀ belongs",
             edit=BACK.becomes(
                 "dK + 0 * x if x.shape[-2] == x.shape[-1] and K.shape[-1] in (1, x.shape[-1]) else da @ K.mT"),
             symptom="A shape error, or with as many examples as inputs no error, and wrong gradients before the layer.",
             fix="z = x K has the derivative K with respect to x: δ Kᵀ. xᵀ δ is the gradient of K, for the update of K.",
             correct=r"dx = \delta K^\top", mistaken=r"dx = x^\top \delta",
             needs="examples as inputs", source="K21", case="n08-mlp-float64-xor"),
    backward(id="back-not-transposed", title="weights not transposed on the way back",
             edit=BACK.becomes("da @ (K if K.shape[-1] == K.shape[-2] else K.mT)"),
             symptom="A shape error, or with a square kernel no error and wrong gradients before the layer.",
             fix="Multiply by the transpose.",
             correct=r"dx = \delta K^\top", mistaken=r"dx = \delta K",
             needs="square", case="dense-square-float64-generic"),
    backward(id="own-pre-activation", title="weight gradient uses the layer's pre-activation instead of its input",
             edit=KERNEL.becomes("dK = (a if a.shape[-1] == K.shape[-2] else x).mT @ da"),
             symptom="A shape error, or with a square kernel no error and a wrong kernel gradient.",
             fix="A weight's gradient is its input times δ.",
             correct=r"dK = x^\top \delta", mistaken=r"dK = z^\top \delta",
             needs="square", source="K08", case="dense-square-float64-generic"),
    backward(id="own-activation", title="weight gradient uses the layer's own activation instead of its input",
             edit=KERNEL.becomes("dK = (rows(y, K.ndim) if a.shape[-1] == K.shape[-2] else x).mT @ da"),
             symptom="A shape error, or with a square kernel no error and a wrong kernel gradient.",
             fix="Index off by one: a[l - 1] belongs to W[l].",
             correct=r"dW_l = \delta_l a_{l-1}^\top", mistaken=r"dW_l = \delta_l a_l^\top",
             config={"activation": all_but()}, needs="square", source="K41", case="n20-mlp-float64-xor"),
)

MISTAKES = (*FORWARD, *BACKWARD)
