import numpy as np
def sigmoid(Z):
    A = 1 / (1 + np.exp(-Z))
    cache = Z
    return A, cache
def sigmoid_backward(dA, cache):
    Z = cache
    s = 1 / (1 + np.exp(-Z))
    dZ = dA * s * (1 - s)
    return dZ


def relu(Z):
    A = np.maximum(0, Z)
    return A, Z


def relu_backward(dA, cache):
    dZ = np.array(dA, copy=True)
    dZ[cache <= 0] = 0
    return dZ


def tanh(x):
    return np.tanh(x)


def tanh_prime(x):
    return 1 - x ** 2


def elu(x, deriv=False):
    if deriv:
        return np.where(x > 0, 1, np.exp(x))
    return np.where(x > 0, x, np.exp(x) - 1)


def softplus(x):
    return np.log(1 + np.exp(x))
