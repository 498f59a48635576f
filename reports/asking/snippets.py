"""The atlas's snippets, asked as everything else is: one that ends its process or takes too long costs itself alone."""

from collections.abc import Mapping

from nnparity.oracles.atlas.columns import Column
from nnparity.oracles.atlas.snippet import Outcome, Snippets
from nnparity.reports.asking.isolate import Answer, Asker
from nnparity.reports.comparison.foreign import plain

LIMIT = 120.0  # seconds for one snippet, the import of its framework included
LONGEST = 300  # characters of an error that are kept


def run(column: Column, snippets: Mapping[str, str]) -> dict[str, Outcome]:
    """The outcome of every snippet, by its id."""
    with Asker(Snippets(column), LIMIT, read=as_outcome) as asker:
        return {name: outcome(asker.ask(code)) for name, code in snippets.items()}


def as_outcome(data) -> Outcome:
    """What a worker sends about a snippet. Raises TypeError where it is no outcome."""
    found = Outcome(**data)
    return Outcome(value=found.value, raised=one_line(found.raised), broken=one_line(found.broken))


def outcome(answer: Answer) -> Outcome:
    """The outcome, or why there is none: with the end of what was printed, which may say more."""
    if answer.result is not None:
        return answer.result
    return Outcome(broken=f"{answer.failure}: {answer.message}: {one_line(answer.printed[-LONGEST:])}")


def one_line(text: str) -> str:
    return " ".join(plain(text).split())[:LONGEST]
