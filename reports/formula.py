"""LaTeX to MathML, so that a page typesets equations without a network or a font of its own."""

import re
from collections.abc import Sequence
from functools import cache
from xml.etree import ElementTree

from latex2mathml.converter import convert
from markupsafe import Markup, escape

TAGS = {"math", "mrow", "mi", "mo", "mn", "mtext", "mspace", "msub", "msup", "msubsup", "mfrac", "msqrt", "mroot", "mover",
        "munder", "munderover", "mtable", "mtr", "mtd", "mpadded"}
ATTRIBUTES = {"display", "stretchy", "fence", "form", "separator", "mathvariant", "columnalign", "linethickness", "width"}


@cache
def mathml(latex: str) -> Markup:
    """The equation as MathML; what is no equation, or would bring in anything but mathematics, as its escaped source.

    The converter passes markup inside \\text through, and \\href and \\style too, so its output is read back as XML,
    held against a list of what MathML needs, and written anew.
    """
    try:
        root = ElementTree.fromstring(convert(latex))
    except Exception:  # the converter has a dozen exceptions of its own, and a formula is never worth a lost report
        return _source(latex)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        if element.tag not in TAGS:
            return _source(latex)
        for name in element.attrib.keys() - ATTRIBUTES:
            del element.attrib[name]
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def typeset(formulas: str) -> Markup:
    """Equations in LaTeX, several joined by "; "."""
    return Markup("<br>").join(mathml(part) for part in split(formulas))


def split(formulas: str) -> list[str]:
    """The equations of an Explanation's `right` or `wrong`; "\\; " is a space inside one."""
    return [part for part in re.split(r"(?<!\\); ", formulas) if part]


@cache
def plain_text(latex: str) -> str:
    """The equation for a terminal: r ⊙ (h R_n), √(v + ε)."""
    latex = re.sub(r"\\(?:[,;!:]|q?quad)", " ", latex)
    # a group keeps its bounds, e^(a - b); a single symbol needs none, W^T
    latex = re.sub(r"([_^])\{((?!\\[a-zA-Z]+\})[^{}]{2,})\}", r"\1{(\2)}", latex)
    text = re.sub(r"\s*([⊙≤≥∈←→])\s*", r" \1 ", _converter().latex_to_text(latex))
    return re.sub(r"\s+", " ", text).strip()


def aligned(equations: Sequence[str]) -> list[str]:
    """Equations in LaTeX as lines for a terminal, their = one below the other."""
    sides = [plain_text(equation).partition(" = ") for equation in equations]
    width = max((len(left) for left, *_ in sides), default=0)
    return [f"{left:<{width}}{equals}{right}" for left, equals, right in sides]


@cache
def _converter():
    from pylatexenc import latex2text  # a tenth of a second that only a terminal pays
    context = latex2text.get_default_latex_context_db()
    context.add_context_category("nnparity", prepend=True, macros=[
        latex2text.MacroTextSpec("frac", simplify_repl="(%s)/(%s)"),
        latex2text.MacroTextSpec("epsilon", simplify_repl="ε"), latex2text.MacroTextSpec("top", simplify_repl="T")])
    return latex2text.LatexNodes2Text(math_mode="text", latex_context=context)


def _source(text):
    return Markup("<code>{}</code>").format(escape(text))
