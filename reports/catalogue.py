"""The catalogue of mistakes as a person reads it: every entry, by area, by id or by the number of a document's list."""

from difflib import get_close_matches

from nnparity.cases.documents.networks import NETWORKS
from nnparity.reference_impl.mistakes import CATALOGUE
from nnparity.reference_impl.mistakes.mistake import AREAS, Entry, Mistake


class NoSuchEntry(ValueError):
    """A name that no entry has; the message says which are close."""


def by_area() -> dict[str, list[Entry]]:
    """Area -> its entries, in the order of AREAS."""
    found = {area: [entry for entry in CATALOGUE.values() if entry.area == area] for area in AREAS}
    return {area: entries for area, entries in found.items() if entries}


def numbers(entry: Entry) -> list[str]:
    """The numbers of the documents' list that an entry stands for: "K07, K40" -> ["K07", "K40"]."""
    return [part.strip() for part in entry.source.split(",") if part.strip().startswith("K") and part.strip()[1:].isdigit()]


def by_number() -> dict[str, str]:
    """K31 -> the id of its first entry."""
    found: dict[str, str] = {}
    for entry in CATALOGUE.values():
        for number in numbers(entry):
            found.setdefault(number, entry.id)
    return found


def find(name: str) -> list[Entry]:
    """The entries called so: an id ("softmax-diagonal"), a number ("K31", "k31"), or every entry whose id begins so ("gru").

    Raises NoSuchEntry.
    """
    wanted = name.strip()
    if wanted in CATALOGUE:
        return [CATALOGUE[wanted]]
    number = wanted.upper()
    if number[:1] == "K" and number[1:].isdigit():
        number = f"K{int(number[1:]):02}"
    found = [entry for entry in CATALOGUE.values() if number in numbers(entry)] or [
        entry for entry in CATALOGUE.values() if entry.id.startswith(f"{wanted.lower()}-") or entry.area == wanted.lower()]
    if not found:
        close = get_close_matches(wanted, [*CATALOGUE, *AREAS], n=4, cutoff=0.5) or [
            id for id in CATALOGUE if wanted.lower() in id or wanted.lower() in CATALOGUE[id].title.lower()][:6]
        raise NoSuchEntry(f"no mistake is called {name!r}" + (f"; do you mean {', '.join(close)}?" if close else "")
                          + "; `nnparity explain` lists all")
    return found


def origin(entry: Entry) -> str:
    """Where a mistake comes from, for a person: the documents' number, a public thread, or common practice. A number of the list
    that is in no document (K22) is common practice."""
    if given := numbers(entry):
        credited = {k for network in NETWORKS.values() for k in network.mistakes}
        return f"{entry.source} of the documents" if {*given} & credited else f"{entry.source}, seen in practice"
    return entry.source or "seen in practice"


def kind(entry: Entry) -> str:
    """What sort of entry it is, in a word or two."""
    if isinstance(entry, Mistake):
        return {"forward": "wrong outputs", "backward": "wrong gradients", "training": "wrong training step"}[entry.part]
    return "right gradients, and trouble"
