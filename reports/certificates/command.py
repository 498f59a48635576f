"""`nnparity certificates`: ask, tell, and record. Says what to install where mpmath is missing."""

import json
import sys
from collections.abc import Sequence
from importlib.util import find_spec

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn


class WrongName(ValueError):
    """A name that no operation has, or no mpmath to hold them against."""


def run(name: str, names: Sequence[str], console: Console, *, everything=False, keep=False, as_json=False, timeout=60.0) -> int:
    """Exit code: 0, 1 where the reference is not exact, 3 where an oracle gave no answer at all. Raises WrongName."""
    if find_spec("mpmath") is None:
        raise WrongName("certificates need mpmath, which is not installed; pip install -e '.[oracles]'")
    from nnparity.reports.certificates import ask, certificate
    from nnparity.reports.certificates.question import DTYPES
    from nnparity.reports.certificates.questions import QUESTIONS
    from nnparity.reports.certificates.tell import is_exact, tell

    questions = [question for key, question in QUESTIONS.items() if name in key]
    if not questions:
        raise WrongName(f"no operation has {name!r} in its name; there are {', '.join(QUESTIONS)}")
    columns = (TextColumn("certificates"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal or as_json) as progress:
        bar = progress.add_task("", total=len(questions) * len(DTYPES) * (1 + len(names)))
        found = ask.measure(names, questions, timeout, lambda: progress.advance(bar))
    if keep:
        certificate.record(found)
    if as_json:
        json.dump(certificate.as_json(found), sys.stdout, indent=1, ensure_ascii=False)
        print()
    else:
        tell(found, console, everything)
    if any(name in found.of and not found.of[name] for name in names):
        return 3
    return 0 if is_exact(found) else 1
