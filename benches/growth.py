#!/usr/bin/env python3
"""Measures how the cost of a run grows with clients, clients alive at once, gateways, and swept points.

    benches/growth.py [ROUNDS]      default: 3

Every row is benches/peers/push.toml with one change, run as a whole process on one core. Processor time is the minimum
of the rounds, memory the maximum (values below this script's own memory, some 22 MB, are not visible). Instructions are
counted by Valgrind, if it is installed, as the difference of two runs, one of them twice as long. The difference does
not include start-up and the writing of results.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "target/release/pushpull"
FILE = ROOT / "benches/peers/push.toml"


def command(out, settings):
    sets = [word for setting in settings for word in (("--vary" if "," in setting else "--set"), setting)]
    fixed = ["--quiet", "--overwrite", "--jobs", "1", "--no-double-check"]
    return [str(PROGRAM), "run", str(FILE), "--out", str(out), *fixed, *sets]


def time_and_memory(out, settings, rounds):
    """Processor seconds and peak memory in MB."""
    seconds, memory = [], []
    for _ in range(rounds):
        silent = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
        pid = os.posix_spawn(PROGRAM, command(out, settings), os.environ, file_actions=silent)
        _, status, usage = os.wait4(pid, 0)
        assert status == 0, settings
        seconds.append(usage.ru_utime + usage.ru_stime)
        memory.append(usage.ru_maxrss / 1000)
    return min(seconds), max(memory)


def instructions(out, settings):
    """Instructions executed by the whole process; None without Valgrind."""
    if not shutil.which("valgrind"):
        return None
    counts = f"{out}.callgrind"
    valgrind = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}"]
    subprocess.run([*valgrind, *command(out, settings)], check=True, capture_output=True)
    lines = Path(counts).read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(("summary:", "totals:")))


def row(name, clients, settings, horizon, rounds, out):
    seconds, memory = time_and_memory(out, [*settings, f"horizon={horizon}s"], rounds)
    text = f"{name:<34}{seconds / clients * 1e9:>9.0f} ns{memory:>9.1f} MB"
    short = max(1, horizon * 100_000 // clients)
    counts = [instructions(out, [*settings, f"horizon={length}s"]) for length in (short, 2 * short)]
    if None not in counts:
        text += f"{(counts[1] - counts[0]) / (short * clients / horizon):>9.0f} instructions"
    print(text, flush=True)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet"], cwd=ROOT, check=True)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        print("per client, 1000 arrivals a second")
        for horizon in (10, 100, 1_000, 10_000):
            row(f"{horizon * 1_000:,} clients", horizon * 1_000, [], horizon, rounds, out)
        print("\nper client, a million of them, about 2.4 s of each in the system at once")
        for rate in (1_000, 10_000, 100_000):
            settings = [f'clients.arrivals={{ poisson = "{rate}/s" }}']
            row(f"{rate:,}/s", 1_000_000, settings, 1_000_000 // rate, rounds, out)
        print("\nper client, a million of them in session to the end of the run")
        for name, rekey_after in (("without rekeys", "never"), ("with a rekey each 120 s", "120s")):
            settings = ['clients.session="10h"', 'clients.handshake.reject_after="never"', f'clients.handshake.rekey_after="{rekey_after}"']
            seconds, memory = time_and_memory(out, settings, rounds)
            print(f"{name:<34}{seconds / 1_000_000 * 1e9:>9.0f} ns{memory:>9.1f} MB", flush=True)
        print("\nper client, a hundred thousand of them")
        for gateways in (1, 10, 100, 1_000, 10_000):
            row(f"{gateways:,} gateways", 100_000, [f"gateways.count={gateways}"], 100, rounds, out)
        print("\nper client, a hundred at each point")
        for points in (10, 100, 1_000, 10_000):
            values = ",".join(f"{i / points / 10:.6f}" for i in range(points))
            seconds, memory = time_and_memory(out, ["horizon=100ms", f"bus.loss={values}"], rounds)
            print(f"{points:,} points{'':<24}{seconds / points / 100 * 1e9:>9.0f} ns{memory:>9.1f} MB")


if __name__ == "__main__":
    main()
