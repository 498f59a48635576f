"""What goes wrong in the statements of a textbook program, by construction.

Every name in a statement may be another array of the same shape that is known there; of every product and sum a part may be
left out, and the one stand for the other; every derivative may be left out, squared, another function's, of the wrong argument,
or take the upstream gradient into itself; every result may have the other sign, be doubled or halved, be kept where it should
be added up, or not be computed at all; every state may start from or be handed on as another. What several gates say alike may
go wrong in all of them, since people copy lines, or write one function for all.

Nothing is listed by hand but the kinds of slip. What a slip does is for others to see: some change nothing.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np

from nnparity.reference_impl.textbook.programs import BACKWARD, OF_OUTPUTS, Program, Statement, program
from nnparity.reference_impl.textbook.run import LOOPS, arrays_of, compiled, functions_of, layer, walk
from nnparity.reference_impl.textbook.slips import Slip, slips, target
from nnparity.reference_impl.textbook.words import KNOWN, QUANTITIES


@dataclass(frozen=True)
class Mutant:
    """One slip. `changed` are the statements that it replaces, by number; "" leaves one out. `loop`, `cut`: as in run.layer."""

    kind: str
    id: str
    changed: tuple[tuple[int, str], ...]
    right: str
    wrong: str
    words: str
    forward: bool = False
    loop: str = ""
    cut: int = 0
    cut_from: str = "start"
    rank: float = 0  # the less, the likelier: of several that do the same the first is told


@cache
def mutants(kind: str, config: tuple, steps: int) -> tuple[Mutant, ...]:
    """All slips in the program of a layer with these options, sorted pairs; of the loop those that so many steps can show."""
    own = program(kind, dict(config))
    known = names_known(own)
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
    """The same slip in one statement or several."""
    _, statement, slip = places[0]
    numbers = "+".join(str(n) for n, *_ in places)
    return Mutant(
        own.kind, f"{own.kind}:{numbers}:{slip.text}", tuple((n, one.text) for n, _, one in places),
        right="; ".join(dict.fromkeys(s.text for _, s, _ in places)),
        wrong="; ".join(dict.fromkeys(one.text for *_, one in places)) or "(left out)",
        words=KNOWN.get(slip.text) or not_used(own, statement, slip) or f"{where(own, [s for _, s, _ in places])}: {slip.words}",
        forward=statement.part in OF_OUTPUTS, rank=slip.rank + 0.5 * (len(places) > 1))


def not_used(own: Program, statement: Statement, slip: Slip) -> str:
    """The words for a gate that is in no statement of the outputs any more."""
    gate = next((k for k, name in own.called.items() if slip.words == f"{name} {k} is left out"), "")
    alone = gate and sum(bool(re.search(rf"\b{gate}\b", s.text.partition(" = ")[2])) for s in own.statements
                         if s.part in OF_OUTPUTS) == 1
    return f"{own.called[gate]} not used" if alone and statement.part in OF_OUTPUTS else ""


def where(own: Program, statements: Sequence[Statement]) -> str:
    """What these statements compute: "forget gate", "recurrent kernel gradient of every gate"."""
    names, found = own.called, []
    for statement in statements:
        name, gate = target(statement.text), statement.gate
        if not gate and (name.removeprefix("d") in names or name[:-1] in ("da_", "a_")):  # a line that is one gate's alone
            gate = name[-1]
        general = re.sub(rf"{gate}$", "§", name) if gate else name
        found.append(QUANTITIES.get(general, name).replace("§", names.get(gate, gate)))
    if len(names) > 1 and {s.gate for s in statements} == {*names}:
        general = re.sub(rf"{statements[0].gate}$", "§", target(statements[0].text))
        return QUANTITIES[general].replace("the §", "every gate").replace("§'s", "every gate's").replace("§", "every gate")
    return ", ".join(dict.fromkeys(found))


WRONG_LOOPS = {
    "first left out": "the way back stops one step short of the first", "last left out": "the way back leaves out the last step",
    "forwards": "the way back goes through the steps from the first to the last",
    "once": "the way back returns after one step",
    "nothing handed on": "no gradient travels back through time: what a step hands to the one before it is lost",
    "h not handed on": "the gradient of h does not travel back through time: it is lost between steps",
    "s not handed on": "the gradient of the cell state does not travel back through time: it is lost between steps"}


def of_the_loop(own: Program, steps: int) -> Iterator[Mutant]:
    """Slips of the loop around the statements."""
    for loop in LOOPS[1:]:
        if "s" in own.states or not loop.startswith(("h ", "s ")):
            yield Mutant(own.kind, f"{own.kind}:loop:{loop}", (), "for t in reversed(range(T)), dh_next = dh_before", loop,
                         WRONG_LOOPS[loop], loop=loop)
    for cut in range(1, steps):
        for end in ("start", "end", "start, h0 too", "end, h0 too"):
            counted = f"counted from the {end.partition(',')[0]} of the sequence"
            yield Mutant(own.kind, f"{own.kind}:cut:{cut}:{end}", (), "the gradient goes back to the first step",
                         f"it is cut every {cut} steps, from the {end}",
                         f"the gradient is cut every {cut} steps (truncated backpropagation in chunks of {cut}, {counted})",
                         cut=cut, cut_from=end)


def outside(own: Program) -> Iterator[Mutant]:
    """A term of a gate's sum that stands outside of its activation."""
    found = {n: re.match(r"\w+ = \w+\((\w+)\)$", s.text) for n, s in enumerate(own.statements)}
    values = {match[1]: n for n, match in found.items() if match}
    for n, statement in enumerate(own.statements):
        name = target(statement.text)
        if name not in values or not name.startswith("a"):
            continue
        behind = own.statements[values[name]].text
        terms = statement.text.partition(" = ")[2].split(" + ")
        for place, term in enumerate(terms):
            left = f"{name} = {' + '.join(terms[:place] + terms[place + 1:])}"
            what = f"peephole {term}" if term.startswith("p_") else term
            yield Mutant(own.kind, f"{own.kind}:outside:{name}:{term}", ((n, left), (values[name], f"{behind} + {term}")),
                         f"{statement.text}; {behind}", f"{left}; {behind} + {term}",
                         f"{where(own, [statement])}: {what} is added behind the activation, outside of it",
                         forward=True)


# what becomes of the statements about states where h and c are taken for each other
EXCHANGED = {
    "at the start": {"h_next = h0": "h_next = c0", "s_next = c0": "s_next = h0"},
    "in the output": {"y_t = h": "y_t = s"},
    "from step to step": {"h_next = h": "h_next = s", "s_next = s": "s_next = h"},
    "at the end": {"h_n = h_next": "h_n = s", "c_n = s_next": "c_n = h"}}


def exchanged(own: Program) -> Iterator[Mutant]:
    """h and c exchanged: where they come in, in the output, from step to step, where they are returned, or in several."""
    if "s" not in own.states:
        return
    numbers = {s.text: n for n, s in enumerate(own.statements)}
    for count in range(1, len(EXCHANGED) + 1):
        for chosen in combinations(EXCHANGED, count):
            texts = {right: wrong for place in chosen for right, wrong in EXCHANGED[place].items()}
            yield Mutant(own.kind, f"{own.kind}:exchanged:{'+'.join(chosen)}", tuple((numbers[a], b) for a, b in texts.items()),
                         "; ".join(texts), "; ".join(texts.values()), f"h and c are exchanged {', '.join(chosen)}", forward=True,
                         rank=count)


# --------------------------------------------------------------------------------------------------- what is known where


def names_known(own: Program) -> list[Mapping[str, tuple[int, ...]]]:
    """For each statement the arrays that it may name, with their shapes: found by running one step at sizes that all differ."""
    B, I, H = 5, 3, 7
    rng = np.random.default_rng(0)
    blocks = (len(own.gates),) if own.gates else ()
    params = {"kernel": rng.normal(size=(*blocks, I, H)), "recurrent_kernel": rng.normal(size=(*blocks, H, H)),
              "bias": rng.normal(size=(*blocks, H)), "recurrent_bias": rng.normal(size=(*blocks, H)),
              "peephole": rng.normal(size=(3, H))}
    added_up = {target(s.text) for s in own.statements if s.part == BACKWARD}
    for name, letter in (("recurrent_bias", "c"), ("peephole", "p")):
        if f"d{letter}_{own.gates[:1]}" not in added_up and f"d{letter}" not in added_up:
            del params[name]
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


