"""Which attribute is which weight, by what it is called and by its shape, at sizes that are all different.

    W (in, hidden), Wf (hidden, in), linear.weight, x2r.bias, weight_ih_l0, params['b1']

Found are matrices by their shape, gates by a letter in the names of as many attributes as there are gates, the second bias by an
h or "recurrent" in its name. What neither name nor shape says (gates side by side in one matrix, [h, x] or [x, h]) is asked for.
"""

import re
from collections.abc import Mapping

import numpy as np

from nnparity.cases.kinds import KINDS
from nnparity.oracles.layouts import IDENTITY, LAYOUTS, Layout
from nnparity.reports.checking.handed_in.weights import Shape, Weight, arrangements
from nnparity.reports.checking.names import bare

# a letter or a word for a gate -> ours
LETTERS = {"lstm": {**dict(zip("ifgo", "ifgo")), "u": "i", "c": "g", "a": "g", "j": "g"},
           "gru": {**dict(zip("rzn", "rzn")), "u": "z", "h": "n", "c": "n", "g": "n"}}
WORDS = {"lstm": {"forget": "f", "output": "o", "candidate": "g", "cell": "g", "update": "i", "input": "i"},
         "gru": {"reset": "r", "update": "z", "candidate": "n", "new": "n"}}
PLACES = (-1, -2, 1, 0, 2)  # of a gate's letter in a name: Wxf, Wfx, Wf_x
FIRST = {"gamma": ("gamma", "weight", "scale", "g", "w"), "beta": ("beta", "bias", "shift", "b")}  # of two of one shape
SECOND_BIAS = re.compile(r"hh|recurrent|rec|bh[a-z]?$|h2h|^c|hidden|^u|b_?r$")


class Asked(Exception):
    """What the names and shapes do not say: problems in words, and a proposal with what is known."""

    def __init__(self, problems: list[str], proposal: Mapping[str, str]):
        super().__init__("; ".join(problems))
        self.proposal = proposal


def known_layout(kind: str, shapes: Mapping[str, Shape], params: Mapping[str, np.ndarray],
                 frameworks=("torch",)) -> Layout | None:
    """PyTorch's names and shapes, or our own; with fewer biases than `params` has too, and inside one module of their own."""
    inside = {path: path.rpartition(".")[2] for path in shapes}
    if "torch" in frameworks:  # a cell has the names of a layer without its number
        inside = {path: re.sub(r"_(ih|hh)$", r"_\1_l0", name) for path, name in inside.items()}
    one_module = inside != {path: path for path in shapes} and len({path.rpartition(".")[0] for path in shapes}) == 1
    if one_module and (layout := known_layout(kind, {inside[path]: shape for path, shape in shapes.items()}, params, frameworks)):
        return renamed_paths(layout, inside)
    for layout in (*(LAYOUTS[framework][kind] for framework in frameworks if kind in LAYOUTS[framework]), IDENTITY):
        for left in ((), ("recurrent_bias",), ("recurrent_bias", "bias")):
            own = {name: a for name, a in params.items() if name not in left}
            try:
                packed = layout.pack(own)
            except KeyError:
                continue
            if packed and {name: a.shape for name, a in packed.items()} == dict(shapes):
                return layout
    return None


def renamed_paths(layout: Layout, inside: Mapping[str, str]) -> Layout:
    """The layout of arrays that stand at other paths."""
    outside = {name: path for path, name in inside.items()}
    return Layout(lambda params: {outside[name]: a for name, a in layout.pack(params).items() if name in outside},
                  lambda arrays: layout.unpack({inside[path]: a for path, a in arrays.items()}))


def guessed(kind: str, shapes: Mapping[str, Shape], params: Mapping[str, np.ndarray]) -> dict[str, Weight]:
    """The weight that each path holds. Raises Asked."""
    groups: dict[tuple, list[str]] = {}
    problems: list[str] = []
    for path, shape in shapes.items():
        roles = possible(kind, shape, params)
        if roles:
            groups.setdefault(roles, []).append(path)
        else:
            problems.append(f"{path} {shape} has the shape of none")
    found: dict[str, Weight] = {}
    proposal: dict[str, str] = {}
    for roles, paths in sorted(groups.items(), key=lambda group: group[0][0][0] == ("bias",)):  # matrices first
        try:
            beside = {stem(path): weight.arrays for path, weight in found.items() if "." in path}
            found |= named(kind, roles, paths, beside)
        except Asked as asked:
            problems += [str(asked)]
            proposal |= asked.proposal
    if problems:
        raise Asked(problems, {**{path: str(weight) for path, weight in found.items()}, **proposal})
    return found


def possible(kind: str, shape: Shape, params: Mapping[str, np.ndarray]) -> tuple[tuple[tuple[str, ...], int], ...]:
    """((arrays, how many gates), ...) that an array of this shape can hold."""
    gates = KINDS[kind].gates
    sets: list[tuple[str, ...]] = [(name,) for name in params if name != "peephole"]
    if {"kernel", "recurrent_kernel"} <= params.keys():
        sets.append(("kernel", "recurrent_kernel"))
    return tuple((arrays, count) for arrays in sets for count in ((1, len(gates)) if gates else (0,))
                 if arrangements(params, Weight(arrays, gates[:count]), kind, shape))


def named(kind: str, roles: tuple, paths: list[str], beside: Mapping[str, tuple[str, ...]]) -> dict[str, Weight]:
    """The weights of the attributes of one shape. `beside` are the matrices that stand in a module with their bias."""
    (arrays, count), gates = roles[0], KINDS[kind].gates
    if count > 1:
        raise Asked([f"{few(paths)} holds all gates, in which order"],
                    {path: f"{second(path, arrays, roles, beside)} {gates}?" for path in paths})
    if count == 0 and len(arrays) == 1:
        return dict(zip(paths, map(Weight, told_apart(roles, paths, beside))))
    if count == 0:
        raise Asked([f"{few(paths)} multiplies x and h together, in which order"],
                    {path: "recurrent_kernel + kernel (or kernel + recurrent_kernel)?" for path in paths})
    letters = gates_in(kind, paths)
    if letters is None:
        proposed = zip(paths, (*gates, *gates[-1:] * len(paths)))
        raise Asked([f"{few(paths)}: which of the gates {gates} of {' or '.join(a[0][0] for a in roles)}"],
                    {path: f"{second(path, arrays, roles, beside)} {gate}?" for path, gate in proposed})
    if len(arrays) > 1:
        raise Asked([f"{few(paths)} multiplies x and h together, in which order"],
                    {path: f"recurrent_kernel + kernel {g} (or kernel + recurrent_kernel {g})?" for path, g in letters.items()})
    one_each = len(paths) == len(gates)
    names = {path: arrays[0] if one_each else second(path, arrays, roles, beside) for path in paths}
    found = {path: Weight((names[path],), gate) for path, gate in letters.items()}
    if len(set(found.values())) < len(found):
        raise Asked([f"{few(paths)}: which is bias and which recurrent_bias"], {path: f"{w}?" for path, w in found.items()})
    return found


def told_apart(roles: tuple, paths: list[str], beside: Mapping) -> list[tuple[str, ...]]:
    """Arrays of one shape, by name: the two biases, gamma and beta."""
    names = [arrays[0] for arrays, _ in roles]
    if len(names) == 1 and len(paths) == 1 or names[0] == "bias" and len(paths) == 1:
        return [(names[0],)]
    found = []
    for path in paths:
        own = [name for name in names if bare(leaf(path)) in FIRST.get(name, ())] or (
            [second(path, ("bias",), roles, beside)] if "bias" in names else [])
        found += own
    if len(found) != len(paths) or len(set(found)) != len(found):
        raise Asked([f"{few(paths)}: which is {' and which '.join(names)}"], dict(zip(paths, (f"{n}?" for n in names))))
    return [(name,) for name in found]


def second(path: str, arrays: tuple[str, ...], roles: tuple, beside: Mapping) -> str:
    """bias or recurrent_bias, where there could be two; else what it is."""
    names = {a[0] for a, _ in roles}
    if "recurrent_bias" in names and stem(path) in beside:
        return "recurrent_bias" if beside[stem(path)] == ("recurrent_kernel",) else "bias"
    if "recurrent_bias" in names and SECOND_BIAS.search(stem(path).lower().replace("_", "")):
        return "recurrent_bias"
    return arrays[0] if len(arrays) == 1 else " + ".join(arrays)


def gates_in(kind: str, paths: list[str]) -> dict[str, str] | None:
    """{path: gate}, where a word or a letter at the same place of every name says it; each gate as often as the others."""
    gates, stems = KINDS[kind].gates, {path: stem(path) for path in paths}
    by_word = {path: gate for path, text in stems.items() for word, gate in WORDS[kind].items() if word in text.lower()}
    if balanced(by_word, paths, gates):
        return by_word
    for place in PLACES:
        letters = {path: LETTERS[kind].get(bare(text)[place].lower(), "") for path, text in stems.items()
                   if -len(bare(text)) <= place < len(bare(text))}
        if balanced(letters, paths, gates):
            return letters
    return None


def balanced(found: Mapping[str, str], paths: list[str], gates: str) -> bool:
    counts = [list(found.values()).count(gate) for gate in gates]
    return len(found) == len(paths) and sum(counts) == len(paths) and len(set(counts)) == 1 and counts[0] in (1, 2)


def stem(path: str) -> str:
    """What distinguishes it: W_ir of W_ir.weight, Wf of params['Wf']."""
    parts = [part for part in re.split(r"[.\[\]'\"]+", path) if part]
    return parts[-2] if len(parts) > 1 and parts[-1] in ("weight", "bias", "kernel") else parts[-1]


def leaf(path: str) -> str:
    return [part for part in re.split(r"[.\[\]'\"]+", path) if part][-1]


def few(paths: list[str]) -> str:
    return ", ".join(paths[:4]) + (", ..." if len(paths) > 4 else "")


def how_to_say_it(name: str, kind: str, asked: Asked) -> tuple[str, str]:
    """(what is not clear, the line to type)"""
    lines = ", ".join(f'"{path}": "{text}"' for path, text in asked.proposal.items())
    return (f"{name}: which attribute is which weight of a {kind} is not clear: {asked}",
            f"Say so (in place of what ends in ?): nnparity.adapt({name}, weights={{{lines}}})")
