"""Joins the packages: cases, reference, oracles, comparison. Importing this imports no framework."""

import gc

from nnparity.reports.asking.threads import one_thread

one_thread()  # before anything imports NumPy

import re
from collections import Counter

import pytest
from remembered import forget

from nnparity import oracles

SKIPS = {"not installed": "not installed|could not import", "unsupported by a framework": "unsupported",
         "of another platform": "Windows|POSIX|Linux only"}


def pytest_addoption(parser):
    parser.addoption("--require-oracles", action="store_true",
                     help="a framework that is not installed fails instead of being skipped (for CI)")
    parser.addoption("--require-columns", action="store_true",
                     help="the same for the atlas's optional columns, JAX and ONNX (`make atlas`)")


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Fifteen thousand items are made and none is thrown away: looking for garbage among them would take a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_xdist_auto_num_workers(config):
    """A process for each core where the suite or a selection of it is run; one where files are named or output is shown."""
    alone = config.option.capture == "no" or any(".py" in argument for argument in config.args)
    return 0 if alone else None


def kind_of(reason: str) -> str:
    """Why a test was skipped, as one of SKIPS; "" for a reason that is none."""
    return next((kind for kind, words in SKIPS.items() if re.search(words, reason)), "")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """A test may be skipped for the reasons in SKIPS; for any other it fails, so that nothing stops being asked unnoticed."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and not kind_of(reason := report.longrepr[2]):
        report.outcome, report.longrepr = "failed", f"skipped for a reason that tests/conftest.py does not know: {reason}"
    return report


def pytest_terminal_summary(terminalreporter):
    """How many were skipped, and why."""
    counted = Counter(kind_of(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", ()))
    if counted:
        terminalreporter.write_line("skipped: " + ", ".join(f"{n} {kind}" for kind, n in counted.most_common()))


def pytest_xdist_make_scheduler(config, log):
    from spread import ByGroup
    return ByGroup(config, log)


@pytest.fixture(autouse=True)
def nothing_remembered(request):
    """What a test computes while it has something else in the product's place is kept for no other test. (A catalogue without one
    mistake was: a later test found an answer unexplained.)"""
    if "monkeypatch" not in request.fixturenames:
        yield
        return
    forget()
    yield
    forget()


@pytest.fixture(scope="module")
def compiled_quickly():
    """Before JAX is first used in this process: most of its time goes into compiling what runs once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XLA_FLAGS", "--xla_backend_optimization_level=0")
        yield


@pytest.fixture(scope="session")
def load_oracle(request):
    """A function that imports an oracle by name, or skips (fails under --require-oracles) where it is not installed."""
    def load(name):
        if missing := oracles.missing(name):
            message = f"{name} oracle: {', '.join(missing)} not installed; pip install -e '.[oracles]'"
            (pytest.fail if request.config.getoption("--require-oracles") else pytest.skip)(message)
        return oracles.load(name)
    return load
