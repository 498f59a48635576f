"""Files that are whole or not there: written under another name, then moved into place."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


@contextmanager
def replacing(*paths: Path) -> Iterator[tuple[Path, ...]]:
    """Paths to write to. They take the places of `paths` together at the end; after an error, a full disk for one, the old files
    are still there and the unfinished ones are gone."""
    unfinished = tuple(path.with_name(f".{path.name}.unfinished") for path in paths)
    with ExitStack() as stack:
        for path in unfinished:
            stack.callback(path.unlink, missing_ok=True)
        yield unfinished
        for path, place in zip(unfinished, paths, strict=True):
            os.replace(path, place)
