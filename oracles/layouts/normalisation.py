"""How PyTorch and Keras store the scale and shift of a normalisation. Canonical: gamma, beta (channels,)."""

from oracles.layouts.layout import IDENTITY, renamed

KINDS = ("batch_norm", "layer_norm")
LAYOUTS = {
    "torch": dict.fromkeys(KINDS, renamed(weight="gamma", bias="beta")),
    "keras": dict.fromkeys(KINDS, IDENTITY),
}
