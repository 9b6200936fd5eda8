#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A flood of sampled allocations, with caches that come and go: no crash, no drift without counted loss; with a
# ring of one page loss is counted and shown, and drift is back to zero afterwards. FLOOD_SECONDS is 60 unless given; the second flood
# is a third of it.
# shellcheck source=tests/vm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

guest $((2 * ${FLOOD_SECONDS:-60} + 200)) kfence.sample_interval=1 flood.sh "FLOOD_SECONDS=${FLOOD_SECONDS:-60}"

for name in ordinary one-page; do
    same "$name: exit status" "$(recorded $name.status)" 0
    jq -r '["    actual/s, lost, drift, walked again:", .rates.actual, .loss.total, .drift.allocated, .resyncs] | join(" ")' \
        "$OUT/$name.out" | awk 'NR % 10 == 5'
    every "$name: it was a flood" $name.out '[.[].rates.actual // 0] | max > 200'
    every "$name: no drift without counted loss" $name.out "all(.loss.total > 0 or $NO_DRIFT)"
    last "$name: at the end there is no drift" $name.out "$NO_DRIFT and .drift.settled"
    every "$name: the caches sum to the pool on every line" $name.out 'all(([.caches[].allocated] | add) == .pool.allocated)'
done
last "one-page: loss was counted" one-page.out '.loss.ring_full > 0'
check "one-page: and is said again at the end" grep -qi lost "$OUT/one-page.err"
same "nothing is left in the kernel" "$(recorded left_behind)" 0
finish
