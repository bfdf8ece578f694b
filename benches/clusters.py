#!/usr/bin/env python3
"""Measures what Dask costs: processor time of a sweep as tasks of local workers, over that of one process.

    benches/clusters.py [REPEATS]

Needs the Python package with `dask` (see docs/clusters.md). PUSHPULL names the program [default: that of the package].
"""

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from pushpull import _arguments, _program

# Name, runs, events of a run, shards, aim of the ratio.
CASES = [
    ("256 runs as 32 tasks", {"horizon": "40m", "replications": 32}, 4, 32, 1.3),
    ("10,000 tiny runs as 32 tasks", {"horizon": "20s", "replications": 1250}, 4, 32, 2.0),
    ("10,000 tiny runs as 256 tasks", {"horizon": "20s", "replications": 1250}, 4, 256, None),
    ("10,000 tiny runs as 1,024 tasks", {"horizon": "20s", "replications": 1250}, 4, 1024, None),
]


def experiment(changes: dict, points: int) -> dict:
    return {
        "name": "overhead",
        "seed": 1,
        "warmup": "0s",
        **changes,
        "gateways": {"count": 3},
        "strategies": {"push": {"push": {}}, "jit": {"pull": {}}},
        "sweep": [{"bus.loss": [index / 100 for index in range(points)]}],
    }


def cost(words: list[str]) -> float:
    """Processor seconds of a command and of all that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([_program.program(), *words], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(repeats: int) -> None:
    print("| sweep | one process | Dask | ratio | aim |\n|---|---:|---:|---:|---:|")
    for name, changes, points, shards, aim in CASES:
        ones, many = [], []
        for _ in range(repeats):
            with tempfile.TemporaryDirectory() as scratch:
                file = Path(_arguments.write(experiment(changes, points), scratch))
                ones.append(cost(["run", str(file), "--out", f"{scratch}/one", "--quiet"]))
                on = ["--on", "dask:local", "--shards", str(shards)]
                many.append(cost(["run", str(file), "--out", f"{scratch}/many", "--quiet", *on]))
                for table in ("runs.csv", "samples.bin", "summary.csv"):
                    assert Path(scratch, "one", table).read_bytes() == Path(scratch, "many", table).read_bytes(), table
        one, dask = statistics.median(ones), statistics.median(many)
        print(f"| {name} | {one:.1f} s | {dask:.1f} s | {dask / one:.2f} | {aim or ''} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
