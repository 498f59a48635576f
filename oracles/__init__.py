"""What answers beside the reference: one framework, one file `<name>_oracle.py`. The folder listing is the list.

An oracle module has `NAME`, `version()` and `run(case) -> Result`, and raises `Unsupported` where the framework has no
such layer. Most of it is one class that oracles/chain.py asks: seven small functions on the framework's tensors, and its layers.
Importing this package imports no framework; `load(name)` does.
"""

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

NAMES = tuple(sorted(path.stem.removesuffix("_oracle") for path in Path(__file__).parent.glob("*_oracle.py")))
REQUIRES = {"keras": ("keras", "tensorflow")}  # else the package of the oracle's name


def packages(name: str) -> tuple[str, ...]:
    """What this oracle imports."""
    return REQUIRES.get(name, (name,))


def missing(name: str) -> list[str]:
    """The packages that this oracle needs and that are not installed. Imports nothing."""
    return [package for package in packages(name) if find_spec(package) is None]


def load(name: str):
    """The oracle's module. Imports its framework: seconds the first time."""
    return import_module(f"{__name__}.{name}_oracle")


def tool(name: str):
    """What asks somebody's own module of a framework: `<name>_module.py`. Imports the framework."""
    return import_module(f"{__name__}.{name}_module")
