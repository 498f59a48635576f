"""`nnparity check` of folders and modules, as JSON and as JUnit; what it says where a name is not understood."""

import json
import textwrap
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from nnparity.reports.cli import app

LAYERS = """
    import numpy as np
    def helper(params): ...
    def softmax(x): ...
    class Dense:
        def __init__(self, n_in, n_out):
            self.W, self.b = np.zeros((n_in, n_out)), np.zeros(n_out)
        def forward(self, x):
            self.x = x
            return x @ self.W + self.b
        def backward(self, dy):
            self.dW, self.db = self.x.T @ dy, dy.sum(0)
            return dy @ self.W.T
    """
GRU = """
    def my_gru(params, inputs, cotangents):
        from nnparity.reference_impl.layers.gru import gru
        outputs, vjp = gru(params, inputs, update="replace")
        return dict(outputs), vjp(cotangents)
    """


@pytest.fixture
def nnparity(tmp_path, monkeypatch):
    """Runs a command line in a folder with two files: (exit code, what was printed)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    for name, text in (("net/layers.py", LAYERS), ("gru.py", GRU), ("broken.py", "def ("),
                       (".hidden/lstm.py", "raise SystemExit")):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))

    def run(*arguments):
        done = CliRunner().invoke(app, list(arguments))
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output
    return run


def test_a_folder(nnparity):
    code, said = nnparity("check", ".")
    assert code == 1 and "broken.py:1: not Python" in said and "hidden" not in said, said
    assert "gru.py: my_gru: 0 of 8 cases of gru agree; update gate swapped" in said
    assert "layers.py: Dense: 2 of 2 cases of dense agree" in said


def test_json_and_junit(nnparity, tmp_path):
    code, said = nnparity("check", ".", "--json", "--junit", "out.xml")
    data = json.loads(said)
    assert code == 1 and [one["ok"] for one in data] == [False, True]
    assert data[0]["diagnosis"][0]["title"].startswith("update gate")
    suites = ElementTree.parse(tmp_path / "out.xml").getroot().findall("testsuite")
    assert [suite.attrib["failures"] for suite in suites] == ["8", "0"] and int(suites[1].attrib["skipped"]) > 0
    code, said = nnparity("check", "gru.py", "--convention", "update=replace", "--json")
    assert code == 0 and json.loads(said)["ok"] is True


def test_a_module(nnparity):
    code, said = nnparity("check", "net.layers:Dense", "--case", "vector")
    assert code == 0 and "1 of 1 cases agree" in said, said


@pytest.mark.parametrize("arguments, words", [
    (["check", "gru.py", "--layer", "lsm"], "did you mean lstm?"),
    (["check", "net/layers.py", "--layer", "lstm"], "no function named after the layer lstm; it defines helper, softmax, Dense"),
    (["check", "net/layers.py", "--layer", "lstm"], "--function helper --layer lstm"),
    (["check", "net/layers.py:dense"], "did you mean Dense?"),
    (["check", "net.nowhere:f"], "no module 'net.nowhere' is importable"),
    (["check", ".hidden"], "nothing in .hidden could be asked"),
    (["check", ".", "--function", "f"], "name the file too"),
    (["check", "gru.py", "--junit", "/proc/nowhere/out.xml", "--case", "generic"], "cannot be written"),
    (["list", "--layer", "lsm"], "did you mean lstm?"),
    (["list", "--layer", "transformer"], "no case is about 'transformer'")])
def test_what_is_not_understood_gets_one_sentence(nnparity, arguments, words):
    code, said = nnparity(*arguments)
    said = " ".join(said.split())
    assert code == 2 and words in said and "Traceback" not in said, said
    assert len(said) < 1200


def test_names_are_forgiving(nnparity):
    assert nnparity("list", "--layer", "Linear")[0] == 0
    assert nnparity("check", "gru.py", "--layer", "GRU", "--case", "generic")[0] == 1
