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


def trouble(*, id, setup, wrong, right, **fields):
    """A trouble that a set-up shows with the options `wrong`, and not with those of `right`."""
    return Trouble(id=f"trouble-{id}", wrong=partial(setup, **wrong), right=partial(setup, **right), **fields)


WEIGHTS = (
    trouble(id="unscaled-inputs", area="data", title="units saturated by unscaled inputs",
            detect=detectors.saturated_by_inputs, setup=setups.unscaled, wrong={"inputs": 100.0}, right={"inputs": 1.0},
            symptom="The loss hardly moves; gradients are right and almost zero.",
            fix="Scale the inputs to mean 0 and deviation 1, or to 0 ... 1.",
            correct=r"x \leftarrow (x - \bar x) / s", mistaken=r"x \in [0, 100]",
            source="K26", case="n12-mlp-float64-unscaled"),
    trouble(id="positive-weights", area="weights", title="units saturated by all-positive weights",
            detect=detectors.saturated_by_positive_weights, setup=setups.drawn,
            wrong={"low": 0.0, "high": 1.0}, right={"low": -1.0, "high": 1.0},
            symptom="Every prediction comes out the same.",
            fix="Draw weights around zero, with a deviation of one over the root of the inputs.",
            correct=r"W \sim U(-r, r)", mistaken=r"W \sim U(0, 1)",
            source="K27", case="n13-mlp-float64-positive"),
    trouble(id="wide-weights", area="weights", title="units saturated by wide weights",
            detect=detectors.saturated_by_wide_weights, setup=setups.softmax_layer, wrong={"width": 10.0}, right={"width": 0.3},
            symptom="The first loss is large and the network sure of wrong answers; it hardly learns.",
            fix="Draw weights with a deviation of one over the root of the inputs.",
            correct=r"W \sim U(-r, r), \quad r = \sqrt{6 / (n_{in} + n_{out})}", mistaken=r"W \sim U(-10, 10)",
            source="K35", case="n18-mlp-float64-saturated"),
    trouble(id="dead-units", area="weights", title="dead ReLU units",
            detect=detectors.dead_units, setup=setups.rectified, wrong={"bias": -4.0}, right={"bias": 1.0},
            symptom="Part of the network never changes.",
            fix="A slope below zero (leaky ReLU), positive biases at the start, or a smaller learning rate.",
            correct=r"f'(z) = s > 0 \;\;(z \leq 0)", mistaken=r"f'(z) = 0 \;\;(z \leq 0)",
            source="K47", case="n21-relu-float64-dead"),
    trouble(id="identical-units", area="weights", title="units that start alike",
            detect=detectors.identical_units, setup=setups.started, wrong={"scale": 0.0}, right={"scale": 0.1},
            symptom="A layer of many units learns like a layer of one.",
            fix="Draw the weights at random; biases may start at zero.",
            correct=r"W_{ij} \sim U(-r, r)", mistaken="W_{ij} = w"),
    trouble(id="vanishing-gradient", area="recurrent", title="gradients vanish through time",
            detect=detectors.vanishing, setup=setups.through_time, wrong={"scale": 0.3}, right={"scale": 0.95},
            symptom="Nothing is learnt from early steps.",
            fix="A GRU or LSTM (forget bias 1), an orthogonal recurrent kernel, a shorter way back.",
            correct=r"\prod_t \|\partial h_t / \partial h_{t-1}\| \approx 1",
            mistaken=r"\|\partial h_t / \partial h_{t-1}\| < 1"),
    trouble(id="exploding-gradient", area="recurrent", title="gradients explode through time",
            detect=detectors.exploding, setup=setups.through_time, wrong={"scale": 2.5}, right={"scale": 0.95},
            symptom="The loss jumps to nan after some good steps.",
            fix="Clip the gradient by its norm; an orthogonal recurrent kernel.",
            correct=r"\prod_t \|\partial h_t / \partial h_{t-1}\| \approx 1",
            mistaken=r"\|\partial h_t / \partial h_{t-1}\| > 1"),
    trouble(id="truncation-window", area="recurrent", title="truncated backpropagation compared with the full gradient",
            detect=detectors.truncated, setup=setups.cut, wrong={"truncate": 2}, right={"truncate": None},
            symptom="The last steps' part is right, what comes from far ahead is missing.",
            fix="Compare with the gradient of the same window; a longer window is closer to the full one.",
            correct=r"\sum_{s \leq t} \frac{\partial L_t}{\partial h_s}",
            mistaken=r"\sum_{t - k \leq s \leq t} \frac{\partial L_t}{\partial h_s}",
            source="K20"),
)

UPDATES = (
    trouble(id="gradients-accumulate", area="training", title="gradients never reset",
            detect=detectors.accumulating, setup=setups.reset, wrong={"reset": False}, right={"reset": True},
            symptom="The loss swings and does not settle.",
            fix="Set the gradients to zero before each step.",
            correct=r"p_t = p_{t-1} - \eta\, g_t", mistaken=r"p_t = p_{t-1} - \eta \sum_{s \leq t} g_s",
            source="K44"),
    trouble(id="one-scalar", area="training", title="one scalar added to every weight",
            detect=detectors.one_scalar, setup=setups.scalar_update, wrong={"each": False}, right={"each": True},
            symptom="The differences between weights never change.",
            fix="A derivative for each weight.",
            correct=r"w_{ij}' = w_{ij} - \eta\, g_{ij}", mistaken=r"w_{ij}' = w_{ij} - \eta\, c",
            source="K50"),
    trouble(id="summed-loss", area="loss", title="summed loss: the gradient grows with the data set",
            detect=detectors.grows_with_data, setup=setups.doubled, wrong={"reduction": "sum"}, right={"reduction": "mean"},
            symptom="A rate that works on ten examples blows up on a thousand.",
            fix="Take the mean, or divide the rate by the number of examples.",
            correct=r"L = \frac{1}{n} \sum_i \ell_i", mistaken=r"L = \sum_i \ell_i",
            source="K46", case="n21-leaky-float64-sum"),
    trouble(id="rate-too-large", area="training", title="learning rate too large",
            detect=detectors.rate_too_large, setup=setups.descended, wrong={"rate": 1.2}, right={"rate": 0.1},
            symptom="The loss swings or grows.",
            fix="Divide the rate by ten until the loss falls at every step on the same data.",
            correct=r"\eta < 2 / \lambda_{\max}", mistaken=r"\eta > 2 / \lambda_{\max}"),
    trouble(id="flat-loss", area="loss", title="loss taken on the arg-max",
            detect=detectors.flat_loss, setup=setups.nudged, wrong={"argmax": True}, right={"argmax": False},
            symptom="The gradient is zero almost everywhere; whatever is used instead is no gradient.",
            fix="Take the loss on the outputs; count right answers beside it.",
            correct=r"L = \ell(a, t)", mistaken=r"L = \ell(\mathrm{argmax}\; a, t)",
            source="K51"),
    trouble(id="not-finite", area="training", title="numbers that are not finite",
            detect=detectors.not_finite, setup=setups.averaged, wrong={"squared": False}, right={"squared": True},
            symptom="nan from some step on.",
            fix="Look at the step before the first nan: a root of a negative number, a division by zero, an overflow.",
            correct=r"\sqrt{\rho s + (1 - \rho) g^2}", mistaken=r"\sqrt{\rho s + (1 - \rho) g}"),
)

DATA = (
    trouble(id="shuffled-pairs", area="data", title="inputs and targets shuffled apart",
            detect=detectors.pairs_shuffled, setup=setups.paired, wrong={"together": False}, right={"together": True},
            symptom="The network learns the mean of the targets.",
            fix="One permutation for both.",
            correct=r"(x_{\pi(i)}, t_{\pi(i)})", mistaken=r"(x_{\pi(i)}, t_i)",
            source="K22", case="n09-training-float64"),
    trouble(id="path-of-data", area="data", title="path drawn from data points",
            detect=detectors.drawn_from_data, setup=setups.plotted, wrong={"of": "data"}, right={"of": "path"},
            symptom="The path over the loss surface jumps about and ends nowhere.",
            fix="Store m and c after each step and draw those.",
            correct=r"(m_0, c_0), (m_1, c_1), \ldots", mistaken=r"(x_0, y_0), (x_1, y_1), \ldots",
            source="K23", case="n09-training-float64"),
    trouble(id="labels-off-by-one", area="data", title="class numbers off by one",
            detect=detectors.labels_off, setup=setups.counted, wrong={"first": 1}, right={"first": 0},
            symptom="An index error, or a class that is never right.",
            fix="Subtract the smallest label.",
            correct=r"t \in \{0, \ldots, K - 1\}", mistaken=r"t \in \{1, \ldots, K\}"),
)

FUNCTIONS = (
    trouble(id="overflow", area="softmax", title="exponential without the max shift",
            detect=detectors.overflows, setup=setups.shifted, wrong={"safe": False}, right={"safe": True},
            symptom="nan as soon as a logit exceeds 709 (88 in float32).",
            fix="Subtract the largest logit first: the probabilities stay the same.",
            correct=r"e^{a_i - \max a} / \sum_j e^{a_j - \max a}", mistaken=r"e^{a_i} / \sum_j e^{a_j}",
            source="K34", case="dense-softmax-float64-generic"),
    trouble(id="state-between-calls", area="chain", title="state is kept between calls",
            detect=detectors.state_between_calls, setup=setups.called_twice, wrong={"piles": True}, right={"piles": False},
            symptom="The first answer is right, the next are not.",
            fix="Start from zero, or assign instead of adding, in every call.",
            correct="z = x W", mistaken=r"z \leftarrow z + x W",
            source="K49", fails=True),
    trouble(id="second-call-raises", area="chain", title="the second call raises",
            detect=detectors.raises_again, setup=setups.used_up, wrong={"keeps": True}, right={"keeps": False},
            symptom="The first answer is there; the same question asked again is an error.",
            fix="Make the lists and arrays that a call fills, or uses up, inside of the call.",
            correct=r"z = [\,]", mistaken=r"z \leftarrow z \text{ of the call before}",
            fails=True),
    trouble(id="non-deterministic", area="chain", title="answers are random",
            detect=detectors.non_deterministic, setup=setups.dropped, wrong={"seeded": False}, right={"seeded": True},
            symptom="Two runs disagree with each other.",
            fix="Give masks and initial values as arguments; set every array that is read.",
            correct="y = f(x)", mistaken=r"y = f(x, \xi)",
            fails=True),
    trouble(id="modified-in-place", area="chain", title="arrays modified in place",
            detect=detectors.modified_in_place, setup=setups.given, wrong={"copies": False}, right={"copies": True},
            symptom="Right by itself; whoever uses the array next gets other numbers.",
            fix="Work on a copy: x = x.copy(), or x = x - y instead of x -= y.",
            correct="y = f(x)", mistaken=r"x \leftarrow f(x)",
            fails=True),
)

TROUBLES = WEIGHTS + UPDATES + DATA + FUNCTIONS
