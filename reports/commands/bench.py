"""`python -m nnparity.reports.commands.bench`: time of the reference ÷ time of PyTorch, both on one thread of the CPU.

Each side is one process that answers one question at a time while the other waits; they take turns for several rounds.
Printed is the median over the rounds of reference ÷ torch, its smallest and largest value, and the reference's median time.
"""

import argparse
import json
import os
import subprocess
import sys
from statistics import median

from threadpoolctl import threadpool_info

from nnparity import reference_impl
from nnparity.cases.benchmark import DTYPES, NETWORKS, SIZES, question, serve
from nnparity.reference_impl.judges import along_a_line, complex_step
from nnparity.reference_impl.network import LAYERS, backward, forward

JUDGES = {"complex_step": complex_step, "along_a_line": along_a_line}
CHECKS = ("gradcheck_slow", "gradcheck_fast")
WANTED = {(network, size): 0.25 for network in ("lstm", "gru", "gru_before", "simple_rnn", "mlp") for size in ("tiny", "small")}
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # settings that choose other kernels than the machine's own


def reference_step(network: str, size: str, dtype: str):
    """One forward and backward pass of the suite's own networks, or one of its gradient judges."""
    if network in JUDGES:
        case = question("lstm", size, "float64")
        return lambda: JUDGES[network](case)
    case = question(network, size, dtype)
    if case is None:
        return None

    def step():
        _, tape = forward(case, case.params, case.inputs)
        return backward(case, tape, case.cotangents)

    return step


def blas_kernel() -> str:
    """Which kernel NumPy's BLAS has chosen for this processor: "openblas Haswell"."""
    return ", ".join(f"{pool['internal_api']} {pool['architecture']}" for pool in threadpool_info() if pool["user_api"] == "blas")


class Side:
    """One process that answers questions."""

    def __init__(self, *module: str):
        env = {k: v for k, v in os.environ.items() if k not in SLOWING} | dict.fromkeys(THREADS, "1")
        self.process = subprocess.Popen([sys.executable, "-m", *module], env=env, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.about = self._read()

    def ask(self, *what) -> float | None:
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        return self._read()

    def _read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{' '.join(self.process.args[1:])} ended with {self.process.wait()}")
        return json.loads(line)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def missing_layers(network: str) -> set[str]:
    return {layer.kind for layer in question(network, "tiny", "float64").layers} - LAYERS.keys()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=NETWORKS)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=SIZES)
    parser.add_argument("--dtypes", nargs="+", choices=DTYPES, default=DTYPES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--budget", type=float, default=0.2, help="seconds for one question in one round")
    options = parser.parse_args()
    ours, theirs = Side("nnparity.reports.commands.bench", "--serve"), Side("nnparity.oracles.torch_bench")
    for side in (ours, theirs):
        print(f"{side.about['version']}: {side.about['kernel']}")
    print(f"\nreference ÷ torch, one thread, forward and all gradients, {options.rounds} rounds\n"
          f"{'network':<12}{'size':<8}{'dtype':<9}{'ratio':>7}{'range':>16}{'reference':>13}{'wanted':>8}")
    for network in options.networks:
        if missing := missing_layers(network):
            print(f"{network:<12}skipped: the reference has no {', '.join(sorted(missing))} yet")
            continue
        for size in options.sizes:
            for dtype in options.dtypes:
                if question(network, size, dtype) is not None:
                    compare_speed(ours, theirs, network, size, dtype, options)
    print("\njudges of the gradient of the tiny LSTM, milliseconds")
    for side, names in ((ours, JUDGES), (theirs, CHECKS)):
        for name in names:
            times = [side.ask(name, "tiny", "float64", options.budget) for _ in range(options.rounds)]
            print(f"{name:<16}{1e3 * median(times):>10.3f}")
    ours.close()
    theirs.close()


def compare_speed(ours, theirs, network, size, dtype, options):
    """Take turns, and print one line."""
    rounds = [[side.ask(network, size, dtype, options.budget) for side in (ours, theirs)] for _ in range(options.rounds)]
    ratios = [a / b for a, b in rounds]
    wanted = WANTED.get((network, size), 1.0) if dtype == "float64" else None
    verdict = "" if wanted is None else f"{wanted:>8}" + ("" if median(ratios) <= wanted else "  missed")
    print(f"{network:<12}{size:<8}{dtype:<9}{median(ratios):>7.2f}{min(ratios):>8.2f} - {max(ratios):<5.2f}"
          f"{1e3 * median(a for a, _ in rounds):>10.3f} ms{verdict}", flush=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["--serve"]:
        serve({"version": f"reference on {reference_impl.version()}", "kernel": blas_kernel()}, reference_step)
    else:
        main()
