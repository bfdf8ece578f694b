#!/usr/bin/env bash
# Checks the testbed: formatting, lints, tests, and the handshakes of a thousand seeds with boringtun under mocked time.
set -euo pipefail
cd "$(dirname "$0")"

cargo fmt --all --check
cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
cargo test --workspace --locked --quiet
cargo run --locked --quiet -p mocked
