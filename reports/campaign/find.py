"""A finding: a network that alarms, made small, with its cause and the side that is off."""

from dataclasses import dataclass, replace

from nnparity.reports.campaign import arbiter
from nnparity.reports.campaign.judging import alarms, prepared, verdict
from nnparity.reports.campaign.plan import Plan
from nnparity.reports.campaign.reduce import reduce
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.run import row_of

ASKS_WITHOUT_ANSWER = 40  # networks that are asked to reduce one that raises


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is left of a network that alarms. `off` names the side that is further from the truth, see arbiter.py."""

    plan: Plan
    row: Row
    off: str

    @property
    def diagnosis(self) -> str:
        return self.row.diagnosis[0].label if self.row.diagnosis else self.row.message

    @property
    def words(self) -> str:
        """The small network in one line."""
        return words(self.plan)


def find(plan: Plan, row: Row, asker, oracle: str, *, ended: bool = False) -> Finding:
    """Reduce the network, then look for the cause of what is left. A hang, or a process that `ended`, is not asked again."""
    if row.verdict == "timed out" or ended:
        return Finding(plan=plan, row=row, off="oracle")

    def asked(smaller: Plan):
        answer = asker.ask(prepared(smaller))
        return answer, verdict(oracle, answer)

    def still(smaller: Plan) -> bool:
        found = asked(smaller)[1]
        return alarms(found) and found.verdict != "timed out" and (found.verdict == "errored") == (row.verdict == "errored")

    least = reduce(plan, still, **({"asks": ASKS_WITHOUT_ANSWER} if row.verdict == "errored" else {}))
    answer, told = asked(least)
    if answer.result is not None:
        told = diagnosed(answer, told, oracle)
    if answer.result is None:
        return Finding(plan=least, row=told, off="oracle")
    worst = told.worst
    return Finding(plan=least, row=told, off=arbiter.further_off(answer.case, answer.result, worst.path, worst.worst))


def diagnosed(answer, row: Row, oracle: str) -> Row:
    """The row with its cause. A diagnosis that fails is told in its place: the network still alarms."""
    try:
        return row_of(oracle, answer, brief=True)
    except Exception as error:
        return replace(row, message=f"the diagnosis failed: {type(error).__name__}: {error}")


def words(plan: Plan) -> str:
    """layer_norm(epsilon=1e-05) -> loss squared_error(reduction='mean'), x (1, 2), float32, normal inputs, trained weights"""
    chain = " -> ".join(link_words(link) for link in plan.links) or "x"
    loss = f" -> {plan.loss.kind}({options(plan.loss.config)})" if plan.loss else ""
    training = plan.training
    trained = f", {training.steps} steps of {training.optimizer}({options(training.config)})" if training else ""
    vocabulary = f" of {plan.vocabulary} tokens" if plan.vocabulary else ""
    return f"{chain}{loss}{trained}, x {plan.x}{vocabulary}, {plan.dtype}, {plan.inputs} inputs, {plan.weights} weights"


def link_words(link) -> str:
    own = {**({"units": link.units} if link.units else {}), **({"taps": link.taps} if link.taps else {}), **link.config}
    left_out = f", without {', '.join(link.without)}" if link.without else ""
    return f"{link.kind}({options(own)}{left_out})"


def options(config) -> str:
    return ", ".join(f"{k}={v!r}" for k, v in config.items())
