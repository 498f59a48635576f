"""Everything in a folder that could be asked."""

from pathlib import Path

from nnparity import cases
from nnparity.cases.selection import networks_of
from nnparity.reports.checking.names import WrongRequest
from nnparity.reports.checking.source import files, fitting, read


def targets(folder: Path) -> tuple[list[tuple[str, str]], list[str]]:
    """([("path/file.py:name", network)], what could not be read) of the functions in the contract and the classes of layers that
    the files of a folder define and name after a layer. Nothing is run. Raises WrongRequest where there is none."""
    networks = networks_of(cases.all_cases())
    found, unread = [], []
    count = 0
    for path in files(folder):
        count += 1
        try:
            found += [(f"{path}:{name}", network) for name, network in fitting(read(path), networks).items()]
        except WrongRequest as error:
            unread.append(str(error))
    if not found:
        raise WrongRequest(f"nothing in {folder} could be asked: {count} Python files define no function(params, inputs, "
                           f"cotangents) and no "
                           "class with forward and backward that is named after a layer",
                           "", "Name one yourself: nnparity check FILE --function NAME --layer gru")
    return found, unread
