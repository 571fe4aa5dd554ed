#!/usr/bin/env bash
# Builds the images and runs them on QEMU, printing what they print.
#
#   run.sh [IMAGE [CPU]]    IMAGE: sleep_hello, interrupt_signal, two_priorities; without it, all
#                           CPU: m3, m3-cs (critical sections instead of compare-and-swap), m0
#                           (which has nothing else); without it, m3
#   run.sh --build          only builds, for every CPU
set -euo pipefail
cd "$(dirname "$0")"
. ./tools.sh
find_tools
ALL="sleep_hello interrupt_signal two_priorities"

# Builds the images for a CPU, and puts each beside its name there.
build_for() {
    local target features="" image
    case $1 in
        m3) target=thumbv7m-none-eabi ;;
        m3-cs) target=thumbv7m-none-eabi features=critical-section ;;
        m0) target=thumbv6m-none-eabi features=critical-section ;;
        *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
    build "$target" --quiet --features "$features"
    for image in $ALL; do
        cp "$TARGET_DIR/$target/release/$image" "$IMAGES/$image-$1"
    done
}

if [ "${1:-}" = --build ]; then
    for cpu in m3 m3-cs m0; do
        build_for "$cpu"
    done
    exit
fi
cpu=${2:-m3}
build_for "$cpu" >&2
for image in ${1:-$ALL}; do
    run "${cpu%-cs}" "$IMAGES/$image-$cpu"
done
