#!/bin/sh
# Builds the wheel for Linux with glibc 2.28 or later, and checks that its program asks for nothing newer.
#
#   python/build.sh [OUT]     OUT: where the wheel goes [default: results/wheels]
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
out=${1:-$here/../results/wheels}
oldest=2.28
mkdir -p -- "$out"
out=$(CDPATH='' cd -- "$out" && pwd)
environment=$(mktemp -d)
trap 'rm -rf -- "$environment"' EXIT
python3 -m venv "$environment"
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check 'maturin==1.16.*' 'ziglang==0.17.*'

# Zig links against the symbols of an old glibc, whatever this machine has.
PATH=$environment/bin:$PATH
export PATH
(cd "$here" && maturin build --release --zig --compatibility "manylinux_$(echo "$oldest" | tr . _)" --out "$out")
python3 - "$out" "$oldest" <<'CHECK'
import re, sys, zipfile
from pathlib import Path

folder, oldest = Path(sys.argv[1]), tuple(map(int, sys.argv[2].split(".")))
wheel = max(folder.glob("*.whl"), key=lambda path: path.stat().st_mtime)
with zipfile.ZipFile(wheel) as archive:
    name = next(name for name in archive.namelist() if name.endswith("/scripts/pushpull"))
    program = archive.read(name)
asked = {tuple(map(int, found.split(b"."))) for found in re.findall(rb"GLIBC_(\d+\.\d+)", program)}
assert asked, "a program that asks for no glibc is not what this builds"
assert max(asked) <= oldest, f"{wheel.name} asks for glibc {max(asked)}"
print(f"{wheel}: {wheel.stat().st_size / 1e6:.1f} MB, asks for glibc {'.'.join(map(str, max(asked)))}")
CHECK
