"""Units that cannot move: where an activation's derivative is so small that right gradients teach nothing."""

import numpy as np

from cases.case import Case
from reference_impl.activations import activate
from reference_impl.network import forward

NEGLIGIBLE = 1e-3  # of the largest derivative a sigmoid has, a quarter, this is 0.4 per cent


def saturated_fraction(case: Case, layer: int | None = None) -> float:
    """The share of (example, unit) pairs with |f'(a)| below 1e-3, over all dense layers of the chain or one of them."""
    values = case.inputs["x"]
    derivatives = []
    for index, link in enumerate(case.network):
        exposed = case.replaced(network=(link,), loss=None, params={k: v for k, v in case.params.items() if link.own({k: v})},
                                inputs={"x": values}, constants=frozenset(), exempt="a look inside", golden=(),
                                cotangents={"y": np.ones(1, values.dtype)})
        plain = {k: v for k, v in link.config.items() if k in ("bias", "bias_input")}
        a = forward(exposed.replaced(network=(type(link)(link.kind, link.name, plain),)), exposed.params, exposed.inputs)[0]["y"]
        options = {k: v for k, v in link.config.items() if k not in ("bias", "bias_input", "activation")}
        y, vjp = activate(link.kind, link.config.get("activation", "linear"), a, options)
        if layer in (None, index):
            derivatives.append(np.abs(vjp(np.ones_like(y))).ravel())
        values = y
    return float((np.concatenate(derivatives) < NEGLIGIBLE).mean())
