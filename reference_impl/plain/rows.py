"""Layers that work on rows: x is (examples, features), all axes of examples made one."""

import numpy as np


def dense(x, kernel, bias, f):
    a = x @ kernel + bias
    y = f(a)
    return y


def dense_backward(x, kernel, bias, a, y, dy, f, f_slope):
    da = dy * f_slope(a)
    dkernel = x.T @ da
    dbias = np.sum(da, axis=0)
    dx = da @ kernel.T
    return dx, dkernel, dbias


def dense_softmax(x, kernel, bias):
    a = x @ kernel + bias
    e = np.exp(a)
    y = e / np.sum(e, axis=1, keepdims=True)
    return y


def dense_softmax_backward(x, kernel, bias, a, y, dy):
    da = y * (dy - np.sum(y * dy, axis=1, keepdims=True))
    dkernel = x.T @ da
    dbias = np.sum(da, axis=0)
    dx = da @ kernel.T
    return dx, dkernel, dbias


def elementwise(x, f):
    y = f(x)
    return y


def elementwise_backward(x, y, dy, f, f_slope):
    dx = dy * f_slope(x)
    return dx


def softmax(x):
    e = np.exp(x)
    y = e / np.sum(e, axis=1, keepdims=True)
    return y


def softmax_backward(x, y, dy):
    dx = y * (dy - np.sum(y * dy, axis=1, keepdims=True))
    return dx


def batch_norm(x, gamma, beta, running_mean, running_variance, epsilon, old, new, correction):
    mean = np.mean(x, axis=0)
    centred = x - mean
    variance = np.mean(centred**2, axis=0)
    std = np.sqrt(variance + epsilon)
    x_hat = centred / std
    y = gamma * x_hat + beta
    next_mean = old * running_mean + new * mean
    next_variance = old * running_variance + new * variance * correction
    return y, next_mean, next_variance


def batch_norm_backward(x, gamma, beta, dy, mean, centred, variance, std, x_hat, epsilon):
    n = len(x)
    dgamma = np.sum(dy * x_hat, axis=0)
    dbeta = np.sum(dy, axis=0)
    dx_hat = dy * gamma
    dvariance = np.sum(dx_hat * centred, axis=0) * -0.5 * std**-3
    dmean = -np.sum(dx_hat / std, axis=0) + dvariance * np.mean(-2 * centred, axis=0)
    dx = dx_hat / std + dvariance * 2 * centred / n + dmean / n
    return dx, dgamma, dbeta


def batch_norm_inference(x, gamma, beta, running_mean, running_variance, epsilon):
    centred = x - running_mean
    std = np.sqrt(running_variance + epsilon)
    x_hat = centred / std
    y = gamma * x_hat + beta
    return y


def batch_norm_inference_backward(x, gamma, beta, dy, running_mean, running_variance, centred, std, x_hat, epsilon):
    dgamma = np.sum(dy * x_hat, axis=0)
    dbeta = np.sum(dy, axis=0)
    dx_hat = dy * gamma
    dvariance = np.sum(dx_hat * centred, axis=0) * -0.5 * std**-3
    dmean = -np.sum(dx_hat / std, axis=0)
    dx = dx_hat / std
    return dx, dgamma, dbeta, dmean, dvariance


def layer_norm(x, gamma, beta, epsilon):
    mean = np.mean(x, axis=1, keepdims=True)
    centred = x - mean
    variance = np.mean(centred**2, axis=1, keepdims=True)
    std = np.sqrt(variance + epsilon)
    x_hat = centred / std
    y = gamma * x_hat + beta
    return y


def layer_norm_backward(x, gamma, beta, dy, mean, centred, variance, std, x_hat, epsilon):
    n = x.shape[1]
    dgamma = np.sum(dy * x_hat, axis=0)
    dbeta = np.sum(dy, axis=0)
    dx_hat = dy * gamma
    dvariance = np.sum(dx_hat * centred, axis=1, keepdims=True) * -0.5 * std**-3
    dmean = -np.sum(dx_hat / std, axis=1, keepdims=True) + dvariance * np.mean(-2 * centred, axis=1, keepdims=True)
    dx = dx_hat / std + dvariance * 2 * centred / n + dmean / n
    return dx, dgamma, dbeta


def dropout(x, mask, keep):
    y = x * mask / keep
    return y


def dropout_backward(x, mask, y, dy, keep):
    dx = dy * mask / keep
    return dx


def embedding(tokens, table):
    y = np.zeros((len(tokens), table.shape[1]), table.dtype)
    for i in range(len(tokens)):
        y[i] = table[tokens[i]]
    return y


def embedding_backward(tokens, table, y, dy):
    dtable = np.zeros(table.shape, dy.dtype)
    for i in range(len(tokens)):
        dtable[tokens[i]] += dy[i]
    return dtable
