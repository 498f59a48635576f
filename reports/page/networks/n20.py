"""N20: the asker's gradient check, repaired in two steps; and why all four answers are about .5."""

from collections.abc import Iterable

import numpy as np
from markupsafe import Markup

from nnparity.cases.case import Case
from nnparity.cases.documents import n20
from nnparity.cases.documents.mlp import uniform
from nnparity.reference_impl.judges import complex_step
from nnparity.reference_impl.mistakes import MISTAKES, plant
from nnparity.reports.page.networks.shown import Seen, Shown, trainings
from nnparity.reports.page.networks.starts import Starts, from_starts
from nnparity.reports.page.plots import COLOURS, figure

K39, K40, K42, K43 = ("activation-sigmoid-for-softmax-delta", "activation-sigmoid-formula-of-activation",
                      "loss-cross-entropy-divided-by-classes", "training-times-weights")
K39 = f"dense-{K39}"
STATES = {"as posted": (K39, K40, K42), "with K39 and K42 repaired": (K40,), "with K40 too": ()}
PASSES, COUNT, FASTER = 1000, 20, 0.3
EVERY = 8  # passes between two points of a curve
SOLVED = 0.1  # every output within this of its target


def shown(seen: Seen) -> Shown:
    apart = {state: differences(ids) for state, ids in STATES.items()}
    check = "; ".join(f"{state} {first:.2f} and {second:.2f}" for state, (first, second) in apart.items())
    case, rng = n20.training(), np.random.default_rng(20)
    params = {name: rng.random((COUNT, *a.shape)) for name, a in case.params.items()}
    posted = from_starts(case, params, 4 * PASSES, 0.03, plant(MISTAKES[K40], MISTAKES[K43]))
    both = {name: np.concatenate([a, a]) for name, a in params.items()}
    repaired = from_starts(case, both, 4 * PASSES, np.repeat([0.03, FASTER], COUNT))
    first, slow, fast = answers(posted, -1), answers(repaired, -1)[:, :COUNT], answers(repaired, -1)[:, COUNT:]
    solved = (np.abs(fast - n20.XOR[:, :1]) < SOLVED).all(0).sum()
    notes = (
        "Relative difference of analytic and numerical gradient (the length of the difference over that of the numerical "
        f"gradient, the median over 25 starts and the four examples), first and second layer: {check}. The second layer is right "
        "as soon as the output is a softmax and the loss is not halved; then σ' alone is left. K41 is repaired in none of them: "
        "in a net with one hidden layer it changes nothing.",
        f"The written-out form as posted, {PASSES:,} passes at 0.03 from {COUNT} starts: the first output, which should be 1, "
        f"0, 0, 1, is {spread(first)}. With K40 and K43 repaired, at the same rate: {spread(slow)}. The gradient is right, and "
        f"every answer is still about 0.5. At {FASTER:g}, {PASSES:,} passes solve XOR from {solved} of {COUNT} starts (all four "
        f"outputs within {SOLVED:g}); from the others it stops on a flat place of the loss.")
    curves = {"as posted, 0.03": (posted, slice(None)), "repaired, 0.03": (repaired, slice(COUNT)),
              f"repaired, {FASTER:g}": (repaired, slice(COUNT, None))}
    return Shown(notes, (learning(curves), *trainings(seen).pictures))


def differences(ids: Iterable[str], starts: int = 25) -> tuple[float, float]:
    """‖analytic - numerical‖ / ‖numerical‖ of both layers under these mistakes, one example at a time: the median."""
    world = plant(*(MISTAKES[id] for id in ids))
    apart: dict[str, list[float]] = {"dense_1/kernel": [], "dense_2/kernel": []}
    for seed in range(starts):
        for case in single_examples(seed):
            analytic, numerical = world.run(case).grads, complex_step(case, world).grads
            for name, found in apart.items():
                found.append(float(np.linalg.norm(analytic[name] - numerical[name]) / np.linalg.norm(numerical[name])))
    first, second = (float(np.median(found)) for found in apart.values())
    return first, second


def single_examples(seed: int) -> Iterable[Case]:
    """The four examples, each by itself, at one of the document's starts: U(0, 1), with random signs in the second layer."""
    rng, case = np.random.default_rng(seed), n20.CASES[0]
    first, second = (uniform(0, 1)(rng, (3, 2)) for _ in range(2))
    params = {"dense_1/kernel": first, "dense_2/kernel": second * rng.choice([-1, 1], second.shape)}
    for i in range(4):
        yield case.replaced(params=params, inputs={name: a[i:i + 1] for name, a in case.inputs.items()},
                            cotangents={"y": np.zeros((1, 2)), "loss": np.ones(())})


def answers(starts: Starts, step: int) -> np.ndarray:
    """The first softmax output (examples, starts); the procedural form's case ends in logits."""
    z = starts.after(step)
    return 1 / (1 + np.exp(z[..., 1] - z[..., 0]))


def spread(outputs: np.ndarray) -> str:
    return ", ".join(f"{row.min():.2f} to {row.max():.2f}" for row in outputs)


def learning(curves: dict[str, tuple[Starts, slice]]) -> Markup:
    """The mean loss of each pass, a line a start."""
    def draw(made):
        axes = made.subplots()
        for (label, (starts, which)), colour in zip(curves.items(), COLOURS):
            loss = starts.loss[:, which].reshape(PASSES, 4, -1).mean(1)
            lines = axes.plot(np.arange(1, PASSES + 1)[::EVERY], loss[::EVERY], color=colour, linewidth=1, alpha=0.8)
            lines[0].set_label(label)
        axes.axhline(np.log(2), color=COLOURS[5], linewidth=1, linestyle=":", label="0.5 for all: log 2")
        axes.set(xlabel="pass over the four examples", ylabel="mean cross-entropy", ylim=(0, 1.2), xlim=(0, PASSES))
        made.legend(loc="outside right upper")

    return figure(draw, "N20: the written-out form from many starts", "; ".join(
        f"{label}: mean loss {starts.loss[-4:, which].mean():.3f} in the last pass" for label, (starts, which) in curves.items()),
        width=9.0)
