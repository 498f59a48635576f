"""A layer and its port give equal outputs: both are built from the printed text, in every framework that is installed."""

import itertools

import numpy as np
import port_frameworks
import pytest
from port_arrays import SIZES, arrays_of, carried, config_of, same

from nnparity import oracles
from nnparity.oracles.layouts import LAYOUTS
from nnparity.oracles.porting import FRAMEWORKS, KINDS, port

pytestmark = pytest.mark.live
PAIRS = tuple(itertools.permutations(FRAMEWORKS, 2))
GROUPS = {"torch": "groups", "keras": "groups", "flax": "feature_group_count", "linen": "feature_group_count", "onnx": "group"}


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
    ("conv2d", "flax", {"padding": ((1, 2), (0, 3))}, ("onnx", "linen")),
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


@pytest.mark.parametrize("kind, source, config, target", VARIANTS)
def test_equal_outputs_of_a_variant(kind, source, config, target, load_oracle, answers, monkeypatch):
    ask(load_oracle, source, target)
    if ungrouped(kind, config):
        monkeypatch.setitem(SIZES, "channels/groups", 6)
    outputs_agree(kind, source, target, config, answers)


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
    back = port("batch_norm", ported.arrays, source="keras", target="torch", config=ported.options)
    assert back.options == {"momentum": 0.3, "eps": 1e-5}
    ours = keras.layers.BatchNormalization(momentum=ported.options["momentum"], epsilon=1e-5, dtype="float64")
    ours.build(np.moveaxis(x, 1, -1).shape)
    ours.set_weights([ported.arrays[w.name] for w in ours.weights])
    ours(np.moveaxis(x, 1, -1), training=True)
    np.testing.assert_allclose(ours.moving_mean.numpy(), theirs.running_mean.numpy(), rtol=1e-13)
    moved = [a - 0.7 * arrays["running_var"] for a in (theirs.running_var.numpy(), ours.moving_variance.numpy())]
    n = x.size // 7
    np.testing.assert_allclose(moved[0] / moved[1], n / (n - 1), rtol=1e-12)  # over n - 1 there, over n here


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
