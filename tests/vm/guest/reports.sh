#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records what is seen of bugs on request, and of objects with an unusual life.
# shellcheck source=tests/vm/guest/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

insmod "${MODULE:?the built kfence_provoke.ko}" || exit
# A stack whose hash collides with one in a well-filled pool would be refused for as long as that lasts.
echo 100 >/sys/module/kfence/parameters/skip_covered_thresh
set_interval 1
before=$(kernel_counter "total bugs")
start top "${TOP_JSON[@]}" --backend "${BACKEND:-fentry}" --interval 0.5
until_output top
for one in oob_read oob_write uaf_read uaf_write corruption invalid_access double_free invalid_free \
    rcu_free zombie caches; do
    if echo "$one" >/sys/kernel/debug/kfence_provoke/run; then
        record "ran-$one" yes
    fi
done
sleep 3
record bugs $(($(kernel_counter "total bugs") - before))
record zombies "$(kernel_counter "zombie allocations")"
end top INT
record left_behind "$(loaded_programs)"
