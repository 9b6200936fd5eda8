#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Records what bad situations get. Booted without any parameter: KFENCE is compiled in and off.
# shellcheck source=tests/vm/guest/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# --- compiled in, off; turned on while the tool runs
run off "${TOP_JSON[@]}" --iterations 1
run off-doctor "$TOOLS/kfence-doctor"
start late "${TOP_JSON[@]}" --interval 0.5
until_output late
set_interval 10
background scripts/workload --seconds 600 --quiet
sleep 6
end late INT

# --- disabled and enabled, and the interval changed, while it runs
start knobs "${TOP_JSON[@]}" --interval 1
until_output knobs
sleep 2
set_interval 0
sleep 3
set_interval 20
sleep 4
end knobs INT

# --- every way out
for signal in INT TERM HUP KILL; do
    start "signal-$signal" "${TOP_JSON[@]}" --interval 0.2
    until_output "signal-$signal"
    end "signal-$signal" "$signal"
    sleep 1
    record "signal-$signal.left" "$(loaded_programs)"
done
"$TOOLS/kfence-top" --batch --interval 0.1 2>"$OUT/pipe.err" | head -n 3 >/dev/null
record pipe.status "${PIPESTATUS[0]}"

# --- kallsyms blinded
old=$(cat /proc/sys/kernel/kptr_restrict)
echo 2 >/proc/sys/kernel/kptr_restrict
run blind "${TOP_JSON[@]}" --iterations 2 --interval 0.5
run blind-fentry "${TOP_JSON[@]}" --backend fentry --iterations 1
run blind-doctor "$TOOLS/kfence-doctor"
echo "$old" >/proc/sys/kernel/kptr_restrict

# --- no BTF
mount -t tmpfs none /sys/kernel/btf
run nobtf "${TOP_JSON[@]}" --iterations 2 --interval 0.5
run nobtf-fentry "${TOP_JSON[@]}" --backend fentry --iterations 1
umount /sys/kernel/btf

# --- not root
run user setpriv --reuid 65534 --regid 65534 --clear-groups "$TOOLS/kfence-top" --batch --iterations 1
run user-doctor setpriv --reuid 65534 --regid 65534 --clear-groups "$TOOLS/kfence-doctor"

# --- no debugfs
umount /sys/kernel/debug/tracing 2>/dev/null
umount /sys/kernel/debug || umount -l /sys/kernel/debug
run nodebugfs "${TOP_JSON[@]}" --iterations 3 --interval 1
run nodebugfs-poll "${TOP_JSON[@]}" --backend poll --iterations 1
run nodebugfs-doctor "$TOOLS/kfence-doctor"
stop_background
record left_behind "$(loaded_programs)"
