"""What changed between releases: today's recording beside those that were taken with older ones."""

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from nnparity.cases import atlas_versions
from nnparity.cases.atlas import atlas
from nnparity.cases.atlas_versions import Older
from nnparity.cases.convention import REFUSES, AtlasRow, Variant
from nnparity.oracles.atlas.columns import COLUMNS, OF_OLD, snippet_of
from nnparity.oracles.atlas.snippet import Outcome
from nnparity.reports.atlas.measure import Cell, as_summary, match

Cells = Mapping[str, Mapping[str, Cell]]  # row id -> column -> cell
# what a release raises that lacks something, or has it under another name: no refusal that a row could ask for
NOT_THERE = ("AttributeError", "ImportError", "ModuleNotFoundError", "NotImplementedError", "TypeError")


@dataclass(frozen=True)
class Change:
    """A row on which two releases that follow each other in the recordings compute different variants."""

    row: AtlasRow
    column: str
    before: Variant
    before_version: str
    after: Variant
    after_version: str

    def __str__(self):
        return f"{self.column}: {self.before.title} with {self.before_version}; {self.after.title} with {self.after_version}"

    def json(self) -> dict:
        return {"id": self.row.id, "column": self.column, "question": self.row.question,
                "before": {"version": self.before_version, "variant": self.before.value, "title": self.before.title},
                "after": {"version": self.after_version, "variant": self.after.value, "title": self.after.title}}


def changes(rows: Iterable[AtlasRow], cells: Cells) -> list[Change]:
    """What changed, row by row: between the older releases in their order, and from the newest of them to today's cells."""
    return [change for row in rows for change in changes_of(row, cells[row.id])]


def changes_of(row: AtlasRow, cells: Mapping[str, Cell]) -> list[Change]:
    """What changed in one row, in the columns given."""
    found = []
    for column, cell in cells.items():
        known = [(one.version, row.variant(one.rows[row.id]["variant"])) for one in atlas_versions.older()
                 if one.column == column and row.id in one.rows]
        if cell.variant is not None:
            known.append((cell.version, cell.variant))
        found += [Change(row, column, before, old, after, new) for (old, before), (new, after) in pairwise(known)
                  if before is not after]
    return found


@dataclass(frozen=True)
class History:
    """A column's releases, the oldest first and today's last, and what each computes: row id -> variant."""

    column: str
    versions: tuple[str, ...]
    computed: tuple[Mapping[str, Variant], ...]

    @property
    def changed(self) -> list[str]:
        """The rows that not all of the releases which answered compute alike."""
        ids = dict.fromkeys(id_ for release in self.computed for id_ in release)
        return [id_ for id_ in ids if len({release[id_].value for release in self.computed if id_ in release}) > 1]

    @property
    def as_today(self) -> list[tuple[int, int]]:
        """For each release, on how many rows it computes what today's does, of those that both answer."""
        today = self.computed[-1]
        both = [[id_ for id_ in release if id_ in today] for release in self.computed]
        return [(sum(release[id_] is today[id_] for id_ in own), len(own)) for release, own in zip(self.computed, both)]


def histories(rows: Iterable[AtlasRow], cells: Cells) -> list[History]:
    """The columns of which an older release was recorded."""
    by_id, found = {row.id: row for row in rows}, []
    for column in dict.fromkeys(column for line in cells.values() for column in line):
        releases = [one for one in atlas_versions.older() if one.column == column]
        today = {id_: variant for id_, line in cells.items()
                 if id_ in by_id and (variant := line[column].variant) is not None}
        if releases and today:
            computed = [{id_: by_id[id_].variant(cell["variant"]) for id_, cell in one.rows.items() if id_ in by_id}
                        for one in releases]
            version = next(line[column].version for line in cells.values() if line[column].variant is not None)
            found.append(History(column, (*(one.version for one in releases), version), (*computed, today)))
    return found


def compared(cells: Cells) -> dict[str, int]:
    """With how many answers of each older release today's are compared: {"onnx: onnx 1.16.2": 114}."""
    return {f"{one.column}: {one.version}": sum(id_ in cells and cells[id_][one.column].variant is not None for id_ in one.rows)
            for one in atlas_versions.older() if all(one.column in line for line in cells.values())}


def ask(name: str) -> Older:
    """Ask the releases that are installed here, as older ones. Raises ValueError where the column's packages are missing."""
    from nnparity.reports.asking import snippets
    column = COLUMNS[name]
    if column.missing:
        raise ValueError(f"{', '.join(column.missing)} not installed; put the older release's folder first in PYTHONPATH")
    codes = {row.id: code for row in atlas().values() if (code := snippet_of(row, name)) is not None}
    outcomes = snippets.run(replace(column, start=OF_OLD.get(name, "")), codes)
    rows = {id_: cell for id_, outcome in outcomes.items() if (cell := _cell(atlas()[id_], outcome)) is not None}
    return Older(name, column.version, datetime.date.today().isoformat(), rows)


def _cell(row: AtlasRow, outcome: Outcome) -> dict | None:
    """The cell as it is recorded; None where the release did not answer what was asked."""
    variant = None if outcome.broken or outcome.raised.startswith(NOT_THERE) else match(row, outcome)
    if variant is None:
        return None
    return {"variant": variant.value} | ({"raised": outcome.raised} if variant.value == REFUSES
                                         else {"answer": as_summary(row, outcome.value)})
