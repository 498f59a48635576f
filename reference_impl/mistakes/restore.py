"""The catalogue read backwards: which single edit would make a wrong source right again?

A mistake says what one line of the reference reads when it is right, and one way in which it goes wrong. Where our own source
is the wrong side, the mistake that it contains is the one whose wrong line stands there; where another wrong line stands in
that place, the right one is still known. A statement too many is found by leaving out one after the other. Each such edit is
a hypothesis and no more: only running the world that it makes says whether it gives the right numbers.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate, islice, product

from nnparity.reference_impl.mistakes import MISTAKES
from nnparity.reference_impl.mistakes.mistake import Mistake
from nnparity.reference_impl.mistakes.plant import FILES, PACKAGE, source, uses, world_from
from nnparity.reference_impl.reference import RIGHT, World

PLACES = 64  # where the wrong text of one mistake is looked for at most
NEAREST = 6  # places in which the right line may once have stood


@dataclass(frozen=True, kw_only=True, eq=False)
class Restoration:
    """One edit of the source. `mistake` is the one that the edit takes out, None where the catalogue has no such wrong line."""

    module: str
    line: int  # where the edit begins, from 1
    found: str  # what stands there
    right: str  # what would stand there instead; empty for a line too many
    text: str = field(repr=False)  # of the module after the edit
    mistake: Mistake | None = None
    others: Mapping[str, str] = field(default_factory=dict, repr=False)  # further modules that the world had changed

    @property
    def place(self) -> str:
        """reference_impl/layers/gru.py:151"""
        return f"reference_impl/{FILES[self.module].relative_to(FILES['network'].parent)}:{self.line}"

    def world(self) -> World:
        """The world with this edit. Raises whatever the edited source raises when it is run."""
        return world_from({**self.others, self.module: self.text})


def restorations(world: World = RIGHT) -> Iterator[Restoration]:
    """Edits that the catalogue knows: first wrong lines of its mistakes that stand where the right ones belong, then right lines
    that are missing. On the right source there are none."""
    texts = Texts(world.source)
    seen = set()
    for find in (catalogued, realigned):
        for mistake in MISTAKES.values():
            for restoration in find(mistake, texts):
                if (key := (restoration.module, restoration.text)) not in seen:
                    seen.add(key)
                    yield restoration


def omissions(modules: Iterable[str], world: World = RIGHT) -> Iterator[Restoration]:
    """The statements inside the functions of these modules, each left out in turn: one of them may be a line too many."""
    texts = Texts(world.source)
    for module in modules:
        text = texts[module].encode()
        starts = list(accumulate((len(line) for line in text.splitlines(keepends=True)), initial=0))  # columns count bytes
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr) and node.col_offset and not documents(node):
                start, end = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
                left = text[:start] + b"pass" + text[end:]
                yield texts.restoration(module, node.lineno, text[start:end].decode(), "", left.decode())


def documents(node: ast.stmt) -> bool:
    """Whether a statement is a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


class Texts:
    """The modules' texts in a world."""

    def __init__(self, changed: Mapping[str, str]):
        self.changed = changed

    def __getitem__(self, module: str) -> str:
        return self.changed.get(module) or source(module)

    def restoration(self, module, line, found, right, text, mistake=None) -> Restoration:
        return Restoration(module=module, line=line, found=found, right=right, text=text, mistake=mistake,
                           others={name: other for name, other in self.changed.items() if name != module})


def catalogued(mistake: Mistake, texts: Texts) -> Iterator[Restoration]:
    """The wrong lines of the mistake replaced by its right ones, in every place where each is then there exactly once."""
    text = texts[mistake.module]
    if any(wrong not in text for _, wrong in mistake.edits):
        return
    places = [list(islice(occurrences(wrong, text), PLACES)) for _, wrong in mistake.edits]
    for starts in islice(product(*places), PLACES):
        edits = [(start, start + len(wrong), right) for start, (right, wrong) in zip(starts, mistake.edits)]
        edited = "" if any(stands(right, start, end, text) for start, end, right in edits) else replaced(text, edits)
        if edited and all(edited.count(right) == 1 for right, _ in mistake.edits):
            yield texts.restoration(mistake.module, line_of(text, starts[0]), whole_lines(text, starts[0], mistake.wrong),
                                    mistake.right, edited, mistake)


def realigned(mistake: Mistake, texts: Texts) -> Iterator[Restoration]:
    """The one missing right line of the mistake put where its beginning and its end still stand."""
    text = texts[mistake.module]
    missing = [right for right, _ in mistake.edits if text.count(right) == 0]
    if len(missing) != 1:
        return
    for start, end in islice(alignments(missing[0], text), NEAREST):
        yield texts.restoration(mistake.module, line_of(text, start), text[start:end].strip(), missing[0],
                                text[:start] + missing[0] + text[end:])


def occurrences(part: str, text: str) -> Iterator[int]:
    """Where a part of a line stands in the text, not inside of a longer name."""
    if part.strip():
        before, after = (r"(?<!\w)" if part[0].isidentifier() else ""), (r"(?!\w)" if part[-1].isidentifier() else "")
        yield from (found.start() for found in re.finditer(before + re.escape(part) + after, text))


def stands(right: str, start: int, end: int, text: str) -> bool:
    """Whether a right line stands in the text already, and not only inside of this stretch."""
    return any(not start <= found.start() <= found.end() <= end for found in re.finditer(re.escape(right), text))


def alignments(right: str, text: str) -> Iterator[tuple[int, int]]:
    """Stretches (start, end) of the text that begin and end as `right` does, those with most in common first."""
    enough = max(4, len(right) // 3)
    found: dict[tuple[int, int], int] = {}
    for i in range(len(right) + 1):
        starts = [match.start() for match in re.finditer(re.escape(right[:i]), text)] if i else [
            match.end() for match in re.finditer(r"^ +(?=\S)", text, re.MULTILINE)]
        if i and len(starts) > PLACES:
            continue  # too little to tell a place by
        for start in starts:
            line_end = text.index("\n", start + i)
            room = text[start + i:max(line_end, start + i + len(right))]
            for j in range(i, len(right) + 1 - max(0, enough - i)):
                tail = right[j:]
                if (at := room.find(tail) if tail else line_end - start - i) >= 0:
                    key = start, start + i + at + len(tail)
                    found[key] = max(found.get(key, 0), i + len(tail))
                    break
    yield from sorted(found, key=lambda key: (-found[key], key[1] - key[0]))


def replaced(text: str, edits: list[tuple[int, int, str]]) -> str:
    """The text with these stretches replaced; empty where they overlap."""
    edits = sorted(edits, reverse=True)
    if any(later[0] < earlier[1] for later, earlier in zip(edits, edits[1:])):
        return ""
    for start, end, put in edits:
        text = text[:start] + put + text[end:]
    return text


def line_of(text: str, start: int) -> int:
    return text.count("\n", 0, start) + 1


def whole_lines(text: str, start: int, part: str) -> str:
    """The lines that hold a part of the text, without their indentation."""
    end = text.find("\n", start + len(part))
    return text[text.rfind("\n", 0, start) + 1:end if end >= 0 else None].strip()


def modules_behind(functions: Iterable) -> list[str]:
    """The modules of the reference in which these functions stand, then those which they use."""
    own = list(dict.fromkeys(f.__module__.removeprefix(PACKAGE + ".") for f in functions))
    return list(dict.fromkeys([*own, *(used for module in own for used in sorted(uses(module)))]))
