"""What holds for all inputs of convolution, pooling and normalisation. No framework."""

import numpy as np
import pytest
import steady
from hypothesis import given
from hypothesis import strategies as st

from nnparity.cases.case import InvalidCase
from nnparity.cases.layers.normalisation import batch_norm_case
from nnparity.reference_impl.layers.convolution import conv1d, conv2d
from nnparity.reference_impl.layers.normalisation import batch_norm, layer_norm
from nnparity.reference_impl.layers.pooling import average_pool1d, average_pool2d, max_pool1d, max_pool2d

steady.load(max_examples=50)

seeds = st.integers(0, 2**32 - 1)
small = st.integers(1, 4)


def normal(seed):
    return np.random.default_rng(seed).standard_normal


def close(got, expected):
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12)


# ------------------------------------------------------------------------------------------------ convolution


@given(seed=seeds, height=small, width=small, filters=small, channels=small)
def test_a_delta_gives_the_flipped_kernel(seed, height, width, filters, channels):
    """A correlation of an impulse shows the kernel backwards; what signal processing calls convolution, forwards."""
    kernel = normal(seed)((filters, channels, height, width))
    for c in range(channels):
        x = np.zeros((1, channels, 2 * height - 1, 2 * width - 1))
        x[0, c, height - 1, width - 1] = 1
        close(conv2d({"kernel": kernel}, {"x": x})[0]["y"][0], kernel[:, c, ::-1, ::-1])


@given(seed=seeds, size=small, stride=small, dilation=small, extra=st.integers(0, 6))
def test_one_axis_is_numpys_correlate_and_two_are_one(seed, size, stride, dilation, extra):
    draw = normal(seed)
    kernel, x = draw(size), draw((size - 1) * dilation + 1 + extra)
    spread = np.zeros((size - 1) * dilation + 1)
    spread[::dilation] = kernel
    options = {"stride": stride, "dilation": dilation}
    y = conv1d({"kernel": kernel[None, None]}, {"x": x[None, None]}, **options)[0]["y"]
    close(y[0, 0], np.correlate(x, spread, "valid")[::stride])
    options = {"stride": (1, stride), "dilation": (1, dilation)}
    close(conv2d({"kernel": kernel[None, None, None]}, {"x": x[None, None, None]}, **options)[0]["y"][:, :, 0], y)


@given(seed=seeds, stride=small, padding=st.sampled_from(["valid", "same", "same_lower", ((2, 0), (1, 3))]))
def test_convolution_is_linear_and_its_vjp_is_its_transpose(seed, stride, padding):
    draw = normal(seed)
    kernel, x1, x2 = draw((4, 3, 2, 3)), draw((2, 3, 6, 5)), draw((2, 3, 6, 5))

    def conv(x, kernel=kernel):
        outputs, vjp = conv2d({"kernel": kernel}, {"x": x}, stride=stride, padding=padding)
        return outputs["y"], vjp

    y1, vjp = conv(x1)
    close(conv(2 * x1 - 3 * x2)[0], 2 * y1 - 3 * conv(x2)[0])
    dy = draw(y1.shape)
    grads = vjp({"y": dy})
    assert np.isclose(np.vdot(dy, conv(x2)[0]), np.vdot(grads["x"], x2))
    other = draw(kernel.shape)
    assert np.isclose(np.vdot(dy, conv(x1, other)[0]), np.vdot(grads["kernel"], other))


@given(seed=seeds, down=st.integers(0, 3), right=st.integers(0, 3), padding=st.sampled_from(["valid", ((2, 1), (0, 2))]))
def test_a_shifted_image_gives_shifted_maps(seed, down, right, padding):
    """At stride 1, away from the border that the shift brings in."""
    draw = normal(seed)
    kernel, x = draw((3, 2, 3, 2)), draw((2, 2, 9, 8))
    y, shifted = (conv2d({"kernel": kernel}, {"x": image}, padding=padding)[0]["y"]
                  for image in (x, np.roll(x, (down, right), (2, 3))))
    inside = 4  # the kernel and the padding reach no further
    if padding == "valid":
        close(shifted[:, :, down:, right:], y[:, :, :y.shape[2] - down, :y.shape[3] - right])
    else:
        h, w = y.shape[2] - down - inside, y.shape[3] - right - inside
        close(shifted[:, :, down + 2:down + 2 + h, right:right + w], y[:, :, 2:2 + h, :w])


@given(length=st.integers(1, 30), size=st.integers(1, 6), stride=small, dilation=small, pad=st.sampled_from(
    ["same", "same_lower"]))
def test_same_gives_the_length_over_the_stride_rounded_up(length, size, stride, dilation, pad):
    x = np.ones((1, 1, length))
    y = conv1d({"kernel": np.ones((1, 1, size))}, {"x": x}, stride=stride, dilation=dilation, padding=pad)[0]["y"]
    assert y.shape[-1] == -(-length // stride)
    if size <= stride and dilation == 1:
        return
    assert max_pool1d({}, {"x": x}, size=size, stride=stride, padding=pad)[0]["y"].shape[-1] == -(-length // stride)


def test_the_odd_cell_of_same_stands_at_the_end():
    """C3, C4: one zero beside [1, 2, 3, 4] for a kernel of two."""
    params, inputs = {"kernel": np.array([[[1.0, 10.0]]])}, {"x": np.array([[[1.0, 2, 3, 4]]])}
    assert conv1d(params, inputs, padding="same")[0]["y"].tolist() == [[[21, 32, 43, 4]]]
    assert conv1d(params, inputs, padding="same_lower")[0]["y"].tolist() == [[[10, 21, 32, 43]]]


@given(seed=seeds, groups=small, inside=small, filters=small)
def test_groups_are_a_block_diagonal_kernel(seed, groups, inside, filters):
    draw = normal(seed)
    kernel, x = draw((groups * filters, inside, 2, 3)), draw((2, groups * inside, 4, 5))
    whole = np.zeros((groups * filters, groups * inside, 2, 3))
    for g in range(groups):
        whole[g * filters:(g + 1) * filters, g * inside:(g + 1) * inside] = kernel[g * filters:(g + 1) * filters]
    (y, vjp), (y_whole, vjp_whole) = (conv2d({"kernel": kernel}, {"x": x}, groups=groups), conv2d({"kernel": whole}, {"x": x}))
    close(y["y"], y_whole["y"])
    dy = draw(y["y"].shape)
    close(vjp({"y": dy})["x"], vjp_whole({"y": dy})["x"])


@pytest.mark.parametrize("many", ["kernel", "x"])
def test_many_kernels_for_one_batch_and_one_kernel_for_many_batches(many):
    draw = normal(0)
    kernel, x = draw((3, 4, 2, 3) if many == "kernel" else (4, 2, 3)), draw((3, 5, 2, 7) if many == "x" else (5, 2, 7))
    y = conv1d({"kernel": kernel}, {"x": x})[0]["y"]
    for n in range(3):
        alone = {"kernel": kernel, "x": x}
        alone[many] = alone[many][n]
        close(y[n], conv1d({"kernel": alone["kernel"]}, {"x": alone["x"]})[0]["y"])


def test_many_examples_are_worked_on_in_parts(monkeypatch):
    """The parts that fit the cache change nothing but the speed."""
    from nnparity.reference_impl.layers import convolution
    draw = normal(0)
    params, inputs, dy = {"kernel": draw((4, 3, 2, 2)), "bias": draw(4)}, {"x": draw((7, 3, 5, 6))}, draw((7, 4, 4, 5))
    answers = []
    for cache in (2**20, 2 * 12 * 20 * 8, 1):
        monkeypatch.setattr(convolution, "CACHE", cache)
        outputs, vjp = conv2d(params, inputs)
        answers.append({**outputs, **{f"d {k}": g for k, g in vjp({"y": dy}).items()}})
    for other in answers[1:]:
        for name, a in answers[0].items():
            close(other[name], a)


@pytest.mark.parametrize("config, words", [
    ({"padding": "full"}, "'full' is not 'valid', 'same', 'same_lower' or 2 pairs"),
    ({"padding": ((1, 1),)}, "2 pairs"),
    ({"padding": ((0, -1), (0, 0))}, "2 pairs"),
    ({"stride": 0}, "at least 1"),
    ({"stride": (1, 2, 3)}, "2 whole numbers"),
    ({"dilation": 4}, r"a window of \(5, 9\) does not fit into \(5, 6\)"),
    ({"groups": 3}, "4 channels and 6 filters in 3 groups do not fit"),
    ({"activation": "gauss"}, "conv2d: activation='gauss' is not a convention"),
], ids=["word", "one pair", "negative", "stride", "three strides", "dilation", "groups", "activation"])
def test_what_does_not_fit_is_refused(config, words):
    with pytest.raises(ValueError, match=words):
        conv2d({"kernel": np.ones((6, 4, 2, 3))}, {"x": np.ones((2, 4, 5, 6))}, **config)


# ---------------------------------------------------------------------------------------------------- pooling


@given(seed=seeds, height=small, width=small, strides=st.tuples(small, small))
def test_pooling_is_max_and_mean_of_every_window(seed, height, width, strides):
    x = normal(seed)((2, 3, 7, 6))
    cells = np.lib.stride_tricks.sliding_window_view(x, (height, width), (2, 3))[:, :, ::strides[0], ::strides[1]]
    options = {"size": (height, width), "stride": strides}
    close(max_pool2d({}, {"x": x}, **options)[0]["y"], cells.max((-2, -1)))
    close(average_pool2d({}, {"x": x}, **options)[0]["y"], cells.mean((-2, -1)))


@given(seed=seeds, size=st.integers(2, 4), stride=small, divisor=st.sampled_from(["window", "cells"]))
def test_pooling_hands_back_all_of_a_gradient(seed, size, stride, divisor):
    """Each cotangent arrives once; with divisor="window" what falls on the padding is lost."""
    draw = normal(seed)
    x = draw((2, 3, 9))
    for pool, options in ((max_pool1d, {}), (average_pool1d, {"divisor": divisor})):
        y, vjp = pool({}, {"x": x}, size=size, stride=stride, padding="same", **options)
        dy = np.abs(draw(y["y"].shape))
        arrived = vjp({"y": dy})["x"].sum()
        if options == {"divisor": "window"}:
            assert arrived <= dy.sum() + 1e-12
        else:
            assert np.isclose(arrived, dy.sum())


def test_no_other_word_than_global_is_a_size():
    with pytest.raises(ValueError, match="max_pool1d: size="):
        max_pool1d({}, {"x": np.ones((1, 1, 6))}, size="all")


def test_equal_maxima_give_the_gradient_to_the_first():
    outputs, vjp = max_pool1d({}, {"x": np.array([[[1.0, 1, 0, 1]]])}, size=4)
    assert outputs["y"].tolist() == [[[1]]]
    assert vjp({"y": np.array([[[5.0]]])})["x"].tolist() == [[[5, 0, 0, 0]]]


def test_padding_never_wins_and_nan_always_does():
    """C7, C15: the padding of the maximum is -inf, and a nan is not ignored."""
    x = np.array([[[-3.0, -2, np.nan, -1]]])
    y = max_pool1d({}, {"x": x}, size=2, stride=1, padding=((1, 1),))[0]["y"]
    np.testing.assert_array_equal(y, [[[-3, -2, np.nan, np.nan, -1]]])


def test_the_average_divides_by_the_window_or_by_the_cells():
    """C6: a corner of a 2 x 2 window with one cell of padding around holds one real cell."""
    x = np.arange(1.0, 5).reshape(1, 1, 2, 2)
    y = {d: average_pool2d({}, {"x": x}, size=2, padding=((1, 1), (1, 1)), divisor=d)[0]["y"][0, 0].tolist()
         for d in ("window", "cells")}
    assert y == {"window": [[0.25, 0.5], [0.75, 1]], "cells": [[1, 2], [3, 4]]}


def test_a_window_of_nothing_but_padding_is_refused():
    with pytest.raises(ValueError, match="nothing but padding"):
        max_pool1d({}, {"x": np.ones((1, 1, 5))}, size=2, padding=((2, 0),))


# ---------------------------------------------------------------------------------------------- normalisation


@given(seed=seeds, axis=st.sampled_from([1, -1]), scale=st.floats(0.1, 100), shift=st.floats(-100, 100))
def test_batch_norm_gives_mean_beta_and_deviation_gamma(seed, axis, scale, shift):
    draw = normal(seed)
    x = scale * draw((6, 5, 4)) + shift
    C = x.shape[axis]
    others = tuple(i for i in range(3) if i != axis % 3)
    params = {"gamma": 0.5 + np.abs(draw(C)), "beta": draw(C)}
    y = batch_norm(params, {"x": x}, axis=axis, epsilon=0.0)[0]["y"]
    np.testing.assert_allclose(y.mean(others), params["beta"], rtol=0, atol=1e-10)
    np.testing.assert_allclose(y.std(others), params["gamma"], rtol=1e-10)


@given(seed=seeds, scale=st.floats(0.1, 100), shift=st.floats(-100, 100))
def test_layer_norm_gives_mean_beta_and_deviation_gamma(seed, scale, shift):
    draw = normal(seed)
    y = layer_norm({"gamma": np.full(7, 1.5), "beta": np.full(7, -0.5)}, {"x": scale * draw((3, 4, 7)) + shift}, epsilon=0.0)
    np.testing.assert_allclose(y[0]["y"].mean(-1), -0.5, rtol=0, atol=1e-10)
    np.testing.assert_allclose(y[0]["y"].std(-1), 1.5, rtol=1e-10)


@given(seed=seeds)
def test_normalisation_sends_no_gradient_along_shifts_and_scalings_of_x(seed):
    """y does not change when x is shifted or, with epsilon 0, scaled: the gradient is orthogonal to both directions."""
    draw = normal(seed)
    x, dy, params = draw((6, 5)), draw((6, 5)), {"gamma": draw(5), "beta": draw(5)}
    for layer, axis in ((batch_norm, 0), (layer_norm, 1)):
        dx = layer(params, {"x": x}, epsilon=0.0)[1]({"y": dy})["x"]
        close(dx.sum(axis), 0)
        close((dx * x).sum(axis), 0)


def test_running_statistics_by_hand():
    """N1, N2 on [0, 2, 4]: mean 2, variance 8/3 over n and 4 over n-1."""
    inputs = {"x": np.array([[0.0], [2], [4]]), "running_mean": np.array([10.0]), "running_variance": np.array([1.0])}
    for momentum_of, divisor, mean, variance in (("old", "n", 9.2, 0.9 + 0.8 / 3), ("new", "n", 2.8, 0.1 + 7.2 / 3),
                                                 ("old", "n-1", 9.2, 1.3), ("new", "n-1", 2.8, 3.7)):
        out, _ = batch_norm({"gamma": np.ones(1), "beta": np.zeros(1)}, inputs, momentum=0.9, momentum_of=momentum_of,
                            running_divisor=divisor)
        assert out["running_mean"].shape == out["running_variance"].shape == (1,)
        close(out["running_mean"], mean)
        close(out["running_variance"], variance)


@pytest.mark.parametrize("given", [(), ("gamma",), ("beta",)], ids=str)
@pytest.mark.parametrize("layer", [batch_norm, layer_norm])
def test_a_scale_or_a_shift_that_is_not_given_is_one_or_zero(layer, given):
    draw = normal(0)
    x, dy, own = draw((6, 4)), draw((6, 4)), {"gamma": draw(4), "beta": draw(4)}
    neutral = {"gamma": np.ones(4), "beta": np.zeros(4)}
    (short, short_vjp), (long, long_vjp) = (layer(params, {"x": x}) for params in (
        {name: own[name] for name in given}, neutral | {name: own[name] for name in given}))
    close(short["y"], long["y"])
    grads = short_vjp({"y": dy})
    assert grads.keys() == {"x", *given}
    for name, g in grads.items():
        close(g, long_vjp({"y": dy})[name])


@pytest.mark.parametrize("networks, channels", [(1, 4), (3, 4), (3, 1)])
def test_batch_norm_with_a_leading_axis_is_many_layers_at_once(networks, channels):
    draw, vectors = normal(0), (networks, channels)
    params = {"gamma": draw(vectors), "beta": draw(vectors)}
    inputs = {"x": draw((networks, 6, channels, 5)), "running_mean": draw(vectors), "running_variance": draw(vectors)}
    stacked, _ = batch_norm(params, inputs, running_divisor="n-1")
    for n in range(networks):
        alone, _ = batch_norm({k: a[n] for k, a in params.items()}, {k: a[n] for k, a in inputs.items()},
                              running_divisor="n-1")
        for name, a in alone.items():
            assert stacked[name][n].shape == a.shape
            close(stacked[name][n], a)


def test_inference_needs_running_statistics():
    with pytest.raises(ValueError, match="running_mean and running_variance"):
        batch_norm({"gamma": np.ones(2)}, {"x": np.ones((3, 2))}, mode="inference")


def test_an_observed_output_has_no_cotangent():
    case = batch_norm_case("observed", {}, {"batch": 7, "channels": 4}, seed=0, catches="anything")
    with pytest.raises(InvalidCase, match="observed and has a cotangent"):
        case.replaced(cotangents={**case.cotangents, "running_mean": np.arange(4.0)})


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_every_forward_pass_keeps_its_dtype(dtype):
    x, vector = np.arange(24).reshape(2, 3, 4).astype(dtype), np.arange(1, 4).astype(dtype)
    params = {"gamma": vector, "beta": vector}
    running = {"running_mean": vector, "running_variance": vector}
    answers = [
        conv1d({"kernel": np.ones((2, 3, 2), dtype), "bias": np.ones(2, dtype)}, {"x": x}, padding="same", activation="relu"),
        max_pool1d({}, {"x": x}, size=2, padding="same"), average_pool1d({}, {"x": x}, size=3, padding="same"),
        batch_norm(params, {"x": x, **running}), batch_norm(params, {"x": x, **running}, mode="inference"),
        layer_norm(params, {"x": x.swapaxes(1, 2)})]
    for outputs, vjp in answers:
        grads = vjp({"y": np.ones_like(outputs["y"])})
        assert {str(a.dtype) for a in (*outputs.values(), *grads.values())} == {dtype}
