"""Troubles: the gradients are right, and the network does not learn, or what surrounds them is wrong.

A trouble is found by a detector that looks at activations, updates, losses or data (detectors.py), and shown by two set-ups that
differ in one thing (setups.py): the detector speaks on the wrong one and is silent on the right one.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from nnparity.reference_impl.mistakes.mistake import Entry
from nnparity.reference_impl.mistakes.troubles import detectors, setups


@dataclass(frozen=True, kw_only=True, eq=False)
class Trouble(Entry):
    """`detect` takes the arrays that `wrong` and `right` give of a random generator, and says what it found, or ""."""

    detect: Callable[..., str]
    wrong: Callable[[Any], Mapping[str, Any]]
    right: Callable[[Any], Mapping[str, Any]]
    fails: bool = False  # whether an implementation that shows it does not agree, whatever its numbers


def trouble(id, area, title, detect, setup, wrong, right, correct, mistaken, symptom, fix, source="", case="", fails=False):
    return Trouble(id=f"trouble-{id}", area=area, title=title, symptom=symptom, fix=fix, correct=correct, mistaken=mistaken,
                   source=source, case=case, detect=detect, wrong=partial(setup, **wrong), right=partial(setup, **right),
                   fails=fails)


WEIGHTS = (
    trouble("unscaled-inputs", "data", "units saturated by unscaled inputs", detectors.saturated_by_inputs, setups.unscaled,
            {"inputs": 100.0}, {"inputs": 1.0}, r"x \leftarrow (x - \bar x) / s", r"x \in [0, 100]",
            "The loss hardly moves; gradients are right and almost zero.", "Scale the inputs to mean 0 and deviation 1, or to 0 ... 1.",
            source="K26", case="n12-mlp-float64-unscaled"),
    trouble("positive-weights", "weights", "units saturated by all-positive weights", detectors.saturated_by_positive_weights,
            setups.drawn, {"low": 0.0, "high": 1.0}, {"low": -1.0, "high": 1.0}, r"W \sim U(-r, r)", r"W \sim U(0, 1)",
            "Every prediction comes out the same.", "Draw weights around zero, with a deviation of one over the root of the inputs.",
            source="K27", case="n13-mlp-float64-positive"),
    trouble("wide-weights", "weights", "units saturated by wide weights", detectors.saturated_by_wide_weights, setups.softmax_layer,
            {"width": 10.0}, {"width": 0.3}, r"W \sim U(-r, r), \quad r = \sqrt{6 / (n_{in} + n_{out})}", r"W \sim U(-10, 10)",
            "The first loss is large and the network sure of wrong answers; it hardly learns.",
            "Draw weights with a deviation of one over the root of the inputs.", source="K35", case="n18-mlp-float64-saturated"),
    trouble("dead-units", "weights", "dead ReLU units", detectors.dead_units, setups.rectified, {"bias": -4.0}, {"bias": 1.0},
            r"f'(z) = s > 0 \;\;(z \leq 0)", r"f'(z) = 0 \;\;(z \leq 0)", "Part of the network never changes.",
            "A slope below zero (leaky ReLU), positive biases at the start, or a smaller learning rate.", source="K47",
            case="n21-relu-float64-dead"),
    trouble("identical-units", "weights", "units that start alike", detectors.identical_units, setups.started, {"scale": 0.0},
            {"scale": 0.1}, r"W_{ij} \sim U(-r, r)", r"W_{ij} = w", "A layer of many units learns like a layer of one.",
            "Draw the weights at random; biases may start at zero."),
    trouble("vanishing-gradient", "recurrent", "gradients vanish through time", detectors.vanishing, setups.through_time,
            {"scale": 0.3}, {"scale": 0.95}, r"\prod_t \|\partial h_t / \partial h_{t-1}\| \approx 1",
            r"\|\partial h_t / \partial h_{t-1}\| < 1", "Nothing is learnt from early steps.",
            "A GRU or LSTM (forget bias 1), an orthogonal recurrent kernel, a shorter way back."),
    trouble("exploding-gradient", "recurrent", "gradients explode through time", detectors.exploding, setups.through_time,
            {"scale": 2.5}, {"scale": 0.95}, r"\prod_t \|\partial h_t / \partial h_{t-1}\| \approx 1",
            r"\|\partial h_t / \partial h_{t-1}\| > 1", "The loss jumps to nan after some good steps.",
            "Clip the gradient by its norm; an orthogonal recurrent kernel."),
    trouble("truncation-window", "recurrent", "truncated backpropagation compared with the full gradient", detectors.truncated,
            setups.cut, {"truncate": 2}, {"truncate": None}, r"\sum_{s \leq t} \frac{\partial L_t}{\partial h_s}",
            r"\sum_{t - k \leq s \leq t} \frac{\partial L_t}{\partial h_s}",
            "The last steps' part is right, what comes from far ahead is missing.",
            "Compare with the gradient of the same window; a longer window is closer to the full one.", source="K20"),
)

UPDATES = (
    trouble("gradients-accumulate", "training", "gradients never reset", detectors.accumulating, setups.reset, {"reset": False},
            {"reset": True}, r"p_t = p_{t-1} - \eta\, g_t", r"p_t = p_{t-1} - \eta \sum_{s \leq t} g_s",
            "The loss swings and does not settle.", "Set the gradients to zero before each step.", source="K44"),
    trouble("one-scalar", "training", "one scalar added to every weight", detectors.one_scalar, setups.scalar_update, {"each": False},
            {"each": True}, r"w_{ij}' = w_{ij} - \eta\, g_{ij}", r"w_{ij}' = w_{ij} - \eta\, c",
            "The differences between weights never change.", "A derivative for each weight.", source="K50"),
    trouble("summed-loss", "loss", "summed loss: the gradient grows with the data set", detectors.grows_with_data, setups.doubled,
            {"reduction": "sum"}, {"reduction": "mean"}, r"L = \frac{1}{n} \sum_i \ell_i", r"L = \sum_i \ell_i",
            "A rate that works on ten examples blows up on a thousand.", "Take the mean, or divide the rate by the number of examples.",
            source="K46", case="n21-leaky-float64-sum"),
    trouble("rate-too-large", "training", "learning rate too large", detectors.rate_too_large, setups.descended, {"rate": 1.2},
            {"rate": 0.1}, r"\eta < 2 / \lambda_{\max}", r"\eta > 2 / \lambda_{\max}", "The loss swings or grows.",
            "Divide the rate by ten until the loss falls at every step on the same data."),
    trouble("flat-loss", "loss", "loss taken on the arg-max", detectors.flat_loss, setups.nudged, {"argmax": True}, {"argmax": False},
            r"L = \ell(a, t)", r"L = \ell(\mathrm{argmax}\; a, t)", "The gradient is zero almost everywhere; whatever is used instead is no gradient.",
            "Take the loss on the outputs; count right answers beside it.", source="K51"),
    trouble("not-finite", "training", "numbers that are not finite", detectors.not_finite, setups.averaged, {"squared": False},
            {"squared": True}, r"\sqrt{\rho s + (1 - \rho) g^2}", r"\sqrt{\rho s + (1 - \rho) g}", "nan from some step on.",
            "Look at the step before the first nan: a root of a negative number, a division by zero, an overflow."),
)

DATA = (
    trouble("shuffled-pairs", "data", "inputs and targets shuffled apart", detectors.pairs_shuffled, setups.paired, {"together": False},
            {"together": True}, r"(x_{\pi(i)}, t_{\pi(i)})", r"(x_{\pi(i)}, t_i)", "The network learns the mean of the targets.",
            "One permutation for both.", source="K22", case="n09-training-float64"),
    trouble("path-of-data", "data", "path drawn from data points", detectors.drawn_from_data, setups.plotted, {"of": "data"},
            {"of": "path"}, r"(m_0, c_0), (m_1, c_1), \ldots", r"(x_0, y_0), (x_1, y_1), \ldots",
            "The path over the loss surface jumps about and ends nowhere.", "Store m and c after each step and draw those.",
            source="K23", case="n09-training-float64"),
    trouble("labels-off-by-one", "data", "class numbers off by one", detectors.labels_off, setups.counted, {"first": 1}, {"first": 0},
            r"t \in \{0, \ldots, K - 1\}", r"t \in \{1, \ldots, K\}", "An index error, or a class that is never right.",
            "Subtract the smallest label."),
)

FUNCTIONS = (
    trouble("overflow", "softmax", "exponential without the max shift", detectors.overflows, setups.shifted, {"safe": False},
            {"safe": True}, r"e^{a_i - \max a} / \sum_j e^{a_j - \max a}", r"e^{a_i} / \sum_j e^{a_j}", "nan as soon as a logit exceeds 709 (88 in float32).",
            "Subtract the largest logit first: the probabilities stay the same.", source="K34", case="dense-softmax-float64-generic"),
    trouble("state-between-calls", "chain", "state is kept between calls", detectors.state_between_calls, setups.called_twice,
            {"piles": True}, {"piles": False}, r"z = x W", r"z \leftarrow z + x W", "The first answer is right, the next are not.",
            "Start from zero, or assign instead of adding, in every call.", source="K49", fails=True),
    trouble("non-deterministic", "chain", "answers are random", detectors.non_deterministic, setups.dropped, {"seeded": False},
            {"seeded": True}, r"y = f(x)", r"y = f(x, \xi)", "Two runs disagree with each other.",
            "Give masks and initial values as arguments; set every array that is read.", fails=True),
    trouble("modified-in-place", "chain", "arrays modified in place", detectors.modified_in_place, setups.given, {"copies": False},
            {"copies": True}, r"y = f(x)", r"x \leftarrow f(x)", "Right by itself; whoever uses the array next gets other numbers.",
            "Work on a copy: x = x.copy(), or x = x - y instead of x -= y.", fails=True),
)

TROUBLES = WEIGHTS + UPDATES + DATA + FUNCTIONS
