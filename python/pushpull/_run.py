"""Commands of the program as functions."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from . import _arguments as arguments
from . import _progress
from ._program import Error, Failed, Invalid, call, error, program
from ._result import Result, load


def command(words: list[str], progress: _progress.Progress = None, answers: bool = False) -> tuple[str, tuple[str, ...]]:
    """Runs a command that tells its progress; what it prints, and its warnings. Raises its error.

    `answers`: exit code 1 beside a printed answer is a warning.
    """
    shown = _progress.display(progress)
    # In a file, because a pipe that nobody reads stops the program when it is full.
    results = tempfile.TemporaryFile("w+", encoding="utf-8")
    process = subprocess.Popen(
        [program(), *words, "--progress", "json"],
        stdout=results,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        # Dask is started with the Python that asks for it.
        env={"PUSHPULL_PYTHON": sys.executable or "python3", **os.environ},
    )
    other = []
    try:
        for line in process.stderr:
            told = _progress.parsed(line)
            if told is None:
                other.append(line)
            else:
                shown(told)
        code = process.wait()
        results.seek(0)
        printed = results.read()
    except BaseException:
        # The program ends at a signal within a second, and leaves a folder to go on from.
        process.terminate()
        process.wait()
        raise
    finally:
        shown.close()
        results.close()
        process.stderr.close()
    if code:
        failure = error(code, "".join(other))
        if not (answers and printed and isinstance(failure, Failed)):
            raise failure
        warnings.warn(str(failure), stacklevel=4)
    return printed, tuple(line.rstrip() for line in other if line.startswith("warning:"))


def place(file: Path, changes: list[str], question: str = "") -> Path:
    """The result folder of a question: its name has the experiment's digest, so that asking again runs nothing."""
    plan = json.loads(call(["plan", str(file), *changes]))
    return Path("results") / f"{plan['name']}-{plan['digest'][:12]}-{plan['commit']}{question}"


def existing(out: Path, resume: bool, overwrite: bool) -> list[str]:
    """The option for a folder that is there."""
    if overwrite:
        return ["--overwrite"]
    return ["--resume"] if resume and (out / "manifest.json").exists() else []


def run(
    experiment: arguments.Experiment,
    *,
    set: Mapping[str, arguments.Value] | None = None,
    vary: Mapping[str, Any] | None = None,
    strategies: Iterable[str] | None = None,
    replications: int | None = None,
    seed: int | None = None,
    out: str | Path | None = None,
    jobs: int | None = None,
    resume: bool = True,
    overwrite: bool = False,
    on: str | None = None,
    store: str | None = None,
    shards: int | None = None,
    check_goal: bool = False,
    progress: _progress.Progress = None,
) -> Result:
    """Runs an experiment and opens its result folder.

    `experiment`: a file, or a dictionary with the keys of a file.
    `set`: keys and their values, as `--set`. `vary`: keys and lists of values, or text such as `"0..0.1:11"`.
    `strategies`, `replications`, `seed`, `jobs`: as the options of `pushpull run`.
    `out`: the result folder. By default `results/NAME-DIGEST-COMMIT`: the same question finds its results there, and only
    missing runs are made.
    `resume`: go on with an existing folder. `overwrite`: replace it.
    `on`, `store`, `shards`: where the runs are made, such as `on="dask:tcp://host:8786"`; see docs/clusters.md.
    `check_goal`: raise `GoalMissed` unless the goals of the file are met; with `on`, they are checked after the merge.
    `progress`: True, False, or a function of a dictionary (`runs`, `runs_total`, `events`, `left_s`, …).

    Raises `Invalid` before anything is run, `Failed`, or `Temporary`.
    """
    if on is not None and not on.startswith("dask:"):
        raise Invalid(f"on={on!r}: accepted: dask:ADDRESS, dask:local; jobs that end later are for `pushpull run`", 2)
    for name, given in {"store": store, "shards": shards}.items():
        if on is None and given is not None:
            raise Invalid(f"{name}={given!r}: accepted with on='dask:ADDRESS' alone", 2)
    changed = {"set": set, "vary": vary, "seed": seed, "replications": replications}
    with arguments.written(experiment) as file, traced_here(experiment, changed):
        changes = arguments.changes(set, vary, strategies, replications, seed)
        out = place(file, changes) if out is None else Path(out)
        words = ["run", str(file), *changes, "--out", str(out), *arguments.option("jobs", jobs)]
        engine = arguments.option("on", on) + arguments.option("store", store) + arguments.option("shards", shards)
        goal = arguments.option("check_goal", check_goal)
        if on and check_goal and not json.loads(call(["plan", str(file), *changes]))["experiment"].get("goal"):
            raise Invalid(f"check_goal: {file} has no [goal], such as late_rate = {{ at_most = 0.001 }}", 2)
        _, told = command([*words, *existing(out, resume, overwrite), *(engine if on else goal)], progress)
        if on and check_goal:
            call([*words, "--resume", "--quiet", *goal])
        if isinstance(experiment, Mapping):
            told = tuple(arguments.unnamed(line, file) for line in told)
    result = load(out)
    result.warnings = told
    return result


@contextlib.contextmanager
def traced_here(experiment: arguments.Experiment, changed: Mapping[str, Any]) -> Iterator[None]:
    """The error of a failed run of a dictionary names the call of Python that tells its story."""
    try:
        yield
    except Error as failure:
        if not isinstance(experiment, Mapping):
            raise
        given = "".join(f", {name}={value!r}" for name, value in changed.items() if value is not None)
        command = r"pushpull trace .* --point (\d+) --strategy (\S+) --replication (\d+)$"

        def traced(found: re.Match) -> str:
            point, strategy, replication = found.groups()
            return f"pushpull.trace(experiment{given}, point={point}, strategy={strategy!r}, replication={replication})"

        raise type(failure)(re.sub(command, traced, str(failure), flags=re.MULTILINE), failure.code) from None


def solve(
    experiment: arguments.Experiment,
    range: str,
    *,
    set: Mapping[str, arguments.Value] | None = None,
    progress: _progress.Progress = None,
    **options: Any,
) -> dict:
    """`pushpull solve FILE KEY=FROM..TO`: where a strategy ceases to keep a limit, or to be better than another.

    `options` are those of the command: `strategy="pull", at_most=0.001`, or `better="pull", than="push"`, `measure`,
    `precision`, `budget`, `crossing`, `seed`, `out`, `jobs`, `resume`, `overwrite`. The answer is the command's JSON. What
    it says with exit code 1, as that the budget ended, is a Python warning. The same question finds its answer again.
    """
    return asked("solve", experiment, [range], set, progress, options)


def sensitivity(
    experiment: arguments.Experiment,
    *,
    set: Mapping[str, arguments.Value] | None = None,
    progress: _progress.Progress = None,
    **options: Any,
) -> dict:
    """`pushpull sensitivity FILE`: which keys move the verdict. `options` are those of the command; the answer is its JSON."""
    return asked("sensitivity", experiment, [], set, progress, options)


def asked(
    name: str,
    experiment: arguments.Experiment,
    words: list[str],
    set: Mapping[str, arguments.Value] | None,
    progress: _progress.Progress,
    options: dict[str, Any],
    data: Iterable[Mapping[str, str]] = (),
) -> dict:
    """A command that prints an answer as JSON. Each question has a folder of its own. `data`: data files of a dictionary."""
    folder = {key: options.pop(key, usual) for key, usual in {"out": None, "resume": True, "overwrite": False}.items()}
    jobs = arguments.option("jobs", options.pop("jobs", None))
    words = [*words, *(word for key, value in options.items() for word in arguments.option(key, value))]
    with arguments.written(experiment, data) as file:
        changes = arguments.changes(set)
        question = hashlib.sha256(json.dumps(words).encode()).hexdigest()[:8]
        out = place(file, changes, f"-{name}-{question}") if folder["out"] is None else Path(folder["out"])
        going = existing(out, folder["resume"], folder["overwrite"])
        printed, _ = command(
            [name, str(file), *words, *changes, *jobs, "--out", str(out), *going, "--json"], progress, answers=True
        )
    return json.loads(printed)


def trace(
    experiment: arguments.Experiment | Result,
    *,
    set: Mapping[str, arguments.Value] | None = None,
    vary: Mapping[str, Any] | None = None,
    format: str = "text",
    **options: Any,
) -> str | list[dict] | dict:
    """`pushpull trace`: replays one run and tells what happened to one client.

    `experiment`: a file, a dictionary, or a result. `set`, `vary`: as for `run`. `options`: `strategy`, `point`,
    `replication`, `peer`, `worst`, `stalled`, `compare`, `events`. `format`: `text` gives text, `json` a list of facts,
    `perfetto` a dictionary.
    """
    words = [word for key, value in options.items() for word in arguments.option(key, value)]
    if format != "text":
        words += ["--format", format]
    with arguments.written(experiment.folder if isinstance(experiment, Result) else experiment) as source:
        printed = call(["trace", str(source), *arguments.changes(set, vary), *words])
    if format == "json":
        return [json.loads(line) for line in printed.splitlines()]
    return json.loads(printed) if format == "perfetto" else printed
