"""LSTMs in other people's habits. `bugs` names what is wrong with them; without any they are right."""

import numpy as np

from nnparity.oracles.layouts import LAYOUTS
from nnparity.oracles.layouts.styles import contract, fused


def sigm(v):
    return 1.0 / (1.0 + np.exp(-v))


def separate(bugs=()):
    """One matrix a gate, rows, a loop over time, two biases."""
    def run(w, inputs, cot):
        x = inputs["x"]
        B, T, _ = x.shape
        H = w["U_i"].shape[0]
        h, c = inputs.get("h0", np.zeros((B, H))), inputs.get("c0", np.zeros((B, H)))
        if "states in the other order" in bugs:
            h, c = c, h
        hs, cs, cache = [h], [c], []
        for t in range(T):
            a = {k: x[:, t] @ w[f"W_{k}"] + w[f"b_{k}"] + h @ w[f"U_{k}"] + w[f"c_{k}"] for k in "ifgo"}
            if "copied line" in bugs:
                a["o"] = a["f"]
            i, f, o, g = sigm(a["i"]), sigm(a["f"]), sigm(a["o"]), np.tanh(a["g"])
            if "sigmoid candidate" in bugs:
                g = sigm(a["g"])
            c = f * c + i * g
            h = o * (c if "no tanh on cell" in bugs else np.tanh(c))
            cache.append((i, f, o, g))
            hs.append(h)
            cs.append(c)
        grads = {name: np.zeros_like(v) for name, v in w.items()}
        dx = np.zeros_like(x)
        dh_next, dc_next = cot["h_n"], cot["c_n"]
        for t in range(T - 1, -1, -1):
            i, f, o, g = cache[t]
            tc = np.tanh(cs[t + 1])
            dh = cot["y"][:, t] + dh_next
            slope = 1 - cs[t + 1] ** 2 if "1 - c squared" in bugs else 1 - tc ** 2
            if "no tanh on cell" in bugs:
                slope = np.ones_like(tc)
            dc = dh * o * slope + dc_next
            do = dh * (cs[t + 1] if "no tanh on cell" in bugs else tc)
            da = {"o": do * o * (1 - o), "i": dc * g * i * (1 - i), "g": dc * i * (1 - g ** 2),
                  "f": dc * (cs[t + 1] if "new cell in forget" in bugs else cs[t]) * f * (1 - f)}
            if "sigmoid candidate" in bugs:
                da["g"] = dc * i * g * (1 - g)
            dh_next = 0
            for k in "ifgo":
                grads[f"W_{k}"] += x[:, t].T @ da[k]
                grads[f"U_{k}"] += hs[t + 1 if "new state in U" in bugs else t].T @ da[k]
                grads[f"b_{k}"] += da[k].sum(0)
                grads[f"c_{k}"] += da[k].sum(0)
                if not (k == "o" and "o left out of dx" in bugs):
                    dx[:, t] += da[k] @ w[f"W_{k}"].T
                if k == "o" and "o without matrix" in bugs:
                    dh_next = dh_next + da[k]
                else:
                    dh_next = dh_next + da[k] @ w[f"U_{k}"].T
            dc_next = dc if "dc without f" in bugs else dc * f
        return {"y": np.stack(hs[1:], 1), "h_n": h, "c_n": c}, grads | {
            name: d for name, d in (("x", dx), ("h0", dh_next), ("c0", dc_next)) if name in inputs or name == "x"}

    return contract(run, "lstm", "separate")


def fused_torch(bugs=()):
    """weight_ih (4H, in) and weight_hh (4H, H) as PyTorch packs them."""
    layout = LAYOUTS["torch"]["lstm"]

    def run(params, inputs, cot):
        p = layout.pack(params)
        Wi, Wh = p["weight_ih_l0"], p["weight_hh_l0"]
        if "weight_hh not transposed" in bugs:
            Wh = np.concatenate([block.T for block in np.split(Wh, 4)])
        b = p["bias_ih_l0"] + (0 if "one bias dropped" in bugs else p["bias_hh_l0"])
        x = inputs["x"]
        B, T, _ = x.shape
        H = Wh.shape[1]
        names = "iofg" if "onnx order" in bugs else "ifgo"
        h, c = inputs.get("h0", np.zeros((B, H))), inputs.get("c0", np.zeros((B, H)))
        tape, y = [], np.empty((B, T, H))
        for t in range(T):
            blocks = dict(zip(names, np.split(x[:, t] @ Wi.T + h @ Wh.T + b, 4, axis=1)))
            i, f, o, g = sigm(blocks["i"]), sigm(blocks["f"] + ("forget bias" in bugs)), sigm(blocks["o"]), np.tanh(blocks["g"])
            new = f * c + i * g
            tape.append((x[:, t], h, c, new, i, f, o, g))
            c = new
            h = o * np.tanh(c)
            y[:, t] = h
        dWi, dWh, db = np.zeros_like(Wi), np.zeros_like(Wh), np.zeros_like(b)
        dx, dh, dc = np.zeros_like(x), cot["h_n"].copy(), cot["c_n"].copy()
        for t in reversed(range(T)):
            xt, hp, cp, cn, i, f, o, g = tape[t]
            dh = dh + cot["y"][:, t]
            if "clipped" in bugs:
                dh = np.clip(dh, -1, 1)
            dc = dc + dh * o * (1 - np.tanh(cn) ** 2)
            local = {"i": dc * g * i * (1 - i), "f": dc * cp * f * (1 - f), "g": dc * i * (1 - g * g),
                     "o": dh * np.tanh(cn) * o * (1 - o)}
            if "slopes forgotten on i" in bugs:
                local["i"] = dc * g
            da = np.concatenate([local[k] for k in names], axis=1)
            if "assigned" in bugs:
                dWi, dWh, db = da.T @ xt, da.T @ hp, da.sum(0)
            else:
                dWi, dWh, db = dWi + da.T @ xt, dWh + da.T @ hp, db + da.sum(0)
            dx[:, t], dh, dc = da @ Wi, da @ Wh, dc * f
        if "weight_hh not transposed" in bugs:
            dWh = np.concatenate([block.T for block in np.split(dWh, 4)])
        second = 0 * db if "one bias dropped" in bugs else db
        packed = {"weight_ih_l0": dWi, "weight_hh_l0": dWh, "bias_ih_l0": db, "bias_hh_l0": second}
        grads = layout.unpack(packed) | {"x": dx, "h0": dh, "c0": dc}
        return {"y": y, "h_n": h, "c_n": c}, {k: g for k, g in grads.items() if k in params or k in inputs}

    return run


class Cell:
    """One step on the concatenation of h and x, columns; remembers what it needs."""

    def __init__(self, w, bugs):
        self.w, self.bugs = w, bugs
        self.grads = {name: np.zeros_like(a) for name, a in w.items()}

    def forward(self, x, h, c):
        self.z = np.vstack([h, x])
        self.c_old = c
        act = {k: self.w[f"W_{k}"] @ self.z + self.w[f"b_{k}"] for k in "figo"}
        self.f, self.i, self.o, self.g = sigm(act["f"]), sigm(act["i"]), sigm(act["o"]), np.tanh(act["g"])
        if "coupled" in self.bugs:
            self.i = 1 - self.f
        self.c = self.f * c + self.i * self.g
        self.h = self.o * np.tanh(self.c)
        return self.h, self.c

    def backward(self, dh, dc):
        t = np.tanh(self.c)
        dc = dc + dh * self.o * (1 - t ** 2)
        d = {"f": dc * self.c_old * self.f * (1 - self.f), "i": dc * self.g * self.i * (1 - self.i),
             "g": dc * self.i * (1 - self.g ** 2), "o": dh * t * self.o * (1 - self.o)}
        if "tanh' of g again" in self.bugs:
            d["g"] = dc * self.i * (1 - np.tanh(self.g) ** 2)
        if "gates swapped in backward" in self.bugs:
            d["f"], d["i"] = dc * self.g * self.f * (1 - self.f), dc * self.c_old * self.i * (1 - self.i)
        dz = 0
        for k, delta in d.items():
            self.grads[f"W_{k}"] += delta @ self.z.T
            self.grads[f"b_{k}"] += delta.sum(1, keepdims=True)
            dz = dz + self.w[f"W_{k}"].T @ delta
        H = len(dh)
        return dz[H:], dz[:H], dc * self.f


def step_class(bugs=()):
    """A class for a step, a list of steps, time first, columns."""
    def run(w, inputs, cot):
        x = inputs["x"]
        H = w["b_f"].shape[0]
        zero = np.zeros((x.shape[1], H))
        h, c = inputs.get("h0", zero).T, inputs.get("c0", zero).T
        cells, ys = [], []
        for xt in x:
            cells.append(Cell(w, bugs))
            h, c = cells[-1].forward(xt.T, h, c)
            ys.append((c if "y is cell" in bugs else h).T)
        dh, dc, dx = cot["h_n"].T, cot["c_n"].T, []
        for cell, dy in zip(cells[::-1], cot["y"][::-1]):
            if "no time" in bugs:
                dh, dc = 0 * dh, 0 * dc
            back, dh, dc = cell.backward(dh + dy.T, dc)
            dx.append(back.T)
        grads = {name: sum(cell.grads[name] for cell in cells) for name in w}
        grads["x"] = np.stack(dx if "dx reversed" in bugs else dx[::-1])
        return {"y": np.stack(ys), "h_n": h.T, "c_n": c.T}, grads | {
            name: d.T for name, d in (("h0", dh), ("c0", dc)) if name in inputs}

    return contract(run, "lstm", "concatenated_hx_columns", time_first=True)


def fused_rows(order="ifog", bugs=()):
    """Rows, gates side by side in an order of its own, one product a step."""
    def run(w, inputs, cot):
        W, U, b = w["W"], w["U"], w["b"]
        x, H = inputs["x"], w["U"].shape[0]
        read = "ifgo" if "read in another order" in bugs else order
        at = {k: slice(n * H, n * H + H) for n, k in enumerate(read)}
        h = inputs.get("h0", np.zeros((len(x), H)))
        c = inputs.get("c0", np.zeros((len(x), H)))
        hs, cs, acts = [h], [c], []
        for t in range(x.shape[1]):
            a = x[:, t] @ W + h @ U + b
            v = {k: np.tanh(a[:, at[k]]) if k == "g" else sigm(a[:, at[k]]) for k in "ifgo"}
            c = (1 - v["f"] if "forgets the wrong way" in bugs else v["f"]) * c + v["i"] * v["g"]
            h = v["o"] * np.tanh(c)
            hs.append(h), cs.append(c), acts.append(v)
        dW, dU, db, dx = np.zeros_like(W), np.zeros_like(U), np.zeros_like(b), np.zeros_like(x)
        dh, dc = cot["h_n"], cot["c_n"]
        for t in range(x.shape[1])[::-1]:
            v, tc = acts[t], np.tanh(cs[t + 1])
            dh = dh + cot["y"][:, t]
            dc = dc + dh * v["o"] * (1 - tc ** 2)
            keep = 1 - v["f"] if "forgets the wrong way" in bugs else v["f"]
            da = np.zeros((len(x), 4 * H))
            da[:, at["i"]] = dc * v["g"] * v["i"] * (1 - v["i"])
            da[:, at["f"]] = dc * cs[t] * v["f"] * (1 - v["f"]) * (-1 if "forgets the wrong way" in bugs else 1)
            da[:, at["g"]] = dc * v["i"] * (1 - v["g"] ** 2)
            da[:, at["o"]] = dh * tc * v["o"] * (1 - v["o"])
            dW, db = dW + x[:, t].T @ da, db + da.sum(0)
            dU = dU + hs[t].T @ da
            dx[:, t] = da @ W.T
            dh, dc = da @ U.T, dc * keep
            if "window of one" in bugs:
                dh, dc = np.zeros_like(dh), np.zeros_like(dc)
        return {"y": np.stack(hs[1:], 1), "h_n": h, "c_n": c}, {
            "W": dW, "U": dU, "b": db, "x": dx} | {k: d for k, d in (("h0", dh), ("c0", dc)) if k in inputs}

    return contract(run, "lstm", fused("lstm", order))
