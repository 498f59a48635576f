"""What a campaign says: arrays, false alarms by kind of input, dtype and layer, what could not be judged, how tight it was."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nnparity.reports.verdicts.verdict import QUIET, of_kind

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Figures:
    """Counts over the rows of a campaign. Raises ValueError where nothing was compared."""

    rows: "pd.DataFrame"  # columns of store.COLUMNS

    def __post_init__(self):
        if self.compared.empty:
            raise ValueError("nothing was compared: no array has an answer and a number that is not zero")

    @property
    def compared(self) -> "pd.DataFrame":
        """The arrays in which something was compared: answered, and not zero everywhere."""
        rows = self.rows
        return rows[(rows["path"] != "") & ~rows["row_verdict"].isin(of_kind("silent", "absent")) & (rows["scale"] > 0)]

    @property
    def alarming(self) -> "pd.DataFrame":
        """Arrays beyond the allowed error, and networks without an answer."""
        return self.rows[~self.rows["verdict"].isin(QUIET)]

    @property
    def networks(self) -> int:
        return self.rows["seed"].nunique()

    @property
    def arrays(self) -> int:
        return len(self.compared)

    @property
    def alarms(self) -> int:
        return len(self.alarming)

    @property
    def findings(self) -> "pd.DataFrame":
        """One line a network that alarms."""
        return self.alarming.drop_duplicates("seed")

    def share_of(self, verdict: str) -> float:
        """The part of the compared arrays that has this verdict."""
        return float((self.compared["verdict"] == verdict).mean())

    @property
    def unsupported(self) -> int:
        """Networks that the framework has no layer or option for."""
        return self.rows.loc[self.rows["row_verdict"] == "unsupported", "seed"].nunique()

    @property
    def known(self) -> "pd.DataFrame":
        """A line a known deviation: its reason, networks and arrays beyond the allowed error, the largest error relative to the
        array."""
        import numpy as np

        rows = self.compared[(self.compared["verdict"] == "known deviation")]
        relative = rows["epsilons"] * np.where(rows["dtype"] == "float32", np.finfo("float32").eps, np.finfo("float64").eps)
        return rows.assign(relative=relative).groupby("diagnosis").agg(
            reason=("message", "first"), networks=("seed", "nunique"), arrays=("seed", "size"), size=("relative", "max"))

    def by(self, *columns: str):
        """(arrays, alarms) for every value of these columns: a DataFrame."""
        table = self.compared.groupby(list(columns), sort=True).size().to_frame("arrays")
        alarms = self.alarming.groupby(list(columns)).size()
        return table.assign(alarms=alarms.reindex(table.index, fill_value=0).astype("int64"))

    def tightness(self, dtype: str):
        """Median over the arrays of the median element's allowance, in epsilons of the array's largest entry; and its 90 %."""
        import numpy as np

        own = self.compared.loc[self.compared["dtype"] == dtype, "median_allowance"] / np.finfo(dtype).eps
        return (float(own.median()), float(own.quantile(0.9))) if len(own) else (float("nan"),) * 2
