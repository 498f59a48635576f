"""In somebody else's repository, with a cases/, a tests/ and a reports/ of its own: parametrize, assert_agrees, the plugin."""

import os
import subprocess
import sys
import textwrap

import pytest

FILES = {
    "cases/__init__.py": "", "reports/__init__.py": "", "tests/__init__.py": "", "oracles.py": "mine = True\n",
    "cases/case.py": "mine = True\n",
    "mypackage/__init__.py": "",
    "mypackage/layers.py": """
        import numpy as np
        from nnparity.reference_impl.layers.gru import gru as reference

        def gru(params, inputs, cotangents):
            outputs, vjp = reference(params, inputs)
            return dict(outputs), vjp(cotangents)

        class Dense:
            def __init__(self, n_in, n_out):
                self.W, self.b = np.zeros((n_in, n_out)), np.zeros(n_out)
            def forward(self, x):
                self.x = x
                return x @ self.W + self.b
            def backward(self, dy):
                self.dW, self.db = self.x.T @ dy, dy.mean(0)
                return dy @ self.W.T
        """,
    "tests/test_theirs.py": """
        import nnparity, pytest
        from cases.case import mine
        from mypackage import layers

        THEIRS = {"gru": layers.gru, "dense": layers.Dense}

        @nnparity.parametrize("gru", case="generic")
        def test_right(case):
            case.assert_agrees(THEIRS[case.layer])

        @nnparity.parametrize("Dense", case="vector", expected_failures={"dense-vector-*": "averages the bias"})
        def test_known_to_be_wrong(case):
            case.assert_agrees(THEIRS[case.layer])

        @nnparity.parametrize("gru", case="square", expected_failures={"gru-after-float64-square": "it is right by now"})
        def test_not_wrong_any_more(case):
            case.assert_agrees(THEIRS[case.layer])

        def test_wrong():
            nnparity.assert_agrees(layers.Dense, case="vector")

        def test_by_name():
            nnparity.assert_agrees("mypackage.layers:gru", case="generic")
            assert mine
        """,
}


@pytest.fixture
def theirs(tmp_path):
    """Runs pytest in their repository: (exit code, what was printed)."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(textwrap.dedent(text))
    # as an installed distribution is found: by its entry point, which an older installation of this checkout may not have
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "120"}

    def run(*arguments):
        done = subprocess.run([sys.executable, "-m", "pytest", "-p", "nnparity.reports.checking.plugin", "-p", "no:cacheprovider",
                               *arguments], cwd=tmp_path, capture_output=True, text=True, env=environment)
        return done.returncode, done.stdout + done.stderr
    return run


def test_their_own_tests(theirs):
    """One item a case with its name as id; what is expected to fail must fail; the message is the diagnosis."""
    code, said = theirs("-rA")
    assert code == 1 and "2 failed, 2 passed, 1 xfailed" in said, said
    assert "PASSED tests/test_theirs.py::test_right[gru-after-float64-generic]" in said
    assert "XFAIL tests/test_theirs.py::test_known_to_be_wrong[dense-vector-float64-generic] - averages the bias" in said
    assert "[XPASS(strict)] it is right by now" in said
    assert "bias gradient is the mean over the batch, not the sum" in said


def test_the_plugin(theirs):
    code, said = theirs("--nnparity", "mypackage.layers:gru", "--nnparity", "mypackage/layers.py:Dense", "-m", "nnparity", "-rA")
    assert code == 1 and "PASSED mypackage.layers:gru::gru-after-float64-generic" in said, said
    # x of three axes
    assert "FAILED mypackage/layers.py:Dense::dense-vector-float64-generic" in said and "1 skipped" in said, said
    assert "bias gradient is the mean over the batch, not the sum" in said and "test_theirs" not in said
    code, said = theirs("--nnparity", "mypackage.layers:gru=gru,reset=before", "-k", "before and generic", "-q")
    assert code == 1 and "1 failed" in said and 'ask for it: reset="after"' in said, said


@pytest.mark.parametrize("target, words", [
    ("mypackage.layers:nope", "mypackage.layers has no 'nope'"), ("mypackage.layers", "names no object"),
    ("mypackage.layers:gru=lsm", "did you mean lstm?"), ("nowhere:gru", "No module named 'nowhere'")])
def test_a_target_that_makes_no_sense(theirs, target, words):
    code, said = theirs("--nnparity", target, "-m", "nnparity")
    assert code != 0 and words in said and "Traceback" not in said, said


def test_nobody_pays_who_does_not_ask(theirs, tmp_path):
    (tmp_path / "tests" / "test_theirs.py").write_text(
        "import sys\n\ndef test_light():\n    assert not [m for m in sys.modules if m in ('numpy', 'nnparity.cases')]\n")
    code, said = theirs()
    assert code == 0, said
