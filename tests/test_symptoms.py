"""What the atlas's symptoms say, held against the numbers of the rows they name; from the formulas and the recordings."""

from dataclasses import replace

import pytest

from nnparity.cases.atlas import atlas
from nnparity.cases.atlas.symptoms import SYMPTOMS, by
from nnparity.cases.convention import REFUSES
from nnparity.oracles.atlas.columns import COLUMNS
from nnparity.reports.atlas import shows, view

CELLS = view.recorded_cells(atlas().values(), COLUMNS)
SHOWN = {f"{symptom.seen}: {id_}": (shown, id_) for symptom in SYMPTOMS for shown in symptom.shown for id_ in shown.rows}


@pytest.mark.parametrize("shown, id_", SHOWN.values(), ids=SHOWN)
def test_the_numbers_of_a_row_are_as_the_symptom_says(shown, id_):
    assert shows.shows(shown, atlas()[id_], CELLS)


@pytest.mark.parametrize("shown, id_", SHOWN.values(), ids=SHOWN)
def test_where_all_frameworks_agree_no_symptom_is_shown(shown, id_):
    one = next(cell for cell in CELLS[id_].values() if cell.variant and cell.variant.value != REFUSES)
    alike = {name: replace(one, column=name) for name in CELLS[id_]}
    assert not shows.shows(shown, atlas()[id_], {**CELLS, id_: alike})


@pytest.mark.parametrize("shown", [
    by("offset", "resize_linear.antialias"), by("nan_everywhere", "attention.fully_masked"),
    by("digits", "rms_norm.epsilon", between=(1e-4, 1e-2), x=(0.5, -1.2)),
    by("mixes_examples", "batch_norm.axis"), by("reads_across", "batch_norm.axis", axes=(0, 1)),
    by("reads_across", "dense.orientation", axes=(0, 0)), by("shifted", "conv1d.extent", cells=1),
    by("only_where_negative", "gelu.approximate"), by("only_there", "leaky_relu.slope"),
    by("counted", "squared_error.scale"), by("only_at_border", "max_pool1d.stride", begins=True),
    by("only_when_the_rate_changes", "rmsprop.rho"), by("longer_first_steps", "sgd.learning_rate"),
    by("hidden_in_training", "batch_norm.epsilon"), by("scaled", "l2_penalty.factor", factor=3), by("spread", "he_normal.cut"),
    by("not_in", "lstm.gate_order", of="gru", layer="lstm"), by("shorter_step", "momentum.rate_in"),
    by("floor", "binary_cross_entropy.prediction", least=0.4), by("same_shape", "max_pool1d.stride", at_least=0.1),
    by("reordered", "stacked_bidirectional.second_reads"), by("digits_of_a_device", "gelu.approximate", between=(1e-4, 1e-2)),
    by("digits_of_a_device", "tf32_matmul.default", between=(1e-3, 1e-2)),
], ids=lambda shown: f"{shown.check} {' '.join(shown.rows)}")
def test_a_check_refuses_what_is_of_another_kind(shown):
    assert not any(shows.shows(shown, atlas()[id_], CELLS) for id_ in shown.rows)


def test_every_check_is_of_use():
    assert {shown.check for shown, _ in SHOWN.values()} == set(shows.CHECKS)
