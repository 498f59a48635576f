"""The questions of the documents: a file a network, the trainings, and what the documents ask in words (networks)."""

from typing import Any


def of_document(network: str, source: str) -> dict[str, Any]:
    """The fields of a case that say which network of the documents it asks about, and where that stands."""
    return {"group": network.lower(), "documents": (network,), "source": f"{network}: {source}"}
