"""Detectors of troubles: right gradients that do not help, and wrong surroundings of right gradients.

Each looks at plain arrays (activations, updates, losses, data) and gives one sentence with what it measured, or "" where all is
well. The docstring gives the criterion and the reason for its threshold.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

NEGLIGIBLE = 0.01  # such a derivative is 4 per cent of a sigmoid's largest: the unit learns 25 times more slowly than it could
SHARE = 0.25  # of a layer's (example, unit) pairs; the centred, scaled networks of this suite stay at or below 0.11
LOST = 8 * float(np.finfo("float32").eps)  # one part in a million: a term this much smaller is lost in a float32 sum


def percent(share: float) -> str:
    return f"{100 * share:.0f} %"


# ------------------------------------------------------------------------------------------- activations and weights


def saturated(derivatives: np.ndarray) -> float:
    """The share of (example, unit) pairs with |f'(a)| < 0.01."""
    return float((np.abs(derivatives) < NEGLIGIBLE).mean())


def saturated_by_inputs(derivatives: np.ndarray, x: np.ndarray) -> str:
    """K26. Criterion: a quarter of the units' derivatives are below 0.01, and the inputs' root mean square is above 5.

    A unit with weights of order one and n inputs sees a ~ sqrt(n) rms(x); a sigmoid's derivative is below 0.01 from |a| = 4.6
    on, so inputs of a few units and more saturate it whatever the weights are.
    """
    share, size = saturated(derivatives), float(np.sqrt(np.mean(x**2)))
    if share <= SHARE or size <= 5:
        return ""
    return (f"{percent(share)} of the hidden units' derivatives are below 0.01, because the inputs are large "
            f"(root mean square {size:.3g}).")


def saturated_by_positive_weights(derivatives: np.ndarray, kernel: np.ndarray, x: np.ndarray) -> str:
    """K27. Criterion: a quarter of the units' derivatives are below 0.01, and all weights have one sign.

    With n weights of one sign and inputs of one sign the terms of a sum do not cancel: it grows with n, not with sqrt(n).
    With four weights or more an all-positive draw from a centred distribution has a chance below one in eight per unit, and
    for a whole layer none worth naming.
    """
    share, one_sign = saturated(derivatives), (kernel > 0).all() or (kernel < 0).all()
    if share <= SHARE or not one_sign or kernel.size < 4 or np.sqrt(np.mean(x**2)) > 5:
        return ""
    return (f"{percent(share)} of the hidden units' derivatives are below 0.01, because all {kernel.size} weights have the same "
            f"sign (mean {kernel.mean():.3g}): their sums do not cancel, and all examples look alike.")


def saturated_by_wide_weights(derivatives: np.ndarray, kernel: np.ndarray, x: np.ndarray) -> str:
    """K35. Criterion: a quarter of the derivatives are below 0.01, inputs and weights have both signs or moderate inputs, and
    the spread of the pre-activations, sqrt(inputs) rms(K) rms(x), is above 3.

    A spread of one is what initialisers aim at; at 3 a softmax over ten classes gives its largest entry more than nine tenths
    in most rows, and a sigmoid's derivative averages a third of its largest.
    """
    share = saturated(derivatives)
    size = float(np.sqrt(np.mean(x**2)))
    spread = float(np.sqrt(len(kernel)) * kernel.std() * size)
    if share <= SHARE or spread <= 3 or size > 5 or (kernel > 0).all() or (kernel < 0).all():
        return ""
    return (f"{percent(share)} of the derivatives are below 0.01 from the start, because the weights are wide (standard "
            f"deviation {kernel.std():.3g} on {len(kernel)} inputs: pre-activations spread by {spread:.3g}, and 1 is wanted).")


def dead_units(activations: np.ndarray) -> str:
    """K47. `activations` (examples, units) of a ReLU layer. Criterion: exactly zero for every one of at least ten examples.

    Zero is where max(0, a) has no derivative left; a living unit that is negative half of the time passes for dead on ten
    examples once in a thousand. Fewer examples say nothing, and nothing is said.
    """
    if len(activations) < 10:
        return ""
    dead = np.flatnonzero((activations == 0).all(0))
    if not dead.size:
        return ""
    return (f"{dead.size} of {activations.shape[1]} ReLU units are zero for all {len(activations)} examples "
            f"({', '.join(map(str, dead[:8]))}): their weights get no gradient, now and for ever.")


def identical_units(kernel: np.ndarray) -> str:
    """Criterion: two columns of a kernel (in, units) are equal to the last bit. Units that start alike get the same gradient
    and stay alike; a random draw never makes two equal columns.
    """
    if kernel.shape[1] < 2 or len(np.unique(kernel, axis=1).T) == kernel.shape[1]:
        return ""
    return (f"Of {kernel.shape[1]} units only {len(np.unique(kernel, axis=1).T)} have weights of their own: equal units get "
            "equal gradients and never part.")


def vanishing(norms: Sequence[float]) -> str:
    """`norms` of dL/dh_t, t = 1 ... T, for a loss at the last step. Criterion: the first is below a millionth of the last.

    That is eight epsilons of float32: a weight gradient is the sum over steps, and such a term is lost in its rounding.
    """
    first, last = float(norms[0]), float(norms[-1])
    if not 0 <= first < LOST * last:
        return ""
    return (f"The gradient shrinks from {last:.3g} at the last step to {first:.3g} at the first, {len(norms) - 1} steps back: "
            "what was seen early teaches nothing.")


def exploding(norms: Sequence[float]) -> str:
    """`norms` as above. Criterion: the first is above a million times the last, or not finite: the early steps alone make the
    gradient, and any learning rate is wrong for one end of the sequence.
    """
    first, last = float(norms[0]), float(norms[-1])
    if np.isfinite(first) and first * LOST <= last:
        return ""
    return (f"The gradient grows from {last:.3g} at the last step to {first:.3g} at the first, {len(norms) - 1} steps back: "
            "the next update throws the weights away.")


def truncated(gradient: np.ndarray, windows: Sequence[np.ndarray]) -> str:
    """K20. `windows[k]` is the gradient cut k steps back, the last one the full gradient. Criterion: equal to one of the cut ones
    within 64 epsilons of its largest entry, and not to the full one.
    """
    def equal(other):
        return np.abs(gradient - other).max() <= 64 * np.finfo(gradient.dtype).eps * np.abs(other).max()
    found = [k for k, other in enumerate(windows) if equal(other)]
    if not found or equal(windows[-1]):
        return ""
    return (f"The gradient is that of backpropagation cut {found[0]} steps back, of {len(windows) - 1}: exact for its own "
            "definition, an approximation of the full one.")


# ------------------------------------------------------------------------------------------- updates and losses


def accumulating(updates: np.ndarray, gradients: np.ndarray) -> str:
    """K44. `updates` and `gradients` (steps, ...) of a plain gradient descent. Criterion: update t is a multiple of the sum of
    the gradients 1 ... t, and not of gradient t alone, each to a millionth. Two steps at least.
    """
    def multiple(of):
        factor = np.vdot(of, updates) / max(np.vdot(of, of), np.finfo(float).tiny)
        return np.abs(updates - factor * of).max() <= 1e-6 * np.abs(updates).max()
    if len(updates) < 2 or not updates.any() or multiple(gradients) or not multiple(np.cumsum(gradients, axis=0)):
        return ""
    return f"Update {len(updates)} is made of the sum of all {len(updates)} gradients so far: they are added up and never reset."


def one_scalar(update: np.ndarray) -> str:
    """K50. Criterion: every entry of a weight's update is the same number, to a millionth of it. Derivatives of several weights
    agree only where their inputs and deltas do.
    """
    if update.size < 4 or not update.any() or not np.ptp(update) <= 1e-6 * np.abs(update).max():  # nan is no number
        return ""
    return f"All {update.size} weights move by the same {update.flat[0]:.6g}: one number is added to every weight."


def grows_with_data(gradient: np.ndarray, twice: np.ndarray) -> str:
    """K46. `twice` is the gradient when every example is given twice. Criterion: twice as large, to a millionth. A mean does not
    change, and there is no third way for a loss over examples.
    """
    if not gradient.any() or np.abs(twice - 2 * gradient).max() > 1e-6 * np.abs(gradient).max():
        return ""
    return ("Every example given twice doubles the gradient: the loss is a sum, and the right learning rate depends on the "
            "data's size.")


def rate_too_large(losses: np.ndarray) -> str:
    """`losses` of the same data before each step. Criterion: a loss that is not finite, or ten times the first, or that rises at
    a third of the steps and does not end below half of the first.

    On the same data a step along the gradient lowers the loss unless it is longer than 2 / curvature; rises are the sign.
    """
    losses = np.asarray(losses, float)
    if not np.isfinite(losses).all() or losses[-1] > 10 * losses[0]:
        return f"The loss goes from {losses[0]:.3g} to {losses[-1]:.3g}: the steps are too long, and each makes the next longer."
    rises = float((np.diff(losses) > 1e-9 * np.abs(losses[:-1])).mean())
    if rises <= 1 / 3 or losses[-1] < losses[0] / 2:
        return ""
    return f"The loss rises at {percent(rises)} of the steps on the same data: the steps jump over the minimum."


def flat_loss(loss: float, moved: Sequence[float]) -> str:
    """K51. `moved` are losses after small random moves of all weights (1e-4 of their size), eight at least. Criterion: each is
    exactly the loss before. A loss with a gradient changes in at least the last digits; one counted from an arg-max does not.
    """
    if len(moved) < 8 or any(other != loss for other in moved):
        return ""
    return (f"The loss stays at exactly {loss:.6g} under {len(moved)} small moves of all weights: it is constant almost "
            "everywhere, so its gradient is zero. An arg-max, a rounding or a comparison stands before it.")


def not_finite(path: Mapping[str, np.ndarray]) -> str:
    """`path` {name: (steps, ...)}. Criterion: a number that is nan or infinite. Names the first step, and what is not
    finite there."""
    bad = {name: ~np.isfinite(a.reshape(len(a), -1)).all(1) for name, a in path.items() if np.ndim(a)}
    first = {name: int(steps.argmax()) for name, steps in bad.items() if steps.any()}
    if not first:
        return ""
    step = min(first.values())
    names = [name for name in first if first[name] == step]
    hint = (" At the first update: a division by 1 - β⁰ (count steps from 1), or the root of a mean of gradients that were not "
            "squared."
            if step == 0 and "loss" not in names else "")
    return f"From step {step + 1} on {', '.join(names[:3])} {'is' if len(names) == 1 else 'are'} not finite.{hint}"


# ------------------------------------------------------------------------------------------- data and functions


def pairs_shuffled(x: np.ndarray, target: np.ndarray, x_used: np.ndarray, target_used: np.ndarray) -> str:
    """K22. Criterion: the same inputs and the same targets are used, each in some order, but not the same pairs. Exact: data are
    compared to the last bit.
    """
    def rows(*arrays):
        return sorted(np.column_stack([a.reshape(len(a), -1) for a in arrays]).tolist())
    if rows(x) != rows(x_used) or rows(target) != rows(target_used) or rows(x, target) == rows(x_used, target_used):
        return ""
    wrong = sum(pair not in rows(x, target) for pair in rows(x_used, target_used))
    return f"{wrong} of {len(x)} examples have another example's target: inputs and targets were shuffled apart."


def drawn_from_data(path: np.ndarray, data: np.ndarray) -> str:
    """K23. `path` (points, 2) as drawn over a loss surface, `data` (examples, 2) the pairs (x, y). Criterion: more than half of
    the points are examples, to the last bit. Iterates of a descent are no examples.
    """
    known = {tuple(point) for point in data.tolist()}
    share = float(np.mean([tuple(point) in known for point in path.tolist()]))
    if share <= 0.5:
        return ""
    return f"{percent(share)} of the drawn points are examples (x, y), not weights: the path should join the iterates."


def labels_off(labels: np.ndarray, classes: int) -> str:
    """Class numbers 0 ... classes - 1 are wanted. Criterion: a label outside of them, or none that is 0 among ten times as many
    labels as classes (by chance: less than one in 20,000 for equal classes).
    """
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= classes:
        return f"Labels run from {low} to {high}, and there are classes 0 to {classes - 1}" + (
            ": counted from one." if low == 1 and high == classes else ".")
    return (f"No label is 0, and {classes} classes are counted from 0: labels start at {low}."
            if low and labels.size >= 10 * classes else "")


def overflows(shifted: Mapping[str, np.ndarray]) -> str:
    """K34. `shifted` is the answer when every logit is 1000 larger, which changes no probability. Criterion: nan or infinity in
    it. exp(709) is the largest that float64 holds; softmax(a - max a) never takes the exponential of a positive number.
    """
    bad = [name for name, a in shifted.items() if not np.isfinite(a).all()]
    return f"With logits 1000 larger, {', '.join(bad)} {'is' if len(bad) == 1 else 'are'} nan or infinite." if bad else ""


def answers_differ(first: Mapping[str, np.ndarray], second: Mapping[str, np.ndarray]) -> bool:
    """K49. Criterion: not the same names, shapes and numbers within 64 epsilons of an array's largest entry. The same code on the
    same numbers gives the same bits; the margin is for sums over threads, whose order may change.
    """
    if first.keys() != second.keys():
        return True
    for name, a in first.items():
        b = second[name]
        if a.shape != b.shape or a.dtype != b.dtype:
            return True
        eps = np.finfo(a.dtype).eps if a.dtype.kind in "fc" else 0
        with np.errstate(all="ignore"):
            if not np.allclose(a, b, rtol=0, atol=64 * eps * np.nanmax(np.abs(a), initial=0), equal_nan=True):
                return True
    return False


def state_between_calls(first: Mapping[str, np.ndarray], second: Mapping[str, np.ndarray]) -> str:
    """K49, and K44 where what piles up are gradients. Two answers of one function to one question, `answers_differ` the
    criterion; a gradient that is exactly doubled was added to the one before.
    """
    if not answers_differ(first, second):
        return ""
    changed = [name for name, a in first.items() if name not in second or answers_differ({name: a}, {name: second[name]})]
    doubled = [name for name in changed if name in second and first[name].any() and not answers_differ(
        {name: 2 * first[name]}, {name: second[name]})]
    if doubled == changed:
        return (f"The second call returns exactly twice the first one's {', '.join(changed)}: they are added up and never reset "
                "(K44).")
    return f"The second call with the same arrays gives other numbers for {', '.join(changed)}: something is kept from the first."


def raises_again(function: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> str:
    """A function that is called twice with the same array. Criterion: the first call answers and the second raises."""
    function(x)
    try:
        function(x)
    except Exception as error:
        return f"The second call with the same arrays raised: {type(error).__name__}: {error}"
    return ""


def non_deterministic(first: Mapping[str, np.ndarray], fresh: Mapping[str, np.ndarray]) -> str:
    """Answers of two fresh starts to one question. Criterion: `answers_differ`. No state can have been left, so the numbers are
    drawn at random or read from memory that was never set.
    """
    changed = [name for name, a in first.items() if name not in fresh or answers_differ({name: a}, {name: fresh[name]})]
    return f"Two fresh starts give other numbers for {', '.join(changed)}." if changed else ""


def modified_in_place(before: Mapping[str, np.ndarray], after: Mapping[str, np.ndarray]) -> str:
    """Criterion: an array that was given is not what it was, to the last bit."""
    names = [name for name, a in before.items() if not np.array_equal(a, after[name], equal_nan=True)]
    return f"{', '.join(names)} {'was' if len(names) == 1 else 'were'} changed in place." if names else ""
