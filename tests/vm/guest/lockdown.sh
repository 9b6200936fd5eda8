#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records what the tools say under lockdown.
# shellcheck source=tests/vm/guest/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

record lockdown "$(cat /sys/kernel/security/lockdown)"
run top "${TOP_JSON[@]}" --iterations 2 --interval 0.5
for backend in fentry kprobe; do
    run "$backend" "${TOP_JSON[@]}" --backend "$backend" --iterations 1
done
run doctor "$TOOLS/kfence-doctor"
