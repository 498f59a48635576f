"""`nnparity check` on other people's code: right, under another convention, broken in every way that code can be broken."""

import multiprocessing
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nnparity import cases
from nnparity.reports.asking.child import PRINTED_CAP
from nnparity.reports.asking.implementations import UserFile
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.checking.report import Report
from nnparity.reports.checking.request import choose_config, choose_network
from nnparity.reports.checking.source import read_file
from nnparity.reports.checking.told import tell
from nnparity.reports.cli import app
from nnparity.reports.comparison.foreign import plain
from nnparity.reports.verdicts.row import exit_code
from nnparity.reports.verdicts.run import rows_of

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
    from nnparity.reference_impl.layers.gru import gru as reference
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
    said = row.message or "\n".join(str(a) for a in row.agreements if a.problem)
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
    report = Report(name="hostile.py", function="gru", network="gru", cases=CASES[:len(hostile)], rows=hostile)
    tell(report, Console(file=out, width=80, markup=False, highlight=False))
    text = out.getvalue()
    for words in ("hostile.py:20: ValueError", "returned None", "exit code 7", "red [bold]xxx", "the answer has output, h_n",
                  "3 of 13 cases agree"):
        assert words in " ".join(text.split()), text
    assert max(map(len, text.splitlines())) <= 80
    assert exit_code(hostile) == 3


def test_gradients_left_out(nnparity, tmp_path):
    """Outputs alone are missing gradients, unless --forward-only says that nothing else was promised."""
    path = tmp_path / "forward.py"
    path.write_text("from nnparity.reference_impl.layers.gru import gru as g\ndef gru(p, x, c): return g(p, x)[0]\n")
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
    *(("gru.py", "def gru(): ...", ["--timeout", limit], "is no time limit") for limit in ("-1", "0", "nan", "inf", "-inf")),
], ids=lambda value: value if isinstance(value, str) and "\0" not in value and "\n" not in value else None)
def test_wrong_usage_is_exit_code_2_and_a_sentence(nnparity, tmp_path, name, content, arguments, words):
    if content is not None:
        (tmp_path / name).write_text(content)
    code, printed = nnparity("check", tmp_path / name, *arguments)
    assert code == 2 and words in " ".join(printed.split()) and "Traceback" not in printed, printed
    assert len(printed) < 700, "a sentence, no list of all there is"


@pytest.mark.parametrize("arguments, words", [
    (["report", "--oracle", "abacus"], "no oracle 'abacus'"),
    (["report", "--case", "no-such"], "no case matches"),
    (["report", "--record", "--case", "n10"], "--record"),
    (["report", "--out", __file__], "is a file"),
    (["list", "--layer", "no-such"], "no case is about"),
    (["conventions", "--column", "abacus"], "no framework 'abacus'"),
    (["conventions", "no-such"], "nothing answers 'no-such'"),
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


@pytest.mark.parametrize("layer, line", [
    ("gru", "z = activations.sigmoid(x @ K_z + b_z + h @ R_z + c_z)"), ("lstm", "s_new = f * s + i * g"),
    ("simple_rnn", "return φ(x @ K + b + h @ R + c)")])
def test_list_shows_the_plain_step_of_a_recurrent_layer(nnparity, layer, line):
    code, printed = nnparity("list", "--layer", layer)
    assert code == 0 and line in printed


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
        with pytest.raises(WrongRequest, match="gru"):
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


# ---------------------------------------------------------------------------------------------------- what is no agreement


RIGHT = """
import numpy as np
from nnparity.reference_impl.layers.gru import gru as reference
def right(params, inputs, cotangents):
    outputs, vjp = reference(params, inputs)
    return dict(outputs), vjp(cotangents)
def gru(params, inputs, cotangents):
    outputs, grads = right(params, inputs, cotangents)
"""


@pytest.mark.parametrize("body, code, verdict, words", [
    ("grads['columns'] = np.ones(3)", 0, "agrees", "grads/columns: not asked for, left aside"),
    ("outputs['z'] = outputs['y']", 0, "agrees", "outputs/z: not asked for, left aside"),
    ("outputs['y'] = np.ma.masked_array(outputs['y'], outputs['y'] > 0)", 3, "errored", "a masked array"),
    ("inputs['x'] *= 2", 1, "mistake", "x was changed in place"),
    ("params['kernel'][...] = 0", 1, "mistake", "kernel was changed in place"),
    ("cotangents['y'] += 1", 1, "mistake", "cotangent of y was changed in place"),
    ("inputs['x'] = inputs['x'] * 2; params['kernel'] = None", 0, "agrees", ""),
    ("grads['kernel'] = grads['kernel'].astype(int)", 1, "malformed", "grads/kernel: dtype int64, expected float64"),
    ("grads['kernel'] = grads['kernel'] + 1j", 1, "malformed", "grads/kernel: dtype complex128, expected float64"),
    ("grads['kernel'] = grads['kernel'] * np.nan", 1, "malformed", "grads/kernel: nothing but nan"),
    ("grads['Kernel'] = grads.pop('kernel')", 1, "malformed", "grads/kernel: missing; the answer has"),
    ("outputs['y'] = outputs['y'] * 1e300", 1, "unexplained", "outputs part"),
    ("grads['kernel'] = grads['kernel'].mT", 1, "mistake", "gradient of kernel transposed"),
    ("grads = {}", 1, "malformed", "no gradients came back"),
], ids=["extra gradient", "extra output", "masked", "x in place", "kernel in place", "cotangent in place", "own copies",
        "integers", "complex", "nan", "a name", "huge", "transposed", "no gradients"])
def test_what_is_wrong_with_an_answer_is_said_once(nnparity, tmp_path, body, code, verdict, words):
    path = tmp_path / "answer.py"
    path.write_text(f"{RIGHT}    {body}\n    return outputs, grads\n")
    got, printed = nnparity("check", path, "--case", "gru-after-float64-generic")
    said = " ".join(printed.split())
    assert got == code and f"gru-after-float64-generic {verdict}" in said, printed
    assert said.count(words) == 1 or not words or code == 1 and verdict in ("mistake", "unexplained"), printed
    assert words in said


@pytest.mark.parametrize("layer", ["dense", "simple_rnn"])
def test_a_transposed_kernel_gradient_is_one_cause(nnparity, tmp_path, layer):
    path = tmp_path / "transposed.py"
    path.write_text(f"from nnparity.reference_impl.network import LAYERS\ndef {layer}(params, inputs, cotangents, config):\n"
                    f"    outputs, vjp = LAYERS['{layer}'](params, inputs, **config)\n    grads = vjp(cotangents)\n"
                    "    return outputs, {**grads, 'kernel': grads['kernel'].T}\n")
    code, printed = nnparity("check", path)
    assert code == 1 and "diagnosis: gradient of kernel transposed" in printed and "reverse order" not in printed, printed


def test_a_diagnosis_that_fails_costs_its_own_explanation(nnparity, tmp_path, monkeypatch):
    from nnparity.reports.diagnosis import diagnose
    from nnparity.reports.verdicts import tell_apart
    path = tmp_path / "wrong.py"
    path.write_text(f"{RIGHT}    return outputs, {{**grads, 'x': 2 * grads['x']}}\n")
    asked, real = [], diagnose.diagnose

    def fails_once(case, *arguments, **options):
        asked.append(case)
        if len(asked) == 2:
            raise KeyError("no such thing")
        return real(case, *arguments, **options)
    monkeypatch.setattr(diagnose, "diagnose", fails_once)
    monkeypatch.delenv("NNPARITY_DEBUG", raising=False)
    code, printed = nnparity("check", path, "--case", "after")
    said = " ".join(printed.split())
    assert code == 1 and said.count(" mistake ") >= 5 and said.count(" mistake ") + said.count(" unexplained ") == 6, printed
    assert "the diagnosis itself failed (KeyError: 'no such thing')" in said
    monkeypatch.setattr(tell_apart, "surviving", lambda *_: 1 / 0)
    assert nnparity("check", path, "--case", "generic")[0] == 1
    monkeypatch.setenv("NNPARITY_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        nnparity("check", path, "--case", "generic")


# ---------------------------------------------------------------------------------------------------- terminals and places


def run(*arguments, cwd=None, **environment):
    done = subprocess.run([sys.executable, "-m", "nnparity.reports.cli", *map(str, arguments)], cwd=cwd, timeout=300,
                          capture_output=True, env={**os.environ, **environment})
    return done.returncode, (done.stdout + done.stderr).decode()


def test_a_terminal_without_letters_and_one_without_width(tmp_path):
    code, said = run("list", "--layer", "gru", PYTHONIOENCODING="ascii")
    assert code == 0 and "sigma(x K_r" in said and "?" not in said and said.isascii()
    path = tmp_path / "answer.py"
    path.write_text(f"{RIGHT}    return outputs, grads\n")
    code, said = run("check", path, "--case", "generic", COLUMNS="0")
    assert code == 0 and "1 of 1 cases agree" in said


def test_the_working_directory_can_be_imported_from(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").write_text(f"{RIGHT}    return outputs, grads\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "check_gru.py").write_text("from mine import gru\n")
    code, said = run("check", "tests/check_gru.py", "--case", "generic", cwd=tmp_path)
    assert code == 0, said


def test_the_stub_of_the_readme_can_be_pasted(nnparity, tmp_path):
    """It answers nothing, and says so; it does not raise."""
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    path = tmp_path / "stub.py"
    path.write_text(re.search(r"```python\n(def gru.*?)```", readme, re.S)[1])
    code, printed = nnparity("check", path, "--case", "generic")
    assert code == 1 and "malformed" in printed and "outputs/y: missing" in printed, printed


def test_a_folder_that_cannot_be_written_to_is_said_before_anything_is_asked(nnparity):
    code, printed = nnparity("report", "--out", "/proc/nowhere")
    assert code == 2 and "--out /proc/nowhere cannot be written to" in " ".join(printed.split())
