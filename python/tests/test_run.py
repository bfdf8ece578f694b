"""Experiments: what is run, where it goes, and what is said when it is wrong."""

import datetime
import subprocess
import sys
import textwrap

import pushpull
import pytest
from pushpull import _arguments, _progress, _run


def test_a_dictionary_is_the_same_experiment_as_a_file(small, result, tmp_path):
    file = tmp_path / "small.toml"
    file.write_text(
        textwrap.dedent("""
        name = "small"
        description = "Does pull repair lost pushes?"
        seed = 7
        replications = 4
        horizon = "40s"
        warmup = "5s"
        [clients]
        arrivals = { poisson = "2/s" }
        [gateways]
        count = 3
        [strategies.push]
        push = {}
        [strategies.jit]
        pull = { answer = "initiate" }
        [[sweep]]
        "bus.loss" = [0.0, 0.1]
        [output]
        bin = "10s"
        """)
    )
    of_file = pushpull.run(file, out=tmp_path / "out")
    assert of_file.manifest["digest"] == result.manifest["digest"]
    for name in ("runs.csv", "summary.csv", "samples.bin"):
        assert (of_file.folder / name).read_bytes() == (result.folder / name).read_bytes()


def test_changes_are_those_of_the_command_line(small, tmp_path):
    changed = pushpull.run(
        small,
        set={"bus.delay": datetime.timedelta(milliseconds=30), "gateways.count": 2},
        vary={"bus.loss": [0.0, 0.05, 0.2], "path.loss": "0..0.1:2"},
        strategies=["push"],
        replications=2,
        seed=9,
        out=tmp_path / "out",
        jobs=1,
    )
    experiment = changed.experiment
    assert (experiment["bus"]["delay"], experiment["gateways"]["count"], experiment["seed"]) == ("30000us", 2, 9)
    assert changed.keys == ["bus.loss", "path.loss"]
    assert (changed.manifest["runs"], experiment["only"]) == (3 * 2 * 2, ["push"])


def test_the_same_question_finds_its_results_and_another_question_has_its_own_folder(small, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = pushpull.run(small)
    began = (first.folder / "runs.csv").stat().st_ino
    again = pushpull.run(small)
    assert again.folder == first.folder
    assert (again.folder / "runs.csv").stat().st_ino == began, "nothing was written again"
    other = pushpull.run(small, seed=8)
    assert other.folder != first.folder


def test_wrong_experiments_are_refused_with_the_programs_own_text(small, tmp_path):
    with pytest.raises(pushpull.Invalid, match="unknown key") as caught:
        pushpull.run(small, set={"bus.los": 0.1}, out=tmp_path / "out")
    assert caught.value.code == 2 and "did you mean loss?" in str(caught.value)
    assert not (tmp_path / "out").exists()
    with pytest.raises(pushpull.Invalid, match="bus.los: unknown key"):
        pushpull.run({**small, "bus": {"los": 0.1}}, out=tmp_path / "out")
    with pytest.raises(TypeError, match="accepted are bool"):
        pushpull.run({**small, "seed": object()}, out=tmp_path / "out")


def test_a_folder_of_another_experiment_is_kept(small, tmp_path):
    pushpull.run(small, out=tmp_path / "out")
    before = (tmp_path / "out" / "runs.csv").read_bytes()
    with pytest.raises(pushpull.Invalid, match="cannot resume: its seed is 7, not 8"):
        pushpull.run(small, seed=8, out=tmp_path / "out")
    with pytest.raises(pushpull.Invalid, match="--overwrite"):
        pushpull.run(small, out=tmp_path / "out", resume=False)
    assert (tmp_path / "out" / "runs.csv").read_bytes() == before
    assert pushpull.run(small, seed=8, out=tmp_path / "out", overwrite=True).manifest["seed"] == 8


def test_progress_is_told_to_a_function_and_ends_with_all_runs(small, tmp_path):
    told = []
    pushpull.run(small, out=tmp_path / "out", progress=told.append)
    assert (told[-1]["runs"], told[-1]["runs_total"]) == (16, 16)
    assert _progress.words(told[-1]).startswith("16 of 16 runs")


def test_goals_that_are_not_met_raise_and_the_results_are_there(small, tmp_path):
    small["goal"] = {"stall_rate": {"at_most": 1e-6}}
    with pytest.raises(pushpull.GoalMissed) as caught:
        pushpull.run(small, out=tmp_path / "out", check_goal=True)
    assert caught.value.code == 3
    assert pushpull.load(tmp_path / "out").manifest["runs"] == 16


def test_a_program_that_is_killed_is_an_error_that_may_be_tried_again(small, tmp_path, monkeypatch):
    killed = tmp_path / "killed"
    killed.write_text('#!/bin/sh\nkill -9 $$\n')
    killed.chmod(0o755)
    monkeypatch.setenv("PUSHPULL", str(killed))
    with pytest.raises(pushpull.Temporary, match="signal 9"):
        pushpull.run(small, out=tmp_path / "out")


def test_a_program_that_prints_more_than_a_pipe_holds_is_read_to_its_end(tmp_path, monkeypatch):
    talks = tmp_path / "talks"
    talks.write_text("#!/bin/sh\nhead -c 300000 /dev/zero | tr '\\0' x\necho 'warning: one' >&2\n")
    talks.chmod(0o755)
    monkeypatch.setenv("PUSHPULL", str(talks))
    printed, told = _run.command(["solve"], progress=False)
    assert (len(printed), told) == (300_000, ("warning: one",))


def test_values_become_toml_and_nothing_else_is_accepted():
    value = {"a b": [True, 1, 0.5, "x\"\n", datetime.timedelta(seconds=1)], "c": {"d": float("inf")}}
    assert _arguments.toml(value) == '{ "a b" = [true, 1, 0.5, "x\\"\\n", "1000000us"], "c" = { "d" = inf } }'
    with pytest.raises(TypeError):
        _arguments.toml(None)


def test_numbers_and_arrays_of_numpy_are_values(small, tmp_path):
    numpy = pytest.importorskip("numpy")
    del small["sweep"]
    changed = pushpull.run(
        small,
        set={"gateways.count": numpy.int64(2), "path.loss": numpy.float64(0.25)},
        vary={"bus.loss": numpy.linspace(0, 0.5, 3)},
        replications=numpy.int32(2),
        out=tmp_path / "out",
    )
    assert changed.experiment["sweep"] == [{"bus.loss": [0.0, 0.25, 0.5]}]
    assert (changed.experiment["gateways"]["count"], changed.experiment["path"]["loss"]) == (2, 0.25)


def test_a_negative_number_is_a_value_and_no_option(small, tmp_path):
    with pytest.raises(pushpull.Invalid, match="invalid value '-1' for '--seed"):
        pushpull.run(small, seed=-1, out=tmp_path / "out")


def test_an_error_does_not_name_the_file_of_a_dictionary(small, tmp_path):
    with pytest.raises(pushpull.Invalid) as caught:
        pushpull.run({**small, "name": "a/b"}, out=tmp_path / "out")
    assert str(caught.value).startswith('name: found "a/b"')
    with pytest.raises(pushpull.Invalid) as caught:
        pushpull.run({**small, "bus": {"delay": {"empirical": "none.csv"}}}, out=tmp_path / "out")
    assert str(caught.value).startswith("bus.delay.empirical: none.csv cannot be read")


def test_a_failed_run_of_a_dictionary_names_the_call_that_tells_its_story(small, tmp_path):
    small["events_max"] = 200
    del small["sweep"]
    with pytest.raises(pushpull.Failed) as caught:
        pushpull.run(small, vary={"bus.loss": [0.0, 0.1]}, seed=9, out=tmp_path / "out")
    call = next(line.split("again: ")[1] for line in str(caught.value).splitlines() if "again: " in line)
    assert call.startswith("pushpull.trace(experiment, vary={'bus.loss': [0.0, 0.1]}, seed=9, point=0, strategy='push'")
    assert "push" in eval(call, {"pushpull": pushpull, "experiment": {**small, "events_max": 10**6}})


def test_options_of_dask_are_refused_without_it(small, tmp_path):
    with pytest.raises(pushpull.Invalid, match="store='s3://x': accepted with on='dask:ADDRESS' alone"):
        pushpull.run(small, store="s3://x", out=tmp_path / "out")
    with pytest.raises(pushpull.Invalid, match="shards=3: accepted with"):
        pushpull.run(small, shards=3, out=tmp_path / "out")
    with pytest.raises(pushpull.Invalid, match="--store"):
        pushpull.run(small, on="dask:local", store="", out=tmp_path / "out")
    assert not list(tmp_path.glob("out*"))


def test_solve_answers_with_a_value_and_its_interval(small, tmp_path):
    del small["sweep"], small["output"]
    options = dict(strategy="push", at_most=0.05, precision=0.5, budget=400, out=tmp_path / "answer")
    answer = pushpull.solve(small, "bus.loss=0.001..0.5log", **options)
    assert answer, "JSON of the command"
    with pytest.raises(pushpull.Invalid, match="bus.los"):
        pushpull.solve(small, "bus.los=0..1", strategy="push", at_most=0.05, out=tmp_path / "other")


def test_the_module_is_the_command():
    printed = subprocess.run([sys.executable, "-m", "pushpull", "--version"], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == f"pushpull {pushpull.version()}"
    version, commit = pushpull.version().split(" ")
    assert version == pushpull.__version__ and commit
