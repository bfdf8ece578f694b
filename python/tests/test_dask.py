"""Dask: the same bytes as one machine's, whatever dies meanwhile; and what is refused before anything runs."""

import copy
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import pushpull
import pytest
from conftest import SMALL
from pushpull import shards

distributed = pytest.importorskip("distributed")

FILES = ["runs.csv", "summary.csv", "compare.csv", "pairs.csv", "distributions.csv", "timeseries.csv", "samples.bin"]


def same(one, other):
    for name in FILES:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


@pytest.fixture(scope="module")
def long():
    """Runs of some tenths of a second, so that a shard is under way when something dies."""
    experiment = copy.deepcopy(SMALL)
    experiment.update(horizon="20m", replications=8)
    experiment["clients"]["arrivals"] = {"poisson": os.environ.get("PUSHPULL_TEST_RATE", "40/s")}
    return experiment


@pytest.fixture(scope="module")
def whole(long, tmp_path_factory):
    return pushpull.run(long, out=tmp_path_factory.mktemp("whole") / "long").folder


def run_on(address, file, out, *words):
    command = [pushpull.program(), "run", str(file), "--on", f"dask:{address}", "--out", str(out), *words]
    environment = {**os.environ, "PUSHPULL_PYTHON": sys.executable}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class Cluster:
    """A scheduler and workers as processes of their own."""

    def __init__(self, folder, workers, preload=None):
        """`preload`: (kind, text): Python that a scheduler or a worker runs first."""
        self.folder, self.preload = folder, preload
        self.address = f"tcp://127.0.0.1:{23000 + os.getpid() % 4000}"
        port = self.address.rsplit(":", 1)[1]
        self.scheduler = self.start("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")
        self.options = ["--nthreads", "1", "--no-nanny", "--no-dashboard", "--local-directory", str(folder)]
        self.workers = [self.start("worker", self.address, *self.options) for _ in range(workers)]
        with distributed.Client(self.address, timeout=60) as client:
            if workers:
                client.wait_for_workers(workers, timeout=120)

    def start(self, kind, *words):
        command = [sys.executable, "-m", "distributed.cli.dask_" + kind, *words]
        if self.preload and self.preload[0] == kind:
            (self.folder / "preload.py").write_text(self.preload[1])
            command += ["--preload", str(self.folder / "preload.py")]
        log = open(self.folder / f"{kind}.log", "ab")
        return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def run(self, file, out, *words):
        return run_on(self.address, file, out, *words)

    def simulator(self, worker):
        """The process that a worker has started; None if there is none."""
        try:
            text = open(f"/proc/{worker.pid}/task/{worker.pid}/children").read()
        except OSError:
            return None
        threads = os.listdir(f"/proc/{worker.pid}/task")
        children = [open(f"/proc/{worker.pid}/task/{thread}/children").read() for thread in threads]
        found = " ".join([text, *children]).split()
        return int(found[0]) if found else None

    def close(self):
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path):
    cluster = Cluster(tmp_path, workers=2)
    yield cluster
    cluster.close()


def write(experiment, folder):
    from pushpull import _arguments

    file = folder / "long.toml"
    file.write_text(_arguments.document(experiment))
    return file


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError("it does not come")


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.parametrize("what", ["worker", "simulator", "hung"])
def test_what_dies_is_made_again_and_no_byte_differs(what, long, whole, cluster, tmp_path):
    out = tmp_path / "out"
    run = cluster.run(write(long, tmp_path), out, "--shards", "8")
    wait_for(lambda: len(list((tmp_path / "out.shards").glob("*-of-8"))) >= 1)
    victim = cluster.workers[0]
    child = wait_for(lambda: cluster.simulator(victim))
    if what == "worker":
        os.kill(victim.pid, signal.SIGKILL)
        # The simulator ends with its worker.
        wait_for(lambda: not os.path.exists(f"/proc/{child}") or "Z" in open(f"/proc/{child}/stat").read().split()[2])
    elif what == "simulator":
        os.kill(child, signal.SIGKILL)
    else:
        os.kill(child, signal.SIGSTOP)
    printed, errors = run.communicate(timeout=300)
    assert run.returncode == 0, errors
    assert "answer" in printed, "the merge concludes as run does"
    same(whole, out)
    if what == "hung":
        os.kill(child, signal.SIGKILL)


def test_workers_that_are_all_replaced_lose_nothing(long, whole, tmp_path):
    cluster, out = Cluster(tmp_path, workers=1), tmp_path / "out"
    try:
        run = cluster.run(write(long, tmp_path), out, "--shards", "8")
        wait_for(lambda: len(list((tmp_path / "out.shards").glob("*-of-8"))) >= 1)
        cluster.workers[0].kill()
        cluster.workers[0].wait()
        cluster.workers.append(cluster.start("worker", cluster.address, *cluster.options))
        errors = run.communicate(timeout=300)[1]
    finally:
        cluster.close()
    assert run.returncode == 0, errors
    same(whole, out)


def test_a_scheduler_that_is_lost_is_said_in_one_line_and_the_same_command_goes_on(long, whole, tmp_path):
    cluster, file, out = Cluster(tmp_path, workers=2), write(long, tmp_path), tmp_path / "out"
    try:
        run = cluster.run(file, out, "--shards", "8", "--quiet")
        wait_for(lambda: len(list((tmp_path / "out.shards").glob("*-of-8"))) >= 1)
        cluster.scheduler.kill()
        errors = run.communicate(timeout=120)[1]
    finally:
        cluster.close()
    assert run.returncode == 75 and len(errors.splitlines()) == 1, errors
    assert "the scheduler does not answer any more" in errors and "goes on from there" in errors
    again = run_on("local", file, out)
    errors = again.communicate(timeout=300)[1]
    assert again.returncode == 0, errors
    same(whole, out)


@pytest.mark.parametrize("module", ["pushpull._program", "tornado", "distributed.worker"])
def test_an_interrupt_while_modules_are_read_leaves_no_trace_of_calls(small, tmp_path, monkeypatch, module):
    log, python = tmp_path / "log", tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -X importtime "$@" 2>>{log}\n')
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    run = run_on("local", write(small, tmp_path), tmp_path / "out", "--quiet")
    wait_for(lambda: log.exists() and re.search(rf"\| +{re.escape(module)}$", log.read_text(), re.MULTILINE))
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
    assert run.returncode in (75, -signal.SIGINT)
    assert "Traceback" not in log.read_text() and not (tmp_path / "out").exists()


def test_goals_are_checked_after_the_merge(small, tmp_path, monkeypatch):
    monkeypatch.setenv("PUSHPULL_PYTHON", sys.executable)
    given = dict(out=tmp_path / "out", on="dask:local", shards=4, check_goal=True, progress=False)
    with pytest.raises(pushpull.Invalid, match="has no .goal."):
        pushpull.run(small, **given)
    small["goal"] = {"stall_rate": {"at_most": 1e-6}}
    with pytest.raises(pushpull.GoalMissed):
        pushpull.run(small, **given)
    assert pushpull.load(tmp_path / "out").manifest["runs"] == 16


def test_a_failed_run_names_a_plan_that_is_there(small, cluster, tmp_path):
    small["events_max"] = 200
    run = cluster.run(write(small, tmp_path), tmp_path / "out", "--shards", "2", "--quiet")
    errors = run.communicate(timeout=120)[1]
    assert run.returncode == 1 and f"pushpull trace {tmp_path / 'out.shards' / 'plan.json'}" in errors, errors
    status = pushpull._program.call(["status", str(tmp_path / "out")])
    assert "0 of 2 shards finished, 0 begun, 1 failed" in status, status


def test_a_store_that_each_worker_has_for_itself_is_refused_before_anything_runs(small, cluster, tmp_path):
    run = cluster.run(write(small, tmp_path), tmp_path / "out", "--shards", "2", "--store", "memory://shards")
    errors = run.communicate(timeout=120)[1]
    assert run.returncode == 2 and "--store memory://shards: is not shared" in errors, errors
    assert not list((tmp_path / "out.shards").glob("*-of-*"))


def test_a_command_that_is_killed_goes_on_where_it_stopped(long, whole, cluster, tmp_path):
    file, out = write(long, tmp_path), tmp_path / "out"
    run = cluster.run(file, out, "--shards", "8")
    folder = tmp_path / "out.shards"
    wait_for(lambda: len(list(folder.glob("*-of-8"))) >= 2)
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=60)
    assert not (out / "manifest.json").exists()
    before = {path: path.stat().st_ino for path in folder.glob("*-of-8/runs.csv")}
    status = subprocess.run([pushpull.program(), "status", str(out)], capture_output=True, text=True, check=True).stdout
    assert f"{len(before)} of 8 shards finished" in status and "not merged" in status
    again = cluster.run(file, out)
    errors = again.communicate(timeout=300)[1]
    assert again.returncode == 0, errors
    assert {path: path.stat().st_ino for path in before} == before, "finished shards are not made again"
    same(whole, out)


def test_two_commands_do_not_make_the_same_shards_at_once(small, tmp_path):
    file, folder = write(small, tmp_path), tmp_path / "out.shards"
    folder.mkdir()
    plan = tmp_path / "plan.json"
    plan.write_text(pushpull._program.call(["plan", str(file)]))
    with shards.locked(folder):
        beside = run_on("local", file, tmp_path / "out", "--overwrite")
        errors = beside.communicate(timeout=120)[1]
        assert beside.returncode == 1 and f"{folder}: cannot write: another run is writing it" in errors, errors
        with pytest.raises(pushpull.Failed, match="another run is writing it"), shards.locked(folder):
            pass
    assert [path.name for path in folder.iterdir()] == [shards.LOCK]
    again = run_on("local", file, tmp_path / "out")
    errors = again.communicate(timeout=120)[1]
    assert again.returncode == 0, errors


def test_a_shard_that_another_engine_has_begun_is_made_again(small, result, tmp_path):
    file, out = write(small, tmp_path), tmp_path / "out"
    pushpull._program.call(["run", str(file), "--on", "slurm", "--out", str(out), "--shards", "4"])
    plan, begun = tmp_path / "out.shards" / "plan.json", tmp_path / "out.shards" / "2-of-4"
    pushpull._program.call(["run", str(plan), "--shard", "2/4", "--out", str(begun), "--quiet"])
    manifest = json.loads((begun / "manifest.json").read_text())
    (begun / "manifest.json").write_text(json.dumps({**manifest, "ended": None}))
    run = run_on("local", file, out, "--shards", "4")
    errors = run.communicate(timeout=120)[1]
    assert run.returncode == 0, errors
    same(result.folder, out)


def test_more_replications_are_refused_with_the_way_to_add_them(small, tmp_path, monkeypatch):
    monkeypatch.setenv("PUSHPULL_PYTHON", sys.executable)
    given = dict(out=tmp_path / "out", on="dask:local", shards=4, progress=False)
    pushpull.run(small, **given)
    with pytest.raises(pushpull.Invalid, match="another number of replications; --resume adds them without --on"):
        pushpull.run(small, replications=5, **given)
    with pytest.raises(pushpull.Invalid, match="holds results of another experiment"):
        pushpull.run(small, seed=8, **given)
    assert pushpull.run(small, replications=5, out=tmp_path / "out").manifest["runs"] == 20


@pytest.fixture
def little_disk(tmp_path):
    """A disk of 64 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not shutil.which("mount") or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", disk]).returncode:
        pytest.skip("this user may not mount a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.mark.parametrize("where", ["worker", "here"])
def test_a_full_disk_is_said_and_the_same_command_goes_on(where, long, whole, little_disk, tmp_path, monkeypatch):
    file = write(long, tmp_path)
    out = (tmp_path if where == "worker" else little_disk) / "out"
    monkeypatch.setenv("TMPDIR", str(little_disk))
    cluster = Cluster(tmp_path, workers=1) if where == "worker" else None
    monkeypatch.undo()
    address = cluster.address if cluster else "local"
    try:
        full = run_on(address, file, out, "--shards", "2", "--quiet")
        errors = full.communicate(timeout=300)[1]
        assert full.returncode == 75 and "No space left on device" in errors and "shard" in errors, errors
        assert not (out / "manifest.json").exists()
        subprocess.run(["mount", "-o", "remount,size=64m", little_disk], check=True)
        again = run_on(address, file, out, "--shards", "2", "--quiet")
        errors = again.communicate(timeout=300)[1]
        assert again.returncode == 0, errors
        same(whole, out)
        assert not list(out.with_name("out.shards").glob(f"{shards.NEW}*")), "nothing is left of the first attempt"
    finally:
        if cluster:
            cluster.close()


def test_python_runs_on_workers_of_this_machine_and_tells_progress_of_the_whole(long, whole, tmp_path, monkeypatch):
    # This Python has Dask, wherever the program is.
    monkeypatch.delenv("PUSHPULL_PYTHON", raising=False)
    shutil.copy(pushpull.program(), tmp_path / "elsewhere")
    monkeypatch.setenv("PUSHPULL", str(tmp_path / "elsewhere"))
    told = []
    result = pushpull.run(long, out=tmp_path / "out", on="dask:local", shards=4, progress=told.append)
    same(whole, result.folder)
    assert (told[-1]["runs"], told[-1]["runs_total"], told[-1]["shards"]) == (32, 32, 4)


def test_a_precision_is_reached_in_rounds_in_which_all_workers_share_a_hot_point(small, tmp_path, monkeypatch):
    monkeypatch.setenv("PUSHPULL_PYTHON", sys.executable)
    del small["replications"]
    small["precision"] = {"measure": "handshake_wait_mean_s", "relative": 0.06, "at_most": 40}
    whole = pushpull.run(small, out=tmp_path / "whole", progress=False).folder
    told = []
    result = pushpull.run(small, out=tmp_path / "out", on="dask:local", shards=8, progress=told.append)
    same(whole, result.folder)
    assert told[-1]["runs"] == result.manifest["runs"] and told[-1]["runs_total"] is None
    rounds = [json.loads(path.read_text()) for path in sorted((tmp_path / "out.shards").glob("round-*/plan.json"))]
    last = rounds[-1]["round"]
    assert len(rounds) > 2 and len(last["groups"]) < 4, "some points are precise before others"
    made = list((tmp_path / "out.shards" / f"round-{len(rounds)}").glob("*-of-8/runs.csv"))
    assert len(made) == 8 and all(len(file.read_text().splitlines()) > 1 for file in made)


OTHER_DISTRIBUTED = """
import distributed.versions as versions
own = versions.version
versions.version = lambda package: "1.0.0" if package == "distributed" else own(package)
versions._version_cached.cache_clear()
"""
OTHER_BUILD = """
import pushpull.shards
pushpull.shards.version = lambda: "9.9.9 0123abc"
"""
NO_PACKAGE = """
import sys
sys.modules["pushpull"] = None
"""


@pytest.mark.parametrize(
    ("workers", "kind", "text", "code", "told"),
    [
        (1, "scheduler", OTHER_DISTRIBUTED, 2, "the scheduler has distributed 1.0.0, accepted:"),
        (1, "worker", OTHER_BUILD, 2, "has pushpull 9.9.9 0123abc, accepted:"),
        (1, "worker", NO_PACKAGE, 2, "cannot run pushpull ("),
        (0, "worker", "", 75, "the scheduler has no workers"),
    ],
    ids=["distributed", "build", "package", "none"],
)
def test_a_cluster_that_cannot_make_the_runs_is_refused_before_it_makes_any(workers, kind, text, code, told, small, tmp_path):
    cluster = Cluster(tmp_path, workers=workers, preload=(kind, text))
    try:
        run = cluster.run(write(small, tmp_path), tmp_path / "out")
        errors = run.communicate(timeout=120)[1]
    finally:
        cluster.close()
    assert run.returncode == code and told in errors, errors
    assert not (tmp_path / "out").exists() and not list(tmp_path.glob("*.shards/*-of-*"))


def test_what_does_not_answer_or_is_not_there_is_said_before_anything_runs(small, tmp_path, monkeypatch):
    file = write(small, tmp_path)

    def refused(*words, **variables):
        environment = {**os.environ, "PUSHPULL_PYTHON": sys.executable, **variables}
        command = [pushpull.program(), "run", str(file), "--out", str(tmp_path / "out"), *words]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
        assert not (tmp_path / "out").exists() and not list(tmp_path.glob("*.shards/*-of-*"))
        return done.returncode, done.stderr

    code, text = refused("--on", "dask:tcp://127.0.0.1:9")
    assert code == 75 and "dask:tcp://127.0.0.1:9: the scheduler does not answer" in text
    code, text = refused("--on", "dask:udp://127.0.0.1:9")
    assert code == 2 and "dask:udp://127.0.0.1:9: unknown address scheme 'udp'" in text
    code, text = refused("--on", "dask:tls://127.0.0.1:9")
    assert code == 2 and "dask:tls://127.0.0.1:9: TLS" in text and "Traceback" not in text
    code, text = refused("--on", "dask:local", PUSHPULL_PYTHON="/none/python3")
    assert code == 2 and "cannot start /none/python3" in text and "pip install 'WHEEL[dask]'" in text
    code, text = refused("--on", "dask:local", "--shards", "99")
    assert code == 2 and "--shards 99: accepted: 1 to 16" in text
    code, text = refused("--on", "ray")
    assert code == 2 and "accepted: dask:tcp://HOST:PORT, dask:local, slurm, kubernetes" in text
    code, text = refused("--on", "dask:local", "--store", "file:///proc/none")
    assert code == 2 and "--store file:///proc/none: cannot be written" in text


def test_a_shard_that_fails_for_good_is_not_tried_again(small, tmp_path):
    small["events_max"] = 200
    text = pushpull._program.call(["plan", str(write(small, tmp_path))])
    result = shards.work(text.encode(), 1, 2)
    assert result["code"] == 1 and "shard 1/2" in result["error"]


def test_shards_are_made_kept_and_merged_without_an_engine(small, result, tmp_path):
    plan = pushpull._program.call(["plan", str(write(small, tmp_path))]).encode()
    for index in (3, 1, 2, 1):
        shards.keep(shards.work(plan, index, 3), tmp_path / "shards", 3)
    shards.merge(tmp_path / "shards", tmp_path / "out", warnings=False)
    same(result.folder, tmp_path / "out")
    small["events_max"] = 200
    plan = pushpull._program.call(["plan", str(write(small, tmp_path))]).encode()
    with pytest.raises(pushpull.Failed, match="shard 1/3"):
        shards.keep(shards.work(plan, 1, 3), tmp_path / "failed", 3)


def test_a_full_disk_of_a_worker_may_pass_and_an_archive_puts_only_its_files(small, result, tmp_path, monkeypatch):
    monkeypatch.setattr(shards.tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(pushpull.Temporary, match="shard 1/2"):
        shards.work(b"{}", 1, 2)
    monkeypatch.undo()
    (tmp_path / "to").mkdir()
    shards.unpack(shards.pack(result.folder), tmp_path / "to")
    assert sorted(path.name for path in (tmp_path / "to").iterdir()) == sorted(shards.FILES)
