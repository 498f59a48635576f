"""`nnparity report`: exit codes, drift, recordings, missing frameworks; the oracles' answers come from the recordings."""

import json
import shutil
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from nnparity import cases, oracles
from nnparity.cases import recording
from nnparity.cases.case import Result
from nnparity.reports.asking import isolate
from nnparity.reports.asking.isolate import Answer
from nnparity.reports.atlas import view as atlas_view
from nnparity.reports.cli import app
from nnparity.reports.commands import conventions_told as atlas_command
from nnparity.reports.commands import report_told as console
from nnparity.reports.page import page, site, tables
from nnparity.reports.selfproof import kill_matrix as proof

POINT = "gru-after-float64-generic"
WRITE_SITE, WRITE_TABLES = site.write, tables.write  # most tests only note what would be written


@pytest.fixture
def report(monkeypatch, tmp_path):
    """Runs the command with `answer(oracle, case) -> Answer` in place of the processes; the page is only noted."""
    monkeypatch.setenv("COLUMNS", "80")
    few = tuple(case for case in cases.all_cases() if case.group == "gru")
    probes = tuple(case for case in cases.all_probes() if case.group == "gru")
    monkeypatch.setattr(cases, "all_cases", lambda: few)
    monkeypatch.setattr(cases, "all_probes", lambda: probes)
    monkeypatch.setattr(cases, "large_cases", tuple)
    shutil.copytree(recording.FOLDER, tmp_path / "recorded")
    monkeypatch.setattr(recording, "FOLDER", tmp_path / "recorded")
    recorded = {name: recording.load(name, cases.all_cases() + cases.all_probes()) for name in oracles.NAMES}
    written = {}

    def write_page(folder, rows, **more):
        written.update(more, rows=rows)
        return folder / "index.html"

    monkeypatch.setattr(page, "write", write_page)
    monkeypatch.setattr(site, "write", write_page)
    monkeypatch.setattr(tables, "write", lambda *_, **__: [])
    monkeypatch.setattr(console, "summary", lambda rows, console: console.print(f"{len(rows)} rows"))
    monkeypatch.setattr(proof, "planting", lambda _: nullcontext(lambda _: ()))
    monkeypatch.setattr(atlas_command, "measured", lambda rows, columns, _: atlas_view.recorded_cells(rows, columns))

    def run(*arguments, answer=None):
        def replayed(implementation, asked, _timeout):
            for case in asked:
                version = recording.version(implementation.name, "gru") if implementation.name == "torch" else "keras 0"
                known = recorded[implementation.name][case]
                replay = (Answer(case=case, result=known, version=version) if isinstance(known, Result) else
                          Answer(case=case, failure="unsupported", message=str(known), version=version))
                yield (answer and answer(implementation.name, case)) or replay
        monkeypatch.setattr(isolate, "answers", replayed)
        done = CliRunner().invoke(app, ["report", "--out", str(tmp_path / "out"), *arguments])
        assert isinstance(done.exception, SystemExit | None), done.exception
        return SimpleNamespace(code=done.exit_code, said=done.output, rows=written.get("rows"),
                               measured=written.get("conventions"), probes=written.get("probes"))

    return run


@pytest.fixture(autouse=True)
def all_installed(monkeypatch):
    monkeypatch.setattr(oracles, "missing", lambda _name: [])


def test_agreement_is_exit_code_0_and_defaults_are_measured(report):
    done = report("--case", "float64-generic")
    assert done.code == 0 and "drift" not in done.said, done.said
    assert {row.implementation for row in done.rows} == set(oracles.NAMES) and all(row.ok for row in done.rows)
    assert {m.framework for m in done.measured} == set(oracles.NAMES)
    assert len([row for row in done.probes if row.case.startswith("gru")]) == 2


def changed(case, amount):
    answer = recording.load("torch", [case])[case]
    y = answer.outputs["y"].copy()
    y.flat[3] += amount
    return Result(outputs={**answer.outputs, "y": y}, grads=answer.grads, built=answer.built)


def test_a_wrong_answer_is_exit_code_1_and_drift(report):
    done = report("--case", POINT, "--oracle", "torch",
                  answer=lambda _, case: Answer(case=case, result=changed(case, 1e-9), version="torch 99"))
    assert done.code == 1 and f"drift: torch, {POINT} (recorded with torch" in done.said and "now torch 99" in done.said


def test_no_answer_is_exit_code_3_and_the_other_rows_survive(report):
    def answer(name, case):
        return Answer(case=case, failure="errored", message="killed by SIGSEGV") if name == "keras" else None
    done = report("--case", POINT, answer=answer)
    assert done.code == 3
    assert {row.implementation: row.verdict for row in done.rows} == {"keras": "errored", "torch": "agrees"}


def test_a_missing_framework_is_told_and_is_no_agreement(report, monkeypatch):
    monkeypatch.setattr(oracles, "missing", lambda name: ["tensorflow"] if name == "keras" else [])
    done = report("--case", POINT)
    assert done.code == 0 and "keras was not asked: tensorflow not installed" in done.said
    assert {row.implementation: row.verdict for row in done.rows} == {"keras": "unsupported", "torch": "agrees"}
    monkeypatch.setattr(oracles, "missing", lambda _name: ["everything"])
    assert report("--case", POINT).code == 3, "nothing was compared, so nothing agrees"


def test_a_damaged_recording_is_an_error_until_it_is_recorded_anew(report):
    npz = recording.FOLDER / "torch-gru.npz"
    whole = npz.read_bytes()
    npz.write_bytes(whole[:-1])
    with pytest.raises(recording.RecordingError):
        recording.load("torch", cases.all_cases())
    npz.write_bytes(whole)
    done = report("--record", "--oracle", "torch")
    assert done.code == 0 and "recorded torch: nothing has changed" in done.said
    assert npz.read_bytes() == whole, "the same answers give the same bytes"
    damaged = report("--case", POINT, "--oracle", "torch", answer=lambda *_: npz.write_bytes(b"") and None)
    assert damaged.code == 3 and "recording: torch: torch-gru.npz is damaged" in damaged.said


def test_an_incomplete_run_is_not_recorded(report):
    before = (recording.FOLDER / "torch-gru.json").read_bytes()

    def answer(_, case):
        return Answer(case=case, failure="timed out", message="late") if case.name == POINT else None
    done = report("--record", "--oracle", "torch", answer=answer)
    assert done.code == 3 and "not recorded" in done.said
    assert (recording.FOLDER / "torch-gru.json").read_bytes() == before


def test_what_has_changed_since_a_baseline(report, monkeypatch, tmp_path):
    """Two reports, one answer changed between them: told in the console, on the page and as JSON, in both directions."""
    monkeypatch.setattr(site, "write", WRITE_SITE)
    monkeypatch.setattr(tables, "write", WRITE_TABLES)
    assert report("--case", POINT).code == 0
    right = shutil.copytree(tmp_path / "out", tmp_path / "right")
    done = report("--case", POINT, "--baseline", str(right))
    assert done.code == 0 and "of 2 rows in both: nothing has changed" in " ".join(done.said.split())

    done = report("--case", POINT, "--baseline", str(right), answer=lambda name, case: Answer(
        case=case, result=changed(case, 1e-9), version="torch 99") if name == "torch" else None)
    said = " ".join(done.said.split())
    assert done.code == 1 and "new disagreements: 1" in said and f"torch, {POINT}: agrees before, unexplained now" in said
    kept = json.loads((tmp_path / "out" / "changes.json").read_text())
    assert kept["compared"] == 2 and kept["new"] == [f"torch, {POINT}: agrees before, unexplained now"] and not kept["gone"]
    pages = [path.name for path in (tmp_path / "out").glob("*.html") if "agrees before, unexplained now" in path.read_text()]
    assert pages, "no page says it"

    wrong = shutil.copytree(tmp_path / "out", tmp_path / "wrong")
    done = report("--case", POINT, "--baseline", str(wrong))
    assert done.code == 0 and f"torch, {POINT}: unexplained before, agrees now" in " ".join(done.said.split())
    done = report("--case", POINT, "--baseline", str(tmp_path / "nowhere"))
    assert done.code == 2 and "holds no report" in " ".join(done.said.split())
