"""A model's answers in a file: inputs, weights, and of each mode and precision every layer's inputs and outputs, what the model
returns, its gradients and its running statistics. Safetensors: numbers and text, no code."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from nnparity.oracles.models.answers import Answers, Asked, Called
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.files import replacing
from nnparity.reports.models.load import model_framework, safetensors

FORMAT = "nnparity recording 1"
MODES, DTYPES = ("evaluation", "training"), ("float64", "float32")


@dataclass
class Recording:
    """`facts`: backend, versions, date."""

    facts: dict[str, Any]
    inputs: list[np.ndarray]
    weights: dict[str, np.ndarray]
    answers: dict[tuple[str, str], Answers]  # by mode and dtype


def asked(model: Any, inputs: list[np.ndarray], dtype: str) -> Asked:
    """The model in a precision. Raises WrongRequest for what is no model, or does not run on these inputs."""
    framework = model_framework(model)
    if framework not in ("torch", "keras", "flax"):
        raise WrongRequest(f"{model!r:.60} is no model: a torch.nn.Module, a keras.Model or a flax.nnx.Module is expected")
    try:
        return import_module(f"nnparity.oracles.{framework}_models.answers").Model(model, inputs, dtype)
    except Exception as error:  # a person's model may raise anything
        shapes = ", ".join(str(a.shape) for a in inputs)
        raise WrongRequest(f"the model does not run in {dtype} on inputs of shape {shapes}: {type(error).__name__}: "
                           f"{next(iter(str(error).strip().splitlines()), ''):.300}") from error


def recorded(model: Any, inputs: list[np.ndarray]) -> Recording:
    """Asks the model all of it. Raises WrongRequest."""
    first = asked(model, inputs, "float32")
    weights = first.weights()
    answers = {}
    for dtype in DTYPES:
        one = first if dtype == "float32" else asked(model, inputs, dtype)
        one.load(weights)
        for mode in MODES:
            answers[mode, dtype] = one.ask(inputs, mode == "training")
    facts = {"backend": first.backend, "versions": first.versions, "date": datetime.now(UTC).strftime("%Y-%m-%d")}
    return Recording(facts, inputs, weights, answers)


def write(path: Path, recording: Recording) -> None:
    """The file, whole or not at all. Raises OSError."""
    save_file = safetensors().numpy.save_file
    calls = {f"{mode} {dtype}": [[c.name, c.title] for c in a.layers] for (mode, dtype), a in recording.answers.items()}
    with replacing(path) as (unfinished,):
        save_file({name: np.ascontiguousarray(a) for name, a in named(recording)}, str(unfinished),
                  {"format": FORMAT, "facts": json.dumps(recording.facts), "layers": json.dumps(calls)})


def named(recording: Recording) -> Iterator[tuple[str, np.ndarray]]:
    yield from ((f"input|{k}", a) for k, a in enumerate(recording.inputs))
    yield from ((f"weight|{name}", a) for name, a in recording.weights.items())
    for (mode, dtype), a in recording.answers.items():
        for part, arrays in (("output", dict(enumerate(a.outputs))), ("gradient", a.gradients), ("after", a.after)):
            yield from ((f"{mode}|{dtype}|{part}|{name}", array) for name, array in arrays.items())
        for n, call in enumerate(a.layers):
            yield from ((f"{mode}|{dtype}|in|{n}|{k}", array) for k, array in enumerate(call.inputs))
            yield from ((f"{mode}|{dtype}|out|{n}|{k}", array) for k, array in enumerate(call.outputs))


def read(path: Path) -> Recording:
    """Raises WrongRequest for what is no recording."""
    package = safetensors()
    try:
        with package.safe_open(str(path), "numpy") as file:
            about = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, package.SafetensorError) as error:
        raise WrongRequest(f"{path} cannot be read: {error}") from None
    if about.get("format") != FORMAT:
        raise WrongRequest(f"{path} is no recording of a model's answers: write one with `nnparity compare MODEL --record FILE`; "
                           "weights are handed over with --weights-a and --weights-b")
    split = {tuple(name.split("|")): a for name, a in arrays.items()}

    def several(*start: str) -> list[np.ndarray]:
        found = {int(key[-1]): a for key, a in split.items() if key[:-1] == start}
        return [found[k] for k in sorted(found)]

    def by_name(*start: str) -> dict[str, np.ndarray]:
        return {key[-1]: a for key, a in sorted(split.items()) if key[:-1] == start}
    answers = {}
    for key, calls in json.loads(about["layers"]).items():
        mode, dtype = key.split()
        layers = [Called(name, title, several(mode, dtype, "in", str(n)), several(mode, dtype, "out", str(n)))
                  for n, (name, title) in enumerate(calls)]
        answers[mode, dtype] = Answers(layers, several(mode, dtype, "output"), by_name(mode, dtype, "gradient"),
                                       by_name(mode, dtype, "after"))
    return Recording(json.loads(about["facts"]), several("input"), by_name("weight"), answers)
