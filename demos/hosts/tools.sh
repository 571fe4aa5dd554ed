# Sourced by the hosts' scripts. Finds what a host needs, and says plainly what is missing.
#
#   need COMMAND PACKAGE          ends the script with 3 if COMMAND is not there
#   cargo_for TARGET COMMAND ..   cargo for a bare TARGET, with core from rustup or from source
#
# Exit code 3 means "tools are missing", so that a check can tell it from a failure.

need() {
    command -v "$1" >/dev/null && return
    echo "missing: $1; apt-get install $2" >&2
    exit 3
}

# Two ways to a `core`, best first: the target that rustup installed; else the library's source,
# from which stable builds it only under RUSTC_BOOTSTRAP. Debian's rustc-web stands beside rustup's
# compiler and has a source of its own, so both are asked.
cargo_for() {
    local target=$1 rustc cargo sysroot source upper linker
    shift
    upper=$(echo "$target" | tr 'a-z-' 'A-Z_')
    for pair in "${RUSTC:-rustc} ${CARGO:-cargo}" "/usr/bin/rustc /usr/bin/cargo"; do
        read -r rustc cargo <<< "$pair"
        sysroot=$("$rustc" --print sysroot 2>/dev/null) || continue
        source=""
        if [ ! -d "$sysroot/lib/rustlib/$target" ]; then
            [ -f "$sysroot/lib/rustlib/src/rust/library/core/Cargo.toml" ] || continue
            source="-Zbuild-std=core,alloc"
        fi
        linker=$(find_lld "$sysroot")
        # Quoted as little as is needed: an empty word is no argument.
        env RUSTC="$(command -v "$rustc")" ${source:+RUSTC_BOOTSTRAP=1} \
            ${linker:+"CARGO_TARGET_${upper}_LINKER=$linker"} \
            "$cargo" "$@" --target "$target" $source
        return
    done
    echo "missing: core for $target; rustup target add $target," \
        "or apt-get install rustc-web cargo-web rust-web-src" >&2
    exit 3
}

# rust-lld comes with every toolchain of rustup, and Debian's compiler may borrow it.
find_lld() {
    local lld
    for lld in "$1"/lib/rustlib/*/bin/rust-lld \
        "${RUSTUP_HOME:-${HOME:-/root}/.rustup}"/toolchains/*/lib/rustlib/*/bin/rust-lld; do
        [ ! -x "$lld" ] || { echo "$lld"; return; }
    done
}
