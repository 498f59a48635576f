"""Convolution, pooling, normalisation, embedding and dropout as other people write them: right ones agree, wrong ones are named.

Everything goes through the documented contract: a function in a file, named arrays in, named arrays out.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from nnparity import cases, reference_impl
from nnparity.cases.case import Result
from nnparity.reports.asking.implementations import UserFile
from nnparity.reports.verdicts.judge import judge
from nnparity.reports.verdicts.run import rows_of

FOREIGN = Path(__file__).parent / "foreign"

RIGHT = {  # file, function -> the cases it can be asked
    ("convolution_loops", "conv2d"): "conv2d-",
    ("convolution_im2col", "conv2d"): "conv2d-generic conv2d-square conv2d-stride2 conv2d-nobias conv2d-relu n01-cnn",
    ("convolution_channels_last", "conv2d"): "conv2d-generic conv2d-square conv2d-nobias",
    ("convolution_signal", "conv1d"): "conv1d-generic conv1d-square conv1d-nobias",
    ("pooling", "max_pool2d"): "max_pool2d-",
    ("pooling", "average_pool2d"): "average_pool2d-",
    ("normalisation", "batch_norm"): "batch_norm-training batch_norm-old batch_norm-new batch_norm-last",
    ("normalisation", "layer_norm"): "layer_norm-",
    ("small", "embedding"): "embedding-alone",
    ("small", "dropout"): "dropout-",
}

WRONG = [  # file, function, cases, verdict, what the first explanation says
    ("convolution_loops", "flipped", "conv2d-generic conv2d-same-stride2 n01-cnn-square", "mistake", "kernel flipped"),
    ("convolution_loops", "padded_in_front", "conv2d-same conv2d-explicit", "mistake", "all padding put before the first cell"),
    ("convolution_loops", "bias_in_loop", "conv2d-generic conv2d-square", "mistake", "once for every input channel"),
    ("convolution_loops", "relu_for_upstream", "n01-cnn-generic n01-cnn-square", "mistake", "(K01)"),
    ("convolution_loops", "loops_over_kernel", "n01-cnn-generic n01-cnn-square", "mistake", "run over the kernel's extent (K03)"),
    ("convolution_loops", "kernel_assigned", "conv2d-generic n01-cnn-square", "mistake",
     "kernel gradient assigned instead of added"),
    ("convolution_loops", "input_assigned", "conv2d-generic conv2d-square", "mistake", "overwritten by every filter and window"),
    ("convolution_loops", "stride_forgotten", "conv2d-stride2 conv2d-same-stride2", "mistake",
     "stride ignored in the input gradient"),
    ("convolution_loops", "not_cropped", "conv2d-same conv2d-explicit", "mistake",
     "input gradient cut from the padded one at its start"),
    ("convolution_loops", "bias_mean", "conv2d-generic conv2d-square", "mistake",
     "bias gradient averaged over batch and positions"),
    ("convolution_loops", "two_at_once", "conv2d-same", "mistake",
     "at its start; bias gradient averaged over batch and positions"),
    ("convolution_loops", "front_and_mean", "conv2d-same", "mistake", "before the first cell; bias gradient averaged"),
    ("convolution_im2col", "wrong_maps", "conv2d-generic n01-cnn-square", "mistake", "positions and batch mixed"),
    ("convolution_im2col", "overwriting", "conv2d-generic conv2d-stride2", "mistake", "input gradient overwritten tap by tap"),
    ("convolution_im2col", "last_only", "conv2d-generic n01-cnn-generic", "mistake", "bias gradient assigned instead of added"),
    ("convolution_im2col", "averaging", "n01-cnn-square", "mistake", "divided by 3, the size of batch"),
    ("convolution_channels_last", "kernel_reshaped", "conv2d-generic", "mistake",
     "brought to HWIO by reshape instead of transpose"),
    ("convolution_channels_last", "not_flipped_back", "conv2d-generic conv2d-square", "mistake", "turned round the wrong way"),
    ("convolution_channels_last", "outputs_left_last", "conv2d-generic conv2d-square", "mistake", "outputs returned as NHWC"),
    ("convolution_channels_last", "height_width_mixed", "conv2d-square", "mistake", "kernel: height and width exchanged"),
    ("convolution_signal", "convolved", "conv1d-generic conv1d-square", "mistake", "flipped"),
    ("convolution_signal", "one_channel", "conv1d-generic conv1d-square", "mistake", "one input channel only (K05)"),
    ("pooling", "zero_padded", "max_pool2d-same max_pool2d-explicit", "mistake", "padding with zeros competes"),
    ("pooling", "ties_to_all", "max_pool2d-ties", "mistake", "every one of several equal maxima"),
    ("pooling", "ties_shared", "max_pool2d-ties", "mistake", "shared evenly among the maxima"),
    ("pooling", "winner_assigned", "max_pool2d-overlap max_pool2d-same", "mistake", "overwrite each other's gradient"),
    ("pooling", "window_erased", "max_pool2d-overlap max_pool2d-same", "mistake", "each window overwrites"),
    ("pooling", "index_by_columns", "max_pool2d-generic max_pool2d-same", "mistake",
     "counted row by row, placed column by column"),
    ("pooling", "padding_counted", "average_pool2d-same-cells", "convention",
     "average pooling at the border: the size of the window"),
    ("pooling", "not_shared", "average_pool2d-generic average_pool2d-overlap", "mistake", "gradient of the average not divided"),
    ("pooling", "sums", "average_pool2d-generic average_pool2d-overlap", "mistake", "sum instead of average"),
    ("normalisation", "unbiased", "batch_norm-training-image batch_norm-training-last", "mistake", "the variance over N - 1"),
    ("normalisation", "eps_outside", "batch_norm-training-epsilon batch_norm-training-image", "mistake", "epsilon added outside"),
    ("normalisation", "mean_lost", "batch_norm-training-image batch_norm-training-last", "mistake",
     "no gradient through the mean"),
    ("normalisation", "variance_lost", "batch_norm-training-image batch_norm-new-n", "mistake",
     "no gradient through the variance"),
    ("normalisation", "half_lost", "batch_norm-training-image batch_norm-old-n", "mistake",
     "through the variance twice too large"),
    ("normalisation", "plain_gamma", "batch_norm-training-image batch_norm-old-n", "mistake", "lacks the normalised input"),
    ("normalisation", "gamma_lost", "batch_norm-training-image batch_norm-old-n", "mistake", "input gradient lacks gamma"),
    ("normalisation", "momentum_turned", "batch_norm-old-n batch_norm-new-n", "convention",
     "what BatchNormalization momentum weighs: the"),
    ("normalisation", "running_biased", "batch_norm-old-unbiased batch_norm-last-unbiased", "convention",
     "BatchNormalization running variance: by n"),
    ("normalisation", "running_unbiased", "batch_norm-old-n batch_norm-new-n", "convention",
     "BatchNormalization running variance: by n - 1"),
    ("normalisation", "two_faults", "batch_norm-old-n", "mistake", "momentum weighs: the new batch; gamma's gradient lacks"),
    ("normalisation", "over_the_batch", "layer_norm-generic layer_norm-sequence", "mistake",
     "layer normalisation over the first axis"),
    ("normalisation", "torch_std", "layer_norm-generic layer_norm-sequence", "mistake", "divided by N - 1"),
    ("normalisation", "default_epsilon", "layer_norm-sequence layer_norm-epsilon", "convention", "epsilon 1e-06"),
    ("small", "added_by_index", "embedding-alone", "mistake", "repeated tokens overwritten instead of added"),
    ("small", "padding_row", "embedding-alone", "mistake", "token 0 gets no gradient"),
    ("small", "keep_for_rate", "dropout-inverted", "mistake", "divided by the rate instead of 1 - rate"),
    ("small", "plain", "dropout-inverted", "convention", "kept units not rescaled"),
    ("small", "mask_forgotten", "dropout-inverted", "mistake", "mask not applied in the backward pass"),
]


def chosen(words: str):
    """The float64 cases of one layer whose names begin with one of these words."""
    return [case for case in cases.all_cases() if case.dtype == "float64" and len(case.layers) == 1
            and any(case.name.startswith(word) and (word.endswith("-") or case.name[len(word)] == "-") for word in words.split())]


@cache
def implementation(file: str, function: str):
    run, _ = UserFile(str(FOREIGN / f"{file}.py"), function).load()
    return run


@pytest.mark.parametrize("file, function", RIGHT)
def test_right_in_another_style_agrees(file, function):
    asked = chosen(RIGHT[file, function])
    assert asked
    for case in asked:
        row = judge(case, implementation(file, function)(case), implementation=file, version="")
        assert row.verdict == "agrees", f"{case}: {row.worst}"


@pytest.mark.parametrize("file, function, where, verdict, words", WRONG,
                         ids=[f"{file}-{function}" for file, function, *_ in WRONG])
def test_wrong_in_another_style_is_named(file, function, where, verdict, words):
    for case in [cases.named(f"{name}-float64") for name in where.split()]:
        row = judge(case, implementation(file, function)(case), implementation=file, version="")
        assert row.verdict == verdict and row.diagnosis[0].complete, f"{case}: {[e.title for e in row.diagnosis]}"
        assert words in row.diagnosis[0].title, case


def test_a_wrong_one_is_named_from_its_own_process():
    asked = chosen("conv2d-generic conv2d-stride2")
    rows = rows_of(UserFile(str(FOREIGN / "convolution_im2col.py"), "overwriting"), asked, 20)
    assert len(rows) == 2
    assert all(row.diagnosis[0].title == "input gradient overwritten tap by tap" for row in rows)


def moved(name, output=None, grads=()):
    """The right answer of a case with random numbers added at some places."""
    case, rng = cases.named(name), np.random.default_rng(0)
    right = reference_impl.run(case)
    outputs, gradients = dict(right.outputs), dict(right.grads)
    for group, changes in ((outputs, {"y": output} if output else {}), (gradients, dict(grads))):
        for array, places in changes.items():
            group[array] = group[array].copy()
            group[array][places] += rng.standard_normal(group[array][places].shape)
    return judge(case, Result(outputs=outputs, grads=gradients), implementation="moved", version="").diagnosis[0]


EVERY = slice(None)


@pytest.mark.parametrize("case, output, grads, said", [
    ("conv2d-same-float64", (EVERY, 2, slice(None, None, 2)), {},
     ("outputs part at example 0, filter 2, row 0, column 0", "filter 2 (of 6) only", "every second row", "the stride")),
    ("conv2d-same-float64", (EVERY, EVERY, slice(0, 1)), {},
     ("outputs part at example 0, filter 0, row 0, column 0", "row 0 (of 11) only", "grads/kernel")),
    ("conv2d-generic-float64", None, {"kernel": (EVERY, EVERY, 0, 2)},
     ("kernel tap (0, 2) of every filter and input channel", "bias, x is right too")),
    ("conv2d-generic-float64", None, {"kernel": (EVERY, 1)}, ("input channel 1 (of 3) only",)),
    ("conv1d-generic-float64", None, {"x": (..., slice(-2, None))}, ("the last 2 of 13 positions", "look at the padding")),
    ("batch_norm-training-last-float64", (..., 3), {}, ("channel 3 (of 5) only", "outputs/running_mean")),
    ("layer_norm-sequence-float64", None, {"gamma": (4,)}, ("feature 4 (of 6) only", "beta, x is right too")),
    ("embedding-alone-float64", None, {"table": (5,)}, ("token 5 (of 7) only",)),
    ("max_pool2d-same-float64", (0, 1, 2, 1), {}, ("example 0, channel 1, row 2, column 1", "position (2, 1)")),
])
def test_where_numbers_part(case, output, grads, said):
    explanation = moved(case, output, grads)
    assert explanation.verdict == "unexplained" and not explanation.complete
    for words in said:
        assert words in explanation.title + explanation.words


def test_only_the_border_is_wrong():
    case, rng = cases.named("conv2d-same-float64"), np.random.default_rng(0)
    right = reference_impl.run(case)
    y = right.outputs["y"] + rng.standard_normal(right.outputs["y"].shape)
    y[:, :, 1:-1, 1:-1] = right.outputs["y"][:, :, 1:-1, 1:-1]
    explanation = judge(case, Result(outputs={"y": y}, grads=right.grads), implementation="moved", version="").diagnosis[0]
    assert "only positions at the border" in explanation.words and "look at the padding" in explanation.words
