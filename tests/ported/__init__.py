"""Models that were moved from Keras to PyTorch by hand, as people do it, and what they get wrong (planted.py)."""

import types
from pathlib import Path

MODELS = ("lenet", "resnet", "autoencoder", "tagger", "gpt", "text", "mobilenet", "unet", "seq2seq", "encoder", "forecast")


def source(name):
    return (Path(__file__).parent / f"{name}.py").read_text()


def built(name, text=None, loaded=True):
    """(the Keras model with random weights, the PyTorch model with these or with its own)."""
    import numpy as np
    import torch
    module = types.ModuleType(name)
    exec(compile(text or source(name), f"{name}.py", "exec"), module.__dict__)
    rng = np.random.default_rng(1)
    km = module.keras_model()
    km.set_weights([(rng.uniform(0.5, 1.5, w.shape) if "variance" in v.path or "gamma" in v.path
                     else rng.normal(size=w.shape) * 0.4).astype(w.dtype) for v, w in zip(km.weights, km.get_weights())])
    torch.manual_seed(0)
    tm = module.torch_model()
    if loaded:
        module.np = np
        module.load(km, tm)
    return km, tm
