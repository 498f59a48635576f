"""Functions of flax.nnx, jax.nn and jax.numpy, and what puts numbers elsewhere."""

import numpy as np

from nnparity.oracles.models.examples import WHOLE
from nnparity.oracles.writing.flax_recurrent import FUNCTIONS, Recurrent
from nnparity.oracles.writing.graph import Node
from nnparity.oracles.writing.moves import Move
from nnparity.oracles.writing.windows import subscript
from nnparity.oracles.writing.words import arguments, literal
from nnparity.oracles.writing.writer import Order

ELEMENTARY = {**{name: f"jnp.{name}" for name in ("abs", "square", "sin", "cos", "sqrt", "log", "reciprocal")},
              **{name: f"jax.lax.{name}" for name in ("rsqrt", "erf")}}
WITH_SETTINGS = {"leaky_relu": "nnx.leaky_relu({x}, {slope})", "elu": "nnx.elu({x}, {alpha})",
                 "clipped_relu": "jnp.clip({x}, 0, {bound})"}


class Functions(Recurrent):
    """What stands between the layers with weights."""

    column = "flax"
    casts = {"float": "float", "int": "int", "bool": "bool"}

    def permuted(self, text: str, by: Order) -> str:
        return f"{text}.transpose({', '.join(map(str, by))})"

    def canonical(self, ndim: int) -> Order:
        """Channels last."""
        return (0, *range(2, ndim), 1) if ndim > 2 else tuple(range(ndim))

    def constant(self, name: str, array: np.ndarray) -> str:
        """A variable of the model; of the kind Constant, which is not learnt, where the source has no parameter of that name."""
        if name not in self.weights:
            kind = "nnx.Param" if name in self.graph.names.values() else "Constant"
            dtype = {"i": ", int", "u": ", int", "b": ", bool"}.get(array.dtype.kind, "")
            self.made.append(f"self.{name} = {kind}(jnp.zeros({array.shape!r}{dtype}))")
            self.weights[name] = array
        return f"self.{name}[...]"

    def layer_activation(self, node: Node) -> None:
        s, v = node.settings, node.inputs[0]
        name, x = s["name"], self.any(v)
        if name in ("softmax", "log_softmax"):
            ndim = len(self.straight(v))
            axis = self.any_order(v).index(s["axis"] % ndim) - ndim
            text = f"nnx.{name}({x})" if axis == -1 else f"nnx.{name}({x}, axis={axis})"
        elif name == "gelu":
            text = f"nnx.gelu({x}, approximate={s['approximate'] == 'tanh'})"
        elif name in WITH_SETTINGS:
            text = WITH_SETTINGS[name].format(x=x, **{k: a for k, a in s.items() if k != "name"})
        elif name in ("hard_sigmoid", "hard_swish") and abs(s["slope"] - 1 / 6) > 1e-9:
            text = f"jnp.clip({x} * {s['slope']!r} + 0.5, 0, 1)" + (f" * {x}" if name == "hard_swish" else "")
        elif name in ELEMENTARY:
            text = f"{ELEMENTARY[name]}({x})"
        elif name in FUNCTIONS:
            text = x if name == "linear" else f"{FUNCTIONS[name]}({x})"
        else:
            text = self.refuse(node, f"flax.nnx and jax.nn have no {name} with {s}")
        self.along(node, text)

    def layer_dropout(self, node: Node) -> None:
        rate, v = float(node.settings["rate"]), node.inputs[0]
        whole = node.settings["draws"] == "whole channels"
        by = self.wanted(node, v) if whole else self.any_order(v)
        places = tuple(range(1, len(by) - 1)) if whole else None  # on which what is drawn is one
        places = tuple(range(1, len(by))) if node.settings["draws"] == WHOLE else places
        self.put(node, f"{self.module(node, 'Dropout', arguments(rate, broadcast_dims=places))}({self.take(v, by)})", by)

    def layer_mean(self, node: Node) -> None:
        if node.settings.get("lengths") is not None:
            self.put(node, self.mean_of_steps(node), self.straight(node.outputs[0]))
            return
        x, axes, held = self.over(node)
        given = arguments(axis=axes[0] if len(axes) == 1 else axes, keepdims=True if node.settings["keep"] else None)
        self.put(node, f"{x}.{node.kind}({given})", held)

    layer_max = layer_mean

    def layer_concatenate(self, node: Node) -> None:
        held = self.together(node.inputs) or self.straight(node.inputs[0])
        self.put(node, self.joined([self.take(v, held) for v in node.inputs], held.index(node.settings["axis"])), held)

    def layer_matmul(self, node: Node) -> None:
        a, b = (self.take(v) for v in node.inputs)
        self.put(node, f"{a} @ {b}", self.straight(node.outputs[0]))

    def layer_attention(self, node: Node) -> None:
        """By its formula: nnx.dot_product_attention has its heads behind the time."""
        q, k, *v = (self.take(u) for u in node.inputs)
        shape, keys = self.graph.shapes[node.inputs[0]], self.graph.shapes[node.inputs[1]]
        scale = node.settings["scale"] or shape[-1] ** -0.5
        scores = f'jnp.einsum("...qd,...kd->...qk", {q}, {k})' + ("" if scale == 1 else f" * {scale!r}")
        scores += f" + {v[1]}" if v[1:] else ""
        if node.settings["causal"]:
            scores = f"jnp.where(jnp.tri({shape[-2]}, {keys[-2]}, dtype=bool), {scores}, -jnp.inf)"
        self.put(node, f"nnx.softmax({scores}) @ {v[0] if v else k}", self.straight(node.outputs[0]))

    def layer_masked(self, node: Node) -> None:
        mask = self.constant(self.called(f"{node.name}_keeps"), node.settings["mask"])
        v = node.inputs[0]
        self.put(node, f"jnp.where({mask}, {self.take(v)}, {literal(node.settings['value'])})", self.straight(v))

    def for_all(self, constant: str, like: str, shape: tuple[int, ...]) -> str:
        return f"jnp.broadcast_to({constant}, (len({like}), {', '.join(map(str, shape[1:]))}))"

    def joined(self, parts: list[str], axis: int) -> str:
        return f"jnp.concatenate([{', '.join(parts)}], axis={axis})"

    def picked(self, x: str, places: str, axis: int) -> str:
        return f"{x}.take({places}, axis={axis})"

    def cut(self, node: Node, x: str, m: Move, held: Order | None) -> str:
        """A subscript of JAX may read from the end."""
        del node
        return x + subscript([m.index[k] for k in held] if held and m.index else list(m.index))

    def moved(self, node: Node, x: str, m: Move, held: Order | None = None) -> str:
        x = self.cut(node, x, m, held)
        if m.split:
            x += f".reshape({', '.join(map(str, m.split))})"
        if m.order:
            x = self.permuted(x, m.order)
        if m.shape:
            x += f".reshape({', '.join(map(str, m.shape))})"
        if m.repeat:
            x += f".repeat({m.repeat[1]}, axis={m.repeat[0]})"
        if not m.pad:
            return x
        pairs = tuple((int(m.pad[k][0]), int(m.pad[k][1])) for k in held or range(len(m.pad)))
        if m.fill in ("edge", "wrap"):  # jnp.pad makes a dozen pieces of it
            return self.gathered(node, x, m, pairs, held)
        mode = f', mode="{m.fill}"' if m.fill else ""
        return f"jnp.pad({x}, {pairs!r}{mode})"
