#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records a minute of a workload with bugs in it; then recordings that are killed.
# shellcheck source=tests/vm/guest/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

insmod "${MODULE:?the built kfence_provoke.ko}" || exit
record namespace "$(stat -L -c %i /proc/self/ns/pid)"
mkdir -p /sys/fs/cgroup/kfence.slice/worker.service
cat >"$OUT/work.sh" <<EOF
echo \$\$ >/sys/fs/cgroup/kfence.slice/worker.service/cgroup.procs
scripts/workload --seconds 45 --quiet &
sleep 10
for one in oob_read uaf_read double_free; do echo \$one >/sys/kernel/debug/kfence_provoke/run; done
wait
# The next sample is an hour away: what is live now stays so, or is freed.
echo 3600000 >/sys/module/kfence/parameters/sample_interval
sleep 12
EOF
before=$(kernel_counter "total bugs")
run record "$TOOLS/kfence-trace" record -v --backend "${BACKEND:-fentry}" --duration 60 -o "$OUT/minute.kfence" -- bash "$OUT/work.sh"
cat /sys/kernel/debug/kfence/objects >"$OUT/objects"
record bugs $(($(kernel_counter "total bugs") - before))
record left_behind "$(loaded_programs)"

# Killed at moments that nobody chose.
set_interval 4
background scripts/workload --seconds 600 --quiet
for round in $(seq "${KILLS:-20}"); do
    start "kill-$round" "$TOOLS/kfence-trace" record --backend "${BACKEND:-fentry}" -o "$OUT/kill-$round.kfence"
    until [[ -s $OUT/kill-$round.kfence ]]; do sleep 0.1; done
    sleep "$((RANDOM % 3)).$((RANDOM % 10))"
    date +%s.%N >"$OUT/kill-$round.value"
    end "kill-$round" KILL
done
stop_background
record left_behind_by_kills "$(loaded_programs)"
