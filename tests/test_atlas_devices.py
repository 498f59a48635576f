"""What was measured on devices that are not here agrees with what the rows say of it."""

import math

import pytest

from nnparity.cases.atlas import atlas
from nnparity.cases.atlas_devices import measured
from nnparity.oracles.atlas.columns import COLUMNS
from nnparity.reports.atlas.notes import UNIT, notes
from nnparity.reports.atlas.view import recorded_cells

TERMS = {"matmul, 64 terms": (64, 128, 256), "matmul, 512 terms": (512, 128, 256), "matmul, 4096 terms": (4096, 128, 256)}
EXACT = ("highest", "matmul.allow_tf32 = False", "=float32")  # settings that forbid rounded factors
ROUNDED = ("'high'", "matmul.allow_tf32 = True", "=tensorfloat32", "=None")  # those that an H100 uses TF32 with
PRODUCTS = [one for one in measured() if one.what in TERMS and one.dtype == "float32"]


def told_of(id_):
    row = atlas()[id_]
    return notes(row, recorded_cells([row], COLUMNS)[id_])


def told(one, words):
    return any(word in one.setting for word in words)


def bounds(one):
    return [math.sqrt(n) * UNIT for n in TERMS[one.what]]


def test_the_devices_are_a_processor_and_an_accelerator():
    assert {one.device.split()[0] for one in measured()} == {"CPU", "NVIDIA"}


@pytest.mark.parametrize("one", [one for one in PRODUCTS if told(one, EXACT) or "CPU" in one.device],
                         ids=lambda one: f"{one.device}, {one.version}, {one.what}, {one.setting}")
def test_the_normal_error_holds_forwards_and_backwards(one):
    """What the row matmul.error states: at most √n 2^-24, where factors are not rounded."""
    assert one.errors and all(error <= bound for error, bound in zip(one.errors, bounds(one)))


@pytest.mark.parametrize("one", [one for one in PRODUCTS if told(one, ROUNDED) and "NVIDIA" in one.device],
                         ids=lambda one: f"{one.version}, {one.what}, {one.setting}")
def test_rounded_factors_are_beyond_it(one):
    assert one.errors and all(error > 10 * bound for error, bound in zip(one.errors, bounds(one)))


@pytest.mark.parametrize("id_", [id_ for id_, row in atlas().items() if row.devices])
def test_a_row_tells_what_was_measured(id_):
    said = told_of(id_)
    assert any("NVIDIA H100" in note for note in said) and all(what in " ".join(said) for what in atlas()[id_].devices)


def test_equal_errors_are_told_once_with_their_settings():
    (note,) = [note for note in told_of("tf32_matmul.default") if "NVIDIA" in note and "jax" in note]
    assert note == ("NVIDIA H100 80GB HBM3, jax 0.11.2, matmul, 4096 terms: the error in units of 2^-24 is 4900 with "
                    "precision=None or with precision=default or with precision=high or with precision=tensorfloat32 or with "
                    "precision=bfloat16; 3.5 with precision=highest or with precision=float32.")


def test_most_rows_have_no_notes():
    assert told_of("gelu.approximate") == []
