#!/usr/bin/env bash
# Asks the questions of docs/decisions.md and docs/findings.md again.
#
#   docs/decisions.sh                   ask all, print the documents with the answers
#   docs/decisions.sh --write           write the answers into the documents
#   docs/decisions.sh --check           say where a document differs; exit 1 if one does
#   docs/decisions.sh --coverage SEEDS  how often the interval of an answer holds the known root, over so many seeds
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
            *:'$ pushpull solve '* | *:'$ pushpull select '* | *:'$ pushpull map '*)
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
                eval "\"$pushpull\" ${command%%|*} --quiet --out \"$work/answer\" --overwrite 2> /dev/null < /dev/null |${command#*|}"
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
    local limit precision seed
    for case in "0.01 0.2" "0.01 0.1" "0.001 0.3"; do
        read -r limit precision <<< "$case"
        for ((seed = 1; seed <= $1; seed++)); do
            "$pushpull" solve tests/it/cheap.toml bus.loss=1e-5..0.1log --strategy push --at-most "$limit" \
                --precision "$precision" --seed "$seed" --quiet --out "$work/answer" --overwrite > /dev/null
            tail -n 1 "$work/answer/solve.csv"
        done | awk -F, -v limit="$limit" -v precision="$precision" '
            { held += $10 <= limit && limit <= $11; runs += $15; width += log($11 / $10) / 2 }
            END {
                printf "limit %s, precision %s: %d of %d intervals hold the root (%.1f %%); ", limit, precision, held, NR, 100 * held / NR
                printf "%.0f runs, half-width %.3f\n", runs / NR, width / NR
            }'
    done
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
    *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
