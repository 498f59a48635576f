"""Data flows one way: cases -> reference_impl, oracles -> reports. Each package imports only what stands before it."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "cases": {"cases"},
    "reference_impl": {"cases", "reference_impl"},
    "oracles": {"cases", "oracles"},  # never the reference: an oracle must not share its code
    "reports": {"cases", "reference_impl", "oracles", "reports"},
}
FRAMEWORKS = {"torch", "tensorflow", "keras", "jax", "flax", "optax", "onnx", "onnxruntime"}
# the only places that may name a framework in an import, so that nothing else waits seconds for one
MAY_IMPORT_FRAMEWORKS = ("oracles/torch_", "oracles/keras_")


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


MODULES = sorted(path for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_follow_the_flow(path):
    package = path.relative_to(ROOT).parts[0]
    assert set(imported(path)) & MAY_IMPORT.keys() <= MAY_IMPORT[package]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_oracles_import_frameworks(path):
    if not str(path.relative_to(ROOT)).startswith(MAY_IMPORT_FRAMEWORKS):
        assert not set(imported(path)) & FRAMEWORKS


@pytest.mark.live
@pytest.mark.parametrize("arguments, never", [
    (["--collect-only"], {"torch", "tensorflow"}),
    (["-k", "gru and torch and generic"], {"tensorflow"}),
    (["-m", "not live", "-k", "generic or n10"], {"torch", "tensorflow"}),
], ids=["collecting", "selecting one oracle", "the framework-free part"])
def test_no_framework_is_imported_without_need(arguments, never):
    """Torch costs seconds to import and TensorFlow more; a run that does not ask them must not pay."""
    script = ("import sys, pytest\n"
              f"status = pytest.main(['-q', '-n', '0', '-p', 'no:cacheprovider', *{arguments!r}])\n"
              f"sys.exit(int(status) or 10 * bool({never!r} & sys.modules.keys()))")
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
