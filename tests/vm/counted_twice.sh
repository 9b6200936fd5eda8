#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An independent tool agrees: a bpftrace one-liner counts the same sampled allocations in the same minute.
# COUNT_SECONDS is 60 unless given.
# shellcheck source=tests/vm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

command -v bpftrace >/dev/null || skip "bpftrace is not there: run scripts/install-deps --test"
seconds=${COUNT_SECONDS:-60}
guest $((seconds + 150)) kfence.sample_interval=10 counted_twice.sh "COUNT_SECONDS=$seconds"

theirs=$(sed -n 's/^@served: //p' "$OUT/bpftrace.out")
ours=$(tail -n 1 "$OUT/top.out" | jq '[.caches[].allocs] | add')
echo "    kernel $(recorded kernel), bpftrace $theirs, kfence-top $ours"
same "bpftrace counts what the kernel counts" "$theirs" "$(recorded kernel)"
same "kfence-top counts what bpftrace counts" "$ours" "$theirs"
check "and it was something" test "$ours" -gt $((seconds * 2))
every "off and on again while it ran, without drift" top.out "all($NO_DRIFT)"
every "it saw KFENCE off, on and off" top.out '[.[].enabled] | (.[0] | not) and any and (.[-1] | not)'
finish
