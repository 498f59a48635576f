"""A file of answers, read: {"schema": "nnparity-answers-1", "network": ..., "answers": [{"id", "outputs", "grads"}, ...]}."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.comparison.foreign import plain, writable
from nnparity.reports.vectors.arrays import Unreadable, read, short
from nnparity.reports.vectors.questions import schema
from nnparity.reports.vectors.tensors import Tensors

LONGEST = 300  # characters of an error that somebody's program tells


@dataclass(frozen=True)
class Answers:
    """What a file says: of which network, by whom, and each answer by the name of its case."""

    network: str
    implementation: str
    by_case: Mapping[str, Mapping[str, Any]]
    tensors: Tensors | None = None  # the file beside it, if it refers to one


@cache
def validator(part: str):
    """Checks data against the schema of a whole file ("file") or of one answer ("answer")."""
    from jsonschema import Draft202012Validator

    whole = json.loads(schema("answers"))
    return Draft202012Validator(whole if part == "file" else {**whole["$defs"]["answer"], "$defs": whole["$defs"]})


def check(data: Any, part: str, where: str) -> None:
    """Raises Unreadable with the place of the first thing that the schema does not allow."""
    for error in sorted(validator(part).iter_errors(data), key=lambda e: len(list(e.absolute_path))):
        raise Unreadable("/".join([where, *map(str, error.absolute_path)]), error.message if len(error.message) < 200 else
                         f"{short(error.instance)} does not fit: {error.validator} {short(error.validator_value)}")


def whole(digits: str) -> int | float:
    """A whole number of JSON. Beyond the digits that Python reads into an int it is beyond float64 too."""
    return int(digits) if len(digits) < 1000 else float(digits)


def answers_of(text: str, file: str, folder: Path = Path()) -> Answers:
    """The answers in a file, with the tensors that stand beside it in `folder`. Raises Unreadable, which names the place."""
    try:
        data = json.loads(text, parse_int=whole)
    except json.JSONDecodeError as error:
        raise Unreadable(f"{file}:{error.lineno}:{error.colno}", f"not JSON: {error.msg}") from None
    except RecursionError:
        raise Unreadable(file, "not JSON that can be read: nested too deeply") from None
    check(data, "file", file)
    by_case: dict[str, Mapping[str, Any]] = {}
    for i, one in enumerate(data["answers"]):
        if one["id"] in by_case:
            raise Unreadable(f"{file}/answers/{i}/id", f"{one['id']!r} is answered twice")
        by_case[one["id"]] = one
    tensors = Tensors(data["tensors"], folder, f"{file}/tensors") if "tensors" in data else None
    return Answers(data["network"], data.get("implementation", file), by_case, tensors)


def array_of(value: Any, where: str, tensors: Tensors | None) -> np.ndarray:
    """One array, wherever it stands. Raises Unreadable."""
    if not isinstance(value, Mapping) or "tensor" not in value:
        return read(value, where)
    if tensors is None:
        raise Unreadable(f"{where}/tensor", 'refers to a file, and no "tensors" beside "answers" says to which')
    return tensors.read(value["tensor"], where)


def result_of(one: Mapping[str, Any], case: Case, where: str, built: str, tensors: Tensors | None) -> Result:
    """One answer's arrays. Raises Unreadable."""
    def arrays(kind: str) -> dict[str, np.ndarray]:  # JSON has one kind of number: it is read in the precision that was asked
        with np.errstate(over="ignore"):  # beyond float32 is infinite there
            return {name: array_of(value, f"{where}/{kind}/{name}", tensors).astype(case.dtype)
                    for name, value in one.get(kind, {}).items()}
    return Result(outputs=arrays("outputs"), grads=arrays("grads"), built=built)


def answer_of(one: Mapping[str, Any], case: Case, where: str, built: str, tensors: Tensors | None = None) -> Answer:
    """What one answer comes to: arrays, or a failure and why."""
    if "unsupported" in one:
        return Answer(case=case, failure="unsupported", message=told(one["unsupported"]))
    if "error" in one:
        return Answer(case=case, failure="errored", message=told(one["error"]))
    try:
        return Answer(case=case, result=result_of(one, case, where, built, tensors))
    except Unreadable as error:
        return Answer(case=case, failure="errored", message=str(error))


def told(text: str) -> str:
    return " ".join(writable(plain(text)).split())[:LONGEST]
