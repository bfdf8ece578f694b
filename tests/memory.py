#!/usr/bin/env python3
"""Compares the memory estimate of `check` with the measured peak of a run with one thread.

    tests/memory.py [--program PATH]

Fails if a run takes more than its estimate, or, for an estimate of 100 MB or more, less than a tenth of the estimate.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

BASIC = """
name = "memory"
seed = 1
replications = 1
horizon = "1m"
warmup = "0s"
[api]
workers = 1000
[gateways]
install = "1us"
[strategies.push]
push = {}
"""

RICH = """
name = "memory"
seed = 1
replications = 1
horizon = "1m"
warmup = "0s"
[clients]
existing = 300000
update_every = { exponential = "10m" }
revoke_after = { exponential = "1h" }
[[faults]]
target = "gateway"
at = "30s"
for = "5s"
[strategies.all]
push = { wait = "ack", refresh_every = "1m", transport = "jetstream" }
pull = { ttl = "5m", source = "replica" }
reconcile = { every = "5m" }
evict = { idle_after = "10m", every = "1m" }
expire = { after = "30m" }
"""

REFRESHES = ["horizon=6s", "clients.existing=20000", "bus.delay=2s", 'strategies.push.push.refresh_every="50ms"']

# Name, text, changes: existing peers, arriving peers, refreshes, series, shipped experiments.
EXPERIMENTS = [
    ("300,000 peers, every mechanism", RICH, []),
    ("5,000 arrivals a second, push", BASIC, ['clients.arrivals={poisson="5000/s"}']),
    ("20,000 peers refreshed every 50 ms, 2 s on the way", BASIC, REFRESHES),
    ("2,000 replications of 240 bins", BASIC, ["replications=2000", "output.bin=250ms"]),
    ("the incident, one replication", None, ["replications=1"]),
]

UNITS = {"MB": 1e6, "GB": 1e9}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=os.environ.get("PUSHPULL", "target/release/pushpull"))
    program = os.path.abspath(parser.parse_args().program)
    wrong = 0
    print("| experiment | said | measured | most for |")
    print("|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        for index, (name, text, changes) in enumerate(EXPERIMENTS):
            file = os.path.join(ROOT, "experiments", "incident.toml")
            if text:
                file = os.path.join(place, f"{index}.toml")
                with open(file, "w") as experiment:
                    experiment.write(text)
            words = [file, *[word for change in changes for word in ("--set", change)]]
            listing = subprocess.run([program, "check", *words], capture_output=True, text=True, check=True).stdout
            said = re.search(r"memory +about ([\d.]+) (MB|GB) with one run.*most for (.*)", listing)
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
