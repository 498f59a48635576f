"""What came of asking a model again: rows for people, data for programs."""

from dataclasses import dataclass
from typing import Any

EPS = {"float64": 2.0**-52, "float32": 2.0**-23}
SINGLE = EPS["float32"] / EPS["float64"]  # units of float64 in one of float32


@dataclass(frozen=True)
class Row:
    """One call of a layer, or what the model returns; errors in units of what rounding allows, by mode and dtype.

    `where` is "layer", "between" (the numbers that it is handed, all before it being as recorded), "outputs", "gradients" or
    "statistics".
    """

    name: str
    title: str
    where: str
    units: dict[str, float]

    @property
    def verdict(self) -> str:
        """"agrees"; "single" where a number of float64 is right in single precision only; else "differs"."""
        if all(u <= 1 for u in self.units.values()):
            return "agrees"
        room = {key: SINGLE if key.endswith("float64") else 1.0 for key in self.units}
        return "single" if all(u <= room[key] for key, u in self.units.items()) else "differs"


@dataclass(frozen=True)
class Outcome:
    """What has changed: rows for people, data for programs."""

    before: dict[str, Any]  # facts of the recording
    now: dict[str, Any]
    rows: tuple[Row, ...]

    @property
    def differing(self) -> tuple[Row, ...]:
        """Layers first: gradients and outputs are told where no layer explains them."""
        found = [row for row in self.rows if row.verdict == "differs"]
        inner = [row for row in found if row.where in ("layer", "between")]
        return tuple(inner or found)

    @property
    def single(self) -> tuple[Row, ...]:
        """Calls that compute float64 in single precision, on one of the two sides."""
        return tuple(row for row in self.rows if row.verdict == "single" and row.where == "layer")

    @property
    def ok(self) -> bool:
        return not self.differing and not (self.single and self.before["backend"] == self.now["backend"])

    @property
    def exit_code(self) -> int:
        return int(not self.ok)

    def json(self) -> dict[str, Any]:
        return {"ok": self.ok, "recorded": self.before, "now": self.now,
                "rows": [{**vars(row), "verdict": row.verdict} for row in self.rows]}
