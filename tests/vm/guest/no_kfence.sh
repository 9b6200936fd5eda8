#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records what the tools say on a kernel without KFENCE.
# shellcheck source=tests/vm/guest/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

for backend in auto fentry kprobe poll tracepoint; do
    run "$backend" "$TOOLS/kfence-top" --backend "$backend" --batch --iterations 1
done
run doctor "$TOOLS/kfence-doctor"
run doctor-json "$TOOLS/kfence-doctor" --json
record release "$(uname -r)"
record left_behind "$(loaded_programs)"
