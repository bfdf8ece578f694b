#!/usr/bin/env bash
# Draws the figures that the README and the docs show, from the shipped experiments.
#
#   plots/gallery.sh                    all of them; runs that this very program has made in results/ are not made again
#   plots/gallery.sh --kept             from the results that are in results/, whatever made them; nothing is run
#   plots/gallery.sh incident restart   only those of these experiments
#   plots/gallery.sh --check incident   draws them elsewhere and compares: exit 1 where a file differs
#
# PUSHPULL names the program; without it a release build is made.
set -euo pipefail
cd "$(dirname "$0")/.."

# experiment: figures, each a name for --figure, with :MEASURE where it is not the late rate and @POINT where it is not
# the one that the conclusion is about
gallery="
incident: sweep:stall_rate waits differences:stall_rate causes
restart: sweep:late timeline:stall_rate@0 timeline:stall_rate@9
api-outage: sweep:stall_rate timeline@2
bus-outage: sweep timeline:connected@2
staleness: freshness freshness:revoked_exposure_mean_s
strangers: sweep:stall_rate
answer: sweep:stall_rate waits@6
jetstream: sweep:stall_rate waits@4
replica: sweep:stall_rate
fleet: waits timeline:stall_rate table-size
watch: sweep timeline:api_utilization@16 timeline:api_utilization@19
morning: sweep:stall_rate timeline:api_utilization@3
"

check= kept=
while [[ ${1:-} = --* ]]; do
    case $1 in
        --check) check=yes ;;
        --kept) kept=yes ;;
        *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
    shift
done
if [ -z "${PUSHPULL:-}" ]; then
    cargo build --release --locked --quiet
    PUSHPULL=target/release/pushpull
fi
out=plots
if [ -n "$check" ]; then
    out=$(mktemp -d)
    trap 'rm -rf "$out"' EXIT
fi

known=$(sed -n 's/^\([a-z-]*\):.*/\1/p' <<<"$gallery")
for name in "$@"; do
    grep -qx -- "$name" <<<"$known" || { echo "no figures of $name; there are: ${known//$'\n'/ }" >&2; exit 2; }
done

# Makes the runs that are missing; results of another version of the experiment or the program are replaced.
simulate() {
    [ -z "$kept" ] || return 0
    local status=0 arguments=("experiments/$1.toml" --out "results/$1")
    if [ -d "results/$1" ]; then
        "$PUSHPULL" run "${arguments[@]}" --resume >/dev/null || status=$?
        [ $status = 2 ] || return $status
        arguments+=(--overwrite)
    fi
    "$PUSHPULL" run "${arguments[@]}" >/dev/null
}

drawn=()
while IFS=: read -r name figures; do
    if [ -z "$name" ] || { [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; }; then
        continue
    fi
    simulate "$name"
    draw() { drawn+=($("$PUSHPULL" plot "results/$name" --out "$out" --prefix "$name-" "$@")); }
    for figure in $figures; do
        arguments=(--figure "${figure%%[:@]*}")
        [[ $figure != *:* ]] || arguments+=(--measure "$(sed 's/.*:\([^@]*\).*/\1/' <<<"$figure")")
        [[ $figure != *@* ]] || arguments+=(--point "${figure#*@}")
        draw "${arguments[@]}" --format svg
        # the README has both grounds
        [ "$name" != incident ] || draw "${arguments[@]}" --format svg --theme dark
    done
    # for slides, and for what shows no SVG
    [ "$name" != incident ] || draw --figure sweep --measure stall_rate --format png
done <<<"$gallery"

differs=0
for path in "${drawn[@]}"; do
    if [ -z "$check" ]; then
        echo "$path"
    elif ! cmp -s "$path" "plots/${path##*/}"; then
        echo "plots/${path##*/} is not what is drawn now: plots/gallery.sh" >&2
        differs=1
    fi
done
exit $differs
