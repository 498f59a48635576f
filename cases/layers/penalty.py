"""An L2 penalty beside the loss: (λ/2) Σ W² over the kernels, as texts write weight decay into the loss."""

from nnparity.cases.case import Case
from nnparity.cases.layers.dense import DTYPES, MLP, mlp_case

L2 = 0.3


def penalised(dtype: str) -> Case:
    """Three dense layers, half a squared error, and the penalty."""
    case = mlp_case("penalty-l2-{}-generic", **{**MLP["half_squared_error"], "seed": 240, "flags": (),
                                            "catches": "λ W left out of the gradient, twice or halved; biases penalised"})
    return case.replaced(name=case.name.format(dtype), group="penalty", l2=L2).astype(dtype)


CASES = tuple(map(penalised, DTYPES))
