"""Every rewriting that fits the arrays of a case. `OF_KIND` is the visible list of what is tried for which layer."""

from nnparity.cases.case import Case
from nnparity.reports.diagnosis.per_case import per_case
from nnparity.reports.diagnosis.rewritings.convolution import convolution
from nnparity.reports.diagnosis.rewritings.copies import copies
from nnparity.reports.diagnosis.rewritings.normalisation import normalisation
from nnparity.reports.diagnosis.rewritings.recurrent import GATE_NAMES, recurrent
from nnparity.reports.diagnosis.rewritings.rewrite import Rewrite, same
from nnparity.reports.diagnosis.rewritings.weights import weights

OF_KIND = {
    "batch_norm": (normalisation,),
    "conv1d": (convolution, weights),
    "conv2d": (convolution, weights),
    "dense": (weights,),
    "gru": (recurrent, weights),
    "layer_norm": (normalisation,),
    "lstm": (recurrent, weights),
    "simple_rnn": (recurrent, weights),
}


@per_case
def rewritings(case: Case) -> list[Rewrite]:
    """Every rewriting that fits the arrays of this case."""
    return [rewrite for layer in case.layers for function in OF_KIND.get(layer.kind, ()) for rewrite in function(layer, case)]


@per_case
def copied_gates(case: Case) -> list[Rewrite]:
    """Every way in which a gate of a layer stands in for others; they are many, and are tried alone."""
    return [rewrite for layer in case.layers for rewrite in copies(layer, case)]


__all__ = ["GATE_NAMES", "Rewrite", "copied_gates", "rewritings", "same"]
