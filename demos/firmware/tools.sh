# Sourced by the scripts of this folder. Finds what can build for and run a bare Cortex-M, and
# says plainly what is missing. After `find_tools`:
#
#   build TARGET ARGS..   cargo for TARGET, release, with core from rustup's target or from source
#   run CPU IMAGE ARGS..  QEMU on IMAGE (CPU is m3 or m0), semihosting on, for at most a minute
#
# Everything is built with one profile into one folder, `firmware` in cargo's target folder, so that
# `core` is built once a target. An image that is to be kept is copied, under its own name.
#
# Exit code 3 means "tools are missing", so that a test can tell it from a failure.

TARGET_DIR=${CARGO_TARGET_DIR:-../../target}
mkdir -p "$TARGET_DIR/firmware/images"
TARGET_DIR=$(cd "$TARGET_DIR/firmware" && pwd)
IMAGES=$TARGET_DIR/images

missing() {
    echo "missing: $1" >&2
    echo "         $2" >&2
    MISSING=1
}

# Two ways to a `core` for the target, best first: the target that rustup installed; else core
# from source (`rust-src`), which stable allows only under RUSTC_BOOTSTRAP. Debian's rustc-web
# stands beside rustup's, with a source of its own, so both compilers are asked.
find_compiler() {
    local rustc cargo sysroot
    for pair in "${RUSTC:-rustc} ${CARGO:-cargo}" "/usr/bin/rustc /usr/bin/cargo"; do
        read -r rustc cargo <<< "$pair"
        sysroot=$("$rustc" --print sysroot 2>/dev/null) || continue
        command -v "$cargo" >/dev/null || continue
        BUILD_CORE=""
        [ -d "$sysroot/lib/rustlib/thumbv7m-none-eabi" ] &&
            [ -d "$sysroot/lib/rustlib/thumbv6m-none-eabi" ] && break
        BUILD_CORE="-Zbuild-std=core,alloc"
        [ -f "$sysroot/lib/rustlib/src/rust/library/core/Cargo.toml" ] && break
        sysroot=""
    done
    if [ -z "${sysroot:-}" ]; then
        missing "core for thumbv7m-none-eabi and thumbv6m-none-eabi" \
            "rustup target add thumbv7m-none-eabi thumbv6m-none-eabi, or apt-get install rustc-web cargo-web rust-web-src"
        return
    fi
    RUSTC=$rustc CARGO=$cargo
    [ -z "$BUILD_CORE" ] || export RUSTC_BOOTSTRAP=1
    export RUSTC
}

# The targets link with rust-lld, which every toolchain of rustup carries and Debian's does not.
# GNU's linker does as well.
find_linker() {
    local lld
    for lld in "$("$RUSTC" --print sysroot)"/lib/rustlib/*/bin/rust-lld \
        "${HOME:-/root}"/.rustup/toolchains/*/lib/rustlib/*/bin/rust-lld; do
        if [ -x "$lld" ]; then
            LINKER=$lld LINK_FLAGS=""
            return
        fi
    done
    if command -v arm-none-eabi-gcc >/dev/null; then
        LINKER=arm-none-eabi-gcc
        LINK_FLAGS="-C linker-flavor=gcc -C link-arg=-nostartfiles -C link-arg=-fuse-ld=bfd"
        return
    fi
    missing "a linker" "rustup's own rust-lld, or apt-get install gcc-arm-none-eabi"
}

find_tools() {
    MISSING=""
    find_compiler
    [ -n "$MISSING" ] || find_linker
    command -v qemu-system-arm >/dev/null ||
        missing "qemu-system-arm" "apt-get install qemu-system-arm"
    [ -z "$MISSING" ] || exit 3
}

# Any `size` that reads ELF will do.
find_size() {
    for SIZE in arm-none-eabi-size size llvm-size; do
        ! command -v "$SIZE" >/dev/null || return 0
    done
    missing "size" "apt-get install binutils"
    exit 3
}

# compile COMMAND TARGET ARGS..: cargo, told where core and the linker are.
compile() {
    local command=$1 target=$2 upper
    shift 2
    upper=$(echo "$target" | tr 'a-z-' 'A-Z_')
    env "CARGO_TARGET_${upper}_LINKER=$LINKER" "CARGO_TARGET_${upper}_RUSTFLAGS=$LINK_FLAGS" \
        "$CARGO" "$command" --target-dir "$TARGET_DIR" --target "$target" ${BUILD_CORE:+"$BUILD_CORE"} "$@"
}

build() {
    compile build "$@" --release
}

target_of() {
    case $1 in
        m3) echo thumbv7m-none-eabi ;;
        m0) echo thumbv6m-none-eabi ;;
    esac
}

# `-icount shift=6` makes an instruction take 64 nanoseconds of the machine's own time, so that two
# runs are the same run, whatever the host does meanwhile. QEMU does not sleep in WFE: with faster
# instructions it would execute more of them until the next tick.
run() {
    local cpu=$1 image=$2 machine
    shift 2
    case $cpu in
        m3) machine=lm3s6965evb ;;
        m0) machine=microbit ;;
    esac
    timeout 60 qemu-system-arm -machine "$machine" -nographic -icount shift=6,sleep=off \
        -semihosting-config enable=on,target=native -kernel "$image" "$@" </dev/null
}
