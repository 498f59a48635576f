"""A network as data: a list of layers, {"kind": "dense", "units": 128, "activation": "relu"}."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nnparity.reports.checking.own.plan import Plan, Planned, Unknown, plan_of, planned
from nnparity.reports.checking.own.words import layers_in


def from_data(data: Iterable[Any]) -> Plan:
    """A list of layers: cases.case.Layer-like dicts {"kind": "dense", "units": 128, "activation": "relu"}, or words."""
    return plan_of(list(each(data)))


def each(data: Iterable[Any]) -> Iterator[Planned]:
    for i, one in enumerate(data):
        if isinstance(one, str):
            yield from layers_in(one)
        elif isinstance(one, Mapping):
            about = {k: v for k, v in one.items() if k not in ("kind", "layer", "type", "name", "config")}
            name = next((str(one[k]) for k in ("kind", "layer", "type") if k in one), "")
            if not name:
                raise Unknown(f"layer {i} says no kind: {dict(one)}", 'It is a dict like {"kind": "dense", "units": 10}')
            yield planned(name, (), {**about, **one.get("config", {})})
        else:
            raise Unknown(f"layer {i} is {one!r}; a dict like {{'kind': 'dense', 'units': 10}} or words are expected")
