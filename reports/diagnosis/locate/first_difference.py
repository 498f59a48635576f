"""Where do two answers part, when nothing in the catalogue explains them? From the values that were returned alone."""

import numpy as np

from nnparity import reference_impl
from nnparity.cases.case import Case, Result
from nnparity.reference_impl.noise import rounding_noise
from nnparity.reports.comparison.compare import Agreement, allowance, compare
from nnparity.reports.comparison.problem import Kind
from nnparity.reports.diagnosis.locate.axes import axes_of, hint, in_words, numbered, patterns, place
from nnparity.reports.diagnosis.locate.gates import UNROLL, in_gates, returned_states
from nnparity.reports.diagnosis.locate.numbers import readings


def first_difference(case: Case, answer: Result) -> tuple[str, str, tuple[Agreement, ...]]:
    """(title, words, agreements): the first output, time step and unit at which the numbers differ, and what is still right."""
    if any(layer.default for layer in case.network):
        return "no variant of the catalogue", "The default construction equals none of the catalogued formulas.", ()
    expected = reference_impl.run(case)
    if not answer.grads:  # outputs are all that was asked for, or all that came: that is told elsewhere
        expected = Result(outputs=expected.outputs, grads={})
    agreements = compare(answer, expected, allowance(expected, rounding_noise(case)), case.zeros)
    wrong = [a for a in agreements if not a.ok]
    right = [a.path for a in agreements if a.ok]
    parts = [f"Right: {', '.join(right)}." if right else "No array is right."]
    outputs = [a for a in wrong if a.group == "outputs"]
    if not outputs:
        title = f"outputs right, gradient of {', '.join(a.array for a in wrong)} wrong"
    elif all(a.problem for a in outputs):
        title = "; ".join(str(a) for a in outputs)
    elif case.training:
        title, sentences = in_path(answer, expected, allowance(expected, rounding_noise(case)).outputs)
        parts += sentences
    else:
        title, sentences = in_outputs(case, answer, expected)
        parts += sentences
    there = [a for a in wrong if not (a.problem and a.problem.kind is Kind.MISSING)]
    parts += [f"Worst: {worst_of(there)}."] if there else []
    return title, " ".join(parts), agreements


def worst_of(wrong) -> str:
    return str(max(wrong, key=lambda a: (bool(a.problem), a.error)))


def in_path(answer: Result, expected: Result, limit) -> tuple[str, list[str]]:
    """The first step of a training at which a loss or a weight is off. The loss of a step comes before its weights."""
    first = {}
    for name, ours in expected.outputs.items():
        theirs = answer.outputs.get(name)
        if theirs is not None and theirs.shape == ours.shape:
            off = ~(np.abs(theirs - ours) <= limit[name]).reshape(len(ours), -1).all(1)
            if off.any():
                first[name] = int(off.argmax())
    if not first:
        return "paths differ in shape or are missing", []
    step = min(first.values())
    names = [name for name in first if first[name] == step]
    steps = len(next(iter(expected.outputs.values())))
    kept = [name for name in expected.outputs if name not in names]
    title = f"paths part at step {step + 1} of {steps}: {', '.join(names)}"
    if set(first) == {"loss"}:
        title = f"weights right at every step, loss wrong from step {step + 1} of {steps}"
    if set(first) == {"loss"}:
        said = ["The updates are right; what is reported as the loss is another number."]
    elif "loss" not in names:
        said = ["The step from right values goes wrong: look at the update and at the examples of that step."]
    elif step == 0:
        said = ["Loss and gradient of the first step are wrong already: look at the network before the update."]
    else:
        said = ["The loss goes wrong before the weights do: look at the examples of that step, and at what calls leave behind."]
    if kept:
        said.append(f"Still right at this step: {', '.join(kept)}.")
    for name in names[:2]:
        ours, theirs = expected.outputs[name][step], answer.outputs[name][step]
        at = np.unravel_index(np.argmax(np.abs(np.nan_to_num(theirs - ours, nan=np.inf))), ours.shape)
        said.append(f"{name}{list(map(int, at)) if at else ''}: got {theirs[at]:.9g}, expected {ours[at]:.9g}.")
    return title, said


def in_outputs(case: Case, answer: Result, expected: Result) -> tuple[str, list[str]]:
    """The first element of y that is off, in order of time where there is time."""
    limit = allowance(expected, rounding_noise(case)).outputs
    for name, ours in expected.outputs.items():
        theirs = answer.outputs.get(name)
        if theirs is None or theirs.shape != ours.shape:
            continue
        off = ~(np.abs(theirs - ours) <= limit[name])
        if not off.any():
            continue
        if name == "y" and "time" in case.sizes and ours.ndim == 3:
            t = int(off.any((0, 2)).argmax())
            row, unit = (int(i) for i in np.argwhere(off[:, t])[0])
            units = sorted({int(u) for u in np.argwhere(off[:, t])[:, 1]})
            title = f"outputs part at time step {t}, example {row}, unit {unit}"
            count = "every unit is" if len(units) == ours.shape[-1] else f"of {ours.shape[-1]} units {units} are"
            sentences = [f"Got {theirs[row, t, unit]:.9g}, expected {ours[row, t, unit]:.9g}; at this step {count} off"
                         + (f", the {t} steps before are right." if t else ".")]
            if len(case.network) == 1 and case.network[0].kind in UNROLL:
                sentences.append(in_gates(case, answer, t))
            return title, sentences
        first = tuple(int(i) for i in np.argwhere(off)[0])
        names = axes_of(case, name, off.ndim)
        found, named = patterns(off, names), bool(first) and names != numbered(off.ndim)
        where = f"at {place(first, names)}" if named else f"first at {list(first)}" if first else ""
        state = [returned_states(name)] if name in ("h_n", "c_n") and case.network[0].kind in UNROLL else []
        return (f"outputs part {where}" if name == "y" and named else f"output {name} differs {where}".rstrip(),
                [*state, f"Got {theirs[first]:.9g}, expected {ours[first]:.9g}; {int(off.sum())} of {off.size} elements are off"
                 + (f": {'; '.join(map(in_words, found))}.{hint(found)}" if found else "."),
                 *readings(theirs, ours, limit[name], names, case.params)])
    return "outputs differ in shape or are missing", []
