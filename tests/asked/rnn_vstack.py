import numpy as np
class RNN:
    def __init__(self, input_dim, hidden_dim):
        self.hidden_dim = hidden_dim
        self.W = np.random.randn(hidden_dim, hidden_dim + input_dim)
        self.b = np.zeros((hidden_dim, 1))
    def forward(self, x):
        # x: (features, batch, time)
        n_x, m, T = x.shape
        a = np.zeros((self.hidden_dim, m))
        self.cache = []
        out = np.zeros((self.hidden_dim, m, T))
        for t in range(T):
            concat = np.concatenate((a, x[:, :, t]), axis=0)
            a = np.tanh(np.dot(self.W, concat) + self.b)
            self.cache.append((concat, a))
            out[:, :, t] = a
        return out
    def backward(self, da):
        self.dW = np.zeros_like(self.W)
        self.db = np.zeros_like(self.b)
        n, m, T = da.shape
        dx = np.zeros((self.W.shape[1] - n, m, T))
        da_prev = np.zeros((n, m))
        for t in reversed(range(T)):
            concat, a = self.cache[t]
            dz = (da[:, :, t] + da_prev) * (1 - a ** 2)
            self.dW += dz @ concat.T
            self.db += np.sum(dz, axis=1, keepdims=True)
            dconcat = self.W.T @ dz
            da_prev = dconcat[:n]
            dx[:, :, t] = dconcat[n:]
        return dx
