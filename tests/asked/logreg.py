import numpy as np
class LogisticRegression:
    def __init__(self, n_features):
        self.w = np.zeros((n_features, 1))
        self.b = 0.0
    def forward(self, X):
        self.X = X
        self.p = 1 / (1 + np.exp(-(X @ self.w + self.b)))
        return self.p
    def loss(self, y):
        return -np.mean(y * np.log(self.p) + (1 - y) * np.log(1 - self.p))
    def backward(self, y):
        m = self.X.shape[0]
        dz = self.p - y
        self.dw = self.X.T @ dz / m
        self.db = np.sum(dz) / m
