"""How each framework stores a normalisation. Canonical: gamma, beta, running_mean, running_variance (channels,)."""

from nnparity.oracles.layouts.layout import renamed

LAYOUTS = {
    "torch": {"batch_norm": renamed(weight="gamma", bias="beta", running_mean="running_mean", running_var="running_variance"),
              "layer_norm": renamed(weight="gamma", bias="beta")},
    "keras": {"batch_norm": renamed(gamma="gamma", beta="beta", moving_mean="running_mean",
                                    moving_variance="running_variance"),
              "layer_norm": renamed(gamma="gamma", beta="beta")},
    "flax": {"batch_norm": renamed(scale="gamma", bias="beta", mean="running_mean", var="running_variance"),
             "layer_norm": renamed(scale="gamma", bias="beta")},
    "linen": {"batch_norm": renamed(**{"params/scale": "gamma", "params/bias": "beta", "batch_stats/mean": "running_mean",
                                       "batch_stats/var": "running_variance"}),
              "layer_norm": renamed(**{"params/scale": "gamma", "params/bias": "beta"})},
    "onnx": {"batch_norm": renamed(scale="gamma", B="beta", input_mean="running_mean", input_var="running_variance"),
             "layer_norm": renamed(Scale="gamma", B="beta")},
}
