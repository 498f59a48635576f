"""What goes wrong in the statements of a textbook program, by construction.

Every name in a statement may be another array of the same shape that is known there; of every product and sum a part may be left
out, and the one stand for the other; every derivative may be left out, squared, another function's, of the wrong argument, or take
the upstream gradient into itself; every result may have the other sign, be doubled or halved, be kept where it should be added up,
or not be computed at all; every state may start from or be handed on as another. What several gates say alike may go wrong in all
of them, since people copy lines, or write one function for all.

Nothing is listed by hand but the kinds of slip. What a slip does is for others to see: some change nothing.
"""

import ast
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np

from nnparity.reference_impl.textbook.programs import LAST, OF_OUTPUTS, START, Program, Statement, program
from nnparity.reference_impl.textbook.run import LOOPS, arrays_of, compiled, functions_of, layer, walk

# other names of arrays that have one already
NEVER = {"np", "forget_bias", "h_next", "s_next", "y_t"}
# derivatives that stand in the place of f'(a) at y = f(a), in the words of what is wrong with them
SLOPES = {
    "1.0": "the derivative is left out", "y": "the value itself is used", "(1 - y)": "1 - y is used",
    "y * (1 - y)": "the derivative of the sigmoid is used", "(1 - y * y)": "the derivative of tanh is used",
    "(1 + y * y)": "1 + y² is used", "y * (1 + y)": "y (1 + y) is used", "(1 - y) ** 2": "(1 - y)² is used",
    "(y - 1)": "the sign is wrong, y - 1 is used", "y * y": "y² is used", "(y * y - 1)": "the sign is wrong, y² - 1 is used",
    "(1 - a * a)": "1 - a² is taken of the pre-activation", "a * (1 - a)": "a (1 - a) is taken of the pre-activation",
    "a": "the pre-activation itself is used", "(a > 0)": "the derivative of ReLU is used", "np.sqrt(np.abs(1 - y * y))": "√(1 - y²) is used",
    "F_slope(y, F(y))": "the derivative is taken of the value, which has been through the function already",
    "F_slope(a, F(a)) ** 2": "the derivative is taken twice", "F(y)": "the function of the value is used", "F(1 - y)": "f(1 - y) is used",
    "F_slope(a, F(a)) / 2": "half of the derivative is used", "2 * F_slope(a, F(a))": "twice the derivative is used",
}


@dataclass(frozen=True)
class Mutant:
    """One slip. `changed` are the statements that it replaces, by number; "" leaves one out. `loop`, `cut`: as in run.layer."""

    kind: str
    id: str
    changed: tuple[tuple[int, str], ...]
    right: str
    wrong: str
    words: str
    gates: str = ""
    forward: bool = False
    loop: str = ""
    cut: int = 0
    cut_from: str = "start"
    rank: float = 0  # the less, the likelier: of several that do the same the first is told


@dataclass(frozen=True)
class Slip:
    """A statement as it goes wrong, and what that is in words; `family` is the same for the same slip in another gate."""

    text: str
    words: str
    family: str
    rank: float


@cache
def mutants(kind: str, config: tuple, steps: int) -> tuple[Mutant, ...]:
    """All slips in the program of a layer with these options, sorted pairs; of the loop those that so many steps can show."""
    own = program(kind, dict(config))
    known = names_known(own, dict(config))
    found: dict[tuple, Mutant] = {}
    alike: dict[str, list[tuple[int, Statement, Slip]]] = {}
    for n, statement in enumerate(own.statements):
        for slip in dict.fromkeys(slips(statement, known[n], own)):
            one = of(own, [(n, statement, slip)])
            found.setdefault(one.changed, one)
            if statement.gate:
                alike.setdefault(slip.family, []).append((n, statement, slip))
            for name in own.functions:
                if f"{name}_slope" in statement.text and slip.family.startswith("slope "):
                    alike.setdefault(f"{own.functions[name]} {slip.family}", []).append((n, statement, slip))
    for group in alike.values():
        places = {n: (n, statement, slip) for n, statement, slip in group}
        if len(places) > 1:
            one = of(own, list(places.values()))
            found.setdefault(one.changed, one)
    more = (*of_the_loop(own, steps), *outside(own), *exchanged(own))
    return tuple(sorted((*found.values(), *more), key=lambda one: one.rank))


def planted(chosen: Sequence[Mutant]) -> Callable | None:
    """The layer function with these slips in it; None where two of them change one statement, or the loop."""
    changed: dict[int, str] = {}
    for one in chosen:
        if changed.keys() & {n for n, _ in one.changed}:
            return None
        changed |= dict(one.changed)
    loops = [one for one in chosen if one.loop or one.cut]
    if len(loops) > 1:
        return None
    loop = loops[0] if loops else chosen[0]
    return layer(chosen[0].kind, changed, loop.loop, loop.cut, loop.cut_from)


def of(own: Program, places: list[tuple[int, Statement, Slip]]) -> Mutant:
    _, statement, slip = places[0]
    gates = "".join(dict.fromkeys(s.gate for _, s, _ in places))
    return Mutant(own.kind, f"{own.kind}:{'+'.join(str(n) for n, *_ in places)}:{slip.text}", tuple((n, one.text) for n, _, one in places),
                  "; ".join(dict.fromkeys(s.text for _, s, _ in places)), "; ".join(dict.fromkeys(one.text for *_, one in places)) or "(left out)",
                  slip.words, gates, statement.part in OF_OUTPUTS, rank=slip.rank + 0.5 * (len(places) > 1))


def of_the_loop(own: Program, steps: int) -> Iterator[Mutant]:
    """Slips of the loop around the statements."""
    words = {"first left out": "the way back stops one step short of the first", "last left out": "the way back leaves out the last step",
             "forwards": "the way back goes through the steps from the first to the last", "once": "the way back returns after one step",
             "nothing handed on": "no gradient travels back through time: what a step hands to the one before it is lost",
             "h not handed on": "dh_next is lost between steps: the gradient of h does not travel back through time",
             "s not handed on": "ds_next is lost between steps: the gradient of the cell state does not travel back through time"}
    for loop in LOOPS[1:]:
        if "s" in own.states or not loop[:2] in ("h ", "s "):
            yield Mutant(own.kind, f"{own.kind}:loop:{loop}", (), "for t in reversed(range(T)), dh_next = dh_before", loop, words[loop],
                         loop=loop)
    for cut in range(1, steps):
        for end in ("start", "end", "start, h0 too", "end, h0 too"):
            yield Mutant(own.kind, f"{own.kind}:cut:{cut}:{end}", (), "the gradient goes back to the first step",
                         f"it is cut every {cut} steps, counted from the {end}", f"the gradient is cut every {cut} steps (truncated "
                         f"backpropagation in chunks of {cut}, counted from the {end[:5].strip(',')} of the sequence)", cut=cut, cut_from=end)


def outside(own: Program) -> Iterator[Mutant]:
    """A term of a gate's sum that stands outside of its activation."""
    values = {called_with[1]: n for n, s in enumerate(own.statements) if (called_with := re.match(r"\w+ = \w+\((\w+)\)$", s.text))}
    for n, statement in enumerate(own.statements):
        name = target(statement.text)
        if name not in values or not name.startswith("a"):
            continue
        behind = own.statements[values[name]].text
        terms = statement.text.partition(" = ")[2].split(" + ")
        for place, term in enumerate(terms):
            left = " + ".join(terms[:place] + terms[place + 1:])
            yield Mutant(own.kind, f"{own.kind}:outside:{name}:{term}", ((n, f"{name} = {left}"), (values[name], f"{behind} + {term}")),
                         f"{statement.text}; {behind}", f"{name} = {left}; {behind} + {term}",
                         f"{term} is added behind the activation, not inside it", statement.gate, True)


def exchanged(own: Program) -> Iterator[Mutant]:
    """h and c exchanged: where they come in, in the output, from step to step, where they are returned, or in several of these."""
    if "s" not in own.states:
        return
    numbers = {s.text: n for n, s in enumerate(own.statements)}
    places = {"at the start": {"h_next = h0": "h_next = c0", "s_next = c0": "s_next = h0"}, "in the output": {"y_t = h": "y_t = s"},
              "from step to step": {"h_next = h": "h_next = s", "s_next = s": "s_next = h"},
              "at the end": {"h_n = h_next": "h_n = s", "c_n = s_next": "c_n = h"}}
    for count in range(1, len(places) + 1):
        for chosen in combinations(places, count):
            texts = {right: wrong for place in chosen for right, wrong in places[place].items()}
            yield Mutant(own.kind, f"{own.kind}:exchanged:{'+'.join(chosen)}", tuple((numbers[a], b) for a, b in texts.items()),
                         "; ".join(texts), "; ".join(texts.values()), f"h and c are exchanged {', '.join(chosen)}", "", True, rank=count)


# --------------------------------------------------------------------------------------------------- what is known where


def names_known(own: Program, config: dict) -> list[Mapping[str, tuple[int, ...]]]:
    """For each statement the arrays that it may name, with their shapes: found by running one step at sizes that all differ."""
    B, I, H = 5, 3, 7
    rng = np.random.default_rng(0)
    blocks = (len(own.gates),) if own.gates else ()
    params = {"kernel": rng.normal(size=(*blocks, I, H)), "recurrent_kernel": rng.normal(size=(*blocks, H, H)),
              "bias": rng.normal(size=(*blocks, H)), "recurrent_bias": rng.normal(size=(*blocks, H)),
              "peephole": rng.normal(size=(3, H))}
    used = " ".join(statement.text for statement in own.statements)
    params = {name: a for name, a in params.items() if re.search({"recurrent_bias": r"\bc(_[rznifgo])?\b(?!0)", "peephole": r"\bp_"}.get(
        name, ""), used)}
    names = {**functions_of(own), **arrays_of(own, params), "forget_bias": 0.5, "np": np}
    parts = {part: [compiled(s.text) for s in own.statements if s.part == part] for part in OF_OUTPUTS}
    tape, _ = walk(own, parts, names, {"x": rng.normal(size=(B, 1, I))})
    assigned = {target(s.text) for s in own.statements if s.part in OF_OUTPUTS}
    env = {name: a for name, a in {**names, **tape[0]}.items() if name not in assigned}
    seen: list[Mapping[str, tuple[int, ...]]] = []
    backward = {**names, **tape[0], "dy_t": np.ones((B, H)), "dy_before": np.ones((B, H)), "dy_after": np.ones((B, H)),
                "dh_n": np.ones((B, H))} | ({"dc_n": np.ones((B, H))} if "s" in own.states else {})
    for name, a in arrays_of(own, params).items():
        backward[f"d{name}"] = np.zeros_like(a[0] if name[0] in "bcp" else a)
    for statement in own.statements:
        env = env if statement.part in OF_OUTPUTS else backward
        seen.append({name: a.shape for name, a in env.items() if isinstance(a, np.ndarray) and not name.startswith("__")})
        exec(compiled(statement.text), env)
    return seen


def target(text: str) -> str:
    return re.match(r"\w+", text)[0]  # type: ignore[index]


# ------------------------------------------------------------------------------------------------------ the slips of a statement


def slips(statement: Statement, known: Mapping[str, tuple[int, ...]], own: Program) -> Iterator[Slip]:
    tree = ast.parse(statement.text).body[0]
    name = target(statement.text)

    def slip(value: str, words: str, kind: str = "", sign: str = "", rank: float = 1) -> Slip:
        operator = sign or ("+=" if isinstance(tree, ast.AugAssign) else "=")
        text = f"{name} {operator} {value}" if value else ""
        family = kind or re.sub(rf"\b{statement.gate}\b|(?<=_){statement.gate}\b|\bd{statement.gate}\b", "§", text) if statement.gate else kind
        return Slip(text, words, f"{statement.like}|{family}" if not kind else kind, rank)

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


def changes(node: ast.AST, known, own: Program) -> Iterator[tuple[ast.expr, str, str]]:
    match node:
        case ast.Name(id=name) if name in known:
            for other, shape in known.items():
                if shape == known[name] and other != name and other not in NEVER:
                    yield ast.Name(other), f"{other} is used in place of {name}", ""
        case ast.BinOp(left=left, op=ast.Mult() | ast.Add() | ast.Sub() as op, right=right):
            sign = {ast.Mult: "×", ast.Add: "+", ast.Sub: "-"}[type(op)]
            yield left, f"{ast.unparse(right)} is left out", ""
            yield right, f"{ast.unparse(left)} is left out", ""
            for other, what in ((ast.Add(), "+"), (ast.Sub(), "-"), (ast.Mult(), "×"), (ast.Div(), "÷")):
                if type(other) is not type(op) and (what in "+-" or sign != "+" or what == "×"):
                    yield ast.BinOp(left, other, right), f"{what} stands in place of {sign} in {ast.unparse(node)}", ""
            if isinstance(op, ast.Sub):
                yield ast.BinOp(right, op, left), f"{ast.unparse(right)} - {ast.unparse(left)} stands in place of {ast.unparse(node)}", ""
            if isinstance(op, ast.Mult) and isinstance(right, ast.Call) and (f := called(right)).endswith("_slope"):
                inside = ast.parse(f"{f}({ast.unparse(left)}, {f[:-6]}({ast.unparse(left)}))", mode="eval").body
                yield inside, "the upstream gradient goes into the derivative, which is not multiplied by it", "slope of upstream"
        case ast.BinOp(left=left, op=ast.MatMult(), right=ast.Attribute(value=matrix, attr="T")):
            yield ast.BinOp(left, ast.MatMult(), matrix), f"{ast.unparse(matrix)} is not transposed", ""
        case ast.BinOp(left=left, op=ast.MatMult(), right=ast.Name() as matrix) if ast.unparse(matrix).startswith("R"):
            yield (ast.BinOp(left, ast.MatMult(), ast.Attribute(matrix, "T", ast.Load())),
                   f"{ast.unparse(matrix)} is transposed", "")
        case ast.Call(func=ast.Attribute(value=inner, attr="sum")):
            text = ast.unparse(inner)
            for new, words in ((f"{text}.mean(0)", "the mean over the batch in place of the sum"),
                               (f"({text})[-1]", "that of the last example alone"), (f"({text})[0]", "that of the first example alone")):
                yield ast.parse(new, mode="eval").body, words, ""
        case ast.Call(args=[a, y]) if (f := called(node)).endswith("_slope"):
            for form, words in SLOPES.items():
                text = re.sub(r"\ba\b", f"({ast.unparse(a)})", re.sub(r"\by\b", f"({ast.unparse(y)})", form))
                yield ast.parse(text.replace("F_slope", f).replace("F(", f"{f[:-6]}("), mode="eval").body, words, f"slope {form}"
        case ast.Call(args=[a]) if (f := called(node)) in own.functions:
            for other in ("sigmoid", "tanh", "relu", "identity", "hard_sigmoid"):
                if other != own.functions[f]:
                    yield ast.parse(f"{other}({ast.unparse(a)})", mode="eval").body, f"{other} in place of {own.functions[f]}", f"{f} {other}"
            yield ast.parse(f"{f}({f}({ast.unparse(a)}))", mode="eval").body, f"{own.functions[f]} is applied twice", f"{f} twice"


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""
