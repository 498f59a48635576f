"""Which cases are about what: a layer, a chain, an optimizer, a network of the documents."""

from collections.abc import Iterable

from nnparity import cases
from nnparity.cases.case import Case, Layer
from nnparity.cases.documents.networks import NETWORKS


def cases_of(id: str) -> tuple[Case, ...]:
    """Every case about this network of the documents, "N10". Raises KeyError for no network."""
    network = NETWORKS[id]
    return tuple(case for case in (*cases.all_cases(), *cases.large_cases()) if network.id in case.documents)


def trained_as(case: Case) -> str | None:
    """The name of a function about this training: its optimizer, or n08_training for a network of the documents; else None."""
    if not case.training:
        return None
    return case.training.optimizer if case.group == "optimizer" else f"{case.group}_training"


def network_of(case: Case) -> str:
    """gru, or dense -> dense -> softmax_cross_entropy."""
    return " -> ".join(layer.kind for layer in case.layers)


def documents_of(case: Case) -> tuple[str, ...]:
    """n18: the networks of the documents that a case is about, by their ids as one types them."""
    return tuple(id.lower() for id in case.documents)


def is_about(case: Case, network: str) -> bool:
    """Whether a case is about a layer or chain of that name ("gru", "dense -> squared_error"), about a network of the documents
    by its id ("n18"), or, where it asks for a training's path, about that optimizer or training ("adam", "n08_training")."""
    if case.training:
        return trained_as(case) == network
    return network_of(case) == network or network in documents_of(case)


def networks_of(cases: Iterable[Case]) -> list[str]:
    """Every name under which these cases can be asked for: layers and chains, trainings, networks of the documents."""
    trainings, cases = partitioned(cases)
    return list(dict.fromkeys([*map(network_of, cases), *filter(None, map(trained_as, trainings)),
                               *sorted(id for case in cases for id in documents_of(case))]))


def partitioned(cases: Iterable[Case]) -> tuple[list[Case], list[Case]]:
    """(trainings, the others)"""
    cases = list(cases)
    return [case for case in cases if case.training], [case for case in cases if not case.training]


def needs_missing(layer: Layer, config, case: Case) -> bool:
    """A convention with a second bias cannot be asked of a case that has none."""
    return config.get("recurrent_bias", "none") != "none" and "recurrent_bias" not in layer.own(case.params)
