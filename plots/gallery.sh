#!/usr/bin/env bash
# Draws the figures that the README and the docs show, from the shipped experiments.
#
#   plots/gallery.sh                    all of them; results are kept in results/ and taken up again from there
#   plots/gallery.sh incident restart   only those of these experiments
#   plots/gallery.sh --check incident   draws them elsewhere and compares: exit 1 where a file differs
#
# PUSHPULL names the program; without it a release build is made.
set -euo pipefail
cd "$(dirname "$0")/.."

# experiment: figures
gallery="
incident: sweep waits differences causes
"

check=
if [ "${1:-}" = --check ]; then
    check=yes
    shift
fi
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

drawn=()
while IFS=: read -r name figures; do
    if [ -z "$name" ] || { [ $# -gt 0 ] && [[ " $* " != *" $name "* ]]; }; then
        continue
    fi
    if [ -d "results/$name" ]; then
        "$PUSHPULL" run "experiments/$name.toml" --out "results/$name" --resume >/dev/null
    else
        "$PUSHPULL" run "experiments/$name.toml" --out "results/$name" >/dev/null
    fi
    chosen=()
    for figure in $figures; do
        chosen+=(--figure "$figure")
    done
    for theme in light dark; do
        drawn+=($("$PUSHPULL" plot "results/$name" "${chosen[@]}" --format svg --theme $theme --out "$out" --prefix "$name-"))
    done
    # for a slide, and for what shows no SVG
    drawn+=($("$PUSHPULL" plot "results/$name" --figure "${chosen[1]}" --format png --out "$out" --prefix "$name-"))
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
