#!/usr/bin/env bash
# Compiles the executor for processors of each kind it is meant for: with compare-and-swap and
# without, 32 bits, no operating system. Prints a line for each; nothing is run.
set -euo pipefail
cd "$(dirname "$0")"
. ./tools.sh
find_tools

check() {
    local target=$1 features=$2
    (cd ../../executor && compile check "$target" --quiet --lib --no-default-features \
        --features "$features")
    echo "$target${features:+ with $features}"
}

check thumbv6m-none-eabi critical-section
check thumbv6m-none-eabi critical-section,alloc,observe
check riscv32imc-unknown-none-elf critical-section
check thumbv7m-none-eabi ""
check thumbv7m-none-eabi alloc,observe
check thumbv7m-none-eabi critical-section
check riscv32imac-unknown-none-elf ""
check wasm32-unknown-unknown ""
check wasm32-unknown-unknown alloc,observe
