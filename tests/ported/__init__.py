"""Models that were moved from Keras to PyTorch by hand, as people do it, and what they get wrong (planted.py)."""

import types
from functools import cache
from pathlib import Path

MODELS = ("lenet", "resnet", "autoencoder", "tagger", "gpt", "text", "mobilenet", "unet", "seq2seq", "encoder", "forecast", "reviews",
          "block")


def source(name):
    return (Path(__file__).parent / f"{name}.py").read_text()


@cache
def keras_model(name, dtype):
    """With random weights, the same in both precisions."""
    import numpy as np
    rng = np.random.default_rng(1)
    from nnparity.oracles.keras_module import precision
    with precision(np.dtype(dtype)):
        km = executed(name, source(name)).keras_model()
    km.set_weights([(rng.uniform(0.5, 1.5, w.shape) if "variance" in v.path or "gamma" in v.path
                     else rng.normal(size=w.shape) * 0.4).astype("float32").astype(dtype) for v, w in zip(km.weights, km.get_weights())])
    return km


def executed(name, text):
    module = types.ModuleType(name)
    exec(compile(text, f"{name}.py", "exec"), module.__dict__)
    return module


def built(name, text=None, loaded=True, dtype="float32"):
    """(the Keras model, the PyTorch model with its weights or with some of its own)."""
    import numpy as np
    import torch
    module, km = executed(name, text or source(name)), keras_model(name, dtype)
    torch.manual_seed(0)
    tm = module.torch_model()
    if loaded:
        module.np = np
        module.load(km, tm)
    return km, tm
