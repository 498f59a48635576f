"""`nnparity.gradients` on functions whose formula it does not know: right gradients agree to rounding, every planted fault is
named."""

import re
from pathlib import Path

import numpy as np
import pytest
from foreign import gradient_styles as styles
from hypothesis import given
from hypothesis import strategies as st
from steady import load

import nnparity
from nnparity.reports.gradcheck.nest import refilled
from nnparity.reports.gradcheck.question import Question

load(40)
RNG = np.random.default_rng
SEEDS = st.integers(0, 10**6)


@given(st.sampled_from(styles.STYLES), SEEDS)
def test_right_gradients_agree_to_rounding(style, seed):
    found = nnparity.gradients(**style(RNG(seed)))
    assert found.ok and found, found
    sizes = [np.nanmax(np.abs(a.derivative)) for a in found.arrays.values()]
    for a in found.arrays.values():
        assert a.checked == a.size and a.units <= 1 and a.stated <= 1e-8 * max(sizes), a


@given(st.sampled_from(styles.STYLES), SEEDS, st.sampled_from([1e-6, -1e-6]))
def test_an_error_of_one_millionth_is_seen(style, seed, part):
    question = style(RNG(seed))
    right = nnparity.gradients(**question).arrays
    name = max(right, key=lambda name: np.abs(right[name].theirs).max())
    found = ask(question, right, {name: right[name].theirs * (1 + part)})
    assert not found.ok and [a.name for a in found.arrays.values() if not a.ok] == [name], found


def ask(question, right, changed, **options):
    """The question with arrays in place of its gradients: those that are right, and those that are changed."""
    question = question | {"f": with_inputs(question), "inputs": None} | options
    names = Question(f=question["f"], grads=None, params=question["params"]).names
    grads = {name: a.theirs for name, a in right.items()} | changed
    given = refilled(question["params"], grads, names)
    drawn = "x" in right and "cotangents" not in question  # a layer that is asked with cotangents nobody gave
    return nnparity.gradients(**question | {"grads": (lambda _, dy: dy is not None and given) if drawn else given})


def with_inputs(question):
    f = question["f"]
    if "grads" not in question:
        return lambda p: f(p)[0]
    inputs = question.get("inputs")
    return f if inputs is None else lambda p: f(p, inputs)


def only(a, row):
    kept = np.zeros_like(a)
    kept[row] = a[row]
    return kept


def one_wrong(a):
    a = a.copy()
    a[1, 1] *= 1.001
    return a


def without(a, row):
    a = a.copy()
    a[row] = 0
    return a


def shifted(a):
    moved = np.roll(a, 1, 0)
    moved[0] = 0
    return moved


def clip(a):
    limit = np.sort(np.abs(a), axis=None)[-4]
    return np.clip(a, -limit, limit)


FAULTS = {  # what is done to dL/dW of (4, 3): what is said about it
    "sign": (lambda g, _: -g, "× -1", "of the opposite sign"),
    "twice": (lambda g, _: 2 * g, "× 2", "twice too large"),
    "half": (lambda g, _: g / 2, "÷ 2", "half of it"),
    "times batch": (lambda g, _: 7 * g, "× 7", "7 times too large: 7 is .*axis 0 of x"),
    "by batch": (lambda g, _: g / 7, "÷ 7", "7 times too small: 7 is .*axis 0 of x"),
    "by all": (lambda g, _: g / 21, "÷ 21", "21 times too small: 21 is the number of elements of t"),
    "twice by batch": (lambda g, _: 2 * g / 7, "× 2/7", "2/7 of it"),
    "minus batch": (lambda g, _: -7 * g, "× 7, negative", "7 times too large.*of the opposite sign"),
    "some factor": (lambda g, _: 1.37 * g, "× k", "1.37 times the derivative"),
    "single constant": (lambda g, _: g * np.float32(1.1) / 1.1, "× (1 + small)", "rounded to float32"),
    "a thousand-millionth": (lambda g, _: g * (1 + 1e-9), "× (1 + small)", "1e-09"),
    "an epsilon": (lambda g, _: g + 1e-9 * np.sin(np.arange(12)).reshape(4, 3), "nearly", "rtol="),
    "zero": (lambda g, _: 0 * g, "zero", "zero everywhere"),
    "transposed": (lambda g, _: g.T, "transposed", "transposed"),
    "transposed, negative": (lambda g, _: -g.T, "transposed, × -1", "transposed.*opposite sign"),
    "column by column": (lambda g, _: g.reshape(-1, order="F").reshape(4, 3), "read in another order", "column by column"),
    "flat": (lambda g, _: g.reshape(-1), "shape", r"in the shape \(12,\) instead of \(4, 3\)"),
    "reversed": (lambda g, _: g[::-1], "reversed axis 0", "reversed along axis 0"),
    "rolled": (lambda g, _: np.roll(g, 1, 1), "rolled -1 axis 1", "one place too late along axis 1"),
    "shifted": (lambda g, _: shifted(g), "shifted -1 axis 0", "one place too late along axis 0.*lost"),
    "the sum": (lambda g, _: np.full_like(g, g.sum()), "one for all", "the sum of the right ones"),
    "the mean": (lambda g, _: np.full_like(g, g.mean()), "one for all", "the mean of the right ones"),
    "the first": (lambda g, _: np.full_like(g, g[0, 0]), "one for all", "the first of the right ones"),
    "the sum along an axis": (lambda g, _: 0 * g + g.sum(0), "one for all", "all along axis 0: the sum"),
    "anything for all": (lambda g, _: np.full_like(g, 0.7), "one for all", "one number everywhere"),
    "first row only": (lambda g, _: only(g, 0), "some places", r"right in row 0 \(of 4\) only.*zero there"),
    "last row only": (lambda g, _: only(g, -1), "some places", r"right in row 3 \(of 4\) only.*zero there"),
    "last row missing": (lambda g, _: without(g, -1), "some places", r"wrong in row 3 \(of 4\) only.*zero there"),
    "one element": (lambda g, _: one_wrong(g), "some places", r"\(1, 1\)"),
    "decayed": (lambda g, w: g + 0.05 * w, "penalty", "plus 0.05·W: an L2 penalty"),
    "undecayed": (lambda g, w: g - 0.05 * w, "penalty left out", "less 0.05·W: the L2 penalty .* of f is missing here"),
    "lasso": (lambda g, w: g + 0.05 * np.sign(w), "L1 penalty", "plus 0.05·sign W: an L1 penalty"),
    "batch but for decay": (lambda g, w: 7 * (g - 0.3 * w) + 0.3 * w, "× 7, but for the penalty", "0.3·W, which is right"),
    "clipped": (lambda g, _: clip(g), "clipped", "clipped to ±"),
    "a factor a unit": (
        lambda g, _: g * [1.5, 4, 9],
        "a factor for each unit",
        "derivative of an activation too many|is missing",
    ),
    "a scale left out": (lambda g, _: g * np.sqrt(7), "× √7", "√7 times too large: 7 is .*: a scale of 1/√7"),
    "anything": (lambda g, _: np.cos(g), "unexplained", "unexplained"),
    "not a number": (lambda g, _: np.where(g == g.max(), np.nan, g), "not finite", "nan or inf at 1 of 12"),
}


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_of_a_matrix_is_named(fault, seed):
    rng = RNG(seed)
    x, t, params = rng.normal(size=(7, 4)), rng.normal(size=(7, 3)), {"W": rng.normal(size=(4, 3)), "b": rng.normal(size=3)}
    change, family, words = FAULTS[fault]

    def loss(p):
        return np.sum((np.tanh(x @ p["W"] + p["b"]) - t) ** 2)

    def backward(p):
        y = np.tanh(x @ p["W"] + p["b"])
        dz = 2 * (y - t) * (1 - y * y)
        return {"dW": change(x.T @ dz, p["W"]), "db": dz.sum(0)}

    for grads in (backward, backward(params)):
        found = nnparity.gradients(loss, params, grads)
        assert not found.ok and found.arrays["b"].ok
        assert found.arrays["W"].family == family
        assert re.search(words, found.arrays["W"].words), found
        assert re.search(words.split(".*")[0].split(" ")[0], str(found))


def test_faults_of_arrays_of_other_shapes():
    conv = styles.conv_loops(RNG(3))
    right = nnparity.gradients(**conv).arrays
    w = right["w"].theirs
    for change, family in ((w.transpose(1, 0, 2, 3), "axes (1, 0, 2, 3)"), (w[:, :, ::-1, ::-1], "reversed in its last two axes"),
                           (w.transpose(2, 3, 1, 0), "axes (3, 2, 0, 1)")):
        found = ask(conv, right, {"w": change})
        assert found.arrays["w"].family == family, found
    norm = styles.layer_norm(RNG(0))
    right = nnparity.gradients(**norm).arrays
    found = ask(norm, right, {"beta": norm["cotangents"], "gamma": right["gamma"].theirs[None]})
    assert found.arrays["beta"].family == "not summed axis 0" and "not yet summed over axis 0" in found.arrays["beta"].words
    assert found.arrays["gamma"].family == "shape"
    assert ask(norm, right, {"beta": np.ones(17)}).arrays["beta"].verdict == "malformed"


def test_gradients_in_each_others_places():
    question = styles.attention(RNG(0))
    right = nnparity.gradients(**question).arrays
    q, k = right["Q"].theirs, right["K"].theirs
    found = ask(question, right, {"Q": k, "K": q})
    assert found.arrays["Q"].family == "exchanged with K" and found.arrays["K"].family == "exchanged with Q"
    assert ask(question, right, {"Q": k}).arrays["Q"].family == "that of K"
    assert ask(question, right, {"Q": q + k}).arrays["Q"].family == "with that of K"


WRITTEN = [  # a fault in the code of the backward pass: arrays, and what is said of all of them
    (styles.tanh_mlp, "no tanh'", "W1 b1", "one example alone .*(derivative of an activation is missing|factors of W1)"),
    (styles.tanh_mlp, "last example", "W1 b1 W2 b2", "that of the last example alone"),
    (styles.sigmoid_layer, "no sigmoid'", "x W b", "lacks the derivative of the sigmoid"),
    (styles.sigmoid_layer, "ignored", "x W b", "does not use the cotangents"),
    (styles.sigmoid_layer, "twice", "x W b", "twice at the output"),
    (styles.softmax_layer, "diagonal", "W c", "beside its diagonal"),
    (styles.softmax_layer, "none", "W c", "lacks the derivative of the softmax"),
]


@given(st.sampled_from(WRITTEN), SEEDS)
def test_a_fault_of_the_code_is_named(fault, seed):
    style, wrong, arrays, words = fault
    found = nnparity.gradients(**style(RNG(seed), wrong=wrong))
    assert [name for name, a in found.arrays.items() if not a.ok] == arrays.split()
    assert all(re.search(words, found.arrays[name].words) for name in arrays.split()), found


def test_data_loss_not_averaged_while_the_penalty_is_right():
    net, rng = styles.TwoLayerNet(RNG(0), 5, 4, 3), RNG(1)
    X, y = rng.normal(size=(7, 5)), rng.integers(0, 3, 7)
    found = nnparity.gradients(lambda: net.loss(X, y)[0], net.params, net.loss(X, y, divide=False)[1])
    assert {name: a.family for name, a in found.arrays.items()} == {
        "W1": "× 7, but for the penalty", "W2": "× 7, but for the penalty", "b1": "× 7", "b2": "× 7"}


# ------------------------------------------------------------------------------------------------------------ habits


W = np.array([0.0, 1.0, -2.0])
GENERATOR = RNG(0)


@pytest.mark.parametrize("slope", [0.0, 0.4, 1.0])
def test_any_slope_at_a_kink_is_no_fault(slope):
    found = nnparity.gradients(lambda w: np.maximum(w, 0).sum(), W, np.where(W == 0, slope, W > 0))
    assert found.ok
    if slope != 0.4:
        return
    assert found.arrays["w"].verdict == "kink" and found.arrays["w"].kinks == 1


def test_outside_of_a_kink_and_beside_it_is_one():
    at_kink = nnparity.gradients(lambda w: np.maximum(w, 0).sum(), W, np.where(W == 0, 1.4, W > 0))
    assert at_kink.arrays["w"].worst == (0,) and not at_kink.ok
    assert nnparity.gradients(lambda w: np.maximum(w, 0).sum(), W, 2.0 * (W >= 0)).arrays["w"].family == "× 2"
    beside = np.array([1e-3, 1.0, -2.0])
    assert not nnparity.gradients(lambda w: np.maximum(w, 0).sum(), beside, np.array([0.5, 1, 0])).ok


@pytest.mark.parametrize("f", [
    lambda p, g=GENERATOR: (p["w"] * g.random(3)).sum(),
    lambda p, calls=[]: calls.append(1) or (p["w"] ** 2).sum() * len(calls),  # noqa: B006
], ids=["random", "with state"])
def test_a_function_without_a_derivative_is_told(f):
    found = nnparity.gradients(f, {"w": W}, {"w": W})
    assert not found.ok and found.arrays["w"].verdict == "cannot judge" and "something else at each call" in str(found)


def test_random_numbers_of_the_modules_start_anew():
    np.random.seed(3)
    before = np.random.get_state()[1].copy(), np.random.get_state()[2]
    right = nnparity.gradients(lambda w: (w**2 * np.random.rand(3)).sum(), W, lambda w: 2 * w * np.random.rand(3))
    assert right.ok and "random numbers are drawn" in str(right)
    assert np.array_equal(np.random.get_state()[1], before[0]) and np.random.get_state()[2] == before[1]


def test_arrays_changed_in_place_are_told_and_ours_are_not():
    w = W.copy()

    def f(p):
        p["w"] *= 2
        return (p["w"] ** 2).sum()

    found = nnparity.gradients(f, {"w": w}, lambda p: {"w": 8 * p["w"]})
    assert found.ok and "f changes w" in str(found)
    assert np.array_equal(w, W)


def test_what_is_moved_in_place_is_put_back():
    question = styles.in_place_net(RNG(0))
    before = {name: a.copy() for name, a in question["params"].items()}
    assert nnparity.gradients(**question).ok
    assert all(np.array_equal(before[name], a) for name, a in question["params"].items())
    assert "ignores what it is given" in str(nnparity.gradients(**styles.ignored_argument(RNG(0))))


def test_gradients_added_up_over_calls_are_told():
    kept = np.zeros(3)

    def backward(w):
        kept[...] += 2 * w
        return kept

    assert "added to those of earlier calls" in str(nnparity.gradients(lambda w: (w**2).sum(), W, backward))


def test_noise_is_stated_and_hides_nothing():
    A = RNG(0).normal(size=(4, 3))
    rough = nnparity.gradients(lambda w: np.round(10 * w).sum(), A, lambda w: 10 + 0 * w)
    assert rough.arrays["w"].verdict == "cannot judge" and not rough.ok and "could hide a fault" in str(rough)
    single = nnparity.gradients(lambda w: np.tanh(w.astype(np.float32)).sum(), A, lambda w: 1 - np.tanh(w) ** 2)
    assert single.ok and 1e-9 < single.arrays["w"].stated < 1e-2
    assert not nnparity.gradients(lambda w: np.tanh(w.astype(np.float32)).sum(), A, lambda w: 1.1 - np.tanh(w) ** 2).ok
    a = A.astype(np.float32)
    assert nnparity.gradients(lambda w: np.tanh(w).sum(), a, 1 - np.tanh(a) ** 2).ok
    assert not nnparity.gradients(lambda w: np.tanh(w).sum(), a, (1 - np.tanh(a) ** 2) * np.float32(1.001)).ok


def test_rtol_allows_what_is_meant():
    def loss(z):
        return -np.log(1 / (1 + np.exp(-z)) + 1e-9).sum()

    z = RNG(0).normal(size=5)
    off = nnparity.gradients(loss, z, 1 / (1 + np.exp(-z)) - 1)
    assert off.arrays["z"].family == "nearly"
    assert nnparity.gradients(loss, z, 1 / (1 + np.exp(-z)) - 1, rtol=float(re.search(r"rtol=(\S+)\.", str(off))[1])).ok


def test_a_large_array_is_sampled_and_one_wrong_element_is_found_all_the_same():
    rng = RNG(0)
    W, x, t = rng.normal(size=(300, 60)) / 20, rng.normal(size=(8, 300)), rng.normal(size=(8, 60))

    def f(W):
        return ((np.tanh(x @ W) - t) ** 2).sum()

    y = np.tanh(x @ W)
    right = x.T @ (2 * (y - t) * (1 - y * y))
    for method in ("auto", "differences"):
        found = nnparity.gradients(f, W, right, elements=50, method=method)
        assert found.ok and found.arrays["W"].checked == 50 and "50 of 18000" in str(found)
    wrong = right.copy()
    wrong[123, 45] *= 1.01
    found = nnparity.gradients(f, W, wrong, elements=50)
    assert "wrong at [123, 45]" in found.arrays["W"].words
    assert nnparity.gradients(f, W, right / 8, elements=50).arrays["W"].family == "÷ 8"
    assert nnparity.gradients(lambda A: f(A.T), W.T, np.ascontiguousarray(right), elements=50).arrays["A"].family == "transposed"


def test_a_complex_step_that_the_code_breaks_is_not_believed():
    A = RNG(0).normal(size=(4, 3))
    for f, df in ((lambda w: (np.abs(w) * w).sum(), 2 * np.abs(A)), (lambda w: np.linalg.norm(w), A / np.linalg.norm(A)),
                  (lambda w: np.var(w), 2 * (A - A.mean()) / A.size), (lambda w: (w * np.real(w)).sum(), 2 * A),
                  (lambda w: np.sum(w**2) + 1e-4 * np.sum(np.abs(w)), 2 * A + 1e-4 * np.sign(A))):
        found = nnparity.gradients(f, A, df)
        assert found.ok and found.arrays["w"].method == "differences", found
    assert nnparity.gradients(lambda w: (w**3).sum(), A, 3 * A**2).arrays["w"].method == "complex step"


# ------------------------------------------------------------------------------------------------------------ the answer


def test_the_answer_for_people():
    question = styles.tanh_mlp(RNG(0))
    right = nnparity.gradients(**question).arrays
    found = ask(question, right, {"W1": 2 * right["W1"].theirs, "b1": 2 * right["b1"].theirs})
    assert max(map(len, str(found).splitlines())) <= 80 and repr(found) == found.explain()
    assert "W1, b1: twice too large" in str(found)
    frame = found.frame()
    assert list(frame.name) == ["W1", "b1", "W2", "b2"] and list(frame.verdict) == ["wrong", "wrong", "right", "right"]
    assert "<td>W1</td>" in found._repr_html_() and "twice too large" in found._repr_html_()
    with pytest.raises(AssertionError, match="twice too large"):
        nnparity.assert_gradients(question["f"], question["params"], lambda *_: {"W1": 2 * right["W1"].theirs},
                                  inputs=question["inputs"])
    nnparity.assert_gradients(**question)


def test_what_is_not_returned_is_not_asked_and_told():
    found = nnparity.gradients(lambda p: (p["a"] * p["b"]).sum(), {"a": W, "b": W + 1}, {"a": W + 1, "z": W})
    assert found.ok and found.arrays["b"].verdict == "not returned" and "z: a gradient of no array" in str(found)


@pytest.mark.parametrize("arguments, words", [
    (dict(f=lambda p: p["w"], params={"w": W}, grads={"w": W}), r"f returned an array \(3,\): give cotangents"),
    (dict(f=lambda p: p["w"], params={"w": W}, grads={"w": W}, cotangents=W[:2]), r"cotangents are an array \(2,\)"),
    (dict(f=lambda p: p["w"].sum(), params={"w": W}, grads={"v": W, "u": W}), "no gradient has the name of an array"),
    (dict(f=lambda p: p["w"].sum(), params={"w": W}), "f must return two things"),
    (dict(f=lambda _: "loss", params={"w": W}, grads={"w": W}), "which has no number in it"),
    (dict(f=lambda p: p["w"].sum(), params={"w": W}, grads={"w": W}, method="complex"), "choose one of auto, differences"),
    (dict(f=lambda p: p["w"].sum(), params={"w": W}, grads={"w": W}, elements=0), "at least one element"),
])
def test_a_request_that_makes_no_sense_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        nnparity.gradients(**arguments)


def test_a_loss_that_is_not_finite():
    found = nnparity.gradients(lambda w: np.log(w).sum(), W, 1 / (W + 1))
    assert not found.ok and "f returns" in str(found) and "cannot judge" in str(found)


def test_the_example_of_the_readme():
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    section = readme.split("## Is your backward pass the derivative of your forward pass?")[1].split("\n## ")[0]
    code, answer = re.findall(r"```\w*\n(.*?)```", section, re.DOTALL)[:2]
    names = {}
    exec(code, names)
    assert without_rounding(str(names["found"])) == without_rounding(answer)


def without_rounding(text):
    """The lines of an answer without what last digits decide, which are others on every processor: the column of units, and where
    an array that is right is furthest off."""
    cells = [re.split(r"  +", line) for line in text.strip().splitlines()]
    return [row[:3] if row[2:3] == ["right"] else row[:6] if len(row) > 6 else row for row in cells]


# ------------------------------------------------------------------------------------------------------------ beside others


@pytest.mark.live
def test_beside_torch_gradcheck():
    """On the same functions: both accept what is right; an error of one millionth, and one of 1e-9 passes torch's defaults and
    not ours.

    torch also cannot say what is wrong.
    """
    torch = pytest.importorskip("torch")
    rng = RNG(0)
    X, T = rng.normal(size=(7, 5)), rng.normal(size=(7, 3))
    params = (rng.normal(size=(5, 4)), rng.normal(size=(4, 3)))

    def forward(w, v):
        return np.mean((np.tanh(X @ w) @ v - T) ** 2)

    def backward(w, v, part=0.0):
        h = np.tanh(X @ w)
        d = 2 * (h @ v - T) / T.size
        return X.T @ (d @ v.T * (1 - h * h)) * (1 + part), h.T @ d

    def torchs(part):
        class Function(torch.autograd.Function):
            @staticmethod
            def forward(ctx, w, v):
                ctx.save_for_backward(w, v)
                return torch.tensor(forward(w.detach().numpy(), v.detach().numpy()))

            @staticmethod
            def backward(ctx, dy):
                w, v = ctx.saved_tensors
                return tuple(dy * torch.tensor(g) for g in backward(w.detach().numpy(), v.detach().numpy(), part))

        return torch.autograd.gradcheck(
            Function.apply, [torch.tensor(a, requires_grad=True) for a in params], raise_exception=False
        )

    assert torchs(0.0) and nnparity.gradients(forward, params, backward).ok
    for part in (1e-6, 1e-9, 1e-12):
        assert torchs(part), "torch's defaults see it now: say so"
        found = nnparity.gradients(forward, params, lambda w, v, part=part: backward(w, v, part))
        assert not found.arrays["w"].ok and found.arrays["v"].ok and found.arrays["w"].family == "× (1 + small)"
    assert not torchs(0.1)
