"""`nnparity.check` on whatever is handed in: right is right, wrong is named, a request that makes no sense says how to go on."""

import contextlib
import json
import subprocess
import sys
import textwrap
import time
from xml.etree import ElementTree

import numpy as np
import pytest
import students

import nnparity
from nnparity.reference_impl.layers.gru import gru as reference_gru
from nnparity.reports.checking.names import meant

LAYERS = ["gru", "lstm", "simple_rnn", "dense", "conv1d", "conv2d", "batch_norm", "max_pool2d", "squared_error", "dense -> dense"]


def gru(params, inputs, cotangents):
    outputs, vjp = reference_gru(params, inputs)
    return dict(outputs), vjp(cotangents)


def swapped(params, inputs, cotangents):
    outputs, vjp = reference_gru(params, inputs, update="replace")
    return dict(outputs), vjp(cotangents)


def python(code, cwd):
    """(exit code, what was printed) of a script."""
    path = cwd / "script.py"
    path.write_text(textwrap.dedent(code))
    done = subprocess.run([sys.executable, path], cwd=cwd, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


# ---------------------------------------------------------------------------------------------------- the report


def test_importing_is_light(tmp_path):
    code, said = python("""
        import sys
        import nnparity, nnparity.reports.checking.plugin
        assert not {"numpy", "pandas", "torch", "keras", "rich", "jinja2"} & sys.modules.keys()
        assert callable(nnparity.check) and "check" in dir(nnparity)
        """, tmp_path)
    assert code == 0, said


def test_a_right_function_agrees():
    report = nnparity.check(gru)
    assert report.ok and report.exit_code == 0 and len(report.rows) == 8 and "8 of 8 cases" in repr(report)
    nnparity.assert_agrees(gru, case="generic")


def test_a_wrong_function_is_named_everywhere():
    report = nnparity.check(swapped, "gru")
    assert not report.ok and report.exit_code == 1
    for said in (repr(report), str(report), report.explain(), report.html(), report.json(), report.junit()):
        assert "update gate swapped" in said
    assert 'ask for it: update="replace"' in str(report) and nnparity.check(swapped, "gru", update="replace").ok
    with pytest.raises(AssertionError, match="update gate swapped"):
        nnparity.assert_agrees(swapped, "gru")
    table = report.frame()
    assert set(table["verdict"]) == {"convention"} and len(table) > len(report.rows)


def test_a_report_for_programs():
    report = nnparity.check(swapped, "gru", case="generic")
    data = json.loads(report.json())
    assert data["ok"] is False and data["rows"][0]["verdict"] == "convention" and data["rows"][0]["arrays"]
    suite = ElementTree.fromstring(report.junit()).find("testsuite")
    assert suite.attrib["failures"] == "1" and suite.find("testcase/failure") is not None


def test_nobodys_text_becomes_markup():
    def dense(params, inputs, cotangents):
        raise ValueError("<script>alert(1)</script> \x00\x1b[31m")
    report = nnparity.check(dense, case="vector")
    assert "<script>" not in report._repr_html_() and "&lt;script&gt;" in report.html()
    ElementTree.fromstring(report.junit())
    assert "\x1b" not in report.explain()


# ---------------------------------------------------------------------------------------------------- in this process


def raises(params, inputs, cotangents):
    return {"y": inputs["no_such_array"]}, {}


def leaves(params, inputs, cotangents):
    sys.exit(3)


def hangs(params, inputs, cotangents):
    while True:
        with contextlib.suppress(Exception):
            time.sleep(0.01)


def changes(params, inputs, cotangents):
    params["kernel"] *= 2
    return {"y": inputs["x"]}, {}


def nothing(params, inputs, cotangents):
    pass


@pytest.mark.parametrize("function, verdict, words", [
    (raises, "errored", "KeyError: 'no_such_array'"), (leaves, "errored", "called sys.exit(3)"),
    (hangs, "timed out", "no answer within 0.2 s"), (nothing, "errored", "returned None")])
def test_whatever_it_does_the_check_goes_on(function, verdict, words):
    report = nnparity.check(function, "dense", case="square", timeout=0.2)
    assert [row.verdict for row in report.rows] == [verdict] and words in report.explain() and report.exit_code == 3


def test_given_arrays_are_guarded():
    before = [a.copy() for a in nnparity.check(gru).cases[0].params.values()]
    report = nnparity.check(changes, "gru", case="generic")
    assert "kernel was changed in place" in report.explain()
    assert all(np.array_equal(a, b) for a, b in zip(before, report.cases[0].params.values()))


CALLS = []


def remembers(params, inputs, cotangents):
    CALLS.append(1)
    outputs, grads = gru(params, inputs, cotangents)
    return {name: a + (len(CALLS) - 1) for name, a in outputs.items()}, grads


def test_state_between_calls_is_told_from_chance():
    report = nnparity.check(remembers, "gru", case="generic")
    assert [trouble.id for trouble in report.rows[0].troubles] == ["trouble-state-between-calls"]

    def draws(params, inputs, cotangents):
        outputs, grads = gru(params, inputs, cotangents)
        return {name: a + np.random.standard_normal() for name, a in outputs.items()}, grads
    assert [t.id for t in nnparity.check(draws, "gru", case="generic").rows[0].troubles] == ["trouble-non-deterministic"]


def test_a_function_of_a_notebook_cell():
    """It has no file that could be read or imported."""
    cell = compile("def dense(params, inputs, cotangents):\n    return {'y': undefined}, {}\n", "<ipython-input-7-abc>", "exec")
    namespace = {"__name__": "__main__"}
    exec(cell, namespace)
    report = nnparity.check(namespace["dense"], case="square")
    assert "<ipython-input-7-abc>:2: NameError" in report.explain()


def test_what_is_printed_and_warned_is_kept(capsys):
    def dense(params, inputs, cotangents):
        print("here I am")
        return {"y": np.log(-np.abs(inputs["x"]) @ params["kernel"] ** 2)}, {}
    report = nnparity.check(dense, case="square")
    assert "here I am" in report.rows[0].printed and "RuntimeWarning: invalid value" in report.rows[0].printed
    assert capsys.readouterr().out == ""


# ---------------------------------------------------------------------------------------------------- by name


def test_a_script_may_ask_at_its_top(tmp_path):
    """The process that answers does not run the script again."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").write_text("")
    (tmp_path / "mine" / "parts.py").write_text("from nnparity.reference_impl.layers.gru import gru as of\n")
    (tmp_path / "mine" / "layers.py").write_text(textwrap.dedent("""
        from .parts import of
        def gru(params, inputs, cotangents):
            outputs, vjp = of(params, inputs)
            return dict(outputs), vjp(cotangents)
        """))
    code, said = python("""
        import nnparity
        for name in ("mine.layers:gru", "mine/layers.py:gru", "mine.layers", "mine/layers.py"):
            print(repr(nnparity.check(name, case="generic")))
        """, tmp_path)
    assert code == 0 and said.count("1 of 1 cases of gru agree") == 4, said


@pytest.mark.parametrize("name, network", [
    ("LSTM", "lstm"), ("Dense", "dense"), ("Linear", "dense"), ("rnn", "simple_rnn"), ("SimpleRNN", "simple_rnn"),
    ("Conv2d", "conv2d"),
    ("BatchNormalization", "batch_norm"), ("MaxPooling2D", "max_pool2d"), ("my_gru", "gru"), ("VanillaLSTM", "lstm"),
    ("GRULayer", "gru"),
    ("Layer_Dense", "dense"), ("MyConv2D", "conv2d"), ("train", None), ("Transformer", None), ("lstm_to_gru", None)])
def test_names_are_forgiving(name, network):
    found = meant(name, LAYERS)
    assert (found and found[0]) == network


class Unreadable(students.LSTM):
    """Its forward pass is no LSTM's, so it does not show in which order its weights lie."""

    def forward(self, x):
        return super().forward(-x)


@pytest.mark.parametrize("asked, words", [
    (lambda: nnparity.check(gru, "lsm"), "did you mean lstm?"),
    (lambda: nnparity.check(gru, "gnu"), "did you mean gru?"),
    (lambda: nnparity.check(gru, reset="never"), "reset is one of after, before"),
    (lambda: nnparity.check(gru, gates=4), "gru has no convention 'gates'"),
    (lambda: nnparity.check(gru, case="no-such"), "matches 'no-such'"),
    (lambda: nnparity.check(gru, timeout=float("nan")), "is no time limit"),
    (lambda: nnparity.check(raises), 'nnparity.check(raises, "gru")'),
    (lambda: nnparity.check(7), "of type int cannot be asked"),
    (lambda: nnparity.check("nope.py"), "no such file"),
    (lambda: nnparity.check("no.such.module:f"), "no module 'no' is importable"),
    (lambda: nnparity.check(students.Affine, "dense"), "nnparity.adapt(Affine, build=lambda input, output: Affine(...))"),
    (lambda: nnparity.check(Unreadable, "lstm"), '"Wf": "recurrent_kernel + kernel f'),
    (lambda: nnparity.check(nnparity.adapt(Unreadable, weights=students.LSTM_WEIGHTS), "lstm"), 'axes="features batch time"'),
    (lambda: nnparity.check(nnparity.adapt(students.RNN, weights={"Wxh": "kernal", "Whh": "recurrent_kernel"})),
     "'kernal' is no weight"),
    (lambda: nnparity.check(nnparity.adapt(students.RNN, weights={"Wxh": "kernel"})), "no attribute is the recurrent_kernel"),
    (lambda: nnparity.check(nnparity.adapt(students.RNN, weights={"W": "kernel"})), "has no array 'W'"),
    (lambda: nnparity.check(nnparity.adapt(students.LSTM, weights={"Wf": "kernel q"})), "those of lstm are ifgo"),
    (lambda: nnparity.check(students.Conv2D, "softmax_cross_entropy"), "is not asked of a class"),
    (lambda: nnparity.adapt(gru, weights={}), "no layer that keeps its weights"),
    (lambda: nnparity.parametrize("gnu"), "did you mean gru?"),
    (lambda: nnparity.parametrize(), "takes names of layers"),
    (lambda: nnparity.parametrize("gru", expected_failures={"gru-nope": "?"}), "no case here is called 'gru-nope'"),
])
def test_a_wrong_request_raises_and_says_how_to_go_on(asked, words):
    with pytest.raises(nnparity.WrongRequest) as raised:
        asked()
    assert words in str(raised.value) and len(str(raised.value)) < 900 and isinstance(raised.value, ValueError)


# ---------------------------------------------------------------------------------------------------- students' classes


def build_affine(input, output):
    return students.Affine(np.zeros((input, output)), np.zeros(output))


CLASSES = {
    "rows": (students.Layer_Dense, {}),
    "lists": (nnparity.adapt(students.Affine, build=build_affine), {}),
    "columns in a dict": (students.Columns, {"layer": "dense"}),
    "rnn": (students.RNN, {}),
    "lstm": (nnparity.adapt(students.LSTM, weights=students.LSTM_WEIGHTS, axes="features batch time"), {}),
    "gru": (students.GRU, {"reset": "before"}),
    "conv": (students.Conv2D, {}),
    "an instance": (students.Layer_Dense(9, 3), {}),
    "an instance of a recurrent one": (students.RNN(4, 6), {}),
}


@pytest.mark.parametrize("kind", CLASSES)
def test_a_right_class_agrees(kind):
    obj, about = CLASSES[kind]
    report = nnparity.check(obj, **about)
    assert report.ok, report.explain()


def broken(cls, method, right, wrong):
    """A class with one line of it changed."""
    import inspect
    source = textwrap.dedent(inspect.getsource(getattr(cls, method)))
    assert source.count(right) == 1
    namespace = dict(vars(students))
    exec(source.replace(right, wrong), namespace)
    return type(cls.__name__, (cls,), {method: namespace[method]})


@pytest.mark.parametrize("cls, method, right, wrong, options, words", [
    (students.Layer_Dense, "backward", "np.sum(dvalues, axis=0, keepdims=True)", "np.mean(dvalues, axis=0, keepdims=True)", {},
     "mean"),
    (students.RNN, "backward", "self.hs[t].T @ da", "self.hs[t + 1].T @ da", {}, "K41"),
    (students.RNN, "backward", "(1 - self.hs[t + 1]**2)", "1", {}, "derivative left out"),
    (students.GRU, "forward", "z * h + (1 - z) * n", "(1 - z) * h + z * n", {"reset": "before"}, "update"),
    (students.Conv2D, "backward", 'd.sum((0, 2, 3))', 'd.sum((0, 2, 3)) * 2', {}, "bias"),
])
def test_a_mistake_in_a_class_is_named(cls, method, right, wrong, options, words):
    report = nnparity.check(broken(cls, method, right, wrong), **options)
    assert not report.ok and words in report.summary, report.explain()


def test_a_scalar_autodiff():
    report = nnparity.check(nnparity.adapt(students.scalar_dense, value=students.Value), "dense", case="vector")
    assert report.ok and len(report.rows) == 1, report.explain()

    class Wrong(students.Value):
        def __mul__(self, other):
            product = super().__mul__(other)
            return students.Value(product.data, product.children[:1])
    assert not nnparity.check(nnparity.adapt(students.scalar_dense, value=Wrong), "dense", case="vector").ok


def test_what_it_has_no_option_for_is_not_held_against_it():
    report = nnparity.check(students.Conv2D)
    unsupported = [row for row in report.rows if row.verdict == "unsupported"]
    assert report.ok and unsupported and "Conv2D has no option dilation" in report.explain()
    assert "not asked" in report.html()
