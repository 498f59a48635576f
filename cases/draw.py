"""Random arrays for cases. Randomness is an input: every case names its seed, and no global generator is touched."""

import numpy as np


def drawer(seed: int, scale: float = 1.0):
    """A function `draw(*shape)` of normal numbers times `scale`, none closer to zero than a tenth of it.

    Keeping away from zero keeps every parameter effective: a bias of 1e-4 would hide a bias that is left out.
    """
    rng = np.random.default_rng(seed)

    def draw(*shape: int) -> np.ndarray:
        a = rng.standard_normal(shape)
        return scale * np.where(np.abs(a) < 0.1, np.copysign(0.1, a) + a, a)

    return draw
