"""What `--nnparity mypackage.layers:GRU=gru,reset=before` names: an object, in this process, as the tests beside it have it."""

import sys
from dataclasses import replace
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.checking.request import Request, request


def requested(target: str, folder: Path) -> Request:
    """Raises WrongRequest, and whatever an import raises."""
    place, equals, options = target.partition("=")
    layer, *pairs = options.split(",") if equals else [""]
    if "=" in layer:
        pairs, layer = [layer, *pairs], ""
    if wrong := next((pair for pair in pairs if "=" not in pair), None):
        raise WrongRequest(f"{wrong!r} is no OPTION=VALUE")
    asked = request(named(place, folder), layer or None, conventions=dict(pair.split("=", 1) for pair in pairs))
    return replace(asked, cases=[case for case in asked.cases if not asked.implementation.handed.lacks(case)])


def named(place: str, folder: Path) -> Any:
    """The object at "package.module:name" or "file.py:name"; the folder in which pytest was started is importable."""
    module, colon, name = place.rpartition(":")
    if not colon or not name.isidentifier():
        raise WrongRequest(f"{place!r} names no object", "Name it package.module:name or file.py:name")
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    if module.endswith(".py"):
        path = (folder / module).resolve()
        spec = spec_from_file_location(path.stem, path)
        if spec is None or spec.loader is None or not path.exists():
            raise WrongRequest(f"{path}: no such file")
        loaded = sys.modules[path.stem] = module_from_spec(spec)
        spec.loader.exec_module(loaded)
    else:
        loaded = import_module(module)
    if not hasattr(loaded, name):
        raise WrongRequest(f"{module} has no {name!r}")
    return getattr(loaded, name)
