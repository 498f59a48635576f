"""What the frameworks are known to compute otherwise than the case asks: each a formula, and so asserted to rounding.

A framework's answer that is no agreement is held against the reference with the framework's own formulas in it. Where it gives
every number of that, the network has a known deviation, and its size is measured on every network that has it; where it
does not, it remains a finding. No tolerance is widened, and no layer is left out.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reference_impl.activations import activate
from nnparity.reference_impl.mistakes.plant import world_from
from nnparity.reference_impl.noise import rounding_noise
from nnparity.reference_impl.reference import World
from nnparity.reports.campaign import formulas
from nnparity.reports.comparison.compare import Agreement, allowance, compare
from nnparity.reports.diagnosis.cause import Cause, Words
from nnparity.reports.diagnosis.explanation import Explanation
from nnparity.reports.verdicts.row import Row

ATEN = "https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/native"
NN_OPS = "https://github.com/tensorflow/tensorflow/blob/master/tensorflow/python/ops/nn_ops.py"
KERAS = "https://github.com/keras-team/keras/blob/master/keras/src"


@dataclass(frozen=True, kw_only=True)
class Known:
    """One formula of a framework. `about` names the activations, layers or optimizers of which a case must have one.

    `activations` and `optimizers` stand in place of the reference's, `wraps` around its layers: (layer, all layers) -> layer.
    """

    id: str
    oracle: str
    about: tuple[str, ...]
    reason: str
    link: str
    dtypes: tuple[str, ...] = ("float64", "float32")
    activations: tuple[tuple[str, Callable], ...] = ()
    wraps: tuple[tuple[str, Callable], ...] = ()
    optimizers: tuple[tuple[str, Callable], ...] = ()

    def applies(self, case: Case, oracle: str) -> bool:
        """Whether the case has what this formula is about."""
        used = {layer.config.get(option, layer.kind) for layer in case.layers for option in ("activation", "function")}
        used |= {layer.kind for layer in case.layers} | ({case.training.optimizer} if case.training else set())
        return oracle == self.oracle and case.dtype.name in self.dtypes and not used.isdisjoint(self.about)


@dataclass(frozen=True)
class Deviates:
    """A framework computes a formula of KNOWN."""

    known: str  # its id


KNOWN = (
    Known(id="hard-sigmoid-float32-slope", oracle="torch", dtypes=("float64",), about=("hard_sigmoid",),
          activations=(("hard_sigmoid", formulas.hard_sigmoid_float32_slope),),
          reason="hardsigmoid's backward pass multiplies by 1.0f / 6.0f, a float32 constant, in float64 as well",
          link=f"{ATEN}/cpu/Activation.cpp"),
    Known(id="gelu-float32-constants", oracle="keras", dtypes=("float64",), about=("gelu",),
          activations=(("gelu", formulas.gelu_float32_constants),),
          reason="tf.nn.gelu makes 1/√2, or 0.044715, a float32 tensor before it casts it to float64", link=NN_OPS),
    Known(id="leaky-relu-float32-slope", oracle="keras", dtypes=("float64",), about=("leaky_relu",),
          activations=(("leaky_relu", formulas.leaky_relu_float32_slope),),
          reason="TensorFlow's LeakyRelu stores its slope as a float32 attribute", link=NN_OPS),
    Known(id="selu-slope-at-zero", oracle="keras", about=("selu",), activations=(("selu", formulas.selu_slope_at_zero),),
          reason="selu'(0) is λ in TensorFlow, λα in PyTorch and here: at the kink both are right", link=NN_OPS),
    Known(id="loss-takes-the-logits", oracle="keras",
          about=("binary_cross_entropy", "categorical_cross_entropy", "softmax_cross_entropy"),
          wraps=(("activation", formulas.noting), ("dense", formulas.noting), ("conv1d", formulas.noting),
                 ("conv2d", formulas.noting), ("binary_cross_entropy", formulas.binary_of_logits),
                 ("categorical_cross_entropy", formulas.categorical_of_logits),
                 ("softmax_cross_entropy", formulas.softmax_of_logits)),
          reason="behind keras.activations.sigmoid and softmax the losses take the logits, which are noted on the tensor, and "
                 "clip nothing", link=f"{KERAS}/backend/tensorflow/nn.py"),
    Known(id="adam-float32-betas", oracle="keras", about=("adam",), optimizers=(("adam", formulas.adam_float32_betas),),
          reason="β₁ and β₂ of 1 - βᵗ, and the decay, are float32 tensors before they are cast: 0.999 is off by 1.3e-8, 1.3e-5 "
                 "of 1 - β₂",
          link=f"{KERAS}/optimizers/adam.py"),
    Known(id="momentum-float32-beta", oracle="keras", dtypes=("float64",), about=("momentum",),
          optimizers=(("momentum", formulas.momentum_float32_beta),),
          reason="the momentum is a float32 tensor before it is cast: 0.9 is off by 2.6e-8 of itself",
          link=f"{KERAS}/optimizers/sgd.py"),
    Known(id="embedding-squares-by-place", oracle="keras", about=("embedding",), wraps=(("embedding", formulas.by_place),),
          optimizers=(("rmsprop", formulas.rmsprop_of_places), ("adam", formulas.adam_float32_betas)),
          reason="the gradient of an embedding is a tf.IndexedSlices, of which g² is the sum of the squares of every place of a "
                 "token and not the square of their sum", link=f"{KERAS}/backend/tensorflow/optimizer.py"),
)


def named(row: Row, case: Case, answer: Result, oracle: str) -> Row:
    """The row as a known deviation where the framework's own formulas give every number of the answer; else the row itself.

    One formula is tried before several. The errors that the row tells stay those against the reference.
    """
    possible = tuple(known for known in KNOWN if known.applies(case, oracle))
    for chosen in (*((known,) for known in possible), *((possible,) if len(possible) > 1 else ())):
        agreements = beside(case, answer, chosen)
        if all(a.ok for a in agreements):
            causes = tuple(Cause(what=Deviates(known.id), verdict="known deviation",
                                 told=Words(label=known.id, title=known.reason)) for known in chosen)
            reason = "; ".join(known.reason for known in chosen)
            told = Explanation(causes=causes, note=reason, agreements=agreements)
            return replace(row, verdict="known deviation", message=reason, diagnosis=(told,))
    return row


def zero_arrays(result: Result) -> frozenset[str]:
    """The arrays that are zero everywhere: with dead or saturated units that is the right answer."""
    return frozenset(name for group in (result.outputs, result.grads) for name, a in group.items() if not a.any())


def beside(case: Case, answer: Result, chosen: Iterable[Known]) -> tuple[Agreement, ...]:
    """The answer beside the reference with these formulas in it; looked at again with many draws of the noise, as in a row."""
    world = world_of(tuple(chosen))
    for thorough in (False, True):
        with np.errstate(all="ignore"):
            expected = world.run(case)
            allowed = allowance(expected, rounding_noise(case, world, thorough))
        agreements = compare(answer, expected, allowed, zero_arrays(expected))
        if not any(a.near for a in agreements):
            break
    return agreements


@cache
def world_of(chosen: tuple[Known, ...]) -> World:
    """The reference with these formulas in place of its own, in the layers that frameworks build from them.

    Recurrent layers have gates of their own, in the frameworks too, and keep the reference's.
    """
    own = world_from({}, own=("activations", "optimizers", "layers.recurrence"))
    recurrence = own.layers["simple_rnn"].__globals__["elementwise"].__globals__
    recurrence["activate"] = activate
    for known in chosen:
        own.layers["activation"].__globals__["ACTIVATIONS"].update(known.activations)
        own.training.OPTIMIZERS.update(known.optimizers)
    layers = dict(own.layers)
    for kind, wrap in (wrapped for known in chosen for wrapped in known.wraps):
        layers[kind] = wrap(layers[kind], dict(own.layers))
    return World(layers, own.network, own.training)
