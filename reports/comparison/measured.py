"""Which variant a framework computes, found by running it.

A probe is a case that asks for a framework's default construction (`GRU(4)`). Its answer is compared with what the
reference computes under every combination of the layer's conventions; the one that agrees is what the framework computes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from nnparity.cases.case import Case, Result
from nnparity.cases.conventions import CONFIGS
from nnparity.cases.selection import needs_missing
from nnparity.reports.comparison.compare import compare
from nnparity.reports.comparison.expectation import expectation


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One construction of one layer in one framework, matched against every variant of the reference."""

    framework: str  # "keras"
    version: str  # "keras 3.15.1"
    layer: str  # "gru"
    config: Mapping[str, Any]  # of the variant that it equals; empty where it equals none
    built: str  # what was run, as one would type it
    distances: Mapping[str, float] = field(default_factory=dict)  # variant's name -> error in units of what is allowed


def variant_name(config: Mapping[str, Any]) -> str:
    """reset=after, recurrent_bias=inside, update=keep"""
    return ", ".join(f"{option}={value}" for option, value in config.items())


def measure(probe_answers: Iterable[tuple[str, str, Case, Result]]) -> list[Measured]:
    """What each framework's default construction computes, from (framework, version, probe, answer) for every probe.

    A variant counts only if every probe of the layer agrees with it, outputs and gradients; its distance is the worst
    error over all of them, infinite where names or shapes differ.
    """
    groups: dict[tuple[str, str], list[tuple[str, Case, Result]]] = {}
    for framework, version, probe, answer in probe_answers:
        if probe.network[0].kind not in CONFIGS:
            continue  # no catalogue of variants to match it against
        groups.setdefault((framework, probe.network[0].kind), []).append((version, probe, answer))
    return [_measured(framework, layer, asked) for (framework, layer), asked in groups.items()]


def _measured(framework, layer, asked) -> Measured:
    configs = {variant_name(config): config for config in CONFIGS[layer]}
    distances = {name: max(distance(probe, answer, config) for _, probe, answer in asked)
                 for name, config in configs.items()}
    nearest = min(distances, key=distances.__getitem__)
    version, _, first = asked[0]
    return Measured(framework=framework, version=version, layer=layer, built=first.built, distances=distances,
                    config=configs[nearest] if distances[nearest] <= 1 else {})


def nearest(probe: Case, answer: Result) -> float:
    """The distance of the nearest variant; infinite where the layer has none."""
    return min((distance(probe, answer, config) for config in CONFIGS.get(probe.network[0].kind, ())), default=inf)


def distance(probe: Case, answer: Result, config: Mapping[str, Any]) -> float:
    """The largest error of the answer against one variant, in units of what is allowed."""
    if needs_missing(probe.network[0], config, probe):
        return inf
    try:
        expected = expectation(probe.configured(**config))
    except Exception:  # a reference that is wrong may raise anything: this variant is then none that could be equal
        return inf
    agreements = compare(answer, *expected)
    return max(inf if a.problem else a.error for a in agreements)
