#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The patched kernel's tracepoints and its own counters agree exactly after a flood.
# shellcheck source=tests/vm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

objects=${FLOOD_OBJECTS:-1000000}
guest $((objects / 1000 + 300)) "" tracepoints.sh "FLOOD_OBJECTS=$objects"

stat_of() { sed -n "s/^$1: //p" "$OUT/stats"; }
# agree NAME COUNTER: the trace buffer of that name and the kernel's counter.
agree() { same "$2" "$(recorded "traced.$1")" "$(stat_of "$2")"; }

same "the flood ran to its end" "$(recorded one.status) $(recorded two.status)" "0 0"
same "a quiet moment was found to compare" "$(recorded quiet)" yes
check "it was a flood" test "$(stat_of 'total allocations')" -ge "$objects"
agree alloc 'total allocations'
agree free 'total frees'
agree zombie 'zombie allocations'
agree report 'total bugs'
for reason in incompatible capacity covered quota; do agree "skip-$reason" "skipped allocations ($reason)"; done
for counter in 'zombie allocations' 'total bugs' 'skipped allocations ('{incompatible,capacity,covered,quota}')'; do
    check "there was something to agree on: $counter" test "$(stat_of "$counter")" -gt 0
done
check "allocations of a cache that is skipped were traced, which no counter counts" test "$(recorded traced.skip-cache)" -gt 0
same "allocated is what was allocated and not freed" "$(stat_of 'currently allocated')" \
    "$(($(stat_of 'total allocations') - $(stat_of 'total frees')))"
same "the caches sum to what is allocated, without zombies" "$(awk '{ sum += $NF } END { print sum + 0 }' "$OUT/caches")" \
    "$(($(stat_of 'currently allocated') - $(stat_of 'zombie allocations')))"
echo "    $(stat_of 'total allocations') allocations in $(recorded flood.seconds) s"
finish
