#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records how long it takes until KFENCE samples again after an interval of an hour.
# shellcheck source=tests/vm/guest/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

now_ms() { echo $((${EPOCHREALTIME/./} / 1000)); }

# allocations: into $ALLOCATIONS, without a process.
allocations() {
    local line
    while read -r line; do
        [[ $line != "total allocations: "* ]] || ALLOCATIONS=${line##* }
    done </sys/kernel/debug/kfence/stats
}

# wait_for_sample LIMIT_MS: prints the milliseconds until the next sample, or "none".
wait_for_sample() {
    local began before elapsed
    began=$(now_ms)
    allocations
    before=$ALLOCATIONS
    while ((ALLOCATIONS == before)); do
        elapsed=$(($(now_ms) - began))
        ((elapsed < $1)) || { echo none; return; }
        allocations
    done
    elapsed=$(($(now_ms) - began))
    echo "$elapsed"
}

# park: an interval of an hour, begun for good: the sample of the interval before has been taken.
park() {
    set_interval 3600000
    wait_for_sample 1000 >/dev/null
    wait_for_sample 1000 >/dev/null
}

park
record parked "$(wait_for_sample 3000)"
for round in 1 2 3 4 5; do
    park
    set_interval 10
    record "resumed.$round" "$(wait_for_sample 3000)"
    set_interval 10
    sleep 0.5
done
park
set_interval 0
set_interval 10
record reenabled "$(wait_for_sample 3000)"
