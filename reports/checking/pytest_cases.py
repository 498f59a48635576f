"""One pytest test a case: `@nnparity.parametrize("gru", "lstm")`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from nnparity import cases as questions
from nnparity.cases.case import Case
from nnparity.cases.selection import networks_of
from nnparity.reports.checking.check import answered, limit
from nnparity.reports.checking.names import WrongRequest, did_you_mean, understood
from nnparity.reports.checking.report import Report
from nnparity.reports.checking.request import Request, choose_cases, choose_config, request


@dataclass(frozen=True)
class Question:
    """What a parametrized test is given: one case, to be asked of whatever the test names."""

    case: Case
    layer: str
    conventions: Mapping[str, Any]

    @property
    def name(self) -> str:
        return self.case.name

    def check(self, obj: Any, *, timeout: float = 10.0, forward_only: bool = False) -> Report:
        """`nnparity.check` with this case alone."""
        asked = request(obj, self.layer, case=self.case.name, float32=self.case.dtype == "float32", conventions=self.conventions)
        return answered(only(asked, self.case.name), timeout=limit(timeout), forward_only=forward_only)

    def assert_agrees(self, obj: Any, **asked: Any) -> None:
        """Raises AssertionError with the diagnosis unless the object agrees; skips where it has no option for the case."""
        __tracebackhide__ = True  # of pytest: the line to be shown is that of the test
        agreed(self.check(obj, **asked))

    def __str__(self):
        return self.name


def only(asked: Request, name: str) -> Request:
    """A request of one case, without the others whose names begin with its own."""
    return replace(asked, cases=[case for case in asked.cases if case.name == name])


def agreed(report: Report) -> None:
    """Raises AssertionError with the diagnosis; skips what is not asked."""
    __tracebackhide__ = True
    if not report.asked:
        import pytest
        pytest.skip(report.rows[0].message)
    if not report.ok:
        raise AssertionError(report.explain())


def parametrize(*layers: str, case: str = "", float32: bool = False, expected_failures: Mapping[str, str] = {},  # noqa: B006
                **conventions: Any) -> Callable:
    """A decorator: the test gets `case`, one after the other of all cases about these layers.

        @nnparity.parametrize("gru", "lstm", expected_failures={"gru-*-long": "#12"})
        def test_layers(case):
            case.assert_agrees(getattr(mylayers, case.layer))

    Ids are the cases' names, so that `pytest -k gru-after-float64-generic` is that case. A case of `expected_failures` (a name,
    or a pattern, with the reason) must fail: one that agrees fails the test run, and so does a name that is no case's.
    `conventions` are options of all the layers named: reset="before". Raises WrongRequest.
    """
    import pytest
    questioned = [Question(one, network, conventions) for network in networks(layers)
                  for one in choose_cases(questions.all_cases(), network, choose_config(network, conventions), case, float32)]
    reasons = expected([q.name for q in questioned], expected_failures)
    return pytest.mark.parametrize("case", [
        pytest.param(q, id=q.name, marks=[pytest.mark.xfail(reason=reasons[q.name], raises=AssertionError, strict=True)]
                     if q.name in reasons else []) for q in questioned])


def networks(layers: Sequence[str]) -> list[str]:
    if not layers or not all(isinstance(layer, str) for layer in layers):
        raise WrongRequest("parametrize takes names of layers", '@nnparity.parametrize("gru", "lstm")')
    return [understood(layer, networks_of(questions.all_cases())) for layer in layers]


def expected(names: Sequence[str], failures: Mapping[str, str]) -> dict[str, str]:
    """case -> why it fails. Raises WrongRequest for a pattern that no case has: what it is about is not asked any more."""
    reasons: dict[str, str] = {}
    for pattern, reason in failures.items():
        found = [name for name in names if fnmatchcase(name, pattern)]
        if not found:
            near = [name for name in names if pattern in name or name in pattern]
            raise WrongRequest(f"expected_failures: no case here is called {pattern!r}{did_you_mean(near)}")
        reasons |= dict.fromkeys(found, str(reason))
    return reasons
