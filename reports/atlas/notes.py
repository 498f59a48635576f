"""What is known of a row besides its cells, a sentence each: what older releases computed, what was measured on devices that
are not here."""

from collections import defaultdict
from collections.abc import Mapping

from nnparity.cases.atlas_devices import Measured, measured
from nnparity.cases.convention import AtlasRow
from nnparity.reports.atlas.measure import Cell
from nnparity.reports.atlas.versions import changes_of

UNIT = 2.0**-24  # half the distance from one to the next float32


def notes(row: AtlasRow, cells: Mapping[str, Cell]) -> list[str]:
    """The sentences, none for most rows. `cells` are the row's, as they are shown beside them."""
    return [f"Changed in {change}." for change in changes_of(row, cells)] + on_devices(row)


def on_devices(row: AtlasRow) -> list[str]:
    """A sentence for each device, framework and thing measured: the errors, and the settings that lead to them."""
    groups = defaultdict(list)
    for one in measured():
        if one.what in row.devices and one.dtype == "float32":
            groups[one.device, one.version, one.what].append(one)
    return [f"{device}, {version}, {what}: the error in units of 2^-24 is {_told(ones)}."
            for (device, version, what), ones in groups.items()]


def _told(ones: list[Measured]) -> str:
    """"3.8 (gradients 3.4, 4.8) as it starts or with precision=highest; 4900 with precision=high"; equal errors told once."""
    settings = defaultdict(list)
    for one in ones:
        forward, *gradients = (_units(error) for error in one.errors)
        size = f"{forward} (gradients {', '.join(gradients)})" if gradients else forward
        settings[size].append(one.setting if one.setting.startswith("as ") else f"with {one.setting}")
    if len(settings) == 1:
        return f"{next(iter(settings))} with each of {len(ones)} settings"
    return "; ".join(f"{size} {' or '.join(said)}" for size, said in settings.items())


def _units(error: float) -> str:
    """Two digits: 3.8, 4900."""
    return f"{float(f'{error / UNIT:.2g}'):g}"
