#!/usr/bin/env bash
# Builds target/page.html, which is the whole page: the module is in it as text, so that it opens
# from a file as well as from a server.
set -euo pipefail
cd "$(dirname "$0")"
. ../tools.sh
cargo_for wasm32-unknown-unknown build --quiet --release
wasm=target/wasm32-unknown-unknown/release/page.wasm
{
    sed '/@WASM@/,$d' page.html
    printf 'const WASM = "%s";\n' "$(base64 -w0 "$wasm")"
    sed '1,/@WASM@/d' page.html
} > target/page.html
echo "wasm bytes: $(stat -c %s "$wasm")"
