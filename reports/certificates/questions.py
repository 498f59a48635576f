"""Everything that is asked, by name."""

from nnparity.reports.certificates.elementwise import ELEMENTWISE, LOSSES
from nnparity.reports.certificates.in_rows import NORMALISATION, ROWS

QUESTIONS = {question.name: question for question in (*ELEMENTWISE, *LOSSES, *ROWS, *NORMALISATION)}
