"""GRUs and simple recurrent layers in other people's habits. `bugs` names what is wrong with them; without any they are right."""

import numpy as np

from nnparity.oracles.layouts.styles import contract, fused


def sigm(v):
    return 1.0 / (1.0 + np.exp(-v))


def gru_separate(bugs=()):
    """One matrix a gate, two biases, reset gate after the product."""
    def run(w, inputs, cot):
        x = inputs["x"]
        H = w["U_r"].shape[0]
        h = inputs.get("h0", np.zeros((len(x), H)))
        tape, ys = [], []
        for t in range(x.shape[1]):
            a = {k: x[:, t] @ w["W_" + k] + w["b_" + k] for k in "rzn"}
            r = sigm(a["r"] + h @ w["U_r"] + w["c_r"])
            z = sigm(a["z"] + h @ w["U_z"] + w["c_z"])
            u = h @ (w["U_n"].T if "U_n transposed" in bugs else w["U_n"]) + w["c_n"]
            n = np.tanh(a["n"] + r * u)
            tape.append((h, r, z, u, n))
            h = (1 - z) * h + z * n if "mix swapped" in bugs else z * h + (1 - z) * n
            ys.append(h)
        g = {k: np.zeros_like(v) for k, v in w.items()}
        dx, dh = np.zeros_like(x), cot["h_n"]
        for t in reversed(range(x.shape[1])):
            h, r, z, u, n = tape[t]
            dh = dh + cot["y"][:, t]
            mix, dz, old = (z, n - h, 1 - z) if "mix swapped" in bugs else (1 - z, h - n, z)
            dn = dh * mix * (1 if "no tanh slope" in bugs else 1 - n ** 2)
            du = dn * (1 if "r lost on the way back" in bugs else r)
            d = {"n": dn, "z": dh * dz * z * (1 - z), "r": dn * u * r * (1 - r)}
            dh = dh * old
            for k in "rzn":
                through = du if k == "n" else d[k]
                g["W_" + k] += x[:, t].T @ d[k]
                g["b_" + k] += d[k].sum(0)
                g["c_" + k] += through.sum(0)
                U = w["U_" + k].T if "U_n transposed" in bugs and k == "n" else w["U_" + k]
                dU = h.T @ through
                g["U_" + k] += dU.T if U is not w["U_" + k] else dU
                dx[:, t] += d[k] @ w["W_" + k].T
                dh = dh + through @ U.T
        return {"y": np.stack(ys, 1), "h_n": ys[-1]}, g | {"x": dx} | ({"h0": dh} if "h0" in inputs else {})

    return contract(run, "gru", "separate")


def gru_paper(bugs=()):
    """One example at a time, column vectors on [h, x], one bias, reset gate before the product: as the papers write it."""
    def run(w, inputs, cot):
        H = len(w["b_r"])
        grads = {k: np.zeros_like(v) for k, v in w.items()}
        ys, dxs, dhs, last = [], [], [], []
        for e, sequence in enumerate(inputs["x"]):
            h = inputs["h0"][e][:, None] if "h0" in inputs else np.zeros((H, 1))
            tape, y = [], []
            for row in sequence:
                hx = np.vstack([h, row[:, None]])
                r, z = sigm(w["W_r"] @ hx + w["b_r"]), sigm(w["W_z"] @ hx + w["b_z"])
                rhx = np.vstack([r * h, row[:, None]])
                n = np.tanh(w["W_n"] @ rhx + w["b_n"])
                tape.append((h, hx, rhx, r, z, n))
                h = z * h + (1 - z) * n
                y.append(h)
            dh, dx = cot["h_n"][e][:, None], []
            for t in reversed(range(len(y))):
                h_old, hx, rhx, r, z, n = tape[t]
                dh = dh + cot["y"][e, t][:, None]
                dn = dh * (1 - z) * (1 - n ** 2)
                d_rhx = w["W_n"].T @ dn
                dz, dr = dh * (h_old - n) * z * (1 - z), d_rhx[:H] * h_old * r * (1 - r)
                back = w["W_r"].T @ dr + w["W_z"].T @ dz
                grads["W_n"] += dn @ (hx if "candidate's gradient with h" in bugs else rhx).T
                grads["W_r"] += dr @ hx.T
                grads["W_z"] += dz @ hx.T
                for k, d in (("r", dr), ("z", dz), ("n", dn)):
                    grads["b_" + k] += d
                dh = dh * z + d_rhx[:H] * (1 if "r lost" in bugs else r) + back[:H]
                dx.append((d_rhx[H:] + back[H:])[:, 0])
            ys.append(np.hstack(y).T)
            last.append(y[-1][:, 0])
            dxs.append(np.stack(dx[::-1]))
            dhs.append(dh[:, 0])
        out = {"y": np.stack(ys), "h_n": np.stack(last)}
        return out, grads | {"x": np.stack(dxs)} | ({"h0": np.stack(dhs)} if "h0" in inputs else {})

    return contract(run, "gru", "concatenated_hx_columns")


def gru_fused(bugs=()):
    """Fused in Keras's order z, r, n; time first; the reset gate after the product."""
    def run(w, inputs, cot):
        x, H = inputs["x"], w["U"].shape[0]
        h = inputs.get("h0", np.zeros((x.shape[1], H)))
        first, second = (1, 0) if "order of the other framework" in bugs else (0, 1)
        tape, ys = [], []
        for xt in x:
            gx, gh = np.split(xt @ w["W"] + w["b"], 3, 1), np.split(h @ w["U"] + w["c"], 3, 1)
            z, r = sigm(gx[first] + gh[first]), sigm(gx[second] + gh[second])
            n = np.tanh(gx[2] + (gh[2] if "no reset" in bugs else r * gh[2]))
            tape.append((xt, h, z, r, gh[2], n))
            h = z * h + (1 - z) * n
            ys.append(h)
        dW, dU, db, dc, dx = (np.zeros_like(a) for a in (w["W"], w["U"], w["b"], w["c"], x))
        dh = cot["h_n"]
        for t in reversed(range(len(x))):
            xt, h, z, r, u, n = tape[t]
            dh = dh + cot["y"][t]
            da = dh * (1 - z) * (1 - n * n)
            dr = 0 * r if "no reset" in bugs else da * u * r * (1 - r)
            gates = [None, None, da]
            gates[first], gates[second] = dh * (h - n) * z * (1 - z), dr
            dgx = np.hstack(gates)
            dgh = np.hstack([*gates[:2], da if "no reset" in bugs else da * r])
            scale = 1 / len(xt) if "mean over batch" in bugs else 1
            dW, dU = dW + scale * xt.T @ dgx, dU + scale * h.T @ dgh
            db, dc = db + scale * dgx.sum(0), dc + scale * dgh.sum(0)
            dx[t] = dgx @ w["W"].T
            dh = dh * z + dgh @ w["U"].T
            if "last two steps" in bugs and t < len(x) - 2:
                dh = 0 * dh
        return {"y": np.stack(ys), "h_n": ys[-1]}, {"W": dW, "U": dU, "b": db, "c": dc, "x": dx} | (
            {"h0": dh} if "h0" in inputs else {})

    return contract(run, "gru", fused("gru", "zrn"), time_first=True)


def rnn_characters(bugs=()):
    """One sequence at a time, columns, dicts of steps, three matrices: the usual first recurrent network."""
    def run(w, inputs, cot):
        H = len(w["b"])
        g = {k: np.zeros_like(v) for k, v in w.items()}
        ys, dxs, dhs = [], [], []
        for e in range(len(inputs["x"])):
            hs = {-1: inputs["h0"][e][:, None] if "h0" in inputs else np.zeros((H, 1))}
            xs = {}
            T = inputs["x"].shape[1]
            for t in range(T):
                xs[t] = inputs["x"][e, t][:, None]
                hs[t] = np.tanh(w["W"] @ xs[t] + w["U"] @ hs[t - 1] + w["b"])
            dnext, dx = cot["h_n"][e][:, None], {}
            for t in reversed(range(T)):
                dh = cot["y"][e, t][:, None] + dnext
                raw = (1 - hs[t] if "1 - h" in bugs else 1 - hs[t] ** 2) * dh
                g["b"] += raw
                g["W"] += raw @ xs[t].T
                g["U"] += raw @ hs[t if "new state in U" in bugs else t - 1].T
                dx[t] = (w["W"].T @ raw)[:, 0]
                dnext = (w["U"] if "U not transposed" in bugs else w["U"].T) @ raw
                if "state for gradient" in bugs:
                    dnext = hs[t - 1]
                if "clipped" in bugs:
                    dnext = np.clip(dnext, -1, 1)
            ys.append(np.hstack([hs[t] for t in range(T)]).T)
            dxs.append(np.stack([dx[t] for t in range(T)]))
            dhs.append(dnext[:, 0])
        return {"y": np.stack(ys), "h_n": np.stack(ys)[:, -1]}, g | {"x": np.stack(dxs)} | (
            {"h0": np.stack(dhs)} if "h0" in inputs else {})

    return contract(run, "simple_rnn", "separate_columns")


def rnn_unrolled(bugs=()):
    """Two biases, time first, all states in one array."""
    def run(w, inputs, cot):
        x = inputs["x"]
        T, B, _ = x.shape
        H = w["U"].shape[0]
        h = np.zeros((T + 1, B, H))
        h[-1] = inputs.get("h0", 0)  # index -1 is the state before step 0
        for t in range(T):
            h[t] = np.tanh(x[t] @ w["W"] + w["b"] + h[t - 1] @ w["U"] + (0 if "second bias forgotten" in bugs else w["c"]))
        y = h[:T]
        da, back = np.zeros((T, B, H)), cot["h_n"]
        for t in range(T - 1, -1, -1):
            da[t] = (1 - y[t] ** 2) * (cot["y"][t] + back)
            back = da[t] @ w["U"].T
            if "no time" in bugs:
                back = 0 * back
        before = np.concatenate([h[-1:], y[:-1]])
        if "zero first state" in bugs:
            before = np.concatenate([0 * h[-1:], y[:-1]])
        last = slice(T - 1, T) if "last step only" in bugs else slice(None)
        total = da.sum((0, 1))
        grads = {"W": np.einsum("tbi,tbh->ih", x[last], da[last]), "U": np.einsum("tbi,tbh->ih", before[last], da[last]),
                 "b": total, "c": 0 * total if "second bias forgotten" in bugs else total, "x": da @ w["W"].T}
        if "last step only" in bugs:
            grads["b"], grads["c"] = da[-1].sum(0), (grads["c"] != 0) * da[-1].sum(0)
        return {"y": y, "h_n": y[-1]}, grads | ({"h0": back} if "h0" in inputs else {})

    return contract(run, "simple_rnn", "separate", time_first=True)
