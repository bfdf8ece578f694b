#!/bin/sh
# Installs the wheel into a fresh environment and tests the package there.
#
#   WHEEL   the wheel [default: built for this machine]
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
environment=$(mktemp -d)
trap 'rm -rf -- "$environment"' EXIT
python3 -m venv "$environment"
pip="$environment/bin/python -m pip install --quiet --disable-pip-version-check"
if [ -z "${WHEEL:-}" ]; then
    python3 -m venv "$environment/build"
    "$environment/build/bin/python" -m pip install --quiet --disable-pip-version-check 'maturin==1.16.*'
    (cd "$here" && "$environment/build/bin/maturin" build --quiet --release --compatibility linux --out "$environment/wheels")
    WHEEL=$(echo "$environment"/wheels/*.whl)
fi
unset PUSHPULL PYTHONPATH || true
cp -R -- "$here/tests" "$environment/tests"

# Without any other package first: the package needs none.
$pip "$WHEEL"
cd "$environment"
"$environment/bin/python" - <<'ALONE'
import pushpull

experiment = {"name": "a", "seed": 1, "replications": 2, "horizon": "20s", "warmup": "0s", "strategies": {"jit": {"pull": {}}}}
result = pushpull.run(experiment, out="alone", progress=False)
assert isinstance(result.summary, dict) and result.manifest["runs"] == 2
assert result.figure("waits").svg.startswith("<svg")
ALONE
$pip --requirement "$here/requirements.txt"
"$environment/bin/python" -m pytest -q -rs tests
