import numpy as np
class MLP:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_in, n_hidden) * 0.1
        self.b1 = np.zeros(n_hidden)
        self.W2 = np.random.randn(n_hidden, n_out) * 0.1
        self.b2 = np.zeros(n_out)
    def forward(self, X):
        self.X = X
        self.A1 = np.tanh(X @ self.W1 + self.b1)
        z = self.A1 @ self.W2 + self.b2
        e = np.exp(z - z.max(1, keepdims=True))
        self.P = e / e.sum(1, keepdims=True)
        return self.P
    def backward(self, Y):
        d2 = (self.P - Y) / len(Y)
        self.dW2 = self.A1.T @ d2
        self.db2 = d2.sum(0)
        d1 = d2 @ self.W2.T * (1 - self.A1 ** 2)
        self.dW1 = self.X.T @ d1
        self.db1 = d1.sum(0)
    def fit(self, X, Y, epochs=3, batch_size=4, lr=0.1):
        n = len(X)
        for epoch in range(epochs):
            idx = np.random.permutation(n)
            X_s, Y_s = X[idx], Y[idx]
            for i in range(0, n, batch_size):
                self.forward(X_s[i:i + batch_size])
                self.backward(Y_s[i:i + batch_size])
                self.W1 -= lr * self.dW1
                self.b1 -= lr * self.db1
                self.W2 -= lr * self.dW2
                self.b2 -= lr * self.db2
