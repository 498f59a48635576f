"""A few lines of Python that show a disagreement again."""

from nnparity import oracles
from nnparity.reports.comparison.problem import Kind
from nnparity.reports.verdicts.row import Row


def lines(row: Row) -> str:
    """Code that runs as it stands in the repository: the case, both answers, the worst element of both."""
    known = row.implementation in oracles.NAMES
    code = [
        f"from nnparity import cases, {'oracles, ' if known else ''}reference_impl",
        f"case = cases.named({row.case!r})",
        "expected = reference_impl.run(case)",
    ]
    if known:
        code.append(f"got = oracles.load({row.implementation!r}).run(case)")
    worst = row.worst
    kind, _, name = worst.path.partition("/") if worst else ("", "", "")
    if worst is None or kind not in ("outputs", "grads"):
        return "\n".join([*code, "print(got)" if known else "print(expected)"])
    index = f"[{', '.join(map(str, worst.worst))}]" if worst.worst else ""
    if known and worst.problem and worst.problem.kind in (Kind.MISSING, Kind.UNKNOWN):
        code.append(f"print(list(got.{kind}), list(expected.{kind}))")
    elif known:
        shown = f".{kind}[{name!r}]{index}" if index else f".{kind}[{name!r}].shape"
        code.append(f"print(got{shown}, expected{shown})")
    else:
        code.append(f"print(expected.{kind}.get({name!r}))" if not index else f"print(expected.{kind}[{name!r}]{index})")
        if index:
            code[-1] += f"  # {ascii(row.implementation)} gave {worst.got!r}"
    return "\n".join(code)
