import numpy as np
class RNN:
    """one matrix on [x, h], rows are examples"""
    def __init__(self, n_in, n_hidden):
        self.n_in, self.n_hidden = n_in, n_hidden
        self.W = np.random.randn(n_in + n_hidden, n_hidden) * 0.1
        self.b = np.zeros(n_hidden)
    def forward(self, x, h0=None):
        N, T, _ = x.shape
        h = np.zeros((N, self.n_hidden)) if h0 is None else h0
        self.zs, self.hs = [], []
        for t in range(T):
            z = np.concatenate([x[:, t, :], h], axis=1)
            h = np.tanh(z @ self.W + self.b)
            self.zs.append(z); self.hs.append(h)
        return np.stack(self.hs, axis=1)
    def backward(self, dh):
        self.dW = np.zeros_like(self.W); self.db = np.zeros_like(self.b)
        dx = np.zeros((dh.shape[0], dh.shape[1], self.n_in))
        carry = np.zeros((dh.shape[0], self.n_hidden))
        for t in range(dh.shape[1])[::-1]:
            d = (dh[:, t] + carry) * (1 - self.hs[t] ** 2)
            self.dW += self.zs[t].T @ d
            self.db += d.sum(axis=0)
            dz = d @ self.W.T
            dx[:, t], carry = dz[:, :self.n_in], dz[:, self.n_in:]
        self.dh0 = carry
        return dx
