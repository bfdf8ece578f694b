#!/bin/sh
# Executes every notebook from top to bottom in a fresh environment; fails at the first error.
#
#   PUSHPULL   the program [default: pushpull in PATH, else the release build of this repository]
#   RESULTS    where result folders and the executed notebooks go, emptied first [default: results/notebooks]
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
RESULTS=${RESULTS:-$root/results/notebooks}
if [ -z "${PUSHPULL:-}" ]; then
    PUSHPULL=$(command -v pushpull || true)
    PUSHPULL=${PUSHPULL:-$root/target/release/pushpull}
fi
case $PUSHPULL in
    /*) ;;
    */*) PUSHPULL=$(pwd)/$PUSHPULL ;;
esac
"$PUSHPULL" --version || { echo "run.sh: no program at $PUSHPULL; build it, or set PUSHPULL" >&2; exit 1; }

environment=$(mktemp -d)
trap 'rm -rf -- "$environment"' EXIT
python3 -m venv "$environment"
"$environment/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"

mkdir -p -- "$RESULTS"
for old in incident latency; do
    rm -rf -- "$RESULTS/$old"
done
RESULTS=$(CDPATH='' cd -- "$RESULTS" && pwd)
export PUSHPULL RESULTS
export JUPYTER_PLATFORM_DIRS=1 MPLBACKEND=module://matplotlib_inline.backend_inline
"$environment/bin/python" "$here/execute.py" "$here" "$RESULTS"
