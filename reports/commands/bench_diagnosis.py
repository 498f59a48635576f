"""`python -m nnparity.reports.commands.bench_diagnosis [AREA ...]`: how long it takes to name a mistake, in processor time.

Every mistake of the catalogue is planted and its answer judged on the smallest case that shows it, the allowed error of the
case being known already: what a person waits for beyond the asking.
"""

import sys
import time
from statistics import median

import numpy as np

from nnparity import reference_impl
from nnparity.reference_impl.mistakes import MISTAKES, plant
from nnparity.reports.comparison.expectation import expectation
from nnparity.reports.selfproof.kill_matrix import cases_for, work
from nnparity.reports.verdicts.judge import judge


def main(areas: list[str]):
    times: dict[str, dict[str, float]] = {}
    for mistake in MISTAKES.values():
        if (not areas or mistake.area in areas) and (found := cases_for(mistake)):
            case = min(found, key=work)
            expectation(case)
            with np.errstate(all="ignore"):
                answer = reference_impl.run(case, plant(mistake))
            start = time.process_time()
            judge(case, answer, implementation=mistake.id, version="")
            times.setdefault(mistake.area, {})[mistake.id] = time.process_time() - start
    print(f"{'area':<15}{'mistakes':>9}{'median':>10}{'longest':>10}   seconds")
    for area, of in sorted(times.items()):
        slowest = max(of, key=of.__getitem__)
        print(f"{area:<15}{len(of):>9}{median(of.values()):>10.3f}{of[slowest]:>10.3f}   {slowest}")


if __name__ == "__main__":
    main(sys.argv[1:])
