"""What goes wrong in one line of a function, by construction.

Every name may be another of the same sort; every product and sum may lose a part or be another operation, every power and root
another; a sum may be left out, be a mean or go along another axis; a derivative may be left out, squared or of another
argument; an element of an array may be its neighbour; what is added up may be overwritten; a loop may end early, start late, or
return in its first round. Nothing is listed by hand but the kinds of slip.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from nnparity.reference_impl.plain.changes import FUNCTIONS, INTEGERS, RATES, SCALARS, SLOPES, changes

# one line in front of all others: the options of a window, wrong in the whole function
AGAIN = "*np.floor_divide(x.shape[2:], dy.shape[2:])"
OPTIONS = {
    ("kh", "kw"): {"sh, sw": "the stride is used in place of the window's size",
                   "kw, kh": "the window's height and width are exchanged",
                   "kh, kh": "the window's height is used as its width too",
                   "kw, kw": "the window's width is used as its height too"},
    ("sh", "sw"): {"kh, kw": "the window's size is used in place of the stride", "1, 1": "stride ignored, 1 in its place",
                   "sw, sh": "the strides of the two axes are exchanged",
                   "sh, sh": "the stride of the first axis is used twice",
                   "sw, sw": "the stride of the second axis is used twice"},
    ("kh", "kw", "sh", "sw"): {f"{AGAIN}, {AGAIN}": "size and stride are worked out again, as the input's size divided by the "
                               "output's"},
    ("dh", "dw"): {"1, 1": "dilation ignored, 1 in its place", "dw, dh": "the dilations of the two axes are exchanged"},
    ("groups",): {"1": "groups ignored, 1 in their place"},
}


@dataclass(frozen=True)
class Slip:
    """One line of a function as it reads when something in it is wrong; with `behind`, one line more behind that one. The less
    `rank`, the likelier."""

    right: str
    wrong: str
    words: str
    line: int  # of the function, from 1
    rank: float
    behind: int = 0  # the line after which `wrong` stands, where it replaces none

    def applied(self, text: str) -> str:
        """The text of the function with it."""
        lines = text.splitlines()
        place = (self.behind or self.line) - 1
        indent = lines[place][:len(lines[place]) - len(lines[place].lstrip())]
        if self.behind:
            head = lines[self.line - 1]
            indent = head[:len(head) - len(head.lstrip())] + "    "
            return "\n".join([*lines[:place + 1], indent + self.wrong, *lines[place + 1:]])
        return "\n".join([*lines[:place], indent + self.wrong, *lines[place + 1:]])


def slips(function: ast.FunctionDef) -> tuple[Slip, ...]:
    """Every slip of a function, each text once."""
    found: dict[tuple[int, str], Slip] = {}
    for slip in (*of_expressions(function), *of_statements(function), *of_loops(function),
                 *of_options(function), *of_derivatives(function)):
        if slip.right != slip.wrong:
            old = found.get((slip.line, slip.wrong))
            if old is None or slip.rank < old.rank:
                found[slip.line, slip.wrong] = slip
    return tuple(found.values())


def statements(tree: ast.FunctionDef) -> list[ast.stmt]:
    """Assignments, in order."""
    return [node for node in ast.walk(tree) if isinstance(node, (ast.Assign, ast.AugAssign))]


def formulas(tree: ast.FunctionDef) -> list[ast.stmt]:
    """Assignments, and what is returned where it is computed there."""
    returned = [node for node in ast.walk(tree) if isinstance(node, ast.Return)
                and any(isinstance(one, ast.BinOp) for one in ast.walk(node))]
    return [*statements(tree), *returned]


# --------------------------------------------------------------------------------------------------------- expressions


def of_expressions(tree: ast.FunctionDef) -> Iterator[Slip]:
    arrays = arrays_of(tree)
    every = statements(tree)
    for statement in formulas(tree):
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Tuple):  # of a shape
            continue
        right = ast.unparse(statement)
        known = [*arrays, *(name for other in every if other.lineno < statement.lineno for name in targets(other))]
        # the array that is assigned to stays the same; which of its elements may be another
        indices = [one.slice for one in ast.walk(statement) if isinstance(one, ast.Subscript)]
        inside = {id(node) for index in indices for node in ast.walk(index)}
        target = getattr(statement, "target", None) or (statement.targets[0] if isinstance(statement, ast.Assign) else None)
        written = target.value if isinstance(target, ast.Subscript) else target
        name = written.id if isinstance(written, ast.Name) else ""
        for node in ast.walk(statement):
            if node is written:
                continue
            for new, words, rank in changes(node, known, id(node) in inside):
                if name and not re.search(rf"\b{name}\b", words):
                    words += f", in {name}"
                yield Slip(right, with_new(statement, node, new), words, statement.lineno, rank)


def of_derivatives(tree: ast.FunctionDef) -> Iterator[Slip]:
    """The activation's derivative wrong in one of the lines that use da, and right in the others."""
    if "da = dy * f_slope(a)" not in ast.unparse(tree) or any(isinstance(node, ast.For) for node in ast.walk(tree)):
        return
    for statement in statements(tree)[1:]:
        right = ast.unparse(statement)
        for other, words in SLOPES.items():
            wrong = re.sub(r"\bda\b", f"(dy * {other})", right)
            yield Slip(right, wrong, f"in {right.partition(' ')[0]} alone: {words}", statement.lineno, 1)


def with_new(statement: ast.stmt, old: ast.AST, new: ast.expr) -> str:
    """The statement with another node in the place of one of it."""
    for parent in ast.walk(statement):
        for name, value in ast.iter_fields(parent):
            if value is old:
                setattr(parent, name, new)
                text = ast.unparse(statement)
                setattr(parent, name, old)
                return text
            if isinstance(value, list) and any(each is old for each in value):
                place = next(n for n, each in enumerate(value) if each is old)
                value[place] = new
                text = ast.unparse(statement)
                value[place] = old
                return text
    raise LookupError(ast.dump(old))


def targets(statement: ast.stmt) -> list[str]:
    target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
    return [target.id] if isinstance(target, ast.Name) else []


def arrays_of(tree: ast.FunctionDef) -> list[str]:
    """The arguments that are arrays."""
    integers = set[str]().union(*INTEGERS)
    every = [*tree.args.args, *tree.args.kwonlyargs]
    return [one.arg for one in every if one.arg in RATES or one.arg not in integers | SCALARS | FUNCTIONS]


# ----------------------------------------------------------------------------------------------- statements and loops


def of_statements(tree: ast.FunctionDef) -> Iterator[Slip]:
    loops: dict[int, dict[str, str]] = {}  # the loops around each statement: variable -> bound
    for loop in ast.walk(tree):
        if isinstance(loop, ast.For):
            for node in ast.walk(loop):
                loops.setdefault(id(node), {})[ast.unparse(loop.target)] = ast.unparse(loop.iter)[len("range("):-1]
    for statement in statements(tree):
        right, line = ast.unparse(statement), statement.lineno
        target = ast.unparse(statement.targets[0] if isinstance(statement, ast.Assign)
                             else statement.target)  # type: ignore[attr-defined]
        value = ast.unparse(statement.value)  # type: ignore[attr-defined]
        name = target.partition("[")[0]
        if isinstance(statement, ast.Assign) and ("," in target and "[" not in target or "np.zeros" in value):
            continue

        def slip(text: str, words: str, rank: float = 1.0, right=right, line=line) -> Slip:
            return Slip(right, text or "pass", words, line, rank)

        around = loops.get(id(statement), {})
        if "[" in target:
            for variable, bound in around.items():
                yield slip(f"if {variable} == 0: {right}", f"{name} sees the first round of the loop over {variable} alone")
                last = f"{name} sees the last round of the loop over {variable} alone"
                yield slip(f"if {variable} == {bound} - 1: {right}", last)
        if isinstance(statement, ast.AugAssign):
            for variable, bound in around.items():
                yield slip(f"{target} += ({value}) / ({bound})", f"{name} is a mean over {variable}, not a sum")
            if {"i", "j"} <= around.keys():
                yield slip(f"{target} += ({value}) / (oh * ow)", f"{name} is a mean over the positions, not a sum")
                yield slip(f"{target} += ({value}) / (B * oh * ow)", f"{name} is a mean over examples and positions, not a sum")
            yield slip(f"{target} = {value}", f"{name} is overwritten where it should be added to")
            yield slip(f"{target} -= {value}", f"{name} is subtracted from where it should be added to")
            yield slip("", f"{name} is never added to: it stays zero")
            yield slip(f"{target} = np.where({target} == 0, {value}, {target})", f"{name} keeps what is first added to it")
            yield slip(f"{target} = np.maximum({target}, {value})", f"{name} keeps the largest of what should be added up", 2)
        elif "[" in target:
            yield slip(f"{target} += {value}", f"{name} is added to where it should be assigned", 2)
        if {"i * sh", "j * sw"} <= {ast.unparse(node) for node in ast.walk(statement)} and isinstance(statement, ast.AugAssign):
            yield slip(f"if i == 0 and j == 0: {right}", "the first window of each image alone is handled")
            yield slip(f"if i == oh - 1 and j == ow - 1: {right}", "the last window of each image alone is handled")
        if name[0] in "dy" or name in ("a", "loss"):
            sign = "+=" if isinstance(statement, ast.AugAssign) else "="
            yield slip(f"{target} {sign} -({value})", f"{name} has the wrong sign")
            yield slip(f"{target} {sign} 2 * ({value})", f"{name} is doubled")
            yield slip(f"{target} {sign} ({value}) / 2", f"{name} is halved")
            yield slip(f"{target} {sign} 0 * ({value})", f"{name} is zero", 1.5)
            if name != "y" and not around:
                yield slip(f"{target} {sign} ({value}) / len(x)", f"{name} is divided by the number of examples")
                yield slip(f"{target} {sign} ({value}) * len(x)", f"{name} is multiplied by the number of examples")
                yield slip(f"{target} {sign} ({value}) / x.shape[1]", f"{name} is divided by the number of features")
                yield slip(f"{target} {sign} ({value}) / x.size", f"{name} is divided by the number of elements")
        if name in ("dx_hat", "da", "dx", "dvariance", "dmean", "mean", "variance") and isinstance(statement, ast.Assign):
            for axis in (0, 1):
                yield slip(f"{target} = np.mean({value}, axis={axis}, keepdims=True)", f"{name} is a mean over an axis", 3)


def of_loops(tree: ast.FunctionDef) -> Iterator[Slip]:
    end = ast.unparse(tree.body[-1])
    for loop in (node for node in ast.walk(tree) if isinstance(node, ast.For)):
        variable, head = ast.unparse(loop.target), ast.unparse(loop.iter)
        bound = head[len("range("):-1]
        for other, words in ((f"range({bound} - 1)", f"the loop over {variable} leaves out the last"),
                             (f"range(1, {bound})", f"the loop over {variable} leaves out the first"),
                             (f"range(0, {bound}, 2)", f"the loop over {variable} takes every other one")):
            yield Slip(f"for {variable} in {head}:", f"for {variable} in {other}:", words, loop.lineno, 1)
        last, right = loop.end_lineno or 0, f"for {variable} in {head}: ..."
        words = f"`{end}` stands inside the loop over {variable}: it ends in its first round"
        yield Slip(right, end, words, loop.lineno, 1, last)
        yield Slip(right, "break", f"the loop over {variable} ends after its first round", loop.lineno, 1.2, last)


def of_options(tree: ast.FunctionDef) -> Iterator[Slip]:
    given = {one.arg for one in tree.args.args}
    for names, others in OPTIONS.items():
        if given >= {*names}:
            for other, words in others.items():
                if "dy" not in other or "dy" in given:
                    yield Slip(f"def {tree.name}(...):", f"{', '.join(names)} = {other}", words, 1, 1, behind=1)
