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
        --features "$features" --target-dir ../demos/firmware/target/check)
    echo "$target${features:+ with $features}"
}

# Without compare-and-swap it is the final binary that chooses what stands in for it: each choice.
single=portable-atomic,portable-atomic/unsafe-assume-single-core
section=portable-atomic,portable-atomic/critical-section
check thumbv6m-none-eabi $single
check thumbv6m-none-eabi $section
check thumbv6m-none-eabi $single,alloc,observe
check riscv32imc-unknown-none-elf $single
check riscv32imc-unknown-none-elf $section
check thumbv7m-none-eabi ""
check thumbv7m-none-eabi alloc,observe
check thumbv7m-none-eabi portable-atomic
check riscv32imac-unknown-none-elf ""
check wasm32-unknown-unknown ""
check wasm32-unknown-unknown alloc,observe
