"""`nnparity.check`: is this implementation right, and if not, why?"""

from collections.abc import Callable
from typing import Any

from nnparity.reports.checking.contracts import of_one_contract
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.checking.report import Report
from nnparity.reports.checking.request import Request, request
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.run import rows_of
from nnparity.reports.verdicts.tell_apart import told_apart

LONGEST = 1e6  # seconds


def check(obj: Any, layer: str | None = None, *, case: str = "", float32: bool = False, forward_only: bool = False,
          timeout: float = 10.0, **conventions: Any) -> Report:
    """Compare an implementation with the reference, outputs and all gradients, and name what is different.

    `obj` is a function in the contract, "package.module:function" or "file.py:function" (run in a process of its own), a class
    with forward and backward, a torch.nn.Module or a Keras layer, class or instance, or what `nnparity.adapt` makes of one.
    `layer` is what it computes, "gru", "dense", "n18"; left out, its name says. `conventions` are the options that it claims:
    reset="before". `case` keeps the cases with this in their name, `float32` asks those in single precision too, `forward_only`
    compares no gradient, `timeout` is the limit for one case in seconds.

    A wrong network never raises: the Report says what is wrong. A wrong request always does: WrongRequest, which is a
    ValueError, and for an object that cannot be asked a TypeError too.
    """
    for name, value in (("layer", layer or ""), ("case", case)):
        if not isinstance(value, str):
            raise WrongRequest(f"{name} is a name, got {value!r}")
    return answered(request(obj, layer, case=case, float32=float32, conventions=conventions), timeout=limit(timeout),
                    forward_only=forward_only)


def limit(seconds: float) -> float:
    """A time limit. Raises WrongRequest."""
    if not isinstance(seconds, int | float) or not 0.001 <= seconds <= LONGEST:  # nan is neither
        raise WrongRequest(f"{seconds!r} is no time limit: a number of seconds is expected, at least 0.001 and finite")
    return float(seconds)


def answered(asked: Request, *, timeout: float, forward_only: bool = False, on_row: Callable[[Row], None] = lambda _: None,
             on_search: Callable[[], None] = lambda: None) -> Report:
    """Ask, judge, and where two causes give the same numbers ask once more. `on_row` is told of each row as it comes."""
    rows = rows_of(asked.implementation, asked.cases, timeout, on_row=lambda row, _answer: on_row(row), forward_only=forward_only)
    if not any(row.verdict != "unsupported" for row in rows):  # it was to be asked all the same
        rows = rows_of(asked.implementation, asked.cases, timeout, forward_only=forward_only, claims=False)
    rows = of_one_contract(asked.network, asked.cases, rows)
    on_search()
    told = told_apart(asked.implementation, rows, asked.cases, asked.others, timeout, forward_only=forward_only)
    return report_of(asked, rows, forward_only=forward_only, told=told)


def report_of(asked: Request, rows: list[Row], **about: Any) -> Report:
    return Report(name=asked.name, function=asked.function, network=asked.network, cases=asked.cases, rows=rows,
                  config=asked.config, **about)
