"""One thread for every process: arrays here are tiny, a second thread only spins, and two pools on one machine spin against each
other. Libraries read the environment when they are loaded: call `one_thread` before importing one, or before starting a process.
"""

import os

POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


def one_thread() -> None:
    """In this process and in those that it starts, unless somebody has asked for another number."""
    for pool in POOLS:
        os.environ.setdefault(pool, "1")
