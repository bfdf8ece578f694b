#!/bin/sh
# Opens the reports and pages of some experiments in a real browser and looks at what a reader would.
#
#   PUSHPULL   the program [default: the release build of this repository, else pushpull in PATH]
#   CHROMIUM   the browser [default: /usr/bin/chromium]
#
# Needs Node.js 20 or later.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$(dirname -- "$here")")
PUSHPULL=${PUSHPULL:-$root/target/release/pushpull}
[ -x "$PUSHPULL" ] || PUSHPULL=$(command -v pushpull) || { echo "run.sh: no program; build it, or set PUSHPULL" >&2; exit 1; }

CHROMIUM=${CHROMIUM:-/usr/bin/chromium}
[ -x "$CHROMIUM" ] || { echo "run.sh: no browser at $CHROMIUM; install Chromium, or set CHROMIUM" >&2; exit 1; }
export CHROMIUM

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
npm ci --prefix "$here" --ignore-scripts --no-audit --no-fund --loglevel=error >&2

for name in incident restart bus-outage; do
    "$PUSHPULL" run "$root/experiments/$name.toml" --out "$work/$name" --replications 4 --quiet >/dev/null
    "$PUSHPULL" report "$work/$name"
    "$PUSHPULL" report "$work/$name" --page
done
node "$here/report.test.mjs" "$work/incident" "$work/restart" "$work/bus-outage"
