"""Code that attacks what lies between it and us: our pipes, our processes, what we read. It costs its own case and no other, and
nothing of it is left running."""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from nnparity import cases
from nnparity.cases.case import Result
from nnparity.reports.asking.implementations import UserFile
from nnparity.reports.asking.isolate import Asker, answers
from nnparity.reports.asking.keeper import below
from nnparity.reports.asking.transport import DIGEST, LARGEST, SIZES, Frames, Garbled, TooLarge, digest, encode
from nnparity.reports.verdicts.run import rows_of

CASES = [case for case in cases.all_cases() if case.group == "gru" and case.dtype == "float64"][:9]
KEY = bytes(32)
ROOT = Path(__file__).parents[1]

PREFACE = '''
import os, signal, subprocess, sys, threading, time
import numpy as np
from pathlib import Path
from nnparity.reference_impl.layers.gru import gru as reference

HERE = Path(__file__)

def right(params, inputs, cotangents):
    outputs, vjp = reference(params, inputs)
    return outputs, vjp(cotangents)

def descriptors():
    """Every descriptor that can be written to, ours included."""
    for fd in range(3, 64):
        try:
            if "socket" in os.readlink(f"/proc/self/fd/{fd}") or "pipe" in os.readlink(f"/proc/self/fd/{fd}"):
                yield fd
        except OSError:
            pass

def say(data):
    for fd in descriptors():
        try:
            os.write(fd, data)
        except OSError:
            pass

def note_child(pid):
    with HERE.with_suffix(".pids").open("a") as file:
        file.write(f"{pid}\\n")

def sleeper(**how):
    note_child(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], **how).pid)

def daemon():
    """Forked twice, a session of its own, no standard streams, no environment."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            note_child(os.getpid())
            os.closerange(0, 64)
            os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)"], {})
        os._exit(0)
    time.sleep(0.3)

class Text(str):
    """Pickled, it would run code where it is read."""
    def __reduce__(self):
        return exec, (f"open({str(HERE.with_suffix('.ran'))!r}, 'w')",)

def gru(params, inputs, cotangents):
    counted = HERE.with_suffix(".calls")
    n = int(counted.read_text()) if counted.exists() else 0
    counted.write_text(str(n + 1))
    return (BEHAVIOURS[n] if n < len(BEHAVIOURS) else right)(params, inputs, cotangents)
'''
FORGED = "(2**31).to_bytes(4) + (2**60).to_bytes(8)"


@pytest.fixture
def ask(tmp_path):
    """Rows of a function that does these things, one after the other, and is right from then on; the first case of each process
    is asked twice."""
    def asked(*behaviours, timeout=3.0, count=5):
        path = tmp_path / "attack.py"
        path.write_text(PREFACE + f"\nBEHAVIOURS = [{', '.join(behaviours)}]\n")
        return rows_of(UserFile(str(path), "gru"), CASES[:count], timeout)
    return asked


def alive(tmp_path) -> list[int]:
    """Which of the processes that the function started still run."""
    noted = [int(line) for line in (tmp_path / "attack.pids").read_text().split()]
    assert noted

    return [pid for pid in noted if runs(pid)]


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0] != b"Z"
    except OSError:
        return False


def ended(pids) -> bool:
    """Whether all have ended soon: Python's own tracker of shared memory finds out by itself, and so does a keeper."""
    for _ in range(200):
        if not any(map(runs, pids)):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("what, verdict, words", [
    (f"(say({FORGED} + bytes(16)), right(*a))[1]", "errored", "file descriptor that belongs to nnparity"),
    ("(say(b'x' * 5), right(*a))[1]", "errored", "file descriptor that belongs to nnparity"),
    ("(say(b'garbage ' * 9), time.sleep(60))", "errored", "file descriptor that belongs to nnparity"),
    ("(say(b'x'), time.sleep(60))", "timed out", "no answer within"),
    ("(os.closerange(3, 64), right(*a))[1]", "errored", "the process ended without an answer"),
    ("(os.kill(os.getppid(), signal.SIGKILL), time.sleep(60))", "errored", "the process ended without an answer"),
    ("os.kill(os.getpid(), signal.SIGSTOP)", "timed out", "no answer within"),
    ("os.kill(os.getppid(), signal.SIGSTOP) or os._exit(3)", "errored", "the process ended without an answer"),
    ("os.killpg(0, signal.SIGKILL)", "errored", "SIGKILL"),
    ("[sys.stdout.write('x' * 10**6) for _ in iter(int, 1)]", "timed out", "no answer within"),
    ("(threading.Thread(target=lambda: [os.write(1, b'x' * 4096) for _ in iter(int, 1)], daemon=True).start(), right(*a))[1]",
     "agrees", ""),
    ("({Text(k): a for k, a in right(*a)[0].items()}, {Text(k): a for k, a in right(*a)[1].items()})", "agrees", ""),
    ("({**right(*a)[0], Text('é\\ud800'): np.ones(2)}, right(*a)[1])", "agrees", "not asked for, left aside"),
    ("({**right(*a)[0], 'wide': np.zeros(2**25 + 1)}, right(*a)[1])", "errored", "at most 268,435,456"),
], ids=["forged length", "a few bytes", "garbage", "one byte and no answer", "closes every descriptor", "kills its keeper",
        "stops itself", "stops its keeper and exits", "kills its group", "floods stdout", "floods stdout behind its answer",
        "names that run code when unpickled", "a name that UTF-8 cannot write", "a quarter of a gigabyte"])
def test_an_attack_costs_its_own_case_only(ask, tmp_path, what, verdict, words):
    rows = ask("right", "right", f"lambda *a: {what}", timeout=3.0 if verdict == "timed out" else 20.0)
    assert [row.verdict for row in rows] == ["agrees", verdict, "agrees", "agrees", "agrees"], rows[1].message
    assert re.search(words, rows[1].message)
    assert not (tmp_path / "attack.ran").exists(), "code of a pickle was run"


def test_bytes_behind_an_answer_cost_nothing(ask):
    late = "(threading.Timer(0.2, lambda: say(b'late')).start(), right(*a))[1]"
    rows = ask("right", "right", f"lambda *a: {late}", "lambda *a: (time.sleep(0.5), right(*a))[1]")
    assert [row.verdict for row in rows].count("agrees") >= len(rows) - 1, "garbage during a case may cost that one"


needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="adopts orphans: Linux only")


@needs_proc
@pytest.mark.parametrize("then", ["right(*a)", "os._exit(3)", "time.sleep(60)", "os.kill(os.getpid(), signal.SIGSEGV)"],
                         ids=["answers", "exits", "hangs", "crashes"])
@pytest.mark.parametrize("start", ["sleeper()", "sleeper(start_new_session=True)", "sleeper(env={}, start_new_session=True)",
                                   "daemon()"], ids=["child", "session", "no environment", "daemon"])
def test_what_it_started_dies_with_it(ask, tmp_path, start, then):
    rows = ask("right", "right", f"lambda *a: ({start}, {then})[1]", timeout=2.0, count=3)
    assert [row.verdict for row in rows[::2]] == ["agrees", "agrees"]
    assert alive(tmp_path) == []


@needs_proc
def test_closing_early_leaves_nothing(tmp_path):
    (tmp_path / "attack.py").write_text(PREFACE + "\nBEHAVIOURS = [lambda *a: (daemon(), right(*a))[1]] * 9\n")
    asked = answers(UserFile(str(tmp_path / "attack.py"), "gru"), CASES, 5.0)
    assert next(asked).result is not None
    asked.close()
    assert alive(tmp_path) == []


def heeding(number):
    """A shell starts what runs in its background with Ctrl-C ignored, and a process inherits that."""
    return lambda: signal.signal(number, signal.SIG_DFL) and None


@needs_proc
@pytest.mark.parametrize("number, code", [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["SIGTERM", "Ctrl-C"])
def test_a_signal_tells_the_rows_there_are_and_leaves_nothing(tmp_path, number, code):
    """The command is stopped while its third case hangs."""
    path = tmp_path / "attack.py"
    hangs = "lambda *a: (daemon(), HERE.with_suffix('.hangs').touch(), time.sleep(600))"
    path.write_text(PREFACE + f"\nBEHAVIOURS = [right, right, right, {hangs}]\n")
    command = subprocess.Popen([sys.executable, "-m", "nnparity.reports.cli", "check", str(path), "--timeout", "300"], cwd=ROOT,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, "COLUMNS": "100"},
                               preexec_fn=heeding(number))
    while not (tmp_path / "attack.hangs").exists() and command.poll() is None:
        time.sleep(0.05)
    mine = below(command.pid)
    command.send_signal(number)
    said, _ = command.communicate()
    assert command.returncode == code, said
    assert "stopped after 2 of" in said and "2 of 2 cases agree" in said
    assert alive(tmp_path) == [] and ended(mine)


@needs_proc
def test_a_parent_that_was_killed_leaves_nothing(tmp_path):
    path = tmp_path / "attack.py"
    path.write_text(PREFACE + "\nBEHAVIOURS = [lambda *a: (daemon(), HERE.with_suffix('.hangs').touch(), time.sleep(600))]\n")
    command = subprocess.Popen([sys.executable, "-m", "nnparity.reports.cli", "check", str(path), "--timeout", "300"], cwd=ROOT,
                               stdout=subprocess.DEVNULL)
    while not (tmp_path / "attack.hangs").exists() and command.poll() is None:
        time.sleep(0.05)
    mine = below(command.pid)
    command.kill()
    command.wait()
    assert ended(mine) and alive(tmp_path) == []


@dataclass(frozen=True)
class Says:
    """Answers with plain data, or with something that is none."""

    name: str = "says"
    import_limit: float = 20.0

    def load(self):
        print("hello")
        return {"a number": 1.5, "text": "a", "a result": RESULT, "no data": object(), "an array": np.arange(3)}.get, "1"

    def explain(self, error):
        return str(error)


RESULT = Result(outputs={"y": np.ones(2)}, grads={}, built="by hand")


def test_anything_can_be_asked_that_answers_plain_data():
    with Asker(Says(), 20.0, read=float) as asker:
        assert asker.version == "1"
        number, text = asker.ask("a number"), asker.ask("text")
        assert (number.result, number.printed, number.version) == (1.5, "hello\n", "1") and number.seconds >= 0
        assert (text.failure, text.message, text.printed) == ("errored", "the process sent something that is no answer", "")
        assert "no answer that can be sent" in asker.ask("no data").message
        assert asker.ask("an array").failure == "errored" and asker.ask("a number").result == 1.5
    assert asker.child is None


def test_of_a_case_nothing_but_a_result_is_taken():
    found = list(answers(Says(), ["a result", "a number", "an array"], 20.0))
    assert found[0].result.built == "by hand" and found[0].seen is None
    assert [answer.failure for answer in found] == ["", "errored", "errored"]


# ---------------------------------------------------------------------------------------------------- the encoding


MESSAGE = {"outputs": {"y": np.arange(6.0).reshape(2, 3), "n": np.array(3), "e": np.zeros((0, 2)), "s": np.float32(2),
                       "é\ud800": np.array([True])},
           "grads": {"f": np.asfortranarray(np.arange(4, dtype="float32").reshape(2, 2)), "c": np.array([1j])},
           "seen": {"modified": ["x"], "fresh": False, "none": None}, "seconds": 0.25}


def same(a, b):
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return (a.dtype, a.shape) == (b.dtype, b.shape) and (a == b).all() if isinstance(a, np.ndarray) else a == b


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_a_message_comes_back_in_pieces(piece):
    frame, frames = encode(MESSAGE, KEY), Frames(KEY)
    came = [frames.feed((frame + frame)[i:i + piece]) for i in range(0, 2 * len(frame), piece)]
    came = [message for message in came if message is not None] + [m for m in [frames.feed(b"")] if m is not None]
    assert len(came) == 2 and all(same(MESSAGE, message) for message in came)
    came[0]["outputs"]["y"][0] = 7  # arrays of one's own, not a view into a buffer that is read-only


def test_every_changed_byte_is_noticed():
    frame = bytearray(encode(MESSAGE, KEY))
    for at in range(len(frame)):
        frame[at] ^= 1
        with pytest.raises(Garbled):
            Frames(KEY).feed(bytes(frame))
        frame[at] ^= 1
    with pytest.raises(Garbled):
        Frames(bytes(31) + b"1").feed(bytes(frame))


@pytest.mark.parametrize("text", [
    b"[", b"[1]", b'{"array": ["|O8", [1], 0]}', b'{"array": ["<f8", [-1], 0]}', b'{"array": ["<f8", [1073741824], 0]}',
    b'{"array": ["<f8", [1], -8]}', b'{"array": ["<f8", [true], 0]}', b'{"array": ["<f3", [1], 0]}', b'{"dict": [[1]]}',
    b'{"array": ["<f8", [' + b"1, " * 99 + b'1], 0]}', b'{"list": ' * 5000, b"\xff", b'{"dict": [["a"]]}'])
def test_what_is_no_message_is_garbled_even_with_our_key(text):
    sizes = SIZES.pack(len(text), 8)
    body = bytes(8)
    with pytest.raises(Garbled):
        Frames(KEY).feed(sizes + digest(KEY, sizes) + text + body + digest(KEY, text, body))


def test_sizes_are_bounded():
    sizes = SIZES.pack(1, LARGEST)
    with pytest.raises(Garbled, match="announced"):
        Frames(KEY).feed(sizes + digest(KEY, sizes))
    assert Frames(KEY).feed(bytes(SIZES.size + DIGEST - 1)) is None
    with pytest.raises(TooLarge):
        encode({"y": np.zeros(LARGEST // 8 + 1)}, KEY)
    with pytest.raises(TypeError):
        encode({"y": object()}, KEY)
