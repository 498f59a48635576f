"""Everything that is asked, by name."""

from reports.certificates.elementwise import ELEMENTWISE, LOSSES
from reports.certificates.in_rows import NORMALISATION, ROWS

QUESTIONS = {question.name: question for question in (*ELEMENTWISE, *LOSSES, *ROWS, *NORMALISATION)}
