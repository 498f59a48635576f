"""Run mutmut and write what it found to reports/selfproof/results.json.

    make mutation                                         everything anew
    make mutation MUTATE="reference_impl/noise.py"        these files, the entries of the others stay

mutmut's own configuration is in pyproject.toml. It takes the name of a module from its path, so it runs in a folder in which the
checkout is called `nnparity`.
"""

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files

from nnparity.reports.selfproof.mutation import FOLDER, ROOT, digest

RESULTS = FOLDER / "results.json"
STAGE = ROOT / "build" / "mutation"


def main(paths: list[str]):
    existing = sorted(path.removeprefix("nnparity/") for path in map(str, walk_mutatable_files()))
    if unknown := set(paths) - set(existing):
        sys.exit(f"not among the mutated files: {', '.join(sorted(unknown))}; choose from {', '.join(existing)}")
    chosen = paths or existing
    names = [f"{dotted(path)}.x*" for path in chosen] if paths else []
    subprocess.run([str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", "1", *names], check=True)
    kept = json.loads(RESULTS.read_text())["modules"] if RESULTS.exists() else {}
    modules = {path: entry(path) if path in chosen else kept[path] for path in existing if path in chosen or path in kept}
    results = {"tool": f"mutmut {version('mutmut')}", "modules": modules}
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for path in chosen:
        m = modules[path]
        print(f"{path}: {m['mutants']} mutants, {m['killed']} killed, {m['timeouts']} timed out, {len(m['survivors'])} survived")


def dotted(path: str) -> str:
    """reference_impl/layers/gru.py -> nnparity.reference_impl.layers.gru"""
    return "nnparity." + path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def enter_stage():
    """Make the folder in which mutmut runs, and go there. What an earlier run left is removed: mutmut keeps old verdicts where
    the tests have changed."""
    shutil.rmtree(STAGE, ignore_errors=True)
    STAGE.mkdir(parents=True)
    for name, target in (("nnparity", ROOT), ("tests", ROOT / "tests"), ("pyproject.toml", ROOT / "pyproject.toml")):
        (STAGE / name).symlink_to(target)
    os.chdir(STAGE)


def entry(path: str) -> dict:
    """What mutmut wrote down about one file. A mutant that no test reaches has survived."""
    data = SourceFileMutationData(path=f"nnparity/{path}")
    data.load()
    status = {name: verdict(code) for name, code in data.exit_code_by_key.items()}
    if "not checked" in status.values():
        sys.exit(f"{path}: mutmut has not tried every mutant; run it again")
    counts = Counter(status.values())
    survivors = [survivor(name, path) for name, s in status.items() if s not in ("killed", "timeout")]
    return {"sha256": digest(ROOT / path), "mutants": len(status), "killed": counts["killed"],
            "timeouts": counts["timeout"], "survivors": survivors}


def verdict(code: int | None) -> str:
    """mutmut's word for the exit code of the tests; a mutant that brings the interpreter down has been noticed, too."""
    status = status_by_exit_code[code]
    crashed = status == "segfault" or status == "suspicious" and code < 0
    return "killed" if crashed else status


def survivor(name: str, path: str) -> dict:
    """The mutant's function and the lines that differ."""
    function = name.rpartition(".")[2].partition("__mutmut_")[0].removeprefix("x").removeprefix("_").strip("ǁ").replace("ǁ", ".")
    lines = get_diff_for_mutant(name, path=f"nnparity/{path}").splitlines()[2:]
    right, wrong = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return {"function": function, "right": right, "wrong": wrong}


if __name__ == "__main__":
    enter_stage()
    main(sys.argv[1:])
