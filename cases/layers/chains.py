"""Chains that mix what the layers' own cases ask one by one: convolution, recurrence, dense heads."""

from nnparity.cases.case import Case, Layer
from nnparity.cases.draw import drawer
from nnparity.cases.layers.gru import gru_params

SIZES = {"batch": 2, "channels": 5, "steps": 12, "filters": 6, "taps": 4, "positions": 9, "hidden": 7, "outputs": 8}


def conv_recurrent_dense(dtype: str) -> Case:
    """conv1d -> transpose -> gru -> dense -> squared error, with a cotangent for every output and the loss."""
    draw, weights = drawer(810), drawer(811, 0.4)
    B, C, S, F, U, P, H, O = SIZES.values()
    return Case(
        name=f"chain-convolution-recurrence-dense-{dtype}", group="chain", sizes=SIZES,
        network=(Layer("conv1d", "conv", {"activation": "tanh"}), Layer("transpose", "turn"),
                 Layer("gru", "recurrent", {"reset": "after", "recurrent_bias": "inside", "update": "keep"}),
                 Layer("dense", "head", {"activation": "sigmoid"})),
        loss=Layer("squared_error", "", {"reduction": "sum", "axes": 3}),
        params={"conv/kernel": weights(F, C, U), "conv/bias": weights(F),
                **{f"recurrent/{name}": a for name, a in gru_params(weights, F, H).items()},
                "head/kernel": weights(H, O), "head/bias": weights(O)},
        inputs={"x": draw(B, C, S), "recurrent/h0": draw(B, H), "target": draw(B, P, O)}, constants=frozenset({"target"}),
        cotangents={"y": draw(B, P, O), "recurrent/h_n": draw(B, H), "loss": draw()},
        catches="a gradient lost where one kind of layer meets the next; axes of time and channels exchanged",
    ).astype(dtype)


CASES = tuple(conv_recurrent_dense(dtype) for dtype in ("float64", "float32"))
