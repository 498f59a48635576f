"""`nnparity.assert_agrees`: one line of a test."""

from typing import Any

from nnparity.reports.checking.check import check


def assert_agrees(obj: Any, layer: str | None = None, **asked: Any) -> None:
    """Raises AssertionError with the diagnosis unless `nnparity.check(obj, layer, **asked)` is ok; WrongRequest as that does."""
    __tracebackhide__ = True  # of pytest: the line to be shown is that of the test
    report = check(obj, layer, **asked)
    if not report.ok:
        raise AssertionError(f"{report.explain()}")
