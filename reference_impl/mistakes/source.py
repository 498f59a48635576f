"""The reference's source, function by function: what edits are made of and what is compiled again."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parent.parent
PACKAGE = "nnparity.reference_impl"
FILES = {str(path.relative_to(ROOT).with_suffix("")).replace("/", ".").removesuffix(".__init__"): path
         for path in [*ROOT.glob("*.py"), *ROOT.glob("layers/*.py"), *ROOT.glob("losses/*.py")]
         if path.parent != ROOT or path.stem not in ("__init__", "reference", "judges", "noise")}


@dataclass(frozen=True)
class Function:
    """A function of a module, or a method of one of its classes ("Windows.pad")."""

    module: str
    name: str
    line: int  # where it begins in its file, from 1
    text: str  # a method without its indentation


class Missing(LookupError):
    """A function that the source does not have."""


@cache
def source(module: str) -> str:
    """The text of a module as its file has it."""
    return FILES[module].read_text(encoding="utf-8")


@cache
def parsed(module: str) -> ast.Module:
    return ast.parse(source(module))


@cache
def functions(module: str) -> Mapping[str, Function]:
    """The functions and methods of a module ("layers.gru") by name, in the order of the file; decorated ones are left out, since
    what is called by their name is another."""
    if module not in FILES:
        return {}
    lines = source(module).splitlines(keepends=True)
    return {name: Function(module, name, node.lineno, dedent("".join(lines[node.lineno - 1:node.end_lineno])))
            for name, node in _defined(parsed(module)) if not node.decorator_list}


def _defined(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{each.name}", each) for each in node.body if isinstance(each, ast.FunctionDef))


def whole(module: str, function: str) -> tuple[Function, str]:
    """The function that is compiled where one of this name is edited, and the names from there on inwards: for "max_pool.vjp"
    max_pool, and "vjp". Raises Missing."""
    known, parts = functions(module), function.split(".")
    for n in range(1, len(parts) + 1):
        if found := known.get(".".join(parts[:n])):
            return found, ".".join(parts[n:])
    raise Missing(f"{module} has no function {function!r}")


@lru_cache(maxsize=1024)
def span(text: str, inner: str) -> tuple[int, int]:
    """Where an inner function ("vjp") stands in the text of the one around it; all of the text for "". Raises Missing, and
    SyntaxError where the text is no Python."""
    if not inner:
        return 0, len(text)
    node: ast.stmt = ast.parse(text).body[0]
    for name in inner.split("."):
        inside = [each for each in ast.walk(node) if isinstance(each, ast.FunctionDef) and each.name == name and each is not node]
        if inside:
            node = inside[0]
        else:
            raise Missing(f"no function {name!r} inside of {text[4:text.index('(')]}")
    lines = text.splitlines(keepends=True)
    return len("".join(lines[:node.lineno - 1])), len("".join(lines[:node.end_lineno]))


@cache
def uses(module: str) -> frozenset[str]:
    """The modules of the reference that a module imports."""
    found = set()
    for node in parsed(module).body:
        if isinstance(node, ast.ImportFrom) and node.module and f"{node.module}.".startswith(f"{PACKAGE}."):
            origin = node.module.removeprefix(PACKAGE).lstrip(".")
            found |= {origin} | {f"{origin}.{alias.name}".lstrip(".") for alias in node.names}
    return frozenset(found & FILES.keys())


@cache
def reached(module: str) -> frozenset[str]:
    """A module, and all that it imports directly or not."""
    return frozenset({module}).union(*map(reached, uses(module)))
