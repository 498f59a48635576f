"""LaTeX to MathML, so that a page typesets equations without a network or a font of its own."""

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


def typeset(text: str) -> Markup:
    """What an Explanation calls right or wrong: equations and lines of source, several joined by "; ".

    A backslash makes it LaTeX: every equation of the catalogue has one, and a line of NumPy has none.
    """
    parts = [mathml(part) if "\\" in part else _source(part) for part in text.split("; ")]
    return Markup("<br>").join(parts)


def _source(text):
    return Markup("<code>{}</code>").format(escape(text))
