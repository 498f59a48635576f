"""`make matrix`: the framework-free tests as other machines run them. `make matrix CELLS="Haswell-1 Nehalem-2"` for some cells.

A cell is a kernel of OpenBLAS, which sums in an order of its own, and a number of threads. In each cell the tests run in two
processes, in a random order whose seed is printed, and from a folder that is not the repository's. A kernel that this
processor does not have is told and left out; "native" is the one that OpenBLAS chooses itself.
"""

import os
import random
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

from nnparity.reports.asking.threads import POOLS

ROOT = Path(__file__).parent.parent
KERNELS = ("native", "Haswell", "Zen", "SandyBridge", "Nehalem")
THREADS = (1, 2)
CELLS = [f"{kernel}-{threads}" for kernel in KERNELS for threads in THREADS if (kernel, threads) != ("native", 1)]  # `make test`
# multiplies once, so that a kernel whose instructions the processor lacks ends the process, and tells what was taken
PROBE = """
import numpy as np, threadpoolctl
np.ones((64, 64)) @ np.ones((64, 64))
print(*(pool["architecture"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"))
"""


def environment(cell: str) -> dict[str, str]:
    kernel, _, threads = cell.partition("-")
    pools = dict.fromkeys(POOLS, threads)
    chosen = {} if kernel == "native" else {"OPENBLAS_CORETYPE": kernel}
    rest = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
    return {**rest, **pools, **chosen}


def taken(cell: str) -> str:
    """The kernel that NumPy's BLAS really takes in this cell; "" where the processor cannot run it."""
    done = subprocess.run([sys.executable, "-c", PROBE], env=environment(cell), capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def command(seed: int) -> list[str]:
    return [sys.executable, "-m", "pytest", "-q", "-n", "2", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml"),
            "--rootdir", str(ROOT), "-p", "random_order", "--random-order-bucket=global", f"--random-order-seed={seed}",
            "-m", "not live", *shlex.split(os.environ.get("PYTEST_ARGS", "")), str(ROOT / "tests")]


def run(cell: str) -> bool | None:
    """Whether the tests pass in this cell; None where the processor has no such kernel."""
    kernel, wanted = taken(cell), cell.partition("-")[0]
    if not kernel or wanted.lower() not in ("native", kernel.lower()):
        print(f"{cell}: left out, this processor {f'takes {kernel} instead' if kernel else 'cannot run it'}", flush=True)
        return None
    asked = command(random.SystemRandom().randrange(10**6))
    print(f"{cell}: BLAS kernel {kernel}\n  {shlex.join(asked[1:])}", flush=True)
    with tempfile.TemporaryDirectory() as elsewhere:
        return subprocess.run(asked, cwd=elsewhere, env=environment(cell)).returncode == 0


def main(cells: list[str]) -> int:
    """0 where every cell passes; 1 where one fails; 2 for a cell that is none, or where this processor has none of them."""
    if unknown := set(cells) - set(CELLS):
        print(f"no cell {', '.join(sorted(unknown))}; there are {', '.join(CELLS)}", file=sys.stderr)
        return 2
    outcome = {cell: run(cell) for cell in cells or CELLS}
    for cell, passed in outcome.items():
        print(f"{cell:<15}{ {True: 'passed', False: 'FAILED', None: 'left out'}[passed]}")
    ran = [passed for passed in outcome.values() if passed is not None]
    return 2 if not ran else int(not all(ran))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
