"""What the page shows of each network of the documents beside its rows: a module nXX.py with `shown(seen) -> Shown` where
there is more to show than the curves of its trainings. The listing is the list."""

from importlib import import_module
from pathlib import Path

MODULES = {path.stem: import_module(f"{__name__}.{path.stem}") for path in sorted(Path(__file__).parent.glob("n[0-9]*.py"))}
