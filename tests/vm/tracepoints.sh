#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The patched kernel's tracepoints, counted by bpftrace, and its own counters agree exactly after a flood.
# shellcheck source=tests/vm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

objects=${FLOOD_OBJECTS:-1000000}
guest $((objects / 1000 + 300)) "" tracepoints.sh "FLOOD_OBJECTS=$objects"

stat_of() { sed -n "s/^$1: //p" "$OUT/stats.after"; }
# counted MAP [KEY]: what bpftrace counted; 0 where it saw none.
counted() {
    jq -s --arg map "@$1" --arg key "${2:-}" \
        '[.[] | select(.type == "map") | .data[$map] // empty] | last // 0 | if type == "object" then .[$key] // 0 else . end' \
        "$OUT/bpftrace.out"
}

same "the flood ran to its end" "$(recorded one.status) $(recorded two.status)" "0 0"
same "the kernel was quiet when the counting ended" "$(cat "$OUT/stats.before")" "$(cat "$OUT/stats.after")"
check "it was a flood" test "$(stat_of 'total allocations')" -ge "$objects"
same "allocations" "$(counted alloc)" "$(stat_of 'total allocations')"
same "frees, at once or after a grace period" "$(($(counted free 0) + $(counted free 2)))" "$(stat_of 'total frees')"
same "zombies" "$(counted free 3)" "$(stat_of 'zombie allocations')"
same "skips: incompatible" "$(counted skip 0)" "$(stat_of 'skipped allocations (incompatible)')"
same "skips: capacity" "$(counted skip 2)" "$(stat_of 'skipped allocations (capacity)')"
same "skips: covered" "$(counted skip 3)" "$(stat_of 'skipped allocations (covered)')"
same "skips: quota" "$(counted skip 6)" "$(stat_of 'skipped allocations (quota)')"
same "reports" "$(counted report)" "$(stat_of 'total bugs')"
same "allocated is what was allocated and not freed" "$(stat_of 'currently allocated')" \
    "$(($(stat_of 'total allocations') - $(stat_of 'total frees')))"
same "the caches sum to what is allocated, without zombies" "$(awk '{ sum += $NF } END { print sum + 0 }' "$OUT/caches")" \
    "$(($(stat_of 'currently allocated') - $(stat_of 'zombie allocations')))"
echo "    $(stat_of 'total allocations') allocations in $(recorded flood.seconds) s"
finish
