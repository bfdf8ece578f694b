"""CSV files of a result folder as data frames with types.

The type of a column does not depend on the values in it, except for swept keys: a swept column has the type that fits all
its values. An undefined value is missing (null), an infinite one is `inf`.
"""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path
from typing import Any

WHOLE = {"point", "replication", "events", "n", "count"}
TEXT = {"strategy", "baseline", "other", "measure", "unit", "method", "verdict", "fingerprint"}

KINDS = ("polars", "pandas", "columns")


def header(path: Path) -> list[str]:
    with path.open(newline="", encoding="utf-8") as file:
        return next(csv.reader(file))


def types(columns: list[str], swept: list[str]) -> dict[str, str | None]:
    """For each column `whole`, `text`, `number`, or None: by its values."""

    def of(position: int, name: str) -> str | None:
        # Swept keys stand behind `point`; their names have no say in their types.
        if 1 <= position <= len(swept):
            return None
        return "whole" if name in WHOLE else "text" if name in TEXT else "number"

    return {name: of(position, name) for position, name in enumerate(columns)}


def kind(wanted: str | None = None) -> str:
    """Which kind of frame: the wanted one, else polars, else pandas, else plain columns."""
    if wanted is None:
        return next(name for name in KINDS if name == "columns" or importlib.util.find_spec(name))
    if wanted not in KINDS:
        raise ValueError(f"frames: found {wanted!r}, accepted: {', '.join(KINDS)}")
    if wanted != "columns" and not importlib.util.find_spec(wanted):
        raise ImportError(f"frames: {wanted} is not installed; pip install 'pushpull[{wanted}]'")
    return wanted


def read(path: Path, swept: list[str], wanted: str | None = None) -> Any:
    """The file as a frame of `kind(wanted)`."""
    by_name = types(header(path), swept)
    match kind(wanted):
        case "polars":
            return read_polars(path, by_name)
        case "pandas":
            return read_pandas(path, by_name)
        case _:
            return read_columns(path, by_name)


def read_polars(path: Path, by_name: dict[str, str | None]) -> Any:
    import polars

    as_type = {"whole": polars.Int64, "text": polars.String, "number": polars.Float64}
    known = {name: as_type[kind] for name, kind in by_name.items() if kind}
    return polars.read_csv(path, schema_overrides=known, infer_schema_length=None)


def read_pandas(path: Path, by_name: dict[str, str | None]) -> Any:
    import pandas

    as_type = {"whole": "int64", "text": "str", "number": "float64"}
    known = {name: as_type[kind] for name, kind in by_name.items() if kind}
    # Older versions round the last digit of a number unless they are asked not to.
    exact = {"float_precision": "round_trip"} if int(pandas.__version__.split(".")[0]) < 3 else {}
    # A strategy may be called `null`.
    return pandas.read_csv(path, dtype=known, keep_default_na=False, na_values=[""], **exact)


def read_columns(path: Path, by_name: dict[str, str | None]) -> dict[str, list[Any]]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        cells = list(zip(*rows)) or [()] * len(by_name)
    return {name: convert(list(column), kind) for (name, kind), column in zip(by_name.items(), cells)}


def convert(column: list[str], kind: str | None) -> list[Any]:
    if kind == "text":
        return [cell or None for cell in column]
    candidates = {"whole": [int], "number": [float], None: [int, float, truth]}[kind]
    for candidate in candidates:
        try:
            return [candidate(cell) if cell else None for cell in column]
        except ValueError:
            continue
    return [cell or None for cell in column]


def truth(cell: str) -> bool:
    if cell in ("true", "false"):
        return cell == "true"
    raise ValueError(cell)
