"""What can be asked: an oracle, or a function in somebody's file. Small enough to be sent to another process by pickle.

`load()` is called in that process and imports what the implementation needs; it gives `(run, version)` where
`run(case) -> Result` holds plain NumPy arrays and nothing else.
"""

import hashlib
import importlib.util
import inspect
import os
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from nnparity import oracles
from nnparity.cases.case import Case, Result
from nnparity.cases.selection import trained_as
from nnparity.oracles.tensors import as_numpy
from nnparity.reference_impl.optimizers import OPTIMIZERS
from nnparity.reports.asking.options import Options, called, options_of_case, overlooked_by_update
from nnparity.reports.asking.second_look import Watched
from nnparity.reports.asking.training_contract import NoAnswer, ask, resolved_options
from nnparity.reports.comparison.contract import NotNumbers, described, read_array

START_UP = 20.0  # seconds to start Python and import NumPy on a busy machine


@dataclass(frozen=True)
class Oracle:
    """One of the frameworks, by its name in `oracles`."""

    name: str
    import_limit: float = 120.0  # seconds; TensorFlow on a busy machine takes its time

    def load(self):
        if missing := oracles.missing(self.name):
            raise NoAnswer(f"{', '.join(missing)} not installed; pip install -e '.[oracles]'")
        module = oracles.load(self.name)
        return module.run, module.version()

    def explain(self, error: BaseException) -> str:
        """One line: what was raised, and where."""
        frames = traceback.extract_tb(error.__traceback__)
        where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
        return described_error(error) + where


@dataclass(frozen=True)
class UserFile:
    """A function in a Python file: `function(params, inputs, cotangents) -> outputs, grads`, dicts of arrays.

    A function with a parameter called `config` is given the layer's options as well. About a training it is asked as
    reports/asking/training_contract.py says.
    """

    path: str
    function: str
    import_limit: float = START_UP

    @property
    def name(self) -> str:
        return Path(self.path).name

    def load(self):
        watched = Watched(self.imported, self.ask, self.explain)
        return watched.run, "sha256 " + hashlib.sha256(Path(self.path).read_bytes()).hexdigest()[:8]

    def imported(self):
        """The function, from a module that was executed for this call alone."""
        path = Path(self.path).resolve()
        if str(path.parent) not in sys.path:
            sys.path.insert(0, str(path.parent))  # the file may import its neighbours
        if os.getcwd() not in sys.path:
            sys.path.append(os.getcwd())  # and a check file in tests/ the package that it tests
        taken = sys.modules.get(path.stem)  # a file called numpy.py replaces nothing
        name = f"user_{path.stem}" if taken is not None and getattr(taken, "__file__", None) != str(path) else path.stem
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        function = getattr(module, self.function, None)
        if not callable(function):
            raise NoAnswer(f"{self.name} has no function {self.function!r} after it was imported")
        return function

    def ask(self, function, case: Case) -> Result:
        """What the function answers to a case. Raises NoAnswer where that is no answer."""
        return answer_of(function, case, self.function)

    def explain(self, error: BaseException) -> str:
        """`my_gru.py:12: ValueError: ...`: the last line of the user's own that was running."""
        if isinstance(error, NoAnswer):
            return str(error)
        return raised(error, Path(self.path).resolve(), self.name)


@dataclass(frozen=True, kw_only=True, eq=False)
class Overlooking(Result):
    """A result, and the options of the case that the function did not look at: {option: what it is taken to have}. `own` are
    options that its numbers show: it is compared under these."""

    overlooked: Mapping[str, Any] = field(default_factory=dict)
    own: Mapping[str, Any] = field(default_factory=dict)


def answer_of(function, case: Case, name: str, claimed: Mapping[str, Any] = {}) -> Result:  # noqa: B006
    """What a function in the contract answers to a case. `claimed` are the options that were asked for. Raises NoAnswer where
    that is no answer, Unsupported where it fails for want of an option."""
    if case.training:
        options = Options(resolved_options(case))
        result = ask(function, case, name, options)
        left = overlooked_by_update(case.training.optimizer, options, claimed) if trained_as(case) in OPTIMIZERS else {}
        return Overlooking(**vars(result), overlooked=left)
    parameters = inspect.signature(function).parameters
    given = [dict(case.params), dict(case.inputs), dict(case.cotangents)]
    if takes_no_cotangents(parameters):
        del given[-1]  # it differentiates the loss, or nothing
    returned, left = called(function, given, case, claimed, name)
    result = as_result(returned, case, name)
    if len(given) == 2 and case.loss is None and result.grads:
        raise NoAnswer(f"{name} takes no cotangents, and a layer has no loss of its own: "
                       f"def {name}(params, inputs, cotangents)")
    return Overlooking(**vars(result), overlooked=left)


def takes_no_cotangents(parameters: Mapping[str, inspect.Parameter]) -> bool:
    """Whether a function has two parameters, beside `config`, and no room for more."""
    if any(p.kind is p.VAR_POSITIONAL for p in parameters.values()):
        return False
    return len([p for p in parameters.values() if p.name != "config" and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
                ]) == 2


def raised(error: BaseException, path: Path, name: str) -> str:
    """What was raised, and the last line of a file that was running."""
    what = f"called sys.exit({error.code!r})" if isinstance(error, SystemExit) else described_error(error)
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).resolve() == path]
    if not own:
        return f"{name}: {what}"
    return f"{name}:{own[-1].lineno}: {what}" + (f"\n    {own[-1].line}" if own[-1].line else "")


def config_of(case: Case) -> dict:
    """The layer's options (strides, padding, epsilon, ...), those at their default included; of a chain, those of every layer by
    its name."""
    return options_of_case(case).copy()


def described_error(error: BaseException) -> str:
    lines = traceback.format_exception_only(error)
    return lines[-1].strip() if isinstance(error, NoAnswer | Exception) else f"{type(error).__name__}: {error}".rstrip(": ")


def as_result(returned, case: Case, function: str) -> Result:
    """What a user's function gave back, as plain arrays. Raises NoAnswer saying what came, what was expected, what to do."""
    wanted = (f"expected `return outputs, grads`, two dicts of arrays with the names {_names(case.cotangents)} "
              f"and {_names(case.differentiable)}")
    outputs: Mapping
    grads: Mapping
    match returned:
        case None:
            raise NoAnswer(f"{function} returned None; {wanted}. Is the return statement missing?")
        case Mapping():
            outputs, grads = returned, {}
        case (Mapping() as outputs, Mapping() as grads):
            pass
        case tuple() | list():
            kinds = ", ".join(type(part).__name__ for part in returned[:5]) + (", ..." if len(returned) > 5 else "")
            raise NoAnswer(f"{function} returned a {type(returned).__name__} of {len(returned)} ({kinds}); {wanted}")
        case _:
            raise NoAnswer(f"{function} returned {described(returned)}; {wanted}")
    return Result(outputs=_arrays(outputs, "outputs", function), grads=_arrays(grads, "grads", function),
                  built=f"{function}(params, inputs, cotangents)")


def _arrays(group: Mapping, kind: str, function: str) -> dict[str, np.ndarray]:
    arrays = {}
    for name, value in group.items():
        if not isinstance(name, str):
            raise NoAnswer(f"{function} returned {kind} with the key {name!r}, a {type(name).__name__}; "
                           "names are strings, as in `nnparity list --layer`")
        if (name := str.__str__(name)) in arrays:  # a subclass of str may be another key and the same name
            raise NoAnswer(f"{function} returned {kind} with two keys {name!r}; one array for each name is expected")
        arrays[name] = _array(value, f"{kind}[{name!r}]", function)
    return arrays


def _array(value, where: str, function: str) -> np.ndarray:
    try:
        return read_array(as_numpy(value))
    except NotNumbers as error:
        raise NoAnswer(f"{function} returned {error} as {where}; expected an array of numbers") from error
    except Exception as error:  # a tensor that its framework does not hand over
        raise NoAnswer(f"{function} returned {described(value)} as {where}; expected an array of numbers "
                       f"({described_error(error)})") from error


def _names(arrays) -> str:
    return ", ".join(arrays)
