"""A program as a layer: the loop over time around its statements.

Each statement is compiled once and run with a step's names around it, so that a program with one statement changed costs no more
than that statement. What a statement may name beside the step's own arrays: x_before, x_after, dy_before and dy_after, the
neighbouring steps' (zeros beyond the ends), h0 and c0.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import CodeType

import numpy as np

from nnparity.reference_impl import activations
from nnparity.reference_impl.layers.recurrence import elementwise
from nnparity.reference_impl.textbook.programs import BACKWARD, END, FIRST, FORWARD, LAST, START, Program, program

PARAMS = {"kernel": "K", "recurrent_kernel": "R", "bias": "b", "recurrent_bias": "c", "peephole": "p"}
VECTORS = "bcp"
# which steps the way back goes through, and which of the states it hands on from one step to the next
LOOPS = ("", "first left out", "last left out", "forwards", "once", "nothing handed on", "h not handed on", "s not handed on")
HANDED = {"nothing handed on": ("dh_next", "ds_next"), "h not handed on": ("dh_next",), "s not handed on": ("ds_next",)}


def layer(kind: str, changed: Mapping[int, str] | None = None, loop: str = "", cut: int = 0, cut_from: str = "start"):
    """The layer function `(params, inputs, **config) -> (outputs, vjp)` of a kind's program.

    `changed` replaces statements by their numbers; `loop` is one of LOOPS. With `cut` = k no gradient is handed on from one block
    of k steps to the one in front of it, the blocks counted from the "start" or the "end"; nor to h0 and c0 with "start, h0 too".
    A changed statement that cannot be run raises what Python raises.
    """

    def function(params, inputs, **config):
        own = program(kind, config)
        texts = [(changed or {}).get(n, statement.text) for n, statement in enumerate(own.statements)]
        parts: dict[str, list[CodeType]] = {
            part: [compiled(text) for text, s in zip(texts, own.statements) if s.part == part and text]
            for part in (FIRST, FORWARD, LAST, START, BACKWARD, END)
        }
        names = {**functions_of(own), **arrays_of(own, params), "forget_bias": config.get("forget_bias", 0.0), "np": np}
        tape, outputs = walk(own, parts, names, inputs)

        def vjp(cotangents):
            return back(own, parts, names, tape, params, inputs, cotangents, loop, cut, cut_from, config.get("truncate"))

        return outputs, vjp

    return function


@lru_cache(maxsize=100_000)
def compiled(text: str) -> CodeType:
    return compile(text, "<textbook>", "exec")


def functions_of(own: Program) -> dict:
    """The activations by the names that the program gives them, their slopes, and others by their own names."""
    found = {"sigmoid": activations.sigmoid, "tanh": np.tanh, "relu": lambda a: np.where(a.real > 0, a, 0),
             "identity": lambda a: a, "hard_sigmoid": elementwise(own.kind, "", "hard_sigmoid")[0]}
    for name, activation in own.functions.items():
        found[name], found[f"{name}_slope"] = elementwise(own.kind, name, activation)
    return found


def arrays_of(own: Program, params) -> dict:
    """The parameters gate by gate; a vector gets an axis for the batch."""
    found = {}
    for name, array in params.items():
        letter = PARAMS[name]
        gates = "ifo" if letter == "p" else own.gates
        axis = -2 if letter in VECTORS else -3
        blocks = np.moveaxis(array, axis, 0) if gates else [array]
        for gate, block in zip(gates or [""], blocks):
            found[f"{letter}_{gate}" if gate else letter] = block[..., None, :] if letter in VECTORS else block
    return found


def walk(own: Program, parts: Mapping[str, list[CodeType]], names: dict, inputs):
    """All steps forward: what each knew at its end, and the outputs."""
    x = inputs["x"]
    R = names[f"R_{own.gates[0]}" if own.gates else "R"]
    dtype = np.result_type(x, *(a for a in (*names.values(), *inputs.values()) if isinstance(a, np.ndarray)))
    zero = np.zeros((*R.shape[:-2], x.shape[-3], R.shape[-1]), dtype)
    always = {**names, **{f"{state}0": inputs.get(f"{state}0", zero) for state in ("h", "c")}}
    state: dict = {}
    for code in parts[FIRST]:
        exec(code, dict(always), state)
    tape, ys = [], []
    T, nothing = x.shape[-2], np.zeros_like(x[..., 0, :])
    for t in range(T):
        step = {
            **always,
            "x": x[..., t, :],
            "x_before": x[..., t - 1, :] if t else nothing,
            "x_after": x[..., t + 1, :] if t + 1 < T else nothing,
            **state,
        }
        for code in parts[FORWARD]:
            exec(code, step)
        state = {name: step[name] for name in state}
        tape.append(step)
        ys.append(step["y_t"])
    last = dict(tape[-1])
    for code in parts[LAST]:
        exec(code, last)
    return tape, {"y": np.stack(ys, -2), "h_n": last["h_n"]} | ({"c_n": last["c_n"]} if "s" in own.states else {})


def back(own: Program, parts, names, tape, params, inputs, cotangents, loop, cut, cut_from, truncate):
    """The way back through the steps that the loop goes through."""
    if truncate is not None:
        return windows(own, parts, names, tape, params, inputs, cotangents, truncate)
    T, dy = len(tape), cotangents["y"]
    nothing = np.zeros_like(dy[:, 0])
    state = {"dh_n": cotangents["h_n"], **({"dc_n": cotangents["c_n"]} if "s" in own.states else {})}
    for name, array in arrays_of(own, {name: np.zeros_like(a) for name, a in params.items()}).items():
        state[f"d{name}"] = array[0] if name[0] in VECTORS else array
    for code in parts[START]:
        exec(code, names | state, state)
    dx = np.zeros_like(inputs["x"])
    steps = {
        "first left out": range(T - 1, 0, -1),
        "last left out": range(T - 2, -1, -1),
        "forwards": range(T),
        "once": range(T - 1, T - 2, -1),
    }.get(loop, range(T - 1, -1, -1))
    kept = [name for name in state if name not in ("dh_n", "dc_n")]
    for t in steps:
        step = {
            **tape[t],
            **state,
            "dy_t": dy[:, t],
            "dy_before": dy[:, t - 1] if t else nothing,
            "dy_after": dy[:, t + 1] if t + 1 < T else nothing,
        }
        for code in parts[BACKWARD]:
            exec(code, step)
        dx[:, t] = step["dx_t"]
        state |= {name: step[name] for name in kept}
        lost = HANDED.get(loop, ()) if t else ()
        if cut and (t or "too" in cut_from) and (t if "start" in cut_from else T - t) % cut == 0:
            lost = ("dh_next", "ds_next")
        state |= {name: np.zeros_like(state[name]) for name in lost if name in state}
        last = step
    end = {**last, **state}
    for code in parts[END]:
        exec(code, end)
    grads = {}
    for name, letter in PARAMS.items():
        if name in params:
            gates = "ifo" if letter == "p" else own.gates
            grads[name] = np.stack([end[f"d{letter}_{k}"] for k in gates]) if gates else end[f"d{letter}"]
    return grads | {"x": dx} | {name: end[f"d{name}"] for name in ("h0", "c0") if name in inputs}


def windows(own, parts, names, tape, params, inputs, cotangents, truncate):
    """Truncated backpropagation as it is defined: every output's gradient by itself, through its own window."""
    T, total = len(tape), None
    for t in range(T):
        last = t == T - 1
        only = {
            "y": np.zeros_like(cotangents["y"]),
            **{name: a if last else np.zeros_like(a) for name, a in cotangents.items() if name != "y"},
        }
        only["y"][:, t] = cotangents["y"][:, t]
        first = max(0, t - truncate)
        seen = slice(first, t + 1)
        part = back(own, parts, names, tape[seen], params, {**inputs, "x": inputs["x"][:, seen]},
                    {**only, "y": only["y"][:, seen]}, "", 0, "start", None)
        dx = np.zeros_like(inputs["x"])
        dx[:, seen] = part["x"]
        part["x"] = dx
        if t >= truncate:  # the window ends at step t - truncate, or in front of it
            part |= {name: np.zeros_like(part[name]) for name in ("h0", "c0") if name in part}
        total = part if total is None else {name: total[name] + part[name] for name in total}
    return total
