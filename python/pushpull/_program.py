"""The program: where it is, how it is called, and its errors as exceptions."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path


class Error(Exception):
    """The program ended with an error. The message is the program's own text.

    `code` is its exit code: see `pushpull --help`.
    """

    def __init__(self, text: str, code: int = 1):
        super().__init__(text)
        self.code = code

    def __reduce__(self):
        return type(self), (str(self), self.code)


class Failed(Error):
    """Exit code 1: a run, an output or a check failed. Another attempt fails in the same way."""


class Invalid(Error):
    """Exit code 2: wrong usage, or a problem of the experiment. Nothing was run."""


class GoalMissed(Error):
    """Exit code 3: the results are there, and no strategy is shown to meet all goals."""


class Temporary(Error):
    """Exit code 75, or the end by a signal: the machine failed (memory, disk, a kill). Another attempt may succeed."""


TEMPORARY = 75
KINDS = {1: Failed, 2: Invalid, 3: GoalMissed, TEMPORARY: Temporary}


def error(code: int, text: str) -> Error:
    """The exception for an exit code and the text of stderr, without the warnings before the error."""
    found = re.search(r"^error: ", text, re.MULTILINE)
    text = (text[found.end() :] if found else text).strip()
    if code < 0:
        signal = f"the program was ended by signal {-code}"
        return Temporary(f"{text}\n{signal}" if text else signal, code)
    kind = KINDS.get(code, Failed)
    return kind(text or f"the program ended with exit code {code}", code)


def program() -> str:
    """The path of the program: `$PUSHPULL`, else that of this package, else the first in `PATH`."""
    if given := os.environ.get("PUSHPULL"):
        return given
    name = "pushpull.exe" if sys.platform == "win32" else "pushpull"
    folders = [sysconfig.get_path("scripts"), sysconfig.get_path("scripts", f"{os.name}_user")]
    # `pip install --target DIR` puts the program into DIR/bin.
    folders.append(str(Path(__file__).parents[1] / "bin"))
    for folder in folders:
        if (path := Path(folder) / name).is_file():
            return str(path)
    if found := shutil.which(name):
        return found
    raise FileNotFoundError(f"there is no program {name}; install the package again, or set PUSHPULL to its path")


def call(arguments: Sequence[str]) -> str:
    """Runs the program; what it prints. Raises its error."""
    done = subprocess.run([program(), *arguments], capture_output=True, text=True, encoding="utf-8")
    if done.returncode:
        raise error(done.returncode, done.stderr)
    return done.stdout


def version() -> str:
    """Version and commit of the program, such as `0.1.0 dc953d2`. Only shards of the same build can be merged."""
    return call(["--version"]).strip().removeprefix("pushpull ")
