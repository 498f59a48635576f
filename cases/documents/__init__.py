"""The networks of the documents: what they are (networks.py), and the cases that ask about them."""

from typing import Any


def of_document(network: str, source: str) -> dict[str, Any]:
    """The fields of a case that say which network of the documents it asks about, and where that stands."""
    return {"group": network.lower(), "documents": (network,), "source": f"{network}: {source}"}
