"""LaTeX to MathML, so that a page typesets equations without a network or a font of its own."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache
from xml.etree import ElementTree

from latex2mathml.converter import convert
from markupsafe import Markup, escape

TAGS = {"math", "mrow", "mi", "mo", "mn", "mtext", "mspace", "msub", "msup", "msubsup", "mfrac", "msqrt", "mroot", "mover",
        "munder", "munderover", "mtable", "mtr", "mtd", "mpadded"}
ATTRIBUTES = {"display", "stretchy", "fence", "form", "separator", "mathvariant", "columnalign", "linethickness", "width"}


@cache
def mathml(latex: str) -> Markup:
    """The equation as MathML; what is no equation, or would bring in anything but mathematics, as its escaped source."""
    root = parsed(latex)
    return _source(latex) if root is None else Markup(ElementTree.tostring(root, encoding="unicode"))


def parsed(latex: str) -> ElementTree.Element | None:
    """The equation as a tree of MathML; None where it is none.

    The converter passes markup inside \\text through, and \\href and \\style too, so its output is read back as XML,
    held against a list of what MathML needs, and written anew.
    """
    try:
        root = ElementTree.fromstring(convert(latex))
    except Exception:  # the converter has a dozen exceptions of its own, and a formula is never worth a lost report
        return None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        if element.tag not in TAGS:
            return None
        for name in element.attrib.keys() - ATTRIBUTES:
            del element.attrib[name]
    return root


def typeset(formulas: str) -> Markup:
    """Equations in LaTeX, several joined by "; "."""
    return Markup("<br>").join(mathml(part) for part in split(formulas))


def side_by_side(wrong: str, right: str) -> tuple[Markup, Markup]:
    """Both formulas typeset, each several joined by "; ", with class="differs" on what stands in one of them alone.

    Where less than MOSTLY of the shorter one stands in the other too, they are written in two ways and not changed in one term:
    nothing is marked.
    """
    sides = [[(part, parsed(part)) for part in split(formulas)] for formulas in (wrong, right)]
    leaves = [[leaf for _, root in side if root is not None for leaf in _leaves(root)] for side in sides]
    first, second = ([(leaf.tag, leaf.text) for leaf in side] for side in leaves)
    blocks = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    if first != second and sum(block.size for block in blocks) >= MOSTLY * min(len(first), len(second)) > 0:
        common = [[False] * len(side) for side in leaves]
        for block in blocks:
            for same, start in zip(common, (block.a, block.b), strict=True):
                same[start:start + block.size] = [True] * block.size
        for side, same in zip(leaves, common, strict=True):
            for leaf, is_same in zip(side, same, strict=True):
                if not is_same:
                    leaf.set("class", "differs")
        for _, root in (*sides[0], *sides[1]):
            if root is not None:
                _gather(root)
    one, other = (Markup("<br>").join(_source(part) if root is None else Markup(ElementTree.tostring(root, encoding="unicode"))
                                      for part, root in side) for side in sides)
    return one, other


MOSTLY = 0.5


def _leaves(element: ElementTree.Element) -> Iterator[ElementTree.Element]:
    """The symbols of an equation, in reading order."""
    return (part for part in element.iter() if not len(part) and (part.text or "").strip())


def _gather(element: ElementTree.Element) -> bool:
    """Whether all of an element is marked; then it is marked as one, and its parts are not."""
    if not len(element):
        return element.get("class") == "differs" or not (element.text or "").strip()
    whole = all([_gather(part) for part in element])  # each is visited
    if whole and any("class" in part.attrib for part in element) and element.tag != "math":
        for part in element:
            part.attrib.pop("class", None)
        element.set("class", "differs")
        return True
    return False


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
