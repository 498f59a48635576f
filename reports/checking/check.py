"""`nnparity.check`: is this implementation right, and if not, why?"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nnparity.reports.asking.isolate import Answer
from nnparity.reports.checking.contracts import of_one_contract, that_always_takes
from nnparity.reports.checking.differences import that_are_differences
from nnparity.reports.checking.fresh import freshened
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.checking.own.request import is_described, own_request
from nnparity.reports.checking.report import Report
from nnparity.reports.checking.request import Request, request
from nnparity.reports.diagnosis.slips import has_program
from nnparity.reports.verdicts.one_place import asked_in_one_place
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.run import rows_of
from nnparity.reports.verdicts.smaller import asked_smaller
from nnparity.reports.verdicts.tell_apart import told_apart
from nnparity.reports.verdicts.verdict import DISAGREES

LONGEST = 1e6  # seconds


def check(obj: Any, layer: Any = None, *, x: Any = None, like: Any = None, oracle: str | Sequence[str] = (), case: str = "",
          float32: bool = False, forward_only: bool = False, timeout: float = 10.0, fresh: int | None = None,
          seed: int | None = None, **conventions: Any) -> Report:
    """Compare an implementation with the reference, outputs and all gradients, and name what is different.

    `obj` is a function in the contract, "package.module:function" or "file.py:function" (run in a process of its own), a class
    with forward and backward, a torch.nn.Module or a Keras layer, class or instance, or what `nnparity.adapt` makes of one.
    `layer` is what it computes, "gru", "dense", "n18"; left out, its name says. `conventions` are the options that it claims:
    reset="before". `case` keeps the cases with this in their name, `float32` asks those in single precision too, `forward_only`
    compares no gradient, `timeout` is the limit for one case in seconds. `fresh` asks so many new questions in the place of ours,
    which an implementation that was tuned to them has not met; the Report tells the `seed` that draws them again.

    A network of one's own is described in place of `layer`, with the shape of its x, the batch first:

        nnparity.check(MyNet, "dense(128) relu dense(10) softmax_cross_entropy l2(0.001)", x=(32, 784))

    in words, as a list of dicts {"kind": "dense", "units": 128}, or by a torch.nn.Sequential or keras.Sequential that is
    `like` it; the words are then those of its loss. `oracle` ("torch", "keras") asks a framework the same questions live.
    A function finds its arrays under "dense_1/kernel", "dense_1/bias", "conv2d/kernel", ... (a number where there are several
    of a kind), its inputs as "x" and "target", and returns {"y": ..., "loss": ...} and the gradients of the loss, plus
    (λ/2) Σ W² over the kernels for l2(λ); without a loss it multiplies back from cotangents["y"]. Of the loss, the
    output and dL/dx, what it does not return is not asked, and told.

    A wrong network never raises: the Report says what is wrong. A wrong request always does: WrongRequest, which is a
    ValueError, and for an object that cannot be asked a TypeError too.
    """
    if is_described(layer, x, like):
        return own_answered(obj, layer, x=x, like=like, oracle=oracle, case=case, float32=float32, forward_only=forward_only,
                            timeout=limit(timeout), options=conventions, fresh=fresh, seed=seed)
    for name, value in (("layer", layer or ""), ("case", case)):
        if not isinstance(value, str):
            raise WrongRequest(f"{name} is a name, got {value!r}")
    asked = freshened(request(obj, layer, case=case, float32=float32, conventions=conventions), fresh, seed)
    return answered(asked, timeout=limit(timeout), forward_only=forward_only)


def own_answered(obj: Any, network: Any, *, oracle: str | Sequence[str], forward_only: bool, timeout: float,
                 options: Mapping[str, Any], fresh: int | None = None, seed: int | None = None, **asked: Any) -> Report:
    """`check` of a network that is described. Raises WrongRequest."""
    if options:
        raise WrongRequest(f"{next(iter(options))}=... says which layer?", "Options of a network's layers stand in its words: "
                           '"lstm(100, peepholes=True)"')
    oracles = (oracle,) if isinstance(oracle, str) else tuple(oracle)
    described = freshened(own_request(obj, network, oracles=oracles, timeout=timeout, **asked), fresh, seed)
    return answered(described, timeout=timeout, forward_only=forward_only)


def limit(seconds: float) -> float:
    """A time limit. Raises WrongRequest."""
    if not isinstance(seconds, int | float) or not 0.001 <= seconds <= LONGEST:  # nan is neither
        raise WrongRequest(f"{seconds!r} is no time limit: a number of seconds is expected, at least 0.001 and finite")
    return float(seconds)


def answered(asked: Request, *, timeout: float, forward_only: bool = False, on_row: Callable[[Row], None] = lambda _: None,
             on_search: Callable[[], None] = lambda: None) -> Report:
    """Ask, judge, and where two causes give the same numbers ask once more. `on_row` is told of each row as it comes."""
    kept: dict[str, Answer] = {}

    def keep(row: Row, answer: Answer) -> None:
        if row.verdict in DISAGREES and answer.result is not None:
            kept[row.case] = answer
        on_row(row)
    brief = all(map(has_program, asked.cases))  # small questions say more than a long search, and in less time
    judging: dict[str, Any] = {"forward_only": forward_only, "brief": brief}
    rows = rows_of(asked.implementation, asked.cases, timeout, on_row=keep, **judging)
    if not any(row.verdict != "unsupported" for row in rows):  # it was to be asked all the same
        rows = rows_of(asked.implementation, asked.cases, timeout, on_row=keep, claims=False, **judging)
    rows = that_are_differences(that_always_takes(asked.cases, of_one_contract(asked.network, asked.cases, rows)))
    on_search()
    if brief:
        rows = asked_smaller(asked.implementation, rows, asked.cases, kept, timeout, forward_only=forward_only)
    rows = asked_in_one_place(asked.implementation, rows, asked.cases, timeout)
    told = told_apart(asked.implementation, rows, asked.cases, asked.others, timeout, forward_only=forward_only)
    answers = {case: answer.result for case, answer in kept.items() if answer.result is not None}  # what a picture is drawn of
    return report_of(asked, rows, forward_only=forward_only, told=told, answers=answers)


def report_of(asked: Request, rows: list[Row], **about: Any) -> Report:
    return Report(name=asked.name, function=asked.function, network=asked.network, cases=asked.cases, rows=rows,
                  config=asked.config, notes=asked.notes, **about)
