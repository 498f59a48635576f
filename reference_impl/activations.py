"""Activation functions, for float32, float64 and complex128 (the complex step differentiates through them)."""

import numpy as np


def sigmoid(a):
    """Logistic function 1 / (1 + exp(-a)) = (1 + tanh(a/2)) / 2; the second form cannot overflow."""
    return 0.5 * (1.0 + np.tanh(0.5 * a))
