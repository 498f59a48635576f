"""The form of every layer in every framework."""

from nnparity.cases.kinds import GATES, RECURRENT
from nnparity.oracles.porting.forms.form import Form
from nnparity.oracles.porting.forms.gated import gated, onnx_recurrent
from nnparity.oracles.porting.forms.plain import plain


def form(framework: str, kind: str, roles) -> Form:
    """The form of a layer that holds these canonical arrays."""
    if framework == "onnx" and kind in RECURRENT:
        return onnx_recurrent(kind, roles)
    return gated(framework, kind, roles) if kind in GATES else plain(framework, kind, roles)
