"""Answers of a campaign as Parquet: one file a shard, one row an array, written under another name and moved into place.

A shard's file carries the key of what it answers: seeds, shard, oracle, versions and the sources. A file whose key is another's
is out of date and asked anew, so that a folder never mixes two programs.
"""

import hashlib
import io
import json
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from nnparity import oracles
from nnparity.reports.campaign.shard import Shard
from nnparity.reports.files import replacing

ROOT = Path(__file__).parent.parent.parent
# column -> its type; the first block is the network, the second the answer, the third the array
COLUMNS = {
    "seed": "int64", "case": "string", "layers": "string", "dtype": "string", "inputs": "string", "weights": "string",
    "training": "string", "batch": "int64", "largest": "int64", "work": "int64",
    "oracle": "string", "version": "string", "composed": "bool", "row_verdict": "string", "message": "string",
    "diagnosis": "string", "off": "string", "reduced": "string", "seconds": "float64",
    "path": "string", "layer": "string", "size": "int64", "wrong": "int64", "blind": "int64", "scale": "float64",
    "error": "float64", "allowed": "float64", "epsilons": "float64",
    "median_allowance": "float64", "largest_allowance": "float64",
    "verdict": "string", "problem": "string",
}
NOT_REPEATED = ("seconds",)  # everything else is the same on every run


def key(shard: Shard, timeout: float) -> dict:
    """What a shard's answers are a function of."""
    return {"oracle": shard.oracle, "seeds": [shard.start, shard.stop], "shard": [shard.number, shard.shards],
            "timeout": timeout, **program(shard.oracle)}


def program(oracle: str) -> dict:
    """What runs here: the installed versions and the sources."""
    return {"versions": versions(oracle), "sources": sources()}


def versions(oracle: str) -> dict[str, str]:
    """The installed versions of what answers. Imports nothing."""
    found = {}
    for package in ("numpy", *oracles.packages(oracle)):
        for name in (package, f"{package}-cpu"):
            try:
                found[package] = version(name)
                break
            except PackageNotFoundError:
                continue
    return found


@cache
def sources() -> str:
    """SHA-256 of every source file that an answer or a verdict may depend on."""
    sha = hashlib.sha256()
    for package in ("cases", "reference_impl", "oracles", "reports"):
        for path in sorted((ROOT / package).rglob("*.py")):
            sha.update(f"{path.relative_to(ROOT).as_posix()} ".encode() + path.read_bytes())
    return sha.hexdigest()


def encode(records: list[dict], key: dict) -> bytes:
    """The records as the bytes of a Parquet file that carries the key. Raises ValueError where there are none."""
    import pyarrow as pa
    from pyarrow import parquet

    if not records:
        raise ValueError("a shard without a record: nothing was asked")
    schema = pa.schema([(name, getattr(pa, {"bool": "bool_"}.get(kind, kind))()) for name, kind in COLUMNS.items()],
                       metadata={"campaign": json.dumps(key, sort_keys=True)})
    written = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(records, schema=schema), written)
    return written.getvalue()


def path(folder: Path, shard: Shard) -> Path:
    return folder / f"{shard.name}.parquet"


def save(folder: Path, shard: Shard, content: bytes) -> Path:
    """The shard's file, whole or not at all."""
    place = path(folder, shard)
    with replacing(place) as (unfinished,):
        unfinished.write_bytes(content)
    return place


def finished(folder: Path, shard: Shard, key: dict) -> bool:
    """Whether the folder has this shard, answered by what is installed now."""
    from pyarrow import ArrowInvalid, parquet

    try:
        metadata = parquet.read_schema(path(folder, shard)).metadata or {}
    except (FileNotFoundError, ArrowInvalid):
        return False
    return json.loads(metadata.get(b"campaign", b"{}")) == json.loads(json.dumps(key))


def load(folder: Path, shards):
    """All rows of these shards as a DataFrame, by seed. Raises FileNotFoundError where a shard has no file."""
    import pandas as pd

    return pd.concat([pd.read_parquet(path(folder, shard)) for shard in shards]).sort_values("seed", kind="stable",
                                                                                            ignore_index=True)
