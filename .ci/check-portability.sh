#!/usr/bin/env bash
# Type-checks the reactor and the demos for the systems they claim and that this machine is not, and
# the tests for those of them that are Unix.
#
# For each target the first way that is there is taken:
#   1. rustup has the target installed;
#   2. the toolchain in PATH has its library's source (rustup component add rust-src): the library
#      is checked along with the crate, by cargo's -Zbuild-std;
#   3. Debian's rustc-web, cargo-web and rust-web-src, the same way.
# Windows needs x86_64-w64-mingw32-dlltool besides (Debian: binutils-mingw-w64-x86-64) in 2 and 3.
#
# What cannot be checked is said. It is a failure where CI is set, and else it is not.
set -eu
cd "$(dirname "$0")/.."

targets=${*:-x86_64-apple-darwin x86_64-unknown-freebsd x86_64-pc-windows-gnu}
target_dir=${CARGO_TARGET_DIR:-target}/portability
failed=0
unchecked=0

missing() {
    echo "portability: $1: NOT CHECKED: $2"
    unchecked=1
}

# The toolchain whose library source is there, as "RUSTC CARGO"; nothing if there is none.
with_source() {
    local rustc cargo
    for pair in "$(command -v rustc || true) $(command -v cargo || true)" \
        "/usr/bin/rustc /usr/bin/cargo"; do
        read -r rustc cargo <<<"$pair" || true
        [ -x "$rustc" ] && [ -x "$cargo" ] || continue
        if [ -f "$("$rustc" --print sysroot)/lib/rustlib/src/rust/library/Cargo.toml" ]; then
            echo "$rustc $cargo"
            return
        fi
    done
}

# What is checked for a target, as words of cargo's with commas between them.
parts() {
    echo "-p,wakeful-reactor"
    echo "-p,wakeful-demos,--bins"
    [ "$1" = x86_64-pc-windows-gnu ] || echo "-p,wakeful-demos,-p,wakeful-tests,--tests"
}

# Nothing is linked, so that what a dependency has in C needs no compiler for the target.
export CC=true AR=true

check() {
    local target=$1 pair rustc cargo
    if rustup target list --installed 2>/dev/null | grep -qx "$target"; then
        echo "portability: $target: by rustup's own library"
        for part in $(parts "$target"); do
            cargo check --quiet ${part//,/ } --target "$target" --target-dir "$target_dir"
        done
        return
    fi
    pair=$(with_source)
    if [ -z "$pair" ]; then
        missing "$target" "neither 'rustup target add $target', nor 'rustup component add rust-src', nor Debian's rustc-web, cargo-web and rust-web-src"
        return
    fi
    if [ "$target" = x86_64-pc-windows-gnu ] && ! command -v x86_64-w64-mingw32-dlltool >/dev/null; then
        missing "$target" "x86_64-w64-mingw32-dlltool (Debian: binutils-mingw-w64-x86-64)"
        return
    fi
    read -r rustc cargo <<<"$pair"
    echo "portability: $target: by $("$rustc" --version), library from source"
    for part in $(parts "$target"); do
        RUSTC=$rustc RUSTC_BOOTSTRAP=1 "$cargo" check --quiet ${part//,/ } \
            -Zbuild-std=std,panic_abort --target "$target" --target-dir "$target_dir"
    done
}

for target in $targets; do
    if check "$target"; then :; else
        echo "portability: $target: FAILED"
        failed=1
    fi
done

if [ "$failed" = 1 ]; then exit 1; fi
if [ "$unchecked" = 1 ] && [ -n "${CI:-}" ]; then
    echo "portability: in CI every target is checked"
    exit 1
fi
if [ "$unchecked" = 0 ]; then echo "portability: ok"; fi
