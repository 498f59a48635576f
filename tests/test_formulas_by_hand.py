"""Formulas of the atlas against numbers worked out by hand: every variant that no framework's recorded answer covers.

What a framework answers is compared in tests/test_formulas.py. No framework.
"""

import math
from statistics import NormalDist

import numpy as np
import pytest

from nnparity.cases.atlas import atlas
from nnparity.cases.convention import REFUSES
from nnparity.reference_impl.activations import SELU_ALPHA, SELU_SCALE
from nnparity.reference_impl.atlas import FORMULAS

nan, e, tanh, log = math.nan, math.e, math.tanh, math.log
EMPTY = {"q": [[0]], "k": [[0], [0]], "v": [[1], [5]]}  # attention to two keys alike
LONG = {"q": [[1, 1, 1, 1]], "k": [[0.5, 0.5, 0.5, 0.5], [0, 0, 0, 0]], "v": [[1], [5]]}  # q·k is 2 and 0
PACKED = {"x": 1, "h": 1, "kernel": [1, -1, 0.5], "recurrent_kernel": [0.5, 2, -1]}
CELL = {"x": 1, "c": 1, "kernel": [1, -1, 0.5, 2]}
TABLE = {"table": [10, 20, 30]}
SIGNS = {"a": [7, -7, 7, -7], "b": [2, 2, -2, -2]}
SQUARE = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
SELU_LEFT = SELU_SCALE * SELU_ALPHA  # slope just left of zero
STEP = {"p": [1], "rate": 1, "beta_1": 0.5, "beta_2": 0.5}
HALVED = {"rate": 8, "factor": 0.5}
RISING = [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]
CUBE = [[[0, 1], [2, 3.5]], [[1, 0], [3, 2]]]


def sigmoid(a):
    return 1 / (1 + math.exp(-a))


def gru(r, z, n_x, n_h):
    """h' = z h + (1 - z) tanh(n_x + r n_h) for h = 1."""
    return sigmoid(z) + (1 - sigmoid(z)) * tanh(n_x + sigmoid(r) * n_h)


def lstm(i, f, g, o):
    """h' = o tanh(f c + i g) for c = 1."""
    return sigmoid(o) * tanh(sigmoid(f) + sigmoid(i) * tanh(g))


def softmax(a):
    return np.exp(a) / np.exp(a).sum()


ATTENTION = [
    ("attention", EMPTY, [[3]]),
    ("attention", EMPTY | {"mask": [[True, False]]}, [[1]]),
    ("attention", EMPTY | {"mask": [[True, False]], "mask_true": "blocked"}, [[5]]),
    ("attention", EMPTY | {"mask": [[False, False]]}, [[nan]]),
    ("attention", EMPTY | {"mask": [[False, False]], "fully_masked": "zeros"}, [[0]]),
    ("attention", EMPTY | {"mask": [[False, False]], "fully_masked": "mean"}, [[3]]),
    ("attention", EMPTY | {"q": [[0], [0]], "mask": [[False, False], [True, False]]}, [[nan], [1]]),
    ("attention", {"q": [[0, 1], [0, 0], [1000, 0]], "k": [[0, log(2)], [1, 0]], "v": [[3, 0], [6, 3]], "scale": "none"},
     [[4, 1], [4.5, 1.5], [6, 3]]),
    ("attention", LONG, [[(e + 5) / (e + 1)]]),
    ("attention", LONG | {"scale": "none"}, [[(e**2 + 5) / (e**2 + 1)]]),
    ("dropout_all", {"x": [1, 2], "rate_one": "nan"}, [nan, nan]),
    ("dropout_all", {"x": [1, 2], "rate_one": "zeros"}, [0, 0]),
    ("embedding_gradient", {"tokens": [0, 1, 1, 0], "vocabulary": 3, "padding_gradient": "counted"}, [2, 2, 0]),
    ("embedding_gradient", {"tokens": [0, 1, 1, 0], "vocabulary": 3, "padding_gradient": "zero"}, [0, 2, 0]),
    *(("lookup", TABLE | {"index": index, "outside": outside}, y) for index, outside, y in [
        (0, "nan", 10), (1, "zero", 20), (2, "nan", 30), (3, "zero", 0), (3, "nan", nan), (5, "clamp", 30), (5, "wrap", 30),
        (-1, "clamp", 10), (-1, "nan", nan), (-1, "zero", 0), (-1, "wrap", 30), (-2, "wrap", 20), (4, "wrap", 20)]),
    ("one_hot_row", {"token": -1, "classes": 3, "outside": "zeros"}, [0, 0, 0]),
    ("one_hot_row", {"token": 3, "classes": 3, "outside": "zeros"}, [0, 0, 0]),
    ("one_hot_row", {"token": 0, "classes": 3, "outside": "zeros"}, [1, 0, 0]),
    ("one_hot_row", {"token": -1, "classes": 3, "outside": "wrap"}, [0, 0, 1]),
    ("median_of", {"x": [4, 1, 3, 2], "even": "lower"}, 2),
    ("median_of", {"x": [4, 1, 3, 2], "even": "mean"}, 2.5),
    ("median_of", {"x": [9, 1, 4, 3, 2], "even": "mean"}, 3),
    ("remainders", SIGNS | {"sign_of": "divisor"}, [1, 1, -1, -1]),
    ("remainders", SIGNS | {"sign_of": "dividend"}, [1, -1, 1, -1]),
    ("integer_quotients", SIGNS | {"rounding": "down"}, [3, -4, -4, 3]),
    ("integer_quotients", SIGNS | {"rounding": "towards_zero"}, [3, -3, -3, 3]),
    ("dense_square", {"x": [1, 10], "kernel": [[1, 2], [3, 4]], "orientation": "in_out"}, [31, 42]),
    ("dense_square", {"x": [1, 10], "kernel": [[1, 2], [3, 4]], "orientation": "out_in"}, [21, 43]),
]

RECURRENT = [
    ("gru_packed", PACKED | {"gate_order": "rzn"}, [[gru(1.5, 1, 0.5, -1)]]),
    ("gru_packed", PACKED | {"gate_order": "zrn"}, [[gru(1, 1.5, 0.5, -1)]]),
    ("gru_packed", PACKED | {"gate_order": "nzr"}, [[gru(-0.5, 1, 1, 0.5)]]),
    ("lstm_packed", CELL | {"gate_order": "ifgo"}, [[lstm(i=1, f=-1, g=0.5, o=2)]]),
    ("lstm_packed", CELL | {"gate_order": "iofg"}, [[lstm(i=1, o=-1, f=0.5, g=2)]]),
    ("lstm_packed", CELL | {"gate_order": "igfo"}, [[lstm(i=1, g=-1, f=0.5, o=2)]]),
    ("lstm_from_states", {"states": (3, 2), "first_state": "hidden"}, [[tanh(1) / 2]]),
    ("lstm_from_states", {"states": (3, 2), "first_state": "cell"}, [[tanh(1.5) / 2]]),
    ("gru_bias_count", {"hidden": 2, "bias_layout": "single"}, 6),
    ("gru_bias_count", {"hidden": 2, "bias_layout": "candidate"}, 8),
    ("gru_bias_count", {"hidden": 2, "bias_layout": "double"}, 12),
    ("rnn_last_state", {"x": RISING, "time_axis": 0}, [tanh(b + tanh(a)) for a, b in zip(*RISING)]),
    ("rnn_last_state", {"x": RISING, "time_axis": 1}, [tanh(c + tanh(b + tanh(a))) for a, b, c in RISING]),
    ("rnn_step", {"h": [1, 0], "recurrent_kernel": [[0.1, 0.2], [0.3, 0.4]], "orientation": "in_out"}, [tanh(0.1), tanh(0.2)]),
    ("rnn_step", {"h": [1, 0], "recurrent_kernel": [[0.1, 0.2], [0.3, 0.4]], "orientation": "out_in"}, [tanh(0.1), tanh(0.3)]),
    ("rnn_all_dropped", {"x": [1], "dropout_on": "inputs"}, [0]),
    ("rnn_all_dropped", {"x": [1], "dropout_on": "between_layers"}, [tanh(1)]),
    ("rnn_backward", {"x": [1, -2], "backward_order": "reading"}, [tanh(-2), tanh(1 + tanh(-2))]),
    ("rnn_backward", {"x": [1, -2], "backward_order": "time"}, [tanh(1 + tanh(-2)), tanh(-2)]),
    ("rnn_backward", {"x": [1], "backward_order": "reading"}, [tanh(1)]),
    ("rnn_both_directions", {"x": [1, -2], "backward_order": "reading"},
     [[tanh(1), tanh(-2)], [tanh(-2 + tanh(1)), tanh(1 + tanh(-2))]]),
    ("rnn_both_directions", {"x": [1, -2], "backward_order": "time"},
     [[tanh(1), tanh(1 + tanh(-2))], [tanh(-2 + tanh(1)), tanh(-2)]]),
    ("rnn_last_of_both", {"x": [1, -2], "last_of": "whole"}, [tanh(-2 + tanh(1)), tanh(1 + tanh(-2))]),
    ("rnn_last_of_both", {"x": [1, -2], "last_of": "step"}, [tanh(-2 + tanh(1)), tanh(-2)]),
    ("rnn_padded", {"x": [1, 0, 3], "length": 1, "padded_output": "zeros"}, [tanh(1), 0, 0]),
    ("rnn_padded", {"x": [1, 0, 3], "length": 1, "padded_output": "repeat"}, [tanh(1)] * 3),
    ("rnn_padded", {"x": [1, 0, 3], "length": 2, "padded_output": "runs_on"},
     [tanh(1), tanh(tanh(1)), tanh(3 + tanh(tanh(1)))]),
]

KINKS = [
    ("bounded_derivative", {"x": [-1, 0, 3, 6, 7], "low": 0, "high": 6, "at_bounds": 0.5, "slope": 2}, [0, 1, 2, 1, 0]),
    ("bounded_derivative", {"x": [-1, 0, 3, 6, 7], "low": 0, "high": 6, "at_bounds": 1}, [0, 1, 1, 1, 0]),
    ("hard_swish_derivative", {"x": [-4, -3, 1, 3, 4], "at_bounds": "inside"}, [0, -1 / 2, 5 / 6, 3 / 2, 1]),
    ("hard_swish_derivative", {"x": [-4, -3, 1, 3, 4], "at_bounds": "middle"}, [0, -1 / 4, 5 / 6, 5 / 4, 1]),
    ("hard_swish_derivative", {"x": [-4, -3, 1, 3, 4], "at_bounds": "outside"}, [0, 0, 5 / 6, 1, 1]),
    ("hard_swish_derivative", {"x": [-3.5, 0, 3.5], "at_bounds": "inside"}, [0, 1 / 2, 1]),
    ("selu_derivative", {"x": [-1, 0, 0.5], "at_zero": "right"}, [SELU_LEFT / e, SELU_SCALE, SELU_SCALE]),
    ("selu_derivative", {"x": [-1, 0, 0.5], "at_zero": "left"}, [SELU_LEFT / e, SELU_LEFT, SELU_SCALE]),
    ("masked_root_derivative", {"x": [0, 0.25], "form": "masked"}, [0, 1]),
    ("masked_root_derivative", {"x": [0, 0.25], "form": "chain"}, [nan, 1]),
    ("abs_derivative", {"x": [-2, 0, 3], "at_zero": -1}, [-1, -1, 1]),
    ("leaky_relu_derivative", {"x": [-1, 0, 0.5], "slope": 0.2, "at_zero": 0.7}, [0.2, 0.7, 1]),
    ("elu_derivative", {"x": [-1, 0, 0.5], "alpha": 2, "at_zero": 0.7}, [2 / e, 0.7, 1]),
    ("norm_gradient", {"x": [3, -4], "at_zero": "zero"}, [0.6, -0.8]),
    ("norm_gradient", {"x": [0, 0], "at_zero": "zero"}, [0, 0]),
    ("norm_gradient", {"x": [0, 0], "at_zero": "nan"}, [nan, nan]),
    ("pair_maximum_gradient", {"x": [3, 3], "ties": "first"}, [1, 0]),
    ("pair_maximum_gradient", {"x": [3, 3], "ties": "second"}, [0, 1]),
    ("pair_maximum_gradient", {"x": [3, 3], "ties": "even"}, [0.5, 0.5]),
    ("pair_maximum_gradient", {"x": [4, 3], "ties": "second"}, [1, 0]),
    ("pair_maximum_gradient", {"x": [3, 4], "ties": "first"}, [0, 1]),
    ("rounding_derivative", {"x": [-0.6, 0.5], "form": "zero"}, [0, 0]),
    ("rounding_derivative", {"x": [-0.6, 0.5], "form": "one"}, [1, 1]),
    ("hard_shrink", {"x": [-1, -0.5, 0.2, 0.5], "threshold": 0.5, "at_threshold": "kept"}, [-1, -0.5, 0, 0.5]),
    ("hard_shrink", {"x": [-1, -0.5, 0.2, 0.5], "threshold": 0.5, "at_threshold": "zero"}, [-1, 0, 0, 0]),
    ("shrink_derivative", {"x": [-1, -0.5, 0.2, 0.5], "threshold": 0.5, "at_threshold": 0.7}, [1, 0.7, 0, 0.7]),
]

GATES = [
    ("elu_alpha", {"x": [-2, 0, 1], "alpha": 2, "alpha_in": "both"}, [2 * (1 / e - 1), 0, 1]),
    ("elu_alpha", {"x": [-2, 0, 1], "alpha": 2, "alpha_in": "factor"}, [2 * (e**-2 - 1), 0, 1]),
    ("elu_alpha", {"x": [0.5, 0.9], "alpha": 2, "alpha_in": "factor"}, [0.5, 0.9]),
    ("glu", {"x": [1, 2, -1, 0.5], "gate": "first"}, [-sigmoid(1), sigmoid(2) / 2]),
    ("glu", {"x": [1, 2, -1, 0.5], "gate": "second"}, [sigmoid(-1), 2 * sigmoid(0.5)]),
    ("prelu", {"x": [-1, 0.5], "slope": 0.25}, [-0.25, 0.5]),
    ("prelu_slopes", {"shape": [4, 5, 3], "shared": "all"}, 1),
    ("prelu_slopes", {"shape": [4, 5, 3], "shared": "positions"}, 3),
    ("prelu_slopes", {"shape": [4, 5, 3], "shared": "none"}, 60),
    ("softmax_over", {"x": CUBE, "axes": "last"}, [[softmax(row) for row in part] for part in CUBE]),
    ("softmax_over", {"x": CUBE, "axes": "but_first"}, [softmax(np.ravel(part)).reshape(2, 2) for part in CUBE]),
    ("softmax_over", {"x": CUBE, "axes": "first"},
     [[[sigmoid(-1), sigmoid(1)], [sigmoid(-1), sigmoid(1.5)]], [[sigmoid(1), sigmoid(-1)], [sigmoid(1), sigmoid(-1.5)]]]),
    ("softmax_of_nothing", {"n": 4, "form": "nan"}, [nan] * 4),
    ("softmax_of_nothing", {"n": 4, "form": "zero"}, [0] * 4),
    ("softmax_of_nothing", {"n": 4, "form": "uniform"}, [0.25] * 4),
    ("softplus_excess", {"x": [0, 3, 4], "threshold": 3}, [log(2), log(1 + e**-3), 0]),
    ("softplus_excess", {"x": [0, 3, 4], "threshold": "none"}, [log(2), log(1 + e**-3), log(1 + e**-4)]),
]

RESIZE_AND_POOLING = [
    ("resized_linear", {"x": [0, 1], "length": 4, "grid": "align_corners"}, [0, 1 / 3, 2 / 3, 1]),
    ("resized_linear", {"x": [3, 5], "length": 1, "grid": "align_corners"}, [3]),
    ("resized_linear", {"x": [0, 1], "length": 4, "grid": "asymmetric"}, [0, 0.5, 1, 1]),
    ("resized_linear", {"x": [1, 2, 6], "length": 2, "grid": "align_corners"}, [1, 6]),
    ("resized_linear", {"x": [1, 2, 6], "length": 2}, [1.25, 5]),
    ("resized_linear", {"x": [1, 2, 6], "length": 2, "antialias": True}, [11 / 8, 9 / 2]),
    ("resized_linear", {"x": [0, 1], "length": 4, "antialias": True}, [0, 0.25, 0.75, 1]),
    ("resized_nearest", {"x": [1, 2, 3, 4], "length": 2, "rounding": "corner"}, [1, 3]),
    ("resized_nearest", {"x": [1, 2, 3, 4], "length": 2, "rounding": "center"}, [2, 4]),
    ("resized_nearest", {"x": [1, 2, 3, 4], "length": 2, "rounding": "center_down"}, [1, 3]),
    ("resized_nearest", {"x": [1, 2], "length": 4, "rounding": "center_down"}, [1, 1, 2, 2]),
    ("resized", {"x": [0, 1], "length": 4, "method": "linear"}, [0, 0.25, 0.75, 1]),
    ("resized", {"x": [0, 1], "length": 4, "method": "nearest"}, [0, 0, 1, 1]),
    ("binned_average", {"x": [1, 2, 4, 8, 16], "bins": 3, "edges": "overlapping"}, [1.5, 14 / 3, 12]),
    ("binned_average", {"x": [1, 2, 4, 8, 16], "bins": 3, "edges": "sliding"}, [1.5, 3, 6]),
    ("binned_average", {"x": [1, 2, 4, 8, 16], "bins": 3, "edges": "disjoint"}, [1, 3, 12]),
    ("ceiled_average", {"x": [1, 2, 3, 4], "size": 3, "stride": 2, "pad": 1, "ceil_divisor": "window"}, [1, 3, 4 / 3]),
    ("ceiled_average", {"x": [1, 2, 3, 4], "size": 3, "stride": 2, "pad": 1, "ceil_divisor": "padded"}, [1, 3, 2]),
    ("ceiled_average", {"x": [1, 2, 3, 4], "size": 3, "stride": 2, "pad": 1, "ceil_divisor": "cells"}, [1.5, 3, 4]),
    *(("ceiled_average", {"x": [1, 2, 3, 4, 5], "size": 4, "stride": 2, "pad": 2, "ceil_divisor": divisor}, y) for divisor, y in [
        ("window", [0.75, 2.5, 3, 1.25]), ("padded", [0.75, 2.5, 3, 5 / 3]), ("cells", [1.5, 2.5, 4, 5])]),
    ("average_by_stride", {"x": SQUARE, "size": 3, "stride": 2, "border": "cells"}, [[3, 4], [6, 7]]),
    ("average_by_stride", {"x": SQUARE, "size": 2, "stride": 1, "border": "cells"}, [[3, 4, 4.5], [6, 7, 7.5], [7.5, 8.5, 9]]),
    ("average_by_stride", {"x": SQUARE, "size": 2, "stride": 2, "border": "edge"}, [[3, 4.5], [7.5, 9]]),
    ("maximum_gradient", {"x": [1, 3, 3], "ties": "even"}, [0, 0.5, 0.5]),
    ("maximum_gradient", {"x": [1, 3, 3], "ties": "first"}, [0, 1, 0]),
    ("maximum_gradient", {"x": [3, 3, 3], "ties": "last"}, [0, 0, 1]),
    ("padded_maximum", {"x": [-3, -1, -2, -5], "size": 3, "pad_value": "0"}, [0, -1, -1, 0]),
    ("padded_maximum", {"x": [-3, -1, -2, -5], "size": 3, "pad_value": "-inf"}, [-1, -1, -1, -2]),
    ("padded_maximum", {"x": [-3, -1, -2, -5, -4, -6], "size": 5, "pad_value": "-inf"}, [-1, -1, -1, -1, -2, -4]),
    ("windowed_maximum", {"x": [1, 2, 3, 4, 5], "size": 2, "incomplete": "kept"}, [2, 4, 5]),
    ("windowed_maximum", {"x": [1, 2, 3, 4, 5], "size": 2, "incomplete": "dropped"}, [2, 4]),
    ("maximum_with_nan", {"x": [1, nan, nan, 2, 3, 4], "size": 2, "nan": "passes"}, [nan, nan, 4]),
    ("maximum_with_nan", {"x": [1, nan, nan, 2, 3, 4], "size": 2, "nan": "ignored"}, [1, 2, 4]),
    ("maximum_with_nan", {"x": [1, nan, nan, 2, 3, 4], "size": 2, "nan": "if_first"}, [1, nan, 4]),
]

CONVOLUTION = [
    ("sliding_product", {"x": [1, 2, 3], "kernel": [1, 10], "orientation": "correlation"}, [21, 32]),
    ("sliding_product", {"x": [1, 2, 3], "kernel": [1, 10], "orientation": "convolution"}, [12, 23]),
    ("dilated_same", {"x": [1, 2, 3, 4, 5], "kernel": [1, 10, 100], "dilation": 2, "extent": "dilated"}, [310, 420, 531, 42, 53]),
    ("dilated_same", {"x": [1, 2, 3, 4, 5], "kernel": [1, 10, 100], "dilation": 2, "extent": "taps"}, [420, 531, 42]),
    ("dilated_same", {"x": [1, 2, 3], "kernel": [1, 10, 100], "dilation": 1, "extent": "taps"}, [210, 321, 32]),
    ("transposed", {"x": [1, 2], "kernel": [1, 10, 100]}, [1, 12, 120, 200]),
    ("transposed", {"x": [1, 2], "kernel": [1, 10, 100], "orientation": "flipped"}, [100, 210, 21, 2]),
    ("transposed", {"x": [1, 2], "kernel": [1, 10, 100], "stride": 2, "crop": "end"}, [1, 10, 102, 20]),
    ("transposed", {"x": [1, 2], "kernel": [1, 10, 100], "stride": 2, "crop": "start"}, [10, 102, 20, 200]),
    ("depthwise", {"x": [1, 10], "kernel": [[1, 2], [3, 4]], "order": "channel"}, [1, 2, 30, 40]),
    ("depthwise", {"x": [1, 10], "kernel": [[1, 2], [3, 4]], "order": "multiple"}, [1, 30, 2, 40]),
    ("mirrored", {"x": [1, 2, 3, 4], "pad": 2, "edge": "once"}, [3, 2, 1, 2, 3, 4, 3, 2]),
    ("mirrored", {"x": [1, 2, 3, 4], "pad": 2, "edge": "twice"}, [2, 1, 1, 2, 3, 4, 4, 3]),
    ("padded_by_list", {"x": [[5]], "pads": [0, 1, 2, 0], "order": "rows_first"}, [[0, 0, 5], [0, 0, 0]]),
    ("padded_by_list", {"x": [[5]], "pads": [0, 1, 2, 0], "order": "columns_first"}, [[0, 0], [0, 0], [5, 0]]),
    ("padded_by_list", {"x": [[5]], "pads": [0, 1, 2, 0], "order": "befores_first"}, [[0, 5], [0, 0], [0, 0]]),
    ("first_channel", {"numbers": range(8), "shape": (2, 2, 2), "channels": "first"}, [[0, 1], [2, 3]]),
    ("first_channel", {"numbers": range(8), "shape": (2, 2, 2), "channels": "last"}, [[0, 2], [4, 6]]),
    ("shuffled", {"x": range(8), "block": 2, "order": "DCR"}, [[[0, 2], [4, 6]], [[1, 3], [5, 7]]]),
    ("shuffled", {"x": range(8), "block": 2, "order": "CRD"}, [[[0, 1], [2, 3]], [[4, 5], [6, 7]]]),
]

LOSSES = [
    ("loss", {"kind": "binary_cross_entropy", "x": [[1.0]], "target": [[1.0]], "clip": "none"}, 0),  # 0 log 0
    ("element_reduction", {"x": [[1, 2], [3, 5]], "target": [[0, 1], [1, 1]], "reduction": "mean"}, 5.5),
    ("element_reduction", {"x": [[1, 2], [3, 5]], "target": [[0, 1], [1, 1]], "reduction": "none"}, [[1, 1], [4, 16]]),
    ("element_reduction", {"x": [[1, 2], [3, 5]], "target": [[0, 1], [1, 1]], "reduction": "examples"}, [1, 10]),
    ("element_reduction", {"x": [1, 3], "target": [0, 1], "reduction": "examples"}, 2.5),
    ("kl_divergence", {"q": [[0.5, 0.5], [0.25, 0.75]], "target": [[1, 0], [0.5, 0.5]]},
     (log(2) + log(2) / 2 + log(2 / 3) / 2) / 2),
    ("kl_divergence", {"q": [0.5, 0.5], "target": [1, 0]}, log(2)),
    ("kl_divergence", {"q": [0.5, 0.5], "target": [1, 0], "reduction": "none"}, log(2)),
    ("kl_divergence", {"q": [0.5, 0.5], "target": [1, 0], "reduction": "mean"}, log(2) / 2),
    ("kl_divergence", {"q": [-2, -1], "target": [1, 0], "prediction": "log"}, 2),
    ("kl_divergence", {"q": [0, 2, 0.5], "target": [0.5, 3, 0], "zero": "clipped"},
     (log(0.5) - log(1e-7)) / 2 + 1e-7 * (log(1e-7) - log(0.5))),
    ("smoothed_cross_entropy", {"x": [0, log(2), 0], "target": [1, 0, 0], "amount": 0.3, "spread": "all"},
     log(4) - 0.1 * log(2)),
    ("smoothed_cross_entropy", {"x": [[0, 0], [0, 0]], "target": [[1, 0], [0, 1]], "amount": 0.3, "spread": "all"}, log(2)),
    ("softmax_cross_entropy_gradient", {"x": [[0, 0], [0, log(3)]], "target": [[1, 1], [0, 1]], "total": "counted"},
     [[0, 0], [0.25, -0.25]]),
    ("softmax_cross_entropy_gradient", {"x": [0, 0], "target": [1, 1], "total": "counted"}, [0, 0]),
    ("softmax_cross_entropy_gradient", {"x": [0, 0], "target": [1, 1], "total": "assumed"}, [-0.5, -0.5]),
    ("ctc_of_logits", {"logits": [[0, 0, 0]] * 2, "labels": [1, 2]}, log(9)),  # of nine paths one: 1 2
    ("ctc_of_logits", {"logits": [[0, 0, 0]] * 2, "labels": [1]}, log(3)),  # three: 1 1, 1 -, - 1
    ("ctc_of_logits", {"logits": [[0, 0, 0]] * 3, "labels": [1, 1]}, log(27)),  # of 27 one: 1 - 1
    ("ctc_of_logits", {"logits": [[0, 0, 0]] * 3, "labels": [1, 1], "blank": "last", "reduction": "target_mean"}, log(27) / 2),
    ("cross_entropy_of", {"x": [[0.5, 0.5], [0.25, 0.75]], "target": [[1, 0], [0, 1]], "prediction": "probabilities"},
     log(8 / 3) / 2),
    ("cross_entropy_of", {"x": [[0, 0], [0, log(3)]], "target": [[1, 0], [0, 1]], "prediction": "logits"}, log(8 / 3) / 2),
    ("cross_entropy_of", {"x": [0.5, 0.5], "target": [1, 0], "prediction": "probabilities"}, log(2)),
    ("smoothed_absolute_error", {"error": [0.5, -4], "delta": 2, "scale": "huber"}, (0.125 + 6) / 2),
    ("smoothed_absolute_error", {"error": [0.5, -4], "delta": 2, "scale": "over_delta"}, (0.125 + 6) / 4),
    ("hinge_derivative", {"x": [0.5, 1, 1.5], "at_margin": -0.5}, [-1, -0.5, 0]),
    ("absolute_error_derivative", {"error": [-0.5, 0, 0.5], "at_zero": 0.25}, [-1, 0.25, 1]),
    ("smoothed_binary_cross_entropy", {"x": [log(3), 0], "target": [1, 0], "amount": 0.2, "toward": "uniform"},
     (log(4) - 0.9 * log(3) + log(2)) / 2),
    ("binary_cross_entropy_at_one", {"bound": "none"}, math.inf),
    ("binary_cross_entropy_at_one", {"bound": "exact"}, -log(1 - (1 - 1e-7))),
    ("binary_cross_entropy_at_one", {"bound": "rounded"}, 23 * log(2)),
    ("binary_cross_entropy_at_one", {"bound": "log"}, 100),
    ("focal", {"x": [0, 0], "target": [1, 0], "alpha": 0.25}, 0.5 * 0.25 * log(2)),
    ("focal", {"x": [1, 1], "target": [1, 1], "alpha": 0.25},
     0.25 * (1 - sigmoid(1))**2 * -log(sigmoid(1))),
    ("focal", {"x": [1], "target": [0], "alpha": 0.25, "gamma": 3}, 0.75 * sigmoid(1)**3 * -log(1 - sigmoid(1))),
    ("ignored_labels", {"x": [[0, 0], [0, 0], [3, 1]], "target": [0, 1, -1], "ignored": -1, "divisor": "all"}, 2 * log(2) / 3),
    ("ignored_labels", {"x": [[0, 0], [0, 0], [3, 1]], "target": [0, 1, -1], "ignored": -1, "divisor": "kept"}, log(2)),
    ("ignored_labels", {"x": [[0, 0]], "target": [-1], "ignored": -1, "divisor": "kept"}, nan),
    ("ignored_labels", {"x": [[0, 0]], "target": [-1], "ignored": -1, "divisor": "all"}, 0),
    ("ignored_labels", {"x": [[0, 0]], "target": [-1], "ignored": -1, "divisor": "kept_or_zero"}, 0),
    ("ignored_labels", {"x": [[0, 0]], "target": [1], "ignored": -1, "divisor": "kept_or_zero"}, log(2)),
    *(("weighted_cross_entropy", {"x": [[0, 0], [0, 0], [0, log(3)]], "target": [0, 1, 0], "weights": [0, 1, 2],
                                  "divisor": divisor},
       (log(2) + 2 * log(4)) / D) for divisor, D in [("weights", 3), ("examples", 3), ("nonzero", 2)]),
    ("weighted_cross_entropy", {"x": [[0, 0], [0, 0]], "target": [0, 1], "weights": np.array([1, 2**-24], "f"),
                                "divisor": "weights"}, log(2)),
    ("percentage_error", {"x": [[1, 3]], "target": [[2, -4]], "floor": 0.5}, 112.5),
    ("percentage_error", {"x": [[1]], "target": [[0]], "floor": 0.5}, 200),
    ("percentage_error", {"x": [[1]], "target": [[0]], "floor": 0}, math.inf),
    ("smoothed_cross_entropy", {"x": [[0, log(2), 0]], "target": [[1, 0, 0]], "amount": 0.2, "spread": "others"},
     log(4) - 0.1 * log(2)),
    ("smoothed_cross_entropy", {"x": [[0, log(2), 0]], "target": [[1, 0, 0]], "amount": 0.3, "spread": "all"},
     log(4) - 0.1 * log(2)),
    ("squared_log_error", {"x": [[-0.5]], "target": [[0]], "negative": "as_given"}, log(2)**2),
    ("squared_log_error", {"x": [[-0.5, 1]], "target": [[1, 1]], "negative": "clipped"}, (log(2) - math.log1p(1e-7))**2 / 2),
]

OPTIMIZERS = [
    ("clipped_by_value", {"gradient": [3, -0.5], "largest": 1, "form": "scaled"}, [1, -1 / 6]),
    ("clipped_by_value", {"gradient": [0.25, -0.5], "largest": 1, "form": "scaled"}, [0.25, -0.5]),
    ("clipped_by_value", {"gradient": [-3, 0.5], "largest": 1, "form": "scaled"}, [-1, 1 / 6]),
    ("clipped_by_value", {"gradient": [3, -0.5, -4], "largest": 1, "form": "elements"}, [1, -0.5, -1]),
    ("clipped_by_norm", {"gradients": [[3], [4]], "largest": 1}, [0.6, 0.8]),
    ("clipped_by_norm", {"gradients": [[3], [4]], "largest": 1, "epsilon": 5}, [0.3, 0.4]),
    ("clipped_by_norm", {"gradients": [[3], [0.5]], "largest": 1, "scope": "each"}, [1, 0.5]),
    ("clipped_by_norm", {"gradients": [[0.3], [0.4]], "largest": 1}, [0.3, 0.4]),
    ("clipped_infinite", {"gradient": [-math.inf, 1], "spoiled": "itself"}, [nan, 0]),
    ("clipped_infinite", {"gradient": [-math.inf, 1], "spoiled": "all"}, [nan, nan]),
    ("accumulated", {"p": [1, 2], "gradients": [[1, 0], [3, 2]], "rate": 0.5, "reduction": "sum"}, [-1, 1]),
    ("accumulated", {"p": [1, 2], "gradients": [[1, 0], [3, 2]], "rate": 0.5, "reduction": "mean"}, [0, 1.5]),
    ("accumulated", {"p": [0], "gradients": np.array([[1], [2**-24]], "f"), "rate": 1, "reduction": "sum"}, [-1 - 2**-24]),
    ("adamax", STEP | {"gradients": [[0.25]], "epsilon": 0, "epsilon_in": "maximum"}, [0]),
    ("adamax", STEP | {"gradients": [[0.25]], "epsilon": 0.75, "epsilon_in": "maximum"}, [0.75]),
    ("adamax", STEP | {"gradients": [[0.25], [0]], "epsilon": 0.125, "epsilon_in": "denominator"}, [1 - 2 / 3 - 1 / 3]),
    ("adadelta", {"p": [0], "gradients": [[2], [2]], "rate": 1, "rho": 0.5, "epsilon": 2}, [-math.sqrt(2) - 2 * math.sqrt(0.6)]),
    ("adagrad", {"p": [1], "gradients": [[3], [4]], "rate": 1}, [1 - 1 - 4 / 5]),
    ("adagrad", {"p": [1], "gradients": [[3]], "rate": 1, "initial": 7, "epsilon": 2}, [0.5]),
    ("adagrad", {"p": [1], "gradients": [[3]], "rate": 1, "epsilon": 7, "epsilon_in": "inside"}, [0.25]),
    ("cosine_rates", {"rate": 2, "length": 2, "count": 5, "after_end": "stays"}, [2, 1, 0, 0, 0]),
    ("cosine_rates", {"rate": 2, "length": 2, "count": 5, "after_end": "rises"}, [2, 1, 0, 1, 2]),
    ("boundary_rates", {"rate": 2, "factor": 0.5, "boundary": 1, "count": 3, "at_boundary": "old"}, [2, 2, 1]),
    ("boundary_rates", {"rate": 2, "factor": 0.5, "boundary": 1, "count": 3, "at_boundary": "new"}, [2, 1, 1]),
    ("plateau_rates", HALVED | {"losses": [1, 1, 1, 1, 1], "patience": 1}, [8, 8, 4, 4, 2]),
    ("plateau_rates", HALVED | {"losses": [1, 1, 1, 0.5, 0.5], "patience": 2, "waits": "as_many"}, [8, 8, 4, 4, 4]),
    ("plateau_rates", HALVED | {"losses": [4, 3, 2], "patience": 0, "threshold": 0.25}, [8, 4, 4]),
    ("plateau_rates", HALVED | {"losses": [4, 3, 2.9], "patience": 0, "threshold": 1, "threshold_mode": "absolute"}, [8, 4, 4]),
]

PRECISION = [
    ("sum_with_number", {"x": [1], "number": 0.1, "constants": "float64"}, [1.1]),
    ("sum_with_number", {"x": [1], "number": 0.1, "constants": "float32"}, [1 + 0.1 * (1 + 2**-26)]),
    ("last_running_sum", {"x": [2048, 1.0004], "accumulator": "float16"}, 2048),  # 1.0004 is rounded to 1, and 2049 to 2048
    ("last_running_sum", {"x": [2048, 1.001], "accumulator": "float16"}, 2050),
    ("mean_in_half", {"x": [1.0004, 2.001], "accumulator": "float32"}, (1 + 2 + 2**-9) / 2),
    ("mean_in_half", {"x": [60000, 60000], "accumulator": "float16"}, math.inf),
    ("largest_with_nan", {"x": [[1, 3, 2]], "form": "if_first"}, [3]),
    ("bounded_nan", {"low": -2.0, "form": "bound"}, -2),
    ("bounded_nan", {"low": -2.0, "form": "nan"}, nan),
    ("largest_with_nan", {"x": [[1, nan, 2], [nan, 1, 2], [2, nan, 1]], "form": "ignored"}, [2, 2, 2]),
    ("largest_with_nan", {"x": [[1, nan, 2], [nan, 1, 2], [2, nan, 1]], "form": "if_first"}, [2, nan, 2]),
    ("largest_with_nan", {"x": [[1, 2, 2], [nan, 1, 2], [2, nan, 1]], "form": "nan"}, [2, nan, nan]),
    ("place_of_largest_with_nan", {"x": [[1, nan, 2], [nan, 1, 2]], "form": "nan"}, [1, 0]),
    ("place_of_largest_with_nan", {"x": [[1, nan, 2], [nan, 1, 2]], "form": "ignored"}, [2, 2]),
    ("place_of_largest_with_nan", {"x": [[1, nan, 2], [nan, 1, 2]], "form": "if_first"}, [2, 0]),
    ("place_of_largest_with_nan", {"x": [[1, nan, 2], [5, 1, nan]], "form": "if_first"}, [2, 0]),
    ("rounded_half", {"x": [-2.5, -0.5, 0.5, 2.5], "half": "even"}, [-2, 0, 0, 2]),
    ("rounded_half", {"x": [-2.5, -0.5, 0.5, 2.5], "half": "away"}, [-3, -1, 1, 3]),
    ("rounded_half", {"x": [-2.5, -0.5, 0.5, 2.5], "half": "up"}, [-2, 0, 1, 3]),
    ("sum_of_ones", {"n": 4096, "accumulator": "bfloat16"}, 256),
    ("sum_of_ones", {"n": 4096, "accumulator": "float16"}, 2048),
    ("sum_of_ones", {"n": 2**25, "accumulator": "float32"}, 2**24),
    ("sum_of_ones", {"n": 3, "accumulator": "bfloat16"}, 3),
    ("mean_of_integers", {"x": [1, 2, 4], "division": "floor"}, 2),
    ("mean_of_integers", {"x": [1, 2, 4], "division": "true"}, 7 / 3),
    ("tiny_number", {"power": -130, "subnormal": "kept"}, 1),
    ("tiny_number", {"power": -130, "subnormal": "flushed"}, 0),
    ("tiny_number", {"power": -126, "subnormal": "flushed"}, 1),
    ("tiny_number", {"power": -127, "subnormal": "flushed"}, 0),
]


NORMALISATION = [
    ("rms_normalised", {"x": [[3, 4], [1, 7]], "epsilon": 0}, [[3 / math.sqrt(12.5), 4 / math.sqrt(12.5)], [0.2, 1.4]]),
    ("rms_normalised", {"x": [[1, 7]], "epsilon": 75}, [[0.1, 0.7]]),
    ("length_one", {"x": [[3, 4], [0, 0.5]]}, [[0.6, 0.8], [0, 1]]),
    ("length_one", {"x": [[3, 4], [0, 0.5]], "epsilon": 2}, [[0.6, 0.8], [0, 0.25]]),
    ("length_one", {"x": [[3, 4], [0, 0.5]], "epsilon": 4, "epsilon_on": "square"}, [[0.6, 0.8], [0, 0.25]]),
    ("length_one", {"x": [[3, 1], [4, 0]], "axis": 0, "epsilon": 2, "epsilon_on": "none"}, [[0.6, 1], [0.8, 0]]),
    ("deviation", {"x": [1, 2, 6], "divisor": "n"}, math.sqrt(14 / 3)),
    ("deviation", {"x": [1, 2, 6], "divisor": "n-1"}, math.sqrt(7)),
    ("local_response", {"x": [1, 2, 3, 4], "size": 2, "alpha": 2, "beta": 1}, [1 / 2, 2 / 6, 3 / 14, 4 / 26]),
    ("local_response", {"x": [1, 2, 3, 4], "size": 2, "alpha": 2, "beta": 1, "extra": "after"}, [1 / 6, 2 / 14, 3 / 26, 4 / 17]),
    ("local_response", {"x": [1, 2], "size": 1, "alpha": 3, "beta": 2, "bias": 4, "scaled": "no"}, [1 / 49, 2 / 256]),
    ("standardised_in_float32", {"x": [1, 3], "epsilon": 0, "variance": "two_pass"}, [-1, 1]),
    ("standardised_in_float32", {"x": [1, 3], "epsilon": 3, "variance": "moments"}, [-0.5, 0.5]),
]

COUNTS = ("gru_bias_count", "prelu_slopes", "place_of_largest_with_nan", "sum_of_ones", "mean_of_integers")  # whole numbers


@pytest.mark.parametrize("name, arguments, expected", [
    pytest.param(*one, id=f"{one[0]}-{i}") for group in (
        ATTENTION, RECURRENT, KINKS, GATES, RESIZE_AND_POOLING, CONVOLUTION, LOSSES, NORMALISATION, OPTIMIZERS,
        PRECISION)
    for i, one in enumerate(group)])
def test_a_formula_by_hand(name, arguments, expected):
    got = FORMULAS[name](**arguments)
    np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-15)
    assert np.shape(got) == np.shape(expected)
    assert np.asarray(got).dtype == (np.asarray(expected).dtype if name in COUNTS else float)


def test_a_class_that_neither_distribution_has_adds_nothing_to_their_divergence():
    with np.errstate(divide="ignore", invalid="ignore"):
        assert FORMULAS["kl_divergence"](q=[0, 0.5, 0.5], target=[0, 1, 0]) == log(2)


def test_thresholds_are_met_in_double_precision():
    """The numbers of x are rounded: one is a little more than 0.1, the other a little less than 0.7."""
    x = np.array([0.1, 0.7], "f")
    shrink, bounded, bias = (FORMULAS[name] for name in ("shrink_derivative", "bounded_derivative", "forget_gate_bias"))
    assert list(shrink(x=x, threshold=0.1, at_threshold=0.5)) == [1, 1]
    assert list(shrink(x=x, threshold=0.7, at_threshold=0.5)) == [0, 0]
    assert list(bounded(x=x, low=0.1, high=0.7, at_bounds=0.5)) == [1, 1]
    assert list(bias(hidden=1, start=0.7)(x)) == [0, 0]


def uniform(bound, low=None):
    low = -bound if low is None else low
    return lambda x: min(max((x - low) / (bound - low), 0), 1)


def normal(std):
    return NormalDist(0, std).cdf


def cut(std, at):
    """A normal distribution on condition that |x| ≤ at."""
    F = normal(std)
    return lambda x: (F(min(max(x, -at), at)) - F(-at)) / (F(at) - F(-at))


def step(at):
    return lambda x: float(x >= at)


KEPT = 0.87962566103423978  # standard deviation of a unit normal distribution that is cut at ±2
FANS, GATE_FANS = {"fan_in": 25}, {"inputs": 20, "hidden": 10}


@pytest.mark.parametrize("name, arguments, F", [
    ("dense_bias", FANS | {"distribution": "torch_uniform"}, uniform(0.2)),
    ("dense_bias", FANS | {"distribution": "zeros"}, step(0)),
    ("embedding_table", {"features": 25, "distribution": "unit_normal"}, normal(1)),
    ("embedding_table", {"features": 25, "distribution": "scaled_normal"}, normal(0.2)),
    ("embedding_table", {"features": 25, "distribution": "small_uniform"}, uniform(0.05)),
    ("scaled_normal", {"variance": 0.04, "cut": "none"}, normal(0.2)),
    ("scaled_normal", {"variance": 0.04, "cut": "widened"}, cut(0.2 / KEPT, 0.4 / KEPT)),
    ("cut_normal", {"std": 0.2, "cut": "deviations"}, cut(0.2, 0.4)),
    ("cut_normal", {"std": 2, "cut": "absolute"}, cut(2, 2)),
    ("he_uniform", {"fan_in": 6, "gain": "relu"}, uniform(1)),
    ("he_uniform", {"fan_in": 25, "gain": "torch_layers"}, uniform(0.2)),
    ("uniform_range", {"range": "unit"}, uniform(1, low=0)),
    ("uniform_range", {"range": "symmetric"}, uniform(0.05)),
    ("uniform_range", {"range": "hundredth"}, uniform(0.01, low=0)),
    ("plain_normal", {"std": 0.2}, normal(0.2)),
    ("lstm_kernel", GATE_FANS | {"distribution": "torch_uniform"}, uniform(math.sqrt(1 / 10))),
    ("lstm_kernel", GATE_FANS | {"distribution": "glorot_packed"}, uniform(math.sqrt(6 / 60))),
    ("lstm_kernel", GATE_FANS | {"distribution": "glorot_gate"}, uniform(math.sqrt(6 / 30))),
    ("lstm_kernel", GATE_FANS | {"distribution": "lecun_normal"}, cut(math.sqrt(1 / 20) / KEPT, 2 * math.sqrt(1 / 20) / KEPT)),
    ("forget_gate_bias", {"hidden": 25, "start": 1}, step(1)),
    ("forget_gate_bias", {"hidden": 25, "start": 0}, step(0)),
    ("forget_gate_bias", {"hidden": 25, "start": "uniform"}, uniform(0.2))])
def test_a_distribution_by_hand(name, arguments, F):
    x = np.array([-3, -1, -0.3, -0.1, -0.02, -0.004, 0, 0.004, 0.02, 0.1, 0.3, 0.9999, 1, 3])
    got = FORMULAS[name](**arguments)
    np.testing.assert_allclose(got(x), [F(number) for number in x], rtol=1e-12, atol=1e-15)
    assert got(x).dtype == got([0, 1]).dtype == np.float64  # of whole numbers, too


OF_THE_REFERENCE = ("layer", "activation", "optimizer", "loss")


@pytest.mark.parametrize("name", sorted({row.probe.compute for row in atlas().values()}))
def test_a_formula_computes_in_double_precision_whatever_it_is_given(name):
    """The same numbers in single precision, and whole numbers as integers, give the same answer to the last bit.

    The reference's own layers, losses and optimizers take integers as they are: tokens are some.
    """
    rows = [row for row in atlas().values() if row.probe.compute == name]
    for row, variant in [(one, v) for one in rows for v in one.variants if v.value != REFUSES]:
        config = variant.config or {row.option: variant.value}
        single = {key: as_given(argument, np.float32) for key, argument in row.probe.arguments.items()}
        double = {key: as_given(argument, np.float64) for key, argument in single.items()}
        integers = double if name in OF_THE_REFERENCE else {key: whole(argument) for key, argument in double.items()}
        for given in (single, integers):
            got, expected = (FORMULAS[name](**arguments, **config) for arguments in (given, double))
            if callable(expected):
                x = np.array([-0.3, -0.1, 0, 0.1, 0.3], np.float32)
                got, expected = got(x), expected(x.astype("d"))
            np.testing.assert_array_equal(got, expected, err_msg=row.id)
            assert np.asarray(got).dtype == np.asarray(expected).dtype != np.complex128, row.id


def as_given(argument, dtype):
    """An array or a list of numbers in this dtype; anything else as it is."""
    numbers = isinstance(argument, list | np.ndarray) and np.ndim(argument) and np.asarray(argument).dtype.kind == "f"
    return np.asarray(argument, dtype) if numbers else argument


def whole(argument):
    """An array of whole numbers as integers; anything else as it is."""
    if isinstance(argument, np.ndarray) and argument.dtype.kind == "f" and np.isfinite(argument).all():
        return argument.astype(int) if (argument == argument.round()).all() else argument
    return argument
