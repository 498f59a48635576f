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


def without_numbers(text):
    """What a command prints, without the errors, which count in last digits, and the blanks at the ends of lines."""
    return [re.sub(r"\d\.?\d*e\+\d+", "E", line).rstrip() for line in text.strip().splitlines()]


@pytest.fixture
def shell(tmp_path):
    """Runs lines of a shell in a folder of its own, with `nnparity`, `pytest` and `pip` that installs nothing."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name, does in (("nnparity", f'exec "{sys.executable}" -m nnparity.reports.cli "$@"'), ("pip", "exit 0"),
                       ("pytest", f'exec "{sys.executable}" -m pytest -p nnparity.reports.checking.plugin '
                                  '-p no:cacheprovider "$@"')):
        (tools / name).write_text(f"#!/bin/sh\n{does}\n")
        (tools / name).chmod(0o755)

    def run(lines):
        path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH", ""))))
        done = subprocess.run(["bash", "-c", lines], cwd=tmp_path, capture_output=True, text=True, env={
            **os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "COLUMNS": "80", "PYTHONPATH": path,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})
        return done.returncode, done.stdout, done.stderr
    return run


def test_two_minutes(shell, tmp_path):
    """A student pastes the first block whole."""
    block, printed = re.search(r"```bash\n(pip install.*?)```\n\n```text\n(.*?)```", README, re.S).groups()
    status, said, error = shell(block)
    assert status == 1 and without_numbers(said) == without_numbers(printed), said + error
    assert all(len(line) <= 80 for line in (*printed.splitlines(), *said.splitlines()))
    assert "gradient divided by the batch inside the layer" in (tmp_path / "out.html").read_text()
    mended = block.replace("x.T @ dy / len(x)", "x.T @ dy").replace("dy.mean(axis=0)", "dy.sum(axis=0)")
    assert mended.count("dy.sum") == 1 and shell(mended)[0] == 0, "what the README advises does not help"


def test_two_models(shell, load_oracle):
    """Who moves a model pastes the block whole."""
    load_oracle("keras")
    load_oracle("torch")
    block, printed = re.search(r"```bash\n(cat > mine.py.*?)```\n\n```text\n(.*?)```", README, re.S).groups()
    status, said, error = shell(block)
    # a rounding is another elsewhere
    words, shown = (re.sub(r"\d[\d.]*(e[+-]\d+)?", "N", text).split() for text in (said, printed))
    assert status == 1 and words == shown, said + error
    assert "padding=0 and F.pad(x, (0, 1, 0, 1))" in said and "eps=0.001" in said and "momentum=0.01" in said
    assert all(len(line) <= 80 for line in said.splitlines())


def test_the_ten_lines_of_ci(shell, tmp_path):
    lines = re.search(r"```yaml\n(.*?)```", README, re.S)[1].splitlines()
    commands = [line.partition("run: ")[2].partition("#")[0].strip() for line in lines if "run: " in line]
    assert len(lines) <= 11 and len(commands) == 3
    (tmp_path / "mypackage").mkdir()
    (tmp_path / "mypackage" / "__init__.py").write_text("")
    layers = tmp_path / "mypackage" / "layers.py"
    layers.write_text(CLASS)
    for command in commands:
        status, said, error = shell(command)
        assert status == 0, said + error
    assert (tmp_path / "layers.xml").exists() and "Dense" in (tmp_path / "layers.html").read_text()
    layers.write_text(CLASS.replace("dy.sum(axis=0", "dy.mean(axis=0"))
    assert all(shell(command)[0] == 1 for command in commands[1:])


COMMANDS = [line.partition("#")[0].strip() for line in README.splitlines()
            if re.match(r"    nnparity (explain|list|port) ", line)]


COMMANDS += sorted(set(re.findall(r"`(nnparity (?:explain|list|port) [^`A-Z]*?[^` ])`", README)))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command(shell, command):
    status, said, error = shell(command)
    assert status == 0 and said.strip(), said + error


def test_every_command_has_its_options():
    """Each option that stands behind a command is one of that command."""
    from typer.main import get_command

    from nnparity.reports.cli import app
    known = {name: {option for part in command.params for option in part.opts}
             for name, command in get_command(app).commands.items()}
    found = re.findall(r"nnparity ([a-z]+)((?: [^`\n#|]*)?)", README)
    asked = [(name, option) for name, rest in found if name in known for option in re.findall(r"--[a-z][a-z0-9-]*", rest)]
    assert len(asked) > 15 and {name for name, _ in asked} <= known.keys()
    assert [(name, option) for name, option in asked if option not in known[name]] == []


def test_the_counts():
    """What the README counts is what there is. Where it fails, paste what it says."""
    from nnparity import cases, oracles
    from nnparity.cases.atlas import atlas
    from nnparity.cases.conventions import CONVENTIONS
    from nnparity.cases.documents.networks import NETWORKS
    from nnparity.reference_impl.activations import ACTIVATIONS
    from nnparity.reference_impl.mistakes import CATALOGUE, MISTAKES
    troubles = len(CATALOGUE) - len(MISTAKES)
    right = (f"{len(cases.all_cases())} cases, {len(MISTAKES)} catalogued mistakes and {troubles} troubles, "
             f"{len(CONVENTIONS)} conventions to ask for, {len(atlas())} questions in the atlas, {len(NETWORKS)} networks of the "
             f"documents, {len(ACTIVATIONS)} activations, {len(oracles.NAMES)} oracles ({', '.join(oracles.NAMES)}).")
    assert right in " ".join(README.split()), right


def test_the_visitors_find_their_place():
    headings = re.findall(r"^#+ (.*)", re.sub(r"```.*?```", "", README, flags=re.S), re.M)
    targets = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    links = re.findall(r"\]\(#([^)]*)\)", README)
    assert len(links) >= 5 and set(links) <= targets
    assert len(targets) == len(headings), "two headings have one address"
    for path in re.findall(r"\]\(([A-Za-z][^)#:]*)\)", README):
        assert (Path(__file__).parents[1] / path).exists(), path
