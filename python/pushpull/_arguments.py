"""Python values as TOML, and keyword arguments as options of the program."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Union

from ._program import Error

Value = Union[bool, int, float, str, datetime.timedelta, list, tuple, Mapping]
Experiment = Union[str, "os.PathLike[str]", Mapping[str, Any]]


class Toml(str):
    """A text that is TOML already."""


def toml(value: Any) -> str:
    """A value as TOML on one line. A timedelta is a duration in microseconds."""
    if isinstance(value, Toml):
        return str(value)
    if hasattr(value, "tolist"):
        value = value.tolist()  # a number or an array of numpy
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)  # `inf` and `nan` are TOML, too
    if isinstance(value, datetime.timedelta):
        return quoted(f"{value // datetime.timedelta(microseconds=1)}us")
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{quoted(str(key))} = {toml(item)}" for key, item in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    raise TypeError(f"{value!r}: accepted are bool, int, float, str, timedelta, list, tuple and dict")


def quoted(text: str) -> str:
    # JSON's escapes are escapes of TOML, but for DEL and for pairs of surrogates.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def document(experiment: Mapping[str, Any]) -> str:
    """An experiment as the text of a TOML file."""
    return "".join(f"{quoted(str(key))} = {toml(value)}\n" for key, value in experiment.items())


def axis(values: Any) -> str:
    """The values of `--vary`: text is passed on (`0..0.1:11`), a list is joined by commas."""
    if isinstance(values, str):
        return values
    if not isinstance(values, Iterable):
        raise TypeError(f"vary: {values!r}: accepted are a list of values, or text such as '0..0.1:11'")
    return ",".join(toml(value) for value in values)


def changes(
    set: Mapping[str, Value] | None = None,
    vary: Mapping[str, Any] | None = None,
    strategies: Iterable[str] | None = None,
    replications: int | None = None,
    seed: int | None = None,
) -> list[str]:
    """What the command line changes in an experiment file."""
    words: list[str] = []
    for key, value in (set or {}).items():
        words += ["--set", f"{key}={toml(value)}"]
    for key, values in (vary or {}).items():
        words += ["--vary", f"{key}={axis(values)}"]
    for name in [strategies] if isinstance(strategies, str) else strategies or []:
        words += ["--strategy", name]
    if replications is not None:
        words.append(f"--replications={replications}")
    if seed is not None:
        words.append(f"--seed={seed}")
    return words


def option(name: str, value: Any) -> list[str]:
    """`--name=value`; a flag if the value is True, nothing if it is None or False."""
    flag = "--" + name.replace("_", "-")
    if value is None or value is False:
        return []
    if value is True:
        return [flag]
    if isinstance(value, (list, tuple)):
        return [word for item in value for word in option(name, item)]
    return [f"{flag}={value}"]


@contextlib.contextmanager
def written(experiment: Experiment, data: Iterable[Mapping[str, str]] = ()) -> Iterator[Path]:
    """The experiment as a file: the file itself, or a dictionary in a file that is removed afterwards.

    A path in a dictionary (`{"empirical": "latency.csv"}`) must be absolute, because paths are relative to the file, unless
    `data` has the `name` and the `text` of the data file. An error does not name the file of a dictionary.
    """
    if not isinstance(experiment, Mapping):
        yield Path(experiment)
        return
    with tempfile.TemporaryDirectory(prefix="pushpull-") as scratch:
        file = Path(scratch) / "experiment.toml"
        # A name may lead out of the folder, so each data file has a folder of its own there.
        names = {}
        for number, given in enumerate(data):
            names[given["name"]] = f"{number}/{Path(given['name']).name}"
            path = Path(scratch) / names[given["name"]]
            path.parent.mkdir()
            path.write_text(given["text"], encoding="utf-8", newline="")
        file.write_text(document(renamed(experiment, names)), encoding="utf-8")
        try:
            yield file
        except Error as failure:
            raise type(failure)(unnamed(str(failure), file), failure.code) from None


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """A value in which the texts that are in `names` are replaced, at any depth."""
    if isinstance(value, Mapping):
        return {key: renamed(item, names) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [renamed(item, names) for item in value]
    return names.get(value, value) if isinstance(value, str) else value


def unnamed(text: str, file: Path) -> str:
    """A text of the program without the file of a dictionary, and its lines and columns."""
    text = re.sub(re.escape(str(file)) + r"(:\d+)*: ", "", text)
    return text.replace(f"{file.parent}{os.sep}", "")
