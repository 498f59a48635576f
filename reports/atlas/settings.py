"""What to write in a framework to get a variant: which part of a recorded setting is code, and what to do where there is none."""

import ast
import re
from collections.abc import Iterator

IN_BRACKETS = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)|\[[^][]*\]|\{[^}]*\}"
PIECES = re.compile(rf"""(?:[^\s([{{'"]|{IN_BRACKETS}|'[^'\s]*'|"[^"]*"|['"([{{])+|\s+""")
CODE = re.compile(r"[=(\[{_]|\w\.\w|[a-z][A-Z]")  # one of these, and no name of a framework
NAMES = re.compile(r"^(PyTorch|TensorFlow)\b|^\W*$|^\(\w+\)$")
ENGLISH = re.compile(r"\b(then|not|no|or|default)\b")


WITHOUT = re.compile(r"^(?:not available|no option)(?:; )?")


def instead(setting: str) -> str | None:
    """What a recorded setting says to do where the framework has no option for it, "write the cell yourself", or ""; None where
    it has one."""
    return None if setting and not WITHOUT.search(setting) else WITHOUT.sub("", setting)


def parts(setting: str) -> list[tuple[bool, str]]:
    """(is it code, text) of a recorded setting, in order; what stands in brackets or quotes is not cut.

    "F.pad(x, (0, 1)), then padding=0" is code, words, code.
    """
    if not ENGLISH.search(setting) and is_python(setting):
        return [(True, setting)]
    found: list[tuple[bool, str]] = []
    for code, text in pieces(setting):
        if found and found[-1][0] == code:
            text = found.pop()[1] + text
        found.append((code, text))
    return found


def is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


def pieces(setting: str) -> Iterator[tuple[bool, str]]:
    """Word by word; a mark behind code is no part of it."""
    for piece in PIECES.findall(setting):
        bare = piece.rstrip(",;:")
        if CODE.search(bare) and not NAMES.search(bare):
            yield True, bare
            if len(bare) < len(piece):
                yield False, piece[len(bare):]
        else:
            yield False, piece


def code_of(setting: str) -> list[str]:
    return [text for code, text in parts(setting) if code]
