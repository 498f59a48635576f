"""A GRU from the paper's page: the reset gate scales the state before the product; one example at a time, in a class."""

import numpy as np


class Cell:
    def __init__(self, params):
        self.Wr, self.Wz, self.Wh = params["kernel"]
        self.Ur, self.Uz, self.Uh = params["recurrent_kernel"]
        self.br, self.bz, self.bh = params["bias"] + params["recurrent_bias"]
        self.d = {name: np.zeros_like(getattr(self, name))
                  for name in ("Wr", "Wz", "Wh", "Ur", "Uz", "Uh", "br", "bz", "bh")}

    def step(self, x, h):
        r = 1 / (1 + np.exp(-(x @ self.Wr + h @ self.Ur + self.br)))
        z = 1 / (1 + np.exp(-(x @ self.Wz + h @ self.Uz + self.bz)))
        c = np.tanh(x @ self.Wh + (r * h) @ self.Uh + self.bh)
        return z * h + (1 - z) * c, (x, h, r, z, c)

    def back(self, saved, dh):
        x, h, r, z, c = saved
        dc = dh * (1 - z) * (1 - c**2)
        drh = dc @ self.Uh.T
        dz = dh * (h - c) * z * (1 - z)
        dr = drh * h * r * (1 - r)
        for gate, delta, state in (("r", dr, h), ("z", dz, h), ("h", dc, r * h)):
            self.d["W" + gate] += np.outer(x, delta)
            self.d["U" + gate] += np.outer(state, delta)
            self.d["b" + gate] += delta
        dx = dr @ self.Wr.T + dz @ self.Wz.T + dc @ self.Wh.T
        return dx, dh * z + drh * r + dr @ self.Ur.T + dz @ self.Uz.T


def gru(params, inputs, cotangents):
    cell = Cell(params)
    units = params["bias"].shape[-1]
    states, dxs, dh0s = [], [], []
    for i, sequence in enumerate(inputs["x"]):
        h = inputs["h0"][i] if "h0" in inputs else np.zeros(units)
        path, saved = [], []
        for x in sequence:
            h, kept = cell.step(x, h)
            path.append(h)
            saved.append(kept)
        states.append(path)
        dh, dx = cotangents["h_n"][i], []
        for kept, dy in zip(reversed(saved), reversed(cotangents["y"][i])):
            step_dx, dh = cell.back(kept, dh + dy)
            dx.insert(0, step_dx)
        dxs.append(dx)
        dh0s.append(dh)
    grads = {"kernel": np.array([cell.d["Wr"], cell.d["Wz"], cell.d["Wh"]]),
             "recurrent_kernel": np.array([cell.d["Ur"], cell.d["Uz"], cell.d["Uh"]]),
             "bias": np.array([cell.d["br"], cell.d["bz"], cell.d["bh"]]), "x": np.array(dxs)}
    grads["recurrent_bias"] = grads["bias"].copy()
    if "h0" in inputs:
        grads["h0"] = np.array(dh0s)
    return {"y": np.array(states), "h_n": np.array(states)[:, -1]}, grads
