#!/usr/bin/env bash
# The one check. Stops at the first thing that is wrong.
#
#   ./check.sh         everything: formatting, lints, documentation, tests, closed forms, kills, random experiments, notebooks,
#                      reports in a browser
#   ./check.sh rust    only what needs nothing but Rust
#
# Beyond Rust it needs Python 3 with venv, Node.js with npm, and Chromium. What is missing is installed where Debian's
# apt-get is there (and sudo, for anyone but root).
set -euo pipefail
cd "$(dirname "$0")"

step() {
    printf '\n== %s\n' "$*"
    "$@"
}

# Installs the packages of which a command is missing: pairs of command and package.
need() {
    local missing=()
    while [ $# -gt 0 ]; do
        command -v "$1" >/dev/null || missing+=("$2")
        shift 2
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || { echo "missing, and no apt-get to install it: ${missing[*]}" >&2; exit 1; }
    local sudo=()
    [ "$(id -u)" = 0 ] || sudo=(sudo)
    printf '\n== installing %s\n' "${missing[*]}"
    "${sudo[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

case ${1:-all} in
    all | rust) ;;
    *) sed -n '4,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

cargo fmt --version >/dev/null 2>&1 || rustup component add rustfmt
cargo clippy --version >/dev/null 2>&1 || rustup component add clippy

step cargo fmt --check
step cargo clippy --all-targets --locked -- -D warnings
RUSTDOCFLAGS="-D warnings" step cargo doc --no-deps --locked
step cargo test --locked
step cargo build --release --locked
export PUSHPULL="$PWD/target/release/pushpull"
step tests/determinism.sh
step "$PUSHPULL" verify --quiet
step plots/gallery.sh --check incident
step fuzz/run.sh
[ "${1:-all}" = all ] || exit 0

# Debian keeps the library of `venv` in a package of its own, which has no command to look for.
python3 -c 'import ensurepip' 2>/dev/null || need a-command-for-venv python3-venv
step tests/kills.py
step tests/random_experiments.py
step tests/memory.py
need node nodejs npm npm
step notebooks/run.sh
step tests/browser/run.sh
printf '\nall of it passed\n'
