#!/bin/sh
# Executes every notebook from top to bottom in a fresh environment, with the Python package of this repository, and puts
# the executed notebooks (.ipynb) beside their sources. Fails at the first error.
#
#   notebooks/run.sh --check   compares with the executed notebooks that are there, and writes none
#
# Result folders go into results/notebooks, which is emptied first.
#
#   PUSHPULL   the program [default: the release build of this repository]
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
case ${1:-} in
    '' | --check) ;;
    *) echo "run.sh: $1: accepted: --check" >&2; exit 2 ;;
esac
results=$root/results/notebooks
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

mkdir -p -- "$results"
for old in incident latency executed; do
    rm -rf -- "$results/$old"
done
# The notebooks show the path of their results: the one from their folder is the same everywhere.
unset RESULTS
export PUSHPULL
export JUPYTER_PLATFORM_DIRS=1 MPLBACKEND=module://matplotlib_inline.backend_inline
export PYTHONPATH="$root/python" PUSHPULL_PROGRESS=none
mkdir -- "$results/executed"
"$environment/bin/python" "$here/execute.py" "$here" "$results/executed"

if [ "${1:-}" = --check ]; then
    for made in "$results"/executed/*.ipynb; do
        cmp -- "$made" "$here/$(basename -- "$made")" || { echo "run.sh: notebooks/run.sh writes it anew" >&2; exit 1; }
    done
    echo "the executed notebooks are what their sources give"
else
    cp -- "$results"/executed/*.ipynb "$here"
fi
