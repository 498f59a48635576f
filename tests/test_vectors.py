"""Cases and answers as JSON: written, read, verified, and asked of programs that misbehave."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from typer.testing import CliRunner

import nnparity
from nnparity import cases
from nnparity.cases.selection import is_about, networks_of
from nnparity.reference_impl import RIGHT
from nnparity.reference_impl.defaults import defaults
from nnparity.reports.cli import app
from nnparity.reports.vectors.answers import Answers, answer_of, answers_of
from nnparity.reports.vectors.arrays import Unreadable, read, written
from nnparity.reports.vectors.command import Command
from nnparity.reports.vectors.files import answered_cases, belongs, file_name, unanswered
from nnparity.reports.vectors.questions import document, question, schema
from nnparity.reports.vectors.tensors import moved

DENSE = Path(__file__).parent / "other_languages" / "dense.c"
LINEAR = {"activation": "linear"}
VECTOR = cases.named("dense-vector-float64-generic")


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a command line: (exit code, what was printed)."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments):
        done = CliRunner().invoke(app, list(map(str, arguments)))
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, " ".join(done.output.split())
    return run


# ---------------------------------------------------------------------------------------------------------------- arrays


@given(arrays(st.sampled_from(["float64", "float32"]), st.tuples(st.integers(0, 3), st.integers(1, 4))), st.booleans())
def test_every_array_is_read_back_to_the_bit(array, decimal):
    text = json.dumps(written(array, decimal), allow_nan=False)
    back = read(json.loads(text), "here").astype(array.dtype)
    assert back.shape == array.shape
    numbers = ~np.isnan(array)
    assert np.array_equal(np.isnan(back), ~numbers) and back[numbers].tobytes() == array[numbers].tobytes()


@pytest.mark.parametrize("value, expected", [
    ([[1, 2], [3, 4.5]], [[1, 2], [3, 4.5]]), (3, 3.0), ("-0x1.8p+1", -3.0), ({"shape": [], "data": [2]}, 2.0),
    ({"shape": [2, 1], "data": ["0x1p-1", "inf"]}, [[0.5], [np.inf]])])
def test_forms_of_an_array(value, expected):
    assert np.array_equal(read(value, "y"), expected)


@pytest.mark.parametrize("value, said", [
    ([[1, 2], [3]], "y: rows of different lengths"),
    ({"shape": [2, 2], "data": [1, 2, 3]}, r"y/data: shape \[2, 2\] has 4 elements"),
    ({"data": []}, 'y: an array has "shape" and "data"'), ({"shape": [-1], "data": []}, "y/shape: a list of lengths"),
    ([1, "two"], r"y\[1\]: a number is expected.*'two'"), ([True], r"y\[0\]: a number"), (None, "y: a number is expected.*None"),
    ({"shape": [10**6, 10**6], "data": []}, "y/shape: .*at most"), ([10**400], r"y\[0\]: a number beyond float64"),
    ({"shape": [2**62, 2**62, 0], "data": []}, "y/shape: .*at most"), ({"shape": [1] * 70, "data": [1]}, "y/shape: 70 axes"),
    (json.loads("[" * 900 + "]" * 900), "y: lists within lists")])
def test_what_is_no_array_is_told_with_its_place(value, said):
    with pytest.raises(Unreadable, match=said):
        read(value, "y")


# --------------------------------------------------------------------------------------------------------------- vectors


@pytest.mark.parametrize("network", networks_of(cases.all_cases()))
def test_every_network_is_written_as_the_schema_says(network):
    asked = [case for case in cases.all_cases() if is_about(case, network) and not (case.training and case.training.products)][:3]
    if not asked:
        pytest.skip("unsupported: asked of one machine alone")
    data = document(network, asked, "0", expected=True)
    jsonschema.Draft202012Validator(json.loads(schema("vectors"))).validate(json.loads(json.dumps(data, allow_nan=False)))
    for case, test in zip(asked, data["tests"], strict=True):
        assert np.array_equal(read(test["inputs"]["x"], "x"), case.inputs["x"])
        for layer in test["layers"]:
            assert layer["config"].keys() >= defaults(layer["kind"]).keys(), "every option stands there"


def test_axes_have_names():
    test, = document("dense", [VECTOR], "0")["tests"]
    assert test["params"]["kernel"]["axes"] == ["input", "output"] and test["inputs"]["x"]["axes"] == ["batch", "input"]


def test_the_example_of_the_readme():
    """Its name, shapes, axes and first number are those of a case."""
    text = " ".join((Path(__file__).parent.parent / "README.md").read_text().split())
    name, shape, axes, first = re.search(r'> {"id": "(.*?)", .*?"kernel": {"shape": (\[.*?]), "axes": (\[.*?]), "data": \[(.*?),',
                                         text).groups()
    kernel = question(cases.named(name), decimal=True)["params"]["kernel"]
    assert kernel["shape"] == json.loads(shape) and kernel["axes"] == json.loads(axes)
    assert str(kernel["data"][0]).startswith(first)
    answered, y = re.search(r'< {"id": "(.*?)", "outputs": {"y": {"shape": (\[.*?])', text).groups()
    assert answered == name and list(RIGHT.run(cases.named(name)).outputs["y"].shape) == json.loads(y)


def test_files(run, tmp_path):
    code, said = run("vectors", "--layer", "simple_rnn", "--out", "v", "--case", "generic")
    assert code == 0 and "simple_rnn.json" in said
    assert file_name("lstm -> dense", ".json") == "lstm-to-dense.json"
    data = json.loads((tmp_path / "v" / "simple_rnn.json").read_text())
    assert data["number_of_tests"] == len(data["tests"]) > 2 and all(test["catches"] for test in data["tests"])
    jsonschema.Draft202012Validator(json.loads((tmp_path / "v" / "vectors.schema.json").read_text())).validate(data)
    assert "expected" in data["tests"][0]
    run("vectors", "--layer", "simple_rnn", "--out", "v", "--questions-only", "--decimal")
    bare = json.loads((tmp_path / "v" / "simple_rnn.json").read_text())
    assert "expected" not in bare["tests"][0] and isinstance(bare["tests"][0]["params"]["kernel"]["data"][0], float)


# ---------------------------------------------------------------------------------------------------------------- verify


def answers(change=lambda _case, _group: None, network="dense", **about):
    """A file of answers of the reference, in which something is changed."""
    found = []
    for case in cases.all_cases():
        if is_about(case, network) and "vector" in case.name:
            right = RIGHT.run(case)
            group = {"outputs": {k: np.array(a) for k, a in right.outputs.items()},
                     "grads": {k: np.array(a) for k, a in right.grads.items()}}
            change(case, group)
            found.append({"id": case.name, **{kind: {k: written(a) for k, a in group[kind].items()} for kind in group}})
    return {"schema": "nnparity-answers-1", "network": network, "implementation": "mine 0.1", "answers": found, **about}


def test_right_answers_are_verified(run, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(answers()))
    code, said = run("verify", "a.json")
    assert code == 0 and "mine 0.1: dense" in said and "agree" in said and "are not answered in this file" in said


def test_a_wrong_answer_is_named(run, tmp_path):
    def mean(case, group):
        group["grads"]["bias"] /= len(case.inputs["x"])
    (tmp_path / "a.json").write_text(json.dumps(answers(mean)))
    code, said = run("verify", "a.json")
    assert code == 1 and "bias gradient is the mean over the batch, not the sum" in said, said


@pytest.mark.parametrize("text, said", [
    ("{", r"a.json:1:2: not JSON"), ("[]", "a.json: .* is not of type 'object'"),
    (json.dumps(answers(schema="x")), "a.json/schema: 'nnparity-answers-1' was expected"),
    (json.dumps(answers(answers=[])), "a.json/answers"),
    (json.dumps(answers(answers=[{"id": "dense-vektor-float64-generic", "outputs": {}}])),
     "'dense-vektor-float64-generic' is no case .*do you mean dense-vector"),
    (json.dumps(answers(answers=[{"id": VECTOR.name}])), "a.json/answers/0: "),
    (json.dumps(answers(answers=2 * [{"id": VECTOR.name, "outputs": {}}])), "answered twice"),
    (json.dumps({**answers(), "network": "lstm"}), f"a.json/network: 'lstm', and {VECTOR.name} is a case of 'dense'"),
    ("[" * 100_000, "a.json.*not JSON")])
def test_a_file_that_cannot_be_read_is_told_with_the_place(run, tmp_path, text, said):
    (tmp_path / "a.json").write_text(text)
    code, printed = run("verify", "a.json")
    assert code == 2 and re.search(said, printed), printed


def test_a_number_of_many_digits_is_beyond_float64(run, tmp_path):
    text = json.dumps(answers(answers=[{"id": VECTOR.name, "outputs": {"y": 1}}])).replace('"y": 1', f'"y": {"1" * 5000}')
    (tmp_path / "a.json").write_text(text, encoding="utf-8-sig")  # as some systems write UTF-8
    code, said = run("verify", "a.json")
    assert code == 1 and "outputs/y" in said and "internal" not in said, said


@pytest.mark.parametrize("network", ["adam", "dense -> squared_error"])
def test_a_file_is_about_what_it_was_written_for(network):
    asked = [case for case in cases.all_cases() if belongs(case, network)]
    found = Answers(network, "mine", {case.name: {"id": case.name} for case in asked})
    assert asked and answered_cases(found, "a.json").keys() == found.by_case.keys() and not list(unanswered(found))


@pytest.fixture
def tensors(run, tmp_path):
    """Dense with its arrays in files of safetensors: the questions, their arrays, and what writes answers and verifies them."""
    safetensors = pytest.importorskip("safetensors.numpy", reason="not installed: safetensors")
    assert run("vectors", "--layer", "dense", "--case", "vector", "--out", ".", "--safetensors")[0] == 0
    data = json.loads((tmp_path / "dense.json").read_text())
    stored = safetensors.load_file(tmp_path / "dense.safetensors")

    def verified(change=lambda _arrays, _file: None):
        arrays, found = dict(stored), []
        for test in data["tests"]:
            found.append({"id": test["id"], **{kind: {k: {"tensor": a["tensor"]} for k, a in test["expected"][kind].items()}
                                               for kind in ("outputs", "grads")}})
        file = answers(answers=found, tensors="mine.safetensors")
        change(arrays, file)
        safetensors.save_file(arrays, tmp_path / "mine.safetensors")
        (tmp_path / "a.json").write_text(json.dumps(file))
        return run("verify", "a.json")
    return data, stored, verified


def test_arrays_in_a_file_of_safetensors(tensors):
    data, stored, verified = tensors
    jsonschema.Draft202012Validator(json.loads(schema("vectors"))).validate(data)
    for test in data["tests"]:
        case = cases.named(test["id"])
        for name, array in case.params.items():
            assert stored[test["params"][name]["tensor"]].tobytes() == array.tobytes() and "data" not in test["params"][name]
    code, said = verified()
    assert code == 0 and "agree" in said, said


@pytest.mark.parametrize("network", networks_of(cases.all_cases()))
def test_what_was_stored_in_tensors_is_the_right_answer(network, tmp_path):
    """The expected answers, read back from the file, agree: to the bit, in their shapes and precision."""
    pytest.importorskip("safetensors", reason="not installed: safetensors")
    asked = [case for case in cases.all_cases() if belongs(case, network)][:3]
    data = moved(document(network, asked, "0"), tmp_path / "v.safetensors")
    found = answers_of(json.dumps(answers(network=network, tensors=data["tensors"], answers=[
        {"id": test["id"], **test["expected"]} for test in data["tests"]])), "a.json", tmp_path)
    for case in asked:
        result = answer_of(found.by_case[case.name], case, "a.json", "mine", found.tensors).result
        right = RIGHT.run(case)
        for kind in ("outputs", "grads"):
            for name, array in getattr(right, kind).items():
                assert np.array_equal(getattr(result, kind)[name], array, equal_nan=True), (case.name, name)
                assert getattr(result, kind)[name].shape == np.shape(array)


def changed(name, array):
    def change(arrays, _file):
        arrays[name] = array(arrays[name])
    return change


@pytest.mark.parametrize("change, exit_code, said", [
    (changed(f"{VECTOR.name}/grads/bias", lambda a: a / len(VECTOR.inputs["x"])), 1, "bias gradient is the mean"),
    (lambda arrays, _file: arrays.pop(f"{VECTOR.name}/outputs/y"), 3,
     "a.json/answers/0/outputs/y/tensor: mine.safetensors has no tensor"),
    (changed(f"{VECTOR.name}/outputs/y", lambda a: a.astype(np.int64)), 3, "y is int64, expected float32 or float64"),
    (lambda _arrays, file: file.pop("tensors"), 3, 'no "tensors" beside "answers"'),
    (lambda _arrays, file: file.update(tensors="no.safetensors"), 2, "a.json/tensors: no.safetensors cannot be read"),
    (lambda _arrays, file: file.update(tensors="../mine.safetensors"), 2, "a file beside this one is expected"),
    (lambda _arrays, file: file.update(tensors="a.json"), 2, "a.json is no file of safetensors")])
def test_tensors_that_are_wrong_or_not_there(tensors, change, exit_code, said):
    code, told = tensors[2](change)
    assert code == exit_code and said in told, told


def test_one_bad_array_costs_its_own_answer():
    found = answers_of(json.dumps(answers(answers=[
        {"id": VECTOR.name, "outputs": {"y": {"shape": [2], "data": [1, "x"]}}},
        {"id": VECTOR.name.replace("64", "32"), "error": "no float32"}])), "a.json")
    assert len(found.by_case) == 2


def test_a_bad_array_is_an_error_of_its_row(run, tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(answers(answers=[{"id": VECTOR.name, "outputs": {"y": [1, "x"]}}])))
    code, said = run("verify", "a.json")
    assert code == 3 and "a.json/answers/0/outputs/y[1]: a number is expected" in said, said


# --------------------------------------------------------------------------------------------------------------- command


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """Compiles dense.c with a change: the command that runs it."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("not installed: a C compiler")
    folder = tmp_path_factory.mktemp("c")

    def compiled(before="", after=""):
        text = DENSE.read_text()
        assert before in text
        name = f"dense{len(list(folder.iterdir()))}"
        (folder / f"{name}.c").write_text(text.replace(before, after) if before else text)
        subprocess.run([compiler, "-O1", "-o", name, f"{name}.c"], cwd=folder, check=True, capture_output=True)
        return Command(str(folder / name))
    return compiled


def test_a_layer_in_c(compiled):
    report = nnparity.check(compiled(), "dense", **LINEAR)
    assert report.ok and len(report.asked) >= 3, report
    other = nnparity.check(compiled(), "dense", bias="kernel_first_row", **LINEAR)
    assert {row.verdict for row in other.rows} == {"unsupported"}, "what it does not have is not held against it"
    assert "no bias as a row of the kernel" in other.explain()


@pytest.mark.parametrize("before, after, cause", [
    ("db[o] += dy", "db[o] -= dy", "gradient of bias is of the opposite sign"),
    ("+= x.data[e * in + i] * dy", "+= 2 * x.data[e * in + i] * dy", "gradient of kernel is twice too large")])
def test_mistakes_in_c_are_named(compiled, before, after, cause):
    report = nnparity.check(compiled(before, after), "dense", **LINEAR)
    assert not report.ok and cause in report.explain()


RIGHT_DENSE = """
import json, os, signal, sys, time
import numpy as np

def read(a): return np.array([float.fromhex(n) if isinstance(n, str) else n for n in a["data"]]).reshape(a["shape"])

def answer(q):
    K, b, x, dy = read(q["params"]["kernel"]), read(q["params"]["bias"]), read(q["inputs"]["x"]), read(q["cotangents"]["y"])
    flat, d = x.reshape(-1, x.shape[-1]), dy.reshape(-1, dy.shape[-1])
    return {"id": q["id"], "outputs": {"y": (x @ K + b).tolist()},
            "grads": {"kernel": (flat.T @ d).tolist(), "bias": d.sum(0).tolist(), "x": (dy @ K.T).tolist()}}

count = 0
for line in sys.stdin:
    q = json.loads(line)
    count += 1
    %s
    print(json.dumps(answer(q)), flush=True)
"""
FIRST = "dense-vector-float64-generic"


@pytest.fixture
def program(tmp_path):
    """A right layer in Python that does something else, too, before it answers: the report on it."""
    def program(does, timeout=20.0, **about):
        (tmp_path / "dense.py").write_text(RIGHT_DENSE % does)
        command = Command(shlex.join([sys.executable, str(tmp_path / "dense.py")]))
        return nnparity.check(command, "dense", timeout=timeout, case="vector", **LINEAR, **about)
    return program


def test_a_program_that_answers(program):
    assert program("pass").ok


def test_what_it_prints_is_kept_and_costs_nothing(program):
    report = program("print('thinking ...', flush=True); print('{', flush=True); print('to stderr', file=sys.stderr, flush=True)"
                     "; print(json.dumps({'level': 'info', 'message': 'a log'}), flush=True)")
    assert report.ok and {"thinking ...", "to stderr"} <= set(report.rows[0].printed.splitlines())
    assert "a log" in report.rows[0].printed, "people's logs are JSON, too"


@pytest.mark.parametrize("does, said", [
    ("os.kill(os.getpid(), signal.SIGSEGV)", "killed by SIGSEGV"), ("sys.exit(3)", "exit code 3"),
    ("raise RuntimeError('no')", "exit code 1"),
    ("q['id'] = 'another'", "answered 'another' where 'dense-vector-float64-generic' was asked"),
    ("print(json.dumps({'id': q['id']}), flush=True)", "the answer: "),
    ("print(json.dumps({'outputs': {}}), flush=True)", 'an answer without an "id"'),
    ("print(json.dumps({'id': q['id'], 'error': 'a \\ud800'}), flush=True)", "a \\ud800"),
    ("print(json.dumps({**answer(q), 'outputs': {'y': 1}}).replace('\"y\": 1', '\"y\": ' + 900 * '[' + 900 * ']'), flush=True)",
     "outputs/y: lists within lists"),
    ("print('x' * 2**20, end='', flush=True)", "printed a line of more than"),
    ("print(json.dumps({'id': q['id'], 'outputs': {'y': ['much']}, 'grads': {}}), flush=True)", "outputs/y"),
    ("os.close(1); time.sleep(60)", "closed its stdout without an answer")])
def test_a_program_that_gives_none_says_why(program, does, said, monkeypatch):
    monkeypatch.setattr("nnparity.reports.vectors.command.LARGEST", 2**19)
    report = program(does)
    row = report.rows[0]
    assert row.verdict == "errored" and said in row.message, row.message


@pytest.mark.parametrize("does, said", [
    ("time.sleep(60)", "gave no answer within 1 s"), ("[print('x' * 99) for _ in iter(int, 1)]", "lines that are no answer"),
    ("sys.stdout.write('{' * 10); sys.stdout.flush(); time.sleep(60)", "the beginning of a line")])
def test_a_program_that_never_answers_is_stopped(program, does, said):
    row = program(does, timeout=1.0).rows[0]
    assert row.verdict == "timed out" and said in row.message, row.message


@pytest.mark.skipif(shutil.which("yes") is None, reason="not installed: yes")
def test_output_without_an_end_is_stopped():
    """Faster than it can be read: something is there to read at any time."""
    report = nnparity.check(Command("yes"), "dense", timeout=1.0, case="vector", bias="vector", **LINEAR)
    assert {row.verdict for row in report.rows} == {"timed out"}


def test_an_answer_too_many_costs_one_question_and_says_so(tmp_path):
    """The second answer to the first question stands where that to the second is expected; then it is started anew."""
    (tmp_path / "dense.py").write_text(RIGHT_DENSE % "print(json.dumps(answer(q)))")
    command = Command(shlex.join([sys.executable, str(tmp_path / "dense.py")]))
    report = nnparity.check(command, "dense", fresh=4, seed=1, timeout=20.0, bias="vector", **LINEAR)
    assert [row.verdict for row in report.rows] == ["agrees", "errored", "agrees", "errored"]
    assert f"answered {report.rows[0].case!r} where {report.rows[1].case!r} was asked" in report.rows[1].message


def test_what_costs_one_answer_costs_no_other(tmp_path):
    """It dies of the first question, and is started anew for the next."""
    (tmp_path / "dense.py").write_text(RIGHT_DENSE % f"if q['id'] == {FIRST!r}: sys.exit(1)")
    report = nnparity.check(Command(shlex.join([sys.executable, str(tmp_path / "dense.py")])), "dense", fresh=3, seed=1,
                            bias="vector", timeout=20.0, **LINEAR)
    assert report.ok, report
    asked = nnparity.check(Command(shlex.join([sys.executable, str(tmp_path / "dense.py")])), "dense", timeout=20.0,
                           bias="vector", **LINEAR)
    verdicts = {row.case: row.verdict for row in asked.rows}
    assert verdicts.pop(FIRST) == "errored" and set(verdicts.values()) == {"agrees"}


def test_on_the_command_line(run, compiled):
    command = compiled()
    code, said = run("check", "--command", command.line, "--layer", "dense", "--convention", "activation=linear")
    assert code == 0 and "cases agree (outputs and all gradients)" in said and "disagree" not in said
    for arguments, told in (((), "which layer"), (("--layer", "dense", "file.py"), "in the place of FILE")):
        code, said = run("check", "--command", command.line, *arguments)
        assert code == 2 and told in said
    code, said = run("check", "--command", "no-such-program-anywhere", "--layer", "dense")
    assert code == 2 and "no program 'no-such-program-anywhere'" in said
    code, said = run("check")
    assert code == 2 and "Name a FILE" in said
