"""N21: what a sum over a large data set does to two ReLUs, what each advice changes, and the answer's net."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from nnparity.cases.case import Case
from nnparity.cases.documents import n21
from nnparity.cases.documents.mlp import uniform
from nnparity.reference_impl import RIGHT
from nnparity.reports.page.networks.shown import Seen, Shown, trainings
from nnparity.reports.page.plots import COLOURS, figure

STARTS, FEWER, FEW, MANY = 5, 3, 100, 1000
RATE, SMALL, STEPS, LONGER = 0.01, 1e-5, 150, 2000


@dataclass(frozen=True)
class Descent:
    """`loss` per example before each step, and in `dead` how many outputs are at most zero for every example."""

    loss: np.ndarray
    dead: np.ndarray


def shown(seen: Seen) -> Shown:
    many, few = list(starts(n21.question(MANY), 0)), list(starts(n21.question(FEW), 0))
    posted, less = [descend(case, RATE, STEPS) for case in many], [descend(case, RATE, STEPS) for case in few]
    mean = [descend(case, RATE / MANY, STEPS) for case in many]
    smooth = list(starts(n21.question(MANY, "sigmoid"), 0))
    with_sigmoid = [descend(case, RATE, STEPS) for case in smooth]
    kept, taken_back = ([descend(case, RATE, STEPS, halving=form) for case in many] for form in ("kept", "taken back"))
    net = list(starts(n21.answer(), 1, FEWER))
    slow, fast = [descend(case, SMALL, LONGER) for case in net], [descend(case, RATE, 20) for case in net]
    first, less_far = (max(RATE * np.abs(RIGHT.run(case).grads["dense/kernel"]).max() for case in cases)
                       for cases in (many, smooth))
    notes = (
        f"An output is called dead if no example makes it positive. The question's net, {STEPS} steps at {RATE} from {STARTS} "
        f"starts: summed over {MANY:,} examples {gone(posted)}, and the cost per example is at {ends(posted)} for good; summed "
        f"over {FEW} examples of the same kind {gone(less)}. With {MANY:,} the first step moves a weight, which is at most 1, by "
        f"up to {first:.2g}. So it is the sum that makes the dead units. With a sigmoid in the place of ReLU, the same sum and "
        f"rate, it is up to {less_far:.2g}, and the cost goes from {begins(with_sigmoid)} to {ends(with_sigmoid)}.",
        f"With the gradient of the mean of {MANY:,} examples, which is a rate of {RATE / MANY:.5f} for the sum, {gone(mean)}; "
        f"the cost per example goes from {begins(mean)} to {ends(mean)}, and on. The mean in the printed cost moves no weight: "
        "the derivative is written a - t and never uses the cost.",
        f"The rate halved whenever the cost has not fallen: {gone(kept)} if the step that failed is kept, since no rate moves a "
        f"weight without a gradient; {gone(taken_back)} if it is taken back.",
        f"The answer's net on its {MANY:,} examples, summed, at {SMALL:.5f}, {LONGER:,} steps: the cost per example goes from "
        f"{begins(slow)} to {ends(slow)}; {gone(slow)}: with a slope of 0.0001 that is nearly for good. At the question's {RATE} "
        f"the cost {blown(fast)}: it rises to infinity, as asked. It is the rate that helps, a thousandth of the question's.")
    drawn = {f"sum, {RATE}": posted, f"mean, {RATE}": mean, f"sum, {RATE}, halved, failed steps taken back": taken_back,
             f"sum, {RATE}, sigmoid": with_sigmoid}
    return Shown(notes, (picture(drawn, slow), *trainings(seen).pictures))


def starts(case: Case, seed: int, count: int = STARTS) -> Iterable[Case]:
    """The case with weights U(-1, 1), biases U(0, 1) as the document draws them."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield case.replaced(params={name: uniform(-1 if name.endswith("kernel") else 0, 1)(rng, a.shape)
                                    for name, a in case.params.items()})


def descend(case: Case, rate: float, steps: int, halving: str = "") -> Descent:
    """`steps` on all examples, fewer if a weight is no number any more. `halving` of the rate where the cost has not fallen: the
    step is "kept" or "taken back"."""
    params = before = gradient = case.params
    loss: list[float] = []
    dead: list[int] = []
    best = np.inf
    with np.errstate(all="ignore"):
        for _ in range(steps):
            if not all(np.isfinite(array).all() for array in params.values()):
                return Descent(np.array([*loss, np.inf]), np.array([*dead, 0]))
            answer = RIGHT.run(case.replaced(params=params))
            cost = float(answer.outputs["loss"])
            if halving and not cost < best:
                rate /= 2
                if halving == "taken back":
                    params = {name: before[name] - rate * gradient[name] for name in params}
                    continue
            before, best, gradient = params, cost, answer.grads
            loss.append(cost / len(case.inputs["x"]))
            dead.append(int((answer.outputs["y"] <= 0).all(0).sum()))
            params = {name: array - rate * gradient[name] for name, array in params.items()}
    return Descent(np.array(loss), np.array(dead))


def gone(found: list[Descent]) -> str:
    """From how many starts both outputs are dead in the end, and from how many one."""
    both, one = (sum(int(each.dead[-1]) == count for each in found) for count in (2, 1))
    also = f" and one of them from {one}" if one else ""
    return f"both outputs are dead in the end from {both} of {len(found)} starts{also}"


def begins(found: list[Descent]) -> str:
    return listed([each.loss[0] for each in found])


def ends(found: list[Descent]) -> str:
    return listed([each.loss[-1] for each in found])


def listed(numbers: list[float]) -> str:
    """To two digits, and once where all have the same."""
    rounded = [f"{number:.2g}" for number in numbers]
    return rounded[0] if len(set(rounded)) == 1 else ", ".join(rounded)


def blown(found: list[Descent]) -> str:
    count = sum(not np.isfinite(each.loss[-1]) for each in found)
    return f"is no number any more within {max(len(each.loss) for each in found)} steps from {count} of {len(found)} starts"


def picture(question: dict[str, list[Descent]], answer: list[Descent]) -> Markup:
    """The cost per example of both nets, a line a start."""
    def draw(made):
        left, right = made.subplots(1, 2)
        for (label, found), colour in zip(question.items(), (COLOURS[1], COLOURS[0], COLOURS[2], COLOURS[4])):
            for each in found:
                lines = left.plot(np.arange(1, len(each.loss) + 1), each.loss, color=colour, linewidth=1.2)
            lines[0].set_label(label)
        left.set(xlabel="step (logarithmic)", ylabel="half squared error per example", xscale="log", ylim=(0, None),
                 title=f"7-2, 1,000 examples: {STARTS} starts")
        for each in answer:
            right.plot(np.arange(1, len(each.loss) + 1), each.loss, color=COLOURS[0], linewidth=1.2)
        right.set(xlabel="step", ylabel="the same (logarithmic)", yscale="log", xlim=(0, LONGER),
                  title=f"7-10-2, leaky, sum at 0.00001: {FEWER} starts")
        made.legend(loc="outside lower left", ncols=4)

    return figure(draw, "N21: the sum over 1,000 examples", "; ".join(
        f"{label}: {gone(found)}" for label, found in question.items()) + f"; the answer's net ends at {ends(answer)}",
        width=9.0, height=4.0)
