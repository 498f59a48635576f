"""Somebody else's text, before we show or keep it: nothing in it is read as a command, and every character can be written.

    plain      several lines, for a terminal: control sequences are gone
    one_line   one line, for a terminal: what cannot be seen is escaped
    writable   for a file: what UTF-8 or a table cannot hold is escaped
"""

import re

CONTROL_SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]")  # ECMA-48: colours, cursor movements
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")  # all but the tab and the line feed


def plain(text: str) -> str:
    """Without colour codes and other control characters, so that no one's output can rewrite our table."""
    text = CONTROL_SEQUENCE.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    return CONTROLS.sub("", text)


def one_line(text: str) -> str:
    """Every character that is not printable as a blank or as its escape."""
    return "".join(c if c.isprintable() else " " if c.isspace() else repr(c)[1:-1] for c in text)


def writable(text: str) -> str:
    """Text that UTF-8 and every table format can hold: a lone surrogate or a NUL becomes its escape."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
