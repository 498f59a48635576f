"""Recorded answers of the oracles, so that the suite can be run without a framework and in seconds.

One recording holds what one oracle answered to one group of cases (`Case.group`):

    recorded/torch-gru.npz    the numbers: one flat array for each dtype, and an index of what lies where
    recorded/torch-gru.json   the manifest: format, framework version, SHA-256 of the npz, the digest of every case asked
                              with what was built or why it is unsupported, and a SHA-256 of all this

A recording that is damaged, or that answers another question than the one asked now, is a RecordingError: it can fail,
it can never agree. The same answers give the same bytes.
"""

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from nnparity.cases.case import Case, Result, Unsupported

FOLDER = Path(__file__).parent / "recorded"
FORMAT = 1
RENEW = "`nnparity report --record` makes a new one"

Answered = Result | Unsupported


class RecordingError(Exception):
    """A recording that is missing, damaged, or stale."""


def record(oracle: str, version: str, answers: Mapping[Case, Answered], folder: Path | None = None) -> list[Path]:
    """Write what an oracle answered, replacing the recordings of these groups as a whole. Returns the files written."""
    groups: dict[str, dict[Case, Answered]] = {}
    for case, answer in answers.items():
        groups.setdefault(case.group, {})[case] = answer
    folder = folder or FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for group, asked in groups.items():
        numbers = _packed({case.name: answer for case, answer in asked.items() if isinstance(answer, Result)})
        body = {"format": FORMAT, "oracle": oracle, "version": version, "sha256 of the npz": _sha(numbers),
                "cases": {case.name: {"digest": case.digest, **_about(answer)} for case, answer in asked.items()}}
        manifest = json.dumps({**body, "sha256": _sha(_canonical(body))}, indent=1, ensure_ascii=False) + "\n"
        stem = folder / f"{oracle}-{group}"
        written += [_replace(stem.with_suffix(".npz"), numbers), _replace(stem.with_suffix(".json"), manifest.encode())]
    return written


def load(oracle: str, cases: Iterable[Case], folder: Path | None = None) -> dict[Case, Answered]:
    """What the oracle answered to these cases. Raises RecordingError unless all of it is there, whole and current."""
    recordings, answers = {}, {}
    for case in cases:
        if case.group not in recordings:
            recordings[case.group] = _read(oracle, case.group, folder)
        manifest, results = recordings[case.group]
        about = manifest["cases"].get(case.name)
        where = f"the recording {oracle}-{case.group}"
        if about is None:
            raise RecordingError(f"{where} is stale: {case.name} was never asked; {RENEW}")
        if about["digest"] != case.digest:
            raise RecordingError(f"{where} is stale: {case.name} has changed since it was recorded; {RENEW}")
        answers[case] = (Unsupported(about["unsupported"]) if "unsupported" in about else
                         Result(**results[case.name], built=about["built"], composed=about["composed"]))
    return answers


def version(oracle: str, group: str, folder: Path | None = None) -> str:
    """The framework version that this recording was made with. Raises RecordingError as `load` does."""
    return _read(oracle, group, folder)[0]["version"]


def _about(answer: Answered) -> dict:
    if isinstance(answer, Unsupported):
        return {"unsupported": str(answer)}
    return {"built": answer.built, "composed": answer.composed}


def _read(oracle: str, group: str, folder: Path | None):
    """The manifest, and {case: {"outputs", "grads"}}."""
    folder = folder or FOLDER
    npz, manifest_path = (folder / f"{oracle}-{group}{suffix}" for suffix in (".npz", ".json"))
    try:
        text, numbers = manifest_path.read_bytes(), npz.read_bytes()
    except FileNotFoundError as error:
        raise RecordingError(f"there is no recording {Path(error.filename).name}; {RENEW}") from None
    except OSError as error:
        raise RecordingError(f"the recording cannot be read: {error}; {RENEW}") from error
    try:
        manifest = json.loads(text)
        body = {key: value for key, value in manifest.items() if key != "sha256"}
        intact = manifest["sha256"] == _sha(_canonical(body))
        made_in = body["format"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RecordingError(f"{manifest_path.name} is damaged: it is no manifest ({error!r}); {RENEW}") from error
    if made_in != FORMAT:
        raise RecordingError(f"{manifest_path.name} has format {made_in}, this version reads {FORMAT}; {RENEW}")
    if not intact:
        raise RecordingError(f"{manifest_path.name} is damaged: its SHA-256 differs from the one it states; {RENEW}")
    if _sha(numbers) != manifest["sha256 of the npz"]:
        raise RecordingError(f"{npz.name} is damaged: its SHA-256 differs from the one in {manifest_path.name}; {RENEW}")
    try:
        return manifest, _unpacked(numbers)
    except ValueError as error:  # objects, which would have to be unpickled
        raise RecordingError(f"{npz.name} is damaged: it holds more than numbers ({error}); {RENEW}") from error


def _packed(results: Mapping[str, Result]) -> bytes:
    """All arrays end to end, one flat array for each dtype, beside an index [case, kind, name, dtype, shape]."""
    index: list[list] = []
    flat: dict[str, list[np.ndarray]] = {}
    for case, result in results.items():
        for kind in ("outputs", "grads"):
            for name, array in getattr(result, kind).items():
                index.append([case, kind, name, array.dtype.str, list(array.shape)])
                flat.setdefault(array.dtype.str, []).append(array.ravel())
    arrays = {"index": np.frombuffer(json.dumps(index).encode(), "uint8"),
              **{dtype: np.concatenate(parts) for dtype, parts in flat.items()}}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:  # not np.savez: these bytes hold no date
        for name, array in arrays.items():
            data = io.BytesIO()
            np.lib.format.write_array(data, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data.getvalue())
    return out.getvalue()


def _unpacked(numbers: bytes) -> dict[str, dict[str, dict[str, np.ndarray]]]:
    with np.load(io.BytesIO(numbers), allow_pickle=False) as archive:
        index = json.loads(archive["index"].tobytes())
        flat: dict[str, np.ndarray] = {dtype: archive[dtype] for dtype in archive.files if dtype != "index"}
    results: dict[str, dict[str, dict[str, np.ndarray]]] = {}
    start = dict.fromkeys(flat, 0)
    for case, kind, name, dtype, shape in index:
        end = start[dtype] + int(np.prod(shape))
        result = results.setdefault(case, {"outputs": {}, "grads": {}})
        result[kind][name] = flat[dtype][start[dtype]:end].reshape(shape)
        start[dtype] = end
    return results


def _canonical(body) -> bytes:
    return json.dumps(body, sort_keys=True).encode()


def _sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _replace(path: Path, data: bytes) -> Path:
    """Whole or not at all: written beside the file, then renamed over it."""
    unfinished = path.with_name(path.name + ".unfinished")
    unfinished.write_bytes(data)
    os.replace(unfinished, path)
    return path
