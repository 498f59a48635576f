"""Weights that move from one framework to another: the same function, or a refusal in words."""

import itertools

import numpy as np
import port_frameworks
import pytest
from typer.testing import CliRunner

import oracles
from cases import all_cases
from oracles.layouts import LAYOUTS
from oracles.porting import FRAMEWORKS, KINDS, STATELESS, PortError, Refused, permuted_rows, plan, port
from oracles.porting.forms import form
from oracles.porting.options import stored, variant
from reference_impl.losses import LOSSES
from reference_impl.network import LAYERS
from reports.cli import app

PAIRS = tuple(itertools.permutations(FRAMEWORKS, 2))
SIZES = {"input": 3, "hidden": 5, "units": 4, "vocabulary": 11, "features": 6, "filters": 8, "channels/groups": 3,
         "channels": 7, "height": 3, "width": 2}
# how the layer is built so that the others can follow: ONNX's GRU resets before the product unless told otherwise
CONFIG = {("gru", "onnx"): {"linear_before_reset": 1}}
GROUPS = {"torch": "groups", "keras": "groups", "flax": "feature_group_count", "linen": "feature_group_count", "onnx": "group"}


def config_of(kind, source):
    return CONFIG.get((kind, source), {})


def arrays_of(framework, kind, config=None, rng=None):
    """Random arrays as the framework holds them; variances are positive."""
    rng = rng or np.random.default_rng(7)
    meaning = variant(framework, kind, config or {})
    arrays = {}
    for array in form(framework, kind, stored(framework, kind, meaning)).arrays:
        shape = tuple(int(n or 1) * (int(size) if size.isdigit() else SIZES[size])
                      for n, _, size in (axis.rpartition("*") for axis in array.axes))
        a = rng.normal(size=shape)
        arrays[array.name] = np.abs(a) + 0.5 if array.roles == ("running_variance",) else a
    if kind == "dense" and (config or {}).get("transB"):
        arrays["B"] = arrays["B"].T
    return arrays


def carried(kind, source, target, arrays):
    """The arrays, without what the target cannot hold in a place of its own: it is made zero."""
    params = LAYOUTS[source][kind].unpack(arrays)
    if kind in ("gru", "lstm", "simple_rnn") and "recurrent_bias" in params:
        c = params["recurrent_bias"].copy()
        if kind == "gru" and target == "linen":
            c[:2] = 0
        elif "recurrent_bias" not in stored(target, kind, variant(target, kind, config_of(kind, target))):
            c[:] = 0
        params["recurrent_bias"] = c
    return LAYOUTS[source][kind].pack(params)


def same(a, b):
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name, strict=True)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("source, target", PAIRS)
def test_there_and_back_is_exactly_what_it_was(kind, source, target):
    arrays = carried(kind, source, target, arrays_of(source, kind, config_of(kind, source)))
    there = port(kind, arrays, source=source, target=target, config=config_of(kind, source))
    back = port(kind, there.arrays, source=target, target=source, config=there.options)
    same(back.arrays, arrays)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("source, target", PAIRS)
def test_the_printed_lines_do_what_the_function_does(kind, source, target):
    config, arrays = config_of(kind, source), arrays_of(source, kind, config_of(kind, source))
    if (kind, target) == ("gru", "flax"):
        arrays = carried(kind, source, target, arrays)
    ported = port(kind, arrays, source=source, target=target, config=config)
    made = plan(kind, source, target, config)
    assert len(made.lines) <= 12
    same(port_frameworks.lines(made.lines, source=arrays)["target"], ported.arrays)


@pytest.mark.parametrize("source, target", PAIRS)
def test_the_printed_lines_rearrange_flattened_rows(source, target):
    rng = np.random.default_rng(3)
    image = (2, 4, 3)
    arrays = arrays_of(source, "dense")
    name = {"torch": "weight", "onnx": "B", "linen": "params/kernel"}.get(source, "kernel")
    arrays[name] = rng.normal(size=(4, 24) if source == "torch" else (24, 4))
    ported = port("dense", arrays, source=source, target=target, flattened=image)
    lines = plan("dense", source, target, flattened=image).lines
    same(port_frameworks.lines(lines, source=arrays)["target"], ported.arrays)
    back = port("dense", ported.arrays, source=target, target=source,
                flattened=image if len(lines) == 4 else [image[i] for i in ((2, 0, 1), (1, 2, 0))[source in ("torch", "onnx")]])
    same(back.arrays, arrays)


def test_one_small_gru_by_hand():
    """One input, one state: each number can be followed."""
    arrays = {"kernel": [[1.0, 2.0, 3.0]], "recurrent_kernel": [[4.0, 5.0, 6.0]], "bias": [[7.0, 8.0, 9.0], [10.0, 11.0, 12.0]]}
    ported = port("gru", arrays, source="keras", target="torch")
    same(ported.arrays, {"weight_ih_l0": np.array([[2.0], [1.0], [3.0]]), "weight_hh_l0": np.array([[5.0], [4.0], [6.0]]),
                         "bias_ih_l0": np.array([8.0, 7.0, 9.0]), "bias_hh_l0": np.array([11.0, 10.0, 12.0])})
    assert ported.call == "torch.nn.GRU(1, 1, batch_first=True)"
    back = port("gru", ported.arrays, source="torch", target="keras")
    assert back.options == {"reset_after": True}


def test_one_small_lstm_by_hand():
    """ONNX's i, o, f, c; two biases become one sum."""
    W = np.array([[[1.0], [2.0], [3.0], [4.0]]])
    arrays = {"W": W, "R": 10 * W, "B": np.array([[1.0, 2.0, 3.0, 4.0, 100.0, 200.0, 300.0, 400.0]])}
    ported = port("lstm", arrays, source="onnx", target="keras")
    same(ported.arrays, {"kernel": np.array([[1.0, 3.0, 4.0, 2.0]]), "recurrent_kernel": np.array([[10.0, 30.0, 40.0, 20.0]]),
                         "bias": np.array([101.0, 303.0, 404.0, 202.0])})


def test_flattened_rows_by_hand():
    """Height 1, width 2, channels 3: Keras flattens x0c0 x0c1 x0c2 x1c0 ..., PyTorch x0c0 x1c0 x0c1 ..."""
    rows = np.arange(6.0)[:, None]
    np.testing.assert_array_equal(permuted_rows(rows, (1, 2, 3), "keras", "torch")[:, 0], [0, 3, 1, 4, 2, 5])
    np.testing.assert_array_equal(permuted_rows(rows, (3, 1, 2), "torch", "keras")[:, 0], [0, 2, 4, 1, 3, 5])


def test_every_layer_of_the_suite_is_ported_or_holds_nothing():
    assert set(KINDS) | set(STATELESS) | set(LOSSES) == set(LAYERS)
    for case in all_cases():
        for layer in case.layers:
            if layer.kind in STATELESS:
                assert not layer.own(case.params), (case.name, layer.kind)


@pytest.mark.parametrize("kind", STATELESS)
def test_layers_without_weights_say_so(kind):
    assert port(kind, {}, source="keras", target="torch").arrays == {}
    with pytest.raises(PortError, match="no weights"):
        port(kind, {"kernel": np.ones(3)}, source="keras", target="torch")
    answer = CliRunner().invoke(app, ["port", kind, "--from", "keras", "--to", "torch"])
    assert answer.exit_code == 0 and "no weights" in answer.output


REFUSALS = [
    ("gru", "keras", "torch", {"reset_after": False}, "reset gate after"),
    ("gru", "onnx", "flax", {}, "reset gate after"),
    ("lstm", "keras", "torch", {"recurrent_activation": "hard_sigmoid"}, "sigmoid only.*hard_sigmoid"),
    ("simple_rnn", "keras", "torch", {"activation": "sigmoid"}, "tanh or relu only"),
    ("lstm", "onnx", "keras", {"activations": ["Sigmoid", "Tanh", "Relu"]}, "one activation"),
    ("conv2d", "keras", "torch", {"padding": "same", "strides": 2}, "stride 1 only"),
    ("conv2d", "torch", "keras", {"padding": 1}, "ZeroPadding2D"),
    ("conv2d", "flax", "torch", {"padding": [[0, 1], [1, 2]]}, "both ends alike"),
    ("conv1d", "onnx", "keras", {"auto_pad": "SAME_LOWER"}, "odd cell"),
    ("conv2d", "torch", "keras", {"stride": 2, "dilation": 2}, "not both"),
    ("conv2d", "torch", "onnx", {"padding": "same", "dilation": 2}, "padding as numbers"),
]


@pytest.mark.parametrize("kind, source, target, config, words", REFUSALS)
def test_what_the_target_does_not_have_is_refused_in_words(kind, source, target, config, words):
    with pytest.raises(Refused, match=words):
        port(kind, arrays_of(source, kind, config), source=source, target=target, config=config)
    options = [f"--option={name}={value!r}" for name, value in config.items()]
    answer = CliRunner().invoke(app, ["port", kind, "--from", source, "--to", target, *options])
    assert answer.exit_code == 1 and "refused: " in answer.output


def test_a_bias_inside_the_reset_gate_is_not_summed():
    arrays = arrays_of("torch", "gru")
    with pytest.raises(Refused, match="reset gate"):
        port("gru", arrays, source="torch", target="flax")
    arrays["bias_hh_l0"][10:] = 0  # the candidate's
    ported = port("gru", arrays, source="torch", target="flax")
    np.testing.assert_array_equal(ported.arrays["dense_i/bias"], arrays["bias_ih_l0"] + arrays["bias_hh_l0"])
    answer = CliRunner().invoke(app, ["port", "gru", "--from", "torch", "--to", "flax"])
    assert answer.exit_code == 0 and "refused unless" in answer.output
    with pytest.raises(AssertionError, match="no bias inside"):
        port_frameworks.lines(plan("gru", "torch", "flax").lines, source=arrays_of("torch", "gru"))


def test_a_counter_is_no_weight_and_nothing_is_shared():
    arrays = arrays_of("torch", "batch_norm")
    ported = port("batch_norm", arrays | {"num_batches_tracked": np.array(3)}, source="torch", target="keras")
    arrays["weight"][:] = 0
    assert ported.arrays["gamma"].all() and ported.options == {"epsilon": 1e-5, "momentum": 0.9}


def test_peepholes_are_refused_unless_they_do_nothing():
    arrays = arrays_of("onnx", "lstm") | {"P": np.ones((1, 15))}
    with pytest.raises(Refused, match="peepholes"):
        port("lstm", arrays, source="onnx", target="torch")
    port("lstm", arrays | {"P": np.zeros((1, 15))}, source="onnx", target="torch")


def gru_arrays(**changed):
    return {k: a for k, a in (arrays_of("keras", "gru") | changed).items() if a is not None}


BAD = [
    (dict(kind="grU", arrays={}, source="keras", target="torch"), "no layer 'grU'; .*gru"),
    (dict(kind="gru", arrays={}, source="keras", target="tf"), "no framework 'tf'; there are torch"),
    (dict(kind="gru", arrays={}, source="keras", target="keras"), "nothing to port"),
    (dict(kind="gru", arrays=gru_arrays(kernel=None), source="keras", target="torch"), "missing kernel; expected are kernel"),
    (dict(kind="gru", arrays=gru_arrays(extra=np.ones(2)), source="keras", target="torch"), "no place for extra"),
    (dict(kind="gru", arrays=gru_arrays(bias=np.ones(15)), source="keras", target="torch"),
     r"bias has shape \(15,\), expected are 2 axes \(2, 3\*hidden\).*reset_after=False.*say so"),
    (dict(kind="dense", arrays={"weight": np.ones((2, 3))}, source="torch", target="keras"), "missing bias.*bias=False, say so"),
    (dict(kind="lstm", arrays=arrays_of("torch", "lstm") | {"weight_ih_l1": np.ones((20, 5))}, source="torch", target="keras"),
     "no place for weight_ih_l1.*every layer and direction on its own"),
    (dict(kind="gru", arrays=gru_arrays(kernel=np.ones((3, 14))), source="keras", target="torch"),
     r"kernel has shape \(3, 14\), expected is \(input, 3\*hidden\)"),
    (dict(kind="gru", arrays=gru_arrays(recurrent_kernel=np.ones((4, 15))), source="keras", target="torch"),
     r"recurrent_kernel has shape \(4, 15\).*hidden is 5"),
    (dict(kind="gru", arrays=gru_arrays(), source="keras", target="torch", config={"reset": 1}), "no option 'reset'"),
    (dict(kind="gru", arrays=gru_arrays(), source="keras", target="torch", config={"reset_after": "no"}), "neither True nor"),
    (dict(kind="lstm", arrays={}, source="keras", target="torch", config={"activation": "selu"}), "'selu' is not understood"),
    (dict(kind="conv2d", arrays={}, source="keras", target="torch", config={"padding": "reflect"}), "'reflect'"),
    (dict(kind="conv2d", arrays={}, source="torch", target="keras", config={"stride": 0}), "positive integers"),
    (dict(kind="conv2d", arrays=arrays_of("torch", "conv2d"), source="torch", target="keras", config={"groups": 3}),
     "8 filters cannot be shared out among 3"),
    (dict(kind="layer_norm", arrays=arrays_of("torch", "layer_norm"), source="torch", target="keras", config={"eps": "small"}),
     "not a number"),
    (dict(kind="layer_norm", arrays={"weight": np.ones((2, 3)), "bias": np.ones((2, 3))}, source="torch", target="keras"),
     r"weight has shape \(2, 3\), expected are 1 axes"),
    (dict(kind="dense", arrays=arrays_of("keras", "dense"), source="keras", target="torch", flattened=(2, 5)), "10 numbers"),
    (dict(kind="dense", arrays=arrays_of("keras", "dense"), source="keras", target="torch", flattened=(3,)), "at least two axes"),
    (dict(kind="gru", arrays=gru_arrays(), source="keras", target="torch", flattened=(2, 5)), "only the rows of a dense"),
]


@pytest.mark.parametrize("request_, words", BAD, ids=[words for _, words in BAD])
def test_bad_input_is_told_in_words(request_, words):
    arguments = dict(request_)
    with pytest.raises(PortError, match=words) as told:
        port(arguments.pop("kind"), arguments.pop("arrays"), **arguments)
    assert not isinstance(told.value, Refused)


@pytest.mark.parametrize("arguments, words", [
    (["gruu", "--from", "keras", "--to", "torch"], "no layer"),
    (["gru", "--from", "keras", "--to", "torchh"], "no framework"),
    (["gru", "--from", "keras", "--to", "torch", "--option", "reset_after"], "NAME=VALUE"),
    (["dense", "--from", "keras", "--to", "torch", "--flattened", "4,x"], "two or more sizes"),
])
def test_wrong_usage_of_the_command(arguments, words):
    answer = CliRunner().invoke(app, ["port", *arguments], env={"COLUMNS": "200"})
    assert answer.exit_code == 2 and words in answer.output


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("source, target", PAIRS)
def test_the_map_fits_eighty_columns_and_names_everything(kind, source, target):
    options = [f"--option={name}={value!r}" for name, value in config_of(kind, source).items()]
    answer = CliRunner().invoke(app, ["port", kind, "--from", source, "--to", target, *options], env={"COLUMNS": "80"})
    assert answer.exit_code == 0, answer.output
    assert all(len(line) <= 80 for line in answer.output.splitlines())
    made = plan(kind, source, target, config_of(kind, source))
    printed = answer.output.splitlines()
    assert all(line in printed for line in made.lines)
    for array in made.mapped:
        assert any(line.startswith(f"{array.name}  (") for line in printed)
    for role, place in made.source_form.where.items():  # everything of the source is used
        assert any(place in line for line in printed), role


# --- equal outputs: needs the frameworks ---

def ask(load_oracle, *frameworks):
    for name in frameworks:
        if name in oracles.NAMES:
            load_oracle(name)
        elif missing := port_frameworks.missing(name):
            pytest.skip(f"{name}: {', '.join(missing)} not installed")


def example(kind):
    """An input with PyTorch's axes."""
    rng = np.random.default_rng(11)
    shape = {"dense": (2, 3), "embedding": (2, 4), "conv1d": (2, 6, 9), "conv2d": (2, 6, 9, 10), "batch_norm": (2, 7, 4, 5),
             "layer_norm": (2, 3, 6)}.get(kind, (2, 4, 3))
    return rng.integers(0, 11, shape) if kind == "embedding" else rng.normal(size=shape)


@pytest.fixture(scope="module")
def answers():
    """The source's outputs, kept for all targets."""
    return {}


def outputs_agree(kind, source, target, config, answers, arrays=None):
    """Port, build both from the printed call, and compare outputs in units of rounding."""
    if arrays is None:
        arrays = arrays_of(source, kind, config)
        if (kind, target) == ("gru", "flax"):
            arrays = carried(kind, source, target, arrays)
    exact = {source, target} == {"torch", "keras"}
    dtype = "float64" if exact else "float32"
    arrays = {name: np.asarray(a, dtype) for name, a in arrays.items()}
    x = example(kind)
    ported = port(kind, arrays, source=source, target=target, config=config)
    key = kind, source, str(config), dtype, hash(b"".join(np.ascontiguousarray(a).tobytes() for a in arrays.values()))
    if key not in answers:
        y, back = port_frameworks.run(source, kind, ported.plan.source_call(SIZES), arrays, x, dtype)
        back.pop("num_batches_tracked", None)
        same({k: np.asarray(a) for k, a in back.items()}, arrays)
        answers[key] = y
    theirs = answers[key]
    ours, back = port_frameworks.run(target, kind, ported.call, ported.arrays, x, dtype)
    back.pop("num_batches_tracked", None)
    same({k: np.asarray(a) for k, a in back.items()}, ported.arrays)
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    assert theirs.std() > 0.01
    error = np.abs(ours - theirs).max() / (np.finfo(dtype).eps * np.abs(theirs).max())
    assert error <= 64, f"{error:.3g} units of rounding"
    return error


# with Keras in it PyTorch is not named, so that `-k "gru and torch"` selects nothing that imports TensorFlow
SHORT = {"torch": "pt"}
LIVE = [pytest.param(s, t, id=f"{SHORT.get(s, s)}-{SHORT.get(t, t)}" if "keras" in (s, t) else f"{s}-{t}") for s, t in PAIRS]


@pytest.mark.live
@pytest.mark.parametrize("source, target", LIVE)
@pytest.mark.parametrize("kind", KINDS)
def test_equal_outputs(kind, source, target, load_oracle, answers):
    ask(load_oracle, source, target)
    config = config_of(kind, source) | ({GROUPS[source]: 2} if kind.startswith("conv") else {})
    outputs_agree(kind, source, target, config, answers)


VARIANTS = [
    ("gru", "keras", {"reset_after": False}, ("onnx",)),
    ("gru", "onnx", {}, ("keras",)),  # two biases in front of the product become one
    ("gru", "torch", {"bias": False}, ("keras", "flax", "linen", "onnx")),
    ("gru", "keras", {"use_bias": False}, ("torch", "onnx")),
    ("lstm", "keras", {"use_bias": False}, ("torch", "flax", "linen", "onnx")),
    ("lstm", "keras", {"recurrent_activation": "hard_sigmoid"}, ("flax", "linen")),
    ("lstm", "flax", {"gate_fn": "hard_sigmoid", "activation_fn": "relu"}, ("keras", "linen")),
    ("lstm", "onnx", {"activations": ["Sigmoid", "Relu", "Relu"]}, ("keras", "flax")),
    ("simple_rnn", "torch", {"nonlinearity": "relu"}, ("keras", "flax", "linen", "onnx")),
    ("simple_rnn", "onnx", {"activations": ["Relu"]}, ("torch", "keras")),
    ("conv2d", "keras", {"padding": "same", "strides": 2}, ("flax", "linen", "onnx")),
    ("conv2d", "keras", {"padding": "same", "groups": 2}, ("torch", "flax", "onnx")),
    ("conv2d", "torch", {"padding": (1, 2), "stride": (2, 1), "groups": 2}, ("flax", "linen", "onnx")),
    ("conv2d", "torch", {"padding": "same", "dilation": 2}, ("keras", "flax", "linen")),
    ("conv1d", "torch", {"padding": 1, "stride": 2}, ("flax", "linen", "onnx")),
    ("conv1d", "onnx", {"pads": [1, 2]}, ("flax", "linen")),
    ("conv1d", "keras", {"use_bias": False, "dilation_rate": 3}, ("torch", "flax", "linen", "onnx")),
    ("dense", "onnx", {"transB": 1}, ("torch", "keras")),
    ("dense", "torch", {"bias": False}, ("keras", "flax", "linen", "onnx")),
    ("layer_norm", "keras", {"center": False}, ("torch", "flax", "linen", "onnx")),
    ("layer_norm", "keras", {"scale": False, "epsilon": 0.01}, ("torch", "flax", "onnx")),
    ("layer_norm", "torch", {"elementwise_affine": False}, ("keras",)),
    ("batch_norm", "keras", {"scale": False}, ("torch", "flax", "linen", "onnx")),
    ("batch_norm", "torch", {"affine": False, "eps": 0.01}, ("keras", "flax", "linen", "onnx")),
]
VARIANTS = [pytest.param(kind, source, config, target, id="-".join(
    [kind, *(SHORT.get(n, n) if "keras" in (source, target) else n for n in (source, target)),
     *(f"{k}={v}" for k, v in config.items())]))
    for kind, source, config, targets in VARIANTS for target in targets]


def ungrouped(kind, config):
    """All six channels in one kernel where the layer has no groups."""
    return kind.startswith("conv") and not set(config) & set(GROUPS.values())


@pytest.mark.live
@pytest.mark.parametrize("kind, source, config, target", VARIANTS)
def test_equal_outputs_of_a_variant(kind, source, config, target, load_oracle, answers, monkeypatch):
    ask(load_oracle, source, target)
    if ungrouped(kind, config):
        monkeypatch.setitem(SIZES, "channels/groups", 6)
    outputs_agree(kind, source, target, config, answers)


@pytest.mark.live
def test_running_mean_moves_alike_with_the_ported_momentum(load_oracle):
    """PyTorch's momentum weighs the new statistics, Keras's the old: 0.3 becomes 0.7. One training step in both."""
    pt = load_oracle("torch").torch
    keras = load_oracle("keras").keras
    arrays, x = arrays_of("torch", "batch_norm"), example("batch_norm")
    ported = port("batch_norm", arrays, source="torch", target="keras", config={"momentum": 0.3})
    assert ported.options["momentum"] == 0.7
    theirs = pt.nn.BatchNorm2d(7, momentum=0.3, dtype=pt.float64)
    theirs.load_state_dict({k: pt.tensor(a) for k, a in arrays.items()})
    theirs.train()(pt.tensor(x))
    ours = keras.layers.BatchNormalization(momentum=ported.options["momentum"], epsilon=1e-5, dtype="float64")
    ours.build(np.moveaxis(x, 1, -1).shape)
    ours.set_weights([ported.arrays[w.name] for w in ours.weights])
    ours(np.moveaxis(x, 1, -1), training=True)
    np.testing.assert_allclose(ours.moving_mean.numpy(), theirs.running_mean.numpy(), rtol=1e-13)
    moved = [a - 0.7 * arrays["running_var"] for a in (theirs.running_var.numpy(), ours.moving_variance.numpy())]
    n = x.size // 7
    np.testing.assert_allclose(moved[0] / moved[1], n / (n - 1), rtol=1e-12)  # over n - 1 there, over n here


@pytest.mark.live
def test_a_dense_layer_behind_a_flatten(load_oracle):
    """Image -> flatten -> dense in Keras and in PyTorch, each with its own axes: equal only with rearranged rows."""
    pt = load_oracle("torch").torch
    keras = load_oracle("keras").keras
    rng = np.random.default_rng(5)
    x = rng.normal(size=(2, 3, 4, 5))  # (batch, channels, height, width)
    arrays = {"kernel": rng.normal(size=(60, 7)), "bias": rng.normal(size=7)}
    last = np.moveaxis(x, 1, -1)
    dense = keras.layers.Dense(7, dtype="float64")
    dense.build((None, 60))
    dense.set_weights([arrays["kernel"], arrays["bias"]])
    theirs = dense(keras.layers.Flatten(dtype="float64")(last)).numpy()

    def linear(**flattened):
        ported = port("dense", arrays, source="keras", target="torch", **flattened)
        layer = pt.nn.Linear(60, 7, dtype=pt.float64)
        layer.load_state_dict({k: pt.tensor(a) for k, a in ported.arrays.items()})
        return layer(pt.tensor(x).flatten(1)).detach().numpy()

    np.testing.assert_allclose(linear(flattened=(4, 5, 3)), theirs, rtol=1e-12, atol=1e-13)
    assert np.abs(linear() - theirs).max() > 1


@pytest.mark.live
def test_what_is_refused_would_give_other_outputs(load_oracle):
    """Keras GRU(reset_after=False) into torch.nn.GRU by force, its one bias with a zero beside it: shapes fit, outputs do not."""
    load_oracle("torch")
    load_oracle("keras")
    config = {"reset_after": False}
    arrays, x = arrays_of("keras", "gru", config), example("gru")
    call = "keras.layers.GRU(5, reset_after=False, return_sequences=True)"
    theirs, _ = port_frameworks.run("keras", "gru", call, arrays, x, "float64")
    params = LAYOUTS["keras"]["gru"].unpack(arrays)
    forced = LAYOUTS["torch"]["gru"].pack(params | {"recurrent_bias": np.zeros_like(params["bias"])})
    ours, _ = port_frameworks.run("torch", "gru", "torch.nn.GRU(3, 5, batch_first=True)", forced, x, "float64")
    assert np.abs(ours - theirs).max() > 0.01
