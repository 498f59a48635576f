"""`python -m nnparity.reports.commands.bench_slips`: how many slips there are of each layer written out, what making, running and
looking one up costs in processor time, and how many of the catalogue's own mistakes they hold.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from nnparity import reference_impl
from nnparity.cases import all_cases
from nnparity.cases.case import Case
from nnparity.reference_impl.mistakes import MISTAKES, Mistake, plant
from nnparity.reference_impl.optimizers import OPTIMIZERS
from nnparity.reference_impl.plain import PROGRAMS, update_slips
from nnparity.reports.diagnosis.generated import function_of, slips, written_out
from nnparity.reports.diagnosis.lookup import gradients_of_slips, looked_up, outputs_of_slips

TRIED = 3  # cases on which a mistake of the catalogue is looked up


def main():
    print(f"{'function':<24}{'slips':>7}{'outputs':>9}{'gradients':>11}{'make':>8}{'run':>8}{'look up':>9}   seconds")
    for function, case in sorted({function_of(case.layers[0]): case for case in reversed(list(alone()))}.items()):
        making, ours = timed(lambda case=case: slips(case))
        running, (outputs, gradients) = timed(lambda case=case: (outputs_of_slips(case), gradients_of_slips(case)))
        looking, _ = timed(lambda case=case, table=gradients: looked_up(table, reference_impl.run(case).grads))
        print(f"{function:<24}{len(ours):>7}{len(outputs):>9}{len(gradients):>11}{making:>8.2f}{running:>8.2f}{looking:>9.4f}"
              f"   {case.name}")
    for optimizer in OPTIMIZERS:
        print(f"{optimizer:<24}{len(update_slips(optimizer)):>7}")
    print("\nmistakes of the catalogue among them")
    areas: dict[str, list[bool]] = {}
    for mistake in MISTAKES.values():
        if mistake.part != "training" and not mistake.whole_chain and (held := among(mistake)) is not None:
            areas.setdefault(mistake.area, []).append(held)
    for area, of in sorted(areas.items()):
        print(f"{area:<24}{sum(of):>4} of {len(of)}")


def alone() -> Iterator[Case]:
    """Cases of one layer that is written out."""
    for case in all_cases():
        if len(case.layers) == 1 and case.dtype == np.float64 and len(written_out(case)) == 1:
            yield case


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    done = work()
    return time.process_time() - start, done


def among(mistake: Mistake) -> bool | None:
    """Whether some slip gives the numbers of a mistake; None where no case of one layer written out shows it."""
    if mistake.kinds and not PROGRAMS.keys() & {*mistake.kinds}:
        return None
    tried = 0
    for case in filter(mistake.reaches, alone()):
        right = reference_impl.run(case)
        try:
            with np.errstate(all="ignore"):
                wrong = reference_impl.run(case, plant(mistake))
        except Exception:  # a planted line may raise anything on shapes that it was not written for
            continue
        outputs, gradients = same(wrong.outputs, right.outputs), same(wrong.grads, right.grads)
        if outputs and gradients:
            continue
        if looked_up(gradients_of_slips(case), wrong.grads) if outputs else looked_up(outputs_of_slips(case), wrong.outputs):
            return True
        if (tried := tried + 1) == TRIED:
            break
    return False if tried else None


def same(a, b) -> bool:
    return a.keys() == b.keys() and all(a[k].shape == b[k].shape and np.allclose(a[k], b[k], rtol=1e-9, atol=1e-12) for k in b)


if __name__ == "__main__":
    main()
