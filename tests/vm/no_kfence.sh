#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A kernel without KFENCE is refused clearly, with exit status 3, by the live view and by the doctor.
# shellcheck source=tests/vm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

KERNEL=stock-6.1
guest 60 "" no_kfence.sh

for backend in auto fentry kprobe poll tracepoint; do
    same "kfence-top --backend $backend: exit status" "$(recorded $backend.status)" 3
    same "kfence-top --backend $backend: nothing on stdout" "$(wc -c <"$OUT/$backend.out")" 0
    same "kfence-top --backend $backend: one line on stderr" "$(wc -l <"$OUT/$backend.err")" 1
    check "kfence-top --backend $backend: it names the kernel and what is missing" \
        grep -qF "$(recorded release)" "$OUT/$backend.err"
done
check "kfence-top: it says what is missing" grep -q CONFIG_KFENCE "$OUT/auto.err"
same "kfence-doctor: exit status" "$(recorded doctor.status)" 3
check "kfence-doctor: it says what is missing" grep -qi CONFIG_KFENCE "$OUT/doctor.out"
every "kfence-doctor --json is JSON" doctor-json.out 'length == 1'
same "nothing is left in the kernel" "$(recorded left_behind)" 0
finish
