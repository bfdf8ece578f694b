"""Progress of the program (`--progress json`), as a bar in a notebook or a line on a terminal."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any, Union

Progress = Union[bool, Callable[[dict], None], None]


def parsed(line: str) -> dict | None:
    """A line of progress; None if the line is something else, such as a warning."""
    if not line.startswith("{"):
        return None
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) and "runs" in told else None


def words(told: dict) -> str:
    """`420 of 840 runs, 12 s left`."""
    total, left = told.get("runs_total"), told.get("left_s")
    text = f"{told['runs']:,} runs" if total is None else f"{told['runs']:,} of {total:,} runs"
    return text if left is None else f"{text}, {left:.0f} s left"


class Silent:
    def __call__(self, told: dict) -> None:
        pass

    def close(self) -> None:
        pass


class Called(Silent):
    """Passes progress on to a function."""

    def __init__(self, function: Callable[[dict], None]):
        self.function = function

    def __call__(self, told: dict) -> None:
        self.function(told)


class Line(Silent):
    """A line on a terminal that is written over."""

    def __init__(self) -> None:
        self.shown = False

    def __call__(self, told: dict) -> None:
        self.shown = True
        sys.stderr.write(f"\r\x1b[K{words(told)}")
        sys.stderr.flush()

    def close(self) -> None:
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


class Bar(Silent):
    """A bar in a notebook; it leaves nothing behind."""

    def __init__(self) -> None:
        self.handle: Any = None

    def __call__(self, told: dict) -> None:
        from IPython.display import HTML, display

        total = told.get("runs_total")
        share = "" if not total else f' value="{told["runs"] / total:.4f}"'
        content = HTML(f"<progress{share}></progress> {words(told)}")
        if self.handle is None:
            self.handle = display(content, display_id=True)
        else:
            self.handle.update(content)

    def close(self) -> None:
        if self.handle is not None:
            from IPython.display import HTML

            self.handle.update(HTML(""))


def in_notebook() -> bool:
    """Whether a Jupyter kernel runs this."""
    module = sys.modules.get("IPython")
    shell = module.get_ipython() if module else None
    return shell is not None and type(shell).__name__ == "ZMQInteractiveShell"


def display(wanted: Progress) -> Silent:
    """What shows progress. By default (None): a bar in a notebook, a line on a terminal, unless PUSHPULL_PROGRESS is `none`."""
    if callable(wanted):
        return Called(wanted)
    if wanted is False or (wanted is None and os.environ.get("PUSHPULL_PROGRESS") == "none"):
        return Silent()
    if in_notebook():
        return Bar()
    return Line() if wanted or sys.stderr.isatty() else Silent()
