#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The live picture under a workload: every line without drift and equal to the kernel's own counters, every slot
# equal to debugfs `objects`, objects that are older than the tool included.
# shellcheck source=tests/vm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# BACKENDS: those to try, if not every one that the kernel has.
default="fentry kprobe poll"
[[ $KERNEL != patched-* ]] || default="tracepoint $default"
read -ra backends <<<"${BACKENDS:-$default}"
# chosen NAME...: prints those of them that are tried.
chosen() { for name; do [[ " ${backends[*]} " != *" $name "* ]] || echo "$name"; done; }
mapfile -t exact < <(chosen tracepoint fentry)
mapfile -t loose < <(chosen kprobe poll)
mapfile -t walked < <(chosen tracepoint fentry kprobe)
guest 500 kfence.sample_interval=10 live.sh "BACKENDS=${backends[*]}"

for backend in "${backends[@]}"; do
    same "$backend: exit status" "$(recorded "$backend.status")" 0
    same "$backend: ten lines" "$(wc -l <"$OUT/$backend.out")" 10
    every "$backend: it says which backend it is" "$backend.out" "all(.backend == \"$backend\")"
    every "$backend: no drift on any line" "$backend.out" \
        'all(.drift | [.allocated, .allocs, .frees] | all(. == 0 or . == null))'
    every "$backend: where nothing was under way, the pool is the kernel's" "$backend.out" \
        'all((.drift.settled | not) or (.pool.allocated == .counters.allocated and .pool.zombies == .counters.zombies))'
    every "$backend: the pool has its size" "$backend.out" 'all(.pool.objects == 255)'
    every "$backend: it samples" "$backend.out" '[.[1:][].rates.actual] | (add / length) > 1'
done
# poll reads the pool while it changes, and the kernel does not run kprobes inside each other: both may have a line
# without a comparison. The others have none.
for backend in "${exact[@]}"; do
    every "$backend: every line is compared, at a moment when nothing was under way" "$backend.out" "all($NO_DRIFT and .drift.settled)"
    every "$backend: nothing lost" "$backend.out" 'all(.loss.total == 0)'
done
for backend in "${loose[@]}"; do
    [[ $backend == poll ]] ||
        every "$backend: a line without a comparison is one after a loss" "$backend.out" "all(.loss.total > 0 or $NO_DRIFT)"
    every "$backend: most lines are compared" "$backend.out" '(map(select(.drift.settled)) | length) >= 6'
done
for backend in "${walked[@]}"; do
    same "$backend: slot by slot as in objects" "$(recorded "compare-$backend.status")" 0
    sed 's/^/    /' "$OUT/compare-$backend.out" | tail -n 12
done
every "the kernel's counters are consistent" fentry.out 'all(.counters.allocs - .counters.frees == .counters.allocated)'
every "the age histogram sums to the live objects" fentry.out \
    'all(([.age_histogram[].count] | add) == .pool.allocated - .pool.zombies)'
every "the caches sum to the pool" fentry.out 'all(([.caches[].allocated] | add) == .pool.allocated)'
same "nothing is left in the kernel" "$(recorded left_behind)" 0
finish
