"""Which cases are asked: those about a network under its options, the plain ones first."""

import ast
import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nnparity.cases.case import Case
from nnparity.cases.conventions import CONFIGS
from nnparity.cases.selection import is_about
from nnparity.reference_impl.defaults import defaults
from nnparity.reports.asking.training_contract import resolved_options
from nnparity.reports.checking import drawn
from nnparity.reports.checking.contracts import traits
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.comparison.names import some


def options_of(case: Case) -> Mapping[str, Any]:
    """The options by which cases of one name differ: the layer's, the network's, or the optimizer's; those at their default
    included."""
    return resolved_options(case) if case.training else traits(case) or {
        **defaults(case.layers[0].kind), **case.layers[0].config}


def choose_cases(cases: Iterable[Case], network: str, config: Mapping[str, Any], substring: str = "",
                 float32: bool = False, more: Sequence[Case] = ()) -> list[Case]:
    """The cases about this network under this config, in float64 and, if wanted, float32, and some more. Raises WrongRequest if
    none."""
    chosen = [case for case in cases if is_about(case, network) and config.items() <= options_of(case).items()
              and (not config or plain_beside(case, config))]
    if not chosen or "function" in config:  # of one activation there is a case or none
        chosen = drawn.asked_under(network, config)
    chosen.sort(key=lambda case: not plain_beside(case, config))  # the plain ones first
    named = [case for case in chosen if substring in case.name and (float32 or case.dtype == "float64")
             and not (case.training and case.training.products)]  # one machine's way to round is nobody's formula
    if named or more:
        return [*named, *more]
    about = " ".join(filter(None, (network, _words(config))))
    if not chosen:
        raise WrongRequest(f"there is no case about {about}")
    raise WrongRequest(f"no case about {about} matches {substring!r}; there are {some((c.name for c in chosen), substring)}; "
                       f"`nnparity list --layer {network}` shows all of them")


def takes_options(function: Any, network: str) -> bool:
    """Whether a function of a recurrent layer has a `config`, or one of the layer's options in its signature. It is given as it
    is, or as it stands in its file."""
    if network not in CONFIGS:
        return False
    if isinstance(function, ast.FunctionDef):
        parts = function.args
        names = {part.arg for part in (*parts.posonlyargs, *parts.args, *parts.kwonlyargs)}
        names |= {"config"} if parts.kwarg else set()
    else:
        parameters = inspect.signature(function).parameters if callable(function) else {}
        names = {"config" if p.kind is p.VAR_KEYWORD else name for name, p in parameters.items()}
    return bool(names & {"config", *defaults(network)})


def beyond_plain(cases: Iterable[Case], network: str, chosen: Sequence[Case], substring: str, float32: bool) -> list[Case]:
    """Of a recurrent layer, the first case of each other combination of options: what the function does not look at is not held
    against it."""
    found: dict[str, Case] = {}
    asked = [options_of(case) for case in chosen]
    dtypes = ("float64", *(["float32"] if float32 else []))
    for case in cases:
        options = options_of(case)
        named = is_about(case, network) and case.dtype in dtypes and substring in case.name
        if named and options not in asked:
            found.setdefault(f"{case.dtype} {sorted(options.items(), key=str)}", case)
    return list(found.values())


def plain_beside(case: Case, config: Mapping[str, Any]) -> bool:
    """Whether a layer's options are those that were asked for and else as they are where nothing is said, numbers apart."""
    if case.training or len(case.layers) > 1:
        return True
    plain = {**defaults(case.layers[0].kind), **config}
    return all(isinstance(value, float) or plain.get(name, value) == value for name, value in case.layers[0].config.items())


def similar(cases: Iterable[Case], chosen: Sequence[Case], config: Mapping[str, Any]) -> list[Case]:
    """The float64 cases about the same chain under the same conventions: those that could have been asked."""
    first = chosen[0]
    return [case for case in cases if case.layers == first.layers and case.dtype == "float64"
            and bool(case.training) == bool(first.training) and config.items() <= options_of(case).items()]


def _words(config: Mapping[str, Any]) -> str:
    return "with " + ", ".join(f"{o}={v}" for o, v in config.items()) if config else ""
