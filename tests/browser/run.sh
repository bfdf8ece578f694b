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
# The page of eight strategies with names of 60 letters, and of two goals.
awk 'function long(name) { while (length(name) < 60) name = name "-and-so-on"; return substr(name, 1, 59) "x" }
    /^\[strategies\.[^.]*\]$/ { print "[strategies." long(substr($0, 13, length($0) - 13)) "]"; next }
    /^baseline = / { print "baseline = \"" long("push") "\""; next }
    /^"late_rate" = / { print; print "\"time_to_connect_p99_s\" = { at_most = \"1s\" }"; next }
    /^\[\[sweep\]\]/ { print "[strategies." long("push-again") "]\npush = { transport = \"core\", wait = \"none\" }\n" }
    { print }' "$root/experiments/incident.toml" >"$work/long-names.toml"
"$PUSHPULL" run "$work/long-names.toml" --out "$work/long-names" --replications 4 --quiet >/dev/null
"$PUSHPULL" report "$work/long-names" --page
node "$here/report.test.mjs" "$work/incident" "$work/restart" "$work/bus-outage" --page "$work/long-names"

# The explorer's module again from its sources, where the target is installed. The same sources and compiler give the same
# bytes; another compiler gives a module with the same results.
module=
if rustup target list --installed 2>/dev/null | grep -qx wasm32-unknown-unknown; then
    "$root/crates/explorer/build.sh" --to "$work/module" >&2
    module=$work/module/explorer.wasm.gz
    field() { sed -n "s/.*\"$1\": \"\(.*\)\".*/\1/p" "$2"; }
    old=$root/crates/explorer/explorer.json new=$work/module/explorer.json
    if [ "$(field sources "$old") $(field compiler "$old")" = "$(field sources "$new") $(field compiler "$new")" ]; then
        [ "$(field sha256 "$old")" = "$(field sha256 "$new")" ] || { echo "run.sh: explorer.wasm.gz is not what its sources give" >&2; exit 1; }
    else
        echo "run.sh: explorer.wasm.gz is of other sources or another compiler; crates/explorer/build.sh renews it" >&2
    fi
else
    echo "run.sh: the explorer's module is not built again; to do so: rustup target add wasm32-unknown-unknown" >&2
fi
node "$here/explorer.test.mjs" "$PUSHPULL" $module
node "$here/steps.test.mjs" "$PUSHPULL"

# 84 runs of ten minutes. Times depend on the machine, so they are printed and not judged.
"$PUSHPULL" explore "$root/experiments/incident.toml" --set horizon=10m --replications 12 --out "$work/incident.html" >/dev/null
node "$here/speed.mjs" "$work/incident.html" 3
