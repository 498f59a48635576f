"""What is asked where somebody describes a network: `nnparity.check(obj, "dense(128) relu dense(10)", x=(32, 784))`."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from nnparity.cases.case import Case
from nnparity.reports.checking.handed_in.here import InProcess
from nnparity.reports.checking.handed_in.recognise import TRAINS, framework_of
from nnparity.reports.checking.names import LIKE, WrongRequest, did_you_mean, few
from nnparity.reports.checking.own.cases import cases_of, others_of
from nnparity.reports.checking.own.data import from_data
from nnparity.reports.checking.own.fitted import form_asked
from nnparity.reports.checking.own.handed import OwnCode, handed_in
from nnparity.reports.checking.own.like import read
from nnparity.reports.checking.own.plan import LOSSES, Plan, Planned, plan_of
from nnparity.reports.checking.own.student import OwnStudent
from nnparity.reports.checking.own.witness import witnessed
from nnparity.reports.checking.own.words import EXAMPLE, layers_in, parsed
from nnparity.reports.checking.request import FRAMEWORK_LIMIT, Request
from nnparity.reports.checking.source import imports_a_framework, located
from nnparity.reports.vectors.command import Command

OWN = "own"  # how the cases of a network without a name of its own are called


def is_described(network: Any, x: Any = None, like: Any = None) -> bool:
    """Whether a network is described, by words, data or a model, where otherwise one of ours is named."""
    if x is not None or like is not None:
        return True
    return network is not None and (not isinstance(network, str) or bool(re.search(r"[\s(]", network)) and "->" not in network)


def plan_for(network: Any) -> Plan:
    """The network that words or data describe. Raises WrongRequest."""
    if isinstance(network, Plan):
        return network
    if isinstance(network, str):
        return parsed(network)
    if isinstance(network, Iterable):
        return from_data(network)
    raise WrongRequest(f"{network!r} describes no network", f"An example: {EXAMPLE}")


def loss_of(network: Any) -> Plan | None:
    """The loss of a network whose layers a model says: "mse", "softmax_cross_entropy l2(0.001)". Raises WrongRequest."""
    if network is None or not isinstance(network, str):
        return plan_for(network) if network is not None else None
    words = layers_in(network)
    if strange := [word for word in words if word.kind not in (*LOSSES, "l2")]:
        raise WrongRequest(f"{strange[0]} is no loss: the layers are those of the model that the network is like")
    return plan_of([Planned(kind="flatten"), *words])


def shape_of(x: Any) -> tuple[int | None, ...]:
    """(32, 784) of "32,784", of (32, 784), and of an array of that shape; None stands for a length that is left open."""
    if isinstance(x, str):
        parts = [part for part in re.split(r"[\s,x]+", x.strip(" ()")) if part]
        x = [None if part in ("None", "?", "-1", "any") else int(part) if part.isdigit() else part for part in parts]
    elif hasattr(x, "shape"):
        x = tuple(x.shape)
    elif isinstance(x, int):
        x = (None, x)
    if not isinstance(x, Sequence) or len(x) < 2 or not all(n is None or isinstance(n, int) and n > 0 for n in x):
        raise WrongRequest(f"x={x!r} is no shape: the lengths of x, its batch first, are expected",
                           "An example: x=(32, 784); None leaves a length open")
    return tuple(x)


def asked_cases(plan: Plan, x: Any, *, case: str = "", float32: bool = False) -> tuple[list[Case], list[Case]]:
    """(the cases that are asked, those that could tell two causes apart). Raises WrongRequest."""
    if x is None:
        raise WrongRequest("which x does this network take?", "Say its shape, the batch first: x=(32, 784)",
                           "Say its shape, the batch first: --x 32,784")
    shape = shape_of(x)
    made = cases_of(plan, shape, OWN, float32=float32)
    if not (chosen := [one for one in made if case in one.name]):
        raise WrongRequest(f"no case matches {case!r}; there are {', '.join(one.name for one in made)}")
    return chosen, others_of(plan, shape, OWN)


def own_request(obj: Any, network: Any = None, *, x: Any = None, like: Any = None, case: str = "", float32: bool = False,
                function: str | None = None, timeout: float = 10.0, oracles: Sequence[str] = ()) -> Request:
    """What `check` asks of a network that is described. Raises WrongRequest."""
    plan, said = (plan_for(network), None) if like is None else read(like, loss_of(network))
    x = said if x is None else x
    chosen, others = asked_cases(plan, x, case=case, float32=float32)
    implementation: Any
    if isinstance(obj, Command):
        implementation, name = obj, obj.name
    elif isinstance(obj, str) or hasattr(obj, "__fspath__"):
        implementation, name = named(str(obj), function, plan)
    else:
        handed = handed_in(obj, plan)
        if isinstance(handed, OwnStudent):
            handed.clear(chosen[-1])
        implementation, name = InProcess(handed), handed.name
    form = form_asked(implementation, chosen, timeout)
    own = not isinstance(obj, Command | str) and not framework_of(obj if isinstance(obj, type) else type(obj))
    trains = next((n for n in TRAINS if own and callable(getattr(obj, n, None))), "")
    told = f"Its {trains} is not asked: batches that it draws are its own. Asked are the gradients of one batch."
    points = [replace(form, update=None).of(one) for one in chosen]  # of a training the gradients where it begins
    chosen, others = form.all_of(chosen) or [form.of(one) for one in chosen], form.all_of(others)
    trains = "" if any(one.training for one in chosen) else trains
    return Request(implementation=implementation, function=name, network=str(plan), cases=chosen, others=others, any_size=False,
                   notes=(*([told] if trains else []), *form.words, *witnessed(points, oracles, timeout)))


def named(target: str, function: str | None, plan: Plan) -> tuple[Any, str]:
    """(what a string names, the name in its file): the one that is named, else the only one that the file defines."""
    source, said = located(target)
    name = said or function
    if name is None:
        if len(source.defined) != 1:
            raise WrongRequest(f"{source.name} defines {few(source.defined) or 'nothing'}", f'Say which: "{target}:NAME"',
                               f"Say which: {target}:NAME")
        name = next(iter(source.defined))
    elif name not in source.names and "*" not in source.names:
        raise WrongRequest(f"no such function: {name!r}{did_you_mean(get_close_matches(name, source.names, 2, LIKE))}; "
                           f"{source.name} defines {few(source.defined) or 'nothing'}")
    limit: dict[str, Any] = {"import_limit": FRAMEWORK_LIMIT} if imports_a_framework(source) else {}
    return OwnCode(path=str(source.path), function=name, module=source.module, root=source.root, plan=plan, **limit), name
