"""`nnparity.port_model(model, to, path)`: a whole model as a file of another framework, held against what it was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from nnparity.oracles.models.op import Trace
from nnparity.oracles.writing.flax_file import Flax
from nnparity.oracles.writing.graph import Graph, NoFormula
from nnparity.oracles.writing.keras_file import Keras
from nnparity.oracles.writing.onnx_file import Onnx
from nnparity.oracles.writing.onnx_nodes import WrittenGraph
from nnparity.oracles.writing.torch_file import Torch
from nnparity.oracles.writing.writer import Written
from nnparity.reports.asking.implementations import UserFile
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.files import replacing
from nnparity.reports.models.compare import compare, runner_of
from nnparity.reports.models.comparison import Comparison
from nnparity.reports.models.finding import TITLES
from nnparity.reports.models.free import parameters
from nnparity.reports.models.inputs import arrays, drawn
from nnparity.reports.models.load import model_at, safetensors, tool
from nnparity.reports.models.slips import equal
from nnparity.reports.porting.reading import read

WRITERS: dict[str, type[Torch] | type[Keras] | type[Flax]] = {"torch": Torch, "keras": Keras, "flax": Flax}
TARGETS = (*WRITERS, "onnx")
ALSO = {"jax": "flax", "nnx": "flax"}  # as people call it
BATCH, SEED = 3, 31
ROUNDED = 1e-3  # of the size of the outputs, in single precision
DOUBLE = 11  # TensorProto.DOUBLE


@dataclass(frozen=True)
class Ported:
    """The files, and what the comparison of the written model with the source found; None where it was not asked."""

    path: Path
    weights: Path | None  # None where they stand in the file itself
    layers: int
    comparison: Comparison | None
    left: tuple[str, ...] = ()  # layers of training alone that the file has no place for
    missing: str = ""  # what is not installed, so that it was not asked

    @property
    def ok(self) -> bool:
        """Whether the written model is the source: no finding but what no option could mend, and the same numbers."""
        found = self.comparison
        if found is None:
            return True
        whole = found.as_they_are is None or found.as_they_are < ROUNDED  # as a person runs them, nothing being recorded
        return found.ok and equal(found.walk) and found.before < 1e-5 and whole

    @property
    def worst(self) -> float:
        """The largest difference of the outputs, in float64, relative to the largest number."""
        return float("nan") if self.comparison is None else self.comparison.before

    @property
    def told(self) -> str:
        of = f"({self.layers} layers), {self.weights}" if self.weights else f"({self.layers} nodes, weights in it)"
        lines = [f"written: {self.path} {of}"]
        if self.left:
            lines.append(f"left out, as an ONNX graph is for evaluation: {', '.join(self.left)}")
        if self.comparison is None:
            why = f" ({self.missing})" if self.missing else ""
            return "\n".join([*lines, f"not run{why}: that both are one is not known"])
        said = "agree" if self.ok else "differ"
        modes = "evaluation and in training" if self.comparison.trains else "evaluation"
        lines.append(f"both were run, in {modes}: they {said}; outputs are apart by {self.worst:.1e} of their size")
        if not self.comparison.trains or not self.ok:
            apart = self.comparison.as_they_are
            lines.append("as they are they could not both be run" if apart is None else
                         f"as they are, each in its own precision: apart by {apart:.1e}")
        return "\n".join([*lines, *(f"comes with the move: {f.words}" for f in self.comparison.inherent)])


def port_model(model: Any, to: str, path: str | Path, x: Any = None, *, verify: bool = True) -> Ported:
    """The model as `path`, a file of Python with a function `build`, and its weights beside it as .safetensors; or, for "onnx", a
    file of ONNX, opset 20, with the weights in it, for evaluation.

    `to` is "torch", "keras", "flax" (flax.nnx; "jax" and "nnx" mean it too) or "onnx"; the model is of another one of them, an
    onnx.ModelProto for the last. `x` are inputs as the model takes them, for a model that does not say what shape they have. What
    is written is built and held against the model by `nnparity.compare`, if what it needs is installed. Raises WrongRequest for
    what is no model, and NoFormula for a layer that the other framework does not have.
    """
    path, to = Path(path), ALSO.get(to, to)
    if to not in TARGETS:
        raise WrongRequest(f"--to {to}: expected is one of {', '.join(TARGETS)}")
    if to == "onnx" and path.suffix != ".onnx":
        raise WrongRequest(f"{path}: expected is the name of an ONNX file, as ported.onnx")
    if to != "onnx" and (path.suffix != ".py" or not path.stem.isidentifier()):
        raise WrongRequest(f"{path}: expected is the name of a Python file, as ported.py")
    given = None if x is None else arrays(x)
    runner = runner_of(model, given)
    title = WRITERS[to].title if to in WRITERS else TITLES[to]
    if runner.name == to:
        raise WrongRequest(f"the model is one of {title} already")
    given = given if given is not None else drawn(model, model, runner, runner)
    hides: dict[str, float] = getattr(runner, "hides", dict)()
    graph = read(runner, like(given, BATCH, SEED, hides), like(given, BATCH - 1, SEED + 1, hides))
    names(graph, model, runner)
    weights = None if to == "onnx" else path.with_suffix(".safetensors")
    head = f"{path.stem}: moved from {TITLES[runner.name]} to {title} by nnparity port."
    if weights is None:
        whole = Onnx(graph).written(head)
        save_graph(path, whole, single(model, runner))
        made = Ported(path, None, whole.layers, None, whole.left)
    else:
        written = WRITERS[to](graph).file(head, weights.name)
        save(path, weights, written, single(model, runner))
        made = Ported(path, weights, written.layers, None)
    if not verify:
        return made
    try:
        other = built(path)
    except ImportError as error:
        return replace(made, missing=f"{error.name} is not installed")
    return replace(made, comparison=compare(model, other, like(given, BATCH + 2, SEED + 2, hides)))


def built(path: Path) -> Any:
    """What was written, as a model."""
    return model_at(str(path)) if path.suffix == ".onnx" else UserFile(path=str(path), function="build").imported()()


def like(given: Sequence[np.ndarray], batch: int, seed: int, hides: Mapping[str, float] | None = None) -> list[np.ndarray]:
    """Inputs of the same shapes and ranges, of another batch; of words the 0 too. Where a number `hides` steps, of whole numbers
    ("i") or of others ("f"), it stands behind examples of different lengths, and nowhere else."""
    rng = np.random.default_rng(seed)
    found = []
    for a in given:
        shape = (batch, *a.shape[1:])
        if a.dtype.kind == "f":
            found.append(rng.normal(a.mean(), a.std() or 1.0, shape).astype(np.float32).astype(a.dtype))
        else:
            lowest = 1 if "i" in (hides or {}) else min(0, int(a.min()))
            found.append(rng.integers(lowest, max(int(a.max()), lowest) + 1, shape).astype(a.dtype))
    for a in found:
        kind = "f" if a.dtype.kind == "f" else "i"
        if kind in (hides or {}) and a.ndim == (3 if kind == "f" else 2):
            for n, example in enumerate(a):
                example[max(1, len(example) - (n + seed) % 4):] = (hides or {})[kind]
    return found


def names(graph: Graph, model: Any, runner: Any) -> None:
    """What the model calls its inputs, where it has several, and parameters of its own that stand in no layer."""
    if runner.name == "keras" and len(graph.inputs) > 1 and hasattr(model, "inputs"):
        graph.names |= {v: tensor.name for v, tensor in zip(graph.inputs, model.inputs)}
    if runner.name == "onnx":
        graph.names |= {v: given.name for v, given in zip(graph.inputs, runner.graph.given)}
    if runner.name != "onnx":  # a file does not say what was learnt
        own = {name.replace("/", ".").replace(".", "_"): a for name, a in parameters(runner, Trace(runner.name)).items()}
        for v, a in graph.constants.items():
            if (name := taken_from(a, own)):
                graph.names[v] = name
        for node in graph.nodes:
            for part in ("scale", "shift"):
                if isinstance(held := node.settings.get(part), np.ndarray) and (name := taken_from(held, own)):
                    node.settings[f"{part} of"] = name


def taken_from(array: np.ndarray, own: Mapping[str, np.ndarray]) -> str:
    """The parameter that these are the numbers of, or the first of them, as of a table for longer sequences; "" for none."""
    for name, a in own.items():
        first = a[tuple(map(slice, array.shape))] if a.ndim == array.ndim else a
        if first.size == array.size and np.ptp(first) > 0 and np.array_equal(first.reshape(-1), array.reshape(-1)):
            return name
    return ""


def single(model: Any, runner: Any) -> bool:
    """Whether the weights are of single precision."""
    if hasattr(model, "graph"):
        return all(tensor.data_type != DOUBLE for tensor in model.graph.initializer)
    kept = model.weights if runner.name == "keras" else list(runner.parameters().values())
    return all("float64" not in str(w.dtype) for w in kept)


def save_graph(path: Path, written: WrittenGraph, in_single: bool) -> None:
    """The file, whole or not at all. Raises OSError, WrongRequest where onnx is not installed."""
    with replacing(path) as (unfinished,):
        tool("onnx", lambda files: files.save(unfinished, files.model_of(written, in_single)))


def save(path: Path, place: Path, written: Written, in_single: bool) -> None:
    """Both files, whole or not at all. Raises OSError."""
    save_file = safetensors().numpy.save_file
    kept = {name: np.ascontiguousarray(a.astype(np.float32) if in_single and a.dtype == np.float64 else a)
            for name, a in written.weights.items()}
    with replacing(path, place) as (text, weights):
        text.write_text(written.text, encoding="utf-8")
        save_file(kept, weights)


__all__ = ["NoFormula", "Ported", "port_model"]
