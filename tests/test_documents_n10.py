"""N10 as the document builds it: Keras, from its initial values."""

import numpy as np
import pytest

from nnparity import cases, reference_impl
from nnparity.cases.documents.n10 import SNIPPET
from nnparity.cases.selection import cases_of
from nnparity.reports.verdicts.golden import golden_rows


def test_figures_of_every_step_are_met():
    """The gates and the candidate of both steps, which the answer prints on its way."""
    rows = {row.figure: row for row in golden_rows(cases_of("N10")) if not row.mistaken}
    assert {"0.73105857863", "0.761594155956", "0.769381871687", "0.8202522791"} <= rows.keys()
    assert all(row.met for row in rows.values())


@pytest.mark.live
def test_lines_of_the_report_print_the_figures(load_oracle):
    load_oracle("keras")
    scope = {}
    exec(SNIPPET, scope)  # noqa: S102
    printed = scope["y"]
    case = cases.named("gru-n10-float32")
    assert printed.dtype == case.dtype and printed.shape == (1, 2, 1)
    for golden in case.golden:
        assert golden.is_met_by(printed[golden.index]) != golden.mistaken
    np.testing.assert_allclose(printed, reference_impl.run(case).outputs["y"], rtol=1e-6)
