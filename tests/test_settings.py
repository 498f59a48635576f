"""What is recorded as the way to a variant: put into the snippet that asks the default, it gives that variant."""

import pytest
from settings_applied import applied

from nnparity.cases.atlas import atlas
from nnparity.cases.atlas.settings import SETTINGS, setting_of
from nnparity.oracles.atlas.columns import COLUMNS, snippet_of
from nnparity.reports.asking import snippets
from nnparity.reports.atlas import settings, view
from nnparity.reports.atlas.measure import match

ASKED = ("torch", "keras", "jax", "onnx")
# cannot be put into the snippet as it stands: (row, variant, framework) -> why
NOT_AN_ARGUMENT = {
    ("batch_norm.momentum_of", "old", "torch"): "an example with another momentum than the snippet's",
    ("batch_norm.momentum_of", "old", "keras"): "an example with another momentum than the snippet's",
    ("gru.reset", "before", "keras"): "the snippet loads a bias of two rows",
    ("gru.recurrent_bias", "none", "keras"): "the snippet loads a bias of two rows",
    ("gru.bias_layout", "single", "keras"): "the snippet counts two rows",
    ("squared_error.scale", "half", "keras"): "an argument of compile",
    ("conv1d.same", "symmetric", "onnx"): "the snippet's auto_pad would have to go",
}


def put_in(row, variant, column: str) -> str | None:
    """The snippet with the setting in it; None where there is none, or where it is words, several steps or somebody's names."""
    code = snippet_of(row, column)
    text = view.switch_of(row, variant, column)
    if code is None or not text or (row.id, variant.value, column) in NOT_AN_ARGUMENT:
        return None
    recorded = next((found for name in view.SWITCHES[column] if (found := setting_of(row.id, name, variant.value))), None)
    if recorded and recorded.put and recorded.text == text:
        assert recorded.put[0] in code, f"{row.id}, {column}: the snippet has no {recorded.put[0]!r}"
        return code.replace(*recorded.put)
    alone = text.removesuffix(", the default")
    return applied(code, alone) if settings.parts(alone) == [(True, alone)] else None


SHOWN = {f"{row.id}={variant.value}-{column}": (row, variant, column, code) for row in atlas().values()
         for variant in row.variants for column in ASKED if (code := put_in(row, variant, column))}


@pytest.fixture(scope="module")
def outcomes():
    """Column -> id -> what came of the snippet; asked once for all."""
    found = {}

    def of(column: str):
        if column not in found:
            own = {id_: code for id_, (_, _, name, code) in SHOWN.items() if name == column}
            found[column] = snippets.run(COLUMNS[column], own)
        return found[column]
    return of


@pytest.mark.live
@pytest.mark.parametrize("id_", SHOWN)
def test_a_setting_gives_its_variant(outcomes, id_):
    row, variant, column, code = SHOWN[id_]
    if missing := COLUMNS[column].missing:
        pytest.skip(f"{', '.join(missing)} not installed")
    outcome = outcomes(column)[id_]
    assert not outcome.broken and match(row, outcome) is variant, f"{code}\n{outcome}"


def test_most_settings_are_shown_and_the_exceptions_are_of_use():
    assert len(SHOWN) > 390
    for id_, value, column in NOT_AN_ARGUMENT:
        row = atlas()[id_]
        assert view.switch_of(row, row.variant(value), column)


def test_a_setting_is_recorded_once_and_for_a_variant_that_the_framework_has_not_by_default():
    for id_, frameworks in SETTINGS.items():
        row = atlas()[id_]
        for framework, texts in frameworks.items():
            values = [variant.value for variant in row.variants] if isinstance(texts, str) else list(texts)
            for value in values:
                assert not isinstance(texts, str) or framework not in row.variant(value).switch, (id_, framework, value)
                assert row.variant(value)


@pytest.mark.parametrize("text, shown", [
    ("F.pad(x, (0, 1)), then padding=0", "`F.pad(x, (0, 1))`, then `padding=0`"), ("epsilon=1e-05", "`epsilon=1e-05`"),
    ("not available; write the cell yourself", "not available; write the cell yourself"), ("the default", "the default"),
    ("GRU(..., reset_after=True), the default", "`GRU(..., reset_after=True)`, the default"),
    ("np.transpose(K, (2, 3, 1, 0)) makes Keras's kernel of it", "`np.transpose(K, (2, 3, 1, 0))` makes Keras's kernel of it"),
    ("add 1 to bias_ih_l0[H:2H]", "add 1 to `bias_ih_l0[H:2H]`"), ("0.5 * mse_loss(x, t)", "`0.5 * mse_loss(x, t)`"),
])
def test_code_is_told_from_prose(text, shown):
    assert "".join(f"`{part}`" if code else part for code, part in settings.parts(text)) == shown


@pytest.mark.parametrize("row", atlas().values(), ids=atlas())
def test_no_word_of_a_setting_is_lost(row):
    for text in (text for variant in row.variants for text in variant.switch.values()):
        assert "".join(part for _, part in settings.parts(text)) == text
