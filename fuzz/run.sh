#!/usr/bin/env bash
# Fuzzes everything of pushpull that reads.
#
#   fuzz/run.sh                    each target for ten seconds, and every input that ever failed
#   fuzz/run.sh --seconds 3600     each target for an hour; more options: see src/main.rs
#   fuzz/run.sh --executions N     each target N times
#   fuzz/run.sh TARGET [OPTION]... one target
#   fuzz/run.sh replay             only the inputs that ever failed
#
# It needs nothing but stable Rust: LLVM's counters of edges are asked for by options of the code generator.
# JOBS: how many jobs the build may use. PUSHPULL: a built program that makes the result folders to begin with.
set -euo pipefail
cd "$(dirname "$0")"

host=$(rustc -vV | sed -n 's/^host: //p')
flags="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=3 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters"
# With a target that is named, options are for the program only, and not for what builds it.
RUSTFLAGS="$flags" cargo build --release --locked --quiet --target "$host" ${JOBS:+-j "$JOBS"}
fuzz=target/$host/release/pushpull-fuzz

case ${1:-} in
    replay) exec "$fuzz" replay ;;
esac

if [ -z "${PUSHPULL:-}" ]; then
    (cd .. && cargo build --release --locked --quiet ${JOBS:+-j "$JOBS"})
    PUSHPULL=$PWD/../target/release/pushpull
fi
mkdir -p target/seeds
for seed in small many; do
    "$PUSHPULL" run "seeds/$seed.toml" --out "target/seeds/$seed" --overwrite --quiet >/dev/null
done
"$PUSHPULL" run seeds/small.toml --out target/seeds/shard --shard 1/2 --overwrite --quiet >/dev/null

"$fuzz" replay
case ${1:-} in
    '' | --*) "$fuzz" run all "$@" ;;
    *) "$fuzz" run "$@" ;;
esac
