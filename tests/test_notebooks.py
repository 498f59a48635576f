"""The notebooks run from top to bottom, and print what they are stored with."""

import json
import re

import pytest

from nnparity.reports.notebooks import run

BOOKS = run.notebooks()


@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_a_notebook(path):
    """A rounding, and a count of digits, is another on another processor; the words are the same."""
    stored = json.loads(path.read_text(encoding="utf-8"))
    now = run.executed(path)
    words = [[re.sub(r"-?\d[\d.]*(e[+-]?\d+)?", "N", text).split() for text in run.said(book)] for book in (stored, now)]
    assert words[0] == words[1], "run it anew: python -m nnparity.reports.notebooks.run"
    pictures = [out for cell in now["cells"] for out in cell.get("outputs", []) if "data" in out]
    assert pictures and all(out["data"]["image/png"] for out in pictures)
    assert sum(cell["cell_type"] == "markdown" for cell in now["cells"]) >= 4


def test_what_they_teach_is_named():
    said = {path.stem: "\n".join(run.said(json.loads(path.read_text(encoding="utf-8")))) for path in BOOKS}
    assert "softmax derivative reduced to its diagonal" in said["why_is_my_softmax_gradient_wrong"]
    assert "3 of 3 cases of activation agree" in said["why_is_my_softmax_gradient_wrong"]
    assert "reset gate before the recurrent product" in said["which_gru_is_this"]
    assert "gradients of loss: 2 of 4 wrong" in said["is_my_backward_pass_right"]
    assert "gradients of loss: right, 4 arrays" in said["is_my_backward_pass_right"]


def test_a_cell_that_raises_is_told(tmp_path):
    path = tmp_path / "one.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": ["1 / 0"]}]}))
    with pytest.raises(run.CellFailed, match="one.ipynb, cell 1: ZeroDivisionError: division by zero"):
        run.executed(path)
