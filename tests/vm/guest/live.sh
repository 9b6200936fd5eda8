#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records the live picture under a workload, with each backend.
# shellcheck source=tests/vm/guest/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

background scripts/workload --seconds 600 --quiet
sleep 3
for backend in $BACKENDS; do
    run "$backend" "${TOP_JSON[@]}" --backend "$backend" --iterations 10 --interval 1
done
for backend in $BACKENDS; do
    [[ $backend != poll ]] || continue
    run "compare-$backend" "${TOOLS%/bin}/tests/live_compare" "$backend" 10 1
done
stop_background
record left_behind "$(loaded_programs)"
