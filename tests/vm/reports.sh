#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every type of report appears once per bug, with its type, access, cache and stacks; the lives of objects that
# are not ordinary are told apart. The bugs are made by the module in tests/vm/module: MODULE.
# shellcheck source=tests/vm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

cases=(oob_read oob_write uaf_read uaf_write corruption invalid_access double_free invalid_free)
guest 200 kfence.sample_interval=100 reports.sh "BACKEND=${BACKEND:-fentry}"

same "exit status" "$(recorded top.status)" 0
for one in "${cases[@]}" rcu_free zombie caches; do
    same "the kernel ran $one" "$(recorded "ran-$one")" yes
done
tail -n 1 "$OUT/top.out" >"$OUT/last.json"

# The reports that a case made, as a list.
reports() {
    jq -c "[.reports[] | select(.access_stack + .free_stack + .alloc_stack | any(test(\"provoke_$1\\\\+\")))]" "$OUT/last.json"
}
report() { reports "$1" | jq -c '.[0]'; }

# expect CASE TYPE ACCESS [CACHE]
expect() {
    local one=$1 type=$2 access=$3 cache=${4-provoke} found
    found=$(report "$one")
    same "$one: one report" "$(reports "$one" | jq length)" 1
    same "$one: type" "$(jq -r .type <<<"$found")" "$type"
    same "$one: access" "$(jq -r '.access // ""' <<<"$found")" "$access"
    same "$one: cache" "$(jq -r '.cache // ""' <<<"$found")" "$cache"
    check "$one: the top frame of the access is the culprit" \
        jq -e ".access_stack[0] | test(\"^provoke_$one\\\\+\")" <<<"$found"
}
allocated_in() { check "$1: the allocation's stack" jq -e ".alloc_stack | any(test(\"^provoke_$1\\\\+\"))" <<<"$(report "$1")"; }
freed_in() { check "$1: the free's stack" jq -e ".free_stack[0] | test(\"^provoke_$1\\\\+\")" <<<"$(report "$1")"; }

expect oob_read out-of-bounds read
expect oob_write out-of-bounds write
expect uaf_read use-after-free read
expect uaf_write use-after-free write
expect corruption "memory corruption" ""
expect double_free "invalid free" ""
expect invalid_free "invalid free" ""
expect invalid_access "invalid access" read ""
for one in oob_read oob_write uaf_read uaf_write corruption double_free invalid_free; do
    allocated_in "$one"
done
for one in uaf_read uaf_write double_free corruption; do
    freed_in "$one"
done
check "oob_read: one byte behind 32" jq -e '.offset == 32 and .size == 32' <<<"$(report oob_read)"
check "oob_write: one byte before" jq -e '.offset == -1' <<<"$(report oob_write)"
check "invalid_free: one byte into it" jq -e '.offset == 1' <<<"$(report invalid_free)"
same "as many reports as the kernel counts" "$(jq '.reports | length' "$OUT/last.json")" "$(recorded bugs)"
every "no drift on any line" top.out "all($NO_DRIFT)"
same "the kernel made one zombie" "$(recorded zombies)" 1
last "and it is shown" top.out '.pool.zombies == 1'
last "the RCU-deferred object was seen, allocated and freed" top.out \
    '.caches[] | select(.name == "provoke-rcu") | .allocs >= 1 and .frees >= 1'
same "nothing is left in the kernel" "$(recorded left_behind)" 0
finish
