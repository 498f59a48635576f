"""The form of every layer in every framework."""

from oracles.porting.form import Form
from oracles.porting.gated import gated, onnx_recurrent
from oracles.porting.plain import plain


def form(framework: str, kind: str, roles) -> Form:
    """The form of a layer that holds these canonical arrays."""
    if framework == "onnx" and kind in ("gru", "lstm", "simple_rnn"):
        return onnx_recurrent(kind, roles)
    return gated(framework, kind, roles) if kind in ("gru", "lstm") else plain(framework, kind, roles)
