"""How one statement goes wrong: each of its names, products, sums, derivatives and signs, by ast."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nnparity.reference_impl.textbook.programs import LAST, START, Program, Statement
from nnparity.reference_impl.textbook.words import SLOPES

# other names of arrays that have one already
NEVER = {"np", "forget_bias", "h_next", "s_next", "y_t"}


@dataclass(frozen=True)
class Slip:
    """A statement as it goes wrong, and what that is in words; `family` is the same for the same slip in another gate."""

    text: str
    words: str
    family: str
    rank: float


def target(text: str) -> str:
    return re.match(r"\w+", text)[0]  # type: ignore[index]


def slips(statement: Statement, known: Mapping[str, tuple[int, ...]], own: Program) -> Iterator[Slip]:
    tree = ast.parse(statement.text).body[0]
    name = target(statement.text)

    def slip(value: str, words: str, kind: str = "", sign: str = "", rank: float = 1) -> Slip:
        operator = sign or ("+=" if isinstance(tree, ast.AugAssign) else "=")
        text = f"{name} {operator} {value}" if value else ""
        k = statement.gate
        alike = re.sub(rf"\b{k}\b|(?<=_){k}\b|\bd{k}\b", "§", text) if k else text
        return Slip(text, words, kind or f"{statement.like}|{alike}", rank)

    value = ast.unparse(tree.value)  # type: ignore[attr-defined]
    if isinstance(tree, ast.AugAssign):
        yield slip(value, f"{name} is overwritten at each step instead of added up: the first step's alone is left", sign="=")
        yield slip(value, f"{name} is subtracted", sign="-=")
        yield slip("", f"{name} is never added to: it stays zero")
        yield slip(f"{name} * 0 + {value} if not np.any({name}) else {name}", f"{name} is that of the last step alone", sign="=")
    elif statement.part not in (START, LAST) and name != "y_t":
        yield slip(f"0 * ({value})", f"{name} is zero: it is never handed on or never computed")
    if not isinstance(tree, ast.AugAssign):
        yield slip(f"-({value})", f"{name} has the wrong sign")
    yield slip(f"2 * ({value})", f"{name} is doubled")
    yield slip(f"({value}) / 2", f"{name} is halved")
    for new, words, kind, rank in rewritten(tree.value, known, own):  # type: ignore[attr-defined]
        if new != value:
            yield slip(new, words, kind, rank=rank)


def rewritten(value: ast.expr, known: Mapping[str, tuple[int, ...]], own: Program) -> Iterator[tuple[str, str, str, float]]:
    """(an expression with one place changed, words, "slope ..." for a change of a derivative, rank)."""
    text = ast.unparse(value)
    for node in ast.walk(ast.parse(text, mode="eval").body):
        for new, words, kind in changes(node, known, own):
            rank = 0.5 if kind else farther(node.id, new.id) if isinstance(node, ast.Name) and isinstance(new, ast.Name) else 1
            yield ast.unparse(Swap(node, new).visit(ast.parse(text, mode="eval").body)), words, kind, rank


def farther(name: str, other: str) -> float:
    """2 for names that are easily taken for each other, the same array a step later or another gate's; 3 for others."""
    return 2 if name[0] == other[0] and (len(name) > 1 or len(other) > 1 and other[1] == "_") or name[:2] == other[:2] else 3


class Swap(ast.NodeTransformer):
    """One node replaced, found again in a copy by its place among equals."""

    def __init__(self, old: ast.AST, new: ast.AST):
        self.new, self.place = new, (getattr(old, "col_offset", -1), getattr(old, "end_col_offset", -1), type(old))

    def visit(self, node):
        if (getattr(node, "col_offset", -2), getattr(node, "end_col_offset", -2), type(node)) == self.place:
            return self.new
        return self.generic_visit(node)


def in_words(node: ast.AST, own: Program) -> str:
    """An expression; a gate with its name."""
    text = ast.unparse(node)
    return f"{own.called[text]} {text}" if text in own.called else text


def changes(node: ast.AST, known, own: Program) -> Iterator[tuple[ast.expr, str, str]]:
    match node:
        case ast.Name(id=name) if name in known:
            for other, shape in known.items():
                if shape == known[name] and other != name and other not in NEVER:
                    yield ast.Name(other), f"{in_words(ast.Name(other), own)} is used in place of {in_words(node, own)}", ""
        case ast.BinOp(left=left, op=ast.Mult() | ast.Add() | ast.Sub() as op, right=right):
            sign = {ast.Mult: "×", ast.Add: "+", ast.Sub: "-"}[type(op)]
            yield left, f"{in_words(right, own)} is left out", ""
            yield right, f"{in_words(left, own)} is left out", ""
            for other, what in ((ast.Add(), "+"), (ast.Sub(), "-"), (ast.Mult(), "×"), (ast.Div(), "÷")):
                if type(other) is not type(op) and (what in "+-" or sign != "+" or what == "×"):
                    yield ast.BinOp(left, other, right), f"{what} stands in place of {sign} in {ast.unparse(node)}", ""
            if isinstance(op, ast.Sub):
                yield (
                    ast.BinOp(right, op, left),
                    f"{ast.unparse(right)} - {ast.unparse(left)} stands in place of {ast.unparse(node)}",
                    "",
                )
            if isinstance(op, ast.Mult) and isinstance(right, ast.Call) and (f := called(right)).endswith("_slope"):
                inside = ast.parse(f"{f}({ast.unparse(left)}, {f[:-6]}({ast.unparse(left)}))", mode="eval").body
                yield inside, "the upstream gradient goes into the derivative, which is not multiplied by it", "slope of upstream"
        case ast.BinOp(left=left, op=ast.MatMult(), right=ast.Attribute(value=matrix, attr="T")):
            yield ast.BinOp(left, ast.MatMult(), matrix), f"{ast.unparse(matrix)} is not transposed", ""
        case ast.BinOp(left=left, op=ast.MatMult(), right=ast.Name() as matrix) if ast.unparse(matrix).startswith("R"):
            yield (
                ast.BinOp(left, ast.MatMult(), ast.Attribute(matrix, "T", ast.Load())),
                f"{ast.unparse(matrix)} is transposed",
                "",
            )
        case ast.Call(func=ast.Attribute(value=inner, attr="sum")):
            text = ast.unparse(inner)
            for new, words in (
                (f"{text}.mean(0)", "the mean over the batch in place of the sum"),
                (f"({text})[-1]", "that of the last example alone"),
                (f"({text})[0]", "that of the first example alone"),
            ):
                yield ast.parse(new, mode="eval").body, words, ""
        case ast.Call(args=[a, y]) if (f := called(node)).endswith("_slope"):
            for form, words in SLOPES.items():
                text = re.sub(r"\ba\b", f"({ast.unparse(a)})", re.sub(r"\by\b", f"({ast.unparse(y)})", form))
                yield ast.parse(text.replace("F_slope", f).replace("F(", f"{f[:-6]}("), mode="eval").body, words, f"slope {form}"
        case ast.Call(args=[a]) if (f := called(node)) in own.functions:
            for other in ("sigmoid", "tanh", "relu", "identity", "hard_sigmoid"):
                if other != own.functions[f]:
                    yield (
                        ast.parse(f"{other}({ast.unparse(a)})", mode="eval").body,
                        f"{other} in place of {own.functions[f]}",
                        f"{f} {other}",
                    )
            yield ast.parse(f"{f}({f}({ast.unparse(a)}))", mode="eval").body, f"{own.functions[f]} is applied twice", f"{f} twice"


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""
