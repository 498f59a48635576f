"""What goes wrong between layers. Each entry changes a line of reference_impl/network.py, or of the training loop."""

from itertools import pairwise

from nnparity.reference_impl.mistakes.edit import Edit, Line
from nnparity.reference_impl.mistakes.mistake import Mistake, latex


def chain(*, id, correct, mistaken, part="backward", module="network", depth=2, case="mlp-half_squared_error-float64-generic",
          **fields):
    return Mistake(id=f"chain-{id}", area="chain", module=module, part=part, depth=depth, correct=latex(correct),
                   mistaken=latex(mistaken), case=case, **fields)


TAPE = Line("forward", "tape.append((layer, vjp, produced))")
START = Line("forward", 'outputs, tape, x = {}, [], inputs["x"]')
LOSS = Line("backward", 'pulled = vjp({"y": cotangents["loss"]})')
ADD = Line("backward", 'upstream = upstream + pulled.pop("x")')
UPSTREAM = Line("backward", 'upstream = cotangents["y"]')
DOWN = Line("backward", 'upstream = pulled.pop("x", None)')


def of_layer_before(when, own):
    """The weights' gradient with the input of the layer before, in the layers and shapes of `when`; elsewhere with its `own`."""
    return {"edit": TAPE.then(f'kept, given["x"] = given["x"], before if {when} else {own}; before = kept'),
            "also": (START.then("before = x"),)}


def derivative_of(other):
    """The tape's entry with the derivative of another layer's activation, at this layer's own pre-activation."""
    return ('other = ' + other + '; tape.append((layer, vjp if layer.kind != "dense" or other.kind != "dense" else '
            '_function(layer, layers)(layer.own(params), given, **{**{k: layer.config[k] for k in ("bias", "bias_input") if k in '
            'layer.config}, **{k: v for k, v in other.config.items() if k not in ("bias", "bias_input")}})[1], produced))')


HIDDEN = r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot f_l'(z_l)"
SLOPES = {  # of an activation, taken of its output y
    "sigmoid": ("y * (1 - y)", "a (1 - a)"), "tanh": ("(1 - y * y)", "1 - a^2"), "relu": ("(y.real > 0)", "[a > 0]"),
    "elu": ("np.where(y.real > 0, 1, np.exp(y))", r"\min(1, e^a)"),
    "leaky_relu": ("np.where(y.real > 0, 1, 0.01)", r"[a > 0] + 0.01 \, [a \leq 0]")}
STRAIGHT = ("straight = (vjp if not hidden else _function(layer, layers)(layer.own(params), given, **{k: v for k, v in "
            "layer.config.items() if k in ('bias', 'bias_input')})[1])")  # the layer without its activation


def hidden_layers(case):
    return [layer for layer in case.network if layer.kind == "dense"][:-1]


def argument(name):
    """Hidden layers with this activation's derivative, taken of their outputs, whatever they compute."""
    slope, formula = SLOPES[name]
    return chain(
        id=f"derivative-of-argument-{name}",
        title=f"hidden layers use the derivative of the argument, {name}, whatever they compute",
        edit=TAPE.becomes("hidden, y = layer in [la for la in case.network if la.kind == 'dense'][:-1], produced['y']; "
                          f"{STRAIGHT}; tape.append((layer, (lambda c, y=y, pull=straight: pull({{'y': c['y'] * {slope}}})) "
                          "if hidden else vjp, produced))"),
        symptom="The output layer's gradients are right, those of all hidden layers are not, unless they have this activation.",
        fix="Take the derivative of each layer's own activation: its nodes know which, an argument with a default does not.",
        correct=HIDDEN, mistaken=HIDDEN.replace("f_l'(z_l)", rf"\left({formula}\right)_{{a = a_l}}"),
        shows=lambda case: any(layer.config.get("activation") != name for layer in hidden_layers(case)),
        source="K13", case=f"n04-mlp-float64-{'tanh' if name != 'tanh' else 'sigmoid'}")


def equal_hidden_widths(case):
    """Whether a dense layer between the first and the last has an input as wide as that of the layer before it."""
    kernels = [case.params.get(layer.qualify("kernel")) for layer in case.network[:-1] if layer.kind == "dense"]
    return any(a is not None and b is not None and len(a) == len(b) for a, b in pairwise(kernels))


# a layer's arrays change as soon as its own gradients are known; what it then sends back goes through the new ones
UPDATING = """\
    params = {name: p.copy() for name, p in params.items()}
    outputs, tape = forward(case, params, inputs, layers)

    def updating(layer, vjp):
        def pull(cotangents):
            grads = vjp(cotangents)
            for name, p in layer.own(params).items():
                p -= rate * grads[name]
            return {**grads, "x": vjp(cotangents)["x"]}
        return pull

    tape = [(layer, updating(layer, vjp), produced) for layer, vjp, produced in tape]
"""

MISTAKES = (
    *map(argument, SLOPES),
    chain(id="derivative-of-output-layer", title="hidden layers use the output layer's activation derivative",
          edit=TAPE.becomes(derivative_of("case.network[-1]")),
          symptom="Right where all layers have the same activation; else the output layer's gradients alone are.",
          fix="A loop variable leaks: look the activation up for each layer, inside the loop.",
          correct=HIDDEN,
          mistaken=r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot f_L'(z_l)",
          needs="mixed"),
    chain(id="derivative-of-next-layer", title="each layer uses the next layer's activation derivative",
          edit=TAPE.becomes(derivative_of("case.network[min(len(tape) + 1, len(case.network) - 1)]")),
          symptom="Right where all layers have the same activation.",
          fix="Index off by one in the list of activations.",
          correct=HIDDEN,
          mistaken=r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot f_{l+1}'(z_l)",
          needs="mixed"),
    chain(id="derivative-of-layer-before", title="each layer uses the activation derivative of the layer before",
          edit=TAPE.becomes(derivative_of("case.network[max(len(tape) - 1, 0)]")),
          symptom="Right where all layers have the same activation.",
          fix="Index off by one in the list of activations.",
          correct=HIDDEN,
          mistaken=r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot f_{l-1}'(z_l)",
          needs="mixed"),
    chain(id="input-of-layer-before-at-the-end", title="weight gradient of the last layer uses the input of the layer before",
          **of_layer_before('layer is case.network[-1] and before.shape == given["x"].shape', 'given["x"]'),
          symptom="A shape error, or with equal widths no error and a wrong kernel gradient in the last layer alone.",
          fix="A layer's weight gradient is its own input times δ: the activation of the layer between the two.",
          correct=r"dW_L = \delta_L a_{L-1}^\top", mistaken=r"dW_L = \delta_L a_{L-2}^\top",
          needs="equal widths at the end", source="K06", case="n03-lstm-square-float64"),
    chain(id="input-of-layer-before", title="weight gradient uses the input of the layer before",
          **of_layer_before("before.shape == x.shape", "x"),
          symptom="A shape error, or with equal widths no error and a wrong kernel gradient.",
          fix="Index off by one: a[l - 1] belongs to W[l].",
          correct=r"dW_l = \delta_l a_{l-1}^\top", mistaken=r"dW_l = \delta_l a_{l-2}^\top",
          needs="equal widths", source="K06, K41", case="n03-lstm-square-float64"),
    chain(id="hidden-derivative-lost",
          title="hidden layers' derivative missing in their own gradients, kept in what flows on",
          edit=TAPE.becomes("dense = [a for a in case.network if a.kind == 'dense']; "
                            f"hidden = layer.kind == 'dense' and layer is not dense[-1]; {STRAIGHT}; "
                            "tape.append((layer, (lambda c, own=straight, on=vjp: {**own(c), 'x': on(c)['x']}) if hidden else "
                            "vjp, produced))"),
          symptom="The output layer's gradients are right, and so is dL/dx; the weights and biases of all hidden layers learn "
                  "something else.",
          fix="Form δ = (Wᵀ δ) ⊙ f'(z) once for each layer, and use it for its weights, its biases and the layer below.",
          correct=r"dW_l = \left( (W_{l+1}^\top \delta_{l+1}) \odot f_l'(z_l) \right) a_{l-1}^\top",
          mistaken=r"dW_l = (W_{l+1}^\top \delta_{l+1}) \, a_{l-1}^\top",
          shows=lambda case: any(layer.config.get("activation", "linear") != "linear" for layer in hidden_layers(case)),
          source="K33", case="n18-mlp-float64-half_squared"),
    chain(id="derivatives-lost", title="hidden activations' derivative left out in every layer",
          edit=TAPE.becomes("plain = {k: v for k, v in layer.config.items() if k not in ('activation', 'slope', 'alpha')}; "
                            "tape.append((layer, _function(layer, layers)(layer.own(params), given, **plain)[1] if layer.kind in "
                            "('dense', 'conv1d', 'conv2d') and layer is not case.network[-1] else vjp, produced))"),
          symptom="The output layer's gradients are right, those of every layer before it too large.",
          fix="The backward pass of an activation multiplies by its derivative: dout * (x > 0) for a ReLU.",
          correct=HIDDEN, mistaken=r"\delta_l = W_{l+1}^\top \delta_{l+1}",
          shows=lambda case: any(layer.kind in ("conv1d", "conv2d") and layer.config.get("activation", "linear") != "linear"
                                 for layer in case.network[:-1]),
          source="K33", case="conv2d-chain-classifier-float64"),
    chain(id="hidden-input-of-layer-before", title="hidden layers' weight gradient uses the input of the layer before",
          **of_layer_before("before.shape == x.shape and layer not in (case.network[-1], case.loss)", "x"),
          symptom="With one hidden layer nothing: the first layer has none before it, and the last is right.",
          fix="Index off by one in a list that begins with the input: layer i takes entry i.",
          correct=r"dW_l = \delta_l a_{l-1}^\top", mistaken=r"dW_l = \delta_l a_{l-2}^\top \;\; (1 < l < L)",
          depth=3, shows=equal_hidden_widths,
          source="K41", case="n20-mlp-float64-deep"),
    chain(id="loss-cotangent-ignored", title="upstream gradient of the loss taken as one",
          edit=LOSS.becomes('pulled = vjp({"y": np.ones_like(cotangents["loss"])})'),
          symptom="Right where the loss is the end of the network and nothing scales it.",
          fix="Multiply the loss's gradient by the upstream gradient that came in (cotangents[\"loss\"]).",
          correct=r"\frac{\partial L}{\partial y} \cdot \bar{L}", mistaken=r"\frac{\partial L}{\partial y} \cdot 1",
          depth=1, needs="loss cotangent"),
    chain(id="output-cotangent-ignored", title="upstream gradient of the outputs ignored beside that of the loss",
          edit=ADD.becomes('upstream = pulled.pop("x")'),
          symptom="Right where only the loss depends on the outputs.",
          fix='Add the upstream gradient of the outputs (cotangents["y"]).',
          correct=r"\frac{\partial L}{\partial y} \bar{L} + \bar{y}", mistaken=r"\frac{\partial L}{\partial y} \bar{L}",
          depth=1, needs="both cotangents"),
    chain(id="only-loss", title="loss differentiated alone: both upstream gradients ignored",
          edit=LOSS.becomes('pulled = vjp({"y": np.ones_like(cotangents["loss"])})'),
          also=(ADD.becomes('upstream = pulled.pop("x")'),),
          symptom="Right where the loss is the end of the network.",
          fix='Multiply by cotangents["loss"] and add cotangents["y"].',
          correct=r"\frac{\partial L}{\partial y} \bar{L} + \bar{y}", mistaken=r"\frac{\partial L}{\partial y} \cdot 1",
          depth=1, needs="both cotangents"),
    chain(id="outputs-cotangent-one", title="upstream gradient taken as one",
          edit=UPSTREAM.becomes('upstream = np.ones_like(cotangents["y"])'),
          symptom="The gradient of the sum of all outputs, whatever depends on them.",
          fix="Start the backward pass from the gradient that came in.",
          correct=r"\delta = \bar{y} \odot f'(z)", mistaken=r"\delta = 1 \odot f'(z)",
          depth=1, needs="output cotangent", case="dense-tanh-float64-generic"),
    chain(id="gradient-stops", title="gradient does not get past the last layer",
          edit=DOWN.then("upstream = upstream if layer is not case.network[-1] or upstream is None else 0 * upstream"),
          symptom="Only the last layer learns: everything before it has gradient zero.",
          fix="Send the delta on: Wᵀ δ.",
          correct=HIDDEN, mistaken=r"\delta_l = 0 \;"),
    chain(id="delta-averaged", title="delta divided by the batch at every layer",
          edit=DOWN.then("upstream = upstream if upstream is None else upstream / upstream.shape[0]"),
          symptom="The output layer is right, each layer before it is too small by one more factor of the batch.",
          fix="Divide by the batch once, in the loss.",
          correct=HIDDEN,
          mistaken=r"\delta_l = \frac{1}{N} (W_{l+1}^\top \delta_{l+1}) \odot f_l'(z_l)",
          needs="batch"),
    chain(part="training", id="updated-before-used", title="weights updated before they are used for the hidden delta",
          edit=Edit(function="train", right="loss_and_grads(case, params, batch, layers)",
                    wrong="loss_and_grads(case, params, batch, layers, training.rate(step))"),
          also=(Edit(function="loss_and_grads", right="inputs: Arrays, layers=LAYERS) ->",
                     wrong="inputs: Arrays, layers=LAYERS, rate=0.0) ->"),
                Edit(function="loss_and_grads", right="    outputs, tape = forward(case, params, inputs, layers)\n",
                     wrong=UPDATING)),
          symptom="The first step of the output layer is right, everything else drifts; it converges about as well.",
          fix="Compute all gradients first, update afterwards.",
          correct=HIDDEN,
          mistaken=r"\delta_l = ((W_{l+1} - \eta \, dW_{l+1})^\top \delta_{l+1}) \odot f_l'(z_l)",
          module="training", config={"weight_decay": 0.0}, optimizers=("sgd",), needs="two kernels",
          source="https://github.com/louisjc/mnist-neural-network/issues/1", case="n08-training-float64"),
)
