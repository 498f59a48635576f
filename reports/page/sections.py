"""One section of the page for each network of the documents: what it built, its formulas, its figures, its rows, its curves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from markupsafe import Markup

from nnparity import reference_impl
from nnparity.cases.case import Case, Result, Unsupported
from nnparity.cases.documents.networks import NETWORKS, Network
from nnparity.cases.documents.trainings import n08, n09
from nnparity.cases.selection import cases_of
from nnparity.reference_impl.network import forward
from nnparity.reports.comparison.expectation import expectation
from nnparity.reports.page.curves import descent, loss_curves
from nnparity.reports.page.summary import Summary
from nnparity.reports.verdicts.golden import GoldenRow
from nnparity.reports.verdicts.row import Row
from nnparity.reports.verdicts.troubles import saturated_fraction


@dataclass(frozen=True)
class NetworkSection:
    """A network and what this run found about it."""

    network: Network
    rows: tuple[Row, ...]
    golden: tuple[GoldenRow, ...] = ()
    pictures: tuple[Markup, ...] = ()  # loss curves, surfaces
    notes: tuple[str, ...] = field(default=())  # sentences that training found: what was learnt, what saturates

    @property
    def summary(self) -> Summary:
        return Summary(self.rows)

    @property
    def cases(self) -> list[tuple[str, dict[str, Row]]]:
        """(case name, implementation -> row), one line a case."""
        lines: dict[str, dict[str, Row]] = {}
        for row in self.rows:
            lines.setdefault(row.case, {})[row.implementation] = row
        return list(lines.items())

    @property
    def implementations(self) -> list[str]:
        return sorted({row.implementation for row in self.rows})


def sections(rows: Iterable[Row], golden: Sequence[GoldenRow] = (), pictures: Mapping[str, Sequence[Markup]] | None = None,
             notes: Mapping[str, Sequence[str]] | None = None) -> list[NetworkSection]:
    """The networks that this run touched, in order of their numbers."""
    rows, found = tuple(rows), []
    for id, network in NETWORKS.items():
        names = {case.name for case in cases_of(id)}
        own = tuple(row for row in rows if row.case in names)
        if own or (pictures or {}).get(id):
            found.append(NetworkSection(
                network, own, tuple(g for g in golden if g.case in names),
                tuple((pictures or {}).get(id, ())), tuple((notes or {}).get(id, ()))))
    return found


def training_pictures(cases: Iterable[Case], answers: Mapping[str, Mapping[Case, Result | Unsupported]]
                      ) -> dict[str, list[Markup]]:
    """For every training the losses of all implementations on top of each other; for N09 also the descent."""
    pictures: dict[str, list[Markup]] = {}
    for case in cases:
        for id in case.documents if case.training else ():
            losses = {"reference": expectation(case)[0].outputs["loss"]}
            losses |= {name: answer.outputs["loss"] for name, given in answers.items()
                       if isinstance(answer := given.get(case), Result)}
            pictures.setdefault(id, []).append(loss_curves(f"{case.name}: loss before each step", losses))
            if case.name == "n09-training-float64":
                pictures[id].append(n09_descent())
    return pictures


def n09_descent() -> Markup:
    """The mean squared error over (m, c), its contours, and the path of ten passes of single-example steps."""
    case = n09(epochs=10)
    path = reference_impl.run(case).outputs
    kernel, bias = (path[name].reshape(-1) for name in case.params)
    x, y = case.inputs["x"].ravel(), case.inputs["target"].ravel()
    m, c = np.linspace(-0.5, 4, 46), np.linspace(-0.5, 5, 56)
    surface = ((m[None, :, None] * x + c[:, None, None] - y) ** 2).mean(-1)
    iterates = np.column_stack([np.r_[0, kernel], np.r_[0, bias]])
    return descent("N09: the path of (m, c) over the loss surface", iterates, m, c, surface)


def findings(cases: Iterable[Case]) -> dict[str, list[str]]:
    """What the documents' trainings come to, computed now: learnt, found, or saturated."""
    by_name = {case.name: case for case in cases}
    found: dict[str, list[str]] = {}
    if "n08-training-float64" in by_name:
        case = n08(60_000)
        path = reference_impl.run(case).outputs
        y = forward(case, {name: path[name][-1] for name in case.params}, case.inputs)[0]["y"].ravel()
        found["N08"] = [f"After 60,000 steps the four outputs are {', '.join(f'{v:.4f}' for v in y)} for targets 0, 1, 1, 0: "
                        "it learns XOR."]
    if "n09-training-float64" in by_name:
        line = n09(epochs=10)
        path = reference_impl.run(line).outputs
        m, c = (float(path[name][-1].squeeze()) for name in line.params)
        found["N09"] = [f"Ten passes end at m = {m:.3f}, c = {c:.3f}; the noise U(0, 1) adds its mean to the intercept 3."]
    runs = [found_case for run in ("first_run-rounded_products", "second_run-two_lanes")
            if (found_case := by_name.get(f"n16-training-{run}-float64"))]
    if len(runs) == 2:
        first, second = (reference_impl.run(case).outputs["loss"] for case in runs)
        step = int((first != second).argmax())
        found["N16"] = [
            "The two runs compute the same formulas. The first rounds every product of inputs and weights to float32, the second "
            f"keeps float64; their losses part at step {step}: {first[step]:.10f} and {second[step]:.10f}. The last digit of the "
            "second run also depends on the order in which the four terms are added: found by trying several orders, two at a "
            "time gives all ten printed losses, one after the other three of them."]
    if "n12-mlp-float64-unscaled" in by_name:
        case = by_name["n12-mlp-float64-unscaled"]
        scaled = case.replaced(inputs={**case.inputs, "x": case.inputs["x"] / 100})
        found["N12"] = [f"The gradients agree to the last digits: the backpropagation is right. "
                        f"{saturated_fraction(case):.0%} of the units have a derivative below 0.01 with inputs from 0 to 100, "
                        f"{saturated_fraction(scaled):.0%} with inputs divided by 100."]
    if "n13-mlp-float64-positive" in by_name:
        case = by_name["n13-mlp-float64-positive"]
        centred = case.replaced(params={name: a - a.mean() for name, a in case.params.items()})
        found["N13"] = ["The gradients agree: the backpropagation is right. "
                        f"{saturated_fraction(case, layer=0):.0%} of the hidden units have a derivative below 0.01 with weights "
                        "from 0 to 1, "
                        f"{saturated_fraction(centred, layer=0):.0%} after centring them (16 inputs here, 400 in the document, "
                        "where all of them are saturated)."]
    return found
