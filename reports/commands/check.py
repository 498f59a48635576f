"""`nnparity check`: is this implementation right, and if not, why?"""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nnparity.reports.commands.shared import Terminated, console_of, seconds, wrong

if TYPE_CHECKING:
    from nnparity.reports.checking.report import Report
    from nnparity.reports.checking.request import Request

CONTRACT = """\
Compare YOUR implementation with the reference, outputs and all gradients, and name what is different.

FILE holds a function named after the layer, or after a network of the documents (n18), or pass --function; or a class with
forward and backward, a torch.nn.Module, a Keras layer (`nnparity.adapt` says what such a class does not say of itself):

\b
    def gru(params, inputs, cotangents):
        # params      {"kernel": ..., "recurrent_kernel": ..., "bias": ..., ...}
        # inputs      {"x": ..., "h0": ...}
        # cotangents  {"y": dL/dy, "h_n": dL/dh_n}
        return outputs, grads   # {"y", "h_n"}, {"kernel", ..., "x", "h0"}

All are dicts of NumPy arrays; names and layouts: `nnparity list --layer gru`.
Other layouts (PyTorch's, Keras's, one matrix a gate, fused, column vectors, time first):
nnparity.oracles.layouts.styles.contract.
Return `outputs` alone with --forward-only. A fourth parameter `config` gets the
options (strides, padding, epsilon). The file runs in its own process: it may
crash, print or never end. What it imports is looked for beside it and in the
working directory.

An optimizer (sgd, momentum, rmsprop, adam), run inside the reference's training loop, or a whole training
(n05_training, n08_training, ...); `nnparity list --layer adam` says what they are given:

\b
    def adam(parameter, gradient, state, step, learning_rate, config):
        return new_parameter, new_state    # state is {} and step 1 at first
    def n08_training(params, inputs, config):
        return {"loss": ..., "dense_1/kernel": ...}   # one entry a step

It is asked twice: state that it keeps, arrays that it changes in place and
logits that overflow are told as `trouble`.
"""

WHAT = "A Python file with your function, file.py:name, package.module:name, or a folder, in which everything that fits is found."


def check(
    file: Annotated[str | None, typer.Argument(metavar="FILE", help=WHAT, show_default=False)] = None,
    command: Annotated[str | None, typer.Option(help="In the place of FILE: a program in any language, asked in JSON lines over "
                                                     "stdin and stdout; --layer says what it computes.", metavar="COMMAND",
                                                show_default=False)] = None,
    function: Annotated[str | None, typer.Option(help="The function's name, if not the layer's.", metavar="NAME",
                                                 show_default=False)] = None,
    layer: Annotated[str | None, typer.Option(help="The layer or network, as `nnparity list` names it.", metavar="NAME",
                                              show_default=False)] = None,
    network: Annotated[str | None, typer.Option(help='A network of your own in words: "dense(128) relu dense(10) '
                                                     'softmax_cross_entropy"; --x says the shape of its x.', metavar="WORDS",
                                                show_default=False)] = None,
    x: Annotated[str | None, typer.Option(help="The shape of x, the batch first: 32,784.", metavar="LENGTHS",
                                          show_default=False)] = None,
    like: Annotated[str | None, typer.Option(help="A torch.nn.Sequential or keras.Sequential that is the network: FILE:NAME; "
                                                  "--network then says its loss.", metavar="FILE:NAME",
                                             show_default=False)] = None,
    oracle: Annotated[list[str] | None, typer.Option(help="With --network: ask this framework too. Repeat for several.",
                                                     metavar="NAME", show_default=False)] = None,
    case: Annotated[str, typer.Option(help="Only cases with this in their name.", metavar="SUBSTRING")] = "",
    convention: Annotated[list[str] | None, typer.Option(
        help="Ask for another variant: reset=before. Repeat for several.", metavar="OPTION=VALUE")] = None,
    float32: Annotated[bool, typer.Option("--float32", help="Ask the float32 cases too.")] = False,
    forward_only: Annotated[bool, typer.Option("--forward-only", help="Compare outputs, no gradients.")] = False,
    timeout: Annotated[float, typer.Option(callback=seconds, metavar="SECONDS", help="Limit for one case.")] = 10.0,
    fresh: Annotated[int | None, typer.Option(help="Ask so many new questions in the place of ours.", metavar="N",
                                              show_default=False)] = None,
    seed: Annotated[int | None, typer.Option(help="Of the fresh questions; without it one is drawn and told.", metavar="S",
                                             show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs; of a folder a list.")] = False,
    junit: Annotated[Path | None, typer.Option(help="Write a JUnit file too.", metavar="FILE", show_default=False)] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page too: formula, picture of got - expected, rows.", metavar="FILE",
                                              show_default=False)] = None,
):
    from nnparity.reports.checking.exchange import as_json as data
    from nnparity.reports.checking.exchange import junit as xml
    from nnparity.reports.checking.folder import targets
    from nnparity.reports.checking.fresh import freshened
    from nnparity.reports.checking.names import WrongRequest
    from nnparity.reports.checking.own.request import own_request
    from nnparity.reports.checking.request import request

    about: dict[str, Any] = {"case": case, "float32": float32, "conventions": convention or ()}
    console = console_of(quiet=as_json)
    what: Any = file if command is None else commanded(command, file, function)
    if what is None:
        wrong("what is checked? Name a FILE, or a program with --command")
    folder = isinstance(what, str) and Path(what).is_dir()
    try:
        if network is not None or like is not None:
            if layer or convention:
                wrong("--network and --like describe the network: leave out --layer and --convention")
            if folder:
                wrong("--network and --like are asked of one file: name it")
            asked = [own_request(what, network, x=x, like=like, function=function, case=case, float32=float32, timeout=timeout,
                                 oracles=oracle or ())]
        elif x or oracle:
            wrong("--x and --oracle say how a network is asked that --network or --like describes")
        elif not folder:
            asked = [request(what, layer, function=function, **about)]
        elif function:
            wrong("--function names something in one file: name the file too")
        else:
            found, unread = targets(Path(what))
            asked = [request(target, layer, **about) for target, _ in found]
            for message in unread:
                console.print(message, style="yellow")
        asked = [freshened(one, fresh, seed) for one in asked]
    except WrongRequest as error:
        wrong(error.for_command_line)
    reports, stopped = [], 0
    for one in asked:
        report, stopped = answers_to(one, console, timeout=timeout, forward_only=forward_only)
        reports.append(report)
        if stopped:
            break
    if len(asked) > 1:
        console.print()
        for report in reports:
            console.print(f"{report.name}: {report.function}: {report.summary}", soft_wrap=True)
    if as_json:
        typer.echo(json.dumps([data(r) for r in reports] if folder else data(reports[0]), indent=1))
    if junit is not None:
        try:
            junit.write_text(xml([r for r in reports if r.rows]), encoding="utf-8")
        except OSError as error:
            wrong(f"--junit {junit} cannot be written: {error.strerror}")
    if html is not None:
        write_page(html, [r for r in reports if r.rows], console)
    raise typer.Exit(stopped or max(report.exit_code for report in reports))


def commanded(line: str, file: str | None, function: str | None):
    """The program of a command line, which is there and can be started."""
    import os
    from shutil import which

    from nnparity.reports.vectors.command import Command
    if file is not None or function is not None:
        wrong("--command is a program in the place of FILE and --function: give one or the other")
    if os.name != "posix":
        wrong("--command needs pipes that can be waited for, which this system does not have: write files with "
              "`nnparity vectors` and read them with `nnparity verify`")
    program = Command(line)
    try:
        words = program.words
    except ValueError as error:
        wrong(f"--command {line!r}: {error}")
    if which(words[0]) is None:
        wrong(f"--command: no program {words[0]!r} is there that can be run")
    return program


def write_page(path: Path, reports: "list[Report]", console) -> None:
    from nnparity.reports.checking.html import write
    try:
        write(path, reports)
    except OSError as error:
        wrong(f"--html {path} cannot be written: {error.strerror}")
    console.print(f"written: {path}", style="dim", soft_wrap=True)


def answers_to(asked: "Request", console, *, timeout: float, forward_only: bool) -> "tuple[Report, int]":
    """(what came of asking, the exit code of a signal or 0); told as far as it went."""
    from nnparity.reports.checking.check import answered, report_of
    from nnparity.reports.checking.told import tell

    rows: list = []
    report, stopped = report_of(asked, rows, forward_only=forward_only), 0
    console.print(report.headline, style="bold")
    try:
        with console.status("asking ...") as status:
            def show(row):
                rows.append(row)
                status.update(f"{len(rows)} of {len(asked.cases)}: {row.case} {row.verdict}")

            report = answered(asked, timeout=timeout, forward_only=forward_only, on_row=show,
                              on_search=lambda: status.update("looking for a case that tells causes apart"))
    except (KeyboardInterrupt, Terminated) as signalled:
        stopped = 130 if isinstance(signalled, KeyboardInterrupt) else 143
        console.print(f"stopped after {len(rows)} of {len(asked.cases)} cases", style="bold red")
    if rows:
        tell(report, console, python=False)
    return report, stopped
