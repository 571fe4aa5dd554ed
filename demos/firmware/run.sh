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

build_for() {
    case $1 in
        m3) build thumbv7m-none-eabi --quiet ;;
        m3-cs) build thumbv7m-none-eabi --quiet --features critical-section --target-dir target/cs ;;
        m0) build thumbv6m-none-eabi --quiet --features critical-section ;;
        *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
}

if [ "${1:-}" = --build ]; then
    for cpu in m3 m3-cs m0; do
        build_for "$cpu"
    done
    exit
fi
cpu=${2:-m3}
build_for "$cpu" >&2
case $cpu in
    m3) images=target/thumbv7m-none-eabi/release ;;
    m3-cs) images=target/cs/thumbv7m-none-eabi/release ;;
    m0) images=target/thumbv6m-none-eabi/release ;;
esac
for image in ${1:-$ALL}; do
    run "${cpu%-cs}" "$images/$image"
done
