"""The cases of a network of the documents may be of several contracts (class numbers or one-hot, logits or probabilities, with
biases or without), and somebody's code is of one: which is seen from what it answers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nnparity.cases.case import Case
from nnparity.cases.documents.networks import NETWORKS
from nnparity.reports.asking.options import options_of_layer
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.verdict import NO_ANSWER

# how well a contract is kept, the best first; "mistake" has a name, so it is the right contract with something wrong in it
KEPT = ("agrees", "mistake", "precision", "convention", "cannot judge", "unexplained", "malformed", "errored", "timed out")
PREDICTION = {"softmax_cross_entropy": "logits", "categorical_cross_entropy": "probabilities"}
PLAIN = {"labels": "one_hot", "prediction": "probabilities", "bias": "vector", "activation": "relu", "reduction": "mean",
         "clip": "none"}
Contract = tuple[tuple[str, str, tuple], ...]


def of_one_contract(network: str, cases: Sequence[Case], rows: Sequence[Row]) -> list[Row]:
    """The rows, those of contracts that the code does not keep as "unsupported": every one of another is worse than all of those
    that it keeps best, and what is wrong with those is not what is wrong with these."""
    contracts = {case.name: contract(case) for case in cases}
    groups: dict[Contract, list[Row]] = {}
    for row in rows:
        groups.setdefault(contracts[row.case], []).append(row)
    if network.upper() not in NETWORKS or len(groups) < 2:
        return list(rows)
    best = min(groups, key=lambda one: (max(map(rank, groups[one])), beside_plain(one)))
    worst = max(map(rank, groups[best]))
    known = {key for row in groups[best] for key in causes(row)}
    least = worst if worst <= KEPT.index("mistake") else max(worst, KEPT.index("malformed"))  # else it keeps none of them well
    shown = {contract(case): traits(case) for case in cases}
    left = {one: said(one, best, shown) for one, own in groups.items() if one != best
            and all(rank(row) > least and not (causes(row) & known) for row in own)}
    return [replace(row, verdict="unsupported", agreements=(), diagnosis=(), troubles=(), message=left[contracts[row.case]])
            if contracts[row.case] in left else row for row in rows]


def that_always_takes(cases: Sequence[Case], rows: Sequence[Row]) -> list[Row]:
    """The rows, those of cases without an array that the code looks up in every case (a bias, h0) as "unsupported": being without
    it is an option like the others. Where no case got an answer, nothing is excused."""
    given = {case.name: {*case.params, *case.inputs} for case in cases}
    every = set().union(*given.values())
    missed = {row.case: found[1] for row in rows if row.verdict == "errored"
              and (found := re.search(r"KeyError: '([^']+)'", row.message)) and found[1] in every - given[row.case]}
    if all(row.verdict in NO_ANSWER or row.case in missed for row in rows):
        return list(rows)
    why = {case: f"it always takes {name}, which this case has not" for case, name in missed.items()}
    return [replace(row, verdict="unsupported", troubles=(), message=why[row.case]) if row.case in why else row for row in rows]


def contract(case: Case) -> Contract:
    """What code without options has to be written for: every layer's options."""
    return tuple((layer.kind, layer.name, tuple(sorted((k, str(v)) for k, v in options_of_layer(layer).items())))
                 for layer in case.layers)


def beside_plain(one: Contract) -> int:
    """How many options of a contract are not the plain ones: of contracts that are kept alike, the plain one is asked."""
    return sum(PLAIN.get(option, value) != value for _, _, options in one for option, value in options)


def rank(row: Row) -> int:
    return KEPT.index(row.verdict) if row.verdict in KEPT else len(KEPT)


def causes(row: Row) -> set:
    return {one.key for one in row.diagnosis if one.complete}


def traits(case: Case) -> Mapping[str, Any]:
    """The options by which networks of one name differ, {"labels": "sparse", "prediction": "logits", "bias": "none"}: those that
    all of a case's layers that have them have alike. Nothing of one layer alone, whose options are its own."""
    if len(case.layers) < 2 or case.training:
        return {}
    values: dict[str, set] = {}
    for layer in case.layers:
        options = options_of_layer(layer)
        if layer.kind == "dense" and f"{layer.name or layer.kind}/bias" not in case.params and options["bias"] == "vector":
            options["bias"] = "none"
        for name, value in options.items():
            values.setdefault(name, set()).add(value)
    found = {name: value for name, same in values.items() if len(same) == 1 for value in same}
    if case.loss is not None and case.loss.kind in PREDICTION:
        found["prediction"] = PREDICTION[case.loss.kind]
    return found


def network_options(cases: Iterable[Case]) -> dict[str, list[Any]]:
    """{option: its values} of the cases of one name: those in which they differ, the plain value first."""
    every = [traits(case) for case in cases]
    names = [name for name in dict.fromkeys(name for one in every for name in one) if all(name in one for one in every)]
    values = {name: list(dict.fromkeys(one[name] for one in every)) for name in names}
    return {name: sorted(own, key=lambda value: value != PLAIN.get(name)) for name, own in values.items() if len(own) > 1}


def said(one: Contract, best: Contract, shown: Mapping[Contract, Mapping[str, Any]]) -> str:
    """In what a contract differs from the one that is kept: in the options that ask for it, where there are such."""
    if options := [f"{name}={value}" for name, value in shown[one].items() if shown[best].get(name, value) != value]:
        return f"another contract than yours, {', '.join(options[:3])}"
    ours, theirs = flat(best), flat(one)
    apart = [f"{name}={value}" for name, value in theirs.items() if ours.get(name) != value]
    without = f"without {', '.join(sorted(ours.keys() - theirs.keys())[:3])}"
    return f"another contract than yours, {', '.join(apart[:3]) or without}"


def flat(one: Contract) -> Mapping[str, Any]:
    return {f"{name or kind}.{option}": value for kind, name, options in one for option, value in (("kind", kind), *options)}
