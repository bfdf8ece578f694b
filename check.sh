#!/usr/bin/env bash
# The complete check. Stops at the first failure.
#
#   ./check.sh            everything: formatting, lints, documentation, tests, closed forms, kills, random experiments,
#                         the Python package, notebooks, reports in a browser
#   ./check.sh rust       only the checks that need nothing but Rust
#   ./check.sh --install  installs the missing tools for everything, and checks nothing
#
# Everything needs Rust, Python 3 with venv, Node.js with npm, nats-server and Chromium. The check itself installs
# nothing: it reports missing tools and how to get them. `--install` uses Debian's apt-get, with sudo for users other
# than root.
set -euo pipefail
cd "$(dirname "$0")"

step() {
    printf '\n== %s\n' "$*"
    "$@"
}

# Missing components of Rust.
missing_components() {
    cargo fmt --version >/dev/null 2>&1 || echo rustfmt
    cargo clippy --version >/dev/null 2>&1 || echo clippy
}

# Debian packages with a missing command.
missing_packages() {
    # The library of `venv` is a package of its own, without a command to test for.
    python3 -c 'import ensurepip' >/dev/null 2>&1 || echo python3-venv
    command -v node >/dev/null || echo nodejs
    command -v npm >/dev/null || echo npm
    command -v nats-server >/dev/null || [ -x /usr/sbin/nats-server ] || echo nats-server
    [ -x "${CHROMIUM:-/usr/bin/chromium}" ] || echo chromium fonts-dejavu-core
}

# Debian packages that a test does without, and says so.
optional_packages() {
    command -v slurmctld >/dev/null && command -v slurmd >/dev/null || echo slurm-wlm
}

install() {
    local components packages sudo=()
    read -ra components <<<"$(missing_components | tr '\n' ' ')"
    read -ra packages <<<"$({ missing_packages; optional_packages; } | tr '\n' ' ')"
    [ ${#components[@]} = 0 ] || step rustup component add "${components[@]}"
    # Without this target the explorer's module is not built again.
    step rustup target add wasm32-unknown-unknown || true
    [ ${#packages[@]} -gt 0 ] || return 0
    command -v apt-get >/dev/null || { echo "check.sh: no apt-get to install ${packages[*]}" >&2; exit 1; }
    [ "$(id -u)" = 0 ] || sudo=(sudo)
    step "${sudo[@]}" apt-get update -qq
    step "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
}

# Ends the check if something is missing. The arguments say what is missing, and how to get it.
demand() {
    local what=$1 get=$2
    [ -z "$what" ] || { printf 'check.sh: missing: %s\ncheck.sh: to get it: %s\n' "$(echo $what)" "$get" >&2; exit 1; }
}

case ${1:-all} in
    all | rust) ;;
    --install) install; exit ;;
    *) sed -n '4,11s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

components=$(missing_components)
demand "$components" "rustup component add $(echo $components)"
[ "${1:-all}" = rust ] || demand "$(missing_packages)" "./check.sh --install, where there is apt-get; ./check.sh rust does without"

# The explorer's module is committed: first of all, whether it is of these sources.
sources=$(crates/explorer/build.sh --sources)
if ! grep -q "\"sources\": \"$sources\"" crates/explorer/explorer.json; then
    echo "check.sh: crates/explorer/explorer.wasm.gz is not of these sources" >&2
    echo "check.sh: to renew it: rustup target add wasm32-unknown-unknown, then crates/explorer/build.sh" >&2
    # The target is more than Rust alone.
    [ "${1:-all}" = rust ] || exit 1
fi

step cargo fmt --all --check
step cargo clippy --all-targets --locked -- -D warnings
RUSTDOCFLAGS="-D warnings" step cargo doc --no-deps --locked
# Tests and debug runs simulate a lot.
export CARGO_PROFILE_DEV_OPT_LEVEL=1
step cargo test --locked
step cargo build --release --locked
export PUSHPULL="$PWD/target/release/pushpull"
step tests/determinism.sh
step "$PUSHPULL" verify --quiet
step plots/gallery.sh --check incident
step fuzz/run.sh
step testbed/run.sh
[ "${1:-all}" = all ] || exit 0

step docs/decisions.sh --check
step tests/kills.py
step tests/random_experiments.py
step tests/memory.py
step python/test.sh
step notebooks/run.sh --check
step tests/browser/run.sh
printf '\nall of it passed\n'
