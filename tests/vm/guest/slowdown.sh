#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Runs hackbench RUNS times for each of STATES ("off", "on": the kernel's own tracepoints of KFENCE), in turns.
# shellcheck source=tests/vm/guest/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

events=/sys/kernel/tracing/events/kfence/enable
# After each switch one that does not count: the kernel has changed its code, and an emulator translates it anew.
warm_up() { hackbench -g 2 -l 100 >/dev/null; }

warm_up || exit
for ((i = 0; i < RUNS; i++)); do
    for state in $STATES; do
        enabled=0
        [[ $state != on ]] || enabled=1
        if [[ -e $events ]]; then echo "$enabled" >"$events"; fi
        warm_up
        printf '%s %s\n' "$state" "$(hackbench -g 2 -l 600 | sed -n 's/^Time: //p')" >>"$OUT/times"
    done
done
if [[ -e $events ]]; then record entries "$(sed -n 's/.*entries-in-buffer\/entries-written: .*\///p' /sys/kernel/tracing/trace | head -n 1)"; fi
