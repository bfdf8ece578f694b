#!/usr/bin/env bash
# Checks that every shipped experiment, shortened, gives the same bytes in debug and in release, with one job and with
# two.
#
#     tests/determinism.sh [PROGRAM...]     default: target/debug/pushpull target/release/pushpull, built first
#
# The span and slow build-ups are cut, and faults are moved into the rest; everything else is run unchanged.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ $# -eq 0 ]; then
    cargo build --quiet --locked
    cargo build --quiet --locked --release
    set -- target/debug/pushpull target/release/pushpull
fi
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

compared=0
for file in experiments/*.toml studies/signaling/signaling.toml; do
    name=$(basename "$file" .toml)
    settings=(--set horizon=60s --set warmup=20s --replications 2)
    faults=$(grep -c '^\[\[faults\]\]' "$file" || true)
    for ((fault = 0; fault < faults; fault++)); do
        settings+=(--set "faults.$fault.at=$((30 + 5 * fault))s")
    done
    grep -q '^existing' "$file" && settings+=(--set clients.existing=600)
    first=
    for program in "$@"; do
        for jobs in 1 2; do
            folder="$results/$name-$(echo "$program" | tr '/' '-')-$jobs"
            "$program" run "$file" --out "$folder" --quiet --jobs "$jobs" "${settings[@]}" >"$results/said" || {
                cat "$results/said"
                exit 1
            }
            if [ -z "$first" ]; then
                first=$folder
                continue
            fi
            if ! diff -rq --exclude=manifest.json "$first" "$folder"; then
                echo "$file: $program with $jobs jobs gives other bytes than $1 with one" >&2
                exit 1
            fi
            compared=$((compared + 1))
        done
    done
    rm -rf "${results:?}/$name"-*
done
[ "$compared" -gt 0 ]
echo "the same bytes in $compared comparisons of $(ls experiments/*.toml studies/signaling/signaling.toml | wc -l) experiments"
