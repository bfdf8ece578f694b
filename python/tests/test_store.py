"""An object store: shards go through it, with the same bytes. The store is moto's."""

import subprocess
import sys
import time
import urllib.request

import pushpull
import pytest
from pushpull import shards

pytest.importorskip("distributed")
pytest.importorskip("s3fs")
pytest.importorskip("moto")

PORT = 15555


@pytest.fixture
def bucket(monkeypatch):
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(PORT)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "FSSPEC_S3_ENDPOINT_URL": f"http://127.0.0.1:{PORT}",
    }.items():
        monkeypatch.setenv(name, value)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PORT}/", timeout=5).read()
                break
            except OSError:
                time.sleep(0.1)
        code = "import s3fs; s3fs.S3FileSystem().mkdir('shards')"
        subprocess.run([sys.executable, "-c", code], check=True)
        yield "s3://shards/small"
    finally:
        server.kill()
        server.wait()


def test_shards_go_through_the_store_with_the_same_bytes(small, result, bucket, tmp_path, monkeypatch):
    monkeypatch.setenv("PUSHPULL_PYTHON", sys.executable)
    stored = pushpull.run(small, out=tmp_path / "out", on="dask:local", store=bucket, shards=5, progress=False)
    for name in ("runs.csv", "samples.bin", "summary.csv", "distributions.csv"):
        assert (stored.folder / name).read_bytes() == (result.folder / name).read_bytes(), name
    code = "import s3fs; print(len(s3fs.S3FileSystem().find('shards/small')))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(printed) == 5, "one object a shard, and no probe"


def test_a_bucket_that_is_not_there_is_refused_before_anything_runs(small, bucket, tmp_path, monkeypatch):
    monkeypatch.setenv("PUSHPULL_PYTHON", sys.executable)
    with pytest.raises(pushpull.Invalid, match="--store s3://none/x: cannot be written"):
        pushpull.run(small, out=tmp_path / "out", on="dask:local", store="s3://none/x", shards=5, progress=False)
    assert shards.kept(tmp_path / "out.shards", 5) == set()
