"""What campaigns found, kept beside the code: recorded.json, written by `nnparity campaign --record`, shown by the report.

    {"campaigns": {oracle: figures}, "detection": {"networks": n, "tables": [...]}}

No dates and no times: the file changes when a figure does.
"""

import json
import math
from pathlib import Path

from nnparity.reports.campaign import store
from nnparity.reports.campaign.detection import TARGETS
from nnparity.reports.campaign.figures import Figures
from nnparity.reports.files import replacing

FILE = Path(__file__).parent / "recorded.json"
MOST = 30  # findings that are kept


def load(file: Path = FILE) -> dict:
    """Everything recorded; empty where nothing is."""
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {"campaigns": {}, "detection": None}


def save(kept: dict, file: Path = FILE) -> Path:
    with replacing(file) as (unfinished,):
        unfinished.write_text(json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8",
                              newline="\n")
    return file


def record_campaign(oracle: str, start: int, stop: int, figures: Figures, file: Path = FILE) -> Path:
    """Replace the figures of one oracle."""
    kept = load(file)
    kept["campaigns"][oracle] = {"seeds": [start, stop], "versions": store.versions(oracle), **as_json(figures)}
    return save(kept, file)


def record_detection(start: int, stop: int, tables: dict, unjudged: float, file: Path = FILE) -> Path:
    def as_table(dtype, table):
        sizes = [size for size in table.columns if size != "arrays"]
        return {"dtype": dtype, "target": list(TARGETS[dtype]), "sizes": sizes, "layers": [
            {"layer": layer, "arrays": int(row["arrays"]), "rates": [plain(row[size]) for size in sizes]}
            for layer, row in table.iterrows()]}

    kept = load(file)
    kept["detection"] = {"seeds": [start, stop], "cannot_judge": plain(unjudged),
                         "tables": [as_table(dtype, table) for dtype, table in sorted(tables.items())]}
    return save(kept, file)


def as_json(figures: Figures) -> dict:
    """The figures as plain data."""
    def counted(*columns):
        return [{**dict(zip(columns, values)), "arrays": int(row["arrays"]), "alarms": int(row["alarms"])}
                for values, row in figures.by(*columns).iterrows()]

    found = figures.findings
    return {
        "networks": figures.networks, "arrays": figures.arrays, "alarms": figures.alarms, "findings": len(found),
        "cannot_judge": plain(figures.share_of("cannot judge")), "unsupported": figures.unsupported,
        "known": [{"id": name, "reason": row["reason"], "networks": int(row["networks"]), "arrays": int(row["arrays"]),
                   "size": plain(row["size"])} for name, row in figures.known.iterrows()],
        "by_input": counted("inputs", "dtype"), "by_layer": counted("layer", "dtype"),
        "allowance": {dtype: [plain(value) for value in figures.tightness(dtype)] for dtype in ("float64", "float32")},
        "list": [{name: plain(row[name]) for name in ("seed", "verdict", "path", "layers", "dtype", "inputs", "error", "off",
                                                      "diagnosis", "reduced")} for _, row in found.head(MOST).iterrows()]}


def plain(value):
    """A number that JSON can hold, to four digits: a figure, not a measurement of rounding."""
    if isinstance(value, str):
        return value
    value = float(value)
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) and abs(value) < 2**53 else float(f"{value:.4g}")
