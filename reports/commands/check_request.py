"""`nnparity check`: which cases a user's file is asked."""

import ast
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from nnparity.cases.case import Case
from nnparity.cases.conventions import CONFIGS
from nnparity.cases.selection import is_about, networks_of
from nnparity.reference_impl.optimizers import OPTIMIZERS
from nnparity.reports.asking.implementations import UserFile
from nnparity.reports.asking.training_contract import resolved_options
from nnparity.reports.comparison.names import some
from nnparity.reports.diagnosis.variants import choices, of_layer


class WrongUsage(Exception):
    """The request makes no sense: exit code 2."""


def read_file(path: Path) -> set[str]:
    """The names that a Python file defines or imports; "*" among them if that cannot be told. Runs nothing."""
    if not path.exists():
        raise WrongUsage(f"{path}: no such file")
    if path.suffix != ".py" or path.is_dir():
        raise WrongUsage(f"{path} is not a Python file: a file that ends in .py is expected")
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(path.read_bytes(), filename=str(path))
    except OSError as error:
        raise WrongUsage(f"{path} cannot be read: {error.strerror}") from error
    except SyntaxError as error:
        source = f": {error.text.strip()}" if error.text else ""
        raise WrongUsage(f"{path.name}:{error.lineno or '?'}: not Python: {error.msg}{source}") from None
    except ValueError as error:
        raise WrongUsage(f"{path.name}: not Python: {error}") from None
    names = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.alias(name=name, asname=asname):
                names.add(asname or name)
    return names


def options_of(case: Case) -> Mapping[str, object]:
    """The options by which cases of one name differ: the first layer's, or the optimizer's."""
    return resolved_options(case) if case.training else case.layers[0].config


def choose_network(names: set[str], networks: Iterable[str], function: str | None, network: str | None) -> tuple[str, str]:
    """(network, function): the network that a file is asked about, and its function for that. Raises WrongUsage."""
    networks = list(dict.fromkeys(networks))
    listing = "`nnparity list` shows all of them"
    if network is None:
        network = function if function in networks else networks[0] if function and len(networks) == 1 else None
    if network is None and function:
        named = [n for n in networks if n in function.split("_")]  # my_gru, gru_layer
        network = named[0] if len(named) == 1 else None
    if network is None and function:
        raise WrongUsage(f"which network does {function!r} compute? Say --layer NAME. There are {some(networks, function)}; "
                         + listing)
    if network is None:
        found = [n for n in networks if n in names]
        if len(found) != 1:
            what = f"defines several ({', '.join(found)}); choose one with --layer" if found else (
                "has no function named after a layer; name one with --function")
            raise WrongUsage(f"the file {what}. Layers are named dense, gru, conv2d, ...; {listing}")
        network = found[0]
    if network not in networks:
        raise WrongUsage(f"no case is about {network!r}; there are cases about {some(networks, network)}; {listing}")
    function = function or network
    if function not in names and "*" not in names:
        raise WrongUsage(f"no such function: {function!r}. The file defines: {some(sorted(names), function) or 'nothing'}. "
                         "Name yours with --function")
    return network, function


def choose_config(network: str, conventions: Iterable[str]) -> Mapping[str, object]:
    """`["reset=before"]` -> the first config of the layer that has it. Empty for a network without conventions."""
    wanted: dict[str, object] = {}
    for text in conventions:
        option, _, value = text.partition("=")
        known = {c.option: {str(v.value).replace(" ", ""): v.value for v in choices(c)} for c in of_layer(network)}
        if option not in known:
            offered = ", ".join(f"{o}={'|'.join(v)}" for o, v in known.items()) or "none"
            raise WrongUsage(f"{text!r}: {network} has no convention {option!r}; choose from: {offered}")
        if value not in known[option]:
            raise WrongUsage(f"{text!r}: {option} is one of {', '.join(known[option])}")
        wanted[option] = known[option][value]
    if network in OPTIMIZERS:
        return wanted
    matching = [config for config in CONFIGS.get(network, (wanted,)) if wanted.items() <= config.items()]
    if not matching:
        raise WrongUsage(f"no {network} combines {' and '.join(f'{o}={v}' for o, v in wanted.items())}")
    return matching[0]


def choose_cases(cases: Iterable[Case], network: str, config: Mapping[str, object], substring: str = "",
                 float32: bool = False) -> list[Case]:
    """The cases about this network under this config, in float64 and, if wanted, float32. Raises WrongUsage if none."""
    chosen = [case for case in cases if is_about(case, network) and config.items() <= options_of(case).items()]
    named = [case for case in chosen if substring in case.name and (float32 or case.dtype == "float64")
             and not (case.training and case.training.products)]  # one machine's way to round is nobody's formula
    if not named:
        about = " ".join(filter(None, (network, _words(config))))
        raise WrongUsage(f"no case about {about} matches {substring!r}; there are {some((c.name for c in chosen), substring)}; "
                         f"`nnparity list --layer {network}` shows all of them" if chosen else f"there is no case about {about}")
    return named


def prepare(path: Path, cases: Sequence[Case], *, function=None, layer=None, conventions=(), substring="",
            float32=False) -> tuple[UserFile, list[Case], Mapping[str, object]]:
    """The user's function, the cases it is asked, and the conventions they have. Raises WrongUsage."""
    names = read_file(path)
    about = networks_of(case for case in cases if substring in case.name) or networks_of(cases)
    network, function = choose_network(names, about, function, layer)
    config = choose_config(network, conventions)
    return UserFile(os.fspath(path), function), choose_cases(cases, network, config, substring, float32), config


def similar(cases: Iterable[Case], chosen: Sequence[Case], config: Mapping[str, object]) -> list[Case]:
    """The float64 cases about the same chain under the same conventions: those that could have been asked."""
    first = chosen[0]
    return [case for case in cases if case.layers == first.layers and case.dtype == "float64"
            and bool(case.training) == bool(first.training) and config.items() <= options_of(case).items()]


def _words(config: Mapping[str, object]) -> str:
    return "with " + ", ".join(f"{o}={v}" for o, v in config.items()) if config else ""
