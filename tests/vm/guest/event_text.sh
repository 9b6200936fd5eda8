#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records the tracepoints of bugs on request as user space reads them, beside what debugfs says of the same objects.
# shellcheck source=tests/vm/guest/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

tracing=/sys/kernel/tracing
run_one() { echo "$1" >/sys/kernel/debug/kfence_provoke/run; }

insmod "${MODULE:?the built kfence_provoke.ko}" || exit
echo 100 >/sys/module/kfence/parameters/skip_covered_thresh
echo 4096 >"$tracing/buffer_size_kb"
echo 1 >"$tracing/events/kfence/enable"
for one in oob_read oob_write uaf_read uaf_write corruption invalid_access double_free invalid_free rcu_free zombie hold; do
    run_one "$one" && record "ran-$one" yes
done
sleep 2
cp /sys/kernel/debug/kfence/objects "$OUT/objects"
run_one release
# Skips with a reason that is known.
echo 1000 >/sys/module/kfence/parameters/burst
echo 1 >/sys/kernel/slab/dentry/skip_kfence
mkdir -p /tmp/skipped
for ((i = 0; i < 300; i++)); do : >"/tmp/skipped/$i"; done
# Nothing is sampled from here on; the trace and the counter are taken at a moment at which nothing is freed.
set_interval 0
for ((attempt = 0; attempt < 50; attempt++)); do
    before=$(kernel_counter 'currently allocated')
    grep -v '^#' "$tracing/trace" >"$OUT/trace"
    [[ $(kernel_counter 'currently allocated') != "$before" ]] || break
done
record allocated "$before"
cat "$tracing"/events/kfence/*/format >"$OUT/format"
