"""What `nnparity.compare` returns."""

from nnparity.reports.models.html import page
from nnparity.reports.models.outcome import Outcome
from nnparity.reports.models.told import text


class Comparison(Outcome):
    """`.ok`, `.findings`, `.rows`, `.summary`, `.json()`, `.html()`; printed, all of it in words."""

    def html(self) -> str:
        """A page: both networks side by side, coloured by error."""
        return page(self)

    def __str__(self) -> str:
        return text(self)
