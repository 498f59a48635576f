"""What may stand in the place of one part of a formula: the slips that a name, a product, a call or an index is open to."""

import ast
import re
from collections.abc import Iterator
from itertools import permutations

INTEGERS = ({"kh", "kw", "sh", "sw", "dh", "dw", "eh", "ew"}, {"i", "j", "b", "c", "o"},
            {"oh", "ow", "H", "W", "B", "C", "F", "I"})
NEIGHBOURS = ({"i", "j"}, {"b", "c"}, {"c", "o"}, {"H", "W"}, {"B", "C"}, {"C", "F"}, {"C", "I"}, {"F", "I"})
RATES = {"t", "rate", "beta", "rho", "momentum", "beta_1", "beta_2", "weight_decay", "c_1", "c_2"}  # of optimizers
SCALARS = {"epsilon", "half", "divisor", "keep", "old", "new", "correction", "groups", "n"} | RATES
FUNCTIONS = {"f", "f_slope"}

# what stands in the place of f'(a), in words
OF_RELU, OF_SIGMOID, OF_TANH = (f"the derivative of {name} is used" for name in ("ReLU", "the sigmoid", "tanh"))
AT_BIAS = "the derivative is taken at the bias, not at the pre-activation"
IN_PLACE = "{} stands in place of the derivative"
SLOPES = {
    "1.0": "the activation's derivative is left out", "f_slope(y)": "the derivative is taken of the activation y, not of the "
    "pre-activation a", "y": IN_PLACE.format("y itself"), "(1 - y)": IN_PLACE.format("1 - y"), "y * (1 - y)": OF_SIGMOID,
    "(1 - y * y)": OF_TANH, "(1 + y * y)": IN_PLACE.format("1 + y²"), "(1 - y) ** 2": IN_PLACE.format("(1 - y)²"),
    "(1 - a * a)": "1 - a² is taken of the pre-activation", "a * (1 - a)": "a (1 - a) is taken of the pre-activation",
    "(a > 0)": OF_RELU, "(y >= 0)": OF_RELU + ", with 1 at zero", "sigmoid_slope(a)": OF_SIGMOID, "tanh_slope(a)": OF_TANH,
    "f_slope(a) ** 2": "the activation's derivative is taken twice", "f(a)": "the function stands in place of its derivative",
    "f_slope(f_slope(a))": "the derivative is taken of the derivative", "f(f(a))": IN_PLACE.format("the function, twice,"),
    "2 * f_slope(a)": "twice the derivative is used", "f_slope(a) / 2": "half of the derivative is used",
    "(y * y - 1)": "the derivative has the wrong sign, y² - 1", "y * (1 + y)": IN_PLACE.format("y (1 + y)"),
    "y ** 2": IN_PLACE.format("y²"), "f_slope(bias)": AT_BIAS, "f_slope(f(bias))": AT_BIAS, "bias * (1 - bias)": AT_BIAS,
    "(1 - bias * bias)": AT_BIAS, "f_slope(dy)": "the derivative is taken of the upstream gradient",
}

Change = tuple[ast.expr, str, float]  # what stands there, what is wrong with that in words, rank


def changes(node: ast.AST, known: list[str], inside: bool) -> Iterator[Change]:
    """All changes of one part of a formula. `known` are the arrays that may be named there; `inside` an index fewer are made."""
    match node:
        case ast.Name(id=name, ctx=ast.Load()):
            yield from other_names(name, known, inside)
        case ast.BinOp(left=left, op=op, right=right):
            yield from other_operations(left, op, right, inside)
        case ast.Call():
            yield from other_calls(node)
        case ast.UnaryOp(op=ast.USub(), operand=operand) if not isinstance(operand, ast.Constant):
            yield operand, f"the sign of {ast.unparse(operand)} is wrong", 1
        case ast.Constant(value=value) if isinstance(value, (int, float)) and not isinstance(value, bool):
            for other, what in ((-value, "has the other sign"), (2 * value, "is doubled"), (value / 2, "is halved")):
                if not inside and value:
                    yield ast.Constant(other), f"the constant {value:g} {what}", 1.5
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            a, b = ast.unparse(left), ast.unparse(right)
            for power in range(1, 9):
                yield expression(f"np.abs({a} - {b}) < 1e-{power}"), (
                    f"what is within 1e-{power} of {b} counts as equal to it: a tolerance stands in place of equality"), 1
        case ast.Attribute(value=value, attr="T"):
            yield value, f"{ast.unparse(value)} is not transposed", 1
        case ast.Subscript(value=value, slice=index):
            yield from other_elements(value, index)


def expression(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def other_names(name: str, known: list[str], inside: bool) -> Iterator[Change]:
    if name in known:
        for other in dict.fromkeys(known):
            if other != name:
                yield ast.Name(other, ast.Load()), f"{other} is used in place of {name}", 2
        if not inside:
            for other, words in ((f"(1 - {name})", f"1 - {name} is used in place of {name}"),
                                 (f"{name} ** 2", f"{name} is used twice, as its square"),
                                 (f"({name} + 1)", f"1 is added to {name}"), (f"-{name}", f"{name} has the wrong sign")):
                yield expression(other), words, 2
    for group in INTEGERS:
        if name in group:
            for other in sorted(group - {name}):
                if other[0] == name[0] or other[-1] == name[-1] or {name, other} in NEIGHBOURS:
                    yield ast.Name(other, ast.Load()), f"{other} is used in place of {name}", 1.5
    if name in SCALARS or any(name in group for group in INTEGERS[:2]):
        words = f"0 stands in place of {name}" if inside else f"{name} is left out"
        yield ast.Constant(0 if inside or name in ("epsilon", "weight_decay") else 1), words, 1.5
    if name in RATES:
        said = {"weight_decay": "the weight decay", "rate": "the learning rate", "t": "the step t"}.get(name, name)
        yield expression(f"{name} / 2"), f"{said} is half of what it should be", 1.5
        yield expression(f"2 * {name}"), f"{said} is twice what it should be", 1.5
        yield expression(f"({name} - 1)"), f"{said} is one less", 1.5
    if name in SCALARS and not inside:
        yield expression(f"(1 - {name})"), f"1 - {name} is used in place of {name}", 1.5


SIGN = {ast.Add: "+", ast.Sub: "-", ast.Mult: "×", ast.Div: "÷", ast.FloorDiv: "÷"}


def other_operations(left: ast.expr, op: ast.operator, right: ast.expr, inside: bool) -> Iterator[Change]:
    a, b = ast.unparse(left), ast.unparse(right)
    rank = 2.5 if inside else 1.0
    if isinstance(op, ast.Pow):
        of, double = f"the power of {a}", f"2 * ({b})"
        for power, words in (("1", f"{a} is not raised to the power {b}"), (f"-({b})", f"{of} has the wrong sign"),
                             (f"{b} / 2", f"{of} is half of what it should be"), (double, f"{of} is twice what it should be"),
                             (f"{b} + 1", f"{of} is one too large"), (f"{b} - 1", f"{of} is one too small")):
            yield expression(f"({a}) ** ({power})"), words, 1
        return
    if isinstance(op, ast.MatMult):
        yield ast.BinOp(right, op, left), f"{b} @ {a} stands in place of {a} @ {b}", 2
        return
    match left, op:
        case ast.BinOp(left=c, op=(ast.Mult() | ast.Div()) as times, right=d), ast.Add() | ast.Sub():
            yield ast.BinOp(c, times, ast.BinOp(d, op, right)), f"a bracket stands around {ast.unparse(d)} and {b}", rank
        case ast.BinOp(left=c, op=(ast.Add() | ast.Sub()) as plus, right=d), ast.Mult() | ast.Div():
            yield ast.BinOp(c, plus, ast.BinOp(d, op, right)), f"the bracket around {a} is missing", rank
    match right, op:
        case ast.BinOp(left=c, op=(ast.Add() | ast.Sub()) as plus, right=d), ast.Mult() | ast.Div():
            yield ast.BinOp(ast.BinOp(left, op, c), plus, d), f"the bracket around {b} is missing", rank
    yield left, f"{b} is left out", rank
    yield (right if not isinstance(op, ast.Sub) else ast.UnaryOp(ast.USub(), right)), f"{a} is left out", rank
    for other in (ast.Add(), ast.Sub(), ast.Mult(), ast.Div()):
        if type(other) is not type(op) and not (inside and isinstance(other, ast.Div)):
            signs = f"{SIGN[type(other)]} stands in place of {SIGN[type(op)]}"
            if {type(op), type(other)} == {ast.Add, ast.Sub}:
                signs = f"the sign is wrong, {signs},"
            yield ast.BinOp(left, other, right), f"{signs} between {a} and {b}", rank
    if isinstance(op, (ast.Sub, ast.Div)):
        yield ast.BinOp(right, op, left), f"{a} and {b} are exchanged", rank


def other_calls(node: ast.Call) -> Iterator[Change]:
    name, argument = ast.unparse(node.func), node.args[0] if node.args else None
    text = ast.unparse(node)
    if argument is None:
        return
    inner = ast.unparse(argument)
    if name == "f_slope":
        for other, words in SLOPES.items():
            yield expression(re.sub(r"\ba\b", inner, other)), words, 0.5
        return
    if name in ("np.sum", "np.mean", "np.max"):
        for other in ("np.sum", "np.mean", "np.max", "np.min"):
            if other != name:
                yield expression(text.replace(name, other, 1)), f"{other} stands in place of {name}", 1
        if name == "np.mean" and node.keywords:
            n = f"{inner.removesuffix(' ** 2')}.shape[{ast.unparse(node.keywords[0].value)}]"
            yield expression(f"{text} * {n} / ({n} - 1)"), "the mean is divided by n - 1 in place of n", 1
        elif node.keywords and ast.unparse(node.keywords[0].value) == "0":
            yield expression(f"({inner})[-1]"), "the last example alone is taken", 1
            yield expression(f"({inner})[0]"), "the first example alone is taken", 1
            yield expression(f"np.sum({inner})"), "the sum goes over everything, one number for all", 1
        yield argument, f"{inner} is not summed" if name == "np.sum" else f"{name} is left out", 1
        for keyword in node.keywords:
            if keyword.arg == "axis":
                axis = ast.unparse(keyword.value)
                for other_axis, where in ({"0": "1", "1": "0"}[axis], "along the other axis"), ("None", "over everything"):
                    keep = text.replace(f"axis={axis}", f"axis={other_axis}")
                    words = f"the softmax is divided by a sum {where}" if inner == "e" else f"{name[3:]} {where} in {text}"
                    yield expression(keep), words, 1
    elif name == "np.sqrt":
        yield argument, f"the square root of {inner} is left out", 1
        yield expression(f"({inner}) ** 2"), f"the square of {inner} stands in place of its square root", 1
        match argument:
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                a, b = ast.unparse(left), ast.unparse(right)
                yield expression(f"np.sqrt({a}) + {b}"), f"{b} is added outside the square root", 1
                yield expression(f"np.sqrt({a} + {b} ** 2)"), f"{b} is squared", 1
    elif name == "state.get" and len(node.args) == 2:
        of = ast.unparse(argument)
        for other, words in (("g", "the gradient itself"), ("g ** 2", "the gradient's square"), ("np.ones_like(p)", "one"),
                             ("p", "the parameter")):
            words = f"before the first step the {ast.literal_eval(of)} is {words}, not zero"
            yield expression(f"state.get({of}, {other})"), words, 1
    elif name == "first":
        yield argument, "every equal maximum of a window gets the whole gradient, not the first alone", 1
        for power in range(1, 9):
            yield expression(f"np.abs(window - np.max(window)) < 1e-{power}"), (
                f"whatever is within 1e-{power} of the maximum gets the gradient: a tolerance stands in place of equality"), 1
        yield expression(f"({inner}) / np.sum({inner})"), "equal maxima of a window share the gradient", 1
        yield expression(f"first(({inner})[::-1, ::-1])[::-1, ::-1]"), "of equal maxima the last one gets the gradient", 1
        yield expression(f"first(({inner}).T).T"), "of equal maxima the first in column-major order gets the gradient", 1
        yield expression("np.ones(window.shape)"), "every cell of the window gets the gradient, not the maximum alone", 1
        yield expression("np.ones(window.shape) / window.size"), "the gradient is spread evenly over the window", 1
        yield expression("(window > 0)"), "every positive cell of the window gets the gradient", 1
    elif name == "np.log":
        yield expression(f"np.log2({inner})"), "the logarithm is of base two", 1
        yield expression(f"np.log10({inner})"), "the logarithm is of base ten", 1
        for power in range(5, 13):
            yield expression(f"np.log({inner} + 1e-{power})"), f"1e-{power} is added inside the logarithm", 1
    elif name == "f":
        for other in ("sigmoid", "tanh", "relu"):
            yield expression(f"{other}({inner})"), f"{other} stands in place of the activation", 1
    if name == "np.max" and inner == "window":
        yield expression("window.flat[np.argmax(np.abs(window))]"), "the number of the largest magnitude is taken", 1
        yield expression("np.max(np.abs(window))"), "the largest magnitude is taken", 1
    if name in ("np.log", "np.exp", "f"):
        yield argument, f"{name.removeprefix('np.')} of {inner} is left out", 1


OF_IMAGE = ("examples", "channels", "rows", "columns")
AXES = {"kernel": ("filters",), "bias": ("filters",), "dkernel": ("filters",), "dbias": ("filters",), "tokens": ("tokens",),
        "table": ("rows",), "dtable": ("rows",), **dict.fromkeys(("a", "da"), ("examples", "filters", "rows", "columns"))}


def other_elements(value: ast.expr, index: ast.expr) -> Iterator[Change]:
    """An element's neighbour, the whole axis in place of one element, a slice one longer or shorter, the axes exchanged."""
    parts = list(index.elts) if isinstance(index, ast.Tuple) else [index]
    array = ast.unparse(value)

    def with_parts(new: list[ast.expr]) -> ast.expr:
        return ast.Subscript(value, ast.Tuple(new, ast.Load()) if len(new) > 1 else new[0], ast.Load())

    for n, part in enumerate(parts):
        text = ast.unparse(part)
        axis = AXES.get(array, OF_IMAGE)[n] if n < len(AXES.get(array, OF_IMAGE)) else "elements"
        if isinstance(part, ast.Slice):
            start, stop = ast.unparse(part.lower or ast.Constant(0)), ast.unparse(part.upper or ast.Constant(0))
            step = f":{ast.unparse(part.step)}" if part.step else ""
            others = [(f"{start}:{stop} - 1{step}", f"the slice {text} of {array} is one short"),
                      (f"{start}:{stop} + 1{step}", f"the slice {text} of {array} is one too long"),
                      (f"{start} + 1:{stop} + 1{step}", f"the slice {text} of {array} starts one too late"),
                      (":", f"all {axis} of {array} are taken in place of {text}"),
                      (start, f"the corner {start} of {array} alone is taken in place of {text}")]
            if part.step:
                others += [(f"{start}:{stop}", f"the step is left out of the slice {text}")]
        else:
            others = [(":", f"all {axis} of {array} are taken in place of {text}"),
                      ("0", f"the first of the {axis} of {array} is taken in place of {text}"),
                      ("-1", f"the last of the {axis} of {array} is taken in place of {text}"),
                      (f"-1 - {text}", f"{array} is read from its end"),
                      (f"{text} - 1", f"the element of {array} before {text} is taken"),
                      (f"{text} + 1", f"the element of {array} behind {text} is taken")]
        for other, words in others:
            yield with_parts([*parts[:n], index_of(other), *parts[n + 1:]]), words, 1.5
    if array == "kernel":
        yield expression(f"kernel[{ast.unparse(index)}][:, ::-1, ::-1]"), "the kernel is flipped", 1
        yield expression(f"np.swapaxes(kernel[{ast.unparse(index)}], 1, 2)"), "the kernel's rows and columns are exchanged", 1
        for order in permutations(range(3)):
            if order != (0, 1, 2):
                named, one = ", ".join(("channel", "row", "column")[n] for n in order), f"kernel[{ast.unparse(index)}]"
                words = f"the kernel is flattened in the order {named}, the window in the order channel, row, column"
                yield expression(f"{one}.transpose{order}.reshape({one}.shape)"), words, 1
                words = f"the window is flattened in the order {named}, the kernel in the order channel, row, column"
                lengths = f"[{one}.shape[n] for n in {order}]"
                yield expression(f"{one}.reshape({lengths}).transpose(np.argsort({order}))"), words, 1
    if len(parts) > 3:
        yield with_parts([*parts[:-2], parts[-1], parts[-2]]), f"row and column of {array} are exchanged", 1
    rows = [part for part in parts if not isinstance(part, ast.Slice)]
    if array == "dy" and len(rows) == 4:  # the slice of the upstream gradient at the window's coordinates
        yield expression("corner(dy[b, c], i * sh, j * sw, kh, kw)"), (
            "a slice of dL/dy at the window's coordinates stands in place of its one number dy[b, c, i, j]"), 1


def index_of(text: str) -> ast.expr:
    return ast.parse(f"a[{text}]", mode="eval").body.slice  # type: ignore[attr-defined]
