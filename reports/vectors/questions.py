"""A case as JSON: what is given, what is wanted, and what it exists to catch."""

import json
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

import numpy as np

from nnparity.cases.case import Arrays, Case, Layer
from nnparity.cases.kinds import axes_of
from nnparity.reference_impl import RIGHT
from nnparity.reference_impl.defaults import defaults
from nnparity.reports.asking.training_contract import training_config
from nnparity.reports.vectors.arrays import written

VERSION = 1  # of both schemas: grows where a name changes its meaning or goes
FLAGS = {
    "SinglePrecision": "asked in float32: every number given is one, and the answer may be as far off as float32 is",
    "NoInitialState": "no initial states are given: they are zero, and no gradient of them is wanted",
    "LossAlone": "the upstream gradient of the loss is one and every other is zero: backpropagation as in a training",
    "Chain": "several layers, each with a name that stands before its arrays' names",
    "Integers": "x holds whole numbers, tokens or classes, and takes no gradient",
}


def schema(name: str) -> str:
    """The JSON Schema "vectors" or "answers", as text."""
    return (files(__package__) / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")


def question(case: Case, decimal: bool = False) -> dict[str, Any]:
    """What an implementation is given, and by which names it answers. About a training the answer is its path: the loss before
    and every parameter after each step, with the steps as the first axis."""
    def arrays(group: Arrays) -> dict[str, Any]:
        return {name: {**written(a, decimal), "axes": list(axes_of(case, name, np.ndim(a)))} for name, a in group.items()}

    asked: dict[str, Any] = {"params": arrays(case.params), "inputs": arrays(case.inputs), "cotangents": arrays(case.cotangents)}
    about: dict[str, Any] = {"id": case.name, "dtype": str(case.dtype), "layers": [described(layer) for layer in case.layers]}
    if case.training:
        about["training"] = {name: plain(value) for name, value in training_config(case).items() if name != "layers"}
        return {**about, **asked, "wanted": {"outputs": ["loss", *case.params], "grads": []}}
    wanted = {"outputs": [*case.cotangents, *sorted(case.observed)], "grads": list(case.differentiable)}
    return {**about, **asked, "wanted": wanted}


def as_text(data: dict[str, Any]) -> str:
    """The file: indented, and every list of numbers or names in one line."""
    def one_line(found: re.Match) -> str:
        return "[" + " ".join(found[1].split()) + "]"

    return re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", one_line, json.dumps(data, indent=1)) + "\n"


def described(layer: Layer) -> dict[str, Any]:
    """A layer with every option, those at their default included."""
    config = {**defaults(layer.kind), **layer.config}
    return {"kind": layer.kind, "name": layer.name, "config": {o: plain(v) for o, v in config.items()}}


def plain(value: Any) -> Any:
    """An option as JSON has it."""
    if isinstance(value, tuple | list):
        return [plain(part) for part in value]
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    return value.item() if isinstance(value, np.generic) else value if isinstance(value, str | int | float | None) else str(value)


def flags(case: Case) -> list[str]:
    """Which of FLAGS a case has, then the documents' mistakes that it was made to expose."""
    first = case.inputs.get("x")
    states = any(name.rpartition("/")[2] in ("h0", "c0") for name in case.inputs)
    recurrent = any(layer.kind in ("gru", "lstm", "simple_rnn") for layer in case.network)
    given = {
        "SinglePrecision": case.dtype == np.float32,
        "NoInitialState": recurrent and not states,
        "LossAlone": case.loss is not None and all(not np.any(a) for name, a in case.cotangents.items() if name != "loss")
        and bool(np.all(case.cotangents["loss"] == 1)),
        "Chain": len(case.network) > 1,
        "Integers": first is not None and first.dtype.kind != "f"}
    return [*(name for name, it_is in given.items() if it_is), *case.flags]


def document(network: str, cases: Iterable[Case], version: str, *, decimal: bool = False,
             expected: bool = True) -> dict[str, Any]:
    """A file of questions about one network; with what the reference answers unless that is not `expected`."""
    tests = []
    for case in cases:
        test = {**question(case, decimal), "catches": case.catches, "flags": flags(case)}
        if expected:
            right = RIGHT.run(case)
            test["expected"] = {"outputs": {name: written(np.asarray(a), decimal) for name, a in right.outputs.items()},
                                "grads": {name: written(np.asarray(a), decimal) for name, a in right.grads.items()}}
        tests.append(test)
    used = {flag for test in tests for flag in test["flags"]}
    return {"schema": f"nnparity-vectors-{VERSION}", "generator": f"nnparity {version}", "network": network,
            "number_of_tests": len(tests), "notes": {name: words for name, words in FLAGS.items() if name in used},
            "tests": tests}
