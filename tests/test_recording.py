"""The recorded answers of the oracles: they agree with the reference, and a damaged or stale recording never does."""

import json
import shutil
import zipfile
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from nnparity import cases, oracles
from nnparity.cases import recording
from nnparity.cases.case import Result, Unsupported
from nnparity.cases.recording import RecordingError
from nnparity.reports.comparison.drift import allowed_for, drift, drift_words
from nnparity.reports.verdicts.ask_oracles import recorded_probes
from nnparity.reports.verdicts.judge import judge

CASES = cases.all_cases()
GENERIC = cases.named("gru-after-float64-generic")


@cache
def recorded(name, group):
    """What an oracle answered to a group of cases: the files are read once."""
    return recording.load(name, [case for case in CASES if case.group == group])


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("name", [f"recorded-{name}" for name in oracles.NAMES])
def test_recorded_answer_agrees(name, case):
    answer = recorded(name.removeprefix("recorded-"), case.group)[case]
    if isinstance(answer, Unsupported):
        pytest.skip(f"unsupported, {name}: {answer}")
    row = judge(case, answer, implementation=name.removeprefix("recorded-"), version="recorded")
    assert row.verdict in ("agrees", "known deviation"), "\n".join(str(a) for a in row.agreements if not a.ok)


def test_recorded_defaults_are_measured():
    """`torch.nn.GRU` and `keras.layers.GRU` compute the same formula, and the measurement tells it from the nine others."""
    measured = [m for m in recorded_probes(oracles.NAMES, cases.all_probes()) if m.layer == "gru"]
    assert {m.framework: m.config for m in measured} == dict.fromkeys(
        oracles.NAMES, {"reset": "after", "recurrent_bias": "inside", "update": "keep"})
    for m in measured:
        assert sum(d <= 1 for d in m.distances.values()) == 1 and len(m.distances) == 10


@pytest.fixture
def folder(tmp_path):
    """A copy of the torch recording of the GRU, to be damaged."""
    for suffix in ("npz", "json"):
        shutil.copy(recording.FOLDER / f"torch-gru.{suffix}", tmp_path)
    return tmp_path


def refused(folder, words, case=GENERIC):
    with pytest.raises(RecordingError, match=words) as error:
        recording.load("torch", [case], folder)
    assert "nnparity report --record" in str(error.value)


def test_an_intact_copy_is_read(folder):
    assert recording.load("torch", [GENERIC], folder)[GENERIC].outputs.keys() == {"y", "h_n"}


@pytest.mark.parametrize("suffix, places", [("npz", (0, 5000, -1)), ("json", (2, 900, -4))])
def test_one_flipped_byte_is_noticed(folder, suffix, places):
    path = folder / f"torch-gru.{suffix}"
    whole = path.read_bytes()
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 1
        path.write_bytes(damaged)
        refused(folder, "damaged|format|stale")


@pytest.mark.parametrize("suffix", ["npz", "json"])
@pytest.mark.parametrize("keep", [0, 0.5], ids=["emptied", "halved"])
def test_a_truncated_file_is_noticed(folder, suffix, keep):
    path = folder / f"torch-gru.{suffix}"
    path.write_bytes(path.read_bytes()[:int(path.stat().st_size * keep)])
    refused(folder, "damaged")


@pytest.mark.parametrize("suffix", ["npz", "json"])
def test_a_missing_file_is_noticed(folder, suffix):
    (folder / f"torch-gru.{suffix}").unlink()
    refused(folder, "there is no recording torch-gru")


def test_a_changed_case_is_noticed(folder):
    x = GENERIC.inputs["x"].copy()
    x[0, 0, 0] = np.nextafter(x[0, 0, 0], 9)
    refused(folder, "stale.*changed", GENERIC.replaced(inputs={**GENERIC.inputs, "x": x}))
    refused(folder, "stale.*changed", GENERIC.configured(reset="before", recurrent_bias="outside"))


def test_a_new_case_is_noticed(folder):
    refused(folder, "stale.*never asked", GENERIC.replaced(name="gru-new"))


def test_another_format_is_noticed(folder):
    path = folder / "torch-gru.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"format": 99}))
    refused(folder, "format 99")


def test_a_recording_swapped_for_another_oracles_is_noticed(folder):
    shutil.copy(recording.FOLDER / "keras-gru.npz", folder / "torch-gru.npz")
    refused(folder, "damaged")


def test_the_same_answers_give_the_same_bytes(tmp_path):
    """Recorded, read, recorded again: not a byte differs, an unsupported case included."""
    answers = {**recording.load("torch", CASES), GENERIC: Unsupported("no such layer")}
    first = recording.record("torch", "torch 0", answers, tmp_path / "a")
    again = recording.record("torch", "torch 0", recording.load("torch", answers, tmp_path / "a"), tmp_path / "b")
    assert [a.read_bytes() for a in first] == [b.read_bytes() for b in again]
    assert str(recording.load("torch", [GENERIC], tmp_path / "b")[GENERIC]) == "no such layer"
    assert {path.suffix for path in (tmp_path / "a").iterdir()} == {".npz", ".json"}, "an unfinished file was left"


def test_what_was_built_and_that_it_was_composed_is_kept(tmp_path):
    """The report says of a composed answer that it is not the framework's own layer."""
    right = recorded("torch", "gru")[GENERIC]
    other = GENERIC.replaced(name="gru-other")
    kept = {GENERIC: replace(right, built="torch.nn.GRU(7, 4)", composed=False),
            other: replace(right, built="a cell from primitives", composed=True)}
    recording.record("torch", "torch 0", kept, tmp_path)
    for case, answer in recording.load("torch", kept, tmp_path).items():
        assert (answer.built, answer.composed) == (kept[case].built, kept[case].composed)


def test_the_same_bytes_on_any_day(tmp_path):
    (npz, _) = recording.record("torch", "torch 0", {GENERIC: recorded("torch", "gru")[GENERIC]}, tmp_path)
    with zipfile.ZipFile(npz) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_nothing_but_numbers_is_read(tmp_path, monkeypatch):
    """An array of objects is Python code that runs when it is unpickled; right checksums do not make it a recording."""
    answer = Result(outputs={"y": np.array([print], object)}, grads={})
    write = np.lib.format.write_array
    with monkeypatch.context() as patched:
        patched.setattr(np.lib.format, "write_array", lambda file, a, **_: write(file, a, allow_pickle=True))
        recording.record("torch", "torch 0", {GENERIC: answer}, tmp_path)
    with pytest.raises(RecordingError, match="torch-gru.npz is damaged: it holds more than numbers"):
        recording.load("torch", [GENERIC], tmp_path)


def test_drift_is_told_array_by_array():
    old = recorded("torch", "gru")[GENERIC]
    assert drift(old, old, allowed_for(GENERIC)) == ()
    y = old.outputs["y"].copy()
    y[1, 2, 3] += 1e-10
    new = Result(outputs={**old.outputs, "y": y}, grads=old.grads, built=old.built)
    (changed,) = drift(new, old, allowed_for(GENERIC))
    assert changed.path == "outputs/y" and changed.worst == (1, 2, 3) and changed.error > 1
    assert drift_words(GENERIC, Unsupported("gone"), old) == ["was an answer, is unsupported"]
    assert drift_words(GENERIC, replace(old, built="GRU(5)"), replace(old, built="GRU(4)")) == [
        "was built as GRU(4), now as GRU(5)"]
    assert drift_words(GENERIC, old, old) == []
