"""Signs that a terminal's encoding lacks, spelled with letters that every encoding has: σ is sigma, yᵀ is y^T, ½ is 1/2.

An error handler for streams, `stream.reconfigure(errors=SPELLED)`: what the encoding has is left as it is.
"""

import codecs
import unicodedata

SPELLED = "nnparity.spelled"
# what Unicode's own names and decompositions do not say
SIGNS = {
    "·": "-", "⊙": "*", "×": "x", "÷": "/", "−": "-", "–": "-", "—": "-", "←": "<-", "→": "->", "≤": "<=", "≥": ">=", "≠": "!=",
    "≈": "~", "±": "+-", "∞": "inf", "√": "sqrt", "Σ": "sum", "∑": "sum", "∏": "prod", "∂": "d", "∇": "grad", "∈": "in",
    "‖": "||", "§": "section ", "⁻": "^-",
    "⌈": "ceil(", "⌉": ")", "⌊": "floor(", "⌋": ")", "…": "...", "‘": "'", "’": "'", "“": '"', "”": '"', "•": "*",
    "│": "|", "─": "-",
    "✓": "yes", "✗": "no", "°": " degrees", "☐": "[ ]", "›": ">", "δ": "d", "Δ": "D",
}


def spelled(sign: str) -> str:
    """One sign in ASCII; "?" for what has no spelling here."""
    if sign in SIGNS:
        return SIGNS[sign]
    parts = unicodedata.decomposition(sign).split()
    if parts:  # "<super> 0054", "<sub> 0030", "0065 0301", "<fraction> 0031 2044 0032"
        kind = parts[0] if parts[0].startswith("<") else ""
        letters = "".join(chr(int(code, 16)) for code in parts[bool(kind):])
        text = "".join(c if c.isascii() else "/" if c == "\u2044" else "" for c in letters)
        return {"<super>": "^", "<sub>": "_"}.get(kind, "") + text if text else "?"
    name = unicodedata.name(sign, "")
    if name.startswith("GREEK "):
        letter = name.rpartition(" ")[2].lower()
        return letter.capitalize() if " CAPITAL " in name else letter
    return "" if unicodedata.combining(sign) else "?"


def _handler(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(spelled, error.object[error.start:error.end])), error.end


codecs.register_error(SPELLED, _handler)
