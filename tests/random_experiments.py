#!/usr/bin/env python3
"""Checks that random experiments over all mechanisms give the same bytes in every way of running them.

    tests/random_experiments.py [--count N] [--first SEED] [--stress N] [--program PATH]     default: 300 and 6 rounds
    tests/random_experiments.py --show SEED                                                  prints one experiment

Each experiment is short. One job is compared with 2 or 7 jobs. Further comparisons are chosen at random: strategies in
another order, one strategy alone, shards merged, a folder cut at any byte and resumed, a run interrupted and resumed,
more replications later, `reproduce`. The stress test has many distributions, whose tables eight threads compute lazily.
"""

import argparse
import concurrent.futures
import csv
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

DATA = ["runs.csv", "summary.csv", "compare.csv", "pairs.csv", "distributions.csv", "timeseries.csv", "samples.bin"]


class Writer:
    """Writes one random experiment."""

    def __init__(self, seed):
        self.seed = seed
        self.chance = random.Random(seed)
        self.lines = []
        self.names = []
        self.swept = []

    def span(self, low, high):
        return f'"{self.chance.randint(low, high)}ms"'

    def share(self):
        return self.chance.choice(["0.0", "0.001", "0.01", "0.1", "0.5", str(round(self.chance.random(), 3))])

    def flag(self):
        return self.chance.choice(["true", "false"])

    def one_of(self, *names):
        return f'"{self.chance.choice(names)}"'

    def law(self, low=1, high=2000):
        kind = self.chance.randrange(6)
        a, b = sorted((self.chance.randint(low, high), self.chance.randint(low, high)))
        if kind == 0:
            return f'"{a}ms"'
        if kind == 1:
            return f'{{ uniform = ["{a}ms", "{b}ms"] }}'
        if kind == 2:
            return f'{{ exponential = "{a}ms" }}'
        if kind == 3:
            return f'{{ lognormal = {{ median = "{a}ms", p99 = "{a * self.chance.randint(1, 20)}ms" }} }}'
        if kind == 4:
            return f'{{ pareto = {{ min = "{a}ms", shape = {self.chance.choice([0.5, 1.0, 1.5, 2.5, 5.0])} }} }}'
        return '{ empirical = "values.csv" }'

    def put(self, key, value, odds=1.0):
        if self.chance.random() < odds:
            self.lines.append(f"{key} = {value}")

    def inline(self, *settings):
        """A table of randomly drawn settings; each setting is a key, a value and its probability."""
        drawn = [f"{key} = {value}" for key, value, odds in settings if self.chance.random() < odds]
        return "{ " + ", ".join(drawn) + " }" if drawn else "{}"

    def text(self):
        horizon = self.chance.randint(5, 40)
        self.lines.append(f'name = "random-{self.seed}"')
        self.put("seed", self.chance.randrange(2**63))
        self.put("horizon", f'"{horizon}s"')
        self.put("warmup", f'"{self.chance.randint(0, horizon // 3)}s"')
        self.put("stall_after", self.span(200, 6000), 0.7)
        self.put("recovery_window", '"5s"')
        if self.chance.random() < 0.15:
            width = self.chance.choice([0.02, 0.1])
            most = self.chance.randint(3, 8)
            self.put("precision", f'{{ measure = "stall_rate", absolute = {width}, at_most = {most} }}')
        else:
            self.put("replications", self.chance.randint(2, 4))
        self.clients()
        self.world(horizon)
        count = self.chance.randint(1, 3)
        for index in range(count):
            self.strategy(f"s{index}")
        self.put("[output]\nbin", self.one_of("1s", "5s", "7s"), 0.6)
        self.sweeps()
        return "\n".join(self.lines) + "\n"

    def clients(self):
        rate = self.chance.randint(1, 6)
        arrivals = [
            f'{{ poisson = "{rate}/s" }}',
            f'{{ poisson = "{rate}/s", peak = {{ factor = 3.0, period = "20s" }} }}',
            f"{{ every = {self.span(150, 900)} }}",
            '{ trace = "trace.csv" }',
        ]
        self.lines.append("[clients]")
        self.put("arrivals", self.chance.choice(arrivals))
        self.put("session", self.law(100, 15000))
        self.put("returns", f"{{ probability = {self.share()}, after = {self.law(10, 9000)} }}", 0.8)
        self.put("update_every", self.law(1000, 15000), 0.5)
        self.put("revoke_after", self.law(1000, 15000), 0.4)
        self.put("existing", self.chance.randint(0, 150), 0.4)
        devices = f"{{ count = {self.chance.randint(0, 200)}, first = {self.law(1, 40000)} }}"
        self.put("devices", devices, 0.4)
        self.put("strangers", f'"{self.chance.randint(0, 4)}/s"', 0.3)
        self.put("create_timeout", self.span(200, 9000), 0.3)
        self.put("create_attempts", self.chance.randint(1, 4), 0.3)
        self.lines.append("[clients.handshake]")
        self.put("retry_after", self.span(300, 5000), 0.7)
        self.put("initiations_max", self.chance.randint(1, 20), 0.5)
        self.put("rekey_after", self.span(2000, 100000), 0.5)
        self.put("reject_after", self.one_of("never", "1200ms", "7s", "120s"), 0.4)
        self.put("patience", self.span(500, 9000), 0.3)

    def world(self, horizon):
        self.lines.append("[path]")
        self.put("delay", self.law(1, 200), 0.7)
        self.put("loss", self.share(), 0.7)
        self.put("setup", self.law(1, 100), 0.3)
        self.lines.append("[api]")
        self.put("workers", self.chance.randint(1, 8), 0.7)
        self.put("queue_limit", self.chance.choice([0, 1, 5, 1000]), 0.5)
        self.put("create_service", self.law(1, 200), 0.7)
        self.put("fetch_service", self.law(1, 100), 0.5)
        self.put("client_delay", self.law(1, 100), 0.5)
        self.lines.append("[http]")
        self.put("delay", self.law(1, 100), 0.5)
        self.put("failure", self.share(), 0.5)
        self.put("setup_rtts", self.chance.randint(0, 3), 0.3)
        self.lines.append("[bus]")
        self.put("delay", self.law(1, 200), 0.7)
        self.put("loss", self.share(), 0.7)
        self.put("pending_limit", self.chance.choice([0, 1, 10, 500000]), 0.4)
        burst = f"{{ good = {self.span(100, 9000)}, bad = {self.span(10, 3000)}, loss = {self.share()} }}"
        self.put("burst", burst, 0.3)
        self.lines.append("[gateways]")
        self.put("count", self.chance.randint(1, 6))
        self.put("install", self.law(1, 50), 0.7)
        self.put("install_per_peer", f'"{self.chance.randint(0, 100)}us"', 0.4)
        self.put("remove", self.law(1, 50), 0.5)
        self.put("reload_per_peer", f'"{self.chance.randint(0, 1000)}us"', 0.4)
        self.lines.append("[replica]")
        self.put("service", self.law(1, 9), 0.5)
        self.put("sync_every", self.span(200, 5000), 0.5)
        self.put("transfer", self.law(1, 900), 0.5)
        for _ in range(self.chance.choice([0, 0, 1, 2])):
            target = self.chance.choice(["api", "http", "bus", "path", "gateway"])
            self.lines.append(f'[[faults]]\ntarget = "{target}"')
            if self.chance.random() < 0.6:
                self.put("at", f'"{self.chance.randint(0, horizon - 1)}s"')
            else:
                self.put("every", self.law(1000, 20000))
            self.put("for", self.law(100, 8000))
            if target == "bus":
                self.put("effect", '"delay"', 0.5)
            if target != "api":
                self.put("gateways", self.chance.choice(["0.5", "[0]", '"all"']), 0.5)

    def strategy(self, name):
        self.names.append(name)
        self.lines.append(f"[strategies.{name}]")
        known = ["push", "pull", "reconcile", "watch", "evict", "expire"]
        mechanisms = self.chance.sample(known, self.chance.randint(1, 4))
        if not {"push", "pull", "reconcile", "watch"} & set(mechanisms):
            mechanisms.append("pull")
        for mechanism in mechanisms:
            self.put(mechanism, getattr(self, mechanism)())
        self.put("persists", self.flag(), 0.2)

    def push(self):
        transport = self.chance.choice(["core", "jetstream", "http"])
        settings = [
            ("transport", f'"{transport}"', 1.0),
            ("wait", self.one_of("none", "ack"), 0.7),
            ("refresh_every", self.law(1000, 9000), 0.3),
            ("exhausted", self.one_of("reply", "error"), 0.4),
        ]
        if transport == "jetstream":
            settings += [
                ("ack_wait", self.span(300, 20000), 0.7),
                ("max_deliver", self.chance.choice([0, 1, 5]), 0.5),
                ("backoff", f"[{self.span(100, 900)}, {self.span(1000, 9000)}]", 0.3),
            ]
        else:
            settings += [
                ("attempts", self.chance.randint(1, 5), 0.7),
                ("timeout", self.law(50, 2000), 0.6),
                ("backoff", self.span(1, 900), 0.5),
            ]
        return self.inline(*settings)

    def pull(self):
        limit = f'{{ rate = "{self.chance.randint(1, 50)}/s", burst = {self.chance.randint(1, 20)} }}'
        return self.inline(
            ("transport", self.one_of("http", "bus"), 0.7),
            ("source", self.one_of("primary", "replica"), 0.6),
            ("fallback", self.flag(), 0.4),
            ("answer", self.one_of("retry", "initiate", "inline"), 0.8),
            ("attempts", self.chance.randint(1, 4), 0.6),
            ("timeout", self.span(50, 5000), 0.6),
            ("negative_ttl", self.span(0, 9000), 0.4),
            ("concurrency", self.chance.choice([0, 1, 3]), 0.4),
            ("ttl", self.span(500, 9000), 0.4),
            ("stale", self.one_of("serve", "block"), 0.4),
            ("invalidate", self.flag(), 0.4),
            ("rate_limit", limit, 0.3),
        )

    def reconcile(self):
        return self.inline(
            ("every", self.span(1000, 9000), 1.0),
            ("timeout", self.span(100, 9000), 0.6),
            ("attempts", self.chance.randint(1, 3), 0.5),
        )

    def watch(self):
        def or_never(value):
            return self.chance.choice([value, value, '"never"'])

        return self.inline(
            ("lifetime", or_never(self.law(500, 20000)), 0.8),
            ("history", or_never(self.span(1, 20000)), 0.6),
            ("forgets", self.flag(), 0.5),
            ("keepalive", or_never(self.span(50, 8000)), 0.6),
            ("timeout", self.span(50, 9000), 0.6),
            ("backoff", self.span(10, 2000), 0.6),
            ("backoff_max", self.span(10, 9000), 0.5),
            ("reset_after", or_never(self.span(100, 9000)), 0.5),
        )

    def evict(self):
        return self.inline(("idle_after", self.span(0, 9000), 1.0), ("every", self.span(500, 5000), 1.0))

    def expire(self):
        return self.inline(("after", self.law(1000, 9000), 1.0))

    def sweeps(self):
        blocks = [
            '"bus.loss" = [0.0, 0.2]',
            '"path.delay" = ["10ms", { exponential = "30ms" }]',
            'latin_hypercube = 3\n"path.loss" = { from = 0.0, to = 0.3 }\n"clients.session" = { from = "1s", to = "9s" }',
            '"http.delay" = ["1ms", "100ms"]\n"bus.delay" = ["1ms", "100ms"]',
            '"api.workers" = [1, 3]',
        ]
        for block in self.chance.sample(blocks, self.chance.choice([0, 1, 1, 2])):
            self.lines.append("[[sweep]]\n" + block)


def read(folder):
    bytes_of = {}
    for name in DATA:
        path = os.path.join(folder, name)
        if os.path.exists(path):
            with open(path, "rb") as file:
                bytes_of[name] = file.read()
    return bytes_of


class Trial:
    """One experiment, run in several ways."""

    def __init__(self, program, place, seed):
        self.program, self.seed = program, seed
        self.place = os.path.join(place, str(seed))
        os.makedirs(self.place)
        self.chance = random.Random(seed ^ 0x5EED)
        writer = Writer(seed)
        self.text, self.names = writer.text(), writer.names
        self.file = self.path("experiment.toml")
        with open(self.file, "w") as file:
            file.write(self.text)
        with open(self.path("values.csv"), "w") as file:
            file.write("seconds\n0.01\n0.02\n0.3\n0.05\n")
        with open(self.path("trace.csv"), "w") as file:
            file.write("t_s,gateway\n")
            file.writelines(f"{index * 0.08:.2f},{'' if index % 3 else 0}\n" for index in range(60))
        self.problems, self.comparisons = [], 0

    def path(self, name):
        return os.path.join(self.place, name)

    def do(self, *words):
        return subprocess.run([self.program, *words], capture_output=True, text=True, timeout=120)

    def run(self, out, *words):
        """Runs the experiment into a folder; returns whether it succeeded."""
        done = self.do("run", self.file, "--quiet", "--out", self.path(out), *words)
        if done.returncode:
            self.problems.append(f"{out}: exit {done.returncode}: {done.stderr[:500]}")
        return done.returncode == 0

    def compare(self, out):
        self.comparisons += 1
        found = read(self.path(out))
        for name in DATA:
            if found.get(name) != self.bytes.get(name):
                self.problems.append(f"{out}: {name} differs")

    def all(self):
        if not self.run("one-job", "--jobs", "1", "--no-double-check"):
            return
        self.bytes = read(self.path("one-job"))
        self.jobs()
        ways = [self.order, self.alone, self.shards, self.cut, self.interrupted, self.extended, self.reproduced]
        for way in self.chance.sample(ways, 3):
            way()

    def jobs(self):
        jobs = self.chance.choice(["2", "7"])
        if self.run(f"{jobs}-jobs", "--jobs", jobs):
            self.compare(f"{jobs}-jobs")

    def order(self):
        names = self.chance.sample(self.names, len(self.names))
        if self.run("order", "--no-double-check", *[word for name in names for word in ("--strategy", name)]):
            self.compare("order")

    def alone(self):
        if "precision" in self.text:
            return
        name = self.chance.choice(self.names)
        if not self.run("alone", "--no-double-check", "--strategy", name):
            return
        with open(self.path("one-job/runs.csv")) as one, open(self.path("alone/runs.csv")) as other:
            self.comparisons += 1
            if [row for row in csv.DictReader(one) if row["strategy"] == name] != list(csv.DictReader(other)):
                self.problems.append(f"alone: the rows of {name} differ")

    def shards(self):
        count = self.chance.randint(1, 4)
        folders = []
        for index in self.chance.sample(range(1, count + 1), count):
            jobs = self.chance.choice(["1", "3"])
            if not self.run(f"shard-{index}", "--shard", f"{index}/{count}", "--jobs", jobs):
                return
            folders.append(self.path(f"shard-{index}"))
        done = self.do("merge", *folders, "--out", self.path("merged"))
        if done.returncode:
            self.problems.append(f"merged: exit {done.returncode}: {done.stderr[:500]}")
        else:
            self.compare("merged")

    def cut(self):
        shutil.copytree(self.path("one-job"), self.path("cut"))
        for name in ("runs.csv", "samples.bin"):
            length = len(self.bytes[name])
            keep = self.chance.choice([length, self.chance.randint(0, length)])
            torn = bytes(self.chance.randint(0, 40)) if keep < length and self.chance.random() < 0.3 else b""
            with open(self.path(f"cut/{name}"), "wb") as file:
                file.write(self.bytes[name][:keep] + torn)
        if self.run("cut", "--resume", "--jobs", "2"):
            self.compare("cut")

    def interrupted(self):
        words = [self.program, "run", self.file, "--quiet", "--out", self.path("interrupted"), "--jobs", "2"]
        began = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(self.chance.random() * 0.1)
        began.send_signal(self.chance.choice([signal.SIGINT, signal.SIGKILL]))
        began.wait(timeout=20)
        if self.run("interrupted", "--resume", "--jobs", "2"):
            self.compare("interrupted")

    def extended(self):
        if "precision" not in self.text and self.run("extended", "--replications", "1"):
            if self.run("extended", "--resume"):
                self.compare("extended")

    def reproduced(self):
        done = self.do("reproduce", self.path("one-job"), "--quiet")
        self.comparisons += 1
        if done.returncode:
            self.problems.append(f"reproduce: exit {done.returncode}: {done.stdout}{done.stderr[:500]}")


def stress_text(seed):
    """Many runs at once that all need tables of distributions that have not been computed yet."""
    chance = random.Random(seed)
    laws = [
        '{{ lognormal = {{ median = "{a}ms", p99 = "{b}ms" }} }}',
        '{{ pareto = {{ min = "{a}ms", shape = 1.{b} }} }}',
        '{{ exponential = "{b}.{a}ms" }}',
    ]

    def law():
        return chance.choice(laws).format(a=chance.randint(1, 40), b=chance.randint(41, 400))

    def axis(key):
        return f'[[sweep]]\n"{key}" = [' + ", ".join(law() for _ in range(4)) + "]\n"

    return (
        f'name = "stress"\nseed = {seed}\nreplications = 2\nhorizon = "3s"\nwarmup = "0s"\n'
        f'[clients]\narrivals = {{ poisson = "4/s" }}\nsession = {law()}\nupdate_every = {law()}\n'
        f"revoke_after = {law()}\nreturns = {{ probability = 0.5, after = {law()} }}\n"
        f"[api]\ncreate_service = {law()}\nfetch_service = {law()}\nclient_delay = {law()}\n[http]\ndelay = {law()}\n"
        f"[gateways]\ncount = 2\ninstall = {law()}\nremove = {law()}\n[replica]\nservice = {law()}\ntransfer = {law()}\n"
        f'[strategies.a]\npush = {{ wait = "ack", attempts = 3, timeout = {law()} }}\n'
        f'[strategies.b]\npull = {{ source = "replica", identify = {law()} }}\nexpire = {{ after = {law()} }}\n'
        f"[strategies.c]\npush = {{ refresh_every = {law()} }}\n" + axis("path.delay") + axis("bus.delay")
    )


def stress(program, place, seed):
    """Problems of one round: eight jobs, twice, against one."""
    folder = os.path.join(place, f"stress-{seed}")
    os.makedirs(folder)
    file = os.path.join(folder, "stress.toml")
    with open(file, "w") as text:
        text.write(stress_text(seed))
    found = []
    for index, jobs in enumerate(["1", "8", "8"]):
        out = os.path.join(folder, str(index))
        words = [program, "run", file, "--quiet", "--no-double-check", "--jobs", jobs, "--out", out]
        done = subprocess.run(words, capture_output=True, text=True, timeout=120)
        if done.returncode:
            return [f"stress {seed}: exit {done.returncode}: {done.stderr[:500]}"]
        found.append(read(out))
    shutil.rmtree(folder)
    return [] if found[0] == found[1] == found[2] else [f"stress {seed}: eight jobs give other bytes than one"]


def trial(program, place, seed):
    one = Trial(program, place, seed)
    one.all()
    shutil.rmtree(one.place)
    return [f"experiment {seed}: {problem}" for problem in one.problems], one.comparisons


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--stress", type=int, default=6)
    parser.add_argument("--show", type=int)
    parser.add_argument("--program", default=os.environ.get("PUSHPULL", "target/release/pushpull"))
    arguments = parser.parse_args()
    if arguments.show is not None:
        print(Writer(arguments.show).text(), end="")
        return
    program = os.path.abspath(arguments.program)
    place = tempfile.mkdtemp(prefix="pushpull-random-")
    problems, comparisons = [], 0
    try:
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            seeds = range(arguments.first, arguments.first + arguments.count)
            for found, compared in pool.map(lambda seed: trial(program, place, seed), seeds):
                comparisons += compared
                for problem in found:
                    print("BAD", problem, flush=True)
                problems += found
        for seed in range(arguments.stress):
            found = stress(program, place, arguments.first + seed)
            problems += found
            for problem in found:
                print("BAD", problem, flush=True)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    runs = arguments.stress * 3 * 96
    print(
        f"{arguments.count} experiments from seed {arguments.first} on, {comparisons} comparisons of all bytes; "
        f"stress: {arguments.stress} rounds, {runs} runs; wrong: {len(problems)}"
    )
    sys.exit(1 if problems else 0)


main()
