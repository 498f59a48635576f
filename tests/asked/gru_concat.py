import numpy as np
def sigmoid(x): return 1 / (1 + np.exp(-x))
class GRU:
    def __init__(self, input_size, hidden_size):
        n = input_size + hidden_size
        self.hidden_size = hidden_size
        self.Wz = np.random.randn(hidden_size, n)
        self.Wr = np.random.randn(hidden_size, n)
        self.Wh = np.random.randn(hidden_size, n)
        self.bz = np.zeros(hidden_size)
        self.br = np.zeros(hidden_size)
        self.bh = np.zeros(hidden_size)
    def forward(self, x):
        # x (T, N, D)
        H = self.hidden_size
        h = np.zeros((x.shape[1], H))
        self.c, hs = [], []
        for t in range(len(x)):
            hx = np.concatenate([h, x[t]], axis=1)
            z = sigmoid(hx @ self.Wz.T + self.bz)
            r = sigmoid(hx @ self.Wr.T + self.br)
            rhx = np.concatenate([r * h, x[t]], axis=1)
            hh = np.tanh(rhx @ self.Wh.T + self.bh)
            h_new = (1 - z) * h + z * hh
            self.c.append((hx, rhx, z, r, hh, h))
            h = h_new
            hs.append(h)
        return np.stack(hs)
    def backward(self, dhs):
        H = self.hidden_size
        for n in ("Wz", "Wr", "Wh", "bz", "br", "bh"):
            setattr(self, "d" + n, np.zeros_like(getattr(self, n)))
        dx = []
        dn = 0
        for t in reversed(range(len(dhs))):
            hx, rhx, z, r, hh, h = self.c[t]
            dh = dhs[t] + dn
            dz = dh * (hh - h) * z * (1 - z)
            dhh = dh * z * (1 - hh ** 2)
            drhx = dhh @ self.Wh
            dr = drhx[:, :H] * h * r * (1 - r)
            dhx = dz @ self.Wz + dr @ self.Wr
            dn = dh * (1 - z) + drhx[:, :H] * r + dhx[:, :H]
            dx.insert(0, drhx[:, H:] + dhx[:, H:])
            self.dWz += dz.T @ hx; self.dWr += dr.T @ hx; self.dWh += dhh.T @ rhx
            self.dbz += dz.sum(0); self.dbr += dr.sum(0); self.dbh += dhh.sum(0)
        return np.stack(dx)
