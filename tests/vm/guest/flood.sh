#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records a flood of sampled allocations, with the ordinary ring and with one of a single page.
# shellcheck source=tests/vm/guest/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds=${FLOOD_SECONDS:-60}
insmod "${MODULE:?the built kfence_provoke.ko}" || exit
# Served as fast as the pool frees, not refused because their stacks are known.
echo 100 >/sys/module/kfence/parameters/skip_covered_thresh
# shellcheck disable=SC2317 # called by background
come_and_go() { while :; do echo caches >/sys/kernel/debug/kfence_provoke/run; done; }

# flood NAME SECONDS OPTION...
flood() {
    local name=$1 seconds=$2
    shift 2
    echo 100000 >/sys/module/kfence/parameters/burst
    background come_and_go
    background scripts/workload --seconds $((seconds + 300)) --quiet
    start "$name" "${TOP_JSON[@]}" --interval 1 "$@"
    sleep "$seconds"
    stop_background
    echo 0 >/sys/module/kfence/parameters/burst
    sleep 12
    end "$name" INT
}

flood ordinary "$seconds"
flood one-page $((seconds / 3)) --ring-pages 1
record left_behind "$(loaded_programs)"
