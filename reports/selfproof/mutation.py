"""What mutation testing found: how many wrong versions of each module the tests notice, and why the others are left.

`make mutation` writes results.json; explained.toml is written by hand. Both are read here, nothing is run.
"""

import hashlib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent.parent


@dataclass(frozen=True, kw_only=True)
class Survivor:
    """One changed line that no test notices, and the reason; `why` is empty where nobody has given one."""

    module: str
    function: str
    right: str
    wrong: str
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Module:
    """One source file: how many mutants it has, how many a test noticed, how many ran until they were stopped."""

    path: str  # reference_impl/layers/gru.py
    mutants: int
    killed: int
    timeouts: int
    survivors: tuple[Survivor, ...]
    stale: bool  # the file has changed since


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """All modules, in the order of their paths."""

    tool: str  # mutmut 3.8.1
    modules: tuple[Module, ...]
    unused: tuple[tuple[str, str, str], ...]  # (module, right, wrong) of explanations whose mutant is no survivor
    pending: tuple[str, ...] = ()  # source files whose mutants have not been tried yet

    @property
    def mutants(self) -> int:
        return sum(m.mutants for m in self.modules)

    @property
    def noticed(self) -> int:
        """Killed by a failing test, or stopped because it did not end."""
        return sum(m.killed + m.timeouts for m in self.modules)

    @property
    def survivors(self) -> tuple[Survivor, ...]:
        return tuple(s for m in self.modules for s in m.survivors)

    @property
    def stale(self) -> tuple[str, ...]:
        """The modules that have changed since their mutants were tried."""
        return tuple(m.path for m in self.modules if m.stale)

    @property
    def score(self) -> float:
        """The part of all mutants that was noticed."""
        return self.noticed / self.mutants


def load(folder: Path = FOLDER, root: Path = ROOT) -> Mutation:
    """The results in `folder`, explained, and beside the sources under `root` as they are now."""
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    explained = tomllib.loads((folder / "explained.toml").read_text(encoding="utf-8"))
    reasons = {tuple(survivor): entry["why"] for entry in explained["explained"] for survivor in entry["survivors"]}
    modules = tuple(_module(path, entry, reasons, root) for path, entry in sorted(results["modules"].items()))
    used = {(s.module, s.right, s.wrong) for m in modules for s in m.survivors}
    return Mutation(tool=results["tool"], modules=modules, unused=tuple(sorted(reasons.keys() - used)),
                    pending=tuple(explained.get("pending", ())))


def digest(path: Path) -> str:
    """SHA-256 of a source file, or nothing where there is no such file."""
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def _module(path, entry, reasons, root) -> Module:
    survivors = tuple(Survivor(module=path, **s, why=reasons.get((path, s["right"], s["wrong"]), "")) for s in entry["survivors"])
    return Module(path=path, mutants=entry["mutants"], killed=entry["killed"], timeouts=entry["timeouts"], survivors=survivors,
                  stale=digest(root / path) != entry["sha256"])
