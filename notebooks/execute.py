"""Executes every notebook of a folder and writes it, outputs and figures included, into another.

    python execute.py NOTEBOOKS OUT

The bytes depend on the sources, the program and the packages alone: cells are numbered, and nothing of the clock is kept.
"""

import sys
import time
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

# Of the metadata of a notebook, what a reader needs to open it.
KEPT = ("kernelspec", "language_info")


def steady(notebook) -> None:
    """Removes what differs from one execution to the next."""
    notebook.metadata = {key: value for key, value in notebook.metadata.items() if key in KEPT}
    notebook.metadata.get("language_info", {}).pop("version", None)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata = {}


def main(folder: Path, out: Path) -> int:
    notebooks = [path for path in sorted(folder.glob("*.py")) if path.name != Path(__file__).name]
    if not notebooks:
        print(f"no notebook in {folder}", file=sys.stderr)
        return 1
    for path in notebooks:
        notebook = jupytext.read(path, fmt="py:percent")
        started = time.monotonic()
        resources = {"metadata": {"path": str(folder)}}
        client = NotebookClient(notebook, timeout=900, kernel_name="python3", resources=resources, record_timing=False)
        try:
            client.execute()
        except CellExecutionError as error:
            print(f"{path.name}: failed\n{error}", file=sys.stderr)
            return 1
        steady(notebook)
        nbformat.write(notebook, out / path.with_suffix(".ipynb").name)
        cells = sum(cell.cell_type == "code" for cell in notebook.cells)
        print(f"{path.name}: {cells} cells in {time.monotonic() - started:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
