#!/usr/bin/env python3
"""Kills the program at random moments, fills its disk, starts it twice, and compares all bytes with an undisturbed run.

    tests/kills.py [--kills N] [--seed N] [--program PATH]      default: 100 kills, a seed from the clock, printed

The program is killed while it runs, resumes, overwrites, merges, plots, writes a report and reproduces: with SIGKILL,
SIGINT, SIGTERM or SIGHUP, once or twice, after a random time. After each kill every visible file must be whole, a
folder that says `ended` must have all its files, and no file of others may be missing. In the end the same command must
give the bytes of the undisturbed folder, without temporary files. After a signal other than SIGKILL the program must end
within a second and leave no temporary file.

A full disk is a tmpfs of a few pages if the user may mount one, otherwise a limit on the size of files. Two programs on
one folder: one of them completes, the other reports that another program is writing, and the bytes are right.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

EXPERIMENT = """
name = "kills"
seed = 7
replications = 12
horizon = "40s"
warmup = "5s"
[clients]
arrivals = { poisson = "5/s" }
session = { exponential = "10s" }
returns = { probability = 0.5, after = { exponential = "5s" } }
update_every = { exponential = "20s" }
[gateways]
count = 3
[strategies.push]
push = {}
[strategies.jit]
pull = {}
evict = { idle_after = "5s", every = "3s" }
[[sweep]]
"bus.loss" = [0.0, 0.1]
[output]
bin = "5s"
"""

DATA = ["runs.csv", "summary.csv", "compare.csv", "pairs.csv", "distributions.csv", "timeseries.csv", "samples.bin"]
SIDES = DATA[1:6]
SIGNALS = [signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
NOTES = "not ours\n"


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Killer:
    def __init__(self, program, place, chance):
        self.program, self.place, self.chance = program, place, chance
        self.bad, self.kills, self.states, self.slowest = [], {}, {}, 0.0
        self.file = self.path("kills.toml")
        with open(self.file, "w") as file:
            file.write(EXPERIMENT)

    def path(self, *names):
        return os.path.join(self.place, *names)

    def command(self, *words):
        return [self.program, *words]

    def do(self, *words, **options):
        """Runs the program to its end."""
        return subprocess.run(self.command(*words), capture_output=True, text=True, timeout=100, **options)

    def must(self, *words):
        done = self.do(*words)
        if done.returncode:
            raise SystemExit(f"{' '.join(words)}: {done.returncode}\n{done.stderr}")
        return done.stdout

    def fail(self, text):
        self.bad.append(text)
        print("BAD", text, flush=True)

    # The expected folder.

    def prepare(self):
        self.whole = self.path("whole")
        began = time.monotonic()
        self.must("run", self.file, "--quiet", "--out", self.whole)
        self.run_time = time.monotonic() - began
        self.shards = [self.path(f"shard{index}") for index in (1, 2)]
        for index, shard in enumerate(self.shards, 1):
            self.must("run", self.file, "--quiet", "--shard", f"{index}/2", "--out", shard)
        self.drawn = self.path("drawn")
        shutil.copytree(self.whole, self.drawn)
        began = time.monotonic()
        self.must("plot", self.drawn)
        self.plot_time = time.monotonic() - began
        self.must("report", self.drawn)
        self.other = self.path("other")
        self.must("run", self.file, "--quiet", "--seed", "8", "--out", self.other)

    def differs(self, folder, name, expected=None):
        return read(os.path.join(folder, name)) != read(os.path.join(expected or self.whole, name))

    def check_part(self, folder, where, expected=None):
        """Every visible file is whole, and a folder marked as complete is complete."""
        names = os.listdir(folder) if os.path.isdir(folder) else []
        for name in SIDES:
            if name in names and self.differs(folder, name, expected):
                self.fail(f"{where}: {name} is torn")
        if "runs.csv" in names:
            if not read(os.path.join(expected or self.whole, "runs.csv")).startswith(read(os.path.join(folder, "runs.csv"))):
                self.fail(f"{where}: runs.csv is no beginning of the right one")
        state = "nothing"
        if "manifest.json" in names:
            ended = json.loads(read(os.path.join(folder, "manifest.json")))["ended"]
            state = "ended" if ended else "begun"
            missing = [name for name in DATA if name not in names]
            if ended and missing:
                self.fail(f"{where}: says that it has ended, and {missing} are missing")
        self.states[state] = self.states.get(state, 0) + 1

    def check_whole(self, folder, where, others=()):
        for name in DATA:
            if not os.path.exists(os.path.join(folder, name)):
                self.fail(f"{where}: {name} is missing")
            elif self.differs(folder, name):
                self.fail(f"{where}: {name} differs")
        left = set(os.listdir(folder)) - set(DATA) - {"manifest.json"} - set(others)
        if left:
            self.fail(f"{where}: left behind: {sorted(left)}")

    def check_drawn(self, folder, where, ended):
        """Every figure and the report are whole or absent."""
        for path, _, names in os.walk(folder):
            for name in names:
                if name.startswith(".") and name.endswith(".part"):
                    continue
                file = os.path.join(path, name)
                other = os.path.join(self.drawn, os.path.relpath(file, folder))
                if name != "manifest.json" and read(file) != read(other):
                    self.fail(f"{where}: {name} differs")
        if ended:
            for path, _, names in os.walk(self.drawn):
                for name in names:
                    if name != "report.html" and not os.path.exists(
                        os.path.join(folder, os.path.relpath(os.path.join(path, name), self.drawn))
                    ):
                        self.fail(f"{where}: {name} is missing")

    # Kills.

    def kill(self, kind, span, *words):
        """Starts the program and sends it a signal, or two, after a time up to `span`."""
        sent = self.chance.choice(SIGNALS)
        before = self.parts()
        program = subprocess.Popen(self.command(*words), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        time.sleep(self.chance.random() * span)
        alive = program.poll() is None
        if alive:
            program.send_signal(sent)
            self.kills[kind] = self.kills.get(kind, 0) + 1
            if self.chance.random() < 0.2:
                time.sleep(self.chance.random() * 0.02)
                program.send_signal(sent)
        began = time.monotonic()
        try:
            _, errors = program.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            program.kill()
            program.communicate()
            self.fail(f"{kind}: {sent.name} did not end it")
            return
        took = time.monotonic() - began
        if alive and sent != signal.SIGKILL:
            self.slowest = max(self.slowest, took)
            if took > 1.5:  # a second, and what a busy machine adds
                self.fail(f"{kind}: {sent.name} ended it after {took:.2f} s")
            left = self.parts() - before
            if left:
                self.fail(f"{kind}: {sent.name} left {left}")
        # A signal may come before the handler is installed, or after the program has ended.
        if program.returncode not in (0, 75, -sent):
            self.fail(f"{kind}: exit {program.returncode} {errors!r}")
        if program.returncode == 75 and (sent == signal.SIGKILL or not alive):
            self.fail(f"{kind}: exit 75 {errors!r}")

    def parts(self):
        """The existing temporary files."""
        return {
            os.path.join(path, name)
            for path, folders, names in os.walk(self.place)
            for name in folders + names
            if name.endswith((".part", ".again")) or name == ".lock"
        }

    def runs(self):
        """A run that is killed one to four times in a row, then resumed."""
        folder = self.path("r")
        shutil.rmtree(folder, ignore_errors=True)
        for _ in range(self.chance.randint(1, 4)):
            jobs = str(self.chance.choice([1, 2, 5]))
            self.kill("run", self.run_time * 1.2, "run", self.file, "--quiet", "--out", folder, "--resume", "--jobs", jobs)
            self.check_part(folder, "run")
        self.must("run", self.file, "--quiet", "--out", folder, "--resume")
        self.check_whole(folder, "resumed")

    def extensions(self):
        """More replications, killed."""
        folder = self.path("r")
        shutil.rmtree(folder, ignore_errors=True)
        self.must("run", self.file, "--quiet", "--replications", "5", "--out", folder)
        for _ in range(self.chance.randint(1, 2)):
            self.kill("extend", self.run_time * 0.8, "run", self.file, "--quiet", "--out", folder, "--resume")
        self.must("run", self.file, "--quiet", "--out", folder, "--resume")
        self.check_whole(folder, "extended")

    def overwrites(self):
        """Replaces results of another seed, with figures, a report and notes of a user."""
        folder = self.path("r")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.other, folder)
        self.must("plot", folder, "--format", "svg", "--figure", "waits")
        self.must("report", folder)
        for name in ("notes.txt", "figures/notes.svg"):
            with open(os.path.join(folder, name), "w") as file:
                file.write(NOTES)
        words = ["run", self.file, "--quiet", "--out", folder]
        for _ in range(self.chance.randint(1, 3)):
            self.kill("overwrite", self.run_time, *words, "--overwrite")
            manifest = json.loads(read(os.path.join(folder, "manifest.json")))
            self.check_part(folder, "overwrite", self.other if manifest["seed"] == 8 else self.whole)
        self.must(*words, "--overwrite")
        self.check_whole(folder, "overwritten", ["notes.txt", "figures"])
        if os.listdir(os.path.join(folder, "figures")) != ["notes.svg"]:
            self.fail(f"overwritten: figures are left: {os.listdir(os.path.join(folder, 'figures'))}")
        for name in ("notes.txt", "figures/notes.svg"):
            if read(os.path.join(folder, name)).decode() != NOTES:
                self.fail(f"overwritten: {name} is another")

    def merges(self):
        folder = self.path("r")
        shutil.rmtree(folder, ignore_errors=True)
        for _ in range(self.chance.randint(1, 2)):
            if os.path.exists(os.path.join(folder, "manifest.json")):
                if json.loads(read(os.path.join(folder, "manifest.json")))["ended"]:
                    break
            self.kill("merge", self.run_time * 0.4, "merge", *self.shards, "--out", folder)
            self.check_part(folder, "merge")
        self.must("merge", *self.shards, "--out", folder, "--overwrite")
        self.check_whole(folder, "merged")

    def pages(self):
        """Figures and a report of a finished folder."""
        folder = self.path("p")
        for kind, span in (("plot", self.plot_time), ("report", 0.1)):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(self.whole, folder)
            self.kill(kind, span, kind, folder)
            self.check_drawn(folder, kind, False)
        self.must("plot", folder)
        self.check_drawn(folder, "plotted", True)

    def reproductions(self):
        """A folder beside a user's folder whose name looks temporary."""
        home = self.path("home")
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(self.whole, os.path.join(home, "it"))
        for name in ("it.again", ".it.0.again"):
            shutil.copytree(self.other, os.path.join(home, name))
            with open(os.path.join(home, name, "notes.txt"), "w") as file:
                file.write(NOTES)
        before = set(os.listdir(home))
        self.kill("reproduce", self.run_time, "reproduce", os.path.join(home, "it"), "--quiet")
        after = set(os.listdir(home))
        if not before <= after:
            self.fail(f"reproduce: gone: {before - after}")
        self.check_whole(os.path.join(home, "it"), "reproduced")
        for name in ("it.again", ".it.0.again"):
            if self.differs(os.path.join(home, name), "runs.csv", self.other):
                self.fail(f"reproduce: {name} is another")
        self.must("reproduce", os.path.join(home, "it"), "--quiet")
        if set(os.listdir(home)) != after:
            self.fail(f"reproduce: left behind: {set(os.listdir(home)) - after}")

    # A full disk.

    def disks(self):
        """The same commands on a disk with some kilobytes; returns the kind of disk used."""
        disk = self.path("disk")
        os.makedirs(disk)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", disk], capture_output=True
        ).returncode == 0
        try:
            for kilobytes in (4, 12, 20, 40, 64, 100, 160):
                for words in (
                    ["run", self.file, "--quiet", "--jobs", "1", "--out", os.path.join(disk, "r")],
                    ["merge", *self.shards, "--out", os.path.join(disk, "r")],
                    ["plot", self.whole, "--out", os.path.join(disk, "figures")],
                    ["report", self.whole, "--out", os.path.join(disk, "report.html")],
                ):
                    self.full(disk, kilobytes, words, mounted)
        finally:
            if mounted:
                subprocess.run(["umount", disk], check=True)
        return "a full tmpfs" if mounted else "a limit on the size of files"

    def full(self, disk, kilobytes, words, mounted):
        for name in os.listdir(disk):
            shutil.rmtree(os.path.join(disk, name)) if os.path.isdir(os.path.join(disk, name)) else os.remove(
                os.path.join(disk, name)
            )
        if mounted:
            subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", disk], check=True)
            done = self.do(*words)
        else:
            shell = f"trap '' XFSZ; ulimit -f {kilobytes * 2}; exec \"$@\""
            line = ["sh", "-c", shell, "sh", *self.command(*words)]
            done = subprocess.run(line, capture_output=True, text=True, timeout=100)
        where = f"{words[0]} on a disk of {kilobytes} kB"
        if done.returncode not in (0, 75):
            self.fail(f"{where}: exit {done.returncode} {done.stderr}")
        if done.returncode == 75 and not ("cannot" in done.stderr and disk in done.stderr):
            self.fail(f"{where}: no file is named: {done.stderr}")
        self.states["disk full"] = self.states.get("disk full", 0) + (done.returncode == 75)
        parts = [name for _, _, names in os.walk(disk) for name in names if name.endswith(".part") or name == ".lock"]
        if parts:
            self.fail(f"{where}: left behind: {parts}")
        folder = os.path.join(disk, "r")
        if os.path.isdir(folder):
            self.check_part(folder, where)
        if words[0] == "run" and os.path.isdir(folder):
            if mounted:
                subprocess.run(["mount", "-o", "remount,size=64m", disk], check=True)
            self.must("run", self.file, "--quiet", "--out", folder, "--resume")
            self.check_whole(folder, where + ", resumed")

    # Two programs.

    def twins(self):
        """Two programs on one folder at once; returns how often one of them was refused."""
        refused = 0
        for _ in range(8):
            folder = self.path("r")
            shutil.rmtree(folder, ignore_errors=True)
            words = self.command("run", self.file, "--quiet", "--out", folder, "--resume")
            pipes = {"stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
            one = subprocess.Popen(words, **pipes)
            time.sleep(self.chance.random() * self.run_time)
            other = subprocess.Popen(words, **pipes)
            for program in (one, other):
                _, errors = program.communicate(timeout=100)
                turned_away = program.returncode == 1 and "another run is writing it" in errors
                refused += turned_away
                if program.returncode and not turned_away:
                    self.fail(f"two programs: exit {program.returncode} {errors}")
            self.check_whole(folder, "two programs")
        for kind in ("plot", "report"):
            folder = self.path("p")
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(self.whole, folder)
            programs = [subprocess.Popen(self.command(kind, folder), stdout=subprocess.DEVNULL) for _ in range(2)]
            if any([program.wait() for program in programs]):
                self.fail(f"two programs: {kind}")
            self.check_drawn(folder, f"two programs: {kind}", kind == "plot")
        return refused


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--program", default=os.environ.get("PUSHPULL", "target/release/pushpull"))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    place = tempfile.mkdtemp(prefix="pushpull-kills-")
    try:
        killer = Killer(os.path.abspath(arguments.program), place, random.Random(arguments.seed))
        killer.prepare()
        full = killer.disks()
        refused = killer.twins()
        kinds = [killer.runs, killer.extensions, killer.overwrites, killer.merges, killer.pages, killer.reproductions]
        while sum(killer.kills.values()) < arguments.kills and len(killer.bad) < 20:
            for kind in kinds:
                kind()
    finally:
        shutil.rmtree(place, ignore_errors=True)
    kills = ", ".join(f"{kind} {count}" for kind, count in killer.kills.items())
    print(f"{sum(killer.kills.values())} kills: {kills}; slowest end after a signal: {killer.slowest:.2f} s")
    print(f"folders found after them: {killer.states}; full disk: {full}; turned away from a folder in use: {refused}")
    print(f"wrong: {len(killer.bad)}")
    sys.exit(1 if killer.bad else 0)


main()
