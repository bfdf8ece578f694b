"""Python values as TOML, and keyword arguments as options of the program."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Union

Value = Union[bool, int, float, str, datetime.timedelta, list, tuple, Mapping]
Experiment = Union[str, "os.PathLike[str]", Mapping[str, Any]]


def toml(value: Any) -> str:
    """A value as TOML on one line. A timedelta is a duration in microseconds."""
    if hasattr(value, "item") and not isinstance(value, (bool, int, float, str)):
        value = value.item()  # a number of numpy
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
        words += ["--replications", str(replications)]
    if seed is not None:
        words += ["--seed", str(seed)]
    return words


def option(name: str, value: Any) -> list[str]:
    """`--name value`; a flag if the value is True, nothing if it is None or False."""
    flag = "--" + name.replace("_", "-")
    if value is None or value is False:
        return []
    if value is True:
        return [flag]
    if isinstance(value, (list, tuple)):
        return [word for item in value for word in option(name, item)]
    return [flag, str(value)]


def write(experiment: Experiment, folder: str) -> Path:
    """The experiment as a file: the file itself, or a dictionary written into `folder`.

    A path in a dictionary (`{"empirical": "latency.csv"}`) must be absolute, because paths are relative to the file.
    """
    if not isinstance(experiment, Mapping):
        return Path(experiment)
    file = Path(folder) / "experiment.toml"
    file.write_text(document(experiment), encoding="utf-8")
    return file
