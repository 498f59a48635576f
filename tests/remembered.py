"""What the diagnosis keeps of earlier answers: a test that changes what is read must not find it, or leave any."""

import sys

KEEPING = ("nnparity.reports.diagnosis", "nnparity.reports.verdicts")


def caches():
    """Everything that is cached in the diagnosis and in the verdicts."""
    for name, module in list(sys.modules.items()):
        if name.startswith(KEEPING):
            yield from (value for value in vars(module).values() if hasattr(value, "cache_clear"))


def forget():
    for cached in caches():
        cached.cache_clear()
