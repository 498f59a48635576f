"""What a search finds: every page with the words that lead to it, as a script that a page opened from a file can load."""

import json
import re
from collections.abc import Iterable
from typing import NamedTuple

MOST = 320  # characters of an entry's words


class Entry(NamedTuple):
    title: str
    address: str
    kind: str  # "mistake, gru"
    words: str  # what else leads there


def as_script(entries: Iterable[Entry]) -> str:
    """window.NNPARITY_INDEX = [[title, address, kind, words], ...]; words that the title has are left away."""
    lines = []
    for title, address, kind, words in entries:
        known = set(tokens(f"{title} {kind}"))
        further = dict.fromkeys(word for word in tokens(words) if word not in known)
        lines.append([title, address, kind, " ".join(further)[:MOST]])
    return f"window.NNPARITY_INDEX = {json.dumps(lines, separators=(',', ':'))};\n"


def tokens(text: str) -> list[str]:
    """Words in lower case, as the script of the pages takes a question apart."""
    return re.findall(r"[\w.+-]*\w", text.lower())
