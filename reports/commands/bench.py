"""`python -m nnparity.reports.commands.bench`: time of the reference ÷ time of PyTorch, both on one thread of the CPU.

Each side is one process that answers one question at a time while the other waits; they take turns for several rounds.
Printed is the median over the rounds of reference ÷ torch, its smallest and largest value, and the reference's median time.
"""

import argparse
import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from statistics import median

from threadpoolctl import threadpool_info

from nnparity import reference_impl
from nnparity.cases.benchmark import DTYPES, NETWORKS, SIZES, question, seconds
from nnparity.cases.case import Case
from nnparity.reference_impl.judges import along_a_line, complex_step
from nnparity.reference_impl.network import LAYERS, backward, forward
from nnparity.reports.asking.isolate import Asker
from nnparity.reports.asking.threads import POOLS

JUDGES: dict[str, Callable[[Case], object]] = {"complex_step": complex_step, "along_a_line": along_a_line}
CHECKS = ("gradcheck_slow", "gradcheck_fast")
WANTED = {(network, size): 0.25 for network in ("lstm", "gru", "gru_before", "simple_rnn", "mlp") for size in ("tiny", "small")}
SLOWING = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")  # settings that choose other kernels than the machine's own
PATIENCE = 3600.0  # seconds for one question


def about() -> str:
    return f"reference on {reference_impl.version()}: {blas_kernel()}"


def step_of(network: str, size: str, dtype: str):
    """One forward and backward pass of the suite's own networks, or one of its gradient judges."""
    judged = network in JUDGES
    case = question("lstm", size, "float64") if judged else question(network, size, dtype)
    if case is None:
        return None
    if judged:
        return lambda: JUDGES[network](case)

    def step():
        _, tape = forward(case, case.params, case.inputs)
        return backward(case, tape, case.cotangents)

    return step


def blas_kernel() -> str:
    """Which kernel NumPy's BLAS has chosen for this processor: "openblas Haswell"."""
    return ", ".join(f"{pool['internal_api']} {pool['architecture']}" for pool in threadpool_info() if pool["user_api"] == "blas")


@dataclass(frozen=True)
class Side:
    """One of the two that are timed, by its module, which has `about` and `step_of`."""

    module: str
    import_limit: float = 120.0

    def load(self):
        module = import_module(self.module)
        return (lambda question: time_of(module, *question)), module.about()

    def explain(self, error: BaseException) -> str:
        return f"{type(error).__name__}: {error}"


OURS, THEIRS = Side("nnparity.reports.commands.bench"), Side("nnparity.oracles.torch_bench")


def time_of(module, network: str, size: str, dtype: str, budget: float) -> float:
    """Seconds of one step."""
    return seconds(module.step_of(network, size, dtype), budget)


def asked(side: Asker, *what) -> float:
    """Seconds of one step on this side. Raises RuntimeError where it cannot answer."""
    answer = side.ask(what)
    if answer.failure:
        raise RuntimeError(f"{side.implementation.module} {answer.failure}: {answer.message}")
    return answer.result


def missing_layers(network: str) -> set[str]:
    case = question(network, "tiny", "float64")
    return {layer.kind for layer in case.layers} - LAYERS.keys() if case else set()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--networks", nargs="+", choices=NETWORKS, default=NETWORKS)
    parser.add_argument("--sizes", nargs="+", choices=SIZES, default=SIZES)
    parser.add_argument("--dtypes", nargs="+", choices=DTYPES, default=DTYPES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--budget", type=float, default=0.2, help="seconds for one question in one round")
    options = parser.parse_args()
    os.environ.update(dict.fromkeys(POOLS, "1"))
    for name in SLOWING:
        os.environ.pop(name, None)
    with ExitStack() as open_sides:
        sides = [open_sides.enter_context(Asker(side, PATIENCE, read=float)) for side in (OURS, THEIRS)]
        compare_all(*sides, options)


def compare_all(ours: Asker, theirs: Asker, options):
    for side in (ours, theirs):
        print(side.version)
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
            times = [asked(side, name, "tiny", "float64", options.budget) for _ in range(options.rounds)]
            print(f"{name:<16}{1e3 * median(times):>10.3f}")


def compare_speed(ours, theirs, network, size, dtype, options):
    """Take turns, and print one line."""
    rounds = [[asked(side, network, size, dtype, options.budget) for side in (ours, theirs)] for _ in range(options.rounds)]
    ratios = [a / b for a, b in rounds]
    wanted = WANTED.get((network, size), 1.0) if dtype == "float64" else None
    verdict = "" if wanted is None else f"{wanted:>8}" + ("" if median(ratios) <= wanted else "  missed")
    print(f"{network:<12}{size:<8}{dtype:<9}{median(ratios):>7.2f}{min(ratios):>8.2f} - {max(ratios):<5.2f}"
          f"{1e3 * median(a for a, _ in rounds):>10.3f} ms{verdict}", flush=True)


if __name__ == "__main__":
    main()
