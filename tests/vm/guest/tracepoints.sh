#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records what the tracepoints and the counters say of the same flood. KFENCE is off until the tracing has begun, so both
# see all of it. Every event is counted by a trace buffer of its own (entries and overruns): bpftrace would miss what
# happens on a processor while a BPF map is read there.
# shellcheck source=tests/vm/guest/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

INSTANCES=/sys/kernel/tracing/instances
REASONS=(incompatible cache capacity covered busy disabled quota)

# trace NAME EVENT [FILTER]: counts the event under that name.
trace() {
    local folder=$INSTANCES/$1
    mkdir "$folder"
    echo 16 >"$folder/buffer_size_kb"
    [[ -z ${3:-} ]] || echo "$3" >"$folder/events/kfence/$2/filter"
    echo 1 >"$folder/events/kfence/$2/enable"
}

# traced NAME: how many there were.
traced() { cat "$INSTANCES/$1"/per_cpu/cpu*/stats | awk '$1 == "entries:" || $1 == "overrun:" { sum += $2 } END { print sum + 0 }'; }

# take_both: what both say at a moment at which neither changes: objects that were sampled go on being freed.
take_both() {
    local attempt name
    for ((attempt = 0; attempt < 100; attempt++)); do
        cp /sys/kernel/debug/kfence/stats "$OUT/stats.before"
        for name in "$INSTANCES"/*; do record "traced.${name##*/}" "$(traced "${name##*/}")"; done
        cp /sys/kernel/debug/kfence/caches "$OUT/caches"
        cp /sys/kernel/debug/kfence/stats "$OUT/stats"
        if cmp -s "$OUT/stats.before" "$OUT/stats"; then
            record quiet yes
            return
        fi
        sleep 0.2
    done
}

trace alloc kfence_alloc
trace free kfence_free 'kind == 0 || kind == 2'
trace zombie kfence_free 'kind == 3'
trace report kfence_report
for reason in "${!REASONS[@]}"; do trace "skip-${REASONS[reason]}" kfence_skip "reason == $reason"; done
insmod "${MODULE%/*}/kfence_flood.ko"
insmod "$MODULE"
set_interval 1
for one in zombie uaf_read oob_write double_free rcu_free; do echo "$one" >/sys/kernel/debug/kfence_provoke/run; done
echo 100000 >/sys/module/kfence/parameters/burst
# The flood comes from one place: covered, as KFENCE calls it, as soon as the pool is well filled.
echo 100 >/sys/module/kfence/parameters/skip_covered_thresh
began=$SECONDS
for half in one two; do start "$half" sh -c "echo $((FLOOD_OBJECTS / 2)) >/sys/kernel/debug/kfence_flood/run"; done
end one
end two
record flood.seconds $((SECONDS - began))
# Files that stay fill the pool; files of a cache that is skipped; a covered stack and a quota.
mkdir -p /tmp/hog
create_files() { for ((i = 0; i < 2000; i++)); do : >"/tmp/hog/$1-$i"; done; }
create_files fill
echo 1 >/sys/kernel/slab/dentry/skip_kfence
create_files skip
echo 0 >/sys/kernel/slab/dentry/skip_kfence
rm -rf /tmp/hog
echo hold >/sys/kernel/debug/kfence_provoke/run
echo 1 >/sys/module/kfence/parameters/skip_covered_thresh
echo 1 >/sys/module/kfence/parameters/cache_quota
sleep 2
set_interval 0
take_both
