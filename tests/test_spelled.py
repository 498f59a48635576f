"""A terminal without a sign gets it spelled: every command reads well in ASCII and in old code pages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nnparity.reports.spelled import SPELLED, spelled

ROOT = Path(__file__).parent.parent
FOLDERS = ("cases", "reference_impl", "reports", "oracles")


@pytest.mark.parametrize("sign, words", [("σ", "sigma"), ("Φ", "Phi"), ("ᵀ", "^T"), ("²", "^2"), ("ᵢ", "_i"), ("½", "1/2"),
                                         ("⊙", "*"), ("≤", "<="), ("é", "e"), ("∞", "inf"), ("漢", "?")])
def test_a_sign(sign, words):
    assert spelled(sign) == words


def test_every_sign_that_is_written_anywhere_has_a_spelling():
    text = "".join(path.read_text(encoding="utf-8") for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
    signs = {sign for sign in text if not sign.isascii()}
    assert len(signs) > 40 and not {sign for sign in signs if spelled(sign) == "?"}


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437", "koi8-r"])
def test_an_encoding_keeps_what_it_has(encoding):
    told = "y σ(a) ⊙ é ½ √".encode(encoding, SPELLED).decode(encoding)
    assert "?" not in told and told.startswith("y ")
    assert ("½" in told) == (encoding in ("cp1252", "cp437"))


@pytest.mark.parametrize("encoding", ["ascii", "cp437"])
def test_a_command_in_an_old_terminal(encoding):
    done = subprocess.run([sys.executable, "-m", "nnparity.reports.cli", "explain", "K31"], capture_output=True,
                          env={**os.environ, "PYTHONIOENCODING": encoding, "COLUMNS": "80", "NO_COLOR": "1"})
    said = done.stdout.decode(encoding)
    assert done.returncode == 0 and "?" not in said and "y_j" in said and "y^T" in said and "\x1b" not in said
    assert all(len(line) <= 80 for line in said.splitlines())
