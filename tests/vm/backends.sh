#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# On a patched kernel the tracepoint and the fentry backend record the same workload at the same time, and agree event
# by event.
# shellcheck source=tests/vm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

guest 240 kfence.sample_interval=4 backends.sh

for one in rcu_free zombie caches oob_read oob_write uaf_read uaf_write corruption invalid_access double_free invalid_free; do
    same "provoked: $one" "$(recorded "ran-$one")" yes
done
same "they agree" "$(recorded compare.status)" 0
for kind in alloc free rcu-freeing zombie report; do
    check "they agree on events of the kind $kind" grep -Eq " $kind [1-9]" "$OUT/compare.out"
done
check "they agree on every bug that the kernel counted ($(recorded bugs))" \
    grep -Eq " report $(recorded bugs)( |$)" "$OUT/compare.out"
check "and each of eight was one" test "$(recorded bugs)" -ge 8
sed 's/^/    /' "$OUT/compare.out" "$OUT/compare.err" | tail -n 30
same "nothing is left in the kernel" "$(recorded left_behind)" 0
finish
