#!/usr/bin/env bash
# Builds the simulator as a WebAssembly module.
#
#   crates/explorer/build.sh              writes explorer.wasm.gz and explorer.json beside this script
#   crates/explorer/build.sh --to FOLDER  writes both into FOLDER
#   crates/explorer/build.sh --sources    prints the digest of the sources
#
# Needs the target wasm32-unknown-unknown: rustup target add wasm32-unknown-unknown. The same sources and compiler give
# the same bytes, wherever the repository lies: the build is made at a fixed place.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
place=/tmp/pushpull-explorer

# What the module is made of: names, one a line.
sources() {
    cd "$root"
    find Cargo.toml Cargo.lock build.rs crates src -type f -not -name '*.wasm.gz' -not -path crates/explorer/explorer.json \
        -not -path crates/explorer/Cargo.lock -not -path 'src/cli/*' -not -name '*.md' -not -name '*.sh' |
        LC_ALL=C sort
}

# macOS has `shasum` only.
sha256=(sha256sum)
command -v sha256sum >/dev/null || sha256=(shasum -a 256)

digest() {
    sources | (cd "$root" && xargs "${sha256[@]}") | "${sha256[@]}" | cut -d' ' -f1
}

to=$here
case ${1:-} in
    "") ;;
    --to) to=$(mkdir -p "$2" && cd "$2" && pwd) ;;
    --sources) digest; exit ;;
    *) sed -n '4,6s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

mkdir -p "$place"
rm -rf "$place/source"
mkdir "$place/source"
sources | (cd "$root" && xargs cp --parents -t "$place/source")
# The program's own versions of all crates.
cp "$root/Cargo.lock" "$place/source/crates/explorer/Cargo.lock"
export CARGO_TARGET_DIR="$place/target"
# Outside the command line much of the library is not used.
export RUSTFLAGS="-Adead_code -Aunreachable_pub --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}/registry/src=/registry --remap-path-prefix=$place/source=/source --remap-path-prefix=$(rustc --print sysroot)=/rust"
(cd "$place/source/crates/explorer" && cargo build --release --target wasm32-unknown-unknown)

module=$place/target/wasm32-unknown-unknown/release/explorer.wasm
gzip -9 -n -c "$module" >"$to/explorer.wasm.gz"
cat >"$to/explorer.json" <<END
{
  "compiler": "$(rustc --version)",
  "sources": "$(digest)",
  "sha256": "$("${sha256[@]}" "$module" | cut -d' ' -f1)",
  "bytes": $(stat -c %s "$module"),
  "gzipped": $(stat -c %s "$to/explorer.wasm.gz")
}
END
cat "$to/explorer.json"
