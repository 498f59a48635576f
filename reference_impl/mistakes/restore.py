"""The catalogue read backwards: which single edit would make a wrong source right again?

A mistake says what one line of the reference reads when it is right, and one way in which it goes wrong. Where our own source
is the wrong side, the mistake that it contains is the one whose wrong line stands there; where another wrong line stands in
that place, the right one is still known. A statement too many is found by leaving out one after the other. Each such edit is
a hypothesis and no more: only running the world that it makes says whether it gives the right numbers.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate, islice, product

from nnparity.reference_impl.mistakes import MISTAKES
from nnparity.reference_impl.mistakes.mistake import Mistake
from nnparity.reference_impl.mistakes.plant import Texts, world_from
from nnparity.reference_impl.mistakes.source import FILES, PACKAGE, ROOT, Function, Missing, functions, span, uses, whole
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
    texts: Texts = field(repr=False)  # of the functions that then are not as their file says
    mistake: Mistake | None = None

    @property
    def place(self) -> str:
        """reference_impl/layers/gru.py:151"""
        return f"{ROOT.name}/{FILES[self.module].relative_to(ROOT).as_posix()}:{self.line}"

    def world(self) -> World:
        """The world with this edit. Raises whatever the edited source raises when it is run."""
        return world_from(self.texts)


def restorations(world: World = RIGHT) -> Iterator[Restoration]:
    """Edits that the catalogue knows: first wrong lines of its mistakes that stand where the right ones belong, then right lines
    that are missing. On the right source there are none."""
    seen = set()
    for find in (catalogued, realigned):
        for mistake in MISTAKES.values():
            for restoration in find(mistake, world.source):
                if (key := frozenset(restoration.texts.items())) not in seen:
                    seen.add(key)
                    yield restoration


def omissions(modules: Iterable[str], world: World = RIGHT) -> Iterator[Restoration]:
    """The statements inside the functions of these modules, each left out in turn: one of them may be a line too many."""
    for function in (each for module in modules for each in functions(module).values()):
        text = world.source.get((function.module, function.name), function.text).encode()
        starts = list(accumulate((len(line) for line in text.splitlines(keepends=True)), initial=0))  # columns count bytes
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Assign | ast.AugAssign | ast.Expr) and not documents(node):
                start = starts[node.lineno - 1] + node.col_offset
                end = starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)
                left = (text[:start] + b"pass" + text[end:]).decode()
                yield Restoration(module=function.module, line=function.line + node.lineno - 1, found=text[start:end].decode(),
                                  right="", texts={**world.source, (function.module, function.name): left})


def documents(node: ast.stmt) -> bool:
    """Whether a statement is a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


@dataclass(frozen=True)
class Place:
    """The function that an edit is about, as it reads in a world, and where in it."""

    function: Function
    text: str
    start: int
    end: int

    @property
    def key(self) -> tuple[str, str]:
        return self.function.module, self.function.name

    @property
    def scope(self) -> str:
        return self.text[self.start:self.end]

    def line(self, start: int) -> int:
        """The line of the file."""
        return self.function.line + self.text.count("\n", 0, start)


def places_of(mistake: Mistake, texts: Texts) -> list[Place]:
    """A place for each edit of the mistake; none at all where the source has one of its functions no more."""
    places = []
    try:
        for edit in mistake.edits:
            function, inner = whole(mistake.module, edit.function)
            text = texts.get((mistake.module, function.name), function.text)
            places.append(Place(function, text, *span(text, inner)))
    except (Missing, SyntaxError):
        return []
    return places


def catalogued(mistake: Mistake, texts: Texts) -> Iterator[Restoration]:
    """The wrong lines of the mistake replaced by its right ones, in every place where each is then there exactly once."""
    places = places_of(mistake, texts)
    if not places or any(edit.wrong not in place.scope for place, edit in zip(places, mistake.edits)):
        return
    starts_of = [[place.start + at for at in islice(occurrences(edit.wrong, place.scope), PLACES)]
                 for place, edit in zip(places, mistake.edits)]
    for starts in islice(product(*starts_of), PLACES):
        edited = put_back(mistake, places, starts)
        if edited and fits(mistake, {**texts, **edited}):
            first = places[0]
            yield Restoration(module=mistake.module, line=first.line(starts[0]), right=mistake.right, texts={**texts, **edited},
                              found=whole_lines(first.text, starts[0], mistake.wrong), mistake=mistake)


def put_back(mistake: Mistake, places: list[Place], starts: tuple[int, ...]) -> Texts:
    """The functions with the right lines of a mistake where its wrong ones begin; empty where that cannot be."""
    changes: dict[tuple[str, str], list[tuple[int, int, str]]] = {}
    for place, start, edit in zip(places, starts, mistake.edits):
        end = start + len(edit.wrong)
        if stands(edit.right, start - place.start, end - place.start, place.scope):
            return {}
        changes.setdefault(place.key, []).append((start, end, edit.right))
    edited = {place.key: replaced(place.text, changes[place.key]) for place in places}
    return edited if all(edited.values()) else {}


def fits(mistake: Mistake, texts: Texts) -> bool:
    """Whether each right line stands where it belongs, once."""
    places = places_of(mistake, texts)
    return bool(places) and all(place.scope.count(edit.right) == 1 for place, edit in zip(places, mistake.edits))


def realigned(mistake: Mistake, texts: Texts) -> Iterator[Restoration]:
    """The one missing right line of the mistake put where its beginning and its end still stand."""
    places = zip(mistake.edits, places_of(mistake, texts))
    missing = [(edit.right, place) for edit, place in places if edit.right not in place.scope]
    if len(missing) != 1:
        return
    right, place = missing[0]
    for start, end in islice(alignments(right, place.scope), NEAREST):
        start, end = place.start + start, place.start + end
        text = place.text[:start] + right + place.text[end:]
        yield Restoration(module=mistake.module, line=place.line(start), found=place.text[start:end].strip(), right=right,
                          texts={**texts, place.key: text})


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
            line_end = text.find("\n", start + i) % (len(text) + 1)  # the end of the text where no line ends any more
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


def whole_lines(text: str, start: int, part: str) -> str:
    """The lines that hold a part of the text, without their indentation."""
    end = text.find("\n", start + len(part))
    return text[text.rfind("\n", 0, start) + 1:end if end >= 0 else None].strip()


def modules_behind(functions: Iterable) -> list[str]:
    """The modules of the reference in which these functions stand, then those which they use."""
    own = list(dict.fromkeys(f.__module__.removeprefix(PACKAGE + ".") for f in functions))
    return list(dict.fromkeys([*own, *(used for module in own for used in sorted(uses(module)))]))
