"""Runs a plan file on the workers of a Dask scheduler; `pushpull run FILE --on dask:ADDRESS` starts it.

There are many more shards than workers, so a fast worker takes more. A shard whose worker dies is made by another one. A
shard that takes much longer than the others is begun a second time. Finished shards are kept beside the result folder, so
the same command goes on where it stopped. The result folder has the bytes that one machine would have written.
"""

from __future__ import annotations

import signal

if __name__ == "__main__":
    # Until there is something to end in order, Ctrl-C ends the command at once.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse
import asyncio
import contextlib
import itertools
import json
import logging
import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from . import _progress, shards
from ._program import Error, Invalid, Temporary, call

SHARDS_PER_THREAD = 8
SHARDS_MAX = 4096
RETRIES = 3
# A shard is begun again if it takes this many times the median of the others.
STRAGGLER = 3.0
# Seconds that a scheduler has to answer, and to have a worker.
PATIENCE = 10
# Seconds in which a worker comes after all are gone.
REPLACED = 600

Told = Callable[[dict], None]


GO_ON = "the same command goes on from there"


class Lost(Temporary):
    """All workers that had the plan are gone. Others can take it."""


@contextlib.contextmanager
def answering(client: Any, address: str) -> Iterator[None]:
    """Tells a scheduler that ends, and a disk that fails, while the shards are made."""
    try:
        yield
    except Error:
        raise
    except Exception as failure:
        if isinstance(failure, OSError) and failure.filename:
            raise Temporary(f"{failure.filename}: {failure.strerror}; {GO_ON}", 75) from None
        if client.status == "running" and not isinstance(failure, (OSError, TimeoutError, asyncio.TimeoutError)):
            raise
        why = str(failure).splitlines()[0] if str(failure) else type(failure).__name__
        raise Temporary(f"--on dask:{address}: the scheduler does not answer any more: {why}; {GO_ON}", 75) from None


def connect(address: str) -> Any:
    """A client of the scheduler at `address`, or of workers of this machine (`local`)."""
    from dask import config
    from distributed import Client, LocalCluster

    if address == "local":
        # The simulators are processes of their own, so the worker needs none.
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        # Errors are told once, at the end.
        quiet = {"silence_logs": logging.CRITICAL, "dashboard_address": None}
        # Any free port: that of a dashboard may be in use, which Dask would tell.
        quiet["scheduler_kwargs"] = {"dashboard_address": "127.0.0.1:0"}
        # Threads that wait for a simulator need no profile, and a loop without a dashboard no measure of its delay.
        with config.set({"distributed.worker.profile.enabled": False, "distributed.admin.tick.interval": "1s"}):
            return Client(LocalCluster(n_workers=1, threads_per_worker=cores, processes=False, **quiet))
    try:
        return Client(address, timeout=PATIENCE)
    except (OSError, TimeoutError, asyncio.TimeoutError) as failure:
        why = str(failure).splitlines()[0] if str(failure) else type(failure).__name__
        raise Temporary(f"--on dask:{address}: the scheduler does not answer: {why}", 75) from None
    except (TypeError, ValueError, RuntimeError, ImportError) as failure:
        # A protocol that is not known, or that lacks its package or its certificate.
        raise Invalid(f"--on dask:{address}: {failure}", 2) from None


def check(client: Any, address: str, store: str | None) -> int:
    """Compares versions, and writes a probe into the store; the number of the workers' threads."""
    packages = {
        where: (told.get("packages") or {}).get("distributed")
        for where, told in client.get_versions(check=False).items()
        if where in ("client", "scheduler")
    }
    if packages["client"] != packages["scheduler"]:
        theirs, mine = packages["scheduler"], packages["client"]
        raise Invalid(f"--on dask:{address}: the scheduler has distributed {theirs}, accepted: {mine}, as here", 2)
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
    except (TimeoutError, asyncio.TimeoutError):
        raise Temporary(f"--on dask:{address}: the scheduler has no workers", 75) from None
    workers = client.scheduler_info(n_workers=-1)["workers"]
    mine = shards.identity()["version"]
    try:
        theirs = client.run(shards.identity, on_error="return")
    except Exception as failure:
        raise Invalid(f"--on dask:{address}: the workers cannot be asked: {failure}", 2) from None
    wrong = {worker: it for worker, it in theirs.items() if not isinstance(it, dict) or it["version"] != mine}
    if wrong:
        worker, it = next(iter(wrong.items()))
        has = f"has pushpull {it['version']}" if isinstance(it, dict) else f"cannot run pushpull ({it})"
        raise Invalid(f"--on dask:{address}: {len(wrong)} of {len(theirs)} workers differ: {worker} {has}, accepted: {mine}", 2)
    if store:
        probe(client, store)
    return sum(it["nthreads"] for it in workers.values())


def probe(client: Any, store: str) -> None:
    """Refuses a store that cannot be written and read here and by each worker, or that is another one there."""
    mine, trouble = shards.probe(store)
    files = [mine]
    try:
        answers = {"this machine": (mine, trouble)} if trouble else client.run(shards.probe, store, mine)
        files += [file for file, _ in answers.values()]
        for where, (_, trouble) in answers.items():
            if trouble:
                what, why = trouble
                told = f"cannot be written from {where}"
                if what == "shared":
                    told = f"is not shared: {where} does not read what this machine wrote"
                raise Invalid(f"--store {store}: {told}: {why}", 2)
        for where, (file, _) in answers.items():
            if why := shards.unread(store, file):
                raise Invalid(f"--store {store}: is not shared: this machine does not read what {where} wrote: {why}", 2)
    finally:
        with contextlib.suppress(Exception):
            client.run(shards.unprobe, store, files)
        shards.unprobe(store, files)


def run(
    client: Any,
    plan: str | Path,
    out: str | Path,
    *,
    count: int | None = None,
    jobs: int = 1,
    store: str | None = None,
    address: str = "",
    told: Told | None = None,
    merging: tuple[str, ...] = (),
    warnings: bool = True,
) -> None:
    """Makes the shards of a plan file on the workers of `client`, and merges them into `out`.

    `count`: number of shards. `jobs`: threads of each. `told`: is told of the progress of the whole. `warnings`: whether
    those of the merge are printed.
    """
    out = Path(out)
    planned = json.loads(Path(plan).read_bytes())
    folder = out.with_name(out.name + ".shards")
    folder.mkdir(parents=True, exist_ok=True)
    with answering(client, address), shards.locked(folder):
        threads = check(client, address, store)
        if store:
            store = f"{store.rstrip('/')}/{planned['digest'][:16]}"
        earlier = 0
        for file, place in rounds(Path(plan), folder, planned):
            planned = json.loads(file.read_bytes())
            of_place = shard_count(place, count, planned, threads)
            away = store and (f"{store}/{place.name}" if planned.get("round") else store)
            here = address == "local"
            for left in reversed(range(RETRIES + 1)):
                try:
                    collect(
                        client, file, place, of_place, jobs, away, threads, planned, earlier, here, told or (lambda told: None)
                    )
                    break
                except Lost:
                    if not left:
                        raise
                    wait_for_workers(client)
            earlier += planned["runs"]
        shards.merge(folder, out, "--jobs", str(jobs), *merging, warnings=warnings)


def rounds(plan: Path, folder: Path, planned: dict) -> Iterator[tuple[Path, Path]]:
    """Plan files and the folders of their shards: the plan itself, or the rounds of a wanted precision.

    Each round has the replications that are wanted after the ones before, so that a point that needs many is shared by all
    workers. The shards of a round are in place before the next one is planned.
    """
    if planned["runs"] is not None:
        yield plan, folder
        return
    for number in itertools.count(1):
        place = folder / f"round-{number}"
        if not (place / "plan.json").exists():
            text = call(["plan", str(plan), "--after", str(folder)])
            if not json.loads(text)["runs"]:
                return
            place.mkdir()
            aside = place / ".plan.json"
            aside.write_text(text, encoding="utf-8")
            aside.rename(place / "plan.json")
        yield place / "plan.json", place


def wait_for_workers(client: Any) -> None:
    """Waits until there is a worker again."""
    try:
        client.wait_for_workers(1, timeout=REPLACED)
    except (TimeoutError, asyncio.TimeoutError):
        why = f"the workers are gone, and none came within {REPLACED} s; {GO_ON}"
        raise Lost(why, 75) from None


def shard_count(folder: Path, count: int | None, planned: dict, threads: int) -> int:
    """The number of shards: as asked, as before, or by the workers' threads."""
    file = folder / "count"
    if count is None and file.exists():
        return int(file.read_text())
    # A later round has fewer runs than the number of shards that was asked for.
    count = max(1, min(count or SHARDS_PER_THREAD * threads, SHARDS_MAX if count is None else count, planned["runs"]))
    file.write_text(f"{count}\n")
    return count


def collect(
    client: Any,
    plan: Path,
    folder: Path,
    count: int,
    jobs: int,
    store: str | None,
    threads: int,
    planned: dict,
    earlier: int,
    here: bool,
    told: Told,
) -> None:
    """Gets every shard of a plan file into `folder`. `earlier`: runs of earlier rounds. `here`: the workers are of this machine."""
    from distributed import as_completed

    began = time.monotonic()
    shards.clear(folder, count)
    there = shards.kept(folder, count)
    stored = sum(json.loads((folder / f"{i}-of-{count}" / "manifest.json").read_text())["runs"] for i in there)
    made = events = 0
    if here and not store:
        for left in folder.glob(f"{shards.NEW}*"):
            shutil.rmtree(left, ignore_errors=True)
        task, shared, given = shards.work_beside, str(plan.absolute()), {"folder": str(folder.absolute())}
    else:
        shared = client.scatter(plan.read_bytes(), broadcast=True, hash=False, timeout=REPLACED)
        task, given = shards.work, {"store": store}
    for mark in folder.glob("*.failed"):
        mark.unlink()
    started: dict[int, float] = {}
    took: list[float] = []
    twice: set[int] = set()
    done = set(there)

    def submit(indices: list[int]) -> dict[Any, int]:
        # Impure with keys of their own, so that a second copy is a second task.
        keys = [f"pushpull-{planned['digest'][:12]}-{index}-of-{count}-{time.time_ns()}" for index in indices]
        plans = [shared] * len(indices)
        futures = client.map(task, plans, indices, count=count, jobs=jobs, **given, key=keys, retries=RETRIES, pure=False)
        return dict(zip(futures, indices, strict=True))

    futures = submit([index for index in range(1, count + 1) if index not in there])
    if not futures:
        return
    stream = as_completed(list(futures))
    while len(done) < count:
        future = next(stream)
        index = futures[future]
        if index in done:
            continue
        if future.status in ("cancelled", "lost"):
            client.cancel(list(futures))
            raise Lost(f"the workers are gone, and the plan with them; {GO_ON}", 75)
        if future.status == "error":
            raise trouble(future.exception())
        result = future.result()
        if "error" in result:
            client.cancel(list(futures))
            (folder / f"{index}-of-{count}.failed").write_text(f"{result['code']}\n")
            # The file that the worker had is gone.
            raise Error(result["error"].replace(result["plan"], shlex.quote(str(plan))), result["code"])
        try:
            shards.keep(result, folder, count, store)
        except OSError as failure:
            client.cancel(list(futures))
            raise Temporary(f"{folder}: cannot keep a shard: {failure}; {GO_ON}", 75) from None
        done.add(index)
        took.append(result["seconds"])
        made, events = made + result["runs"], events + result["events"]
        tell(told, planned, earlier, stored, made, events, done, count, began)
        if index in twice:
            for other, number in futures.items():
                if number == index and other is not future:
                    other.cancel()
        future.release()
        # No shard waits for a worker any more: the last ones are begun a second time on idle workers.
        if 0 < count - len(done) <= threads:
            left = [index for index in range(1, count + 1) if index not in done]
            now = time.monotonic()
            for index in left:
                started.setdefault(index, now)
            follow(left, started, took, twice, submit, futures, stream)


def follow(left: list[int], started: dict, took: list, twice: set, submit: Any, futures: dict, stream: Any) -> None:
    """Waits for the last shards; begins each a second time when it takes too long."""
    usual = max(sorted(took)[len(took) // 2], 1.0)
    while stream.queue.empty() and len(twice) < len(left):
        for index in left:
            if index not in twice and time.monotonic() - started[index] > STRAGGLER * usual:
                twice.add(index)
                (copy,) = begun = submit([index])
                futures.update(begun)
                stream.add(copy)
        time.sleep(0.1)


def tell(
    told: Told, planned: dict, earlier: int, stored: int, made: int, events: int, done: set, count: int, began: float
) -> None:
    elapsed = time.monotonic() - began
    # How many runs follow after a round is not known.
    total = None if planned.get("round") else planned["runs"]
    left = None if total is None or not made else (total - stored - made) * elapsed / made
    told(
        {
            "runs": earlier + stored + made,
            "runs_total": total,
            "shards": len(done),
            "shards_total": count,
            "events": events,
            "elapsed_s": round(elapsed, 1),
            "left_s": None if left is None else round(left, 1),
        }
    )


def trouble(failure: BaseException) -> Error:
    """The error of a shard that no worker could make."""
    if isinstance(failure, Error):
        return failure
    if type(failure).__name__ == "KilledWorker":
        return Temporary(f"workers died while they made a shard, too often: {failure}", 75)
    return Error(f"{type(failure).__name__}: {failure}", 1)


class Lines(_progress.Silent):
    """A line every ten seconds, for a file."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, told: dict) -> None:
        if time.monotonic() - self.last >= 10:
            self.last = time.monotonic()
            print(_progress.words(told), file=sys.stderr, flush=True)


class Json(_progress.Silent):
    """A JSON object on each line."""

    def __call__(self, told: dict) -> None:
        print(json.dumps(told), file=sys.stderr, flush=True)


def shown(how: str) -> _progress.Silent:
    if how == "auto":
        return _progress.Line() if sys.stderr.isatty() else Lines()
    return Json() if how == "json" else _progress.Silent()


def interrupt(number: int, frame: Any) -> None:
    """Every signal ends the command as Ctrl-C does."""
    raise KeyboardInterrupt


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m pushpull.dask", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("plan", help="the plan file, as pushpull plan writes it")
    parser.add_argument("--out", required=True, help="the result folder")
    parser.add_argument("--scheduler", default="local", help="tcp://HOST:8786, or local [default: local]")
    parser.add_argument("--shards", type=int, help=f"[default: {SHARDS_PER_THREAD} for each thread of the workers]")
    parser.add_argument("--jobs", type=int, default=1, help="threads of a shard [default: 1]")
    parser.add_argument("--store", help="where workers leave shards, such as s3://BUCKET/FOLDER [default: sent to this machine]")
    parser.add_argument("--progress", choices=["auto", "json", "none"], default="auto")
    parser.add_argument("--overwrite", action="store_true")
    parser.add_argument("--no-double-check", action="store_true")
    options = parser.parse_args(argv)
    merging = [f"--{name.replace('_', '-')}" for name in ("overwrite", "no_double_check") if getattr(options, name)]
    told = shown(options.progress)
    try:
        client = connect(options.scheduler)
        # A lost connection is told once, at the end.
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
        for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
            signal.signal(number, interrupt)
        try:
            run(
                client,
                options.plan,
                options.out,
                count=options.shards,
                jobs=options.jobs,
                store=options.store,
                address=options.scheduler,
                told=told,
                merging=tuple(merging),
                warnings=options.progress != "none",
            )
        finally:
            told.close()
            if options.scheduler == "local":
                client.cluster.close()
            client.close()
    except Error as failure:
        print(f"error: {failure}", file=sys.stderr)
        return failure.code if failure.code > 0 else 75
    except KeyboardInterrupt:
        print(f"error: interrupted; {GO_ON}", file=sys.stderr)
        return 75
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Without the end of the interpreter, which frees each module of Dask: a tenth of a second.
    os._exit(code)
