"""`nnparity.port_model(model, to, path)`: a whole model as a file of another framework, held against what it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nnparity.oracles.writing.graph import Graph, NoFormula
from nnparity.oracles.writing.keras_file import Keras
from nnparity.oracles.writing.torch_file import Torch
from nnparity.oracles.writing.writer import Writer, Written
from nnparity.reports.asking.implementations import UserFile
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.files import replacing
from nnparity.reports.models.compare import compare, runner_of
from nnparity.reports.models.comparison import Comparison
from nnparity.reports.models.finding import TITLES
from nnparity.reports.models.inputs import arrays, drawn
from nnparity.reports.models.load import safetensors
from nnparity.reports.porting.reading import read

WRITERS: dict[str, type[Writer]] = {"torch": Torch, "keras": Keras}
BATCH, SEED = 3, 31


@dataclass(frozen=True)
class Ported:
    """The files, and what the comparison of the written model with the source found; None where it was not asked."""

    path: Path
    weights: Path
    layers: int
    comparison: Comparison | None

    @property
    def ok(self) -> bool:
        """Whether the written model is the source: no finding but what no option could mend, and the same numbers."""
        return self.comparison is None or self.comparison.ok and self.comparison.loaded and self.comparison.before < 1e-5

    @property
    def worst(self) -> float:
        """The largest difference of the outputs, in float64, relative to the largest number."""
        return float("nan") if self.comparison is None else self.comparison.before

    @property
    def told(self) -> str:
        lines = [f"written: {self.path} ({self.layers} layers), {self.weights}"]
        if self.comparison is None:
            return "\n".join([*lines, "not run: that both are one is not known"])
        said = "agree" if self.ok else "differ"
        lines.append(f"both were run, in evaluation and in training: they {said}; outputs are apart by {self.worst:.1e} of their "
                     "size")
        return "\n".join([*lines, *(f"comes with the move: {f.words}" for f in self.comparison.inherent)])


def port_model(model: Any, to: str, path: str | Path, x: Any = None, *, verify: bool = True) -> Ported:
    """The model as `path`, a file of Python with a function `build`, and its weights beside it as .safetensors.

    `to` is "torch" or "keras"; `x` are inputs as the model takes them, for a model that does not say what shape they have. What
    is written is built and held against the model by `nnparity.compare`. Raises WrongRequest for what is no model, and NoFormula
    for a layer that the other framework does not have.
    """
    path = Path(path)
    if to not in WRITERS:
        raise WrongRequest(f"--to {to}: expected is one of {', '.join(WRITERS)}")
    if path.suffix != ".py" or not path.stem.isidentifier():
        raise WrongRequest(f"{path}: expected is the name of a Python file, as ported.py")
    given = None if x is None else arrays(x)
    runner = runner_of(model, given)
    if runner.name == to:
        raise WrongRequest(f"the model is one of {TITLES[to]} already")
    given = given if given is not None else drawn(model, model, runner, runner)
    graph = read(runner, like(given, BATCH, SEED), like(given, BATCH - 1, SEED + 1))
    names(graph, model, runner)
    weights = path.with_suffix(".safetensors")
    head = f"{path.stem}: moved from {TITLES[runner.name]} to {TITLES[to]} by nnparity port."
    written = WRITERS[to](graph).file(head, weights.name)
    save(path, weights, written, single(model))
    if not verify:
        return Ported(path, weights, written.layers, None)
    made = UserFile(path=str(path), function="build").imported()()
    return Ported(path, weights, written.layers, compare(model, made, like(given, BATCH + 2, SEED + 2)))


def like(given: Sequence[np.ndarray], batch: int, seed: int) -> list[np.ndarray]:
    """Inputs of the same shapes and ranges, of another batch; of words the 0 too, which a layer may leave out."""
    rng = np.random.default_rng(seed)
    found = []
    for a in given:
        shape = (batch, *a.shape[1:])
        if a.dtype.kind == "f":
            found.append(rng.normal(a.mean(), a.std() or 1.0, shape).astype(np.float32).astype(a.dtype))
        else:
            found.append(rng.integers(min(0, int(a.min())), int(a.max()) + 1, shape).astype(a.dtype))
    return found


def names(graph: Graph, model: Any, runner: Any) -> None:
    """What the model calls its inputs, where it has several, and parameters of its own that stand in no layer."""
    if runner.name == "keras" and len(graph.inputs) > 1:
        graph.names |= {v: tensor.name for v, tensor in zip(graph.inputs, model.inputs)}
    if runner.name == "torch":
        for v, a in graph.constants.items():
            same = [name for name, p in runner.model.named_parameters() if np.array_equal(p.detach().numpy(), a)]
            if same:
                graph.names[v] = same[0].replace(".", "_")


def single(model: Any) -> bool:
    """Whether the weights are of single precision."""
    kept = list(model.parameters()) if hasattr(model, "parameters") else model.weights
    return all("float64" not in str(w.dtype) for w in kept)


def save(path: Path, place: Path, written: Written, in_single: bool) -> None:
    """Both files, whole or not at all. Raises OSError."""
    save_file = safetensors().numpy.save_file
    kept = {name: np.ascontiguousarray(a.astype(np.float32) if in_single and a.dtype == np.float64 else a)
            for name, a in written.weights.items()}
    with replacing(path, place) as (text, weights):
        text.write_text(written.text, encoding="utf-8")
        save_file(kept, weights)


__all__ = ["NoFormula", "Ported", "port_model"]
