"""What is asked: which network, by which of its names, under which options, and with which cases.

The command line and `nnparity.check` choose here, and whoever asks for something that makes no sense is told so by WrongRequest.
"""

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nnparity import cases as questions
from nnparity.cases.case import Case
from nnparity.cases.conventions import CONFIGS
from nnparity.cases.kinds import KINDS
from nnparity.cases.selection import is_about, networks_of
from nnparity.reference_impl.activations import ACTIVATIONS
from nnparity.reference_impl.activations import OPTIONS as ACTIVATION_OPTIONS
from nnparity.reference_impl.defaults import defaults
from nnparity.reference_impl.optimizers import OPTIMIZERS
from nnparity.reports.checking import drawn
from nnparity.reports.checking.chosen import beyond_plain, choose_cases, options_of, similar, takes_options
from nnparity.reports.checking.contracts import network_options
from nnparity.reports.checking.handed_in.function import Function
from nnparity.reports.checking.handed_in.handed import Handed
from nnparity.reports.checking.handed_in.here import InProcess
from nnparity.reports.checking.handed_in.named import UserCode
from nnparity.reports.checking.handed_in.recognise import recognised
from nnparity.reports.checking.names import LISTED, WrongRequest, activation_named, did_you_mean, few, meant, understood
from nnparity.reports.checking.source import Source, imports_a_framework, located
from nnparity.reports.comparison.names import some
from nnparity.reports.diagnosis.variants import choices, config_of, of_layer
from nnparity.reports.vectors.command import Command

BIAS = {"false": "none", "no": "none", "true": "vector", "yes": "vector"}
FRAMEWORK_LIMIT = 120.0  # seconds to import what imports a framework


@dataclass(frozen=True, kw_only=True)
class Request:
    """An implementation, and what it is asked."""

    implementation: Any  # as reports/asking has it: a name, `load` and `explain`
    function: str
    network: str
    cases: Sequence[Case]
    config: Mapping[str, Any] = field(default_factory=dict)  # the options that were asked for
    others: Sequence[Case] = ()  # those that could have been asked: one of them may tell two causes apart
    notes: Sequence[str] = ()  # what a person should know about the questions, a sentence each
    any_size: bool = True  # whether it can be asked at other sizes than these

    @property
    def name(self) -> str:
        return self.implementation.name


def request(obj: Any, layer: str | None = None, *, case: str = "", float32: bool = False, function: str | None = None,
            conventions: Mapping[str, Any] | Iterable[str] = ()) -> Request:
    """What `check` asks. `function` names it where a string does not. Raises WrongRequest, of objects WrongObject."""
    every = questions.all_cases()
    about = networks_of(c for c in every if case in c.name) or networks_of(every)
    if isinstance(obj, str) or hasattr(obj, "__fspath__"):
        source, named = located(str(obj))
        network, function = choose_network(source.names, about, named or function, layer, source=source)
        config = choose_config(network, conventions, called_after(network, layer or "", function))
        limit = {"import_limit": FRAMEWORK_LIMIT} if imports_a_framework(source) else {}
        implementation = UserCode(path=str(source.path), function=function, module=source.module, root=source.root,
                                  network=network,
                                  claimed=dict(config), **limit)
        plain = choose_cases(every, network, config, case, float32)
        if isinstance(source.defined.get(function), ast.ClassDef):
            plain += with_one_bias(every, network, conventions, case, float32)
        reads = not list(conventions) and takes_options(source.defined.get(function), network)
        more = beyond_plain(every, network, plain, case, float32) if reads else []
        return _request(implementation, function, network, config, [*plain, *more])
    if isinstance(obj, Command):
        return _request(*asked_command(obj, about, layer, every, conventions, case, float32))
    handed = recognised(obj)
    wanted = dict(conventions.items() if isinstance(conventions, Mapping) else as_pairs(conventions))
    network = network_for(handed, about, layer)
    implied = {**handed.implied(network, wanted), **called_after(network, layer or "", *handed.called)}
    config = choose_config(network, conventions, implied)
    handed = handed.asked_as(network, config)
    any_size = (chosen := handed.own_cases(case, float32)) is None
    if chosen is None:
        more = handed.more_cases(case, float32)
        chosen = [handed.fitted(c) for c in choose_cases(every, network, config, case, float32, more)]
        if not wanted and isinstance(handed, Function) and takes_options(obj, network):
            chosen += beyond_plain(every, network, chosen, case, float32)
    return replace(_request(InProcess(handed), handed.name, network, config, chosen), any_size=any_size)


def with_one_bias(every, network: str, conventions, case: str, float32: bool) -> list[Case]:
    """The cases of a recurrent class without a second bias: what a class in a file holds is seen when it is built there, and
    those of the other kind are not asked."""
    wanted = conventions.items() if isinstance(conventions, Mapping) else as_pairs(conventions)
    said = {option: value for option, value in wanted}
    if network not in CONFIGS or "recurrent_bias" in said:
        return []
    return [c for c in choose_cases(every, network, choose_config(network, {**said, "recurrent_bias": "none"}), "", float32)
            if case in c.name]


def asked_command(command: Command, networks: Sequence[str], layer: str | None, every, conventions, case: str, float32: bool):
    """A program says by no name what it computes."""
    if layer is None:
        raise WrongRequest(f"which layer does {command.name!r} compute?",
                           f'Say so: nnparity.check(nnparity.Command({command.line!r}), "lstm")',
                           f"Say --layer NAME (gru, dense, conv2d, ...; {LISTED} shows them all)")
    network = understood(layer, networks)
    config = choose_config(network, conventions)
    return command, command.name, network, config, choose_cases(every, network, config, case, float32)


def _request(implementation, function, network, config, chosen) -> Request:
    others = [c for c in similar(questions.all_cases(), chosen, config) if c not in chosen]
    return Request(implementation=implementation, function=function, network=network, cases=chosen, config=config, others=others,
                   notes=other_contracts(network, config))


def other_contracts(network: str, config: Mapping[str, Any]) -> tuple[str, ...]:
    """What the contract that was chosen leaves out, for a network that has several."""
    if network in KINDS or network in OPTIMIZERS:
        return ()
    known = known_options(network)
    left = [f"{option}={value}" for option in config for value in known.get(option, {}) if value != typed(config[option])]
    return (f"Not asked: {', '.join(left)}.",) if left else ()


# ---------------------------------------------------------------------------------------------------- which network


def network_for(handed: Handed, networks: Sequence[str], layer: str | None) -> str:
    """The network that an object is asked about: the one that is named, or the one that it is called after."""
    if layer is not None:
        return understood(layer, networks)
    for name in handed.called:
        if found := meant(name, networks):
            return found[0]
    raise WrongRequest(f"which layer does {handed.name} compute? Its name says none",
                       f'Say so: nnparity.check({handed.name}, "gru"). '
                       f"Layers are named dense, gru, conv2d, ...; {LISTED} shows them all")


def called_after(network: str, *names: str) -> Mapping[str, Any]:
    """{"function": "tanh"} of an activation that is called Tanh: all activations are one layer. Nothing of another layer."""
    functions = filter(None, map(activation_named, names)) if network == "activation" else ()
    return next(({"function": name} for name in functions), {})


def choose_network(names: Iterable[str], networks: Iterable[str], function: str | None, network: str | None,
                   source: Source | None = None) -> tuple[str, str]:
    """(network, function): the network that a file is asked about, and its function for that. Raises WrongRequest."""
    names, networks = set(names), list(dict.fromkeys(networks))
    file = source.name if source else "FILE"
    asked = None if network is None else understood(network, networks)
    if function is not None:
        if function not in names and "*" not in names:
            near = did_you_mean(n for n in names if n.lower() == function.lower())
            defined = some(sorted(names), function) or "nothing"
            raise WrongRequest(f"no such function: {function!r}{near or '. The file defines: ' + defined}",
                               shell="Name yours with --function")
        if asked is None and (found := meant(function, networks)):
            asked = found[0]
        if asked is None and len(networks) == 1:
            asked = networks[0]
        if asked is None:
            raise WrongRequest(f"which layer does {function!r} compute", f'Say so: check("{file}:{function}", "gru")',
                               f"Say --layer NAME (gru, dense, conv2d, ...; {LISTED} shows them all)")
        return asked, function
    fitting = candidates(names, source, networks, asked)
    distinct = {n: name for name, n in fitting.items()}
    if asked is None and len(distinct) > 1:
        raise WrongRequest(f"the file defines several ({few(fitting)})", f'Choose one: check("{file}:{next(iter(fitting))}")',
                           "Choose one with --layer or --function")
    if not fitting:
        raise WrongRequest(*none_fits(source, names, file, asked))
    if len(fitting) > 1:
        raise WrongRequest(f"{few(fitting)}: each could be the {asked or next(iter(distinct))}",
                           f'Choose one: check("{file}:{next(iter(fitting))}")', "Choose one with --function")
    (function, network), = fitting.items()
    return network, function


def candidates(names: set[str], source: Source | None, networks: list[str], asked: str | None) -> dict[str, str]:
    """{name: network} of those that are called after a layer (after the one that is asked for); those called most plainly so. A
    sigmoid beside an LSTM is its helper: an activation is meant where nothing else is."""
    exact = {name: name for name in sorted(names) if name in networks and (asked is None or name == asked)}
    if exact:
        return exact
    all_meant = {name: is_meant for name in (source.defined if source else ()) if (is_meant := meant(name, networks))
                  and (asked is None or is_meant[0] == asked)}
    beside = {name: is_meant for name, is_meant in all_meant.items() if is_meant[0] != "activation"} or all_meant
    surest = min((surely for _, surely in beside.values()), default=0)
    return {name: network for name, (network, surely) in beside.items() if surely == surest}


def none_fits(source: Source | None, names: set[str], file: str, asked: str | None) -> tuple[str, str, str]:
    """What the file defines, and how to go on."""
    defined = list(source.defined) if source and source.defined else sorted(names)
    after = f"the layer {asked}" if asked else "a layer"
    what = f"the file has no function named after {after}; it defines {few(defined) or 'nothing'}"
    first, layer = defined[0] if defined else "NAME", asked or "gru"
    return (what, f'Say which it is and what it computes: check("{file}:{first}", "{layer}")',
            f"Say which it is and what it computes: --function {first} --layer {layer} ({LISTED} shows the layers)")


# ---------------------------------------------------------------------------------------------------- which options


def choose_config(network: str, wanted: Mapping[str, Any] | Iterable[str], implied: Mapping[str, Any] = {}) -> Mapping[str, Any]:  # noqa: B006
    """`["reset=before"]` or {"reset": "before"} -> the first config of the layer that has it. Empty for a network without
    conventions. `implied` is what an object shows of itself: it gives way to what is wanted."""
    pairs = list(wanted.items()) if isinstance(wanted, Mapping) else as_pairs(wanted)
    known = known_options(network)
    asked: dict[str, Any] = {}
    for option, value in pairs:
        asked |= meant_by(network, option, option_value(network, option, value, known))
    if network in OPTIMIZERS or network not in CONFIGS:
        return {**{o: v for o, v in implied.items() if o in known}, **asked}
    for more in (implied, {}):
        matching = [config for config in CONFIGS[network] if {**more, **asked}.items() <= config.items()]
        if matching:
            return matching[0]
    for more in (implied, {}):  # a rarer combination: cases of it are drawn
        config = {**CONFIGS[network][0], **more, **asked}
        if drawn.computed(network, config):
            return config
    raise WrongRequest(f"no {network} combines {' and '.join(f'{o}={v}' for o, v in asked.items())}")


def meant_by(network: str, option: str, value: Any) -> Mapping[str, Any]:
    """The reference's options that a convention's variant stands for; else the option itself."""
    return next((config_of(c, v) for c in of_layer(network) if c.option == option for v in choices(c) if v.value == value),
                {option: value})


def as_pairs(texts: Iterable[str]) -> list[tuple[str, Any]]:
    """["reset=before"] -> [("reset", "before")]"""
    return [(option, value) for option, _, value in (text.partition("=") for text in texts)]


def known_options(network: str) -> dict[str, dict[str, Any]]:
    """option -> {its values as one types them: the values}; no values where any will do."""
    if network == "activation":
        functions = {name: name for name in ACTIVATIONS}
        return {"function": functions, **{option: {} for own in ACTIVATION_OPTIONS.values() for option in own}}
    if network not in KINDS and network not in OPTIMIZERS:  # a chain, or a network of the documents
        own = network_options(c for c in questions.all_cases() if is_about(c, network))
        return {option: {typed(value): value for value in values} for option, values in own.items()}
    known = {c.option: {typed(v.value): v.value for v in choices(c)} for c in of_layer(network)}
    return {**{option: {} for option in defaults(network)}, **known}


def typed(value: Any) -> str:
    return str(value).replace(" ", "")


def option_value(network: str, option: str, value: Any, known: Mapping[str, Mapping[str, Any]]) -> Any:
    """The value of an option that a person asks for. Raises WrongRequest."""
    text = f"{option}={typed(value)}"
    if option == "bias" and typed(value).lower() in BIAS and "none" in known.get(option, {}):
        value = BIAS[typed(value).lower()]
    if option not in known:
        offered = few((f"{o}={'|'.join(v)}" if v else o for o, v in known.items()), 8) or "none"
        raise WrongRequest(f"{text!r}: {network} has no convention {option!r}; choose from: {offered}")
    values = {**{v.lower(): v for v in known[option]}, **{v: v for v in known[option]}}
    key = values.get(typed(value), values.get(typed(value).lower()))
    if key is not None:
        return known[option][key]
    there = {typed(options_of(c)[option]): options_of(c)[option] for c in questions.all_cases()
             if is_about(c, network) and option in options_of(c)}
    if typed(value) in there:
        return there[typed(value)]
    raise WrongRequest(f"{text!r}: {option} is one of {', '.join(dict.fromkeys([*known[option], *there]))}")
