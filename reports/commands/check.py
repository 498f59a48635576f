"""`nnparity check`: is this implementation right, and if not, why?"""

from pathlib import Path
from typing import Annotated

import typer

from nnparity.reports.commands.shared import Terminated, console_of, seconds, wrong

CONTRACT = """\
Compare YOUR implementation with the reference, outputs and all gradients, and name what is different.

FILE holds a function named after the layer, or after a network of the documents (n18), or pass --function:

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


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A Python file with your function.", show_default=False)],
    function: Annotated[str | None, typer.Option(help="The function's name, if not the layer's.", metavar="NAME",
                                                 show_default=False)] = None,
    layer: Annotated[str | None, typer.Option(help="The layer or network, as `nnparity list` names it.", metavar="NAME",
                                              show_default=False)] = None,
    case: Annotated[str, typer.Option(help="Only cases with this in their name.", metavar="SUBSTRING")] = "",
    convention: Annotated[list[str] | None, typer.Option(
        help="Ask for another variant: reset=before. Repeat for several.", metavar="OPTION=VALUE")] = None,
    float32: Annotated[bool, typer.Option("--float32", help="Ask the float32 cases too.")] = False,
    forward_only: Annotated[bool, typer.Option("--forward-only", help="Compare outputs, no gradients.")] = False,
    timeout: Annotated[float, typer.Option(callback=seconds, metavar="SECONDS", help="Limit for one case.")] = 10.0,
):
    from nnparity.reports.checking.check import answered, report_of
    from nnparity.reports.checking.names import WrongRequest
    from nnparity.reports.checking.request import request
    from nnparity.reports.checking.told import tell
    from nnparity.reports.verdicts.row import Row

    try:
        asked = request(file, layer, case=case, float32=float32, function=function, conventions=convention or ())
    except WrongRequest as error:
        wrong(error.for_command_line)
    console = console_of()
    rows: list[Row] = []
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
    raise typer.Exit(stopped or report.exit_code)
