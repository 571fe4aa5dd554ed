#!/usr/bin/env bash
# What an executor costs on a bare Cortex-M, as counts: the same work by hand (`floor`) and by each
# executor, in bytes of the linked image and in instructions that QEMU executed. Every figure is
# exact and repeats, so a difference of one is a difference in the code.
#
# wakeful has five images, from what costs least to what uses most: `detached` (spawn_detached,
# run_with_idle), `spawned` (spawn and detach, run_with_idle), `run` (the same, block_on_with(run())),
# `joined` (a supervisor joins two tasks and drops one, run_with_idle) and `until` (the supervisor is
# the main future of block_on_with(run_until)); each with the queue under a critical section (cs) and,
# on the M3, with the lock-free one.
#
#   size-table.sh [--opt z|s|3] [--only NAME] [--cpu m3|m0]     NAME: wakeful is all of its images
#
# - text, rodata, ram: the sections of the image (ram is .data and .bss), at the opt-level.
# - over: text and rodata over the floor's.
# - one more: RAM of one more yielding task: what .bss grows by. Nothing for lilos, whose tasks are
#   on the stack, and for edge, whose tasks are on the heap. The floor's line is the bare future.
# - yield: instructions a yield, from two runs of one image, of 1,000 and of 2,000 rounds.
set -euo pipefail
cd "$(dirname "$0")"
. ./tools.sh

OURS="detached spawned run joined until"
OPT=z CPUS="m3 m0" NAMES="floor embassy lilos edge"
for form in $OURS; do NAMES="$NAMES wakeful_$form-cs"; done
for form in $OURS; do NAMES="$NAMES wakeful_$form"; done
while [ $# -gt 0 ]; do
    case $1 in
        --opt) OPT=$2 ;;
        --only)
            case $2 in
                wakeful) NAMES=$(echo "floor $NAMES" | tr ' ' '\n' | grep -E '^(floor|wakeful)' | sort -u) ;;
                *) NAMES="floor $2" ;;
            esac ;;
        --cpu) CPUS=$2 ;;
        *) sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
    shift 2
done
find_tools
find_size
export CARGO_PROFILE_RELEASE_OPT_LEVEL=$OPT

# image NAME CPU MORE: builds it and prints where it is.
image() {
    local name=$1 cpu=$2 more=$3 features=${1%_mixed} bin=${1%-cs} target copy
    target=$(target_of "$cpu")
    copy=$IMAGES/$name-$cpu-$OPT${more:+-more}
    [ "$name" != floor ] || features=""
    case $features in
        wakeful*-cs) features=wakeful-cs ;;
        wakeful*) features=wakeful ;;
    esac
    [ "$cpu" != m0 ] || case $features in edge) features=edge-m0 ;; wakeful) features=wakeful-cs ;; esac
    (cd size && build "$target" --quiet --bin "$bin" --features "$features${more:+,eight-more}") >&2
    cp "$TARGET_DIR/$target/release/$bin" "$copy"
    echo "$copy"
}

# section IMAGE NAMES..: their bytes.
section() {
    local image=$1
    shift
    "$SIZE" -A "$image" | awk -v want=" $* " 'index(want, " " $1 " ") { sum += $2 } END { print sum + 0 }'
}

# instructions CPU IMAGE ROUNDS: as many lines as QEMU writes when each block is one instruction.
instructions() {
    run "$1" "$2" -device "loader,addr=0x20003ff8,data=$3,data-len=4" \
        -singlestep -d exec,nochain -D /dev/stdout 2>/dev/null | grep -c '^Trace'
}

printf '%-4s %-20s %6s %6s %6s %6s %9s %8s   (opt-level %s)\n' \
    cpu executor text rodata over ram 'one more' yield "$OPT"
for cpu in $CPUS; do
    for name in $NAMES; do
        # The M0 has no compare-and-swap, and so no lock-free queue.
        case $cpu$name in m0*-cs) ;; m0wakeful*) continue ;; esac
        plain=$(image "$name" "$cpu" "")
        text=$(section "$plain" .text)
        rodata=$(section "$plain" .rodata)
        ram=$(section "$plain" .data .bss)
        more=-
        case $name in
            floor | embassy | wakeful_detached* | wakeful_spawned* | wakeful_run*)
                more=$(((($(section "$(image "$name" "$cpu" more)" .data .bss) - ram)) / 8)) ;;
        esac
        thousand=$(instructions "$cpu" "$plain" 1000)
        both=$(instructions "$cpu" "$plain" 2000)
        [ "$name" != floor ] || base=$((text + rodata))
        printf '%-4s %-20s %6d %6d %+6d %6d %9s %8.2f\n' "$cpu" "$name" "$text" "$rodata" \
            $((text + rodata - base)) "$ram" "$more" "$(awk "BEGIN { print ($both - $thousand) / 2000 }")"
    done
done

# Six tasks of 8 to 500 bytes (764 bytes of frames): what RAM they take.
for cpu in $CPUS; do
    for name in embassy wakeful; do
        case $name in
            embassy | wakeful)
                echo "$cpu   $name   ram of six tasks of six sizes:" \
                    "$(section "$(image "${name}_mixed" "$cpu" "")" .data .bss)" ;;
        esac
    done
done
