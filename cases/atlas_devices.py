"""What was measured on devices that a test may not have: devices/<name>.json, written once from a measurement.

    {"device": "NVIDIA H100 80GB HBM3", "versions": {"torch": "2.11.0"}, "on": "2026-11-27", "rows": [
      {"framework": "torch", "what": "matmul, 64 terms", "dtype": "float32", "setting": "as it starts",
       "forward": 1.07e-07, "grad_a": 1.12e-07, "grad_b": 1.52e-07}]}

The numbers are ‖y - y₆₄‖ / ‖y₆₄‖, y₆₄ being computed in double precision from the same numbers; `grad_a` and `grad_b` that of the
gradients by the two factors, or by the input and the kernel.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "atlas" / "devices"


@dataclass(frozen=True)
class Measured:
    """One setting of one framework on one device."""

    device: str
    version: str  # "torch 2.11.0"
    what: str
    dtype: str
    setting: str
    errors: tuple[float, ...]  # forward, then those of the gradients where they were asked


@cache
def measured() -> tuple[Measured, ...]:
    """Everything that was measured on all devices, the devices in the order of their files' names."""
    return tuple(one for path in sorted(FOLDER.glob("*.json")) for one in _read(path))


def _read(path: Path) -> Iterator[Measured]:
    told = json.loads(path.read_text(encoding="utf-8"))
    for row in told["rows"]:
        name = row["framework"]
        yield Measured(device=told["device"], version=f"{name} {told['versions'][name].partition('+')[0]}", what=row["what"],
                       dtype=row["dtype"], setting=row["setting"],
                       errors=tuple(row[key] for key in ("forward", "grad_a", "grad_b") if key in row))
