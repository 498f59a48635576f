"""N22: the net of 21 classes as posted, and the small net that works."""

import numpy as np
from markupsafe import Markup

from nnparity.cases.documents import n22
from nnparity.reference_impl.activations import sigmoid, sigmoid_slope
from nnparity.reference_impl.network import forward
from nnparity.reports.page.networks.shown import Seen, Shown, path_of, trainings
from nnparity.reports.page.networks.starts import Starts, from_starts
from nnparity.reports.page.plots import COLOURS, INK, figure, whole_numbers

PASSES, EXAMPLES, ASKED, BATCH, RATE = 20, 600, 1000, 10, 2.0
COUNT, SMALL, STEPS, FEWER = 3, 50, 10_000, 5
VALUES = np.arange(-10, 11) / 10  # what the 21 outputs stand for


def shown(seen: Seen) -> Shown:
    right, lowest = (np.array(numbers) for numbers in zip(*(posted(seed) for seed in range(COUNT)), strict=True))
    case = n22.training(STEPS)
    rng = np.random.default_rng(22)
    small = from_starts(case, {name: rng.standard_normal((SMALL, *a.shape)) for name, a in case.params.items()}, STEPS, 0.1)
    low, high = outputs(small, np.array([-10.0, 10.0]))
    told = classes_right()
    notes = (
        f"The first net as posted, {PASSES} passes over {EXAMPLES} examples from {COUNT} starts: of {ASKED:,} questions "
        f"{', '.join(map(str, right[:, -1]))} are right in the end. To {', '.join(map(str, lowest[:, -1]))} of them the answer "
        "is -1.0: the 21 outputs have become equal to the last digit, and an arg-max takes the first of equals. After one pass "
        f"-1.0 is the answer to {', '.join(map(str, lowest[:, 0]))}, and {', '.join(map(str, right[:, 0]))} are right. "
        f"One answer of 21 is right {ASKED / len(VALUES):.0f} times in {ASKED:,} on the average, the 48 of the document; "
        "-1.0, where the sine is flat, is right twice as often.",
        f"The same net with the gradient of its outputs, {FEWER} passes at rate 0.1: {told} of {ASKED:,}. Right gradients "
        "are not enough here.",
        f"The small net after {STEPS:,} numbers from -3 to 3, from {SMALL} starts: for -10 {near(low, '.4f')}, for 10 "
        f"{near(high, '.2f')}. The document prints no numbers; near 0 for a negative and near 1 for a positive number is what "
        f"it wants, and {((low < 0.1) & (high > 0.9)).sum()} of {SMALL} starts end within a tenth of that.")
    return Shown(notes, (picture(right, small), *trainings(seen).pictures))


def near(outputs: np.ndarray, form: str) -> str:
    low, high = np.quantile(outputs, (0.05, 0.95))
    return f"{np.median(outputs):{form}} (nine tenths lie between {low:{form}} and {high:{form}})"


def posted(seed: int) -> tuple[list[int], list[int]]:
    """The document's training with all its mistakes: after each pass, how many of 1,000 questions are answered right, and how
    many with -1.0, whatever they are."""
    rng = np.random.default_rng(seed)
    first, second, left = rng.standard_normal(21), rng.standard_normal((21, 21)), np.zeros(21)

    def answer(x: float) -> int:
        nonlocal left
        left = sigmoid(-(left + second @ sigmoid(-x * first)))  # K48, and K49: the sums begin from what is left
        return int(left.argmax())

    x, target = n22.sines(EXAMPLES, rng)
    asked, expected = n22.sines(ASKED, rng)
    right, lowest = [], []
    for _ in range(PASSES):
        order = rng.permutation(EXAMPLES)
        for batch in order.reshape(-1, BATCH):
            answered = [answer(x[i]) for i in batch]
            loss = ((VALUES[answered] - VALUES[target[batch]]) ** 2).sum() / (2 * BATCH)  # K51
            step = RATE * loss * sigmoid_slope(VALUES[answered[-1]])
            first, second = first + step, second + step  # K50
        answers = np.array([answer(v) for v in asked])
        right.append(int((answers == expected).sum()))
        lowest.append(int((answers == 0).sum()))
    return right, lowest


def classes_right() -> int:
    """How many of 1,000 questions the net of 21 classes answers right after its training with right gradients."""
    case = n22.sine_training(FEWER, EXAMPLES)
    path = path_of(case)
    x, expected = n22.sines(ASKED, np.random.default_rng(526))
    params = {name: path[name][-1] for name in case.params}
    y = forward(case, params, {"x": x[:, None], "target": np.zeros((ASKED, 21))})[0]["y"]
    return int((y.argmax(1) == expected).sum())


def outputs(starts: Starts, x: np.ndarray, step: int = -1) -> np.ndarray:
    """y (x, starts) of the small net."""
    params = {name: starts.path[name][step] for name in starts.case.params}
    count = starts.loss.shape[1]
    inputs = {"x": np.broadcast_to(x[:, None, None, None], (len(x), count, 1, 1)), "target": np.zeros((len(x), count, 1, 1))}
    return forward(starts.case, params, inputs)[0]["y"][..., 0, 0]


def picture(right: np.ndarray, small: Starts) -> Markup:
    """Right answers of the first net after each pass; what the second makes of x before and after its training."""
    x = np.linspace(-10, 10, 81)
    untrained, trained = outputs(small, x, 0), outputs(small, x)

    def draw(made):
        count, answers = made.subplots(1, 2)
        for one in right:
            count.plot(np.arange(1, PASSES + 1), one, color=COLOURS[1], linewidth=1.2)
        count.axhline(ASKED / len(VALUES), color=INK, linewidth=1, linestyle=":", label="1,000 / 21")
        count.set(xlabel="pass over the 600 examples", ylabel="right of 1,000", ylim=(0, ASKED / 4),
                  title=f"21 classes, as posted: {COUNT} starts")
        count.legend(loc="upper right")
        whole_numbers(count)
        for before, after in zip(untrained.T, trained.T):
            answers.plot(x, before, color=COLOURS[5], linewidth=0.6, linestyle="--", alpha=0.6)
            answers.plot(x, after, color=COLOURS[0], linewidth=1)
        for line, label in zip(answers.lines, ("after one step", "after 10,000")):
            line.set_label(label)
        answers.set_xticks(range(-10, 11, 5))
        answers.axvspan(-3, 3, color=INK, alpha=0.06, linewidth=0)
        answers.set(xlabel="x (trained on -3 to 3)", ylabel="output", ylim=(-0.02, 1.02),
                    title=f"1-3-1, positive or not: {SMALL} starts")
        made.legend(*answers.get_legend_handles_labels(), loc="outside lower right", ncols=2)

    return figure(draw, "N22: both nets", f"right answers after the last pass: {', '.join(map(str, right[:, -1]))}; the small "
                  f"net's output for 10: {np.median(trained[-1]):.2f} from the middle start", width=9.0, height=3.9)
