#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A load that fills the pool from two caches. Vanilla ends starved; with a quota the two stay at theirs, and the others
# are sampled at the intended rate.
# shellcheck source=tests/vm/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly QUOTA=10 LIMIT=25 # percent, and what that is of 255 objects
parameters="kfence.sample_interval=4"
[[ $KERNEL != patched-* ]] || parameters+=" kfence.cache_quota=$QUOTA"
guest 220 "$parameters" quota.sh

# held CACHE: its objects on the last line.
held() { jq -s ".[-1].caches | map(select(.name == \"$1\")) | (.[0].allocated // 0)" "$OUT/fill.out"; }

same "exit status" "$(recorded fill.status) $(recorded rate.status)" "0 0"
if [[ $KERNEL == patched-* ]]; then
    for cache in dentry shmem_inode_cache; do same "$cache is at its quota" "$(held "$cache")" "$LIMIT"; done
    last "no cache is above" fill.out "all(.caches[]; .allocated <= $LIMIT)"
    last "the quota was what stopped them" fill.out '.skips.quota > 100'
    last "there is room" fill.out '.pool.allocated < 200'
    # With HZ=250 an interval of 20 ms takes 24: the timer is set when its work runs, and rounded up.
    last "the others are sampled at the intended rate" rate.out '.rates.actual > 0.6 * .rates.intended'
    last "no sample is wasted" rate.out '.rates.actual > 0.98 * .rates.attempted'
    every "without a skip for want of room" fill.out '(.[-1].skips.capacity == 0)'
    for cache in dentry shmem_inode_cache; do
        same "the kernel's own count says so: $cache" "$(sed -n "s/^$cache: //p" "$OUT/caches")" "$LIMIT"
    done
    check "and its counter" test "$(sed -n 's/^skipped allocations (quota): //p' "$OUT/stats")" -gt 100
else
    last "$KERNEL: the pool is full" fill.out '.pool.allocated >= 250'
    last "$KERNEL: starved" rate.out '.rates.actual < 0.1 * .rates.intended and .skips.capacity > 100'
fi
jq -rs '"    " + (.[0].kernel // "") + ": pool, dentry, shmem_inode_cache, actual/s, attempted/s, refused for the quota",
    (.[] | "    " + ([.pool.allocated, ([.caches[] | select(.name == "dentry") | .allocated][0] // 0),
    ([.caches[] | select(.name == "shmem_inode_cache") | .allocated][0] // 0), .rates.actual, .rates.attempted, .skips.quota] | map(tostring) | join("  ")))' "$OUT/fill.out" "$OUT/rate.out"
finish
