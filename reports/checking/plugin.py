"""The pytest plugin: `pytest --nnparity mypackage.layers:GRU` collects one item a case.

It is loaded in everybody's pytest where nnparity is installed: it imports nothing until somebody asks.
"""

from pathlib import Path

import pytest

HELP = ("ask the implementation every case of its layer, one test each: package.module:name or file.py:name, with =LAYER "
        "behind it where "
        "its name does not say which, and ,OPTION=VALUE for other conventions")


def pytest_addoption(parser):
    parser.getgroup("nnparity").addoption("--nnparity", action="append", default=[], metavar="TARGET", help=HELP)


def pytest_configure(config):
    config.addinivalue_line("markers", "nnparity: a case that --nnparity asks")


@pytest.hookimpl(tryfirst=True)  # before -k and -m choose
def pytest_collection_modifyitems(session, config, items):
    for target in config.getoption("--nnparity"):
        items.extend(session.genitems(Target.from_parent(session, name=target, nodeid=target)))


class Target(pytest.Collector):
    """What one --nnparity names."""

    def collect(self):
        from nnparity.reports.checking.plugin_target import requested
        try:
            asked = requested(self.name, self.config.invocation_params.dir)
        except Exception as error:
            raise self.CollectError(f"--nnparity {self.name}: {error}") from error
        for case in asked.cases:
            item = Asked.from_parent(self, name=case.name, request=asked)
            item.add_marker("nnparity")
            yield item

    def _repr_failure_py(self, excinfo, style=None):
        return str(excinfo.value) if excinfo.errisinstance(self.CollectError) else super()._repr_failure_py(excinfo, style)


class Asked(pytest.Item):
    """One case."""

    def __init__(self, *, request, **about):
        super().__init__(**about)
        self.asked = request

    def runtest(self):
        from nnparity.reports.checking.check import answered
        from nnparity.reports.checking.pytest_cases import agreed, only
        agreed(answered(only(self.asked, self.name), timeout=10.0))

    def repr_failure(self, excinfo, style=None):
        return str(excinfo.value) if excinfo.errisinstance(AssertionError) else super().repr_failure(excinfo, style)

    def reportinfo(self):
        return Path(self.parent.name.rpartition(":")[0]), None, f"{self.parent.name} {self.name}"
