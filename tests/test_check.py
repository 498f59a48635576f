"""`nnparity check` on other people's code: right, under another convention, broken in every way that code can be broken."""

import multiprocessing
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cases
from reports import check
from reports.check import WrongUsage, choose_config, choose_network, read_file
from reports.cli import app
from reports.implementations import UserFile
from reports.isolate import PRINTED_CAP, plain
from reports.run import rows_of

USERS = Path(__file__).parent / "user_grus"
CASES = cases.all_cases()


@pytest.fixture
def nnparity(monkeypatch):
    """Runs a command line at 80 columns: (exit code, everything printed)."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")

    def run(*arguments):
        done = CliRunner().invoke(app, [str(a) for a in arguments])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output
    return run


@pytest.mark.parametrize("arguments, code", [
    (["fused.py"], 0),
    (["paper.py", "--convention", "reset=before", "--convention", "recurrent_bias=outside"], 0),
    (["swapped.py", "--function", "my_gru", "--case", "generic"], 1),
], ids=["as asked", "another convention, asked for", "another convention, not asked for"])
def test_other_peoples_grus(nnparity, arguments, code):
    """Three styles, three conventions: each is run without an error, and agrees where its convention is asked for."""
    got, printed = nnparity("check", USERS / arguments[0], *arguments[1:])
    assert got == code, printed
    assert "errored" not in printed and max(map(len, printed.splitlines())) <= 80
    if code == 0:
        assert "cases agree (outputs and all gradients)" in printed


HOSTILE = '''
import os, signal, sys, time
from pathlib import Path
import numpy as np

HERE = Path(__file__)

def gru(params, inputs, cotangents):
    calls = HERE.with_suffix(".calls")  # outlives a crash
    n = int(calls.read_text()) if calls.exists() else 0
    calls.write_text(str(n + 1))
    return BEHAVIOURS[n](params, inputs, cotangents)

def right(params, inputs, cotangents):
    from reference_impl.layers.gru import gru as reference
    outputs, vjp = reference(params, inputs)
    return outputs, vjp(cotangents)

def raises(params, *_):
    return params["kernel"] @ np.ones(99)

def prints(*arguments):
    print("\\x1b[31mred\\x1b[0m [bold]" + "x" * 2**20)
    sys.stderr.write("to stderr")
    return right(*arguments)

def wrong_shape(*arguments):
    outputs, grads = right(*arguments)
    return {**outputs, "y": outputs["y"].swapaxes(0, 1)}, grads

def wrong_key(*arguments):
    outputs, grads = right(*arguments)
    return {"output": outputs["y"], "h_n": outputs["h_n"]}, grads

def strange_value(*arguments):
    outputs, grads = right(*arguments)
    return outputs, {**grads, "kernel": "a string"}

BEHAVIOURS = [  # the first case of each process is asked twice
    right, right, raises, lambda *_: None, wrong_key, wrong_shape, prints, strange_value,
    lambda *_: (1, 2, 3), lambda *_: sys.exit(5), lambda *_: os._exit(7),
    lambda *_: time.sleep(60), lambda *_: os.kill(os.getpid(), signal.SIGSEGV), right, right,
]
'''


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The rows of one implementation that misbehaves in another way on every case."""
    path = tmp_path_factory.mktemp("hostile") / "hostile.py"
    path.write_text(HOSTILE)
    asked = [case for case in CASES if case.name.startswith("gru-after-")] + [c for c in CASES if "n10-float" in c.name]
    return rows_of(UserFile(str(path), "gru"), asked[:13], timeout=5)


@pytest.mark.parametrize("place, verdict, words", [
    (0, "agrees", ""),
    (1, "errored", 'hostile.py:20: ValueError: matmul'),
    (2, "errored", "gru returned None; expected `return outputs, grads`"),
    (3, "malformed", "outputs/y: missing; the answer has output, h_n"),
    (4, "mistake", r"outputs/y: shape \(5, 2, 4\), expected \(2, 5, 4\) .*two axes are exchanged"),
    (5, "agrees", ""),
    (6, "errored", r"returned 'a string' \(a str\) as grads\['kernel'\]; expected an array of numbers"),
    (7, "errored", r"returned a tuple of 3 \(int, int, int\); expected"),
    (8, "errored", r"called sys.exit\(5\)"),
    (9, "errored", "exit code 7"),
    (10, "timed out", "no answer within 5 s"),
    (11, "errored", "SIGSEGV"),
    (12, "agrees", ""),
], ids=["right at first", "raises", "returns None", "wrong key", "wrong shape", "prints 1 MB", "a string for an array",
        "a tuple of numbers", "sys.exit", "os._exit", "never ends", "crashes", "right at last"])
def test_whatever_one_case_does_the_others_survive(hostile, place, verdict, words):
    row = hostile[place]
    assert row.verdict == verdict, row
    said = row.message or "\n".join(a.problem and str(a) for a in row.agreements)
    assert re.search(words, said), said


def test_what_was_printed_is_kept_and_cut(hostile):
    printed = hostile[5].printed
    assert printed.startswith("red [bold]xxx") and len(printed) < PRINTED_CAP + 100
    assert "more bytes" in printed and "\x1b" not in printed


def test_rows_of_a_broken_implementation_are_told_at_80_columns(hostile):
    """Every message appears, square brackets are not read as markup, and the run counts as failed."""
    from io import StringIO

    from rich.console import Console
    out = StringIO()
    check.tell(hostile, Console(file=out, width=80, markup=False, highlight=False))
    text = out.getvalue()
    for words in ("hostile.py:20: ValueError", "returned None", "exit code 7", "red [bold]xxx", "the answer has output, h_n",
                  "3 of 13 cases agree"):
        assert words in " ".join(text.split()), text
    assert max(map(len, text.splitlines())) <= 80
    assert check.exit_code(hostile) == 3


def test_gradients_left_out(nnparity, tmp_path):
    """Outputs alone are missing gradients, unless --forward-only says that nothing else was promised."""
    path = tmp_path / "forward.py"
    path.write_text("from reference_impl.layers.gru import gru as g\ndef gru(p, x, c): return g(p, x)[0]\n")
    code, printed = nnparity("check", path, "--case", "generic")
    assert code == 1 and "--forward-only" in printed
    code, printed = nnparity("check", path, "--case", "generic", "--forward-only")
    assert code == 0 and "1 of 1 cases agree (outputs only)" in printed


def test_a_file_that_fails_while_it_is_imported(nnparity, tmp_path):
    path = tmp_path / "broken.py"
    path.write_text("import no_such_module\ndef gru(params, inputs, cotangents): ...\n")
    code, printed = nnparity("check", path)
    assert code == 3
    assert "while importing: broken.py:1: ModuleNotFoundError: No module named 'no_such_module'" in " ".join(printed.split())


def test_ctrl_c_leaves_no_process_behind(tmp_path):
    path = tmp_path / "fine.py"
    path.write_text("def gru(params, inputs, cotangents): return {}, {}\n")

    def interrupt(_row, _answer):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rows_of(UserFile(str(path), "gru"), CASES[:3], 5, on_row=interrupt)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("name, content, arguments, words", [
    ("nope.py", None, [], "no such file"),
    ("notes.txt", "hello", [], "not a Python file"),
    ("bad.py", "def gru(:\n", [], "bad.py:1: not Python"),
    ("nul.py", "x = '\0'", [], "not Python"),
    ("other.py", "def mine(): ...", [], "no function named after a layer"),
    ("other.py", "def mine(): ...", ["--function", "gru"], "no such function: 'gru'. The file defines: mine"),
    ("gru.py", "def gru(): ...", ["--case", "no-such"], "matches 'no-such'"),
    ("gru.py", "def gru(): ...", ["--layer", "transformer"], "no case is about 'transformer'"),
    ("gru.py", "def gru(): ...", ["--convention", "reset=never"], "one of after, before"),
    ("gru.py", "def gru(): ...", ["--convention", "gates=4"], "no convention 'gates'"),
    ("gru.py", "def gru(): ...", ["--convention", "reset=before", "--convention", "recurrent_bias=inside"], "combines"),
    ("gru.py", "def gru(): ...", ["--timeout", "soon"], "--timeout"),
    ("gru.py", "def gru(): ...", ["--timeout", "-1"], "--timeout"),
], ids=lambda value: value if isinstance(value, str) and "\0" not in value and "\n" not in value else None)
def test_wrong_usage_is_exit_code_2_and_a_sentence(nnparity, tmp_path, name, content, arguments, words):
    if content is not None:
        (tmp_path / name).write_text(content)
    code, printed = nnparity("check", tmp_path / name, *arguments)
    assert code == 2 and words in " ".join(printed.split()) and "Traceback" not in printed, printed


@pytest.mark.parametrize("arguments, words", [
    (["report", "--oracle", "abacus"], "no oracle 'abacus'"),
    (["report", "--case", "no-such"], "no case matches"),
    (["report", "--record", "--case", "n10"], "--record"),
    (["report", "--out", __file__], "is a file"),
    (["list", "--layer", "no-such"], "no case is about"),
    (["conventions", "--column", "abacus"], "no framework 'abacus'"),
    (["conventions", "no-such"], "no conventions of 'no-such'"),
    (["conventions", "--record", "--differ", "torch", "keras"], "--record measures anew"),
    (["no-such-command"], "No such command"),
])
def test_bad_arguments(nnparity, arguments, words):
    code, printed = nnparity(*arguments)
    assert code == 2 and words in " ".join(printed.split()), printed


def test_list_shows_what_a_function_is_given_and_returns(nnparity):
    code, printed = nnparity("list", "--layer", "gru", "--case", "n10")
    assert code == 0
    for words in ("recurrent_kernel  (3 gates, hidden, hidden)", "def gru(params, inputs, cotangents)", "gru-n10-float64"):
        assert words in printed or words.replace("3 gates, hidden, hidden", "batch") in printed, printed


def test_conventions_from_the_recording(nnparity):
    code, printed = nnparity("conventions", "gru", "--recorded")
    assert code == 0
    assert "n  = tanh(x K_n + b_n + r ⊙ (h R_n + c_n))" in printed and "keras: GRU(..., reset_after=False)" in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_the_function_is_found_by_its_name(tmp_path):
    assert choose_network({"np", "gru"}, ["gru", "lstm"], None, None) == ("gru", "gru")
    assert choose_network({"mine"}, ["gru"], "mine", None) == ("gru", "mine")
    assert choose_network({"f"}, ["gru", "dense -> relu"], "f", "dense -> relu") == ("dense -> relu", "f")
    for names, function in (({"gru", "lstm"}, None), ({"mine"}, "mine")):
        with pytest.raises(WrongUsage, match="--layer"):
            choose_network(names, ["gru", "lstm"], function, None)
    path = tmp_path / "names.py"
    path.write_text("from a import b as gru\nlstm = 3\n")
    assert read_file(path) == {"gru", "lstm"}


def test_a_convention_completes_to_a_combination_that_exists():
    assert choose_config("gru", ["reset=before"]) == {"reset": "before", "recurrent_bias": "outside", "update": "keep"}


def test_control_characters_never_reach_the_terminal():
    assert plain("a\x1b[2Jb\r\nc\x07\x1b]0;title\x07d\te") == "ab\nc]0;titled\te"


@pytest.mark.parametrize("layer, convention", [("batch_norm", "running_divisor=n"), ("adam", "epsilon_in=hat"),
                                               ("gru", "reset=before"), ("average_pool2d", "divisor=cells")])
def test_a_convention_that_a_diagnosis_names_can_be_asked_for(layer, convention):
    """Wherever it is written down: in the catalogue or as a row of the atlas."""
    option, value = convention.split("=")
    assert choose_config(layer, [convention])[option] == value
