"""Examples of different lengths: a mask of Keras as how many steps of each example are none of padding, which stands behind."""

from nnparity.oracles.writing.graph import Node
from nnparity.oracles.writing.writer import Writer


class Lengths(Writer):
    """What PyTorch and JAX write alike, but for where `arange` and `minimum` are found."""

    tensors = ""

    def layer_lengths(self, node: Node) -> None:
        """Of words those that are not 0, of steps with features those with any that is not what stands for padding."""
        v, hidden = node.inputs[0], node.settings["hides"]
        seen = f"({self.take(v)} != {hidden!r})" + (".any(-1)" if len(self.graph.shapes[v]) == 3 else "")
        self.put(node, f"{seen}.sum(1)  # padding stands behind what is read", (0,))

    def lengths(self, node: Node) -> str:
        return self.take(node.settings["lengths"])

    def counted(self, node: Node, n: int | str) -> str:  # noqa: ARG002
        """0, 1, ... n - 1, where the lengths are."""
        return f"{self.tensors}.arange({n})"

    def seen(self, node: Node, steps: int) -> str:
        """(batch, time, 1), whether a step is none of padding."""
        return f"({self.counted(node, steps)} < {self.lengths(node)}[:, None])[..., None]"

    def layer_last_steps(self, node: Node) -> None:
        """Of what reads forwards the last step that is none of padding; of what reads from the end, and stands beside it, the
        first."""
        v, n = node.inputs[0], self.lengths(node)
        x, half = self.take(v), node.settings["half"]
        last = f"{x}[{self.counted(node, f'len({x})')}, {n} - 1{f', :{half}' if half else ''}]"
        self.put(node, self.joined([last, f"{x}[:, 0, {half}:]"], -1) if half else last, (0, 1))

    def layer_held_steps(self, node: Node) -> None:
        """Where a step is one of padding, of what reads forwards the last before it that is none."""
        v, n = node.inputs[0], self.lengths(node)
        x, steps, half = self.take(v), self.graph.shapes[v][1], node.settings["half"]
        places = f"{self.tensors}.minimum({self.counted(node, steps)}, {n}[:, None] - 1)"
        held = f"{x}[{self.counted(node, f'len({x})')}[:, None], {places}{f', :{half}' if half else ''}]"
        self.put(node, self.joined([held, f"{x}[..., {half}:]"], -1) if half else held, (0, 1, 2))

    def mean_of_steps(self, node: Node) -> str:
        """The mean over the steps that are none of padding."""
        x, n, keep = self.take(node.inputs[0]), self.lengths(node), node.settings["keep"]
        total = f"({x} * {self.seen(node, self.graph.shapes[node.inputs[0]][1])}).sum(1)"
        return f"({total} / {n}[:, None])[:, None]" if keep else f"{total} / {n}[:, None]"
