#!/usr/bin/env python3
"""Measures what Dask costs: processor time of a sweep as tasks of this machine, over that of one process.

    benches/clusters.py [REPEATS]

All processes count: the command, Python, the scheduler, the workers, the simulators and the merge, from their start to
their end. Then the parts of the case with tiny runs, each measured alone, and the parts that a forecast for many machines
needs: a shard, by the points of its plan, and a merge, by its runs.
Needs the Python package with `dask` and nothing else (docs/clusters.md): Dask imports NumPy where there is one. PUSHPULL
names the program [default: that of the package].
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from pushpull import _arguments, _program

LONG = {"horizon": "6h", "replications": 32}
TINY = {"horizon": "20s", "replications": 1250}

# One run for each point and strategy.
WIDE = {"horizon": "20s", "replications": 1}

# Name, changes, points, shards, aim of the ratio.
CASES = [
    ("256 runs of 0.2 s, 32 tasks", LONG, 4, 32, 1.3),
    ("10,000 runs of 0.1 ms, 32 tasks", TINY, 4, 32, 2.0),
    ("the same, 256 tasks", TINY, 4, 256, None),
    ("the same, 1,024 tasks", TINY, 4, 1024, None),
]

# Points of the plans whose shards are measured, and replications of the merged runs.
POINTS = [4, 1_000]
MERGED = [125, 1250]


def experiment(changes: dict, points: int = 4) -> dict:
    return {
        "name": "overhead",
        "seed": 1,
        "warmup": "0s",
        **changes,
        "gateways": {"count": 3},
        "strategies": {"push": {"push": {}}, "jit": {"pull": {}}},
        "sweep": [{"bus.loss": [index / 2 / points for index in range(points)]}],
    }


def write(changes: dict, points: int, scratch: str) -> Path:
    file = Path(scratch, "experiment.toml")
    file.write_text(_arguments.document(experiment(changes, points)))
    return file


IMPORT = "import pushpull.dask, distributed"
CLUSTER = """
from pushpull import dask
client = dask.connect("local")
client.cluster.close()
client.close()
"""


def cost(*words: object, program: str | None = None) -> float:
    """Processor seconds of a command of the program, and of all that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "PUSHPULL_PYTHON": sys.executable}
    command = [program or _program.program(), *map(str, words)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def compare(changes: dict, points: int, shards: int) -> tuple[float, float]:
    """Processor seconds of one process, and of Dask; the bytes are compared."""
    with tempfile.TemporaryDirectory() as scratch:
        file = write(changes, points, scratch)
        one = cost("run", file, "--out", f"{scratch}/one", "--quiet")
        dask = cost("run", file, "--out", f"{scratch}/many", "--quiet", "--on", "dask:local", "--shards", shards)
        for table in ("runs.csv", "samples.bin", "summary.csv"):
            assert Path(scratch, "one", table).read_bytes() == Path(scratch, "many", table).read_bytes(), table
    return one, dask


def plan(changes: dict, points: int, scratch: str) -> Path:
    path = Path(scratch, "plan.json")
    path.write_text(_program.call(["plan", str(write(changes, points, scratch))]))
    return path


def parts(shards: int) -> list[float]:
    """Processor seconds of Python, of a cluster without tasks, of the shards of tiny runs, and of their merge."""
    with tempfile.TemporaryDirectory() as scratch:
        file = plan(TINY, 4, scratch)
        python = cost("-c", IMPORT, program=sys.executable)
        cluster = cost("-c", CLUSTER, program=sys.executable) - python
        made = 0.0
        for index in range(1, shards + 1):
            out = f"{scratch}/shards/{index}-of-{shards}"
            made += cost("run", file, "--shard", f"{index}/{shards}", "--jobs", 1, "--out", out, "--quiet")
        return [python, cluster, made, cost("merge", f"{scratch}/shards", "--out", f"{scratch}/out", "--jobs", 1)]


def shard(points: int) -> tuple[float, int]:
    """Processor seconds of a shard of one tiny run, and the bytes of its plan."""
    with tempfile.TemporaryDirectory() as scratch:
        file = plan(WIDE, points, scratch)
        words = ["--shard", f"1/{2 * points}", "--out", f"{scratch}/shard", "--quiet"]
        return cost("run", file, *words), file.stat().st_size


def merge(replications: int, shards: int = 8) -> tuple[float, int]:
    """Processor seconds of a merge without its sample, and the bytes of the shards."""
    with tempfile.TemporaryDirectory() as scratch:
        file = plan({**TINY, "replications": replications}, 4, scratch)
        for index in range(1, shards + 1):
            out = f"{scratch}/shards/{index}-of-{shards}"
            _program.call(["run", str(file), "--shard", f"{index}/{shards}", "--out", out, "--quiet"])
        size = sum(path.stat().st_size for path in Path(scratch, "shards").glob("*/*.*"))
        return cost("merge", f"{scratch}/shards", "--out", f"{scratch}/out", "--no-double-check"), size


def main(repeats: int) -> None:
    print("| sweep | one process | Dask | ratio | aim |\n|---|---:|---:|---:|---:|", flush=True)
    for name, changes, points, shards, aim in CASES:
        ones, many = zip(*(compare(changes, points, shards) for _ in range(repeats)), strict=True)
        one, dask = statistics.median(ones), statistics.median(many)
        print(f"| {name} | {one:.2f} s | {dask:.2f} s | {dask / one:.2f} | {aim or ''} |", flush=True)
        if changes is TINY and aim:
            tiny, of_tiny = dask, shards
    print(f"\n| part of {tiny:.2f} s | processor time |\n|---|---:|", flush=True)
    measured = [statistics.median(seconds) for seconds in zip(*(parts(of_tiny) for _ in range(repeats)), strict=True)]
    names = ["Python with Dask, imported", "scheduler and worker, begun and ended", f"{of_tiny} simulators", "merge"]
    for name, seconds in zip([*names, "the rest: Dask's tasks"], [*measured, tiny - sum(measured)], strict=True):
        print(f"| {name} | {seconds:.2f} s |", flush=True)
    print("\n| part | processor time | bytes |\n|---|---:|---:|", flush=True)
    for points in POINTS:
        seconds, size = map(statistics.median, zip(*(shard(points) for _ in range(repeats)), strict=True))
        print(f"| a shard of one run, of a plan of {points:,} points | {seconds:.3f} s | {size:,.0f} |", flush=True)
    for replications in MERGED:
        seconds, size = map(statistics.median, zip(*(merge(replications) for _ in range(repeats)), strict=True))
        print(f"| a merge of {8 * replications:,} runs of 8 shards | {seconds:.3f} s | {size:,.0f} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
