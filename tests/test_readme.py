"""Every example of the README that asks in Python is pasted and run; what stands below it is what it prints."""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

README = (Path(__file__).parents[1] / "README.md").read_text()
EXAMPLES = re.findall(r"```python\n([^`]*nnparity\.check\([^`]*)```\n\n```text\n(.*?)```", README, re.S)
TESTS = re.search(r"```python\n([^`]*nnparity\.parametrize[^`]*)```", README)[1]
CLASS = re.search(r"```python\n([^`]*class Dense[^`]*?)\nprint", README)[1]
# micrograd itself is not installed with the tests
MICROGRAD = {"micrograd/__init__.py": "", "micrograd/engine.py": "from students import Value\n"}


def run(*command, cwd):
    path = os.pathsep.join(filter(None, (str(Path(__file__).parent), os.environ.get("PYTHONPATH", ""))))
    done = subprocess.run([sys.executable, *command], cwd=cwd, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
    return done.returncode, done.stdout, done.stderr


def test_there_is_one_of_each_kind():
    text = "".join(code for code, _ in EXAMPLES)
    assert len(EXAMPLES) == 7
    for kind in ("def dense(params, inputs, cotangents)", "class Dense:", "nnparity.adapt(RNN", "torch.nn.Module", "keras.layers",
                 "micrograd", "dense(128) relu dense(10) softmax_cross_entropy"):
        assert kind in text


@pytest.mark.parametrize("code, printed", EXAMPLES, ids=[re.findall(r"check\((?:nnparity\.adapt\()?([\w.]+)", code)[-1] for code,
                                                         _ in EXAMPLES])
def test_an_example(load_oracle, tmp_path, code, printed):
    for framework in ("torch", "keras"):
        if f"import {framework}\n" in code:
            load_oracle(framework)
    for name, text in MICROGRAD.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "example.py").write_text(code)
    status, said, error = run("example.py", cwd=tmp_path)
    assert status == 0 and said == printed, said + error


def test_the_tests(tmp_path):
    (tmp_path / "mypackage").mkdir()
    (tmp_path / "mypackage" / "__init__.py").write_text("")
    averaging = textwrap.dedent("""
        class Averaging(Dense):
            def backward(self, dy):
                dx = super().backward(dy)
                self.db = dy.mean(axis=0, keepdims=True)
                return dx
        """)
    (tmp_path / "mypackage" / "layers.py").write_text(CLASS + averaging)
    (tmp_path / "test_theirs.py").write_text(TESTS)
    status, said, error = run("-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)
    assert status == 0 and "1 passed, 1 xfailed" in said, said + error
