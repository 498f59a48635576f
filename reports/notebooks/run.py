"""Runs the notebooks of this folder, each from top to bottom in a namespace of its own, and keeps what they print and draw.

No kernel and no framework is needed: the cells are plain Python with NumPy, matplotlib and nnparity.
"""

import base64
import json
import traceback
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

from nnparity.reports.files import replacing

FOLDER = Path(__file__).parent
DOTS = 80  # of a picture, an inch


class CellFailed(Exception):
    """A cell raised."""


def notebooks() -> list[Path]:
    return sorted(FOLDER.glob("*.ipynb"))


def executed(path: Path) -> dict[str, Any]:
    """The notebook with the outputs that its cells have now. Raises CellFailed with the cell and its error."""
    book = json.loads(path.read_text(encoding="utf-8"))
    names: dict[str, Any] = {"__name__": path.stem}
    count = 0
    for cell in book["cells"]:
        if cell["cell_type"] != "code":
            continue
        count += 1
        cell["execution_count"] = count
        cell["outputs"] = list(outputs("".join(cell["source"]), names, f"{path.name}, cell {count}"))
    return book


def outputs(source: str, names: dict[str, Any], where: str) -> Iterator[dict[str, Any]]:
    """What a cell prints, then each figure that it leaves open."""
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    printed = StringIO()
    try:
        with redirect_stdout(printed):
            exec(compile(source, where, "exec"), names)
    except Exception as error:  # whatever a cell raises
        raise CellFailed(f"{where}: {''.join(traceback.format_exception_only(error)).strip()}") from error
    if printed.getvalue():
        yield {"output_type": "stream", "name": "stdout", "text": printed.getvalue().splitlines(keepends=True)}
    for number in pyplot.get_fignums():
        drawn = BytesIO()
        pyplot.figure(number).savefig(drawn, format="png", dpi=DOTS, bbox_inches="tight", metadata={"Software": None})
        picture = base64.b64encode(drawn.getvalue()).decode()
        yield {"output_type": "display_data", "metadata": {}, "data": {"image/png": picture, "text/plain": ["<Figure>"]}}
    pyplot.close("all")


def said(book: dict[str, Any]) -> list[str]:
    """What the cells printed, one text a cell."""
    return ["".join("".join(out["text"]) for out in cell["outputs"] if out["output_type"] == "stream")
            for cell in book["cells"] if cell["cell_type"] == "code"]


def write(path: Path, book: dict[str, Any]) -> None:
    with replacing(path) as (unfinished,):
        unfinished.write_text(json.dumps(book, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    for path in notebooks():
        write(path, executed(path))
        print(path)
