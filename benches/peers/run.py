#!/usr/bin/env python3
"""Times the same workloads in this program and in other engines, side by side.

    benches/peers/run.py [ROUNDS]      default: 5

Every round runs each engine once, in turn, so that a change of the machine's speed affects all engines. Times are
processor time of the whole process, per client, customer or event; in the hold model minus that of a process that only
fills the queue. Ratios are medians over the rounds, relative to the plain heap. Each engine's answer is compared with
theory. SimPy is included if `import simpy` works (4.1.2 was used).
"""

import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILT = Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target")) / "release"

# Workload: the expected answer (mean, relative tolerance), and per engine (command, size, command that only fills).
HOLD, CUSTOMERS, CLIENTS = 2_000_000, 2_000_000, 1_000_000


def rust(engine, *arguments):
    return [str(BUILT / engine), *map(str, arguments)]


def simpy(*arguments):
    return [sys.executable, str(HERE / "simpy_peer.py"), *map(str, arguments)]


def workloads():
    for pending in (1_000, 100_000, 1_000_000):
        engines = {}
        for name in ("heap", "wheel", "desque", "nexosim"):
            engines[name] = (rust(name, "hold", HOLD, pending), HOLD, rust(name, "hold", 1, pending))
        if pending < 1_000_000:
            engines["simpy"] = (simpy("hold", HOLD // 20, pending), HOLD // 20, simpy("hold", 1, pending))
        # Each of N items is served once a second. The clock is slightly behind, because the last round is not complete.
        yield f"hold, {pending} pending, per event", 0, 1.0, 0.5 if pending == 1_000_000 else 0.05, engines
    engines = {name: (rust(name, "mm1", CUSTOMERS), CUSTOMERS, None) for name in ("heap", "desque", "nexosim")}
    engines["simpy"] = (simpy("mm1", CUSTOMERS // 10), CUSTOMERS // 10, None)
    yield "M/M/1 at load 0.8, per customer", 0, 4.0, 0.2, engines
    engines = {name: (rust(name, "push", CLIENTS), CLIENTS, None) for name in ("heap", "desque", "nexosim")}
    engines["simpy"] = (simpy("push", CLIENTS // 20), CLIENTS // 20, None)
    out = BUILT / "pushpull-results"
    command = [str(ROOT / "target/release/pushpull"), "run", str(HERE / "push.toml"), "--out", str(out)]
    command += ["--overwrite", "--quiet", "--jobs", "1", "--no-double-check"]
    engines["pushpull, full model"] = (command, CLIENTS, None)
    # p + (1 − p)·Φ(−ln(40/15)/√(0.8² + 0.4²)), p = 0.01
    yield "push, per client", 1, 0.1450, 0.05, engines


def run(command):
    """Processor seconds and the printed output."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, printed


def answer(engine, printed, column):
    if not engine.startswith("pushpull"):
        return float(printed.split()[column])
    lines = (BUILT / "pushpull-results/runs.csv").read_text().splitlines()
    return float(dict(zip(*(line.split(",") for line in lines)))["stall_rate"])


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    subprocess.run(["cargo", "build", "--release", "--locked", "--quiet"], cwd=ROOT, check=True)
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=HERE, check=True)
    has_simpy = subprocess.run([sys.executable, "-c", "import simpy"], capture_output=True).returncode == 0
    wrong, queue = False, []
    for title, column, expected, tolerance, engines in workloads():
        times = {engine: [] for engine in engines if has_simpy or engine != "simpy"}
        answers = {}
        for _ in range(rounds):
            for engine in times:
                command, size, filling = engines[engine]
                seconds, printed = run(command)
                if filling:
                    seconds -= run(filling)[0]
                times[engine].append(seconds / size * 1e9)
                answers[engine] = answer(engine, printed, column)
        queue += [statistics.median(times["wheel"])] if "wheel" in times else []
        print(f"\n{title}")
        for engine, nanos in times.items():
            ratio = statistics.median(mine / heap for mine, heap in zip(nanos, times["heap"]))
            fits = abs(answers[engine] - expected) <= tolerance * expected
            wrong |= not fits
            verdict = "" if fits else f"  WRONG: {expected} was expected"
            print(f"  {engine:<22}{statistics.median(nanos):>10.0f} ns{ratio:>9.2f} × heap   answer {answers[engine]:.4f}{verdict}")
    print(f"\nthe queue with the most pending costs {queue[-1] / queue[0]:.2f} times what it does with the fewest")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
