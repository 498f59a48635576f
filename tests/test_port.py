"""Weights that move from one framework to another: the same function, or a refusal in words."""

import itertools

import numpy as np
import port_frameworks
import pytest
from port_arrays import arrays_of, carried, config_of, same
from typer.testing import CliRunner

from nnparity.cases import all_cases
from nnparity.oracles.porting import FRAMEWORKS, KINDS, STATELESS, PortError, Refused, permuted_rows, plan, port
from nnparity.reference_impl.losses import LOSSES
from nnparity.reference_impl.network import LAYERS
from nnparity.reports.cli import app

PAIRS = tuple(itertools.permutations(FRAMEWORKS, 2))


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
    (dict(kind="dense", arrays=arrays_of("keras", "dense"), source="keras", target="torch", flattened=12), "at least two axes"),
    (dict(kind="dense", arrays=[np.ones((2, 3))], source="keras", target="torch"), "arrays is a list"),
    (dict(kind="lstm", arrays={}, source="onnx", target="torch", config={"activations": None}), "activations=.None.*Sigmoid"),
    (dict(kind="conv1d", arrays={}, source="onnx", target="torch", config={"auto_pad": ["SAME"]}), "auto_pad"),
    (dict(kind="layer_norm", arrays={}, source="torch", target="keras", config={"eps": -1.0}), "between 0 and 1"),
    (dict(kind="gru", arrays={}, source="onnx", target="keras", config={"linear_before_reset": "yes"}), "neither 0 nor 1"),
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
