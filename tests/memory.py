#!/usr/bin/env python3
"""The memory that `check` says an experiment asks for, beside the peak that a run with one thread takes.

    tests/memory.py [--program PATH]

Fails if a run takes more than it was said to ask for, or less than a tenth of it where that is 100 MB or more.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# Name, file, what is changed: peers, refreshes, a backlog, series, replications.
EXPERIMENTS = [
    ("half a million peers from the start", "incident", ["clients.existing=500000", "horizon=2m", "warmup=10s"]),
    ("2,000 arrivals a second for ten minutes", "incident", ['clients.arrivals={poisson="2000/s"}', "horizon=10m"]),
    (
        "refreshes of 20,000 peers every 10 ms",
        None,
        ["clients.existing=20000", "bus.delay=400ms", 'strategies.push.push.refresh_every="10ms"'],
    ),
    ("2,000 replications with 240 bins each", None, ["replications=2000", "output.bin=250ms"]),
    ("the incident as it is shipped", "incident", []),
]

SMALL = """
name = "small"
seed = 1
replications = 1
horizon = "1m"
warmup = "0s"
[gateways]
install = "1us"
[strategies.push]
push = {}
"""

UNITS = {"MB": 1e6, "GB": 1e9}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.environ.get("PUSHPULL", "target/release/pushpull"))
    program = os.path.abspath(parser.parse_args().program)
    wrong = 0
    print("| experiment | said | measured | most for |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        small = os.path.join(place, "small.toml")
        with open(small, "w") as file:
            file.write(SMALL)
        for index, (name, experiment, changes) in enumerate(EXPERIMENTS):
            file = os.path.join(ROOT, "experiments", f"{experiment}.toml") if experiment else small
            words = [file, *[word for change in changes for word in ("--set", change)]]
            if experiment:
                words += ["--replications", "1"]
            text = subprocess.run([program, "check", *words], capture_output=True, text=True, check=True).stdout
            said = re.search(r"memory +about ([\d.]+) (MB|GB) with one run.*most for (.*)", text)
            asked = float(said[1]) * UNITS[said[2]]
            out = os.path.join(place, str(index))
            run = [program, "run", *words, "--out", out, "--quiet", "--jobs", "1", "--no-double-check"]
            process = subprocess.Popen(run, stdout=subprocess.DEVNULL)
            _, status, used = os.wait4(process.pid, 0)
            if status:
                sys.exit(f"{' '.join(run)}: {status}")
            peak = used.ru_maxrss * 1024
            print(f"| {name} | {asked / 1e6:,.0f} MB | {peak / 1e6:,.0f} MB | `{said[3]}` |", flush=True)
            if peak > asked or (asked >= 1e8 and peak < asked / 10):
                wrong += 1
    if wrong:
        sys.exit(f"{wrong} are outside what is promised")


main()
