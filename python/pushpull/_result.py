"""A result folder: its tables, figures and conclusion."""

from __future__ import annotations

import html
import json
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any

from . import _frames
from ._arguments import Toml
from ._program import Invalid, call


# The figure that stands for a folder: the first that the folder has numbers for.
FIRST_FIGURES = ("sweep", "waits", "causes")

# The measure of the table that a notebook shows.
SHOWN = "late_rate"

# Rows of that table.
ROWS_MAX = 40


class Figure:
    """A figure as SVG. A notebook shows it."""

    def __init__(self, name: str, svg: str):
        self.name = name
        self.svg = svg[svg.index("<svg") :]

    def _repr_svg_(self) -> str:
        return fitting(self.svg)

    def save(self, file: str | Path) -> Path:
        """Writes the SVG."""
        Path(file).write_text(self.svg, encoding="utf-8")
        return Path(file)

    def __repr__(self) -> str:
        return f"Figure({self.name!r})"


class Result:
    """A finished result folder. Tables are read when they are first asked for."""

    def __init__(self, folder: str | Path, frames: str | None = None):
        """`frames`: `polars`, `pandas` or `columns`; by default the first that is installed."""
        self.frames = _frames.kind(frames)
        self.folder = Path(folder)
        self.manifest: dict = manifest(self.folder)
        if "digest" not in self.manifest:
            # No result folder, or one of another command: the program says what it is.
            call(["report", str(self.folder), "--conclusion"])
        if question := self.manifest.get("question"):
            command = question["command"]
            why = f"is the answer of pushpull {command}, which has no tables of runs; pushpull.{command} returns the answer"
            if command not in ("solve", "sensitivity"):
                why = f"is the answer of pushpull {command}, which has no tables of runs; pushpull report writes it as a page"
            raise Invalid(f"{self.folder}: {why}", 2)
        if self.manifest.get("ended") is None:
            raise Invalid(f"{self.folder}: is not finished; run it again with resume=True", 2)
        #: What the program warned of when it made the runs; empty for a folder that was only opened.
        self.warnings: tuple[str, ...] = ()

    def _table(self, name: str) -> Any:
        path = self.folder / f"{name}.csv"
        if not path.exists():
            asks = '; [output] bin = "10s" in the experiment asks for it' if name == "timeseries" else ""
            raise FileNotFoundError(f"{path}: there is no such table{asks}")
        return _frames.read(path, self.keys, self.frames)

    @cached_property
    def keys(self) -> list[str]:
        """The swept keys, in the order of the columns."""
        names = _frames.header(self.folder / "runs.csv")
        return names[1 : names.index("strategy")]

    @cached_property
    def runs(self) -> Any:
        """`runs.csv`: one row a run."""
        return self._table("runs")

    @cached_property
    def summary(self) -> Any:
        """`summary.csv`: one row a measure of a point and strategy, with its interval."""
        return self._table("summary")

    @cached_property
    def compare(self) -> Any:
        """`compare.csv`: each strategy against the baseline."""
        return self._table("compare")

    @cached_property
    def pairs(self) -> Any:
        """`pairs.csv`: stall rate and late rate of each pair of strategies."""
        return self._table("pairs")

    @cached_property
    def distributions(self) -> Any:
        """`distributions.csv`: quantiles, pooled over the runs."""
        return self._table("distributions")

    @cached_property
    def timeseries(self) -> Any:
        """`timeseries.csv`: measures in bins of time, if the experiment has `[output] bin`."""
        return self._table("timeseries")

    @cached_property
    def conclusion(self) -> str:
        """The conclusion that `pushpull run` prints."""
        return call(["report", str(self.folder), "--conclusion"]).rstrip()

    @property
    def experiment(self) -> dict:
        """The resolved experiment: every default written out."""
        return self.manifest["experiment"]

    def figure(self, name: str, *, measure: str | None = None, point: int | None = None, theme: str = "light") -> Figure:
        """One figure of `pushpull plot`, such as `sweep`, `waits`, `causes`, `differences`."""
        words = ["--figure", name, "--format", "svg", "--theme", theme]
        words += [] if measure is None else ["--measure", measure]
        words += [] if point is None else ["--point", str(point)]
        with tempfile.TemporaryDirectory(prefix="pushpull-") as scratch:
            call(["plot", str(self.folder), *words, "--out", scratch])
            file = next(Path(scratch).glob("*.svg"))
            return Figure(file.stem, file.read_text(encoding="utf-8"))

    def report(self, out: str | Path | None = None, *, page: bool = False) -> Path:
        """Writes the report, one HTML file; its path. `page`: only its first page."""
        words = ["report", str(self.folder)] + (["--page"] if page else [])
        return Path(call(words + ([] if out is None else ["--out", str(out)])).strip())

    def solve(self, range: str, *, point: int = 0, **options: Any) -> dict:
        """`pushpull.solve` for this experiment at a point."""
        return self._ask("solve", point, options, [range])

    def sensitivity(self, *, point: int = 0, **options: Any) -> dict:
        """`pushpull.sensitivity` for this experiment at a point."""
        return self._ask("sensitivity", point, options, [])

    def trace(self, **options: Any) -> str | list[dict] | dict:
        """`pushpull.trace` for a run of this folder."""
        from ._run import trace

        return trace(self, **options)

    def _ask(self, command: str, point: int, options: dict[str, Any], words: list[str]) -> dict:
        from ._run import asked

        experiment = {key: value for key, value in self.experiment.items() if key != "sweep"}
        # The key that the question varies is not held at the point.
        varied = {word.split("=")[0] for word in words}
        held = {key: value for key, value in self._values(point).items() if key not in varied}
        changed = {**held, **(options.pop("set", None) or {})}
        return asked(command, experiment, words, changed, options.pop("progress", None), options, self.manifest["data"])

    def _values(self, point: int) -> dict[str, Any]:
        """The swept keys at a point."""
        table = _frames.read(self.folder / "summary.csv", self.keys, "columns")
        if point not in table["point"]:
            raise IndexError(f"point {point}: accepted is 0 to {max(table['point'])}")
        row = table["point"].index(point)
        values = {key: table[key][row] for key in self.keys}
        # A table or a list stands in a cell as TOML, a text without its quotes.
        is_toml = {key: isinstance(value, str) and value[:1] in ("{", "[") for key, value in values.items()}
        return {key: Toml(value) if is_toml[key] else value for key, value in values.items()}

    def __repr__(self) -> str:
        return "\n".join([f"Result({str(self.folder)!r})", self.conclusion, *self.warnings])

    def _repr_html_(self) -> str:
        text = "\n".join([self.conclusion, *self.warnings])
        parts = [f'<pre style="white-space: pre-wrap">{html.escape(text)}</pre>', self._table_html()]
        for name in FIRST_FIGURES:
            try:
                parts.append(fitting(self.figure(name).svg))
                break
            except Invalid:  # the folder has no numbers for it
                continue
        return "\n".join(parts)

    def _table_html(self) -> str:
        """Points × strategies with the late rate and its interval, written as on a terminal."""
        table = _frames.read(self.folder / "summary.csv", self.keys, "columns")
        chosen = [index for index, measure in enumerate(table["measure"]) if measure == SHOWN]
        strategies = list(dict.fromkeys(table["strategy"][index] for index in chosen))
        points: dict[int, dict[str, str]] = {}
        labels: dict[int, list[str]] = {}
        for index in chosen:
            values = [table[name][index] for name in ("mean", "ci_low", "ci_high")]
            points.setdefault(table["point"][index], {})[table["strategy"][index]] = percent(*values)
            labels[table["point"][index]] = [str(table[key][index]) for key in self.keys]
        shown = list(points)[:ROWS_MAX]
        level = self.experiment["confidence"]
        rows = [cells("th", [*(self.keys or ["point"]), *strategies])]
        for point in shown:
            rows.append(cells("td", [*(labels[point] or [str(point)]), *(points[point].get(name, "") for name in strategies)]))
        more = f"; {len(points) - len(shown)} more points" if len(points) > len(shown) else ""
        caption = f"late attempts, with {100 * level:g} % intervals{more}"
        return f"<table><caption>{caption}</caption>{''.join(rows)}</table>"


def manifest(folder: Path) -> dict:
    """The manifest of a folder; empty if there is none that can be read."""
    try:
        found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def percent(mean: float | None, low: float | None, high: float | None) -> str:
    """A share with its limits, rounded as on a terminal: `8.16 % [0.00, 72.92]`.

    The value has three significant digits, and its limits the same decimals. The value 0 leaves the digits to its larger
    limit, a value next to 1 to its distance from 1.
    """
    if mean is None:
        return ""
    low, high = (None, None) if low is None or high is None else (low, high)
    size, rest = mean or high or 0.0, 1 - (mean if mean < 1 else mean if low is None else low)
    decimals = digits(100 * (rest if mean >= 0.9995 and rest > 1e-10 else size))
    text = f"{100 * mean:.{decimals}f} %"
    return text if low is None else f"{text} [{100 * low:.{decimals}f}, {100 * high:.{decimals}f}]"


def digits(size: float) -> int:
    """The decimals that give a number three significant digits."""
    return next((places for places in range(12) if not 0 < size * 10**places < 99.95), 12)


def fitting(svg: str) -> str:
    """A figure that is no wider than its place."""
    return svg.replace("<svg ", '<svg style="max-width: 100%; height: auto" ', 1)


def cells(tag: str, texts: list[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(text)}</{tag}>" for text in texts) + "</tr>"


def load(folder: str | Path, frames: str | None = None) -> Result:
    """Opens a result folder. `frames`: `polars`, `pandas` or `columns`; by default the first that is installed."""
    return Result(folder, frames)
