#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records what the tracepoints and the counters say of the same flood. KFENCE is off until the counting has begun, and
# off again before it ends, so that both see all of it.
# shellcheck source=tests/vm/guest/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

counting='tracepoint:kfence:kfence_alloc { @alloc = count(); }
tracepoint:kfence:kfence_free { @free[args->kind] = count(); }
tracepoint:kfence:kfence_skip { @skip[args->reason] = count(); }
tracepoint:kfence:kfence_report { @report = count(); }
BEGIN { printf("counting\n"); }'

# quiet: until no counter has changed for three seconds.
quiet() {
    local before='' now attempt
    for ((attempt = 0; attempt < 40; attempt++)); do
        now=$(cat /sys/kernel/debug/kfence/stats)
        [[ $now != "$before" ]] || return 0
        before=$now
        sleep 3
    done
}

insmod "${MODULE%/*}/kfence_flood.ko"
start bpftrace bpftrace -B none -f json -e "$counting"
until_output bpftrace
sleep 1
echo 100000 >/sys/module/kfence/parameters/burst
set_interval 1
began=$SECONDS
for half in one two; do start "$half" sh -c "echo $((FLOOD_OBJECTS / 2)) >/sys/kernel/debug/kfence_flood/run"; done
end one
end two
record flood.seconds $((SECONDS - began))
set_interval 0
quiet
cp /sys/kernel/debug/kfence/stats "$OUT/stats.before"
end bpftrace INT
cp /sys/kernel/debug/kfence/stats "$OUT/stats.after"
cp /sys/kernel/debug/kfence/caches "$OUT/caches"
