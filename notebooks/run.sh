#!/bin/sh
# Executes every notebook from top to bottom in a fresh environment, with the Python package of this repository, and puts
# the executed notebooks (.ipynb) beside their sources. Fails at the first error.
#
#   notebooks/run.sh --check   compares with the executed notebooks that are there, and writes none
#
#   PUSHPULL   the program [default: the release build of this repository]
#   RESULTS    where result folders go, emptied first [default: results/notebooks]
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
case ${1:-} in
    '' | --check) ;;
    *) echo "run.sh: $1: accepted: --check" >&2; exit 2 ;;
esac
RESULTS=${RESULTS:-$root/results/notebooks}
PUSHPULL=${PUSHPULL:-$root/target/release/pushpull}
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
for old in incident latency executed; do
    rm -rf -- "$RESULTS/$old"
done
RESULTS=$(CDPATH='' cd -- "$RESULTS" && pwd)
export PUSHPULL RESULTS
export JUPYTER_PLATFORM_DIRS=1 MPLBACKEND=module://matplotlib_inline.backend_inline
export PYTHONPATH="$root/python" PUSHPULL_PROGRESS=none
mkdir -- "$RESULTS/executed"
"$environment/bin/python" "$here/execute.py" "$here" "$RESULTS/executed"

if [ "${1:-}" = --check ]; then
    for made in "$RESULTS"/executed/*.ipynb; do
        cmp -- "$made" "$here/$(basename -- "$made")" || { echo "run.sh: notebooks/run.sh writes it anew" >&2; exit 1; }
    done
    echo "the executed notebooks are what their sources give"
else
    cp -- "$RESULTS"/executed/*.ipynb "$here"
fi
