#!/usr/bin/env bash
# Checks the testbed: formatting, lints, tests, the handshakes of a thousand seeds with boringtun under mocked time, and
# three scenarios on real parts (four minutes) where there is a NATS server.
set -euo pipefail
cd "$(dirname "$0")"

cargo fmt --all --check
cargo clippy --workspace --all-targets --locked --quiet -- -D warnings
cargo test --workspace --locked --quiet
cargo run --locked --quiet -p mocked
if ! command -v nats-server >/dev/null && [ ! -x /usr/sbin/nats-server ]; then
    echo "testbed: no scenario was run on real parts: nats-server is missing; to get it: apt-get install nats-server"
    exit
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cargo run --locked --quiet -p testbed few "$folder"
