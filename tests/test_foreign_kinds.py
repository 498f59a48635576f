"""What people get wrong beside the formula: each kind is named, the same code without its slip agrees, and what no
catalogue holds is located by the numbers of a small question."""

import importlib.util
from pathlib import Path

import pytest

import nnparity
from nnparity.reports.diagnosis import diagnose
from nnparity.reports.diagnosis.stages.generated import generated

SPEC = importlib.util.spec_from_file_location("kinds", Path(__file__).parent / "foreign" / "kinds.py")
assert SPEC and SPEC.loader
kinds = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(kinds)

WRONG = [  # maker, its slip, layer, case, what the first explanation says
    ("convolution", "return", "conv2d", "conv2d-generic", "all gradients of the first example only"),
    ("convolution", "short", "conv2d", "conv2d-generic", "the last row of the outputs never computed"),
    ("pooling", "return", "max_pool2d", "max_pool2d-generic", "gradient of the first example only (maximum)"),
    ("pooling", "zero", "max_pool2d", "max_pool2d-generic", "starts at zero"),
    ("pooling", "stride", "max_pool2d", "max_pool2d-overlap", "stride ignored in the gradient (maximum)"),
    ("pooling", "close", "max_pool2d", "max_pool2d-overlap", "as close to the maximum as 0.01"),
    ("normalisation", "power", "batch_norm", "batch_norm-training-float64", "to the power -1/2 instead of -3/2"),
    ("normalisation", "half", "batch_norm", "batch_norm-training-float64", "through the variance half as large"),
    ("normalisation", "unsummed", "batch_norm", "batch_norm-training-float64", "gradient of gamma not summed"),
    ("dropout", "twice", "dropout", "dropout-inverted", "divided by 1 - rate twice"),
    ("dropout", "ratio", "dropout", "dropout-zeros", "mask recovered from zeros of the input"),
    ("mlp", "last", "n12", "generic", "bias gradient of the last example only"),
    ("mlp", "rows", "n12", "generic", "bias gradient not summed over the batch"),
    ("mlp", "bias", "n12", "generic", "derivative of sigmoid taken of the bias"),
    ("mlp", "upstream", "n12", "generic", "sigmoid in its form for outputs taken of the upstream gradient in layer dense_1"),
    ("classifier", "everything", "n14", "one_hot-generic", "softmax normalised over the whole array"),
    ("classifier", "batch", "n14", "one_hot-generic", "softmax normalised over the batch, its derivative"),
    ("momentum", "late", "momentum", "momentum-update", "velocity of the step before, damped by 1 - β twice"),
    ("momentum", "sign", "momentum", "momentum-nesterov", "with the other sign than the step takes it"),
    ("rmsprop", "first", "rmsprop", "rmsprop-outside-float64", "the first square is not weighed"),
    ("sgd", "half", "sgd", "sgd-weight_decay", "weight decay half as strong"),
]
RIGHT = {"convolution": ("conv2d", "conv2d-generic"), "pooling": ("max_pool2d", "max_pool2d-overlap"),
         "normalisation": ("batch_norm", "batch_norm-training-float64"), "dropout": ("dropout", "dropout-zeros"),
         "mlp": ("n12", "generic"), "classifier": ("n14", "one_hot-generic")}


def asked(maker, slip, layer, case):
    return nnparity.check(getattr(kinds, maker)(slip), layer, case=case)


@pytest.mark.parametrize("maker, slip, layer, case, said", WRONG, ids=[f"{maker}-{slip}" for maker, slip, *_ in WRONG])
def test_the_kind_is_named(maker, slip, layer, case, said):
    rows = [row for row in asked(maker, slip, layer, case).rows if not row.ok]
    assert rows
    for row in rows:
        assert row.verdict == "mistake" and row.diagnosis[0].complete, row.diagnosis
        assert said in row.diagnosis[0].title


@pytest.mark.parametrize("maker", RIGHT)
def test_without_its_slip_it_agrees(maker):
    report = asked(maker, "", *RIGHT[maker])
    assert report.rows and all(row.verdict == "agrees" for row in report.rows)


def test_a_gradient_that_no_catalogue_holds_is_a_slip_of_the_layer_written_out():
    (best, *_) = asked("pooling", "argmin", "max_pool2d", "max_pool2d-generic").rows[0].diagnosis
    assert best.complete and "np.min stands in place of np.max" in best.title


def test_what_no_slip_gives_either_is_located_by_one_window(monkeypatch):
    monkeypatch.setattr(diagnose, "STAGES", tuple(stage for stage in diagnose.STAGES if stage[0] is not generated))
    row = asked("pooling", "argmin", "max_pool2d", "max_pool2d-generic").rows[0]
    assert row.verdict == "unexplained"
    assert "The right numbers, at other places." in row.diagnosis[0].words
    assert ("Asked with dL/dy = 1 at example 1, channel 1, row 2, column 1 alone: x is non-zero at example 1, channel 1, row 4, "
            "column 3; it should be at example 1, channel 1, row 5, column 4.") in row.diagnosis[0].words
