"""The house: data flows one way, each wing imports only what its line says, no circle, and growth is seen.

`pytest tests/test_architecture.py -k drawing -s` prints rooms, floors, arrows and lines.
"""

import ast
import subprocess
import sys
import tomllib
from collections import Counter
from graphlib import TopologicalSorter
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("cases", "reference_impl", "oracles", "reports")
# A wing (a folder, or the files that stand in none): what it may import beside itself. A package's name is all of that package.
MAY_IMPORT = {
    "cases/conventions": "cases/*.py",
    "cases/layers": "cases/*.py cases/conventions",
    "cases/documents": "cases/*.py cases/conventions cases/layers",
    "cases/snippets": "cases/*.py",
    "cases/atlas": "cases/*.py cases/conventions cases/snippets",
    "cases/*.py": "cases/layers cases/documents cases/atlas",  # what lists them

    "reference_impl/layers": "reference_impl/*.py",
    "reference_impl/losses": "reference_impl/*.py",
    "reference_impl/plain": "cases reference_impl/*.py reference_impl/layers reference_impl/mistakes",
    "reference_impl/*.py": "cases reference_impl/layers reference_impl/losses",
    "reference_impl/atlas": "cases reference_impl/*.py",
    "reference_impl/textbook": "cases reference_impl/*.py reference_impl/layers",
    "reference_impl/mistakes": "cases reference_impl/*.py reference_impl/layers reference_impl/losses",

    "oracles/layouts": "cases",  # nothing here imports the reference: an oracle must not share its code
    "oracles/torch_layers": "cases oracles/layouts oracles/*.py",
    "oracles/keras_layers": "cases oracles/layouts oracles/*.py",
    "oracles/*.py": "cases oracles/layouts oracles/torch_layers oracles/keras_layers",
    "oracles/porting": "cases oracles/layouts",
    "oracles/models": "oracles/layouts",  # a model's calls in words that no framework owns
    "oracles/torch_models": "oracles/layouts oracles/models oracles/*.py",
    "oracles/keras_models": "oracles/layouts oracles/models oracles/*.py",
    "oracles/writing": "oracles/layouts oracles/models",  # text and arrays: no framework is needed to write for it
    "oracles/flax_models": "oracles/layouts oracles/models",
    "oracles/onnx_models": "oracles/layouts oracles/models",
    "oracles/atlas": "oracles/*.py",

    "reports/comparison": "cases reference_impl",
    "reports/asking": "cases reference_impl oracles reports/comparison",
    "reports/diagnosis": "cases reference_impl reports/comparison",
    "reports/verdicts": "cases reference_impl oracles reports/comparison reports/asking reports/diagnosis",
    "reports/vectors": "cases reference_impl reports/comparison reports/asking",
    "reports/gradcheck": "reports/comparison reports/diagnosis",  # any function: of cases and the reference it knows nothing
    "reports/selfproof": "cases reference_impl reports/comparison reports/asking reports/verdicts",
    "reports/certificates": "cases reference_impl oracles reports/asking",
    "reports/campaign": "cases reference_impl oracles reports/comparison reports/asking reports/diagnosis reports/verdicts "
                        "reports/*.py",
    "reports/atlas": "cases reference_impl oracles reports/asking reports/*.py",
    "reports/models": "cases reference_impl oracles reports/asking reports/checking reports/page reports/*.py",
    "reports/notebooks": "reports/*.py",  # and, inside the cells, what a person imports
    "reports/recordings": "oracles reports/checking reports/models reports/page reports/*.py",
    "reports/porting": "oracles reports/asking reports/checking reports/models reports/*.py",
    "reports/checking": "cases reference_impl oracles reports/comparison reports/asking reports/diagnosis reports/verdicts "
                        "reports/page reports/vectors reports/*.py",
    "reports/page": "cases reference_impl oracles reports/comparison reports/diagnosis reports/verdicts reports/selfproof "
                    "reports/certificates reports/atlas reports/*.py",
    "reports/commands": "cases reference_impl oracles reports",
    "reports/*.py": "cases reference_impl reports/commands",  # cli imports the commands; catalogue, formula and files none
}
FRAMEWORKS = {"torch", "tensorflow", "keras", "jax", "flax", "optax", "onnx", "onnxruntime"}
# the only places that may name a framework in an import, so that nothing else waits seconds for one
MAY_IMPORT_FRAMEWORKS = ("oracles/torch_", "oracles/keras_", "oracles/flax_", "oracles/onnx_")
# Lines of Python a wing may have, a tenth above what it had when this was last looked at. A wing that grows past it has its line
# changed here, on purpose, in the same commit.
LINES = {
    "cases/*.py": 1360,
    "cases/atlas": 7700,
    "cases/conventions": 600,
    "cases/documents": 1800,
    "cases/layers": 1180,
    "cases/snippets": 240,
    "oracles/*.py": 640,
    "oracles/atlas": 245,
    "oracles/flax_models": 1500,
    "oracles/keras_layers": 780,
    "oracles/keras_models": 1760,
    "oracles/layouts": 550,
    "oracles/models": 830,
    "oracles/onnx_models": 1150,
    "oracles/porting": 1260,
    "oracles/torch_layers": 700,
    "oracles/torch_models": 1295,
    "oracles/writing": 2880,
    "reference_impl/*.py": 1200,
    "reference_impl/atlas": 1450,
    "reference_impl/layers": 1400,
    "reference_impl/losses": 270,
    "reference_impl/mistakes": 7250,
    "reference_impl/plain": 1400,
    "reference_impl/textbook": 890,
    "reports/*.py": 350,
    "reports/asking": 1400,
    "reports/atlas": 1900,
    "reports/campaign": 2410,
    "reports/certificates": 990,
    "reports/commands": 2100,
    "reports/checking": 6640,
    "reports/comparison": 620,
    "reports/diagnosis": 4930,
    "reports/gradcheck": 2190,
    "reports/models": 3980,
    "reports/page": 3150,
    "reports/notebooks": 90,
    "reports/recordings": 400,
    "reports/porting": 1015,
    "reports/selfproof": 240,
    "reports/vectors": 720,
    "reports/verdicts": 1730,
}

PATHS = sorted(path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
MODULES = {".".join(path.with_suffix("").parts).removesuffix(".__init__"): path for path in PATHS}


def imported(path: Path):
    """The names of all modules that a file imports, ours as "reports.cli"."""
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.removeprefix("nnparity.") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path}: a relative import"
            package = node.module.removeprefix("nnparity").lstrip(".")
            for alias in node.names:
                module = f"{package}.{alias.name}".lstrip(".")
                yield module if module in MODULES else package


def wing_of(path: Path) -> str:
    return f"{path.parts[0]}/{path.parts[1] if len(path.parts) > 2 else '*.py'}"


def room_of(path: Path) -> str:
    """The folder of a package, or the file where it stands in none: what a person sees who opens the package."""
    return "/".join(path.parts[:2])


ARROWS = {path: {MODULES[name] for name in imported(path) if name in MODULES} - {path} for path in PATHS}


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_a_wing_imports_only_what_its_line_says(path):
    allowed = {wing_of(path), *MAY_IMPORT[wing_of(path)].split()}
    for other in ARROWS[path]:
        assert {wing_of(other), other.parts[0]} & allowed, f"{path} imports {other}"


def test_every_wing_has_a_line_and_no_line_is_longer_than_it_must_be():
    used = {wing: set() for wing in map(wing_of, PATHS)}
    for path, others in ARROWS.items():
        used[wing_of(path)] |= set(chain.from_iterable((wing_of(other), other.parts[0]) for other in others))
    assert used.keys() == MAY_IMPORT.keys()
    unused = {wing: names for wing, line in MAY_IMPORT.items() if (names := set(line.split()) - used[wing])}
    assert not unused, f"allowed, and not imported: {unused}"


def test_no_circle():
    tuple(TopologicalSorter(ARROWS).static_order())  # raises CycleError with the files of the circle


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_only_oracles_import_frameworks(path):
    if not str(path).startswith(MAY_IMPORT_FRAMEWORKS):
        assert not {name.split(".")[0] for name in imported(path)} & FRAMEWORKS


def test_drawing():
    """Rooms, floors and arrows of each package are printed; no package has a circle of rooms."""
    for package in PACKAGES:
        rooms = {room_of(path): set() for path in PATHS if path.parts[0] == package and path.stem != "__init__"}
        for path, others in ARROWS.items():
            if room_of(path) in rooms:
                rooms[room_of(path)] |= {room_of(other) for other in others if room_of(other) in rooms} - {room_of(path)}
        floors = {}
        for room in TopologicalSorter(rooms).static_order():
            floors[room] = 1 + max((floors[below] for below in rooms[room]), default=0)
        print(f"\n{package}: {len(rooms)} rooms, {max(floors.values())} floors, {sum(map(len, rooms.values()))} arrows")


def test_growth_is_seen():
    lines = Counter()
    for path in PATHS:
        lines[wing_of(path)] += (ROOT / path).read_text().count("\n")
    print("\n" + "\n".join(f"{wing:24}{n:6}" for wing, n in sorted(lines.items())))
    grown = {wing: n for wing, n in lines.items() if n > LINES.get(wing, 0)}
    assert not grown and lines.keys() == LINES.keys(), f"more lines than tests/test_architecture.py allows: {grown}"


def test_every_folder_is_packaged():
    """setuptools has no listing of a package whose folder has another name: the list in pyproject.toml is held to the folders."""
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {path.parent for path in PATHS}
    assert sorted(tool["packages"]) == sorted({"nnparity", *(".".join(("nnparity", *folder.parts)) for folder in folders)})
    assert all((ROOT / folder / "__init__.py").exists() for folder in folders)


@pytest.mark.live
@pytest.mark.parametrize("arguments, never", [
    (["--collect-only"], {"torch", "tensorflow"}),
    (["-k", "gru and torch and generic"], {"tensorflow"}),
    (["-m", "not live", "-k", "n10 or (gru and generic)"], {"torch", "tensorflow"}),
], ids=["collecting", "selecting one oracle", "the framework-free part"])
def test_no_framework_is_imported_without_need(arguments, never):
    """Torch costs seconds to import and TensorFlow more; a run that does not ask them must not pay."""
    script = ("import sys, pytest\n"
              f"status = pytest.main(['-q', '-n', '0', '-p', 'no:cacheprovider', *{arguments!r}])\n"
              f"sys.exit(int(status) or 10 * bool({never!r} & sys.modules.keys()))")
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
