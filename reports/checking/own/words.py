"""A network in words: "conv2d(6, 5) relu max_pool2d(2) flatten dense(10) softmax_cross_entropy".

A word is a layer, an activation or a loss, with its sizes and options in brackets, as numbers, as option=value, or as a value
that says by itself which option it is (same, sum, sparse). Between words stand spaces, commas, arrows or semicolons.
"""

import ast
import re

from nnparity.reports.checking.own.plan import Plan, Planned, Unknown, plan_of, planned

NAME = re.compile(r"[A-Za-z_][\w.]*")
BETWEEN = re.compile(r"(?:\s|,|;|\||->|→|>)*")
SIZE = re.compile(r"\d+(?:x\d+)+")


def parsed(text: str) -> Plan:
    """The network that a text describes. Raises Unknown, with the column at which it is not understood."""
    if not text.strip():
        raise Unknown("an empty text describes no network", f"An example: {EXAMPLE}")
    return plan_of(layers_in(text))


EXAMPLE = '"dense(128) relu dense(10) softmax_cross_entropy"'


def layers_in(text: str) -> list[Planned]:
    found, at = [], behind(text, 0)
    while at < len(text):
        name = NAME.match(text, at)
        if not name:
            raise Unknown(at_column(text, at, f"a layer is expected, not {text[at]!r}"), f"An example: {EXAMPLE}")
        end, arguments = name.end(), ""
        opening = re.compile(r"\s*\(").match(text, end)
        if opening:
            closing = closing_bracket(text, opening.end() - 1)
            arguments, end = text[opening.end():closing], closing + 1
        try:
            found.append(planned(name.group(), *read(arguments)))
        except Unknown as error:
            raise Unknown(at_column(text, at, str(error))) from None
        at = behind(text, end)
    return found


def behind(text: str, at: int) -> int:
    """The place behind what stands between words."""
    match = BETWEEN.match(text, at)
    return match.end() if match else at


def at_column(text: str, at: int, what: str) -> str:
    """What is wrong, and where: column 9 of the text, with what stands there."""
    return f"column {at + 1} of the network, {text[at:at + 24]!r}: {what}"


def closing_bracket(text: str, opening: int) -> int:
    depth = 0
    for i in range(opening, len(text)):
        depth += (text[i] == "(") - (text[i] == ")")
        if depth == 0:
            return i
    raise Unknown(at_column(text, opening, "this bracket is not closed"))


def read(arguments: str) -> tuple[list, dict]:
    """(what stands alone, what is named): "6, 5x3, padding=same" -> [6, (5, 3)], {"padding": "same"}"""
    positional, named = [], {}
    for part in parted(arguments):
        match = re.match(r"\s*([A-Za-z_]\w*)\s*=(.*)", part, re.DOTALL)
        if match:
            named[match.group(1)] = value(match.group(2))
        elif part.strip():
            positional.append(value(part))
    return positional, named


def parted(arguments: str) -> list[str]:
    """At the commas that stand in no bracket."""
    parts, depth = [""], 0
    for character in arguments:
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def value(text: str):
    text = text.strip()
    if SIZE.fullmatch(text):
        return tuple(map(int, text.split("x")))
    try:
        found = ast.literal_eval(text)
        return tuple(found) if isinstance(found, list) else found
    except (ValueError, SyntaxError):
        return text
