"""One network of a campaign as a case, and the verdict on what was answered to it."""

from nnparity.cases.case import Case
from nnparity.reference_impl.reference import RIGHT
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.campaign import arrays, known
from nnparity.reports.campaign.known import zero_arrays
from nnparity.reports.campaign.plan import Plan
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.run import row_of
from nnparity.reports.verdicts.verdict import QUIET


def verdict(oracle: str, answer: Answer) -> Row:
    """The row of an answer without its cause, but for what the framework is known for."""
    row = row_of(oracle, answer, brief=True, explain=False)
    return known.named(row, answer.case, answer.result, oracle) if alarms(row) and answer.result else row


def alarms(row: Row) -> bool:
    """A false alarm, or a fault: whatever is no agreement and has no reason that stands written down."""
    return row.verdict not in QUIET


def prepared(plan: Plan) -> Case:
    """The case, with those arrays named that are zero: dead units give them, and zero on both sides is then no alarm."""
    case = arrays.case(plan)
    expected = RIGHT.run(case)
    zeros = zero_arrays(expected)
    return case.replaced(zeros=zeros) if zeros else case
