"""The atlas: every row can tell its variants apart, every snippet runs, and each framework still answers as recorded."""

import math
import re
import shutil
from dataclasses import replace
from datetime import date
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from nnparity.cases import atlas_recording as recorded
from nnparity.cases.atlas import atlas, rows_of
from nnparity.cases.convention import REFUSES, InvalidConvention
from nnparity.cases.recording import RecordingError
from nnparity.oracles.atlas.columns import COLUMNS, absence_of
from nnparity.oracles.atlas.snippet import Outcome
from nnparity.reference_impl.atlas import value
from nnparity.reports.asking import snippets
from nnparity.reports.atlas import measure as measured
from nnparity.reports.formula import mathml

ROWS = atlas()
CELLS = [pytest.param(row, column, id=f"{id_}-{column}")
         for id_, row in ROWS.items() for column in COLUMNS if column in measured.covered(row)]
kept = cache(recorded.load)
each_row = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)


APART = {"value": 100, "distribution": 3}  # tolerances that lie at least between two variants


def separation(row) -> float:
    """The smallest difference between two variants' values, in tolerances."""
    values = [value(row, v) for v in row.variants if v.value != REFUSES]
    pairs = [(a, b) for i, a in enumerate(values) for b in values[:i]]
    distance = apart_anywhere if row.probe.match == "distribution" else partial(measured.difference, row)
    apart = min((distance(a, b) for a, b in pairs), default=math.inf)
    allowed = measured.tolerance(row)
    return apart / allowed if allowed else math.inf if apart else 0.0


def apart_anywhere(F, G) -> float:
    """sup |F - G| on a grid that is fine everywhere that weights lie."""
    grid = np.geomspace(1e-6, 1e2, 20001)
    grid = np.concatenate((-grid[::-1], [0.0], grid))
    return float(np.max(np.abs(F(grid) - G(grid))))


@each_row
def test_variants_are_told_apart(row):
    assert separation(row) >= APART[row.probe.match]


@pytest.mark.parametrize("row", [pytest.param(row, id=id_) for id_, row in ROWS.items() if row.probe.match == "value"])
def test_variants_match_themselves_and_no_other(row):
    """A variant's own value is recognised; in float32 too, where that is what the frameworks compute in."""
    for variant in row.variants:
        expected = value(row, variant)
        if variant.value == REFUSES:
            outcome = Outcome(raised="RuntimeError: no")
        else:
            outcome = Outcome(value=expected if isinstance(expected, str) else np.asarray(expected).astype(row.probe.dtype))
        assert measured.match(row, outcome) is variant


@each_row
def test_formulas_are_typeset(row):
    for variant in row.variants:
        assert "<math" in mathml(variant.formula), variant.formula


@each_row
def test_every_column_is_measured_or_has_a_reason(row):
    named = row.snippets.keys() | row.absent.keys() | row.unmatched.keys()
    assert named <= COLUMNS.keys()
    silent = [c for c in COLUMNS if c not in measured.covered(row) and not absence_of(row, c)]
    assert not silent, f"{row.id}: give a snippet or a reason why there is none for {', '.join(silent)}"
    assert len(measured.covered(row)) >= 2


@each_row
def test_example_has_its_numbers(row):
    assert any(character.isdigit() for character in measured.example(row))
    assert "{" not in measured.example(row)


@each_row
def test_recording_is_complete(row):
    cells = kept().get(row.id, {})
    assert cells.keys() == measured.covered(row), "record it: nnparity conventions ROW --record"
    for column, cell in cells.items():
        assert cell["version"]
        if cell["variant"] is None:
            assert row.unmatched.get(column), f"{column} equals no variant: add one, or say why in `unmatched`"
        else:
            assert column not in row.unmatched
            row.variant(cell["variant"])


@pytest.fixture(scope="session")
def answered(request):
    """A function from a column to its measured cells, of the rows that are selected; each column is run once."""
    wanted = {}
    for item in request.session.items:
        params = getattr(item, "callspec", None) and item.callspec.params
        if params and "column" in params and "row" in params:
            wanted.setdefault(params["column"], []).append(params["row"])
    done = {}

    def answers_of(column):
        if column not in done:
            done[column] = measured.measure(wanted[column], [column])
        return done[column]
    return answers_of


@pytest.mark.live
@pytest.mark.parametrize("row, column", CELLS)
def test_framework_answers_as_recorded(row, column, answered, request):
    if missing := COLUMNS[column].missing:
        required = request.config.getoption("--require-columns") or (
            COLUMNS[column].extra == "oracles" and request.config.getoption("--require-oracles"))
        (pytest.fail if required else pytest.skip)(
            f"{', '.join(missing)} not installed; pip install -e '.[{COLUMNS[column].extra}]'")
    cell = answered(column)[row.id][column]
    assert cell.state in ("matched", "unmatched"), f"{row.id} on {cell.version}: {cell}"
    if cell.state == "unmatched":
        assert row.unmatched.get(column), f"{row.id} on {cell.version}: {cell}"
    assert not (words := measured.drift(cell, kept().get(row.id, {}).get(column))), words


# what a measurement can get wrong, with snippets that need no framework

PLAIN = replace(COLUMNS["torch"], packages=("numpy",), reset="")


def test_a_snippet_answers_in_a_process_of_its_own():
    done = snippets.run(PLAIN, {
        "number": "import numpy as np\nanswer = np.float32(1.5)\nprint(answer)",
        "text": 'answer = "a"', "list": "answer = [1, 2.5]", "not finite": "answer = [float('nan'), float('inf')]",
        "refuses": 'raise ValueError("not with\\nstride 2")', "misspelt": "answer = nmupy.ones(3)",
        "nothing": "x = 1", "none": "answer = None", "leaves": "import os; os._exit(7)", "after": "answer = 'still'"})
    assert done["number"].value == 1.5 and done["number"].value.dtype == "float32"
    assert done["text"].value == "a" and done["list"].value.tolist() == [1, 2.5]
    assert np.isnan(done["not finite"].value[0]) and np.isposinf(done["not finite"].value[1])
    assert done["refuses"] == Outcome(raised="ValueError: not with stride 2")
    assert "nmupy" in done["misspelt"].broken and "answer" in done["nothing"].broken and "None" in done["none"].broken
    assert "exit code 7" in done["leaves"].broken
    assert done["after"] == Outcome(value="still")


def test_a_snippet_that_never_ends_costs_itself_alone(monkeypatch):
    monkeypatch.setattr(snippets, "LIMIT", 1)
    done = snippets.run(PLAIN, {"endless": "while True: pass", "after": "answer = 'still'"})
    assert "timed out" in done["endless"].broken
    assert done["after"] == Outcome(value="still")


def test_a_snippet_imports_nothing_from_the_folder_it_is_run_in(monkeypatch, tmp_path):
    """Somebody's own file keras.py is not Keras."""
    (tmp_path / "shadow.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    done = snippets.run(PLAIN, {"shadow": "import shadow\nanswer = 1"})
    assert "No module named 'shadow'" in done["shadow"].broken


def test_the_environment_and_the_reset_of_a_column_hold_for_its_snippets():
    column = replace(PLAIN, environment={"KERAS_BACKEND": "none"}, reset="import os; os.environ['SET'] = 'anew'")
    done = snippets.run(column, {"before": "import os\nanswer = os.environ['KERAS_BACKEND']\nos.environ['SET'] = 'here'",
                                 "after": "import os\nanswer = os.environ['SET']"})
    assert done == {"before": Outcome(value="none"), "after": Outcome(value="anew")}


ROW = ROWS["layer_norm.epsilon"]


def test_a_number_that_is_no_variant_is_said():
    right = value(ROW, ROW.variants[0])
    assert measured.match(ROW, Outcome(value=right)) is ROW.variants[0]
    wrong = right + 2 * measured.tolerance(ROW)
    for outcome in (Outcome(value=wrong), Outcome(value=right[0, :2]), Outcome(value="text"), Outcome(value=right * np.nan),
                    Outcome(raised="ValueError: no")):
        assert measured.match(ROW, outcome) is None


def test_drift_is_told_with_both_values_and_versions():
    cell = measured.Cell(row=ROW, column="keras", state="matched", variant=ROW.variant(1e-5), answer=[1.0], version="keras 3.16")
    before = {"variant": 1e-3, "answer": [0.5], "version": "keras 3.15.1"}
    assert measured.drift(cell, before) == "keras 3.16: LayerNormalization epsilon was 0.001 (keras 3.15.1), is 1e-05"
    assert not measured.drift(cell, cell.as_recorded)
    unmatched = replace(cell, state="unmatched", variant=None)
    assert "is no variant ([1.0])" in measured.drift(unmatched, before)
    assert not measured.drift(unmatched, unmatched.as_recorded)
    assert "was no variant ([2.0])" in measured.drift(unmatched, {**unmatched.as_recorded, "answer": [2.0]})


def test_a_column_that_is_not_installed_says_so(monkeypatch):
    monkeypatch.setitem(COLUMNS, "torch", replace(PLAIN, packages=("no_such_package",)))
    cell = measured.measure([ROW], ["torch"])[ROW.id]["torch"]
    assert cell.state == "not installed" and cell.variant is None and "no_such_package" in cell.message


def test_a_sample_is_held_against_distributions():
    row = ROWS["dense.distribution"]
    rng = np.random.default_rng(0)
    a, (uniform, glorot, normal) = 0.05, row.variants
    assert measured.match(row, Outcome(value=rng.uniform(-a, a, row.probe.size))) is uniform
    assert measured.match(row, Outcome(value=rng.uniform(-1.1 * a, 1.1 * a, row.probe.size))) is None
    assert measured.match(row, Outcome(value=rng.uniform(-a, a, row.probe.size - 1))) is None  # too few
    std = a / 0.87962566103423978
    draws = rng.normal(0, std, 2 * row.probe.size)
    assert measured.match(row, Outcome(value=draws[np.abs(draws) < 2 * std][:row.probe.size])) is normal
    assert measured.match(row, Outcome(value=draws[:row.probe.size])) is None  # not truncated
    assert glorot.value == "glorot_uniform"


def test_recording_keeps_the_columns_that_were_not_measured(tmp_path, monkeypatch):
    covered = {id_: measured.covered(row) for id_, row in ROWS.items()}
    keras, torch = ({"variant": v, "answer": [1.0], "version": "1", "on": "2000-01-01"} for v in (1e-3, 1e-5))
    monkeypatch.setattr(recorded, "datetime", SimpleNamespace(date=SimpleNamespace(today=lambda: date(2000, 1, 1))))
    recorded.record({ROW.id: {"keras": keras}}, covered, tmp_path)
    recorded.record({ROW.id: {"torch": torch}}, covered, tmp_path)
    assert recorded.load(tmp_path)[ROW.id] == {"keras": keras, "torch": torch}
    monkeypatch.setattr(recorded, "datetime", SimpleNamespace(date=SimpleNamespace(today=lambda: date(2001, 1, 1))))
    again = {name: value for name, value in torch.items() if name != "on"}
    assert recorded.record({ROW.id: {"torch": again}}, covered, tmp_path) == []  # nothing new, nothing written
    recorded.record({}, {**covered, ROW.id: {"torch"}}, tmp_path)
    assert recorded.load(tmp_path)[ROW.id] == {"torch": torch}


@pytest.fixture
def copied(tmp_path):
    """A copy of a recording, to be damaged."""
    return Path(shutil.copy(recorded.FOLDER / "pooling.json", tmp_path))


def refused(path, words):
    with pytest.raises(RecordingError, match=words) as error:
        recorded.load(path.parent)
    assert path.name in str(error.value) and "nnparity conventions --record" in str(error.value)


def test_whichever_byte_of_a_recording_has_changed_is_noticed(copied):
    whole = copied.read_bytes()
    for place in range(0, len(whole), 7):
        copied.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1:])
        refused(copied, "damaged")
    copied.write_bytes(whole)
    assert recorded.load(copied.parent).keys() == {row.id for row in rows_of("pooling")}


@pytest.mark.parametrize("old, new, words", [
    ("keras 3.15.1", "keras 3.15.2", "the row {row} differs"),  # which no measurement would have told
    ('"answer": ', '"answer":  ', "not as it was written"), ("{", "", "is no recording"), ("\n", " ", "not as it was written"),
], ids=["a version", "a blank", "no JSON", "a line"])
def test_what_has_changed_in_a_recording_is_named(copied, old, new, words):
    copied.write_text(copied.read_text().replace(old, new, 1))
    refused(copied, words.format(row=re.escape(rows_of("pooling")[0].id)))


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b"{\n \"pooling\": 3\n}\n"],
                         ids=["empty", "a list", "no text", "no rows"])
def test_a_recording_that_is_none_is_told(copied, content):
    copied.write_bytes(content)
    refused(copied, "is no recording of the atlas")


def test_a_damaged_recording_is_not_written_over(copied):
    """Its other columns would be lost."""
    copied.write_text(copied.read_text().replace("keras 3.15.1", "keras 3.15.2", 1))
    before = copied.read_bytes()
    with pytest.raises(RecordingError):
        recorded.record({}, {id_: measured.covered(row) for id_, row in ROWS.items()}, copied.parent)
    assert copied.read_bytes() == before


@pytest.mark.parametrize("change, words", [
    ({"group": "colour"}, "group='colour'"),
    ({"title": ""}, "needs title"),
    ({"variants": ROW.variants[:1]}, "at least two variants"),
    ({"absent": {"torch": "none"}}, "both a snippet and a reason"),
    ({"snippets": {"torch": "x = 1\n" * 10 + "print(answer)"}}, "at most 10 lines"),
    ({"snippets": {"torch": "answer = 1"}}, "the last line"),
    ({"probe": replace(ROW.probe, match="guess")}, "match='guess'"),
    ({"probe": replace(ROW.probe, match="distribution")}, "sample of at least 1000"),
], ids=lambda p: p if isinstance(p, str) else next(iter(p)))
def test_a_row_that_could_not_be_measured_is_refused(change, words):
    with pytest.raises(InvalidConvention, match=f"layer_norm.epsilon: .*{words}"):
        replace(ROW, **change)
