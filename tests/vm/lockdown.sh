#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Lockdown in confidentiality mode: BPF may not read kernel memory, and debugfs's plain files may still be read. The
# poll backend is taken; the others are refused in a sentence that names lockdown.
# shellcheck source=tests/vm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

guest 60 "kfence.sample_interval=10 lockdown=confidentiality" lockdown.sh

check "the guest is locked down" grep -q '\[confidentiality\]' "$OUT/lockdown.value"
same "kfence-top: exit status" "$(recorded top.status)" 0
last "kfence-top: the best backend that is allowed" top.out '.backend == "poll" and .pool.objects == 255 and .pool.allocated > 0'
for backend in fentry kprobe; do
    same "--backend $backend: exit status" "$(recorded $backend.status)" 3
    check "--backend $backend: it names lockdown" grep -qi lockdown "$OUT/$backend.err"
    same "--backend $backend: one line on stderr" "$(wc -l <"$OUT/$backend.err")" 1
    check "--backend $backend: one that can be read" test "$(wc -c <"$OUT/$backend.err")" -lt 500
done
same "kfence-doctor: exit status, a lesser backend" "$(recorded doctor.status)" 1
check "kfence-doctor: it names lockdown" grep -qi "lockdown.*confidentiality" "$OUT/doctor.out"
sed 's/^/    /' "$OUT/fentry.err" "$OUT/kprobe.err"
finish
