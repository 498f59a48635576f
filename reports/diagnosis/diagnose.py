"""Why do two answers differ? Names a cause only where it reproduces the numbers to rounding.

First the outputs: which convention, rewriting or planted mistake of the forward pass gives the numbers that came back? Then, with
that forward pass, the gradients: which arrays follow from it, and what happened to the others: a factor, a sign, gates in another
order, a transposition, another array's gradient, a planted mistake of the backward pass. Where nothing matches, where the numbers
part.

    a hypothesis  ->  its predictions  ->  their matches with the answer  ->  explanations
    hypothesis.py     hypothesis.py        match.py                           gradients.py, explanation.py

Each is computed once and kept. What is tried is the list STAGES; a new stage is a file in stages/ and a line here.
"""

import os
import warnings
from collections.abc import Iterable

import numpy as np

from nnparity.cases.case import Case, Result
from nnparity.reports.diagnosis.explanation import Explanation, ranked
from nnparity.reports.diagnosis.question import Question
from nnparity.reports.diagnosis.stages.conventions import conventions
from nnparity.reports.diagnosis.stages.first_difference import first_difference
from nnparity.reports.diagnosis.stages.generated import generated
from nnparity.reports.diagnosis.stages.hinted import hinted
from nnparity.reports.diagnosis.stages.layer_by_layer import layer_by_layer
from nnparity.reports.diagnosis.stages.one_after_another import one_after_another
from nnparity.reports.diagnosis.stages.one_cause import one_cause, one_cause_beside_a_convention
from nnparity.reports.diagnosis.stages.precision import precision
from nnparity.reports.diagnosis.stages.scaled import scaled_outputs, scaled_training
from nnparity.reports.diagnosis.stages.step_by_step import step_by_step
from nnparity.reports.diagnosis.stages.two_causes import mistake_and_rewriting, two_mistakes, two_rewritings
from nnparity.reports.diagnosis.stages.without_penalty import without_penalty

AT_MOST = 6  # explanations reported
STAGES = (  # what is tried, and how far it looks: 1 for one cause of other outputs, 2 for two, 0 for none but a convention
    (hinted, 0),
    (conventions, 0),
    (without_penalty, 0),
    (one_cause, 1),
    (scaled_training, 1),
    (generated, 0),
    (one_cause_beside_a_convention, 2),
    (step_by_step, 2),
    (two_rewritings, 2),
    (mistake_and_rewriting, 2),
    (two_mistakes, 2),
    (layer_by_layer, 2),
    (precision, 0),
    (scaled_outputs, 0),
    (one_after_another, 0),
    (first_difference, 0),
)


def diagnose(case: Case, answer: Result, hints: Iterable[Explanation] = (), *, brief: bool = False) -> tuple[Explanation, ...]:
    """The explanations of an answer that disagrees, the best first: complete before partial, few causes before many,
    conventions before mistakes. Never empty.

    `hints` are explanations of the same implementation's other answers: they are tried first. `brief` looks for single causes
    only. What explains every number ends the search; a stage that looks further than `Question.depth` is passed over.
    """
    question = Question(case=case, answer=answer, hints=tuple(hints), brief=brief)
    for stage, depth in STAGES:
        if not (question.explained if stage is not generated else question.explained_by_one) and depth <= question.depth:
            question.add(stage(question))
    return tuple(ranked(question.found)[:AT_MOST])


def diagnosed(case: Case, answer: Result, hints: Iterable[Explanation] = (), *, brief: bool = False
              ) -> tuple[tuple[Explanation, ...], str]:
    """(explanations, ""), or ((), why there are none) where the diagnosis itself fails: a fault of ours, which costs this row
    its explanation and no other row anything. NNPARITY_DEBUG=1 raises."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():  # of an answer of 1e300 every square overflows
            warnings.simplefilter("ignore", np.exceptions.ComplexWarning)  # a slip may keep a complex number in a real array
            return diagnose(case, answer, hints, brief=brief), ""
    except Exception as error:
        if os.environ.get("NNPARITY_DEBUG"):
            raise
        return (), (f"no cause was looked for to the end: the diagnosis itself failed ({type(error).__name__}: {error}). "
                    "That is a fault of nnparity, not of this code; NNPARITY_DEBUG=1 shows where")
