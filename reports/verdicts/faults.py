"""What is said beside a verdict may fail through a fault of ours: that costs what would have been said, and no row."""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def spared() -> Iterator[None]:
    """Whatever is raised in the block ends the block alone; NNPARITY_DEBUG=1 raises it."""
    try:
        yield
    except Exception:
        if os.environ.get("NNPARITY_DEBUG"):
            raise
