"""Code that is named by a string: "file.py", "file.py:function", "package.module:function". Read here, and not run."""

import ast
import os
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib.machinery import PathFinder
from pathlib import Path

from nnparity.reports.checking.names import WrongRequest, meant

PASSED_OVER = {"node_modules", "site-packages", "__pycache__", "build", "dist"}


@dataclass(frozen=True)
class Source:
    """A file of Python: what it defines at its top, and every name that it binds there ("*" among them if it cannot be told)."""

    path: Path
    module: str = ""  # as it is imported; "" for a file
    root: str = ""  # the folder from which its module is imported
    names: frozenset[str] = frozenset()
    defined: Mapping[str, ast.AST] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.module if self.module and not self.root else self.path.name


def located(target: str) -> tuple[Source, str]:
    """(the file that a string names, the name in it or ""). Raises WrongRequest."""
    place, colon, name = target.rpartition(":")
    if not colon or os.sep in name or name.endswith(".py") or not name.strip():  # C:\mine.py is a file
        place, name = target.rstrip(":"), ""
    if place.endswith(".py") or os.sep in place or Path(place).exists() or not all(p.isidentifier() for p in place.split(".")):
        return read(Path(place)), name
    return read(found(place), place), name


def found(module: str) -> Path:
    """The file of a module that is importable from the working directory. Imports nothing."""
    places: list[str] | None = [os.getcwd(), *sys.path]
    spec = None
    for depth in range(1, len(module.split(".")) + 1):
        name = ".".join(module.split(".")[:depth])
        spec = PathFinder.find_spec(name, places) if places else None
        if spec is None:
            raise WrongRequest(f"no module {name!r} is importable from {os.getcwd()}",
                               'Name it as "package.module:function" or "file.py:function"',
                               "Name it as package.module:function or file.py:function")
        places = list(spec.submodule_search_locations or ())
    if spec is None or not spec.origin or not spec.origin.endswith(".py"):
        raise WrongRequest(f"{module} is no module of Python source")
    return Path(spec.origin)


def read_file(path: Path) -> set[str]:
    """The names that a Python file defines or imports; "*" among them if that cannot be told."""
    return set(read(path).names)


def read(path: Path, module: str = "") -> Source:
    """What stands in a file. Raises WrongRequest where it is none of Python."""
    if not path.exists():
        raise WrongRequest(f"{path}: no such file")
    if path.suffix != ".py" or path.is_dir():
        raise WrongRequest(f"{path} is not a Python file: a file that ends in .py is expected")
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(path.read_bytes(), filename=str(path))
    except OSError as error:
        raise WrongRequest(f"{path} cannot be read: {error.strerror}") from error
    except SyntaxError as error:
        source = f": {error.text.strip()}" if error.text else ""
        raise WrongRequest(f"{path.name}:{error.lineno or '?'}: not Python: {error.msg}{source}") from None
    except ValueError as error:
        raise WrongRequest(f"{path.name}: not Python: {error}") from None
    defined = {node.name: node for node in tree.body
               if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("__")}
    root = ""
    if not module and any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(tree)):
        module, root = in_package(path.resolve())
    return Source(path, module, root, frozenset(bound(tree)), defined)


def in_package(path: Path) -> tuple[str, str]:
    """(package.module, the folder that holds the package) of a file that imports its neighbours relatively."""
    parts = [] if path.stem == "__init__" else [path.stem]
    folder = path.parent
    while (folder / "__init__.py").exists():
        parts.insert(0, folder.name)
        folder = folder.parent
    return (".".join(parts), str(folder)) if len(parts) > 1 else ("", "")


def bound(tree: ast.AST) -> Iterator[str]:
    """The names that a module binds when it is run: nothing inside its functions and classes."""
    for node in ast.iter_child_nodes(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
                continue
            case ast.Name(id=name, ctx=ast.Store()):
                yield name
            case ast.alias(name=name, asname=asname):
                yield asname or name
        yield from bound(node)


def imports_a_framework(source: Source) -> bool:
    """Whether the file may take as long to import as TensorFlow does."""
    return any(word in source.path.read_text(errors="replace") for word in ("torch", "keras", "tensorflow", "jax"))


def fitting(source: Source, networks: list[str]) -> dict[str, str]:
    """{name: network} of what a file defines and what could be asked: a function in the contract or a class of a network,
    named after a layer."""
    return {name: network[0] for name, node in source.defined.items()
            if (network := meant(name, networks)) and could_be_asked(node, network[0])}


def could_be_asked(node: ast.AST, network: str) -> bool:
    """A function of (params, inputs, ...) or what an optimizer or training is given; a class that goes forward, and backward by
    itself or by a framework."""
    if isinstance(node, ast.FunctionDef):
        first = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
        return first[:2] in (["params", "inputs"], ["parameter", "gradient"]) or len(first) >= 3 and "cotangents" in first[2]
    if not isinstance(node, ast.ClassDef) or "->" in network:
        return False
    methods = {part.name for part in node.body if isinstance(part, ast.FunctionDef)}
    bases = " ".join(ast.unparse(base) for base in node.bases)
    return {"forward", "backward"} <= methods or bool({"forward", "call"} & methods) and ("Module" in bases or "Layer" in bases)


def files(folder: Path) -> Iterator[Path]:
    """The Python files of a folder and those below it, but for hidden folders, environments and what was built."""
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            if not (path.name.startswith(".") or path.name in PASSED_OVER or (path / "pyvenv.cfg").exists() or path.is_symlink()):
                yield from files(path)
        elif path.suffix == ".py":
            yield path
