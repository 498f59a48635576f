"""What is asked where somebody describes a network of their own: `nnparity.check(obj, "dense(128) relu dense(10)", x=(32, 784))`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.checking.own.cases import cases_of, chain_of, drawn, others_of
from nnparity.reports.checking.own.plan import Plan, from_data
from nnparity.reports.checking.own.words import EXAMPLE, parsed

OWN = "own"  # how the cases of a network without a name of its own are called


def is_described(network: Any, x: Any = None, like: Any = None) -> bool:
    """Whether a network is described, by words, data or a model, where otherwise one of ours is named."""
    if x is not None or like is not None:
        return True
    return network is not None and (not isinstance(network, str) or bool(re.search(r"[\s(]", network)) and "->" not in network)


def plan_for(network: Any, like: Any = None) -> Plan:
    """The network that is meant. Raises WrongRequest."""
    if like is not None:
        raise WrongRequest("like")
    if isinstance(network, Plan):
        return network
    if isinstance(network, str):
        return parsed(network)
    if isinstance(network, Iterable):
        return from_data(network)
    raise WrongRequest(f"{network!r} describes no network", f"An example: {EXAMPLE}")


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
        raise WrongRequest(f"x={x!r} is no shape: the lengths of x, its batch first, are expected: x=(32, 784); None leaves one open")
    return tuple(x)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A network of somebody's own, and the cases drawn for it."""

    plan: Plan
    cases: Sequence
    others: Sequence

    @property
    def network(self) -> str:
        return str(self.plan)


def asked_of(network: Any, x: Any, like: Any = None, *, case: str = "", float32: bool = False) -> Asked:
    """Raises WrongRequest."""
    plan = plan_for(network, like)
    if x is None:
        raise WrongRequest("which x does this network take?", "Say its shape, the batch first: x=(32, 784)",
                           "Say its shape, the batch first: --x 32,784")
    shape = shape_of(x)
    made = cases_of(plan, shape, OWN, float32=float32)
    chosen = [one for one in made if case in one.name]
    if not chosen:
        raise WrongRequest(f"no case matches {case!r}; there are {', '.join(one.name for one in made)}")
    return Asked(plan=plan, cases=chosen, others=others_of(plan, shape, OWN))


__all__ = ["Asked", "Mapping", "asked_of", "chain_of", "drawn", "is_described"]
