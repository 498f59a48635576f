"""A dense layer's bias gradient made of the wrong numbers, or summed over the wrong axes; derivatives of an activation that are
taken of the wrong array.

    db = Σ_n δ_n          δ = dy ⊙ f'(z)

Two families, closed: which sum over which axes of δ, and f' or its form in outputs (σ' = a (1 - a)) of which array.
"""

from nnparity.reference_impl.mistakes.entries.dense import BIAS, PULL, ROWS, UPSTREAM, all_but, backward
from nnparity.reference_impl.mistakes.entries.dense import KERNEL as TO_KERNEL

DB = r"db_j = \sum_n \delta_{nj}"
ANY_BIAS = {"bias": ("vector", *ROWS)}
SMOOTH = {"sigmoid": ("{0} * (1 - {0})", r"{0} (1 - {0})"), "tanh": ("(1 - {0} * {0})", r"1 - {0}^2")}  # f' in outputs


def bias(id, title, made, *, mistaken, symptom, fix="Sum δ over the batch: delta.sum(axis=0).", **fields):
    return backward(id=f"bias-{id}", title=title, edit=BIAS.becomes(f"db = {made}"), symptom=symptom, fix=fix, correct=DB,
                    mistaken=mistaken, **{"config": ANY_BIAS, **fields})


SUMS = (
    bias("not-summed", "bias gradient not summed over the batch: a row for each example", "da",
         mistaken=r"db_{nj} = \delta_{nj}", config={"bias": "vector"},
         symptom="It has the shape of the outputs. Subtracted from the bias it makes that a matrix, without a word."),
    bias("last-example", "bias gradient of the last example only", "da[..., -1, :]", mistaken=r"db_j = \delta_{Nj}",
         needs="batch", symptom="Right for a batch of one.", fix="Accumulate (+=) over the examples, do not assign."),
    bias("first-example", "bias gradient of the first example only", "da[..., 0, :]", mistaken=r"db_j = \delta_{1j}",
         needs="batch", symptom="Right for a batch of one: delta[0] is the first example's.", fix="Sum over the examples."),
    bias("total-mean", "bias gradient is one number, the mean over units and batch",
         "0 * da.sum(-2) + da.mean((-2, -1), keepdims=True)[..., 0]", mistaken=r"db_j = \frac{1}{N H} \sum_{n,k} \delta_{nk}",
         symptom="All biases of the layer get the same gradient."),
    bias("of-kernel-summed", "bias gradient is the kernel's gradient summed over the inputs", "dK.sum(-2)",
         mistaken=r"db_j = \sum_i dK_{ij}", symptom="Right where the inputs of each example sum to one.",
         fix="The bias meets the constant 1, not the inputs: sum δ itself."),
    bias("of-kernel-averaged", "bias gradient is the kernel's gradient averaged over the inputs", "dK.mean(-2)",
         mistaken=r"db_j = \frac{1}{I} \sum_i dK_{ij}", symptom="It follows the kernel's gradient.",
         fix="The bias meets the constant 1, not the inputs: sum δ itself."),
    bias("derivative-at-bias", "bias gradient with the activation's derivative taken of the bias",
         f'({UPSTREAM} * activate("dense", activation, b, options)[1](np.ones_like(b))).sum(-2)',
         mistaken=r"db = \sum_n dy_n \odot f'(b)", config={"activation": all_but("softmax", "log_softmax"), "bias": "vector"},
         symptom="Kernel and input are right, the bias is not.", fix="One δ for all three: f' of the pre-activation."),
    *(bias(f"derivative-at-bias-{name}",
           f"bias gradient with the derivative of {name} taken of the bias, in its form for outputs",
           f"({UPSTREAM} * ({slope.format('b')})).sum(-2)", mistaken=rf"db = \sum_n dy_n \odot ({formula.format('b')})",
           config={"activation": name, "bias": "vector"}, case=f"dense-{name}-float64-generic",
           symptom="Kernel and input are right, the bias is not.", fix="One δ for kernel, bias and input.")
      for name, (slope, formula) in SMOOTH.items()),
)


def examples(which, place):
    """What a return inside the loop over the examples leaves."""
    return backward(id=f"{which}-example", title=f"gradient of the {which} example instead of the sum over the batch",
                    edit=TO_KERNEL.becomes(f'dK = rows(inputs["x"], K.ndim).mT[..., {place}] @ da[..., {place}, :]'),
                    also=(BIAS.becomes(f"db = da[..., {place}, :].sum(-2)"),),
                    symptom="Right for a batch of one.", fix="Go through all examples, and add.",
                    correct=r"dK = \sum_n x_n^\top \delta_n", mistaken=r"dK = x_1^\top \delta_1", needs="batch")


KERNELS = (
    examples("first", ":1"),
    *(backward(id=f"kernel-{which}-example", title=f"kernel gradient of the {which} example only",
               edit=TO_KERNEL.becomes(f'dK = rows(inputs["x"], K.ndim).mT[..., {place}] @ da[..., {place}, :]'),
               symptom="Right for a batch of one; the bias, summed apart, is right.", fix="Go through all examples, and add.",
               correct=r"dK = \sum_n x_n^\top \delta_n", mistaken=rf"dK = x_{index}^\top \delta_{index}", needs="batch",
               config=ANY_BIAS)
      for which, place, index in (("first", ":1", "1"), ("last", "-1:", "N"))),
)

DELTA = r"\delta = dy \odot f'(z)"


def of_upstream(name):
    slope, formula = SMOOTH[name]
    return backward(id=f"derivative-of-upstream-{name}",
                    title=f"derivative of {name} in its form for outputs taken of the upstream gradient",
                    edit=PULL.becomes(f"dy = {UPSTREAM}; da = dy * {slope.format('dy')}"),
                    symptom="Gradients hardly larger than the upstream one, whatever the layer computes.",
                    fix="Take the derivative of the layer's own output: a (1 - a), not δ (1 - δ).",
                    correct=DELTA, mistaken=rf"\delta = dy \odot ({formula.format('dy')})", config={"activation": name},
                    case=f"dense-{name}-float64-generic")


UPSTREAMS = (
    *map(of_upstream, SMOOTH),
    backward(id="derivative-of-upstream", title="activation's derivative taken of the upstream gradient",
             edit=PULL.becomes('da = rows(activate("dense", activation, cotangents["y"], options)[1](cotangents["y"]), K.ndim)'),
             symptom="Outputs right, gradients plausible and wrong.", fix="The derivative's argument is the pre-activation.",
             correct=DELTA, mistaken=r"\delta = dy \odot f'(dy)",
             config={"activation": all_but("relu", "leaky_relu", "relu6", "softmax", "log_softmax")},
             case="dense-sigmoid-float64-generic"),
)

MISTAKES = SUMS + KERNELS + UPSTREAMS
