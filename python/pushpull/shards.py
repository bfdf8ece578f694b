"""Shards for any engine: a shard as a function of bytes, a store for shards, and the merge.

An engine calls `work(plan, index, count)` on any machine that has this package, as often as it likes: the result is the
same. It needs no shared disk. `keep` puts results into a folder, and `merge` makes the result folder of the whole.
Workers that have the folder on their disk call `work_beside` instead, which leaves the shard there.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from ._program import KINDS, Error, Failed, Temporary, error, program, version

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

# What the folder of a shard that is being made begins with.
NEW = ".new-"
# The file that keeps other commands out of a folder.
LOCK = ".lock"
# What a merge reads of a shard.
FILES = ("runs.csv", "samples.bin", "manifest.json")
# What a probe of a store writes.
PROBED = b"pushpull"


def identity() -> dict:
    """Which program this machine has; only shards of one build can be merged."""
    return {"version": version(), "host": socket.gethostname(), "python": sys.version.split()[0]}


def work(plan: bytes, index: int, count: int, jobs: int = 1, store: str | None = None) -> dict:
    """Makes shard `index` (from 1) of `count` of a plan file. Runs on a worker.

    Returns its files packed (`data`), or leaves them in `store`. An error that would come again is returned (`error`,
    `code`), one that may pass is raised, so that an engine tries again.
    """
    with scratch(index, count) as place:
        (place / "plan.json").write_bytes(plan)
        result = make(place / "plan.json", index, count, jobs, place / "out")
        if "error" not in result:
            data = pack(place / "out")
            if store:
                put(store, name(index, count), data)
            else:
                result["data"] = data
        return result


def work_beside(plan: str, index: int, count: int, jobs: int, folder: str) -> dict:
    """Makes a shard of the plan file `plan`, and leaves it in `folder`. Otherwise as `work`."""
    with scratch(index, count, folder) as place:
        result = make(Path(plan), index, count, jobs, place)
        if "error" not in result:
            place.rename(Path(folder, f"{index}-of-{count}"))
        return result


@contextlib.contextmanager
def scratch(index: int, count: int, folder: str | None = None) -> Iterator[Path]:
    """A folder for a shard that is being made. An error of the disk, or of the store, may pass."""
    try:
        place = Path(tempfile.mkdtemp(prefix=NEW, dir=folder))
        try:
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)
    except OSError as failure:
        raise Temporary(f"shard {index}/{count} on {socket.gethostname()}: {failure}", 75) from None


def make(plan: Path, index: int, count: int, jobs: int, out: Path) -> dict:
    """Makes a shard in the folder `out`."""
    began = time.monotonic()
    words = ["run", str(plan), "--shard", f"{index}/{count}", "--jobs", str(jobs), "--out", str(out), "--quiet"]
    # The program ends when its stdin does, so a worker that is killed leaves nothing behind.
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    with subprocess.Popen([program(), *words, "--end-with-stdin"], **pipes) as process:
        told = process.stderr.read().decode("utf-8", "replace")
        process.wait()
    if process.returncode:
        failure = error(process.returncode, told)
        text = f"shard {index}/{count} on {socket.gethostname()}: {failure}"
        if isinstance(failure, Temporary):
            raise Temporary(text, failure.code)
        return {"index": index, "error": text, "code": failure.code, "plan": str(plan)}
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    seconds = time.monotonic() - began
    return {"index": index, "data": None, "runs": manifest["runs"], "events": manifest["events"], "seconds": seconds}


def name(index: int, count: int) -> str:
    """The name of a shard in a store."""
    return f"{index}-of-{count}.tgz"


def pack(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
        for file in FILES:
            archive.add(folder / file, file)
    return buffer.getvalue()


def unpack(data: bytes, folder: Path) -> None:
    """Only the files of a shard, whatever else the archive holds."""
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for file in FILES:
            source = archive.extractfile(archive.getmember(file))
            if source is None:
                raise Failed(f"{file} of a shard is no file")
            (folder / file).write_bytes(source.read())


def filesystem(store: str):
    try:
        import fsspec
    except ImportError:
        raise Error("--store: fsspec is not installed; pip install fsspec, and s3fs for s3://", 2) from None
    try:
        return fsspec.core.url_to_fs(store)
    except (ImportError, ValueError) as failure:
        raise Error(f"--store {store}: {failure}", 2) from None


def put(store: str, file: str, data: bytes) -> None:
    """Writes an object. A folder gets a file under another name first, so that it appears whole."""
    system, path = filesystem(store)
    if "file" in (system.protocol if isinstance(system.protocol, tuple) else (system.protocol,)):
        os.makedirs(path, exist_ok=True)
        aside = f"{path}/.{file}.{os.getpid()}.{time.time_ns()}"
        system.pipe_file(aside, data)
        os.replace(aside, f"{path}/{file}")
    else:
        system.pipe_file(f"{path}/{file}", data)


def get(store: str, file: str) -> bytes:
    system, path = filesystem(store)
    return system.cat_file(f"{path}/{file}")


def probe(store: str, other: str | None = None) -> tuple[str, tuple[str, str] | None]:
    """Writes a file into the store and reads it, and the file `other` of another machine.

    The name of the file, and why the store is not `written` or not `shared`; None if it is both.
    """
    file = f".probe-{uuid.uuid4().hex}"
    try:
        put(store, file, PROBED)
        why = unread(store, file)
    except Exception as failure:  # each store has its own errors
        why = said(failure, store)
    if why:
        return file, ("written", why)
    if other and (why := unread(store, other)):
        return file, ("shared", why)
    return file, None


def unread(store: str, file: str) -> str | None:
    """Why the file of a probe cannot be read; None if it can."""
    try:
        return None if get(store, file) == PROBED else "what is written is not read back"
    except Exception as failure:
        return said(failure, store)


def unprobe(store: str, files: list[str]) -> None:
    """Removes the files of probes that are there."""
    for file in files:
        with contextlib.suppress(Exception):
            system, path = filesystem(store)
            system.rm_file(f"{path}/{file}")


def said(failure: Exception, store: str) -> str:
    if isinstance(failure, Error):
        return str(failure).removeprefix(f"--store {store}: ")
    return f"{type(failure).__name__}: {failure}"


def keep(result: dict, folder: str | Path, count: int, store: str | None = None) -> None:
    """Puts the result of `work` into `folder`, whole or not at all. Raises the error of a shard that failed."""
    if "error" in result:
        raise KINDS.get(result["code"], Failed)(result["error"], result["code"])
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    final = folder / f"{result['index']}-of-{count}"
    if final.exists():
        return
    data = result["data"] or get(store, name(result["index"], count))
    aside = Path(tempfile.mkdtemp(prefix=NEW, dir=folder))
    try:
        unpack(data, aside)
        os.rename(aside, final)
    except BaseException:
        shutil.rmtree(aside, ignore_errors=True)
        raise


def kept(folder: Path, count: int) -> set[int]:
    """The finished shards that `folder` has."""
    found = folder.glob(f"*-of-{count}")
    return {int(path.name.split("-")[0]) for path in found if finished(path)}


def finished(shard: Path) -> bool:
    """Whether a folder has a whole shard. One that was begun, as by a job of Slurm, has a manifest without an end."""
    try:
        manifest = json.loads((shard / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return manifest.get("ended") is not None and not manifest.get("failures")


def clear(folder: Path, count: int) -> None:
    """Removes shards that were begun and are not finished, so that others take their places."""
    for shard in folder.glob(f"*-of-{count}"):
        if not finished(shard):
            with locked(shard):
                shutil.rmtree(shard, ignore_errors=True)


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keeps other commands out of a folder, with the lock that the program takes.

    On a file system without locks, the folder is used without one.
    """
    file = folder / LOCK
    while True:
        with file.open("a") as lock:
            try:
                if fcntl:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Failed(f"{folder}: cannot write: another run is writing it") from None
            except OSError:
                pass
            # The program removes its lock at its end: another file may be in the place of this one.
            if file.exists() and os.path.samestat(os.fstat(lock.fileno()), file.stat()):
                yield
                return


def merge(folder: str | Path, out: str | Path, *options: str, warnings: bool = True) -> None:
    """Merges the shards of a folder; prints what the program prints, its warnings if `warnings`."""
    done = subprocess.run([program(), "merge", str(folder), "--out", str(out), *options], stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise error(done.returncode, done.stderr)
    if warnings:
        sys.stderr.write(done.stderr)
