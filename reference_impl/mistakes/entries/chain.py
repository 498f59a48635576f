"""What goes wrong between layers. Each entry changes a line of reference_impl/network.py, or of the training loop."""

from nnparity.reference_impl.mistakes.mistake import Mistake, latex


def chain(id, title, right, wrong, symptom, fix, correct, mistaken, *, part="backward", module="network", depth=2, also=(), source="",
          case="mlp-half_squared_error-float64-generic", needs="", optimizers=(), **options):
    return Mistake(id=f"chain-{id}", area="chain", module=module, part=part, title=title, right=right, wrong=wrong, also=also,
                   symptom=symptom, fix=fix, correct=latex(correct), mistaken=latex(mistaken), source=source, case=case, depth=depth,
                   needs=needs, optimizers=optimizers, config=options)


TAPE = "tape.append((layer, vjp, produced))"
START = 'outputs, tape, x = {}, [], inputs["x"]'
LOSS = 'pulled = vjp({"y": cotangents["loss"]})'
ADD = 'upstream = upstream + pulled.pop("x")'
UPSTREAM = 'grads, upstream = {}, cotangents["y"]'
DOWN = 'upstream = pulled.pop("x", None)'


def derivative_of(other):
    """The tape's entry with the derivative of another layer's activation, at this layer's own pre-activation."""
    return ('other = ' + other + '; tape.append((layer, vjp if layer.kind != "dense" or other.kind != "dense" else '
            '_function(layer, layers)(layer.own(params), given, **{**{k: layer.config[k] for k in ("bias", "bias_input") if k in '
            'layer.config}, **{k: v for k, v in other.config.items() if k not in ("bias", "bias_input")}})[1], produced))')


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
    chain("derivative-of-output-layer", "hidden layers use the output layer's activation derivative", TAPE,
          derivative_of("case.network[-1]"), "Right where all layers have the same activation; else the output layer's gradients alone are.",
          "A loop variable leaks: look the activation up for each layer, inside the loop.",
          r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot f_l'(z_l)", r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot f_L'(z_l)",
          source="K13", needs="mixed"),
    chain("derivative-of-next-layer", "each layer uses the next layer's activation derivative", TAPE,
          derivative_of("case.network[min(len(tape) + 1, len(case.network) - 1)]"),
          "Right where all layers have the same activation.", "Index off by one in the list of activations.",
          r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot f_l'(z_l)", r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot f_{l+1}'(z_l)",
          source="K13", needs="mixed"),
    chain("derivative-of-layer-before", "each layer uses the activation derivative of the layer before", TAPE,
          derivative_of("case.network[max(len(tape) - 1, 0)]"),
          "Right where all layers have the same activation.", "Index off by one in the list of activations.",
          r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot f_l'(z_l)", r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot f_{l-1}'(z_l)",
          source="K13", needs="mixed"),
    chain("input-of-layer-before", "weight gradient uses the input of the layer before", TAPE,
          TAPE + '; kept, given["x"] = given["x"], before if before.shape == x.shape else x; before = kept',
          "A shape error, or with equal widths no error and a wrong kernel gradient.", "Index off by one: a[l - 1] belongs to W[l].",
          r"dW_l = \delta_l a_{l-1}^\top", r"dW_l = \delta_l a_{l-2}^\top", also=((START, START + "; before = x"),), source="K06, K41",
          needs="equal widths", case="n03-lstm-square-float64"),
    chain("loss-cotangent-ignored", "upstream gradient of the loss taken as one", LOSS,
          'pulled = vjp({"y": np.ones_like(cotangents["loss"])})', "Right where the loss is the end of the network and nothing scales it.",
          "Multiply the loss's gradient by the upstream gradient that came in (cotangents[\"loss\"]).",
          r"\frac{\partial L}{\partial y} \cdot \bar{L}", r"\frac{\partial L}{\partial y} \cdot 1", depth=1, needs="loss cotangent"),
    chain("output-cotangent-ignored", "upstream gradient of the outputs ignored beside that of the loss", ADD, 'upstream = pulled.pop("x")',
          "Right where only the loss depends on the outputs.", "Add the upstream gradient of the outputs (cotangents[\"y\"]).",
          r"\frac{\partial L}{\partial y} \bar{L} + \bar{y}", r"\frac{\partial L}{\partial y} \bar{L}", depth=1, needs="both cotangents"),
    chain("only-loss", "loss differentiated alone: both upstream gradients ignored", LOSS,
          'pulled = vjp({"y": np.ones_like(cotangents["loss"])})', "Right where the loss is the end of the network.",
          "Multiply by cotangents[\"loss\"] and add cotangents[\"y\"].", r"\frac{\partial L}{\partial y} \bar{L} + \bar{y}",
          r"\frac{\partial L}{\partial y} \cdot 1", also=((ADD, 'upstream = pulled.pop("x")'),), depth=1, needs="both cotangents"),
    chain("outputs-cotangent-one", "upstream gradient taken as one", UPSTREAM, 'grads, upstream = {}, np.ones_like(cotangents["y"])',
          "The gradient of the sum of all outputs, whatever depends on them.", "Start the backward pass from the gradient that came in.",
          r"\delta = \bar{y} \odot f'(z)", r"\delta = 1 \odot f'(z)", depth=1, needs="output cotangent",
          case="dense-tanh-float64-generic"),
    chain("gradient-stops", "gradient does not get past the last layer", DOWN,
          'upstream = pulled.pop("x", None); upstream = upstream if layer is not case.network[-1] or upstream is None else 0 * upstream',
          "Only the last layer learns: everything before it has gradient zero.", "Send the delta on: Wᵀ δ.",
          r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot f_l'(z_l)", r"\delta_l = 0 \;"),
    chain("delta-averaged", "delta divided by the batch at every layer", DOWN,
          'upstream = pulled.pop("x", None); upstream = upstream if upstream is None else upstream / upstream.shape[0]',
          "The output layer is right, each layer before it is too small by one more factor of the batch.",
          "Divide by the batch once, in the loss.", r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot f_l'(z_l)",
          r"\delta_l = \frac{1}{N} (W_{l+1}^\top \delta_{l+1}) \odot f_l'(z_l)", needs="batch"),
    chain("updated-before-used", "weights updated before they are used for the hidden delta",
          "loss_and_grads(case, params, batch, layers)",
          "loss_and_grads(case, params, batch, layers, training.rate(step))",
          "The first step of the output layer is right, everything else drifts; it converges about as well.",
          "Compute all gradients first, update afterwards.", r"\delta_l = (W_{l+1}^\top \delta_{l+1}) \odot f_l'(z_l)",
          r"\delta_l = ((W_{l+1} - \eta \, dW_{l+1})^\top \delta_{l+1}) \odot f_l'(z_l)", part="training", module="training",
          also=(("inputs: Arrays, layers=LAYERS) ->", "inputs: Arrays, layers=LAYERS, rate=0.0) ->"),
                ("    outputs, tape = forward(case, params, inputs, layers)\n", UPDATING)),
          source="https://github.com/louisjc/mnist-neural-network/issues/1", optimizers=("sgd",), weight_decay=0.0, needs="two kernels",
          case="n08-training-float64"),
)
