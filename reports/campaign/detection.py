"""How small an error is still noticed: one element of the reference's own answer moved, and compared with the answer.

    wrong_i = b_i ± s max|b|      one random element i and a random sign of every array b of a random network

A wide allowance is worthless: this is what the false alarms of a campaign must be read against. No oracle is asked.
"""

import zlib
from collections.abc import Iterator

import numpy as np

from nnparity.reports.campaign.arrays import network
from nnparity.reports.campaign.plan import draw
from nnparity.reports.campaign.shard import forget, layer_of
from nnparity.reports.comparison.compare import BLIND, MOSTLY, compare_arrays
from nnparity.reports.comparison.expectation import expectation

SIZES = {"float64": (1e-12, 1e-11, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6), "float32": (1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2)}
TARGETS = {"float64": (1e-9, 0.99), "float32": (1e-4, 0.97)}  # size, and the share of arrays in which it must be noticed


def records(seeds) -> Iterator[dict]:
    """One record an array x size: whether the error was noticed. An array that cannot be judged is told as such."""
    for seed in seeds:
        yield from of_network(seed)
        forget()


def part(seeds) -> list[dict]:
    """What a worker process does."""
    return list(records(seeds))


def of_network(seed: int) -> Iterator[dict]:
    plan, case = draw(seed), network(seed)
    with np.errstate(all="ignore"):
        expected, allowed = expectation(case)
    for kind in ("outputs", "grads"):
        for name, b in getattr(expected, kind).items():
            scale = float(np.abs(b[np.isfinite(b)]).max(initial=0.0))
            if not scale:
                continue  # nothing to be wrong about
            path, limit = f"{kind}/{name}", getattr(allowed, kind)[name]
            blind = float(np.mean(limit > BLIND[plan.dtype] * scale)) > MOSTLY
            for size in SIZES[plan.dtype]:
                moved = wrong(b, size * scale, np.random.default_rng([seed, zlib.crc32(path.encode())]))
                yield {"seed": seed, "layer": layer_of(plan, path), "dtype": plan.dtype, "inputs": plan.inputs, "path": path,
                       "size": size, "judged": not blind, "noticed": noticed(case, kind, name, moved, b, limit)}


def noticed(case, kind: str, name: str, moved: np.ndarray, b: np.ndarray, limit: np.ndarray) -> bool:
    """Whether the comparison alarms; what lies a little beyond the allowed error is looked at again, as it is in a row."""
    found = compare_arrays(f"{kind}/{name}", moved, b, limit)
    if found.near:
        with np.errstate(all="ignore"):
            limit = getattr(expectation(case, True)[1], kind)[name]
        found = compare_arrays(found.path, moved, b, limit)
    return not found.ok


def wrong(b: np.ndarray, error: float, rng: np.random.Generator) -> np.ndarray:
    """b with one element off by `error`, in b's own precision."""
    moved = b.copy()
    place = tuple(int(rng.integers(n)) for n in b.shape)
    moved[place] += b.dtype.type(error * rng.choice((-1, 1)))
    return moved


def rates(found) -> dict:
    """dtype -> DataFrame: a line a layer (and "all"), a column a size: the part of the judged arrays in which it was noticed."""
    import pandas as pd

    tables = {}
    for dtype, rows in found[found["judged"]].groupby("dtype"):
        table = rows.pivot_table(index="layer", columns="size", values="noticed", aggfunc="mean")
        table.loc["all"] = rows.groupby("size")["noticed"].mean()
        tables[dtype] = table.assign(arrays=pd.concat([rows[rows["size"] == rows["size"].min()].groupby("layer").size(),
                                                       pd.Series({"all": rows["path"].count() // rows["size"].nunique()})]))
    return tables


def below(tables: dict) -> list[str]:
    """The layers that miss the target, a sentence each."""
    missed = []
    for dtype, table in tables.items():
        size, share = TARGETS[dtype]
        for layer, rate in table[size].items():
            if rate < share:
                missed.append(f"{layer} in {dtype}: an error of {size:g} is noticed in {rate:.2%} of "
                              f"{table.loc[layer, 'arrays']:,.0f} arrays, {share:.0%} wanted")
    return missed
