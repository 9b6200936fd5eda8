#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records what bpftrace and kfence-top count in the same minute. Sampling is off while both start and stop.
# shellcheck source=tests/vm/guest/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

seconds=${COUNT_SECONDS:-60}
set_interval 0
sleep 1
start bpftrace bpftrace -e 'kretfunc:__kfence_alloc /retval/ { @served = count(); }'
start top "${TOP_JSON[@]}" --interval 1
until_output bpftrace
until_output top
# bpftrace announces its probes before they are attached.
until bpftool prog list | grep -q 'tracing  name __kfence_alloc'; do sleep 0.5; done
sleep 3
before=$(kernel_counter "total allocations")
set_interval 10
background scripts/workload --seconds $((seconds + 60)) --quiet
sleep "$seconds"
set_interval 0
sleep 3
record kernel $(($(kernel_counter "total allocations") - before))
stop_background
end bpftrace INT
end top INT
