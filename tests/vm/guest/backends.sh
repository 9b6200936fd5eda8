#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records with two backends at the same time, under a workload, with bugs and objects of an unusual life.
# shellcheck source=tests/vm/guest/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

insmod "${MODULE:?the built kfence_provoke.ko}" || exit
echo 100 >/sys/module/kfence/parameters/skip_covered_thresh
background scripts/workload --seconds 600 --quiet
start compare "${TOOLS%/bin}/tests/backend_compare" fentry tracepoint 40
until_output compare
sleep 2
before=$(kernel_counter "total bugs")
for one in rcu_free zombie caches oob_read oob_write uaf_read uaf_write corruption invalid_access double_free invalid_free; do
    echo "$one" >/sys/kernel/debug/kfence_provoke/run && record "ran-$one" yes
done
record bugs $(($(kernel_counter "total bugs") - before))
end compare
stop_background
record left_behind "$(loaded_programs)"
