#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Lockdown in confidentiality mode: neither BPF's reading of kernel memory nor debugfs is allowed. A clear refusal
# that names lockdown.
# shellcheck source=tests/vm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

guest 60 "kfence.sample_interval=10 lockdown=confidentiality" lockdown.sh

check "the guest is locked down" grep -q '\[confidentiality\]' "$OUT/lockdown.value"
same "kfence-top: exit status" "$(recorded top.status)" 3
check "kfence-top: it names lockdown" grep -qi lockdown "$OUT/top.err"
same "kfence-top: one line on stderr" "$(wc -l <"$OUT/top.err")" 1
check "kfence-top: one that can be read" test "$(wc -c <"$OUT/top.err")" -lt 1200
same "kfence-doctor: exit status" "$(recorded doctor.status)" 3
check "kfence-doctor: it names lockdown" grep -qi "lockdown.*confidentiality" "$OUT/doctor.out"
sed 's/^/    /' "$OUT/top.err" "$OUT/doctor.out"
finish
