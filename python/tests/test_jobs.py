"""Jobs that are written for Slurm and Kubernetes."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import pushpull
import pytest

FILES = ["runs.csv", "summary.csv", "compare.csv", "pairs.csv", "distributions.csv", "timeseries.csv", "samples.bin"]


def write(experiment, folder):
    from pushpull import _arguments

    file = folder / "small.toml"
    file.write_text(_arguments.document(experiment))
    return str(file)


def test_kubernetes_manifests_are_valid_and_hold_the_plan(small, tmp_path):
    validate = pytest.importorskip("kubernetes_validate")
    yaml = pytest.importorskip("yaml")
    out = tmp_path / "out"
    printed = pushpull._program.call(["run", write(small, tmp_path), "--on", "kubernetes", "--out", str(out), "--shards", "5"])
    folder = tmp_path / "out.shards"
    assert str(folder / "job.yaml") in printed
    names = ["job.yaml", "merge.yaml", "claim.yaml", "fetch.yaml"]
    documents = [document for name in names for document in yaml.safe_load_all((folder / name).read_text())]
    assert [document["kind"] for document in documents] == ["ConfigMap", "Job", "Job", "PersistentVolumeClaim", "Pod"]
    for document in documents:
        for version in ("1.29", "1.33", "1.36"):
            validate.validate(document, version, strict=True)
    plan, job, merge, claim, fetch = documents
    assert plan["immutable"], "another plan of the same name is refused"
    assert plan["data"]["plan.json"].strip() == (folder / "plan.json").read_text().strip()
    assert (job["spec"]["completions"], job["spec"]["completionMode"]) == (5, "Indexed")
    digest = json.loads(plan["data"]["plan.json"])["digest"][:12]
    place = f"results/small-{digest}-{pushpull.version().split()[1]}"
    assert f"the result will be in {place}" in printed
    words = job["spec"]["template"]["spec"]["containers"][0]["command"]
    assert words[words.index("--out") + 1] == f"{place}.shards/$(JOB_COMPLETION_INDEX)"
    words = merge["spec"]["template"]["spec"]["containers"][0]["command"]
    assert words[2:9] == [*(f"{place}.shards/{index}" for index in range(5)), "--out", place]
    for pod in (job["spec"]["template"], merge["spec"]["template"], fetch):
        assert pod["spec"]["volumes"][0]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    # What the pods would do, here.
    for number in range(5):
        words = [word.replace("$(JOB_COMPLETION_INDEX)", str(number)) for word in job["spec"]["template"]["spec"]["containers"][0]["command"]]
        words[words.index("/plan/plan.json")] = str(folder / "plan.json")
        environment = {**os.environ, "JOB_COMPLETION_INDEX": str(number), "PUSHPULL_SHARDS": "5"}
        subprocess.run([pushpull.program(), *words[1:]], cwd=tmp_path, env=environment, check=True)
    words = merge["spec"]["template"]["spec"]["containers"][0]["command"]
    subprocess.run([pushpull.program(), *words[1:]], cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert pushpull.load(tmp_path / place).manifest["runs"] == 16


def test_a_plan_that_no_config_map_takes_is_refused(small, tmp_path):
    (tmp_path / "large.csv").write_text("seconds\n" + "0.0123456789\n" * 100_000)
    small["bus"] = {"delay": {"empirical": str(tmp_path / "large.csv")}}
    with pytest.raises(pushpull.Invalid, match="the most of a ConfigMap"):
        pushpull._program.call(["run", write(small, tmp_path), "--on", "kubernetes", "--out", str(tmp_path / "out")])
    assert not (tmp_path / "out.shards").exists()


def test_shards_of_another_experiment_are_kept(small, tmp_path):
    out, file = tmp_path / "out", write(small, tmp_path)
    pushpull._program.call(["run", file, "--on", "slurm", "--out", str(out), "--shards", "2"])
    folder = tmp_path / "out.shards"
    pushpull._program.call(["run", str(folder / "plan.json"), "--shard", "1/2", "--out", str(folder / "1-of-2"), "--quiet"])
    with pytest.raises(pushpull.Invalid, match="shards of another experiment; --overwrite removes them"):
        pushpull._program.call(["run", file, "--on", "slurm", "--out", str(out), "--shards", "2", "--seed", "8"])
    with pytest.raises(pushpull.Invalid, match="shards of another number"):
        pushpull._program.call(["run", file, "--on", "slurm", "--out", str(out), "--shards", "3"])
    shutil.rmtree(folder / "1-of-2")
    with pytest.raises(pushpull.Invalid, match="a job array for shards of another experiment"):
        pushpull._program.call(["run", file, "--on", "slurm", "--out", str(out), "--shards", "2", "--seed", "8"])
    pushpull._program.call(["run", str(folder / "plan.json"), "--shard", "1/2", "--out", str(folder / "1-of-2"), "--quiet"])
    assert "1 of 2 shards finished" in pushpull._program.call(["status", str(out)])


def test_a_job_that_a_person_has_changed_is_kept(small, tmp_path):
    words = [pushpull.program(), "run", write(small, tmp_path), "--on", "slurm", "--out", str(tmp_path / "out"), "--shards", "2"]
    written = subprocess.run(words, capture_output=True, text=True, check=True)
    array = tmp_path / "out.shards" / "array.sh"
    first = array.read_text()
    assert written.stderr == "" and subprocess.run(words, capture_output=True, text=True, check=True).stderr == ""
    changed = first.replace("#SBATCH --requeue", "#SBATCH --requeue\n#SBATCH --account=mine")
    array.write_text(changed)
    kept = subprocess.run(words, capture_output=True, text=True, check=True)
    assert f"warning: {array} differs" in kept.stderr and array.read_text() == changed
    subprocess.run([*words, "--overwrite"], check=True, stdout=subprocess.DEVNULL)
    assert array.read_text() == first


@pytest.mark.parametrize("engine", ["dask:local", "slurm", "kubernetes"])
def test_a_place_that_the_merge_would_refuse_is_refused_before_anything_is_written(engine, small, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    for out, why in {"small.toml": "is no folder", "full": "is not empty and holds no results of this program"}.items():
        with pytest.raises(pushpull.Invalid, match=why):
            pushpull._program.call(["run", write(small, tmp_path), "--on", engine, "--out", str(tmp_path / out)])
    assert not list(tmp_path.glob("*.shards"))


def test_python_waits_for_results_and_refuses_jobs_that_end_later(small, tmp_path):
    with pytest.raises(pushpull.Invalid, match="on='slurm': accepted: dask:ADDRESS"):
        pushpull.run(small, out=tmp_path / "out", on="slurm")


CONFIG = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
AuthType=auth/none
AuthInfo=cred_expire=5
CredType=cred/none
SlurmUser=root
SlurmdUser=root
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=2
SlurmctldPort=26817
SlurmctldPidFile={folder}/ctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool.%n
SlurmctldLogFile={folder}/ctld.log
SlurmdLogFile={folder}/slurmd.%n.log
SchedulerParameters=sched_interval=1,batch_sched_delay=0
JobRequeue=1
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port=26818 CPUs=1 State=UNKNOWN
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port=26819 CPUs=1 State=UNKNOWN
PartitionName=p Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP
"""


@pytest.fixture
def slurm(tmp_path, monkeypatch):
    """A controller and two nodes on this machine, without munge."""
    if not shutil.which("slurmctld") or not shutil.which("slurmd"):
        pytest.skip("there is no slurmctld; ./check.sh --install gets it")
    if os.geteuid() != 0:
        pytest.skip("slurmd needs root")
    folder = tmp_path / "slurm"
    (folder / "state").mkdir(parents=True)
    config = folder / "slurm.conf"
    config.write_text(CONFIG.format(host=socket.gethostname().split(".")[0], folder=folder))
    monkeypatch.setenv("SLURM_CONF", str(config))
    log = open(folder / "daemons.log", "wb")
    daemons = [subprocess.Popen(["slurmctld", "-D", "-f", str(config)], stdout=log, stderr=log)]
    time.sleep(2)
    for node in ("n1", "n2"):
        (folder / f"spool.{node}").mkdir()
        daemons.append(subprocess.Popen(["slurmd", "-D", "-N", node, "-f", str(config)], stdout=log, stderr=log))
    yield folder
    for daemon in reversed(daemons):
        daemon.terminate()
        try:
            daemon.wait(10)
        except subprocess.TimeoutExpired:
            daemon.kill()


def ended(folder):
    manifest = folder / "manifest.json"
    return manifest.exists() and '"ended": null' not in manifest.read_text()


def kill_one(plan):
    """Kills a simulator of this plan; whether there was one."""
    program = os.path.realpath(pushpull.program())
    for process in subprocess.run(["pgrep", "-f", plan], capture_output=True, text=True).stdout.split():
        with contextlib.suppress(OSError):
            if os.path.realpath(f"/proc/{process}/exe") == program:
                os.kill(int(process), signal.SIGKILL)
                return True
    return False


def test_slurm_makes_the_array_and_the_merge_with_a_killed_simulator(small, slurm, tmp_path):
    small.update(horizon="20m", replications=8)
    small["clients"]["arrivals"] = {"poisson": os.environ.get("PUSHPULL_TEST_RATE", "40/s")}
    whole = pushpull.run(small, out=tmp_path / "whole").folder
    out = tmp_path / "it's 100 %A of" / "out"
    words = ["run", write(small, tmp_path), "--on", "slurm", "--out", str(out), "--shards", "4", "--submit"]
    printed = pushpull._program.call(words)
    array = re.search(r"jobs (\d+) and (\d+)", printed)
    assert array, printed
    end, killed = time.monotonic() + 240, False
    while not ended(out):
        assert time.monotonic() < end, (slurm / "daemons.log").read_text()[-3000:] + subprocess.getoutput("squeue; sinfo")
        killed = killed or kill_one(f"{out}.shards/plan.json")
        time.sleep(0.1)
    assert killed
    for name in FILES:
        assert (whole / name).read_bytes() == (out / name).read_bytes(), name
    assert "4 of 4 shards finished" in pushpull._program.call(["status", str(out)])
    logs = sorted(path.name for path in (out.parent / "out.shards" / "log").iterdir())
    assert logs == [*(f"{array[1]}_{task}.txt" for task in range(1, 5)), "merge.txt"]


def test_jobs_that_are_queued_are_not_sent_again_and_a_failed_task_ends_the_merge(small, slurm, tmp_path):
    small["events_max"] = 200
    out = tmp_path / "out"
    words = ["run", write(small, tmp_path), "--on", "slurm", "--out", str(out), "--shards", "2"]
    printed = pushpull._program.call(words)
    subprocess.run(["scontrol", "update", "PartitionName=p", "State=DOWN"], check=True)
    sent = pushpull._program.call([*words, "--submit"])
    first, second = re.search(r"jobs (\d+) and (\d+)", sent).groups()
    assert (tmp_path / "out.shards" / "jobs").read_text().split() == [first, second]
    for more in (["--submit"], ["--overwrite"]):
        with pytest.raises(pushpull.Invalid, match=f"its jobs are in the queue; scancel {first} {second}"):
            pushpull._program.call([*words, *more])
    with pytest.raises(pushpull.Invalid, match="its jobs are in the queue"):
        pushpull._program.call([*words[:2], "--on", "dask:local", "--out", str(out), "--shards", "2"])
    subprocess.run(["scancel", first, second], check=True)
    subprocess.run(["scontrol", "update", "PartitionName=p", "State=UP"], check=True)
    # As the command is printed.
    subprocess.run(printed.partition("to send them: ")[2], shell=True, check=True, stdout=subprocess.DEVNULL)
    end = time.monotonic() + 120
    while subprocess.getoutput("squeue --noheader"):
        assert time.monotonic() < end, subprocess.getoutput("squeue")
        time.sleep(0.5)
    assert "0 of 2 shards finished, 0 begun, 2 failed" in pushpull._program.call(["status", str(out)])
    assert not out.exists()
