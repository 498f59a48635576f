"""What is asked about operations on rows: softmax, losses over classes, normalisation."""

from functools import cache

import numpy as np
from mpmath import mpf

from nnparity.cases.case import Case, Layer
from nnparity.reports.certificates import rows
from nnparity.reports.certificates.question import EXEMPT, Exact, Question, as_exact, fractions, loss_case


def of_rows(name, make, answer_of_row, gathered, reason) -> Question:
    """A question about rows of numbers. `gathered` lays what `answer_of_row` gives for each row out as the case has it."""
    def answer(case):
        return gathered([answer_of_row(case, n) for n in range(len_rows(case))])

    return Question(name, make, answer, reason)


def len_rows(case: Case) -> int:
    return len(case.inputs["x"])


def stacked(answers) -> Exact:
    """Row under row; an answer of one number a row becomes one axis."""
    found = {}
    for path in answers[0]:
        one, other = (np.array([answer[path][k] for answer in answers], object) for k in (0, 1))
        found[path] = (one[:, 0] if one.shape[1] == 1 else one, other[:, 0] if other.shape[1] == 1 else other)
    return found


@cache
def spread_rows(dtype: str, classes: int = 5) -> np.ndarray:
    """Rows of scores from almost equal to 600 apart, around 0 and around 1000; and one largest in each."""
    rng = np.random.default_rng(22)
    sizes = np.geomspace(1e-6, 300 if dtype == "float64" else 35, 60)
    x = rng.standard_normal((60, classes)).clip(-2, 2) * sizes[:, None]
    return np.concatenate([x, x + 1000 * rng.standard_normal((60, 1))]).astype(dtype)


def score_case(name, function):
    def case(dtype):
        x = spread_rows(dtype)
        dy = np.random.default_rng(23).standard_normal(x.shape).astype(dtype)
        return Case(name=f"certificate-{name}-{dtype}", network=(Layer("activation", config={"function": function}),),
                    sizes={"batch": x.shape[0], "classes": x.shape[1]}, params={}, inputs={"x": x}, cotangents={"y": dy},
                    catches="lost digits", exempt=EXEMPT)
    return case


def labelled(name, kind, x):
    def case(dtype):
        p = x(dtype)
        target = np.eye(p.shape[1], dtype=dtype)[np.arange(len(p)) % p.shape[1]]
        return loss_case(name, dtype, kind, p, target, {"labels": "one_hot"})
    return case


def fraction_rows(dtype):
    """Every probability of `fractions` at the label, and others beside it."""
    p = fractions(dtype)
    x = np.random.default_rng(24).uniform(0.1, 0.9, (len(p), 3)).astype(dtype)
    x[np.arange(len(p)), np.arange(len(p)) % 3] = p
    return x


def label(case, n):
    return int(case.inputs["target"][n].argmax())


def scores(row):
    return lambda case, n: row(as_exact(case.inputs["x"][n]), as_exact(case.cotangents["y"][n]))


SHIFTED = "the difference to the largest score is a rounded number, and the gradient a difference"
ROWS = (
    of_rows("softmax", score_case("softmax", "softmax"), scores(rows.softmax), stacked,
            {"outputs/y": SHIFTED, "grads/x": SHIFTED}),
    of_rows("log_softmax", score_case("log_softmax", "log_softmax"), scores(rows.log_softmax), stacked,
            {"outputs/y": SHIFTED, "grads/x": SHIFTED}),
    of_rows("softmax_cross_entropy", labelled("softmax_cross_entropy", "softmax_cross_entropy", spread_rows),
            lambda case, n: rows.softmax_cross_entropy(as_exact(case.inputs["x"][n]), label(case, n)), stacked,
            {"outputs/loss": SHIFTED, "grads/x": SHIFTED}),
    of_rows("categorical_cross_entropy", labelled("categorical_cross_entropy", "categorical_cross_entropy", fraction_rows),
            lambda case, n: rows.cross_entropy(as_exact(case.inputs["x"][n]), label(case, n)), stacked, {}),
)


@cache
def populations(dtype: str, length: int = 6) -> np.ndarray:
    """Rows of all sizes whose squares are numbers of the type, of mean zero and of a mean of 50 deviations."""
    most = 150 if dtype == "float64" else 17
    sizes = np.geomspace(10.0**-most, 10.0**most, 61)
    x = np.random.default_rng(25).standard_normal((61, length))
    return np.concatenate([x * sizes[:, None], (x + 50) * sizes[:, None]]).astype(dtype)


def normalised_case(name, kind, epsilon):
    """Layer normalisation of every population; batch normalisation with every population a channel."""
    def case(dtype):
        x = populations(dtype) if kind == "layer_norm" else np.ascontiguousarray(populations(dtype).T)
        draw = np.random.default_rng(26)
        dy = draw.standard_normal(x.shape).astype(dtype)
        params = {k: draw.standard_normal(x.shape[1]).astype(dtype) for k in ("gamma", "beta")}
        return Case(name=f"certificate-{name}-{dtype}", network=(Layer(kind, config={"epsilon": epsilon}),), params=params,
                    sizes={"rows": x.shape[0], "columns": x.shape[1]}, inputs={"x": x}, cotangents={"y": dy},
                    catches="lost digits", exempt=EXEMPT)
    return case


def normalised_answer(case: Case) -> Exact:
    """Over the last axis with one gamma for each column, or over the first with one for each population."""
    own, config = case.params, case.layers[0].config
    x, dy = case.inputs["x"], case.cotangents["y"]
    if case.layers[0].kind == "layer_norm":
        found = stacked([rows.normalise(as_exact(x[n]), as_exact(dy[n]), as_exact(own["gamma"]), as_exact(own["beta"]),
                                        mpf(config["epsilon"])) for n in range(len(x))])
        over = 0
    else:
        found = stacked([rows.normalise(as_exact(x[:, n]), as_exact(dy[:, n]), as_exact(own["gamma"][[n] * len(x)]),
                                        as_exact(own["beta"][[n] * len(x)]), mpf(config["epsilon"])) for n in range(x.shape[1])])
        found = {path: (one.T, other.T) for path, (one, other) in found.items()}
        over = 0
    return {path: tuple(a.sum(over) for a in pair) if path in ("grads/gamma", "grads/beta") else pair
            for path, pair in found.items()}


CENTRED = "told against the largest x over the deviation: the mean is a rounded number"
NORMALISATION = tuple(
    Question(kind, normalised_case(kind, kind, 1e-5), normalised_answer,
             dict.fromkeys(("outputs/y", "grads/x", "grads/gamma", "grads/beta"), CENTRED))
    for kind in ("layer_norm", "batch_norm"))
