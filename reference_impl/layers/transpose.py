"""The last two axes exchanged: what stands between a convolution (batch, channels, time) and a recurrent layer
(batch, time, features).

    y[..., t, c] = x[..., c, t]           dx[..., c, t] = dy[..., t, c]
"""


def transpose(_params, inputs):
    """`({"y": ...}, vjp)`"""
    return {"y": inputs["x"].mT}, lambda cotangents: {"x": cotangents["y"].mT}
