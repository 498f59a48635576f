"""Docstrings and lists at the width of a terminal: prose is filled anew, equations go on in an indented line."""

import re
import textwrap
from collections.abc import Iterator


def folded(text: str, width: int) -> str:
    """The text with no line longer than `width` characters, where its words allow it.

    A block of prose (nothing indented, no columns, no equation) is filled; any other long line is broken, at the gap of its
    columns where it has one, and goes on further to the right.
    """
    return "\n\n".join("\n".join(_block(block.split("\n"), width)) for block in text.split("\n\n"))


def _block(lines: list[str], width: int) -> list[str]:
    if all(len(line) <= width for line in lines):
        return lines
    if all(re.fullmatch(r"\S(?!.* = )(?:\S| (?! ))*", line) for line in lines):
        return textwrap.wrap(" ".join(lines), width, break_long_words=False, break_on_hyphens=False)
    return [part for line in lines for part in _line(line, width)]


def _line(line: str, width: int) -> Iterator[str]:
    further = " " * (len(line) - len(line.lstrip()) + 4)
    while len(line) > width:
        gaps = [gap for pattern in (r"(?<=\S) {2,}(?=\S)", r"(?<=\S) (?=\S)")
                for gap in re.finditer(pattern, line[:width + 1]) if gap.start() > len(further)]
        wide = [gap for gap in gaps if gap.end() - gap.start() > 1]
        if not gaps:
            break
        at = max(wide or gaps, key=lambda gap: gap.start())
        yield line[:at.start()]
        line = further + line[at.end():]
    yield line
