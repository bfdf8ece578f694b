#!/usr/bin/env python3
"""Tests the random streams with TestU01's batteries, in every order in which the simulator reads them.

    benches/battery.py              every order: SmallCrush, and Rabbit and Alphabit over 2^27 bits; some 20 minutes
    benches/battery.py peers low    these orders only
    benches/battery.py --seed 2     other streams; the default is 1
    benches/battery.py --bits 30    more bits

The orders that begin with `poor` are deliberately poor, and must fail. Exit 1 if one of them passes, or another fails.
Needs cargo, a C compiler and TestU01 1.2.3 on the compiler's path (Debian: libtestu01-0-dev, in non-free).
docs/streams.md contains the results.
"""

import argparse
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MICRO = HERE / "micro"
BUILT = Path(os.environ.get("CARGO_TARGET_DIR", MICRO / "target")) / "release"
STREAMS, BATTERY = BUILT / "streams", BUILT / "battery"

# Distance of a p-value from 0 or 1. Of 1000 p-values of a good generator two are weak; with 2 of 10,000 seeds one
# fails.
WEAK, FAILED = 1e-3, 1e-7
LINE = re.compile(r"(\S+) (SmallCrush|Rabbit|Alphabit) (.+)")


def build():
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet", "--bin", "streams"], cwd=MICRO, check=True)
    libraries = ["-ltestu01", "-ltestu01probdist", "-ltestu01mylib", "-lm"]
    subprocess.run(["cc", "-O2", HERE / "battery.c", "-o", BATTERY, *libraries], check=True)


def results(order, seed, bits):
    """Every p-value of an order, with the name of its test."""
    stream = subprocess.Popen([STREAMS, order, str(seed)], stdout=subprocess.PIPE)
    battery = [BATTERY, str(bits)]
    printed = subprocess.run(battery, stdin=stream.stdout, check=True, capture_output=True, text=True).stdout
    stream.stdout.close()
    stream.wait()
    found = [match.groups() for match in map(LINE.fullmatch, printed.splitlines()) if match]
    found = [(float(p), f"{suite} {test}") for p, suite, test in found]
    return [(p, test) for p, test in found if p >= 0]  # −1: a test that was not made


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("orders", nargs="*", metavar="ORDER")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bits", type=int, default=27, metavar="LOG2")
    arguments = parser.parse_args()
    build()
    known = subprocess.run([STREAMS], check=True, capture_output=True, text=True).stdout.split()
    if unknown := set(arguments.orders) - set(known):
        parser.error(f"no such order: {' '.join(sorted(unknown))}; there are {' '.join(known)}")
    wrong, remarks = False, []
    print("| order | tests | weak | failed |\n|---|---:|---:|---:|")
    for order in arguments.orders or known:
        found = results(order, arguments.seed, arguments.bits)
        failed = sum(min(p, 1 - p) < FAILED for p, _ in found)
        weak = [(p, test) for p, test in found if FAILED <= min(p, 1 - p) < WEAK]
        poor = order.startswith("poor")
        wrong |= not found or (failed > 0) != poor
        print(f"| `{order}` | {len(found)} | {len(weak)} | {failed} |", flush=True)
        remarks += [f"{order}: {test}: p = {p:.6f}" for p, test in weak if not poor]
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"\n{(spent.ru_utime + spent.ru_stime) / 60:.0f} min of processor time", *remarks, sep="\n")
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
