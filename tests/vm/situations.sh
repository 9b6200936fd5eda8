#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What bad situations get: a clear sentence or a correct picture, an exit status of the contract, and nothing left
# behind.
# shellcheck source=tests/vm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

guest 300 "" situations.sh

# refused NAME PATTERN: exit status 3 and one line that matches.
refused() {
    same "$1: exit status" "$(recorded "$1.status")" 3
    same "$1: one line on stderr" "$(wc -l <"$OUT/$1.err")" 1
    check "$1: it says '$2'" grep -q -- "$2" "$OUT/$1.err"
}

same "off: exit status" "$(recorded off.status)" 0
last "off: the picture says so" off.out '.enabled == false and .pool.objects == null'
check "off: the doctor tells how to turn it on" grep -q 'echo .* > */sys/module/kfence/parameters/sample_interval' "$OUT/off-doctor.out"
same "turned on meanwhile: exit status" "$(recorded late.status)" 0
last "turned on meanwhile: the pool appears" late.out '.enabled and .pool.objects == 255 and .pool.allocated > 0'
last "turned on meanwhile: no drift" late.out "$NO_DRIFT"

same "off, on, changed: exit status" "$(recorded knobs.status)" 0
every "off, on, changed: shown" knobs.out 'any(.enabled | not) and .[-1].enabled and .[-1].settings.sample_interval_ms == 20'
every "off, on, changed: no drift" knobs.out "all($NO_DRIFT)"
last "off, on, changed: intended follows" knobs.out '.rates.intended == 50'
every "off, on, changed: by us and not by itself" knobs.out 'all(.disabled_itself == false)'

for signal in INT TERM HUP; do
    same "SIG$signal: exit status" "$(recorded signal-$signal.status)" 0
    last "SIG$signal: the last line is whole" signal-$signal.out 'has("drift")'
    same "SIG$signal: nothing is left in the kernel" "$(recorded signal-$signal.left)" 0
done
same "SIGKILL: nothing is left in the kernel" "$(recorded signal-KILL.left)" 0
same "closed pipe: exit status" "$(recorded pipe.status)" 0
same "closed pipe: quiet" "$(cat "$OUT/pipe.err")" ""

same "kallsyms blinded: exit status" "$(recorded blind.status)" 0
last "kallsyms blinded: the next best backend sees the pool" blind.out '.backend == "poll" and .pool.objects == 255'
refused blind-fentry kptr_restrict
check "kallsyms blinded: the doctor tells why" grep -q kptr_restrict "$OUT/blind-doctor.out"

same "no BTF: exit status" "$(recorded nobtf.status)" 0
last "no BTF: the next best backend sees the pool" nobtf.out '.backend == "poll" and .pool.objects == 255'
refused nobtf-fentry BTF

refused user root
same "not root: the doctor's exit status" "$(recorded user-doctor.status)" 3
check "not root: the doctor says so" grep -qi root "$OUT/user-doctor.out"

same "no debugfs: exit status" "$(recorded nodebugfs.status)" 0
last "no debugfs: BPF sees the pool" nodebugfs.out '.backend == "fentry" and .pool.objects == 255 and .pool.allocated > 0'
last "no debugfs: what cannot be compared is not claimed" nodebugfs.out '.counters == null and .drift.allocs == null'
last "no debugfs: the rates come from the events" nodebugfs.out \
    '.rates.actual != null and .rates.actual > 0 and .rates.frees != null'
refused nodebugfs-poll 'mount -t debugfs'
check "no debugfs: the doctor tells how to get it" grep -q 'mount -t debugfs' "$OUT/nodebugfs-doctor.out"
same "nothing is left in the kernel" "$(recorded left_behind)" 0
finish
