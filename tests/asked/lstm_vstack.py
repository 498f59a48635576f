import numpy as np
def sigmoid(x): return 1 / (1 + np.exp(-x))
class LSTM:
    def __init__(self, input_size, hidden_size):
        self.H = hidden_size
        self.W = np.random.randn(4 * hidden_size, hidden_size + input_size) * 0.1
        self.b = np.zeros((4 * hidden_size, 1))
    def forward(self, x):
        # x (T, input, batch)
        H = self.H
        T, _, N = x.shape
        h, c = np.zeros((H, N)), np.zeros((H, N))
        self.cache, hs = [], []
        for t in range(T):
            z = np.vstack((h, x[t]))
            a = self.W @ z + self.b
            f, i, g, o = sigmoid(a[:H]), sigmoid(a[H:2*H]), np.tanh(a[2*H:3*H]), sigmoid(a[3*H:])
            c_prev = c
            c = f * c_prev + i * g
            h = o * np.tanh(c)
            self.cache.append((z, f, i, g, o, c_prev, c))
            hs.append(h)
        return np.array(hs)
    def backward(self, dh_all):
        H = self.H
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)
        dh_next, dc_next = 0, 0
        dxs = [None] * len(dh_all)
        for t in reversed(range(len(dh_all))):
            z, f, i, g, o, c_prev, c = self.cache[t]
            dh = dh_all[t] + dh_next
            tc = np.tanh(c)
            do = dh * tc * o * (1 - o)
            dc = dh * o * (1 - tc ** 2) + dc_next
            df = dc * c_prev * f * (1 - f)
            di = dc * g * i * (1 - i)
            dg = dc * i * (1 - g ** 2)
            da = np.vstack((df, di, dg, do))
            self.dW += da @ z.T
            self.db += da.sum(1, keepdims=True)
            dz = self.W.T @ da
            dh_next, dxs[t] = dz[:H], dz[H:]
            dc_next = dc * f
        return np.array(dxs)
