#!/usr/bin/env bash
# Asks the questions of docs/decisions.md and docs/findings.md again.
#
#   docs/decisions.sh                   ask all, print the documents with the answers
#   docs/decisions.sh --write           write the answers into the documents
#   docs/decisions.sh --check           say where a document differs; exit 1 if one does
#   docs/decisions.sh --coverage SEEDS  how often the interval of an answer holds the known root, over so many seeds; exit 1
#                                       below 93 %, or if the first case takes more than 120 runs in the mean
#   docs/decisions.sh --indices SEEDS   the same for known indices and worths of a sensitivity; exit 1 below 80 %
#
# PUSHPULL names the program; without it a release build is made.
set -euo pipefail
cd "$(dirname "$0")/.."

documents=(docs/decisions.md docs/findings.md)
pushpull=${PUSHPULL:-target/release/pushpull}
[ -n "${PUSHPULL:-}" ] || cargo build --release --quiet --locked
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A document with each answer behind its command.
answered() {
    local line state=text
    while IFS= read -r line; do
        case $state:$line in
            *:'$ pushpull solve '* | *:'$ pushpull select '* | *:'$ pushpull map '* | *:'$ pushpull sensitivity '*)
                printf '%s\n' "$line"
                eval "words=(${line#\$ pushpull })"
                "$pushpull" "${words[@]}" --quiet --out "$work/answer" --overwrite < /dev/null 2>&1 |
                    grep -v "^$work" | fold -s -w 118 | sed 's/ *$//' || true
                state=answer
                ;;
            # A run with a filter behind it: what the filter leaves of its output.
            text:'$ pushpull run '*' | '*)
                printf '%s\n' "$line"
                local command=${line#\$ pushpull }
                eval "\"$pushpull\" ${command%%|*} --quiet --out \"$work/run\" --overwrite 2> /dev/null < /dev/null |${command#*|}"
                state=answer
                ;;
            answer:'```') printf '%s\n' "$line"; state=text ;;
            answer:*) ;;
            *) printf '%s\n' "$line" ;;
        esac
    done < "$1"
}

# Cases with a known root: a push is lost with probability p, and then its attempt stalls.
coverage() {
    local limit precision seed status=0 runs_max=120
    for case in "0.01 0.2" "0.01 0.1" "0.001 0.3"; do
        read -r limit precision <<< "$case"
        for ((seed = 1; seed <= $1; seed++)); do
            "$pushpull" solve tests/it/cheap.toml bus.loss=1e-5..0.1log --strategy push --at-most "$limit" \
                --precision "$precision" --seed "$seed" --quiet --out "$work/answer" --overwrite > /dev/null
            tail -n 1 "$work/answer/solve.csv"
        done | awk -F, -v limit="$limit" -v precision="$precision" -v runs_max="$runs_max" '
            { held += $10 <= limit && limit <= $11; runs += $15; width += log($11 / $10) / 2 }
            END {
                printf "limit %s, precision %s: %d of %d intervals hold the root (%.1f %%); ", limit, precision, held, NR, 100 * held / NR
                printf "%.0f runs, half-width %.3f\n", runs / NR, width / NR
                exit held < 0.93 * NR || runs_max && runs > runs_max * NR
            }' || status=1
        runs_max=0
    done
    return "$status"
}

# Cases with known indices. A push stalls with probability 1 - (1 - p)(1 - l)^2, a pull over a network that never fails
# with 1 - (1 - l)^4, where p is the loss of the bus and l that of the path.
indices() {
    local name range horizon target truth seed status=0
    while IFS='|' read -r name range horizon target truth; do
        for ((seed = 1; seed <= $1; seed++)); do
            cat > "$work/known.toml" << END
name = "known"
seed = $seed
horizon = "$horizon"
warmup = "1m"
[clients]
arrivals = { poisson = "4/s" }
session = { exponential = "1m" }
returns = { probability = 0.0, after = { exponential = "1m" } }
[http]
failure = 0.0
[gateways]
count = 3
[strategies.push]
push = {}
[strategies.pull]
pull = { answer = "initiate" }
[uncertain]
"bus.loss" = $range
"path.loss" = ${range/0.1 \}/0.05 \}}
END
            # shellcheck disable=SC2086
            "$pushpull" sensitivity "$work/known.toml" $target --indices --quiet --out "$work/answer" --overwrite > /dev/null
            grep -E '^push,(pull)?,stall_rate,' "$work/answer/sensitivity.csv" | head -n 2
        done | awk -F, -v name="$name" -v truth="$truth" '
            BEGIN { split(truth, t, " ") }
            { k = $4 == "bus.loss" ? 1 : 2; n[k]++
              sum[k] += $14; held[k] += $15 <= t[k] && t[k] <= $16
              sum[k + 2] += $11; held[k + 2] += $12 <= t[k + 2] && t[k + 2] <= $13
              if ($17 != "") { sum[k + 4] += $17; held[k + 4] += $18 <= t[k + 4] && t[k + 4] <= $19 }
              if ($20 != "" && k == 1) { sum[7] += $20; held[7] += $21 <= t[7] && t[7] <= $22 } }
            END {
                split("first bus.loss,first path.loss,total bus.loss,total path.loss,evppi bus.loss,evppi path.loss,evpi", what, ",")
                for (i = 1; i in t; i++) {
                    printf "%s, %s %s: mean %.4g, %d of %d intervals hold it\n", name, what[i], t[i], sum[i] / n[1], held[i], n[1]
                    few += held[i] < 0.8 * n[1]
                }
                exit few > 0
            }' || status=1
    done << 'END'
even [0, 1]|{ from = 0, to = 1 }|2m|--strategy push|0.2381 0.5714 0.4286 0.7619
log [.001, .1]|{ from = 1e-3, to = 0.1, log = true }|11m|--strategy push|0.20603 0.79345 0.20655 0.79397
difference, log [.001, .1]|{ from = 1e-3, to = 0.1, log = true }|11m|--against pull|0.24611 0.75327 0.24673 0.75389 0.004952 0.006823 0.009494
difference, even [0, .1] and [0, .05]|{ from = 0, to = 0.1 }|11m|--against pull|0.51154 0.48801 0.51199 0.48846 0.011106 0.010811 0.014871
END
    return "$status"
}

case ${1:-} in
    '') for document in "${documents[@]}"; do answered "$document"; done ;;
    --write)
        for document in "${documents[@]}"; do
            answered "$document" > "$work/new" && cp "$work/new" "$document"
        done
        ;;
    --check)
        status=0
        for document in "${documents[@]}"; do
            answered "$document" | diff "$document" - || status=1
        done
        exit "$status"
        ;;
    --coverage) coverage "${2:-100}" ;;
    --indices) indices "${2:-20}" ;;
    *) sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
