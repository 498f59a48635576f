"""`nnparity check`: which cases a user's file is asked, and what a person is told about the answers."""

import ast
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from nnparity.cases.case import Case
from nnparity.cases.conventions import CONFIGS
from nnparity.cases.selection import is_about, networks_of
from nnparity.reference_impl.optimizers import OPTIMIZERS
from nnparity.reports.asking.implementations import UserFile
from nnparity.reports.asking.isolate import plain
from nnparity.reports.asking.training_contract import resolved_options
from nnparity.reports.comparison.names import some
from nnparity.reports.comparison.problem import Kind
from nnparity.reports.diagnosis.cause import Planted
from nnparity.reports.diagnosis.variants import choices, of_layer
from nnparity.reports.verdicts.row import DISAGREES, VERDICTS, Row
from nnparity.reports.verdicts.tell_apart import Told
from nnparity.reports.verdicts.together import together

NO_ANSWER = ("errored", "timed out")
STYLES = {"agrees": "green", "errored": "bold red", "timed out": "bold red", "unsupported": "dim",
          "cannot judge": "yellow"}


class WrongUsage(Exception):
    """The request makes no sense: exit code 2."""


def exit_code(rows: Sequence[Row]) -> int:
    """3 if an implementation gave no answer somewhere or nothing was compared, else 1 if anything disagrees, else 0."""
    if any(row.verdict in NO_ANSWER for row in rows) or not any(row.agreements for row in rows):
        return 3
    return int(any(row.verdict in DISAGREES for row in rows))


# ----------------------------------------------------------------------------------------------- what is asked


def read_file(path: Path) -> set[str]:
    """The names that a Python file defines or imports; "*" among them if that cannot be told. Runs nothing."""
    if not path.exists():
        raise WrongUsage(f"{path}: no such file")
    if path.suffix != ".py" or path.is_dir():
        raise WrongUsage(f"{path} is not a Python file: a file that ends in .py is expected")
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse(path.read_bytes(), filename=str(path))
    except OSError as error:
        raise WrongUsage(f"{path} cannot be read: {error.strerror}") from error
    except SyntaxError as error:
        source = f": {error.text.strip()}" if error.text else ""
        raise WrongUsage(f"{path.name}:{error.lineno or '?'}: not Python: {error.msg}{source}") from None
    except ValueError as error:
        raise WrongUsage(f"{path.name}: not Python: {error}") from None
    names = set()
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                names.add(name)
            case ast.Name(id=name, ctx=ast.Store()):
                names.add(name)
            case ast.alias(name=name, asname=asname):
                names.add(asname or name)
    return names


def options_of(case: Case) -> Mapping[str, object]:
    """The options by which cases of one name differ: the first layer's, or the optimizer's."""
    return resolved_options(case) if case.training else case.layers[0].config


def choose_network(names: set[str], networks: Iterable[str], function: str | None, network: str | None) -> tuple[str, str]:
    """(network, function): the network that a file is asked about, and its function for that. Raises WrongUsage."""
    networks = list(dict.fromkeys(networks))
    listing = "`nnparity list` shows all of them"
    if network is None:
        network = function if function in networks else networks[0] if function and len(networks) == 1 else None
    if network is None and function:
        named = [n for n in networks if n in function.split("_")]  # my_gru, gru_layer
        network = named[0] if len(named) == 1 else None
    if network is None and function:
        raise WrongUsage(f"which network does {function!r} compute? Say --layer NAME. There are {some(networks, function)}; "
                         + listing)
    if network is None:
        found = [n for n in networks if n in names]
        if len(found) != 1:
            what = f"defines several ({', '.join(found)}); choose one with --layer" if found else (
                "has no function named after a layer; name one with --function")
            raise WrongUsage(f"the file {what}. Layers are named dense, gru, conv2d, ...; {listing}")
        network = found[0]
    if network not in networks:
        raise WrongUsage(f"no case is about {network!r}; there are cases about {some(networks, network)}; {listing}")
    function = function or network
    if function not in names and "*" not in names:
        raise WrongUsage(f"no such function: {function!r}. The file defines: {some(sorted(names), function) or 'nothing'}. "
                         "Name yours with --function")
    return network, function


def choose_config(network: str, conventions: Iterable[str]) -> Mapping[str, object]:
    """`["reset=before"]` -> the first config of the layer that has it. Empty for a network without conventions."""
    wanted = {}
    for text in conventions:
        option, _, value = text.partition("=")
        known = {c.option: {str(v.value).replace(" ", ""): v.value for v in choices(c)} for c in of_layer(network)}
        if option not in known:
            offered = ", ".join(f"{o}={'|'.join(v)}" for o, v in known.items()) or "none"
            raise WrongUsage(f"{text!r}: {network} has no convention {option!r}; choose from: {offered}")
        if value not in known[option]:
            raise WrongUsage(f"{text!r}: {option} is one of {', '.join(known[option])}")
        wanted[option] = known[option][value]
    if network in OPTIMIZERS:
        return wanted
    matching = [config for config in CONFIGS.get(network, (wanted,)) if wanted.items() <= config.items()]
    if not matching:
        raise WrongUsage(f"no {network} combines {' and '.join(f'{o}={v}' for o, v in wanted.items())}")
    return matching[0]


def choose_cases(cases: Iterable[Case], network: str, config: Mapping[str, str], substring: str = "",
                 float32: bool = False) -> list[Case]:
    """The cases about this network under this config, in float64 and, if wanted, float32. Raises WrongUsage if none."""
    chosen = [case for case in cases if is_about(case, network) and config.items() <= options_of(case).items()]
    named = [case for case in chosen if substring in case.name and (float32 or case.dtype == "float64")
             and not (case.training and case.training.products)]  # one machine's way to round is nobody's formula
    if not named:
        about = " ".join(filter(None, (network, _words(config))))
        raise WrongUsage(f"no case about {about} matches {substring!r}; there are {some((c.name for c in chosen), substring)}; "
                         f"`nnparity list --layer {network}` shows all of them" if chosen else f"there is no case about {about}")
    return named


def prepare(path: Path, cases: Sequence[Case], *, function=None, layer=None, conventions=(), substring="",
            float32=False) -> tuple[UserFile, list[Case], Mapping[str, str]]:
    """The user's function, the cases it is asked, and the conventions they have. Raises WrongUsage."""
    names = read_file(path)
    about = networks_of(case for case in cases if substring in case.name) or networks_of(cases)
    network, function = choose_network(names, about, function, layer)
    config = choose_config(network, conventions)
    return UserFile(os.fspath(path), function), choose_cases(cases, network, config, substring, float32), config


def similar(cases: Iterable[Case], chosen: Sequence[Case], config: Mapping[str, str]) -> list[Case]:
    """The float64 cases about the same chain under the same conventions: those that could have been asked."""
    first = chosen[0]
    return [case for case in cases if case.layers == first.layers and case.dtype == "float64"
            and bool(case.training) == bool(first.training) and config.items() <= options_of(case).items()]


def _words(config: Mapping[str, str]) -> str:
    return "with " + ", ".join(f"{o}={v}" for o, v in config.items()) if config else ""


# ----------------------------------------------------------------------------------------------- what is told


def tell(rows: Sequence[Row], console: Console, *, forward_only: bool = False, told: Told | None = None) -> None:
    """Verdicts, why there is no answer, diagnosis, what the code printed; at 80 columns."""
    console.print(_table(rows))
    console.print(Text(UNITS, style="dim"))
    _tell_failures(rows, console)
    _tell_problems(rows, console, forward_only)
    _tell_diagnosis(rows, console, told)
    _tell_troubles(rows, console)
    _tell_printed(rows, console)
    agreeing = sum(row.ok for row in rows)
    what = "outputs only" if forward_only else "outputs and all gradients"
    console.print(Text(f"{agreeing} of {len(rows)} cases agree ({what}).",
                       style="bold green" if agreeing == len(rows) else "bold"))
    if unclear := [row for row in rows if row.verdict == "cannot judge"]:
        console.print(Text(f"{len(unclear)} cannot be judged: {unclear[0].message} ({unclear[0].case}).", style="yellow"))


def _table(rows) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("case", overflow="fold")
    table.add_column("verdict")
    table.add_column("worst array", overflow="fold")
    table.add_column("error", justify="right")
    for row in rows:
        worst = row.worst
        error = "" if worst is None else "-" if worst.problem else f"{worst.error:.3g}"
        table.add_row(Text(row.case), Text(row.verdict, style=STYLES.get(row.verdict, "red")),
                      Text(plain(worst.path) if worst else ""), error)
    return table


UNITS = "error: in units of what rounding allows at that element; 1 and below agrees"


def _tell_failures(rows, console):
    """Each message once, with the cases that it is about."""
    messages: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.message:
            messages.setdefault((row.verdict if row.verdict in NO_ANSWER else "note", row.message), []).append(row.case)
    for (heading, message), cases in messages.items():
        _heading(console, f"{heading}: {_cases(cases, rows)}", "bold red" if heading in NO_ANSWER else "bold")
        _indented(console, message)


def _tell_problems(rows, console, forward_only):
    """What could not be compared at all: missing names, shapes, dtypes. The same problem once, and none that a cause explains."""
    gradless = [row.case for row in rows if row.part("grads") and not forward_only
                and all(a.problem and a.problem.kind is Kind.MISSING for a in row.part("grads"))]
    if gradless:
        _heading(console, f"malformed: no gradients came back: {_cases(gradless, rows)}", "bold red")
        _indented(console, "Return `outputs, grads`, or pass --forward-only to compare the outputs alone.")
    for heading, about in (("malformed", [row for row in rows if row.verdict == "malformed"]),
                           ("not comparable", [row for row in rows if row.verdict != "malformed"])):
        problems: dict[str, list[str]] = {}
        for row in about:
            explained = bool(row.diagnosis) and row.diagnosis[0].complete
            for a in row.agreements:
                if a.problem and not explained and not (row.case in gradless and a.group == "grads"):
                    problems.setdefault(plain(f"{a.path}: {a.problem}"), []).append(row.case)
        if not problems:
            continue
        _heading(console, heading, "bold red")
        for problem, cases in list(problems.items())[:8]:
            _indented(console, f"{problem}  ({_cases(cases, rows)})")
        if len(problems) > 8:
            _indented(console, f"and {len(problems) - 8} more")
        if heading == "malformed":
            _indented(console, "`nnparity list --layer NAME` prints every name and layout.", style="dim")


def _tell_diagnosis(rows, console, told):
    """The explanations of all rows together, the same words once."""
    found = list({one.explanation.title: one for one in reversed(together(rows, told))}.values())[::-1]
    for place, one in enumerate(found[:3]):
        best = one.explanation
        _heading(console, f"{'diagnosis' if place == 0 else 'or'}: {best.title}", "bold yellow" if place == 0 else "yellow")
        if best.verdict != "unexplained":
            _indented(console, f"Reproduces every number of {_cases(one.complete, rows)}." if one.complete
                      else f"Reproduces part of {_cases(one.cases, rows)}.", style="dim")
        if place == 0:
            _tell_explanation(best, console)
    if len(found) > 3:
        _indented(console, f"and {len(found) - 3} weaker explanations", style="dim")
    if told is not None:
        _tell_apart(told, console)
    unnamed = [row for row in rows if row.verdict == "unexplained" and not row.diagnosis
               and row.worst is not None and not row.worst.problem]
    if unnamed:
        _heading(console, f"no cause found: {_cases([row.case for row in unnamed], rows)}", "bold red")
        _indented(console, f"{VERDICTS['unexplained'].capitalize()}. In {unnamed[0].case}:")
        for agreement in [a for a in unnamed[0].agreements if not a.ok][:4]:
            _indented(console, plain(str(agreement)))


def _tell_explanation(best, console):
    """What it is, how to ask for it, what to do, and where to read on."""
    _indented(console, best.words)
    if best.verdict == "convention":
        _indented(console, "If this is the formula you mean, ask for it: "
                  + " ".join(f"--convention {cause.what}" for cause in best.causes))
    if best.fix:
        _indented(console, f"{'Why it matters' if best.verdict == 'convention' else 'What to do'}: {best.fix}")
    for framework, switch in best.switch.items():
        _indented(console, f"{framework:>6}: {switch}")
    for cause in best.causes:
        if isinstance(cause.what, Planted):
            _indented(console, f"Its page: nnparity explain {cause.what.mistake}", style="dim")


def _tell_troubles(rows, console):
    """What is wrong beside the formulas: each trouble once, with the cases that show it."""
    troubles = {}
    for row in rows:
        for trouble in row.troubles:
            troubles.setdefault(trouble.id, (trouble, []))[1].append(row)
    for trouble, shown in troubles.values():
        _heading(console, f"trouble: {trouble.title}", "bold yellow")
        right = all(all(a.ok for a in row.agreements) for row in shown)
        about = "Your numbers are right; this is the trouble. " if right and trouble.fails else (
            "Your gradients are right; this is the trouble. " if right and any(row.part("grads") for row in shown) else "")
        _indented(console, about + trouble.words)
        _indented(console, f"What to do: {trouble.fix}")
        _indented(console, f"Seen in {_cases([row.case for row in shown], rows)}.", style="dim")


def _tell_apart(told, console):
    """What one more case said where several causes gave the same numbers."""
    titles = "; ".join(cause.title for cause in told.hypotheses)
    _heading(console, f"{len(told.hypotheses)} causes explain the same numbers", "bold")
    _indented(console, titles)
    if told.row is None:
        _indented(console, "No case tells them apart: they give the same numbers everywhere.")
    elif told.left:
        _indented(console, f"Asked {told.row.case}, on which they differ. What holds there too: "
                           f"{'; '.join(cause.title for cause in told.left)}")
    else:
        _indented(console, f"Asked {told.row.case}, on which they differ: none of them holds there "
                           f"({told.row.verdict}{': ' + told.row.message if told.row.message else ''}).")


def _tell_printed(rows, console):
    texts: dict[str, list[str]] = {}
    for row in rows:
        if row.printed.strip():
            texts.setdefault(row.printed, []).append(row.case)
    for text, cases in list(texts.items())[:3]:
        _heading(console, f"your code printed ({_cases(cases, rows)})", "bold")
        lines = text.rstrip().splitlines()
        shown = lines if len(lines) <= 12 else [*lines[:8], f"... {len(lines) - 10} more lines ...", *lines[-2:]]
        for line in shown:
            _indented(console, line if len(line) <= 150 else f"{line[:120]} ... ({len(line):,} characters)")
    if len(texts) > 3:
        _indented(console, f"and different text in {len(texts) - 3} more groups of cases", style="dim")


def _cases(names: Sequence[str], rows) -> str:
    """all 8 cases, gru-n10-float64, or gru-after-float64-generic and 3 more cases."""
    if len(names) == len(rows) > 1:
        return f"all {len(rows)} cases"
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _heading(console, text, style):
    console.print()
    console.print(Text(text, style=style))


def _indented(console, text, style=""):
    console.print(Padding(Text(text, style=style), (0, 0, 0, 2), expand=False))
