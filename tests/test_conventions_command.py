"""`nnparity conventions` and the Markdown page: what a person reads of the atlas. From the recordings, no framework."""

import json
import re
from dataclasses import replace

import pytest
from rich.console import Console
from typer.testing import CliRunner

from nnparity.cases import atlas_recording as recorded
from nnparity.cases.atlas import atlas
from nnparity.cases.convention import REFUSES
from nnparity.oracles.atlas.columns import COLUMNS
from nnparity.reports.atlas import markdown as atlas_markdown
from nnparity.reports.atlas import moving, named, settings
from nnparity.reports.atlas import view as atlas_view
from nnparity.reports.atlas.measure import Cell
from nnparity.reports.cli import app
from nnparity.reports.commands import conventions_told as atlas_command

ROW = atlas()["layer_norm.epsilon"]


@pytest.fixture
def conventions(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERMINAL_WIDTH", "80")

    def run(*arguments):
        done = CliRunner().invoke(app, ["conventions", *arguments])
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output
    return run


def test_markdown_page_is_up_to_date():
    kept = {path.name: path.read_text(encoding="utf-8") for path in atlas_markdown.FOLDER.glob("*.md")}
    assert kept == atlas_markdown.pages(), \
        f"{atlas_markdown.FOLDER.name} is stale: nnparity conventions --record, or python -m nnparity.reports.atlas.markdown"


def test_all_rows_in_one_table(conventions):
    code, printed = conventions("--recorded")
    assert code == 0 and max(map(len, printed.splitlines())) <= 80
    assert f"{len(atlas())} conventions" in printed
    for word in ("layer_norm.epsilon", "0.001", "normalisation", "keras-jax"):
        assert word in printed


def test_one_row_with_everything(conventions):
    code, printed = conventions("layer_norm.epsilon", "--recorded")
    assert code == 0 and max(map(len, printed.splitlines())) <= 80
    for words in (ROW.question[:40], "0.49", "If you do not know", "to paste and run", "print(answer)", "computed by torch"):
        assert words in printed, words


def test_found_by_layer_group_and_lead():
    assert ROW in atlas_view.rows_about("layer_norm") and ROW in atlas_view.rows_about("normalisation")
    assert ROW in atlas_view.rows_about("n6") and atlas_view.rows_about("epsilon") == ()
    assert atlas_view.rows_about("layer_norm.epsilon") == (ROW,)
    assert atlas_view.rows_about("nothing of this") == ()


@pytest.mark.parametrize("one, other", [("torch", "keras"), ("keras", "keras-torch")])
def test_only_what_differs(conventions, one, other):
    code, printed = conventions("--recorded", "--json", "--differ", one, other)
    rows = json.loads(printed)
    assert code == 0 and rows
    assert all(row["measured"][one]["variant"] != row["measured"][other]["variant"] for row in rows)
    pairs = {id_: (cells[one]["variant"], cells[other]["variant"]) for id_, cells in recorded.load().items()
             if one in cells and other in cells}
    differing = {id_ for id_, pair in pairs.items() if None not in pair and len(set(pair)) == 2}
    assert {row["id"] for row in rows} == differing


@pytest.mark.parametrize("here, there", moving.pairs())
def test_moving(here, there):
    """Only what differs, the largest first; what to write is what a variant says of that framework."""
    rows = tuple(atlas().values())
    found = moving.moves(rows, atlas_view.recorded_cells(rows, COLUMNS), here, there)
    assert len(found) > 30 and all(move.kept is not move.gets for move in found)
    sizes = [move.apart for move in found if REFUSES not in (move.kept.value, move.gets.value)]
    assert sizes == sorted(sizes, reverse=True) and all(0 <= size <= 2 for size in sizes)
    back = moving.moves(rows, atlas_view.recorded_cells(rows, COLUMNS), there, here)
    assert {move.row.id: move.apart for move in back} == {move.row.id: move.apart for move in found}


@pytest.mark.parametrize("a, b, apart", [
    ([1, 2.0], [1.0, 2.0], 0), ([0.5, 1], [1, 1], 0.5), ([1, 2], [1, 2, 3], 1), ("zrn", "rzn", 1), ({"a": 1}, {"a": -1}, 2),
    (["nan"], [1.0], 1), ([0.0], [0.0], 0),
])
def test_how_far_two_answers_are_apart(a, b, apart):
    assert moving.apart(a, b) == moving.apart(b, a) == apart


def test_moving_is_told(conventions):
    code, said = conventions("--from", "keras", "--to", "torch")
    assert code == 0 and "Moving from Keras on TensorFlow to PyTorch" in said
    assert all(len(line) <= 80 for line in said.splitlines())
    epsilon = next(move for move in json.loads(conventions("--from", "keras", "--to", "torch", "--json")[1])
                   if move["id"] == "batch_norm.epsilon")
    assert epsilon["write"] == "BatchNorm1d(n, eps=0.001)" and epsilon["from"] == 0.001 and epsilon["to"] == 1e-05
    assert conventions("--from", "keras")[0] == 2 and conventions("gelu", "--from", "keras", "--to", "torch")[0] == 2


@pytest.mark.parametrize("here, there", moving.pairs())
def test_a_move_says_what_to_write_or_that_there_is_no_option(conventions, here, there):
    """Code in code quotes and prose beside it; the formula where no option is recorded."""
    page = atlas_markdown.pages()[f"from-{here}-to-{there}.md"]
    rows = tuple(atlas().values())
    for move in moving.moves(rows, atlas_view.recorded_cells(rows, COLUMNS), here, there):
        line = next(line for line in page.splitlines() if f"#{move.row.id.replace('.', '')})" in line)
        last = line.removesuffix(" |").rpartition(" | ")[2]
        assert (move.instead is None) == ("no option" not in last)
        if move.instead is not None:
            assert move.formula.replace("|", "\\|") in last and "not available" not in last
        else:
            shown = "".join(f"`{part}`" if code else part for code, part in settings.parts(move.write))
            assert last == shown.replace("|", "\\|") and ("`" in last or " " in last)
    said = json.loads(conventions("--from", here, "--to", there, "--json")[1])
    assert all(bool(move["write"]) != ("formula" in move) for move in said)


def test_prose_is_in_no_code_quotes():
    page = atlas_markdown.pages()["recurrent.md"]
    assert "torch: not available; write the cell yourself" in page and "`GRU(..., reset_after=True)`, the default" in page


def test_json_has_snippets_answers_and_versions(conventions):
    (row,) = json.loads(conventions("layer_norm.epsilon", "--recorded", "--json")[1])
    assert row["measured"]["keras"]["variant"] == 0.001 and "keras" in row["measured"]["keras"]["version"]
    assert "LayerNormalization()" in row["snippets"]["keras"]


def test_json_of_a_layer_has_the_formulas_that_the_text_shows(conventions):
    """Every equation of the terminal's panels and variants, and who computes it."""
    rows = json.loads(conventions("gru", "--recorded", "--json")[1])
    text = conventions("gru", "--recorded")[1]
    reset = next(row for row in rows if row["id"] == "gru.reset")
    assert reset["equations"] == [["n  = tanh(x K_n + b_n + r ⊙ (h R_n + c_n))"], ["n  = tanh(x K_n + b_n + (r ⊙ h) R_n + c_n)"]]
    assert len(reset["equations"]) == len(reset["variants"])
    assert {found["framework"]: found["config"]["reset"] for found in reset["formulas"]} == {"torch": "after", "keras": "after"}
    for found in reset["formulas"]:
        assert len(found["equations"]) == 4 and found["built"] in text and found["version"] in text
        assert [name for name, d in found["distances"].items() if d is not None and d <= 1] == [
            "reset=after, recurrent_bias=inside, update=keep"]
    for line in [*found["equations"], *(line for row in rows for variant in row["equations"] for line in variant)]:
        assert line in text
    order = next(row for row in rows if row["id"] == "gru.gate_order")
    assert not any(order["equations"]) and order["formulas"] == reset["formulas"]


def test_json_of_one_framework_has_its_formula_alone(conventions):
    rows = [row for row in json.loads(conventions("lstm", "--recorded", "--json", "--column", "keras")[1])
            if row["id"].startswith("lstm.")]
    assert rows
    for row in rows:
        assert [found["framework"] for found in row["formulas"]] == ["keras"] and len(row["formulas"][0]["equations"]) == 6


def test_json_of_what_has_no_equations_says_so(conventions):
    (row,) = json.loads(conventions("layer_norm.epsilon", "--recorded", "--json")[1])
    assert not any(row["equations"]) and row["formulas"] == []


def test_what_is_not_installed_is_said_and_never_agrees():
    cell = Cell(row=ROW, column="jax", state="not installed", message="jax")
    assert atlas_view.computed_by({"jax": cell}, ROW.variants[0]) == [] and atlas_view.others({"jax": cell}) == [cell]
    assert atlas_markdown.short(cell) == "not installed"
    torch = atlas_view.recorded_cells([ROW], ["torch"])[ROW.id]["torch"]
    assert atlas_view.differing([ROW], {ROW.id: {"jax": cell, "torch": torch}}, "jax", "torch") == []


def test_drift_is_told_and_changes_the_exit_code(monkeypatch, conventions):
    other = next(v for v in ROW.variants if v.value != 1e-5)
    moved = {ROW.id: {"torch": Cell(row=ROW, column="torch", state="matched", variant=other, answer=[1.0], version="torch 9.9")}}
    monkeypatch.setattr(atlas_command, "measured", lambda *_: moved)
    code, printed = conventions("layer_norm.epsilon", "--measure", "--column", "torch")
    assert code == 1 and "drift: torch 9.9: LayerNormalization epsilon was 1e-05" in " ".join(printed.split())


def test_a_snippet_without_an_answer_is_exit_code_3(monkeypatch, conventions):
    broken = {ROW.id: {"torch": Cell(row=ROW, column="torch", state="broken", message="NameError: x", version="torch 9.9")}}
    monkeypatch.setattr(atlas_command, "measured", lambda *_: broken)
    code, printed = conventions("layer_norm.epsilon", "--measure", "--column", "torch")
    assert code == 3 and "layer_norm.epsilon, torch: no answer: NameError: x" in printed


@pytest.mark.parametrize("id_, words", [
    ("gru.update", "tensorflow (tf.raw_ops)"), ("adam.epsilon", "tensorflow (tf.compat.v1)"),
    ("hard_sigmoid.form", "tensorflow (tf.keras.backend)"), ("batch_norm.momentum", "torch (momentum=0.1)"),
], ids=["raw", "compat", "backend", "written"])
def test_a_cell_says_whose_function_it_is(conventions, id_, words):
    code, printed = conventions(id_)
    assert code == 0 and words in " ".join(printed.split())


def test_words_are_answered_from_the_recording_with_its_day(conventions):
    code, printed = conventions("align_corners")
    assert code == 0 and max(map(len, printed.splitlines())) <= 80
    assert "resize_linear.grid" in printed and re.search(r"measured (on|from) 20\d\d-", printed) and "--measure" in printed


def test_nothing_found_says_what_was_searched_and_the_nearest(conventions):
    code, printed = conventions("zzqx", "flibber")
    assert code == 2 and "'zzqx flibber'" in printed and "not found: zzqx, flibber" in printed
    assert sum(f"{id_}: " in printed for id_ in atlas()) == 3


def test_what_is_not_installed_is_shown_as_recorded(monkeypatch):
    monkeypatch.setitem(COLUMNS, "jax", replace(COLUMNS["jax"], packages=("no_such_package",)))
    cell = atlas_command.measured([ROW], ["jax"], Console(quiet=True))[ROW.id]["jax"]
    assert cell.state == "matched" and cell.on and "jax" in cell.version


def test_every_column_has_a_place_on_the_page():
    assert all(f" {name} |" in atlas_markdown.pages()["recurrent.md"] for name in COLUMNS)


@pytest.mark.parametrize("word", ["torch.nn.BatchNorm2d", "BatchNorm2d", "nn.BatchNorm1d"])
def test_a_public_name_has_a_page(conventions, word):
    """Its names, what to write for the same numbers, where it differs, the snippets: in this order, at 80 columns."""
    code, printed = conventions(word)
    assert code == 0 and max(map(len, printed.splitlines())) <= 80
    text = " ".join(printed.split())
    parts = ["keras: keras.layers.BatchNormalization", "jax: flax.nnx.BatchNorm", "To get the same numbers as PyTorch",
             "BatchNormalization(epsilon=1e-05)", "Where they differ", "(apart 0.99)", "momentum=0.1",
             "nnparity conventions batch_norm.epsilon", "To paste and run", "layer = torch.nn.BatchNorm1d(1", "measured from 20"]
    assert [text.index(part) for part in parts] == sorted(text.index(part) for part in parts)
    assert "asked here as torch.nn.BatchNorm1d" in text


def test_a_name_can_be_measured_and_its_drift_is_told(monkeypatch, conventions):
    def measured(rows, columns, _):
        now = atlas_view.recorded_cells(rows, columns)
        epsilon = now["rms_norm.epsilon"]["torch"]
        other = next(v for v in epsilon.row.variants if v is not epsilon.variant)
        now["rms_norm.epsilon"]["torch"] = replace(epsilon, variant=other, on="")
        return now
    monkeypatch.setattr(atlas_command, "measured", measured)
    code, printed = conventions("torch.nn.RMSNorm", "--measure")
    assert code == 1 and "drift: torch" in printed and "measured now: torch" in " ".join(printed.split())


def test_the_json_of_a_name_has_what_its_page_has(conventions):
    thing, *_ = json.loads(conventions("torch.nn.BatchNorm2d", "--json")[1])
    assert thing["name"] == "torch.nn.BatchNorm1d" and thing["framework"] == "torch"
    assert thing["names"]["keras"] == ["keras.layers.BatchNormalization"]
    writes = {move["id"]: move["write"] for move in thing["same_numbers"]["keras"]}
    assert writes["batch_norm.epsilon"] == "BatchNormalization(epsilon=1e-05)"
    sizes = [difference["apart"] for difference in thing["differences"]]
    assert sizes == sorted(sizes, reverse=True) and sizes[-1] < sizes[0] <= 2
    epsilon = next(difference for difference in thing["differences"] if difference["id"] == "batch_norm.epsilon")
    assert epsilon["computed"]["torch"] == 1e-05 and epsilon["computed"]["keras"] == 0.001
    assert "BatchNorm1d" in thing["snippets"]["torch"] and "BatchNormalization" in thing["snippets"]["keras"]


@pytest.mark.parametrize("word, layer, column", [
    ("torch.nn.Conv2d", "conv2d", "torch"), ("tf.nn.conv2d", "conv2d", "tensorflow"), ("torch.nn.Linear", "dense", "torch"),
    ("tf.keras.layers.LSTM", "lstm", "keras"), ("keras.layers.MaxPooling2D", "max_pool1d", "keras"), ("Dense", "dense", "keras"),
    ("MultiheadAttention", "multi_head_attention", "torch"), ("MultiHeadAttention", "multi_head_attention", "keras"),
    ("optax.adam", "adam", "jax"), ("nn.LeakyReLU", "leaky_relu_layer", "torch"),
])
def test_a_name_leads_to_its_thing(word, layer, column):
    rows = tuple(atlas().values())
    best = named.called(word, named.things(rows, atlas_view.recorded_cells(rows, COLUMNS)))[0]
    assert (best.thing.layer, best.column) == (layer, column)


@pytest.mark.parametrize("word", ["torch.nn.NoSuchThing", "a.b", "momentum", "batch norm", "Momentum"])
def test_what_is_no_name_is_searched_in_words(word):
    rows = tuple(atlas().values())
    assert named.called(word, named.things(rows, atlas_view.recorded_cells(rows, COLUMNS))) == []


def test_the_hint_names_each_extra_once_and_no_installed_one(conventions, monkeypatch):
    for name, column in COLUMNS.items():
        monkeypatch.setitem(COLUMNS, name, replace(column, packages=("no_such_package",) if "jax" in name else ("json",)))
    assert 'pip install -e ".[jax]"' in " ".join(conventions("batch_norm.epsilon")[1].split())
