"""N15 and N16: a neuron and a layer with ReLU whose output is pushed to zero, 200 steps at rate 0.001.

The documents print every digit. N15 and the first run of N16 come out only if each product x K is computed in float64 and
rounded to float32, since the package they were run under makes numpy.dot do so; the second run of N16 takes an outer product
and is pure float64. That is why its two tables differ from the eighth digit on. The last digit of the second run depends on
the order in which four terms are added: two at a time gives all ten losses, one after the other only three of them.
"""

from pathlib import Path

import numpy as np

from nnparity.cases.case import Case, Golden, Layer, Training
from nnparity.cases.documents import of_document

TABLES = Path(__file__).parent / "golden"
STEPS = Training(optimizer="sgd", steps=200, learning_rates=(0.001,))
LANES = Training(optimizer="sgd", steps=200, learning_rates=(0.001,), products="two lanes")
ROUNDED = Training(optimizer="sgd", steps=200, learning_rates=(0.001,), products="float32")


def table(name: str, first: int) -> list[tuple[int, str]]:
    """(step, loss) as printed; `first` is what the document calls its first step."""
    lines = [line.split() for line in (TABLES / name).read_text().splitlines() if line and not line.startswith("#")]
    return [(int(step) - first, loss) for step, loss in (line for line in lines if len(line) == 2 and line[0].isdigit())]


def losses(name: str, first: int, source: str) -> tuple[Golden, ...]:
    return tuple(Golden("loss", (step,), figure, source) for step, figure in table(name, first))


def weights(array: str, figures, source: str) -> tuple[Golden, ...]:
    """Final parameters: figures[i][j] of the last step."""
    return tuple(Golden(array, (-1, *index), figure, source) for index, figure in np.ndenumerate(np.array(figures)))


def neuron(name, training=None, golden=(), dtype="float64") -> Case:
    """One neuron: loss = relu(w·x + b)²."""
    return Case(
        name=name, network=(Layer("dense", "neuron", {"activation": "relu"}),), training=training, golden=golden,
        loss=Layer("squared_error", "", {"reduction": "sum"}), sizes={"batch": 1, "features": 3, "units": 1},
        params={"neuron/kernel": np.array([[-3.0], [-1.0], [2.0]]), "neuron/bias": np.array([1.0])},
        inputs={"x": np.array([[1.0, -2.0, 3.0]]), "target": np.zeros((1, 1))}, constants=frozenset({"target"}),
        cotangents={"y": np.array([[0.7]]), "loss": np.array(1.3)}, exempt="the document's own numbers",
        catches="a chain rule without the factor 2a; an update without the bias", **of_document("N15", "document 003"),
    ).astype(dtype)


def layer(name, training=None, golden=(), dtype="float64") -> Case:
    """Three neurons on four inputs: loss = (Σ relu(W x + b))²."""
    kernel = np.array([[0.1, 0.5, 0.9], [0.2, 0.6, 1.0], [0.3, 0.7, 1.1], [0.4, 0.8, 1.2]])
    return Case(
        name=name, network=(Layer("dense", "layer", {"activation": "relu"}), Layer("sum", "total")), training=training,
        loss=Layer("squared_error", "", {"reduction": "sum"}), golden=golden,
        sizes={"batch": 1, "features": 4, "units": 3, "outputs": 1},
        params={"layer/kernel": kernel, "layer/bias": np.array([0.1, 0.2, 0.3])},
        inputs={"x": np.array([[1.0, 2.0, 3.0, 4.0]]), "target": np.zeros((1, 1))}, constants=frozenset({"target"}),
        cotangents={"y": np.array([[0.7]]), "loss": np.array(1.3)}, exempt="the document's own numbers",
        catches="weight gradient transposed; the gradient of the sum taken as one neuron's", **of_document("N16", "document 003"),
    ).astype(dtype)


N15, FIRST, SECOND = "document N15", "document N16, first run", "document N16, second run"
BIASES = ["-0.00698895", "-0.04024714", "-0.06451539"]
FINAL_FIRST = [["-0.00698895", "0.25975286", "0.53548461"], ["-0.0139779", "0.11950571", "0.27096922"],
               ["-0.02096685", "-0.02074143", "0.00645383"], ["-0.0279558", "-0.16098857", "-0.25806156"]]
FINAL_SECOND = [["-0.00698895", "0.25975286", "0.53548461"], ["-0.01397789", "0.11950572", "0.27096922"],
                ["-0.02096684", "-0.02074143", "0.00645383"], ["-0.02795579", "-0.16098857", "-0.25806156"]]

CASES = (
    *(neuron(f"n15-neuron-{dtype}", dtype=dtype) for dtype in ("float64", "float32")),
    *(layer(f"n16-layer-{dtype}", dtype=dtype) for dtype in ("float64", "float32")),
    neuron("n15-training-float64", STEPS),
    neuron("n15-training-rounded_products-float64", ROUNDED, (
        *losses("n15.txt", 1, N15),
        *weights("neuron/kernel", [["-3.3990955"], ["-0.20180899"], ["0.80271349"]], N15),
        *weights("neuron/bias", ["0.6009044964517248"], N15))),
    layer("n16-training-first_run-rounded_products-float64", ROUNDED, (
        *losses("n16a.txt", 0, FIRST), *weights("layer/kernel", FINAL_FIRST, FIRST), *weights("layer/bias", BIASES, FIRST))),
    layer("n16-training-float64", STEPS),
    layer("n16-training-second_run-two_lanes-float64", LANES, (
        *losses("n16b.txt", 0, SECOND), *weights("layer/kernel", FINAL_SECOND, SECOND), *weights("layer/bias", BIASES, SECOND))),
)
