"""What older releases answered: the recordings, what changed since, and what is not compared."""

import json
import shutil
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from nnparity.cases import atlas_versions
from nnparity.cases.atlas import atlas
from nnparity.cases.atlas_versions import Older, number_of
from nnparity.cases.convention import REFUSES
from nnparity.cases.recording import RecordingError
from nnparity.oracles.atlas.columns import COLUMNS, OF_OLD
from nnparity.oracles.atlas.snippet import Outcome
from nnparity.reference_impl.atlas import value
from nnparity.reports.asking import snippets
from nnparity.reports.atlas import versions
from nnparity.reports.atlas.markdown import pages
from nnparity.reports.atlas.measure import covered
from nnparity.reports.atlas.notes import notes
from nnparity.reports.atlas.view import recorded_cells
from nnparity.reports.cli import app

ROW = atlas()["layer_norm.epsilon"]
EMBEDDING = atlas()["embedding.outside"]


@pytest.mark.parametrize("one", atlas_versions.older(), ids=lambda one: f"{one.column}, {one.version}")
def test_an_older_recording_is_older_and_answers_rows_of_today(one):
    today = {cells[one.column].version for cells in recorded_cells(atlas().values(), [one.column]).values()} - {""}
    assert all(one.number < number_of(version) for version in today)
    assert len(one.rows) >= 100
    for id_, cell in one.rows.items():
        assert one.column in covered(atlas()[id_]) and atlas()[id_].variant(cell["variant"])
        assert ("raised" in cell) == (cell["variant"] == REFUSES)


def older(*answers, column="torch"):
    """Recordings of the row, oldest first: ("torch 1.0", 1e-3)."""
    return lambda: tuple(Older(column, version, "2000-01-01", {ROW.id: {"variant": variant}}) for version, variant in answers)


def changes(monkeypatch, found):
    monkeypatch.setattr(atlas_versions, "older", found)
    return [str(change) for change in versions.changes([ROW], recorded_cells([ROW], COLUMNS))]


def test_releases_are_compared_in_their_order_and_the_newest_with_today(monkeypatch):
    epsilon, other = ROW.variant(1e-5).title, ROW.variant(1e-3).title
    first, second = changes(monkeypatch, older(("torch 1.0", 1e-5), ("torch 1.9", 1e-3), ("torch 1.10", 1e-3)))
    assert first == f"torch: {epsilon} with torch 1.0; {other} with torch 1.9"
    assert second.startswith(f"torch: {other} with torch 1.10; {epsilon} with torch 2.")
    assert changes(monkeypatch, older(("torch 1.0", 1e-5), ("torch 1.9", 1e-5))) == []
    assert changes(monkeypatch, older()) == []


def test_a_release_with_two_digits_is_newer_than_one_with_one(tmp_path):
    for version in ("torch 1.10.0", "torch 1.9.1", "torch 1.9.0"):
        atlas_versions.keep(Older("torch", version, "2000-01-01", {}), tmp_path)
    assert [one.version for one in atlas_versions.older(tmp_path)] == ["torch 1.9.0", "torch 1.9.1", "torch 1.10.0"]
    assert number_of("keras 3.0.5, tensorflow 2.21.0") == (3, 0, 5)


@pytest.mark.parametrize("row, outcome, variant", [
    (ROW, Outcome(value=value(ROW, ROW.variant(1e-3))), 1e-3),
    (ROW, Outcome(value=[5.0]), None),  # none of the variants
    (ROW, Outcome(broken="AttributeError: module 'keras' has no attribute 'ops'"), None),
    (ROW, Outcome(raised="ValueError: no"), None),  # a row without a refusal
    (EMBEDDING, Outcome(raised="IndexError: index out of range in self"), REFUSES),
    (EMBEDDING, Outcome(raised="TypeError: 'Param' object does not support item assignment"), None),  # the snippet's own, there
], ids=["a variant", "another number", "missing", "raises", "refuses", "another interface"])
def test_what_an_older_release_says_is_an_answer_only_where_it_is_one(monkeypatch, row, outcome, variant):
    monkeypatch.setattr(snippets, "run", lambda *_: {row.id: outcome})
    found = versions.ask("torch" if not COLUMNS["torch"].missing else pytest.skip("torch not installed")).rows
    assert {id_: cell["variant"] for id_, cell in found.items()} == ({} if variant is None else {row.id: variant})


def test_what_is_not_installed_is_told(monkeypatch):
    monkeypatch.setitem(COLUMNS, "torch", replace(COLUMNS["torch"], packages=("no_such_package",)))
    done = CliRunner().invoke(app, ["conventions", "--record-older", "--column", "torch"])
    assert done.exit_code == 2 and "no_such_package not installed" in done.output and "PYTHONPATH" in done.output


def test_a_column_starts_with_its_own_lines():
    column = replace(COLUMNS["torch"], packages=("numpy",), reset="", start="import numpy\nnumpy.old = 'yes'")
    assert snippets.run(column, {"a": "import numpy\nanswer = numpy.old"}) == {"a": Outcome(value="yes")}
    assert OF_OLD.keys() <= COLUMNS.keys() and not any(column.start for column in COLUMNS.values())


@pytest.mark.parametrize("old, new", [('"variant": ', '"variant":  '), ("2.15", "2.16"), ("{", "")],
                         ids=["a blank", "a version", "no JSON"])
def test_a_damaged_recording_is_refused(tmp_path, old, new):
    path = tmp_path / "keras-2.15.0.json"
    shutil.copy(atlas_versions.FOLDER / path.name, path)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(RecordingError, match="keras-2.15.0.json is damaged"):
        atlas_versions.older(tmp_path)


def test_what_changed_is_told_of_a_row_in_the_command_and_on_a_page(monkeypatch):
    """The hard sigmoid of Keras 2 is steeper by a fifth, which is known; it was measured."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")
    row = atlas()["hard_sigmoid.form"]
    (note,) = notes(row, recorded_cells([row], COLUMNS)[row.id])
    assert note.startswith("Changed in keras: slope 1/5 with keras 2.15.0, tensorflow 2.15.1; slope 1/6 with keras 3")
    told = CliRunner().invoke(app, ["conventions", "--changed", "hard_sigmoid.form"])
    assert told.exit_code == 0 and "1 answers changed" in told.output and "slope 1/5" in told.output
    assert max(map(len, told.output.splitlines())) <= 80
    (change,) = json.loads(CliRunner().invoke(app, ["conventions", "--changed", "hard_sigmoid.form", "--json"]).output)
    assert change["before"]["variant"] == "fifth" and change["after"]["variant"] == "sixth" and change["column"] == "keras"
    assert "| slope 1/5 (keras 2.15.0, tensorflow 2.15.1) |" in pages()["changed.md"] and note in pages()["activation.md"]


@pytest.mark.parametrize("options", [["--changed", "--measure"], ["--record-older"], ["--changed", "--record-older"]],
                         ids=" ".join)
def test_options_that_do_not_go_together_are_refused(options):
    assert CliRunner().invoke(app, ["conventions", *options]).exit_code == 2
